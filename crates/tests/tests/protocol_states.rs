//! How a connection goes from state to state (RFC 9051 section 3), and what is announced there.
//! `protocol_commands` has each command in each state.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]

use postern_tests::{Client, ServerUnderTest, code, enabled, selected, with_messages};

fn login_line() -> String {
    format!(
        "LOGIN {} \"{}\"",
        postern_tests::ACCOUNT,
        postern_tests::PASSWORD
    )
}

#[test]
fn unselect_and_close_leave_the_mailbox() {
    let server = with_messages(1);
    for command in ["UNSELECT", "CLOSE"] {
        let mut client = selected(&server, "");
        client.command(command);
        let reply = client.try_command("FETCH 1 FLAGS");
        assert!(reply.tagged.starts_with("BAD"), "{command}: {reply:?}");
    }
}

/// RFC 9051 section 6.3.2: a SELECT that fails leaves no mailbox selected.
#[test]
fn a_failed_select_leaves_the_mailbox() {
    let server = with_messages(1);
    let mut client = selected(&server, "");
    let reply = client.try_command("SELECT Nothing");
    assert!(reply.tagged.starts_with("NO [NONEXISTENT]"), "{reply:?}");
    let reply = client.try_command("FETCH 1 FLAGS");
    assert!(reply.tagged.starts_with("BAD"), "{reply:?}");
}

#[test]
fn logout_says_bye_answers_and_closes_in_every_state() {
    let server = with_messages(1);
    let clients = [
        Client::connect(&server),
        enabled(&server, ""),
        selected(&server, ""),
    ];
    for mut client in clients {
        client.send_raw(b"a LOGOUT\r\nb NOOP\r\n");
        let lines = client.expect("a OK");
        assert_eq!(lines.len(), 2, "{lines:?}");
        assert!(lines[0].starts_with("* BYE "), "{lines:?}");
        assert_eq!(client.reply(), None, "nothing is done after LOGOUT");
    }
}

#[test]
fn malformed_commands_are_bad_with_their_tag() {
    let server = with_messages(1);
    let lines = [
        "a NONSENSE",
        "a NOOP extra",
        "a SELECT",
        "a SELECT INBOX extra",
        "a FETCH 1",
        "a FETCH 0 FLAGS",
        "a FETCH 1 (FLAGS",
        "a FETCH 1 ()",
        "a SEARCH",
        "a UID NOOP",
        "a STORE 1 FLAGS",
        "a LIST \"\"",
        "a STATUS INBOX",
        "a STATUS INBOX ()",
        "a APPEND INBOX",
        "a",
    ];
    for line in lines {
        let mut client = selected(&server, "");
        client.send(line);
        let bad = if line == "a" { "* BAD" } else { "a BAD" };
        client.expect(bad);
        client.command("NOOP");
    }
}

#[test]
fn a_line_without_a_tag_gets_an_untagged_bad() {
    let server = with_messages(0);
    let mut client = enabled(&server, "");
    client.send("* NOOP");
    client.expect("* BAD");
    client.send("+ NOOP");
    client.expect("* BAD");
    client.command("NOOP");
}

#[test]
fn many_bad_commands_in_a_row_end_the_connection() {
    let server = with_messages(0);
    for mut client in [Client::connect(&server), enabled(&server, "")] {
        for n in 0..1000 {
            client.send(&format!("x{n} NONSENSE"));
            let Some(reply) = client.reply() else {
                panic!("closed without BYE");
            };
            if reply.starts_with(b"* BYE") {
                break;
            }
            assert!(reply.starts_with(format!("x{n} BAD").as_bytes()));
            assert!(n < 999, "never ended");
        }
        assert_eq!(client.reply(), None);
    }
}

/// A client that errs now and then in a long session is not one that speaks no IMAP.
#[test]
fn bad_commands_between_good_ones_do_not_end_the_session() {
    let server = with_messages(0);
    let mut client = enabled(&server, "");
    for _ in 0..50 {
        client.try_command("XLIST \"\" *");
        client.command("NOOP");
    }
}

