//! The contract's calls, each handed to the part of a shard that does it.

use super::gather::Job;
use super::keep::Change;
use super::segment::reader::Part;
use super::shard::{Shard, gone};
use super::{Sqlite, rows};
use crate::check;
use crate::{
    AccountChange, AccountId, AccountQuota, AccountRecord, Append, BodyRef, ChunkId, Counters,
    Directory, Entry, NewBody, PendingAppend, Seq, Snapshot, Store, StoreError, UnixMillis,
};
use async_trait::async_trait;
use bytes::Bytes;
use std::ops::Range;
use std::sync::atomic::Ordering::Relaxed;
use tokio::sync::{broadcast, oneshot};

impl Sqlite {
    /// The shard of an account: its number modulo the number of shards.
    fn shard(&self, account: AccountId) -> Result<&Shard, StoreError> {
        let shards = self.shards.len() as u64;
        let index = account.0.checked_rem(shards).unwrap_or_default();
        let shard = usize::try_from(index).ok().and_then(|i| self.shards.get(i));
        shard.ok_or(StoreError::Invalid("a store without shards"))
    }

    /// The shard of a number.
    pub(crate) fn numbered(&self, shard: u16) -> Result<&Shard, StoreError> {
        let found = self.shards.get(usize::from(shard));
        found.ok_or(StoreError::Invalid("no such shard"))
    }

    fn submit_append(
        &self,
        append: Append,
    ) -> Result<oneshot::Receiver<Result<crate::Appended, StoreError>>, StoreError> {
        check::append(&append)?;
        let shard = self.shard(append.account)?;
        let (reply, outcome) = oneshot::channel();
        shard.submit(Job::Append(append, reply))?;
        Ok(outcome)
    }

    async fn change_snapshot(&self, account: AccountId, change: Change) -> Result<(), StoreError> {
        check::account(account)?;
        let (reply, outcome) = oneshot::channel();
        let shard = self.shard(account)?;
        shard.submit(Job::Snapshot(account, change, reply))?;
        outcome.await.map_err(|_| gone())?
    }
}

#[async_trait]
impl Store for Sqlite {
    async fn put_body(&self, account: AccountId, body: NewBody) -> Result<BodyRef, StoreError> {
        check::account(account)?;
        let shard = self.shard(account)?;
        shard.health.check()?;
        let reference = shard.writer.put(account, body).await?;
        self.tally.bodies.fetch_add(1, Relaxed);
        Ok(reference)
    }

    async fn read_body(
        &self,
        account: AccountId,
        body: BodyRef,
        range: Range<u32>,
    ) -> Result<Bytes, StoreError> {
        let segments = &self.shard(account)?.segments;
        segments.read(account, body, Part::Content(range)).await
    }

    async fn read_derived(&self, account: AccountId, body: BodyRef) -> Result<Bytes, StoreError> {
        let segments = &self.shard(account)?.segments;
        segments.read(account, body, Part::Derived).await
    }

    fn append(&self, append: Append) -> PendingAppend {
        let submitted = self.submit_append(append);
        Box::pin(async move { submitted?.await.map_err(|_| gone())? })
    }

    async fn head(&self, account: AccountId) -> Result<Seq, StoreError> {
        let pool = &self.shard(account)?.pool;
        pool.read(move |database| {
            rows::head(database, account).map_err(|error| rows::failure(&error))
        })
        .await
    }

    async fn read_log(
        &self,
        account: AccountId,
        after: Seq,
        limit: usize,
    ) -> Result<Vec<Entry>, StoreError> {
        let pool = &self.shard(account)?.pool;
        pool.read(move |database| rows::entries(database, account, after, limit))
            .await
    }

    async fn put_snapshot(
        &self,
        account: AccountId,
        snapshot: Snapshot,
        new_chunks: Vec<(ChunkId, Bytes)>,
    ) -> Result<(), StoreError> {
        let checking = move || check::chunks(&new_chunks).map(|()| new_chunks);
        let checked = tokio::task::spawn_blocking(checking).await;
        let new_chunks = checked.map_err(|error| StoreError::Io(error.to_string()))??;
        self.change_snapshot(account, Change::Put(snapshot, new_chunks))
            .await
    }

    async fn snapshot(&self, account: AccountId) -> Result<Option<Snapshot>, StoreError> {
        let pool = &self.shard(account)?.pool;
        pool.read(move |database| rows::snapshot(database, account))
            .await
    }

    async fn read_chunks(
        &self,
        account: AccountId,
        chunks: &[ChunkId],
    ) -> Result<Vec<Bytes>, StoreError> {
        let pool = &self.shard(account)?.pool;
        let chunks = chunks.to_vec();
        pool.read(move |database| rows::chunks(database, account, &chunks))
            .await
    }

    async fn drop_snapshots(&self, account: AccountId) -> Result<(), StoreError> {
        self.change_snapshot(account, Change::Drop).await
    }

    fn watch(&self) -> broadcast::Receiver<(AccountId, Seq)> {
        self.watch.subscribe()
    }

    fn counters(&self) -> Counters {
        self.tally.counters()
    }
}

#[async_trait]
impl Directory for Sqlite {
    async fn add_account(
        &self,
        name: &str,
        credential: &str,
        created: UnixMillis,
    ) -> Result<Option<AccountId>, StoreError> {
        self.directory.add_account(name, credential, created).await
    }

    async fn account_by_name(&self, name: &str) -> Result<Option<AccountRecord>, StoreError> {
        self.directory.account_by_name(name).await
    }

    async fn account(&self, id: AccountId) -> Result<Option<AccountRecord>, StoreError> {
        self.directory.account(id).await
    }

    async fn accounts(&self) -> Result<Vec<AccountRecord>, StoreError> {
        self.directory.accounts().await
    }

    async fn quota(&self, id: AccountId) -> Result<AccountQuota, StoreError> {
        self.directory.quota(id).await
    }

    async fn change_account(
        &self,
        id: AccountId,
        change: AccountChange,
    ) -> Result<bool, StoreError> {
        self.directory.change_account(id, change).await
    }

    async fn add_shared_account(
        &self,
        name: &str,
        created: UnixMillis,
    ) -> Result<Option<AccountId>, StoreError> {
        self.directory.add_shared_account(name, created).await
    }

    async fn note_grant(
        &self,
        owner: AccountId,
        grantee: Option<AccountId>,
    ) -> Result<(), StoreError> {
        self.directory.note_grant(owner, grantee).await
    }

    async fn forget_grant(
        &self,
        owner: AccountId,
        grantee: Option<AccountId>,
    ) -> Result<(), StoreError> {
        self.directory.forget_grant(owner, grantee).await
    }

    async fn grantees(&self, owner: AccountId) -> Result<Vec<Option<AccountId>>, StoreError> {
        self.directory.grantees(owner).await
    }

    async fn grantors(&self, grantee: AccountId) -> Result<Vec<AccountRecord>, StoreError> {
        self.directory.grantors(grantee).await
    }
}
