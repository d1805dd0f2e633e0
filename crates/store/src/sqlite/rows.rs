//! Rows of a shard as entries and snapshots, each verified by its CRC.

use crate::check::missing_chunk;
use crate::{AccountId, ChunkId, Entry, Seq, Snapshot, StoreError, UnixMillis};
use bytes::Bytes;
use rusqlite::{Connection, OptionalExtension, Row, params};

/// A number as the database keeps it; numbers from 2^63 on become the largest, which no row has.
pub(crate) fn stored(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// A number from the database; a negative one is damage and becomes 0, which no row has.
pub(crate) fn loaded(number: i64) -> u64 {
    u64::try_from(number).unwrap_or_default()
}

/// The layer above's view of a database error.
pub(crate) fn failure(error: &rusqlite::Error) -> StoreError {
    use rusqlite::ErrorCode::{DatabaseCorrupt, DiskFull, NotADatabase};
    match error.sqlite_error_code() {
        Some(DiskFull) => StoreError::Full(error.to_string()),
        Some(DatabaseCorrupt | NotADatabase) => StoreError::Corrupt(error.to_string()),
        _ => StoreError::Io(error.to_string()),
    }
}

/// The CRC of an entry: CRC-32C of account, number and clock, 8 octets little-endian each, and
/// the event.
pub(crate) fn entry_crc(account: AccountId, seq: Seq, at: UnixMillis, event: &[u8]) -> u32 {
    let crc = crc32c::crc32c(&account.0.to_le_bytes());
    let crc = crc32c::crc32c_append(crc, &seq.to_le_bytes());
    let crc = crc32c::crc32c_append(crc, &at.to_le_bytes());
    crc32c::crc32c_append(crc, event)
}

/// The CRC of a snapshot: CRC-32C of account and number, 8 octets little-endian each, the octets
/// of the root's length likewise, the root and the list of chunks.
pub(crate) fn snapshot_crc(account: AccountId, seq: Seq, root: &[u8], chunks: &[u8]) -> u32 {
    let crc = crc32c::crc32c(&account.0.to_le_bytes());
    let crc = crc32c::crc32c_append(crc, &seq.to_le_bytes());
    let crc = crc32c::crc32c_append(crc, &(root.len() as u64).to_le_bytes());
    let crc = crc32c::crc32c_append(crc, root);
    crc32c::crc32c_append(crc, chunks)
}

/// The last entry's number.
pub(crate) fn head(database: &Connection, account: AccountId) -> rusqlite::Result<Seq> {
    let mut query = database
        .prepare_cached("SELECT seq FROM entry WHERE account = ? ORDER BY seq DESC LIMIT 1")?;
    let head = query.query_row([stored(account.0)], |row| row.get(0));
    Ok(loaded(head.optional()?.unwrap_or_default()))
}

/// Entries after `after`, at most `limit`.
pub(crate) fn entries(
    database: &Connection,
    account: AccountId,
    after: Seq,
    limit: usize,
) -> Result<Vec<Entry>, StoreError> {
    let failed = |error: rusqlite::Error| failure(&error);
    let mut query = database
        .prepare_cached(
            "SELECT seq, at, crc, event FROM entry WHERE account = ? AND seq > ?
             ORDER BY seq LIMIT ?",
        )
        .map_err(failed)?;
    let limit = stored(limit as u64);
    let mut rows = query
        .query(params![stored(account.0), stored(after), limit])
        .map_err(failed)?;
    let mut entries: Vec<Entry> = Vec::new();
    let mut expected = after;
    while let Some(row) = rows.next().map_err(failed)? {
        expected = expected.saturating_add(1);
        entries.push(entry(account, expected, row)?);
    }
    Ok(entries)
}

/// The accounts that have a log.
pub(crate) fn accounts(database: &Connection) -> Result<Vec<AccountId>, StoreError> {
    let failed = |error: rusqlite::Error| failure(&error);
    let mut query = database
        .prepare_cached("SELECT account FROM entry WHERE account > ? ORDER BY account LIMIT 1")
        .map_err(failed)?;
    let mut accounts = Vec::new();
    let mut last = i64::MIN;
    loop {
        let next = query.query_row([last], |row| row.get(0)).optional();
        let Some(next) = next.map_err(failed)? else {
            return Ok(accounts);
        };
        last = next;
        accounts.push(AccountId(loaded(next)));
    }
}

/// What is at a place of a log.
pub(crate) enum Examined {
    Entry(Entry),
    Damaged { first: Seq, last: Seq, what: String },
}

/// At most `limit` rows after `after`, whether they are as they were written or not.
pub(crate) fn examine(
    database: &Connection,
    account: AccountId,
    after: Seq,
    limit: usize,
) -> Result<Vec<Examined>, StoreError> {
    let failed = |error: rusqlite::Error| failure(&error);
    let mut query = database
        .prepare_cached(
            "SELECT seq, at, crc, event FROM entry WHERE account = ? AND seq > ?
             ORDER BY seq LIMIT ?",
        )
        .map_err(failed)?;
    let limit = stored(limit as u64);
    let mut rows = query
        .query(params![stored(account.0), stored(after), limit])
        .map_err(failed)?;
    let mut examined = Vec::new();
    let mut last = after;
    while let Some(row) = rows.next().map_err(failed)? {
        let seq = loaded(row.get(0).map_err(failed)?);
        if seq > last + 1 {
            examined.push(Examined::Damaged {
                first: last + 1,
                last: seq - 1,
                what: "missing".to_owned(),
            });
        }
        examined.push(match entry(account, seq, row) {
            Ok(entry) => Examined::Entry(entry),
            Err(error) => Examined::Damaged {
                first: seq,
                last: seq,
                what: error.to_string(),
            },
        });
        last = seq;
    }
    Ok(examined)
}

/// One entry, which must be the next and as it was written.
fn entry(account: AccountId, expected: Seq, row: &Row<'_>) -> Result<Entry, StoreError> {
    let damaged = |what: &str| {
        StoreError::Corrupt(format!("account {}, entry {expected}: {what}", account.0))
    };
    let unreadable = |_| damaged("the row has other types");
    let seq = loaded(row.get(0).map_err(unreadable)?);
    if seq != expected {
        return Err(damaged("it is missing"));
    }
    let at = row.get(1).map_err(unreadable)?;
    let crc: u32 = row.get(2).map_err(unreadable)?;
    let event = row.get_ref(3).map_err(unreadable)?;
    let event = event
        .as_blob()
        .map_err(|_| damaged("the event is no octets"))?;
    if crc != entry_crc(account, seq, at, event) {
        return Err(damaged("it fails its checksum"));
    }
    let event = Bytes::copy_from_slice(event);
    Ok(Entry { seq, at, event })
}

/// The snapshot of an account.
pub(crate) fn snapshot(
    database: &Connection,
    account: AccountId,
) -> Result<Option<Snapshot>, StoreError> {
    let failed = |error: rusqlite::Error| failure(&error);
    let mut query = database
        .prepare_cached("SELECT seq, crc, root, chunks FROM snapshot WHERE account = ?")
        .map_err(failed)?;
    type Columns = (i64, u32, Vec<u8>, Vec<u8>);
    let columns = |row: &Row<'_>| -> rusqlite::Result<Columns> {
        Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
    };
    let row = query.query_row([stored(account.0)], columns);
    let Some((seq, crc, root, chunks)) = row.optional().map_err(failed)? else {
        return Ok(None);
    };
    let seq = loaded(seq);
    if crc != snapshot_crc(account, seq, &root, &chunks) {
        let what = format!("account {}: the snapshot fails its checksum", account.0);
        return Err(StoreError::Corrupt(what));
    }
    let (chunks, _) = chunks.as_chunks();
    Ok(Some(Snapshot {
        seq,
        root: Bytes::from(root),
        chunks: chunks.to_vec(),
    }))
}

/// Chunks of an account, in the order asked.
pub(crate) fn chunks(
    database: &Connection,
    account: AccountId,
    ids: &[ChunkId],
) -> Result<Vec<Bytes>, StoreError> {
    let failed = |error: rusqlite::Error| failure(&error);
    let mut query = database
        .prepare_cached("SELECT data FROM chunk WHERE account = ? AND id = ?")
        .map_err(failed)?;
    let mut chunks = Vec::with_capacity(ids.len());
    for id in ids {
        let row = query.query_row(params![stored(account.0), id], |row| row.get(0));
        let data: Option<Vec<u8>> = row.optional().map_err(failed)?;
        let data = data.ok_or_else(|| missing_chunk(id))?;
        if crate::check::digest(&data) != *id {
            let what = format!("account {}: a chunk fails its digest", account.0);
            return Err(StoreError::Corrupt(what));
        }
        chunks.push(Bytes::from(data));
    }
    Ok(chunks)
}
