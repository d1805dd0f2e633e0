//! `postern restore`: mailboxes as they were, with the server running, without it, and with it
//! killed amid the work.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]

use postern_tests::{
    ACCOUNT, Client, Folders, Lmtp, PASSWORD, ServerUnderTest, folders, kill, message, moment,
};
use std::process::Stdio;

fn restore(server: &ServerUnderTest, more: &[&str]) -> String {
    let arguments = [&["restore", "--account", ACCOUNT], more].concat();
    server.run(&arguments).success().text()
}

fn everything(server: &ServerUnderTest) -> Folders {
    folders(&mut Client::login(server))
}

/// An account with some mail, a time, and then much of it deleted.
fn accident() -> (ServerUnderTest, Folders, String) {
    let server = ServerUnderTest::configured("");
    let mut client = Client::login(&server);
    let messages: Vec<_> = (0..40).map(|n| message(&format!("m{n}"))).collect();
    client.append_all("INBOX", &messages);
    client.command("CREATE Projects/2026");
    client.append("Projects/2026", "(\\Seen \\Flagged)", &message("plan"));
    client.append("Projects/2026", "(\\Answered)", &message("budget"));
    client.command("SELECT INBOX");
    client.command("STORE 1:10 +FLAGS (\\Seen)");
    let before = folders(&mut client);
    let at = moment();
    client.command("SELECT INBOX");
    client.command("STORE 1:30 +FLAGS (\\Deleted)");
    client.command("EXPUNGE");
    client.command("UNSELECT");
    client.command("DELETE Projects/2026");
    Lmtp::connect(&server).deliver(&[ACCOUNT], &message("later"));
    (server, before, at)
}

#[test]
fn a_deleted_folder_and_expunged_mail_come_back_and_sessions_see_it_at_once() {
    let (server, before, at) = accident();
    let mut watcher = Client::login(&server);
    watcher.command("SELECT INBOX");
    watcher.send("i IDLE");
    watcher.expect("+");

    let said = restore(&server, &["--mailbox", "Projects/2026", "--at", &at]);
    assert!(said.contains(": 2 messages added"), "{said}");
    let said = restore(&server, &["--mailbox", "inbox", "--at", &at, "--in-place"]);
    assert_eq!(said, "\"INBOX\" to \"INBOX\": 30 messages added\n");
    watcher.expect("* 41 EXISTS");
    watcher.send("DONE");
    watcher.expect("i OK");

    let after = everything(&server);
    let mut inbox = before["INBOX"].clone();
    inbox.extend(
        after["INBOX"]
            .iter()
            .filter(|it| !before["INBOX"].contains(it))
            .cloned(),
    );
    inbox.sort();
    assert_eq!(after["INBOX"], inbox);
    assert_eq!(inbox.len(), 41);
    let stamp = format!(
        "Projects/2026 ({} {})",
        &at[..10],
        at[11..16].replace(':', ".")
    );
    assert_eq!(after[&stamp], before["Projects/2026"]);

    // Nothing is missing now in INBOX; the folder itself still is.
    let said = restore(&server, &["--at", &at, "--in-place"]);
    assert_eq!(
        said,
        "\"Projects/2026\" to \"Projects/2026\": 2 messages added\n"
    );
    assert_eq!(
        everything(&server)["Projects/2026"],
        before["Projects/2026"]
    );
    assert_eq!(
        restore(&server, &["--at", &at, "--in-place"]),
        "nothing was missing\n"
    );

    let history = ["history", "--account", ACCOUNT, "--mailbox", "INBOX"];
    let history = server.run(&history).success().text();
    assert!(history.contains("[operator, postern restore]"), "{history}");
    server.run(&["check"]).success();
}

