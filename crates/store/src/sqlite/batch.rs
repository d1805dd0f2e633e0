//! One transaction for all appends that wait.

use super::rows::{self, entry_crc, stored};
use crate::check;
use crate::{AccountId, Append, Appended, Expect, Seq, StoreError};
use rusqlite::{Connection, Transaction, TransactionBehavior, params};
use std::collections::{BTreeMap, HashMap};

/// Why an append in a batch failed.
pub(crate) enum Refusal {
    /// This one, and whatever is built on it; others go on.
    This(StoreError),
    /// The database, and so all of them.
    All(rusqlite::Error),
    /// What was read for this one failed, and the transaction went with it: all of them.
    Gone(StoreError),
}

impl From<rusqlite::Error> for Refusal {
    fn from(error: rusqlite::Error) -> Refusal {
        Refusal::All(error)
    }
}

/// An open transaction, and the heads as they will be when it is committed.
pub(crate) struct Batch<'a> {
    transaction: Transaction<'a>,
    known: &'a HashMap<AccountId, Seq>,
    heads: HashMap<AccountId, Seq>,
}

impl<'a> Batch<'a> {
    pub(crate) fn begin(
        database: &'a mut Connection,
        known: &'a HashMap<AccountId, Seq>,
    ) -> rusqlite::Result<Batch<'a>> {
        let transaction = database.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let heads = HashMap::new();
        Ok(Batch {
            transaction,
            known,
            heads,
        })
    }

    /// Adds the events of one append, after those of the appends before it.
    pub(crate) fn append(&mut self, append: &Append) -> Result<Appended, Refusal> {
        let account = append.account;
        let head = self.head(account)?;
        check::expectation(append.expect, head).map_err(Refusal::This)?;
        let missed = match append.expect {
            Expect::AtLeast(seq) if seq < head => {
                let missed = rows::entries(&self.transaction, account, seq, usize::MAX);
                missed.map_err(|error| self.refusal(error))?
            }
            _ => Vec::new(),
        };
        let last = self.insert(append, head)?;
        self.heads.insert(account, last);
        Ok(Appended {
            first: head + 1,
            last,
            missed,
        })
    }

    /// After some errors, of a read as well, SQLite takes the whole transaction back. Then what
    /// was added before is gone, and what is added next would be committed by itself.
    fn refusal(&self, error: StoreError) -> Refusal {
        match self.transaction.is_autocommit() {
            true => Refusal::Gone(error),
            false => Refusal::This(error),
        }
    }

    fn head(&self, account: AccountId) -> rusqlite::Result<Seq> {
        let known = self.heads.get(&account).or(self.known.get(&account));
        match known {
            Some(head) => Ok(*head),
            None => rows::head(&self.transaction, account),
        }
    }

    fn insert(&self, append: &Append, head: Seq) -> rusqlite::Result<Seq> {
        let (account, at) = (append.account, append.at);
        let mut insert = self.transaction.prepare_cached(
            "INSERT INTO entry (account, seq, at, crc, event) VALUES (?, ?, ?, ?, ?)",
        )?;
        let mut seq = head;
        for event in &append.events {
            seq += 1;
            let crc = entry_crc(account, seq, at, event);
            let event = event.as_ref();
            insert.execute(params![stored(account.0), stored(seq), at, crc, event])?;
        }
        Ok(seq)
    }

    /// Whether anything was added.
    pub(crate) fn is_empty(&self) -> bool {
        self.heads.is_empty()
    }

    /// Commits with what is used of segments now; gives the new heads.
    pub(crate) fn commit(
        self,
        used: &BTreeMap<u64, u64>,
    ) -> rusqlite::Result<HashMap<AccountId, Seq>> {
        record_used(&self.transaction, used)?;
        self.transaction.commit()?;
        Ok(self.heads)
    }
}

/// Notes how far segments are used.
pub(crate) fn record_used(
    database: &Connection,
    used: &BTreeMap<u64, u64>,
) -> rusqlite::Result<()> {
    let mut update = database.prepare_cached(
        "INSERT INTO segment (number, used) VALUES (?, ?)
         ON CONFLICT (number) DO UPDATE SET used = max(used, excluded.used)",
    )?;
    for (number, used) in used {
        update.execute(params![stored(*number), stored(*used)])?;
    }
    Ok(())
}
