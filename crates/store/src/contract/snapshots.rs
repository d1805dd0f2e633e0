//! Promises about snapshots and their chunks.

use super::{A, B, append, entry};
use crate::{AccountId, ChunkId, Expect, Seq, Snapshot, Store, StoreError};
use bytes::Bytes;

fn chunk(text: &str) -> (ChunkId, Bytes) {
    let digest = blake3::hash(text.as_bytes());
    let id = digest.as_bytes()[..16].try_into().unwrap();
    (id, Bytes::copy_from_slice(text.as_bytes()))
}

fn snapshot(seq: Seq, root: &str, chunks: &[&str]) -> Snapshot {
    Snapshot {
        seq,
        root: Bytes::copy_from_slice(root.as_bytes()),
        chunks: chunks.iter().map(|text| chunk(text).0).collect(),
    }
}

fn chunks(texts: &[&str]) -> Vec<(ChunkId, Bytes)> {
    texts.iter().map(|text| chunk(text)).collect()
}

async fn log_of_three(store: &dyn Store, account: AccountId) {
    let three = append(account, Expect::Exactly(0), &["a", "b", "c"]);
    store.append(three).await.unwrap();
}

/// None at first.
pub async fn without_a_snapshot_there_is_none(store: &dyn Store) {
    log_of_three(store, A).await;
    assert_eq!(store.snapshot(A).await.unwrap(), None);
    store.drop_snapshots(A).await.unwrap();
}

/// A later one replaces an earlier one; an earlier one that comes late changes nothing.
pub async fn the_newest_snapshot_wins(store: &dyn Store) {
    log_of_three(store, A).await;
    let second = snapshot(2, "root 2", &["x"]);
    store
        .put_snapshot(A, second.clone(), chunks(&["x"]))
        .await
        .unwrap();
    assert_eq!(store.snapshot(A).await.unwrap(), Some(second));
    let third = snapshot(3, "root 3", &["y"]);
    store
        .put_snapshot(A, third.clone(), chunks(&["y"]))
        .await
        .unwrap();
    let first = snapshot(1, "root 1", &["z"]);
    store.put_snapshot(A, first, chunks(&["z"])).await.unwrap();
    assert_eq!(store.snapshot(A).await.unwrap(), Some(third));
    let read = store.read_chunks(A, &[chunk("y").0]).await.unwrap();
    assert_eq!(read, ["y"]);
}

/// A chunk of the snapshot before need not be given again; chunks come in the order asked.
pub async fn chunks_are_shared_between_snapshots(store: &dyn Store) {
    log_of_three(store, A).await;
    let one = snapshot(1, "one", &["x", "y"]);
    store
        .put_snapshot(A, one, chunks(&["x", "y"]))
        .await
        .unwrap();
    let two = snapshot(2, "two", &["y", "z", "y"]);
    store
        .put_snapshot(A, two.clone(), chunks(&["z"]))
        .await
        .unwrap();
    assert_eq!(store.snapshot(A).await.unwrap(), Some(two.clone()));
    let read = store.read_chunks(A, &two.chunks).await.unwrap();
    assert_eq!(read, ["y", "z", "y"]);
    // One that is there already may come again.
    let three = snapshot(3, "three", &["z"]);
    store.put_snapshot(A, three, chunks(&["z"])).await.unwrap();
    let read = store.read_chunks(A, &[chunk("z").0]).await.unwrap();
    assert_eq!(read, ["z"]);
}

/// What only an older snapshot named, or none, is not found.
pub async fn a_chunk_in_no_snapshot_is_forgotten(store: &dyn Store) {
    log_of_three(store, A).await;
    let one = snapshot(1, "one", &["x", "y"]);
    store
        .put_snapshot(A, one, chunks(&["x", "y", "unnamed"]))
        .await
        .unwrap();
    let two = snapshot(2, "two", &["y"]);
    store.put_snapshot(A, two, Vec::new()).await.unwrap();
    for gone in ["x", "unnamed", "never was"] {
        let outcome = store.read_chunks(A, &[chunk("y").0, chunk(gone).0]).await;
        assert!(
            matches!(outcome, Err(StoreError::Missing(_))),
            "{gone}: {outcome:?}"
        );
    }
    let read = store.read_chunks(A, &[chunk("y").0]).await.unwrap();
    assert_eq!(read, ["y"]);
}

