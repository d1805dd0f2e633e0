//! SAVEDATE: RFC 8514.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]

use postern_tests::{Client, ServerUnderTest};

const OLD: &str = "\"17-Jul-1996 02:44:25 -0700\"";

fn fetched(client: &mut Client) -> String {
    let lines = client.command("FETCH 1 (SAVEDATE INTERNALDATE)");
    lines
        .into_iter()
        .find(|line| line.contains("FETCH"))
        .unwrap()
}

/// The quoted text after `SAVEDATE `.
fn save_date(line: &str) -> String {
    let (_, rest) = line.split_once("SAVEDATE \"").unwrap();
    rest.split_once('"').unwrap().0.to_owned()
}

#[test]
fn the_save_date_is_when_the_message_came_into_this_mailbox() {
    let server = ServerUnderTest::start();
    let mut client = Client::login(&server);
    client.append("INBOX", OLD, b"Subject: x\r\n\r\nText\r\n");
    client.command("SELECT INBOX");
    let line = fetched(&mut client);
    assert!(line.contains("INTERNALDATE \"17-Jul-1996 "), "{line}");
    let saved = save_date(&line);
    assert_eq!(saved.len(), "17-Jul-1996 02:44:25 -0700".len(), "{saved}");
    let year: u32 = saved[7..11].parse().unwrap();
    assert!(year >= 2025, "{saved}");

    // It does not change, and a copy gets its own, with the internal date as it was.
    client.command("STORE 1 +FLAGS (\\Flagged)");
    assert_eq!(save_date(&fetched(&mut client)), saved);
    client.command("MOVE 1 Trash");
    client.command("SELECT Trash");
    let line = fetched(&mut client);
    assert!(line.contains("INTERNALDATE \"17-Jul-1996 "), "{line}");
    assert!(
        save_date(&line)[7..11].parse::<u32>().unwrap() >= 2025,
        "{line}"
    );
}

#[test]
fn search_goes_by_the_save_date() {
    let server = ServerUnderTest::start();
    let mut client = Client::login(&server);
    let capabilities = client.command("CAPABILITY");
    assert!(capabilities[0].contains(" SAVEDATE"), "{capabilities:?}");
    client.append("INBOX", OLD, b"Subject: x\r\n\r\nText\r\n");
    client.command("SELECT INBOX");
    let day = save_date(&fetched(&mut client))[..11].trim().to_owned();
    let table = [
        (format!("SAVEDON {day}"), "* SEARCH 1"),
        (format!("SAVEDSINCE {day}"), "* SEARCH 1"),
        (format!("SAVEDBEFORE {day}"), "* SEARCH"),
        (format!("NOT SAVEDBEFORE {day}"), "* SEARCH 1"),
        ("SAVEDON 17-Jul-1996".to_owned(), "* SEARCH"),
        ("SAVEDSINCE 17-Jul-1996".to_owned(), "* SEARCH 1"),
        ("SAVEDBEFORE 1-Jan-2100".to_owned(), "* SEARCH 1"),
        ("SAVEDSINCE 1-Jan-2100".to_owned(), "* SEARCH"),
        ("SAVEDATESUPPORTED".to_owned(), "* SEARCH 1"),
        ("NOT SAVEDATESUPPORTED".to_owned(), "* SEARCH"),
    ];
    for (key, expected) in table {
        assert_eq!(
            client.command(&format!("SEARCH {key}")),
            [expected],
            "{key}"
        );
    }
}
