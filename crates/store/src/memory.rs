//! A store and a directory in memory, for tests: nothing outlives the process.

use crate::check::{self, locked};
use crate::{
    AccountChange, AccountId, AccountQuota, AccountRecord, Append, Appended, BodyRef, ChunkId,
    Counters, Directory, Entry, Expect, NO_QUOTA, NewBody, PendingAppend, Seq, Snapshot, Store,
    StoreError, UnixMillis,
};
use async_trait::async_trait;
use bytes::Bytes;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::Range;
use std::sync::Mutex;
use tokio::sync::broadcast;

/// Everything in memory. Appends take effect, and are as durable as they get, when submitted.
#[derive(Debug)]
pub struct Memory {
    inner: Mutex<Inner>,
    watch: broadcast::Sender<(AccountId, Seq)>,
}

#[derive(Debug, Default)]
struct Inner {
    logs: HashMap<AccountId, Vec<Entry>>,
    snapshots: HashMap<AccountId, Kept>,
    bodies: HashMap<u64, (AccountId, BodyRef, NewBody)>,
    accounts: BTreeMap<u64, AccountRecord>,
    quotas: HashMap<u64, AccountQuota>,
    last_account: u64,
    /// Owner and grantee; 0 is anyone.
    grants: BTreeSet<(u64, u64)>,
    counters: Counters,
}

#[derive(Debug)]
struct Kept {
    snapshot: Snapshot,
    chunks: HashMap<ChunkId, Bytes>,
}

impl Default for Memory {
    fn default() -> Memory {
        Memory {
            inner: Mutex::default(),
            watch: broadcast::channel(1024).0,
        }
    }
}

impl Memory {
    /// An empty store with an empty directory.
    pub fn new() -> Memory {
        Memory::default()
    }
}

impl Inner {
    fn head(&self, account: AccountId) -> Seq {
        self.log(account).len() as Seq
    }

    fn log(&self, account: AccountId) -> &[Entry] {
        self.logs.get(&account).map_or(&[], Vec::as_slice)
    }

    fn after(&self, account: AccountId, after: Seq) -> impl Iterator<Item = &Entry> {
        let skip = usize::try_from(after).unwrap_or(usize::MAX);
        self.log(account).iter().skip(skip)
    }

    fn append(&mut self, append: Append) -> Result<Appended, StoreError> {
        check::append(&append)?;
        let head = self.head(append.account);
        check::expectation(append.expect, head)?;
        let missed = match append.expect {
            Expect::Exactly(_) => Vec::new(),
            Expect::AtLeast(seq) => self.after(append.account, seq).cloned().collect(),
        };
        let log = self.logs.entry(append.account).or_default();
        for (seq, event) in (head + 1..).zip(append.events) {
            let at = append.at;
            log.push(Entry { seq, at, event });
        }
        self.counters.appends += 1;
        Ok(Appended {
            first: head + 1,
            last: self.head(append.account),
            missed,
        })
    }

    fn put_body(&mut self, account: AccountId, body: NewBody) -> Result<BodyRef, StoreError> {
        check::account(account)?;
        let (derived_len, len) = check::body(&body)?;
        self.counters.bodies += 1;
        let reference = BodyRef {
            segment: self.counters.bodies,
            offset: 0,
            derived_len,
            len,
            digest: check::digest(&body.content),
        };
        self.bodies
            .insert(reference.segment, (account, reference, body));
        Ok(reference)
    }

    fn body(&self, account: AccountId, body: BodyRef) -> Result<&NewBody, StoreError> {
        let missing = || StoreError::Missing(format!("the body in segment {}", body.segment));
        let (owner, reference, kept) = self.bodies.get(&body.segment).ok_or_else(missing)?;
        if *owner != account || *reference != body {
            let segment = body.segment;
            return Err(StoreError::Corrupt(format!(
                "segment {segment} holds another body than was asked for"
            )));
        }
        Ok(kept)
    }

