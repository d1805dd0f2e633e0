//! Annotations: plan, fold, snapshot and what GETMETADATA finds, worked out from RFC 5464.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    dead_code
)]

mod common;

use common::{LIMITS, Log, apply, name, new_account};
use postern_account::metadata::{self, Changes, Value};
use postern_account::plan::{self, Refusal};
use postern_account::{Account, Event, INBOX, MailboxId};
use postern_imap::mailbox::MailboxName;
use postern_imap::metadata::{Depth, EntryName};
use std::collections::HashMap;

fn entry(name: &str) -> EntryName {
    EntryName::new(name.as_bytes()).unwrap()
}

fn value(text: &str) -> Option<Value> {
    Some(Value::from(text.as_bytes()))
}

fn inbox() -> MailboxName {
    MailboxName::inbox()
}

struct Subject(Account, Log);

impl Subject {
    fn new() -> Self {
        let (account, log) = new_account();
        Self(account, log)
    }

    fn plan(&self, mailbox: Option<&MailboxName>, set: &[(&str, Option<Value>)]) -> Planned {
        let set: Vec<_> = set.iter().map(|(n, v)| (entry(n), v.clone())).collect();
        plan::set_metadata(&self.0, mailbox, &set, &LIMITS)
    }

    fn set(&mut self, mailbox: Option<&MailboxName>, set: &[(&str, Option<Value>)]) {
        let events = self.plan(mailbox, set).unwrap();
        apply(&mut self.0, &mut self.1, &events, 9);
    }

    fn does(&mut self, events: &[Event]) {
        apply(&mut self.0, &mut self.1, events, 9);
    }

    fn find(&self, mailbox: &str, names: &[&str], depth: Depth) -> Vec<(String, Option<Value>)> {
        let names: Vec<_> = names.iter().map(|n| entry(n)).collect();
        let mailbox = self.0.mailbox(mailbox).map(AsRef::as_ref);
        metadata::find(self.0.metadata(), mailbox, &names, depth, None).entries
    }
}

type Planned = Result<Vec<Event>, Refusal>;

fn told(entries: &[(&str, Option<&str>)]) -> Vec<(String, Option<Value>)> {
    let own = |(n, v): &(&str, Option<&str>)| ((*n).to_owned(), v.and_then(value));
    entries.iter().map(own).collect()
}

#[test]
fn values_are_set_replaced_and_removed() {
    let mut subject = Subject::new();
    subject.set(
        Some(&inbox()),
        &[("/shared/comment", value("one")), ("/private/x", value(""))],
    );
    subject.set(None, &[("/private/vendor/v/x", value("server"))]);
    let both = ["/shared/comment", "/private/x"];
    let expected = told(&[("/shared/comment", Some("one")), ("/private/x", Some(""))]);
    assert_eq!(subject.find(INBOX, &both, Depth::Zero), expected);
    assert_eq!(
        subject.find("", &["/private/vendor/v/x", "/shared/comment"], Depth::Zero),
        told(&[
            ("/private/vendor/v/x", Some("server")),
            ("/shared/comment", None)
        ])
    );
    assert_eq!(
        subject.plan(Some(&inbox()), &[("/SHARED/COMMENT", value("one"))]),
        Ok(vec![])
    );
    subject.set(Some(&inbox()), &[("/shared/comment", None)]);
    let expected = told(&[("/shared/comment", None), ("/private/x", Some(""))]);
    assert_eq!(subject.find(INBOX, &both, Depth::Zero), expected);
}

#[test]
fn depth() {
    let mut subject = Subject::new();
    let names = [
        "/private/a",
        "/private/a/b",
        "/private/a/b/c",
        "/private/ab",
    ];
    let set: Vec<_> = names.iter().map(|n| (*n, value(n))).collect();
    subject.set(Some(&inbox()), &set);
    let told = |depth, asked: &[&str]| {
        let found = subject.find(INBOX, asked, depth);
        found.into_iter().map(|(n, _)| n).collect::<Vec<_>>()
    };
    assert_eq!(told(Depth::Zero, &["/private/a"]), names[..1]);
    assert_eq!(told(Depth::One, &["/private/a"]), names[..2]);
    assert_eq!(told(Depth::Infinity, &["/private/a"]), names[..3]);
    assert_eq!(told(Depth::Infinity, &["/private"]), names);
    // Each once.
    assert_eq!(
        told(Depth::One, &["/private/a", "/private/a/b"]),
        names[..3]
    );
}

