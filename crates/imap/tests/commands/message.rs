//! FETCH, STORE, COPY, MOVE and UID EXPUNGE.

use super::*;

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
    unsupported(&["FETCH 1 PREVIEW (LAZY X)"]);
    refuse(&["FETCH 1 (PREVIEW (X))", "FETCH 1 (PREVIEW ())"]);
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
                    partial: None,
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
    unsupported(&["UID UIDBATCHES 100"]);
}
