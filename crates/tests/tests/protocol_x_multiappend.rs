//! MULTIAPPEND: RFC 3502.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]

use postern_tests::{Client, ServerUnderTest};

fn message(subject: &str) -> String {
    format!("Subject: {subject}\r\n\r\nText\r\n")
}

fn count(client: &mut Client, mailbox: &str) -> String {
    let lines = client.command(&format!("STATUS {mailbox} (MESSAGES UIDNEXT)"));
    lines[0].clone()
}

/// The numbers of `[APPENDUID validity first:last]`.
fn append_uids(tagged: &str) -> String {
    let (_, rest) = tagged.split_once("[APPENDUID ").unwrap();
    let (code, _) = rest.split_once(']').unwrap();
    code.split_once(' ').unwrap().1.to_owned()
}

/// The first example of RFC 3502, with its own two messages.
#[test]
fn two_messages_with_flags_and_date() {
    let server = ServerUnderTest::start();
    let mut client = Client::login(&server);
    let capabilities = client.command("CAPABILITY");
    assert!(capabilities[0].contains(" MULTIAPPEND"), "{capabilities:?}");
    client.command("CREATE saved-messages");
    let first = "Date: Mon, 7 Feb 1994 21:52:25 -0800 (PST)\r\n\
                 From: Fred Foobar <foobar@Blurdybloop.example.COM>\r\n\
                 Subject: afternoon meeting\r\n\r\n\
                 Hello Joe, do you think we can meet at 3:30 tomorrow?\r\n";
    let second = "Date: Mon, 7 Feb 1994 22:43:04 -0800 (PST)\r\n\
                  From: Joe Mooch <mooch@OWaTaGu.example.net>\r\n\
                  Subject: Re: afternoon meeting\r\n\r\n\
                  3:30 is fine with me.\r\n";
    client.send(&format!(
        "A003 APPEND saved-messages (\\Seen) {{{}}}",
        first.len()
    ));
    client.expect("+");
    client.send_raw(first.as_bytes());
    client.send(&format!(
        " (\\Seen \\Flagged) \" 7-Feb-1994 22:43:04 -0800\" {{{}}}",
        second.len()
    ));
    client.expect("+");
    client.send_raw(second.as_bytes());
    client.send("");
    let reply = client.replies("A003");
    assert!(reply.tagged.starts_with("OK [APPENDUID "), "{reply:?}");
    assert_eq!(append_uids(&reply.tagged), "1:2");

    client.command("SELECT saved-messages");
    let lines = client.command("FETCH 1:2 (FLAGS INTERNALDATE RFC822.SIZE)");
    assert_eq!(lines.len(), 2);
    assert!(
        lines[0].contains("\\Seen") && !lines[0].contains("\\Flagged"),
        "{lines:?}"
    );
    assert!(
        lines[1].contains("\\Seen") && lines[1].contains("\\Flagged"),
        "{lines:?}"
    );
    let sizes = [first.len(), second.len()].map(|size| format!("RFC822.SIZE {size}"));
    assert!(
        lines[0].contains(&sizes[0]) && lines[1].contains(&sizes[1]),
        "{lines:?}"
    );
    let date = lines[1].contains("\" 7-Feb-1994 22:43:04 -0800\"")
        || lines[1].contains("\" 8-Feb-1994 06:43:04 +0000\"")
        || lines[1].contains("\"08-Feb-1994 06:43:04 +0000\"");
    assert!(date, "{lines:?}");
}

#[test]
fn what_is_cancelled_or_fails_appends_nothing() {
    let server = ServerUnderTest::start();
    let mut client = Client::login(&server);
    let before = count(&mut client, "INBOX");
    let one = message("one");

    // An empty message cancels.
    client
        .send_raw(format!("c APPEND INBOX {{{}+}}\r\n{one} {{0+}}\r\n\r\n", one.len()).as_bytes());
    let reply = client.replies("c");
    assert!(reply.tagged.starts_with("NO "), "{reply:?}");
    assert_eq!(count(&mut client, "INBOX"), before);

    // An error in the arguments of a later message, whose octets are no command (RFC 7888
    // section 4; Dovecot takes them for one).
    client.send_raw(
        format!(
            "d APPEND INBOX {{{}+}}\r\n{one} \"no date\" {{1+}}\r\nx\r\n",
            one.len()
        )
        .as_bytes(),
    );
    let reply = client.replies("d");
    assert!(!reply.tagged.starts_with("OK"), "{reply:?}");
    assert_eq!(count(&mut client, "INBOX"), before);

    // A mailbox that is not there is not made.
    client.send_raw(
        format!(
            "e APPEND bogusname {{{0}+}}\r\n{one} {{{0}+}}\r\n{one}\r\n",
            one.len()
        )
        .as_bytes(),
    );
    let reply = client.replies("e");
    assert!(reply.tagged.starts_with("NO [TRYCREATE]"), "{reply:?}");
    assert!(client.command("LIST \"\" bogusname").is_empty());
}

#[test]
fn a_hundred_messages_are_one_change() {
    let server = ServerUnderTest::start();
    let mut client = Client::login(&server);
    let mut other = Client::login(&server);
    other.command("SELECT INBOX");
    let mut octets = b"f APPEND INBOX".to_vec();
    for n in 0..100 {
        let message = message(&format!("number {n}"));
        octets.extend_from_slice(format!(" {{{}+}}\r\n{message}", message.len()).as_bytes());
    }
    octets.extend_from_slice(b"\r\n");
    client.send_raw(&octets);
    let reply = client.replies("f");
    assert_eq!(append_uids(&reply.tagged), "1:100", "{reply:?}");
    let exists = |line: &String| line.ends_with(" EXISTS");
    let told: Vec<_> = other.command("NOOP").into_iter().filter(exists).collect();
    assert_eq!(told, ["* 100 EXISTS"]);
    let lines = other.command("UID FETCH 100 (BODY.PEEK[HEADER.FIELDS (SUBJECT)])");
    assert!(lines[0].contains("Subject: number 99"), "{lines:?}");
}
