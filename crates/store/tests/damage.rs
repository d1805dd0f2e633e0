//! Octets that changed on the disk are found, named, and do not spread.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

mod common;

use common::{A, ALL, add, body, one_shard, open, put, texts};
use postern_store::{BodyRef, NewBody, Snapshot, Store, StoreError};
use rusqlite::Connection;
use std::fs::{File, OpenOptions};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

fn segment(folder: &Path) -> PathBuf {
    folder.join("segments-00/0000000001.seg")
}

fn flip(path: &Path, at: u64) {
    let options = OpenOptions::new().read(true).write(true).open(path);
    let file = options.unwrap();
    let mut octet = [0];
    file.read_exact_at(&mut octet, at).unwrap();
    file.write_all_at(&[octet[0] ^ 0x40], at).unwrap();
}

fn corrupt<T: std::fmt::Debug>(outcome: Result<T, StoreError>, names: &[&str]) {
    match outcome {
        Err(StoreError::Corrupt(what)) => {
            for name in names {
                assert!(what.contains(name), "{what:?} does not say {name:?}");
            }
        }
        other => panic!("not found to be damaged: {other:?}"),
    }
}

/// A record of 1,000 octets derived and 150,000 octets content begins at 64. Its header takes 64
/// octets, the checksums 4 and 3 times 4, so the derived part is at 144 and the content at 1144.
#[tokio::test(flavor = "multi_thread")]
async fn every_octet_of_a_record_is_covered() {
    let folder = TempDir::new().unwrap();
    let store = open(folder.path(), &one_shard());
    let new = NewBody {
        derived: vec![1; 1000].into(),
        content: vec![2; 150_000].into(),
    };
    let reference = store.put_body(A, new).await.unwrap();
    let after = put(&store, "after").await.unwrap();
    assert_eq!((reference.segment, reference.offset), (1, 64));
    assert_eq!(after.offset, 64 + 151_080);
    let path = segment(folder.path());
    let named = ["segment 1 at 64"];
    // (octet, whether the derived part suffers, the block of the content that suffers)
    let places = [
        (144, true, None),
        (1143, true, None),
        (128, true, None),
        (1144, false, Some(0)),
        (132, false, Some(0)),
        (1144 + 65_535, false, Some(0)),
        (1144 + 65_536, false, Some(1)),
        (137, false, Some(1)),
        (1144 + 149_999, false, Some(2)),
    ];
    for (at, derived, block) in places {
        flip(&path, at);
        match store.read_derived(A, reference).await {
            Ok(read) => assert!(!derived && read == vec![1; 1000], "octet {at}"),
            outcome => corrupt(outcome, &named),
        }
        for number in 0..3_u32 {
            let start = number * 65_536;
            let read = store.read_body(A, reference, start..start + 1).await;
            if block == Some(number) {
                corrupt(read, &named);
            } else {
                assert_eq!(read.unwrap(), vec![2], "octet {at}");
            }
        }
        assert_eq!(store.read_body(A, after, ALL).await.unwrap(), "after");
        flip(&path, at);
    }
    for at in 64..128 {
        flip(&path, at);
        corrupt(store.read_derived(A, reference).await, &named);
        corrupt(store.read_body(A, reference, 0..1).await, &named);
        flip(&path, at);
    }
    let read = store.read_body(A, reference, ALL).await.unwrap();
    assert!(read == vec![2; 150_000]);
}

