//! Live accounts over a store that answers late, fails, or has a damaged snapshot.

#![allow(clippy::unwrap_used, clippy::panic)]

use super::account::{ChangeError, LiveAccount};
use super::registry::Accounts;
use crate::quotas::Quotas;
use async_trait::async_trait;
use bytes::Bytes;
use postern_account::plan::{self, Refusal};
use postern_account::{Account, Event};
use postern_imap::mailbox::MailboxName;
use postern_store::memory::Memory;
use postern_store::{
    AccountId, Append, BodyRef, ChunkId, Counters, Entry, NewBody, PendingAppend, Seq, Snapshot,
    Store, StoreError,
};
use std::collections::VecDeque;
use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::{broadcast, oneshot};

const ID: AccountId = AccountId(1);

/// What becomes of an append.
type Verdict = Result<(), StoreError>;

/// A store whose appends and snapshots go as a test says.
#[derive(Default)]
struct Told {
    memory: Memory,
    /// For each of the next appends, when it is decided and how; after them all succeed.
    verdicts: Mutex<VecDeque<oneshot::Receiver<Verdict>>>,
    /// What is wrong with snapshots.
    snapshots: Option<StoreError>,
    snapshots_tried: AtomicUsize,
    snapshots_dropped: AtomicUsize,
}

impl Told {
    fn next_append(&self) -> oneshot::Sender<Verdict> {
        let (sender, receiver) = oneshot::channel();
        self.verdicts.lock().unwrap().push_back(receiver);
        sender
    }
}

/// The test's end of the store.
struct Shared(Arc<Told>);

#[async_trait]
impl Store for Shared {
    async fn put_body(&self, account: AccountId, body: NewBody) -> Result<BodyRef, StoreError> {
        self.0.memory.put_body(account, body).await
    }

    async fn read_body(
        &self,
        account: AccountId,
        body: BodyRef,
        range: Range<u32>,
    ) -> Result<Bytes, StoreError> {
        self.0.memory.read_body(account, body, range).await
    }

    async fn read_derived(&self, account: AccountId, body: BodyRef) -> Result<Bytes, StoreError> {
        self.0.memory.read_derived(account, body).await
    }

    fn append(&self, append: Append) -> PendingAppend {
        let verdict = self.0.verdicts.lock().unwrap().pop_front();
        let told = Arc::clone(&self.0);
        Box::pin(async move {
            if let Some(verdict) = verdict {
                verdict.await.unwrap()?;
            }
            told.memory.append(append).await
        })
    }

    async fn head(&self, account: AccountId) -> Result<Seq, StoreError> {
        self.0.memory.head(account).await
    }

    async fn read_log(
        &self,
        account: AccountId,
        after: Seq,
        limit: usize,
    ) -> Result<Vec<Entry>, StoreError> {
        self.0.memory.read_log(account, after, limit).await
    }

    async fn put_snapshot(
        &self,
        account: AccountId,
        snapshot: Snapshot,
        new_chunks: Vec<(ChunkId, Bytes)>,
    ) -> Result<(), StoreError> {
        self.0.snapshots_tried.fetch_add(1, Ordering::Relaxed);
        match &self.0.snapshots {
            Some(error) => Err(error.clone()),
            None => {
                self.0
                    .memory
                    .put_snapshot(account, snapshot, new_chunks)
                    .await
            }
        }
    }

    async fn snapshot(&self, account: AccountId) -> Result<Option<Snapshot>, StoreError> {
        match &self.0.snapshots {
            Some(error) => Err(error.clone()),
            None => self.0.memory.snapshot(account).await,
        }
    }

    async fn read_chunks(
        &self,
        account: AccountId,
        chunks: &[ChunkId],
    ) -> Result<Vec<Bytes>, StoreError> {
        self.0.memory.read_chunks(account, chunks).await
    }

    async fn drop_snapshots(&self, account: AccountId) -> Result<(), StoreError> {
        self.0.snapshots_dropped.fetch_add(1, Ordering::Relaxed);
        self.0.memory.drop_snapshots(account).await
    }

    fn watch(&self) -> broadcast::Receiver<(AccountId, Seq)> {
        self.0.memory.watch()
    }

    fn counters(&self) -> Counters {
        self.0.memory.counters()
    }
}

async fn load(told: &Arc<Told>) -> Arc<LiveAccount> {
    let accounts = Accounts::new(Arc::new(Shared(Arc::clone(told))), Quotas::none());
    accounts.get(ID).await.unwrap()
}

fn subscribing(name: &'static str) -> impl FnOnce(&Account, i64) -> Planned {
    move |account, _| {
        let name = MailboxName::new(name).unwrap();
        let limits = crate::settings::Limits::default().plan();
        Ok((plan::subscribe(account, &name, true, &limits)?, ()))
    }
}

type Planned = Result<(Vec<Event>, ()), Refusal>;

async fn subscribe(live: Arc<LiveAccount>, name: &'static str) -> Result<u64, ChangeError> {
    let changed = live.change(subscribing(name)).await?;
    Ok(changed.account.seq())
}

