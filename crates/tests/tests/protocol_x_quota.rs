//! QUOTA: RFC 9208.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]

use postern_tests::{ACCOUNT, Client, Lmtp, SECOND_ACCOUNT, ServerUnderTest};

/// A message of this many octets.
fn message(size: usize) -> Vec<u8> {
    let mut message = b"Subject: s\r\n\r\n".to_vec();
    message.resize(size - 2, b'x');
    message.extend_from_slice(b"\r\n");
    message
}

/// The tagged answer to an APPEND of a message of this size.
fn append(client: &mut Client, mailbox: &str, size: usize) -> String {
    client.send(&format!("a APPEND {mailbox} {{{size}+}}"));
    client.send_raw(&[&message(size)[..], b"\r\n"].concat());
    client.replies("a").tagged
}

/// What `GETQUOTA` tells of a root.
#[track_caller]
fn quota(client: &mut Client, root: &str) -> String {
    let lines = client.command(&format!("GETQUOTA {root}"));
    let told = lines[0].strip_prefix(&format!("* QUOTA {root} ("));
    let told = told.unwrap_or_else(|| panic!("{lines:?}"));
    told.strip_suffix(')').unwrap().to_owned()
}

fn capabilities(client: &mut Client) -> Vec<String> {
    let lines = client.command("CAPABILITY");
    lines[0].split(' ').map(str::to_owned).collect()
}

const ADMINISTERED: &str = "[quota]\nadministrators = [\"ANN@example.org\"]\n";

fn administered() -> (ServerUnderTest, Client) {
    let server = ServerUnderTest::configured(ADMINISTERED);
    server.add_account("ann@example.org");
    let admin = Client::login_as(&server, "ann@example.org");
    (server, admin)
}

#[test]
fn what_is_held_is_told_with_its_limits() {
    let text = "[quota]\nstorage = \"10KiB\"\nmessages = 5\nmailboxes = 8\n";
    let server = ServerUnderTest::configured(text);
    let mut client = Client::login(&server);
    let names = capabilities(&mut client);
    for name in [
        "QUOTA",
        "QUOTA=RES-STORAGE",
        "QUOTA=RES-MESSAGE",
        "QUOTA=RES-MAILBOX",
    ] {
        assert!(names.iter().any(|it| it == name), "{names:?}");
    }
    assert!(!names.iter().any(|it| it == "QUOTASET"), "{names:?}");
    let empty = "STORAGE 0 10 MESSAGE 0 5 MAILBOX 6 8";
    assert_eq!(quota(&mut client, ACCOUNT), empty);
    append(&mut client, "INBOX", 1025);
    let lines = client.command("GETQUOTAROOT Drafts");
    let told = "STORAGE 2 10 MESSAGE 1 5 MAILBOX 6 8";
    let root = format!("* QUOTAROOT Drafts {ACCOUNT}");
    assert_eq!(lines, [root, format!("* QUOTA {ACCOUNT} ({told})")]);
    // A name that could become a mailbox's.
    let lines = client.command("GETQUOTAROOT not/yet/there");
    assert_eq!(lines[0], format!("* QUOTAROOT not/yet/there {ACCOUNT}"));
    client.command("CREATE a/b");
    client.command("SELECT INBOX");
    client.command("COPY 1 a/b");
    let told = "STORAGE 3 10 MESSAGE 2 5 MAILBOX 8 8";
    assert_eq!(quota(&mut client, ACCOUNT), told);
    client.command("DELETE a/b");
    let told = "STORAGE 2 10 MESSAGE 1 5 MAILBOX 7 8";
    assert_eq!(quota(&mut client, ACCOUNT), told);
}

#[test]
fn nobody_learns_what_others_hold() {
    let (server, mut admin) = administered();
    let mut client = Client::login(&server);
    for root in [
        SECOND_ACCOUNT,
        "ann@example.org",
        "nobody",
        "\"\"",
        "\"\\\"'; --\"",
    ] {
        let reply = client.try_command(&format!("GETQUOTA {root}"));
        let same = "NO [NONEXISTENT] There is no such quota root";
        assert_eq!(reply.tagged, same, "{root}");
        assert!(reply.untagged.is_empty());
    }
    let reply = client.try_command(&format!("SETQUOTA {ACCOUNT} (STORAGE 1)"));
    assert!(reply.tagged.starts_with("NO [NOPERM]"), "{reply:?}");
    let own = quota(&mut client, ACCOUNT);
    assert_eq!(quota(&mut admin, ACCOUNT), own);
    // Before login there is nothing at all.
    let mut stranger = Client::connect(&server);
    for command in ["GETQUOTA x", "GETQUOTAROOT INBOX", "SETQUOTA x ()"] {
        let reply = stranger.try_command(command);
        assert!(reply.tagged.starts_with("BAD"), "{command}: {reply:?}");
    }
}

