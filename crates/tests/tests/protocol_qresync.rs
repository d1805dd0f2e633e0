//! QRESYNC: RFC 7162 section 3.2.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]

use postern_tests::{Client, ServerUnderTest, code, enabled, fetched, selected, with_messages};

/// UIDVALIDITY and HIGHESTMODSEQ of INBOX.
fn state(server: &ServerUnderTest) -> (String, u64) {
    let lines = enabled(server, "CONDSTORE").command("SELECT INBOX");
    let highest = code(&lines, "HIGHESTMODSEQ").unwrap();
    (
        code(&lines, "UIDVALIDITY").unwrap(),
        highest.parse().unwrap(),
    )
}

fn vanished(lines: &[String]) -> Vec<&String> {
    let of = |line: &&String| line.starts_with("* VANISHED");
    lines.iter().filter(of).collect()
}

fn expunge(client: &mut Client, uids: &str) {
    client.command(&format!(r"UID STORE {uids} +FLAGS.SILENT (\Deleted)"));
    client.command(&format!("UID EXPUNGE {uids}"));
}

/// What happens between two visits: UIDs 2 and 4 go, 3 is flagged, 6 comes.
fn meanwhile(server: &ServerUnderTest) {
    let mut other = selected(server, "");
    expunge(&mut other, "2,4");
    other.command(r"UID STORE 3 +FLAGS (\Flagged)");
    other.append("INBOX", "", b"Subject: six\r\n\r\nsix\r\n");
}

#[test]
fn enable_qresync_enables_condstore() {
    let server = with_messages(1);
    let mut client = enabled(&server, "");
    let lines = client.command("ENABLE QRESYNC");
    assert!(lines[0].contains("QRESYNC"), "{lines:?}");
    client.command("SELECT INBOX");
    let lines = client.command(r"STORE 1 +FLAGS (\Seen)");
    assert!(
        lines[0].contains("MODSEQ (") && lines[0].contains("UID 1"),
        "{lines:?}"
    );
}

/// RFC 7162 section 3.2.3: tagged BAD before ENABLE QRESYNC.
#[test]
fn qresync_and_vanished_need_enable() {
    let server = with_messages(1);
    let mut client = enabled(&server, "CONDSTORE");
    let reply = client.try_command("SELECT INBOX (QRESYNC (1 1))");
    assert!(reply.tagged.starts_with("BAD"), "{reply:?}");
    client.command("SELECT INBOX");
    let reply = client.try_command("UID FETCH 1:* FLAGS (CHANGEDSINCE 1 VANISHED)");
    assert!(reply.tagged.starts_with("BAD"), "{reply:?}");
}

#[test]
fn select_tells_what_vanished_and_what_changed() {
    let server = with_messages(5);
    let (validity, modseq) = state(&server);
    meanwhile(&server);
    let mut client = enabled(&server, "QRESYNC");
    let lines = client.command(&format!("SELECT INBOX (QRESYNC ({validity} {modseq}))"));
    assert_eq!(vanished(&lines), ["* VANISHED (EARLIER) 2,4"]);
    // UIDs 1, 3, 5, 6 are the numbers 1 to 4.
    let all = fetched(&lines);
    let numbers: Vec<_> = all.iter().map(|(n, _)| *n).collect();
    assert_eq!(numbers, [2, 4], "{lines:?}");
    assert!(
        all[0].1.contains("UID 3") && all[0].1.contains(r"\Flagged"),
        "{lines:?}"
    );
    assert!(all[1].1.contains("UID 6"), "{lines:?}");
    assert!(
        all.iter().all(|(_, items)| items.contains("MODSEQ (")),
        "{lines:?}"
    );
}

#[test]
fn nothing_is_told_when_nothing_changed() {
    let server = with_messages(3);
    let (validity, modseq) = state(&server);
    let mut client = enabled(&server, "QRESYNC");
    let lines = client.command(&format!("SELECT INBOX (QRESYNC ({validity} {modseq}))"));
    assert!(
        vanished(&lines).is_empty() && fetched(&lines).is_empty(),
        "{lines:?}"
    );
}

#[test]
fn known_uids_bound_what_is_told() {
    let server = with_messages(5);
    let (validity, modseq) = state(&server);
    meanwhile(&server);
    let mut client = enabled(&server, "QRESYNC");
    let lines = client.command(&format!("SELECT INBOX (QRESYNC ({validity} {modseq} 1:3))"));
    assert_eq!(vanished(&lines), ["* VANISHED (EARLIER) 2"]);
    assert_eq!(fetched(&lines).len(), 1, "{lines:?}");
}

#[test]
fn the_match_data_is_taken() {
    let server = with_messages(5);
    let (validity, modseq) = state(&server);
    meanwhile(&server);
    let mut client = enabled(&server, "QRESYNC");
    let parameters = format!("{validity} {modseq} 1:5 (1,3 1,3)");
    let lines = client.command(&format!("SELECT INBOX (QRESYNC ({parameters}))"));
    assert_eq!(vanished(&lines), ["* VANISHED (EARLIER) 2,4"]);
    // The same without known UIDs, and by EXAMINE.
    let lines = client.command(&format!(
        "EXAMINE INBOX (QRESYNC ({validity} {modseq} (1,3 1,3)))"
    ));
    assert_eq!(vanished(&lines), ["* VANISHED (EARLIER) 2,4"]);
}

