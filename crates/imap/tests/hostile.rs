//! What a client could send to do harm, and that nothing it sends makes the parser panic.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]

use bytes::Bytes;
use postern_imap::command::CommandBody;
use postern_imap::framer::{Frame, Framer, Limits, Refusal};
use postern_imap::parse::{ErrorKind, parse};
use proptest::prelude::*;

/// As small as before login.
const BEFORE_LOGIN: Limits = Limits {
    line: 8192,
    literal: 1024,
    literals_total: 4096,
    append_literal: 0,
    non_sync_max: 1024,
    discard_max: 65_536,
    literals: 10,
};

fn frames(stream: &[u8]) -> Vec<Frame> {
    let mut framer = Framer::new();
    framer.feed(stream);
    std::iter::from_fn(|| framer.next(&BEFORE_LOGIN)).collect()
}

fn kind(wire: String) -> Option<ErrorKind> {
    parse(&Bytes::from(wire)).err().map(|e| e.kind)
}

#[test]
fn literal_bombs() {
    for size in [
        "1025",
        "4294967295",
        "9223372036854775807",
        "99999999999999999999",
    ] {
        let frames = frames(format!("a LOGIN {{{size}}}\r\n").as_bytes());
        let [
            Frame::Refused {
                tag: Some(tag),
                why,
            },
        ] = &frames[..]
        else {
            panic!("{frames:?}");
        };
        assert_eq!(
            (tag.as_bytes(), *why),
            (&b"a"[..], Refusal::LiteralTooLarge)
        );
    }
    // APPEND is no way around it.
    assert!(matches!(
        frames(b"a APPEND x {1025}\r\n")[..],
        [Frame::Refused { .. }]
    ));
}

#[test]
fn ten_thousand_literals() {
    let stream = "a X".to_owned() + &" {0+}\r\n".repeat(10_000) + "\r\nb NOOP\r\n";
    let frames = frames(stream.as_bytes());
    let [Frame::Refused { why, .. }, Frame::Command(next)] = &frames[..] else {
        panic!("{frames:?}");
    };
    assert_eq!(*why, Refusal::TooManyLiterals);
    assert_eq!(&next[..], b"b NOOP");
}

/// Each octet is looked at a bounded number of times, or this would not end.
#[test]
fn a_megabyte_octet_by_octet() {
    let limits = Limits {
        line: 2 << 20,
        append_literal: 2 << 20,
        ..BEFORE_LOGIN
    };
    let stream = format!(
        "a {}\r\nb APPEND x {{{}}}\r\n{}\r\n",
        "x".repeat(1 << 20),
        1 << 20,
        "\n".repeat(1 << 20)
    );
    let (mut framer, mut frames) = (Framer::new(), 0);
    for b in stream.bytes() {
        framer.feed(&[b]);
        while framer.next(&limits).is_some() {
            frames += 1;
        }
    }
    assert_eq!(frames, 3);
}

#[test]
fn nesting() {
    for opening in ["(", "NOT ", "OR ALL ", "OR ", "NOT (", "OR ALL (NOT "] {
        let wire = format!("a SEARCH {}", opening.repeat(10_000));
        assert_eq!(kind(wire), Some(ErrorKind::Limit), "{opening}");
    }
    let nested = |n: usize| format!("a SEARCH {}ALL{}", "(".repeat(n), ")".repeat(n));
    assert_eq!(kind(nested(100)), None);
    assert_eq!(kind(nested(101)), Some(ErrorKind::Limit));
    let not = |n: usize| format!("a SEARCH {}ALL", "NOT ".repeat(n));
    assert_eq!(kind(not(100)), None);
    assert_eq!(kind(not(101)), Some(ErrorKind::Limit));
    for list in [
        "a FETCH 1 ",
        "a LIST ",
        "a ID ",
        "a STATUS x ",
        "a STORE 1 FLAGS ",
        "a SELECT x ",
    ] {
        let wire = format!("{list}{}", "(".repeat(10_000));
        assert_eq!(kind(wire), Some(ErrorKind::Syntax), "{list}");
    }
}

