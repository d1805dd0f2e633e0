//! Mailboxes of others: what several users see and do in one mailbox. RFC 2342, RFC 4314.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]

use postern_tests::{ACCOUNT, Client, SECOND_ACCOUNT, ServerUnderTest, code, fetched};

const LETTER: &[u8] = b"Subject: one\r\n\r\nhello\r\n";

fn others(mailbox: &str) -> String {
    format!("\"Other Users/{ACCOUNT}/{mailbox}\"")
}

/// Ada's INBOX has three messages, and grace has these rights on it.
fn shared(rights: &str) -> (ServerUnderTest, Client, Client) {
    let server = ServerUnderTest::start();
    let mut ada = Client::login(&server);
    for _ in 0..3 {
        ada.append("INBOX", "", LETTER);
    }
    grant(&mut ada, "INBOX", rights);
    let grace = Client::login_as(&server, SECOND_ACCOUNT);
    (server, ada, grace)
}

fn grant(ada: &mut Client, mailbox: &str, rights: &str) {
    ada.command(&format!("SETACL {mailbox} {SECOND_ACCOUNT} {rights}"));
}

fn contains(lines: &[String], text: &str) -> bool {
    lines.iter().any(|line| line.contains(text))
}

#[test]
fn others_mailboxes_are_listed_where_they_may_be_seen() {
    let (server, mut ada, mut grace) = shared("lr");
    let all = |grace: &mut Client| grace.command(r#"LIST "" *"#);
    let inbox = others("INBOX");
    assert!(contains(&all(&mut grace), &inbox));
    assert!(!contains(&all(&mut grace), &others("Sent")));
    // A special use is its owner's.
    grant(&mut ada, "Sent", "l");
    let lines = grace.command(r#"LIST "" "Other Users/*""#);
    assert_eq!(
        lines,
        [
            format!(r#"* LIST (\HasNoChildren) "/" {inbox}"#),
            format!(r#"* LIST (\HasNoChildren) "/" {}"#, others("Sent")),
        ]
    );
    // Levels.
    let levels = grace.command(r#"LIST "" %"#);
    let level = r#"* LIST (\NonExistent \Noselect \HasChildren) "/" "Other Users""#;
    assert!(levels.contains(&level.to_owned()), "{levels:?}");
    let levels = grace.command(r#"LIST "" "Other Users/%""#);
    assert_eq!(
        levels,
        [format!(
            r#"* LIST (\NonExistent \Noselect \HasChildren) "/" "Other Users/{ACCOUNT}""#
        )]
    );
    assert!(!contains(&ada.command(r#"LIST "" %"#), "Other Users"));
    // A reference is no more than a beginning.
    assert!(contains(
        &grace.command(&format!(r#"LIST "Other Users/{ACCOUNT}/" I*"#)),
        &inbox
    ));
    // Subscriptions are the subscriber's.
    grace.command(&format!(
        "SUBSCRIBE {}",
        inbox.to_uppercase().replace("OTHER USERS", "Other Users")
    ));
    let lines = grace.command(r#"LIST (SUBSCRIBED) "" "Other*" RETURN (STATUS (MESSAGES))"#);
    assert_eq!(
        lines[0],
        format!(r#"* LIST (\HasNoChildren \Subscribed) "/" {inbox}"#)
    );
    assert_eq!(lines[1], format!("* STATUS {inbox} (MESSAGES 3)"));
    assert_eq!(
        grace.command(r#"LSUB "" "Other*""#),
        [format!(r#"* LSUB () "/" {inbox}"#)]
    );
    ada.command(&format!("DELETEACL INBOX {SECOND_ACCOUNT}"));
    ada.command(&format!("DELETEACL Sent {SECOND_ACCOUNT}"));
    assert!(!contains(&all(&mut grace), "Other Users"));
    assert_eq!(
        grace.command(r#"LSUB "" "Other*""#),
        [format!(r#"* LSUB (\Noselect) "/" {inbox}"#)]
    );
    // To anyone.
    server.add_account("cy@example.test");
    let mut cy = Client::login_as(&server, "cy@example.test");
    ada.command("SETACL Sent anyone lr");
    for client in [&mut grace, &mut cy] {
        assert!(contains(&all(client), &others("Sent")));
    }
}

/// RFC 4314 section 5.1.1 and 5.2.
#[test]
fn select_tells_what_may_be_changed() {
    let (_server, mut ada, mut grace) = shared("lr");
    for (rights, flags, mode) in [
        ("lr", "", "READ-ONLY"),
        ("lrs", r"\Seen", "READ-ONLY"),
        ("lri", "", "READ-WRITE"),
        ("lre", "", "READ-WRITE"),
        ("lrt", r"\Deleted", "READ-WRITE"),
        ("lrwis", r"\Answered \Flagged \Seen \Draft \*", "READ-WRITE"),
    ] {
        grant(&mut ada, "INBOX", rights);
        let reply = grace.ok(&format!("SELECT {}", others("INBOX")));
        let permanent = format!("[PERMANENTFLAGS ({flags})]");
        assert!(
            contains(&reply.lines(), &permanent),
            "{rights}: {:?}",
            reply.lines()
        );
        assert!(reply.tagged.contains(mode), "{rights}: {}", reply.tagged);
        assert!(
            contains(&reply.lines(), "* 0 RECENT"),
            "{:?}",
            reply.lines()
        );
    }
    // What changes is told.
    grant(&mut ada, "INBOX", "lrs");
    let lines = grace.command("NOOP");
    assert!(contains(&lines, r"[PERMANENTFLAGS (\Seen)]"), "{lines:?}");
}

#[test]
fn each_user_has_seen_what_they_have_seen() {
    let (server, mut ada, mut grace) = shared("lrs");
    let inbox = others("INBOX");
    grace.command("ENABLE CONDSTORE");
    ada.command("ENABLE CONDSTORE");
    ada.command("SELECT INBOX");
    let lines = grace.command(&format!("SELECT {inbox}"));
    assert!(contains(&lines, "[UNSEEN 1]"), "{lines:?}");
    let before: u64 = code(&lines, "HIGHESTMODSEQ").unwrap().parse().unwrap();
    let validity = code(&lines, "UIDVALIDITY").unwrap();
    let mut second = Client::login_as(&server, SECOND_ACCOUNT);
    second.command("ENABLE CONDSTORE");
    second.command(&format!("SELECT {inbox}"));
    let fetched_one = grace.command("FETCH 1 (BODY[TEXT] FLAGS)");
    assert!(contains(&fetched_one, r"FLAGS (\Seen)"), "{fetched_one:?}");
    grace.command(r"STORE 2 +FLAGS.SILENT (\Seen)");
    // The owner is told nothing, the user's other session is.
    assert_eq!(ada.command("NOOP"), <[String; 0]>::default());
    let told = fetched(&second.command("NOOP"));
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(
        told.iter().all(|(_, items)| items.contains(r"\Seen")),
        "{told:?}"
    );
    assert_eq!(ada.command("SEARCH SEEN"), ["* SEARCH"]);
    assert_eq!(grace.command("SEARCH UNSEEN"), ["* SEARCH 3"]);
    assert_eq!(
        ada.command("STATUS INBOX (UNSEEN)"),
        ["* STATUS INBOX (UNSEEN 3)"]
    );
    assert_eq!(
        grace.command(&format!("STATUS {inbox} (UNSEEN)")),
        [format!("* STATUS {inbox} (UNSEEN 1)")]
    );
    // The owner's own is not the user's.
    ada.command(r"STORE 3 +FLAGS (\Seen \Flagged)");
    let flags = grace.command("FETCH 3 FLAGS");
    assert!(contains(&flags, r"FLAGS (\Flagged)"), "{flags:?}");
    // What a reconnecting client is told.
    let mut third = Client::login_as(&server, SECOND_ACCOUNT);
    third.command("ENABLE QRESYNC");
    let lines = third.command(&format!("SELECT {inbox} (QRESYNC ({validity} {before}))"));
    let uids: Vec<_> = fetched(&lines).iter().map(|(n, _)| *n).collect();
    assert_eq!(uids, [1, 2, 3], "{lines:?}");
    let now: u64 = code(&lines, "HIGHESTMODSEQ").unwrap().parse().unwrap();
    third.command(&format!("SELECT {inbox} (QRESYNC ({validity} {now}))"));
    grace.command(r"STORE 1 -FLAGS (\Seen)");
    let lines = third.command("NOOP");
    assert!(contains(&lines, "FLAGS ()"), "{lines:?}");
    let changed = grace.command(&format!("SEARCH MODSEQ {}", now + 1));
    assert!(changed[0].starts_with("* SEARCH 1 ("), "{changed:?}");
    let mine = ada.command(&format!("SEARCH MODSEQ {}", now + 1));
    assert!(!mine[0].starts_with("* SEARCH 1"), "{mine:?}");
    let modified = grace.try_command(&format!(r"STORE 1 (UNCHANGEDSINCE {now}) +FLAGS (\Seen)"));
    assert!(modified.tagged.contains("[MODIFIED 1]"), "{modified:?}");
    // Without the right, reading leaves no mark.
    grant(&mut ada, "INBOX", "lr");
    grace.command("FETCH 1 BODY[]");
    assert!(contains(&grace.command("FETCH 1 FLAGS"), "FLAGS ()"));
}

#[test]
fn idle_hears_of_others_mailboxes() {
    let (_server, mut ada, mut grace) = shared("lrs");
    grace.command(&format!("SELECT {}", others("INBOX")));
    grace.send("i IDLE");
    grace.expect("+");
    ada.append("INBOX", "", LETTER);
    grace.expect("* 4 EXISTS");
    ada.command("SELECT INBOX");
    ada.command(r"STORE 1 +FLAGS (\Flagged)");
    assert!(contains(&grace.expect("* 1 FETCH"), r"\Flagged"));
    // And the right to read can end.
    ada.command(&format!("DELETEACL INBOX {SECOND_ACCOUNT}"));
    grace.expect("* BYE");
}

#[test]
fn copies_go_from_account_to_account() {
    let (_server, mut ada, mut grace) = shared("lrs");
    ada.command("SELECT INBOX");
    ada.command(r"STORE 2 +FLAGS (\Flagged \Deleted)");
    ada.command("CREATE in");
    grant(&mut ada, "in", "lriw");
    grace.command(&format!("SELECT {}", others("INBOX")));
    grace.command(r"STORE 1 +FLAGS (\Seen)");
    // Out of it.
    let reply = grace.ok("COPY 1:2 Archive");
    assert!(reply.tagged.starts_with("OK [COPYUID "), "{reply:?}");
    assert!(reply.tagged.contains(" 1:2 1:2]"), "{reply:?}");
    let refused = grace.try_command("MOVE 1 Archive");
    assert!(refused.tagged.starts_with("NO [NOPERM]"), "{refused:?}");
    grace.command("SELECT Archive");
    let lines = grace.command("FETCH 1:2 (FLAGS BODY.PEEK[])");
    let all = fetched(&lines);
    assert!(
        all[0].1.contains(r"\Seen") && all[0].1.contains("hello"),
        "{lines:?}"
    );
    assert!(
        all[1].1.contains(r"\Flagged") && all[1].1.contains(r"\Deleted"),
        "{lines:?}"
    );
    // Into it: of the flags, those that the rights allow.
    let reply = grace.ok(&format!("UID MOVE 2 {}", others("in")));
    assert!(contains(&reply.lines(), "* OK [COPYUID "), "{reply:?}");
    assert!(contains(&reply.lines(), "* 2 EXPUNGE"), "{reply:?}");
    ada.command("SELECT in");
    let lines = ada.command("FETCH 1 (FLAGS BODY[TEXT])");
    assert!(
        contains(&lines, "hello") && contains(&lines, r"\Flagged"),
        "{lines:?}"
    );
    assert!(!contains(&lines, r"\Deleted"), "{lines:?}");
    // REPLACE too.
    let reply = grace.ok(&format!("REPLACE 1 {} {{5+}}\r\nfresh", others("in")));
    assert!(contains(&reply.lines(), "[APPENDUID "), "{reply:?}");
    assert!(contains(&ada.command("NOOP"), "* 2 EXISTS"));
    assert!(contains(
        &grace.command("STATUS Archive (MESSAGES)"),
        "MESSAGES 0"
    ));
    // Within another's account.
    grant(&mut ada, "in", "lriswte");
    grace.command(&format!("SELECT {}", others("in")));
    grace.command(r"STORE 1 +FLAGS (\Seen)");
    grace.command(&format!("COPY 1 {}", others("in")));
    assert!(contains(&grace.command("FETCH 3 FLAGS"), r"\Seen"));
    ada.command("NOOP");
    assert!(!contains(&ada.command("FETCH 3 FLAGS"), r"\Seen"));
}

/// RFC 4314 section 4: APPEND keeps the flags that may be set.
#[test]
fn append_keeps_the_flags_that_may_be_set() {
    let (_server, mut ada, mut grace) = shared("lrsi");
    let inbox = others("INBOX");
    grace.append(&inbox, r"(\Seen \Deleted \Flagged)", LETTER);
    grace.command(&format!("SELECT {inbox}"));
    assert!(contains(&grace.command("FETCH 4 FLAGS"), r"FLAGS (\Seen)"));
    ada.command("SELECT INBOX");
    assert!(contains(&ada.command("FETCH 4 FLAGS"), r"FLAGS (\Recent)"));
}

/// CLOSE without the right to expunge only closes.
#[test]
fn close_expunges_only_with_the_right() {
    let (_server, mut ada, mut grace) = shared("lrt");
    for (rights, left) in [("lrt", 3), ("lrte", 2)] {
        grant(&mut ada, "INBOX", rights);
        grace.command(&format!("SELECT {}", others("INBOX")));
        grace.command(r"STORE 1 +FLAGS (\Deleted)");
        grace.command("CLOSE");
        let status = ada.command("STATUS INBOX (MESSAGES)");
        assert!(contains(&status, &format!("MESSAGES {left}")), "{status:?}");
    }
}

#[test]
fn mailboxes_are_made_below_others() {
    let (_server, mut ada, mut grace) = shared("lr");
    ada.command("CREATE team");
    grant(&mut ada, "team", "lrkxi");
    let name = others("team/plans");
    let reply = grace.ok(&format!("CREATE {name}"));
    let id = code(&[&reply.tagged], "MAILBOXID").unwrap();
    let status = grace.command(&format!("STATUS {name} (MAILBOXID)"));
    assert!(
        contains(&status, &format!("MAILBOXID {id}")),
        "{status:?} {id}"
    );
    assert!(contains(
        &grace.command(&format!("MYRIGHTS {name}")),
        "lrikxc"
    ));
    assert!(contains(&ada.command(r#"LIST "" team/*"#), "team/plans"));
    grace.command(&format!("RENAME {name} {}", others("team/past")));
    let moved = grace.try_command(&format!("RENAME {} mine", others("team/past")));
    assert!(moved.tagged.starts_with("NO [CANNOT]"), "{moved:?}");
    grace.command(&format!("DELETE {}", others("team/past")));
    assert!(ada.command(r#"LIST "" team/*"#).is_empty());
}

/// Annotations: what is private is its owner's.
#[test]
fn annotations_of_others_mailboxes() {
    let (_server, mut ada, mut grace) = shared("lr");
    ada.command(r#"SETMETADATA INBOX (/private/comment "mine" /shared/comment "ours")"#);
    let inbox = others("INBOX");
    let lines = grace.command(&format!(
        "GETMETADATA (DEPTH infinity) {inbox} (/shared /private/comment /private)"
    ));
    assert!(
        contains(&lines, "/shared/comment \"ours\"") || contains(&lines, "ours"),
        "{lines:?}"
    );
    assert!(
        contains(&lines, "/private/comment NIL") && !contains(&lines, "mine"),
        "{lines:?}"
    );
    let refused = grace.try_command(&format!(r#"SETMETADATA {inbox} (/shared/comment "x")"#));
    assert!(refused.tagged.starts_with("NO [NOPERM]"), "{refused:?}");
    grant(&mut ada, "INBOX", "lrw");
    grace.command(&format!(r#"SETMETADATA {inbox} (/shared/comment "x")"#));
    let refused = grace.try_command(&format!(r#"SETMETADATA {inbox} (/private/comment "x")"#));
    assert!(
        refused.tagged.starts_with("NO [METADATA NOPRIVATE]"),
        "{refused:?}"
    );
}
