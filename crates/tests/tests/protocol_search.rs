//! SEARCH keys: RFC 9051 section 6.4.4, RFC 3501 section 6.4.4.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]

use postern_tests::{Client, ServerUnderTest, enabled, selected, with_messages};

/// The numbers that SEARCH finds.
#[track_caller]
fn search(client: &mut Client, keys: &str) -> Vec<u32> {
    let lines = client.command(&format!("SEARCH {keys}"));
    let found = lines.iter().find_map(|line| line.strip_prefix("* SEARCH"));
    let numbers = found
        .unwrap_or_else(|| panic!("{lines:?}"))
        .split_whitespace();
    numbers.map(|number| number.parse().unwrap()).collect()
}

/// Four messages that differ in all that a key can ask.
fn four(server: &ServerUnderTest) -> Client {
    let mut client = selected(server, "");
    let messages = [
        (
            r#"(\Seen \Answered) "01-Feb-2026 23:30:00 -0800""#,
            "From: Ada Lovelace <ada@example.test>\r\nTo: bob@example.test\r\n\
             Subject: Engine plans\r\nDate: Sun, 01 Feb 2026 23:30:00 -0800\r\n\r\nBernoulli\r\n",
        ),
        (
            r#"(\Flagged $Work) "02-Feb-2026 00:30:00 +0900""#,
            "From: bob@example.test\r\nTo: ada@example.test\r\nCc: Carol <carol@example.test>\r\n\
             Subject: Re: Engine plans\r\nDate: Mon, 02 Feb 2026 00:30:00 +0900\r\n\r\n\
             Some more text about numbers, long enough to be the largest message by far.\r\n",
        ),
        (
            r#"(\Deleted \Draft) "03-Feb-2026 12:00:00 +0000""#,
            "From: carol@example.test\r\nBcc: dave@example.test\r\nX-Spam: yes indeed\r\n\
             Subject: Lunch\r\nDate: Sat, 31 Jan 2026 12:00:00 +0000\r\n\r\nat noon\r\n",
        ),
        (r#"() "04-Feb-2026 12:00:00 +0000""#, "Subject:\r\n\r\n\r\n"),
    ];
    for (arguments, text) in messages {
        client.command(&format!(
            "APPEND INBOX {arguments} {{{}+}}\r\n{text}",
            text.len()
        ));
    }
    client
}

#[test]
fn keys_of_flags() {
    let server = ServerUnderTest::start();
    let mut client = four(&server);
    let cases: [(&str, &[u32]); 16] = [
        ("ALL", &[1, 2, 3, 4]),
        ("ANSWERED", &[1]),
        ("UNANSWERED", &[2, 3, 4]),
        ("DELETED", &[3]),
        ("UNDELETED", &[1, 2, 4]),
        ("DRAFT", &[3]),
        ("UNDRAFT", &[1, 2, 4]),
        ("FLAGGED", &[2]),
        ("UNFLAGGED", &[1, 3, 4]),
        ("SEEN", &[1]),
        ("UNSEEN", &[2, 3, 4]),
        ("KEYWORD $work", &[2]),
        ("UNKEYWORD $Work", &[1, 3, 4]),
        ("KEYWORD $Never", &[]),
        ("UNKEYWORD $Never", &[1, 2, 3, 4]),
        ("unseen Undeleted", &[2, 4]),
    ];
    for (keys, wanted) in cases {
        assert_eq!(search(&mut client, keys), wanted, "{keys}");
    }
}

#[test]
fn keys_of_text() {
    let server = ServerUnderTest::start();
    let mut client = four(&server);
    let cases: [(&str, &[u32]); 24] = [
        ("FROM ada", &[1]),
        ("FROM lovelace", &[1]),
        ("FROM \"example.test\"", &[1, 2, 3]),
        ("TO ada@EXAMPLE", &[2]),
        ("CC carol", &[2]),
        ("BCC dave", &[3]),
        ("SUBJECT engine", &[1, 2]),
        ("SUBJECT \"engine plans\"", &[1, 2]),
        ("SUBJECT \"Re: eng\"", &[2]),
        ("SUBJECT {6+}\r\nEngine", &[1, 2]),
        ("HEADER X-Spam \"YES IND\"", &[3]),
        // The empty string: any message that has the field.
        ("HEADER x-spam \"\"", &[3]),
        ("HEADER CC \"\"", &[2]),
        ("HEADER Subject \"\"", &[1, 2, 3, 4]),
        ("BODY bernoulli", &[1]),
        ("BODY Engine", &[]),
        ("TEXT engine", &[1, 2]),
        ("TEXT bernoulli", &[1]),
        ("TEXT X-Spam", &[3]),
        ("TEXT nothing-like-that", &[]),
        ("BODY \"noon\"", &[3]),
        ("SUBJECT lun", &[3]),
        ("FROM carol SUBJECT lunch", &[3]),
        ("FROM carol SUBJECT engine", &[]),
    ];
    for (keys, wanted) in cases {
        assert_eq!(search(&mut client, keys), wanted, "{keys}");
    }
}

/// RFC 9051 section 6.4.4: dates disregard time and timezone.
#[test]
fn keys_of_dates_disregard_the_zone() {
    let server = ServerUnderTest::start();
    let mut client = four(&server);
    let cases: [(&str, &[u32]); 11] = [
        ("ON 1-Feb-2026", &[1]),
        ("ON 2-Feb-2026", &[2]),
        ("BEFORE 2-Feb-2026", &[1]),
        ("SINCE 2-Feb-2026", &[2, 3, 4]),
        ("SINCE \"03-Feb-2026\"", &[3, 4]),
        ("SENTON 1-feb-2026", &[1]),
        ("SENTON 2-Feb-2026", &[2]),
        ("SENTBEFORE 1-Feb-2026", &[3]),
        ("SENTSINCE 1-Feb-2026", &[1, 2]),
        ("SENTSINCE 31-Jan-2026 SENTBEFORE 2-Feb-2026", &[1, 3]),
        ("SINCE 1-Jan-2030", &[]),
    ];
    for (keys, wanted) in cases {
        assert_eq!(search(&mut client, keys), wanted, "{keys}");
    }
    for date in ["32-Jan-2026", "1-Foo-2026", "2026-01-01", "30-Feb-2026"] {
        let reply = client.try_command(&format!("SEARCH SINCE {date}"));
        assert!(reply.tagged.starts_with("BAD"), "{date}: {reply:?}");
    }
}

#[test]
fn keys_of_size_and_numbers() {
    let server = ServerUnderTest::start();
    let mut client = four(&server);
    let lines = client.command("FETCH 3 RFC822.SIZE");
    let size: u32 = lines[0]
        .split("SIZE ")
        .nth(1)
        .unwrap()
        .trim_end_matches(')')
        .parse()
        .unwrap();
    // RFC 9051 section 6.4.4: larger and smaller, not equal.
    assert_eq!(search(&mut client, &format!("3 LARGER {size}")), []);
    assert_eq!(search(&mut client, &format!("3 SMALLER {size}")), []);
    assert_eq!(search(&mut client, &format!("3 LARGER {}", size - 1)), [3]);
    assert_eq!(search(&mut client, &format!("3 SMALLER {}", size + 1)), [3]);
    client.command("UID EXPUNGE 3");
    assert_eq!(search(&mut client, "UID 3:4"), [3]);
    assert_eq!(search(&mut client, "2:*"), [2, 3]);
    assert_eq!(search(&mut client, "UID 900:*"), [3]);
    assert_eq!(search(&mut client, "1,3"), [1, 3]);
    assert_eq!(client.command("UID SEARCH 3"), ["* SEARCH 4"]);
}

#[test]
fn keys_combine() {
    let server = ServerUnderTest::start();
    let mut client = four(&server);
    let cases: [(&str, &[u32]); 9] = [
        ("NOT SEEN", &[2, 3, 4]),
        ("OR SEEN FLAGGED", &[1, 2]),
        ("OR (SEEN ANSWERED) (DELETED SEEN)", &[1]),
        ("NOT (OR SEEN DELETED)", &[2, 4]),
        ("NOT NOT SEEN", &[1]),
        ("OR OR SEEN FLAGGED DELETED", &[1, 2, 3]),
        ("(SEEN)", &[1]),
        ("NOT TEXT engine SINCE 3-Feb-2026", &[3, 4]),
        ("OR BODY bernoulli NOT HEADER From \"\"", &[1, 4]),
    ];
    for (keys, wanted) in cases {
        assert_eq!(search(&mut client, keys), wanted, "{keys}");
    }
    for keys in [
        "OR SEEN", "NOT", "()", "(SEEN", "SEEN)", "WHATEVER", "FROM", "LARGER x", "UID",
    ] {
        let reply = client.try_command(&format!("SEARCH {keys}"));
        assert!(reply.tagged.starts_with("BAD"), "{keys}: {reply:?}");
    }
}

#[test]
fn a_charset_that_is_not_known_is_badcharset() {
    let server = ServerUnderTest::start();
    let mut client = four(&server);
    // RFC 3501 section 6.4.4: NO, whether or not there is a string to decode.
    for keys in ["TEXT a", "ALL"] {
        let reply = client.try_command(&format!("SEARCH CHARSET X-NONE {keys}"));
        assert!(
            reply.tagged.starts_with("NO [BADCHARSET ("),
            "{keys}: {reply:?}"
        );
    }
    for charset in ["UTF-8", "us-ascii", "\"utf-8\""] {
        assert_eq!(
            search(&mut client, &format!("CHARSET {charset} SUBJECT lunch")),
            [3]
        );
    }
    assert_eq!(search(&mut client, "CHARSET ISO-8859-1 ALL"), [1, 2, 3, 4]);
}

fn with(server: &ServerUnderTest, texts: &[&[u8]]) -> Client {
    let mut client = selected(server, "");
    for text in texts {
        client.append("INBOX", "", text);
    }
    client.command("NOOP");
    client
}

#[test]
fn encoded_words_are_decoded() {
    let server = ServerUnderTest::start();
    let mut client = with(
        &server,
        &[
            b"Subject: =?iso-8859-1?Q?Caf=E9?= =?UTF-8?B?IG9sw6k=?=\r\n\r\n",
            b"From: =?UTF-8?Q?J=C3=BCrgen?= <j@example.test>\r\nSubject: folded\r\n line\r\n\r\n",
        ],
    );
    assert_eq!(
        search(&mut client, "SUBJECT {10+}\r\ncaf\u{e9} ol\u{e9}"),
        [1]
    );
    assert_eq!(search(&mut client, "FROM {7+}\r\nJ\u{dc}RGEN"), [2]);
    assert_eq!(search(&mut client, "SUBJECT \"folded line\""), [2]);
    assert_eq!(
        search(&mut client, "CHARSET ISO-8859-1 FROM {6+}\r\nJ?rgen"),
        []
    );
}

#[test]
fn bodies_are_decoded() {
    let server = ServerUnderTest::start();
    let mut client = with(
        &server,
        &[
            b"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n\
              aGlkZGVuIHRyZWFzdXJl\r\n",
            b"Content-Type: text/plain; charset=iso-8859-1\r\n\
              Content-Transfer-Encoding: quoted-printable\r\n\r\nsoft=\r\nbreak, caf=E9\r\n",
            b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\
              Content-Transfer-Encoding: base64\r\n\r\naW5uZXIgcGFydA==\r\n--b--\r\n",
        ],
    );
    assert_eq!(search(&mut client, "BODY \"hidden treasure\""), [1]);
    assert_eq!(search(&mut client, "BODY softbreak"), [2]);
    assert_eq!(search(&mut client, "BODY {5+}\r\nCAF\u{c9}"), [2]);
    assert_eq!(search(&mut client, "TEXT \"inner part\""), [3]);
}

#[test]
fn case_and_composition_do_not_matter() {
    let server = ServerUnderTest::start();
    let mut client = with(
        &server,
        &[
            "Subject: Stra\u{df}e\r\n\r\n".as_bytes(),
            "Subject: \u{39f}\u{394}\u{3a5}\u{3a3}\u{3a3}\u{395}\u{3a5}\u{3a3}\r\n\r\n".as_bytes(),
            "Subject: cafe\u{301}\r\n\r\n".as_bytes(),
        ],
    );
    let mut find = |text: &str| {
        search(
            &mut client,
            &format!("SUBJECT {{{}+}}\r\n{text}", text.len()),
        )
    };
    assert_eq!(find("stra\u{df}e"), [1]);
    assert_eq!(find("STRASSE"), [1]);
    // The final sigma is one with the others.
    assert_eq!(
        find("\u{3bf}\u{3b4}\u{3c5}\u{3c3}\u{3c3}\u{3b5}\u{3c5}\u{3c2}"),
        [2]
    );
    assert_eq!(find("caf\u{e9}"), [3]);
    assert_eq!(find("CAFE\u{301}"), [3]);
}

#[test]
fn strings_that_are_not_utf8_do_no_harm() {
    let server = with_messages(1);
    let mut client = selected(&server, "");
    client.send_raw(b"a SEARCH SUBJECT {2+}\r\n\xff\xfe\r\n");
    let reply = client.replies("a");
    assert!(!reply.tagged.starts_with("OK"), "{reply:?}");
    client.send_raw(b"b SEARCH CHARSET ISO-8859-1 SUBJECT {1+}\r\n\xe9\r\n");
    client.expect("b OK");
}

#[test]
fn numbers_beyond_the_last_are_bad_and_an_empty_mailbox_finds_nothing() {
    let server = with_messages(1);
    let mut client = selected(&server, "");
    let reply = client.try_command("SEARCH 2");
    assert!(reply.tagged.starts_with("BAD"), "{reply:?}");
    client.command("SELECT Sent");
    assert_eq!(search(&mut client, "ALL"), []);
    assert_eq!(search(&mut client, "1:*"), []);
    assert_eq!(search(&mut client, "UID 1:*"), []);
}

#[test]
fn a_search_of_utf8_needs_no_charset_in_imap4rev2() {
    let server = ServerUnderTest::start();
    with(&server, &["Subject: Gr\u{fc}n\r\n\r\n".as_bytes()]);
    let mut client = enabled(&server, "IMAP4rev2");
    client.command("SELECT INBOX");
    client.send("s SEARCH SUBJECT \"GR\u{dc}N\"");
    assert_eq!(client.expect("s OK")[0], "* ESEARCH (TAG \"s\") ALL 1");
}
