//! SEARCH in decoded text.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]

use postern_message::{Message, Pattern, decode_charset};

fn subject(value: &[u8], text: &str) -> bool {
    let raw = [b"Subject: ", value, b"\r\n\r\n"].concat();
    Message::parse(&raw).header_contains(b"SUBJECT", &Pattern::new(text))
}

fn body(raw: &[u8], text: &str) -> bool {
    Message::parse(raw).body_contains(&Pattern::new(text))
}

fn text(raw: &[u8], text: &str) -> bool {
    Message::parse(raw).text_contains(&Pattern::new(text))
}

#[test]
fn case_and_composition_do_not_matter() {
    for (value, wanted) in [
        ("Straße", "STRASSE"),
        ("STRASSE", "straße"),
        ("STRA\u{1e9e}E", "strasse"),
        ("caf\u{e9}", "CAFE\u{301}"),
        ("cafe\u{301}", "caf\u{c9}"),
        ("ΌΔΟΣ", "όδος"),
        ("\u{fb01}n", "FIN"),
        ("ＡＢＣ", "abc"),
        ("\u{212a}elvin", "kelvin"),
        ("Пример", "ПРИМЕР"),
        ("한국어", "한국"),
        // The marks of one character in either order.
        ("q\u{307}\u{323}", "q\u{323}\u{307}"),
    ] {
        assert!(subject(value.as_bytes(), wanted), "{value} {wanted}");
    }
    assert!(!subject("cafe".as_bytes(), "café"));
}

#[test]
fn headers_are_decoded() {
    assert!(subject(b"=?iso-8859-1?Q?Andr=E9_Pirard?=", "andré pirard"));
    assert!(subject(b"=?utf-8?B?w6k=?=", "é"));
    assert!(subject(b"=?utf-8*en?q?a?=", "a"));
    assert!(subject(b"=?utf-8?q?a?= \r\n =?utf-8?q?b?=", "ab"));
    assert!(subject(b"=?utf-8?q?a?= b", "a b"));
    assert!(subject(b"x=?utf-8?q?a?=y", "xay"));
    // One character split over two words.
    assert!(subject(b"=?utf-8?q?=C3?= =?utf-8?q?=A9?=", "é"));
    assert!(subject(b"=?iso-2022-jp?B?GyRCRnxLXBsoQg==?=", "日本"));
    assert!(subject(b"=?nothing?q?abc?=", "abc"));
    // Raw octets where escapes belong.
    assert!(subject(b"=?iso-8859-1?q?Fr\xf6sche?=", "frösche"));
    assert!(subject(b"=?utf-8?x?abc?=", "=?utf-8?x?abc?="));
    assert!(subject(b"=?utf-8?q?abc", "=?utf-8?q?abc"));
    assert!(subject("é".as_bytes(), "É"));
    assert!(subject(b"\xe9", "é"));
    assert!(subject(b"one\r\n two", "one two"));
}

#[test]
fn a_field_is_found_by_its_name() {
    let raw = b"X-A: one\r\nx-a: two\r\nX-B:\r\n\r\nthree";
    let has = |name: &str, text: &str| {
        Message::parse(raw).header_contains(name.as_bytes(), &Pattern::new(text))
    };
    assert!(has("x-a", "one") && has("X-A", "TWO") && !has("x-a", "three"));
    assert!(has("x-b", "") && !has("x-c", "") && !has("x-b", "one"));
}

