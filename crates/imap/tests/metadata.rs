//! METADATA on the wire, worked out from RFC 5464 sections 3.2, 4 and 5, and RFC 9590.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]

use bytes::Bytes;
use postern_imap::command::CommandBody;
use postern_imap::framer::{Frame, Framer, Limits, Refusal};
use postern_imap::mailbox::{Encoding, MailboxArg};
use postern_imap::metadata::{Depth, EntryName, GetMetadata, SetMetadata};
use postern_imap::parse::{ErrorKind, parse};
use postern_imap::response::{self, Code, Condition, MetadataCode};

fn entry(name: &str) -> EntryName {
    EntryName::new(name.as_bytes()).unwrap()
}

fn parsed(wire: &str) -> CommandBody {
    let frame = Bytes::copy_from_slice(format!("a {wire}").as_bytes());
    parse(&frame)
        .unwrap_or_else(|e| panic!("{wire:?}: {e}"))
        .body
}

fn get(mailbox: &str, max_size: Option<u64>, depth: Depth, entries: &[&str]) -> CommandBody {
    CommandBody::GetMetadata(GetMetadata {
        mailbox: MailboxArg(Bytes::copy_from_slice(mailbox.as_bytes())),
        max_size,
        depth,
        entries: entries.iter().map(|name| entry(name)).collect(),
    })
}

fn set(mailbox: &str, entries: &[(&str, Option<&[u8]>)]) -> CommandBody {
    let own =
        |(name, value): &(&str, Option<&[u8]>)| (entry(name), value.map(Bytes::copy_from_slice));
    CommandBody::SetMetadata(SetMetadata {
        mailbox: MailboxArg(Bytes::copy_from_slice(mailbox.as_bytes())),
        entries: entries.iter().map(own).collect(),
    })
}

#[test]
fn names_of_entries() {
    for (name, can_have_value) in [
        ("/shared", false),
        ("/private", false),
        ("/shared/comment", true),
        ("/PRIVATE/Comment", true),
        ("/private/a b", true),
        ("/shared/vendor", false),
        ("/shared/vendor/acme", false),
        ("/shared/vendor/acme/x", true),
        ("/shared/vendors", true),
    ] {
        let entry = entry(name);
        assert_eq!(entry.as_str(), name.to_lowercase());
        assert_eq!(entry.can_have_value(), can_have_value, "{name}");
    }
    for name in [
        "",
        "/",
        "shared/comment",
        "/other/comment",
        "/sharedness",
        "/shared/",
        "/shared//a",
        "/shared/a/",
        "/shared/*",
        "/shared/a%b",
        "/shared/\u{e9}",
        "/shared/\n",
        "/shared/\x19",
        "/shared/\x7f",
    ] {
        assert_eq!(EntryName::new(name.as_bytes()), None, "{name:?}");
    }
}

#[test]
fn get_metadata() {
    let both = ["/shared/comment", "/private/comment"];
    let table = [
        (
            r#"GETMETADATA "" /shared/comment"#,
            get("", None, Depth::Zero, &both[..1]),
        ),
        (
            r#"getmetadata INBOX "/SHARED/Comment""#,
            get("INBOX", None, Depth::Zero, &both[..1]),
        ),
        (
            "GETMETADATA INBOX (/shared/comment /private/comment)",
            get("INBOX", None, Depth::Zero, &both),
        ),
        (
            "GETMETADATA INBOX (\"/shared/comment\")",
            get("INBOX", None, Depth::Zero, &both[..1]),
        ),
        // As section 4.2.1 has it, and as the grammar has it.
        (
            "GETMETADATA \"INBOX\" (MAXSIZE 1024) (/shared/comment /private/comment)",
            get("INBOX", Some(1024), Depth::Zero, &both),
        ),
        (
            "GETMETADATA (MAXSIZE 1024) \"INBOX\" (/shared/comment /private/comment)",
            get("INBOX", Some(1024), Depth::Zero, &both),
        ),
        (
            "GETMETADATA (depth 1 maxsize 0) INBOX /private",
            get("INBOX", Some(0), Depth::One, &["/private"]),
        ),
        (
            "GETMETADATA (DEPTH infinity) INBOX /private",
            get("INBOX", None, Depth::Infinity, &["/private"]),
        ),
        (
            "GETMETADATA (DEPTH 0) INBOX /private",
            get("INBOX", None, Depth::Zero, &["/private"]),
        ),
        // Section 4.4.1.
        (
            "GETMETADATA \"INBOX\" /shared/comment /private/comment",
            get("INBOX", None, Depth::Zero, &both),
        ),
    ];
    for (wire, expected) in table {
        assert_eq!(parsed(wire), expected, "{wire}");
    }
}

#[test]
fn set_metadata() {
    let table = [
        (
            "SETMETADATA INBOX (/private/comment NIL)",
            set("INBOX", &[("/private/comment", None)]),
        ),
        (
            "SETMETADATA INBOX (/private/comment \"NIL\" /shared/comment \"\")",
            set(
                "INBOX",
                &[
                    ("/private/comment", Some(b"NIL")),
                    ("/shared/comment", Some(b"")),
                ],
            ),
        ),
        (
            "SETMETADATA INBOX (/private/comment {33}\r\nMy new comment across\r\ntwo lines.)",
            set(
                "INBOX",
                &[(
                    "/private/comment",
                    Some(b"My new comment across\r\ntwo lines."),
                )],
            ),
        ),
        (
            "SETMETADATA \"\" (/private/vendor/a/b ~{3}\r\n\0\r\n)",
            set("", &[("/private/vendor/a/b", Some(b"\0\r\n"))]),
        ),
    ];
    for (wire, expected) in table {
        assert_eq!(parsed(wire), expected, "{wire:?}");
    }
}

