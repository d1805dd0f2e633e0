//! `postern backup` under load, and what is restored from it: everything, one mailbox, after a
//! crash; and backups that were damaged.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]

use postern_tests::{
    ACCOUNT, Client, Folders, Lmtp, SECOND_ACCOUNT, ServerUnderTest, folders, kill, message,
};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

fn everything(server: &ServerUnderTest) -> [Folders; 2] {
    [ACCOUNT, SECOND_ACCOUNT].map(|name| folders(&mut Client::login_as(server, name)))
}

fn backup(server: &ServerUnderTest, folder: &Path) -> String {
    let ran = server.run(&["backup", folder.to_str().unwrap()]);
    ran.success().text()
}

fn verify(server: &ServerUnderTest, folder: &Path) -> Result<String, String> {
    let ran = server.run(&["backup", "--verify", folder.to_str().unwrap()]);
    match ran.status.success() {
        true => Ok(ran.text()),
        false => Err(ran.stderr),
    }
}

/// Puts the data folder out of the way, and makes it again from the backup.
fn lose_and_restore(server: &ServerUnderTest, folder: &Path) {
    let aside = server.data().with_extension("lost");
    let _ = fs::remove_dir_all(&aside);
    fs::rename(server.data(), aside).unwrap();
    let ran = server.run(&["restore", "--from", folder.to_str().unwrap()]);
    ran.success();
}

/// Delivers, flags and deletes until it is told to stop.
fn work(server: &ServerUnderTest, account: &str, stop: &AtomicBool) {
    let mut client = Client::login_as(server, account);
    client.command("SELECT INBOX");
    for round in 0.. {
        if stop.load(Ordering::Relaxed) {
            return;
        }
        let text = format!("{account} {round} {}", "x".repeat(round % 3 * 20_000));
        client.append(
            "INBOX",
            "",
            format!("Subject: w\r\n\r\n{text}\r\n").as_bytes(),
        );
        client.command("STORE * +FLAGS (\\Flagged)");
        if round % 5 == 4 {
            client.command("COPY * Archive");
            client.command("STORE 1 +FLAGS (\\Deleted)");
            client.command("EXPUNGE");
        }
    }
}

#[test]
fn a_backup_under_load_gives_back_every_account() {
    let mut server = ServerUnderTest::configured("");
    let folder = server.scratch("backups").join("one");
    let stop = AtomicBool::new(false);
    std::thread::scope(|scope| {
        for account in [ACCOUNT, SECOND_ACCOUNT] {
            let (server, stop) = (&server, &stop);
            scope.spawn(move || work(server, account, stop));
        }
        for _ in 0..4 {
            backup(&server, &folder);
            verify(&server, &folder).unwrap();
        }
        stop.store(true, Ordering::Relaxed);
    });
    // What was copied amid the work is whole: every body that an event names is there.
    server.stop();
    lose_and_restore(&server, &folder);
    server.run(&["check"]).success();
    server.restart();
    let amid = everything(&server);
    let inbox = &amid[0]["INBOX"];
    assert!(!inbox.is_empty());
    assert!(inbox.iter().all(|it| it.octets.starts_with(b"Subject: w")));
    server.stop();
    fs::remove_dir_all(server.data()).unwrap();
    fs::rename(server.data().with_extension("lost"), server.data()).unwrap();
    server.restart();

    // Only what is new is copied, and then it is all there.
    Lmtp::connect(&server).deliver(&[ACCOUNT, SECOND_ACCOUNT], &message("last"));
    let before = everything(&server);
    let uids = |server: &ServerUnderTest| {
        let mut client = Client::login(server);
        client.command("SELECT INBOX (CONDSTORE)");
        client.command("UID FETCH 1:* (UID MODSEQ)")
    };
    let numbers = uids(&server);
    backup(&server, &folder);
    assert_eq!(
        backup(&server, &folder),
        "0 entries and 0 octets of messages were new\n"
    );
    server.stop();
    lose_and_restore(&server, &folder);
    server.run(&["check"]).success();
    server.restart();
    assert_eq!(everything(&server), before);
    // The same UIDs and MODSEQs: clients go on where they were.
    assert_eq!(uids(&server), numbers);
    Client::login(&server).append("INBOX", "", &message("goes on"));
    backup(&server, &folder);
    verify(&server, &folder).unwrap();
}

#[test]
fn one_mailbox_comes_out_of_a_backup_though_its_mail_was_collected() {
    let server = ServerUnderTest::configured("history = \"1ms\"\ncollect_after = \"1ms\"\n");
    let mut client = Client::login(&server);
    client.command("CREATE Projects");
    client.append("Projects", "(\\Seen \\Flagged)", &message("plan"));
    for n in 0..10 {
        client.append("Projects", "", &message(&format!("m{n}")));
    }
    let before = everything(&server)[0]["Projects"].clone();
    let folder = server.scratch("backups").join("one");
    backup(&server, &folder);
    client.command("DELETE Projects");
    server.run(&["collect"]).success();
    client.append("INBOX", "", &message("newer"));
    server.run(&["collect"]).success();
    let from = folder.to_str().unwrap().to_owned();
    let restore = |more: &[&str]| {
        let arguments = ["restore", "--from", &from, "--account", ACCOUNT];
        server.run(&[&arguments[..], more].concat())
    };
    let said = restore(&["--mailbox", "Projects", "--in-place"])
        .success()
        .text();
    assert_eq!(said, "\"Projects\" to \"Projects\": 11 messages added\n");
    assert_eq!(everything(&server)[0]["Projects"], before);
    // Known by their octets, wherever those lie.
    let again = restore(&["--in-place"]).success().text();
    assert_eq!(again, "nothing was missing\n");
    let said = restore(&["--mailbox", "Projects", "--into", "Twice"]);
    assert!(said.success().text().contains("11 messages added"));
    assert_eq!(everything(&server)[0]["Twice"], before);
    let never = restore(&["--mailbox", "Nowhere"]);
    assert_eq!(never.status.code(), Some(1), "{}", never.stderr);
    server.run(&["check"]).success();
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut all = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => all.extend(files(&path)),
            false => all.push(path),
        }
    }
    all.sort();
    all
}

