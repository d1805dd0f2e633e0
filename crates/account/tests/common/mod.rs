//! Random commands on an account, planned and applied as the server does it.

use postern_account::acl::{Identifier, Modification, Rights, Subject, UserId, Who};
use postern_account::plan::{self, Limits};
use postern_account::{Account, Body, Event, INBOX, MailboxId, NewMessage};
use postern_imap::command::StoreAction;
use postern_imap::date::InternalDate;
use postern_imap::flag::{Flag, Keyword};
use postern_imap::mailbox::MailboxName;
use postern_imap::sequence::UidSet;
use proptest::prelude::*;

pub(crate) const LIMITS: Limits = Limits {
    mailboxes: 100,
    subscriptions: 100,
    messages: 1_000,
    storage: 1 << 30,
    keywords: 20,
    metadata_value: 1024,
    metadata_entries: 10,
    metadata_octets: 4096,
    acl_entries: 3,
};

/// What a client or a delivery may do. Numbers choose among what there is.
#[derive(Debug, Clone)]
pub(crate) enum Act {
    Create(u8),
    Delete(u8),
    Rename(u8, u8),
    Append(u8, u16),
    Store(u8, Vec<u32>, u8, u8),
    Copy(u8, Vec<u32>, u8),
    Move(u8, Vec<u32>, u8),
    Expunge(u8),
    Share(u8, u8, u16),
    StoreAs(u8, Vec<u32>, u8, u8),
}

pub(crate) fn act() -> impl Strategy<Value = Act> {
    let uids = || proptest::collection::vec(1u32..60, 0..8);
    prop_oneof![
        1 => any::<u8>().prop_map(Act::Create),
        1 => any::<u8>().prop_map(Act::Delete),
        1 => (any::<u8>(), any::<u8>()).prop_map(|(a, b)| Act::Rename(a, b)),
        6 => (any::<u8>(), 1u16..6).prop_map(|(m, n)| Act::Append(m, n)),
        6 => (any::<u8>(), uids(), any::<u8>(), any::<u8>())
            .prop_map(|(m, u, a, f)| Act::Store(m, u, a, f)),
        2 => (any::<u8>(), uids(), any::<u8>()).prop_map(|(a, u, b)| Act::Copy(a, u, b)),
        3 => (any::<u8>(), uids(), any::<u8>()).prop_map(|(a, u, b)| Act::Move(a, u, b)),
        3 => any::<u8>().prop_map(Act::Expunge),
        1 => (any::<u8>(), any::<u8>(), any::<u16>())
            .prop_map(|(m, id, r)| Act::Share(m, id, r)),
        3 => (any::<u8>(), uids(), any::<u8>(), any::<u8>())
            .prop_map(|(m, u, a, f)| Act::StoreAs(m, u, a, f)),
    ]
}

/// Names with parents, so that trees come about.
pub(crate) fn name(n: u8) -> MailboxName {
    let names = ["a", "a/b", "a/b/c", "a/bc", "Sent", "INBOX/x", "d"];
    MailboxName::new(names[n as usize % names.len()]).unwrap()
}

pub(crate) fn pick(account: &Account, n: u8) -> MailboxId {
    let ids: Vec<_> = account.mailboxes().map(|m| m.id()).collect();
    ids[n as usize % ids.len()]
}

pub(crate) fn flags(n: u8) -> Vec<Flag> {
    let all = [
        Flag::Seen,
        Flag::Deleted,
        Flag::Flagged,
        Flag::Keyword(Keyword::new("$Label").unwrap()),
        Flag::Keyword(Keyword::new("Other").unwrap()),
    ];
    let chosen = all.into_iter().enumerate();
    chosen
        .filter(|(i, _)| n & (1 << i) != 0)
        .map(|(_, f)| f)
        .collect()
}

fn messages(count: u16) -> Vec<NewMessage> {
    let message = |i: u16| NewMessage {
        body: Body {
            segment: 1,
            offset: u32::from(i),
            derived_len: 3,
            len: 100 + u32::from(i),
            digest: [i as u8; 16],
        },
        date: InternalDate::from_unix(1_700_000_000 + i64::from(i)),
        flags: flags((i % 32) as u8),
    };
    (0..count).map(message).collect()
}

