//! Commands on the wire and what they mean, worked out from the grammar of RFC 9051 section 9.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]

use bytes::Bytes;
use postern_imap::command::{
    Append, CommandBody, List, ListReturn, ListSelect, Numbering, Qresync, Secret, Select,
    StatusItem, StoreAction,
};
use postern_imap::date::{Date, InternalDate};
use postern_imap::fetch::{FetchItem, FetchModifiers, Partial, Section, SectionText};
use postern_imap::flag::{Flag, Keyword};
use postern_imap::mailbox::MailboxArg;
use postern_imap::parse::{ErrorKind, ParseError, parse};
use postern_imap::search::{SearchCommand, SearchKey, SearchReturn};
use postern_imap::sequence::{Number, Set, UidSet};

fn body(wire: &str) -> CommandBody {
    let parsed = parse(&Bytes::copy_from_slice(format!("t1 {wire}").as_bytes()));
    let command = parsed.unwrap_or_else(|e| panic!("{wire:?}: {e}"));
    assert_eq!(command.tag.as_bytes(), b"t1");
    command.body
}

fn check(wire: &str, expected: CommandBody) {
    assert_eq!(body(wire), expected, "{wire:?}");
}

fn error(wire: &str) -> ParseError {
    let parsed = parse(&Bytes::copy_from_slice(format!("t1 {wire}").as_bytes()));
    parsed.expect_err(wire)
}

fn refuse(wires: &[&str]) {
    for wire in wires {
        let error = error(wire);
        assert_eq!(error.kind, ErrorKind::Syntax, "{wire:?}: {error}");
        assert_eq!(error.tag.unwrap().as_bytes(), b"t1");
    }
}

fn unsupported(wires: &[&str]) {
    for wire in wires {
        let error = error(wire);
        assert_eq!(error.kind, ErrorKind::Unsupported, "{wire:?}: {error}");
    }
}

fn arg(name: &str) -> MailboxArg {
    MailboxArg(Bytes::copy_from_slice(name.as_bytes()))
}

fn bytes(text: &'static str) -> Bytes {
    Bytes::from_static(text.as_bytes())
}

fn numbers(ranges: &[(u32, u32)]) -> Set {
    let number = |n: u32| {
        if n == 0 {
            Number::Star
        } else {
            Number::Value(n)
        }
    };
    Set::Ranges(
        ranges
            .iter()
            .map(|(a, b)| (number(*a), number(*b)))
            .collect(),
    )
}

fn uids(ranges: &[(u32, u32)]) -> UidSet {
    UidSet::from_ranges(ranges.iter().copied())
}

fn keyword(text: &str) -> Flag {
    Flag::Keyword(Keyword::new(text).unwrap())
}

#[test]
fn without_arguments() {
    let table = [
        ("CAPABILITY", CommandBody::Capability),
        ("nOOp", CommandBody::Noop),
        ("LOGOUT", CommandBody::Logout),
        ("STARTTLS", CommandBody::StartTls),
        ("NAMESPACE", CommandBody::Namespace),
        ("IDLE", CommandBody::Idle),
        ("CHECK", CommandBody::Check),
        ("CLOSE", CommandBody::Close),
        ("UNSELECT", CommandBody::Unselect),
        ("EXPUNGE", CommandBody::Expunge(None)),
        ("NOOP  ", CommandBody::Noop),
    ];
    for (wire, expected) in table {
        check(wire, expected);
    }
    refuse(&[
        "NOOP x",
        "EXPUNGE 1",
        "",
        " ",
        "NOOP\t",
        "LOGOUT\r",
        "NOOP\0",
    ]);
}

#[test]
fn tags() {
    for bad in [
        "",
        " NOOP",
        "a+ NOOP",
        "NOOP",
        "a",
        "(a NOOP",
        "a\" NOOP",
        "\u{e4} NOOP",
        "\0 NOOP",
    ] {
        let error = parse(&Bytes::copy_from_slice(bad.as_bytes())).unwrap_err();
        assert_eq!(
            (error.tag, error.kind),
            (None, ErrorKind::Syntax),
            "{bad:?}"
        );
    }
    let long = "x".repeat(65) + " NOOP";
    assert!(parse(&Bytes::from(long)).unwrap_err().tag.is_none());
    let longest = "x".repeat(64) + " NOOP";
    assert!(parse(&Bytes::from(longest)).is_ok());
    assert!(parse(&Bytes::from_static(b"]!a1.# NOOP")).is_ok());
}

