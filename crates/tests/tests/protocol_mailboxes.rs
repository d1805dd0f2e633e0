//! CREATE, DELETE, RENAME, SUBSCRIBE and STATUS: RFC 9051 sections 6.3.4 to 6.3.11.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]

use postern_tests::{Client, ServerUnderTest, code, enabled, message, selected, with_messages};

/// The names that LIST tells for a pattern, as written on the wire.
fn names(client: &mut Client, pattern: &str) -> Vec<String> {
    let lines = client.command(&format!("LIST \"\" {pattern}"));
    let name = |line: &String| {
        line.split_once("\"/\" ")
            .unwrap()
            .1
            .trim_matches('"')
            .to_owned()
    };
    lines.iter().map(name).collect()
}

#[track_caller]
fn refused(client: &mut Client, command: &str, wanted: &str) {
    let reply = client.try_command(command);
    assert!(reply.tagged.starts_with(wanted), "{command}: {reply:?}");
}

fn validity(client: &mut Client, name: &str) -> u32 {
    let lines = client.command(&format!("STATUS {name} (UIDVALIDITY)"));
    let (_, rest) = lines[0].split_once("UIDVALIDITY ").unwrap();
    rest.trim_end_matches(')').parse().unwrap()
}

#[test]
fn create_makes_the_parents_too() {
    let server = ServerUnderTest::start();
    let mut client = enabled(&server, "");
    client.command("CREATE a/b/c");
    assert_eq!(names(&mut client, "a*"), ["a", "a/b", "a/b/c"]);
    for name in ["a", "a/b", "a/b/c"] {
        client.command(&format!("SELECT {name}"));
    }
}

/// RFC 9051 section 6.3.4: a separator at the end declares that names will be made below.
#[test]
fn create_takes_a_separator_at_the_end() {
    let server = ServerUnderTest::start();
    let mut client = enabled(&server, "");
    client.command("CREATE work/");
    client.command("CREATE work/plans");
    assert_eq!(names(&mut client, "work*"), ["work", "work/plans"]);
}

#[test]
fn what_exists_cannot_be_created() {
    let server = ServerUnderTest::start();
    let mut client = enabled(&server, "");
    client.command("CREATE a");
    for name in ["a", "a/", "INBOX", "inbox", "InBoX/"] {
        refused(&mut client, &format!("CREATE {name}"), "NO [ALREADYEXISTS]");
    }
}

#[test]
fn bad_names_cannot_be_created() {
    let server = ServerUnderTest::start();
    let mut client = enabled(&server, "");
    let long = "x".repeat(5000);
    let names = [
        "\"\"",
        "a//b",
        "/a",
        "\"/\"",
        "a//",
        "&bad",
        "&-&AGE",
        long.as_str(),
    ];
    for name in names {
        refused(&mut client, &format!("CREATE {name}"), "NO");
    }
    for name in ["a*b", "a%b", "", "(a)", "\"a\\b\""] {
        refused(&mut client, &format!("CREATE {name}"), "BAD");
    }
    client.command("CREATE \"with space\"");
    client.command("CREATE {6+}\r\nquo\"te");
    assert_eq!(client.command("LIST \"\" quo*").len(), 1);
}

#[test]
fn inbox_is_one_name_in_any_case() {
    let server = with_messages(1);
    let mut client = enabled(&server, "");
    for name in ["inbox", "Inbox", "\"iNBOX\"", "{5+}\r\ninbox"] {
        let lines = client.command(&format!("SELECT {name}"));
        assert!(
            lines.contains(&"* 1 EXISTS".to_owned()),
            "{name}: {lines:?}"
        );
    }
    client.command("CREATE inbox/Sub");
    assert_eq!(names(&mut client, "INBOX*"), ["INBOX", "INBOX/Sub"]);
}

