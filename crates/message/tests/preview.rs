//! PREVIEW: what RFC 8970 section 3.3 wants, worked out by hand.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]

use postern_message::{Message, preview};
use proptest::prelude::*;

/// As a server makes it: the first part that gives something.
fn of(raw: &str) -> String {
    let summary = Message::parse(raw.as_bytes()).summary();
    let parts = summary.text_parts();
    let octets =
        |range: std::ops::Range<u32>| &raw.as_bytes()[range.start as usize..range.end as usize];
    let mut texts = parts.iter().map(|part| {
        preview(
            octets(part.header.clone()),
            part.encoding,
            octets(part.body.clone()),
        )
    });
    texts.find(|text| !text.is_empty()).unwrap_or_default()
}

fn plain(text: &str) -> String {
    of(&format!("Subject: x\r\n\r\n{text}"))
}

fn html(text: &str) -> String {
    of(&format!(
        "Content-Type: text/html; charset=utf-8\r\n\r\n{text}"
    ))
}

#[test]
fn plain_text_becomes_one_line() {
    let table = [
        ("Preview text!\r\n", "Preview text!"),
        ("", ""),
        (" \r\n\t\r\n", ""),
        ("one\r\n\r\n  two\tthree\r\n", "one two three"),
        ("a\u{0}b\u{1b}[31mc", "a b [31mc"),
        ("\u{feff}with\u{200b}out \u{202e}turns", "without turns"),
        ("> quoted\r\nown\r\n> more\r\n", "own"),
        ("> only\r\n>> quoted\r\n", "only quoted"),
        ("1 < 2 & 3 &amp; 4", "1 < 2 & 3 &amp; 4"),
        ("-----BEGIN PGP MESSAGE-----\r\n\r\nhQEMA\r\n", ""),
        ("Grüße", "Grüße"),
    ];
    for (text, expected) in table {
        assert_eq!(plain(text), expected, "{text:?}");
    }
}

#[test]
fn html_loses_its_markup() {
    let table = [
        ("<p>Preview <b>te</b>xt!</p>", "Preview text!"),
        ("one<br>two<div>three</div>four", "one two three four"),
        ("<!-- no <p> --><!DOCTYPE html>yes", "yes"),
        ("<style>p > a {}</style>a<SCRIPT>x</b></Script >b", "a b"),
        ("<head><title>no</title></head><body>yes</body>", "yes"),
        ("<a href='a>b' title=\"c>d\">link</a>", "link"),
        ("<a title=\"open>link", "link"),
        ("1 < 2 <3", "1 < 2 <3"),
        (
            "a &lt;b&gt; &amp;amp; &#65;&#x42; &nope; &",
            "a <b> &amp; AB &nope; &",
        ),
        ("&nbsp;&zwnj;&nbsp;&zwnj;pad", "pad"),
        ("&#0;&#55296;&#x110000;x", "&#55296;&#x110000;x"),
        ("<script>never ends", ""),
        ("text <b", "text"),
        ("text <", "text"),
        ("ä<", "ä"),
    ];
    for (text, expected) in table {
        assert_eq!(html(text), expected, "{text:?}");
    }
}

#[test]
fn two_hundred_characters_are_the_most() {
    let long = "ä".repeat(500);
    assert_eq!(plain(&long), "ä".repeat(200));
    assert_eq!(html(&long), "ä".repeat(200));
    let words = "word ".repeat(100);
    let shown = plain(&words);
    assert!(shown.chars().count() <= 200 && shown.starts_with("word word"));
    assert!(!shown.ends_with("  "));
}

#[test]
fn encodings_and_charsets_are_decoded() {
    assert_eq!(
        of(
            "Content-Type: text/plain; charset=iso-8859-1\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\nGr=FC=\r\n=DFe"
        ),
        "Grüße"
    );
    assert_eq!(
        of(
            "Content-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\nPHA+R3LDvMOfZTwvcD4=\r\n"
        ),
        "Grüße"
    );
}

#[test]
fn the_first_part_with_text_is_taken_and_no_attachment() {
    let multipart = |parts: &[&str]| {
        let parts: String = parts
            .iter()
            .map(|part| format!("--b\r\n{part}\r\n"))
            .collect();
        of(&format!(
            "Content-Type: multipart/mixed; boundary=b\r\n\r\npreamble\r\n{parts}--b--\r\n"
        ))
    };
    assert_eq!(
        multipart(&[
            "Content-Type: text/plain\r\n\r\n \r\n",
            "Content-Type: image/png\r\n\r\nPNG",
            "Content-Type: text/plain\r\nContent-Disposition: Attachment; filename=a\r\n\r\nno",
            "Content-Type: text/calendar\r\n\r\nBEGIN:VCALENDAR",
            "Content-Type: text/html\r\n\r\n<p>yes</p>",
        ]),
        "yes"
    );
    assert_eq!(multipart(&["Content-Type: image/png\r\n\r\nPNG"]), "");
}

proptest! {
    #[test]
    fn whatever_the_octets_it_is_a_short_line(text in "[<>&;/!\\-\"'a-z0-9# \\x00-\\x1fäß\u{200d}]{0,600}") {
        for shown in [plain(&text), html(&text)] {
            prop_assert!(shown.chars().count() <= 200);
            prop_assert!(!shown.contains(|c: char| c.is_control()));
            prop_assert_eq!(shown.trim(), shown.as_str());
            prop_assert!(!shown.contains("  "));
        }
    }
}
