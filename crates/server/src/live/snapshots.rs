//! When an account's snapshot is written: in the background, once the log has grown enough
//! since the last one. A snapshot that fails costs nothing but time at the next load.

use postern_account::Account;
use postern_account::snapshot::ChunkId;
use postern_store::{AccountId, Snapshot, Store};
use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};

/// Entries after which a new snapshot is worth its writing: folding as many takes less than
/// ten milliseconds.
const EVERY: u64 = 1000;

/// The last snapshot of one account.
#[derive(Debug, Clone)]
pub(super) struct Snapshots(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    seq: u64,
    chunks: HashSet<ChunkId>,
    writing: bool,
}

impl Snapshots {
    pub(super) fn none() -> Self {
        Self(Arc::default())
    }

    pub(super) fn after(seq: u64, chunks: Vec<ChunkId>) -> Self {
        let state = State {
            seq,
            chunks: chunks.into_iter().collect(),
            writing: false,
        };
        Self(Arc::new(Mutex::new(state)))
    }

    /// Writes a snapshot of this durable version if it is time.
    pub(super) fn consider(&self, store: &Arc<dyn Store>, id: AccountId, version: &Arc<Account>) {
        let mut state = self.lock();
        if state.writing || version.seq() < state.seq + EVERY {
            return;
        }
        state.writing = true;
        drop(state);
        let (this, store, version) = (self.clone(), Arc::clone(store), Arc::clone(version));
        tokio::spawn(async move { this.write(store, id, version).await });
    }

    async fn write(self, store: Arc<dyn Store>, id: AccountId, version: Arc<Account>) {
        let seq = version.seq();
        let made = tokio::task::spawn_blocking(move || version.snapshot()).await;
        let Ok(made) = made else {
            self.settle(seq, HashSet::new());
            return;
        };
        let chunks: Vec<ChunkId> = made.chunks.iter().map(|(id, _)| *id).collect();
        let mut new = made.chunks;
        let known = self.lock().chunks.clone();
        new.retain(|(id, _)| !known.contains(id));
        let new = new.into_iter().map(|(id, octets)| (id, octets.into()));
        let snapshot = Snapshot {
            seq,
            root: made.root.into(),
            chunks: chunks.clone(),
        };
        let result = store.put_snapshot(id, snapshot, new.collect()).await;
        match result {
            Ok(()) => self.settle(seq, chunks.into_iter().collect()),
            Err(error) => {
                tracing::warn!(account = id.0, %error, "snapshot not written");
                self.settle(seq, HashSet::new());
            }
        }
    }

    /// The next attempt comes after as many entries again, even when this one failed: on a full
    /// disk, each change would otherwise be followed by one. After a failure it is not known
    /// which chunks the store has, so the next attempt brings all.
    fn settle(&self, seq: u64, chunks: HashSet<ChunkId>) {
        let mut state = self.lock();
        state.writing = false;
        state.seq = seq;
        state.chunks = chunks;
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