    fn put_snapshot(
        &mut self,
        account: AccountId,
        snapshot: Snapshot,
        new_chunks: Vec<(ChunkId, Bytes)>,
    ) -> Result<(), StoreError> {
        check::account(account)?;
        check::chunks(&new_chunks)?;
        check::snapshot_seq(snapshot.seq, self.head(account))?;
        let old = self.snapshots.get(&account);
        if old.is_some_and(|old| old.snapshot.seq > snapshot.seq) {
            return Ok(());
        }
        let new: HashMap<_, _> = new_chunks.into_iter().collect();
        let mut chunks = HashMap::new();
        for id in &snapshot.chunks {
            let data = new.get(id).or_else(|| old?.chunks.get(id));
            chunks.insert(*id, data.ok_or_else(|| check::missing_chunk(id))?.clone());
        }
        self.snapshots.insert(account, Kept { snapshot, chunks });
        Ok(())
    }

    fn chunk(&self, account: AccountId, id: &ChunkId) -> Result<Bytes, StoreError> {
        let kept = self.snapshots.get(&account);
        let data = kept.and_then(|kept| kept.chunks.get(id));
        data.cloned().ok_or_else(|| check::missing_chunk(id))
    }

    /// Gives the account its number, unless its name is taken.
    fn add_account(&mut self, record: AccountRecord) -> Option<AccountId> {
        if self.named(&record.name).is_some() {
            return None;
        }
        self.last_account += 1;
        let id = AccountId(self.last_account);
        self.accounts.insert(id.0, AccountRecord { id, ..record });
        Some(id)
    }

    fn named(&self, name: &str) -> Option<&AccountRecord> {
        self.accounts.values().find(|record| record.name == name)
    }

    fn change_account(&mut self, id: AccountId, change: AccountChange) -> bool {
        let Some(record) = self.accounts.get_mut(&id.0) else {
            return false;
        };
        match change {
            AccountChange::Credential(credential) => record.credential = credential,
            AccountChange::Enabled(enabled) => record.enabled = enabled,
            AccountChange::Quota(quota) => {
                self.quotas.insert(id.0, kept(quota));
            }
            AccountChange::Removed => {
                self.accounts.remove(&id.0);
                self.quotas.remove(&id.0);
            }
        }
        true
    }
}

fn kept(quota: AccountQuota) -> AccountQuota {
    let kept = |limit: Option<u64>| limit.map(|limit| limit.min(NO_QUOTA));
    AccountQuota {
        storage: kept(quota.storage),
        messages: kept(quota.messages),
        mailboxes: kept(quota.mailboxes),
    }
}

#[async_trait]
impl Store for Memory {
    async fn put_body(&self, account: AccountId, body: NewBody) -> Result<BodyRef, StoreError> {
        locked(&self.inner).put_body(account, body)
    }

    async fn read_body(
        &self,
        account: AccountId,
        body: BodyRef,
        range: Range<u32>,
    ) -> Result<Bytes, StoreError> {
        let inner = locked(&self.inner);
        let content = &inner.body(account, body)?.content;
        let end = content.len().min(range.end as usize);
        let start = end.min(range.start as usize);
        Ok(content.slice(start..end))
    }

    async fn read_derived(&self, account: AccountId, body: BodyRef) -> Result<Bytes, StoreError> {
        Ok(locked(&self.inner).body(account, body)?.derived.clone())
    }

    fn append(&self, append: Append) -> PendingAppend {
        let account = append.account;
        let mut inner = locked(&self.inner);
        let outcome = inner.append(append);
        if let Ok(appended) = &outcome {
            // An error says that nobody listens.
            let _ = self.watch.send((account, appended.last));
        }
        Box::pin(std::future::ready(outcome))
    }

    async fn head(&self, account: AccountId) -> Result<Seq, StoreError> {
        Ok(locked(&self.inner).head(account))
    }

    async fn read_log(
        &self,
        account: AccountId,
        after: Seq,
        limit: usize,
    ) -> Result<Vec<Entry>, StoreError> {
        let inner = locked(&self.inner);
        Ok(inner.after(account, after).take(limit).cloned().collect())
    }

    async fn put_snapshot(
        &self,
        account: AccountId,
        snapshot: Snapshot,
        new_chunks: Vec<(ChunkId, Bytes)>,
    ) -> Result<(), StoreError> {
        locked(&self.inner).put_snapshot(account, snapshot, new_chunks)
    }

