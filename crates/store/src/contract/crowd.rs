//! Promises that hold with many appenders at once.

use super::{A, body, noise};
use crate::{AccountId, Append, BodyRef, Expect, Seq, Store, StoreError};
use bytes::Bytes;
use std::collections::HashMap;
use std::sync::Arc;
use tokio::task::JoinSet;

const APPENDERS: u64 = 64;
const ROUNDS: u64 = 8;

/// An event that names who appended it, in which round, and the body before it.
fn event(appender: u64, round: u64, body: &BodyRef) -> Bytes {
    Bytes::from(format!("{appender} {round} {body:?}"))
}

type Told = (Seq, Bytes, BodyRef, Bytes);

async fn deliver(store: Arc<dyn Store>, account: AccountId, appender: u64) -> Vec<Told> {
    let mut told = Vec::new();
    for round in 0..ROUNDS {
        let content = noise(
            1000 + (appender * 97 % 5000) as usize,
            appender * 100 + round,
        );
        let reference = store
            .put_body(account, body(content.clone()))
            .await
            .unwrap();
        let event = event(appender, round, &reference);
        let append = Append {
            account,
            expect: Expect::AtLeast(0),
            at: 1,
            events: vec![event.clone()],
        };
        let appended = store.append(append).await.unwrap();
        assert_eq!(appended.missed.len() as u64, appended.first - 1);
        told.push((appended.first, event, reference, content));
    }
    told
}

async fn crowd(store: Arc<dyn Store>, accounts: u64) {
    let mut tasks = JoinSet::new();
    for appender in 0..APPENDERS {
        let account = AccountId(1 + appender % accounts);
        let store = store.clone();
        tasks.spawn(async move { (account, deliver(store, account, appender).await) });
    }
    let mut by_account: HashMap<AccountId, Vec<Told>> = HashMap::new();
    for (account, told) in tasks.join_all().await {
        by_account.entry(account).or_default().extend(told);
    }
    assert_eq!(by_account.len() as u64, accounts);
    for (account, told) in by_account {
        check(store.as_ref(), account, told).await;
    }
    assert_eq!(store.counters().appends, APPENDERS * ROUNDS);
}

async fn check(store: &dyn Store, account: AccountId, mut told: Vec<Told>) {
    told.sort_by_key(|(seq, ..)| *seq);
    let log = store.read_log(account, 0, usize::MAX).await.unwrap();
    assert_eq!(log.len(), told.len());
    for (entry, (seq, event, reference, content)) in log.iter().zip(&told) {
        assert_eq!((entry.seq, &entry.event), (*seq, event));
        let read = store.read_body(account, *reference, 0..u32::MAX).await;
        assert!(read.unwrap() == content, "{reference:?} differs");
    }
    let head = store.head(account).await.unwrap();
    assert_eq!(head, told.len() as u64);
}

/// 64 at once into one log: every event has a number of its own, and its body.
pub async fn appenders_to_one_account_lose_nothing(store: Arc<dyn Store>) {
    crowd(store, 1).await;
}

/// 64 at once into seven logs.
pub async fn appenders_to_several_accounts_lose_nothing(store: Arc<dyn Store>) {
    crowd(store, 7).await;
}

/// Of many that expect the same head one is right, and the others append nothing.
pub async fn racing_for_one_number_has_one_winner(store: Arc<dyn Store>) {
    for head in 0..20 {
        let mut tasks = JoinSet::new();
        for appender in 0..8 {
            let append = Append {
                account: A,
                expect: Expect::Exactly(head),
                at: appender,
                events: vec![Bytes::from_static(b"mine")],
            };
            let store = store.clone();
            tasks.spawn(async move { store.append(append).await });
        }
        let outcomes = tasks.join_all().await;
        let won = outcomes.iter().filter(|outcome| outcome.is_ok()).count();
        assert_eq!(won, 1);
        for lost in outcomes.into_iter().filter_map(Result::err) {
            assert!(matches!(lost, StoreError::Conflict { head: h } if h == head + 1));
        }
    }
    assert_eq!(store.head(A).await.unwrap(), 20);
}
