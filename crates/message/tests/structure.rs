//! BODYSTRUCTURE and BODY against values worked out by hand (RFC 9051 section 7.5.2).
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]

mod common;

use common::{body, section_text, structure};
use postern_message::{Message, Rendering};

const NO_ENVELOPE: &str = "(NIL NIL NIL NIL NIL NIL NIL NIL NIL NIL)";

/// A text/plain leaf as shown by BODYSTRUCTURE when its header says nothing.
fn plain(octets: usize, lines: usize) -> String {
    format!(
        r#"("text" "plain" ("charset" "us-ascii") NIL NIL "7bit" {octets} {lines} NIL NIL NIL NIL)"#
    )
}

#[test]
fn examples_of_the_rfc() {
    // 92 lines, 3028 octets: 91 of 31 octets with CRLF are 2821, the last has 207.
    let text = format!(
        "{}{}\r\n",
        format!("{}\r\n", "x".repeat(29)).repeat(91),
        "y".repeat(205)
    );
    assert_eq!(text.len(), 3028);
    let raw = format!("Content-Type: TEXT/PLAIN; CHARSET=US-ASCII\r\n\r\n{text}");
    assert_eq!(
        body(raw.as_bytes()),
        r#"("TEXT" "PLAIN" ("CHARSET" "US-ASCII") NIL NIL "7bit" 3028 92)"#
    );
    // The example with two parts, with smaller texts: "one" and CRLF, then "two".
    let raw = b"Content-Type: MULTIPART/MIXED; BOUNDARY=b\r\n\r\n--b\r\n\
        Content-Type: TEXT/PLAIN; CHARSET=US-ASCII\r\nContent-Transfer-Encoding: 7BIT\r\n\r\n\
        one\r\n\r\n--b\r\n\
        Content-Type: TEXT/PLAIN; CHARSET=US-ASCII; NAME=\"cc.diff\"\r\n\
        Content-ID: <960723163407.20117h@cac.washington.edu>\r\n\
        Content-Description: Compiler diff\r\nContent-Transfer-Encoding: BASE64\r\n\r\n\
        dHdv\r\n--b--\r\n";
    assert_eq!(
        body(raw),
        concat!(
            r#"(("TEXT" "PLAIN" ("CHARSET" "US-ASCII") NIL NIL "7BIT" 5 1)"#,
            r#"("TEXT" "PLAIN" ("CHARSET" "US-ASCII" "NAME" "cc.diff") "#,
            r#""<960723163407.20117h@cac.washington.edu>" "Compiler diff" "BASE64" 4 0) "MIXED")"#
        )
    );
}

#[test]
fn a_message_without_mime_is_plain_text() {
    assert_eq!(structure(b"Subject: x\r\n\r\none\r\ntwo\r\n"), plain(10, 2));
    assert_eq!(structure(b"Subject: x\n\none\ntwo\n"), plain(8, 2));
    assert_eq!(structure(b"Subject: x\r\n\r\nno end"), plain(6, 0));
}

#[test]
fn empty_and_odd_messages() {
    assert_eq!(structure(b""), plain(0, 0));
    assert_eq!(structure(b"\r\n"), plain(0, 0));
    assert_eq!(structure(b"\r\nbody"), plain(4, 0));
    assert_eq!(structure(b"Subject: only a header\r\n"), plain(0, 0));
    assert_eq!(
        structure(b"no header and\r\nno blank line\r\n"),
        plain(0, 0)
    );
    assert_eq!(structure(b"Content-Type: text\r\n\r\nx"), plain(1, 0));
    assert_eq!(structure(b"Content-Type: /plain\r\n\r\nx"), plain(1, 0));
    assert_eq!(structure(b"Content-Type:\r\n\r\nx"), plain(1, 0));
}

