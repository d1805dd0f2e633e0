//! Accounts in memory: each is the fold of its log, changed by one writer at a time and read
//! by any number of sessions without a lock.

mod account;
mod heavy;
mod load;
mod recent;
mod registry;
mod session_account;
mod snapshots;
#[cfg(test)]
mod tests;

pub(crate) use account::{ChangeError, LiveAccount};
pub(crate) use heavy::heavy;
pub(crate) use registry::Accounts;
pub(crate) use session_account::{Made, SessionAccount};

use postern_account::event::Body;
use postern_store::BodyRef;
use std::time::{SystemTime, UNIX_EPOCH};

/// The clock, as the log has it: milliseconds since 1970.
pub(crate) fn now_millis() -> i64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    now.map_or(0, |now| i64::try_from(now.as_millis()).unwrap_or(i64::MAX))
}

/// The store's reference to a body, as events carry it.
pub(crate) fn body_of(reference: BodyRef) -> Body {
    Body {
        segment: reference.segment,
        offset: reference.offset,
        derived_len: reference.derived_len,
        len: reference.len,
        digest: reference.digest,
    }
}

/// The reference that an event carries, as the store knows it.
pub(crate) fn reference_to(body: &Body) -> BodyRef {
    BodyRef {
        segment: body.segment,
        offset: body.offset,
        derived_len: body.derived_len,
        len: body.len,
        digest: body.digest,
    }
}
