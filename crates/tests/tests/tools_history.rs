//! `postern history` beside a server that works: what happened, when, and from where.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]

use postern_tests::{ACCOUNT, Client, Lmtp, ServerUnderTest, message};
use serde_json::Value;

fn history(server: &ServerUnderTest, more: &[&str]) -> Vec<Value> {
    let arguments = [&["history", "--account", ACCOUNT, "--json"], more].concat();
    let text = server.run(&arguments).success().text();
    let lines = text.lines();
    lines
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

fn told(lines: &[Value]) -> Vec<String> {
    let field = |line: &Value, name: &str| line[name].as_str().unwrap_or_default().to_owned();
    let line = |line: &Value| {
        let (mailbox, what, uids) = (
            field(line, "mailbox"),
            field(line, "what"),
            field(line, "uids"),
        );
        format!("{mailbox} {what} {uids}").trim_end().to_owned()
    };
    lines.iter().map(line).collect()
}

#[test]
fn what_happened_to_a_message_is_told_with_who_did_it() {
    let server = ServerUnderTest::configured("");
    Lmtp::connect(&server).deliver(&[ACCOUNT], &message("lost letter"));
    let mut phone = Client::login(&server);
    phone.command("ID (\"name\" \"Pocket\" \"version\" \"3\")");
    phone.append("INBOX", "(\\Seen)", &message("another"));
    phone.command("SELECT INBOX");
    phone.command("STORE 1 +FLAGS (\\Flagged)");
    let mut desk = Client::login(&server);
    desk.command("CREATE Old");
    desk.command("SELECT INBOX");
    desk.command("MOVE 1 Old");
    desk.command("RENAME Old Older");
    desk.command("SELECT Older");
    desk.command("STORE 1 +FLAGS (\\Deleted)");
    desk.command("EXPUNGE");

    let whole = ["--mailbox", "INBOX", "--message", "1"];
    let lines = history(&server, &whole);
    let expected = [
        "INBOX added 1",
        "INBOX flags added (\\Flagged) 1",
        "INBOX copied to \"Old\" 1",
        "Old copied from \"INBOX\" 1",
        "INBOX expunged 1",
        "Older flags added (\\Deleted) 1",
        "Older expunged 1",
    ];
    assert_eq!(told(&lines), expected);
    assert_eq!(lines[0]["protocol"], "lmtp");
    assert!(
        lines[0]["client"]
            .as_str()
            .unwrap()
            .starts_with("client.example ")
    );
    assert_eq!(lines[1]["protocol"], "imap");
    // Told with the APPEND before it, and known from there.
    assert_eq!(lines[1]["client"], "Pocket/3 127.0.0.1");
    assert_eq!(lines[6]["client"], "127.0.0.1");
    let sessions: Vec<_> = lines.iter().map(|line| line["session"].as_u64()).collect();
    assert_eq!(sessions[0], None);
    assert!(sessions[1] != sessions[2], "{sessions:?}");
    assert_eq!(sessions[2], sessions[6]);
    let log = server.log();
    assert!(
        log.contains(&format!("session={}", sessions[2].unwrap())),
        "{log}"
    );

    let by_id = history(&server, &["--message", "<lost.letter@example.org>"]);
    assert_eq!(told(&by_id), expected);
    let of_mailbox = told(&history(&server, &["--mailbox", "Older"]));
    assert_eq!(of_mailbox[0], "Old created");
    assert!(
        of_mailbox.contains(&"Old renamed to \"Older\"".to_owned()),
        "{of_mailbox:?}"
    );
    assert!(history(&server, &["--since", "2999-01-01"]).is_empty());
    assert!(history(&server, &["--since", "1h"]).len() > 12);

    let text = server.run(&["history", "--account", ACCOUNT, "--mailbox", "Older"]);
    let text = text.success().text();
    assert!(text.contains("expunged UID 1  [imap session "), "{text}");
    server.run(&["check"]).success();
}

#[test]
fn what_there_never_was_is_said() {
    let server = ServerUnderTest::configured("");
    Lmtp::connect(&server).deliver(&[ACCOUNT], &message("one"));
    for (more, says) in [
        (vec!["--mailbox", "Nowhere"], "never had a mailbox"),
        (
            vec!["--message", "<none@example.org>"],
            "never had a message",
        ),
        (
            vec!["--mailbox", "INBOX", "--message", "2"],
            "never had a message",
        ),
        (vec!["--message", "2"], "add --mailbox"),
    ] {
        let arguments = [vec!["history", "--account", ACCOUNT], more].concat();
        let ran = server.run(&arguments);
        assert_eq!(ran.status.code(), Some(1), "{arguments:?}");
        assert!(ran.stderr.contains(says), "{}", ran.stderr);
    }
    let ran = server.run(&["history", "--account", ACCOUNT, "--since", "yesterday"]);
    assert_eq!(ran.status.code(), Some(2), "{}", ran.stderr);
}
