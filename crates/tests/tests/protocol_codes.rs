//! Response codes: RFC 5530 section 3 and RFC 9051 section 7.1, each where its reason applies.
//!
//! | code | where it is shown |
//! |---|---|
//! | `ALERT` | never: the server has nothing to say that no other code says |
//! | `ALREADYEXISTS` | here |
//! | `APPENDUID` | here |
//! | `AUTHENTICATIONFAILED` | here |
//! | `AUTHORIZATIONFAILED` | here |
//! | `BADCHARSET` | here |
//! | `CANNOT` | here |
//! | `CAPABILITY` | here |
//! | `CLIENTBUG` | here |
//! | `CLOSED` | here |
//! | `CONTACTADMIN` | never: whoever may not come in is not told that the password was right |
//! | `COPYUID` | here |
//! | `CORRUPTION` | crates/server/src/reply.rs |
//! | `EXPIRED` | never: no credential expires |
//! | `EXPUNGEISSUED` | transcripts/expunge |
//! | `HASCHILDREN` | transcripts/code |
//! | `INUSE` | crates/server/src/reply.rs |
//! | `LIMIT` | here |
//! | `NONEXISTENT` | here |
//! | `NOPERM` | here |
//! | `NOTSAVED` | never: a result can always be saved |
//! | `OVERQUOTA` | tests/protocol_x_metadata.rs |
//! | `PARSE` | never: whatever the octets are, they are a message |
//! | `PERMANENTFLAGS` | here |
//! | `PRIVACYREQUIRED` | here |
//! | `READ-ONLY` | here |
//! | `READ-WRITE` | here |
//! | `SERVERBUG` | crates/server/src/reply.rs |
//! | `TOOBIG` | here |
//! | `TRYCREATE` | here |
//! | `UIDNEXT` | here |
//! | `UIDNOTSTICKY` | never: all mailboxes keep UIDs |
//! | `UIDVALIDITY` | here |
//! | `UNAVAILABLE` | here |
//! | `UNKNOWN-CTE` | here |

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]

use postern_tests::{ACCOUNT, Client, PASSWORD, Plain, ServerUnderTest, enabled, selected};

/// The tagged responses of commands, each of which must begin as is said.
#[track_caller]
fn answers(client: &mut Client, expected: &[(&str, &str)]) {
    for (command, start) in expected {
        let reply = client.try_command(command);
        let found = format!("{} ", reply.tagged);
        assert!(
            found.starts_with(&format!("{start} ")),
            "{command}: {reply:?}"
        );
        if reply.tagged.starts_with("BAD") {
            client.command("NOOP");
        }
    }
}

#[test]
fn codes_of_mailboxes() {
    let server = ServerUnderTest::start();
    let mut client = enabled(&server, "");
    client.append("INBOX", "", b"Subject: one\r\n\r\nx");
    answers(
        &mut client,
        &[
            ("CREATE Sent", "NO [ALREADYEXISTS]"),
            ("RENAME Drafts Sent", "NO [ALREADYEXISTS]"),
            ("SELECT nowhere", "NO [NONEXISTENT]"),
            ("STATUS nowhere (MESSAGES)", "NO [NONEXISTENT]"),
            ("DELETE nowhere", "NO [NONEXISTENT]"),
            ("RENAME nowhere elsewhere", "NO [NONEXISTENT]"),
            ("DELETE INBOX", "NO [CANNOT]"),
            ("RENAME Drafts Drafts/below", "NO [CANNOT]"),
            ("SETMETADATA \"\" (/shared/comment \"x\")", "NO [NOPERM]"),
            ("SELECT INBOX", "OK [READ-WRITE]"),
            ("COPY 1 nowhere", "NO [TRYCREATE]"),
            ("MOVE 1 nowhere", "NO [TRYCREATE]"),
            (
                "SEARCH CHARSET x-unknown TEXT a",
                "NO [BADCHARSET (UTF-8 US-ASCII)]",
            ),
            ("EXAMINE INBOX", "OK [READ-ONLY]"),
            (r"STORE 1 +FLAGS (\Seen)", "NO [READ-ONLY]"),
        ],
    );
    let lines = client.command("SELECT INBOX");
    let codes = ["CLOSED", "PERMANENTFLAGS", "UIDVALIDITY", "UIDNEXT"];
    for code in codes {
        let start = format!("* OK [{code}");
        assert!(
            lines.iter().any(|line| line.starts_with(&start)),
            "{code}: {lines:?}"
        );
    }
    assert!(client.ok("COPY 1 Sent").tagged.starts_with("OK [COPYUID "));
    assert!(client.append("Sent", "", b"x").contains("[APPENDUID "));
    client.send("t APPEND nowhere {1+}\r\nx");
    client.expect("t NO [TRYCREATE]");
}

