//! SETMETADATA: RFC 5464 section 4.3.

use super::{Limits, Refusal};
use crate::event::{Event, MailboxId};
use crate::filters;
use crate::metadata::{Metadata, Owner, SPECIAL_USE, Value};
use crate::state::Account;
use postern_imap::mailbox::MailboxName;
use postern_imap::metadata::EntryName;

/// SETMETADATA on a mailbox, or with `None` on the server: all of the entries or none. What is
/// so already gives no event.
///
/// `/shared` annotations of the server belong to its administrator (RFC 5464 section 3.3 lets a
/// server restrict them): one account's would have to be seen by all others.
pub fn set_metadata(
    account: &Account,
    mailbox: Option<&MailboxName>,
    entries: &[(EntryName, Option<Value>)],
    limits: &Limits,
) -> Result<Vec<Event>, Refusal> {
    let owner = owner(account, mailbox)?;
    let mut after = account.metadata().clone();
    let mut events = Vec::new();
    for (entry, value) in entries {
        let server_wide = owner.is_none() && entry.is_shared();
        if server_wide || entry.as_str() == SPECIAL_USE {
            return Err(Refusal::ReadOnlyEntry);
        }
        let size = value.as_ref().map_or(0, |value| value.len());
        if size > limits.metadata_value {
            return Err(Refusal::ValueTooLarge {
                limit: limits.metadata_value,
            });
        }
        let valid = |value: &Value| owner.is_some() || filters::is_valid(entry.as_str(), value);
        if !value.as_ref().is_none_or(valid) {
            return Err(Refusal::BadFilter);
        }
        if after.value(owner, entry.as_str()) == value.as_ref() {
            continue;
        }
        let event = Event::MetadataSet {
            mailbox: owner,
            entry: entry.as_str().to_owned(),
            value: value.clone(),
        };
        after.apply(&event);
        events.push(event);
    }
    check(account.metadata(), &after, owner, limits)?;
    Ok(events)
}

fn owner(account: &Account, mailbox: Option<&MailboxName>) -> Result<Owner, Refusal> {
    let Some(name) = mailbox else {
        return Ok(None);
    };
    let mailbox = account.mailbox(name.as_str());
    Ok(Some(mailbox.ok_or(Refusal::NoSuchMailbox)?.id()))
}

/// Only what grows is refused: a limit that was lowered leaves what is there, and it can always
/// become less.
fn check(
    before: &Metadata,
    after: &Metadata,
    owner: Owner,
    limits: &Limits,
) -> Result<(), Refusal> {
    let count = after.count(owner);
    if count > limits.metadata_entries && count > before.count(owner) {
        return Err(Refusal::TooManyEntries);
    }
    if after.octets() > limits.metadata_octets && after.octets() > before.octets() {
        return Err(Refusal::TooMuchMetadata);
    }
    Ok(())
}

/// The annotations of a mailbox for another: RENAME of INBOX copies them (section 4.1).
pub(super) fn copies(
    account: &Account,
    from: MailboxId,
    to: MailboxId,
    limits: &Limits,
) -> Result<Vec<Event>, Refusal> {
    let copy = |(entry, value): (&str, &Value)| Event::MetadataSet {
        mailbox: Some(to),
        entry: entry.to_owned(),
        value: Some(value.clone()),
    };
    let events: Vec<Event> = account.metadata().of(Some(from)).map(copy).collect();
    let mut after = account.metadata().clone();
    events.iter().for_each(|event| after.apply(event));
    check(account.metadata(), &after, Some(to), limits)?;
    Ok(events)
}
