//! Access keys of mailboxes: plan, fold, format and snapshot.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    dead_code
)]

mod common;

use common::{Log, apply, name, new_account};
use postern_account::access_key::AccessKey;
use postern_account::plan::{self, Refusal};
use postern_account::{Account, Event, MailboxId};
use postern_imap::mailbox::MailboxName;
use std::collections::HashMap;

fn key(octet: u8) -> AccessKey {
    AccessKey::new([octet; AccessKey::LEN])
}

fn of(account: &Account, mailbox: &str) -> Option<AccessKey> {
    let mailbox = account.mailbox(mailbox)?;
    account.access_keys().get(mailbox.id()).copied()
}

fn does(subject: &mut (Account, Log), events: &[Event]) {
    apply(&mut subject.0, &mut subject.1, events, 9);
}

#[test]
fn a_key_is_made_once_and_reset_and_removed() {
    let mut subject = new_account();
    let inbox = MailboxName::inbox();
    let (events, made) = plan::access_key(&subject.0, &inbox, key(1)).unwrap();
    assert_eq!((events.len(), made), (1, key(1)));
    does(&mut subject, &events);
    let again = plan::access_key(&subject.0, &inbox, key(2)).unwrap();
    assert_eq!(again, (vec![], key(1)));
    let events = plan::reset_access_key(&subject.0, &inbox, key(3)).unwrap();
    does(&mut subject, &events);
    assert_eq!(of(&subject.0, "INBOX"), Some(key(3)));
    let events = plan::remove_access_keys(&subject.0);
    does(&mut subject, &events);
    assert_eq!(of(&subject.0, "INBOX"), None);
    assert_eq!(plan::remove_access_keys(&subject.0), vec![]);
    let nowhere = MailboxName::new("nowhere").unwrap();
    let refused = plan::access_key(&subject.0, &nowhere, key(1)).map(|_| ());
    assert_eq!(refused, Err(Refusal::NoSuchMailbox));
    let refused = plan::reset_access_key(&subject.0, &nowhere, key(1));
    assert_eq!(refused, Err(Refusal::NoSuchMailbox));
}

#[test]
fn a_key_goes_with_its_mailbox_and_not_with_its_name() {
    let mut subject = new_account();
    let create = |account: &Account| plan::create(account, &name(0), 5, &common::LIMITS).unwrap();
    let events = create(&subject.0);
    does(&mut subject, &events);
    let events = plan::reset_access_key(&subject.0, &name(0), key(1)).unwrap();
    does(&mut subject, &events);
    let renamed = MailboxName::new("new").unwrap();
    let events = plan::rename(&subject.0, &name(0), &renamed, 6, &common::LIMITS).unwrap();
    does(&mut subject, &events);
    assert_eq!(of(&subject.0, "new"), Some(key(1)));
    let events = create(&subject.0);
    does(&mut subject, &events);
    assert_eq!(of(&subject.0, "a"), None);
    let mailbox = subject.0.mailbox("new").unwrap().id();
    does(&mut subject, &[Event::MailboxDeleted { mailbox }]);
    assert!(subject.0.access_keys().is_empty());
    // One for a mailbox that is gone is passed over.
    let key = key(1);
    does(&mut subject, &[Event::AccessKeySet { mailbox, key }]);
    assert!(subject.0.access_keys().is_empty());
}

#[test]
fn keys_are_in_the_log_and_in_the_snapshot_and_nowhere_to_be_seen() {
    let mut subject = new_account();
    let event = Event::AccessKeySet {
        mailbox: subject.0.mailbox("INBOX").unwrap().id(),
        key: key(0xab),
    };
    for event in [event.clone(), Event::AccessKeysRemoved] {
        assert_eq!(Event::decode(&event.encode()), Some(event));
    }
    does(&mut subject, std::slice::from_ref(&event));
    let snapshot = subject.0.snapshot();
    let chunks: HashMap<_, _> = snapshot.chunks.into_iter().collect();
    let read = Account::from_snapshot(&snapshot.root, &chunks).unwrap();
    assert_eq!(read, subject.0);
    assert_eq!(of(&read, "INBOX"), Some(key(0xab)));
    for shown in [format!("{event:?}"), format!("{:?}", subject.0)] {
        assert!(
            !shown.contains("171") && shown.contains("[secret]"),
            "{shown}"
        );
    }
}

/// The format is kept for good.
#[test]
fn the_octets_of_the_events() {
    let mailbox = MailboxId(300);
    let set = Event::AccessKeySet {
        mailbox,
        key: key(7),
    };
    let expected = [[1, 40, 0xac, 2].as_slice(), &[7; 32]].concat();
    assert_eq!(set.encode(), expected);
    assert_eq!(Event::AccessKeysRemoved.encode(), [1, 41]);
    assert_eq!(Event::decode(&expected[..35]), None);
}
