//! Promises that hold after the store was closed and opened again.

use super::{A, B, Durable, append, body, entry, noise};
use crate::{AccountChange, BodyRef, Expect, NewBody, Snapshot};
use bytes::Bytes;
use std::collections::HashSet;

/// Log, bodies and accounts are as they were acknowledged.
pub async fn what_was_acknowledged_is_there<S: Durable>(subject: S) {
    let store = subject.store();
    let new = NewBody {
        derived: noise(300, 1),
        content: noise(70_000, 2),
    };
    let reference = store.put_body(A, new.clone()).await.unwrap();
    let first = store.append(append(A, Expect::Exactly(0), &["a", "b"]));
    first.await.unwrap();
    let second = store.append(append(B, Expect::Exactly(0), &["c"]));
    second.await.unwrap();
    let directory = subject.directory();
    let ann = directory.add_account("ann", "secret", 7).await.unwrap();
    let ann = directory.account(ann.unwrap()).await.unwrap().unwrap();
    drop((store, directory));

    let subject = subject.reopen().await;
    let store = subject.store();
    let log = store.read_log(A, 0, 9).await.unwrap();
    assert_eq!(log, [entry(1, "a"), entry(2, "b")]);
    assert_eq!(store.read_log(B, 0, 9).await.unwrap(), [entry(1, "c")]);
    let content = store.read_body(A, reference, 0..u32::MAX).await.unwrap();
    assert!(content == new.content, "the content differs");
    let derived = store.read_derived(A, reference).await.unwrap();
    assert!(derived == new.derived, "the derived part differs");
    let found = subject.directory().account_by_name("ann").await.unwrap();
    assert_eq!(found, Some(ann));
}

/// The next number after reopening is the next number.
pub async fn numbering_goes_on<S: Durable>(mut subject: S) {
    for head in 0..4 {
        let store = subject.store();
        assert_eq!(store.head(A).await.unwrap(), head);
        let late = store.append(append(A, Expect::Exactly(head + 1), &["x"]));
        late.await.unwrap_err();
        let next = store.append(append(A, Expect::Exactly(head), &["a"]));
        assert_eq!(next.await.unwrap().last, head + 1);
        drop(store);
        subject = subject.reopen().await;
    }
}

/// A reference that an event may hold is never given to another body.
pub async fn references_are_never_used_again<S: Durable>(mut subject: S) {
    let mut kept: Vec<(BodyRef, Bytes)> = Vec::new();
    for round in 0..5 {
        let store = subject.store();
        for number in 0..3 {
            let content = noise(500, round * 10 + number);
            let reference = store.put_body(A, body(content.clone())).await.unwrap();
            kept.push((reference, content));
        }
        let names = store.append(append(A, Expect::Exactly(round), &["names them"]));
        names.await.unwrap();
        drop(store);
        subject = subject.reopen().await;
    }
    let places: HashSet<_> = kept.iter().map(|(r, _)| (r.segment, r.offset)).collect();
    assert_eq!(places.len(), kept.len());
    let store = subject.store();
    for (reference, content) in kept {
        let read = store.read_body(A, reference, 0..u32::MAX).await.unwrap();
        assert!(read == content, "{reference:?} differs");
    }
}

/// Not even the number of the account added last and removed.
pub async fn account_numbers_are_never_used_again<S: Durable>(mut subject: S) {
    let mut seen = HashSet::new();
    for _ in 0..4 {
        let directory = subject.directory();
        let added = directory.add_account("ann", "", 0).await.unwrap();
        let id = added.expect("the name is free");
        assert!(seen.insert(id), "{id:?} was used before");
        let removed = AccountChange::Removed;
        assert!(directory.change_account(id, removed).await.unwrap());
        drop(directory);
        subject = subject.reopen().await;
    }
}

/// After an orderly close the snapshot is there with its chunks.
pub async fn a_snapshot_is_whole_or_older<S: Durable>(subject: S) {
    let store = subject.store();
    let chunk = noise(100_000, 9);
    let digest = blake3::hash(&chunk);
    let id = digest.as_bytes()[..16].try_into().unwrap();
    let snapshot = Snapshot {
        seq: 1,
        root: Bytes::from_static(b"root"),
        chunks: vec![id],
    };
    let first = store.append(append(A, Expect::Exactly(0), &["a"]));
    first.await.unwrap();
    let put = store.put_snapshot(A, snapshot.clone(), vec![(id, chunk.clone())]);
    put.await.unwrap();
    drop(store);

    let subject = subject.reopen().await;
    let store = subject.store();
    assert_eq!(store.snapshot(A).await.unwrap(), Some(snapshot));
    let read = store.read_chunks(A, &[id]).await.unwrap();
    assert!(read[0] == chunk, "the chunk differs");
}
