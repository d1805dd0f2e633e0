//! Responses on the wire, worked out from the grammar of RFC 9051 section 9 and the examples.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]

use bytes::Bytes;
use postern_imap::command::{StatusItem, Tag};
use postern_imap::date::InternalDate;
use postern_imap::fetch::{Section, SectionText};
use postern_imap::flag::{Flag, Keyword};
use postern_imap::mailbox::Encoding;
use postern_imap::parse::parse;
use postern_imap::response::{
    self, Attribute, Code, Condition, FetchResponse, ListEntry, StatusValue,
};
use postern_imap::sequence::UidSet;
use proptest::prelude::*;

fn written(write: impl FnOnce(&mut Vec<u8>)) -> String {
    let mut out = b"> ".to_vec();
    write(&mut out);
    let out = String::from_utf8(out).unwrap();
    out.strip_prefix("> ").unwrap().to_owned()
}

fn tag(text: &'static str) -> Tag {
    Tag::new(Bytes::from_static(text.as_bytes())).unwrap()
}

fn uids(ranges: &[(u32, u32)]) -> UidSet {
    UidSet::from_ranges(ranges.iter().copied())
}

#[test]
fn numbers() {
    for n in [0, 9, 10, 4_294_967_295, u64::MAX] {
        assert_eq!(written(|out| response::number(out, n)), n.to_string());
    }
}

