//! One account's log, read from beside.

use crate::data::no_account;
use crate::failure::Failure;
use postern_account::{Event, Origin};
use postern_store::sqlite::inspect::{Inspection, LogPiece};
use postern_store::{AccountId, Entry, Seq};

/// Entries read at a time.
const BATCH: usize = 1000;

/// The account of that name that is not removed.
///
/// # Errors
/// There is none, or the directory cannot be read.
pub(crate) fn find(inspection: &Inspection, name: &str) -> Result<AccountId, Failure> {
    let name = crate::data::account_name(name)?;
    let listed = inspection.listed()?;
    let mut present = listed.iter().filter(|it| it.removed.is_none());
    present
        .find(|it| it.name == name.as_str())
        .map(|it| it.id)
        .ok_or_else(|| no_account(name.as_str()))
}

/// Takes every event in order, until `take` says that it has enough.
///
/// # Errors
/// The log cannot be read, or is damaged.
pub(crate) fn each(
    inspection: &Inspection,
    account: AccountId,
    mut take: impl FnMut(&Entry, &Event, Option<Origin>) -> bool,
) -> Result<(), Failure> {
    let mut after: Seq = 0;
    loop {
        let pieces = inspection.log(account, after, BATCH)?;
        if pieces.is_empty() {
            return Ok(());
        }
        for piece in pieces {
            let LogPiece::Entry(entry) = piece else {
                return Err(damaged());
            };
            let (event, origin) = Event::decode_from(&entry.event).ok_or_else(damaged)?;
            if !take(&entry, &event, origin) {
                return Ok(());
            }
            after = entry.seq;
        }
    }
}

fn damaged() -> Failure {
    Failure::System("the log of this account is damaged; run: postern check".to_owned())
}
