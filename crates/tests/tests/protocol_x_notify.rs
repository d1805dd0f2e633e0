//! NOTIFY (RFC 5465) as a client sees it. Nothing here waits by the clock: a test that expects
//! silence sends NOOP and looks at all that came before its reply.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]

use postern_tests::{ACCOUNT, Client, PASSWORD, ServerUnderTest, message};

/// A watcher and another client of the same account.
fn two(server: &ServerUnderTest) -> (Client, Client) {
    (Client::login(server), Client::login(server))
}

/// Nothing more has been told: what stands before NOOP's reply is what it tells itself.
#[track_caller]
fn silent(client: &mut Client) {
    assert_eq!(client.command("NOOP"), [""; 0]);
}

const MESSAGES: &str = "MessageNew MessageExpunge FlagChange";

#[test]
fn other_mailboxes_are_told_by_status_between_commands() {
    let server = ServerUnderTest::start();
    let (mut client, mut other) = two(&server);
    other.command("CREATE Lists/Lemonade");
    let capabilities = client.command("CAPABILITY").join(" ");
    assert!(capabilities.contains(" NOTIFY"), "{capabilities}");
    let first = client.command(&format!("NOTIFY SET STATUS (subtree Lists ({MESSAGES}))"));
    assert_eq!(first.len(), 2, "{first:?}");
    assert!(first[0].starts_with("* STATUS Lists (MESSAGES 0 UIDNEXT 1 UIDVALIDITY "));
    assert!(first[0].contains(" HIGHESTMODSEQ "), "{first:?}");

    other.append("Lists/Lemonade", "", &message("one"));
    let told = client.expect("* STATUS");
    assert!(
        told[0].starts_with("* STATUS Lists/Lemonade (MESSAGES 1 UIDNEXT 2 UIDVALIDITY "),
        "{told:?}"
    );
    assert!(!told[0].contains("HIGHESTMODSEQ"), "{told:?}");
    other.command("SELECT Lists/Lemonade");
    other.command("STORE 1 +FLAGS (\\Seen)");
    let told = client.expect("* STATUS");
    assert!(
        told[0].ends_with(" UNSEEN 0)") && !told[0].contains("MESSAGES"),
        "{told:?}"
    );
    other.command("STORE 1 +FLAGS.SILENT (\\Deleted)");
    client.expect("* STATUS");
    other.command("EXPUNGE");
    let told = client.expect("* STATUS");
    assert!(told[0].contains("(MESSAGES 0 UIDNEXT 2 "), "{told:?}");

    // Not INBOX, and not what the client does itself.
    other.append("INBOX", "", &message("two"));
    client.append("Lists/Lemonade", "", &message("three"));
    silent(&mut client);
    // With CONDSTORE the MODSEQ is told.
    client.command("ENABLE CONDSTORE");
    other.append("Lists", "", &message("four"));
    let told = client.expect("* STATUS");
    assert!(told[0].starts_with("* STATUS Lists (") && told[0].contains("HIGHESTMODSEQ"));
    client.command("NOTIFY NONE");
    other.append("Lists", "", &message("five"));
    silent(&mut client);
}

#[test]
fn the_selected_mailbox_is_told_with_data_of_new_messages() {
    let server = ServerUnderTest::start();
    let (mut client, mut other) = two(&server);
    client.command(
        "NOTIFY SET (selected (MessageNew (uid body.peek[header.fields (from to subject)]) \
         MessageExpunge FlagChange))",
    );
    client.command("SELECT INBOX");
    other.append("INBOX", "", &message("morning"));
    let told = client.expect("* 1 FETCH");
    assert_eq!(told[0], "* 1 EXISTS");
    let fetched = told.last().unwrap();
    assert!(fetched.starts_with("* 1 FETCH (UID 1 BODY[HEADER.FIELDS (from to subject)] {"));
    assert!(fetched.contains("Subject: morning"), "{fetched}");
    other.command("SELECT INBOX");
    other.command("STORE 1 +FLAGS (\\Flagged)");
    let told = client.expect("* 1 FETCH");
    assert!(
        told[0].contains("UID 1") && told[0].contains("\\Flagged"),
        "{told:?}"
    );
    // Its own message is told by EXISTS only.
    let tag = client.append("INBOX", "", &message("own"));
    assert!(tag.starts_with("OK"));
    silent(&mut client);
    other.command("STORE 1 +FLAGS.SILENT (\\Deleted)");
    other.command("EXPUNGE");
    assert_eq!(client.expect("* 1 EXPUNGE").last().unwrap(), "* 1 EXPUNGE");
}

