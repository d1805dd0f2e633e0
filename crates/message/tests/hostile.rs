//! Mail made to hurt: each of these would take minutes if work were not linear in its size, and
//! some gigabytes if output were not bounded.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]

mod common;

use common::check_message;
use postern_message::limits::{
    MAX_ADDRESS_KEY, MAX_ADDRESSES, MAX_ADDRESSES_IN_ALL, MAX_FIELD, MAX_PARTS, MAX_REFERENCES,
    MAX_SUBJECT_KEY,
};
use postern_message::{Message, Pattern, Rendering};

/// Everything that is done with a message; returns how many octets were rendered.
fn work(raw: &[u8]) -> usize {
    let summary = Message::parse(raw).summary();
    let message = Message::parse(raw);
    let pattern = Pattern::new("not there");
    let _ = message.header_contains(b"subject", &pattern);
    assert!(!message.text_contains(&pattern));
    summary.envelope(Rendering::Ascii).len() + summary.body_structure(Rendering::Ascii).len()
}

fn repeat(head: &[u8], piece: &[u8], times: usize) -> Vec<u8> {
    [head, &piece.repeat(times)].concat()
}

#[test]
fn nested_multiparts() {
    let level =
        |i: usize| format!("Content-Type: multipart/mixed; boundary=b{i}\r\n\r\n--b{i}\r\n");
    let distinct: String = (0..10_000).map(level).collect();
    check_message(distinct.as_bytes());
    let same = "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n".repeat(10_000);
    check_message(same.as_bytes());
    let cycle: String = (0..10_000).map(|i| level(i % 3)).collect();
    check_message(cycle.as_bytes());
}

/// A hundred open boundaries, each the beginning of the next, and a flood of lines that begin as
/// some of them do.
#[test]
fn boundaries_and_a_flood_of_lines() {
    let level = |i: usize| {
        let boundary = "a".repeat(i + 1);
        format!("Content-Type: multipart/mixed; boundary={boundary}c\r\n\r\n--{boundary}c\r\n")
    };
    let head: String = (0..99).map(level).collect();
    for line in [&b"--b\n"[..], b"--aab\n", b"--\n", b"\n", b"-\n"] {
        work(&repeat(head.as_bytes(), line, 300_000));
    }
}

#[test]
fn a_million_empty_parts() {
    let raw = repeat(
        b"Content-Type: multipart/mixed; boundary=b\r\n\r\n",
        b"--b\r\n",
        1_000_000,
    );
    let message = Message::parse(&raw);
    let mut out = Vec::new();
    message.body(&mut out, Rendering::Ascii);
    assert_eq!(
        memchr::memmem::find_iter(&out, b"text").count(),
        MAX_PARTS - 1
    );
    check_message(&raw);
}

#[test]
fn chains_of_messages() {
    check_message(&b"Content-Type: message/rfc822\r\n\r\n".repeat(100_000));
}

#[test]
fn header_floods() {
    for (head, piece, times) in [
        (&b""[..], &b"To: a@b.c\r\n"[..], 500_000),
        (b"To: ", b"a@b.c,", 1_000_000),
        (b"To: ", b"a@b.c,\r\n ", 250_000),
        (b"Content-Type: text/plain", b"; name*1*=a", 200_000),
        (b"Content-Type: text/plain", b";", 250_000),
        (b"Content-Language: ", b"a,", 250_000),
        (b"To: ", b"(", 250_000),
        (b"To: ", b"\"", 250_000),
        (b"To: ", b"<", 250_000),
        (b"To: ", b"g:", 250_000),
        (b"Content-Type: (", b"(a)", 200_000),
        (b"Content-Type: a/b; x=\"", b"\\", 250_000),
        (b"Subject: ", b"=?x?b?", 250_000),
        (b"Subject: ", b"=?utf-8?b?w6k=?= ", 200_000),
        (b"Subject: ", b"\xe9 a ", 200_000),
        (b"Subject: ", b"x\r\n ", 200_000),
        (b"Subject: ", b"[a]", 300_000),
        (b"Subject: ", b"[fwd:", 200_000),
        (b"Subject: ", b"re: ", 250_000),
        (b"References: ", b"<a@b>", 200_000),
        (b"References: ", b"<(", 250_000),
        (b"In-Reply-To: ", b"<\"", 250_000),
        (b"Date: ", b"-", 250_000),
        (b"", b"a:\n", 200_000),
        (b"", b" \n", 200_000),
    ] {
        check_message(&repeat(head, piece, times));
        work(&repeat(head, piece, times));
    }
}

