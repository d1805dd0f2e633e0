//! Processes that end in the middle: killed, or at a limit of the system on the size of files.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod common;

use common::{A, ALL, open, put};
use postern_store::sqlite::{Options, Sqlite};
use postern_store::{Append, BodyRef, Expect, Store, StoreError};
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use tempfile::TempDir;

const FOLDER: &str = "POSTERN_STORE_TEST_FOLDER";

/// The reference as the event says it.
fn named(reference: &BodyRef) -> String {
    let BodyRef {
        segment,
        offset,
        derived_len,
        len,
        ..
    } = reference;
    format!("{segment} {offset} {derived_len} {len}")
}

fn content(number: u64) -> Vec<u8> {
    number.to_le_bytes().repeat(400)
}

async fn deliver(store: &Sqlite, number: u64) -> Result<(), StoreError> {
    let reference = put(store, content(number)).await?;
    let append = Append {
        account: A,
        expect: Expect::Exactly(number),
        at: 1,
        events: vec![named(&reference).into()],
    };
    store.append(append).await.map(drop)
}

/// Not a test of its own: what the processes of the tests below do. It says each number that was
/// acknowledged, and the error that ended it.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "run by the other tests as a process of its own"]
async fn delivers_until_it_ends() {
    let Ok(folder) = std::env::var(FOLDER) else {
        return;
    };
    let store = open(folder.as_ref(), &Options::default());
    let mut number = store.head(A).await.unwrap();
    let error = loop {
        match deliver(&store, number).await {
            Ok(()) => println!("acknowledged {number}"),
            Err(error) => break error,
        }
        number += 1;
    };
    let head = store.head(A).await.unwrap();
    let again = deliver(&store, number).await.unwrap_err();
    println!("ended {head} {error:?} then {again:?}");
}

/// This test program, running one of its tests, perhaps started by another program.
fn itself(test: &str, folder: &Path, starter: &[&str]) -> Command {
    let this = std::env::current_exe().unwrap();
    let mut line = starter.to_vec();
    line.push(this.to_str().unwrap());
    let mut command = Command::new(line.remove(0));
    command
        .args(line)
        .args(["--exact", test, "--ignored"])
        .arg("--nocapture")
        .env(FOLDER, folder)
        .stdout(Stdio::piped());
    command
}

