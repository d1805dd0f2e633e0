//! ENVELOPE against values worked out by hand (RFC 9051 section 7.5.2).
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]

mod common;

use common::envelope;
use postern_message::{Message, Rendering};

fn check(header: &[u8], expected: &str) {
    let raw = [header, b"\r\nbody\r\n"].concat();
    assert_eq!(envelope(&raw, Rendering::Ascii), expected);
}

/// The address list of a From field, from an envelope that has nothing else.
fn from(value: &str, expected: &str) {
    let raw = format!("From: {value}\r\n\r\n");
    let expected = format!("(NIL NIL {expected} {expected} {expected} NIL NIL NIL NIL NIL)");
    assert_eq!(
        envelope(raw.as_bytes(), Rendering::Ascii),
        expected,
        "{value}"
    );
}

#[test]
fn example_of_the_rfc() {
    check(
        b"Date: Wed, 17 Jul 1996 02:23:25 -0700 (PDT)\r\n\
          From: Terry Gray <gray@cac.washington.edu>\r\n\
          Subject: IMAP4rev1 WG mtg summary and minutes\r\n\
          To: imap@cac.washington.edu\r\n\
          cc: minutes@CNRI.Reston.VA.US, John Klensin <KLENSIN@MIT.EDU>\r\n\
          Message-Id: <B27397-0100000@cac.washington.edu>\r\n\
          MIME-Version: 1.0\r\n\
          Content-Type: TEXT/PLAIN; CHARSET=US-ASCII\r\n",
        concat!(
            r#"("Wed, 17 Jul 1996 02:23:25 -0700 (PDT)" "#,
            r#""IMAP4rev1 WG mtg summary and minutes" "#,
            r#"(("Terry Gray" NIL "gray" "cac.washington.edu")) "#,
            r#"(("Terry Gray" NIL "gray" "cac.washington.edu")) "#,
            r#"(("Terry Gray" NIL "gray" "cac.washington.edu")) "#,
            r#"((NIL NIL "imap" "cac.washington.edu")) "#,
            r#"((NIL NIL "minutes" "CNRI.Reston.VA.US")"#,
            r#"("John Klensin" NIL "KLENSIN" "MIT.EDU")) NIL NIL "#,
            r#""<B27397-0100000@cac.washington.edu>")"#
        ),
    );
}

#[test]
fn what_is_missing_is_nil_and_what_is_empty_is_empty() {
    check(b"", "(NIL NIL NIL NIL NIL NIL NIL NIL NIL NIL)");
    check(
        b"Subject:\r\nDate: \r\nTo:\r\nIn-Reply-To:\r\nMessage-ID:\r\n",
        r#"("" "" NIL NIL NIL NIL NIL NIL "" "")"#,
    );
}

#[test]
fn sender_and_reply_to_default_to_from() {
    check(
        b"From: a@b\r\nReply-To: c@d\r\nSender:\r\n",
        r#"(NIL NIL ((NIL NIL "a" "b")) ((NIL NIL "a" "b")) ((NIL NIL "c" "d")) NIL NIL NIL NIL NIL)"#,
    );
}

#[test]
fn folded_text_is_unfolded() {
    check(
        b"Subject: one\r\n two\r\n\tthree\r\nMessage-ID:\r\n <a@b>\r\nIn-Reply-To: <c@d>\n <e@f>\n",
        "(NIL \"one two\tthree\" NIL NIL NIL NIL NIL NIL \"<c@d> <e@f>\" \"<a@b>\")",
    );
}

#[test]
fn the_first_text_and_all_addresses_of_duplicates() {
    check(
        b"Subject: one\r\nsubject: two\r\nTo: a@b\r\nTO : c@d\r\n",
        r#"(NIL "one" NIL NIL NIL ((NIL NIL "a" "b")(NIL NIL "c" "d")) NIL NIL NIL NIL)"#,
    );
}

