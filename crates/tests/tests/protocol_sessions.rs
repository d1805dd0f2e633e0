//! COPY, MOVE, EXPUNGE, CLOSE, UNSELECT and IDLE; what sessions see of each other.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]

use postern_tests::{
    ACCOUNT, Client, Lmtp, ServerUnderTest, code, enabled, fetched, message, selected,
    with_messages,
};

fn expunges(lines: &[String]) -> Vec<&str> {
    lines
        .iter()
        .filter_map(|line| line.strip_prefix("* ")?.strip_suffix(" EXPUNGE"))
        .collect()
}

fn messages(client: &mut Client, mailbox: &str) -> String {
    let lines = client.command(&format!("STATUS {mailbox} (MESSAGES)"));
    lines[0]
        .split("MESSAGES ")
        .nth(1)
        .unwrap()
        .trim_end_matches(')')
        .to_owned()
}

#[test]
fn copy_keeps_flags_and_date_and_tells_copyuid() {
    let server = with_messages(0);
    let mut client = selected(&server, "");
    let date = "17-Jul-1996 02:44:25 -0700";
    client.command(&format!(
        "APPEND INBOX (\\Seen $Work) \"{date}\" {{1+}}\r\nx"
    ));
    client.append("INBOX", "", &message("two"));
    let target = code(&client.command("STATUS Sent (MESSAGES)"), "X");
    assert_eq!(target, None);
    let reply = client.ok("COPY 1:2 Sent");
    let copied = code(&[&reply.tagged], "COPYUID").expect("COPYUID");
    let lines = client.command("SELECT Sent");
    assert_eq!(
        copied,
        format!("{} 1:2 1:2", code(&lines, "UIDVALIDITY").unwrap())
    );
    let lines = client.command("FETCH 1 (INTERNALDATE FLAGS)");
    assert!(lines[0].contains(date), "{lines:?}");
    assert!(
        lines[0].contains(r"\Seen") && lines[0].contains("$Work"),
        "{lines:?}"
    );
}

#[test]
fn copy_into_nothing_is_trycreate_and_copies_nothing() {
    let server = with_messages(2);
    let mut client = selected(&server, "");
    for command in [
        "COPY 1 Nothing",
        "UID COPY 1:2 Nothing",
        "MOVE 1 Nothing",
        "UID MOVE 1 Nothing",
    ] {
        let reply = client.try_command(command);
        assert!(
            reply.tagged.starts_with("NO [TRYCREATE]"),
            "{command}: {reply:?}"
        );
    }
    assert_eq!(messages(&mut client, "INBOX"), "2");
}

#[test]
fn copy_and_move_by_unknown_uid_are_ok_and_by_unknown_number_bad() {
    let server = with_messages(1);
    let mut client = selected(&server, "");
    for command in ["COPY", "MOVE"] {
        let reply = client.ok(&format!("UID {command} 7:9 Sent"));
        assert!(!reply.tagged.contains("COPYUID"), "{reply:?}");
        let reply = client.try_command(&format!("{command} 2 Sent"));
        assert!(reply.tagged.starts_with("BAD"), "{reply:?}");
    }
    assert_eq!(messages(&mut client, "Sent"), "0");
}

#[test]
fn copy_into_the_same_mailbox_makes_new_messages() {
    let server = with_messages(2);
    let mut client = selected(&server, "");
    let lines = client.command("COPY 1:2 INBOX");
    assert!(lines.contains(&"* 4 EXISTS".to_owned()), "{lines:?}");
    assert_eq!(client.command("UID SEARCH ALL"), ["* SEARCH 1 2 3 4"]);
}

/// RFC 6851 section 4.3: COPYUID, untagged, comes before the removals.
#[test]
fn move_tells_copyuid_and_then_expunges() {
    let server = with_messages(4);
    let mut client = selected(&server, "");
    let reply = client.ok("MOVE 2,4 Trash");
    let lines = reply.lines();
    let copied = code(&lines, "COPYUID").expect("COPYUID");
    assert!(copied.ends_with(" 2,4 1:2"), "{copied}");
    assert!(lines[0].starts_with("* OK [COPYUID"), "{lines:?}");
    assert_eq!(expunges(&lines), ["4", "2"]);
    assert_eq!(client.command("UID SEARCH ALL"), ["* SEARCH 1 3"]);
    assert_eq!(messages(&mut client, "Trash"), "2");
}

