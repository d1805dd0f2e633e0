//! APPEND, delivery, STORE, COPY, MOVE, EXPUNGE: RFC 9051 sections 6.3.12 and 6.4.

use super::{Limits, Refusal};
use crate::event::{Event, MailboxId, NewMessage};
use crate::flags::Flags;
use crate::mailbox::Mailbox;
use crate::quota::{Usage, check_room};
use crate::state::{Account, INBOX};
use postern_imap::command::StoreAction;
use postern_imap::flag::Flag;
use postern_imap::mailbox::MailboxName;
use postern_imap::sequence::UidSet;
use std::sync::Arc;

/// Messages in one event: with a hundred keywords each they stay under the store's 1 MiB.
const MESSAGES_AN_EVENT: usize = 30;

/// Ranges in one event's UID set: at most ten octets each, so well under 1 MiB.
const RANGES_AN_EVENT: usize = 50_000;

/// An APPEND or a delivery, planned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Appended {
    /// What to append to the log.
    pub events: Vec<Event>,
    /// The mailbox's UIDVALIDITY, for APPENDUID.
    pub uid_validity: u32,
    /// The UIDs that the messages get.
    pub uids: UidSet,
}

/// A COPY or MOVE, planned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Copied {
    /// What to append to the log; empty when no message is meant.
    pub events: Vec<Event>,
    /// The target's UIDVALIDITY, for COPYUID.
    pub uid_validity: u32,
    /// The UIDs of the messages that exist.
    pub source: UidSet,
    /// The UIDs of their copies, in the same order.
    pub copies: UidSet,
}

/// A STORE, planned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    /// What to append to the log; empty when nothing would change.
    pub events: Vec<Event>,
    /// The messages that UNCHANGEDSINCE kept from being changed.
    pub modified: UidSet,
}

/// The mailbox that an APPEND or COPY names.
pub fn append_target(account: &Account, name: &MailboxName) -> Result<MailboxId, Refusal> {
    let mailbox = account.mailbox(name.as_str());
    mailbox.map(|m| m.id()).ok_or(Refusal::TryCreate)
}

/// The mailbox for a delivery: the one that the address's detail names, if it exists, else
/// INBOX. A stranger's address never creates a mailbox.
pub fn delivery_target(account: &Account, detail: Option<&str>) -> Option<MailboxId> {
    let named = detail.and_then(|detail| account.mailbox(detail));
    let mailbox = named.or_else(|| account.mailbox(INBOX));
    mailbox.map(|m| m.id())
}

/// APPEND and delivery: the messages, in order, into one mailbox.
pub fn append(
    account: &Account,
    mailbox: MailboxId,
    messages: Vec<NewMessage>,
    limits: &Limits,
) -> Result<Appended, Refusal> {
    append_instead(account, mailbox, messages, Usage::default(), limits)
}

/// The same where as much as `less` goes.
fn append_instead(
    account: &Account,
    mailbox: MailboxId,
    messages: Vec<NewMessage>,
    less: Usage,
    limits: &Limits,
) -> Result<Appended, Refusal> {
    let target = account.by_id(mailbox).ok_or(Refusal::MailboxGone)?;
    let flags: Vec<Flag> = messages.iter().flat_map(|m| m.flags.clone()).collect();
    check_keywords(target, &flags, limits)?;
    check_room(account, messages.iter().collect(), less, limits)?;
    let uids = next_uids(target, messages.len() as u64)?;
    let events = messages
        .chunks(MESSAGES_AN_EVENT)
        .map(|messages| Event::MessagesAdded {
            mailbox,
            messages: messages.to_vec(),
        });
    Ok(Appended {
        events: events.collect(),
        uid_validity: target.uid_validity(),
        uids,
    })
}

/// REPLACE, RFC 8508 (where `messages` is one): the new message comes and the old one goes with one append, so that there
/// is always exactly one of them. The old one may lie in another mailbox.
pub fn replace(
    account: &Account,
    from: MailboxId,
    uid: u32,
    to: MailboxId,
    messages: Vec<NewMessage>,
    limits: &Limits,
) -> Result<Appended, Refusal> {
    let source = account.by_id(from).ok_or(Refusal::MailboxGone)?;
    let old = source.by_uid(uid).ok_or(Refusal::MessageGone)?;
    let less = Usage::message(u64::from(old.stored.body.len));
    let mut appended = append_instead(account, to, messages, less, limits)?;
    appended.events.push(Event::Expunged {
        mailbox: from,
        uids: UidSet::range(uid, uid),
    });
    Ok(appended)
}

/// STORE, RFC 9051 section 6.4.6 and, for `unchanged_since`, RFC 7162 section 3.1.3. UIDs that
/// do not exist are passed over.
pub fn store(
    account: &Account,
    mailbox: MailboxId,
    uids: &UidSet,
    action: StoreAction,
    flags: &[Flag],
    unchanged_since: Option<u64>,
    limits: &Limits,
) -> Result<Stored, Refusal> {
    let target = account.by_id(mailbox).ok_or(Refusal::MailboxGone)?;
    if action != StoreAction::Remove {
        check_keywords(target, flags, limits)?;
    }
    let modified = later_than(target, uids, unchanged_since);
    let wanted = match modified.is_empty() {
        true => uids.clone(),
        false => uids.iter().filter(|uid| !modified.contains(*uid)).collect(),
    };
    if !would_change(target, &wanted, action, flags) {
        let events = Vec::new();
        return Ok(Stored { events, modified });
    }
    let event = |uids| Event::FlagsChanged {
        mailbox,
        uids,
        action,
        flags: flags.to_vec(),
    };
    let events = split(&wanted).map(event).collect();
    Ok(Stored { events, modified })
}