    async fn snapshot(&self, account: AccountId) -> Result<Option<Snapshot>, StoreError> {
        let inner = locked(&self.inner);
        let kept = inner.snapshots.get(&account);
        Ok(kept.map(|kept| kept.snapshot.clone()))
    }

    async fn read_chunks(
        &self,
        account: AccountId,
        chunks: &[ChunkId],
    ) -> Result<Vec<Bytes>, StoreError> {
        let inner = locked(&self.inner);
        chunks.iter().map(|id| inner.chunk(account, id)).collect()
    }

    async fn drop_snapshots(&self, account: AccountId) -> Result<(), StoreError> {
        locked(&self.inner).snapshots.remove(&account);
        Ok(())
    }

    fn watch(&self) -> broadcast::Receiver<(AccountId, Seq)> {
        self.watch.subscribe()
    }

    fn counters(&self) -> Counters {
        locked(&self.inner).counters
    }
}

#[async_trait]
impl Directory for Memory {
    async fn add_account(
        &self,
        name: &str,
        credential: &str,
        created: UnixMillis,
    ) -> Result<Option<AccountId>, StoreError> {
        let record = record(name, credential, false, created);
        Ok(locked(&self.inner).add_account(record))
    }

    async fn add_shared_account(
        &self,
        name: &str,
        created: UnixMillis,
    ) -> Result<Option<AccountId>, StoreError> {
        let record = record(name, "", true, created);
        Ok(locked(&self.inner).add_account(record))
    }

    async fn account_by_name(&self, name: &str) -> Result<Option<AccountRecord>, StoreError> {
        Ok(locked(&self.inner).named(name).cloned())
    }

    async fn account(&self, id: AccountId) -> Result<Option<AccountRecord>, StoreError> {
        Ok(locked(&self.inner).accounts.get(&id.0).cloned())
    }

    async fn accounts(&self) -> Result<Vec<AccountRecord>, StoreError> {
        let inner = locked(&self.inner);
        let mut all: Vec<AccountRecord> = inner.accounts.values().cloned().collect();
        all.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(all)
    }

    async fn quota(&self, id: AccountId) -> Result<AccountQuota, StoreError> {
        let inner = locked(&self.inner);
        Ok(inner.quotas.get(&id.0).copied().unwrap_or_default())
    }

    async fn change_account(
        &self,
        id: AccountId,
        change: AccountChange,
    ) -> Result<bool, StoreError> {
        Ok(locked(&self.inner).change_account(id, change))
    }

    async fn note_grant(
        &self,
        owner: AccountId,
        grantee: Option<AccountId>,
    ) -> Result<(), StoreError> {
        locked(&self.inner).grants.insert(grant(owner, grantee));
        Ok(())
    }

    async fn forget_grant(
        &self,
        owner: AccountId,
        grantee: Option<AccountId>,
    ) -> Result<(), StoreError> {
        locked(&self.inner).grants.remove(&grant(owner, grantee));
        Ok(())
    }

    async fn grantees(&self, owner: AccountId) -> Result<Vec<Option<AccountId>>, StoreError> {
        let inner = locked(&self.inner);
        let of_owner = inner.grants.range((owner.0, 0)..=(owner.0, u64::MAX));
        let grantee = |&(_, grantee): &(u64, u64)| (grantee > 0).then_some(AccountId(grantee));
        Ok(of_owner.map(grantee).collect())
    }

    async fn grantors(&self, grantee: AccountId) -> Result<Vec<AccountRecord>, StoreError> {
        let inner = locked(&self.inner);
        let grants = |owner: u64, to: u64| inner.grants.contains(&(owner, to));
        let others = inner.accounts.values().filter(|record| {
            let owner = record.id.0;
            record.id != grantee && (grants(owner, 0) || grants(owner, grantee.0))
        });
        let mut others: Vec<AccountRecord> = others.cloned().collect();
        others.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(others)
    }
}

fn record(name: &str, credential: &str, shared: bool, created: UnixMillis) -> AccountRecord {
    AccountRecord {
        id: AccountId(0),
        name: name.to_owned(),
        credential: credential.to_owned(),
        enabled: true,
        shared,
        created,
    }
}

fn grant(owner: AccountId, grantee: Option<AccountId>) -> (u64, u64) {
    (owner.0, grantee.map_or(0, |grantee| grantee.0))
}
