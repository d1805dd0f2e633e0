//! UNAUTHENTICATE, RFC 8437.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]

use postern_tests::{ACCOUNT, Client, PASSWORD, SECOND_ACCOUNT, ServerUnderTest};

const MANY: usize = 250;

#[test]
fn the_connection_is_as_before_login() {
    let server = ServerUnderTest::start();
    let mut client = Client::connect(&server);
    assert!(
        client
            .try_command("UNAUTHENTICATE")
            .tagged
            .starts_with("BAD")
    );
    client.command(&format!("LOGIN {ACCOUNT} \"{PASSWORD}\""));
    assert!(client.command("CAPABILITY")[0].contains(" UNAUTHENTICATE"));
    assert!(
        client
            .try_command("UNAUTHENTICATE now")
            .tagged
            .starts_with("BAD")
    );
    let reply = client.ok("UNAUTHENTICATE");
    assert!(reply.untagged.is_empty(), "{reply:?}");
    for command in [
        "SELECT INBOX",
        "LIST \"\" *",
        "ENABLE QRESYNC",
        "UNAUTHENTICATE",
    ] {
        assert!(
            client.try_command(command).tagged.starts_with("BAD"),
            "{command}"
        );
    }
    assert!(client.command("CAPABILITY")[0].contains(" AUTH=PLAIN"));
    client.command(&format!("LOGIN {SECOND_ACCOUNT} \"{PASSWORD}\""));
    assert!(client.command("STATUS INBOX (MESSAGES)")[0].contains("(MESSAGES 0)"));
}

#[test]
fn what_was_enabled_and_selected_is_gone_and_nothing_is_expunged() {
    let server = ServerUnderTest::start();
    let mut client = Client::login(&server);
    client.append("INBOX", "(\\Deleted)", b"Subject: a\r\n\r\nb\r\n");
    client.command("CREATE \"Grüße\"");
    client.command("ENABLE IMAP4rev2 QRESYNC CONDSTORE UTF8=ACCEPT");
    client.command("SELECT INBOX");
    client.command("SEARCH RETURN (SAVE) ALL");
    // Section 3: no expunge event is generated.
    assert!(client.ok("UNAUTHENTICATE").untagged.is_empty());
    client.command(&format!("LOGIN {ACCOUNT} \"{PASSWORD}\""));
    assert!(
        client
            .try_command("FETCH 1 FLAGS")
            .tagged
            .starts_with("BAD")
    );
    let list = client.command("LIST \"\" G*");
    assert!(list[0].contains("Gr&APwA3w-e"), "{list:?}");
    let select = client.command("SELECT INBOX");
    assert!(select.contains(&"* 1 EXISTS".to_owned()), "{select:?}");
    assert!(
        select.iter().any(|line| line.ends_with(" RECENT")),
        "{select:?}"
    );
    assert_eq!(client.command("SEARCH ALL"), ["* SEARCH 1"]);
    // RFC 5182 section 2.1: `$` is the empty set.
    assert!(client.command("FETCH $ FLAGS").is_empty());
    // RFC 7162: a flag's change has no MODSEQ, an EXPUNGE is none of VANISHED.
    let store = client.command("STORE 1 +FLAGS (\\Seen)");
    assert!(
        !store[0].contains("MODSEQ") && !store[0].contains("UID"),
        "{store:?}"
    );
    assert_eq!(client.command("EXPUNGE"), ["* 1 EXPUNGE"]);
    let enabled = client.command("ENABLE QRESYNC UTF8=ACCEPT");
    assert_eq!(enabled[0], "* ENABLED QRESYNC UTF8=ACCEPT");
}

#[test]
fn authenticate_may_be_pipelined() {
    let server = ServerUnderTest::start();
    let mut client = Client::login(&server);
    // Section 3: with SASL-IR in one round trip. NUL, the account, NUL, the password.
    let plain = base64(format!("\0{SECOND_ACCOUNT}\0{PASSWORD}").as_bytes());
    client.send(&format!(
        "u UNAUTHENTICATE\r\na AUTHENTICATE PLAIN {plain}\r\ns SELECT INBOX"
    ));
    client.expect("u OK");
    client.expect("a OK");
    client.expect("s OK");
}

#[test]
fn no_place_is_kept_for_who_has_left() {
    let server = ServerUnderTest::start();
    let mut client = Client::login(&server);
    // More than an account may have of connections.
    for _ in 0..MANY {
        client.command("UNAUTHENTICATE");
        client.command(&format!("LOGIN {ACCOUNT} \"{PASSWORD}\""));
    }
}

#[test]
fn limits_are_those_before_login() {
    let server = ServerUnderTest::start();
    let mut client = Client::login(&server);
    let long = format!("NOOP {}", "x".repeat(20_000));
    assert!(client.try_command(&long).tagged.starts_with("BAD"));
    client.command("UNAUTHENTICATE");
    assert!(client.try_command(&long).tagged.starts_with("NO"));
}

fn base64(octets: &[u8]) -> String {
    const DIGITS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for some in octets.chunks(3) {
        let bits =
            some.iter().fold(0u32, |bits, b| bits << 8 | u32::from(*b)) << (8 * (3 - some.len()));
        for n in 0..4 {
            match n <= some.len() {
                true => out.push(char::from(DIGITS[(bits >> (18 - 6 * n) & 63) as usize])),
                false => out.push('='),
            }
        }
    }
    out
}