#[test]
fn id() {
    let field = |k: &'static str, v: &'static str| (bytes(k), Some(bytes(v)));
    check("ID NIL", CommandBody::Id(vec![]));
    check("ID nil", CommandBody::Id(vec![]));
    check("ID ()", CommandBody::Id(vec![]));
    check(
        "ID (\"name\" \"x\" \"os\" NIL \"v\" {3}\r\n1.0)",
        CommandBody::Id(vec![
            field("name", "x"),
            (bytes("os"), None),
            field("v", "1.0"),
        ]),
    );
    check(
        "ID ( \"name\"  \"NIL\" )",
        CommandBody::Id(vec![field("name", "NIL")]),
    );
    refuse(&[
        "ID",
        "ID x",
        "ID (\"a\")",
        "ID (\"a\" \"b\"",
        "ID (\"a\" \"b\"\"c\" \"d\")",
        "ID NIL NIL",
        "ID \"NIL\"x",
    ]);
    let many = format!("ID ({})", "a b ".repeat(101));
    assert_eq!(error(&many).kind, ErrorKind::Limit);
}

#[test]
fn authenticate() {
    let with = |initial: Option<&'static str>| CommandBody::Authenticate {
        mechanism: "PLAIN".to_owned(),
        initial: initial.map(|text| Secret(bytes(text))),
    };
    check("AUTHENTICATE plain", with(None));
    check("AUTHENTICATE PLAIN =", with(Some("")));
    check("AUTHENTICATE PLAIN AGEAYg==", with(Some("\0a\0b")));
    refuse(&[
        "AUTHENTICATE",
        "AUTHENTICATE \"PLAIN\"",
        "AUTHENTICATE PLAIN AGEAYg",
        "AUTHENTICATE PLAIN AGEAYh==",
        "AUTHENTICATE PLAIN AGEA Yg==",
        "AUTHENTICATE PLAIN ==",
    ]);
}

