//! A session that applies what it is told always ends with what the mailbox holds, and its
//! sequence numbers mean what it thinks they mean, whatever was expunged meanwhile.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]

mod common;

use common::*;
use postern_account::flags::Flags;
use postern_account::{Account, INBOX, Point, View};
use postern_imap::command::Numbering;
use postern_imap::sequence::{Number, Set, UidSet};
use proptest::prelude::*;
use std::sync::Arc;

/// A client: the messages by sequence number, with the flags that it was told.
struct Client {
    point: Point,
    uids: Vec<u32>,
    flags: Vec<Option<Flags>>,
}

impl Client {
    fn select(account: &Account) -> Self {
        let mailbox = account.mailbox(INBOX).unwrap();
        Self {
            point: Point::of(mailbox),
            uids: mailbox.messages().map(|m| m.stored.uid).collect(),
            flags: mailbox.messages().map(|m| Some(m.marks.flags)).collect(),
        }
    }

    fn view(&self, account: &Account) -> View {
        View::new(Arc::clone(account.mailbox(INBOX).unwrap()), self.point)
    }

    /// Takes the updates as a client does: EXPUNGE shifts, EXISTS extends, FETCH sets.
    fn sync(&mut self, account: &Account, expunges: bool) {
        let view = self.view(account);
        let (updates, point) = view.updates(expunges);
        let mut vanished = UidSet::default();
        for seq in updates.expunged {
            vanished.insert(self.uids.remove(seq as usize - 1));
            self.flags.remove(seq as usize - 1);
        }
        assert_eq!(vanished, updates.vanished);
        self.point = point;
        let after = self.view(account);
        if let Some(exists) = updates.exists {
            for seq in self.uids.len() as u32 + 1..=exists {
                // A client would fetch these.
                self.uids
                    .push(after.uid_at(seq).expect("EXISTS counts what is there"));
                let uid = *self.uids.last().unwrap();
                let present = after.mailbox().by_uid(uid);
                self.flags.push(present.map(|m| m.marks.flags));
            }
        }
        for changed in updates.changed {
            assert_eq!(self.uids[changed.seq as usize - 1], changed.uid);
            self.flags[changed.seq as usize - 1] = Some(changed.marks.flags);
        }
        self.check_numbers(&after);
    }

    fn check_numbers(&self, view: &View) {
        assert_eq!(view.exists() as usize, self.uids.len());
        for (i, uid) in self.uids.iter().enumerate() {
            let seq = i as u32 + 1;
            assert_eq!(view.uid_at(seq), Some(*uid));
            assert_eq!(view.seq_of(*uid), seq);
        }
        assert_eq!(view.uid_at(self.uids.len() as u32 + 1), None);
        let all = UidSet::range(1, u32::MAX);
        for (seq, message) in view.messages(&all) {
            assert_eq!(self.uids[seq as usize - 1], message.stored.uid);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn clients_end_with_what_the_mailbox_holds(
        steps in proptest::collection::vec((act(), 0u8..6), 1..60),
    ) {
        let (mut account, mut log) = new_account();
        let mut clients = vec![Client::select(&account)];
        for (i, (act, what)) in steps.iter().enumerate() {
            let now = 3_000 + i as i64;
            let events = plan_act(&account, act, now);
            apply(&mut account, &mut log, &events, now);
            match what {
                0 => clients.push(Client::select(&account)),
                1 => clients.iter_mut().for_each(|c| c.sync(&account, true)),
                2 | 3 => clients.iter_mut().for_each(|c| c.sync(&account, false)),
                _ => {}
            }
        }
        let mailbox = account.mailbox(INBOX).unwrap();
        for client in &mut clients {
            client.sync(&account, true);
            let uids: Vec<u32> = mailbox.messages().map(|m| m.stored.uid).collect();
            prop_assert_eq!(&client.uids, &uids);
            let flags: Vec<_> = mailbox.messages().map(|m| Some(m.marks.flags)).collect();
            prop_assert_eq!(&client.flags, &flags);
            prop_assert!(client.point.knows_all_of(mailbox));
        }
    }

    #[test]
    fn sets_of_sequence_numbers_mean_the_messages_that_the_client_counts(
        acts in proptest::collection::vec(act(), 1..30),
        later in proptest::collection::vec(act(), 1..10),
        a in 1u32..12,
        b in 1u32..12,
    ) {
        let (mut account, mut log) = run(&acts);
        let client = Client::select(&account);
        for act in &later {
            let events = plan_act(&account, act, 9_000);
            apply(&mut account, &mut log, &events, 9_000);
        }
        let view = client.view(&account);
        let set = Set::Ranges(vec![(Number::Value(a), Number::Value(b))]);
        let resolved = view.resolve(&set, Numbering::Sequence, &UidSet::default());
        let (low, high) = (a.min(b) as usize, a.max(b) as usize);
        if high > client.uids.len() {
            prop_assert_eq!(resolved, None);
        } else {
            let expected = &client.uids[low - 1..high];
            let resolved = resolved.unwrap();
            let found: Vec<u32> =
                client.uids.iter().copied().filter(|uid| resolved.contains(*uid)).collect();
            prop_assert_eq!(&found[..], expected);
        }
        let star = Set::Ranges(vec![(Number::Star, Number::Star)]);
        let resolved = view.resolve(&star, Numbering::Sequence, &UidSet::default());
        // `*` is beyond the end of an empty mailbox (RFC 9051 section 9, `seq-number`).
        prop_assert_eq!(resolved.is_none(), client.uids.is_empty());
        let last = resolved.and_then(|resolved| resolved.last());
        prop_assert_eq!(last, client.uids.last().copied());
    }

    #[test]
    fn the_last_messages_of_a_set_begin_where_they_are_counted_to(
        acts in proptest::collection::vec(act(), 1..40),
        later in proptest::collection::vec(act(), 1..10),
        ranges in proptest::collection::vec((1u32..30, 1u32..30), 0..5),
        count in 1u32..8,
    ) {
        let (mut account, mut log) = run(&acts);
        let client = Client::select(&account);
        for act in &later {
            let events = plan_act(&account, act, 9_000);
            apply(&mut account, &mut log, &events, 9_000);
        }
        let view = client.view(&account);
        let set = UidSet::from_ranges(ranges);
        let uids: Vec<u32> = view.messages(&set).map(|(_, m)| m.stored.uid).collect();
        let over = uids.len().checked_sub(count as usize).filter(|over| *over > 0);
        let expected = over.map(|over| uids[over]);
        prop_assert_eq!(view.lowest_of_last(&set, count), expected);
    }
}
