//! One account in memory: its committed version, which sessions read, and its head, which
//! writers plan against.
//!
//! A change is planned against the head, applied to it and submitted to the store under one
//! short lock, so that changes queue in the order in which they were planned and many share one
//! sync. A version is published, and its command answered, when the store says that it is
//! durable.

use super::recent::Recent;
use super::snapshots::Snapshots;
use super::{body_of, heavy, now_millis, reference_to};
use crate::quotas::Quotas;
use crate::settings::Limits;
use bytes::Bytes;
use postern_account::event::Body;
use postern_account::plan::{self, Refusal};
use postern_account::{Account, Event, MailboxId, Origin};
use postern_message::{Collation, Located, SectionPath, SectionText, SortKeys, Summary};
use postern_store::{AccountId, Append, Expect, NewBody, PendingAppend, Store, StoreError};
use std::ops::Range;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::watch;

/// An account whose log has been read.
pub(crate) struct LiveAccount {
    id: AccountId,
    store: Arc<dyn Store>,
    head: Mutex<Head>,
    committed: watch::Sender<Arc<Account>>,
    recent: Recent,
    snapshots: Snapshots,
    /// Held while it is changed what is granted to whom, so that the directory's notes of that
    /// follow in the same order.
    grants: tokio::sync::Mutex<()>,
    /// The account was removed.
    closed: AtomicBool,
    quotas: Arc<Quotas>,
}

struct Head {
    account: Account,
    /// Appends that the store has not answered.
    outstanding: usize,
    /// An append failed: nothing more is planned until all outstanding ones have failed too
    /// and the head is the committed version again.
    failed: bool,
    /// How often the head was set back: what was planned against it before then is void.
    set_back: u64,
}

/// What was submitted.
struct Submitted<T> {
    value: T,
    events: Range<u64>,
    made: Vec<Event>,
    set_back: u64,
    /// Resolves when the events are durable; `None` without events.
    done: Option<tokio::sync::oneshot::Receiver<Result<(), StoreError>>>,
}

/// Why a change was not made.
#[derive(Debug, Clone)]
pub(crate) enum ChangeError {
    /// The account's state does not allow it.
    Refused(Refusal),
    /// The store could not.
    Store(StoreError),
}

impl From<StoreError> for ChangeError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

/// What a change came to: the version that holds it, and what the plan gave.
pub(crate) struct Changed<T> {
    pub(crate) account: Arc<Account>,
    pub(crate) value: T,
    /// The numbers of its events; empty when there were none.
    pub(crate) events: Range<u64>,
    /// The events themselves.
    pub(crate) made: Vec<Event>,
}

impl LiveAccount {
    pub(super) fn new(
        id: AccountId,
        store: Arc<dyn Store>,
        account: Account,
        snapshots: Snapshots,
        quotas: Arc<Quotas>,
    ) -> Self {
        let head = Head {
            account: account.clone(),
            outstanding: 0,
            failed: false,
            set_back: 0,
        };
        Self {
            id,
            store,
            head: Mutex::new(head),
            committed: watch::Sender::new(Arc::new(account)),
            recent: Recent::default(),
            snapshots,
            quotas,
            grants: tokio::sync::Mutex::default(),
            closed: AtomicBool::new(false),
        }
    }

    /// Its number in the directory.
    pub(crate) fn id(&self) -> AccountId {
        self.id
    }

    /// The limits for planning a change that may make it hold more: its quota among them.
    pub(crate) fn limits(&self, limits: &Limits) -> plan::Limits {
        self.quotas.limits(self.id, limits)
    }