#[test]
fn delete_removes_a_mailbox_and_its_mail() {
    let server = ServerUnderTest::start();
    let mut client = enabled(&server, "");
    client.command("CREATE a");
    client.append("a", "", &message("one"));
    client.command("DELETE a");
    assert!(names(&mut client, "a").is_empty());
    refused(&mut client, "SELECT a", "NO [NONEXISTENT]");
    refused(&mut client, "DELETE a", "NO [NONEXISTENT]");
}

#[test]
fn inbox_and_what_has_children_are_not_deleted() {
    let server = ServerUnderTest::start();
    let mut client = enabled(&server, "");
    refused(&mut client, "DELETE inbox", "NO");
    client.command("CREATE a/b");
    refused(&mut client, "DELETE a", "NO [HASCHILDREN]");
    client.command("DELETE a/b");
    client.command("DELETE a");
}

#[test]
fn uidvalidity_grows_when_a_name_is_used_again() {
    let server = ServerUnderTest::start();
    let mut client = enabled(&server, "");
    client.command("CREATE a");
    let first = validity(&mut client, "a");
    client.command("DELETE a");
    client.command("CREATE a");
    let second = validity(&mut client, "a");
    assert!(second > first, "{first} {second}");
    client.command("CREATE b");
    client.command("DELETE a");
    client.command("RENAME b a");
    assert!(validity(&mut client, "a") > second);
}

#[test]
fn deleting_the_selected_mailbox_leaves_it() {
    let server = ServerUnderTest::start();
    let mut client = enabled(&server, "");
    client.command("CREATE a");
    client.command("SELECT a");
    client.command("DELETE a");
    refused(&mut client, "FETCH 1:* FLAGS", "BAD");
    client.command("SELECT INBOX");
}

/// RFC 2180 section 3.3: it can only be told by closing the connection.
#[test]
fn deleting_what_another_session_has_selected_says_bye_to_that() {
    let server = ServerUnderTest::start();
    let mut client = enabled(&server, "");
    client.command("CREATE a");
    let (mut other, mut idle) = (enabled(&server, ""), enabled(&server, ""));
    other.command("SELECT a");
    idle.command("SELECT a");
    idle.send("i IDLE");
    idle.expect("+");
    client.command("DELETE a");
    idle.expect("* BYE ");
    assert_eq!(idle.reply(), None);
    other.send("x NOOP");
    other.expect("* BYE ");
    assert_eq!(other.reply(), None);
}

#[test]
fn rename_takes_the_children_along_and_makes_parents() {
    let server = ServerUnderTest::start();
    let mut client = enabled(&server, "");
    client.command("CREATE a/b/c");
    client.append("a/b", "", &message("one"));
    let before = validity(&mut client, "a/b");
    client.command("RENAME a x/y");
    assert_eq!(names(&mut client, "a*"), Vec::<String>::new());
    assert_eq!(names(&mut client, "x*"), ["x", "x/y", "x/y/b", "x/y/b/c"]);
    assert!(
        client
            .command("SELECT x/y/b")
            .contains(&"* 1 EXISTS".to_owned())
    );
    assert_eq!(validity(&mut client, "x/y/b"), before);
}

#[test]
fn rename_refuses_what_cannot_be() {
    let server = ServerUnderTest::start();
    let mut client = enabled(&server, "");
    client.command("CREATE a/b");
    client.command("CREATE c");
    refused(&mut client, "RENAME nothing x", "NO [NONEXISTENT]");
    refused(&mut client, "RENAME a c", "NO [ALREADYEXISTS]");
    refused(&mut client, "RENAME a a", "NO [ALREADYEXISTS]");
    refused(&mut client, "RENAME a INBOX", "NO [ALREADYEXISTS]");
    refused(&mut client, "RENAME a a/b/c", "NO");
    refused(&mut client, "RENAME a x//y", "NO");
    assert_eq!(names(&mut client, "a*"), ["a", "a/b"]);
}

