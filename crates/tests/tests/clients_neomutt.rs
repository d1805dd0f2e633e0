//! neomutt on a terminal of its own, its keys given beforehand.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]

use postern_tests::{Client, ServerUnderTest, finish, folders, message, script};
use std::fs;
use std::path::Path;

/// Runs it with these keys, which end with a quit, and gives what the terminal got.
fn press(server: &ServerUnderTest, folder: &Path, keys: &str) -> String {
    let file = folder.join("keys");
    fs::write(&file, format!("push \"{keys}\"\n")).unwrap();
    let mut command = server.client("script");
    // `script` is the terminal; --return gives on how neomutt ended.
    command.args(["--quiet", "--return", "--command"]);
    command.arg(format!(
        "neomutt -n -F {} -e 'source {}'",
        script("neomuttrc").display(),
        file.display()
    ));
    command.arg(folder.join("terminal"));
    command
        .env("TERM", "xterm")
        .env("HOME", folder)
        .env("COLUMNS", "120")
        .env("LINES", "40");
    finish(&command).success().text()
}

#[test]
fn neomutt_reads_flags_deletes_and_saves() {
    let server = ServerUnderTest::start();
    let mut client = Client::login(&server);
    for subject in ["first", "second", "third", "fourth"] {
        client.append("INBOX", "", &message(subject));
    }

    let folder = server.scratch("neomutt");
    let read = folder.join("read");
    let keys = format!(
        "<first-entry><display-message><exit><pipe-message>cat > {}<enter>\
         <first-entry><next-entry><flag-message>\
         <first-entry><next-entry><next-entry><delete-message>\
         <last-entry><save-message>=Saved<enter>\
         <sync-mailbox><quit>",
        read.display()
    );
    let shown = press(&server, &folder, &keys);
    // The last index that it draws: `first` read, `second` flagged, the others gone.
    assert!(shown.contains("Msgs:2 New:1 Flag:1"), "{shown}");
    assert!(
        shown.contains("first") && shown.contains("second"),
        "{shown}"
    );
    let read = fs::read_to_string(read).unwrap();
    assert!(read.contains("Subject: first\n"), "{read}");
    assert!(
        read.ends_with("\n\nThis is the text of first.\n.A line with a dot before it\n"),
        "{read}"
    );

    let folders = folders(&mut client);
    let inbox: Vec<_> = folders["INBOX"]
        .iter()
        .map(|m| (m.octets.clone(), flags(&m.flags)))
        .collect();
    let mut expected = vec![
        (message("first"), "\\Seen".to_owned()),
        (message("second"), "\\Flagged".to_owned()),
    ];
    expected.sort();
    assert_eq!(inbox, expected);
    let saved: Vec<_> = folders["Saved"].iter().map(|m| m.octets.clone()).collect();
    assert_eq!(saved, [message("fourth")]);
}

fn flags(flags: &postern_tests::Flags) -> String {
    flags
        .iter()
        .map(String::as_str)
        .collect::<Vec<_>>()
        .join(" ")
}
