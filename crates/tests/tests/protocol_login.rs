//! Signing in: LOGIN, AUTHENTICATE, SASL-IR (RFC 4959), and what ends it.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]

use postern_tests::{ACCOUNT, Client, PASSWORD, Reply, SECOND_ACCOUNT, ServerUnderTest, selected};

/// RFC 4648, for SASL.
fn base64(octets: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for chunk in octets.chunks(3) {
        let mut group = [0; 3];
        group[..chunk.len()].copy_from_slice(chunk);
        let bits = u32::from_be_bytes([0, group[0], group[1], group[2]]);
        for place in 0..4 {
            let letter = LETTERS[(bits >> (18 - 6 * place)) as usize & 63];
            text.push(if place <= chunk.len() {
                letter.into()
            } else {
                '='
            });
        }
    }
    text
}

fn plain(authzid: &str, authcid: &str, password: &str) -> String {
    base64(format!("{authzid}\0{authcid}\0{password}").as_bytes())
}

#[test]
fn base64_is_right() {
    assert_eq!(base64(b"foobar"), "Zm9vYmFy");
    assert_eq!(base64(b"fooba"), "Zm9vYmE=");
    assert_eq!(base64(b"foob"), "Zm9vYg==");
}

#[test]
fn login_takes_quoted_strings_literals_and_atoms() {
    let server = ServerUnderTest::start();
    let (name, word) = (ACCOUNT.len(), PASSWORD.len());
    let lines = [
        format!("LOGIN {ACCOUNT} \"{PASSWORD}\""),
        format!("login \"{ACCOUNT}\" \"{PASSWORD}\""),
        format!("LOGIN {{{name}+}}\r\n{ACCOUNT} {{{word}+}}\r\n{PASSWORD}"),
    ];
    for line in lines {
        Client::connect(&server).command(&line);
    }
    let mut client = Client::connect(&server);
    client.send(&format!("a LOGIN {{{name}}}"));
    client.expect("+");
    client.send(&format!("{ACCOUNT} {{{word}}}"));
    client.expect("+");
    client.send(PASSWORD);
    client.expect("a OK");
}

#[test]
fn plain_works_with_and_without_an_initial_response() {
    let server = ServerUnderTest::start();
    let response = plain("", ACCOUNT, PASSWORD);
    let reply = Client::connect(&server).ok(&format!("AUTHENTICATE PLAIN {response}"));
    assert!(reply.untagged.is_empty(), "no challenge: {reply:?}");
    let mut client = Client::connect(&server);
    client.send("a authenticate plain");
    assert_eq!(client.expect("+"), ["+ "]);
    client.send(&response);
    client.expect("a OK");
    client.command("SELECT INBOX");
}

#[test]
fn the_login_mechanism_works() {
    let server = ServerUnderTest::start();
    let mut client = Client::connect(&server);
    client.send("a AUTHENTICATE LOGIN");
    client.expect("+");
    client.send(&base64(ACCOUNT.as_bytes()));
    client.expect("+");
    client.send(&base64(PASSWORD.as_bytes()));
    client.expect("a OK");
}

#[test]
fn a_mechanism_that_is_not_offered_is_no() {
    let server = ServerUnderTest::start();
    let mut client = Client::connect(&server);
    for mechanism in ["X-NONE", "CRAM-MD5", "ANONYMOUS"] {
        let reply = client.try_command(&format!("AUTHENTICATE {mechanism}"));
        assert!(reply.tagged.starts_with("NO"), "{mechanism}: {reply:?}");
        assert!(reply.untagged.is_empty(), "{mechanism}: {reply:?}");
    }
}

/// RFC 9051 section 6.2.2: "*" cancels, with a tagged BAD.
#[test]
fn an_exchange_can_be_cancelled() {
    let server = ServerUnderTest::start();
    let mut client = Client::connect(&server);
    for mechanism in ["PLAIN", "LOGIN"] {
        client.send(&format!("a AUTHENTICATE {mechanism}"));
        client.expect("+");
        client.send("*");
        client.expect("a BAD");
    }
    client.command(&format!("LOGIN {ACCOUNT} \"{PASSWORD}\""));
}

#[test]
fn what_is_not_base64_is_bad() {
    let server = ServerUnderTest::start();
    for response in ["!!!!", "QUJD=", "Zg", "Zm9v YmFy", "Zh=="] {
        let mut client = Client::connect(&server);
        client.send("a AUTHENTICATE PLAIN");
        client.expect("+");
        client.send(response);
        client.expect("a BAD");
        client.command("NOOP");
    }
    let reply = Client::connect(&server).try_command("AUTHENTICATE PLAIN !!!!");
    assert!(reply.tagged.starts_with("BAD"), "{reply:?}");
}

#[test]
fn a_malformed_plain_response_is_refused() {
    let server = ServerUnderTest::start();
    for response in ["", "one", "one\0two", "\0\0", "a\0b\0c\0d"] {
        let mut client = Client::connect(&server);
        client.send("a AUTHENTICATE PLAIN");
        client.expect("+");
        client.send(&base64(response.as_bytes()));
        let reply = client.replies("a");
        assert!(!reply.tagged.starts_with("OK"), "{response:?}: {reply:?}");
    }
}

/// RFC 4959 section 3: "=" is an empty initial response, which PLAIN cannot use.
#[test]
fn an_empty_initial_response_is_not_a_password() {
    let server = ServerUnderTest::start();
    let reply = Client::connect(&server).try_command("AUTHENTICATE PLAIN =");
    assert!(
        !reply.tagged.starts_with("OK") && reply.untagged.is_empty(),
        "{reply:?}"
    );
}

