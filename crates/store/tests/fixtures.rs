//! Data folders as every format version left them are opened and read, and written to.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

mod common;

use common::{ALL, event, open, texts};
use postern_store::sqlite::{Options, Sqlite};
use postern_store::{
    AccountChange, AccountId, Append, BodyRef, ChunkId, Directory, Expect, NewBody, Snapshot, Store,
};
use std::path::{Path, PathBuf};
use tempfile::TempDir;

const ANN: AccountId = AccountId(1);
const CY: AccountId = AccountId(3);
const DEE: AccountId = AccountId(4);
/// What the fixture's clock said.
const THEN: i64 = 1_790_000_000_000;

fn fixture() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/v1")
}

/// Files from one folder to another, two levels deep.
fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let from = entry.unwrap().path();
        let to = to.join(from.file_name().unwrap());
        if from.is_dir() {
            copy(&from, &to);
        } else {
            std::fs::copy(&from, &to).unwrap();
        }
    }
}

fn letter() -> NewBody {
    NewBody {
        derived: "envelope".into(),
        content: "Subject: one\r\n\r\nHello, Ann.\r\n".repeat(40).into(),
    }
}

fn chunk() -> (ChunkId, bytes::Bytes) {
    let id = 0x6437_b3ac_3846_5133_ffb6_3b75_273a_8db5_u128;
    (id.to_be_bytes(), "abc".into())
}

fn snapshot() -> Snapshot {
    Snapshot {
        seq: 2,
        root: "root".into(),
        chunks: vec![chunk().0],
    }
}

/// Where version 1 put the letters of Ann and of Dee. Events hold such references, so they are
/// read as they are for as long as there is version 1.
fn letters() -> [(AccountId, BodyRef); 2] {
    let digest = 0x7baf_2f88_065e_d4f2_2abf_4142_3f04_ea4b_u128;
    let reference = |segment| BodyRef {
        segment,
        offset: 64,
        derived_len: 8,
        len: 1160,
        digest: digest.to_be_bytes(),
    };
    [(ANN, reference(1)), (DEE, reference(2))]
}

#[tokio::test]
#[ignore = "made the fixture, in the folder that POSTERN_STORE_NEW_FIXTURE names"]
async fn makes_the_fixture() {
    let Ok(folder) = std::env::var("POSTERN_STORE_NEW_FIXTURE") else {
        return;
    };
    let folder = Path::new(&folder);
    let options = Options {
        reserve: 0,
        ..Options::default()
    };
    let store = open(folder, &options);
    for name in ["ann", "bob", "cy", "dee"] {
        store.add_account(name, "{X}secret", THEN).await.unwrap();
    }
    let bob = AccountId(2);
    let changes = [
        (bob, AccountChange::Removed),
        (CY, AccountChange::Enabled(false)),
    ];
    for (id, change) in changes {
        assert!(store.change_account(id, change).await.unwrap());
    }
    for account in [ANN, DEE] {
        println!("{:?}", store.put_body(account, letter()).await.unwrap());
        let append = Append {
            account,
            expect: Expect::Exactly(0),
            at: THEN,
            events: vec!["one".into(), "two".into()],
        };
        store.append(append).await.unwrap();
    }
    store
        .put_snapshot(ANN, snapshot(), vec![chunk()])
        .await
        .unwrap();
    drop(store);
    std::fs::remove_file(folder.join("lock")).unwrap();
}

async fn check(store: &Sqlite) {
    let accounts = store.accounts().await.unwrap();
    let names = accounts.iter().map(|r| (r.id, r.name.as_str(), r.enabled));
    assert_eq!(
        names.collect::<Vec<_>>(),
        [(ANN, "ann", true), (CY, "cy", false), (DEE, "dee", true)]
    );
    let ann = store.account(ANN).await.unwrap().unwrap();
    assert_eq!((ann.credential.as_str(), ann.created), ("{X}secret", THEN));
    for (account, reference) in letters() {
        let log = store.read_log(account, 0, 9).await.unwrap();
        assert_eq!((log[0].seq, log[0].at), (1, THEN));
        assert_eq!(
            (log[0].event.as_ref(), log[1].event.as_ref()),
            (&b"one"[..], &b"two"[..])
        );
        let content = store.read_body(account, reference, ALL).await.unwrap();
        assert_eq!(content, letter().content);
        let derived = store.read_derived(account, reference).await.unwrap();
        assert_eq!(derived, letter().derived);
    }
    assert_eq!(store.snapshot(ANN).await.unwrap(), Some(snapshot()));
    let chunks = store.read_chunks(ANN, &[chunk().0]).await.unwrap();
    assert_eq!(chunks, [chunk().1]);
}

#[tokio::test(flavor = "multi_thread")]
async fn version_1_is_read_and_written_to() {
    let folder = TempDir::new().unwrap();
    copy(&fixture(), folder.path());
    let store = open(folder.path(), &Options::default());
    check(&store).await;
    let added = store.add_account("bob", "", 0).await.unwrap();
    assert_eq!(added, Some(AccountId(5)));
    store
        .change_account(AccountId(5), AccountChange::Removed)
        .await
        .unwrap();
    let letter = store.put_body(ANN, letter()).await.unwrap();
    let append = event(ANN, Expect::Exactly(2), "three");
    store.append(append).await.unwrap();
    drop(store);
    let store = open(folder.path(), &Options::default());
    check(&store).await;
    assert_eq!(texts(&store, ANN).await, ["one", "two", "three"]);
    assert!(store.read_body(ANN, letter, ALL).await.is_ok());
}
