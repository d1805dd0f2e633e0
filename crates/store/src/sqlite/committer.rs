//! The one thread of a shard that writes its database.
//!
//! It takes all appends that wait, syncs the bodies written before them, and commits their events
//! in one transaction: two syncs, however many appends there are.

use super::batch::{self, Batch, Refusal};
use super::gather::{Job, Pace, Waiting};
use super::keep::{self, Change, Failed};
use super::rows::failure;
use super::segment::writer::{SegmentWriter, Unsynced};
use super::tally::{Health, Tally};
use crate::{AccountId, Appended, Seq, StoreError};
use rusqlite::Connection;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::mpsc::Receiver;
use std::time::Instant;
use tokio::sync::broadcast;

/// Heads kept in memory: 16 octets each, and some for the table.
const HEADS: usize = 100_000;
/// Transactions between looks at the length of the database's log.
const LOOK_EVERY: u32 = 16;

/// What the thread works with.
pub(crate) struct Committer {
    pub(crate) shard: u16,
    pub(crate) database: Connection,
    pub(crate) segments: Arc<SegmentWriter>,
    pub(crate) health: Arc<Health>,
    pub(crate) tally: Arc<Tally>,
    pub(crate) watch: broadcast::Sender<(AccountId, Seq)>,
    /// Pages in the database's log from which on it is copied into the database.
    pub(crate) checkpoint_pages: i64,
    pub(crate) state: State,
}

/// What the thread remembers from batch to batch.
#[derive(Default)]
pub(crate) struct State {
    heads: HashMap<AccountId, Seq>,
    /// Segments whose used length is synced and not in the database yet.
    used: BTreeMap<u64, u64>,
    since_look: u32,
    pace: Pace,
}

impl Committer {
    /// Works until told to close, or until nobody can ask any more.
    pub(crate) fn run(mut self, jobs: &Receiver<Job>) {
        let mut closing = false;
        while !closing && let Ok(first) = jobs.recv() {
            let gathered = self.state.pace.gather(first, jobs);
            let begun = Instant::now();
            let appends = gathered.appends.len();
            self.commit(gathered.appends);
            self.state.pace.note(appends, begun.elapsed());
            for (account, change, reply) in gathered.snapshots {
                // An error says that nobody waits for the answer.
                let _ = reply.send(self.snapshot(account, &change));
            }
            self.checkpoint_when_due();
            closing = gathered.close;
        }
        self.close();
    }

    fn commit(&mut self, waiting: Vec<Waiting>) {
        if waiting.is_empty() {
            return;
        }
        let outcome = self.try_commit(&waiting);
        match outcome {
            Ok(outcomes) => {
                for ((append, reply), outcome) in waiting.into_iter().zip(outcomes) {
                    if let Ok(appended) = &outcome {
                        let _ = self.watch.send((append.account, appended.last));
                    }
                    let _ = reply.send(outcome);
                }
            }
            Err(error) => {
                for (_, reply) in waiting {
                    let _ = reply.send(Err(error.clone()));
                }
            }
        }
    }

    fn try_commit(
        &mut self,
        waiting: &[Waiting],
    ) -> Result<Vec<Result<Appended, StoreError>>, StoreError> {
        self.health.check()?;
        self.sync_bodies()?;
        let database = &mut self.database;
        let state = &mut self.state;
        let outcome = fill(database, &state.heads, &state.used, waiting);
        let (outcomes, heads) = outcome.map_err(|error| self.failed(&error))?;
        let state = &mut self.state;
        if let Some(heads) = heads {
            self.tally.synced(1);
            state.used.clear();
            if state.heads.len() + heads.len() > HEADS {
                state.heads.clear();
            }
            state.heads.extend(heads);
        }
        let durable = outcomes.iter().filter(|outcome| outcome.is_ok()).count();
        self.tally.appends.fetch_add(durable as u64, Relaxed);
        Ok(outcomes)
    }

    /// Makes every body durable that was written before now.
    fn sync_bodies(&mut self) -> Result<(), StoreError> {
        let Unsynced { segments, dir } = self.segments.unsynced();
        for (number, written) in segments {
            self.tally.synced(1);
            let synced = written.file.sync_data();
            synced.map_err(|error| {
                let why = format!("segment {number} was not synced: {error}");
                self.stop(why)
            })?;
            let used = self.state.used.entry(number).or_default();
            *used = written.used.max(*used);
        }
        if dir {
            self.tally.synced(1);
            self.segments.sync_dir().map_err(|error| {
                let why = format!("the folder of segments was not synced: {error}");
                self.stop(why)
            })?;
        }
        Ok(())
    }

