//! What happened between two versions of an account, for NOTIFY (RFC 5465 section 5).

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    dead_code
)]

mod common;

use common::{LIMITS, new_account};
use postern_account::changes::{Changes, NameChanged, between};
use postern_account::{Account, Body, Event, INBOX, MailboxId, NewMessage, plan};
use postern_imap::command::StoreAction;
use postern_imap::date::InternalDate;
use postern_imap::flag::Flag;
use postern_imap::mailbox::MailboxName;
use postern_imap::sequence::UidSet;

/// An account and what happened to it since `before`.
struct Subject {
    before: Account,
    now: Account,
    log: Vec<(u64, Event)>,
}

impl Subject {
    fn new() -> Self {
        let (account, _) = new_account();
        Self {
            before: account.clone(),
            now: account,
            log: Vec::new(),
        }
    }

    /// Applies the events; gives the numbers of the first.
    fn does(&mut self, events: Vec<Event>) -> u64 {
        let first = self.now.seq() + 1;
        for event in events {
            let seq = self.now.seq() + 1;
            self.now.apply(seq, 10, &event);
            self.log.push((seq, event));
        }
        first
    }

    fn forget(&mut self) {
        self.before = self.now.clone();
        self.log.clear();
    }

    fn create(&mut self, name: &str) -> u64 {
        let name = MailboxName::new(name).unwrap();
        self.does(plan::create(&self.now, &name, 5, &LIMITS).unwrap())
    }

    fn rename(&mut self, from: &str, to: &str) {
        let (from, to) = (
            MailboxName::new(from).unwrap(),
            MailboxName::new(to).unwrap(),
        );
        self.does(plan::rename(&self.now, &from, &to, 5, &LIMITS).unwrap());
    }

    fn id(&self, name: &str) -> MailboxId {
        self.now.mailbox(name).unwrap().id()
    }

    fn append(&mut self, name: &str) -> u64 {
        let mailbox = self.id(name);
        self.does(vec![Event::MessagesAdded {
            mailbox,
            messages: vec![message()],
        }])
    }

    fn flag(&mut self, name: &str, uid: u32) -> u64 {
        let mailbox = self.id(name);
        self.does(vec![Event::FlagsChanged {
            mailbox,
            uids: UidSet::range(uid, uid),
            action: StoreAction::Add,
            flags: vec![Flag::Seen],
        }])
    }

    fn expunge(&mut self, name: &str, uid: u32) -> u64 {
        let mailbox = self.id(name);
        self.does(vec![Event::Expunged {
            mailbox,
            uids: UidSet::range(uid, uid),
        }])
    }

    /// The changes, but for the observer's own, by number.
    fn changes(&self, own: &[u64]) -> Changes {
        let own = self.log.iter().filter(|(seq, _)| own.contains(seq));
        let own: Vec<_> = own.map(|(seq, event)| (*seq, event)).collect();
        between(&self.before, &self.now, &own)
    }

    /// Each changed mailbox with (new, expunged, flags).
    fn messages(&self, own: &[u64]) -> Vec<(String, (bool, bool, bool))> {
        let changes = self.changes(own);
        let told = changes.messages.iter();
        told.map(|m| (m.mailbox.name().to_owned(), (m.new, m.expunged, m.flags)))
            .collect()
    }
}

fn message() -> NewMessage {
    NewMessage {
        body: Body {
            segment: 1,
            offset: 0,
            derived_len: 0,
            len: 1,
            digest: [0; 16],
        },
        date: InternalDate::from_unix(0),
        flags: Vec::new(),
    }
}

fn one(name: &str, of: (bool, bool, bool)) -> Vec<(String, (bool, bool, bool))> {
    vec![(name.to_owned(), of)]
}

#[test]
fn messages_that_come_go_and_change() {
    let mut subject = Subject::new();
    assert_eq!(subject.changes(&[]), Changes::default());
    subject.append(INBOX);
    assert_eq!(subject.messages(&[]), one(INBOX, (true, false, false)));
    // New with a flag set since is new.
    subject.flag(INBOX, 1);
    assert_eq!(subject.messages(&[]), one(INBOX, (true, false, false)));
    subject.append(INBOX);
    subject.forget();
    subject.flag(INBOX, 2);
    subject.append("Sent");
    let both = [
        one(INBOX, (false, false, true)),
        one("Sent", (true, false, false)),
    ];
    assert_eq!(subject.messages(&[]), both.concat());
    subject.forget();
    subject.append(INBOX);
    subject.expunge(INBOX, 1);
    assert_eq!(subject.messages(&[]), one(INBOX, (true, true, false)));
}

#[test]
fn ones_own_changes_are_none_but_do_not_hide_those_of_others() {
    let mut subject = Subject::new();
    subject.append(INBOX);
    subject.append(INBOX);
    subject.append(INBOX);
    subject.forget();
    let own = [
        subject.append(INBOX),
        subject.flag(INBOX, 1),
        subject.expunge(INBOX, 2),
    ];
    assert_eq!(subject.messages(&own), vec![]);
    subject.forget();
    // What another did before is older than the session's own last change.
    subject.expunge(INBOX, 3);
    let own = [subject.append(INBOX)];
    assert_eq!(subject.messages(&own), one(INBOX, (false, true, false)));
    subject.forget();
    let own = [subject.create("mine"), subject.append("mine")];
    assert_eq!(subject.changes(&own), Changes::default());
    subject.append("mine");
    assert_eq!(subject.messages(&own), one("mine", (true, false, false)));
}

#[test]
fn a_mailbox_made_again_is_another() {
    let mut subject = Subject::new();
    let sent = subject.id("Sent");
    subject.does(vec![Event::MailboxDeleted { mailbox: sent }]);
    subject.create("Sent");
    assert_eq!(subject.messages(&[]), one("Sent", (false, false, true)));
    assert_eq!(
        subject.changes(&[]).names,
        [NameChanged::Affected("Sent".to_owned())]
    );
}

#[test]
fn names() {
    let affected = |name: &str| NameChanged::Affected(name.to_owned());
    let renamed = |name: &str, old: &str| NameChanged::Renamed {
        name: name.to_owned(),
        old: old.to_owned(),
    };
    let mut subject = Subject::new();
    subject.create("a/b/c");
    assert_eq!(
        subject.changes(&[]).names,
        [affected("a"), affected("a/b"), affected("a/b/c")]
    );
    subject.forget();
    subject.rename("a", "z");
    assert_eq!(subject.changes(&[]).names, [renamed("z", "a")]);
    subject.forget();
    subject.rename("z/b", "y/b");
    let told = subject.changes(&[]).names;
    assert_eq!(told, [affected("y"), renamed("y/b", "z/b")]);
    subject.forget();
    let gone = subject.id("y/b/c");
    subject.does(vec![Event::MailboxDeleted { mailbox: gone }]);
    assert_eq!(
        subject.changes(&[]).names,
        [affected("y/b"), affected("y/b/c")]
    );
    // INBOX itself is not told (section 5.4).
    subject.forget();
    subject.append(INBOX);
    subject.rename(INBOX, "old");
    assert_eq!(subject.changes(&[]).names, [affected("old")]);
}

#[test]
fn subscriptions() {
    let mut subject = Subject::new();
    let set = |name: &str, subscribed| Event::Subscribed {
        name: name.to_owned(),
        subscribed,
    };
    let first = subject.does(vec![set("none", true), set("Sent", false)]);
    assert_eq!(subject.changes(&[]).subscriptions, ["Sent", "none"]);
    assert_eq!(subject.changes(&[first]).subscriptions, ["Sent"]);
}
