//! FETCH: RFC 9051 section 6.4.5, RFC 3501 section 6.4.5, RFC 3516.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]

use postern_tests::{
    Client, Reply, ServerUnderTest, enabled, fetched, literals, selected, with_messages,
};

/// Text, a forwarded message of two parts, and an attachment: parts 1, 2 (2.1, 2.2), 3.
const NESTED: &str = "From: Ada <ada@example.test>\r\n\
Subject: outer\r\n\
MIME-Version: 1.0\r\n\
Content-Type: multipart/mixed; boundary=\"o\"\r\n\
\r\n\
preamble\r\n\
--o\r\n\
Content-Type: text/plain\r\n\
\r\n\
first part\r\n\
--o\r\n\
Content-Type: message/rfc822\r\n\
\r\n\
From: Bob <bob@example.test>\r\n\
Subject: inner\r\n\
MIME-Version: 1.0\r\n\
Content-Type: multipart/alternative; boundary=\"i\"\r\n\
\r\n\
--i\r\n\
Content-Type: text/plain\r\n\
\r\n\
inner plain\r\n\
--i\r\n\
Content-Type: text/html\r\n\
Content-Transfer-Encoding: quoted-printable\r\n\
\r\n\
<p>caf=E9</p>\r\n\
--i--\r\n\
--o\r\n\
Content-Type: application/octet-stream\r\n\
Content-Transfer-Encoding: base64\r\n\
\r\n\
AAECAwQF\r\n\
--o--\r\n\
epilogue\r\n";

fn nested(server: &ServerUnderTest) -> Client {
    let mut client = selected(server, "");
    client.append("INBOX", "", NESTED.as_bytes());
    client
}

/// What a section holds: its literal or quoted string, `NIL` as None.
#[track_caller]
fn section(client: &mut Client, name: &str) -> Option<String> {
    let reply = client.ok(&format!("FETCH 1 BODY.PEEK[{name}]"));
    value(&reply, &format!("BODY[{name}]"))
}

#[track_caller]
fn value(reply: &Reply, name: &str) -> Option<String> {
    assert_eq!(reply.untagged.len(), 1, "{reply:?}");
    let text = String::from_utf8_lossy(&reply.untagged[0]).into_owned();
    let start = format!("* 1 FETCH ({name} ");
    let rest = text
        .strip_prefix(&start)
        .unwrap_or_else(|| panic!("{start}: {text}"));
    match literals(&reply.untagged[0]).pop() {
        Some(literal) => Some(String::from_utf8_lossy(&literal).into_owned()),
        None if rest == "NIL)" => None,
        None => Some(rest.trim_end_matches(')').trim_matches('"').to_owned()),
    }
}

#[test]
fn sections_of_a_nested_message() {
    let server = ServerUnderTest::start();
    let mut client = nested(&server);
    let header = &NESTED[..NESTED.find("preamble").unwrap()];
    let text = &NESTED[NESTED.find("preamble").unwrap()..];
    let inner_header = &NESTED[NESTED.find("From: Bob").unwrap()..NESTED.find("--i\r\n").unwrap()];
    let inner_text = &NESTED[NESTED.find("--i\r\n").unwrap()
        ..NESTED.find("\r\n--o\r\nContent-Type: application").unwrap()];
    let inner = format!("{inner_header}{inner_text}");
    let cases = [
        ("", NESTED),
        ("HEADER", header),
        ("TEXT", text),
        ("1", "first part"),
        ("1.MIME", "Content-Type: text/plain\r\n\r\n"),
        ("2", inner.as_str()),
        ("2.MIME", "Content-Type: message/rfc822\r\n\r\n"),
        ("2.HEADER", inner_header),
        ("2.TEXT", inner_text),
        ("2.1", "inner plain"),
        ("2.1.MIME", "Content-Type: text/plain\r\n\r\n"),
        ("2.2", "<p>caf=E9</p>"),
        (
            "2.2.MIME",
            "Content-Type: text/html\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n",
        ),
        ("3", "AAECAwQF"),
        ("2.HEADER.FIELDS (SUBJECT)", "Subject: inner\r\n\r\n"),
        (
            "HEADER.FIELDS (subject from)",
            "From: Ada <ada@example.test>\r\nSubject: outer\r\n\r\n",
        ),
        ("HEADER.FIELDS (X-NONE)", "\r\n"),
        (
            "HEADER.FIELDS.NOT (MIME-Version Content-Type)",
            "From: Ada <ada@example.test>\r\nSubject: outer\r\n\r\n",
        ),
    ];
    for (name, wanted) in cases {
        assert_eq!(
            section(&mut client, name).as_deref(),
            Some(wanted),
            "BODY[{name}]"
        );
    }
}

