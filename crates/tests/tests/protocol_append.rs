//! APPEND: RFC 9051 section 6.3.12, RFC 4315, RFC 7888, RFC 3516.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]

use postern_tests::{Client, ServerUnderTest, code, enabled, literals, message, selected};

const SMALL: &str = "Subject: a\r\n\r\nb\r\n";

#[track_caller]
fn append(client: &mut Client, arguments: &str, text: &str) -> String {
    let command = format!("APPEND {arguments} {{{}+}}\r\n{text}", text.len());
    client.ok(&command).tagged
}

#[test]
fn flags_and_date_are_kept() {
    let server = ServerUnderTest::start();
    let mut client = selected(&server, "");
    let arguments = r#"INBOX (\Seen $Work \Recent) "17-Jul-1996 02:44:25 -0700""#;
    append(&mut client, arguments, SMALL);
    append(
        &mut client,
        r#"INBOX () " 1-Feb-2024 23:59:59 +0130""#,
        SMALL,
    );
    let lines = client.command("FETCH 1:2 (INTERNALDATE RFC822.SIZE)");
    let wanted = [
        "* 1 FETCH (INTERNALDATE \"17-Jul-1996 02:44:25 -0700\" RFC822.SIZE 17)",
        "* 2 FETCH (INTERNALDATE \" 1-Feb-2024 23:59:59 +0130\" RFC822.SIZE 17)",
    ];
    assert_eq!(lines, wanted);
    assert_eq!(client.command("SEARCH SEEN KEYWORD $work"), ["* SEARCH 1"]);
}

#[test]
fn a_bad_date_or_flag_is_bad() {
    let server = ServerUnderTest::start();
    let mut client = enabled(&server, "");
    for date in [
        "32-Jan-2024 00:00:00 +0000",
        "1-Foo-2024 00:00:00 +0000",
        "now",
        "30-Feb-2024 00:00:00 +0000",
    ] {
        let reply = client.try_command(&format!("APPEND INBOX \"{date}\" {{1+}}\r\nx"));
        assert!(reply.tagged.starts_with("BAD"), "{date}: {reply:?}");
    }
    let reply = client.try_command("APPEND INBOX (\\Wrong) {1+}\r\nx");
    assert!(!reply.tagged.starts_with("OK"), "{reply:?}");
}

/// RFC 4315 section 3.
#[test]
fn appenduid_names_the_new_message() {
    let server = ServerUnderTest::start();
    let mut client = enabled(&server, "");
    let validity = code(&client.command("EXAMINE Sent"), "UIDVALIDITY").unwrap();
    for uid in 1..=3 {
        let tagged = append(&mut client, "Sent", SMALL);
        assert_eq!(
            code(&[&tagged], "APPENDUID"),
            Some(format!("{validity} {uid}"))
        );
    }
}

#[test]
fn a_missing_mailbox_is_trycreate() {
    let server = ServerUnderTest::start();
    let mut client = enabled(&server, "");
    let reply = client.try_command("APPEND Nothing {1+}\r\nx");
    assert!(reply.tagged.starts_with("NO [TRYCREATE]"), "{reply:?}");
    client.command("CREATE Nothing");
    append(&mut client, "Nothing", SMALL);
}

#[test]
fn octets_come_back_as_they_were() {
    let server = ServerUnderTest::start();
    let mut client = selected(&server, "");
    let lines: Vec<u8> = (1..=255)
        .filter(|octet| !matches!(octet, 10 | 13))
        .collect();
    let texts = [
        lines,
        b"no line end".to_vec(),
        b"\r\n\r\n\r\n".to_vec(),
        b"bare\nLF\rCR\n".to_vec(),
    ];
    for (number, text) in (1..).zip(texts) {
        client.append("INBOX", "", &text);
        client.command("NOOP");
        let reply = client.ok(&format!("FETCH {number} BODY.PEEK[]"));
        assert_eq!(literals(&reply.untagged[0]), [text]);
    }
}