#[test]
fn a_damaged_backup_is_found() {
    let server = ServerUnderTest::configured("");
    Lmtp::connect(&server).deliver(&[ACCOUNT, SECOND_ACCOUNT], &message("one"));
    let folder = server.scratch("backups").join("one");
    backup(&server, &folder);
    let named = ["directory-", "rows-", "segments-", "manifest"];
    let is_named = |path: &PathBuf| {
        let text = path
            .strip_prefix(&folder)
            .unwrap()
            .to_str()
            .unwrap()
            .to_owned();
        named.iter().any(|name| text.starts_with(name))
    };
    let all: Vec<_> = files(&folder).into_iter().filter(is_named).collect();
    assert_eq!(all.len(), 6, "{all:?}");
    let empty = server.scratch("empty");
    for path in all {
        let whole = fs::read(&path).unwrap();
        let mut flipped = whole.clone();
        flipped[whole.len() / 2] ^= 4;
        let damages = [Some(flipped), Some(whole[..whole.len() - 1].to_vec()), None];
        for damage in damages {
            match damage {
                Some(octets) => fs::write(&path, octets).unwrap(),
                None => fs::remove_file(&path).unwrap(),
            }
            let found = verify(&server, &folder).unwrap_err();
            let name = path.file_name().unwrap().to_str().unwrap();
            let is_manifest = name == "manifest.json";
            assert!(found.contains(name) || is_manifest, "{name}: {found}");
            let data = empty.join("data");
            let _ = fs::remove_dir_all(&data);
            let arguments = ["restore", "--from", folder.to_str().unwrap(), "--data"];
            let ran = server.run(&[&arguments[..], &[data.to_str().unwrap()]].concat());
            assert!(!ran.status.success(), "{name}");
            fs::write(&path, &whole).unwrap();
        }
    }
    verify(&server, &folder).unwrap();
}

#[test]
fn a_folder_in_use_and_a_foreign_backup_are_left_alone() {
    let server = ServerUnderTest::configured("");
    Lmtp::connect(&server).deliver(&[ACCOUNT], &message("one"));
    let scratch = server.scratch("backups");
    let folder = scratch.join("one");
    backup(&server, &folder);
    let over = server.run(&["restore", "--from", folder.to_str().unwrap()]);
    assert_eq!(over.status.code(), Some(4), "{}", over.stderr);
    let nothing = server.run(&["restore", "--from", scratch.to_str().unwrap()]);
    assert!(!nothing.status.success(), "{}", nothing.stderr);

    let other = ServerUnderTest::configured("");
    Lmtp::connect(&other).deliver(&[ACCOUNT], &message("another"));
    let ran = other.run(&["backup", folder.to_str().unwrap()]);
    assert!(
        ran.stderr.contains("of another data folder"),
        "{}",
        ran.stderr
    );
    verify(&server, &folder).unwrap();
}

/// A backup that is cut off leaves the one before; a restore that is cut off leaves a folder that
/// no server takes for mail, and can be begun again.
#[test]
fn killed_amid_it() {
    let mut server = ServerUnderTest::configured("");
    let folder = server.scratch("backups").join("one");
    let mut client = Client::login(&server);
    let mut whole = Folders::new();
    for round in 0..8_u64 {
        let large = format!("Subject: r{round}\r\n\r\n{}\r\n", "x".repeat(3_000_000));
        client.append("INBOX", "", large.as_bytes());
        if round == 0 {
            backup(&server, &folder);
            whole = everything(&server)[0].clone();
        }
        let mut command = server.command(&["backup", folder.to_str().unwrap()]);
        command.stdout(Stdio::null()).stderr(Stdio::null());
        let mut child = command.spawn().unwrap();
        // At another moment each time; whichever it is, the same must hold.
        std::thread::sleep(Duration::from_millis(5 * round));
        kill(child.id());
        child.wait().unwrap();
        verify(&server, &folder).unwrap();
    }
    backup(&server, &folder);
    let before = everything(&server);
    assert!(
        whole["INBOX"]
            .iter()
            .all(|it| before[0]["INBOX"].contains(it))
    );
    drop(client);
    server.stop();
    fs::rename(server.data(), server.data().with_extension("lost")).unwrap();
    let mut cut = 0;
    for round in 0..8_u64 {
        let mut command = server.command(&["restore", "--from", folder.to_str().unwrap()]);
        command.stdout(Stdio::null()).stderr(Stdio::null());
        let mut child = command.spawn().unwrap();
        std::thread::sleep(Duration::from_millis(5 * round));
        kill(child.id());
        child.wait().unwrap();
        if server.data().join("restoring").exists() {
            cut += 1;
            let refused = server.run(&["check"]);
            assert!(
                refused.stderr.contains("being restored"),
                "{}",
                refused.stderr
            );
            let refused = server.run(&["serve"]);
            assert!(
                refused.stderr.contains("being restored"),
                "{}",
                refused.stderr
            );
        } else if server.data().join("meta").exists() {
            break;
        }
    }
    println!("{cut} restores were cut off");
    if !server.data().join("meta").exists() || server.data().join("restoring").exists() {
        let ran = server.run(&["restore", "--from", folder.to_str().unwrap()]);
        ran.success();
    }
    server.run(&["check"]).success();
    server.restart();
    assert_eq!(everything(&server), before);
}