#[test]
fn nobody_acts_as_another() {
    let server = ServerUnderTest::start();
    let response = plain(SECOND_ACCOUNT, ACCOUNT, PASSWORD);
    let reply = Client::connect(&server).try_command(&format!("AUTHENTICATE PLAIN {response}"));
    assert!(
        reply.tagged.starts_with("NO [AUTHORIZATIONFAILED]"),
        "{reply:?}"
    );
    let response = plain(ACCOUNT, ACCOUNT, PASSWORD);
    Client::connect(&server).command(&format!("AUTHENTICATE PLAIN {response}"));
}

/// Who fails learns nothing of why: there may be no such account, or it may be disabled.
#[test]
fn all_failures_read_the_same() {
    let server = ServerUnderTest::configured("");
    server.account(&["disable", SECOND_ACCOUNT], "");
    let fail = |name: &str, password: &str| -> Vec<String> {
        let login = format!("LOGIN {name} \"{password}\"");
        let sasl = format!("AUTHENTICATE PLAIN {}", plain("", name, password));
        let tried = [login, sasl].map(|line| Client::connect(&server).try_command(&line));
        tried
            .iter()
            .map(|reply: &Reply| reply.tagged.clone())
            .collect()
    };
    let wrong = fail(ACCOUNT, "wrong");
    assert!(
        wrong[0].starts_with("NO [AUTHENTICATIONFAILED] "),
        "{wrong:?}"
    );
    assert_eq!(wrong[0], wrong[1]);
    assert_eq!(fail("nobody@example.test", PASSWORD), wrong);
    assert_eq!(fail(SECOND_ACCOUNT, PASSWORD), wrong);
}

#[test]
fn a_failed_login_can_be_repeated() {
    let server = ServerUnderTest::start();
    let mut client = Client::connect(&server);
    let reply = client.try_command(&format!("LOGIN {ACCOUNT} wrong"));
    assert!(reply.tagged.starts_with("NO"), "{reply:?}");
    client.command(&format!("LOGIN {ACCOUNT} \"{PASSWORD}\""));
}

/// In a selected mailbox, idle, and with none selected.
fn sessions(server: &ServerUnderTest) -> [Client; 3] {
    let mut idle = selected(server, "");
    idle.send("i IDLE");
    idle.expect("+");
    [Client::login(server), selected(server, ""), idle]
}

#[track_caller]
fn all_end(sessions: [Client; 3]) {
    for mut client in sessions {
        client.expect("* BYE ");
        assert_eq!(client.reply(), None);
    }
}

#[test]
fn disabling_an_account_ends_its_sessions() {
    let server = ServerUnderTest::configured("");
    let sessions = sessions(&server);
    let mut other = Client::login_as(&server, SECOND_ACCOUNT);
    server.account(&["disable", ACCOUNT], "");
    all_end(sessions);
    other.command("NOOP");
    server.account(&["enable", ACCOUNT], "");
    Client::login(&server);
}

#[test]
fn a_new_password_ends_the_sessions_of_the_old() {
    let server = ServerUnderTest::configured("");
    let sessions = sessions(&server);
    server.account(&["password", ACCOUNT], "another password\n");
    all_end(sessions);
    let reply = Client::connect(&server).try_command(&format!("LOGIN {ACCOUNT} \"{PASSWORD}\""));
    assert!(reply.tagged.starts_with("NO"), "{reply:?}");
    Client::connect(&server).command(&format!("LOGIN {ACCOUNT} \"another password\""));
}

#[test]
fn removing_an_account_ends_its_sessions() {
    let server = ServerUnderTest::configured("");
    let sessions = sessions(&server);
    server.account(&["remove", "--yes", ACCOUNT], "");
    all_end(sessions);
}

#[test]
fn too_many_connections_of_an_account_are_refused() {
    let server =
        ServerUnderTest::configured("\n[limits]\nconnections_per_account_and_address = 2\n");
    let login = format!("LOGIN {ACCOUNT} \"{PASSWORD}\"");
    let (_one, mut two) = (Client::login(&server), Client::login(&server));
    let mut three = Client::connect(&server);
    let reply = three.try_command(&login);
    assert!(reply.tagged.starts_with("NO [LIMIT]"), "{reply:?}");
    Client::login_as(&server, SECOND_ACCOUNT);
    two.command("LOGOUT");
    assert_eq!(two.reply(), None);
    // The place is free when the session has ended, which is after its last octet.
    let mut last = String::new();
    for _ in 0..1000 {
        last = three.try_command(&login).tagged;
        if last.starts_with("OK") {
            return;
        }
    }
    panic!("still no place: {last}");
}

#[test]
fn before_login_lines_and_literals_are_small() {
    let server = ServerUnderTest::start();
    let mut client = Client::connect(&server);
    client.send("a LOGIN {1000000}");
    let reply = client.replies("a");
    assert!(
        reply.tagged.starts_with("NO [TOOBIG]") || reply.tagged.starts_with("BAD"),
        "{reply:?}"
    );
    assert!(reply.untagged.is_empty(), "no continuation: {reply:?}");
    let mut client = Client::connect(&server);
    client.send(&format!("a LOGIN {} x", "n".repeat(60_000)));
    let reply = client.reply().unwrap();
    let text = String::from_utf8(reply).unwrap();
    assert!(
        text.starts_with("a NO") || text.starts_with("a BAD") || text.starts_with("* BYE"),
        "{text}"
    );
}