#[test]
fn all_kinds_of_literal_are_taken() {
    let server = ServerUnderTest::start();
    let mut client = selected(&server, "");
    for kind in ["{1+}", "~{1+}"] {
        client.command(&format!("APPEND INBOX {kind}\r\nx"));
    }
    for kind in ["{1}", "~{1}"] {
        client.send(&format!("a APPEND INBOX {kind}"));
        client.expect("+");
        client.send("x");
        client.expect("a OK");
    }
    let lines = client.command("NOOP");
    assert!(lines.is_empty(), "told with APPEND itself: {lines:?}");
    assert_eq!(client.command("SEARCH ALL"), ["* SEARCH 1 2 3 4"]);
}

/// RFC 9051 section 9: `CHAR8`; only a literal8 has NUL.
#[test]
fn nul_needs_a_literal8() {
    let server = ServerUnderTest::start();
    let mut client = selected(&server, "");
    let reply = client.try_command("APPEND INBOX {3+}\r\na\0b");
    assert!(!reply.tagged.starts_with("OK"), "{reply:?}");
    client.command("APPEND INBOX ~{3+}\r\na\0b");
    assert_eq!(client.command("SEARCH ALL"), ["* SEARCH 1"]);
}

/// A message of no octets is a message, or it is refused; the session goes on.
#[test]
fn an_empty_message_does_no_harm() {
    let server = ServerUnderTest::start();
    let mut client = selected(&server, "");
    let reply = client.try_command("APPEND INBOX {0+}\r\n");
    if reply.tagged.starts_with("OK") {
        let lines =
            client.command("FETCH 1 (RFC822.SIZE BODY[] BODY[TEXT] ENVELOPE BODYSTRUCTURE)");
        assert!(
            lines[0].contains("RFC822.SIZE 0 BODY[] \"\" BODY[TEXT] \"\""),
            "{lines:?}"
        );
    } else {
        assert!(reply.tagged.starts_with("NO"), "{reply:?}");
    }
}

/// RFC 7889: refused before the client sends it, or, when it does not wait, read past.
#[test]
fn a_message_that_is_too_large_is_toobig() {
    let server = ServerUnderTest::configured("\n[limits]\nmessage_size = \"64KiB\"\n");
    let mut client = selected(&server, "");
    client.send("a APPEND INBOX {65537}");
    let reply = client.replies("a");
    assert!(reply.tagged.starts_with("NO [TOOBIG]"), "{reply:?}");
    assert!(reply.untagged.is_empty(), "no continuation: {reply:?}");
    let text = format!(
        "b APPEND INBOX {{65537+}}\r\n{}\r\nc NOOP\r\n",
        "x".repeat(65537)
    );
    client.send_raw(text.as_bytes());
    let reply = client.replies("b");
    assert!(reply.tagged.starts_with("NO [TOOBIG]"), "{reply:?}");
    client.expect("c OK");
    client.append("INBOX", "", "x".repeat(65536).as_bytes());
    assert_eq!(client.command("SEARCH ALL"), ["* SEARCH 1"]);
}

#[test]
fn appends_in_one_packet_are_done_in_order() {
    let server = ServerUnderTest::start();
    let mut client = selected(&server, "");
    let all: Vec<_> = (1..=100).map(|n| message(&format!("n{n}"))).collect();
    client.append_all("INBOX", &all);
    client.command("NOOP");
    let reply = client.ok("FETCH 1:* BODY.PEEK[]");
    let kept: Vec<_> = reply
        .untagged
        .iter()
        .map(|line| literals(line).remove(0))
        .collect();
    assert_eq!(kept, all);
}

#[test]
fn the_mailbox_may_be_a_literal() {
    let server = ServerUnderTest::start();
    let mut client = enabled(&server, "");
    client.command("APPEND {4+}\r\nSent (\\Draft) {1+}\r\nx");
    client.send("a APPEND {4}");
    client.expect("+");
    client.send("Sent {1}");
    client.expect("+");
    client.send("y");
    client.expect("a OK");
    let lines = client.command("STATUS Sent (MESSAGES)");
    assert_eq!(lines, ["* STATUS Sent (MESSAGES 2)"]);
}