#[test]
fn every_way_to_more_than_the_limit_is_overquota() {
    let text = "[quota]\nstorage = \"1000B\"\nmessages = 4\nmailboxes = 8\n";
    let server = ServerUnderTest::configured(text);
    let mut client = Client::login(&server);
    assert!(append(&mut client, "INBOX", 600).starts_with("OK"));
    let refused = append(&mut client, "INBOX", 401);
    assert!(refused.starts_with("NO [OVERQUOTA]"), "{refused}");
    assert!(append(&mut client, "INBOX", 300).starts_with("OK"));
    client.command("SELECT INBOX");
    let over = |client: &mut Client, command: &str| {
        let reply = client.try_command(command);
        assert!(
            reply.tagged.starts_with("NO [OVERQUOTA]"),
            "{command}: {reply:?}"
        );
    };
    over(&mut client, "COPY 1 Drafts");
    over(&mut client, "UID COPY 1:* Drafts");
    over(&mut client, "CREATE a/b/c");
    over(&mut client, "RENAME Junk a/b/c/d");
    let urls = "CATENATE (URL \"/INBOX/;UID=1\" URL \"/INBOX/;UID=2\")";
    over(&mut client, &format!("APPEND Drafts {urls}"));
    let (one, two) = (message(60), message(60));
    client.send("a APPEND Drafts {60+}");
    client.send_raw(&[&one[..], b" {60+}\r\n", &two, b"\r\n"].concat());
    let all_or_none = client.replies("a").tagged;
    assert!(all_or_none.starts_with("NO [OVERQUOTA]"), "{all_or_none}");
    for (size, expected) in [(401, "NO [OVERQUOTA]"), (400, "OK")] {
        client.send(&format!("a REPLACE 2 INBOX {{{size}+}}"));
        client.send_raw(&[&message(size)[..], b"\r\n"].concat());
        let reply = client.replies("a").tagged;
        assert!(reply.starts_with(expected), "{size}: {reply}");
    }
    // MOVE needs no room, RENAME of INBOX neither.
    client.ok("MOVE 1 Drafts");
    client.ok("RENAME INBOX old");
    let told = "STORAGE 1 1 MESSAGE 2 4 MAILBOX 7 8";
    assert_eq!(quota(&mut client, ACCOUNT), told);
    let refused = append(&mut client, "INBOX", 20);
    assert!(refused.starts_with("NO [OVERQUOTA]"), "{refused}");
    client.command("SELECT Drafts");
    client.command("STORE 1 +FLAGS.SILENT (\\Deleted)");
    let status = client.command("STATUS Drafts (DELETED DELETED-STORAGE)");
    assert_eq!(status, ["* STATUS Drafts (DELETED 1 DELETED-STORAGE 600)"]);
    client.command("EXPUNGE");
    assert!(append(&mut client, "INBOX", 600).starts_with("OK"));
}

#[test]
fn appends_at_once_never_pass_the_limit() {
    let text = "[quota]\nstorage = \"10000B\"\n";
    let server = ServerUnderTest::configured(text);
    let accepted: usize = std::thread::scope(|scope| {
        let one = || {
            let mut client = Client::login(&server);
            let taken = append(&mut client, "INBOX", 999);
            let over = taken.starts_with("NO [OVERQUOTA]");
            assert!(over || taken.starts_with("OK"), "{taken}");
            usize::from(!over)
        };
        let racers: Vec<_> = (0..48).map(|_| scope.spawn(one)).collect();
        racers.into_iter().map(|racer| racer.join().unwrap()).sum()
    });
    assert_eq!(accepted, 10);
    let mut client = Client::login(&server);
    let status = client.command("STATUS INBOX (MESSAGES SIZE)");
    assert_eq!(status, ["* STATUS INBOX (MESSAGES 10 SIZE 9990)"]);
    let told = quota(&mut client, ACCOUNT);
    assert!(told.starts_with("STORAGE 10 10 MESSAGE 10 "), "{told}");
}

