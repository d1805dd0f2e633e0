//! Rights, what they let users do, and what those have seen: RFC 4314.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]

#[allow(dead_code)]
mod common;

use common::*;
use postern_account::acl::{Identifier, Modification, Rights, Subject, UnknownRight, UserId, Who};
use postern_account::plan::{self, Refusal};
use postern_account::{Account, Event, INBOX, Mailbox, MailboxId};
use postern_imap::command::StoreAction;
use postern_imap::flag::Flag;
use postern_imap::mailbox::MailboxName;
use postern_imap::sequence::UidSet;
use std::collections::HashMap;
use std::sync::Arc;

const BOB: UserId = UserId(7);
const AS_BOB: Who = Who::User(BOB);
const CY: UserId = UserId(8);

fn rights(letters: &str) -> Rights {
    Rights::parse(letters).unwrap()
}

fn name(name: &str) -> MailboxName {
    MailboxName::new(name).unwrap()
}

/// An account whose INBOX has ten messages, the third of which its owner has seen.
struct Ann {
    account: Account,
    log: Log,
}

impl Ann {
    fn new() -> Self {
        let (account, log) = new_account();
        let mut ann = Self { account, log };
        ann.act(&Act::Append(0, 10));
        ann.owner_stores(StoreAction::Remove, &all(), &[Flag::Seen, Flag::Deleted]);
        ann.owner_stores(StoreAction::Add, &uids(3, 3), &[Flag::Seen]);
        ann
    }

    fn inbox(&self) -> &Arc<Mailbox> {
        self.account.mailbox(INBOX).unwrap()
    }

    fn bobs(&self) -> Arc<Mailbox> {
        self.inbox().as_seen_by(AS_BOB)
    }

    fn act(&mut self, act: &Act) {
        // INBOX is the mailbox of number 0 only while no name comes before it.
        let act = match act {
            Act::Append(_, n) => {
                let place = self.account.mailboxes().position(|m| m.name() == INBOX);
                Act::Append(place.unwrap() as u8, *n)
            }
            other => other.clone(),
        };
        let events = plan_act(&self.account, &act, 5_000);
        self.apply(&events);
    }

    fn apply(&mut self, events: &[Event]) {
        apply(&mut self.account, &mut self.log, events, 5_000);
    }

    fn grant(&mut self, mailbox: MailboxId, user: UserId, letters: &str) {
        let identifier = Identifier::granting(Subject::User(user));
        let change = Modification::Replace(rights(letters));
        let events = plan::set_acl(&self.account, mailbox, identifier, change, &[], &LIMITS);
        self.apply(&events.unwrap());
    }

    fn owner_stores(&mut self, action: StoreAction, uids: &UidSet, flags: &[Flag]) {
        let inbox = self.inbox().id();
        let stored = plan::store(&self.account, inbox, uids, action, flags, None, &LIMITS);
        self.apply(&stored.unwrap().events);
    }

    fn bob_stores(
        &mut self,
        action: StoreAction,
        uids: &UidSet,
        flags: &[Flag],
    ) -> Result<(), Refusal> {
        let (account, inbox) = (&self.account, self.inbox().id());
        let change = (action, flags);
        let stored = plan::store_as(account, AS_BOB, inbox, uids, change, None, &LIMITS)?;
        self.apply(&stored.events);
        Ok(())
    }
}

fn uids(first: u32, last: u32) -> UidSet {
    UidSet::range(first, last)
}

fn all() -> UidSet {
    uids(1, 10)
}

fn flags_of(mailbox: &Mailbox, uid: u32) -> Vec<String> {
    let flags = mailbox.by_uid(uid).unwrap().marks.flags;
    mailbox.keywords().names(flags).map(str::to_owned).collect()
}

fn seen(mailbox: &Mailbox) -> Vec<u32> {
    let seen = mailbox.messages().filter(|m| {
        let names = mailbox.keywords().names(m.marks.flags);
        names.into_iter().any(|name| name == r"\Seen")
    });
    seen.map(|m| m.stored.uid).collect()
}

