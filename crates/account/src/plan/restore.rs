//! What an operator restores: mailboxes as they were, from the log itself. Nothing is removed.

use super::{Limits, Refusal, append, create, create_for, subscribe};
use crate::event::{Body, Event, MailboxId, NewMessage};
use crate::flags::Flags;
use crate::mailbox::Mailbox;
use crate::state::{Account, INBOX};
use postern_imap::mailbox::MailboxName;
use std::collections::{HashMap, HashSet};

/// Where a mailbox that was goes.
#[derive(Debug, Clone, Copy)]
pub enum Destination<'a> {
    /// Into a mailbox of this name that is made for it.
    New(&'a MailboxName),
    /// Into a mailbox that is made for it, its name followed by this.
    Stamped(&'a str),
    /// Into the one that it is now, or one of its name: what is missing there is added.
    Place,
}

/// What to restore.
#[derive(Debug)]
pub struct Wanted<'a> {
    /// The account as it was.
    pub past: &'a Account,
    /// Only this mailbox; `None`: all that lack something now.
    pub mailbox: Option<&'a str>,
    /// Where to.
    pub into: Destination<'a>,
    /// Bodies that are there no more.
    pub gone: &'a HashSet<Body>,
    /// Where bodies are now that were kept again, elsewhere.
    pub kept: &'a HashMap<Body, Body>,
}

/// What became of one mailbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Restored {
    /// Its name then.
    pub name: String,
    /// Where its messages are now.
    pub into: String,
    /// Messages that were added.
    pub added: usize,
    /// Messages that it had and whose octets are there no more.
    pub gone: usize,
}

/// Plans a restore: all of it or nothing.
pub fn restore(
    account: &Account,
    wanted: &Wanted<'_>,
    now: i64,
    limits: &Limits,
) -> Result<(Vec<Event>, Vec<Restored>), Refusal> {
    let mut plan = Plan {
        after: account.clone(),
        events: Vec::new(),
        now,
        limits,
    };
    let mut done = Vec::new();
    let chosen = wanted.past.mailboxes().filter(|mailbox| {
        let named = wanted.mailbox.map(|name| name == mailbox.name());
        named.unwrap_or_else(|| lacks_something(account, mailbox, wanted))
    });
    for mailbox in chosen {
        done.push(plan.mailbox(wanted, mailbox)?);
    }
    if done.is_empty() && wanted.mailbox.is_some() {
        return Err(Refusal::NoSuchMailbox);
    }
    Ok((plan.events, done))
}

/// The bodies that a restore would add to the account as it is now.
pub fn wanted_bodies(account: &Account, wanted: &Wanted<'_>) -> HashSet<Body> {
    let chosen = wanted.past.mailboxes().filter(|mailbox| {
        let named = wanted.mailbox.map(|name| name == mailbox.name());
        named.unwrap_or_else(|| lacks_something(account, mailbox, wanted))
    });
    let bodies = chosen.flat_map(|past| {
        let present = match wanted.into {
            Destination::Place => account
                .by_id(past.id())
                .or_else(|| account.mailbox(past.name())),
            Destination::New(_) | Destination::Stamped(_) => None,
        };
        let (messages, _) = missing(past, present, wanted);
        messages.into_iter().map(|message| message.body)
    });
    bodies.collect()
}

struct Plan<'a> {
    after: Account,
    events: Vec<Event>,
    now: i64,
    limits: &'a Limits,
}

impl Plan<'_> {
    fn mailbox(&mut self, wanted: &Wanted<'_>, past: &Mailbox) -> Result<Restored, Refusal> {
        let target = match wanted.into {
            Destination::New(name) => self.create(name, past, None)?,
            Destination::Stamped(stamp) => {
                let name = MailboxName::new(&format!("{}{stamp}", past.name()));
                let name = name.map_err(|_| Refusal::NameTooLong)?;
                self.create(&name, past, None)?
            }
            Destination::Place => self.place(wanted.past, past)?,
        };
        let (messages, gone) = missing(past, self.after.by_id(target), wanted);
        let added = messages.len();
        let appended = append(&self.after, target, messages, self.limits)?;
        self.apply(appended.events);
        let into = self.after.by_id(target).ok_or(Refusal::MailboxGone)?;
        Ok(Restored {
            name: past.name().to_owned(),
            into: into.name().to_owned(),
            added,
            gone,
        })
    }

    /// The mailbox itself, whatever it is called now, or one of its name.
    fn place(&mut self, account: &Account, past: &Mailbox) -> Result<MailboxId, Refusal> {
        if self.after.by_id(past.id()).is_some() {
            return Ok(past.id());
        }
        if let Some(present) = self.after.mailbox(past.name()) {
            return Ok(present.id());
        }
        let name = MailboxName::new(past.name()).map_err(|_| Refusal::NameTooLong)?;
        self.create(&name, past, Some(account))
    }

    /// Makes a mailbox; in place of one that was, with its use and subscription.
    fn create(
        &mut self,
        name: &MailboxName,
        past: &Mailbox,
        stands_for: Option<&Account>,
    ) -> Result<MailboxId, Refusal> {
        let free = |use_: &_| self.after.special(*use_).is_none();
        let special = past.special_use().filter(free);
        let events = match stands_for.and(special) {
            Some(special) => create_for(&self.after, name, Some(special), self.now, self.limits)?,
            None => create(&self.after, name, self.now, self.limits)?,
        };
        self.apply(events);
        let subscribed = stands_for.is_none_or(|account| account.is_subscribed(past.name()));
        if subscribed {
            // Clients show what is subscribed to.
            let events = subscribe(&self.after, name, true, self.limits)?;
            self.apply(events);
        }
        let made = self.after.mailbox(name.as_str());
        made.map(|it| it.id()).ok_or(Refusal::MailboxGone)
    }

    fn apply(&mut self, events: Vec<Event>) {
        for event in &events {
            self.after.apply(self.after.seq() + 1, self.now, event);
        }
        self.events.extend(events);
    }
}

/// Messages of `past` that the mailbox has not now, and how many of them are gone for good. A
/// message that was there twice must be there twice.
fn missing(
    past: &Mailbox,
    present: Option<&std::sync::Arc<Mailbox>>,
    wanted: &Wanted<'_>,
) -> (Vec<NewMessage>, usize) {
    let mut there: HashMap<Content, usize> = HashMap::new();
    for message in present.iter().flat_map(|it| it.messages()) {
        *there.entry(content(&message.stored.body)).or_default() += 1;
    }
    let mut messages = Vec::new();
    let mut lost = 0;
    for message in past.messages() {
        let body = message.stored.body;
        match there.get_mut(&content(&body)) {
            Some(count) if *count > 0 => *count -= 1,
            _ if wanted.gone.contains(&body) => lost += 1,
            _ => {
                // Or the next EXPUNGE would take it again.
                let flags = message.marks.flags.difference(Flags::DELETED);
                messages.push(NewMessage {
                    body: wanted.kept.get(&body).copied().unwrap_or(body),
                    date: message.stored.date,
                    flags: past.keywords().flags(flags),
                });
            }
        }
    }
    (messages, lost)
}

/// A message's octets, wherever they lie.
type Content = ([u8; 16], u32);

fn content(body: &Body) -> Content {
    (body.digest, body.len)
}

fn lacks_something(account: &Account, past: &Mailbox, wanted: &Wanted<'_>) -> bool {
    let present = account
        .by_id(past.id())
        .or_else(|| account.mailbox(past.name()));
    let is_gone = present.is_none() && past.name() != INBOX;
    is_gone || !missing(past, present, wanted).0.is_empty()
}