#[test]
fn delayed_expunges_wait_for_a_command() {
    let server = ServerUnderTest::start();
    let (mut client, mut other) = two(&server);
    other.append("INBOX", "", &message("one"));
    client.command("SELECT INBOX");
    client.command("NOTIFY SET (selected-delayed (MessageNew MessageExpunge))");
    other.command("SELECT INBOX");
    other.command("STORE 1 +FLAGS (\\Deleted)");
    other.command("EXPUNGE");
    other.append("INBOX", "", &message("two"));
    // The message that is gone is still counted.
    client.expect("* 2 EXISTS");
    let recent = client.expect("*");
    assert!(recent[0].ends_with(" RECENT"), "{recent:?}");
    let told = client.command("NOOP");
    assert_eq!(told, ["* 1 EXPUNGE"]);
}

#[test]
fn a_snapshot_of_the_selected_mailbox_stands_still() {
    let server = ServerUnderTest::start();
    let (mut client, mut other) = two(&server);
    other.append("INBOX", "", &message("one"));
    client.command("SELECT INBOX");
    client.command("NOTIFY SET (selected NONE)");
    other.append("INBOX", "", &message("two"));
    other.command("SELECT INBOX");
    other.command("STORE 1 +FLAGS.SILENT (\\Deleted)");
    other.command("EXPUNGE");
    silent(&mut client);
    // The message that is gone keeps its number, and the new one has none.
    let reply = client.try_command("FETCH 1:* UID");
    assert!(reply.tagged.starts_with("NO [EXPUNGEISSUED]"), "{reply:?}");
    assert_eq!(reply.lines(), [""; 0]);
    let told = client.command("NOTIFY SET (selected (MessageNew MessageExpunge))");
    assert_eq!(told[..2], ["* 1 EXPUNGE", "* 1 EXISTS"]);
}

#[test]
fn names_and_subscriptions_are_told_by_list() {
    let server = ServerUnderTest::start();
    let (mut client, mut other) = two(&server);
    client.command("NOTIFY SET (personal (MailboxName SubscriptionChange))");
    other.command("CREATE NewMailbox");
    assert_eq!(
        client.expect("* LIST"),
        ["* LIST (\\HasNoChildren) \"/\" NewMailbox"]
    );
    // The parent is affected too.
    other.command("CREATE NewMailbox/below");
    assert_eq!(
        client.expect("* LIST (\\HasNoChildren)"),
        [
            "* LIST (\\HasChildren) \"/\" NewMailbox",
            "* LIST (\\HasNoChildren) \"/\" NewMailbox/below"
        ]
    );
    other.command("RENAME NewMailbox Old");
    assert_eq!(
        client.expect("* LIST"),
        ["* LIST (\\HasChildren) \"/\" Old (\"OLDNAME\" (NewMailbox))"]
    );
    silent(&mut client);
    other.command("DELETE Old/below");
    assert_eq!(
        client.expect("* LIST (\\NonExistent)"),
        [
            "* LIST (\\HasNoChildren) \"/\" Old",
            "* LIST (\\NonExistent) \"/\" Old/below"
        ]
    );
    other.command("SUBSCRIBE Old");
    assert_eq!(
        client.expect("* LIST"),
        ["* LIST (\\HasNoChildren \\Subscribed) \"/\" Old"]
    );
    other.command("UNSUBSCRIBE Old");
    assert_eq!(
        client.expect("* LIST"),
        ["* LIST (\\HasNoChildren) \"/\" Old"]
    );
    client.command("CREATE Mine");
    client.command("SUBSCRIBE Mine");
    silent(&mut client);
    // SUBSCRIBED is what is subscribed to now.
    client.command("NOTIFY SET (subscribed (SubscriptionChange))");
    other.command("UNSUBSCRIBE Mine");
    assert_eq!(
        client.expect("* LIST"),
        ["* LIST (\\HasNoChildren) \"/\" Mine"]
    );
}

#[test]
fn annotations_are_told_without_enable() {
    let server = ServerUnderTest::start();
    let (mut client, mut other) = two(&server);
    client.command(
        "NOTIFY SET (mailboxes (INBOX none) (MailboxMetadataChange ServerMetadataChange))",
    );
    other.command("SETMETADATA Sent (/shared/comment \"x\")");
    other.command("SETMETADATA INBOX (/shared/comment \"x\")");
    assert_eq!(
        client.expect("* METADATA"),
        ["* METADATA INBOX /shared/comment"]
    );
    other.command("SETMETADATA \"\" (/private/comment \"x\")");
    assert_eq!(
        client.expect("* METADATA"),
        ["* METADATA \"\" /private/comment"]
    );
    other.command("SETMETADATA INBOX (/shared/comment NIL)");
    assert_eq!(
        client.expect("* METADATA"),
        ["* METADATA INBOX /shared/comment"]
    );
}

