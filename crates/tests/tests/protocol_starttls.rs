//! STARTTLS on a listener without TLS (RFC 9051 sections 6.2.1 and 11.1).

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]

use postern_tests::{ACCOUNT, Client, PASSWORD, Plain, ServerUnderTest, free_port};
use std::net::SocketAddr;

fn start() -> (ServerUnderTest, SocketAddr) {
    let address = free_port();
    let server = ServerUnderTest::configured(&format!("\n[imap]\naddress = [\"{address}\"]\n"));
    (server, address)
}

#[test]
fn before_tls_login_is_disabled_and_said_to_be() {
    let (_server, address) = start();
    let mut plain = Plain::connect(address);
    let greeting = plain.line().unwrap();
    for wanted in [" STARTTLS", " LOGINDISABLED", " IMAP4rev1"] {
        assert!(greeting.contains(wanted), "{greeting}");
    }
    assert!(!greeting.contains("AUTH="), "{greeting}");
    for command in [
        format!("LOGIN {ACCOUNT} \"{PASSWORD}\""),
        "AUTHENTICATE PLAIN".to_owned(),
        "AUTHENTICATE PLAIN AGEAYg==".to_owned(),
    ] {
        let lines = plain.command("a", &command);
        assert_eq!(lines.len(), 1, "no challenge: {lines:?}");
        assert!(lines[0].starts_with("a NO [PRIVACYREQUIRED]"), "{lines:?}");
    }
    let lines = plain.command("b", "SELECT INBOX");
    assert!(lines[0].starts_with("b BAD"), "{lines:?}");
}

#[test]
fn after_starttls_the_capabilities_change_and_login_works() {
    let (server, address) = start();
    let mut plain = Plain::connect(address);
    plain.line().unwrap();
    let lines = plain.command("a", "STARTTLS");
    assert_eq!(lines.len(), 1, "{lines:?}");
    assert!(lines[0].starts_with("a OK"), "{lines:?}");
    let mut client = plain.into_tls(&server);
    let lines = client.command("CAPABILITY");
    assert!(lines[0].contains(" AUTH=PLAIN"), "{lines:?}");
    assert!(
        !lines[0].contains("STARTTLS") && !lines[0].contains("LOGINDISABLED"),
        "{lines:?}"
    );
    let reply = client.try_command("STARTTLS");
    assert!(reply.tagged.starts_with("BAD"), "{reply:?}");
    client.command(&format!("LOGIN {ACCOUNT} \"{PASSWORD}\""));
    client.command("SELECT INBOX");
}

/// What came with STARTTLS in one packet is not run, neither before nor inside TLS.
#[test]
fn octets_after_starttls_close_the_connection() {
    let (server, address) = start();
    let login = format!("a STARTTLS\r\nb LOGIN {ACCOUNT} \"{PASSWORD}\"\r\n");
    for injected in [
        "a STARTTLS\r\nb NOOP\r\n",
        "a STARTTLS\r\n\r\n",
        login.as_str(),
    ] {
        let mut plain = Plain::connect(address);
        plain.line().unwrap();
        plain.send_raw(injected.as_bytes());
        let line = plain.line().unwrap();
        assert!(line.starts_with("* BYE "), "{line}");
        assert_eq!(plain.line(), None);
    }
    // The server goes on.
    Client::login(&server);
}

#[test]
fn a_listener_with_tls_has_no_starttls() {
    let server = ServerUnderTest::start();
    let mut client = Client::connect(&server);
    let reply = client.try_command("STARTTLS");
    assert!(reply.tagged.starts_with("BAD"), "{reply:?}");
}
