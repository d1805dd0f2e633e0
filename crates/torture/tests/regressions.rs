//! What the harness found once, each as a piece of work of its own.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use postern_store::sqlite::{Options, Sqlite};
use postern_store::{AccountId, Append, Expect, Snapshot, Store, StoreError};
use postern_tests::Chance;
use postern_torture::disk::{Call, Disk, Fault, OnDisk, Plan};
use postern_torture::model::inspect;
use postern_torture::world::wait_until_held;
use std::sync::Arc;
use tempfile::TempDir;

struct Place {
    folder: TempDir,
    disk: Arc<Disk>,
}

impl Place {
    fn new() -> Self {
        postern_torture::install();
        let folder = TempDir::new().unwrap();
        let disk = Disk::new(folder.path());
        Self { folder, disk }
    }

    fn open(&self) -> Sqlite {
        let options = Options {
            shards: 1,
            reserve: 0,
            files: Arc::new(OnDisk(self.disk.clone())),
            ..Options::default()
        };
        Sqlite::open(self.folder.path(), &options).unwrap()
    }

    fn log_is_there(&self) -> bool {
        self.folder.path().join("shard-00.sqlite-wal").exists()
    }
}

fn append(account: u64, expect: Expect, len: usize) -> Append {
    Append {
        account: AccountId(account),
        expect,
        at: 1,
        events: vec![vec![7; len].into()],
    }
}

/// A process that is killed between the write of a commit and its sync leaves a commit that is
/// seen after the restart. From then on a power cut must not take it: its UID was told.
#[tokio::test]
async fn what_a_killed_process_left_unsynced_is_synced_before_it_is_seen() {
    let mut struck = 0;
    for (nth, seed) in (1..8).flat_map(|nth| (0..6).map(move |seed| (nth, seed))) {
        let place = Place::new();
        let store = place.open();
        let first = append(1, Expect::Exactly(0), 10);
        store.append(first).await.unwrap();
        place.disk.plan(Plan::CutAt(nth));
        let second = append(1, Expect::Exactly(1), 10);
        let _ = store.append(second).await;
        if place
            .disk
            .struck()
            .is_none_or(|(call, _)| call != Call::Sync)
        {
            continue;
        }
        struck += 1;
        drop(store);
        place.disk.restart().unwrap();
        place.disk.plan(Plan::Peace);
        let store = place.open();
        let seen = store.head(AccountId(1)).await.unwrap();
        assert_eq!(seen, 2);
        place.disk.switch_off();
        drop(store);
        place.disk.cut(&mut Chance::new(seed)).unwrap();
        let store = place.open();
        assert_eq!(store.head(AccountId(1)).await.unwrap(), seen, "seed {seed}");
    }
    assert!(struck > 0);
}

/// After a failed sync SQLite would copy its log when it closes, though the log was not durable;
/// a power cut then found an older log beside a newer database.
#[tokio::test]
async fn a_stopped_shard_leaves_its_log_for_the_next_start() {
    for fault in [Fault::Sync, Fault::SyncAndForget] {
        let place = Place::new();
        let store = place.open();
        for head in 0..5 {
            let append = append(1, Expect::Exactly(head), 3000);
            store.append(append).await.unwrap();
        }
        let snapshot = Snapshot {
            seq: 5,
            root: vec![1; 9000].into(),
            chunks: Vec::new(),
        };
        store
            .put_snapshot(AccountId(1), snapshot, Vec::new())
            .await
            .unwrap();
        place.disk.plan(Plan::FailAt(fault, 1));
        let outcome = store.append(append(1, Expect::Exactly(5), 10)).await;
        assert!(
            matches!(outcome, Err(StoreError::Stopped(_))),
            "{outcome:?}"
        );
        drop(store);
        assert!(place.log_is_there());
        place.disk.switch_off();
        place.disk.cut(&mut Chance::new(1)).unwrap();
        place.disk.plan(Plan::Peace);
        drop(place.open());
        assert!(!place.log_is_there());
        inspect(place.folder.path()).unwrap();
    }
}

/// A read that fails within a batch made SQLite take the whole transaction back; what came after
/// in the batch was then committed by itself, with numbers that left a gap.
#[tokio::test]
async fn a_read_that_fails_within_a_batch_leaves_no_gap() {
    let mut struck = 0;
    for nth in 1..40 {
        let place = Place::new();
        let store = place.open();
        for head in 0..8 {
            let append = append(1, Expect::Exactly(head), 12_000);
            store.append(append).await.unwrap();
        }
        drop(store);
        let store = place.open();
        place.disk.plan(Plan::FailAt(Fault::Read, 1000));
        place.disk.hold();
        let mut first = store.append(append(2, Expect::Exactly(0), 10));
        assert!(wait_until_held(&place.disk, &mut first).is_none());
        place.disk.plan(Plan::FailAt(Fault::Read, nth));
        let batch = [
            append(3, Expect::Exactly(0), 10),
            append(1, Expect::AtLeast(0), 10),
            append(3, Expect::Exactly(1), 10),
        ];
        let pending: Vec<_> = batch
            .into_iter()
            .map(|append| store.append(append))
            .collect();
        place.disk.release();
        let mut acknowledged = 0;
        for (number, append) in pending.into_iter().enumerate() {
            let done = append.await.is_ok();
            acknowledged += usize::from(done && number != 1);
        }
        struck += usize::from(place.disk.struck().is_some());
        drop(store);
        place.disk.plan(Plan::Peace);
        let store = place.open();
        let log = store.read_log(AccountId(3), 0, 9).await;
        let log = log.unwrap_or_else(|error| panic!("read {nth}: {error}"));
        assert_eq!(log.len(), acknowledged, "read {nth}");
        store.read_log(AccountId(1), 0, 9).await.unwrap();
    }
    assert!(struck > 3, "{struck}");
}