#[test]
fn all_fields_and_extension_data() {
    let raw = b"Content-Type: Image/PNG; name=\"a \\\"b\\\".png\"\r\n\
        Content-ID: <i@d>\r\nContent-Description: a picture\r\n\
        Content-Transfer-Encoding: base64 (really)\r\nContent-MD5: Q2hlY2s=\r\n\
        Content-Disposition: attachment; filename=a.png; size=3\r\n\
        Content-Language: en, de (German)\r\nContent-Location: http://a/b\r\n\r\nAAAA\r\n";
    assert_eq!(
        structure(raw),
        concat!(
            r#"("Image" "PNG" ("name" "a \"b\".png") "<i@d>" "a picture" "base64" 6 "Q2hlY2s=" "#,
            r#"("attachment" ("filename" "a.png" "size" "3")) ("en" "de") "http://a/b")"#
        )
    );
    assert_eq!(
        body(raw),
        r#"("Image" "PNG" ("name" "a \"b\".png") "<i@d>" "a picture" "base64" 6)"#
    );
    assert_eq!(
        structure(b"Content-Type: a/b\r\nContent-Disposition: inline\r\n\r\n"),
        r#"("a" "b" NIL NIL NIL "7bit" 0 NIL ("inline" NIL) NIL NIL)"#
    );
}