fn full() -> StoreError {
    StoreError::Full("a test".to_owned())
}

/// What needs no change because another is under way is only true once that is durable, and is
/// not when that fails, even if a third change then takes its number.
#[tokio::test]
async fn what_rests_on_a_change_that_fails_fails_too() {
    let told = Arc::new(Told::default());
    let live = load(&told).await;
    let verdict = told.next_append();
    let first = tokio::spawn(subscribe(live.clone(), "a"));
    tokio::task::yield_now().await;
    // Finds that it is subscribed to already, as far as the head says.
    let second = tokio::spawn(subscribe(live.clone(), "a"));
    tokio::task::yield_now().await;
    verdict.send(Err(full())).unwrap();
    assert!(matches!(
        first.await.unwrap(),
        Err(ChangeError::Store(StoreError::Full(_)))
    ));
    // Takes the number that the first was to have, maybe before the second has looked again.
    subscribe(live.clone(), "b").await.unwrap();
    assert!(
        second.await.unwrap().is_err(),
        "acknowledged, and not there"
    );
    assert!(!live.account().is_subscribed("a") && live.account().is_subscribed("b"));
}

#[tokio::test]
async fn a_full_disk_heals_without_a_restart() {
    let told = Arc::new(Told::default());
    let live = load(&told).await;
    let before = live.account().seq();
    let verdicts = [told.next_append(), told.next_append()];
    let doomed = ["a", "b"].map(|name| tokio::spawn(subscribe(live.clone(), name)));
    tokio::task::yield_now().await;
    for verdict in verdicts {
        verdict.send(Err(full())).unwrap();
    }
    for doomed in doomed {
        assert!(doomed.await.unwrap().is_err());
    }
    assert_eq!(subscribe(live.clone(), "c").await.unwrap(), before + 1);
    assert!(!live.account().is_subscribed("a"));
}

/// As when its client disconnects: the change is made all the same, and others go on.
#[tokio::test]
async fn a_change_that_nobody_waits_for_is_made() {
    let told = Arc::new(Told::default());
    let live = load(&told).await;
    let verdict = told.next_append();
    let waiting = tokio::spawn(subscribe(live.clone(), "a"));
    tokio::task::yield_now().await;
    waiting.abort();
    assert!(waiting.await.unwrap_err().is_cancelled());
    verdict.send(Ok(())).unwrap();
    subscribe(live.clone(), "b").await.unwrap();
    assert!(live.account().is_subscribed("a"));
}

#[tokio::test]
async fn a_damaged_snapshot_costs_nothing_but_time() {
    let told = Arc::new(Told {
        snapshots: Some(StoreError::Corrupt("a test".to_owned())),
        ..Told::default()
    });
    let live = load(&told).await;
    assert!(live.account().mailbox("INBOX").is_some());
    assert_eq!(told.snapshots_dropped.load(Ordering::Relaxed), 1);
}

#[tokio::test]
async fn a_snapshot_that_fails_is_not_tried_again_at_every_change() {
    let told = Arc::new(Told {
        snapshots: Some(StoreError::Corrupt("a test".to_owned())),
        ..Told::default()
    });
    let live = load(&told).await;
    toggle(&live, 1000).await;
    while told.snapshots_tried.load(Ordering::Relaxed) == 0 {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    for _ in 0..20 {
        // Time enough to try again, were it to.
        tokio::time::sleep(Duration::from_millis(2)).await;
        toggle(&live, 2).await;
    }
    assert_eq!(told.snapshots_tried.load(Ordering::Relaxed), 1);
}

async fn toggle(live: &Arc<LiveAccount>, times: usize) {
    for round in 0..times {
        live.change(|account, _| {
            let name = MailboxName::new("x").unwrap();
            let limits = crate::settings::Limits::default().plan();
            let events = plan::subscribe(account, &name, round % 2 == 0, &limits)?;
            Ok((events, ()))
        })
        .await
        .unwrap();
    }
}

/// A message whose summary was stored before there were sort keys is sorted by its header.
#[tokio::test]
async fn sort_keys_of_a_summary_without_them_are_read_from_the_header() {
    let content = include_bytes!("../../../message/tests/fixtures/summary.eml");
    let old = include_bytes!("../../../message/tests/fixtures/summary-v1.bin");
    let message = postern_message::Message::parse(content);
    let told = Arc::new(Told::default());
    let live = load(&told).await;
    for derived in [&old[..], &message.summary().encode(), b"damaged"] {
        let body = NewBody {
            content: Bytes::from_static(content),
            derived: Bytes::copy_from_slice(derived),
        };
        let body = told.memory.put_body(ID, body).await.unwrap();
        let (keys, sent) = live
            .sort_keys(&super::body_of(body), postern_message::Collation::default())
            .await
            .unwrap();
        assert_eq!(keys.subject, b"FIXTURE");
        assert_eq!(keys, message.sort_keys());
        assert_eq!(sent, Some(880_127_706));
    }
}