#[test]
fn it_works_without_a_server_and_refuses_with_reasons() {
    let (mut server, before, at) = accident();
    server.stop();
    let said = restore(
        &server,
        &["--mailbox", "Projects/2026", "--at", &at, "--into", "Back"],
    );
    assert_eq!(said, "\"Projects/2026\" to \"Back\": 2 messages added\n");
    let cases: [(&[&str], &str); 4] = [
        (
            &["--mailbox", "Projects/2026", "--at", &at, "--into", "Back"],
            "choose another",
        ),
        (
            &["--mailbox", "Nowhere", "--at", &at],
            "no such mailbox at that time",
        ),
        (
            &["--mailbox", "INBOX", "--at", "31d"],
            "history is kept for 30 days",
        ),
        (
            &["--mailbox", "INBOX", "--at", &at, "--into", "a//b"],
            "cannot be the name",
        ),
    ];
    for running in [false, true] {
        if running {
            server.restart();
        }
        for (more, says) in cases {
            let ran = server.run(&[&["restore", "--account", ACCOUNT], more].concat());
            assert_eq!(ran.status.code(), Some(1), "{more:?}: {}", ran.stderr);
            assert!(ran.stderr.contains(says), "{more:?}: {}", ran.stderr);
        }
    }
    assert_eq!(everything(&server)["Back"], before["Projects/2026"]);
    server.run(&["check"]).success();
}

#[test]
fn a_removed_account_comes_back_with_its_mail() {
    let server = ServerUnderTest::configured("");
    let mut client = Client::login(&server);
    client.append("INBOX", "", &message("kept"));
    let before = folders(&mut client);
    server.account(&["remove", ACCOUNT, "--yes"], "");
    assert!(
        server
            .run(&["restore", "--removed", "nobody"])
            .stderr
            .contains("ever removed")
    );
    server.run(&["restore", "--removed", ACCOUNT]).success();
    let again = server.run(&["restore", "--removed", ACCOUNT]);
    assert_eq!(again.status.code(), Some(1), "{}", again.stderr);
    // Nobody comes in with the old password, which is not kept.
    let mut stranger = Client::connect(&server);
    let refused = stranger.try_command(&format!("LOGIN {ACCOUNT} \"{PASSWORD}\""));
    assert!(refused.tagged.starts_with("NO"), "{refused:?}");
    server.account(&["password", ACCOUNT], &format!("{PASSWORD}\n"));
    assert_eq!(everything(&server), before);
}

/// All of it or nothing, and nothing else is touched; a second attempt finishes.
#[test]
fn a_server_killed_amid_a_restore_has_done_all_of_it_or_nothing() {
    let mut server = ServerUnderTest::configured("");
    let mut client = Client::login(&server);
    let messages: Vec<_> = (0..600).map(|n| message(&format!("m{n}"))).collect();
    client.append_all("INBOX", &messages);
    let at = moment();
    client.command("SELECT INBOX");
    client.command("STORE 1:* +FLAGS (\\Deleted)");
    client.command("EXPUNGE");
    let mut done = 0;
    for round in 0..12_u64 {
        let name = format!("Back{round}");
        let arguments = [
            "restore",
            "--account",
            ACCOUNT,
            "--mailbox",
            "INBOX",
            "--at",
            &at,
            "--into",
            &name,
        ];
        let mut command = server.command(&arguments);
        command.stdout(Stdio::null()).stderr(Stdio::null());
        let mut child = command.spawn().unwrap();
        // At another moment each time; whichever it is, the same must hold.
        std::thread::sleep(std::time::Duration::from_millis(2 * round));
        kill(server.id());
        server.kill();
        child.wait().unwrap();
        server.restart();
        let mut client = Client::login(&server);
        let status = client.try_command(&format!("STATUS {name} (MESSAGES)"));
        if status.tagged.starts_with("OK") {
            assert!(status.lines()[0].ends_with("(MESSAGES 600)"), "{status:?}");
            done += 1;
        }
        server.run(&["check"]).success();
    }
    println!("{done} of 12 were done");
    assert_eq!(
        restore(&server, &["--mailbox", "INBOX", "--at", &at, "--in-place"]),
        "\"INBOX\" to \"INBOX\": 600 messages added\n"
    );
}
