//! Mail that comes in: swaks over LMTP, and Postfix with Postern behind it.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]

use postern_tests::{ACCOUNT, Client, Lmtp, SECOND_ACCOUNT, ServerUnderTest};
use postern_tests::{finish, folders, message, postfix::Postfix};
use std::fs;
use std::path::PathBuf;

/// Somebody whom the server does not know.
const UNKNOWN: &str = "nobody@example.test";

fn bodies(server: &ServerUnderTest, account: &str) -> Vec<String> {
    let mut client = Client::login_as(server, account);
    let inbox = folders(&mut client).remove("INBOX").unwrap();
    inbox
        .into_iter()
        .map(|m| String::from_utf8(m.octets).unwrap())
        .collect()
}

/// A message that has a byte outside ASCII, a line of a dot, and a long line.
fn awkward(server: &ServerUnderTest) -> (PathBuf, Vec<u8>) {
    let mut octets = message("awkward");
    octets.extend_from_slice("Grüße\r\n.\r\n..\r\n".as_bytes());
    octets.extend_from_slice(&[b'x'; 990]);
    octets.extend_from_slice(b"\r\nthe end\r\n");
    let file = server.scratch("message").join("awkward.eml");
    fs::write(&file, &octets).unwrap();
    (file, octets)
}

/// Whether the message ends as it was sent. swaks adds empty lines of its own.
fn ends_with(held: &str, sent: &[u8]) -> bool {
    held.trim_end()
        .ends_with(String::from_utf8_lossy(sent).trim_end())
}

#[test]
fn swaks_is_answered_for_each_recipient() {
    let server = ServerUnderTest::start();
    let (file, octets) = awkward(&server);
    let mut swaks = server.client("swaks");
    swaks.args([
        "--protocol",
        "LMTP",
        "--server",
        "127.0.0.1",
        "--timeout",
        "60",
    ]);
    swaks.args([
        "--port",
        &server.lmtp.port().to_string(),
        "--from",
        "sender@example.org",
    ]);
    swaks.args(["--to", &[ACCOUNT, UNKNOWN, SECOND_ACCOUNT].join(",")]);
    swaks.args(["--data"]).arg(format!("@{}", file.display()));
    let told = finish(&swaks).text();

    let refused = told
        .lines()
        .filter(|line| line.starts_with("<** 550"))
        .count();
    assert_eq!(refused, 1, "{told}");
    let (_, after) = told.split_once("\n -> .\n").expect("the end of the data");
    let taken = after
        .lines()
        .filter(|line| line.starts_with("<-  250"))
        .count();
    assert_eq!(taken, 2, "{told}");
    for account in [ACCOUNT, SECOND_ACCOUNT] {
        let held = bodies(&server, account);
        assert_eq!(held.len(), 1);
        assert!(ends_with(&held[0], &octets), "{account}: {held:?}");
        assert!(
            held[0].starts_with("Return-Path: <sender@example.org>\r\n"),
            "{held:?}"
        );
    }
}

#[test]
fn lmtp_without_a_known_recipient_takes_no_data() {
    let server = ServerUnderTest::start();
    let mut lmtp = Lmtp::connect(&server);
    lmtp.command("MAIL FROM:<>", "250");
    lmtp.command(&format!("RCPT TO:<{UNKNOWN}>"), "550");
    lmtp.command("DATA", "5");
    lmtp.command("RSET", "250");
    let replies = lmtp.deliver(&[ACCOUNT, UNKNOWN], &message("after"));
    assert_eq!(replies.len(), 1);
    assert!(replies[0].starts_with("250"), "{replies:?}");
    assert_eq!(bodies(&server, ACCOUNT).len(), 1);
}

#[test]
fn postfix_delivers_and_returns_what_is_refused() {
    let server = ServerUnderTest::start();
    let postfix = Postfix::start(&server);
    let mut receiver = Client::login(&server);
    let mut sender = Client::login_as(&server, SECOND_ACCOUNT);
    for client in [&mut receiver, &mut sender] {
        client.command("SELECT INBOX");
        client.send("i IDLE");
        client.expect("+");
    }

    let (file, octets) = awkward(&server);
    let mut swaks = server.client("swaks");
    swaks.args([
        "--server",
        "127.0.0.1",
        "--port",
        &postfix.smtp.port().to_string(),
    ]);
    swaks.args([
        "--from",
        SECOND_ACCOUNT,
        "--to",
        &[ACCOUNT, UNKNOWN].join(","),
    ]);
    swaks
        .args(["--timeout", "60", "--data"])
        .arg(format!("@{}", file.display()));
    finish(&swaks).success();

    receiver.expect("* 1 EXISTS");
    // The refusal comes back as mail, through the same door.
    sender.expect("* 1 EXISTS");
    let held = bodies(&server, ACCOUNT);
    assert!(ends_with(&held[0], &octets), "{held:?}");
    assert!(held[0].contains("Received: "), "{held:?}");
    let returned = bodies(&server, SECOND_ACCOUNT);
    for part in [
        "MAILER-DAEMON",
        "multipart/report",
        "Final-Recipient: rfc822; nobody@example.test",
    ] {
        assert!(
            returned[0].contains(part),
            "{part}: {returned:?}\n{}",
            postfix.log()
        );
    }
}
