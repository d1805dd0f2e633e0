//! OBJECTID: RFC 8474, with its own examples.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]

use postern_tests::{Client, ServerUnderTest};

/// What stands between `NAME (` and the next `)`.
fn id(line: &str, name: &str) -> String {
    let (_, rest) = line
        .split_once(&format!("{name} ("))
        .unwrap_or_else(|| panic!("no {name} in {line}"));
    let id = rest.split_once(')').unwrap().0.to_owned();
    let safe = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-');
    assert!(
        (1..=255).contains(&id.len()) && id.bytes().all(safe),
        "{id}"
    );
    id
}

fn line(lines: &[String], part: &str) -> String {
    let found = lines.iter().find(|line| line.contains(part));
    found
        .unwrap_or_else(|| panic!("no {part}: {lines:#?}"))
        .clone()
}

fn status(client: &mut Client, mailbox: &str) -> String {
    let lines = client.command(&format!("STATUS {mailbox} (MAILBOXID)"));
    id(&line(&lines, "* STATUS"), "MAILBOXID")
}

fn message(header: &str) -> Vec<u8> {
    format!("From: a@example.com\r\n{header}\r\nText\r\n").into_bytes()
}

fn append(client: &mut Client, mailbox: &str, date: &str, message: &[u8]) {
    let date = format!("\"{date}\"");
    client.append(mailbox, &date, message);
}

#[test]
fn a_mailbox_keeps_its_identifier_when_it_is_renamed() {
    let server = ServerUnderTest::start();
    let mut client = Client::login(&server);
    let capabilities = client.command("CAPABILITY");
    assert!(capabilities[0].contains(" OBJECTID"), "{capabilities:?}");

    let foo = id(&client.ok("CREATE foo").tagged, "[MAILBOXID");
    let bar = id(&client.ok("CREATE bar/deep").tagged, "[MAILBOXID");
    let again = client.try_command("CREATE foo").tagged;
    assert!(
        again.starts_with("NO ") && !again.contains("MAILBOXID"),
        "{again}"
    );
    assert_eq!(status(&mut client, "foo"), foo);
    assert_eq!(status(&mut client, "bar/deep"), bar);
    assert_ne!(status(&mut client, "bar"), bar);

    client.command("RENAME foo renamed");
    client.command("RENAME bar moved");
    assert_eq!(status(&mut client, "renamed"), foo);
    assert_eq!(status(&mut client, "moved/deep"), bar);
    for open in ["SELECT renamed", "EXAMINE renamed"] {
        let lines = client.command(open);
        let code = line(&lines, "MAILBOXID");
        assert!(code.starts_with("* OK [MAILBOXID ("), "{code}");
        assert_eq!(id(&code, "MAILBOXID"), foo);
    }

    let lines = client.command("LIST \"\" renamed RETURN (STATUS (MAILBOXID MESSAGES))");
    let listed = line(&lines, "* STATUS renamed");
    assert_eq!(id(&listed, "MAILBOXID"), foo);
    assert!(listed.contains("MESSAGES 0"), "{listed}");

    client.command("DELETE renamed");
    assert_ne!(id(&client.ok("CREATE renamed").tagged, "[MAILBOXID"), foo);
}

#[test]
fn renaming_inbox_makes_a_new_mailbox() {
    let server = ServerUnderTest::start();
    let mut client = Client::login(&server);
    let inbox = status(&mut client, "INBOX");
    client.command("RENAME INBOX old");
    assert_eq!(status(&mut client, "INBOX"), inbox);
    assert_ne!(status(&mut client, "old"), inbox);
}

/// The messages of RFC 8474 section 5.3: A, an answer to it, and C.
fn three_messages(client: &mut Client) {
    let date = "20-Mar-2018 03:07:37 +1100";
    let headers = [
        "Subject: Message A\r\nMessage-ID: <fake.1521475657.54797@example.com>\r\n",
        "Subject: Re: Message A\r\nMessage-ID: <fake.1521475657.21213@example.org>\r\n\
         References: <fake.1521475657.54797@example.com>\r\n",
        "Subject: Message C\r\nMessage-ID: <fake.1521475657.60280@example.com>\r\n",
    ];
    for header in headers {
        append(client, "INBOX", date, &message(header));
    }
}

fn ids(client: &mut Client) -> Vec<(String, String)> {
    let lines = client.command("FETCH 1:* (EMAILID THREADID)");
    let fetched = lines.iter().filter(|line| line.contains("FETCH"));
    fetched
        .map(|line| (id(line, "EMAILID"), id(line, "THREADID")))
        .collect()
}

#[test]
fn the_examples_of_section_5_3_and_6() {
    let server = ServerUnderTest::start();
    let mut client = Client::login(&server);
    three_messages(&mut client);
    client.command("CREATE foo");
    client.command("SELECT INBOX");
    let all = ids(&mut client);
    assert_eq!(all.len(), 3);
    assert_eq!(all[0].1, all[1].1, "an answer is in the thread");
    assert_ne!(all[0].1, all[2].1);
    assert!(all[0].0 != all[1].0 && all[1].0 != all[2].0 && all[0].0 != all[2].0);
    assert!(
        all.iter()
            .all(|(email, _)| all.iter().all(|(_, thread)| email != thread))
    );

    let search = |client: &mut Client, key: &str| client.command(&format!("SEARCH {key}"));
    assert_eq!(
        search(&mut client, &format!("EMAILID {}", all[0].0)),
        ["* SEARCH 1"]
    );
    assert_eq!(
        search(&mut client, &format!("THREADID {}", all[0].1)),
        ["* SEARCH 1 2"]
    );
    let either = format!("OR EMAILID {} EMAILID {}", all[0].0, all[2].0);
    assert_eq!(search(&mut client, &either), ["* SEARCH 1 3"]);
    // Case matters, and the kinds are apart.
    for none in [all[0].0.to_uppercase(), all[0].1.clone(), "X".to_owned()] {
        let found = search(&mut client, &format!("EMAILID {none}"));
        assert_eq!(found, ["* SEARCH"], "{none}");
    }

    client.command("MOVE 2 foo");
    assert_eq!(ids(&mut client), [all[0].clone(), all[2].clone()]);
    client.command("COPY 1 foo");
    client.command("SELECT foo");
    assert_eq!(ids(&mut client), [all[1].clone(), all[0].clone()]);
}

/// RFC 8474 section 5.1: what is immutable for a UID is the same where EMAILID is; INTERNALDATE
/// is (RFC 3501 section 2.3.1.1).
#[test]
fn the_same_octets_are_the_same_email_unless_they_came_at_another_time() {
    let server = ServerUnderTest::start();
    let mut client = Client::login(&server);
    let octets = message("Subject: x\r\n");
    for date in [
        "20-Mar-2018 03:07:37 +1100",
        "20-Mar-2018 03:07:37 +1100",
        "21-Mar-2018 03:07:37 +1100",
    ] {
        append(&mut client, "INBOX", date, &octets);
    }
    client.command("SELECT INBOX");
    let all = ids(&mut client);
    assert_eq!(all[0], all[1]);
    assert_ne!(all[0].0, all[2].0);
    assert_eq!(all[0].1, all[2].1);
}
