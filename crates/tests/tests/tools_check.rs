//! `postern check` beside a server that works, and on folders in which something was damaged.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]

use postern_tests::{ACCOUNT, Client, Finished, Lmtp, SECOND_ACCOUNT, ServerUnderTest, message};
use rusqlite::Connection;
use serde_json::Value;
use std::fs;
use std::path::PathBuf;

/// Runs `postern check --json` and gives its exit code and what it says.
fn check(server: &ServerUnderTest, more: &[&str]) -> (i32, Value) {
    let Finished { status, stdout, .. } = server.run(&[&["check", "--json"], more].concat());
    let said = serde_json::from_slice(&stdout).unwrap();
    (status.code().unwrap(), said)
}

#[track_caller]
fn expect_clean(server: &ServerUnderTest) -> Value {
    let (code, said) = check(server, &[]);
    assert_eq!((code, &said["clean"]), (0, &Value::Bool(true)), "{said:#}");
    said
}

/// The one segment that has these octets, and where.
fn find_octets(server: &ServerUnderTest, octets: &[u8]) -> (PathBuf, usize) {
    let folders = fs::read_dir(server.data()).unwrap().map(|it| it.unwrap());
    let folders = folders.filter(|it| it.file_name().to_string_lossy().starts_with("segments-"));
    let files = folders.flat_map(|it| fs::read_dir(it.path()).unwrap());
    let mut found = files.filter_map(|file| {
        let path = file.unwrap().path();
        let all = fs::read(&path).unwrap();
        let at = all.windows(octets.len()).position(|it| it == octets)?;
        Some((path, at))
    });
    found.next().expect("the octets in a segment")
}

/// Changes one octet of the message with this text.
fn damage(server: &ServerUnderTest, text: &str) {
    let (path, at) = find_octets(server, text.as_bytes());
    let mut all = fs::read(&path).unwrap();
    all[at] ^= 0x20;
    fs::write(&path, all).unwrap();
}

/// The database with this account's log, and the account's number.
fn shard(server: &ServerUnderTest, account: &str) -> (Connection, i64) {
    let directory = Connection::open(server.data().join("directory.sqlite")).unwrap();
    let query = "SELECT id FROM account WHERE name = ?";
    let id: i64 = directory
        .query_row(query, [account], |row| row.get(0))
        .unwrap();
    let path = server.data().join(format!("shard-{:02}.sqlite", id % 2));
    (Connection::open(path).unwrap(), id)
}

#[test]
fn a_server_at_work_is_clean_and_the_check_says_what_it_saw() {
    let server = ServerUnderTest::configured("");
    let mut client = Client::login(&server);
    let messages: Vec<_> = (0..40).map(|n| message(&format!("m{n}"))).collect();
    client.append_all("INBOX", &messages);
    client.command("SELECT INBOX");
    client.command("STORE 1:20 +FLAGS (\\Deleted kept)");
    // Enough entries for a snapshot.
    for n in 0..1100 {
        let sign = if n % 2 == 0 { '+' } else { '-' };
        client.send(&format!("s{n} STORE 21 {sign}FLAGS.SILENT (\\Seen)"));
    }
    let before = expect_clean(&server);
    assert!(before["entries"].as_u64().unwrap() >= 40, "{before:#}");
    client.expect("s1099 OK");
    client.command("EXPUNGE");
    client.command("RENAME INBOX elsewhere");
    let mut agent = Lmtp::connect(&server);
    agent.deliver(&[ACCOUNT, SECOND_ACCOUNT], &message("delivered"));

    let said = expect_clean(&server);
    assert_eq!(said["format"], 1);
    assert_eq!(said["accounts"], 2);
    // One for each APPEND and one for each recipient, those of expunged messages included.
    assert_eq!(said["bodies"], 42);
    let (code, one) = check(&server, &["--account", SECOND_ACCOUNT]);
    assert_eq!(
        (code, &one["bodies"], &one["accounts"]),
        (0, &1.into(), &1.into())
    );

    let text = server.run(&["check"]).success().text();
    assert!(text.contains("2 accounts: "), "{text}");
    assert!(text.contains("42 message bodies, "), "{text}");
    assert!(text.ends_with("nothing is damaged\n"), "{text}");

    let nobody = server.run(&["check", "--account", "nobody"]);
    assert_eq!(nobody.status.code(), Some(1));
    assert!(
        nobody.stderr.contains("there is no account nobody"),
        "{}",
        nobody.stderr
    );
}

