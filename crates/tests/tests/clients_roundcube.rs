//! Roundcube, used in a browser.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]

use postern_tests::{ACCOUNT, Client, Lmtp, ServerUnderTest, Steps};
use postern_tests::{expect_held, folders, message, usual_folders, with_attachment};

/// `Grüße aus Köln`, as a header has it (RFC 2047).
const GREETINGS: &str = "=?utf-8?Q?Gr=C3=BC=C3=9Fe_aus_K=C3=B6ln?=";

/// A server with messages, a Roundcube that has not signed in, and a client that looks after it.
///
/// Dropped in this order: the server's folder goes last.
struct Scene {
    roundcube: Steps,
    client: Client,
    server: ServerUnderTest,
}

impl Scene {
    fn with(messages: &[Vec<u8>], trust: &str) -> Self {
        let server = ServerUnderTest::start();
        let mut client = Client::login(&server);
        usual_folders(&mut client);
        client.append_all("INBOX", messages);
        let mut roundcube = Steps::start(&server, "steps_roundcube");
        roundcube.step("start", &[trust]);
        Self {
            roundcube,
            client,
            server,
        }
    }

    /// The same, signed in and in its INBOX.
    fn in_inbox(messages: &[Vec<u8>]) -> Self {
        let mut scene = Self::with(messages, "trusting");
        assert_eq!(scene.step("sign_in", &[]), [""; 0]);
        let seen = scene.step("folders", &[]);
        let all: Vec<_> = folders(&mut scene.client).into_keys().collect();
        assert_eq!(seen, all);
        assert_eq!(scene.step("show_folder", &["INBOX"]).len(), messages.len());
        scene
    }

    fn step(&mut self, name: &str, arguments: &[&str]) -> Vec<String> {
        self.roundcube.step(name, arguments)
    }
}

#[test]
fn roundcube_shows_marks_moves_and_deletes() {
    let mut scene = Scene::in_inbox(&[
        message("first"),
        with_attachment("papers"),
        message("third"),
    ]);
    let shown = scene.step("show", &["papers"]);
    assert_eq!(shown, ["The rich text, € 5.", "notes.txt: Notes: naïve"]);
    scene.step("picture", &["roundcube"]);
    scene.step("mark", &["first", "flagged"]);
    expect_held(
        &mut scene.client,
        "INBOX",
        &[("first", "\\Flagged"), ("papers", "\\Seen"), ("third", "")],
    );
    scene.step("mark", &["papers", "unread"]);
    scene.step("mark", &["first", "unflagged"]);

    let left = scene.step("move", &["first", "Archive"]);
    assert_eq!(left, ["papers", "third"]);
    scene.step("copy", &["papers", "Archive"]);
    assert_eq!(scene.step("delete", &["third"]), ["papers"]);
    expect_held(&mut scene.client, "INBOX", &[("papers", "")]);
    expect_held(
        &mut scene.client,
        "Archive",
        &[("first", ""), ("papers", "")],
    );
    let trash = &folders(&mut scene.client)["Trash"];
    assert_eq!(trash.len(), 1, "{trash:?}");
    assert_eq!(trash[0].octets, message("third"));
    assert_eq!(scene.step("show_folder", &["Archive"]), ["first", "papers"]);
    scene.step("end", &[]);
}

#[test]
fn roundcube_searches_on_the_server() {
    let greetings = message(GREETINGS);
    let mut scene = Scene::in_inbox(&[message("first"), greetings, with_attachment("papers")]);
    assert_eq!(scene.step("search", &["text", "rich"]), ["papers"]);
    assert_eq!(
        scene.step("search", &["subject", "köln"]),
        ["Grüße aus Köln"]
    );
    assert_eq!(scene.step("search", &["from", "nobody"]), [""; 0]);
    let all = ["Grüße aus Köln", "first", "papers"];
    assert_eq!(scene.step("search", &["from", "sender@example"]), all);
    assert_eq!(scene.step("end_search", &[]), all);
}

#[test]
fn roundcube_makes_a_folder_and_sees_what_has_come() {
    let mut scene = Scene::in_inbox(&[message("first")]);
    let replies = Lmtp::connect(&scene.server).deliver(&[ACCOUNT], &message("news"));
    assert!(replies[0].starts_with("250"), "{replies:?}");
    assert_eq!(scene.step("check_mail", &[]), ["first", "news"]);

    let seen = scene.step("create_folder", &["Entwürfe & Co"]);
    // Modified UTF-7 (RFC 9051, appendix A.1).
    assert!(seen.contains(&"Entw&APw-rfe &- Co".to_owned()), "{seen:?}");
    let subscribed = scene.client.command(r#"LSUB "" "Entw*""#);
    assert_eq!(subscribed.len(), 1, "{subscribed:?}");
    expect_held(&mut scene.client, "Entw&APw-rfe &- Co", &[]);
}

#[test]
fn roundcube_refuses_a_server_whose_authority_it_does_not_know() {
    let mut scene = Scene::with(&[], "strict");
    let said = scene.step("sign_in", &[]);
    assert_eq!(said, ["Connection to storage server failed."]);
}
