//! METADATA (RFC 5464) and LIST-METADATA (RFC 9590) as a client sees them.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]

use postern_tests::{Client, SECOND_ACCOUNT, ServerUnderTest};

fn set(client: &mut Client, mailbox: &str, entries: &str) {
    client.command(&format!("SETMETADATA {mailbox} ({entries})"));
}

#[test]
fn annotations_are_announced_set_told_and_removed() {
    let server = ServerUnderTest::start();
    let mut client = Client::login(&server);
    let capabilities = client.command("CAPABILITY").join(" ");
    for name in [" METADATA", " LIST-METADATA"] {
        assert!(capabilities.contains(name), "{capabilities}");
    }
    let both = "/private/comment \"My new comment\" /shared/comment \"This one is for you!\"";
    set(&mut client, "INBOX", both);
    assert_eq!(
        client.command("GETMETADATA \"INBOX\" (/shared/comment /private/comment)"),
        [
            "* METADATA INBOX (/shared/comment \"This one is for you!\" /private/comment \"My new comment\")"
        ]
    );
    assert_eq!(
        client.command("GETMETADATA INBOX /Private/COMMENT"),
        ["* METADATA INBOX (/private/comment \"My new comment\")"]
    );
    set(&mut client, "INBOX", "/private/comment NIL");
    assert_eq!(
        client.command("GETMETADATA INBOX /private/comment"),
        ["* METADATA INBOX (/private/comment NIL)"]
    );
    // Another account sees nothing of it.
    let mut other = Client::login_as(&server, SECOND_ACCOUNT);
    assert_eq!(
        other.command("GETMETADATA INBOX /shared/comment"),
        ["* METADATA INBOX (/shared/comment NIL)"]
    );
}

#[test]
fn values_of_several_lines_and_of_any_octets() {
    let server = ServerUnderTest::start();
    let mut client = Client::login(&server);
    client.send("a SETMETADATA INBOX (/private/comment {33}");
    client.expect("+");
    client.send("My new comment across\r\ntwo lines.)");
    client.expect("a OK");
    client.send_raw(b"b SETMETADATA \"\" (/private/vendor/v/b ~{4+}\r\n\0\xff\r\n)\r\n");
    client.expect("b OK");
    assert_eq!(
        client.command("GETMETADATA INBOX /private/comment"),
        ["* METADATA INBOX (/private/comment {33}\r\nMy new comment across\r\ntwo lines.)"]
    );
    let reply = client.ok("GETMETADATA \"\" /private/vendor/v/b");
    assert_eq!(
        reply.untagged,
        [b"* METADATA \"\" (/private/vendor/v/b ~{4}\r\n\0\xff\r\n)".to_vec()]
    );
}

#[test]
fn max_size_and_depth() {
    let server = ServerUnderTest::start();
    let mut client = Client::login(&server);
    let long = "x".repeat(2199);
    client.send("a SETMETADATA INBOX (/shared/comment {2199}");
    client.expect("+");
    client.send(&format!("{long} /private/comment \"My own comment\")"));
    client.expect("a OK");
    // RFC 5464 section 4.2.1, and its grammar.
    for command in [
        "GETMETADATA \"INBOX\" (MAXSIZE 1024) (/shared/comment /private/comment)",
        "GETMETADATA (MAXSIZE 1024) \"INBOX\" (/shared/comment /private/comment)",
    ] {
        let reply = client.ok(command);
        assert_eq!(
            reply.lines(),
            ["* METADATA INBOX (/private/comment \"My own comment\")"]
        );
        assert!(
            reply.tagged.starts_with("OK [METADATA LONGENTRIES 2199]"),
            "{reply:?}"
        );
    }
    set(
        &mut client,
        "INBOX",
        "/private/filters/values/small \"SMALLER 5000\" \
         /private/filters/values/boss \"FROM \\\"boss@example.com\\\"\" \
         /private/filters/values/boss/deep \"x\"",
    );
    assert_eq!(
        client.command("GETMETADATA \"INBOX\" (DEPTH 1) (/private/filters/values)"),
        [
            "* METADATA INBOX (/private/filters/values/boss \"FROM \\\"boss@example.com\\\"\" \
          /private/filters/values/small \"SMALLER 5000\")"
        ]
    );
    let all = client.command("GETMETADATA (DEPTH infinity) INBOX /private/filters");
    assert!(
        all[0].contains("/private/filters/values/boss/deep \"x\""),
        "{all:?}"
    );
}