#[test]
fn special_use_is_told_and_cannot_be_set() {
    let subject = Subject::new();
    assert_eq!(
        subject.find("Drafts", &["/private/specialuse"], Depth::Zero),
        told(&[("/private/specialuse", Some("\\Drafts"))])
    );
    assert_eq!(
        subject.find(INBOX, &["/private/specialuse"], Depth::Zero),
        told(&[("/private/specialuse", None)])
    );
    let planned = subject.plan(Some(&inbox()), &[("/private/specialuse", value("\\Sent"))]);
    assert_eq!(planned, Err(Refusal::ReadOnlyEntry));
}

#[test]
fn max_size_leaves_out_what_is_longer() {
    let mut subject = Subject::new();
    subject.set(
        Some(&inbox()),
        &[
            ("/shared/comment", value("12345")),
            ("/private/comment", value("1234")),
        ],
    );
    let names = [entry("/shared/comment"), entry("/private/comment")];
    let mailbox = subject.0.mailbox(INBOX).map(AsRef::as_ref);
    let find = |max| {
        metadata::find(
            subject.0.metadata(),
            mailbox,
            &names,
            Depth::Zero,
            Some(max),
        )
    };
    let found = find(4);
    assert_eq!(found.entries, told(&[("/private/comment", Some("1234"))]));
    assert_eq!(found.longest, Some(5));
    assert_eq!(find(5).longest, None);
    assert_eq!(find(3).longest, Some(5));
}

#[test]
fn limits() {
    let mut subject = Subject::new();
    let large = value(&"x".repeat(1025));
    // One that fails leaves the others undone.
    let planned = subject.plan(
        Some(&inbox()),
        &[("/private/a", value("1")), ("/private/b", large)],
    );
    assert_eq!(planned, Err(Refusal::ValueTooLarge { limit: 1024 }));
    let names: Vec<String> = (0..11).map(|i| format!("/private/{i}")).collect();
    let set: Vec<_> = names.iter().map(|n| (n.as_str(), value("1"))).collect();
    assert_eq!(
        subject.plan(Some(&inbox()), &set),
        Err(Refusal::TooManyEntries)
    );
    subject.set(Some(&inbox()), &set[..10]);
    assert_eq!(
        subject.plan(Some(&inbox()), &set[10..]),
        Err(Refusal::TooManyEntries)
    );
    subject.set(Some(&inbox()), &[("/private/0", value("2"))]);
    subject.set(Some(&name(4)), &set[..1]);
    let full = value(&"x".repeat(1024));
    let four: Vec<_> = names[..4]
        .iter()
        .map(|n| (n.as_str(), full.clone()))
        .collect();
    assert_eq!(
        subject.plan(Some(&name(4)), &four),
        Err(Refusal::TooMuchMetadata)
    );
    assert_eq!(
        subject.plan(Some(&MailboxName::new("none").unwrap()), &set[..1]),
        Err(Refusal::NoSuchMailbox)
    );
    let shared = subject.plan(None, &[("/shared/comment", value("x"))]);
    assert_eq!(shared, Err(Refusal::ReadOnlyEntry));
}

#[test]
fn annotations_go_with_the_mailbox_and_stay_over_rename() {
    let mut subject = Subject::new();
    let (a, d) = (name(0), name(6));
    let events = plan::create(&subject.0, &a, 5, &LIMITS).unwrap();
    subject.does(&events);
    subject.set(Some(&a), &[("/shared/comment", value("x"))]);
    let events = plan::rename(&subject.0, &a, &d, 6, &LIMITS).unwrap();
    subject.does(&events);
    let comment = ["/shared/comment"];
    assert_eq!(
        subject.find("d", &comment, Depth::Zero),
        told(&[(comment[0], Some("x"))])
    );
    let events = plan::delete(&subject.0, &d).unwrap();
    subject.does(&events);
    assert_eq!(subject.0.metadata().octets(), 0);
    let events = plan::create(&subject.0, &d, 7, &LIMITS).unwrap();
    subject.does(&events);
    assert_eq!(
        subject.find("d", &comment, Depth::Zero),
        told(&[(comment[0], None)])
    );
    // INBOX stays, and so do its annotations.
    subject.set(Some(&inbox()), &[("/shared/comment", value("mine"))]);
    let events = plan::rename(
        &subject.0,
        &inbox(),
        &MailboxName::new("old/mail").unwrap(),
        8,
        &LIMITS,
    )
    .unwrap();
    subject.does(&events);
    for mailbox in [INBOX, "old/mail"] {
        assert_eq!(
            subject.find(mailbox, &comment, Depth::Zero),
            told(&[(comment[0], Some("mine"))])
        );
    }
    assert_eq!(
        subject.find("old", &comment, Depth::Zero),
        told(&[(comment[0], None)])
    );
}

