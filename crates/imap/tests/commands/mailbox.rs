//! Commands that concern mailboxes.

use super::*;

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
    check(
        "CREATE a/b/",
        CommandBody::Create(Create {
            mailbox: arg("a/b/"),
            uses: Vec::new(),
        }),
    );
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
    let create = |uses: &[&'static str]| {
        CommandBody::Create(Create {
            mailbox: arg("a"),
            uses: uses.iter().map(|name| bytes(name)).collect(),
        })
    };
    check(
        "CREATE a (USE (\\Drafts \\Sent))",
        create(&["\\Drafts", "\\Sent"]),
    );
    check("CREATE a (use ())", create(&[]));
    check("CREATE a ()", create(&[]));
    refuse(&[
        "CREATE a (USE)",
        "CREATE a (USE (Sent))",
        "CREATE a (USE (\\))",
    ]);
    unsupported(&["CREATE a (PURPOSE x)"]);
    let many = format!("CREATE a (USE ({}))", "\\Sent ".repeat(21));
    assert_eq!(error(&many).kind, ErrorKind::Limit);
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
        metadata: Vec::new(),
        my_rights: false,
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
    unsupported(&["LIST (X) \"\" *", "LIST \"\" * RETURN (X)"]);
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
    check(
        "STATUS a (deleted DELETED-STORAGE)",
        status(vec![Deleted, StatusItem::DeletedStorage]),
    );
}

#[test]
fn append() {
    let append = |flags, date, message, binary| {
        CommandBody::Append(Append {
            mailbox: arg("a"),
            messages: vec![AppendMessage {
                flags,
                date,
                data: AppendData::Message {
                    octets: bytes(message),
                    binary,
                },
            }],
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
}
