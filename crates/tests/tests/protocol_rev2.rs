//! What ENABLE IMAP4rev2 changes: RFC 9051 appendix E, and what it must not change for others.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]

use postern_tests::{code, enabled, fetched, message, selected, with_messages};

#[test]
fn flags_have_no_recent_and_no_recent_count_comes() {
    let server = with_messages(2);
    let mut client = selected(&server, "IMAP4rev2");
    let lines = client.command("FETCH 1:2 FLAGS");
    assert!(
        !lines.iter().any(|line| line.contains("Recent")),
        "{lines:?}"
    );
    let mut other = enabled(&server, "");
    other.append("INBOX", "", &message("three"));
    let lines = client.command("NOOP");
    assert_eq!(lines, ["* 3 EXISTS"]);
}

/// RFC 9051 section 7.5.2: unsolicited FETCH responses have the UID.
#[test]
fn changes_are_told_with_their_uid() {
    let server = with_messages(3);
    let mut client = selected(&server, "IMAP4rev2");
    let mut other = selected(&server, "");
    other.command(r"STORE 1 +FLAGS.SILENT (\Deleted)");
    other.command("EXPUNGE");
    other.command(r"UID STORE 3 +FLAGS (\Seen)");
    let lines = client.command("NOOP");
    assert!(lines.contains(&"* 1 EXPUNGE".to_owned()), "{lines:?}");
    let all = fetched(&lines);
    assert!(
        all.iter().any(|(_, items)| items.contains("UID 3")),
        "{lines:?}"
    );
}

#[test]
fn a_session_without_it_sees_nothing_of_it() {
    let server = with_messages(1);
    let _new = selected(&server, "IMAP4rev2");
    let mut old = enabled(&server, "");
    let lines = old.command("SELECT INBOX");
    assert!(
        lines.iter().any(|line| line.ends_with(" RECENT")),
        "{lines:?}"
    );
    assert_eq!(old.command("SEARCH ALL"), ["* SEARCH 1"]);
    assert!(
        !lines.iter().any(|line| line.starts_with("* LIST")),
        "{lines:?}"
    );
}

#[test]
fn it_works_together_with_qresync() {
    let server = with_messages(3);
    let mut client = enabled(&server, "IMAP4rev2 QRESYNC");
    let lines = client.command("SELECT INBOX");
    let (validity, modseq) = (
        code(&lines, "UIDVALIDITY").unwrap(),
        code(&lines, "HIGHESTMODSEQ").unwrap(),
    );
    client.command(r"UID STORE 2 +FLAGS.SILENT (\Deleted)");
    let lines = client.command("UID EXPUNGE 2");
    assert_eq!(lines, ["* VANISHED 2"]);
    let lines = client.command(&format!("SELECT INBOX (QRESYNC ({validity} {modseq}))"));
    assert!(
        lines.contains(&"* VANISHED (EARLIER) 2".to_owned()),
        "{lines:?}"
    );
    assert!(lines[0].starts_with("* OK [CLOSED]"), "{lines:?}");
}
