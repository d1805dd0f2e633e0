//! What an account holds and may hold: RFC 9208.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]

mod common;

use common::*;
use postern_account::plan::{self, Limits, Refusal};
use postern_account::quota::{Usage, check_room};
use postern_account::{Account, Body, INBOX, NewMessage};
use postern_imap::date::InternalDate;
use postern_imap::mailbox::MailboxName;
use postern_imap::sequence::UidSet;
use proptest::prelude::*;
use std::collections::HashMap;

/// Counted anew, message by message.
fn recount(account: &Account) -> Usage {
    let messages = account.mailboxes().flat_map(|mailbox| mailbox.messages());
    messages.fold(Usage::default(), |sum, message| Usage {
        messages: sum.messages + 1,
        octets: sum.octets + u64::from(message.stored.body.len),
    })
}

fn deleted(account: &Account) -> u64 {
    let expunged = account.mailboxes().map(|mailbox| {
        let mut after = account.clone();
        let events = plan::expunge(account, mailbox.id(), None);
        apply(&mut after, &mut Log::default(), &events, 9_000);
        account.usage().octets - after.usage().octets
    });
    expunged.sum()
}

proptest! {
    #[test]
    fn what_is_kept_up_to_date_is_what_is_there(acts in proptest::collection::vec(act(), 0..60)) {
        let (account, _) = run(&acts);
        prop_assert_eq!(account.usage(), recount(&account));
        let snapshot = account.snapshot();
        let chunks: HashMap<_, _> = snapshot.chunks.into_iter().collect();
        let read = Account::from_snapshot(&snapshot.root, &chunks).unwrap();
        prop_assert_eq!(read.usage(), account.usage());
        let told: u64 = account.mailboxes().map(|m| m.totals().deleted_size).sum();
        prop_assert_eq!(told, deleted(&account));
    }
}

fn message(len: u32) -> NewMessage {
    NewMessage {
        body: Body {
            segment: 1,
            offset: 0,
            derived_len: 0,
            len,
            digest: [0; 16],
        },
        date: InternalDate::from_unix(0),
        flags: Vec::new(),
    }
}

fn limits(messages: usize, storage: u64) -> Limits {
    Limits {
        messages,
        storage,
        ..LIMITS
    }
}

/// An account with messages of these sizes in INBOX.
fn holding(sizes: &[u32]) -> Account {
    let (mut account, mut log) = new_account();
    let inbox = account.mailbox(INBOX).unwrap().id();
    let messages = sizes.iter().copied().map(message).collect();
    let appended = plan::append(&account, inbox, messages, &LIMITS).unwrap();
    apply(&mut account, &mut log, &appended.events, 3_000);
    account
}

#[test]
fn a_limit_may_be_reached_and_not_passed() {
    let account = holding(&[40, 50]);
    let inbox = account.mailbox(INBOX).unwrap().id();
    let append = |sizes: &[u32], limits: &Limits| {
        let messages = sizes.iter().copied().map(message).collect();
        plan::append(&account, inbox, messages, limits).map(|_| ())
    };
    assert_eq!(append(&[10], &limits(3, 100)), Ok(()));
    assert_eq!(append(&[11], &limits(3, 100)), Err(Refusal::TooManyOctets));
    assert_eq!(
        append(&[5, 6], &limits(9, 100)),
        Err(Refusal::TooManyOctets)
    );
    assert_eq!(
        append(&[5, 5], &limits(3, 100)),
        Err(Refusal::TooManyMessages)
    );
    assert_eq!(append(&[u32::MAX], &limits(3, u64::MAX)), Ok(()));
    assert_eq!(append(&[1], &limits(0, 0)), Err(Refusal::TooManyMessages));
}

#[test]
fn a_copy_counts_and_a_move_does_not() {
    let account = holding(&[40, 50]);
    let inbox = account.mailbox(INBOX).unwrap().id();
    let trash = account.mailbox("Trash").unwrap().id();
    let all = UidSet::range(1, 2);
    for (limits, expected) in [
        (limits(4, 180), None),
        (limits(4, 179), Some(Refusal::TooManyOctets)),
        (limits(3, 180), Some(Refusal::TooManyMessages)),
    ] {
        let copied = plan::copy(&account, inbox, &all, trash, &limits);
        assert_eq!(copied.err(), expected);
        let moved = plan::move_messages(&account, inbox, &all, trash, &limits);
        assert!(moved.is_ok());
    }
    // Over a limit that was lowered, too: how else would the rubbish come to its place?
    let moved = plan::move_messages(&account, inbox, &all, trash, &limits(1, 1));
    assert!(moved.is_ok());
}

#[test]
fn what_replaces_a_message_needs_room_only_for_what_it_has_more() {
    let account = holding(&[40, 50]);
    let inbox = account.mailbox(INBOX).unwrap().id();
    let replace = |size, limits: &Limits| {
        plan::replace(&account, inbox, 1, inbox, vec![message(size)], limits).map(|_| ())
    };
    assert_eq!(replace(50, &limits(2, 100)), Ok(()));
    assert_eq!(replace(51, &limits(2, 100)), Err(Refusal::TooManyOctets));
    // Over a limit that was lowered: as long as it does not grow.
    assert_eq!(replace(40, &limits(1, 1)), Ok(()));
    assert_eq!(replace(41, &limits(1, 1)), Err(Refusal::TooManyOctets));
}

#[test]
fn mailboxes_are_counted_with_the_parents_that_come_with_them() {
    let (account, _) = new_account();
    let name = MailboxName::new("a/b").unwrap();
    let create = |mailboxes| {
        let limits = Limits {
            mailboxes,
            ..LIMITS
        };
        plan::create(&account, &name, 3_000, &limits).map(|_| ())
    };
    assert_eq!(create(account.mailbox_count() + 2), Ok(()));
    let few = create(account.mailbox_count() + 1);
    assert_eq!(few, Err(Refusal::TooManyMailboxes));
}

#[test]
fn sums_do_not_overflow() {
    let account = holding(&[40]);
    let huge = Usage {
        messages: u64::MAX,
        octets: u64::MAX,
    };
    let none = Usage::default();
    let limits = limits(1_000, u64::MAX);
    let refused = check_room(&account, huge, none, &limits);
    assert_eq!(refused, Err(Refusal::TooManyMessages));
    assert_eq!(check_room(&account, none, huge, &limits), Ok(()));
}