/// RFC 9051 section 7.5.2: NIL, or nothing, for what is not there.
#[test]
fn parts_that_are_not_there_have_nothing() {
    let server = ServerUnderTest::start();
    let mut client = nested(&server);
    for name in ["4", "1.2", "2.3", "3.1", "1.1.1", "9.MIME"] {
        let found = section(&mut client, name);
        assert!(
            found.as_deref().unwrap_or_default().is_empty(),
            "BODY[{name}]: {found:?}"
        );
    }
    for name in [
        "0",
        "1.",
        "MIME",
        "HEADER.FIELDS",
        "HEADER.FIELDS ()",
        "1.0",
        "WHATEVER",
    ] {
        let reply = client.try_command(&format!("FETCH 1 BODY.PEEK[{name}]"));
        assert!(reply.tagged.starts_with("BAD"), "BODY[{name}]: {reply:?}");
    }
}

/// RFC 9051 section 6.4.5: part 1 of what is no multipart is its text.
#[test]
fn a_message_without_parts_has_part_1() {
    let server = ServerUnderTest::start();
    let mut client = selected(&server, "");
    client.append("INBOX", "", b"Subject: s\r\n\r\ntext\r\n");
    assert_eq!(section(&mut client, "1").as_deref(), Some("text\r\n"));
    assert_eq!(section(&mut client, "TEXT").as_deref(), Some("text\r\n"));
}

#[test]
fn partials_are_cut_and_say_their_origin() {
    let server = ServerUnderTest::start();
    let mut client = selected(&server, "");
    client.append("INBOX", "", b"Subject: s\r\n\r\n0123456789");
    let cases = [
        ("TEXT", "0.4", "0", "0123"),
        ("TEXT", "4.100", "4", "456789"),
        ("TEXT", "10.1", "10", ""),
        ("TEXT", "500.10", "500", ""),
        ("TEXT", "9.1", "9", "9"),
        ("", "8.4", "8", " s\r\n"),
        ("1", "2.3", "2", "234"),
        ("HEADER.FIELDS (SUBJECT)", "9.3", "9", "s\r\n"),
        ("TEXT", "0.99999999999", "0", "0123456789"),
    ];
    for (name, partial, origin, wanted) in cases {
        let reply = client.ok(&format!("FETCH 1 BODY.PEEK[{name}]<{partial}>"));
        let found = value(&reply, &format!("BODY[{name}]<{origin}>"));
        assert_eq!(found.as_deref(), Some(wanted), "[{name}]<{partial}>");
    }
    for partial in ["0", "0.0", "a.1", "1.", "-1.2"] {
        let reply = client.try_command(&format!("FETCH 1 BODY[]<{partial}>"));
        assert!(reply.tagged.starts_with("BAD"), "<{partial}>: {reply:?}");
    }
}

#[test]
fn the_old_items_are_sections_by_other_names() {
    let server = ServerUnderTest::start();
    let mut client = nested(&server);
    let header = &NESTED[..NESTED.find("preamble").unwrap()];
    let reply = client.ok("FETCH 1 RFC822.HEADER");
    assert_eq!(value(&reply, "RFC822.HEADER").as_deref(), Some(header));
    assert_eq!(client.command("SEARCH SEEN"), ["* SEARCH"]);
    let reply = client.ok("FETCH 1 RFC822.TEXT");
    assert_eq!(
        literals(&reply.untagged[0])[0],
        &NESTED.as_bytes()[header.len()..]
    );
    assert_eq!(client.command("SEARCH SEEN"), ["* SEARCH 1"]);
    let reply = client.ok("FETCH 1 RFC822");
    assert_eq!(value(&reply, "RFC822").as_deref(), Some(NESTED));
}

