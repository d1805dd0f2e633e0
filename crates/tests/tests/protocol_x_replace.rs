//! REPLACE: RFC 8508.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]

use postern_tests::{Client, Reply, ServerUnderTest};

const DRAFT: &str = "Subject: happy new year !!\r\n\r\n\
                     Just saw the best fireworks show. Wish you were here.\r\n";

/// A mailbox of four drafts, selected; the UIDs are 1 to 4.
fn start() -> (ServerUnderTest, Client) {
    let server = ServerUnderTest::start();
    let mut client = Client::login(&server);
    client.command("CREATE Work");
    for n in 1..=4 {
        let message = format!("Subject: draft {n}\r\n\r\nText\r\n");
        client.append("Work", "(\\Seen \\Flagged)", message.as_bytes());
    }
    client.command("SELECT Work");
    (server, client)
}

fn replace(client: &mut Client, command: &str, message: &str) -> Reply {
    client.send_raw(format!("r {command} {{{}+}}\r\n{message}\r\n", message.len()).as_bytes());
    client.replies("r")
}

fn place(lines: &[String], part: &str) -> usize {
    let place = lines.iter().position(|line| line.contains(part));
    place.unwrap_or_else(|| panic!("no {part}: {lines:#?}"))
}

fn uids(client: &mut Client) -> Vec<String> {
    let lines = client.command("UID SEARCH ALL");
    let numbers = lines[0].split(' ').skip(2);
    numbers.map(str::to_owned).collect()
}

/// The example of section 3.2.
#[test]
fn the_new_message_is_told_before_the_old_one_goes() {
    let (_server, mut client) = start();
    let capabilities = client.command("CAPABILITY");
    assert!(capabilities[0].contains(" REPLACE"), "{capabilities:?}");
    let reply = replace(&mut client, "REPLACE 4 Work (\\Seen \\Draft)", DRAFT);
    assert!(reply.tagged.starts_with("OK "), "{reply:?}");
    let lines = reply.lines();
    let (uid, expunge) = (
        place(&lines, "* OK [APPENDUID "),
        place(&lines, "* 4 EXPUNGE"),
    );
    assert!(uid < expunge, "{lines:?}");
    assert!(lines[uid].contains(" 5] "), "{lines:?}");
    place(&lines, " EXISTS");
    // Nothing of the way there is told, and nothing is inherited.
    assert!(
        lines.iter().all(|line| !line.contains("\\Deleted")),
        "{lines:?}"
    );
    assert_eq!(uids(&mut client), ["1", "2", "3", "5"]);
    let fetched = client.command("UID FETCH 5 (FLAGS RFC822.SIZE)");
    assert!(
        fetched[0].contains(&format!("RFC822.SIZE {}", DRAFT.len())),
        "{fetched:?}"
    );
    assert!(
        fetched[0].contains("\\Draft") && !fetched[0].contains("\\Flagged"),
        "{fetched:?}"
    );
}

#[test]
fn by_uid_and_into_another_mailbox() {
    let (_server, mut client) = start();
    client.command("STORE 1 +FLAGS (\\Deleted)");
    client.command("CREATE Done");
    let reply = replace(&mut client, "UID REPLACE 2 Done", DRAFT);
    assert!(reply.tagged.starts_with("OK "), "{reply:?}");
    let lines = reply.lines();
    place(&lines, "* OK [APPENDUID ");
    place(&lines, "* 2 EXPUNGE");
    assert!(
        lines.iter().all(|line| !line.contains("EXISTS")),
        "{lines:?}"
    );
    // Only the message named goes, whatever else has \Deleted.
    assert_eq!(uids(&mut client), ["1", "3", "4"]);
    let status = client.command("STATUS Done (MESSAGES)");
    assert_eq!(status, ["* STATUS Done (MESSAGES 1)"]);
}

#[test]
fn what_fails_changes_nothing() {
    let (_server, mut client) = start();
    let table = [
        ("REPLACE 1 bogusname", DRAFT, "NO [TRYCREATE]"),
        ("REPLACE 9 Work", DRAFT, "BAD"),
        ("UID REPLACE 9 Work", DRAFT, "NO "),
        ("REPLACE 1 Work", "", "NO "),
        ("REPLACE 1:2 Work", DRAFT, "BAD"),
    ];
    for (command, message, expected) in table {
        let reply = replace(&mut client, command, message);
        assert!(reply.tagged.starts_with(expected), "{command}: {reply:?}");
        assert!(reply.untagged.is_empty(), "{command}: {reply:?}");
    }
    assert_eq!(uids(&mut client), ["1", "2", "3", "4"]);
    client.command("EXAMINE Work");
    let reply = replace(&mut client, "REPLACE 1 Work", DRAFT);
    assert!(reply.tagged.starts_with("NO "), "{reply:?}");
    client.command("UNSELECT");
    let reply = replace(&mut client, "REPLACE 1 Work", DRAFT);
    assert!(reply.tagged.starts_with("BAD"), "{reply:?}");
}

#[test]
fn a_message_that_another_session_removed_is_not_replaced() {
    let (server, mut client) = start();
    let mut other = Client::login(&server);
    other.command("SELECT Work");
    other.command("STORE 2 +FLAGS (\\Deleted)");
    other.command("EXPUNGE");
    let reply = replace(&mut client, "REPLACE 2 Work", DRAFT);
    assert!(reply.tagged.starts_with("NO [EXPUNGEISSUED]"), "{reply:?}");
    assert_eq!(uids(&mut client), ["1", "3", "4"]);
}

#[test]
fn qresync_learns_of_it_by_vanished() {
    let (_server, mut client) = start();
    client.command("UNSELECT");
    client.command("ENABLE QRESYNC");
    client.command("SELECT Work");
    let reply = replace(&mut client, "REPLACE * Work", DRAFT);
    assert!(reply.tagged.starts_with("OK [HIGHESTMODSEQ "), "{reply:?}");
    let lines = reply.lines();
    let (uid, gone) = (place(&lines, "[APPENDUID "), place(&lines, "* VANISHED 4"));
    assert!(uid < gone, "{lines:?}");
    assert!(
        lines.iter().all(|line| !line.contains("EXPUNGE")),
        "{lines:?}"
    );
}
