//! SORT: RFC 5256, RFC 5957.

use crate::chunk::Message;
use postern_imap::sort::{SortCriterion, SortKey};
use postern_message::SortKeys;
use std::cmp::Ordering;

/// What of a message is known beyond what its mailbox knows.
#[derive(Debug, Clone, Copy)]
pub struct Details<'a> {
    /// What its header says.
    pub keys: &'a SortKeys,
    /// Its Date field in seconds since 1970-01-01T00:00:00Z; `None` if it has no valid one.
    pub sent: Option<i64>,
}

/// What messages are compared by.
#[derive(Debug, Clone)]
pub struct Criteria(Vec<SortCriterion>);

/// What the criteria compare of a message, and no more.
#[derive(Debug)]
pub struct Row {
    /// The number that is to be told. It decides where the criteria do not (RFC 5256 section
    /// 3).
    pub number: u32,
    values: Box<[Value]>,
}

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Value {
    Number(i64),
    Text(Box<[u8]>),
}

impl Criteria {
    /// These, the most important first.
    pub fn new(criteria: &[SortCriterion]) -> Self {
        let mut kept: Vec<SortCriterion> = Vec::new();
        for criterion in criteria {
            // What was compared already decides nothing.
            if kept.iter().all(|before| before.key != criterion.key) {
                kept.push(*criterion);
            }
        }
        Self(kept)
    }

    /// Whether they compare relevancies.
    pub fn need_relevancy(&self) -> bool {
        let mut criteria = self.0.iter();
        criteria.any(|criterion| criterion.key == SortKey::Relevancy)
    }

    /// Whether they compare more than what the mailbox knows.
    pub fn need_details(&self) -> bool {
        let known = |key| matches!(key, SortKey::Arrival | SortKey::Relevancy | SortKey::Size);
        !self.0.iter().all(|criterion| known(criterion.key))
    }

    /// What they compare of a message. Without details, it counts as one whose header is empty.
    /// Its relevancy is from 1 to 100.
    pub fn row(
        &self,
        number: u32,
        message: &Message,
        details: Option<Details<'_>>,
        relevancy: u8,
    ) -> Row {
        let criteria = self.0.iter();
        let values = criteria.map(|criterion| match criterion.key {
            // The highest comes first.
            SortKey::Relevancy => Value::Number(-i64::from(relevancy)),
            key => value(key, message, details),
        });
        Row {
            number,
            values: values.collect(),
        }
    }

    /// Which of two messages comes first.
    pub fn compare(&self, a: &Row, b: &Row) -> Ordering {
        let pairs = a.values.iter().zip(&b.values).zip(&self.0);
        let mut orders = pairs.map(|((a, b), criterion)| match criterion.reverse {
            false => a.cmp(b),
            true => b.cmp(a),
        });
        let decided = orders.find(|order| order.is_ne());
        decided.unwrap_or_else(|| a.number.cmp(&b.number))
    }
}

/// Collects messages and puts them in order.
#[derive(Debug)]
pub struct Sorter {
    criteria: Criteria,
    rows: Vec<Row>,
}

impl Sorter {
    /// A sorter by these criteria.
    pub fn new(criteria: Criteria) -> Self {
        Self {
            criteria,
            rows: Vec::new(),
        }
    }

    /// The criteria.
    pub fn criteria(&self) -> &Criteria {
        &self.criteria
    }

    /// Adds a message.
    pub fn add(&mut self, row: Row) {
        self.rows.push(row);
    }

    /// The numbers in order.
    pub fn finish(self) -> Vec<u32> {
        let numbers = self.finish_rows().into_iter();
        numbers.map(|row| row.number).collect()
    }

    /// The messages in order.
    pub fn finish_rows(mut self) -> Vec<Row> {
        let criteria = &self.criteria;
        self.rows.sort_by(|a, b| criteria.compare(a, b));
        self.rows
    }
}
fn value(key: SortKey, message: &Message, details: Option<Details<'_>>) -> Value {
    let text = |text: fn(&SortKeys) -> &Vec<u8>| {
        let text = details.map_or(&[][..], |details| text(details.keys));
        Value::Text(text.into())
    };
    match key {
        SortKey::Arrival => Value::Number(message.stored.date.unix),
        SortKey::Date => Value::Number(sent_date(message, details)),
        // Not of the message alone.
        SortKey::Relevancy => Value::Number(0),
        SortKey::Size => Value::Number(i64::from(message.stored.body.len)),
        SortKey::Cc => text(|keys| &keys.cc),
        SortKey::DisplayFrom => text(|keys| &keys.display_from),
        SortKey::DisplayTo => text(|keys| &keys.display_to),
        SortKey::From => text(|keys| &keys.from),
        SortKey::Subject => text(|keys| &keys.subject),
        SortKey::To => text(|keys| &keys.to),
    }
}

/// The sent date, or else the internal one: RFC 5256 section 2.2.
pub(crate) fn sent_date(message: &Message, details: Option<Details<'_>>) -> i64 {
    let sent = details.and_then(|details| details.sent);
    sent.unwrap_or(message.stored.date.unix)
}