#[test]
fn envelope_and_structures_of_a_nested_message() {
    let server = ServerUnderTest::start();
    let mut client = nested(&server);
    let lines = client.command("FETCH 1 ENVELOPE");
    let ada = r#"(("Ada" NIL "ada" "example.test"))"#;
    let wanted =
        format!("* 1 FETCH (ENVELOPE (NIL \"outer\" {ada} {ada} {ada} NIL NIL NIL NIL NIL))");
    assert_eq!(lines, [wanted]);
    let bob = r#"(("Bob" NIL "bob" "example.test"))"#;
    let inner = &NESTED[NESTED.find("From: Bob").unwrap()
        ..NESTED.find("\r\n--o\r\nContent-Type: application").unwrap()];
    let (octets, lines) = (inner.len(), inner.matches("\r\n").count());
    let wanted = format!(
        "* 1 FETCH (BODY ((\"text\" \"plain\" NIL NIL NIL \"7bit\" 10 0)\
         (\"message\" \"rfc822\" NIL NIL NIL \"7bit\" {octets} \
         (NIL \"inner\" {bob} {bob} {bob} NIL NIL NIL NIL NIL) \
         ((\"text\" \"plain\" NIL NIL NIL \"7bit\" 11 0)\
         (\"text\" \"html\" NIL NIL NIL \"quoted-printable\" 13 0) \"alternative\") {lines})\
         (\"application\" \"octet-stream\" NIL NIL NIL \"base64\" 8) \"mixed\"))"
    );
    let found = client.command("FETCH 1 BODY").remove(0);
    // Types and encodings are case-insensitive; a text without a charset may be told as
    // US-ASCII, its default; a last line without its end may count.
    let plain = |text: &str| {
        let text = text
            .to_lowercase()
            .replace("(\"charset\" \"us-ascii\")", "nil");
        text.replace(" 10 1)", " 10 0)")
            .replace(" 11 1)", " 11 0)")
            .replace(" 13 1)", " 13 0)")
            .replace(&format!(") {})", lines + 1), &format!(") {lines})"))
    };
    assert_eq!(plain(&found), plain(&wanted));
    let more = client
        .command("FETCH 1 BODYSTRUCTURE")
        .remove(0)
        .to_lowercase();
    assert!(
        more.contains("(\"boundary\" \"i\")") && more.contains("(\"boundary\" \"o\")"),
        "{more}"
    );
}

#[test]
fn macros_stand_for_their_items() {
    let server = with_messages(1);
    let mut client = selected(&server, "");
    let cases: [(&str, &[&str]); 3] = [
        ("FAST", &["FLAGS (", "INTERNALDATE \"", "RFC822.SIZE "]),
        (
            "ALL",
            &["FLAGS (", "INTERNALDATE \"", "RFC822.SIZE ", "ENVELOPE ("],
        ),
        (
            "FULL",
            &[
                "FLAGS (",
                "INTERNALDATE \"",
                "RFC822.SIZE ",
                "ENVELOPE (",
                "BODY (",
            ],
        ),
    ];
    for (name, wanted) in cases {
        let lines = client.command(&format!("FETCH 1 {name}"));
        for item in wanted {
            assert!(lines[0].contains(item), "{name}: {lines:?}");
        }
        assert_eq!(lines[0].contains("BODY ("), name == "FULL");
    }
    // RFC 9051 section 6.4.5: a macro is not part of a list.
    let reply = client.try_command("FETCH 1 (FLAGS ALL)");
    assert!(reply.tagged.starts_with("BAD"), "{reply:?}");
}

#[test]
fn fetching_text_sets_seen_and_says_so() {
    let server = with_messages(6);
    let mut client = selected(&server, "");
    let items = [
        "BODY[]",
        "BODY[TEXT]",
        "BODY[HEADER]",
        "RFC822",
        "BINARY[1]",
        "BODY[1]<0.1>",
    ];
    for (number, item) in (1..).zip(items) {
        let lines = client.command(&format!("FETCH {number} {item}"));
        assert!(
            lines.iter().any(|line| line.contains(r"FLAGS (\Seen")),
            "{item}: {lines:?}"
        );
        let lines = client.command(&format!("FETCH {number} {item}"));
        assert!(
            !lines.iter().any(|line| line.contains("FLAGS")),
            "{item}: once: {lines:?}"
        );
    }
    assert_eq!(client.command("SEARCH UNSEEN"), ["* SEARCH"]);
}

#[test]
fn peeking_and_examining_set_nothing() {
    let server = with_messages(1);
    let mut client = selected(&server, "");
    for item in [
        "BODY.PEEK[]",
        "BINARY.PEEK[1]",
        "BINARY.SIZE[1]",
        "RFC822.HEADER",
        "BODY",
        "ENVELOPE",
    ] {
        client.command(&format!("FETCH 1 {item}"));
    }
    client.command("EXAMINE INBOX");
    client.command("FETCH 1 (BODY[] RFC822 BINARY[])");
    assert_eq!(client.command("SEARCH SEEN"), ["* SEARCH"]);
}

