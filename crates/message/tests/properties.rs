//! What holds for any octets: arbitrary ones, and mail with pieces moved.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]

mod common;

use common::check_message;
use postern_message::{Encoding, Message, Pattern, Summary, decode_charset, decode_transfer};
use proptest::prelude::*;

/// Pieces of mail, from which most of what a parser branches on can be put together.
const PIECES: [&[u8]; 48] = [
    b"\r\n",
    b"\n",
    b"\r",
    b"\r\n\r\n",
    b" ",
    b"\t",
    b":",
    b";",
    b",",
    b"=",
    b"\"",
    b"\\",
    b"(",
    b")",
    b"<",
    b">",
    b"@",
    b".",
    b"/",
    b"*0*",
    b"%41",
    b"\0",
    b"\xe9",
    b"\xc3\xa9",
    b"--",
    b"--a",
    b"\r\n--a\r\n",
    b"\r\n--a--\r\n",
    b"\r\n--ab\r\n",
    b"\r\n--ab--\r\n",
    b"Content-Type: multipart/mixed; boundary=a\r\n\r\n",
    b"Content-Type: multipart/digest; boundary=ab\r\n\r\n",
    b"Content-Type: message/rfc822\r\n\r\n",
    b"Content-Type: message/global\r\n\r\n",
    b"Content-Type: text/plain; charset=\"utf-8\"\r\n",
    b"Content-Transfer-Encoding: base64\r\n",
    b"Content-Transfer-Encoding: quoted-printable\r\n",
    b"Content-Disposition: attachment; filename=\"x\"\r\n",
    b"Content-Language: en, fr\r\n",
    b"Subject: ",
    b"From: ",
    b"To: group: ",
    b"Date: Fri, 21 Nov 1997 09:55:06 -0600\r\n",
    b"=?utf-8?q?=C3=A9?=",
    b"=?x?b?w6k=?= ",
    b"name",
    b"a@b",
    b"boundary=",
];

fn mail() -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(prop::sample::select(&PIECES[..]), 0..60)
        .prop_map(|pieces| pieces.concat())
}

/// A message with something of everything.
const SAMPLE: &[u8] = b"Date: Fri, 21 Nov 1997 09:55:06 -0600\r\nFrom: \"A \\\"B\\\"\" <a@b.c>, (x) d@e\r\n\
    To: Team: f@g, <@h,@i:j@k>;\r\nSubject: =?utf-8?q?=C3=A9?= \xc3\xa9 \xe9\r\n folded\r\n\
    Content-Type: multipart/mixed; boundary=\"a b\" (c)\r\n\r\npreamble\r\n--a b\r\n\
    Content-Type: text/plain; charset=koi8-r; name*0*=utf-8''%41; name*1=b\r\n\
    Content-Transfer-Encoding: quoted-printable\r\nContent-Language: en, fr\r\n\r\na=3Db=\r\nc\r\n--a b\r\n\
    Content-Type: multipart/digest; boundary=d\r\n\r\n--d\r\n\r\nSubject: in\r\n\
    Content-Type: message/global\r\n\r\nFrom: x\r\n\r\nlast\r\n--d\r\n\r\n--d--\r\nepilogue\r\n--a b\r\n\
    Content-Type: image/png\r\nContent-Transfer-Encoding: base64\r\n\
    Content-Disposition: attachment; filename=\"x y.png\"\r\n\r\nAAAA\r\n--a b--\r\n";

/// Moves, doubles, leaves out and overwrites some of the sample.
fn mutated() -> impl Strategy<Value = Vec<u8>> {
    let edit = (
        0..4_u8,
        any::<prop::sample::Index>(),
        any::<prop::sample::Index>(),
        any::<u8>(),
    );
    prop::collection::vec(edit, 1..12).prop_map(|edits| {
        let mut raw = SAMPLE.to_vec();
        for (kind, from, to, octet) in edits {
            let (from, to) = (from.index(raw.len()), to.index(raw.len()));
            let range = from.min(to)..from.max(to).min(from.min(to) + 100);
            let piece = raw[range.clone()].to_vec();
            match kind {
                0 => drop(raw.splice(range, [octet])),
                1 => drop(raw.splice(from..from, piece)),
                2 => raw[from] = octet,
                _ => raw.insert(to, octet),
            }
        }
        raw
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn mutated_mail(raw in mutated()) {
        check_message(&raw);
    }

    #[test]
    fn arbitrary_octets(raw in prop::collection::vec(any::<u8>(), 0..400)) {
        check_message(&raw);
    }

    #[test]
    fn mail_of_pieces(raw in mail()) {
        check_message(&raw);
    }

    #[test]
    fn search_is_total(raw in mail(), text in "\\PC{0,3}") {
        let message = Message::parse(&raw);
        let pattern = Pattern::new(&text);
        let body = message.body_contains(&pattern);
        prop_assert!(!body || message.text_contains(&pattern));
        let _ = message.header_contains(b"subject", &pattern);
    }

    #[test]
    fn ascii_text_is_found(before in "[ -~]{0,80}", text in "[!-~]{1,20}", after in "[ -~]{0,80}") {
        let raw = format!("Subject: x\r\n\r\n{before}{text}{after}\r\n");
        prop_assert!(Message::parse(raw.as_bytes()).body_contains(&Pattern::new(&text)));
        prop_assert!(Message::parse(raw.as_bytes()).body_contains(&Pattern::new(&text.to_uppercase())));
    }

    #[test]
    fn decoders_are_total(octets in prop::collection::vec(any::<u8>(), 0..200)) {
        for encoding in [Encoding::Identity, Encoding::Base64, Encoding::QuotedPrintable] {
            let decoded = decode_transfer(&octets, encoding).unwrap();
            prop_assert!(decoded.len() <= octets.len());
        }
        for label in ["utf-8", "utf-7", "utf-16", "iso-2022-jp", "gb18030", "nothing"] {
            let _ = decode_charset(label, &octets);
        }
        prop_assert_eq!(Summary::decode(&octets), None);
    }

    #[test]
    fn damaged_summaries_are_told(raw in mail(), at in any::<prop::sample::Index>(), bit in 0..8_u8) {
        let mut octets = Message::parse(&raw).summary().encode();
        let index = at.index(octets.len());
        octets[index] ^= 1 << bit;
        prop_assert_eq!(Summary::decode(&octets), None);
        let cut = at.index(octets.len());
        prop_assert_eq!(Summary::decode(&octets[..cut]), None);
    }
}
