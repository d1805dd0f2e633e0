//! UIDONLY, RFC 9586.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]

use postern_tests::{Client, ServerUnderTest};

const MESSAGE: &[u8] = b"Subject: a\r\n\r\nText\r\n";

/// Four messages of which the first is gone: UIDs 2 to 4 have the sequence numbers 1 to 3.
fn enabled(more: &str) -> (ServerUnderTest, Client) {
    let server = ServerUnderTest::start_with("[extensions]\nuidonly = true\n");
    let mut client = Client::login(&server);
    assert!(client.command("CAPABILITY")[0].contains(" UIDONLY"));
    for _ in 0..4 {
        client.append("INBOX", "", MESSAGE);
    }
    client.command("SELECT INBOX");
    client.command("STORE 1 +FLAGS.SILENT (\\Deleted)");
    client.command("EXPUNGE");
    client.command("UNSELECT");
    let enabled = client.command(&format!("ENABLE UIDONLY{more}"));
    assert_eq!(enabled, [format!("* ENABLED UIDONLY{more}")]);
    (server, client)
}

#[test]
fn it_is_off_until_an_option_turns_it_on() {
    let server = ServerUnderTest::start();
    let mut client = Client::login(&server);
    assert!(!client.command("CAPABILITY")[0].contains("UIDONLY"));
    assert_eq!(client.command("ENABLE UIDONLY"), ["* ENABLED"]);
    client.append("INBOX", "", MESSAGE);
    client.command("SELECT INBOX");
    assert_eq!(client.command("FETCH 1 FLAGS").len(), 1);
}

#[test]
fn sequence_numbers_are_refused() {
    let (_server, mut client) = enabled("");
    client.command("SELECT INBOX");
    for command in [
        "FETCH 1:2 (UID FLAGS)",
        "FETCH $ FLAGS",
        "STORE 1 +FLAGS (\\Seen)",
        "SEARCH ALL",
        "COPY * Archive",
        "MOVE 1 Archive",
        "SORT (ARRIVAL) UTF-8 ALL",
        "THREAD REFERENCES UTF-8 ALL",
        "UID SORT (ARRIVAL) UTF-8 1:3",
        "UID SEARCH 1:3",
        "UID SEARCH OR SEEN (NOT (UNSEEN 1))",
    ] {
        let tagged = client.try_command(command).tagged;
        assert!(
            tagged.starts_with("BAD [UIDREQUIRED] "),
            "{command}: {tagged}"
        );
        client.command("NOOP");
    }
    assert_eq!(client.command("UID SEARCH UID 1:3"), ["* SEARCH 2 3"]);
    client.command("UNAUTHENTICATE");
}

#[test]
fn responses_have_uids() {
    let (server, mut client) = enabled("");
    let select = client.command("SELECT INBOX");
    // It would be a sequence number.
    assert!(
        !select.iter().any(|line| line.contains("[UNSEEN")),
        "{select:?}"
    );
    assert!(select.contains(&"* 3 EXISTS".to_owned()), "{select:?}");
    // Section 3.3: the UID is an item only if it is asked for.
    assert_eq!(
        client.command("UID FETCH 2:3 (RFC822.SIZE)"),
        [
            "* 2 UIDFETCH (RFC822.SIZE 20)",
            "* 3 UIDFETCH (RFC822.SIZE 20)"
        ]
    );
    assert_eq!(
        client.command("UID FETCH 4 (UID RFC822.SIZE)"),
        ["* 4 UIDFETCH (UID 4 RFC822.SIZE 20)"]
    );
    let store = client.command("UID STORE 3 FLAGS (\\Flagged)");
    assert!(
        store[0].starts_with("* 3 UIDFETCH (FLAGS (\\Flagged"),
        "{store:?}"
    );
    // Section 3.6: what others do.
    let mut other = Client::login(&server);
    other.command("SELECT INBOX");
    other.command("STORE 1 FLAGS (\\Deleted)");
    let news = client.command("NOOP");
    assert!(
        news[0].starts_with("* 2 UIDFETCH (FLAGS (\\Deleted"),
        "{news:?}"
    );
    other.command("EXPUNGE");
    assert_eq!(client.command("NOOP"), ["* VANISHED 2"]);
    // Section 3.6: COPYUID, then VANISHED.
    client.command("CREATE there");
    let moved = client.command("UID MOVE 4 there");
    assert!(moved[0].starts_with("* OK [COPYUID "), "{moved:?}");
    assert_eq!(moved[1], "* VANISHED 4");
    // Section 3.4.
    client.command("UID STORE 3 +FLAGS.SILENT (\\Deleted)");
    assert_eq!(client.command("EXPUNGE"), ["* VANISHED 3"]);
}

#[test]
fn it_goes_with_condstore_and_qresync() {
    let (_server, mut client) = enabled(" QRESYNC");
    let select = client.command("SELECT INBOX");
    let validity = select.iter().find_map(|line| {
        let (_, rest) = line.split_once("[UIDVALIDITY ")?;
        rest.split_once(']').map(|(number, _)| number.to_owned())
    });
    let validity = validity.unwrap();
    let fetch = client.command("UID FETCH 2 (MODSEQ)");
    assert!(fetch[0].starts_with("* 2 UIDFETCH (MODSEQ ("), "{fetch:?}");
    let store = client.command("UID STORE 2 +FLAGS.SILENT (\\Seen)");
    assert!(store[0].starts_with("* 2 UIDFETCH (MODSEQ ("), "{store:?}");
    client.command("UNSELECT");
    // Section 3.7: no match data.
    let with = format!("SELECT INBOX (QRESYNC ({validity} 1 1:4 (1 2)))");
    assert!(client.try_command(&with).tagged.starts_with("BAD "));
    let select = client.command(&format!("SELECT INBOX (QRESYNC ({validity} 1 1:4))"));
    assert!(
        select.contains(&"* VANISHED (EARLIER) 1".to_owned()),
        "{select:?}"
    );
    assert!(
        select.iter().any(|line| line.starts_with("* 2 UIDFETCH (")),
        "{select:?}"
    );
    assert!(
        !select.iter().any(|line| line.contains(" FETCH (")),
        "{select:?}"
    );
}