#[test]
fn what_is_none_of_the_grammar_is_refused() {
    for wire in [
        "GETMETADATA INBOX",
        "GETMETADATA INBOX ()",
        "GETMETADATA INBOX comment",
        "GETMETADATA INBOX /shared/a*",
        "GETMETADATA INBOX (/shared/a /shared//b)",
        "GETMETADATA (DEPTH 2) INBOX /shared/a",
        "GETMETADATA (SIZE 2) INBOX /shared/a",
        "GETMETADATA (MAXSIZE x) INBOX /shared/a",
        "SETMETADATA INBOX",
        "SETMETADATA INBOX ()",
        "SETMETADATA INBOX (/shared/a)",
        "SETMETADATA INBOX /shared/a x",
        "SETMETADATA INBOX (/shared \"x\")",
        "SETMETADATA INBOX (/shared/vendor/acme \"x\")",
        "SETMETADATA INBOX (/shared/a {1}\r\n\0)",
        "LIST \"\" * RETURN (METADATA ())",
        "LIST \"\" * RETURN (METADATA /shared/a)",
    ] {
        let frame = Bytes::copy_from_slice(format!("a {wire}").as_bytes());
        let error = parse(&frame).expect_err(wire);
        assert_eq!(error.kind, ErrorKind::Syntax, "{wire:?}: {error}");
    }
    let many = vec!["/shared/a"; 101].join(" ");
    let frame = Bytes::from(format!("a GETMETADATA INBOX ({many})"));
    assert_eq!(parse(&frame).unwrap_err().kind, ErrorKind::Limit);
}

#[test]
fn list_with_metadata() {
    let CommandBody::List(list) =
        parsed(r#"LIST "" % RETURN (METADATA ("/shared/vendor/cmu/cyrus-imapd/color") CHILDREN)"#)
    else {
        panic!("not LIST");
    };
    assert_eq!(
        list.ret.metadata,
        [entry("/shared/vendor/cmu/cyrus-imapd/color")]
    );
    assert!(list.ret.children && list.extended);
}

fn written(write: impl FnOnce(&mut Vec<u8>)) -> String {
    let mut out = Vec::new();
    write(&mut out);
    String::from_utf8(out).unwrap()
}

#[test]
fn responses() {
    let values: [(&str, Option<&[u8]>); 5] = [
        ("/shared/comment", Some(b"My comment")),
        ("/private/comment", None),
        ("/private/a b", Some(b"")),
        ("/private/b", Some(b"a\r\nb")),
        ("/private/c", Some(b"\0")),
    ];
    assert_eq!(
        written(|out| response::metadata(out, Encoding::Utf8, "", values)),
        "* METADATA \"\" (/shared/comment \"My comment\" /private/comment NIL \
         \"/private/a b\" \"\" /private/b {4}\r\na\r\nb /private/c ~{1}\r\n\0)\r\n"
    );
    assert_eq!(
        written(|out| response::metadata(out, Encoding::Utf8, "", [])),
        ""
    );
    assert_eq!(
        written(|out| {
            let names = ["/shared/comment", "/private/comment"];
            response::metadata_changed(out, Encoding::Utf8, "INBOX", names);
        }),
        "* METADATA INBOX /shared/comment /private/comment\r\n"
    );
    assert_eq!(
        written(|out| response::metadata_changed(out, Encoding::Utf8, "", [])),
        ""
    );
    for (code, expected) in [
        (
            MetadataCode::LongEntries(2199),
            "* OK [METADATA LONGENTRIES 2199] x\r\n",
        ),
        (
            MetadataCode::MaxSize(1024),
            "* OK [METADATA MAXSIZE 1024] x\r\n",
        ),
        (MetadataCode::TooMany, "* OK [METADATA TOOMANY] x\r\n"),
    ] {
        let code = Code::Metadata(code);
        let line = written(|out| response::status(out, None, Condition::Ok, Some(&code), "x"));
        assert_eq!(line, expected);
    }
}

#[test]
fn a_value_that_the_framer_refuses_is_told_apart() {
    let limits = Limits {
        line: 1000,
        literal: 100,
        literals_total: 100,
        append_literal: 1000,
        non_sync_max: 1000,
        discard_max: 2000,
        literals: 10,
    };
    let refused = |wire: &[u8]| {
        let mut framer = Framer::new();
        framer.feed(wire);
        match framer.next(&limits) {
            Some(Frame::Refused { why, .. }) => why,
            other => panic!("{other:?}"),
        }
    };
    let set = b"a setmetadata INBOX (/shared/a {101}\r\n";
    assert_eq!(refused(set), Refusal::AnnotationTooLarge);
    assert_eq!(refused(b"a LOGIN {101}\r\n"), Refusal::LiteralTooLarge);
}
