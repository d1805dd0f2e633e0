//! Writing snapshots: in the shard's one writing connection, without a sync of their own.

use super::rows::{head, snapshot_crc, stored};
use crate::check::{missing_chunk, snapshot_seq};
use crate::{AccountId, ChunkId, Snapshot, StoreError};
use bytes::Bytes;
use rusqlite::{Connection, OptionalExtension, Transaction, TransactionBehavior, params};
use std::collections::{BTreeSet, HashMap};

/// A change to an account's snapshot.
pub(crate) enum Change {
    Put(Snapshot, Vec<(ChunkId, Bytes)>),
    Drop,
}

/// Why a change was not made.
pub(crate) enum Failed {
    /// It cannot be.
    Refused(StoreError),
    /// The database failed.
    Database(rusqlite::Error),
    /// The database may go on committing without syncs.
    Unsynced(rusqlite::Error),
}

impl From<rusqlite::Error> for Failed {
    fn from(error: rusqlite::Error) -> Failed {
        Failed::Database(error)
    }
}

/// Makes the change. It is not synced: the next append's commit takes it along, and the
/// database's log keeps the order.
pub(crate) fn change(
    database: &mut Connection,
    account: AccountId,
    change: &Change,
) -> Result<(), Failed> {
    database.pragma_update(None, "synchronous", "NORMAL")?;
    let outcome = change_unsynced(database, account, change);
    let restored = database.pragma_update(None, "synchronous", "FULL");
    restored.map_err(Failed::Unsynced)?;
    outcome
}

fn change_unsynced(
    database: &mut Connection,
    account: AccountId,
    change: &Change,
) -> Result<(), Failed> {
    let transaction = database.transaction_with_behavior(TransactionBehavior::Immediate)?;
    match change {
        Change::Put(snapshot, chunks) => put(&transaction, account, snapshot, chunks)?,
        Change::Drop => forget(&transaction, account)?,
    }
    transaction.commit()?;
    Ok(())
}

fn put(
    transaction: &Transaction<'_>,
    account: AccountId,
    snapshot: &Snapshot,
    new: &[(ChunkId, Bytes)],
) -> Result<(), Failed> {
    snapshot_seq(snapshot.seq, head(transaction, account)?).map_err(Failed::Refused)?;
    let old = kept_seq(transaction, account)?;
    if old.is_some_and(|old| old > stored(snapshot.seq)) {
        return Ok(());
    }
    // In order, so that the same snapshot makes the same writes.
    let named: BTreeSet<&ChunkId> = snapshot.chunks.iter().collect();
    let had = present(transaction, account)?;
    let new: HashMap<&ChunkId, &Bytes> = new.iter().map(|(id, data)| (id, data)).collect();
    for id in &named {
        if had.contains(*id) {
            continue;
        }
        let data = new.get(id);
        let data = data.ok_or_else(|| Failed::Refused(missing_chunk(id)))?;
        let mut insert =
            transaction.prepare_cached("INSERT INTO chunk (account, id, data) VALUES (?, ?, ?)")?;
        insert.execute(params![stored(account.0), id, data.as_ref()])?;
    }
    for id in had.iter().filter(|id| !named.contains(id)) {
        transaction
            .prepare_cached("DELETE FROM chunk WHERE account = ? AND id = ?")?
            .execute(params![stored(account.0), id])?;
    }
    put_root(transaction, account, snapshot)?;
    Ok(())
}

fn put_root(
    transaction: &Transaction<'_>,
    account: AccountId,
    snapshot: &Snapshot,
) -> rusqlite::Result<()> {
    let chunks = snapshot.chunks.as_flattened();
    let crc = snapshot_crc(account, snapshot.seq, &snapshot.root, chunks);
    transaction
        .prepare_cached(
            "INSERT OR REPLACE INTO snapshot (account, seq, crc, root, chunks)
             VALUES (?, ?, ?, ?, ?)",
        )?
        .execute(params![
            stored(account.0),
            stored(snapshot.seq),
            crc,
            snapshot.root.as_ref(),
            chunks
        ])?;
    Ok(())
}

/// The number of the snapshot there is.
fn kept_seq(transaction: &Transaction<'_>, account: AccountId) -> rusqlite::Result<Option<i64>> {
    let mut query = transaction.prepare_cached("SELECT seq FROM snapshot WHERE account = ?")?;
    query
        .query_row([stored(account.0)], |row| row.get(0))
        .optional()
}

/// The chunks there are: those of the snapshot there is, and of none else.
fn present(
    transaction: &Transaction<'_>,
    account: AccountId,
) -> rusqlite::Result<BTreeSet<ChunkId>> {
    let mut query = transaction.prepare_cached("SELECT id FROM chunk WHERE account = ?")?;
    let rows = query.query_map([stored(account.0)], |row| row.get(0))?;
    rows.collect()
}

fn forget(transaction: &Transaction<'_>, account: AccountId) -> rusqlite::Result<()> {
    for statement in [
        "DELETE FROM snapshot WHERE account = ?",
        "DELETE FROM chunk WHERE account = ?",
    ] {
        transaction
            .prepare_cached(statement)?
            .execute([stored(account.0)])?;
    }
    Ok(())
}
