//! ACL: RFC 4314, LIST-MYRIGHTS: RFC 8440.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]

use postern_tests::{ACCOUNT, Client, Reply, SECOND_ACCOUNT, ServerUnderTest};

/// Ada's mailbox as grace knows it.
fn others(mailbox: &str) -> String {
    format!("Other Users/{ACCOUNT}/{mailbox}")
}

/// Ada, the owner, and grace.
fn both(server: &ServerUnderTest) -> (Client, Client) {
    let ada = Client::login(server);
    (ada, Client::login_as(server, SECOND_ACCOUNT))
}

fn grant(ada: &mut Client, mailbox: &str, rights: &str) {
    let rights = if rights.is_empty() { "\"\"" } else { rights };
    ada.command(&format!("SETACL \"{mailbox}\" {SECOND_ACCOUNT} {rights}"));
}

/// The reply but for its tag.
fn said(reply: &Reply) -> (Vec<Vec<u8>>, String) {
    (reply.untagged.clone(), reply.tagged.clone())
}

const LETTER: &[u8] = b"Subject: one\r\n\r\nhello\r\n";

/// RFC 4314 section 4: each command with no right but those it needs, and with all but those.
#[test]
fn each_command_needs_its_rights() {
    let server = ServerUnderTest::start();
    let (mut ada, mut grace) = both(&server);
    ada.append("INBOX", "", LETTER);
    // The command, and sets of rights of which each suffices.
    let box_ = others("box");
    let table: &[(String, &[&str])] = &[
        (format!("EXAMINE \"{box_}\""), &["r"]),
        (format!("STATUS \"{box_}\" (MESSAGES)"), &["r"]),
        (format!("CREATE \"{box_}/new\""), &["k"]),
        (format!("DELETE \"{box_}\""), &["x"]),
        (format!("RENAME \"{box_}/a\" \"{box_}/b\""), &["kx"]),
        (format!("SETACL \"{box_}\" anyone p"), &["a"]),
        (format!("DELETEACL \"{box_}\" anyone"), &["a"]),
        (format!("GETACL \"{box_}\""), &["a"]),
        (format!("LISTRIGHTS \"{box_}\" anyone"), &["a"]),
        (
            format!("MYRIGHTS \"{box_}\""),
            &["l", "r", "i", "k", "x", "a"],
        ),
        (format!("APPEND \"{box_}\" {{5+}}\r\nhello"), &["i"]),
        (
            format!("GETMETADATA \"{box_}\" /shared/comment"),
            &["lr", "ls", "lw", "li", "lp"],
        ),
        (
            format!("SETMETADATA \"{box_}\" (/shared/comment \"x\")"),
            &["lw"],
        ),
    ];
    for (command, sufficient) in table {
        let mut attempt = |letters: &str| {
            for name in ["box/new", "box/b", "box/a", "box"] {
                ada.try_command(&format!("DELETE {name}"));
            }
            ada.command("CREATE box");
            grant(&mut ada, "box", letters);
            if command.starts_with("RENAME") {
                ada.command("CREATE box/a");
            }
            grace.try_command(command)
        };
        for rights in *sufficient {
            let reply = attempt(rights);
            assert!(
                reply.tagged.starts_with("OK"),
                "{rights}: {command}: {reply:?}"
            );
        }
        let others = without(&sufficient.concat());
        let answer = match others.contains('l') {
            true => "NO [NOPERM]",
            false => "NO [NONEXISTENT]",
        };
        let reply = attempt(&others);
        assert!(
            reply.tagged.starts_with(answer),
            "{others}: {command}: {reply:?}"
        );
    }
}

/// All rights but these.
fn without(rights: &str) -> String {
    let mut letters = "lrswipkxtea".to_owned();
    letters.retain(|letter| !rights.contains(letter));
    letters
}