#[test]
fn strings() {
    let table: [(&[u8], &str); 8] = [
        (b"", r#""""#),
        (b"a b", r#""a b""#),
        (br#"a"b\"#, r#""a\"b\\""#),
        (b"\"", r#""\"""#),
        (b"a\r\nb", "{4}\r\na\r\nb"),
        ("\u{e4}".as_bytes(), "{2}\r\n\u{e4}"),
        (b"a\0\rb", "{3}\r\na\rb"),
        (b"\0", r#""""#),
    ];
    for (text, expected) in table {
        assert_eq!(written(|out| response::string(out, text)), expected);
        assert_eq!(written(|out| response::nstring(out, Some(text))), expected);
    }
    assert_eq!(written(|out| response::nstring(out, None)), "NIL");
    assert_eq!(written(|out| response::literal(out, b"")), "{0}\r\n");
    assert_eq!(
        written(|out| response::literal8(out, b"a\0")),
        "~{2}\r\na\0"
    );
    let long = "x".repeat(1025);
    assert_eq!(
        written(|out| response::string(out, long.as_bytes())),
        format!("{{1025}}\r\n{long}")
    );
}

#[test]
fn astrings() {
    let table = [
        ("a]+", "a]+"),
        ("", r#""""#),
        ("a b", r#""a b""#),
        ("nil", r#""nil""#),
        ("a%", r#""a%""#),
        ("(", r#""(""#),
    ];
    for (text, expected) in table {
        assert_eq!(
            written(|out| response::astring(out, text.as_bytes())),
            expected
        );
    }
}

#[test]
fn mailboxes() {
    let table = [
        ("INBOX", "INBOX", "INBOX"),
        ("", r#""""#, r#""""#),
        ("a b", r#""a b""#, r#""a b""#),
        ("Nil", r#""Nil""#, r#""Nil""#),
        ("a\"\\", r#""a\"\\""#, r#""a\"\\""#),
        ("a&b", r#""a&-b""#, "a&b"),
        ("\u{e4}", r#""&AOQ-""#, "\"\u{e4}\""),
        ("a]", r#""a]""#, r#""a]""#),
    ];
    for (name, utf7, utf8) in table {
        let write = |encoding| written(|out| response::mailbox(out, name, encoding));
        assert_eq!(write(Encoding::ModifiedUtf7), utf7, "{name}");
        assert_eq!(write(Encoding::Utf8), utf8, "{name}");
    }
}

#[test]
fn date_times() {
    let table = [
        (0, 0, r#"" 1-Jan-1970 00:00:00 +0000""#),
        // RFC 3501 section 2.3.3's form; 1996-07-17T09:44:25Z is day 9694.
        (
            9694 * 86_400 + 35_065,
            -420,
            r#""17-Jul-1996 02:44:25 -0700""#,
        ),
        (-1, 0, r#""31-Dec-1969 23:59:59 +0000""#),
        (8 * 86_400, 0, r#"" 9-Jan-1970 00:00:00 +0000""#),
        (9 * 86_400, 0, r#""10-Jan-1970 00:00:00 +0000""#),
        (0, 330, r#"" 1-Jan-1970 05:30:00 +0530""#),
        (0, -5, r#""31-Dec-1969 23:55:00 -0005""#),
    ];
    for (unix, offset_minutes, expected) in table {
        let date = InternalDate {
            unix,
            offset_minutes,
        };
        assert_eq!(written(|out| response::date_time(out, date)), expected);
        let text = expected.trim_matches('"').as_bytes();
        assert_eq!(InternalDate::parse(text), Some(date));
    }
}

#[test]
fn codes() {
    let flags = vec![Flag::Deleted, Flag::Keyword(Keyword::new("$x").unwrap())];
    let any = |any_keyword| Code::PermanentFlags {
        flags: flags.clone(),
        any_keyword,
    };
    let table = [
        (Code::Alert, "[ALERT]"),
        (Code::BadCharset(vec![]), "[BADCHARSET]"),
        (
            Code::BadCharset(vec!["UTF-8", "US-ASCII"]),
            "[BADCHARSET (UTF-8 US-ASCII)]",
        ),
        (
            Code::Capability(vec!["IMAP4rev2".into(), "IDLE".into()]),
            "[CAPABILITY IMAP4rev2 IDLE]",
        ),
        (any(true), r"[PERMANENTFLAGS (\Deleted $x \*)]"),
        (any(false), r"[PERMANENTFLAGS (\Deleted $x)]"),
        (
            Code::PermanentFlags {
                flags: vec![],
                any_keyword: false,
            },
            "[PERMANENTFLAGS ()]",
        ),
        (Code::ReadOnly, "[READ-ONLY]"),
        (Code::ReadWrite, "[READ-WRITE]"),
        (Code::TryCreate, "[TRYCREATE]"),
        (Code::UidNext(4392), "[UIDNEXT 4392]"),
        (Code::UidValidity(3857529045), "[UIDVALIDITY 3857529045]"),
        (Code::Unseen(12), "[UNSEEN 12]"),
        (
            Code::AppendUid {
                uid_validity: 38505,
                uids: uids(&[(3955, 3955)]),
            },
            "[APPENDUID 38505 3955]",
        ),
        (
            Code::CopyUid {
                uid_validity: 38505,
                source: uids(&[(304, 304), (319, 320)]),
                target: uids(&[(3956, 3958)]),
            },
            "[COPYUID 38505 304,319:320 3956:3958]",
        ),
        (
            Code::HighestModseq(u64::MAX),
            "[HIGHESTMODSEQ 18446744073709551615]",
        ),
        (Code::NoModseq, "[NOMODSEQ]"),
        (Code::Modified(uids(&[(7, 7), (9, 9)])), "[MODIFIED 7,9]"),
        (Code::UidNotSticky, "[UIDNOTSTICKY]"),
        (Code::UnknownCte, "[UNKNOWN-CTE]"),
        (Code::UseAttr, "[USEATTR]"),
        (
            Code::BadUrl(b"/a/;UID=1".to_vec()),
            "[BADURL \"/a/;UID=1\"]",
        ),
        (
            Code::BadUrl(b"a]\"\\ \r\n\xff".to_vec()),
            "[BADURL \"a%5D%22%5C%20%0D%0A%FF\"]",
        ),
        (Code::MailboxId("F1".to_owned()), "[MAILBOXID (F1)]"),
        (Code::HasChildren, "[HASCHILDREN]"),
        (Code::ExpungeIssued, "[EXPUNGEISSUED]"),
    ];
    for (code, expected) in table {
        let line = written(|out| response::status(out, None, Condition::Ok, Some(&code), "x"));
        assert_eq!(line, format!("* OK {expected} x\r\n"));
    }
}

#[test]
fn statuses() {
    let line = |condition, text: &str| {
        written(|out| response::status(out, Some(&tag("A1")), condition, None, text))
    };
    assert_eq!(line(Condition::Ok, "done"), "A1 OK done\r\n");
    assert_eq!(line(Condition::Ok, ""), "A1 OK Completed\r\n");
    assert_eq!(line(Condition::No, " \r\n"), "A1 NO Not possible\r\n");
    assert_eq!(line(Condition::Bad, ""), "A1 BAD Not understood\r\n");
    assert_eq!(line(Condition::Preauth, ""), "A1 PREAUTH Ready\r\n");
    assert_eq!(
        line(Condition::Bye, ""),
        "A1 BYE Closing the connection\r\n"
    );
    assert_eq!(
        line(Condition::No, "a\r\n* BYE \0\u{e4}\u{85}z"),
        "A1 NO a  * BYE  ? z\r\n"
    );
    assert_eq!(line(Condition::No, "[ALERT] x"), "A1 NO (ALERT] x\r\n");
}

#[test]
fn untagged_data() {
    let check = |write: fn(&mut Vec<u8>), expected: &str| assert_eq!(written(write), expected);
    check(
        |out| response::capability(out, ["IMAP4rev2", "IMAP4rev1", "AUTH=PLAIN"]),
        "* CAPABILITY IMAP4rev2 IMAP4rev1 AUTH=PLAIN\r\n",
    );
    check(
        |out| response::enabled(out, ["CONDSTORE"]),
        "* ENABLED CONDSTORE\r\n",
    );
    check(|out| response::enabled(out, [""; 0]), "* ENABLED\r\n");
    check(
        |out| response::flags(out, [r"\Seen", "$x"]),
        "* FLAGS (\\Seen $x)\r\n",
    );
    check(|out| response::flags(out, []), "* FLAGS ()\r\n");
    check(|out| response::exists(out, 172), "* 172 EXISTS\r\n");
    check(|out| response::recent(out, 0), "* 0 RECENT\r\n");
    check(|out| response::expunge(out, 44), "* 44 EXPUNGE\r\n");
    check(
        |out| response::vanished(out, true, &uids(&[(41, 41), (43, 116)])),
        "* VANISHED (EARLIER) 41,43:116\r\n",
    );
    check(
        |out| response::vanished(out, false, &uids(&[(405, 405)])),
        "* VANISHED 405\r\n",
    );
    check(|out| response::vanished(out, false, &uids(&[])), "");
    check(|out| response::id(out, &[]), "* ID NIL\r\n");
    check(
        |out| response::id(out, &[("name", Some("Postern")), ("os", None)]),
        "* ID (\"name\" \"Postern\" \"os\" NIL)\r\n",
    );
    check(|out| response::continuation(out, "idling"), "+ idling\r\n");
    check(|out| response::continuation(out, ""), "+ \r\n");
    check(|out| response::continuation_base64(out, b""), "+ \r\n");
    check(
        |out| response::continuation_base64(out, b"Username:"),
        "+ VXNlcm5hbWU6\r\n",
    );
}

#[test]
fn namespaces() {
    let entry = |prefix| response::NamespaceEntry { prefix };
    assert_eq!(
        written(|out| response::namespace(out, &[entry("")], &[], &[])),
        "* NAMESPACE ((\"\" \"/\")) NIL NIL\r\n"
    );
    assert_eq!(
        written(|out| {
            let shared = [entry("#shared/"), entry("#public/")];
            response::namespace(out, &[entry("")], &[entry("Other Users/")], &shared);
        }),
        "* NAMESPACE ((\"\" \"/\")) ((\"Other Users/\" \"/\")) \
         ((\"#shared/\" \"/\")(\"#public/\" \"/\"))\r\n"
    );
}

#[test]
fn lists() {
    let check = |entry: &ListEntry<'_>, expected: &str| {
        assert_eq!(
            written(|out| response::list(out, Encoding::Utf8, entry)),
            expected
        );
    };
    let plain = ListEntry {
        attributes: &[Attribute::HasNoChildren, Attribute::Sent],
        name: "Sent Mail",
        subscribed_below: false,
        old_name: None,
    };
    check(
        &plain,
        "* LIST (\\HasNoChildren \\Sent) \"/\" \"Sent Mail\"\r\n",
    );
    let below = ListEntry {
        attributes: &[],
        name: "Foo",
        subscribed_below: true,
        old_name: None,
    };
    check(
        &below,
        "* LIST () \"/\" Foo (\"CHILDINFO\" (\"SUBSCRIBED\"))\r\n",
    );
    let renamed = ListEntry {
        subscribed_below: false,
        old_name: Some("Old name"),
        ..below
    };
    check(
        &renamed,
        "* LIST () \"/\" Foo (\"OLDNAME\" (\"Old name\"))\r\n",
    );
    let both = ListEntry {
        old_name: Some("Bar"),
        ..below
    };
    check(
        &both,
        "* LIST () \"/\" Foo (\"CHILDINFO\" (\"SUBSCRIBED\") \"OLDNAME\" (Bar))\r\n",
    );
    let separator = ListEntry {
        attributes: &[Attribute::NoSelect],
        name: "",
        subscribed_below: false,
        old_name: None,
    };
    check(&separator, "* LIST (\\Noselect) \"/\" \"\"\r\n");
    assert_eq!(
        written(|out| response::lsub(out, Encoding::ModifiedUtf7, &[Attribute::Drafts], "\u{e4}")),
        "* LSUB (\\Drafts) \"/\" \"&AOQ-\"\r\n"
    );
    let items = [
        (StatusItem::Messages, 231),
        (StatusItem::HighestModseq, 7011231777),
    ];
    assert_eq!(
        written(|out| response::status_data(out, Encoding::Utf8, "a b", items)),
        "* STATUS \"a b\" (MESSAGES 231 HIGHESTMODSEQ 7011231777)\r\n"
    );
    let items = [
        (
            StatusItem::MailboxId,
            StatusValue::ObjectId("F2212ea87".to_owned()),
        ),
        (StatusItem::AppendLimit, StatusValue::Number(257890)),
    ];
    assert_eq!(
        written(|out| response::status_data(out, Encoding::Utf8, "foo", items)),
        "* STATUS foo (MAILBOXID (F2212ea87) APPENDLIMIT 257890)\r\n"
    );
}

#[test]
fn searches() {
    assert_eq!(
        written(|out| response::search(out, [], None)),
        "* SEARCH\r\n"
    );
    assert_eq!(
        written(|out| response::search(out, [2, 5, 6], Some(917162500))),
        "* SEARCH 2 5 6 (MODSEQ 917162500)\r\n"
    );
    let all = uids(&[(2, 2), (10, 11)]);
    let result = response::SearchResult {
        min: Some(2),
        max: Some(11),
        all: Some(&all),
        count: Some(3),
        modseq: Some(9),
        ..Default::default()
    };
    assert_eq!(
        written(|out| response::esearch(out, Some(&tag("A28")), true, &result)),
        "* ESEARCH (TAG \"A28\") UID MIN 2 MAX 11 ALL 2,10:11 COUNT 3 MODSEQ 9\r\n"
    );
    let empty = UidSet::default();
    let nothing = response::SearchResult {
        all: Some(&empty),
        ..Default::default()
    };
    assert_eq!(
        written(|out| response::esearch(out, Some(&tag("A28")), false, &nothing)),
        "* ESEARCH (TAG \"A28\")\r\n"
    );
}

fn section(part: &[u32], text: SectionText) -> Section {
    Section {
        part: part.to_vec(),
        text,
    }
}

#[test]
fn fetches() {
    let line = written(|out| {
        let mut fetch = FetchResponse::begin(out, 23);
        assert!(fetch.is_empty());
        fetch.flags([r"\Seen", "$x"]);
        fetch.uid(4827313);
        fetch.internal_date(InternalDate::from_unix(0));
        fetch.rfc822_size(44827);
        fetch.modseq(12111230047);
        fetch.raw("ENVELOPE", b"(NIL)");
        fetch.content("RFC822.HEADER", Some(b"a\r\n"));
        fetch.binary_size(&[1, 2], 7);
        assert!(!fetch.is_empty());
        fetch.finish();
    });
    assert_eq!(
        line,
        "* 23 FETCH (FLAGS (\\Seen $x) UID 4827313 INTERNALDATE \" 1-Jan-1970 00:00:00 +0000\" \
         RFC822.SIZE 44827 MODSEQ (12111230047) ENVELOPE (NIL) RFC822.HEADER {3}\r\na\r\n \
         BINARY.SIZE[1.2] 7)\r\n"
    );
}

#[test]
fn fetched_content() {
    use SectionText::{Header, HeaderFields, HeaderFieldsNot, Mime, Text, Whole};
    let names = vec![Bytes::from_static(b"DATE"), Bytes::from_static(b"a b")];
    let table = [
        (section(&[], Whole), None, "BODY[]"),
        (section(&[], Whole), Some(0), "BODY[]<0>"),
        (section(&[1, 2], Whole), None, "BODY[1.2]"),
        (section(&[], Header), None, "BODY[HEADER]"),
        (section(&[1], Mime), None, "BODY[1.MIME]"),
        (section(&[3], Text), Some(17), "BODY[3.TEXT]<17>"),
        (
            section(&[], HeaderFields(names.clone())),
            None,
            "BODY[HEADER.FIELDS (DATE \"a b\")]",
        ),
        (
            section(&[1], HeaderFieldsNot(names)),
            Some(1),
            "BODY[1.HEADER.FIELDS.NOT (DATE \"a b\")]<1>",
        ),
    ];
    for (section, origin, name) in table {
        let contents: [(Option<&[u8]>, &str); 3] =
            [(Some(b"x"), "{1}\r\nx"), (Some(b""), "\"\""), (None, "NIL")];
        for (content, value) in contents {
            let line = written(|out| {
                let mut fetch = FetchResponse::begin(out, 1);
                fetch.body(&section, origin, content);
                fetch.finish();
            });
            assert_eq!(line, format!("* 1 FETCH ({name} {value})\r\n"));
        }
    }
}

#[test]
fn content_from_elsewhere() {
    let line = written(|out| {
        let mut fetch = FetchResponse::begin(out, 1);
        fetch.body_header(&section(&[], SectionText::Whole), None, 3);
        out.extend_from_slice(b"abc");
        let mut fetch = FetchResponse::resume(out);
        fetch.content_header("RFC822.TEXT", 1);
        out.extend_from_slice(b"d");
        FetchResponse::resume(out).finish();
    });
    assert_eq!(
        line,
        "* 1 FETCH (BODY[] {3}\r\nabc RFC822.TEXT {1}\r\nd)\r\n"
    );
}

#[test]
fn binary_content() {
    let line = written(|out| {
        let mut fetch = FetchResponse::begin(out, 1);
        fetch.binary(&[1], None, Some(b"a\0b"));
        fetch.binary(&[], Some(3), Some(b"ab"));
        fetch.binary(&[2], None, Some(b""));
        fetch.binary(&[3], None, None);
        fetch.finish();
    });
    assert_eq!(
        line,
        "* 1 FETCH (BINARY[1] ~{3}\r\na\0b BINARY[]<3> {2}\r\nab BINARY[2] \"\" BINARY[3] NIL)\r\n"
    );
}

proptest! {
    /// What is written as a string is read as the same string.
    #[test]
    fn strings_round_trip(user in "[^\0]*", password in proptest::collection::vec(1u8.., 0..20)) {
        let mut wire = b"a LOGIN ".to_vec();
        response::string(&mut wire, user.as_bytes());
        wire.push(b' ');
        response::astring(&mut wire, &password);
        let parsed = parse(&Bytes::from(wire)).unwrap().body;
        let postern_imap::command::CommandBody::Login { user: u, password: p } = parsed else {
            panic!("not LOGIN");
        };
        prop_assert_eq!(&u[..], user.as_bytes());
        prop_assert_eq!(&p.0[..], &password[..]);
    }

    #[test]
    fn mailboxes_round_trip(name in "[^\0\r\n]{0,20}", utf8: bool) {
        let encoding = if utf8 { Encoding::Utf8 } else { Encoding::ModifiedUtf7 };
        let mut wire = b"a DELETE ".to_vec();
        response::mailbox(&mut wire, &name, encoding);
        let parsed = parse(&Bytes::from(wire)).unwrap().body;
        let postern_imap::command::CommandBody::Delete(arg) = parsed else {
            panic!("not DELETE");
        };
        prop_assert_eq!(arg.text(encoding).unwrap(), name);
    }

    #[test]
    fn a_status_is_one_line(text: String, tagged: bool) {
        let tag = tag("t");
        let mut out = Vec::new();
        response::status(&mut out, tagged.then_some(&tag), Condition::No, None, &text);
        let line = out.strip_suffix(b"\r\n").unwrap();
        prop_assert!(line.iter().all(|b| (0x20..0x7f).contains(b)));
        prop_assert!(line.len() > b"* NO ".len());
        prop_assert_ne!(line[5], b'[');
    }
}
