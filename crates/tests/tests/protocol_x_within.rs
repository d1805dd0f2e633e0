//! WITHIN: RFC 5032.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

use postern_tests::{Client, ServerUnderTest, message};

/// A year and a century in seconds: whatever the time is when the test runs, one message is
/// older than a year, and one, appended now, is not.
#[test]
fn older_and_younger() {
    let server = ServerUnderTest::start();
    let mut client = Client::login(&server);
    client.append("INBOX", "\"01-Jan-2001 00:00:00 +0000\"", &message("old"));
    client.append("INBOX", "", &message("new"));
    client.command("SELECT INBOX");
    for (key, expected) in [
        ("OLDER 31536000", "* SEARCH 1"),
        ("YOUNGER 31536000", "* SEARCH 2"),
        ("NOT YOUNGER 31536000", "* SEARCH 1"),
        ("YOUNGER 3153600000", "* SEARCH 1 2"),
        ("OLDER 3153600000", "* SEARCH"),
        ("OLDER 4294967295", "* SEARCH"),
        ("OR OLDER 31536000 YOUNGER 31536000", "* SEARCH 1 2"),
        ("SUBJECT old YOUNGER 31536000", "* SEARCH"),
    ] {
        assert_eq!(
            client.command(&format!("SEARCH {key}")),
            [expected],
            "{key}"
        );
    }
    for wrong in [
        "OLDER 0",
        "YOUNGER x",
        "OLDER",
        "YOUNGER -5",
        "OLDER 4294967296",
    ] {
        let refused = client.try_command(&format!("SEARCH {wrong}"));
        assert!(refused.tagged.starts_with("BAD"), "{wrong}: {refused:?}");
    }
    let line = client.command("CAPABILITY").remove(0);
    assert!(line.split(' ').any(|word| word == "WITHIN"), "{line}");
}