fn words(line: &str) -> Vec<&str> {
    line.split(' ').collect()
}

#[test]
fn capabilities_come_in_the_greeting_and_with_login() {
    let server = ServerUnderTest::start();
    let mut client = Client::connect(&server);
    let greeting = code(&[client.greeting()], "CAPABILITY").expect("the code");
    assert_eq!(
        client.command("CAPABILITY"),
        [format!("* CAPABILITY {greeting}")]
    );
    let before = words(&greeting);
    for wanted in [
        "IMAP4rev1",
        "IMAP4rev2",
        "AUTH=PLAIN",
        "SASL-IR",
        "LITERAL+",
        "ID",
    ] {
        assert!(before.contains(&wanted), "{wanted}: {greeting}");
    }
    for unwanted in ["STARTTLS", "LOGINDISABLED"] {
        assert!(!before.contains(&unwanted), "{unwanted}: {greeting}");
    }
    let reply = client.ok(&login_line());
    let after = code(&[&reply.tagged], "CAPABILITY").expect("the code");
    assert_eq!(
        client.command("CAPABILITY"),
        [format!("* CAPABILITY {after}")]
    );
    let after = words(&after);
    let all = "IMAP4rev1 IMAP4rev2 LITERAL+ ID ENABLE IDLE NAMESPACE UNSELECT UIDPLUS MOVE CHILDREN \
               SPECIAL-USE LIST-EXTENDED LIST-STATUS STATUS=SIZE ESEARCH SEARCHRES BINARY \
               CONDSTORE QRESYNC";
    for wanted in all.split_whitespace() {
        assert!(after.contains(&wanted), "{wanted}: {after:?}");
    }
    // RFC 9051 section 7.2.2: no mechanisms, for there is no login any more.
    assert!(
        !after.iter().any(|name| name.starts_with("AUTH=")),
        "{after:?}"
    );
}

#[test]
fn pipelined_commands_are_answered_in_order() {
    let server = with_messages(2);
    let mut client = Client::connect(&server);
    let octets = format!(
        "a {}\r\nb SELECT INBOX\r\nc STORE 1 +FLAGS (\\Deleted)\r\nd EXPUNGE\r\n\
         e FETCH 1 UID\r\nf LOGOUT\r\n",
        login_line()
    );
    client.send_raw(octets.as_bytes());
    for tag in ["a", "b", "c"] {
        client.expect(&format!("{tag} OK"));
    }
    assert!(client.expect("d OK").contains(&"* 1 EXPUNGE".to_owned()));
    assert!(
        client
            .expect("e OK")
            .contains(&"* 1 FETCH (UID 2)".to_owned())
    );
    client.expect("f OK");
}

#[test]
fn commands_are_read_in_whatever_pieces_they_come() {
    let server = with_messages(0);
    let mut client = enabled(&server, "");
    for octet in b"a CREATE {3}\r\n" {
        client.send_raw(&[*octet]);
    }
    client.expect("+");
    for octet in b"abc\r\n" {
        client.send_raw(&[*octet]);
    }
    client.expect("a OK");
    assert_eq!(client.command("LIST \"\" abc").len(), 1);
}

#[test]
fn namespace_id_and_enable_say_what_there_is() {
    let server = with_messages(0);
    let mut client = enabled(&server, "");
    assert_eq!(
        client.command("NAMESPACE"),
        ["* NAMESPACE ((\"\" \"/\")) ((\"Other Users/\" \"/\")) ((\"Shared/\" \"/\"))"]
    );
    assert!(client.command("ID NIL")[0].starts_with("* ID (\"name\" "));
    assert_eq!(client.command("ENABLE imap4REV2"), ["* ENABLED IMAP4rev2"]);
}