#[test]
fn rights_are_read_and_told_as_the_rfc_has_them() {
    // Section 2.1.1 and 3.1, in the order that is told here.
    let table = [
        ("lrswida", "lrsweitdda"),
        ("lrswikda", "lrswiktecda"),
        ("lrswicda", "lrswikxtecda"),
        ("", ""),
        ("x", "xc"),
        ("t", "td"),
        ("p", "p"),
        ("rwipslxetad", "lrswipxtecda"),
    ];
    for (given, told) in table {
        let mut told: Vec<char> = told.chars().collect();
        told.sort_unstable();
        told.dedup();
        let mut got: Vec<char> = rights(given).told().chars().collect();
        got.sort_unstable();
        assert_eq!(got, told, "{given}");
    }
    assert_eq!(Rights::ALL.told(), "lrswipkxtecda");
    for (given, letter) in [
        ("lrQswicda", 'Q'),
        ("lrqswicda", 'q'),
        ("l0", '0'),
        ("+l", '+'),
    ] {
        assert_eq!(Rights::parse(given), Err(UnknownRight(letter)));
    }
    assert_eq!(Rights::each().collect::<String>(), "lrswipkxtecda");
}

#[test]
fn what_is_granted_less_what_is_taken_away() {
    let mut ann = Ann::new();
    let inbox = ann.inbox().id();
    let mut set = |negative, subject: Subject, letters: &str| {
        ann.apply(&[Event::AclChanged {
            mailbox: inbox,
            identifier: Identifier { negative, subject },
            rights: rights(letters),
        }]);
        let inbox = ann.inbox();
        let of = |user| inbox.rights(Who::User(user)).told();
        assert_eq!(inbox.rights(Who::Owner), Rights::ALL);
        assert_eq!(inbox.rights(Who::Nobody), Rights::NONE);
        (of(BOB), of(CY))
    };
    let told = |bob: &str, cy: &str| (bob.to_owned(), cy.to_owned());
    assert_eq!(set(false, Subject::Anyone, "lr"), told("lr", "lr"));
    assert_eq!(set(false, Subject::User(BOB), "sw"), told("lrsw", "lr"));
    assert_eq!(set(true, Subject::User(BOB), "rw"), told("ls", "lr"));
    assert_eq!(set(true, Subject::Anyone, "l"), told("s", "r"));
    assert_eq!(set(false, Subject::User(BOB), ""), told("", "r"));
    assert_eq!(ann.inbox().acl().len(), 3);
}

#[test]
fn setacl_modifies_and_forgets_users_who_are_gone() {
    let mut ann = Ann::new();
    let inbox = ann.inbox().id();
    let bob = Identifier::granting(Subject::User(BOB));
    let plan = |ann: &Ann, id, change, gone: &[UserId]| {
        plan::set_acl(&ann.account, inbox, id, change, gone, &LIMITS)
    };
    let mut step = |change, expected: &str| {
        let events = plan(&ann, bob, change, &[]).unwrap();
        ann.apply(&events);
        assert_eq!(ann.inbox().acl().get(bob), rights(expected));
        events.len()
    };
    assert_eq!(step(Modification::Replace(rights("lrswi")), "lrswi"), 1);
    assert_eq!(step(Modification::Add(rights("cda")), "lrswicdakxet"), 1);
    assert_eq!(step(Modification::Add(rights("l")), "lrswicdakxet"), 0);
    assert_eq!(step(Modification::Remove(rights("kxcdaw")), "lrsi"), 1);
    // Three identifiers at most, unless some are of nobody.
    ann.grant(inbox, UserId(20), "l");
    ann.grant(inbox, UserId(21), "l");
    let cy = Identifier::granting(Subject::User(CY));
    let grant = Modification::Replace(rights("l"));
    assert_eq!(plan(&ann, cy, grant, &[]), Err(Refusal::TooManyIdentifiers));
    assert_eq!(plan(&ann, bob, grant, &[]).unwrap().len(), 1);
    let events = plan(&ann, cy, grant, &[UserId(20)]).unwrap();
    assert_eq!(events.len(), 2);
    ann.apply(&events);
    let ids: Vec<_> = ann
        .inbox()
        .acl()
        .entries()
        .map(|(id, _)| id.subject)
        .collect();
    let users = [BOB, CY, UserId(21)].map(Subject::User);
    assert_eq!(ids, users);
}