fn parameters(value: &str, expected: &str) {
    let raw = format!("Content-Type: application/x{value}\r\n\r\n");
    let expected = format!(r#"("application" "x" {expected} NIL NIL "7bit" 0)"#);
    assert_eq!(body(raw.as_bytes()), expected, "{value}");
}

#[test]
fn parameters_as_they_stand() {
    parameters("", "NIL");
    parameters(";", "NIL");
    parameters("; a=b", r#"("a" "b")"#);
    parameters(
        " ; (c) a (c) = (c) b (c) ; c=\"d;e\"",
        r#"("a" "b" "c" "d;e")"#,
    );
    parameters(
        "; filename*0*=utf-8''a%20; filename*1=b; x*=us-ascii'en'c",
        r#"("filename*0*" "utf-8''a%20" "filename*1" "b" "x*" "us-ascii'en'c")"#,
    );
    parameters("; a; b=; =c; d=e", r#"("b" "" "d" "e")"#);
    parameters("; a=b c.txt; d=\"open", r#"("a" "b c.txt" "d" "open")"#);
    parameters("; a=b c=d; e=f", r#"("a" "b" "e" "f")"#);
    parameters(";\r\n a=\"b\r\n c\"", r#"("a" "b c")"#);
    parameters("; a=é", r#"("a" "=?UTF-8?B?w6k=?=")"#);
}

#[test]
fn charset_is_never_missing_from_text() {
    assert_eq!(
        body(b"Content-Type: text/html; x=y\r\n\r\n"),
        r#"("text" "html" ("x" "y" "charset" "us-ascii") NIL NIL "7bit" 0 0)"#
    );
}

#[test]
fn the_first_of_duplicates_wins() {
    assert_eq!(
        body(b"Content-Type: a/b\r\nContent-Type: c/d\r\n\r\n"),
        r#"("a" "b" NIL NIL NIL "7bit" 0)"#
    );
}

#[test]
fn enclosed_messages() {
    let raw = b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\
        Content-Type: message/rfc822\r\n\r\nSubject: in\r\n\r\nline\r\n\r\n--b--\r\n";
    // "Subject: in", blank line, "line": 13 + 2 + 6 octets, three lines.
    assert_eq!(
        structure(raw),
        format!(
            r#"(("message" "rfc822" NIL NIL NIL "7bit" 21 (NIL "in" NIL NIL NIL NIL NIL NIL NIL NIL) {} 3 NIL NIL NIL NIL) "mixed" ("boundary" "b") NIL NIL NIL)"#,
            plain(6, 1)
        )
    );
}

#[test]
fn digests_default_to_messages() {
    let raw = b"Content-Type: multipart/digest; boundary=b\r\n\r\n--b\r\n\r\nSubject: a\r\n\r\nx\r\n--b\r\n\
        Content-Type: text/plain\r\n\r\ny\r\n--b--";
    assert_eq!(
        body(raw),
        concat!(
            r#"(("message" "rfc822" NIL NIL NIL "7bit" 15 (NIL "a" NIL NIL NIL NIL NIL NIL NIL NIL) "#,
            r#"("text" "plain" ("charset" "us-ascii") NIL NIL "7bit" 1 0) 2)"#,
            r#"("text" "plain" ("charset" "us-ascii") NIL NIL "7bit" 1 0) "digest")"#
        )
    );
}

#[test]
fn global_messages_are_messages_to_new_clients_only() {
    let raw = b"Content-Type: message/global\r\n\r\nSubject: g\r\n\r\nx";
    assert_eq!(body(raw), r#"("message" "global" NIL NIL NIL "7bit" 15)"#);
    let mut out = Vec::new();
    Message::parse(raw).body(&mut out, Rendering::Utf8);
    assert_eq!(
        String::from_utf8(out).unwrap(),
        concat!(
            r#"("message" "global" NIL NIL NIL "7bit" 15 "#,
            r#"(NIL "g" NIL NIL NIL NIL NIL NIL NIL NIL) "#,
            r#"("text" "plain" ("charset" "us-ascii") NIL NIL "7bit" 1 0) 2)"#
        )
    );
}

#[test]
fn encoded_messages_are_not_decoded() {
    assert_eq!(
        body(b"Content-Type: message/rfc822\r\nContent-Transfer-Encoding: base64\r\n\r\nU3ViamVjdDogeA=="),
        format!(
            r#"("message" "rfc822" NIL NIL NIL "base64" 16 {NO_ENVELOPE} ("text" "plain" ("charset" "us-ascii") NIL NIL "7bit" 0 0) 0)"#
        )
    );
}

#[test]
fn a_multipart_without_parts_shows_an_empty_one() {
    let raw = b"Content-Type: multipart/mixed; boundary=b\r\n\r\nno parts\r\n";
    let expected = format!(r#"({} "mixed" ("boundary" "b") NIL NIL NIL)"#, plain(0, 0));
    assert_eq!(structure(raw), expected);
    assert_eq!(section_text(raw, "1").as_deref(), Some(""));
    assert_eq!(section_text(raw, "2"), None);
}

#[test]
fn a_multipart_without_a_boundary_is_text() {
    assert_eq!(
        structure(b"Content-Type: multipart/mixed\r\n\r\n--b\r\n"),
        plain(5, 1)
    );
    assert_eq!(
        structure(b"Content-Type: multipart/mixed; boundary=\"\"\r\n\r\n--\r\n"),
        plain(4, 1)
    );
}

/// A multipart with this boundary parameter and one part between delimiters of `delimiter`.
fn boundary(parameter: &str, delimiter: &str) {
    let raw = format!(
        "Content-Type: multipart/mixed; {parameter}\r\n\r\n--{delimiter}\r\n\r\none\r\n--{delimiter}--\r\n"
    );
    assert_eq!(
        section_text(raw.as_bytes(), "1").as_deref(),
        Some("one"),
        "{parameter}"
    );
}

#[test]
fn boundary_parameters() {
    boundary("boundary=b", "b");
    boundary("BOUNDARY = \"b c\"", "b c");
    boundary("boundary=\"b \"", "b");
    boundary("boundary=\"a\\\"b\"", "a\"b");
    boundary("boundary*0=a; boundary*1=b", "ab");
    boundary("boundary*=us-ascii''a%20b", "a b");
    boundary("boundary=--", "--");
    boundary("boundary=a--", "a--");
    boundary("boundary==_x", "=_x");
    boundary(&format!("boundary={}", "x".repeat(250)), &"x".repeat(250));
}

#[test]
fn delimiters_may_have_white_space_and_more() {
    let raw = b"Content-Type: multipart/mixed; boundary=b\n\npreamble\n--b  \n\none\n--b trailing\n\ntwo\n--b-- \nepilogue\n--b\n\nthree\n";
    assert_eq!(section_text(raw, "1").as_deref(), Some("one"));
    assert_eq!(section_text(raw, "2").as_deref(), Some("two"));
    assert_eq!(section_text(raw, "3"), None);
}

#[test]
fn a_multipart_without_its_end_goes_to_the_end() {
    let raw =
        b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\none\r\n--b\r\n\r\ntwo\r\n";
    assert_eq!(section_text(raw, "2").as_deref(), Some("two\r\n"));
    // The inner one is not ended either: the outer delimiter ends it.
    let raw = b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\
        Content-Type: multipart/mixed; boundary=c\r\n\r\n--c\r\n\r\none\r\n--b\r\n\r\ntwo\r\n--b--\r\n";
    assert_eq!(section_text(raw, "1.1").as_deref(), Some("one"));
    assert_eq!(section_text(raw, "2").as_deref(), Some("two"));
}

/// An outer and an inner multipart; the inner one has two parts and an epilogue.
fn nested(outer: &str, inner: &str) {
    let raw = format!(
        "Content-Type: multipart/mixed; boundary=\"{outer}\"\r\n\r\n--{outer}\r\n\
         Content-Type: multipart/mixed; boundary=\"{inner}\"\r\n\r\n--{inner}\r\n\r\none\r\n--{inner}\r\n\r\ntwo\r\n\
         --{inner}--\r\nepilogue\r\n--{outer}\r\n\r\nthree\r\n--{outer}--\r\n"
    );
    for (wanted, text) in [("1.1", "one"), ("1.2", "two"), ("2", "three")] {
        let found = section_text(raw.as_bytes(), wanted);
        assert_eq!(found.as_deref(), Some(text), "{outer} {inner} {wanted}");
    }
}

#[test]
fn boundaries_that_begin_with_one_another() {
    nested("x", "xy");
    nested("xy", "x");
    nested("x", "x-");
    nested("x--", "x");
    nested("x-", "x");
    nested("x", "x--");
}

#[test]
fn an_outer_end_is_not_taken_for_a_part_of_an_inner_boundary() {
    let raw = b"Content-Type: multipart/mixed; boundary=a\r\n\r\n--a\r\n\
        Content-Type: multipart/mixed; boundary=a-\r\n\r\n--a-\r\n\r\none\r\n--a--\r\nepilogue\r\n";
    assert_eq!(section_text(raw, "1.1").as_deref(), Some("one"));
    assert_eq!(section_text(raw, "1.2"), None);
}

#[test]
fn the_same_boundary_nested_is_the_inner_one() {
    let raw = b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\
        Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\none\r\n--b\r\n\r\ntwo\r\n--b--\r\n--b\r\n\r\nthree\r\n--b--\r\n";
    assert_eq!(section_text(raw, "1.2").as_deref(), Some("two"));
    assert_eq!(section_text(raw, "2").as_deref(), Some("three"));
}

#[test]
fn empty_parts() {
    let raw = b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n--b\r\n\r\n--b\r\n\r\n\r\n--b\r\nA: b\r\n--b--";
    let four = plain(0, 0).repeat(4);
    assert_eq!(
        structure(raw),
        format!(r#"({four} "mixed" ("boundary" "b") NIL NIL NIL)"#)
    );
    // The line end before a delimiter belongs to the delimiter, not to the header.
    assert_eq!(section_text(raw, "1.MIME").as_deref(), Some(""));
    assert_eq!(section_text(raw, "2.MIME").as_deref(), Some(""));
    assert_eq!(section_text(raw, "3.MIME").as_deref(), Some("\r\n"));
    assert_eq!(section_text(raw, "4.MIME").as_deref(), Some("A: b"));
}

#[test]
fn what_nests_too_deep_is_opaque() {
    let mut raw = Vec::new();
    for level in 0..150 {
        raw.extend_from_slice(
            format!("Content-Type: multipart/mixed; boundary=b{level}x\r\n\r\n--b{level}x\r\n")
                .as_bytes(),
        );
    }
    let out = structure(&raw);
    let depth = out.bytes().take_while(|&octet| octet == b'(').count();
    assert_eq!(depth, postern_message::limits::MAX_DEPTH);
    assert!(out.contains(r#"("application" "octet-stream" NIL NIL NIL "7bit""#));
    common::check_message(&raw);
}

/// RFC 5524 section 3: what is told beside decoded content is about that.
#[test]
fn a_part_without_its_transfer_encoding() {
    let table: [(&str, &str, &str); 6] = [
        ("text/plain", "base64\r\n\r\nQQ0KQg0K", "\"7BIT\" 6 2"),
        (
            "text/plain",
            "quoted-printable\r\n\r\n=C3=A4=\r\nb",
            "\"8BIT\" 3 0",
        ),
        ("text/plain", "base64\r\n\r\nQQpC", "\"BINARY\" 3 1"),
        ("image/png", "base64\r\n\r\nAAEC", "\"BINARY\" 3 "),
        ("image/png", "x-other\r\n\r\nAAEC", "\"x-other\" 4 "),
        ("message/rfc822", "base64\r\n\r\nQQ0K", "\"base64\" 4 "),
    ];
    for (media, rest, expected) in table {
        let raw = format!("Content-Type: {media}\r\nContent-Transfer-Encoding: {rest}");
        let mut out = Vec::new();
        let message = postern_message::Message::parse(raw.as_bytes());
        assert!(message.part_structure(&[1], &mut out, postern_message::Rendering::Ascii, true));
        let out = String::from_utf8(out).unwrap();
        assert!(out.contains(expected), "{media} {rest:?}: {out}");
    }
}