#[test]
fn codes_of_messages_that_are_too_much_or_not_understood() {
    let server = ServerUnderTest::start_with("[limits]\nmessage_size = \"1KiB\"\n");
    let mut client = selected(&server, "");
    client.send_raw(b"t APPEND INBOX {2000}\r\n");
    client.expect("t NO [TOOBIG]");
    let mut other = enabled(&server, "");
    other.send_raw(format!("l NOOP {}\r\n", "x".repeat(70_000)).as_bytes());
    other.expect("* NO [LIMIT]");
    client.append(
        "INBOX",
        "",
        b"MIME-Version: 1.0\r\nContent-Transfer-Encoding: x-unknown\r\n\r\nx",
    );
    answers(
        &mut client,
        &[("NOOP", "OK"), ("FETCH 1 BINARY[1]", "NO [UNKNOWN-CTE]")],
    );
}

#[test]
fn codes_of_signing_in() {
    let server = ServerUnderTest::start();
    let mut client = Client::connect(&server);
    answers(
        &mut client,
        &[
            (
                &format!("LOGIN {ACCOUNT} wrong"),
                "NO [AUTHENTICATIONFAILED]",
            ),
            ("LOGIN nobody wrong", "NO [AUTHENTICATIONFAILED]"),
            ("AUTHENTICATE X-UNKNOWN", "NO [CANNOT]"),
            // For grace@example.test, as ada@example.test, with the right password.
            (
                "AUTHENTICATE PLAIN Z3JhY2VAZXhhbXBsZS50ZXN0AGFkYUBleGFtcGxlLnRlc3QAY29ycmVjdCBob3JzZSBiYXR0ZXJ5",
                "NO [AUTHORIZATIONFAILED]",
            ),
            ("SELECT INBOX", "BAD [CLIENTBUG]"),
        ],
    );
    let reply = client.ok(&format!("LOGIN {ACCOUNT} \"{PASSWORD}\""));
    assert!(reply.tagged.starts_with("OK [CAPABILITY "), "{reply:?}");
    answers(
        &mut client,
        &[
            (
                &format!("LOGIN {ACCOUNT} \"{PASSWORD}\""),
                "BAD [CLIENTBUG]",
            ),
            ("FETCH 1 FLAGS", "BAD [CLIENTBUG]"),
        ],
    );
}

#[test]
fn privacyrequired_before_tls() {
    let port = postern_tests::free_port();
    let server = ServerUnderTest::configured(&format!("[imap]\naddress = [\"{port}\"]\n"));
    let mut client = Plain::connect(port);
    for command in [
        format!("LOGIN {ACCOUNT} \"{PASSWORD}\""),
        "AUTHENTICATE PLAIN".to_owned(),
    ] {
        let lines = client.command("a", &command);
        let last = lines.last().unwrap();
        assert!(last.starts_with("a NO [PRIVACYREQUIRED] "), "{lines:?}");
    }
    drop(server);
}

#[test]
fn a_server_that_stops_says_that_it_is_unavailable() {
    let mut server = ServerUnderTest::start();
    let mut idle = selected(&server, "");
    idle.send("i IDLE");
    idle.expect("+");
    let clients = [Client::connect(&server), enabled(&server, ""), idle];
    server.stop();
    for mut client in clients {
        client.expect("* BYE [UNAVAILABLE] ");
        assert_eq!(client.reply(), None);
    }
}

#[test]
fn a_client_that_speaks_no_imap_is_told_so() {
    let server = ServerUnderTest::start();
    let mut client = Client::connect(&server);
    client.send_raw("GET / HTTP/1.1\r\n".repeat(20).as_bytes());
    client.expect("* BYE [CLIENTBUG] ");
}

/// The table above has every code that there is.
#[test]
fn every_code_is_in_the_table() {
    let table = include_str!("protocol_codes.rs");
    let rows = table
        .lines()
        .filter_map(|line| line.strip_prefix("//! | `"));
    let rows: Vec<_> = rows.filter_map(|row| row.split_once("` | ")).collect();
    for (code, place) in rows {
        let place = place.trim_end_matches(" |");
        let shown = match place {
            "here" => table.matches(code).count() > 1,
            never if never.starts_with("never: ") => true,
            path => {
                let crates = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
                let beside = env!("CARGO_MANIFEST_DIR");
                let paths = [format!("{crates}/../{path}"), format!("{beside}/{path}")];
                paths.iter().any(|path| std::path::Path::new(path).exists())
            }
        };
        assert!(shown, "{code}: {place}");
    }
}