#[test]
fn binary_decodes() {
    let server = ServerUnderTest::start();
    let mut client = nested(&server);
    let reply = client.ok("FETCH 1 BINARY.PEEK[3]");
    let bytes: &[u8] = b"* 1 FETCH (BINARY[3] ~{6}\r\n\x00\x01\x02\x03\x04\x05)";
    assert_eq!(reply.untagged, [bytes]);
    assert_eq!(
        client.command("FETCH 1 BINARY.SIZE[3]"),
        ["* 1 FETCH (BINARY.SIZE[3] 6)"]
    );
    let reply = client.ok("FETCH 1 BINARY.PEEK[3]<4.9>");
    assert!(
        reply.untagged[0].starts_with(b"* 1 FETCH (BINARY[3]<4> "),
        "{reply:?}"
    );
    assert!(reply.untagged[0].ends_with(b"\x04\x05)"), "{reply:?}");
    let reply = client.ok("FETCH 1 BINARY.PEEK[2.2]");
    assert!(reply.untagged[0].ends_with(b"<p>caf\xe9</p>)"), "{reply:?}");
    assert_eq!(
        client.command("FETCH 1 BINARY.SIZE[2.2]"),
        ["* 1 FETCH (BINARY.SIZE[2.2] 11)"]
    );
}

/// RFC 3516 section 4.3.
#[test]
fn an_encoding_that_is_not_known_is_unknown_cte() {
    let server = ServerUnderTest::start();
    let mut client = selected(&server, "");
    let text = b"Content-Type: text/plain\r\nContent-Transfer-Encoding: x-odd\r\n\r\ntext\r\n";
    client.append("INBOX", "", text);
    for item in ["BINARY.PEEK[1]", "BINARY.SIZE[1]"] {
        let reply = client.try_command(&format!("FETCH 1 {item}"));
        assert!(
            reply.tagged.starts_with("NO [UNKNOWN-CTE]"),
            "{item}: {reply:?}"
        );
    }
    client.command("FETCH 1 BODY.PEEK[1]");
}

#[test]
fn raw_utf8_is_for_imap4rev2_alone() {
    let server = ServerUnderTest::start();
    let mut old = selected(&server, "");
    old.append("INBOX", "", "Subject: Gr\u{fc}\u{df}e\r\n\r\n".as_bytes());
    let reply = old.ok("FETCH 1 ENVELOPE");
    assert!(reply.untagged[0].is_ascii(), "{reply:?}");
    let mut new = enabled(&server, "IMAP4rev2");
    new.command("SELECT INBOX");
    let lines = new.command("FETCH 1 ENVELOPE");
    assert!(lines[0].contains("\"Gr\u{fc}\u{df}e\""), "{lines:?}");
}

#[test]
fn numbers_beyond_the_last_are_bad_and_unknown_uids_are_not() {
    let server = with_messages(2);
    let mut client = selected(&server, "");
    for set in ["3", "1:3", "0", "1,,2", "a", "*:5"] {
        let reply = client.try_command(&format!("FETCH {set} FLAGS"));
        assert!(reply.tagged.starts_with("BAD"), "{set}: {reply:?}");
    }
    assert!(client.command("UID FETCH 7:9 FLAGS").is_empty());
    let lines = client.command("UID FETCH 2:900 FLAGS");
    assert!(fetched(&lines)[0].1.contains("UID 2"), "{lines:?}");
    let lines = client.command("UID FETCH 500:* UID");
    assert_eq!(lines, ["* 2 FETCH (UID 2)"]);
    assert_eq!(client.command("FETCH 2,1,1 UID").len(), 2, "each once");
}

#[test]
fn what_another_session_expunged_is_expungeissued() {
    let server = with_messages(3);
    let (mut one, mut two) = (selected(&server, ""), selected(&server, ""));
    two.command(r"STORE 2 +FLAGS.SILENT (\Deleted)");
    two.command("EXPUNGE");
    let reply = one.try_command("FETCH 1:3 UID");
    assert!(reply.tagged.starts_with("NO [EXPUNGEISSUED]"), "{reply:?}");
    assert_eq!(reply.lines(), ["* 1 FETCH (UID 1)", "* 3 FETCH (UID 3)"]);
    assert!(one.command("NOOP").contains(&"* 2 EXPUNGE".to_owned()));
    assert_eq!(one.command("FETCH 2 UID"), ["* 2 FETCH (UID 3)"]);
}
