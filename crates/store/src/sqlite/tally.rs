//! What happened since the store was opened, and whether a shard still writes.

use crate::{Counters, StoreError};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// Counts for all shards.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    pub(crate) appends: AtomicU64,
    pub(crate) bodies: AtomicU64,
    pub(crate) syncs: AtomicU64,
}

impl Tally {
    pub(crate) fn synced(&self, times: u64) {
        self.syncs.fetch_add(times, Relaxed);
    }

    pub(crate) fn counters(&self) -> Counters {
        Counters {
            appends: self.appends.load(Relaxed),
            bodies: self.bodies.load(Relaxed),
            syncs: self.syncs.load(Relaxed),
        }
    }
}

/// Whether a shard, or the directory, still writes. Once stopped it stays so until it is opened again: after a
/// failed sync the system may have dropped what was written, and a second sync that succeeds
/// would say nothing about it.
#[derive(Debug, Default)]
pub(crate) struct Health {
    stopped: OnceLock<String>,
}

impl Health {
    /// Stops it; the first reason is the one that is told, once.
    pub(crate) fn stop(&self, part: &str, why: String) -> StoreError {
        let mut first = false;
        let why = self.stopped.get_or_init(|| {
            first = true;
            why
        });
        if first {
            tracing::error!(part, why, "writing has stopped until a restart");
        }
        StoreError::Stopped(why.clone())
    }

    /// Refuses if it is stopped.
    pub(crate) fn check(&self) -> Result<(), StoreError> {
        match self.stopped.get() {
            Some(why) => Err(StoreError::Stopped(why.clone())),
            None => Ok(()),
        }
    }
}