/// RFC 7162 section 3.2.5: of another UIDVALIDITY nothing can be told.
#[test]
fn another_uidvalidity_is_ignored() {
    let server = with_messages(5);
    let (validity, modseq) = state(&server);
    meanwhile(&server);
    let other: u32 = validity.parse::<u32>().unwrap() - 1;
    let mut client = enabled(&server, "QRESYNC");
    let lines = client.command(&format!("SELECT INBOX (QRESYNC ({other} {modseq}))"));
    assert!(
        vanished(&lines).is_empty() && fetched(&lines).is_empty(),
        "{lines:?}"
    );
    assert_eq!(code(&lines, "UIDVALIDITY"), Some(validity));
}

#[test]
fn malformed_qresync_parameters_are_bad() {
    let server = with_messages(1);
    let mut client = enabled(&server, "QRESYNC");
    for parameters in [
        "",
        "()",
        "(1)",
        "(0 1)",
        "(x 1)",
        "(1 1 $)",
        "(1 1 1:*)",
        "(1 1 1:2 (1))",
    ] {
        let reply = client.try_command(&format!("SELECT INBOX (QRESYNC {parameters})"));
        assert!(reply.tagged.starts_with("BAD"), "{parameters}: {reply:?}");
    }
}

#[test]
fn expunges_are_told_by_vanished() {
    let server = with_messages(4);
    let mut client = selected(&server, "QRESYNC");
    let mut plain = selected(&server, "");
    client.command(r"STORE 1,3 +FLAGS.SILENT (\Deleted)");
    let reply = client.ok("EXPUNGE");
    assert_eq!(vanished(&reply.lines()), ["* VANISHED 1,3"]);
    // RFC 7162 section 3.2.7.
    assert!(reply.tagged.starts_with("OK [HIGHESTMODSEQ "), "{reply:?}");
    let lines = plain.command("NOOP");
    let told: Vec<_> = lines
        .iter()
        .filter(|line| line.ends_with("EXPUNGE"))
        .collect();
    assert_eq!(told, ["* 3 EXPUNGE", "* 1 EXPUNGE"]);
    expunge(&mut plain, "4");
    assert_eq!(vanished(&client.command("NOOP")), ["* VANISHED 4"]);
}

#[test]
fn move_tells_vanished_and_highestmodseq() {
    let server = with_messages(3);
    let mut client = selected(&server, "QRESYNC");
    let reply = client.ok("UID MOVE 2 Trash");
    let lines = reply.lines();
    let copied = lines
        .iter()
        .position(|line| line.starts_with("* OK [COPYUID"));
    let gone = lines.iter().position(|line| line == "* VANISHED 2");
    assert!(copied.is_some() && copied < gone, "{lines:?}");
    assert!(reply.tagged.starts_with("OK [HIGHESTMODSEQ "), "{reply:?}");
}

/// RFC 7162 section 3.2.8: "The server MUST NOT send the updated per-mailbox modification
/// sequence using the HIGHESTMODSEQ response code in the tagged OK response".
#[test]
fn close_does_not_tell_highestmodseq() {
    let server = with_messages(1);
    let mut client = selected(&server, "QRESYNC");
    client.command(r"STORE 1 +FLAGS.SILENT (\Deleted)");
    let reply = client.ok("CLOSE");
    assert!(!reply.tagged.contains("HIGHESTMODSEQ"), "{reply:?}");
    assert!(vanished(&reply.lines()).is_empty(), "{reply:?}");
}

/// RFC 7162 section 3.2.6.
#[test]
fn uid_fetch_tells_what_vanished() {
    let server = with_messages(5);
    let (_, modseq) = state(&server);
    meanwhile(&server);
    let mut client = selected(&server, "QRESYNC");
    let lines = client.command(&format!(
        "UID FETCH 1:3 (FLAGS) (CHANGEDSINCE {modseq} VANISHED)"
    ));
    assert_eq!(vanished(&lines), ["* VANISHED (EARLIER) 2"]);
    let all = fetched(&lines);
    assert_eq!(all.len(), 1, "{lines:?}");
    assert!(all[0].1.contains("UID 3"), "{lines:?}");
    let earlier = lines.iter().position(|line| line.starts_with("* VANISHED"));
    let fetch = lines.iter().position(|line| line.contains("FETCH"));
    assert!(earlier < fetch, "VANISHED (EARLIER) comes first: {lines:?}");
}

#[test]
fn uid_fetch_of_the_saved_result_tells_only_what_it_names() {
    let server = with_messages(3);
    let mut client = selected(&server, "QRESYNC");
    let modseq = state(&server).1;
    client.command("SEARCH RETURN (SAVE) UID 1");
    expunge(&mut client, "3");
    let lines = client.command(&format!(
        "UID FETCH $ (FLAGS) (CHANGEDSINCE {modseq} VANISHED)"
    ));
    assert!(vanished(&lines).is_empty(), "{lines:?}");
}

#[test]
fn vanished_belongs_to_uid_fetch_with_changedsince() {
    let server = with_messages(1);
    let mut client = selected(&server, "QRESYNC");
    for command in [
        "FETCH 1 FLAGS (CHANGEDSINCE 1 VANISHED)",
        "UID FETCH 1 FLAGS (VANISHED)",
    ] {
        let reply = client.try_command(command);
        assert!(reply.tagged.starts_with("BAD"), "{command}: {reply:?}");
    }
}

/// RFC 7162 section 3.2.11.
#[test]
fn closed_divides_two_mailboxes() {
    let server = with_messages(1);
    let mut client = selected(&server, "QRESYNC");
    let lines = client.command("SELECT Sent");
    assert!(lines[0].starts_with("* OK [CLOSED]"), "{lines:?}");
    let reply = client.try_command("SELECT Nothing");
    assert!(reply.lines()[0].starts_with("* OK [CLOSED]"), "{reply:?}");
    let lines = client.command("SELECT Sent");
    assert!(
        code(&lines, "CLOSED").is_none(),
        "nothing was open: {lines:?}"
    );
}
