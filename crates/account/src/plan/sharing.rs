//! What users other than the owner do, as far as access control lists let them, and how the lists
//! change: RFC 4314 sections 3 and 4. Rights are looked up in the version that the change is
//! planned against.

use super::messages::{later_than, split};
use super::{Appended, Copied, Limits, Refusal, Stored, append, copy, create_for, store};
use crate::acl::{Identifier, Modification, Rights, Subject, UserId, Who};
use crate::event::{Event, MailboxId, NewMessage, SpecialUse};
use crate::flags::Flags;
use crate::mailbox::Mailbox;
use crate::state::{Account, INBOX};
use postern_imap::command::StoreAction;
use postern_imap::flag::Flag;
use postern_imap::mailbox::MailboxName;
use postern_imap::sequence::UidSet;
use std::sync::Arc;

/// The mailbox of that name, if `who` has any of these rights on it. To who may not even look it
/// up there is none: whether a name is taken is nobody else's business.
pub fn permitted<'a>(
    account: &'a Account,
    who: Who,
    name: &str,
    any_of: Rights,
) -> Result<&'a Arc<Mailbox>, Refusal> {
    let mailbox = account.mailbox(name).ok_or(Refusal::NoSuchMailbox)?;
    let rights = mailbox.rights(who);
    match (rights.intersects(any_of), rights.contains(Rights::LOOKUP)) {
        (true, _) => Ok(mailbox),
        (false, true) => Err(Refusal::NoPermission),
        (false, false) => Err(Refusal::NoSuchMailbox),
    }
}

/// The mailbox that an APPEND or COPY names.
pub fn target_for(account: &Account, who: Who, name: &MailboxName) -> Result<MailboxId, Refusal> {
    match permitted(account, who, name.as_str(), Rights::INSERT) {
        Ok(mailbox) => Ok(mailbox.id()),
        Err(Refusal::NoSuchMailbox) => Err(Refusal::TryCreate),
        Err(refusal) => Err(refusal),
    }
}

/// CREATE: below a mailbox that the user may create others below, whose rights it gets.
pub fn create_as(
    account: &Account,
    who: Who,
    name: &MailboxName,
    special_use: Option<SpecialUse>,
    now: i64,
    limits: &Limits,
) -> Result<Vec<Event>, Refusal> {
    if who != Who::Owner {
        may_create(account, who, name)?;
        if special_use.is_some() {
            return Err(Refusal::NoPermission);
        }
    }
    create_for(account, name, special_use, now, limits)
}

fn may_create(account: &Account, who: Who, name: &MailboxName) -> Result<(), Refusal> {
    let parent = name.ancestors().find_map(|up| account.mailbox(up));
    let rights = parent.map_or(Rights::NONE, |parent| parent.rights(who));
    match (
        rights.contains(Rights::CREATE),
        rights.contains(Rights::LOOKUP),
    ) {
        (true, _) => Ok(()),
        (false, true) => Err(Refusal::NoPermission),
        // As where there is no such account.
        (false, false) => Err(Refusal::NotThere),
    }
}

/// DELETE.
pub fn delete_as(account: &Account, who: Who, name: &MailboxName) -> Result<Vec<Event>, Refusal> {
    permitted(account, who, name.as_str(), Rights::DELETE)?;
    super::delete(account, name)
}

/// RENAME within an account.
pub fn rename_as(
    account: &Account,
    who: Who,
    (from, to): (&MailboxName, &MailboxName),
    now: i64,
    limits: &Limits,
) -> Result<Vec<Event>, Refusal> {
    permitted(account, who, from.as_str(), Rights::DELETE)?;
    if who != Who::Owner {
        may_create(account, who, to)?;
        if from.as_str() == INBOX {
            return Err(Refusal::NoPermission);
        }
    }
    super::rename(account, from, to, now, limits)
}

/// APPEND: of the flags, those that the user may set are kept. `\Seen` is the user's own.
pub fn append_as(
    account: &Account,
    who: Who,
    mailbox: MailboxId,
    mut messages: Vec<NewMessage>,
    limits: &Limits,
) -> Result<Appended, Refusal> {
    let Who::User(user) = who else {
        return append(account, mailbox, messages, limits);
    };
    let target = account.by_id(mailbox).ok_or(Refusal::MailboxGone)?;
    let rights = target.rights(who);
    let mut seen = Vec::with_capacity(messages.len());
    for message in &mut messages {
        seen.push(message.flags.contains(&Flag::Seen) && rights.contains(Rights::SEEN));
        let kept = |flag: &Flag| *flag != Flag::Seen && rights.contains(needed(flag));
        message.flags.retain(kept);
    }
    let mut appended = append(account, mailbox, messages, limits)?;
    let uids = appended.uids.iter().zip(seen);
    let seen: UidSet = uids.filter(|(_, seen)| *seen).map(|(uid, _)| uid).collect();
    appended
        .events
        .extend(seen_events(mailbox, user, &seen, true));
    Ok(appended)
}