/// RFC 9051 section 6.3.6: INBOX stays, empty; what is below it stays too.
#[test]
fn renaming_inbox_moves_its_messages() {
    let server = with_messages(3);
    let mut client = enabled(&server, "");
    client.command("CREATE INBOX/Sub");
    let mut other = selected(&server, "");
    client.command("RENAME INBOX Old/Mail");
    assert!(
        client
            .command("SELECT Old/Mail")
            .contains(&"* 3 EXISTS".to_owned())
    );
    assert!(
        client
            .command("SELECT INBOX")
            .contains(&"* 0 EXISTS".to_owned())
    );
    assert_eq!(names(&mut client, "*Sub"), ["INBOX/Sub"]);
    let lines = other.command("NOOP");
    assert_eq!(
        lines
            .iter()
            .filter(|line| line.ends_with("EXPUNGE"))
            .count(),
        3,
        "{lines:?}"
    );
}

#[test]
fn a_renamed_mailbox_stays_selected() {
    let server = ServerUnderTest::start();
    let mut client = enabled(&server, "");
    client.command("CREATE a");
    client.append("a", "", &message("one"));
    client.command("SELECT a");
    enabled(&server, "").command("RENAME a b");
    assert_eq!(client.command("FETCH 1 UID"), ["* 1 FETCH (UID 1)"]);
}

#[test]
fn subscriptions_outlive_the_mailbox() {
    let server = ServerUnderTest::start();
    let mut client = enabled(&server, "");
    client.command("CREATE a");
    client.command("SUBSCRIBE a");
    client.command("SUBSCRIBE a");
    // RFC 9051 section 6.3.7: the server must not unsubscribe by itself.
    client.command("DELETE a");
    let lines = client.command("LSUB \"\" a");
    assert_eq!(lines.len(), 1, "{lines:?}");
    client.command("UNSUBSCRIBE a");
    assert!(client.command("LSUB \"\" a").is_empty());
}

#[test]
fn status_tells_every_item() {
    let server = with_messages(0);
    let mut client = enabled(&server, "");
    client.command("CREATE a");
    client.append("a", r"(\Seen)", b"Subject: a\r\n\r\n12345\r\n");
    client.append("a", r"(\Deleted)", b"Subject: b\r\n\r\n12345\r\n");
    client.append("a", "", b"Subject: c\r\n\r\n12345\r\n");
    let items = "MESSAGES UIDNEXT UNSEEN DELETED SIZE RECENT";
    let lines = client.command(&format!("STATUS a ({items})"));
    let wanted = "* STATUS a (MESSAGES 3 UIDNEXT 4 UNSEEN 2 DELETED 1 SIZE 63 RECENT 3)";
    assert_eq!(lines, [wanted]);
    let lines = client.command("STATUS a (UIDVALIDITY HIGHESTMODSEQ)");
    assert!(
        lines[0].starts_with("* STATUS a (UIDVALIDITY "),
        "{lines:?}"
    );
    refused(&mut client, "STATUS nothing (MESSAGES)", "NO [NONEXISTENT]");
    refused(&mut client, "STATUS a (WHATEVER)", "BAD");
}

#[test]
fn names_are_modified_utf7_until_imap4rev2_is_enabled() {
    let server = ServerUnderTest::start();
    let mut old = enabled(&server, "");
    // RFC 3501 section 5.1.3: "Grüße & Küsse".
    old.command("CREATE \"Gr&APwA3w-e &- K&APw-sse\"");
    assert_eq!(names(&mut old, "Gr*"), ["Gr&APwA3w-e &- K&APw-sse"]);
    let mut new = enabled(&server, "IMAP4rev2");
    assert_eq!(names(&mut new, "Gr*"), ["Gr\u{fc}\u{df}e & K\u{fc}sse"]);
    new.command("SELECT \"Gr\u{fc}\u{df}e & K\u{fc}sse\"");
    new.command("CREATE {8+}\r\n\u{65e5}/\u{672c}x");
    assert_eq!(names(&mut old, "&ZeU-*"), ["&ZeU-", "&ZeU-/&Zyw-x"]);
    new.command("CREATE \"R&D\"");
    assert_eq!(names(&mut old, "R*"), ["R&-D"]);
    refused(&mut new, "CREATE {2+}\r\n\u{fc}", "OK");
}

