//! Collection: what nobody can ask for any more gives its space back, everything else stays, and
//! a server that is killed amid it has lost nothing.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]

use postern_tests::{ACCOUNT, Client, Folders, Lmtp, ServerUnderTest, folders, kill, moment};
use serde_json::Value;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::process::Stdio;
use std::time::Duration;

/// An account in the same shard as [`ACCOUNT`], whose mail lies in the same segments.
const NEIGHBOUR: &str = "neighbour@example.test";

const AT_ONCE: &str = "history = \"1ms\"\ncollect_after = \"1ms\"\n";

fn large(name: &str) -> Vec<u8> {
    let line = format!("{name} {}\r\n", "x".repeat(70));
    format!("Subject: {name}\r\n\r\n{}", line.repeat(400)).into_bytes()
}

fn append(client: &mut Client, count: usize, name: &str) {
    for n in 0..count {
        client.append("INBOX", "", &large(&format!("{name}-{n}")));
    }
}

/// Expunges every second message of INBOX.
fn thin_out(client: &mut Client) {
    let selected = client.command("SELECT INBOX");
    let exists = selected
        .iter()
        .find_map(|line| line.strip_suffix(" EXISTS"));
    let count: usize = exists.unwrap().trim_start_matches("* ").parse().unwrap();
    let odd: Vec<String> = (1..=count).step_by(2).map(|n| n.to_string()).collect();
    client.command(&format!(
        "STORE {} +FLAGS.SILENT (\\Deleted)",
        odd.join(",")
    ));
    client.command("EXPUNGE");
    client.command("UNSELECT");
}

/// Gives back what can be; what was written last is not old until something newer is there.
fn collect(server: &ServerUnderTest) -> String {
    server.run(&["collect"]).success();
    for account in [ACCOUNT, NEIGHBOUR] {
        Lmtp::connect(server).deliver(&[account], b"Subject: newer\r\n\r\n");
    }
    server.run(&["collect"]).success().text()
}

/// Octets that the segments take on the disk.
fn taken(server: &ServerUnderTest) -> u64 {
    let folders = fs::read_dir(server.data()).unwrap().map(|it| it.unwrap());
    let folders = folders.filter(|it| it.file_name().to_string_lossy().starts_with("segments-"));
    let files = folders.flat_map(|it| fs::read_dir(it.path()).unwrap());
    files
        .map(|it| it.unwrap().metadata().unwrap().blocks() * 512)
        .sum()
}

fn check(server: &ServerUnderTest) -> Value {
    let ran = server.run(&["check", "--json"]);
    let said = serde_json::from_slice(&ran.stdout).unwrap();
    assert!(ran.status.success(), "{said:#}");
    said
}

fn everything(server: &ServerUnderTest) -> [Folders; 2] {
    [ACCOUNT, NEIGHBOUR].map(|name| folders(&mut Client::login_as(server, name)))
}

/// Two accounts with mail that takes turns in the segments.
fn filled(config: &str) -> ServerUnderTest {
    let server = ServerUnderTest::configured(config);
    server.add_account(NEIGHBOUR);
    let mut one = Client::login(&server);
    let mut two = Client::login_as(&server, NEIGHBOUR);
    for n in 0..12 {
        append(&mut one, 1, &format!("one-{n}"));
        append(&mut two, 1, &format!("two-{n}"));
    }
    server
}

#[test]
fn what_was_expunged_gives_its_space_back_and_all_else_stays() {
    let server = filled(AT_ONCE);
    let mut client = Client::login(&server);
    client.command("SELECT INBOX");
    // One lives on as a copy, elsewhere.
    client.command("COPY 1 Archive");
    client.command("UNSELECT");
    thin_out(&mut client);
    let full = taken(&server);
    let before = everything(&server);
    let said = collect(&server);
    assert!(!said.starts_with("0 octets"), "{said}");
    let thin = taken(&server);
    assert!(thin < full - 100_000, "{thin} of {full}");
    let after = everything(&server);
    for (before, after) in before.iter().zip(&after) {
        assert_eq!(before["Archive"], after["Archive"]);
        let kept = |message| after["INBOX"].contains(message);
        assert!(before["INBOX"].iter().all(kept));
    }
    assert_eq!(check(&server)["collected"], 5);
    let again = server.run(&["collect"]).success().text();
    assert_eq!(again, "0 octets given back, 0 segments removed\n");

    // A segment goes whole when nobody has anything in it.
    for account in [ACCOUNT, NEIGHBOUR] {
        let mut client = Client::login_as(&server, account);
        for mailbox in ["INBOX", "Archive"] {
            let selected = client.command(&format!("SELECT {mailbox}"));
            if !selected.contains(&"* 0 EXISTS".to_owned()) {
                client.command("STORE 1:* +FLAGS.SILENT (\\Deleted)");
            }
            client.command("CLOSE");
        }
    }
    let said = collect(&server);
    assert!(!said.contains(" 0 segments"), "{said}");
    assert!(taken(&server) < 100_000, "{}", taken(&server));
    check(&server);
}

#[test]
fn a_restart_finds_segments_with_holes_and_goes_on() {
    let mut server = filled(AT_ONCE);
    thin_out(&mut Client::login(&server));
    collect(&server);
    let before = everything(&server);
    server.stop();
    let said = server.run(&["collect"]).success().text();
    assert_eq!(said, "0 octets given back, 0 segments removed\n");
    check(&server);
    server.restart();
    assert_eq!(everything(&server), before);
    append(&mut Client::login(&server), 3, "more");
    check(&server);
}

