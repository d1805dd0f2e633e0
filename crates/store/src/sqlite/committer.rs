//! The one thread of a shard that writes its database.
//!
//! It takes all appends that wait, syncs the bodies written before them, and commits their events
//! in one transaction: two syncs, however many appends there are.

use super::batch::{self, Batch, Refusal};
use super::collect::{self, Dead};
use super::gather::{Job, Pace, Waiting};
use super::keep::{self, Change, Failed};
use super::rows::failure;
use super::segment::writer::{SegmentWriter, Unsynced};
use super::tally::{Health, Tally};
use crate::{AccountId, Appended, Seq, StoreError, point};
use rusqlite::Connection;
use rusqlite::config::DbConfig;
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
            point::reach("answered");
            self.state.pace.note(appends, begun.elapsed());
            for (account, change, reply) in gathered.snapshots {
                // An error says that nobody waits for the answer.
                let _ = reply.send(self.snapshot(account, &change));
            }
            for (dead, reply) in gathered.collected {
                let _ = reply.send(self.note(&dead));
            }
            self.checkpoint_when_due();
            closing = gathered.close;
        }
        self.close();
        if self.health.check().is_err() {
            self.leave_log();
        }
    }

    /// Keeps SQLite from copying the log when the last connection closes. After a failed sync
    /// the log may hold less than it seems to, and what was copied from it would be newer than
    /// the log that the next start finds.
    fn leave_log(&self) {
        let kept = self
            .database
            .set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true);
        if let Err(error) = kept {
            tracing::error!(self.shard, %error, "the database's log is copied after all");
        }
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
        point::reach("bodies-synced");
        let database = &mut self.database;
        let state = &mut self.state;
        let outcome = fill(database, &state.heads, &state.used, waiting);
        let (outcomes, heads) = outcome.map_err(|refusal| match refusal {
            Refusal::All(error) => self.failed(&error),
            Refusal::Gone(error) | Refusal::This(error) => error,
        })?;
        let state = &mut self.state;
        if let Some(heads) = heads {
            point::reach("committed");
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
            Ok(()) => {
                point::reach("snapshot-kept");
                Ok(())
            }
            Err(Failed::Refused(error)) => Err(error),
            Err(Failed::Database(error)) => Err(self.failed(&error)),
            Err(Failed::Unsynced(error)) => {
                Err(self.stop(format!("the database does not sync: {error}")))
            }
        }
    }

    fn note(&mut self, dead: &Dead) -> Result<(), StoreError> {
        self.health.check()?;
        let noted = collect::note(&mut self.database, dead);
        noted.map_err(|error| self.failed(&error))?;
        self.tally.synced(1);
        Ok(())
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
        point::reach("log-copied");
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
) -> Result<Filled, Refusal> {
    let mut batch = Batch::begin(database, heads)?;
    let mut outcomes = Vec::with_capacity(waiting.len());
    for (append, _) in waiting {
        outcomes.push(match batch.append(append) {
            Ok(appended) => Ok(appended),
            Err(Refusal::This(error)) => Err(error),
            Err(refusal) => return Err(refusal),
        });
    }
    if batch.is_empty() {
        return Ok((outcomes, None));
    }
    point::reach("committing");
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing)]

    use super::*;
    use crate::sqlite::files::SystemFiles;
    use crate::sqlite::schema;
    use crate::sqlite::segment::writer::Place;
    use crate::{Append, Expect};
    use std::path::Path;
    use std::sync::atomic::AtomicU64;
    use tokio::sync::oneshot;

    fn committer(folder: &Path) -> Committer {
        let path = folder.join("shard-00.sqlite");
        let segments = SegmentWriter::new(Place {
            dir: folder.to_owned(),
            shard: 0,
            files: Arc::new(SystemFiles),
            numbers: Arc::new(AtomicU64::new(1)),
            segment_size: 1 << 20,
            step: 0,
        });
        Committer {
            shard: 0,
            database: schema::open(&path, schema::SHARD, std::time::Duration::ZERO).unwrap(),
            segments: Arc::new(segments),
            health: Arc::default(),
            tally: Arc::default(),
            watch: broadcast::channel(16).0,
            checkpoint_pages: 1000,
            state: State::default(),
        }
    }

    /// Commits appends of one event each as one batch.
    fn commit(
        committer: &mut Committer,
        appends: &[(u64, Expect, usize)],
    ) -> Vec<Result<Appended, StoreError>> {
        let mut waiting = Vec::new();
        let mut outcomes = Vec::new();
        for (account, expect, len) in appends {
            let append = Append {
                account: AccountId(*account),
                expect: *expect,
                at: 1,
                events: vec![vec![1; *len].into()],
            };
            let (reply, outcome) = oneshot::channel();
            waiting.push((append, reply));
            outcomes.push(outcome);
        }
        committer.commit(waiting);
        let outcomes = outcomes.into_iter();
        outcomes.map(|mut o| o.try_recv().unwrap()).collect()
    }

    #[test]
    fn commits_are_synced_again_after_a_snapshot() {
        let folder = tempfile::TempDir::new().unwrap();
        let mut committer = committer(folder.path());
        let synchronous = |committer: &Committer| -> i64 {
            let database = &committer.database;
            let value = database.pragma_query_value(None, "synchronous", |row| row.get(0));
            value.unwrap()
        };
        // 2 is FULL, as its documentation says.
        assert_eq!(synchronous(&committer), 2);
        committer.snapshot(AccountId(1), &Change::Drop).unwrap();
        assert_eq!(synchronous(&committer), 2);
        let ahead = crate::Snapshot {
            seq: 9,
            root: Default::default(),
            chunks: Vec::new(),
        };
        let put = Change::Put(ahead, Vec::new());
        committer.snapshot(AccountId(1), &put).unwrap_err();
        assert_eq!(synchronous(&committer), 2);
    }

    #[test]
    fn a_conflict_in_a_batch_concerns_only_what_is_built_on_it() {
        use Expect::{AtLeast, Exactly};
        let folder = tempfile::TempDir::new().unwrap();
        let mut committer = committer(folder.path());
        let batch = [
            (1, Exactly(0), 1),
            (2, Exactly(1), 1),
            (2, Exactly(2), 1),
            (1, Exactly(1), 1),
            (2, AtLeast(0), 1),
            (1, AtLeast(1), 1),
        ];
        let outcomes = commit(&mut committer, &batch);
        let last = |place: usize| outcomes[place].as_ref().ok().map(|done| done.last);
        let lasts: Vec<_> = (0..6).map(last).collect();
        assert_eq!(lasts, [Some(1), None, None, Some(2), Some(1), Some(3)]);
        // An entry of the same batch may be missed as well.
        assert_eq!(outcomes[5].as_ref().unwrap().missed[0].seq, 2);
        assert_eq!(committer.tally.counters().syncs, 1);
    }

    #[test]
    fn a_full_database_takes_nothing_of_a_batch_and_the_next_when_there_is_space() {
        let folder = tempfile::TempDir::new().unwrap();
        let mut committer = committer(folder.path());
        commit(&mut committer, &[(1, Expect::Exactly(0), 10)]);
        let limit = |committer: &Committer, pages: u32| {
            let database = &committer.database;
            let set = |_: &rusqlite::Row<'_>| Ok(());
            let pragma = "max_page_count";
            database
                .pragma_update_and_check(None, pragma, pages, set)
                .unwrap();
        };
        limit(&committer, 20);
        let batch = [
            (2, Expect::Exactly(0), 10),
            (1, Expect::Exactly(1), 100_000),
        ];
        for outcome in commit(&mut committer, &batch) {
            assert!(matches!(outcome, Err(StoreError::Full(_))), "{outcome:?}");
        }
        // What still fits is taken, and heads are as before.
        let small = [(1, Expect::Exactly(1), 10), (2, Expect::Exactly(0), 10)];
        for outcome in commit(&mut committer, &small) {
            outcome.unwrap();
        }
        limit(&committer, 2000);
        let large = [(1, Expect::Exactly(2), 100_000)];
        assert_eq!(commit(&mut committer, &large)[0].as_ref().unwrap().last, 3);
    }
}