#[test]
fn expunge_removes_what_is_deleted_and_keeps_numbers_right() {
    let server = with_messages(5);
    let mut client = selected(&server, "");
    client.command(r"STORE 1,3,4 +FLAGS.SILENT (\Deleted)");
    let lines = client.command("EXPUNGE");
    // Whatever the order, each number counts after the ones before it.
    let mut uids = vec![1, 2, 3, 4, 5];
    for number in expunges(&lines) {
        uids.remove(number.parse::<usize>().unwrap() - 1);
    }
    assert_eq!(uids, [2, 5]);
    assert_eq!(client.command("UID SEARCH ALL"), ["* SEARCH 2 5"]);
}

/// RFC 4315 section 2.1.
#[test]
fn uid_expunge_removes_only_what_it_names() {
    let server = with_messages(3);
    let mut client = selected(&server, "");
    client.command(r"STORE 1,3 +FLAGS.SILENT (\Deleted)");
    assert_eq!(expunges(&client.command("UID EXPUNGE 2:3")), ["3"]);
    assert_eq!(client.command("UID SEARCH ALL"), ["* SEARCH 1 2"]);
    assert!(client.command("UID EXPUNGE 99").is_empty());
}

#[test]
fn close_expunges_without_telling_and_unselect_does_not() {
    let server = with_messages(3);
    let mut client = selected(&server, "");
    client.command(r"STORE 1 +FLAGS.SILENT (\Deleted)");
    assert!(client.command("UNSELECT").is_empty());
    assert_eq!(messages(&mut client, "INBOX"), "3");
    client.command("EXAMINE INBOX");
    assert!(client.command("CLOSE").is_empty());
    assert_eq!(messages(&mut client, "INBOX"), "3");
    client.command("SELECT INBOX");
    assert!(client.command("CLOSE").is_empty());
    assert_eq!(messages(&mut client, "INBOX"), "2");
}

#[test]
fn sessions_see_each_other_at_noop() {
    let server = with_messages(3);
    let (mut one, mut two) = (selected(&server, ""), selected(&server, ""));
    one.append("INBOX", "", &message("four"));
    one.command(r"STORE 2 +FLAGS (\Flagged)");
    one.command(r"STORE 1 +FLAGS.SILENT (\Deleted)");
    one.command("EXPUNGE");
    let lines = two.command("NOOP");
    assert_eq!(expunges(&lines), ["1"]);
    assert!(lines.contains(&"* 3 EXISTS".to_owned()), "{lines:?}");
    // UID 2 is number 1 after the expunge and 2 before it.
    let place = |what: &str| lines.iter().position(|line| line.contains(what)).unwrap();
    let number = if place("FETCH") > place("EXPUNGE") {
        1
    } else {
        2
    };
    assert_eq!(fetched(&lines)[0].0, number, "{lines:?}");
    assert!(two.command("NOOP").is_empty());
}

/// RFC 9051 section 7.5.1: not while FETCH, STORE or SEARCH by number is in progress.
#[test]
fn expunges_wait_for_commands_without_numbers() {
    let server = with_messages(4);
    let (mut one, mut two) = (selected(&server, ""), selected(&server, ""));
    one.command(r"STORE 1 +FLAGS.SILENT (\Deleted)");
    one.command("EXPUNGE");
    for command in ["FETCH 3:4 UID", "SEARCH ALL", r"STORE 4 +FLAGS (\Seen)"] {
        let lines = two.command(command);
        assert!(expunges(&lines).is_empty(), "{command}: {lines:?}");
    }
    assert_eq!(two.command("FETCH 4 UID"), ["* 4 FETCH (UID 4)"]);
    one.append("INBOX", "", &message("new"));
    let lines = two.command("FETCH 2 UID");
    assert!(
        lines.contains(&"* 5 EXISTS".to_owned()),
        "the ghost still counts: {lines:?}"
    );
    assert_eq!(expunges(&two.command("UID FETCH 3 UID")), ["1"]);
    assert_eq!(two.command("FETCH 4 UID"), ["* 4 FETCH (UID 5)"]);
}

