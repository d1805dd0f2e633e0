//! SORT: RFC 5256, RFC 5957.

use crate::chunk::Message;
use postern_imap::sort::{SortCriterion, SortKey};
use postern_message::SortKeys;

/// What of a message is known beyond what its mailbox knows.
#[derive(Debug, Clone, Copy)]
pub struct Details<'a> {
    /// What its header says.
    pub keys: &'a SortKeys,
    /// Its Date field in seconds since 1970-01-01T00:00:00Z; `None` if it has no valid one.
    pub sent: Option<i64>,
}

/// Collects messages and puts them in order. It keeps only what the criteria compare.
#[derive(Debug)]
pub struct Sorter {
    criteria: Vec<SortCriterion>,
    rows: Vec<Row>,
}

#[derive(Debug)]
struct Row {
    number: u32,
    values: Box<[Value]>,
}

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Value {
    Number(i64),
    Text(Box<[u8]>),
}

impl Sorter {
    /// A sorter by these criteria, the most important first.
    pub fn new(criteria: &[SortCriterion]) -> Self {
        let mut kept: Vec<SortCriterion> = Vec::new();
        for criterion in criteria {
            // What was compared already decides nothing.
            if kept.iter().all(|before| before.key != criterion.key) {
                kept.push(*criterion);
            }
        }
        Self {
            criteria: kept,
            rows: Vec::new(),
        }
    }

    /// Whether the criteria compare more than what the mailbox knows.
    pub fn needs_details(&self) -> bool {
        let known = |key| matches!(key, SortKey::Arrival | SortKey::Size);
        !self.criteria.iter().all(|criterion| known(criterion.key))
    }

    /// Adds a message under the number that is to be told. Messages come by sequence number,
    /// which decides where the criteria do not (RFC 5256 section 3). Without details, the
    /// message counts as one whose header is empty.
    pub fn add(&mut self, number: u32, message: &Message, details: Option<Details<'_>>) {
        let criteria = self.criteria.iter();
        let values = criteria.map(|criterion| value(criterion.key, message, details));
        self.rows.push(Row {
            number,
            values: values.collect(),
        });
    }

    /// The numbers in order.
    pub fn finish(mut self) -> Vec<u32> {
        let criteria = &self.criteria;
        self.rows.sort_by(|a, b| {
            let pairs = a.values.iter().zip(&b.values).zip(criteria);
            let mut orders = pairs.map(|((a, b), criterion)| match criterion.reverse {
                false => a.cmp(b),
                true => b.cmp(a),
            });
            let decided = orders.find(|order| order.is_ne());
            decided.unwrap_or(std::cmp::Ordering::Equal)
        });
        self.rows.iter().map(|row| row.number).collect()
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
