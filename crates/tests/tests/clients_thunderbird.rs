//! Thunderbird, with a window on a display of its own.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]

use postern_tests::{ACCOUNT, Client, Lmtp, PASSWORD, ServerUnderTest, Steps};
use postern_tests::{eventually, expect_held, folders, message, usual_folders, with_attachment};
use std::fs;

/// `Grüße aus Köln`, as a header has it (RFC 2047).
const GREETINGS: &str = "=?utf-8?Q?Gr=C3=BC=C3=9Fe_aus_K=C3=B6ln?=";

/// A server with messages, a Thunderbird that has signed in, and a client that looks after it.
///
/// Dropped in this order: the server's folder goes last.
struct Scene {
    thunderbird: Steps,
    client: Client,
    server: ServerUnderTest,
}

impl Scene {
    /// Thunderbird with these messages in INBOX.
    fn with(messages: &[Vec<u8>]) -> Self {
        let server = ServerUnderTest::start();
        let mut client = Client::login(&server);
        usual_folders(&mut client);
        client.append_all("INBOX", messages);
        let mut thunderbird = Steps::start(&server, "steps_thunderbird");
        thunderbird.step("start", &["trusting"]);
        let port = server.imaps.port().to_string();
        thunderbird.step("account", &[ACCOUNT, PASSWORD, &port]);
        let seen = thunderbird.step("discover", &[]);
        assert_eq!(seen, folders(&mut client).into_keys().collect::<Vec<_>>());
        Self {
            thunderbird,
            client,
            server,
        }
    }

    fn step(&mut self, name: &str, arguments: &[&str]) -> Vec<String> {
        self.thunderbird.step(name, arguments)
    }

