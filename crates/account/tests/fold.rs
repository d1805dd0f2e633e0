//! The account is the fold of its log: with or without snapshots, and as a plain model has it.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]

mod common;

use common::*;
use postern_account::{Account, Event, INBOX, MailboxId, plan};
use postern_imap::command::StoreAction;
use postern_imap::flag::Flag;
use postern_imap::sequence::UidSet;
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// A mailbox as the RFC describes it, with no thought of speed.
#[derive(Debug, Clone, Default)]
struct Plain {
    uid_next: u32,
    messages: BTreeMap<u32, (u32, BTreeSet<Flag>)>,
    expunged: BTreeSet<u32>,
}

/// The account as a plain model: interprets events in its own way.
#[derive(Debug, Default)]
struct Model {
    mailboxes: BTreeMap<u64, Plain>,
    names: BTreeMap<u64, String>,
}

impl Model {
    fn apply(&mut self, seq: u64, event: &Event) {
        match event {
            Event::MailboxCreated { name, .. } => {
                self.names.insert(seq, name.clone());
                self.mailboxes.insert(
                    seq,
                    Plain {
                        uid_next: 1,
                        ..Plain::default()
                    },
                );
            }
            Event::MailboxDeleted { mailbox } => {
                self.names.remove(&mailbox.0);
                self.mailboxes.remove(&mailbox.0);
            }
            Event::MailboxesRenamed { renames } => {
                for (mailbox, name) in renames {
                    self.names.insert(mailbox.0, name.clone());
                }
            }
            Event::Subscribed { .. }
            | Event::MetadataSet { .. }
            | Event::AclChanged { .. }
            | Event::SeenChanged { .. }
            | Event::AccessKeySet { .. }
            | Event::AccessKeysRemoved
            | Event::Lost => {}
            Event::MessagesAdded { mailbox, messages } => {
                let target = self.mailboxes.get_mut(&mailbox.0).unwrap();
                for message in messages {
                    let flags = message.flags.iter().cloned().collect();
                    target
                        .messages
                        .insert(target.uid_next, (message.body.len, flags));
                    target.uid_next += 1;
                }
            }
            Event::FlagsChanged {
                mailbox,
                uids,
                action,
                flags,
            } => {
                let target = self.mailboxes.get_mut(&mailbox.0).unwrap();
                for (uid, (_, had)) in &mut target.messages {
                    if !uids.contains(*uid) {
                        continue;
                    }
                    match action {
                        StoreAction::Add => had.extend(flags.iter().cloned()),
                        StoreAction::Remove => flags.iter().for_each(|f| {
                            had.remove(f);
                        }),
                        StoreAction::Replace => *had = flags.iter().cloned().collect(),
                    }
                }
            }
            Event::Copied { from, uids, to } => {
                let source = self.mailboxes[&from.0].clone();
                let target = self.mailboxes.get_mut(&to.0).unwrap();
                for (uid, message) in source.messages {
                    if uids.contains(uid) {
                        target.messages.insert(target.uid_next, message);
                        target.uid_next += 1;
                    }
                }
            }
            Event::Expunged { mailbox, uids } => {
                let target = self.mailboxes.get_mut(&mailbox.0).unwrap();
                for uid in uids.iter() {
                    if target.messages.remove(&uid).is_some() {
                        target.expunged.insert(uid);
                    }
                }
            }
        }
    }

    fn check(&self, account: &Account) {
        let names: BTreeMap<u64, String> = account
            .mailboxes()
            .map(|m| (m.id().0, m.name().to_owned()))
            .collect();
        assert_eq!(names, self.names);
        for (id, plain) in &self.mailboxes {
            let mailbox = account.by_id(MailboxId(*id)).unwrap();
            let found: BTreeMap<u32, (u32, BTreeSet<Flag>)> = mailbox
                .messages()
                .map(|m| {
                    let flags = mailbox
                        .keywords()
                        .flags(m.marks.flags)
                        .into_iter()
                        .collect();
                    (m.stored.uid, (m.stored.body.len, flags))
                })
                .collect();
            assert_eq!(found, plain.messages, "{}", mailbox.name());
            assert_eq!(mailbox.uid_next(), plain.uid_next);
            let expunged: BTreeSet<u32> = mailbox.expunged_since(0).iter().collect();
            assert_eq!(expunged, plain.expunged);
            self.check_lookups(mailbox, plain);
        }
    }

