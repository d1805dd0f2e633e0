//! Rules that every backend applies alike.

use crate::{AccountId, Append, ChunkId, Expect, MAX_EVENT, NewBody, Seq, StoreError};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Refuses what no log could take, whatever its state.
pub(crate) fn append(append: &Append) -> Result<(), StoreError> {
    account(append.account)?;
    if append.events.is_empty() {
        return Err(StoreError::Invalid("an append without events"));
    }
    if append.events.iter().any(|event| event.len() > MAX_EVENT) {
        return Err(StoreError::Invalid("an event over the limit"));
    }
    Ok(())
}

/// Account numbers begin at 1.
pub(crate) fn account(account: AccountId) -> Result<(), StoreError> {
    if account.0 == 0 {
        return Err(StoreError::Invalid("account number 0"));
    }
    Ok(())
}

/// Compares what an appender supposes with the log's last number.
///
/// [`Expect::AtLeast`] over the head is a conflict as well: the appender has built on an append
/// that failed.
pub(crate) fn expectation(expect: Expect, head: Seq) -> Result<(), StoreError> {
    let met = match expect {
        Expect::Exactly(seq) => seq == head,
        Expect::AtLeast(seq) => seq <= head,
    };
    if met {
        Ok(())
    } else {
        Err(StoreError::Conflict { head })
    }
}

/// The first half of the BLAKE3 digest: the name of a chunk, and what a body's reference holds.
pub(crate) fn digest(octets: &[u8]) -> [u8; 16] {
    let whole = blake3::hash(octets);
    whole.as_bytes().first_chunk().copied().unwrap_or_default()
}

/// Refuses chunks whose name is not their digest.
pub(crate) fn chunks<B: AsRef<[u8]>>(chunks: &[(ChunkId, B)]) -> Result<(), StoreError> {
    if chunks.iter().any(|(id, data)| digest(data.as_ref()) != *id) {
        return Err(StoreError::Invalid("a chunk under a name not its own"));
    }
    Ok(())
}

/// Locks, also after a panic elsewhere: what the locks here guard is whole between statements.
pub(crate) fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The lengths of a body's derived part and content, which must be below 4 GiB each.
pub(crate) fn body(body: &NewBody) -> Result<(u32, u32), StoreError> {
    let too_large = |_| StoreError::Invalid("a body of 4 GiB or more");
    let derived_len = u32::try_from(body.derived.len()).map_err(too_large)?;
    let len = u32::try_from(body.content.len()).map_err(too_large)?;
    Ok((derived_len, len))
}

/// A snapshot of what is not in the log yet would survive entries that do not.
pub(crate) fn snapshot_seq(seq: Seq, head: Seq) -> Result<(), StoreError> {
    if seq > head {
        return Err(StoreError::Invalid("a snapshot ahead of its log"));
    }
    Ok(())
}

/// The answer when a chunk is asked for that no snapshot names.
pub(crate) fn missing_chunk(id: &ChunkId) -> StoreError {
    let hex: String = id.iter().map(|octet| format!("{octet:02x}")).collect();
    StoreError::Missing(format!("chunk {hex}"))
}