/// The only end of an encoded word is far from all the beginnings.
#[test]
fn encoded_words_that_are_none() {
    for piece in ["=?x?z? ", "=?x?b "] {
        let raw = format!("Subject: {}\u{e9}?=\r\n\r\n", piece.repeat(80_000));
        work(raw.as_bytes());
        check_message(raw.as_bytes());
    }
}

#[test]
fn a_field_of_sixty_megabytes() {
    let raw = repeat(b"Subject: ", b"0123456789", 6_000_000);
    assert!(work(&raw) < MAX_FIELD + 1000);
}

#[test]
fn addresses_are_bounded() {
    let raw = repeat(b"To: ", b"a@b,", 100_000);
    let mut out = Vec::new();
    Message::parse(&raw).envelope(&mut out, Rendering::Ascii);
    assert_eq!(
        memchr::memmem::find_iter(&out, b"\"a\"").count(),
        MAX_ADDRESSES
    );
    // In enclosed messages too, all together.
    let part = repeat(
        b"--b\r\nContent-Type: message/rfc822\r\n\r\nTo: ",
        b"a,",
        10_000,
    );
    let raw = repeat(
        b"Content-Type: multipart/mixed; boundary=b\r\n\r\n",
        &[&part[..], b"\r\n\r\n"].concat(),
        50,
    );
    let mut out = Vec::new();
    Message::parse(&raw).body_structure(&mut out, Rendering::Ascii);
    assert_eq!(
        memchr::memmem::find_iter(&out, b"\"a\"").count(),
        MAX_ADDRESSES_IN_ALL
    );
}

/// What SORT and THREAD keep of a message stays small, whatever the message.
#[test]
fn sort_keys_are_bounded() {
    let long = "x".repeat(900_000);
    let ids: String = (0..50_000).map(|i| format!("<{i}@b>")).collect();
    let raw = format!(
        "Subject: {long}\r\nFrom: {long}@a\r\nTo: {long} <a@b>\r\nCc: {long}\r\n\
         Message-ID: <{long}@b>\r\nReferences: {ids}\r\n\r\n"
    );
    let keys = Message::parse(raw.as_bytes()).sort_keys();
    assert_eq!(keys.subject.len(), MAX_SUBJECT_KEY);
    for key in [&keys.from, &keys.cc, &keys.display_from, &keys.display_to] {
        assert_eq!(key.len(), MAX_ADDRESS_KEY);
    }
    assert_eq!(keys.message_id, None);
    assert_eq!(keys.references.len(), MAX_REFERENCES);
    // The parent is kept, and what is nearest to it.
    assert_eq!(keys.references.last().unwrap(), b"49999@b");
    assert_eq!(keys.references[0], b"49900@b");
    check_message(raw.as_bytes());
}

#[test]
fn text_that_grows_when_it_is_folded() {
    // U+FDFA has eighteen characters once it is decomposed.
    let raw = repeat(
        b"Content-Type: text/plain; charset=utf-8\r\n\r\n",
        "\u{fdfa}".as_bytes(),
        300_000,
    );
    work(&raw);
    // Marks that all combine with one letter.
    let raw = repeat(
        b"Content-Type: text/plain; charset=utf-8\r\n\r\na",
        "\u{301}\u{323}".as_bytes(),
        300_000,
    );
    work(&raw);
    let raw = repeat(b"Subject: a", "\u{301}\u{323}".as_bytes(), 300_000);
    work(&raw);
}