/// The events that the act comes to; none when it is refused.
pub(crate) fn plan_act(account: &Account, act: &Act, now: i64) -> Vec<Event> {
    let set = |uids: &[u32]| uids.iter().copied().collect::<UidSet>();
    match act {
        Act::Create(n) => plan::create(account, &name(*n), now, &LIMITS).unwrap_or_default(),
        Act::Delete(n) => plan::delete(account, &name(*n)).unwrap_or_default(),
        Act::Rename(a, b) => {
            plan::rename(account, &name(*a), &name(*b), now, &LIMITS).unwrap_or_default()
        }
        Act::Append(m, n) => {
            plan::append(account, pick(account, *m), messages(*n), &LIMITS)
                .unwrap()
                .events
        }
        Act::Store(m, uids, action, f) => {
            let action =
                [StoreAction::Add, StoreAction::Remove, StoreAction::Replace][*action as usize % 3];
            let mailbox = pick(account, *m);
            plan::store(
                account,
                mailbox,
                &set(uids),
                action,
                &flags(*f),
                None,
                &LIMITS,
            )
            .unwrap()
            .events
        }
        Act::Copy(a, uids, b) => {
            let (a, b) = (pick(account, *a), pick(account, *b));
            plan::copy(account, a, &set(uids), b, &LIMITS)
                .unwrap()
                .events
        }
        Act::Move(a, uids, b) => {
            let (a, b) = (pick(account, *a), pick(account, *b));
            plan::move_messages(account, a, &set(uids), b, &LIMITS)
                .unwrap()
                .events
        }
        Act::Expunge(m) => plan::expunge(account, pick(account, *m), None),
        Act::Share(m, id, r) => {
            let subject = match id % 3 {
                0 => Subject::Anyone,
                user => Subject::User(UserId(u64::from(user))),
            };
            let identifier = Identifier {
                negative: id & 64 != 0,
                subject,
            };
            let letters = "lrswipkxtea".chars().enumerate();
            let letters = letters.filter(|(i, _)| r & (1 << i) != 0).map(|(_, c)| c);
            let rights = Rights::parse(&letters.collect::<String>()).unwrap();
            let change = Modification::Replace(rights);
            let mailbox = pick(account, *m);
            plan::set_acl(account, mailbox, identifier, change, &[], &LIMITS).unwrap_or_default()
        }
        Act::StoreAs(m, uids, action, f) => {
            let action =
                [StoreAction::Add, StoreAction::Remove, StoreAction::Replace][*action as usize % 3];
            let who = Who::User(UserId(1));
            let (mailbox, flags) = (pick(account, *m), flags(*f));
            let stored = plan::store_as(
                account,
                who,
                mailbox,
                &set(uids),
                (action, &flags),
                None,
                &LIMITS,
            );
            stored.map(|stored| stored.events).unwrap_or_default()
        }
    }
}

/// A log as it would be stored.
#[derive(Debug, Default)]
pub(crate) struct Log(pub(crate) Vec<(u64, i64, Vec<u8>)>);

/// An account with its first mailboxes, and the log that made it.
pub(crate) fn new_account() -> (Account, Log) {
    let (mut account, mut log) = (Account::default(), Log::default());
    let events = plan::first_mailboxes(&account, 1_000);
    apply(&mut account, &mut log, &events, 1_000);
    assert!(account.mailbox(INBOX).is_some());
    (account, log)
}

pub(crate) fn apply(account: &mut Account, log: &mut Log, events: &[Event], at: i64) {
    for event in events {
        let seq = account.seq() + 1;
        log.0.push((seq, at, event.encode()));
        account.apply(seq, at, event);
    }
}

pub(crate) fn run(acts: &[Act]) -> (Account, Log) {
    let (mut account, mut log) = new_account();
    for (i, act) in acts.iter().enumerate() {
        let now = 2_000 + i as i64;
        let events = plan_act(&account, act, now);
        apply(&mut account, &mut log, &events, now);
    }
    (account, log)
}