#[test]
fn many_search_keys() {
    let keys = |n: usize| format!("a SEARCH{}", " ALL".repeat(n));
    assert_eq!(kind(keys(2000)), None);
    assert_eq!(kind(keys(2001)), Some(ErrorKind::Limit));
    // Those that read whole messages.
    let texts = |n: usize| format!("a SEARCH{} TEXT x", " NOT BODY x".repeat(n));
    assert_eq!(kind(texts(49)), None);
    assert_eq!(kind(texts(50)), Some(ErrorKind::Limit));
}

/// Sets that would cost the square of their length if each range were put in its place.
#[test]
fn descending_sets() {
    let set: Vec<String> = (1..100_000u32).rev().map(|n| (n * 3).to_string()).collect();
    let wire = format!("a UID FETCH {} FLAGS", set.join(","));
    let Ok(command) = parse(&Bytes::from(wire)) else {
        panic!("a set of any length is fine");
    };
    let CommandBody::Fetch { set, .. } = command.body else {
        panic!("not FETCH");
    };
    assert_eq!(set.resolve(u32::MAX).unwrap().len(), 99_999);
}

/// Commands of every kind, to be damaged.
const COMMANDS: &[&str] = &[
    "a ID (\"name\" \"x\\\"y\" \"os\" NIL)",
    "a AUTHENTICATE PLAIN AGEAYg==",
    "a LOGIN {3}\r\njoe {3+}\r\npw1",
    "a ENABLE QRESYNC",
    "a SELECT INBOX (QRESYNC (7 9 1:3 (1,2 4,9)) CONDSTORE)",
    "a CREATE \"a b/\"",
    "a RENAME a b",
    "a LIST (SUBSCRIBED) \"\" (a \"%\" *) RETURN (CHILDREN STATUS (MESSAGES SIZE))",
    "a STATUS INBOX (UIDNEXT UNSEEN)",
    "a APPEND a (\\Seen $x) \"17-Jul-1996 02:44:25 -0700\" ~{5}\r\nhe\0lo",
    "a UID EXPUNGE 1:*",
    "a SEARCH RETURN (MIN) CHARSET UTF-8 OR (NOT FROM x SINCE 1-Feb-1994) 1,5:* MODSEQ \"/f\" all 7",
    "a UID FETCH 1:*,4 (BODY.PEEK[1.2.HEADER.FIELDS (a \"b\")]<0.99> BINARY[1]) (CHANGEDSINCE 5 VANISHED)",
    "a STORE $ (UNCHANGEDSINCE 5) -FLAGS.SILENT (\\Seen x)",
    "a MOVE 2:4 {2}\r\nxy",
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, ..ProptestConfig::default() })]

    #[test]
    fn arbitrary_octets(wire: Vec<u8>) {
        let _ = parse(&Bytes::from(wire));
    }

    #[test]
    fn arbitrary_octets_after_a_command(command in 0..COMMANDS.len(), cut: prop::sample::Index, rest: Vec<u8>) {
        let mut wire = COMMANDS[command].as_bytes().to_vec();
        wire.truncate(cut.index(wire.len() + 1));
        wire.extend(rest);
        let _ = parse(&Bytes::from(wire));
    }

    #[test]
    fn damaged_commands(
        command in 0..COMMANDS.len(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0..4u8), 1..4),
    ) {
        let mut wire = COMMANDS[command].as_bytes().to_vec();
        for (at, octet, how) in changes {
            let at = at.index(wire.len());
            match how {
                0 => wire[at] = octet,
                1 => wire.insert(at, octet),
                2 => drop(wire.remove(at)),
                _ => wire.extend_from_within(at..),
            }
            if wire.is_empty() {
                break;
            }
        }
        if let Err(error) = parse(&Bytes::from(wire.clone())) {
            prop_assert!(error.position <= wire.len());
            prop_assert!(error.to_string().bytes().all(|b| (0x20..0x7f).contains(&b)));
        }
    }

    /// What the framer lets through.
    #[test]
    fn framed_octets(stream in "(a |b |LOGIN |NOOP|APPEND |x |\\{[0-9]{1,2}\\+?\\}\r\n|\"|\r\n|[ -~]){0,30}") {
        for frame in frames(stream.as_bytes()) {
            if let Frame::Command(frame) = frame {
                let _ = parse(&frame);
            }
        }
    }
}

#[test]
fn the_commands_to_be_damaged_are_right() {
    for wire in COMMANDS {
        parse(&Bytes::from_static(wire.as_bytes())).unwrap();
    }
}
