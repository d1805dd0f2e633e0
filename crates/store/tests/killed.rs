//! Processes that end in the middle: killed, or at a limit of the system on the size of files.
#![allow(clippy::unwrap_used, clippy::panic)]

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
    let folder = std::env::var(FOLDER).unwrap();
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

fn itself(folder: &Path, program: &str, before: &[&str]) -> Command {
    let mut command = Command::new(program);
    command
        .args(before)
        .args(["--exact", "delivers_until_it_ends", "--ignored"])
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
    let this = std::env::current_exe().unwrap();
    let mut acknowledged = 0;
    for round in 1..=3 {
        let mut child = itself(folder.path(), this.to_str().unwrap(), &[])
            .spawn()
            .unwrap();
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
    let this = std::env::current_exe().unwrap();
    // Blocks of 512 or of 1,024 octets. The signal is ignored, so that the call fails instead.
    let limited = "trap '' XFSZ; ulimit -f 1500; exec \"$0\" \"$@\"";
    let before = ["-c", limited, this.to_str().unwrap()];
    let output = itself(folder.path(), "sh", &before).output().unwrap();
    let output = String::from_utf8(output.stdout).unwrap();
    let acknowledged = output.matches("acknowledged ").count() as u64;
    assert!(acknowledged > 10, "{output}");
    let ended = output.lines().find(|line| line.starts_with("ended "));
    let ended = ended.unwrap_or_else(|| panic!("it did not say how it ended: {output}"));
    let head = format!("ended {acknowledged} ");
    assert!(ended.starts_with(&head), "{ended}");
    let (first, then) = ended.split_once(" then ").unwrap();
    let expected = ["Stopped", "Full"];
    assert!(expected.iter().any(|word| first.contains(word)), "{ended}");
    assert!(expected.iter().any(|word| then.contains(word)), "{ended}");
    let store = open(folder.path(), &Options::default());
    check(&store, acknowledged).await;
    deliver(&store, store.head(A).await.unwrap()).await.unwrap();
}