/// The same for commands on the selected mailbox.
#[test]
fn each_command_on_the_selected_mailbox_needs_its_rights() {
    let server = ServerUnderTest::start();
    let (mut ada, mut grace) = both(&server);
    ada.command("CREATE box");
    grace.command("CREATE target");
    let table = [
        ("EXPUNGE", "e", true),
        (r"STORE 1 +FLAGS (\Seen)", "s", true),
        (r"STORE 1 +FLAGS (\Deleted)", "t", true),
        (r"STORE 1 +FLAGS (\Flagged Label)", "w", true),
        ("COPY 1 target", "", true),
        ("MOVE 1 target", "te", true),
        ("MOVE 1 target", "t", false),
        ("MOVE 1 target", "e", false),
        ("REPLACE 1 target {5+}\r\nhello", "te", true),
        ("FETCH 1 (BODY[])", "", true),
        ("SEARCH UNSEEN", "", true),
        ("CLOSE", "", true),
    ];
    for (command, rights, ok) in table {
        let all_but = format!("lr{}", without(rights).replace(['l', 'r'], ""));
        for (letters, ok) in [
            (format!("lr{rights}"), ok),
            (all_but, ok && rights.is_empty()),
        ] {
            grant(&mut ada, "box", "lrswipkxtea");
            ada.append("box", r"(\Deleted)", LETTER);
            ada.append("box", "", LETTER);
            grace.command(&format!("SELECT \"{}\"", others("box")));
            grant(&mut ada, "box", &letters);
            let reply = grace.try_command(command);
            assert_eq!(
                reply.tagged.starts_with("OK"),
                ok,
                "{letters}: {command}: {reply:?}"
            );
            if !ok {
                assert!(
                    reply.tagged.starts_with("NO [NOPERM]"),
                    "{command}: {reply:?}"
                );
            }
            ada.command("SELECT box");
            ada.command(r"STORE 1:* +FLAGS.SILENT (\Deleted)");
            ada.command("CLOSE");
            grace.try_command("UNSELECT");
        }
    }
}

/// RFC 4314 section 6: who may not look a mailbox up is told what they were if it did not exist.
#[test]
fn what_is_hidden_is_answered_for_like_what_does_not_exist() {
    let server = ServerUnderTest::start();
    let (mut ada, mut grace) = both(&server);
    ada.command("CREATE secret");
    ada.append("secret", "", LETTER);
    grace.append("INBOX", "", LETTER);
    grace.command("SELECT INBOX");
    // All that need not be looked up; the text has none of the rights that the commands need.
    grant(&mut ada, "secret", "st");
    let commands = [
        "SELECT @",
        "EXAMINE @",
        "STATUS @ (MESSAGES)",
        "DELETE @",
        "RENAME @ other",
        "RENAME target @",
        "CREATE @/below",
        "SUBSCRIBE @",
        "LIST (SUBSCRIBED) \"\" @",
        "LIST \"\" @",
        "LIST \"\" @ RETURN (MYRIGHTS STATUS (MESSAGES))",
        "LSUB \"\" @",
        "COPY 1 @",
        "MOVE 1 @",
        "UID COPY 1 @",
        "APPEND @ {5+}\r\nhello",
        "REPLACE 1 @ {5+}\r\nhello",
        "GETACL @",
        "SETACL @ anyone lr",
        "DELETEACL @ anyone",
        "LISTRIGHTS @ anyone",
        "MYRIGHTS @",
        "GETMETADATA @ /shared/comment",
        "SETMETADATA @ (/shared/comment \"x\")",
        "GETQUOTAROOT @",
        "RESETKEY @",
        "ESEARCH IN (mailboxes @) ALL",
        "ESEARCH IN (subtree @) RETURN (COUNT) ALL",
        "ESEARCH IN (subtree-one @ mailboxes @) ALL",
        "NOTIFY SET (mailboxes @ (MessageNew MessageExpunge))",
        "NOTIFY SET STATUS (subtree @ (MessageNew MessageExpunge))",
        "UNSUBSCRIBE @",
        "LIST \"\" *",
        "LIST \"\" \"Other Users/%\"",
    ];
    grace.command("CREATE target");
    for command in commands {
        let mut replies = Vec::new();
        let hidden = others("secret");
        let absent = others("zecret");
        let nobody = "Other Users/nobody@example.test/secret".to_owned();
        for name in [hidden, absent, nobody] {
            let below = command.replace("@/below", &format!("\"{name}/below\""));
            let named = below.replace(" @", &format!(" \"{name}\""));
            let reply = grace.try_command(&named);
            let (untagged, tagged) = said(&reply);
            let text = |line: &Vec<u8>| String::from_utf8_lossy(line).replace(&name, "@");
            let untagged: Vec<String> = untagged.iter().map(text).collect();
            replies.push((untagged, tagged));
            if !command.contains("LECT") && !command.starts_with("EXAM") {
                continue;
            }
            grace.command("SELECT INBOX");
        }
        assert_eq!(replies[0], replies[1], "{command}");
        assert_eq!(replies[0], replies[2], "{command}");
    }
    let url = |name: &str| format!("APPEND INBOX CATENATE (URL \"/Other%20Users/{name}/;UID=1\")");
    let hidden = grace.try_command(&url(&format!("{ACCOUNT}/secret")));
    let absent = grace.try_command(&url(&format!("{ACCOUNT}/zecret")));
    assert!(hidden.tagged.starts_with("NO [BADURL"), "{hidden:?}");
    assert_eq!(hidden.tagged.replace("secret", "zecret"), absent.tagged);
    grant(&mut ada, "secret", "r");
    let read = grace.try_command(&url(&format!("{ACCOUNT}/secret")));
    assert!(read.tagged.starts_with("OK"), "{read:?}");
}