/// A snapshot that could not be read back is not kept, and the one before stays.
pub async fn a_snapshot_with_a_chunk_nobody_has_is_refused(store: &dyn Store) {
    log_of_three(store, A).await;
    let one = snapshot(1, "one", &["x"]);
    store
        .put_snapshot(A, one.clone(), chunks(&["x"]))
        .await
        .unwrap();
    let two = snapshot(2, "two", &["x", "y"]);
    let outcome = store.put_snapshot(A, two, Vec::new()).await;
    assert!(
        matches!(outcome, Err(StoreError::Missing(_))),
        "{outcome:?}"
    );
    assert_eq!(store.snapshot(A).await.unwrap(), Some(one));
    let read = store.read_chunks(A, &[chunk("x").0]).await.unwrap();
    assert_eq!(read, ["x"]);
}

/// A chunk's name is its digest.
pub async fn a_chunk_under_another_name_is_refused(store: &dyn Store) {
    log_of_three(store, A).await;
    let wrong = vec![(chunk("x").0, Bytes::from_static(b"y"))];
    let outcome = store
        .put_snapshot(A, snapshot(1, "one", &["x"]), wrong)
        .await;
    assert!(
        matches!(outcome, Err(StoreError::Invalid(_))),
        "{outcome:?}"
    );
    assert_eq!(store.snapshot(A).await.unwrap(), None);
}

/// A snapshot holds nothing that the log does not.
pub async fn a_snapshot_ahead_of_the_log_is_refused(store: &dyn Store) {
    log_of_three(store, A).await;
    let ahead = snapshot(4, "ahead", &[]);
    let outcome = store.put_snapshot(A, ahead, Vec::new()).await;
    assert!(
        matches!(outcome, Err(StoreError::Invalid(_))),
        "{outcome:?}"
    );
    assert_eq!(store.snapshot(A).await.unwrap(), None);
}

/// After dropping there is none, its chunks are gone, and a new one may come.
pub async fn dropped_snapshots_are_gone(store: &dyn Store) {
    log_of_three(store, A).await;
    let three = snapshot(3, "three", &["x"]);
    store.put_snapshot(A, three, chunks(&["x"])).await.unwrap();
    store.drop_snapshots(A).await.unwrap();
    assert_eq!(store.snapshot(A).await.unwrap(), None);
    assert!(store.read_chunks(A, &[chunk("x").0]).await.is_err());
    let older = snapshot(1, "one", &[]);
    store
        .put_snapshot(A, older.clone(), Vec::new())
        .await
        .unwrap();
    assert_eq!(store.snapshot(A).await.unwrap(), Some(older));
}

/// A chunk of one account is none of another's, though the octets be the same.
pub async fn snapshots_of_accounts_never_mix(store: &dyn Store) {
    for account in [A, B, AccountId(3)] {
        log_of_three(store, account).await;
    }
    let shared = snapshot(1, "one", &["x"]);
    for account in [A, AccountId(3)] {
        store
            .put_snapshot(account, shared.clone(), chunks(&["x"]))
            .await
            .unwrap();
    }
    assert_eq!(store.snapshot(B).await.unwrap(), None);
    assert!(store.read_chunks(B, &[chunk("x").0]).await.is_err());
    let borrowed = store.put_snapshot(B, shared.clone(), Vec::new()).await;
    assert!(borrowed.is_err(), "took a chunk of another account");
    store.drop_snapshots(A).await.unwrap();
    let kept = store.snapshot(AccountId(3)).await.unwrap();
    assert_eq!(kept, Some(shared));
    let read = store.read_chunks(AccountId(3), &[chunk("x").0]).await;
    assert_eq!(read.unwrap(), ["x"]);
}

/// Snapshots come and go; the log stays as it was.
pub async fn snapshots_leave_the_log_alone(store: &dyn Store) {
    log_of_three(store, A).await;
    store
        .put_snapshot(A, snapshot(3, "three", &[]), Vec::new())
        .await
        .unwrap();
    store.drop_snapshots(A).await.unwrap();
    let log = store.read_log(A, 0, 10).await.unwrap();
    assert_eq!(log, [entry(1, "a"), entry(2, "b"), entry(3, "c")]);
}
