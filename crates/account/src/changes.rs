//! What happened to an account between two versions: what NOTIFY tells (RFC 5465 section 5).

use crate::event::Event;
use crate::mailbox::Mailbox;
use crate::metadata;
use crate::state::Account;
use std::sync::Arc;

/// What others did between two versions.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Changes {
    /// Mailboxes whose messages changed.
    pub messages: Vec<MessagesChanged>,
    /// Names of mailboxes, in order.
    pub names: Vec<NameChanged>,
    /// Names that were subscribed to or are not any more, in order.
    pub subscriptions: Vec<String>,
    /// Annotations.
    pub metadata: Vec<metadata::Changes>,
}

/// How the messages of a mailbox changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MessagesChanged {
    /// The mailbox as it is now.
    pub mailbox: Arc<Mailbox>,
    /// Messages came.
    pub new: bool,
    /// Messages went.
    pub expunged: bool,
    /// Flags changed, or UIDVALIDITY did: it is another mailbox of the same name.
    pub flags: bool,
}

/// What became of a mailbox's name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum NameChanged {
    /// There is a new mailbox, or the mailbox is gone, or one directly below it is.
    Affected(String),
    /// A mailbox was renamed, and those below it with it.
    Renamed {
        /// The new name.
        name: String,
        /// The name before.
        old: String,
    },
}

/// One event that the observer made itself, and its number.
pub type Own<'a> = (u64, &'a Event);

/// What happened between `old` and `new`, but for the observer's own events, which are in order.
pub fn between(old: &Account, new: &Account, own: &[Own<'_>]) -> Changes {
    if old.seq() == new.seq() {
        return Changes::default();
    }
    let mut before = old.clone();
    for (seq, event) in own.iter().filter(|(seq, _)| *seq > old.seq()) {
        before.apply(*seq, old.at(), event);
    }
    let is_own = |modseq: u64| own.binary_search_by_key(&modseq, |own| own.0).is_ok();
    let messages = new.mailboxes();
    Changes {
        messages: messages
            .filter_map(|mailbox| messages_changed(old, mailbox, &is_own))
            .collect(),
        names: names_changed(&before, new),
        subscriptions: subscriptions_changed(&before, new),
        metadata: new.metadata().differences(before.metadata()),
    }
}

fn messages_changed(
    old: &Account,
    mailbox: &Arc<Mailbox>,
    is_own: &dyn Fn(u64) -> bool,
) -> Option<MessagesChanged> {
    let changed = match old.by_id(mailbox.id()) {
        Some(before) if Arc::ptr_eq(before, mailbox) => return None,
        Some(before) => changed_since(before, mailbox, is_own),
        None => MessagesChanged {
            new: mailbox.messages().any(|m| !is_own(m.marks.modseq)),
            expunged: false,
            flags: !is_own(mailbox.id().0) && old.mailbox(mailbox.name()).is_some(),
            mailbox: Arc::clone(mailbox),
        },
    };
    (changed.new || changed.expunged || changed.flags).then_some(changed)
}

fn changed_since(
    before: &Mailbox,
    now: &Arc<Mailbox>,
    is_own: &dyn Fn(u64) -> bool,
) -> MessagesChanged {
    let since = before.highest_modseq();
    let (mut new, mut flags) = (false, false);
    for message in now.changed_since(since) {
        if is_own(message.marks.modseq) {
            continue;
        }
        match message.stored.uid >= before.uid_next() {
            true => new = true,
            false => flags = true,
        }
    }
    MessagesChanged {
        mailbox: Arc::clone(now),
        new,
        expunged: now.expunges_since(since).any(|modseq| !is_own(modseq)),
        flags,
    }
}

fn names_changed(old: &Account, new: &Account) -> Vec<NameChanged> {
    let mut names = Vec::new();
    for mailbox in new.mailboxes() {
        match old.by_id(mailbox.id()) {
            None => affect(mailbox.name(), &mut names),
            Some(before) if before.name() != mailbox.name() => {
                if !renamed_with_parent(old, new, before.name(), mailbox.name()) {
                    names.push(NameChanged::Renamed {
                        name: mailbox.name().to_owned(),
                        old: before.name().to_owned(),
                    });
                }
            }
            Some(_) => {}
        }
    }
    let gone = old.mailboxes().filter(|m| new.by_id(m.id()).is_none());
    gone.for_each(|mailbox| affect(mailbox.name(), &mut names));
    names.sort_unstable();
    names.dedup();
    names
}

/// The mailbox itself and its direct parent are affected (section 5.4).
fn affect(name: &str, names: &mut Vec<NameChanged>) {
    if let Some((parent, _)) = name.rsplit_once('/') {
        names.push(NameChanged::Affected(parent.to_owned()));
    }
    names.push(NameChanged::Affected(name.to_owned()));
}

/// Whether the new name follows from the parent's: only the uppermost is told.
fn renamed_with_parent(old: &Account, new: &Account, before: &str, now: &str) -> bool {
    let (Some((old_parent, old_last)), Some((new_parent, new_last))) =
        (before.rsplit_once('/'), now.rsplit_once('/'))
    else {
        return false;
    };
    let parent = old.mailbox(old_parent).and_then(|m| new.by_id(m.id()));
    old_last == new_last
        && old_parent != new_parent
        && parent.is_some_and(|parent| parent.name() == new_parent)
}

fn subscriptions_changed(old: &Account, new: &Account) -> Vec<String> {
    let added = new.subscriptions().filter(|name| !old.is_subscribed(name));
    let removed = old.subscriptions().filter(|name| !new.is_subscribed(name));
    let mut changed: Vec<String> = added.chain(removed).map(str::to_owned).collect();
    changed.sort_unstable();
    changed
}
