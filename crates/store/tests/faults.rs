//! Disks that fill up, fail, and lose what was not synced.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

mod common;

use common::{A, ALL, add, event, one_shard, open, put, texts};
use postern_store::sqlite::faulty::{Call, FaultyFiles};
use postern_store::sqlite::files::SystemFiles;
use postern_store::sqlite::{Options, Sqlite};
use postern_store::{BodyRef, Expect, Store, StoreError};
use proptest::prelude::*;
use std::io::ErrorKind;
use std::path::Path;
use std::sync::Arc;
use tempfile::TempDir;

fn on_faulty(options: Options) -> (Options, FaultyFiles) {
    let files = FaultyFiles::new(Arc::new(SystemFiles));
    let options = Options {
        files: Arc::new(files.clone()),
        ..options
    };
    (options, files)
}

fn is_full<T>(outcome: &Result<T, StoreError>) -> bool {
    matches!(outcome, Err(StoreError::Full(_)))
}

fn is_stopped<T>(outcome: &Result<T, StoreError>) -> bool {
    matches!(outcome, Err(StoreError::Stopped(_)))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_refuses_a_body_and_takes_the_next_when_there_is_space() {
    let folder = TempDir::new().unwrap();
    let (options, files) = on_faulty(one_shard());
    let store = open(folder.path(), &options);
    let first = put(&store, "first").await.unwrap();
    for kind in [ErrorKind::StorageFull, ErrorKind::QuotaExceeded] {
        files.fail(Call::Write, 1, kind);
        assert!(is_full(&put(&store, "no space").await));
    }
    let next = put(&store, "next").await.unwrap();
    // What was reserved for the body that failed is used by the next: 64 for the header, 4 and 4
    // for the checksums, 7 for "derived" and 5 for "first" make 84, and 88 is a multiple of 8.
    assert_eq!(next.offset, first.offset + 88);
    add(&store, "names both").await.unwrap();
    assert_eq!(store.read_body(A, first, ALL).await.unwrap(), "first");
    assert_eq!(store.read_body(A, next, ALL).await.unwrap(), "next");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_leaves_no_segment_behind() {
    let folder = TempDir::new().unwrap();
    let (options, files) = on_faulty(one_shard());
    let store = open(folder.path(), &options);
    files.fail(Call::Write, 1, ErrorKind::StorageFull);
    assert!(is_full(&put(&store, "x").await));
    let segments = folder.path().join("segments-00");
    assert_eq!(std::fs::read_dir(&segments).unwrap().count(), 0);
    let reference = put(&store, "y").await.unwrap();
    assert_eq!(store.read_body(A, reference, ALL).await.unwrap(), "y");
}

#[tokio::test(flavor = "multi_thread")]
async fn space_is_reserved_in_steps_and_exactly_when_a_step_does_not_fit() {
    let folder = TempDir::new().unwrap();
    let step = 1 << 20;
    let (options, files) = on_faulty(Options {
        reserve: step,
        ..one_shard()
    });
    let store = open(folder.path(), &options);
    let size = || {
        let path = folder.path().join("segments-00/0000000001.seg");
        std::fs::metadata(path).unwrap().len()
    };
    files.fail(Call::Allocate, 1, ErrorKind::StorageFull);
    put(&store, "first").await.unwrap();
    assert_eq!(size(), 64 + 88);
    put(&store, "next").await.unwrap();
    assert_eq!(size(), 64 + 88 + u64::from(step));
    files.fail(Call::Allocate, 1, ErrorKind::StorageFull);
    files.fail(Call::Allocate, 2, ErrorKind::StorageFull);
    assert!(is_full(&put(&store, vec![1; step as usize]).await));
    files.fail(Call::Allocate, 1, ErrorKind::Unsupported);
    let large = put(&store, vec![1; 2 << 20]).await.unwrap();
    add(&store, "names it").await.unwrap();
    let read = store.read_body(A, large, ALL).await.unwrap();
    assert!(read == vec![1; 2 << 20]);
    drop(store);
    // Closed in order, it is as long as what is used of it: a multiple of 8.
    assert_eq!(size() % 8, 0);
    assert!(size() < (2 << 20) + u64::from(step));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_sync_stops_the_shard_until_it_is_opened_again() {
    for call in [Call::Sync, Call::SyncDir] {
        let folder = TempDir::new().unwrap();
        let (options, files) = on_faulty(Options {
            segment_size: 100,
            ..one_shard()
        });
        let store = open(folder.path(), &options);
        let kept = put(&store, "kept").await.unwrap();
        add(&store, "kept").await.unwrap();
        let lost = put(&store, "lost").await.unwrap();
        // No space is no better a reason than any other: the data is lost all the same.
        files.fail(call, 1, ErrorKind::StorageFull);
        assert!(is_stopped(&add(&store, "lost").await), "{call:?}");
        // A second sync would succeed, and would be a lie.
        assert!(is_stopped(&add(&store, "again").await));
        assert!(is_stopped(&put(&store, "again").await));
        assert_eq!(texts(&store, A).await, ["kept"]);
        assert_eq!(store.read_body(A, kept, ALL).await.unwrap(), "kept");
        assert_eq!(store.read_body(A, lost, ALL).await.unwrap(), "lost");
        drop(store);

        let store = open(folder.path(), &one_shard());
        assert_eq!(texts(&store, A).await, ["kept"]);
        assert_eq!(add(&store, "again").await.unwrap(), 2);
        assert_eq!(store.read_body(A, kept, ALL).await.unwrap(), "kept");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stopped_shard_leaves_the_others_at_work() {
    let folder = TempDir::new().unwrap();
    let (options, files) = on_faulty(Options {
        shards: 2,
        ..one_shard()
    });
    let store = open(folder.path(), &options);
    put(&store, "x").await.unwrap();
    files.fail(Call::Sync, 1, ErrorKind::Other);
    assert!(is_stopped(&add(&store, "x").await));
    let other = postern_store::AccountId(2);
    let append = event(other, Expect::Exactly(0), "y");
    store.append(append).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_read_that_fails_says_so_and_the_next_one_reads() {
    let folder = TempDir::new().unwrap();
    let (options, files) = on_faulty(one_shard());
    let store = open(folder.path(), &options);
    let reference = put(&store, "x").await.unwrap();
    files.fail(Call::Open, 1, ErrorKind::PermissionDenied);
    let read = store.read_body(A, reference, ALL).await;
    assert!(matches!(read, Err(StoreError::Io(_))), "{read:?}");
    files.fail(Call::Read, 1, ErrorKind::Other);
    let read = store.read_body(A, reference, ALL).await;
    assert!(matches!(read, Err(StoreError::Io(_))), "{read:?}");
    assert_eq!(store.read_body(A, reference, ALL).await.unwrap(), "x");
}

/// What is done between power failures.
#[derive(Debug, Clone)]
enum Step {
    Put(usize),
    Append,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let put = prop_oneof![4 => 0..200_usize, 1 => 60_000..140_000_usize].prop_map(Step::Put);
    proptest::collection::vec(prop_oneof![3 => put, 1 => Just(Step::Append)], 1..20)
}

/// Bodies that an acknowledged append followed, over several lives of the folder.
#[derive(Default)]
struct Named {
    bodies: Vec<(BodyRef, Vec<u8>)>,
    appends: u64,
}

async fn live(store: &Sqlite, steps: &[Step], named: &mut Named) {
    let mut waiting = Vec::new();
    for (number, step) in steps.iter().enumerate() {
        match step {
            Step::Put(len) => {
                // The first are zeros, as what was never written is.
                let content = vec![number as u8 / 4; *len];
                let reference = put(store, content.clone()).await.unwrap();
                waiting.push((reference, content));
            }
            Step::Append => {
                add(store, "names those before").await.unwrap();
                named.bodies.append(&mut waiting);
                named.appends += 1;
            }
        }
    }
}

async fn lives(path: &Path, lives: &[Vec<Step>], reserve: u32, mut survives: impl FnMut() -> bool) {
    let mut named = Named::default();
    for steps in lives {
        let (options, files) = on_faulty(Options {
            segment_size: 50_000,
            reserve,
            ..one_shard()
        });
        let store = open(path, &options);
        assert_eq!(store.head(A).await.unwrap(), named.appends);
        for (reference, content) in &named.bodies {
            let read = store.read_body(A, *reference, ALL).await.unwrap();
            assert!(read == content, "{reference:?} differs");
        }
        live(&store, steps, &mut named).await;
        files.crash(|_, _| survives()).unwrap();
        drop(store);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn what_an_append_covered_outlives_power_failures(
        all in proptest::collection::vec(steps(), 2..5),
        reserve in prop_oneof![Just(0), Just(32_768_u32)],
        luck in any::<u64>(),
    ) {
        let folder = TempDir::new().unwrap();
        let mut luck = luck;
        let survives = || {
            luck = luck.rotate_left(1);
            luck & 1 == 1
        };
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .build()
            .unwrap();
        runtime.block_on(lives(folder.path(), &all, reserve, survives));
    }
}
