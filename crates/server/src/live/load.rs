//! Reading an account: its newest snapshot, then the log from there.

use super::account::LiveAccount;
use super::now_millis;
use super::snapshots::Snapshots;
use crate::quotas::Quotas;
use bytes::Bytes;
use postern_account::snapshot::ChunkId;
use postern_account::{Account, Event, plan};
use postern_store::{AccountId, Append, Expect, Store, StoreError};
use std::collections::HashMap;
use std::sync::Arc;

/// Entries read at a time.
const BATCH: usize = 1000;

/// Reads an account; a new one gets its first mailboxes.
pub(super) async fn load(
    store: &Arc<dyn Store>,
    quotas: &Arc<Quotas>,
    id: AccountId,
) -> Result<LiveAccount, StoreError> {
    quotas.read(id).await?;
    let (mut account, snapshots) = match read_snapshot(store, id).await? {
        Some(found) => found,
        None => (Account::default(), Snapshots::none()),
    };
    catch_up(store, id, &mut account).await?;
    if account.seq() == 0 {
        make_first_mailboxes(store, id).await?;
        catch_up(store, id, &mut account).await?;
    }
    let (store, quotas) = (Arc::clone(store), Arc::clone(quotas));
    Ok(LiveAccount::new(id, store, account, snapshots, quotas))
}

/// `None` when there is no snapshot that can be used: the log has it all. One that cannot be
/// used is dropped.
async fn read_snapshot(
    store: &Arc<dyn Store>,
    id: AccountId,
) -> Result<Option<(Account, Snapshots)>, StoreError> {
    let (seq, found) = match store.snapshot(id).await {
        Ok(None) => return Ok(None),
        Ok(Some(snapshot)) => {
            let account = decode(store, id, &snapshot).await;
            let snapshots = Snapshots::after(snapshot.seq, snapshot.chunks);
            (snapshot.seq, account.map(|account| (account, snapshots)))
        }
        Err(StoreError::Corrupt(_)) => (0, None),
        Err(error) => return Err(error),
    };
    if found.is_none() {
        tracing::warn!(
            account = id.0,
            seq,
            "snapshot not readable, folding the log"
        );
        // Or its chunks would be kept in place of those of the next.
        store.drop_snapshots(id).await.unwrap_or_else(|error| {
            tracing::warn!(account = id.0, %error, "snapshot not dropped");
        });
    }
    Ok(found)
}

async fn decode(
    store: &Arc<dyn Store>,
    id: AccountId,
    snapshot: &postern_store::Snapshot,
) -> Option<Account> {
    let octets = store.read_chunks(id, &snapshot.chunks).await.ok()?;
    let octets = octets.into_iter().map(Vec::from);
    let chunks: HashMap<ChunkId, Vec<u8>> = snapshot.chunks.iter().copied().zip(octets).collect();
    let account = Account::from_snapshot(&snapshot.root, &chunks)?;
    (account.seq() == snapshot.seq).then_some(account)
}

async fn catch_up(
    store: &Arc<dyn Store>,
    id: AccountId,
    account: &mut Account,
) -> Result<(), StoreError> {
    loop {
        let entries = store.read_log(id, account.seq(), BATCH).await?;
        for entry in &entries {
            let event = Event::decode(&entry.event).ok_or_else(|| {
                StoreError::Corrupt(format!("entry {} of account {}", entry.seq, id.0))
            })?;
            if event == Event::Lost {
                let (seq, id) = (entry.seq, id.0);
                let what = format!("entry {seq} of account {id} is lost, and so is its snapshot");
                return Err(StoreError::Corrupt(what));
            }
            account.apply(entry.seq, entry.at, &event);
        }
        if entries.len() < BATCH {
            return Ok(());
        }
    }
}

async fn make_first_mailboxes(store: &Arc<dyn Store>, id: AccountId) -> Result<(), StoreError> {
    let now = now_millis();
    let events = plan::first_mailboxes(&Account::default(), now);
    let append = Append {
        account: id,
        expect: Expect::Exactly(0),
        at: now,
        events: events.iter().map(|e| Bytes::from(e.encode())).collect(),
    };
    match store.append(append).await {
        // Another writer was first: its mailboxes are as good.
        Ok(_) | Err(StoreError::Conflict { .. }) => Ok(()),
        Err(error) => Err(error),
    }
}