/// Everything acknowledged is there, with its body.
async fn check(store: &Sqlite, acknowledged: u64) {
    let head = store.head(A).await.unwrap();
    assert!(head >= acknowledged, "{head} of {acknowledged}");
    let log = store.read_log(A, 0, usize::MAX).await.unwrap();
    for (number, entry) in (0..).zip(&log) {
        let text = String::from_utf8(entry.event.to_vec()).unwrap();
        let field = |place| text.split(' ').nth(place).unwrap();
        let content = content(number);
        let digest = blake3::hash(&content);
        let reference = BodyRef {
            segment: field(0).parse().unwrap(),
            offset: field(1).parse().unwrap(),
            derived_len: field(2).parse().unwrap(),
            len: field(3).parse().unwrap(),
            digest: *digest.as_bytes().first_chunk().unwrap(),
        };
        let read = store.read_body(A, reference, ALL).await.unwrap();
        assert!(read == content, "body {number} differs");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_acknowledged_outlives_a_killed_process() {
    let folder = TempDir::new().unwrap();
    let mut acknowledged = 0;
    for round in 1..=3 {
        let started = itself("delivers_until_it_ends", folder.path(), &[]).spawn();
        let mut child = started.unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut heard = 0;
        for line in lines {
            let line = line.unwrap();
            let Some(number) = line.strip_prefix("acknowledged ") else {
                continue;
            };
            acknowledged = number.parse::<u64>().unwrap() + 1;
            heard += 1;
            if heard == 60 * round {
                child.kill().unwrap();
            }
        }
        child.wait().unwrap();
        assert!(heard >= 60 * round);
        let store = open(folder.path(), &Options::default());
        check(&store, acknowledged).await;
        if round == 2 {
            // In order for once, so that the next process finds both kinds.
            drop(store);
        }
    }
}

/// With a limit on the size of files the database's log cannot grow: the shard stops, which the
/// caller is told, reading goes on, and nothing acknowledged is lost.
#[tokio::test(flavor = "multi_thread")]
async fn an_error_of_the_database_stops_the_shard() {
    let folder = TempDir::new().unwrap();
    // The files are there before the limit is.
    drop(open(folder.path(), &Options::default()));
    // Blocks of 512 or of 1,024 octets. The signal is ignored, so that the call fails instead.
    let limited = "trap '' XFSZ; ulimit -f 1500; exec \"$0\" \"$@\"";
    let starter = ["sh", "-c", limited];
    let output = itself("delivers_until_it_ends", folder.path(), &starter)
        .output()
        .unwrap();
    let output = String::from_utf8(output.stdout).unwrap();
    let acknowledged = output.matches("acknowledged ").count() as u64;
    assert!(acknowledged > 10, "{output}");
    let ended = output.lines().find(|line| line.starts_with("ended "));
    let ended = ended.unwrap_or_else(|| panic!("it did not say how it ended: {output}"));
    let head = format!("ended {acknowledged} ");
    assert!(ended.starts_with(&head), "{ended}");
    assert_eq!(ended.matches("Stopped").count(), 2, "{ended}");
    let store = open(folder.path(), &Options::default());
    check(&store, acknowledged).await;
    deliver(&store, store.head(A).await.unwrap()).await.unwrap();
}

/// Not a test of its own: it finds a small file system at its folder.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "run by the next test as a process of its own"]
async fn fills_its_disk() {
    let Ok(folder) = std::env::var(FOLDER) else {
        return;
    };
    let folder = Path::new(&folder);
    // Small steps, so that bodies and the database's log compete for the last octets.
    let options = Options {
        reserve: 16 << 10,
        ..Options::default()
    };
    let ballast = folder.join("ballast");
    std::fs::write(&ballast, vec![0; 2 << 20]).unwrap();
    let store = open(folder, &options);
    let mut number = 0;
    for event in [0, 30_000] {
        let mut outcome = Ok(());
        while outcome.is_ok() {
            outcome = deliver_large(&store, number, event).await;
            number += u64::from(outcome.is_ok());
        }
        assert!(matches!(outcome, Err(StoreError::Full(_))), "{outcome:?}");
        println!("full after {number}");
        // Reading still works.
        assert_eq!(store.head(A).await.unwrap(), number * 2);
        let left = 1 << 20;
        if event == 0 {
            let ballast = std::fs::OpenOptions::new().write(true).open(&ballast);
            ballast.unwrap().set_len(left).unwrap();
        } else {
            std::fs::remove_file(&ballast).unwrap();
        }
        deliver_large(&store, number, 0).await.unwrap();
        number += 1;
    }
    drop(store);
    let store = open(folder, &options);
    assert_eq!(store.head(A).await.unwrap(), number * 2);
    println!("space came back");
}

/// A body, and an append of two events, of which the second is so large.
async fn deliver_large(store: &Sqlite, number: u64, event: usize) -> Result<(), StoreError> {
    if event == 0 {
        put(store, content(number)).await?;
    }
    let append = Append {
        account: A,
        expect: Expect::Exactly(number * 2),
        at: 1,
        events: vec!["first".into(), vec![1; event].into()],
    };
    store.append(append).await.map(drop)
}

/// On a file system that is really full, first for bodies, then for the database.
#[test]
fn a_full_file_system_is_said_to_be_full_until_there_is_space() {
    let folder = TempDir::new().unwrap();
    let own = "mount -t tmpfs -o size=4m none \"$0\" && exec \"$@\"";
    let starter = ["unshare", "-rm", "sh", "-c", own];
    let at = folder.path().to_str().unwrap();
    let can = Command::new("unshare")
        .args(&starter[1..])
        .args([at, "true"])
        .status();
    if !can.is_ok_and(|status| status.success()) {
        eprintln!("no file system of its own is allowed here: not tested");
        return;
    }
    let mut line = starter.to_vec();
    line.push(at);
    let output = itself("fills_its_disk", folder.path(), &line).output();
    let output = String::from_utf8(output.unwrap().stdout).unwrap();
    assert!(output.contains("space came back"), "{output}");
}