#[test]
fn what_cannot_be_set_is_refused_whole() {
    let server = ServerUnderTest::start();
    let mut client = Client::login(&server);
    let refused = |client: &mut Client, command: &str, answer: &str| {
        let reply = client.try_command(command);
        assert!(reply.tagged.starts_with(answer), "{command}: {reply:?}");
    };
    refused(&mut client, "SETMETADATA none (/private/a \"x\")", "NO");
    refused(&mut client, "GETMETADATA none /private/a", "NO");
    refused(&mut client, "SETMETADATA INBOX (/private/a* \"x\")", "BAD");
    refused(&mut client, "SETMETADATA INBOX (/private//a \"x\")", "BAD");
    refused(&mut client, "GETMETADATA INBOX (/private/a/)", "BAD");
    refused(
        &mut client,
        "SETMETADATA \"\" (/shared/admin \"mailto:a@b\")",
        "NO [NOPERM]",
    );
    let large = "x".repeat(64 * 1024 + 1);
    client.send_raw(
        format!(
            "a SETMETADATA INBOX (/private/a \"1\" /private/b {{{}+}}\r\n{large})\r\n",
            large.len()
        )
        .as_bytes(),
    );
    client.expect("a NO [METADATA MAXSIZE 65536]");
    client.send("b SETMETADATA INBOX (/private/b {1000000000}");
    client.expect("b NO [METADATA MAXSIZE 65536]");
    assert_eq!(
        client.command("GETMETADATA INBOX /private/a"),
        ["* METADATA INBOX (/private/a NIL)"]
    );
    for i in 0..100 {
        set(&mut client, "INBOX", &format!("/private/{i} \"x\""));
    }
    refused(
        &mut client,
        "SETMETADATA INBOX (/private/comment \"x\")",
        "NO [METADATA TOOMANY]",
    );
    set(
        &mut client,
        "INBOX",
        "/private/1 NIL /private/comment \"x\"",
    );
}

#[test]
fn annotations_follow_the_mailbox() {
    let server = ServerUnderTest::start();
    let mut client = Client::login(&server);
    client.command("CREATE one");
    set(&mut client, "one", "/private/comment \"x\"");
    set(&mut client, "INBOX", "/private/comment \"i\"");
    client.command("RENAME one two");
    client.command("RENAME INBOX old");
    let comment = |client: &mut Client, mailbox: &str| {
        let told = client.command(&format!("GETMETADATA {mailbox} /private/comment"));
        told[0].rsplit_once("comment ").unwrap().1.to_owned()
    };
    assert_eq!(comment(&mut client, "two"), "\"x\")");
    assert_eq!(comment(&mut client, "old"), "\"i\")");
    assert_eq!(comment(&mut client, "INBOX"), "\"i\")");
    client.command("DELETE two");
    client.command("CREATE two");
    assert_eq!(comment(&mut client, "two"), "NIL)");
}

#[test]
fn who_enables_it_is_told_what_others_change() {
    let server = ServerUnderTest::start();
    let mut client = Client::login(&server);
    let mut other = Client::login(&server);
    set(&mut other, "INBOX", "/private/before \"x\"");
    assert_eq!(client.command("ENABLE METADATA"), ["* ENABLED METADATA"]);
    assert_eq!(client.command("NOOP"), [""; 0]);
    set(
        &mut other,
        "INBOX",
        "/shared/comment \"x\" /private/comment \"y\" /private/before NIL",
    );
    set(&mut other, "\"\"", "/private/vendor/v/x \"z\"");
    assert_eq!(
        client.command("NOOP"),
        [
            "* METADATA \"\" /private/vendor/v/x",
            "* METADATA INBOX /private/before /private/comment /shared/comment"
        ]
    );
    // Not one's own, and not without ENABLE.
    set(&mut client, "INBOX", "/shared/comment \"z\"");
    assert_eq!(client.command("NOOP"), [""; 0]);
    assert_eq!(other.command("NOOP"), [""; 0]);
    // While it idles.
    client.send("i IDLE");
    client.expect("+");
    set(&mut other, "INBOX", "/shared/comment \"w\"");
    assert_eq!(
        client.expect("* METADATA"),
        ["* METADATA INBOX /shared/comment"]
    );
    client.send("DONE");
    client.expect("i OK");
}

#[test]
fn list_tells_annotations() {
    let server = ServerUnderTest::start();
    let mut client = Client::login(&server);
    let color = "/shared/vendor/cmu/cyrus-imapd/color";
    client.command("CREATE foo/bar");
    set(&mut client, "INBOX", &format!("{color} \"#b71c1c\""));
    assert_eq!(
        client.command(&format!(
            "LIST \"\" (INBOX foo) RETURN (METADATA (\"{color}\"))"
        )),
        [
            "* LIST (\\HasNoChildren) \"/\" INBOX".to_owned(),
            format!("* METADATA INBOX ({color} \"#b71c1c\")"),
            "* LIST (\\HasChildren) \"/\" foo".to_owned(),
            format!("* METADATA foo ({color} NIL)"),
        ]
    );
    client.command("SUBSCRIBE foo/bar");
    let told = client.command(&format!(
        "LIST (SUBSCRIBED RECURSIVEMATCH) \"\" foo RETURN (METADATA (\"{color}\") STATUS (MESSAGES))"
    ));
    assert_eq!(
        told,
        ["* LIST (\\HasChildren) \"/\" foo (\"CHILDINFO\" (\"SUBSCRIBED\"))"]
    );
}
