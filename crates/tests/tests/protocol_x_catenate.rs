//! CATENATE (RFC 4469) and URL-PARTIAL (RFC 5550 section 5.7.1).

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]

use postern_tests::{Client, Reply, ServerUnderTest, literals};

const HEADER: &str = "Subject: trip\r\nTo: foo@example.net\r\n\
                      Content-Type: multipart/mixed; boundary=b\r\n\r\n";
const FIRST_MIME: &str = "Content-Type: text/plain\r\n\r\n";
const SECOND_MIME: &str = "Content-Type: application/x-zip-compressed\r\n\r\n";

fn draft() -> String {
    format!("{HEADER}--b\r\n{FIRST_MIME}Hello\r\n--b\r\n{SECOND_MIME}PK octets\r\n--b--\r\n")
}

/// A server with the draft in `Work Mail` under UID 1, and the mailbox's UIDVALIDITY.
fn start() -> (ServerUnderTest, Client, String) {
    let server = ServerUnderTest::start();
    let mut client = Client::login(&server);
    client.command("CREATE \"Work Mail\"");
    client.command("CREATE Target");
    client.append("\"Work Mail\"", "", draft().as_bytes());
    let lines = client.command("STATUS \"Work Mail\" (UIDVALIDITY)");
    let (_, rest) = lines[0].split_once("UIDVALIDITY ").unwrap();
    let validity = rest.trim_end_matches(')').to_owned();
    (server, client, validity)
}

fn catenate(client: &mut Client, parts: &str) -> Reply {
    client.send(&format!(
        "c APPEND Target (\\Seen \\Draft) CATENATE ({parts})"
    ));
    client.replies("c")
}

fn text(octets: &str) -> String {
    format!("TEXT {{{}+}}\r\n{octets}", octets.len())
}

fn last_message(client: &mut Client) -> String {
    client.command("SELECT Target");
    let reply = client.ok("FETCH * (FLAGS BODY.PEEK[])");
    let fetched = reply
        .untagged
        .iter()
        .find(|line| !literals(line).is_empty());
    String::from_utf8(literals(fetched.unwrap()).remove(0)).unwrap()
}

/// Example 1 of RFC 4469 appendix A: another attachment, the rest as it was.
#[test]
fn an_attachment_is_replaced_in_a_draft() {
    let (_server, mut client, validity) = start();
    let capabilities = client.command("CAPABILITY");
    let announced = |name: &str| capabilities[0].split(' ').any(|word| word == name);
    assert!(
        announced("CATENATE") && announced("URL-PARTIAL"),
        "{capabilities:?}"
    );
    client.append("Target", "", b"New attachment\r\n");
    let url =
        |section: &str| format!("URL \"/Work%20Mail;UIDVALIDITY={validity}/;UID=1{section}\"");
    let parts = [
        url("/;section=HEADER"),
        text("--b\r\n"),
        url("/;section=1.MIME"),
        url("/;SECTION=1"),
        text("\r\n--b\r\n"),
        "URL \"/Target/;UID=1\"".to_owned(),
        text("--b--\r\n"),
    ];
    let reply = catenate(&mut client, &parts.join(" "));
    assert!(reply.tagged.starts_with("OK [APPENDUID "), "{reply:?}");
    assert!(reply.tagged.contains(" 2] "), "{reply:?}");
    assert_eq!(
        last_message(&mut client),
        format!("{HEADER}--b\r\n{FIRST_MIME}Hello\r\n--b\r\nNew attachment\r\n--b--\r\n")
    );
    // Neither the source nor the selected mailbox has changed.
    let lines = client.command("STATUS \"Work Mail\" (UNSEEN)");
    assert!(lines[0].ends_with("(UNSEEN 1)"), "{lines:?}");
}