#[test]
fn what_history_covers_stays_and_can_be_restored() {
    let server = filled("collect_after = \"1ms\"\n");
    let before = everything(&server);
    let at = moment();
    let mut client = Client::login(&server);
    client.command("SELECT INBOX");
    client.command("STORE 1:* +FLAGS.SILENT (\\Deleted)");
    client.command("CLOSE");
    server.account(&["remove", NEIGHBOUR, "--yes"], "");
    server.run(&["collect"]).success();
    Lmtp::connect(&server).deliver(&[ACCOUNT], b"Subject: newer\r\n\r\n");
    let said = server.run(&["collect"]).success().text();
    assert_eq!(said, "0 octets given back, 0 segments removed\n");
    server.run(&["restore", "--removed", NEIGHBOUR]).success();
    server.account(&["password", NEIGHBOUR], "correct horse battery\n");
    assert_eq!(everything(&server)[1], before[1]);
    let arguments = [
        "restore",
        "--account",
        ACCOUNT,
        "--mailbox",
        "INBOX",
        "--into",
        "Back",
    ];
    let said = server.run(&[&arguments[..], &["--at", &at]].concat());
    assert!(said.success().text().ends_with(": 12 messages added\n"));
    assert_eq!(everything(&server)[0]["Back"], before[0]["INBOX"]);
    assert_eq!(check(&server)["collected"], 0);
}

#[test]
fn the_mail_of_an_account_removed_long_ago_goes() {
    let server = filled(AT_ONCE);
    let before = everything(&server)[0].clone();
    server.account(&["remove", NEIGHBOUR, "--yes"], "");
    server.run(&["collect"]).success();
    Lmtp::connect(&server).deliver(&[ACCOUNT], b"Subject: newer\r\n\r\n");
    let said = server.run(&["collect"]).success().text();
    assert!(!said.starts_with("0 octets"), "{said}");
    let after = folders(&mut Client::login(&server));
    assert!(before["INBOX"].iter().all(|it| after["INBOX"].contains(it)));
    let late = server.run(&["restore", "--removed", NEIGHBOUR]);
    assert!(
        late.stderr.contains("history does not go back that far"),
        "{}",
        late.stderr
    );
    // All that it had.
    let said = server.run(&["check", "--json"]);
    let said: Value = serde_json::from_slice(&said.stdout).unwrap();
    assert_eq!(said["collected"], 12, "{said:#}");
}

/// Whatever moment it is killed at: every message that there is can be read, and the next
/// collection finishes.
#[test]
fn a_server_killed_amid_a_collection_loses_nothing() {
    let mut server = ServerUnderTest::configured(AT_ONCE);
    server.add_account(NEIGHBOUR);
    for round in 0..10_u64 {
        let mut client = Client::login(&server);
        let mut neighbour = Client::login_as(&server, NEIGHBOUR);
        for n in 0..6 {
            append(&mut client, 1, &format!("r{round}-{n}"));
            append(&mut neighbour, 1, &format!("r{round}-{n}"));
        }
        thin_out(&mut client);
        server.run(&["collect"]).success();
        append(&mut client, 1, "newer");
        let before = everything(&server);
        let mut command = server.command(&["collect"]);
        command.stdout(Stdio::null()).stderr(Stdio::null());
        let mut collecting = command.spawn().unwrap();
        // At another moment each time; whichever it is, the same must hold.
        std::thread::sleep(Duration::from_millis(3 * round));
        kill(server.id());
        server.kill();
        collecting.wait().unwrap();
        check(&server);
        server.restart();
        assert_eq!(everything(&server), before, "round {round}");
    }
    collect(&server);
    check(&server);
    let again = server.run(&["collect"]).success().text();
    assert_eq!(again, "0 octets given back, 0 segments removed\n");
}

/// A body may be about to be named by a command that takes its time.
#[test]
fn what_was_written_lately_is_left_alone() {
    let server = filled("history = \"1ms\"\n");
    thin_out(&mut Client::login(&server));
    let said = collect(&server);
    assert_eq!(said, "0 octets given back, 0 segments removed\n");
    assert_eq!(check(&server)["collected"], 0);
}

/// Both accounts' mail lies in the same segments: only what the one deleted goes.
#[test]
fn an_account_may_have_a_history_of_its_own() {
    let own = format!("{AT_ONCE}history_of = [\"{NEIGHBOUR} 30d\"]\n");
    let server = filled(&own);
    let before = everything(&server);
    let at = moment();
    for account in [ACCOUNT, NEIGHBOUR] {
        let mut client = Client::login_as(&server, account);
        client.command("SELECT INBOX");
        client.command("STORE 1:* +FLAGS.SILENT (\\Deleted)");
        client.command("CLOSE");
    }
    let said = collect(&server);
    assert!(!said.starts_with("0 octets"), "{said}");
    assert_eq!(check(&server)["collected"], 12);
    let restore = |account: &str| {
        let of_inbox = ["--mailbox", "INBOX", "--at", &at, "--into", "Back"];
        server.run(&[&["restore", "--account", account][..], &of_inbox].concat())
    };
    let too_old = restore(ACCOUNT);
    assert!(
        too_old.stderr.contains("history is kept"),
        "{}",
        too_old.stderr
    );
    restore(NEIGHBOUR).success();
    assert_eq!(everything(&server)[1]["Back"], before[1]["INBOX"]);
}