    /// Waits until nobody else changes what is granted.
    pub(crate) async fn order_grants(&self) -> tokio::sync::MutexGuard<'_, ()> {
        self.grants.lock().await
    }

    /// The account was removed: whoever still has one of its mailboxes open is woken.
    pub(crate) fn close(&self) {
        self.closed.store(true, Ordering::Release);
        self.committed.send_modify(|_| {});
    }

    /// The account is there again: that it was removed was taken back.
    pub(crate) fn reopen(&self) {
        self.closed.store(false, Ordering::Release);
    }

    /// Whether the account was removed.
    pub(crate) fn is_closed(&self) -> bool {
        self.closed.load(Ordering::Acquire)
    }

    /// The newest durable version.
    pub(crate) fn account(&self) -> Arc<Account> {
        Arc::clone(&self.committed.borrow())
    }

    /// Wakes at each new durable version. Holds none itself.
    pub(crate) fn watch(&self) -> watch::Receiver<Arc<Account>> {
        self.committed.subscribe()
    }

    /// Plans and makes a change, as [`LiveAccount::change_from`], without an origin.
    pub(crate) async fn change<T: Send>(
        self: &Arc<Self>,
        plan: impl FnOnce(&Account, i64) -> Result<(Vec<Event>, T), Refusal>,
    ) -> Result<Changed<T>, ChangeError> {
        self.change_from(None, plan).await
    }

    /// Plans and makes a change that comes from somewhere. Returns when it is durable, or when what it found needed no
    /// change and is itself durable. Dropping the future does not undo the change.
    pub(crate) async fn change_from<T: Send>(
        self: &Arc<Self>,
        origin: Option<&Origin>,
        plan: impl FnOnce(&Account, i64) -> Result<(Vec<Event>, T), Refusal>,
    ) -> Result<Changed<T>, ChangeError> {
        let submitted = self.submit(now_millis(), origin, plan)?;
        let account = match submitted.done {
            // Its version, or one that holds it, was published before this was told.
            Some(done) => {
                done.await.map_err(|_| stopped())??;
                self.account()
            }
            None => {
                let seen = submitted.events.end.saturating_sub(1);
                self.reach(seen, submitted.set_back).await?
            }
        };
        Ok(Changed {
            account,
            value: submitted.value,
            events: submitted.events,
            made: submitted.made,
        })
    }

    fn submit<T>(
        self: &Arc<Self>,
        now: i64,
        origin: Option<&Origin>,
        plan: impl FnOnce(&Account, i64) -> Result<(Vec<Event>, T), Refusal>,
    ) -> Result<Submitted<T>, ChangeError> {
        let mut head = self.lock_head();
        if head.failed {
            let reason = "an earlier change has just failed";
            return Err(StoreError::Io(reason.to_owned()).into());
        }
        let (events, value) = plan(&head.account, now).map_err(ChangeError::Refused)?;
        let first = head.account.seq() + 1;
        if events.is_empty() {
            return Ok(Submitted {
                value,
                events: first..first,
                made: events,
                set_back: head.set_back,
                done: None,
            });
        }
        let at = now.max(head.account.at());
        let append = Append {
            account: self.id,
            expect: Expect::Exactly(head.account.seq()),
            at,
            events: encoded(&events, origin),
        };
        for (seq, event) in (first..).zip(&events) {
            head.account.apply(seq, at, event);
        }
        head.outstanding += 1;
        let version = Arc::new(head.account.clone());
        let end = head.account.seq() + 1;
        let pending = self.store.append(append);
        let done = self.settle_later(pending, version);
        Ok(Submitted {
            value,
            events: first..end,
            made: events,
            set_back: head.set_back,
            done: Some(done),
        })
    }

    /// Publishes the version when its append is durable, whether or not anyone still waits.
    fn settle_later(
        self: &Arc<Self>,
        pending: PendingAppend,
        version: Arc<Account>,
    ) -> tokio::sync::oneshot::Receiver<Result<(), StoreError>> {
        let (sender, receiver) = tokio::sync::oneshot::channel();
        let live = Arc::clone(self);
        tokio::spawn(async move {
            let result = pending.await;
            live.settle(result.is_ok(), version);
            postern_store::point::reach("published");
            let _ = sender.send(result.map(|_| ()));
        });
        receiver
    }

    fn settle(self: &Arc<Self>, durable: bool, version: Arc<Account>) {
        let mut head = self.lock_head();
        head.outstanding = head.outstanding.saturating_sub(1);
        if durable {
            self.publish(&version);
        } else {
            head.failed = true;
        }
        if head.failed && head.outstanding == 0 {
            head.account = Account::clone(&self.committed.borrow());
            head.failed = false;
            head.set_back += 1;
            // Wakes those who wait in `reach` for what will not come.
            self.committed.send_modify(|_| {});
        }
    }

    /// Answers may arrive out of order; a later version holds every earlier one.
    fn publish(&self, version: &Arc<Account>) {
        let newer = self.committed.send_if_modified(|current| {
            let newer = version.seq() > current.seq();
            if newer {
                *current = Arc::clone(version);
            }
            newer
        });
        if newer {
            self.snapshots.consider(&self.store, self.id, version);
        }
    }

    /// Waits until entry `seq` is durable. What a plan saw at the head may not be yet; and once
    /// the head was set back, another entry may come to have that number.
    async fn reach(&self, seq: u64, set_back: u64) -> Result<Arc<Account>, StoreError> {
        let mut watch = self.committed.subscribe();
        loop {
            let (current, void) = {
                let head = self.lock_head();
                let current = Arc::clone(&watch.borrow_and_update());
                (current, head.set_back != set_back)
            };
            if void {
                return Err(StoreError::Io("an earlier change has failed".to_owned()));
            }
            if current.seq() >= seq {
                return Ok(current);
            }
            watch.changed().await.map_err(|_| stopped())?;
        }
    }

    /// Keeps a message's octets, with what FETCH will want of them. Durable with the change
    /// that names it.
    pub(crate) async fn put_message(&self, content: Bytes) -> Result<Body, StoreError> {
        let derived = heavy(content.len(), || summarise(&content).encode());
        let body = NewBody {
            derived: derived.into(),
            content,
        };
        self.store.put_body(self.id, body).await.map(body_of)
    }

    /// A range of a message's octets.
    pub(crate) async fn read(&self, body: &Body, range: Range<u32>) -> Result<Bytes, StoreError> {
        let reference = reference_to(body);
        self.store.read_body(self.id, reference, range).await
    }

    /// All of a message's octets.
    pub(crate) async fn read_all(&self, body: &Body) -> Result<Bytes, StoreError> {
        self.read(body, 0..body.len).await
    }

    /// What was computed from the message at delivery; computed again when it is of another
    /// version or damaged.
    pub(crate) async fn summary(&self, body: &Body) -> Result<Summary, StoreError> {
        let derived = self.store.read_derived(self.id, reference_to(body)).await;
        if let Some(summary) = derived.ok().and_then(|octets| Summary::decode(&octets)) {
            return Ok(summary);
        }
        let content = self.read_all(body).await?;
        Ok(heavy(content.len(), || summarise(&content)))
    }

    /// What SORT and THREAD compare of a message, and its sent date in seconds since
    /// 1970-01-01T00:00:00Z. Read from what was computed at delivery; where that is of a version
    /// that did not have it, or is for another comparator, from the header.
    pub(crate) async fn sort_keys(
        &self,
        body: &Body,
        collation: Collation,
    ) -> Result<(SortKeys, Option<i64>), StoreError> {
        let summary = self.summary(body).await?;
        let sent = summary.sent_date().map(|(seconds, _)| seconds);
        let kept = summary.sort_keys();
        if let Some(keys) = kept.filter(|_| collation == Collation::default()) {
            return Ok((keys.clone(), sent));
        }
        let path = SectionPath {
            part: Vec::new(),
            text: SectionText::Header,
        };
        let header = match summary.section(&path) {
            Located::Range(range) => range,
            _ => 0..body.len,
        };
        let octets = self.read(body, header).await?;
        Ok((SortKeys::collated(&octets, collation), sent))
    }

    /// Takes the recent messages of a mailbox for a session: UIDs from the result on, up to
    /// `uid_next`. `peek` leaves them to the next session.
    pub(crate) fn take_recent(&self, mailbox: MailboxId, uid_next: u32, peek: bool) -> u32 {
        self.recent.take(mailbox, uid_next, peek)
    }

    /// From now on, new messages of this mailbox are recent to the next session that selects it.
    pub(crate) fn note_recent_from(&self, mailbox: MailboxId, uid: u32) {
        self.recent.note(mailbox, uid);
    }

    fn lock_head(&self) -> MutexGuard<'_, Head> {
        self.head.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Only the first event of an append tells the client again: they came together.
fn encoded(events: &[Event], origin: Option<&Origin>) -> Vec<Bytes> {
    let brief = origin.map(|origin| Origin {
        client: String::new(),
        ..*origin
    });
    let origins = std::iter::once(origin).chain(std::iter::repeat(brief.as_ref()));
    let octets = events.iter().zip(origins);
    octets
        .map(|(event, origin)| Bytes::from(event.encode_from(origin)))
        .collect()
}

fn summarise(content: &[u8]) -> Summary {
    postern_message::Message::parse(content).summary()
}

fn stopped() -> StoreError {
    StoreError::Io("the server is stopping".to_owned())
}
