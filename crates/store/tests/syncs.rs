//! How many syncs durability costs: counts, which no machine changes.
#![allow(clippy::unwrap_used)]

mod common;

use common::{A, body, event, one_shard, open};
use postern_store::sqlite::Options;
use postern_store::sqlite::faulty::{Call, FaultyFiles};
use postern_store::sqlite::files::SystemFiles;
use postern_store::{AccountId, Directory, Expect, Snapshot, Store};
use std::sync::Arc;
use tempfile::TempDir;

#[tokio::test(flavor = "multi_thread")]
async fn one_at_a_time_costs_two_syncs_each() {
    let folder = TempDir::new().unwrap();
    let store = open(folder.path(), &one_shard());
    // The first one makes the segment, whose folder is synced once.
    for (head, expected) in (0..100).zip((0..).map(|before| 3 + 2 * before)) {
        store.put_body(A, body(vec![7; 4096])).await.unwrap();
        let append = event(A, Expect::Exactly(head), "delivered");
        store.append(append).await.unwrap();
        assert_eq!(store.counters().syncs, expected);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_append_without_a_body_costs_one_sync() {
    let folder = TempDir::new().unwrap();
    let store = open(folder.path(), &one_shard());
    for head in 0..50 {
        let append = event(A, Expect::Exactly(head), "seen");
        store.append(append).await.unwrap();
        assert_eq!(store.counters().syncs, head + 1);
    }
    let conflict = store.append(event(A, Expect::Exactly(7), "x")).await;
    conflict.unwrap_err();
    assert_eq!(store.counters().syncs, 50);
}

/// The first append is held at its sync until all others are submitted, so that what is counted
/// does not depend on who is faster.
#[tokio::test(flavor = "multi_thread")]
async fn sixty_four_at_once_share_their_syncs() {
    let folder = TempDir::new().unwrap();
    let files = FaultyFiles::new(Arc::new(SystemFiles));
    let options = Options {
        files: Arc::new(files.clone()),
        ..Options::default()
    };
    let store = open(folder.path(), &options);
    let mut accounts = Vec::new();
    for number in 0..64_u64 {
        let account = AccountId(1 + number % 10);
        store.put_body(account, body(vec![7; 4096])).await.unwrap();
        accounts.push(account);
    }
    files.hold_syncs();
    let submit = |account: &AccountId| store.append(event(*account, Expect::AtLeast(0), "x"));
    let pending: Vec<_> = accounts.iter().map(submit).collect();
    files.release();
    for append in pending {
        append.await.unwrap();
    }
    let counters = store.counters();
    assert_eq!(counters.appends, 64);
    // Two shards: each syncs its segment and its new folder once, and commits at most twice.
    assert!(counters.syncs <= 8, "{counters:?}");
    assert!((counters.syncs as f64) <= 0.2 * 64.0);
    // The count is of calls made: the segments' share is seen by the files beneath.
    assert_eq!(files.calls(Call::Sync), 2);
    assert_eq!(files.calls(Call::SyncDir), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_segment_written_to_is_synced_with_the_next_append() {
    let folder = TempDir::new().unwrap();
    let files = FaultyFiles::new(Arc::new(SystemFiles));
    let options = Options {
        segment_size: 4096,
        files: Arc::new(files.clone()),
        ..one_shard()
    };
    let store = open(folder.path(), &options);
    for _ in 0..5 {
        store.put_body(A, body(vec![7; 5000])).await.unwrap();
    }
    assert_eq!(files.calls(Call::Create), 5);
    assert_eq!(files.calls(Call::Sync), 0);
    store
        .append(event(A, Expect::Exactly(0), "names five"))
        .await
        .unwrap();
    assert_eq!(files.calls(Call::Sync), 5);
    assert_eq!(files.calls(Call::SyncDir), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_snapshot_costs_no_sync() {
    let folder = TempDir::new().unwrap();
    let store = open(folder.path(), &one_shard());
    store
        .append(event(A, Expect::Exactly(0), "a"))
        .await
        .unwrap();
    for root in 0..10_u8 {
        let snapshot = Snapshot {
            seq: 1,
            root: vec![root].into(),
            chunks: Vec::new(),
        };
        store.put_snapshot(A, snapshot, Vec::new()).await.unwrap();
    }
    assert_eq!(store.counters().syncs, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_to_the_directory_costs_one_sync_and_a_refused_one_none() {
    let folder = TempDir::new().unwrap();
    let store = open(folder.path(), &one_shard());
    store.add_account("ann", "", 0).await.unwrap();
    assert_eq!(store.counters().syncs, 1);
    store.add_account("ann", "", 0).await.unwrap();
    store.account_by_name("ann").await.unwrap();
    assert_eq!(store.counters().syncs, 1);
}

/// The database's log is copied into the database before it grows large, and then begun again.
#[tokio::test(flavor = "multi_thread")]
async fn the_database_s_log_stays_small() {
    let folder = TempDir::new().unwrap();
    let options = Options {
        checkpoint_pages: 50,
        ..one_shard()
    };
    let store = open(folder.path(), &options);
    for head in 0..1000 {
        store
            .append(event(A, Expect::Exactly(head), "x"))
            .await
            .unwrap();
    }
    // Without that, a thousand commits of a page each make at least 4 MiB.
    let log = std::fs::metadata(folder.path().join("shard-00.sqlite-wal"));
    assert!(log.unwrap().len() < 1 << 20);
    assert!(store.counters().syncs > 1000);
}
