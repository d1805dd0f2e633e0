//! Promises about an account's log.

use super::{A, B, append, entry, events};
use crate::{AccountId, Append, Appended, Expect, MAX_EVENT, Store, StoreError};
use bytes::Bytes;

fn plain(first: u64, last: u64) -> Appended {
    let missed = Vec::new();
    Appended {
        first,
        last,
        missed,
    }
}

/// The first event is 1, the events of one append follow each other, and so do appends.
pub async fn appends_are_numbered_from_one_without_gaps(store: &dyn Store) {
    assert_eq!(store.head(A).await.unwrap(), 0);
    let first = store.append(append(A, Expect::Exactly(0), &["a"]));
    assert_eq!(first.await.unwrap(), plain(1, 1));
    let three = store.append(append(A, Expect::Exactly(1), &["b", "c", "d"]));
    assert_eq!(three.await.unwrap(), plain(2, 4));
    assert_eq!(store.head(A).await.unwrap(), 4);
    let log = store.read_log(A, 0, 10).await.unwrap();
    let expected = [entry(1, "a"), entry(2, "b"), entry(3, "c"), entry(4, "d")];
    assert_eq!(log, expected);
}

/// An expectation below or above the head fails, names the head and appends none of its events.
pub async fn a_conflict_leaves_nothing(store: &dyn Store) {
    store
        .append(append(A, Expect::Exactly(0), &["a", "b"]))
        .await
        .unwrap();
    for seq in [0, 1, 3] {
        let refused = store.append(append(A, Expect::Exactly(seq), &["x", "y"]));
        let refused = refused.await.unwrap_err();
        assert!(
            matches!(refused, StoreError::Conflict { head: 2 }),
            "{refused:?}"
        );
    }
    assert_eq!(store.head(A).await.unwrap(), 2);
    let log = store.read_log(A, 0, 10).await.unwrap();
    assert_eq!(log, [entry(1, "a"), entry(2, "b")]);
}

/// `AtLeast` appends at the head and gives back the entries in between, and only those.
pub async fn at_least_returns_what_was_missed(store: &dyn Store) {
    store
        .append(append(A, Expect::Exactly(0), &["a", "b", "c"]))
        .await
        .unwrap();
    let late = store.append(append(A, Expect::AtLeast(1), &["d"]));
    let missed = vec![entry(2, "b"), entry(3, "c")];
    let expected = Appended {
        first: 4,
        last: 4,
        missed,
    };
    assert_eq!(late.await.unwrap(), expected);
    let level = store.append(append(A, Expect::AtLeast(4), &["e", "f"]));
    assert_eq!(level.await.unwrap(), plain(5, 6));
    let exact = store.append(append(A, Expect::Exactly(6), &["g"]));
    assert_eq!(exact.await.unwrap(), plain(7, 7));
}

/// Who supposes more than there is has built on an append that failed.
pub async fn at_least_over_the_head_is_a_conflict(store: &dyn Store) {
    let refused = store.append(append(A, Expect::AtLeast(1), &["x"]));
    let refused = refused.await.unwrap_err();
    assert!(
        matches!(refused, StoreError::Conflict { head: 0 }),
        "{refused:?}"
    );
    assert_eq!(store.head(A).await.unwrap(), 0);
}

/// Appends submitted before the ones they expect are durable succeed in that order.
pub async fn pipelined_appends_take_effect_in_the_order_submitted(store: &dyn Store) {
    let texts: Vec<String> = (1..=50).map(|number| format!("event {number}")).collect();
    let mut pending = Vec::new();
    for (head, text) in (0..).zip(&texts) {
        pending.push(store.append(append(A, Expect::Exactly(head), &[text.as_str()])));
    }
    // Awaited in the other order: the order of the calls is what counts.
    while let Some(outcome) = pending.pop() {
        let seq = pending.len() as u64 + 1;
        assert_eq!(outcome.await.unwrap(), plain(seq, seq));
    }
    let log = store.read_log(A, 0, 100).await.unwrap();
    let expected: Vec<_> = (1..).zip(&texts).map(|(seq, t)| entry(seq, t)).collect();
    assert_eq!(log, expected);
}

/// A pipeline that expects an append that fails fails with it, other appends do not.
pub async fn a_failed_append_fails_those_that_expected_it(store: &dyn Store) {
    store
        .append(append(A, Expect::Exactly(0), &["a"]))
        .await
        .unwrap();
    let wrong = store.append(append(A, Expect::Exactly(5), &["x"]));
    let after = store.append(append(A, Expect::Exactly(6), &["y"]));
    let later = store.append(append(A, Expect::AtLeast(6), &["z"]));
    let other = store.append(append(B, Expect::Exactly(0), &["b"]));
    let good = store.append(append(A, Expect::Exactly(1), &["c"]));
    for failed in [wrong, after, later] {
        assert!(matches!(
            failed.await.unwrap_err(),
            StoreError::Conflict { head: 1 }
        ));
    }
    assert_eq!(other.await.unwrap(), plain(1, 1));
    assert_eq!(good.await.unwrap(), plain(2, 2));
    let log = store.read_log(A, 0, 10).await.unwrap();
    assert_eq!(log, [entry(1, "a"), entry(2, "c")]);
}