/// `\Seen` for the messages that FETCH gives the text of and that do not have it.
pub fn set_seen(account: &Account, mailbox: MailboxId, uids: &UidSet) -> Vec<Event> {
    let Some(target) = account.by_id(mailbox) else {
        return Vec::new();
    };
    let unseen = target
        .select(uids)
        .filter(|m| !m.marks.flags.contains(Flags::SEEN))
        .map(|m| m.stored.uid);
    let unseen: UidSet = unseen.collect();
    let event = |uids| Event::FlagsChanged {
        mailbox,
        uids,
        action: StoreAction::Add,
        flags: vec![Flag::Seen],
    };
    split(&unseen).map(event).collect()
}

/// COPY, RFC 9051 section 6.4.7: all of the messages or none.
pub fn copy(
    account: &Account,
    from: MailboxId,
    uids: &UidSet,
    to: MailboxId,
    limits: &Limits,
) -> Result<Copied, Refusal> {
    let source = account.by_id(from).ok_or(Refusal::MailboxGone)?;
    let target = account.by_id(to).ok_or(Refusal::MailboxGone)?;
    let present: UidSet = source.select(uids).map(|m| m.stored.uid).collect();
    let used = source
        .select(&present)
        .fold(Flags::default(), |all, m| all.union(m.marks.flags));
    check_keywords(target, &source.keywords().flags(used), limits)?;
    check_room(
        account,
        usage_of(source, &present),
        Usage::default(),
        limits,
    )?;
    let copies = next_uids(target, present.len())?;
    let event = |uids| Event::Copied { from, uids, to };
    Ok(Copied {
        events: split(&present).map(event).collect(),
        uid_validity: target.uid_validity(),
        source: present,
        copies,
    })
}

/// MOVE, RFC 6851: the copies and the removal are one append, so that a crash leaves the
/// messages in exactly one place.
pub fn move_messages(
    account: &Account,
    from: MailboxId,
    uids: &UidSet,
    to: MailboxId,
    limits: &Limits,
) -> Result<Copied, Refusal> {
    // There is as much afterwards as before.
    let limits = Limits {
        messages: usize::MAX,
        storage: u64::MAX,
        ..*limits
    };
    let mut copied = copy(account, from, uids, to, &limits)?;
    let event = |uids| Event::Expunged {
        mailbox: from,
        uids,
    };
    copied.events.extend(split(&copied.source).map(event));
    Ok(copied)
}

/// EXPUNGE, CLOSE and UID EXPUNGE: the messages with `\Deleted`, among `uids` if given.
pub fn expunge(account: &Account, mailbox: MailboxId, uids: Option<&UidSet>) -> Vec<Event> {
    let Some(target) = account.by_id(mailbox) else {
        return Vec::new();
    };
    if target.totals().deleted == 0 {
        return Vec::new();
    }
    let wanted = |uid| uids.is_none_or(|uids| uids.contains(uid));
    let deleted: UidSet = target
        .messages()
        .filter(|m| m.marks.flags.contains(Flags::DELETED) && wanted(m.stored.uid))
        .map(|m| m.stored.uid)
        .collect();
    let event = |uids| Event::Expunged { mailbox, uids };
    split(&deleted).map(event).collect()
}

fn check_keywords(target: &Arc<Mailbox>, flags: &[Flag], limits: &Limits) -> Result<(), Refusal> {
    let new = target.keywords().unknown(flags).len();
    if new > 0 && target.keywords().len() + new > limits.keywords.min(crate::flags::MAX_KEYWORDS) {
        return Err(Refusal::TooManyKeywords);
    }
    Ok(())
}

/// What these messages count for.
pub fn usage_of(source: &Mailbox, uids: &UidSet) -> Usage {
    let sizes = source.select(uids).map(|m| u64::from(m.stored.body.len));
    sizes.fold(Usage::default(), |sum, size| sum.plus(Usage::message(size)))
}

fn next_uids(target: &Mailbox, count: u64) -> Result<UidSet, Refusal> {
    let Some(more) = count.checked_sub(1) else {
        return Ok(UidSet::default());
    };
    let first = target.uid_next();
    let last = u32::try_from(u64::from(first) + more).map_err(|_| Refusal::UidsExhausted)?;
    // The last UID of all stays unused: UIDNEXT must be able to name the next.
    if last == u32::MAX {
        return Err(Refusal::UidsExhausted);
    }
    Ok(UidSet::range(first, last))
}

pub(super) fn later_than(target: &Mailbox, uids: &UidSet, unchanged_since: Option<u64>) -> UidSet {
    let Some(limit) = unchanged_since else {
        return UidSet::default();
    };
    let later = target.select(uids).filter(|m| m.marks.modseq > limit);
    later.map(|m| m.stored.uid).collect()
}

fn would_change(target: &Mailbox, uids: &UidSet, action: StoreAction, flags: &[Flag]) -> bool {
    let new_keywords = !target.keywords().unknown(flags).is_empty();
    let named = target.keywords().bits(flags);
    target.select(uids).any(|m| {
        let old = m.marks.flags;
        match action {
            StoreAction::Add => new_keywords || !old.contains(named),
            StoreAction::Remove => old.difference(named) != old,
            StoreAction::Replace => new_keywords || old != named,
        }
    })
}

/// The set in pieces that each fit an event; none for an empty set.
pub(super) fn split(uids: &UidSet) -> impl Iterator<Item = UidSet> + '_ {
    uids.ranges().chunks(RANGES_AN_EVENT).map(|ranges| {
        let mut piece = UidSet::default();
        for &(first, last) in ranges {
            piece.insert_range(first, last);
        }
        piece
    })
}