    fn check_lookups(&self, mailbox: &postern_account::Mailbox, plain: &Plain) {
        let totals = mailbox.totals();
        let count = |flag: &Flag| {
            plain
                .messages
                .values()
                .filter(|m| m.1.contains(flag))
                .count()
        };
        assert_eq!(totals.messages as usize, plain.messages.len());
        assert_eq!(
            totals.unseen as usize,
            plain.messages.len() - count(&Flag::Seen)
        );
        assert_eq!(totals.deleted as usize, count(&Flag::Deleted));
        let size: u64 = plain.messages.values().map(|m| u64::from(m.0)).sum();
        assert_eq!(totals.size, size);
        for (place, uid) in plain.messages.keys().enumerate() {
            let place = place as u32;
            assert_eq!(mailbox.at(place).unwrap().stored.uid, *uid);
            assert_eq!(mailbox.rank(*uid), place);
            assert_eq!(mailbox.by_uid(*uid).unwrap().stored.uid, *uid);
        }
        assert_eq!(mailbox.at(plain.messages.len() as u32), None);
        assert_eq!(mailbox.by_uid(plain.uid_next), None);
    }
}

fn fold(mut account: Account, log: &Log) -> Account {
    for (seq, at, octets) in &log.0 {
        if *seq > account.seq() {
            let event = Event::decode(octets).expect("own events decode");
            account.apply(*seq, *at, &event);
        }
    }
    account
}

fn snapshot_round_trip(account: &Account) -> Account {
    let snapshot = account.snapshot();
    let mut named = postern_account::snapshot::chunk_ids(&snapshot.root).unwrap();
    let mut kept: Vec<_> = snapshot.chunks.iter().map(|(id, _)| *id).collect();
    kept.sort_unstable();
    named.sort_unstable();
    assert_eq!(
        named, kept,
        "the root names just the chunks that come with it"
    );
    let chunks: HashMap<_, _> = snapshot.chunks.into_iter().collect();
    Account::from_snapshot(&snapshot.root, &chunks).expect("own snapshots decode")
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn the_fold_agrees_with_the_plain_model(acts in proptest::collection::vec(act(), 0..60)) {
        let (account, log) = run(&acts);
        let mut model = Model::default();
        for (seq, _, octets) in &log.0 {
            model.apply(*seq, &Event::decode(octets).unwrap());
        }
        model.check(&account);
    }

    #[test]
    fn a_fold_and_a_snapshot_at_any_point_give_the_same_state(
        acts in proptest::collection::vec(act(), 0..40),
        cut in any::<prop::sample::Index>(),
    ) {
        let (account, log) = run(&acts);
        prop_assert_eq!(&fold(Account::default(), &log), &account);
        let cut = cut.index(log.0.len() + 1);
        let head = Log(log.0[..cut].to_vec());
        let early = snapshot_round_trip(&fold(Account::default(), &head));
        prop_assert_eq!(&fold(early, &log), &account);
    }

    #[test]
    fn modseq_grows_and_uids_are_never_used_again(acts in proptest::collection::vec(act(), 0..40)) {
        let (_, log) = run(&acts);
        let mut account = Account::default();
        let mut used: BTreeMap<(MailboxId, u32), u32> = BTreeMap::new();
        for (seq, at, octets) in &log.0 {
            let before = account.clone();
            account.apply(*seq, *at, &Event::decode(octets).unwrap());
            for mailbox in account.mailboxes() {
                if let Some(old) = before.by_id(mailbox.id()) {
                    prop_assert!(mailbox.highest_modseq() >= old.highest_modseq());
                    prop_assert!(mailbox.uid_next() >= old.uid_next());
                    prop_assert_eq!(mailbox.uid_validity(), old.uid_validity());
                }
                for message in mailbox.messages() {
                    let key = (mailbox.id(), message.stored.uid);
                    let place = *used.entry(key).or_insert(message.stored.body.offset);
                    prop_assert_eq!(place, message.stored.body.offset);
                    prop_assert!(message.marks.modseq <= mailbox.highest_modseq());
                }
            }
        }
    }

    #[test]
    fn damaged_events_and_snapshots_are_refused_or_read_but_never_panic(
        acts in proptest::collection::vec(act(), 1..20),
        at in any::<prop::sample::Index>(),
        octet in any::<u8>(),
    ) {
        let (account, log) = run(&acts);
        for (_, _, octets) in &log.0 {
            let mut damaged = octets.clone();
            let place = at.index(damaged.len());
            damaged[place] = octet;
            if let Some(event) = Event::decode(&damaged) {
                account.clone().apply(account.seq() + 1, 0, &event);
            }
            Event::decode(&octets[..place]);
        }
        let snapshot = account.snapshot();
        let chunks: HashMap<_, _> = snapshot.chunks.into_iter().collect();
        let mut damaged = snapshot.root;
        let place = at.index(damaged.len());
        damaged[place] = octet;
        let _ = Account::from_snapshot(&damaged, &chunks);
    }
}