#[test]
fn bodies_are_decoded() {
    let encoded = |fields: &str, text: &[u8]| [fields.as_bytes(), b"\r\n\r\n", text].concat();
    let quoted = encoded(
        "Content-Type: text/plain; charset=iso-8859-1\r\nContent-Transfer-Encoding: quoted-printable",
        b"caf=\r\n=E9",
    );
    assert!(body(&quoted, "CAFÉ"));
    // "héllo" in windows-1251 terms would be other letters: koi8-r D0 D2 C9 is "при".
    let koi = encoded("Content-Type: text/plain; charset=koi8-r", b"\xd0\xd2\xc9");
    assert!(body(&koi, "ПРИ"));
    let base64 = encoded(
        "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64",
        b"aMOp\r\nbGxv",
    );
    assert!(body(&base64, "HÉLLO"));
    let utf16 = encoded("Content-Type: text/plain; charset=utf-16", b"\x00a\x00b");
    assert!(body(&utf16, "AB"));
    let utf7 = encoded(
        "Content-Type: text/plain; charset=utf-7",
        b"Hi Mom -+Jjo--!",
    );
    assert!(body(&utf7, "Mom -\u{263a}-!"));
    let unnamed = encoded("Subject: x", "é".as_bytes());
    assert!(body(&unnamed, "É"));
    let unknown = encoded("Content-Type: text/plain; charset=x-none", b"\xe9");
    assert!(body(&unknown, "É"));
}

const PARTS: &[u8] = b"Subject: outer\r\nContent-Type: multipart/mixed; boundary=A\r\n\r\npreamble\r\n--A\r\n\
    Content-Type: image/png; name=picture.png\r\n\r\npixels\r\n--A\r\nContent-Type: text/html\r\n\r\n<b>bold</b>\r\n--A\r\n\
    Content-Type: message/rfc822\r\n\r\nSubject: =?utf-8?q?inn=65r?=\r\n\r\nwords\r\n--A--\r\nepilogue\r\n";

#[test]
fn text_parts_and_enclosed_headers_are_the_body() {
    for wanted in ["bold", "inner", "words", "SUBJECT: INNER", ""] {
        assert!(body(PARTS, wanted), "{wanted}");
    }
    for other in ["pixels", "outer", "preamble", "epilogue", "picture.png"] {
        assert!(!body(PARTS, other), "{other}");
    }
}

#[test]
fn all_headers_are_text() {
    for wanted in [
        "bold",
        "inner",
        "words",
        "outer",
        "picture.png",
        "content-type: image",
        "",
    ] {
        assert!(text(PARTS, wanted), "{wanted}");
    }
    for other in ["pixels", "preamble", "epilogue"] {
        assert!(!text(PARTS, other), "{other}");
    }
}

#[test]
fn matches_go_over_pieces() {
    let mut raw = b"Content-Type: text/plain; charset=utf-8\r\n\r\n".to_vec();
    raw.extend(std::iter::repeat_n("é".as_bytes(), 100_000).flatten());
    raw.extend_from_slice(b"needle");
    raw.extend(std::iter::repeat_n("ü".as_bytes(), 100_000).flatten());
    assert!(body(&raw, "éneedleü"));
    assert!(body(&raw, &"É".repeat(99_999)));
    assert!(!body(&raw, "üneedle"));
    let escapes = "=C3=A9".repeat(50_000);
    let raw = format!(
        "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n{escapes}"
    );
    assert!(body(raw.as_bytes(), &"é".repeat(50_000)));
    // One octet before, so that a piece ends within a character.
    let unnamed = [b"\r\nx".as_slice(), "é".repeat(100_000).as_bytes()].concat();
    assert!(body(&unnamed, &"é".repeat(100_000)));
}

#[test]
fn charsets() {
    for (label, octets, expected) in [
        ("US-ASCII", &b"abc"[..], Some("abc")),
        ("utf-8", "é".as_bytes(), Some("é")),
        ("ISO-8859-15", b"\xa4", Some("€")),
        ("Shift_JIS", b"\x93\xfa", Some("日")),
        ("cp932", b"\x93\xfa", Some("日")),
        ("GB2312", b"\xc4\xe3", Some("你")),
        ("UTF-7", b"+2D3cqQ-", Some("\u{1f4a9}")),
        ("utf-7", b"a+-b", Some("a+b")),
        ("x-none", b"a", None),
        ("", b"a", None),
    ] {
        assert_eq!(
            decode_charset(label, octets).as_deref(),
            expected,
            "{label}"
        );
    }
}

#[test]
fn an_empty_pattern_is_empty() {
    assert!(Pattern::new("").is_empty());
    assert!(!Pattern::new("a").is_empty());
}