#[test]
fn seen_is_each_user_s_own() {
    let mut ann = Ann::new();
    let inbox = ann.inbox().id();
    ann.grant(inbox, BOB, "lrs");
    let before = ann.inbox().highest_modseq();
    ann.bob_stores(StoreAction::Add, &uids(2, 5), &[Flag::Seen])
        .unwrap();
    assert_eq!(seen(ann.inbox()), [3]);
    assert_eq!(seen(&ann.bobs()), [2, 3, 4, 5]);
    assert_eq!(seen(&ann.inbox().as_seen_by(Who::User(CY))), []);
    // The owner is not told of it, the user is.
    assert_eq!(ann.inbox().highest_modseq(), before);
    let event = ann.account.seq();
    assert_eq!(ann.bobs().highest_modseq(), event);
    let changed: Vec<u32> = ann
        .bobs()
        .changed_since(before)
        .map(|m| m.stored.uid)
        .collect();
    assert_eq!(changed, [2, 3, 4, 5]);
    assert_eq!(ann.bobs().by_uid(4).unwrap().marks.modseq, event);
    assert_eq!(ann.bobs().totals().unseen, 6);
    assert_eq!(ann.inbox().totals().unseen, 9);
    assert_eq!(ann.bobs().first_unseen(), Some(0));
    ann.bob_stores(StoreAction::Add, &uids(1, 1), &[Flag::Seen])
        .unwrap();
    assert_eq!(ann.bobs().first_unseen(), Some(5));
    // What is gone is not counted, and its UID means nothing any more.
    ann.apply(&plan::remove(inbox, &uids(4, 4)));
    assert_eq!(ann.bobs().totals().unseen, 5);
    assert_eq!(seen(&ann.bobs()), [1, 2, 3, 5]);
    // Nothing changes, so nothing is written.
    let seq = ann.account.seq();
    ann.bob_stores(StoreAction::Add, &uids(1, 5), &[Flag::Seen])
        .unwrap();
    assert_eq!(ann.account.seq(), seq);
}

/// UIDs of messages that are gone cost nothing, however many ranges of them are named.
#[test]
fn what_is_seen_is_bounded_by_the_messages() {
    let mut ann = Ann::new();
    let inbox = ann.inbox().id();
    ann.act(&Act::Append(0, 200));
    ann.apply(&plan::remove(inbox, &uids(3, 200)));
    ann.grant(inbox, BOB, "lrs");
    let every_second = UidSet::from_ranges((1..=210).step_by(2).map(|uid| (uid, uid)));
    let change = (StoreAction::Add, [Flag::Seen].as_slice());
    let account = &ann.account;
    let stored = plan::store_as(account, AS_BOB, inbox, &every_second, change, None, &LIMITS);
    let stored = stored.unwrap();
    ann.apply(&stored.events);
    let [Event::SeenChanged { uids: marked, .. }] = stored.events.as_slice() else {
        panic!("{:?}", stored.events);
    };
    let there: Vec<u32> = marked.iter().collect();
    assert_eq!(there, [1, 201, 203, 205, 207, 209]);
    // A range around what is gone is from message to message.
    ann.bob_stores(StoreAction::Remove, &uids(2, 204), &[Flag::Seen])
        .unwrap();
    assert_eq!(seen(&ann.bobs()), [1, 205, 207, 209]);
}

/// The second half of a MOVE comes late, and rights may have gone by then.
#[test]
fn what_may_not_be_removed_any_more_stays() {
    let mut ann = Ann::new();
    let inbox = ann.inbox().id();
    for (rights, refused) in [("lrte", false), ("lrt", true), ("lre", true), ("lr", true)] {
        ann.grant(inbox, BOB, rights);
        let removed = plan::remove_as(&ann.account, AS_BOB, inbox, &uids(1, 2));
        let expected = removed.as_ref().err() == Some(&Refusal::NoPermission);
        assert_eq!(expected, refused, "{rights}: {removed:?}");
    }
    assert!(plan::remove_as(&ann.account, Who::Owner, inbox, &uids(1, 2)).is_ok());
}