#[test]
fn login() {
    let login = |user: &'static str, password: &'static str| CommandBody::Login {
        user: bytes(user),
        password: Secret(bytes(password)),
    };
    check("LOGIN joe secret", login("joe", "secret"));
    check("login joe]x \"a b\"", login("joe]x", "a b"));
    check(r#"LOGIN joe "a\"\\b""#, login("joe", r#"a"\b"#));
    check("LOGIN \"\" \"\"", login("", ""));
    check("LOGIN {3}\r\na\rb {0+}\r\n", login("a\rb", ""));
    check("LOGIN {3}\na\nb x", login("a\nb", "x"));
    check("LOGIN joe \"p\u{e4}ss\"", login("joe", "p\u{e4}ss"));
    refuse(&[
        "LOGIN joe",
        "LOGIN joe ",
        "LOGIN (joe) x",
        "LOGIN \"joe x",
        "LOGIN \"j\r\noe\" x",
        "LOGIN \"j\\oe\" x",
        "LOGIN \"j\0e\" x",
        "LOGIN \"\\\"\0\" x",
        "LOGIN {3}\r\nj\0e x",
        "LOGIN ~{3}\r\njoe x",
        "LOGIN {9}\r\njoe x",
        "LOGIN {99999999999999999999}\r\njoe x",
        "LOGIN {000000000000000000003}\r\njoe x",
        "LOGIN p\u{e4} x",
        "LOGIN joe% x",
    ]);
    let shown = format!("{:?}", body("LOGIN joe secret"));
    assert!(!shown.contains("secret\"") && shown.contains("[secret]"));
}

#[test]
fn enable() {
    let names = vec!["QRESYNC".to_owned(), "UTF8=ACCEPT".to_owned()];
    check("ENABLE qresync UTF8=ACCEPT", CommandBody::Enable(names));
    refuse(&["ENABLE", "ENABLE (QRESYNC)"]);
}

#[test]
fn select() {
    let select = |condstore, qresync| Select {
        mailbox: arg("INBOX"),
        condstore,
        qresync,
    };
    let plain = || select(false, None);
    check("SELECT INBOX", CommandBody::Select(plain()));
    check("EXAMINE \"INBOX\"", CommandBody::Examine(plain()));
    check("SELECT {5+}\r\nINBOX", CommandBody::Select(plain()));
    check(
        "SELECT INBOX (condstore)",
        CommandBody::Select(select(true, None)),
    );
    let qresync = |known_uids, seq_match| Qresync {
        uid_validity: 7,
        modseq: 9,
        known_uids,
        seq_match,
    };
    let table = [
        ("(7 9)", qresync(None, None)),
        ("(7 9 )", qresync(None, None)),
        ("(7 9 5,1:3)", qresync(Some(uids(&[(1, 3), (5, 5)])), None)),
        (
            "(7 9 1:3 (1,2 4,9))",
            qresync(
                Some(uids(&[(1, 3)])),
                Some((uids(&[(1, 2)]), uids(&[(4, 4), (9, 9)]))),
            ),
        ),
        (
            "(7 9 (1 4))",
            qresync(None, Some((uids(&[(1, 1)]), uids(&[(4, 4)])))),
        ),
    ];
    for (text, expected) in table {
        let wire = format!("SELECT INBOX (QRESYNC {text} CONDSTORE)");
        check(&wire, CommandBody::Select(select(true, Some(expected))));
    }
    refuse(&[
        "SELECT",
        "SELECT INBOX CONDSTORE",
        "SELECT INBOX (QRESYNC)",
        "SELECT INBOX (QRESYNC (0 9))",
        "SELECT INBOX (QRESYNC (7))",
        "SELECT INBOX (QRESYNC (4294967296 9))",
        "SELECT INBOX (QRESYNC (7 9 1:*))",
        "SELECT INBOX (QRESYNC (7 9 $))",
        "SELECT INBOX (QRESYNC (7 9 1:3 (1,2 4)))",
        "SELECT INBOX (QRESYNC (7 9)",
        "SELECT a b",
    ]);
    unsupported(&["SELECT INBOX (UTF8)", "SELECT INBOX (ANNOTATE)"]);
}

#[test]
fn mailboxes() {
    check("CREATE a/b/", CommandBody::Create(arg("a/b/")));
    check("DELETE \"a b\"", CommandBody::Delete(arg("a b")));
    check("SUBSCRIBE &AOQ-", CommandBody::Subscribe(arg("&AOQ-")));
    check(
        "UNSUBSCRIBE \u{e4}",
        CommandBody::Unsubscribe(arg("\u{e4}")),
    );
    let (from, to) = (arg("a"), arg("b]"));
    check("RENAME a  b]", CommandBody::Rename { from, to });
    refuse(&[
        "CREATE",
        "CREATE a*",
        "RENAME a",
        "DELETE a b",
        "CREATE a b",
    ]);
    unsupported(&["CREATE a (USE (\\Sent))"]);
}

fn list(reference: &str, patterns: &[&str]) -> List {
    List {
        extended: false,
        select: ListSelect::default(),
        reference: arg(reference),
        patterns: patterns.iter().map(|p| arg(p)).collect(),
        ret: ListReturn::default(),
    }
}

#[test]
fn list_plain() {
    check("LIST \"\" *", CommandBody::List(list("", &["*"])));
    check("LIST \"\" \"\"", CommandBody::List(list("", &[""])));
    check("LIST a/ %/b*]", CommandBody::List(list("a/", &["%/b*]"])));
    let (reference, pattern) = (arg(""), arg("%"));
    check("LSUB \"\" \"%\"", CommandBody::Lsub { reference, pattern });
    refuse(&[
        "LIST",
        "LIST \"\"",
        "LIST \"\" a b",
        "LIST \"\" ()",
        "LSUB \"\" (a)",
    ]);
}

#[test]
fn list_extended() {
    let extended = |patterns: &[&str]| List {
        extended: true,
        ..list("", patterns)
    };
    check("LIST () \"\" a", CommandBody::List(extended(&["a"])));
    check("LIST \"\" (a b)", CommandBody::List(extended(&["a", "b"])));
    check("LIST \"\" a RETURN ()", CommandBody::List(extended(&["a"])));
    let mut all = extended(&["*"]);
    all.select = ListSelect {
        subscribed: true,
        remote: true,
        recursive_match: true,
        special_use: true,
    };
    all.ret = ListReturn {
        subscribed: true,
        children: true,
        special_use: true,
        status: Some(vec![StatusItem::Messages, StatusItem::Size]),
    };
    check(
        "LIST (SUBSCRIBED remote RECURSIVEMATCH SPECIAL-USE) \"\" * \
         RETURN (SUBSCRIBED CHILDREN SPECIAL-USE STATUS (MESSAGES SIZE))",
        CommandBody::List(all),
    );
    refuse(&[
        "LIST (RECURSIVEMATCH) \"\" *",
        "LIST (REMOTE RECURSIVEMATCH) \"\" *",
        "LIST \"\" * RETURN",
        "LIST \"\" * RETURNS ()",
        "LIST \"\" * RETURN (STATUS ())",
        "LIST \"\" * RETURN (STATUS",
    ]);
    unsupported(&["LIST (X) \"\" *", "LIST \"\" * RETURN (MYRIGHTS)"]);
    let many = format!("LIST \"\" ({})", "* ".repeat(101));
    assert_eq!(error(&many).kind, ErrorKind::Limit);
}

#[test]
fn status() {
    use StatusItem::{
        Deleted, HighestModseq, Messages, Recent, Size, UidNext, UidValidity, Unseen,
    };
    let status = |items| CommandBody::Status {
        mailbox: arg("a"),
        items,
    };
    check(
        "STATUS a (UIDNEXT MESSAGES RECENT uidvalidity UNSEEN DELETED SIZE HIGHESTMODSEQ)",
        status(vec![
            UidNext,
            Messages,
            Recent,
            UidValidity,
            Unseen,
            Deleted,
            Size,
            HighestModseq,
        ]),
    );
    check("STATUS a (SIZE SIZE)", status(vec![Size]));
    refuse(&[
        "STATUS a",
        "STATUS a ()",
        "STATUS a MESSAGES",
        "STATUS a (X)",
        "STATUS a (SIZE",
    ]);
    unsupported(&["STATUS a (MAILBOXID)"]);
}

#[test]
fn append() {
    let append = |flags, date, message, binary| {
        CommandBody::Append(Append {
            mailbox: arg("a"),
            flags,
            date,
            message: bytes(message),
            binary,
        })
    };
    check("APPEND a {2}\r\nhi", append(vec![], None, "hi", false));
    check("APPEND a () {2+}\r\nhi ", append(vec![], None, "hi", false));
    check("APPEND a ~{3}\r\nh\0i", append(vec![], None, "h\0i", true));
    check("APPEND {1}\r\na {0}\r\n", append(vec![], None, "", false));
    let unix = 1_577_836_800 - 3600; // 2020-01-01T00:00:00+01:00
    let date = InternalDate {
        unix,
        offset_minutes: 60,
    };
    check(
        "APPEND a (\\seen \\Recent $X \\DRAFT) \" 1-Jan-2020 00:00:00 +0100\" {2}\r\nhi",
        append(
            vec![Flag::Seen, keyword("$X"), Flag::Draft],
            Some(date),
            "hi",
            false,
        ),
    );
    refuse(&[
        "APPEND a",
        "APPEND a hi",
        "APPEND a \"hi\"",
        "APPEND a {3}\r\nh\0i",
        "APPEND a (\\Foo) {2}\r\nhi",
        "APPEND a (\\*) {2}\r\nhi",
        "APPEND a \\Seen {2}\r\nhi",
        "APPEND a \"1-Jan-2020\" {2}\r\nhi",
        "APPEND a \" 1-Jan-2020 00:00:00 +0100\"{2}\r\nhi",
    ]);
    unsupported(&[
        "APPEND a {2}\r\nhi {2}\r\nho",
        "APPEND a UTF8 (~{2}\r\nhi)",
        "APPEND a CATENATE (TEXT {2}\r\nhi)",
    ]);
}

fn fetch(items: Vec<FetchItem>) -> CommandBody {
    CommandBody::Fetch {
        numbering: Numbering::Sequence,
        set: numbers(&[(1, 1)]),
        items,
        modifiers: FetchModifiers::default(),
    }
}

fn section(part: &[u32], text: SectionText, partial: Option<(u64, u64)>, peek: bool) -> FetchItem {
    FetchItem::BodySection {
        section: Section {
            part: part.to_vec(),
            text,
        },
        partial: partial.map(|(origin, count)| Partial { origin, count }),
        peek,
    }
}

#[test]
fn fetch_items() {
    use FetchItem::{
        Body, BodyStructure, Envelope, Flags, InternalDate, Modseq, Rfc822, Rfc822Header,
        Rfc822Size, Rfc822Text, Uid,
    };
    check(
        "FETCH 1 ALL",
        fetch(vec![Flags, InternalDate, Rfc822Size, Envelope]),
    );
    check("FETCH 1 fast", fetch(vec![Flags, InternalDate, Rfc822Size]));
    check(
        "FETCH 1 FULL",
        fetch(vec![Flags, InternalDate, Rfc822Size, Envelope, Body]),
    );
    check("FETCH 1 BODY", fetch(vec![Body]));
    check(
        "FETCH 1 (UID BODYSTRUCTURE MODSEQ RFC822 RFC822.HEADER rfc822.text BODY)",
        fetch(vec![
            Uid,
            BodyStructure,
            Modseq,
            Rfc822,
            Rfc822Header,
            Rfc822Text,
            Body,
        ]),
    );
    check("FETCH 1 ( FLAGS  UID )", fetch(vec![Flags, Uid]));
}

#[test]
fn fetch_sections() {
    use SectionText::{Header, HeaderFields, HeaderFieldsNot, Mime, Text, Whole};
    let names = || vec![bytes("a"), bytes("X]"), bytes("b c")];
    let table = [
        ("BODY[]", section(&[], Whole, None, false)),
        ("BODY.PEEK[]<0.5>", section(&[], Whole, Some((0, 5)), true)),
        ("body.peek[header]", section(&[], Header, None, true)),
        (
            "BODY[TEXT]<7.18446744073709551615>",
            section(&[], Text, Some((7, u64::MAX)), false),
        ),
        ("BODY[1]", section(&[1], Whole, None, false)),
        ("BODY[1.20.3]", section(&[1, 20, 3], Whole, None, false)),
        ("BODY[1.MIME]", section(&[1], Mime, None, false)),
        ("BODY[4.2.TEXT]", section(&[4, 2], Text, None, false)),
        (
            "BODY[HEADER.FIELDS (a X] \"b c\")]",
            section(&[], HeaderFields(names()), None, false),
        ),
        (
            "BODY.PEEK[2.HEADER.FIELDS.NOT (a X] {3}\r\nb c)]<1.2>",
            section(&[2], HeaderFieldsNot(names()), Some((1, 2)), true),
        ),
    ];
    for (wire, expected) in table {
        check(&format!("FETCH 1 {wire}"), fetch(vec![expected.clone()]));
        let twice = vec![expected.clone(), FetchItem::Uid, expected];
        check(&format!("FETCH 1 ({wire} UID {wire})"), fetch(twice));
    }
    let binary = |part: &[u32], partial, peek| FetchItem::Binary {
        part: part.to_vec(),
        partial,
        peek,
    };
    let (origin, count) = (3, 4);
    check(
        "FETCH 1 (BINARY[] BINARY.PEEK[1.2]<3.4> BINARY.SIZE[7])",
        fetch(vec![
            binary(&[], None, false),
            binary(&[1, 2], Some(Partial { origin, count }), true),
            FetchItem::BinarySize { part: vec![7] },
        ]),
    );
}

#[test]
fn fetch_refuses() {
    refuse(&[
        "FETCH 1",
        "FETCH FLAGS",
        "FETCH 1 ()",
        "FETCH 1 (ALL)",
        "FETCH 1 X",
        "FETCH 1 (FLAGS",
        "FETCH 1 FLAGS UID",
        "FETCH 1 ((FLAGS))",
        "FETCH 1 BODY[",
        "FETCH 1 BODY[MIME]",
        "FETCH 1 BODY[0]",
        "FETCH 1 BODY[1.]",
        "FETCH 1 BODY[1..2]",
        "FETCH 1 BODY[.TEXT]",
        "FETCH 1 BODY[1TEXT]",
        "FETCH 1 BODY[TEXT.1]",
        "FETCH 1 BODY[4294967296]",
        "FETCH 1 BODY[HEADER.FIELDS]",
        "FETCH 1 BODY[HEADER.FIELDS ()]",
        "FETCH 1 BODY[]<0>",
        "FETCH 1 BODY[]<0.0>",
        "FETCH 1 BODY[]<0.18446744073709551616>",
        "FETCH 1 BODY[]<0.1",
        "FETCH 1 BODY.PEEK",
        "FETCH 1 BINARY[TEXT]",
        "FETCH 1 BINARY.SIZE[1]<0.1>",
        "FETCH 0 FLAGS",
        "FETCH 1: FLAGS",
        "FETCH 1,,2 FLAGS",
        "FETCH 1, FLAGS",
        "FETCH 4294967296 FLAGS",
        "FETCH 1 FLAGS (CHANGEDSINCE)",
        "FETCH 1 FLAGS (CHANGEDSINCE x)",
    ]);
    unsupported(&["FETCH 1 FLAGS (PARTIAL 1:2)"]);
    let many = format!("FETCH 1 ({})", "BODY[] ".repeat(251));
    assert_eq!(error(&many).kind, ErrorKind::Limit);
    let deep = format!("FETCH 1 BODY[{}1]", "1.".repeat(100));
    assert_eq!(error(&deep).kind, ErrorKind::Limit);
    let names = format!("FETCH 1 BODY[HEADER.FIELDS ({})]", "a ".repeat(1001));
    assert_eq!(error(&names).kind, ErrorKind::Limit);
}

#[test]
fn fetch_modifiers() {
    let table = [
        ("(CHANGEDSINCE 0)", Some(0), false),
        ("(CHANGEDSINCE 12 VANISHED)", Some(12), true),
        ("(vanished changedsince 12)", Some(12), true),
    ];
    for (wire, changed_since, vanished) in table {
        check(
            &format!("UID FETCH 1:*,7 (FLAGS) {wire}"),
            CommandBody::Fetch {
                numbering: Numbering::Uid,
                set: numbers(&[(1, 0), (7, 7)]),
                items: vec![FetchItem::Flags],
                modifiers: FetchModifiers {
                    changed_since,
                    vanished,
                },
            },
        );
    }
}

#[test]
fn store() {
    let store = |action, silent, flags| CommandBody::Store {
        numbering: Numbering::Sequence,
        set: numbers(&[(0, 0)]),
        unchanged_since: None,
        action,
        silent,
        flags,
    };
    use StoreAction::{Add, Remove, Replace};
    check("STORE * FLAGS ()", store(Replace, false, vec![]));
    check("STORE * +FLAGS \\Seen", store(Add, false, vec![Flag::Seen]));
    check(
        "STORE * -flags.silent (\\answered \\Flagged $Junk)",
        store(
            Remove,
            true,
            vec![Flag::Answered, Flag::Flagged, keyword("$junk")],
        ),
    );
    check(
        "STORE * +FLAGS \\Deleted x",
        store(Add, false, vec![Flag::Deleted, keyword("x")]),
    );
    check(
        "UID STORE $ (UNCHANGEDSINCE 9) +FLAGS.SILENT (\\Draft)",
        CommandBody::Store {
            numbering: Numbering::Uid,
            set: Set::Saved,
            unchanged_since: Some(9),
            action: Add,
            silent: true,
            flags: vec![Flag::Draft],
        },
    );
    refuse(&[
        "STORE 1",
        "STORE 1 FLAGS",
        "STORE 1 FLAG (\\Seen)",
        "STORE 1 *FLAGS (\\Seen)",
        "STORE 1 FLAGS (\\Recent)",
        "STORE 1 FLAGS \\Recent",
        "STORE 1 FLAGS (\\Foo)",
        "STORE 1 FLAGS (\\)",
        "STORE 1 FLAGS (\\Seen\\Seen)",
        "STORE 1 FLAGS (\\*)",
        "STORE 1 FLAGS (a]b)",
        "STORE 1 FLAGS (\"a\")",
        "STORE 1 FLAGS (\\Seen) x",
        "STORE 1 (UNCHANGEDSINCE) FLAGS (\\Seen)",
        "STORE 1 (X 1) FLAGS (\\Seen)",
    ]);
    let many = format!("STORE 1 FLAGS ({})", "a ".repeat(1001));
    assert_eq!(error(&many).kind, ErrorKind::Limit);
    refuse(&[&format!("STORE 1 FLAGS {}", "a".repeat(256))]);
}

#[test]
fn copy_move_expunge() {
    let (numbering, mailbox) = (Numbering::Uid, arg("b"));
    let set = || numbers(&[(1, 2), (9, 4)]);
    let copy = CommandBody::Copy {
        numbering,
        set: set(),
        mailbox: mailbox.clone(),
    };
    check("UID COPY 1:2,9:4 b", copy);
    let move_to = CommandBody::Move {
        numbering: Numbering::Sequence,
        set: set(),
        mailbox,
    };
    check("MOVE 1:2,9:4 \"b\"", move_to);
    check("uid expunge 1:2,9:4", CommandBody::Expunge(Some(set())));
    refuse(&[
        "COPY 1",
        "MOVE a b",
        "UID EXPUNGE",
        "UID NOOP",
        "UID",
        "UID  ",
        "UID LOGIN a b",
    ]);
    unsupported(&[
        "UID SORT (DATE) UTF-8 ALL",
        "UID THREAD REFERENCES UTF-8 ALL",
    ]);
}

fn search(key: SearchKey) -> CommandBody {
    CommandBody::Search(SearchCommand {
        numbering: Numbering::Sequence,
        ret: None,
        charset: None,
        key,
    })
}

#[test]
fn search_keys() {
    use SearchKey::{
        All, Before, Body, Flagged, Header, Larger, Modseq, New, Old, On, Recent, SentBefore,
        SentOn, SentSince, Sequence, Since, Smaller, Text, Uid, Unflagged,
    };
    let day = Date::new(1994, 2, 1).unwrap();
    let header = |name, value| Header(bytes(name), bytes(value));
    let table = [
        ("ALL", All),
        ("answered", Flagged(Flag::Answered)),
        ("DELETED", Flagged(Flag::Deleted)),
        ("DRAFT", Flagged(Flag::Draft)),
        ("FLAGGED", Flagged(Flag::Flagged)),
        ("SEEN", Flagged(Flag::Seen)),
        ("UNANSWERED", Unflagged(Flag::Answered)),
        ("UNDELETED", Unflagged(Flag::Deleted)),
        ("UNDRAFT", Unflagged(Flag::Draft)),
        ("UNFLAGGED", Unflagged(Flag::Flagged)),
        ("UNSEEN", Unflagged(Flag::Seen)),
        ("KEYWORD $x", Flagged(keyword("$x"))),
        ("UNKEYWORD $x", Unflagged(keyword("$x"))),
        ("NEW", New),
        ("OLD", Old),
        ("RECENT", Recent),
        ("BEFORE 1-Feb-1994", Before(day)),
        ("ON \"1-Feb-1994\"", On(day)),
        ("SINCE 01-Feb-1994", Since(day)),
        ("SENTBEFORE \" 1-Feb-1994\"", SentBefore(day)),
        ("SENTON 1-feb-1994", SentOn(day)),
        ("SENTSINCE 1-Feb-1994", SentSince(day)),
        ("BCC a", header("Bcc", "a")),
        ("CC a", header("Cc", "a")),
        ("FROM \"a b\"", header("From", "a b")),
        ("SUBJECT {1}\r\na", header("Subject", "a")),
        ("TO \u{e4}", header("To", "\u{e4}")),
        ("HEADER X-y \"\"", header("X-y", "")),
        ("BODY a", Body(bytes("a"))),
        ("TEXT \"\\\"\"", Text(bytes("\""))),
        ("LARGER 0", Larger(0)),
        ("SMALLER 18446744073709551615", Smaller(u64::MAX)),
        ("1,*:2", Sequence(numbers(&[(1, 1), (0, 2)]))),
        ("*", Sequence(numbers(&[(0, 0)]))),
        ("$", Sequence(Set::Saved)),
        ("UID 5:7", Uid(numbers(&[(5, 7)]))),
        ("UID $", Uid(Set::Saved)),
        ("MODSEQ 0", Modseq(0)),
        ("MODSEQ \"/flags/\\\\seen\" shared 5", Modseq(5)),
    ];
    for (wire, key) in table {
        check(&format!("SEARCH {wire}"), search(key.clone()));
        check(&format!("SEARCH ({wire} )"), search(key.clone()));
        let not = SearchKey::Not(Box::new(key.clone()));
        check(&format!("SEARCH NOT {wire}"), search(not));
        let or = SearchKey::Or(Box::new(key.clone()), Box::new(key.clone()));
        check(&format!("SEARCH OR {wire} {wire}"), search(or));
        let both = SearchKey::And(vec![key.clone(), All]);
        check(&format!("SEARCH {wire} ALL "), search(both));
    }
}

#[test]
fn search_trees() {
    use SearchKey::{All, And, New, Not, Old, Or, Recent};
    let not = |key| Not(Box::new(key));
    let or = |a, b| Or(Box::new(a), Box::new(b));
    let table = [
        ("OR NEW OR OLD ALL", or(New, or(Old, All))),
        ("OR OR NEW OLD ALL", or(or(New, Old), All)),
        ("NOT NOT NEW", not(not(New))),
        ("OR NOT NEW (OLD ALL)", or(not(New), And(vec![Old, All]))),
        (
            "((NEW) (OLD ALL)) RECENT",
            And(vec![And(vec![New, And(vec![Old, All])]), Recent]),
        ),
        (
            "NOT (NEW OLD) ALL",
            And(vec![not(And(vec![New, Old])), All]),
        ),
        ("(OR (NEW) NOT OLD)", or(New, not(Old))),
    ];
    for (wire, key) in table {
        check(&format!("SEARCH {wire}"), search(key));
    }
}

#[test]
fn search_options() {
    let check_options = |wire: &str, ret, charset: Option<&str>| {
        check(
            &format!("UID SEARCH {wire} ALL"),
            CommandBody::Search(SearchCommand {
                numbering: Numbering::Uid,
                ret,
                charset: charset.map(str::to_owned),
                key: SearchKey::All,
            }),
        );
    };
    let none = SearchReturn::default();
    check_options("RETURN ()", Some(none), None);
    let some = SearchReturn {
        min: true,
        save: true,
        ..none
    };
    check_options("RETURN (min SAVE)", Some(some), None);
    let all = SearchReturn {
        min: true,
        max: true,
        all: true,
        count: true,
        save: true,
    };
    check_options(
        "RETURN (COUNT ALL MAX MIN SAVE) CHARSET \"utf-8\"",
        Some(all),
        Some("UTF-8"),
    );
    check_options("CHARSET us-ascii", None, Some("US-ASCII"));
    unsupported(&[
        "SEARCH RETURN (PARTIAL 1:2) ALL",
        "SEARCH OLDER 5",
        "SEARCH FUZZY TEXT x",
    ]);
}

#[test]
fn search_refuses() {
    refuse(&[
        "SEARCH",
        "SEARCH ()",
        "SEARCH (ALL",
        "SEARCH ALL)",
        "SEARCH NOT",
        "SEARCH OR ALL",
        "SEARCH (OR ALL)",
        "SEARCH (NOT)",
        "SEARCH ALLNEW",
        "SEARCH (ALL)(ALL)",
        "SEARCH X",
        "SEARCH BEFORE 1994",
        "SEARCH BEFORE 30-Feb-1994",
        "SEARCH LARGER -1",
        "SEARCH LARGER 18446744073709551616",
        "SEARCH HEADER x",
        "SEARCH KEYWORD \\Seen",
        "SEARCH UID x",
        "SEARCH 0",
        "SEARCH MODSEQ \"/flags/x\" 5",
        "SEARCH RETURN ()",
        "SEARCH RETURN MIN ALL",
        "SEARCH CHARSET UTF-8",
        "SEARCH FROM \"a\0b\"",
    ]);
}

#[test]
fn errors_say_where() {
    let error = error("FETCH 1 BODY[MIME]");
    assert_eq!(error.position, 16);
    assert_eq!(error.command.as_deref(), Some("FETCH"));
    assert_eq!(
        error.to_string(),
        "FETCH: expected HEADER, HEADER.FIELDS, HEADER.FIELDS.NOT, TEXT or, after part numbers, \
         MIME at octet 16"
    );
    let unknown = parse(&Bytes::from_static(b"a XYZZY \x1b[31m")).unwrap_err();
    assert_eq!(unknown.kind, ErrorKind::UnknownCommand);
    assert_eq!(unknown.to_string(), "Unknown command");
}