#[test]
fn renaming_takes_children_along_and_inbox_stays() {
    let (mut account, mut log) = new_account();
    let create = |account: &Account, n: &str| {
        plan::create(
            account,
            &postern_imap::mailbox::MailboxName::new(n).unwrap(),
            5,
            &LIMITS,
        )
    };
    let events = create(&account, "a/b/c").unwrap();
    apply(&mut account, &mut log, &events, 5);
    let names: Vec<_> = account.mailboxes().map(|m| m.name().to_owned()).collect();
    assert!(
        ["a", "a/b", "a/b/c"]
            .iter()
            .all(|n| names.iter().any(|m| m == n))
    );
    let named = |n: &str| postern_imap::mailbox::MailboxName::new(n).unwrap();
    assert_eq!(
        plan::delete(&account, &named("a")),
        Err(plan::Refusal::HasChildren)
    );
    assert_eq!(
        plan::rename(&account, &named("a"), &named("a/b/d"), 6, &LIMITS),
        Err(plan::Refusal::IntoItself)
    );
    let events = plan::rename(&account, &named("a"), &named("z/y"), 6, &LIMITS).unwrap();
    apply(&mut account, &mut log, &events, 6);
    for present in ["z", "z/y", "z/y/b", "z/y/b/c"] {
        assert!(account.mailbox(present).is_some(), "{present}");
    }
    assert!(account.mailbox("a").is_none());
    let events = plan::append(
        &account,
        account.mailbox(INBOX).unwrap().id(),
        vec![],
        &LIMITS,
    );
    assert_eq!(events.unwrap().events, vec![]);
}

/// Found by fuzzing: two mailboxes of one name, of which one was out of reach. No plan makes such
/// an event; a log that has one still has a state in which no mail is lost.
#[test]
fn a_rename_that_would_hide_a_mailbox_is_passed_over() {
    let mut account = Account::default();
    for (seq, name) in [(1, "INBOX"), (2, "a"), (3, "b")] {
        let created = Event::MailboxCreated {
            name: name.to_owned(),
            uid_validity: seq as u32,
            special_use: None,
        };
        account.apply(seq, 0, &created);
    }
    let names = |account: &Account| -> Vec<(u64, String)> {
        let of = account.mailboxes();
        of.map(|it| (it.id().0, it.name().to_owned())).collect()
    };
    let mut rename = |seq, to: &[(u64, &str)]| {
        let renames = to
            .iter()
            .map(|(id, name)| (MailboxId(*id), name.to_string()));
        let renames = renames.collect();
        account.apply(seq, 0, &Event::MailboxesRenamed { renames });
        names(&account)
    };
    let before = rename(4, &[]);
    assert_eq!(rename(5, &[(2, "b")]), before, "a name that is taken");
    assert_eq!(rename(6, &[(2, "c"), (3, "c")]), before, "one name twice");
    assert_eq!(
        rename(7, &[(2, "c"), (2, "d")]),
        before,
        "one mailbox twice"
    );
    let swapped = [(1, "INBOX"), (3, "a"), (2, "b")].map(|(id, name)| (id, name.to_owned()));
    assert_eq!(rename(8, &[(2, "b"), (3, "a"), (9, "b")]), swapped);
}

#[test]
fn a_million_flags_are_one_event() {
    let uids = UidSet::range(1, 1_000_000);
    let event = Event::FlagsChanged {
        mailbox: MailboxId(1),
        uids,
        action: StoreAction::Add,
        flags: vec![Flag::Seen],
    };
    assert!(event.encode().len() < 40);
}