#[test]
fn idle_tells_changes_as_they_come() {
    let server = with_messages(2);
    let (mut idle, mut other) = (selected(&server, ""), selected(&server, ""));
    idle.send("i IDLE");
    idle.expect("+");
    other.command(r"STORE 2 +FLAGS (\Flagged)");
    let lines = idle.expect("* 2 FETCH");
    assert!(lines[0].contains(r"\Flagged"), "{lines:?}");
    other.append("INBOX", "", &message("three"));
    idle.expect("* 3 EXISTS");
    other.command(r"STORE 1 +FLAGS.SILENT (\Deleted)");
    other.command("EXPUNGE");
    idle.expect("* 1 EXPUNGE");
    idle.send("DONE");
    idle.expect("i OK");
}

#[test]
fn a_delivery_is_told_in_idle() {
    let server = ServerUnderTest::start();
    let mut idle = selected(&server, "");
    idle.send("i IDLE");
    idle.expect("+");
    let mut lmtp = Lmtp::connect(&server);
    let replies = lmtp.deliver(&[ACCOUNT], &message("delivered"));
    assert!(replies[0].starts_with("250"), "{replies:?}");
    idle.expect("* 1 EXISTS");
    idle.send_raw(b"done\r\nf FETCH 1 (UID)\r\n");
    idle.expect("i OK");
    assert_eq!(idle.expect("f OK")[0], "* 1 FETCH (UID 1)");
}

/// What was missed before IDLE is told when it begins.
#[test]
fn idle_begins_with_what_is_new() {
    let server = with_messages(1);
    let (mut idle, mut other) = (selected(&server, ""), enabled(&server, ""));
    other.append("INBOX", "", &message("two"));
    idle.send("i IDLE");
    idle.expect("* 2 EXISTS");
    idle.send("DONE");
    idle.expect("i OK");
}

#[test]
fn anything_but_done_ends_idle_with_bad() {
    let server = with_messages(0);
    for line in ["NOOP", "", "x NOOP", "DONE NOW"] {
        let mut client = selected(&server, "");
        client.send("i IDLE");
        client.expect("+");
        client.send(line);
        client.expect("i BAD");
        client.command("NOOP");
    }
}

#[test]
fn idle_without_a_mailbox_waits_for_done() {
    let server = with_messages(0);
    let mut client = enabled(&server, "");
    client.send_raw(b"i IDLE\r\nDONE\r\nn NOOP\r\n");
    client.expect("i OK");
    client.expect("n OK");
}

/// The numbers that a client keeps stay right whatever others do.
#[test]
fn numbers_stay_right_through_many_changes() {
    let server = with_messages(20);
    let (mut one, mut two) = (selected(&server, ""), selected(&server, ""));
    let mut known: Vec<u32> = (1..=20).collect();
    for round in 0..10_u32 {
        one.command(&format!(
            r"UID STORE {},{} +FLAGS.SILENT (\Deleted)",
            round + 1,
            20 - round
        ));
        one.command(&format!("UID EXPUNGE {},{}", round + 1, 20 - round));
        one.append("INBOX", "", &message("more"));
        let command = if round % 2 == 0 {
            "FETCH 1 UID"
        } else {
            "NOOP"
        };
        for line in two.try_command(command).lines() {
            if let Some(number) = line.strip_suffix(" EXPUNGE") {
                known.remove(number[2..].parse::<usize>().unwrap() - 1);
            } else if let Some(number) = line.strip_suffix(" EXISTS") {
                let count: usize = number[2..].parse().unwrap();
                assert!(count >= known.len(), "{line}: {known:?}");
                known.resize(count, 0);
            }
        }
    }
    for (place, items) in fetched(&two.try_command("FETCH 1:* UID").lines()) {
        let uid: u32 = items.trim_start_matches("UID ").parse().unwrap();
        let kept = known[place as usize - 1];
        assert!(kept == uid || kept == 0, "{place}: {kept} {uid}");
    }
    assert_eq!(known.len(), 10);
}
