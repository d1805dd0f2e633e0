//! What a shard's thread is asked to do, taken in groups.

use super::collect::Dead;
use super::keep::Change;
use crate::{AccountId, Append, Appended, StoreError};
use std::sync::mpsc::Receiver;
use std::time::{Duration, Instant};
use tokio::sync::oneshot;

/// Appends in one transaction: enough that syncs cost nothing, few enough that the first of them
/// does not wait long.
const BATCH: usize = 1024;
/// Octets of events in one transaction, for the same reason; one append may exceed it.
const BATCH_OCTETS: usize = 16 << 20;
/// What the thread is asked to do.
pub(crate) enum Job {
    Append(Append, oneshot::Sender<Result<Appended, StoreError>>),
    Snapshot(AccountId, Change, oneshot::Sender<Result<(), StoreError>>),
    Collected(Dead, oneshot::Sender<Result<(), StoreError>>),
    Close,
}

/// An append and who waits for it.
pub(crate) type Waiting = (Append, oneshot::Sender<Result<Appended, StoreError>>);
type Snapshots = Vec<(AccountId, Change, oneshot::Sender<Result<(), StoreError>>)>;

/// How long a batch is worth waiting for.
///
/// Callers that were just answered come back a moment after the next batch would begin; without
/// a wait they form two groups that take turns, and each sync serves half of them.
#[derive(Default)]
pub(crate) struct Pace {
    /// The last batch served several.
    crowded: bool,
    /// The time that the last batch took.
    took: Duration,
}

impl Pace {
    /// Takes what waits. While there is a crowd, also what comes in close succession, for at
    /// most a quarter of the time that a batch takes; a lone caller never waits.
    pub(crate) fn gather(&self, first: Job, jobs: &Receiver<Job>) -> Gathered {
        let mut gathered = Gathered::default();
        gathered.add(first);
        gathered.add_waiting(jobs);
        if !self.crowded {
            return gathered;
        }
        let until = Instant::now() + self.took / 4;
        while !gathered.is_full() && Instant::now() < until {
            let Ok(job) = jobs.recv_timeout(self.took / 16) else {
                break;
            };
            gathered.add(job);
            gathered.add_waiting(jobs);
        }
        gathered
    }

    /// Remembers how the last batch went.
    pub(crate) fn note(&mut self, appends: usize, took: Duration) {
        if appends > 0 {
            self.crowded = appends > 1;
            self.took = took;
        }
    }
}

/// What one round of the thread does.
#[derive(Default)]
pub(crate) struct Gathered {
    pub(crate) appends: Vec<Waiting>,
    pub(crate) snapshots: Snapshots,
    pub(crate) collected: Vec<(Dead, oneshot::Sender<Result<(), StoreError>>)>,
    pub(crate) close: bool,
    octets: usize,
}

impl Gathered {
    fn add(&mut self, job: Job) {
        match job {
            Job::Append(append, reply) => {
                self.octets += append.events.iter().map(|event| event.len()).sum::<usize>();
                self.appends.push((append, reply));
            }
            Job::Snapshot(account, change, reply) => self.snapshots.push((account, change, reply)),
            Job::Collected(dead, reply) => self.collected.push((dead, reply)),
            Job::Close => self.close = true,
        }
    }

    fn add_waiting(&mut self, jobs: &Receiver<Job>) {
        while !self.is_full()
            && let Ok(job) = jobs.try_recv()
        {
            self.add(job);
        }
    }

    fn is_full(&self) -> bool {
        let jobs = self.appends.len() + self.snapshots.len() + self.collected.len();
        self.close || jobs >= BATCH || self.octets >= BATCH_OCTETS
    }
}