#[test]
fn select_tells_all_that_imap4rev1_wants() {
    let server = with_messages(2);
    let mut client = enabled(&server, "");
    let reply = client.ok("SELECT INBOX");
    let lines = reply.lines();
    assert!(reply.tagged.starts_with("OK [READ-WRITE]"), "{reply:?}");
    for wanted in ["* 2 EXISTS", "* 2 RECENT"] {
        assert!(lines.contains(&wanted.to_owned()), "{wanted}: {lines:?}");
    }
    let flags = lines
        .iter()
        .find(|line| line.starts_with("* FLAGS ("))
        .expect("FLAGS");
    for flag in [r"\Answered", r"\Flagged", r"\Deleted", r"\Seen", r"\Draft"] {
        assert!(flags.contains(flag), "{flags}");
    }
    assert_eq!(code(&lines, "UNSEEN").as_deref(), Some("1"));
    assert_eq!(code(&lines, "UIDNEXT").as_deref(), Some("3"));
    assert!(code(&lines, "UIDVALIDITY").is_some());
    assert!(code(&lines, "PERMANENTFLAGS").unwrap().contains(r"\*"));
}

/// RFC 9051 section 6.3.2: a LIST response; RECENT and UNSEEN are gone.
#[test]
fn select_tells_all_that_imap4rev2_wants() {
    let server = with_messages(2);
    let mut client = enabled(&server, "IMAP4rev2");
    let lines = client.command("SELECT inbox");
    assert!(lines.contains(&"* 2 EXISTS".to_owned()), "{lines:?}");
    assert!(
        lines
            .iter()
            .any(|line| line.starts_with("* LIST (") && line.ends_with("\"/\" INBOX")),
        "{lines:?}"
    );
    assert!(
        !lines.iter().any(|line| line.ends_with(" RECENT")),
        "{lines:?}"
    );
    assert_eq!(code(&lines, "UNSEEN"), None);
    for wanted in ["UIDNEXT", "UIDVALIDITY", "PERMANENTFLAGS"] {
        assert!(code(&lines, wanted).is_some(), "{wanted}: {lines:?}");
    }
}

#[test]
fn examine_is_read_only() {
    let server = with_messages(1);
    let mut client = enabled(&server, "");
    let reply = client.ok("EXAMINE INBOX");
    assert!(reply.tagged.starts_with("OK [READ-ONLY]"), "{reply:?}");
    assert_eq!(
        code(&reply.lines(), "PERMANENTFLAGS").as_deref(),
        Some("()")
    );
    client.command("FETCH 1 BODY[]");
    assert_eq!(client.command("SEARCH UNSEEN"), ["* SEARCH 1"]);
}

/// RFC 3501 section 2.3.2: one session is told, by SELECT and not by EXAMINE.
#[test]
fn a_message_is_recent_to_one_session() {
    let server = with_messages(2);
    let mut first = enabled(&server, "");
    assert!(
        first
            .command("EXAMINE INBOX")
            .contains(&"* 2 RECENT".to_owned())
    );
    assert!(
        first
            .command("SELECT INBOX")
            .contains(&"* 2 RECENT".to_owned())
    );
    let mut second = enabled(&server, "");
    assert!(
        second
            .command("SELECT INBOX")
            .contains(&"* 0 RECENT".to_owned())
    );
    second.append("INBOX", "", &message("three"));
    assert_eq!(second.command("SEARCH RECENT"), ["* SEARCH 3"]);
    assert!(first.command("NOOP").contains(&"* 3 EXISTS".to_owned()));
    assert_eq!(first.command("SEARCH RECENT"), ["* SEARCH 1 2"]);
    assert_eq!(first.command("SEARCH NEW"), ["* SEARCH 1 2"]);
    assert_eq!(first.command("SEARCH OLD"), ["* SEARCH 3"]);
    let lines = first.command("FETCH 1 FLAGS");
    assert_eq!(lines, [r"* 1 FETCH (FLAGS (\Recent))"]);
}