#[test]
fn quotes_and_backslashes_are_escaped() {
    check(
        br#"Subject: say "a\b"
"#,
        r#"(NIL "say \"a\\b\"" NIL NIL NIL NIL NIL NIL NIL NIL)"#,
    );
    from(r#""a \"b\" \\" <c@d>"#, r#"(("a \"b\" \\" NIL "c" "d"))"#);
}

#[test]
fn addresses() {
    from("a@b", r#"((NIL NIL "a" "b"))"#);
    from("<a@b>", r#"((NIL NIL "a" "b"))"#);
    from("A B <a@b>", r#"(("A B" NIL "a" "b"))"#);
    from(
        "\"A, B\" <a@b>, c@d",
        r#"(("A, B" NIL "a" "b")(NIL NIL "c" "d"))"#,
    );
    from("a@b (A B)", r#"(("A B" NIL "a" "b"))"#);
    from(
        "a@b (A (nested) \\) B)",
        r#"(("A (nested) ) B" NIL "a" "b"))"#,
    );
    from("(comment) A <a@b> (other)", r#"(("A" NIL "a" "b"))"#);
    from("\"a b\"@c", r#"((NIL NIL "a b" "c"))"#);
    from("a@[192.0.2.1]", r#"((NIL NIL "a" "[192.0.2.1]"))"#);
    from(
        "A <a@[IPv6:2001:db8::1]>",
        r#"(("A" NIL "a" "[IPv6:2001:db8::1]"))"#,
    );
    from(
        "John Q. Public <a@b>",
        r#"(("John Q. Public" NIL "a" "b"))"#,
    );
    from("a@b <a@b>", r#"(("a@b" NIL "a" "b"))"#);
}

#[test]
fn addresses_of_old_and_broken_writers() {
    from("<@a,@b:c@d>", r#"((NIL "@a,@b" "c" "d"))"#);
    from("a . b @ c . d", r#"((NIL NIL "a.b" "c.d"))"#);
    from("<a (x) . b @ (y) c>", r#"((NIL NIL "a.b" "c"))"#);
    from(", a@b,, ,c@d,", r#"((NIL NIL "a" "b")(NIL NIL "c" "d"))"#);
    from("a@b; c@d", r#"((NIL NIL "a" "b")(NIL NIL "c" "d"))"#);
    from("A <a@b, c@d>", r#"(("A" NIL "a" "b")(NIL NIL "c" "d"))"#);
    from("A B a@b", r#"(("A B" NIL "a" "b"))"#);
    from("\"A <a@b>", r#"((NIL NIL "A <a@b>" "MISSING_DOMAIN"))"#);
    from("A <a@b", r#"(("A" NIL "a" "b"))"#);
    from("a@b (open", r#"(("open" NIL "a" "b"))"#);
}

#[test]
fn missing_halves_are_named() {
    from("a", r#"((NIL NIL "a" "MISSING_DOMAIN"))"#);
    from("A B", r#"(("A B" NIL "MISSING_MAILBOX" "MISSING_DOMAIN"))"#);
    from("<>", r#"((NIL NIL "MISSING_MAILBOX" "MISSING_DOMAIN"))"#);
    from("A <a>", r#"(("A" NIL "a" "MISSING_DOMAIN"))"#);
    from("@b", r#"((NIL NIL "MISSING_MAILBOX" "b"))"#);
    from("a@", r#"((NIL NIL "a" "MISSING_DOMAIN"))"#);
}

#[test]
fn groups() {
    from(
        "Team: a@b, C <c@d>;, e@f",
        r#"((NIL NIL "Team" NIL)(NIL NIL "a" "b")("C" NIL "c" "d")(NIL NIL NIL NIL)(NIL NIL "e" "f"))"#,
    );
    from(
        "undisclosed-recipients:;",
        r#"((NIL NIL "undisclosed-recipients" NIL)(NIL NIL NIL NIL))"#,
    );
    from(
        "\"The Team\": a@b",
        r#"((NIL NIL "The Team" NIL)(NIL NIL "a" "b")(NIL NIL NIL NIL))"#,
    );
}

#[test]
fn encoded_words_are_left_as_they_are() {
    check(
        b"Subject: =?ISO-8859-1?Q?Andr=E9?= x\r\n",
        r#"(NIL "=?ISO-8859-1?Q?Andr=E9?= x" NIL NIL NIL NIL NIL NIL NIL NIL)"#,
    );
    from(
        "=?utf-8?q?A_B?= <a@b>",
        r#"(("=?utf-8?q?A_B?=" NIL "a" "b"))"#,
    );
}

#[test]
fn eight_bit_text_for_old_clients_is_encoded() {
    // "é" is C3 A9, in base64 w6k=; " é" is 20 C3 A9, IMOp; "é ü" is C3 A9 20 C3 BC, w6kgw7w=.
    check(
        "Subject: a é b\r\nMessage-ID: é ü\r\n".as_bytes(),
        r#"(NIL "a =?UTF-8?B?w6k=?= b" NIL NIL NIL NIL NIL NIL NIL "=?UTF-8?B?w6kgw7w=?=")"#,
    );
    check(
        b"Subject: \xe9\r\n",
        r#"(NIL "=?UTF-8?B?w6k=?=" NIL NIL NIL NIL NIL NIL NIL NIL)"#,
    );
    check(
        "Subject: =?utf-8?q?x?= é\r\n".as_bytes(),
        r#"(NIL "=?utf-8?q?x?= =?UTF-8?B?IMOp?=" NIL NIL NIL NIL NIL NIL NIL NIL)"#,
    );
    check(
        b"Subject: =?iso-8859-1?Q?Fr\xf6sche?= =?utf-8?q?x?=\r\n",
        r#"(NIL "=?iso-8859-1?Q?Fr=F6sche?= =?utf-8?q?x?=" NIL NIL NIL NIL NIL NIL NIL NIL)"#,
    );
    from("é <a@b>", r#"(("=?UTF-8?B?w6k=?=" NIL "a" "b"))"#);
}

#[test]
fn eight_bit_text_for_new_clients_is_utf8() {
    let utf8 = envelope("Subject: a é b\r\n".as_bytes(), Rendering::Utf8);
    assert_eq!(utf8, r#"(NIL "a é b" NIL NIL NIL NIL NIL NIL NIL NIL)"#);
    // E9 alone is no UTF-8: windows-1252 makes it é; 80 is the euro sign there.
    let utf8 = envelope(b"Subject: \xe9\x80 \xc3\xa9\r\n", Rendering::Utf8);
    assert_eq!(utf8, r#"(NIL "é€ é" NIL NIL NIL NIL NIL NIL NIL NIL)"#);
}

#[test]
fn encoded_words_are_short_and_whole() {
    let subject = "é".repeat(100);
    let out = envelope(
        format!("Subject: {subject}\r\n").as_bytes(),
        Rendering::Ascii,
    );
    let words: Vec<&str> = out.split('"').nth(1).unwrap().split(' ').collect();
    // 45 octets hold 22 of these characters: five words for a hundred.
    assert_eq!(words.len(), 5);
    assert!(
        words
            .iter()
            .all(|word| word.len() <= 75 && word.starts_with("=?UTF-8?B?"))
    );
}

#[test]
fn no_line_end_and_no_nul_gets_out() {
    let out = envelope(b"Subject: a\0b\rc\r\n", Rendering::Ascii);
    assert_eq!(out, r#"(NIL "ab c" NIL NIL NIL NIL NIL NIL NIL NIL)"#);
}

#[test]
fn a_long_text_is_a_literal() {
    let subject = "x".repeat(4097);
    let out = envelope(
        format!("Subject: {subject}\r\n").as_bytes(),
        Rendering::Ascii,
    );
    assert!(out.starts_with("(NIL {4097}\r\nxxx"), "{}", &out[..20]);
}

#[test]
fn dates() {
    for (text, expected) in [
        // 1997-11-21T15:55:06Z is 10,186 days and 57,306 seconds after the epoch.
        ("Fri, 21 Nov 1997 09:55:06 -0600", Some((880_127_706, -360))),
        ("21 Nov 97 09:55:06 -0600", Some((880_127_706, -360))),
        ("21 Nov 097 09:55:06 -0600", Some((880_127_706, -360))),
        (
            "Fri, 21 (x) Nov (y) 1997 (z) 09:55:06 CST (Central)",
            Some((880_127_706, -360)),
        ),
        ("Fri, 21 Nov 1997 15:55:06 GMT", Some((880_127_706, 0))),
        ("Fri, 21 Nov 1997 15:55:06", Some((880_127_706, 0))),
        ("Fri, 21 Nov 1997 15:55:06 X", Some((880_127_706, 0))),
        ("Fri Nov 21 15:55:06 1997", Some((880_127_706, 0))),
        ("21-Nov-1997 09:55:06 -0600", Some((880_127_706, -360))),
        ("Thu, 1 Jan 1970 00:00:00 +0000", Some((0, 0))),
        ("1 Jan 1970 01:30 +0130", Some((0, 90))),
        ("29 Feb 2000 00:00:00 +0000", Some((951_782_400, 0))),
        ("29 Feb 2001 00:00:00 +0000", None),
        ("31 Dec 2016 23:59:60 +0000", Some((1_483_228_800, 0))),
        ("32 Jan 2016 00:00:00 +0000", None),
        // RFC 5256 section 2.2: a time that is none is midnight.
        ("1 Jan 2016 24:00:00 +0000", Some((1_451_606_400, 0))),
        ("yesterday", None),
        ("", None),
        ("99999999999999999999 Jan 99999999999999999999", None),
    ] {
        let raw = format!("Date: {text}\r\n\r\n");
        let sent = Message::parse(raw.as_bytes()).sent_date();
        assert_eq!(sent, expected, "{text}");
    }
}
