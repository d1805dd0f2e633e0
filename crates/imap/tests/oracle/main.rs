//! The parser against another: imap-codec reads what we read, and both say the same of it.
//!
//! What imap-codec understands is turned into our own types and compared. Where the two differ,
//! `differences` says which text of an RFC decides.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]

mod differences;
mod generate;
mod theirs;

use bytes::Bytes;
use postern_imap::command::{Command, CommandBody};
use postern_imap::mailbox::MailboxArg;
use postern_imap::parse::parse;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use theirs::Theirs;

/// What we say: the command with INBOX in capitals, as imap-codec has it.
fn ours(frame: &[u8]) -> Option<Command> {
    let mut command = parse(&Bytes::copy_from_slice(frame)).ok()?;
    for mailbox in mailboxes(&mut command.body) {
        if mailbox.0.eq_ignore_ascii_case(b"INBOX") {
            mailbox.0 = Bytes::from_static(b"INBOX");
        }
    }
    Some(command)
}

fn mailboxes(body: &mut CommandBody) -> Vec<&mut MailboxArg> {
    match body {
        CommandBody::Select(select) | CommandBody::Examine(select) => vec![&mut select.mailbox],
        CommandBody::Create(create) => vec![&mut create.mailbox],
        CommandBody::Delete(mailbox)
        | CommandBody::Subscribe(mailbox)
        | CommandBody::Unsubscribe(mailbox)
        | CommandBody::Status { mailbox, .. }
        | CommandBody::Copy { mailbox, .. }
        | CommandBody::Move { mailbox, .. } => vec![mailbox],
        CommandBody::Rename { from, to } => vec![from, to],
        CommandBody::List(list) => vec![&mut list.reference],
        CommandBody::Lsub { reference, .. } => vec![reference],
        CommandBody::Append(append) => vec![&mut append.mailbox],
        _ => Vec::new(),
    }
}

/// The difference in what the two say of a frame; None where they agree, or where imap-codec
/// has no type for it.
fn difference(frame: &[u8]) -> Option<String> {
    let (ours, theirs) = (ours(frame), theirs::read(frame));
    match (&ours, &theirs) {
        (_, Theirs::Beyond) | (None, Theirs::Rejected) => None,
        (Some(ours), Theirs::Meaning(theirs)) if ours == theirs => None,
        _ => Some(format!(
            "{:?}\n  ours:   {ours:?}\n  theirs: {theirs:?}",
            String::from_utf8_lossy(frame)
        )),
    }
}

/// 4000, or more where `PROPTEST_CASES` says so.
fn how_many() -> ProptestConfig {
    let asked = ProptestConfig::default();
    ProptestConfig {
        cases: asked.cases.max(4000),
        failure_persistence: None,
        ..asked
    }
}

proptest! {
    #![proptest_config(how_many())]

    #[test]
    fn valid_commands_are_read_alike(frame in generate::command()) {
        prop_assert!(ours(&frame).is_some(), "refused: {:?}", String::from_utf8_lossy(&frame));
        if let Some(difference) = difference(&frame) {
            prop_assert!(differences::known(&frame).is_some(), "{difference}");
        }
    }

    #[test]
    fn damaged_commands_are_read_alike(frame in generate::damaged()) {
        if let Some(difference) = difference(&frame) {
            prop_assert!(differences::known(&frame).is_some(), "{difference}");
        }
    }
}

#[test]
fn every_known_difference_is_one() {
    for known in differences::KNOWN {
        let example = known.example.as_bytes();
        assert!(difference(example).is_some(), "no difference: {known:?}");
        assert_eq!(differences::known(example), Some(known), "{known:?}");
    }
}

#[test]
fn most_of_what_is_generated_is_compared() {
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let compared = (0..500).filter(|_| {
        let frame = generate::command().new_tree(&mut runner).unwrap().current();
        matches!(theirs::read(&frame), Theirs::Meaning(_))
    });
    let compared = compared.count();
    assert!(compared > 400, "{compared} of 500");
}