/// A submitted append takes effect even if its caller went away.
pub async fn an_append_counts_though_nobody_awaits_it(store: &dyn Store) {
    drop(store.append(append(A, Expect::Exactly(0), &["a"])));
    let next = store.append(append(A, Expect::Exactly(1), &["b"]));
    assert_eq!(next.await.unwrap(), plain(2, 2));
}

/// Reading begins after the number given and gives at most as many as asked for.
pub async fn the_log_is_read_in_order_up_to_the_limit(store: &dyn Store) {
    store
        .append(append(A, Expect::Exactly(0), &["a", "b", "c", "d"]))
        .await
        .unwrap();
    let middle = store.read_log(A, 1, 2).await.unwrap();
    assert_eq!(middle, [entry(2, "b"), entry(3, "c")]);
    assert_eq!(store.read_log(A, 3, 2).await.unwrap(), [entry(4, "d")]);
    assert_eq!(store.read_log(A, 0, 0).await.unwrap(), []);
    assert_eq!(store.read_log(A, 4, 9).await.unwrap(), []);
    assert_eq!(store.read_log(A, u64::MAX, 9).await.unwrap(), []);
    let all = store.read_log(A, 0, usize::MAX).await.unwrap();
    assert_eq!(all.len(), 4);
}

/// `MAX_EVENT` octets are kept; one more is refused and leaves nothing, nor do its companions.
pub async fn events_may_have_the_limit_and_not_one_octet_more(store: &dyn Store) {
    let sized = |len: usize, expect| Append {
        account: A,
        expect,
        at: 1,
        events: vec![
            Bytes::from_static(b""),
            Bytes::from(vec![0xa5; len]),
            Bytes::from_static(b"z"),
        ],
    };
    let refused = store.append(sized(MAX_EVENT + 1, Expect::Exactly(0))).await;
    assert!(
        matches!(refused, Err(StoreError::Invalid(_))),
        "{refused:?}"
    );
    assert_eq!(store.head(A).await.unwrap(), 0);
    let kept = store.append(sized(MAX_EVENT, Expect::Exactly(0))).await;
    assert_eq!(kept.unwrap(), plain(1, 3));
    let log = store.read_log(A, 0, 10).await.unwrap();
    assert_eq!(log[0].event.len(), 0);
    assert_eq!(log[1].event, vec![0xa5; MAX_EVENT]);
}

/// An append says something.
pub async fn an_append_without_events_is_refused(store: &dyn Store) {
    let refused = store.append(append(A, Expect::AtLeast(0), &[])).await;
    assert!(
        matches!(refused, Err(StoreError::Invalid(_))),
        "{refused:?}"
    );
    assert_eq!(store.head(A).await.unwrap(), 0);
}

/// Account numbers begin at 1.
pub async fn an_account_of_number_zero_is_refused(store: &dyn Store) {
    let refused = store.append(append(AccountId(0), Expect::Exactly(0), &["a"]));
    let refused = refused.await;
    assert!(
        matches!(refused, Err(StoreError::Invalid(_))),
        "{refused:?}"
    );
}

/// Each account counts for itself and reads its own, neighbours and far ones alike.
pub async fn logs_of_accounts_never_mix(store: &dyn Store) {
    let accounts = [1, 2, 3, 4, 1 << 40].map(AccountId);
    for account in accounts {
        let own = account.0.to_string();
        for head in 0..3 {
            let append = append(account, Expect::Exactly(head), &[own.as_str()]);
            store.append(append).await.unwrap();
        }
    }
    for account in accounts {
        let own = account.0.to_string();
        let log = store.read_log(account, 0, 10).await.unwrap();
        assert_eq!(log, [entry(1, &own), entry(2, &own), entry(3, &own)]);
    }
    assert_eq!(store.head(AccountId(5)).await.unwrap(), 0);
}

/// A watcher is told account and last number; nothing is told of appends that failed.
pub async fn watchers_hear_of_durable_appends(store: &dyn Store) {
    let mut watch = store.watch();
    let mut other = store.watch();
    store
        .append(append(A, Expect::Exactly(0), &["a", "b"]))
        .await
        .unwrap();
    store
        .append(append(A, Expect::Exactly(0), &["x"]))
        .await
        .unwrap_err();
    let last = Append {
        account: B,
        expect: Expect::Exactly(0),
        at: 1,
        events: events(&["c"]),
    };
    store.append(last).await.unwrap();
    assert_eq!(watch.recv().await.unwrap(), (A, 2));
    assert_eq!(watch.recv().await.unwrap(), (B, 1));
    assert_eq!(other.recv().await.unwrap(), (A, 2));
    assert_eq!(store.counters().appends, 2);
}