/// RFC 4314 sections 3.1 to 3.5.
#[test]
fn acl_is_set_told_and_deleted() {
    let server = ServerUnderTest::start();
    let (mut ada, mut grace) = both(&server);
    ada.command("CREATE Drafts/x");
    let own = format!("{ACCOUNT} lrswipkxtecda");
    let acl = |ada: &mut Client| ada.command("GETACL Drafts/x")[0].clone();
    assert_eq!(acl(&mut ada), format!("* ACL Drafts/x {own}"));
    ada.command(&format!("SETACL Drafts/x {SECOND_ACCOUNT} lrswi"));
    ada.command(&format!("SETACL Drafts/x {SECOND_ACCOUNT} +cda"));
    ada.command("SETACL Drafts/x anyone l");
    ada.command(&format!("SETACL Drafts/x -{SECOND_ACCOUNT} w"));
    assert_eq!(
        acl(&mut ada),
        format!("* ACL Drafts/x {own} anyone l {SECOND_ACCOUNT} lrswikxtecda -{SECOND_ACCOUNT} w")
    );
    let name = others("Drafts/x");
    let mine = grace.command(&format!("MYRIGHTS \"{name}\""));
    assert_eq!(mine[0], format!("* MYRIGHTS \"{name}\" lrsikxtecda"));
    assert_eq!(
        ada.command(&format!("LISTRIGHTS Drafts/x {SECOND_ACCOUNT}"))[0],
        format!("* LISTRIGHTS Drafts/x {SECOND_ACCOUNT} \"\" l r s w i p k x t e c d a")
    );
    assert_eq!(
        ada.command(&format!("LISTRIGHTS Drafts/x {ACCOUNT}"))[0],
        format!("* LISTRIGHTS Drafts/x {ACCOUNT} lrswipkxtecda")
    );
    // The same name in another case is the same; the answer has what the client sent.
    let shouted = SECOND_ACCOUNT.to_uppercase();
    assert!(ada.command(&format!("LISTRIGHTS Drafts/x {shouted}"))[0].contains(&shouted));
    ada.command(&format!("DELETEACL Drafts/x {shouted}"));
    ada.command("SETACL Drafts/x anyone \"\"");
    assert_eq!(
        acl(&mut ada),
        format!("* ACL Drafts/x {own} -{SECOND_ACCOUNT} w")
    );
    for (command, answer) in [
        (
            format!("SETACL Drafts/x {SECOND_ACCOUNT} lrQswicda"),
            "BAD Uppercase",
        ),
        (
            format!("SETACL Drafts/x {SECOND_ACCOUNT} lrqswicda"),
            "BAD The right q",
        ),
        (
            "SETACL Drafts/x nobody@example.test l".to_owned(),
            "NO [CANNOT]",
        ),
        ("SETACL Drafts/x \"a b@c@d\" l".to_owned(), "BAD"),
        ("SETACL Drafts/x \"\" l".to_owned(), "BAD"),
        ("GETACL nowhere".to_owned(), "NO [NONEXISTENT]"),
        (format!("SETACL Drafts/x {ACCOUNT} lr"), "NO [CANNOT]"),
        (format!("SETACL Drafts/x {ACCOUNT} +l"), "OK"),
        (format!("SETACL Drafts/x -{ACCOUNT} l"), "NO [CANNOT]"),
        (format!("DELETEACL Drafts/x {ACCOUNT}"), "NO [CANNOT]"),
    ] {
        let reply = ada.try_command(&command);
        assert!(reply.tagged.starts_with(answer), "{command}: {reply:?}");
    }
}