#[test]
fn store_changes_what_the_rights_allow() {
    use StoreAction::{Add, Remove, Replace};
    let three = [Flag::Seen, Flag::Deleted, Flag::Flagged];
    // Rights, action, what becomes of a message with \Answered and \Seen of the owner's.
    type Row<'a> = (
        &'a str,
        StoreAction,
        &'a [Flag],
        Result<&'a [&'a str], Refusal>,
    );
    let table: [Row<'_>; 10] = [
        ("lr", Add, &three, Err(Refusal::NoPermission)),
        ("lrs", Add, &three, Ok(&[r"\Answered", r"\Seen"])),
        ("lrt", Add, &three, Ok(&[r"\Answered", r"\Deleted"])),
        ("lrw", Add, &three, Ok(&[r"\Answered", r"\Flagged"])),
        ("lrw", Add, &three[..2], Err(Refusal::NoPermission)),
        (
            "lrswt",
            Replace,
            &three,
            Ok(&[r"\Flagged", r"\Deleted", r"\Seen"]),
        ),
        (
            "lrst",
            Replace,
            &three,
            Ok(&[r"\Answered", r"\Deleted", r"\Seen"]),
        ),
        ("lrw", Replace, &[], Ok(&[])),
        ("lrs", Replace, &[], Ok(&[r"\Answered"])),
        ("lrsw", Remove, &[Flag::Answered, Flag::Seen], Ok(&[])),
    ];
    for (letters, action, flags, expected) in table {
        let mut ann = Ann::new();
        let inbox = ann.inbox().id();
        ann.owner_stores(Replace, &uids(3, 3), &[Flag::Answered, Flag::Seen]);
        ann.grant(inbox, BOB, letters);
        let done = ann.bob_stores(action, &uids(3, 3), flags);
        let done = done.map(|()| flags_of(&ann.bobs(), 3));
        let expected = expected.map(|flags| flags.iter().map(|f| (*f).to_owned()).collect());
        assert_eq!(done, expected, "{letters} {action:?}");
        assert!(flags_of(ann.inbox(), 3).contains(&r"\Seen".to_owned()));
    }
}

#[test]
fn copies_have_the_flags_that_the_rights_allow() {
    // Section 4, the example of COPY.
    let keyword = Flag::Keyword(postern_imap::flag::Keyword::new("$Forwarded").unwrap());
    for (letters, expected) in [
        (
            "rwis",
            [&[r"\Draft"][..], &[r"\Answered"], &[r"\Seen", "$Forwarded"]],
        ),
        ("rsti", [&[r"\Deleted"], &[], &[r"\Seen"]]),
    ] {
        let mut ann = Ann::new();
        let inbox = ann.inbox().id();
        ann.owner_stores(
            StoreAction::Replace,
            &uids(1, 1),
            &[Flag::Draft, Flag::Deleted],
        );
        ann.owner_stores(StoreAction::Replace, &uids(2, 2), &[Flag::Answered]);
        ann.owner_stores(
            StoreAction::Replace,
            &uids(3, 3),
            std::slice::from_ref(&keyword),
        );
        ann.grant(inbox, BOB, "lrs");
        ann.bob_stores(StoreAction::Add, &uids(3, 3), &[Flag::Seen])
            .unwrap();
        let target = ann.account.mailbox("Archive").unwrap().id();
        ann.grant(target, BOB, letters);
        let account = &ann.account;
        let copied = plan::copy_as(account, AS_BOB, inbox, &uids(1, 3), target, &LIMITS).unwrap();
        assert_eq!(copied.copies, uids(1, 3));
        ann.apply(&copied.events);
        let archive = ann.account.mailbox("Archive").unwrap();
        let bobs = archive.as_seen_by(AS_BOB);
        for (uid, expected) in (1..).zip(expected) {
            assert_eq!(flags_of(&bobs, uid), expected, "{letters} {uid}");
        }
        assert_eq!(seen(archive), []);
    }
}

#[test]
fn who_may_not_look_a_mailbox_up_learns_nothing() {
    let mut ann = Ann::new();
    let inbox = ann.inbox().id();
    let account = |ann: &Ann, name: &str, of| {
        plan::permitted(&ann.account, AS_BOB, name, of).map(|mailbox| mailbox.id())
    };
    for letters in ["", "swipkxtea"] {
        ann.grant(inbox, BOB, letters);
        let refused = account(&ann, INBOX, Rights::READ);
        assert_eq!(refused, Err(Refusal::NoSuchMailbox), "{letters}");
        assert_eq!(refused, account(&ann, "nowhere", Rights::READ));
    }
    ann.grant(inbox, BOB, "l");
    assert_eq!(
        account(&ann, INBOX, Rights::READ),
        Err(Refusal::NoPermission)
    );
    ann.grant(inbox, BOB, "r");
    assert_eq!(account(&ann, INBOX, Rights::READ), Ok(inbox));
}

