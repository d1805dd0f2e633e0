//! OLDER and YOUNGER at their second: RFC 5032 section 2.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]

#[allow(dead_code, reason = "some of it is for other tests")]
mod common;

use common::{Act, run};
use postern_account::search::{Context, Known, Program};
use postern_account::{INBOX, Point, View};
use postern_imap::search::SearchKey;
use postern_imap::sequence::UidSet;
use std::sync::Arc;

#[test]
fn the_second_itself_belongs_to_both() {
    // Every mailbox has a message whose internal date is 1_700_000_000.
    let acts: Vec<_> = (0..10).map(|n| Act::Append(n, 1)).collect();
    let account = run(&acts).0;
    let mailbox = account.mailbox(INBOX).unwrap();
    let view = View::new(Arc::clone(mailbox), Point::of(mailbox));
    let message = mailbox.messages().next().unwrap();
    assert_eq!(message.stored.date.unix, 1_700_000_000);
    let holds = |key: SearchKey, now: i64| {
        let context = Context {
            view: &view,
            saved: &UidSet::default(),
            charset: None,
            collation: postern_message::Collation::default(),
            lenient: false,
            now,
        };
        let program = Program::compile(&key, context).unwrap();
        program.holds(&message, false, Known::Nothing).unwrap()
    };
    for (now, older, younger) in [
        (1_700_000_099, false, true),
        (1_700_000_100, true, true),
        (1_700_000_101, true, false),
    ] {
        assert_eq!(holds(SearchKey::Older(100), now), older, "{now}");
        assert_eq!(holds(SearchKey::Younger(100), now), younger, "{now}");
    }
    assert!(!holds(SearchKey::Older(u32::MAX), 0));
    assert!(holds(SearchKey::Younger(u32::MAX), i64::MIN));
}