#[test]
fn a_damaged_message_is_named_put_aside_and_hurts_no_other() {
    let mut server = ServerUnderTest::configured("");
    let mut client = Client::login(&server);
    for name in ["before", "broken", "after"] {
        client.append("INBOX", "", &message(name));
    }
    server.stop();
    damage(&server, "This is the text of broken");
    let (code, said) = check(&server, &[]);
    assert_eq!(code, 1, "{said:#}");
    let findings = said["findings"].as_array().unwrap();
    assert_eq!(findings.len(), 1, "{said:#}");
    assert_eq!(findings[0]["kind"], "body");
    assert_eq!(findings[0]["account"], ACCOUNT);
    assert_eq!(findings[0]["messages"][0]["mailbox"], "INBOX");
    assert_eq!(findings[0]["messages"][0]["uid"], 2);
    assert_eq!(findings[0]["fate"], "open");

    let (code, said) = check(&server, &["--repair"]);
    assert_eq!(
        (code, &said["findings"][0]["fate"]),
        (0, &"quarantined".into()),
        "{said:#}"
    );
    let aside: Vec<_> = fs::read_dir(server.data().join("quarantine"))
        .unwrap()
        .collect();
    assert_eq!(aside.len(), 2, "{aside:?}");
    let said = expect_clean(&server);
    assert_eq!(said["quarantined"], 1);

    server.restart();
    let mut client = Client::login(&server);
    client.command("SELECT INBOX");
    let reply = client.try_command("FETCH 2 BODY.PEEK[]");
    assert!(reply.tagged.starts_with("NO [CORRUPTION]"), "{reply:?}");
    for n in [1, 3] {
        let reply = client.ok(&format!("FETCH {n} BODY.PEEK[]"));
        assert!(
            reply.lines()[0].contains("This is the text of "),
            "{reply:?}"
        );
    }
    let repair = server.run(&["check", "--repair"]);
    assert_eq!(repair.status.code(), Some(4), "{}", repair.stderr);
    assert!(
        repair.stderr.contains("needs the server to be stopped"),
        "{}",
        repair.stderr
    );
}

#[test]
fn what_is_derived_is_made_again() {
    let mut server = ServerUnderTest::configured("");
    let mut client = Client::login(&server);
    client.append("INBOX", "", &message("whole"));
    client.command("SELECT INBOX");
    for n in 0..1100 {
        let sign = if n % 2 == 0 { '+' } else { '-' };
        client.send(&format!("s{n} STORE 1 {sign}FLAGS.SILENT (\\Seen)"));
    }
    client.expect("s1099 OK");
    server.stop();
    // The summary lies before the content, which begins with the Date field.
    let (path, at) = find_octets(&server, b"Date: Tue, 03 Mar 2026 10:20:30 +0000\r\nFrom:");
    let mut all = fs::read(&path).unwrap();
    all[at - 1] ^= 1;
    fs::write(&path, all).unwrap();
    let (database, id) = shard(&server, ACCOUNT);
    let changed = database.execute("UPDATE snapshot SET seq = seq - 1 WHERE account = ?", [id]);
    assert_eq!(changed, Ok(1), "there was a snapshot");
    drop(database);

    let (code, said) = check(&server, &[]);
    let kinds: Vec<&str> = said["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["kind"].as_str().unwrap())
        .collect();
    assert_eq!((code, kinds), (1, vec!["snapshot", "summary"]), "{said:#}");
    let (code, said) = check(&server, &["--repair"]);
    assert_eq!(code, 0, "{said:#}");
    assert_eq!(said["findings"][0]["fate"], "repaired");
    assert_eq!(said["findings"][1]["fate"], "repaired");
    expect_clean(&server);
    server.restart();
    let mut client = Client::login(&server);
    client.command("SELECT INBOX");
    let reply = client.ok("FETCH 1 (ENVELOPE BODY.PEEK[])");
    assert!(reply.lines()[0].contains("\"whole\""), "{reply:?}");
}

/// With a snapshot that holds it, an entry is history only: the account goes on as it was.
#[test]
fn a_damaged_entry_is_put_aside_where_a_snapshot_has_what_it_did() {
    let mut server = ServerUnderTest::configured("");
    let mut client = Client::login(&server);
    for n in 0..5 {
        client.append("INBOX", "", &message(&format!("m{n}")));
    }
    client.command("SELECT INBOX");
    for n in 0..1100 {
        let sign = if n % 2 == 0 { '+' } else { '-' };
        client.send(&format!("s{n} STORE 1 {sign}FLAGS.SILENT (\\Seen)"));
    }
    client.expect("s1099 OK");
    let mut second = Client::login_as(&server, SECOND_ACCOUNT);
    second.append("INBOX", "", &message("other"));
    server.stop();
    for (account, seq) in [(ACCOUNT, 14), (SECOND_ACCOUNT, 13)] {
        let (database, id) = shard(&server, account);
        let change = "UPDATE entry SET event = x'00' WHERE account = ? AND seq = ?";
        assert_eq!(database.execute(change, [id, seq]), Ok(1));
    }
    let (code, said) = check(&server, &["--repair"]);
    assert_eq!(code, 1, "{said:#}");
    let findings = said["findings"].as_array().unwrap();
    assert_eq!(findings.len(), 2, "{said:#}");
    assert_eq!(
        (&findings[0]["kind"], &findings[0]["fate"]),
        (&"entry".into(), &"quarantined".into())
    );
    // The other has no snapshot: nothing is made up for it.
    assert_eq!(
        (&findings[1]["kind"], &findings[1]["fate"]),
        (&"entry".into(), &"open".into())
    );

    server.restart();
    let mut client = Client::login(&server);
    let selected = client.command("SELECT INBOX");
    assert!(selected.contains(&"* 5 EXISTS".to_owned()), "{selected:?}");
    client.append("INBOX", "", &message("more"));
    let (code, said) = check(&server, &["--account", ACCOUNT]);
    assert_eq!((code, &said["quarantined"]), (0, &1.into()), "{said:#}");
}
