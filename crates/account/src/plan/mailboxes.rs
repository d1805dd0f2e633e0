//! CREATE, DELETE, RENAME, SUBSCRIBE: RFC 9051 sections 6.3.4 to 6.3.8.
//!
//! Every mailbox's parents exist and can be selected: creating `a/b/c` creates `a` and `a/b`
//! (some clients cannot bear `\NoSelect` parents), and what has children cannot be deleted.

use super::metadata::copies;
use super::{Limits, Refusal};
use crate::event::{Event, MailboxId, SpecialUse};
use crate::state::{Account, INBOX};
use postern_imap::mailbox::MailboxName;
use postern_imap::sequence::UidSet;

/// Mailboxes renamed in one event: with names of a thousand octets they stay under the store's
/// 1 MiB.
const RENAMES_AN_EVENT: usize = 500;

/// What a new account gets: INBOX and the mailboxes that clients look for, subscribed.
pub fn first_mailboxes(account: &Account, now: i64) -> Vec<Event> {
    const FIRST: [(&str, Option<SpecialUse>); 6] = [
        (INBOX, None),
        ("Archive", Some(SpecialUse::Archive)),
        ("Drafts", Some(SpecialUse::Drafts)),
        ("Junk", Some(SpecialUse::Junk)),
        ("Sent", Some(SpecialUse::Sent)),
        ("Trash", Some(SpecialUse::Trash)),
    ];
    let mut uid_validity = account.next_uid_validity(now);
    let mut events = Vec::new();
    for (name, special_use) in FIRST {
        events.push(Event::MailboxCreated {
            name: name.to_owned(),
            uid_validity,
            special_use,
        });
        events.push(Event::Subscribed {
            name: name.to_owned(),
            subscribed: true,
        });
        uid_validity = uid_validity.saturating_add(1);
    }
    events
}

/// CREATE, with the parents that are not there yet. The last event creates the mailbox itself.
pub fn create(
    account: &Account,
    name: &MailboxName,
    now: i64,
    limits: &Limits,
) -> Result<Vec<Event>, Refusal> {
    create_for(account, name, None, now, limits)
}

/// CREATE for a special use (RFC 6154 section 3), which one mailbox has at most.
pub fn create_for(
    account: &Account,
    name: &MailboxName,
    special_use: Option<SpecialUse>,
    now: i64,
    limits: &Limits,
) -> Result<Vec<Event>, Refusal> {
    if account.mailbox(name.as_str()).is_some() {
        return Err(Refusal::AlreadyExists);
    }
    let mut names = missing_parents(account, name.as_str());
    names.push(name.as_str());
    if account.mailbox_count() + names.len() > limits.mailboxes {
        return Err(Refusal::TooManyMailboxes);
    }
    if special_use.is_some_and(|special| account.special(special).is_some()) {
        return Err(Refusal::UseTaken);
    }
    let mut events = created(account, &names, now);
    if let Some(Event::MailboxCreated {
        special_use: of, ..
    }) = events.last_mut()
    {
        *of = special_use;
    }
    Ok(events)
}

/// DELETE. Subscriptions stay, as RFC 9051 section 6.3.8 has it.
pub fn delete(account: &Account, name: &MailboxName) -> Result<Vec<Event>, Refusal> {
    let mailbox = account.mailbox(name.as_str());
    let mailbox = mailbox.ok_or(Refusal::NoSuchMailbox)?;
    if name.as_str() == INBOX {
        return Err(Refusal::InboxStays);
    }
    if account.below(name.as_str()).next().is_some() {
        return Err(Refusal::HasChildren);
    }
    Ok(vec![Event::MailboxDeleted {
        mailbox: mailbox.id(),
    }])
}