#[test]
fn idle_tells_the_same_events() {
    let server = ServerUnderTest::start();
    let (mut client, mut other) = two(&server);
    client.command("SELECT INBOX");
    client.command("NOTIFY SET (mailboxes Sent (MessageNew MessageExpunge))");
    client.send("i IDLE");
    client.expect("+");
    other.append("INBOX", "", &message("not told"));
    other.append("Sent", "", &message("told"));
    let told = client.expect("* STATUS");
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(
        told[0].starts_with("* STATUS Sent (MESSAGES 1 UIDNEXT 2 "),
        "{told:?}"
    );
    client.send("DONE");
    client.expect("i OK");
}

#[test]
fn excluded_mailboxes_and_the_selected_one_are_not_told_by_status() {
    let server = ServerUnderTest::start();
    let (mut client, mut other) = two(&server);
    client.command("SELECT Drafts");
    client.command("NOTIFY SET (personal (MessageNew MessageExpunge)) (mailboxes (Sent) NONE)");
    other.append("Sent", "", &message("excluded"));
    other.append("Drafts", "", &message("selected"));
    other.append("INBOX", "", &message("told"));
    let told = client.expect("* STATUS INBOX");
    assert_eq!(told.len(), 1, "{told:?}");
}

#[test]
fn what_is_not_allowed_is_refused() {
    let server = ServerUnderTest::start();
    let mut client = Client::login(&server);
    for (command, answer) in [
        ("NOTIFY", "BAD"),
        ("NOTIFY SET", "BAD"),
        ("NOTIFY SET (selected ())", "BAD"),
        ("NOTIFY SET (elsewhere (MessageNew MessageExpunge))", "BAD"),
        ("NOTIFY SET (personal (MessageNew))", "BAD"),
        ("NOTIFY SET (personal (MessageExpunge))", "BAD"),
        ("NOTIFY SET (personal (FlagChange))", "BAD"),
        (
            "NOTIFY SET (personal (MessageNew (uid) MessageExpunge))",
            "BAD",
        ),
        ("NOTIFY SET (selected (MailboxName))", "BAD"),
        ("NOTIFY SET (selected NONE) (selected-delayed NONE)", "BAD"),
        (
            "NOTIFY SET (personal (MessageNew MessageExpunge AnnotationChange))",
            "NO [BADEVENT (MessageNew MessageExpunge FlagChange MailboxName SubscriptionChange \
             MailboxMetadataChange ServerMetadataChange)]",
        ),
        ("NOTIFY SET (personal (SomethingElse))", "NO [BADEVENT ("),
        (
            "NOTIFY SET (mailboxes none (MessageNew MessageExpunge))",
            "OK",
        ),
        // The first example of section 3.1 has no parentheses around the events.
        (
            "notify set status (selected MessageNew (uid body.peek[header.fields (from to \
             subject)]) MessageExpunge) (subtree Lists MessageNew MessageExpunge)",
            "OK",
        ),
    ] {
        let reply = client.try_command(command);
        assert!(reply.tagged.starts_with(answer), "{command}: {reply:?}");
    }
    let mut early = Client::connect(&server);
    assert!(early.try_command("NOTIFY NONE").tagged.starts_with("BAD"));
}

#[test]
fn it_ends_with_the_login() {
    let server = ServerUnderTest::start();
    let (mut client, mut other) = two(&server);
    client.command("ENABLE METADATA");
    client.command("NOTIFY SET (personal (MessageNew MessageExpunge MailboxMetadataChange))");
    client.command("UNAUTHENTICATE");
    client.command(&format!("LOGIN {ACCOUNT} \"{PASSWORD}\""));
    other.append("Sent", "", &message("one"));
    other.command("SETMETADATA INBOX (/private/comment \"x\")");
    silent(&mut client);
}

#[test]
fn too_much_to_tell_ends_it() {
    let server = ServerUnderTest::start();
    let (mut client, mut other) = two(&server);
    // More than the connection holds while this client does not read: its session waits.
    let mut large = message("large");
    large.resize(24 << 20, b'x');
    other.append("INBOX", "", &large);
    client.command("SELECT INBOX");
    client.command("NOTIFY SET (personal (MailboxName))");
    client.send("f FETCH 1 BODY.PEEK[]");
    let below = vec!["x"; 89].join("/");
    for top in 0..12 {
        other.command(&format!("CREATE {top}/{below}"));
    }
    let reply = client.replies("f");
    let last = reply.untagged.last().unwrap();
    let last = String::from_utf8_lossy(last);
    assert!(
        last.starts_with("* OK [NOTIFICATIONOVERFLOW] "),
        "{last:.200}"
    );
    assert_eq!(reply.untagged.len(), 2);
    other.command("CREATE another");
    silent(&mut client);
}