/// COPY within an account: what [`append_as`] says of flags holds here.
pub fn copy_as(
    account: &Account,
    who: Who,
    from: MailboxId,
    uids: &UidSet,
    to: MailboxId,
    limits: &Limits,
) -> Result<Copied, Refusal> {
    let mut copied = copy(account, from, uids, to, limits)?;
    let Who::User(user) = who else {
        return Ok(copied);
    };
    let source = account.by_id(from).ok_or(Refusal::MailboxGone)?;
    let target = account.by_id(to).ok_or(Refusal::MailboxGone)?;
    let rights = target.rights(who);
    let lost = |flag: &Flag| *flag == Flag::Seen || !rights.contains(needed(flag));
    let mut lost_flags = Account::known_flags(source);
    lost_flags.retain(lost);
    copied
        .events
        .extend(split(&copied.copies).map(|uids| Event::FlagsChanged {
            mailbox: to,
            uids,
            action: StoreAction::Remove,
            flags: lost_flags.clone(),
        }));
    if rights.contains(Rights::SEEN) {
        let source = source.as_seen_by(who);
        let pairs = source.select(&copied.source).zip(copied.copies.iter());
        let seen = pairs.filter(|(message, _)| message.marks.flags.contains(Flags::SEEN));
        let seen: UidSet = seen.map(|(_, uid)| uid).collect();
        copied.events.extend(seen_events(to, user, &seen, true));
    }
    Ok(copied)
}

/// MOVE within an account.
pub fn move_as(
    account: &Account,
    who: Who,
    from: MailboxId,
    uids: &UidSet,
    to: MailboxId,
    limits: &Limits,
) -> Result<Copied, Refusal> {
    if who == Who::Owner {
        return super::move_messages(account, from, uids, to, limits);
    }
    // There are as many messages afterwards as before.
    let limits = Limits {
        messages: usize::MAX,
        storage: u64::MAX,
        ..*limits
    };
    let mut copied = copy_as(account, who, from, uids, to, &limits)?;
    copied.events.extend(remove(from, &copied.source));
    Ok(copied)
}

/// REPLACE within an account.
pub fn replace_as(
    account: &Account,
    who: Who,
    (from, uid): (MailboxId, u32),
    to: MailboxId,
    messages: Vec<NewMessage>,
    limits: &Limits,
) -> Result<Appended, Refusal> {
    if who == Who::Owner {
        return super::replace(account, from, uid, to, messages, limits);
    }
    let source = account.by_id(from).ok_or(Refusal::MailboxGone)?;
    if source.by_uid(uid).is_none() {
        return Err(Refusal::MessageGone);
    }
    let mut appended = append_as(account, who, to, messages, limits)?;
    appended
        .events
        .extend(remove(from, &UidSet::range(uid, uid)));
    Ok(appended)
}

/// The messages go, whatever their flags: the second half of a MOVE or REPLACE to another account.
pub fn remove(mailbox: MailboxId, uids: &UidSet) -> Vec<Event> {
    let event = |uids| Event::Expunged { mailbox, uids };
    split(uids).map(event).collect()
}

/// The same, if the user still may: it takes its time to get there.
pub fn remove_as(
    account: &Account,
    who: Who,
    mailbox: MailboxId,
    uids: &UidSet,
) -> Result<Vec<Event>, Refusal> {
    let from = account.by_id(mailbox).ok_or(Refusal::MailboxGone)?;
    match from.rights(who).contains(Rights::REMOVAL) {
        true => Ok(remove(mailbox, uids)),
        false => Err(Refusal::NoPermission),
    }
}

/// STORE: changes those of the flags that the user may change. `\Seen` is the user's own.
pub fn store_as(
    account: &Account,
    who: Who,
    mailbox: MailboxId,
    uids: &UidSet,
    (action, flags): (StoreAction, &[Flag]),
    unchanged_since: Option<u64>,
    limits: &Limits,
) -> Result<Stored, Refusal> {
    let Who::User(user) = who else {
        return store(
            account,
            mailbox,
            uids,
            action,
            flags,
            unchanged_since,
            limits,
        );
    };
    let target = account.by_id(mailbox).ok_or(Refusal::MailboxGone)?;
    let rights = target.rights(who);
    let named = flags.iter().filter(|flag| rights.contains(needed(flag)));
    let named: Vec<Flag> = named.cloned().collect();
    let nothing_left = named.is_empty() && !flags.is_empty();
    if nothing_left || !rights.intersects(Rights::FLAGS) {
        return Err(Refusal::NoPermission);
    }
    let modified = later_than(&target.as_seen_by(who), uids, unchanged_since);
    let uids: UidSet = uids.iter().filter(|uid| !modified.contains(*uid)).collect();
    let mut events = Vec::new();
    for (action, flags) in shared_changes(target, rights, action, &named) {
        let stored = store(account, mailbox, &uids, action, &flags, None, limits)?;
        events.extend(stored.events);
    }
    let seen = named.contains(&Flag::Seen);
    if rights.contains(Rights::SEEN) && (seen || action == StoreAction::Replace) {
        let seen = seen && action != StoreAction::Remove;
        events.extend(set_seen_of(target, user, &uids, seen));
    }
    Ok(Stored { events, modified })
}