#[test]
fn mailboxes_are_made_below_those_that_allow_it_and_inherit() {
    let mut ann = Ann::new();
    let archive = ann.account.mailbox("Archive").unwrap().id();
    let create = |ann: &Ann, path: &str| {
        plan::create_as(&ann.account, AS_BOB, &name(path), None, 9, &LIMITS)
    };
    let refused = Err(Refusal::NotThere);
    assert_eq!(create(&ann, "Archive/2026"), refused);
    assert_eq!(create(&ann, "mine"), refused);
    ann.grant(archive, BOB, "l");
    assert_eq!(create(&ann, "Archive/2026"), Err(Refusal::NoPermission));
    ann.grant(archive, BOB, "lrk");
    let events = create(&ann, "Archive/2026/May").unwrap();
    ann.apply(&events);
    let made = ann.account.mailbox("Archive/2026/May").unwrap();
    assert_eq!(made.rights(AS_BOB), rights("lrk"));
    assert_eq!(create(&ann, "mine"), refused);
    // RENAME needs x too, and leaves rights as they are.
    let rename = |ann: &Ann, from: &str, to: &str| {
        let names = (&name(from), &name(to));
        plan::rename_as(&ann.account, AS_BOB, names, 9, &LIMITS)
    };
    let (from, to) = ("Archive/2026/May", "Archive/May");
    assert_eq!(rename(&ann, from, to), Err(Refusal::NoPermission));
    let id = ann.account.mailbox(from).unwrap().id();
    ann.grant(id, BOB, "lx");
    assert_eq!(rename(&ann, from, "May"), refused);
    let events = rename(&ann, from, to).unwrap();
    ann.apply(&events);
    let moved = ann.account.mailbox(to).unwrap();
    assert_eq!((moved.id(), moved.rights(AS_BOB)), (id, rights("lx")));
}

#[test]
fn the_format_of_the_events_is_this() {
    let table: [(Event, &[u8]); 3] = [
        (
            Event::AclChanged {
                mailbox: MailboxId(300),
                identifier: Identifier {
                    negative: true,
                    subject: Subject::User(UserId(5)),
                },
                rights: rights("lra"),
            },
            b"\x01\x20\xac\x02\x01\x05\x03lra",
        ),
        (
            Event::AclChanged {
                mailbox: MailboxId(1),
                identifier: Identifier::granting(Subject::Anyone),
                rights: Rights::NONE,
            },
            b"\x01\x20\x01\x00\x00\x00",
        ),
        (
            Event::SeenChanged {
                mailbox: MailboxId(1),
                user: UserId(5),
                uids: uids(2, 9),
                seen: true,
            },
            b"\x01\x21\x01\x05\x01\x02\x07\x01",
        ),
    ];
    for (event, octets) in table {
        assert_eq!(event.encode(), octets);
        assert_eq!(Event::decode(octets), Some(event));
    }
}

#[test]
fn a_root_of_version_3_says_who_shares_a_mailbox() {
    // INBOX is mailbox 1; without annotations. Anyone has lr, user 7 has seen 2 to 5 at event 4.
    let mailboxes = b"\x03\xd0\x0f\x07\x01\x05INBOX\x01\x01\x05INBOX\x07\x00\x0b\x01\x00\x00\x00";
    let chunk = b"\x01\x01\x02\x05\x04\x01".to_vec();
    let id = [9; 16];
    let shared = b"\x01\x01\x01\x00\x00\x02lr\x01\x07\x06";
    let root = [b"\x03", &mailboxes[..], b"\x00", shared, &id].concat();
    assert_eq!(postern_account::snapshot::chunk_ids(&root), Some(vec![id]));
    let account = Account::from_snapshot(&root, &HashMap::from([(id, chunk.clone())])).unwrap();
    let inbox = account.mailbox(INBOX).unwrap();
    assert_eq!(inbox.rights(Who::User(CY)), rights("lr"));
    assert_eq!(inbox.as_seen_by(AS_BOB).highest_modseq(), 6);
    assert_eq!(account.snapshot().chunks[0].1, chunk);
    let overlapping = b"\x01\x02\x02\x05\x04\x01\x05\x06\x04\x00".to_vec();
    let damaged = Account::from_snapshot(&root, &HashMap::from([(id, overlapping)]));
    assert_eq!(damaged, None);
}