/// Names in both encodings, and identifiers in UTF-8.
#[test]
fn names_that_are_not_ascii() {
    let server = ServerUnderTest::start();
    let jose = "josé@example.test";
    server.add_account(jose);
    let mut ada = Client::login(&server);
    ada.command("CREATE B&AOQ-r");
    ada.command(&format!("SETACL B&AOQ-r {{{}+}}\r\n{jose} lr", jose.len()));
    let acl = ada.command("GETACL B&AOQ-r");
    assert!(acl[0].starts_with("* ACL \"B&AOQ-r\" "), "{acl:?}");
    assert!(acl.concat().contains(jose), "{acl:?}");
    ada.command("ENABLE IMAP4rev2");
    let acl = ada.command(&format!("LISTRIGHTS \"Bär\" \"{jose}\""));
    assert!(acl[0].contains("Bär"), "{acl:?}");
}

/// RFC 8440 section 4.
#[test]
fn list_tells_the_rights() {
    let server = ServerUnderTest::start();
    let (mut ada, mut grace) = both(&server);
    ada.command("CREATE foo/deep");
    grant(&mut ada, "foo", "lrs");
    grant(&mut ada, "INBOX", "l");
    grace.command(&format!("SUBSCRIBE \"{}\"", others("foo/deep")));
    let lines = grace.command(&format!("LIST \"\" \"{}\" RETURN (MYRIGHTS)", others("%")));
    let (inbox, foo) = (others("INBOX"), others("foo"));
    assert_eq!(
        lines[..4],
        [
            format!("* LIST (\\HasNoChildren) \"/\" \"{inbox}\""),
            format!("* MYRIGHTS \"{inbox}\" l"),
            format!("* LIST (\\HasNoChildren) \"/\" \"{foo}\""),
            format!("* MYRIGHTS \"{foo}\" lrs"),
        ]
    );
    // What is subscribed to but not to be seen has no rights to tell.
    let lines = grace.command("LIST (SUBSCRIBED) \"\" \"Other*\" RETURN (MYRIGHTS)");
    let deep = others("foo/deep");
    assert_eq!(
        lines[0],
        format!("* LIST (\\NonExistent \\Subscribed) \"/\" \"{deep}\"")
    );
    assert_eq!(lines.len(), 1, "{lines:?}");
    // What is only above what is selected has none told either.
    grant(&mut ada, "foo/deep", "lr");
    let lines = grace.command(&format!(
        "LIST (SUBSCRIBED RECURSIVEMATCH) \"\" \"{}\" RETURN (MYRIGHTS)",
        others("%")
    ));
    assert_eq!(
        lines[0],
        format!("* LIST (\\HasChildren) \"/\" \"{foo}\" (\"CHILDINFO\" (\"SUBSCRIBED\"))")
    );
    assert_eq!(lines.len(), 1, "{lines:?}");
    let own = ada.command("LIST \"\" INBOX RETURN (MYRIGHTS)");
    assert_eq!(own[1], "* MYRIGHTS INBOX lrswipkxtecda");
}
