//! What an event did, told with the state that it met: names for numbers, and only the messages
//! that there were.

use crate::acl::{Identifier, Rights, UserId};
use crate::event::{Body, Event, MailboxId};
use crate::mailbox::Mailbox;
use crate::state::{Account, INBOX};
use postern_imap::command::StoreAction;
use postern_imap::flag::Flag;
use postern_imap::sequence::UidSet;
use std::sync::Arc;

/// A message by its UID, and its octets, by which its copies are known.
pub type Known = (u32, Body);

/// What happened to one mailbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Which, unless it is about the account.
    pub mailbox: Option<MailboxId>,
    /// Its name, before a RENAME of it.
    pub name: String,
    /// What.
    pub what: What,
    /// The messages that it concerns.
    pub messages: Vec<Known>,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    /// The mailbox was made.
    Created,
    /// It was deleted, with its messages.
    Deleted,
    /// It got this name.
    Renamed(String),
    /// It was subscribed to, or no more.
    Subscribed(bool),
    /// Messages came in, by delivery or APPEND.
    Added,
    /// Messages came in as copies from the mailbox of this name.
    CopiedFrom(String),
    /// Messages were copied to the mailbox of this name.
    CopiedTo(String),
    /// Flags changed.
    Flags(StoreAction, Vec<Flag>),
    /// Messages went.
    Expunged,
    /// An annotation of this name was set, or removed.
    Annotated(String, bool),
    /// An identifier has these rights from now on.
    Rights(Identifier, Rights),
    /// A user other than the owner has seen messages, or not.
    SeenBy(UserId, bool),
    /// URLs of the mailbox are authorized with a new key.
    AccessKeySet,
    /// No URL is authorized any more.
    AccessKeysRemoved,
    /// What happened is lost.
    Lost,
}

/// What entry `seq` does to the state before it. Nothing for an event that passes over all.
pub fn changes(before: &Account, seq: u64, event: &Event) -> Vec<Change> {
    let of = |id: MailboxId, what, messages| {
        let mailbox = before.by_id(id);
        mailbox.map(|mailbox| change(mailbox, what, messages))
    };
    match event {
        Event::MailboxCreated { name, .. } => vec![Change {
            mailbox: Some(MailboxId(seq)),
            name: name.clone(),
            what: What::Created,
            messages: Vec::new(),
        }],
        Event::MailboxDeleted { mailbox } => {
            let all = before.by_id(*mailbox).map(everything);
            of(*mailbox, What::Deleted, all.unwrap_or_default())
                .into_iter()
                .collect()
        }
        Event::MailboxesRenamed { renames } => renames
            .iter()
            .filter_map(|(id, name)| of(*id, What::Renamed(name.clone()), Vec::new()))
            .collect(),
        Event::Subscribed { name, subscribed } => vec![Change {
            mailbox: before.mailbox(name).map(|it| it.id()),
            name: name.clone(),
            what: What::Subscribed(*subscribed),
            messages: Vec::new(),
        }],
        Event::MessagesAdded { mailbox, messages } => {
            let target = target(before, *mailbox);
            let bodies = messages.iter().map(|message| message.body);
            let added = |target: &Arc<Mailbox>| {
                let known = (target.uid_next()..).zip(bodies).collect();
                change(target, What::Added, known)
            };
            target.map(added).into_iter().collect()
        }
        Event::FlagsChanged {
            mailbox,
            uids,
            action,
            flags,
        } => {
            let what = What::Flags(*action, flags.clone());
            some(before, *mailbox, uids, what)
        }
        Event::Copied { from, uids, to } => copied(before, *from, uids, *to),
        Event::Expunged { mailbox, uids } => some(before, *mailbox, uids, What::Expunged),
        Event::MetadataSet {
            mailbox,
            entry,
            value,
        } => {
            let owner = mailbox.and_then(|id| before.by_id(id));
            vec![Change {
                mailbox: *mailbox,
                name: owner.map_or(String::new(), |it| it.name().to_owned()),
                what: What::Annotated(entry.clone(), value.is_some()),
                messages: Vec::new(),
            }]
        }
        Event::AclChanged {
            mailbox,
            identifier,
            rights,
        } => {
            let what = What::Rights(*identifier, *rights);
            of(*mailbox, what, Vec::new()).into_iter().collect()
        }
        Event::SeenChanged {
            mailbox,
            user,
            uids,
            seen,
        } => some(before, *mailbox, uids, What::SeenBy(*user, *seen)),
        Event::AccessKeySet { mailbox, .. } => of(*mailbox, What::AccessKeySet, Vec::new())
            .into_iter()
            .collect(),
        Event::AccessKeysRemoved => vec![Change {
            mailbox: None,
            name: String::new(),
            what: What::AccessKeysRemoved,
            messages: Vec::new(),
        }],
        Event::Lost => vec![Change {
            mailbox: None,
            name: String::new(),
            what: What::Lost,
            messages: Vec::new(),
        }],
    }
}

fn change(mailbox: &Arc<Mailbox>, what: What, messages: Vec<Known>) -> Change {
    Change {
        mailbox: Some(mailbox.id()),
        name: mailbox.name().to_owned(),
        what,
        messages,
    }
}

/// Messages for a mailbox that is gone go to INBOX, as the fold has it.
fn target(before: &Account, id: MailboxId) -> Option<&Arc<Mailbox>> {
    before.by_id(id).or_else(|| before.mailbox(INBOX))
}

fn everything(mailbox: &Arc<Mailbox>) -> Vec<Known> {
    let known = mailbox.messages().map(|m| (m.stored.uid, m.stored.body));
    known.collect()
}

fn present(mailbox: &Mailbox, uids: &UidSet) -> Vec<Known> {
    let known = mailbox.select(uids);
    known.map(|m| (m.stored.uid, m.stored.body)).collect()
}

fn some(before: &Account, id: MailboxId, uids: &UidSet, what: What) -> Vec<Change> {
    let Some(mailbox) = before.by_id(id) else {
        return Vec::new();
    };
    let messages = present(mailbox, uids);
    match messages.is_empty() {
        true => Vec::new(),
        false => vec![change(mailbox, what, messages)],
    }
}

fn copied(before: &Account, from: MailboxId, uids: &UidSet, to: MailboxId) -> Vec<Change> {
    let (Some(source), Some(target)) = (before.by_id(from), target(before, to)) else {
        return Vec::new();
    };
    let originals = present(source, uids);
    let bodies = originals.iter().map(|(_, body)| *body);
    let copies = (target.uid_next()..).zip(bodies).collect();
    vec![
        change(source, What::CopiedTo(target.name().to_owned()), originals),
        change(target, What::CopiedFrom(source.name().to_owned()), copies),
    ]
}