/// A header altered together with its checksum, as a later version would write it.
#[tokio::test(flavor = "multi_thread")]
async fn what_a_later_version_writes_is_refused_clearly() {
    let folder = TempDir::new().unwrap();
    let store = open(folder.path(), &one_shard());
    let reference = put(&store, "x").await.unwrap();
    let opened = OpenOptions::new()
        .read(true)
        .write(true)
        .open(segment(folder.path()));
    let file = opened.unwrap();
    let mut header = [0; 64];
    file.read_exact_at(&mut header, 64).unwrap();
    for (at, value, says) in [
        (4, 2, "record version 2"),
        (5, 1, "codec 1"),
        (6, 2, "codec 2"),
    ] {
        let mut later = header;
        later[at] = value;
        let crc = crc32c::crc32c(&later[..60]);
        later[60..].copy_from_slice(&crc.to_le_bytes());
        file.write_all_at(&later, 64).unwrap();
        corrupt(store.read_body(A, reference, ALL).await, &[says]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_segment_cut_short_is_damage_and_a_lost_one_is_missing() {
    let folder = TempDir::new().unwrap();
    let store = open(folder.path(), &one_shard());
    let small = put(&store, "small").await.unwrap();
    let large = put(&store, vec![3; 100_000]).await.unwrap();
    add(&store, "names them").await.unwrap();
    drop(store);
    let path = segment(folder.path());
    let file = OpenOptions::new().write(true).open(&path).unwrap();
    file.set_len(u64::from(large.offset) + 90_000).unwrap();

    let store = open(folder.path(), &one_shard());
    assert_eq!(store.read_body(A, small, ALL).await.unwrap(), "small");
    let start = store.read_body(A, large, 0..10).await.unwrap();
    assert_eq!(start, vec![3; 10]);
    let end = store.read_body(A, large, 90_000..90_001).await;
    corrupt(end, &["segment 1 at", "ends here"]);
    // What is damaged is not written to again.
    let next = put(&store, "next").await.unwrap();
    assert_eq!(next.segment, 2);
    drop(store);

    std::fs::remove_file(&path).unwrap();
    let store = open(folder.path(), &one_shard());
    let lost = store.read_body(A, small, ALL).await;
    assert!(matches!(lost, Err(StoreError::Missing(_))), "{lost:?}");
}

/// After a crash there may be anything past the last record that counts. It stays, but for the
/// zeros at its end, and nothing is written into it.
#[tokio::test(flavor = "multi_thread")]
async fn a_torn_tail_is_left_alone() {
    let folder = TempDir::new().unwrap();
    let store = open(folder.path(), &one_shard());
    let kept = put(&store, "kept").await.unwrap();
    add(&store, "names it").await.unwrap();
    drop(store);
    let path = segment(folder.path());
    let used = std::fs::metadata(&path).unwrap().len();
    let file = OpenOptions::new().write(true).open(&path).unwrap();
    file.write_all_at(b"BODY and then nothing", used + 8)
        .unwrap();
    file.set_len(used + 3_000_000).unwrap();
    drop(file);

    let store = open(folder.path(), &one_shard());
    let torn = std::fs::metadata(&path).unwrap().len();
    assert_eq!(torn, used + 8 + 21);
    let offset = u32::try_from(used).unwrap() + 8;
    let misread = store.read_body(A, BodyRef { offset, ..kept }, ALL).await;
    corrupt(misread, &["segment 1 at"]);
    let next = put(&store, "next").await.unwrap();
    assert_eq!(next.segment, 2);
    assert_eq!(store.read_body(A, kept, ALL).await.unwrap(), "kept");
    assert_eq!(std::fs::metadata(&path).unwrap().len(), torn);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_segment_under_another_name_is_not_continued() {
    let folder = TempDir::new().unwrap();
    let store = open(folder.path(), &one_shard());
    put(&store, "x").await.unwrap();
    add(&store, "names it").await.unwrap();
    drop(store);
    flip(&segment(folder.path()), 16);
    let store = open(folder.path(), &one_shard());
    assert_eq!(put(&store, "next").await.unwrap().segment, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn altered_and_lost_entries_are_named() {
    let changes = [
        ("UPDATE entry SET event = x'78' WHERE seq = 2", "checksum"),
        ("UPDATE entry SET at = 2 WHERE seq = 2", "checksum"),
        ("UPDATE entry SET crc = crc + 1 WHERE seq = 2", "checksum"),
        ("UPDATE entry SET event = 'text' WHERE seq = 2", "octets"),
        ("DELETE FROM entry WHERE seq = 2", "missing"),
    ];
    for (change, says) in changes {
        let folder = TempDir::new().unwrap();
        let store = open(folder.path(), &one_shard());
        for text in ["a", "b", "c"] {
            add(&store, text).await.unwrap();
        }
        let database = Connection::open(folder.path().join("shard-00.sqlite")).unwrap();
        assert_eq!(database.execute(change, []).unwrap(), 1);
        let read = store.read_log(A, 0, 9).await;
        corrupt(read, &["account 1, entry 2", says]);
        assert_eq!(store.read_log(A, 2, 9).await.unwrap()[0].event, "c");
        assert_eq!(store.read_log(A, 0, 1).await.unwrap()[0].event, "a");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn altered_snapshots_and_chunks_are_found() {
    let folder = TempDir::new().unwrap();
    let store = open(folder.path(), &one_shard());
    add(&store, "a").await.unwrap();
    let digest = blake3::hash(b"chunk");
    let id: [u8; 16] = digest.as_bytes()[..16].try_into().unwrap();
    let snapshot = Snapshot {
        seq: 1,
        root: "root".into(),
        chunks: vec![id],
    };
    let chunks = vec![(id, "chunk".into())];
    store.put_snapshot(A, snapshot, chunks).await.unwrap();
    let database = Connection::open(folder.path().join("shard-00.sqlite")).unwrap();
    let change = |sql: &str| assert_eq!(database.execute(sql, []).unwrap(), 1);
    change("UPDATE chunk SET data = x'78'");
    corrupt(store.read_chunks(A, &[id]).await, &["account 1"]);
    change("UPDATE snapshot SET root = x'78'");
    corrupt(store.snapshot(A).await, &["account 1"]);
    // Neither was needed.
    store.drop_snapshots(A).await.unwrap();
    assert_eq!(store.snapshot(A).await.unwrap(), None);
    assert_eq!(texts(&store, A).await, ["a"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_has_the_octets_that_are_documented() {
    let folder = TempDir::new().unwrap();
    let store = open(folder.path(), &one_shard());
    let account = postern_store::AccountId(0x0102);
    store.put_body(account, body("abc")).await.unwrap();
    let file = File::open(segment(folder.path())).unwrap();
    let mut octets = [0; 146];
    file.read_exact_at(&mut octets, 0).unwrap();
    let mut expected = Vec::new();
    expected.extend(b"PSTRNSEG\x01\0\0\0\0\0\0\0\x01\0\0\0\0\0\0\0");
    expected.resize(60, 0);
    assert_eq!(octets[..60], expected);
    let mut expected = Vec::new();
    expected.extend(b"BODY\x01\0\0\0\x02\x01\0\0\0\0\0\0");
    expected.extend(b"\x07\0\0\0\x03\0\0\0\x07\0\0\0\x03\0\0\0");
    let published = 0x6437_b3ac_3846_5133_ffb6_3b75_273a_8db5_u128;
    expected.extend(published.to_be_bytes());
    expected.resize(60, 0);
    assert_eq!(octets[64..124], expected);
    // CRC-32C of "abc" is published as 0x364b3fb7.
    assert_eq!(octets[132..136], 0x364b_3fb7_u32.to_le_bytes());
    assert_eq!(octets[136..146], *b"derivedabc");
}
