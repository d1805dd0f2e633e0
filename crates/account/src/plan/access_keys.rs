//! GENURLAUTH and RESETKEY: RFC 4467 section 7.

use super::Refusal;
use crate::access_key::AccessKey;
use crate::event::Event;
use crate::state::Account;
use postern_imap::mailbox::MailboxName;

/// The key of a mailbox; `fresh` becomes it where there is none yet.
pub fn access_key(
    account: &Account,
    mailbox: &MailboxName,
    fresh: AccessKey,
) -> Result<(Vec<Event>, AccessKey), Refusal> {
    let id = id(account, mailbox)?;
    Ok(match account.access_keys().get(id) {
        Some(key) => (Vec::new(), *key),
        None => (vec![set(id, fresh)], fresh),
    })
}

/// A new key for a mailbox: all URLs authorized by the one before are void.
pub fn reset_access_key(
    account: &Account,
    mailbox: &MailboxName,
    fresh: AccessKey,
) -> Result<Vec<Event>, Refusal> {
    Ok(vec![set(id(account, mailbox)?, fresh)])
}

/// No mailbox has a key any more: all URLs are void.
pub fn remove_access_keys(account: &Account) -> Vec<Event> {
    match account.access_keys().is_empty() {
        true => Vec::new(),
        false => vec![Event::AccessKeysRemoved],
    }
}

fn id(account: &Account, mailbox: &MailboxName) -> Result<crate::MailboxId, Refusal> {
    let mailbox = account.mailbox(mailbox.as_str());
    Ok(mailbox.ok_or(Refusal::NoSuchMailbox)?.id())
}

fn set(mailbox: crate::MailboxId, key: AccessKey) -> Event {
    Event::AccessKeySet { mailbox, key }
}