/// The changes of flags that all users share. Replacing is removing all others that the user may
/// change.
fn shared_changes(
    target: &Mailbox,
    rights: Rights,
    action: StoreAction,
    named: &[Flag],
) -> Vec<(StoreAction, Vec<Flag>)> {
    let shared = |flag: &&Flag| **flag != Flag::Seen;
    let named: Vec<Flag> = named.iter().filter(shared).cloned().collect();
    let mut changes = Vec::new();
    if action == StoreAction::Replace {
        let mut others = Account::known_flags(target);
        let other = |f: &Flag| *f != Flag::Seen && !named.contains(f) && rights.contains(needed(f));
        others.retain(other);
        changes.push((StoreAction::Remove, others));
        changes.push((StoreAction::Add, named));
    } else {
        changes.push((action, named));
    }
    changes.retain(|(_, flags)| !flags.is_empty());
    changes
}

/// `\Seen` for the messages that FETCH gives the text of; nothing without the right to keep it.
pub fn set_seen_as(account: &Account, who: Who, mailbox: MailboxId, uids: &UidSet) -> Vec<Event> {
    let Who::User(user) = who else {
        return super::set_seen(account, mailbox, uids);
    };
    let target = account.by_id(mailbox);
    let target = target.filter(|target| target.rights(who).contains(Rights::SEEN));
    target.map_or_else(Vec::new, |target| set_seen_of(target, user, uids, true))
}

/// Events where any of the messages that there are is not so already.
fn set_seen_of(target: &Arc<Mailbox>, user: UserId, uids: &UidSet, seen: bool) -> Vec<Event> {
    let own = target.as_seen_by(Who::User(user));
    let differs = |m: &crate::Message| m.marks.flags.contains(Flags::SEEN) != seen;
    match own.select(uids).any(|message| differs(&message)) {
        true => seen_events(target.id(), user, &narrowed(target, uids), seen),
        false => Vec::new(),
    }
}

/// Each range from its first message to its last; those without any are left out. UIDs that are
/// nobody's would be remembered too, and there are far more of them than messages.
fn narrowed(target: &Mailbox, uids: &UidSet) -> UidSet {
    let within = |&(first, last): &(u32, u32)| {
        let end = target.rank(last.saturating_add(1));
        let first = target.at(target.rank(first))?.stored.uid;
        let last = target.at(end.checked_sub(1)?)?.stored.uid;
        (first <= last).then_some((first, last))
    };
    UidSet::from_ranges(uids.ranges().iter().filter_map(within))
}

fn seen_events(mailbox: MailboxId, user: UserId, uids: &UidSet, seen: bool) -> Vec<Event> {
    let event = |uids| Event::SeenChanged {
        mailbox,
        user,
        uids,
        seen,
    };
    split(uids).map(event).collect()
}

/// The right that changing a flag needs.
pub fn needed(flag: &Flag) -> Rights {
    match flag {
        Flag::Seen => Rights::SEEN,
        Flag::Deleted => Rights::TRASH,
        _ => Rights::WRITE,
    }
}

/// SETACL, and with no rights DELETEACL. `gone`: users that there are no more; what the list says
/// of them is forgotten.
pub fn set_acl(
    account: &Account,
    mailbox: MailboxId,
    identifier: Identifier,
    modification: Modification,
    gone: &[UserId],
    limits: &Limits,
) -> Result<Vec<Event>, Refusal> {
    let acl = account.by_id(mailbox).ok_or(Refusal::MailboxGone)?.acl();
    let event = |identifier, rights| Event::AclChanged {
        mailbox,
        identifier,
        rights,
    };
    let is_gone =
        |id: &Identifier| matches!(id.subject, Subject::User(user) if gone.contains(&user));
    let forgotten = acl.entries().filter(|(id, _)| is_gone(id));
    let mut events: Vec<Event> = forgotten.map(|(id, _)| event(id, Rights::NONE)).collect();
    let before = acl.get(identifier);
    let rights = modification.of(before);
    let left = acl.len().saturating_sub(events.len());
    if before.is_empty() && !rights.is_empty() && left >= limits.acl_entries {
        return Err(Refusal::TooManyIdentifiers);
    }
    if rights != before {
        events.push(event(identifier, rights));
    }
    Ok(events)
}