    /// An I/O error while writing may have been a failed sync; a full disk is not one.
    fn failed(&self, error: &rusqlite::Error) -> StoreError {
        match error.sqlite_error_code() {
            Some(rusqlite::ErrorCode::SystemIoFailure) => {
                let why = format!("the database: {error}");
                self.stop(why)
            }
            _ => failure(error),
        }
    }

    fn stop(&self, why: String) -> StoreError {
        self.health.stop(&format!("shard {}", self.shard), why)
    }

    fn snapshot(&mut self, account: AccountId, change: &Change) -> Result<(), StoreError> {
        self.health.check()?;
        match keep::change(&mut self.database, account, change) {
            Ok(()) => Ok(()),
            Err(Failed::Refused(error)) => Err(error),
            Err(Failed::Database(error)) => Err(self.failed(&error)),
            Err(Failed::Unsynced(error)) => {
                Err(self.stop(format!("the database does not sync: {error}")))
            }
        }
    }

    fn checkpoint_when_due(&mut self) {
        self.state.since_look += 1;
        if self.state.since_look < LOOK_EVERY || self.health.check().is_err() {
            return;
        }
        self.state.since_look = 0;
        match pages_to_copy(&self.database) {
            Ok(pages) if pages >= self.checkpoint_pages => self.checkpoint("PASSIVE"),
            Ok(_) => {}
            Err(error) => tracing::warn!(self.shard, %error, "cannot see the database's log"),
        }
    }

    /// Copies the database's log into the database. That syncs the log, then the database, and
    /// the log's new header when it is begun again.
    fn checkpoint(&mut self, mode: &str) {
        let statement = format!("PRAGMA wal_checkpoint({mode})");
        let outcome = self.database.query_row(&statement, [], |_| Ok(()));
        self.tally.synced(3);
        if let Err(error) = outcome {
            let error = self.failed(&error);
            tracing::warn!(self.shard, %error, "the database's log was not copied");
        }
    }

    /// Leaves nothing to recover: bodies synced, segments cut to what is used and noted so, the
    /// database's log copied.
    fn close(&mut self) {
        let closed = self.segments.close();
        if let Err(error) = closed {
            tracing::warn!(self.shard, %error, "a segment keeps space that it does not need");
        }
        if self.health.check().is_err() {
            return;
        }
        let noted = self.sync_bodies().and_then(|()| {
            let noted = batch::record_used(&self.database, &self.state.used);
            noted.map_err(|error| self.failed(&error))
        });
        if let Err(error) = noted {
            tracing::warn!(self.shard, %error, "the shard was not closed in order");
            return;
        }
        self.checkpoint("TRUNCATE");
    }
}

type Filled = (
    Vec<Result<Appended, StoreError>>,
    Option<HashMap<AccountId, Seq>>,
);

/// Appends what can be appended in one transaction; the new heads, if there is anything new.
fn fill(
    database: &mut Connection,
    heads: &HashMap<AccountId, Seq>,
    used: &BTreeMap<u64, u64>,
    waiting: &[Waiting],
) -> rusqlite::Result<Filled> {
    let mut batch = Batch::begin(database, heads)?;
    let mut outcomes = Vec::with_capacity(waiting.len());
    for (append, _) in waiting {
        outcomes.push(match batch.append(append) {
            Ok(appended) => Ok(appended),
            Err(Refusal::This(error)) => Err(error),
            Err(Refusal::All(error)) => return Err(error),
        });
    }
    if batch.is_empty() {
        return Ok((outcomes, None));
    }
    let heads = batch.commit(used)?;
    Ok((outcomes, Some(heads)))
}

/// Pages of the database's log that are not in the database yet.
fn pages_to_copy(database: &Connection) -> rusqlite::Result<i64> {
    let mut look = database.prepare_cached("PRAGMA wal_checkpoint(NOOP)")?;
    look.query_row([], |row| {
        let (log, copied): (i64, i64) = (row.get(1)?, row.get(2)?);
        Ok(log.saturating_sub(copied))
    })
}