    /// The names in the replies to LSUB.
    fn subscribed(&mut self) -> Vec<String> {
        let lines = self.client.command(r#"LSUB "" "*""#);
        let names = lines.iter().filter_map(|line| line.rsplit_once(r#" "/" "#));
        let mut names: Vec<_> = names
            .map(|(_, name)| name.trim_matches('"').to_owned())
            .collect();
        names.sort();
        names
    }
}

#[test]
fn thunderbird_shows_a_message_and_marks_messages() {
    let mut scene = Scene::with(&[
        message("first"),
        with_attachment("papers"),
        message("third"),
    ]);
    scene.step("update", &["INBOX", "first", "papers", "third"]);

    let shown = scene.step("show", &["INBOX", "papers"]);
    assert!(shown[0].contains("The rich text, € 5."), "{shown:?}");
    assert_eq!(shown[1..], ["notes.txt: Notes: naïve"]);
    scene.step("picture", &["thunderbird"]);
    scene.step("hide", &[]);
    expect_held(
        &mut scene.client,
        "INBOX",
        &[("first", ""), ("papers", "\\Seen"), ("third", "")],
    );

    scene.step("mark_flagged", &["INBOX", "first"]);
    scene.step("tag", &["INBOX", "first", "$label1"]);
    scene.step("mark_unread", &["INBOX", "papers"]);
    expect_held(
        &mut scene.client,
        "INBOX",
        &[("first", "\\Flagged"), ("papers", ""), ("third", "")],
    );
    scene.client.command("EXAMINE INBOX");
    let found = scene.client.command("SEARCH KEYWORD $label1");
    assert_eq!(found, ["* SEARCH 1"]);
}

#[test]
fn thunderbird_is_told_in_idle() {
    let mut scene = Scene::with(&[message("first")]);
    scene.step("update", &["INBOX", "first"]);
    scene.step("idle", &["INBOX"]);
    let replies = Lmtp::connect(&scene.server).deliver(&[ACCOUNT], &message("news"));
    assert!(replies[0].starts_with("250"), "{replies:?}");
    scene.step("arrived", &["INBOX", "news"]);
    scene.step("idle", &["INBOX"]);
    scene.client.command("SELECT INBOX");
    scene.client.command(r"STORE 1 +FLAGS (\Flagged)");
    scene.step("flagged_elsewhere", &["INBOX", "first"]);
    scene.step("idle", &["INBOX"]);
    scene.client.command(r"STORE 1 +FLAGS (\Deleted)");
    scene.client.command("EXPUNGE");
    scene.step("gone", &["INBOX", "first"]);
}

#[test]
fn thunderbird_makes_folders_and_fills_them() {
    let mut scene = Scene::with(&["first", "second", "third"].map(message));
    scene.step("update", &["INBOX", "first", "second", "third"]);
    assert_eq!(scene.step("create", &["", "Work"]), ["Work"]);
    assert_eq!(scene.step("create", &["Work", "2026"]), ["Work/2026"]);
    scene.step("transfer", &["INBOX", "Work", "move", "first", "second"]);
    scene.step("update", &["Work", "first", "second"]);
    scene.step("transfer", &["Work", "Work/2026", "copy", "second"]);
    scene.step("remove", &["INBOX", "third"]);
    expect_held(&mut scene.client, "INBOX", &[]);
    expect_held(&mut scene.client, "Work", &[("first", ""), ("second", "")]);
    expect_held(&mut scene.client, "Work/2026", &[("second", "")]);
    expect_held(&mut scene.client, "Trash", &[("third", "")]);

    scene.step("remove_folder", &["Work/2026"]);
    expect_held(&mut scene.client, "Trash/2026", &[("second", "")]);
    scene.step("rename", &["Work", "Done"]);
    expect_held(&mut scene.client, "Done", &[("first", ""), ("second", "")]);
    let all: Vec<_> = folders(&mut scene.client).into_keys().collect();
    assert_eq!(scene.step("discover", &[]), all);
}

#[test]
fn thunderbird_subscribes() {
    let mut scene = Scene::with(&[]);
    let mut expected = scene.subscribed();
    scene.step("create", &["", "Work"]);
    expected.push("Work".to_owned());
    assert_eq!(scene.subscribed(), expected);
    scene.client.command("CREATE Other");
    let others = [&["-Other".to_owned()], &expected[..]].concat();
    assert_eq!(scene.step("subscriptions", &[]), others);
    scene.step("unsubscribe", &["Work"]);
    expected.pop();
    eventually("LSUB without Work", || {
        let subscribed = scene.subscribed();
        if subscribed == expected {
            Ok(())
        } else {
            Err(subscribed)
        }
    });
}

#[test]
fn thunderbird_searches_on_the_server() {
    let greetings = message(GREETINGS);
    let mut scene = Scene::with(&[message("first"), greetings, with_attachment("papers")]);
    let subjects = ["Grüße aus Köln", "first", "papers"];
    scene.step("update", &[&["INBOX"], &subjects[..]].concat());
    let found = scene.step("search", &["INBOX", "Subject", "köln"]);
    assert_eq!(found, ["Grüße aus Köln"]);
    let found = scene.step("search", &["INBOX", "Body", "rich"]);
    assert_eq!(found, ["papers"]);
    let found = scene.step("search", &["INBOX", "Body", "€ 5"]);
    assert_eq!(found, ["papers"]);
    let found = scene.step("search", &["INBOX", "Sender", "sender@example.org"]);
    assert_eq!(found, subjects);
    assert_eq!(
        scene.step("search", &["INBOX", "Subject", "absent"]),
        [""; 0]
    );
}

#[test]
fn thunderbird_stores_a_draft_and_expunges() {
    let mut scene = Scene::with(&["first", "second"].map(message));
    let file = scene.thunderbird.folder().join("draft.eml");
    fs::write(&file, message("draft")).unwrap();
    scene.step("append", &["Drafts", file.to_str().unwrap()]);
    expect_held(&mut scene.client, "Drafts", &[("draft", "\\Seen")]);
    assert_eq!(
        folders(&mut scene.client)["Drafts"][0].octets,
        message("draft")
    );

    scene.step("update", &["INBOX", "first", "second"]);
    scene.client.command("SELECT INBOX");
    scene.client.command(r"STORE 1 +FLAGS (\Deleted)");
    scene.step("expunge", &["INBOX"]);
    expect_held(&mut scene.client, "INBOX", &[("second", "")]);
}

#[test]
fn thunderbird_refuses_a_server_whose_authority_it_does_not_know() {
    let server = ServerUnderTest::start();
    let mut thunderbird = Steps::start(&server, "steps_thunderbird");
    thunderbird.step("start", &["strict"]);
    let port = server.imaps.port().to_string();
    let refused = thunderbird.step("refused", &[ACCOUNT, PASSWORD, &port]);
    // SEC_ERROR_UNKNOWN_ISSUER
    assert_eq!(refused, ["sign in: 0x805a1ff3"]);
}