/// RENAME, with the mailboxes below. Renaming INBOX moves its messages into a new mailbox
/// and leaves INBOX empty, and what is below it where it is (RFC 9051 section 6.3.6).
pub fn rename(
    account: &Account,
    from: &MailboxName,
    to: &MailboxName,
    now: i64,
    limits: &Limits,
) -> Result<Vec<Event>, Refusal> {
    let source = account.mailbox(from.as_str());
    let source = source.ok_or(Refusal::NoSuchMailbox)?;
    if account.mailbox(to.as_str()).is_some() {
        return Err(Refusal::AlreadyExists);
    }
    if from.as_str() == INBOX {
        return rename_inbox(account, to, now, limits);
    }
    if is_below(to.as_str(), from.as_str()) {
        return Err(Refusal::IntoItself);
    }
    let parents = missing_parents(account, to.as_str());
    if account.mailbox_count() + parents.len() > limits.mailboxes {
        return Err(Refusal::TooManyMailboxes);
    }
    let mut events = created(account, &parents, now);
    let mut renames = vec![(source.id(), to.as_str().to_owned())];
    for child in account.below(from.as_str()) {
        let rest = child.name().strip_prefix(from.as_str()).unwrap_or_default();
        let name = format!("{}{rest}", to.as_str());
        let name = MailboxName::new(&name).map_err(|_| Refusal::NameTooLong)?;
        renames.push((child.id(), name.as_str().to_owned()));
    }
    let event = |renames: &[(MailboxId, String)]| Event::MailboxesRenamed {
        renames: renames.to_vec(),
    };
    events.extend(renames.chunks(RENAMES_AN_EVENT).map(event));
    Ok(events)
}

/// SUBSCRIBE and UNSUBSCRIBE; nothing where it is so already.
pub fn subscribe(
    account: &Account,
    name: &MailboxName,
    subscribed: bool,
    limits: &Limits,
) -> Result<Vec<Event>, Refusal> {
    if account.is_subscribed(name.as_str()) == subscribed {
        return Ok(Vec::new());
    }
    if subscribed && account.subscriptions.size() >= limits.subscriptions {
        return Err(Refusal::TooManySubscriptions);
    }
    Ok(vec![Event::Subscribed {
        name: name.as_str().to_owned(),
        subscribed,
    }])
}

fn rename_inbox(
    account: &Account,
    to: &MailboxName,
    now: i64,
    limits: &Limits,
) -> Result<Vec<Event>, Refusal> {
    let inbox = account.mailbox(INBOX).ok_or(Refusal::NoSuchMailbox)?;
    let mut events = create(account, to, now, limits)?;
    // The last of the events creates the mailbox, and its number is that event's.
    let target = MailboxId(account.seq() + events.len() as u64);
    events.extend(copies(account, inbox.id(), target, limits)?);
    if let Some(uids) = all_uids(inbox.last_uid()) {
        events.push(Event::Copied {
            from: inbox.id(),
            uids: uids.clone(),
            to: target,
        });
        events.push(Event::Expunged {
            mailbox: inbox.id(),
            uids,
        });
    }
    Ok(events)
}

fn all_uids(last: u32) -> Option<UidSet> {
    (last > 0).then(|| UidSet::range(1, last))
}

fn created(account: &Account, names: &[&str], now: i64) -> Vec<Event> {
    let first = account.next_uid_validity(now);
    let numbers = (0..).map(|i| first.saturating_add(i));
    let event = |(name, uid_validity): (&&str, u32)| Event::MailboxCreated {
        name: (*name).to_owned(),
        uid_validity,
        special_use: None,
    };
    names.iter().zip(numbers).map(event).collect()
}

fn missing_parents<'a>(account: &Account, name: &'a str) -> Vec<&'a str> {
    name.match_indices('/')
        .filter_map(|(end, _)| name.get(..end))
        .filter(|parent| account.mailbox(parent).is_none())
        .collect()
}

fn is_below(name: &str, parent: &str) -> bool {
    let rest = name.strip_prefix(parent);
    rest.is_some_and(|rest| rest.starts_with('/'))
}