#[test]
fn whole_messages_ranges_and_fields() {
    let (_server, mut client, _) = start();
    let parts = [
        "URL \"/Work%20Mail/;UID=1/;SECTION=HEADER.FIELDS%20(To)\"".to_owned(),
        "URL \"/Work%20Mail/;UID=1/;SECTION=1/;PARTIAL=1.3\"".to_owned(),
        text("|"),
        "URL \"/Work%20Mail/;UID=1/;PARTIAL=0.8\"".to_owned(),
        text("|"),
        "URL \"/Work%20Mail/;UID=1/;SECTION=2/;PARTIAL=3\"".to_owned(),
    ];
    let reply = catenate(&mut client, &parts.join(" "));
    assert!(reply.tagged.starts_with("OK "), "{reply:?}");
    assert_eq!(
        last_message(&mut client),
        "To: foo@example.net\r\n\r\nell|Subject:|octets"
    );
}

/// Example 4 of RFC 4469 appendix A, and section 4.1: a body part that is not there is BADURL too
/// (Dovecot takes it for an empty one).
#[test]
fn a_url_that_names_nothing_is_told_and_nothing_is_appended() {
    let (_server, mut client, validity) = start();
    let wrong = validity.parse::<u32>().unwrap() + 1;
    let bad = [
        "/Work%20Mail/;UID=2".to_owned(),
        "/Nowhere/;UID=1".to_owned(),
        format!("/Work%20Mail;UIDVALIDITY={wrong}/;UID=1"),
        "/Work%20Mail/;UID=1/;section=1.5.9".to_owned(),
        "/Work%20Mail".to_owned(),
        "imap://other.example/INBOX/;UID=1".to_owned(),
    ];
    for url in bad {
        let good = "URL \"/Work%20Mail/;UID=1\"";
        let reply = catenate(
            &mut client,
            &format!("{good} URL \"{url}\" URL \"/later/;UID=1\""),
        );
        assert!(reply.tagged.starts_with("NO [BADURL "), "{url}: {reply:?}");
        assert!(reply.tagged.contains(&url), "{url}: {reply:?}");
    }
    let lines = client.command("STATUS Target (MESSAGES)");
    assert_eq!(lines, ["* STATUS Target (MESSAGES 0)"]);
}

#[test]
fn many_catenated_messages_are_all_or_none() {
    let (_server, mut client, _) = start();
    let good = "CATENATE (URL \"/Work%20Mail/;UID=1/;SECTION=1\")";
    let bad = "CATENATE (URL \"/Work%20Mail/;UID=9\")";
    let refused = client.try_command(&format!("APPEND Target {good} (\\Seen) {bad}"));
    assert!(refused.tagged.starts_with("NO [BADURL "), "{refused:?}");
    let lines = client.command("STATUS Target (MESSAGES)");
    assert_eq!(lines, ["* STATUS Target (MESSAGES 0)"]);
    let done = client.ok(&format!("APPEND Target {good} (\\Seen) {good}"));
    assert!(done.tagged.contains(" 1:2] "), "{done:?}");
    assert_eq!(last_message(&mut client), "Hello");
}

/// The example of RFC 8508 section 4.2.
#[test]
fn replace_puts_a_header_before_the_message_that_goes() {
    let (_server, mut client, _) = start();
    client.command("SELECT \"Work Mail\"");
    let header = "Cc: Mitzy <miss.mitzy@example.org>\r\n";
    let parts = format!("{} URL \"/Work%20Mail/;UID=1\"", text(header));
    client.send(&format!("r UID REPLACE 1 \"Work Mail\" CATENATE ({parts})"));
    let reply = client.replies("r");
    assert!(reply.tagged.starts_with("OK "), "{reply:?}");
    let reply = client.ok("UID FETCH 2 (BODY.PEEK[])");
    let octets = literals(&reply.untagged[0]).remove(0);
    assert_eq!(
        String::from_utf8(octets).unwrap(),
        format!("{header}{}", draft())
    );
    assert_eq!(client.command("SEARCH ALL"), ["* SEARCH 1"]);
}
