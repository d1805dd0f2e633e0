//! UTF8=ACCEPT, RFC 6855.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]

use postern_tests::{Client, ServerUnderTest, literals};

const MESSAGE: &str = "From: =?utf-8?q?J=C3=B8?= <a@example.org>\r\nSubject: Grüße\r\n\r\nText\r\n";

fn enabled(server: &ServerUnderTest) -> Client {
    let mut client = Client::login(server);
    assert_eq!(
        client.command("ENABLE UTF8=ACCEPT"),
        ["* ENABLED UTF8=ACCEPT"]
    );
    // RFC 5161 section 3.2: what is enabled already is not told again.
    assert_eq!(client.command("ENABLE UTF8=ACCEPT"), ["* ENABLED"]);
    client
}

#[test]
fn it_is_announced_after_login_and_can_be_masked() {
    let server = ServerUnderTest::start();
    assert!(!Client::connect(&server).greeting().contains("UTF8="));
    let mut client = Client::login(&server);
    assert!(client.command("CAPABILITY")[0].contains(" UTF8=ACCEPT"));
    let server = ServerUnderTest::start_with(
        "[extensions]\nmasks = [{ capabilities = [\"UTF8=ACCEPT\"] }]\n",
    );
    let mut client = Client::login(&server);
    assert!(!client.command("CAPABILITY")[0].contains("UTF8="));
    assert_eq!(client.command("ENABLE UTF8=ACCEPT"), ["* ENABLED"]);
    client.append("INBOX", "", MESSAGE.as_bytes());
}

#[test]
fn mailbox_names_are_in_utf8_for_who_enabled_it() {
    let server = ServerUnderTest::start();
    let mut client = enabled(&server);
    let mut old = Client::login(&server);
    // Section 3: in quotes, and in a literal.
    client.command("CREATE \"Entwürfe & mehr\"");
    client.send("x CREATE {6+}\r\n草稿");
    client.expect("x OK");
    client.command("SUBSCRIBE \"草稿\"");
    let name = |lines: Vec<String>| -> String {
        let line = lines.iter().find(|line| !line.contains("INBOX")).unwrap();
        line.rsplit_once("\"/\" ").unwrap().1.to_owned()
    };
    let is = |seen: String, expected: &str| {
        let literal = format!("{{{}}}\r\n{expected}", expected.len());
        assert!(
            [format!("\"{expected}\""), literal].contains(&seen),
            "{seen}"
        );
    };
    is(
        name(client.command("LIST \"\" \"Entw*\"")),
        "Entwürfe & mehr",
    );
    is(name(client.command("LSUB \"\" 草*")), "草稿");
    // RFC 3501 section 5.1.3, worked out by hand: U+8349 U+7A3F is 83 49 7A 3F, in base64 g0l6Pw.
    is(name(old.command("LSUB \"\" &g0l6Pw-")), "&g0l6Pw-");
    is(
        name(old.command("LIST \"\" \"Entw*\"")),
        "Entw&APw-rfe &- mehr",
    );
    // Who has not enabled it may use extended quoting too.
    old.command("SELECT \"草稿\"");
    let status = client.command("STATUS \"草稿\" (MESSAGES)");
    assert!(status[0].contains("草稿"), "{status:?}");
    // `&-` is no ampersand here.
    assert!(
        client
            .try_command("SELECT &g0l6Pw-")
            .tagged
            .starts_with("NO")
    );
    let bad = [b"b SELECT \"".as_slice(), b"\xfc", b"\"\r\n"].concat();
    client.send_raw(&bad);
    client.expect("b BAD");
}

#[test]
fn a_header_in_utf8_is_appended_by_who_enabled_it() {
    let server = ServerUnderTest::start();
    let mut client = enabled(&server);
    let mut old = Client::login(&server);
    // Section 4 would have NO for who has not enabled it; no mail is lost here for that.
    let size = MESSAGE.len();
    old.append("INBOX", "", MESSAGE.as_bytes());
    client.send(&format!("u APPEND INBOX (\\Seen) UTF8 (~{{{size}}}"));
    client.expect("+");
    client.send(&format!("{MESSAGE})"));
    client.expect("u OK [APPENDUID");
    client.send(&format!("v APPEND INBOX UTF8 (~{{{size}+}}\r\n{MESSAGE})"));
    client.expect("v OK [APPENDUID");
    client.command("SELECT INBOX");
    let whole = client.ok("FETCH 2 BODY.PEEK[]");
    assert_eq!(literals(&whole.untagged[0]), [MESSAGE.as_bytes()]);
    let envelope = client.command("FETCH 2 ENVELOPE");
    assert!(envelope[0].contains("Grüße"), "{envelope:?}");
    // A client that has not enabled it is sent nothing but ASCII in an envelope.
    old.command("SELECT INBOX");
    let envelope = old.command("FETCH 2 ENVELOPE");
    assert!(envelope[0].is_ascii(), "{envelope:?}");
}

#[test]
fn search_is_in_utf8_without_a_charset() {
    let server = ServerUnderTest::start();
    let mut client = enabled(&server);
    let size = MESSAGE.len();
    client.send(&format!("u APPEND INBOX UTF8 (~{{{size}+}}\r\n{MESSAGE})"));
    client.expect("u OK");
    client.command("SELECT INBOX");
    assert_eq!(
        client.command("SEARCH SUBJECT \"grüsse\""),
        client.command("SEARCH SUBJECT \"Grüße\"")
    );
    assert_eq!(client.command("SEARCH FROM \"jø\""), ["* SEARCH 1"]);
    for charset in ["UTF-8", "US-ASCII"] {
        let reply = client.try_command(&format!("SEARCH CHARSET {charset} ALL"));
        assert!(reply.tagged.starts_with("BAD"), "{reply:?}");
    }
    let mut old = Client::login(&server);
    old.command("SELECT INBOX");
    assert_eq!(old.command("SEARCH CHARSET UTF-8 ALL"), ["* SEARCH 1"]);
}