#[test]
fn differences_name_what_was_set_and_what_was_removed() {
    let mut subject = Subject::new();
    subject.set(
        Some(&inbox()),
        &[("/private/a", value("1")), ("/private/b", value("1"))],
    );
    let before = subject.0.metadata().clone();
    assert_eq!(subject.0.metadata().differences(&before), vec![]);
    subject.set(
        Some(&inbox()),
        &[("/private/a", None), ("/private/b", value("2"))],
    );
    subject.set(None, &[("/private/c", value("3"))]);
    let id = subject.0.mailbox(INBOX).unwrap().id();
    let expected = vec![
        Changes {
            owner: None,
            entries: vec!["/private/c".to_owned()],
        },
        Changes {
            owner: Some(id),
            entries: vec!["/private/a".to_owned(), "/private/b".to_owned()],
        },
    ];
    assert_eq!(subject.0.metadata().differences(&before), expected);
}

#[test]
fn the_event_octet_by_octet() {
    let table: [(Event, &[u8]); 3] = [
        (
            Event::MetadataSet {
                mailbox: None,
                entry: "/private/a".to_owned(),
                value: value("hi"),
            },
            b"\x01\x14\x00\x0a/private/a\x01\x02hi",
        ),
        (
            Event::MetadataSet {
                mailbox: Some(MailboxId(300)),
                entry: "/shared/b".to_owned(),
                value: None,
            },
            b"\x01\x14\xac\x02\x09/shared/b\x00\x00",
        ),
        (
            Event::MetadataSet {
                mailbox: None,
                entry: "/private/a".to_owned(),
                value: value(""),
            },
            b"\x01\x14\x00\x0a/private/a\x01\x00",
        ),
    ];
    for (event, octets) in table {
        assert_eq!(event.encode(), octets);
        assert_eq!(Event::decode(octets), Some(event));
    }
}

/// INBOX is mailbox 1 of UIDVALIDITY 7 and subscribed to; sequence 3, 1000 ms after 1970.
const MAILBOXES: &[u8] =
    b"\x03\xd0\x0f\x07\x01\x05INBOX\x01\x01\x05INBOX\x07\x00\x01\x01\x00\x00\x00";

#[test]
fn a_root_of_version_1_is_read() {
    let root = [b"\x01", MAILBOXES].concat();
    let account = Account::from_snapshot(&root, &HashMap::new()).unwrap();
    assert_eq!((account.seq(), account.at()), (3, 1000));
    assert_eq!(account.mailbox(INBOX).unwrap().uid_validity(), 7);
    assert!(account.is_subscribed(INBOX));
    assert_eq!(account.metadata().octets(), 0);
    // It is written in version 4: no owners of annotations, no shared mailboxes, no access keys.
    assert_eq!(
        account.snapshot().root,
        [b"\x04", MAILBOXES, b"\x00\x00\x00"].concat()
    );
}

#[test]
fn a_root_of_version_2_names_a_chunk_of_annotations() {
    let chunk = b"\x01\x02\x0a/private/a\x02hi\x09/shared/b\x00".to_vec();
    let id = [7; 16];
    let root = [b"\x02", MAILBOXES, b"\x01\x01", &id].concat();
    assert_eq!(postern_account::snapshot::chunk_ids(&root), Some(vec![id]));
    let account = Account::from_snapshot(&root, &HashMap::from([(id, chunk.clone())])).unwrap();
    let inbox = Some(MailboxId(1));
    assert_eq!(
        account.metadata().value(inbox, "/private/a"),
        value("hi").as_ref()
    );
    assert_eq!(
        account.metadata().value(inbox, "/shared/b"),
        value("").as_ref()
    );
    assert_eq!(account.snapshot().chunks[0].1, chunk);
    assert_eq!(
        Account::from_snapshot(
            &[b"\x05", MAILBOXES, b"\x00\x00\x00"].concat(),
            &HashMap::new()
        ),
        None
    );
}

#[test]
fn a_snapshot_keeps_annotations() {
    let mut subject = Subject::new();
    subject.set(Some(&inbox()), &[("/private/a", value("1"))]);
    subject.set(None, &[("/private/c", value("3"))]);
    let snapshot = subject.0.snapshot();
    let chunks = snapshot.chunks.into_iter().collect();
    assert_eq!(
        Account::from_snapshot(&snapshot.root, &chunks),
        Some(subject.0)
    );
}