#[test]
fn an_administrator_sets_what_counts_at_once() {
    let (server, mut admin) = administered();
    assert!(capabilities(&mut admin).iter().any(|it| it == "QUOTASET"));
    let mut client = Client::login(&server);
    assert!(append(&mut client, "INBOX", 3000).starts_with("OK"));
    let lines = admin.command(&format!("SETQUOTA {ACCOUNT} (STORAGE 5 message 2)"));
    let told = "STORAGE 3 5 MESSAGE 1 2 MAILBOX 6 10000";
    assert_eq!(lines, [format!("* QUOTA {ACCOUNT} ({told})")]);
    assert_eq!(quota(&mut client, ACCOUNT), told);
    let refused = append(&mut client, "INBOX", 2121);
    assert!(refused.starts_with("NO [OVERQUOTA]"), "{refused}");
    assert!(append(&mut client, "INBOX", 2120).starts_with("OK"));
    // What is not named is discarded.
    admin.command(&format!("SETQUOTA {ACCOUNT} (MESSAGE 3)"));
    let told = "MESSAGE 2 3 MAILBOX 6 10000";
    assert_eq!(quota(&mut client, ACCOUNT), told);
    // Zero: nothing more; what is there stays.
    admin.command(&format!("SETQUOTA {ACCOUNT} (STORAGE 0 MAILBOX 0)"));
    let told = "STORAGE 5 0 MESSAGE 2 2000000 MAILBOX 6 0";
    assert_eq!(quota(&mut client, ACCOUNT), told);
    let refused = append(&mut client, "INBOX", 20);
    assert!(refused.starts_with("NO [OVERQUOTA]"), "{refused}");
    admin.command(&format!("SETQUOTA {ACCOUNT} ()"));
    assert!(append(&mut client, "INBOX", 20).starts_with("OK"));
}

#[test]
fn strange_limits_do_no_harm() {
    let (_server, mut admin) = administered();
    for limits in [
        "(STORAGE -1)",
        "(STORAGE 9223372036854775808)",
        "(STORAGE 99999999999999999999999)",
        "(STORAGE 1 STORAGE 2)",
        "(STORAGE)",
        "STORAGE 1",
    ] {
        let reply = admin.try_command(&format!("SETQUOTA {ACCOUNT} {limits}"));
        assert!(reply.tagged.starts_with("BAD"), "{limits}: {reply:?}");
    }
    for limits in ["(X-THING 1)", "(STORAGE 1 ANNOTATION-STORAGE 1)"] {
        let reply = admin.try_command(&format!("SETQUOTA {ACCOUNT} {limits}"));
        assert!(
            reply.tagged.starts_with("NO [CANNOT]"),
            "{limits}: {reply:?}"
        );
    }
    let reply = admin.try_command("SETQUOTA nobody (STORAGE 1)");
    assert!(reply.tagged.starts_with("NO [NONEXISTENT]"), "{reply:?}");
    let most = i64::MAX;
    let limits = format!("(STORAGE {most} MESSAGE {most} MAILBOX {most})");
    admin.command(&format!("SETQUOTA {ACCOUNT} {limits}"));
    let told = "MESSAGE 0 2000000 MAILBOX 6 10000";
    assert_eq!(quota(&mut admin, ACCOUNT), told);
}

#[test]
fn an_operator_sets_what_counts_at_once_and_ends_no_session() {
    let server = ServerUnderTest::configured("[quota]\nmessages = 1\n");
    let mut client = Client::login(&server);
    client.command("SELECT INBOX");
    let set = |arguments: &[&str]| server.account(&[&["quota", ACCOUNT], arguments].concat(), "");
    set(&[
        "--storage",
        "2KiB",
        "--messages",
        "2",
        "--mailboxes",
        "none",
    ]);
    let told = "STORAGE 0 2 MESSAGE 0 2 MAILBOX 6 10000";
    assert_eq!(quota(&mut client, ACCOUNT), told);
    assert!(append(&mut client, "INBOX", 2048).starts_with("OK"));
    let refused = append(&mut client, "INBOX", 20);
    assert!(refused.starts_with("NO [OVERQUOTA]"), "{refused}");
    set(&["--storage", "default"]);
    assert!(append(&mut client, "INBOX", 20).starts_with("OK"));
    let shown = String::from_utf8(set(&[]).stdout).unwrap();
    assert_eq!(shown, "storage default, messages 2, mailboxes none\n");
    set(&["--default"]);
    let told = "MESSAGE 2 1 MAILBOX 6 10000";
    assert_eq!(quota(&mut client, ACCOUNT), told);
    // Who has more than the limit keeps it, and may not get more.
    let refused = append(&mut client, "INBOX", 20);
    assert!(refused.starts_with("NO [OVERQUOTA]"), "{refused}");
}

#[test]
fn a_delivery_over_the_limit_waits_or_goes_back() {
    for (option, code) in [("", "452 4.2.2"), ("reject = true\n", "552 5.2.2")] {
        let text = format!("[quota]\nstorage = \"1KiB\"\n{option}");
        let server = ServerUnderTest::configured(&text);
        server.account(&["quota", SECOND_ACCOUNT, "--storage", "1MiB"], "");
        let mut agent = Lmtp::connect(&server);
        let replies = agent.deliver(&[ACCOUNT, SECOND_ACCOUNT], &message(2000));
        assert!(replies[0].starts_with(code), "{replies:?}");
        assert!(replies[1].starts_with("250"), "{replies:?}");
        let small = agent.deliver(&[ACCOUNT], b"Subject: small\r\n\r\n");
        assert!(small[0].starts_with("250"), "{small:?}");
    }
}
