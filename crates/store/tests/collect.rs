//! Space is given back, and only that of the dead; what goes wrong amid it costs nothing.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

mod common;

use common::{A, ALL, add, one_shard, open, put};
use postern_store::collect::{Candidate, Collect, Freed};
use postern_store::sqlite::faulty::{Call, FaultyFiles};
use postern_store::sqlite::files::SystemFiles;
use postern_store::sqlite::{Options, Sqlite};
use postern_store::{BodyRef, Store, StoreError};
use std::io::ErrorKind;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tempfile::TempDir;

/// A store whose first segment has three bodies and is not written to any more.
async fn filled(folder: &Path) -> (Sqlite, FaultyFiles, [BodyRef; 3], Candidate) {
    let files = FaultyFiles::new(Arc::new(SystemFiles));
    let options = Options {
        segment_size: 50_000,
        files: Arc::new(files.clone()),
        ..one_shard()
    };
    let store = open(folder, &options);
    let mut bodies = Vec::new();
    for octet in 1..=4 {
        bodies.push(put(&store, vec![octet; 20_000]).await.unwrap());
        add(&store, "names it").await.unwrap();
    }
    assert_eq!(bodies[2].segment, 1);
    assert_eq!(bodies[3].segment, 2);
    let candidates = store.candidates(0, Duration::ZERO).await.unwrap();
    assert_eq!(candidates.len(), 1);
    let candidate = candidates[0];
    (store, files, [bodies[0], bodies[1], bodies[2]], candidate)
}

async fn read(store: &Sqlite, body: BodyRef) -> Result<usize, StoreError> {
    Ok(store.read_body(A, body, ALL).await?.len())
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_dead_give_space_back_and_a_second_time_nothing() {
    let folder = TempDir::new().unwrap();
    let (store, _, bodies, candidate) = filled(folder.path()).await;
    let live = vec![store.extent(&bodies[1])];
    let freed = store.free(candidate, live.clone()).await.unwrap();
    // Two bodies of 20,000 octets, without the blocks that they share with what lives.
    assert!((24_000..41_000).contains(&freed.octets), "{freed:?}");
    assert_eq!(read(&store, bodies[1]).await.unwrap(), 20_000);
    for dead in [bodies[0], bodies[2]] {
        let outcome = read(&store, dead).await;
        assert!(
            matches!(outcome, Err(StoreError::Corrupt(_))),
            "{outcome:?}"
        );
    }
    let again = store.free(candidate, live).await.unwrap();
    assert_eq!(again, Freed::default());
    let freed = store.free(candidate, Vec::new()).await.unwrap();
    assert_eq!(freed.segments, 1);
    let outcome = read(&store, bodies[1]).await;
    assert!(
        matches!(outcome, Err(StoreError::Missing(_))),
        "{outcome:?}"
    );
    drop(store);
    // Numbers of segments that are gone are not given again.
    let store = open(folder.path(), &one_shard());
    assert!(put(&store, "more").await.unwrap().segment >= 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_fails_amid_it_is_finished_the_next_time() {
    for call in [Call::Punch, Call::Sync, Call::Open] {
        let folder = TempDir::new().unwrap();
        let (store, files, bodies, candidate) = filled(folder.path()).await;
        let live = vec![store.extent(&bodies[1])];
        files.fail(call, 1, ErrorKind::Other);
        store.free(candidate, live.clone()).await.unwrap_err();
        assert_eq!(read(&store, bodies[1]).await.unwrap(), 20_000);
        let freed = store.free(candidate, live).await.unwrap();
        assert!(freed.octets > 24_000, "{call:?}: {freed:?}");
        assert_eq!(read(&store, bodies[1]).await.unwrap(), 20_000);
        add(&store, "the store goes on").await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_system_without_holes_gives_back_whole_segments_only() {
    let folder = TempDir::new().unwrap();
    let (store, files, bodies, candidate) = filled(folder.path()).await;
    files.fail(Call::Punch, 1, ErrorKind::Unsupported);
    let live = vec![store.extent(&bodies[1])];
    let freed = store.free(candidate, live).await.unwrap();
    assert_eq!(freed, Freed::default());
    assert_eq!(read(&store, bodies[0]).await.unwrap(), 20_000);
    let freed = store.free(candidate, Vec::new()).await.unwrap();
    assert_eq!(freed.segments, 1);
}
