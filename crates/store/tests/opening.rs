//! What an operator is told when a data folder does not open, and who may share one.
#![allow(clippy::unwrap_used)]

mod common;

use common::{A, ALL, add, one_shard, open, put};
use postern_store::sqlite::{OpenError, Options, Sqlite};
use postern_store::{AccountId, Directory, Store};
use rusqlite::Connection;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use tempfile::TempDir;

fn refused(path: &Path) -> OpenError {
    Sqlite::open(path, &Options::default()).unwrap_err()
}

fn made() -> TempDir {
    let folder = TempDir::new().unwrap();
    drop(open(folder.path(), &one_shard()));
    folder
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_server_is_kept_out_until_the_first_is_gone() {
    let folder = TempDir::new().unwrap();
    let store = open(folder.path(), &one_shard());
    let error = refused(folder.path());
    let own = std::process::id();
    assert!(matches!(error, OpenError::Locked { pid: Some(pid), .. } if pid == own));
    let says = format!("is in use by another process (number {own})");
    assert!(error.to_string().ends_with(&says), "{error}");
    drop(store);
    open(folder.path(), &one_shard());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_directory_is_shared_with_a_server_at_work() {
    let folder = TempDir::new().unwrap();
    // Before the first start.
    let early = Sqlite::open_directory(&folder.path().join("data")).unwrap();
    early.add_account("ann", "", 0).await.unwrap();
    let store = open(&folder.path().join("data"), &one_shard());
    assert!(store.account_by_name("ann").await.unwrap().is_some());
    let late = Sqlite::open_directory(&folder.path().join("data")).unwrap();
    let bob = late.add_account("bob", "", 0).await.unwrap();
    assert_eq!(bob, Some(AccountId(2)));
    assert!(store.account(AccountId(2)).await.unwrap().is_some());
    assert!(early.account_by_name("bob").await.unwrap().is_some());
}

#[test]
fn a_folder_keeps_the_number_of_shards_it_was_made_with() {
    let folder = TempDir::new().unwrap();
    let shards = |shards| Options {
        shards,
        ..Options::default()
    };
    for bad in [0, 65] {
        let error = Sqlite::open(folder.path(), &shards(bad)).unwrap_err();
        assert!(matches!(error, OpenError::Shards(n) if n == bad));
    }
    drop(open(folder.path(), &shards(3)));
    drop(open(folder.path(), &shards(7)));
    assert!(folder.path().join("shard-02.sqlite").exists());
    assert!(!folder.path().join("shard-03.sqlite").exists());
    let meta = std::fs::read_to_string(folder.path().join("meta")).unwrap();
    assert_eq!(meta, "postern data folder\nformat 1\nshards 3\n");
}

#[test]
fn a_newer_format_is_refused_and_left_as_it_is() {
    for (name, latest) in [("shard-00.sqlite", 2), ("directory.sqlite", 3)] {
        let folder = made();
        let path = folder.path().join(name);
        let database = Connection::open(&path).unwrap();
        database
            .pragma_update(None, "user_version", latest + 1)
            .unwrap();
        drop(database);
        let before = std::fs::read(&path).unwrap();
        let error = refused(folder.path());
        let newer = matches!(
            error,
            OpenError::Newer { found, known, .. } if (found, known) == (latest + 1, latest)
        );
        assert!(newer, "{error:?}");
        assert!(error.to_string().contains("use a newer version"), "{error}");
        assert!(
            before == std::fs::read(&path).unwrap(),
            "{name} was changed"
        );
    }
    let folder = made();
    let meta = folder.path().join("meta");
    std::fs::write(&meta, "postern data folder\nformat 2\nshards 1\nmore\n").unwrap();
    let error = refused(folder.path());
    assert!(matches!(error, OpenError::Newer { found: 2, .. }));
}

#[test]
fn what_is_something_else_is_refused() {
    let folder = made();
    let shard = folder.path().join("shard-00.sqlite");
    std::fs::copy(folder.path().join("directory.sqlite"), &shard).unwrap();
    assert!(matches!(refused(folder.path()), OpenError::Foreign { .. }));
    std::fs::write(&shard, "no database at all, but a text of some length").unwrap();
    assert!(matches!(refused(folder.path()), OpenError::Foreign { .. }));
    let folder = made();
    for meta in ["", "something\n", "postern data folder\nformat x\n"] {
        std::fs::write(folder.path().join("meta"), meta).unwrap();
        assert!(matches!(refused(folder.path()), OpenError::Foreign { .. }));
    }
    for shards in ["0", "65", "-1", "many", ""] {
        let meta = format!("postern data folder\nformat 1\nshards {shards}\n");
        std::fs::write(folder.path().join("meta"), meta).unwrap();
        assert!(matches!(refused(folder.path()), OpenError::Foreign { .. }));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_file_is_not_made_anew() {
    for name in ["shard-00.sqlite", "directory.sqlite", "segments-00"] {
        let folder = TempDir::new().unwrap();
        let store = open(folder.path(), &one_shard());
        put(&store, "x").await.unwrap();
        add(&store, "names it").await.unwrap();
        drop(store);
        let path = folder.path().join(name);
        if path.is_dir() {
            std::fs::remove_dir_all(&path).unwrap();
        } else {
            std::fs::remove_file(&path).unwrap();
        }
        let error = refused(folder.path());
        let missing = matches!(&error, OpenError::Missing { path: p } if *p == path);
        assert!(missing, "{error:?}");
        assert!(!path.exists());
    }
}

#[test]
fn a_folder_that_cannot_be_is_named() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("file");
    std::fs::write(&file, "").unwrap();
    for path in [file.clone(), file.join("below")] {
        let error = refused(&path);
        assert!(matches!(error, OpenError::Io { .. }), "{error:?}");
        assert!(error.to_string().contains("file"), "{error}");
    }
}

/// A start that was interrupted before the folder was complete is finished by the next.
#[tokio::test(flavor = "multi_thread")]
async fn an_interrupted_first_start_is_finished() {
    let folder = made();
    std::fs::remove_file(folder.path().join("meta")).unwrap();
    std::fs::remove_dir(folder.path().join("segments-00")).unwrap();
    let store = open(folder.path(), &one_shard());
    put(&store, "x").await.unwrap();
    add(&store, "x").await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn mail_is_for_its_owner_only() {
    let parent = TempDir::new().unwrap();
    let folder = parent.path().join("data");
    let store = open(&folder, &one_shard());
    put(&store, "x").await.unwrap();
    add(&store, "x").await.unwrap();
    let mut folders = vec![folder.clone()];
    let mut seen = 0;
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            let mode = std::fs::metadata(&path).unwrap().permissions().mode();
            let secret = path.extension().is_some() || path.is_dir();
            assert!(!secret || mode & 0o077 == 0, "{path:?}: {mode:o}");
            seen += u32::from(secret);
            if path.is_dir() {
                folders.push(path);
            }
        }
    }
    let mode = std::fs::metadata(&folder).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o700);
    assert!(seen >= 5);
}

/// Closed in order, nothing is left to recover, and no number of a segment is used again though
/// its file is gone.
#[tokio::test(flavor = "multi_thread")]
async fn an_orderly_close_leaves_nothing_to_recover() {
    let folder = TempDir::new().unwrap();
    let store = open(folder.path(), &Options::default());
    let first = put(&store, "x").await.unwrap();
    add(&store, "x").await.unwrap();
    put(&store, "never named").await.unwrap();
    put(&store, "nor this").await.unwrap();
    drop(store);
    for entry in std::fs::read_dir(folder.path()).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        assert!(!name.contains("-wal") && !name.contains("-shm"), "{name}");
    }
    let segments = folder.path().join("segments-01");
    let path = segments.join(format!("{:010}.seg", first.segment));
    // A header, 64 + 8 + 7 + 1 = 80 for "x", and for the others 64 + 8 + 7 + 11 = 90, so 96, and
    // 64 + 8 + 7 + 8 = 87, so 88.
    let used = 64 + 80 + 96 + 88;
    assert_eq!(std::fs::metadata(&path).unwrap().len(), used);

    let store = open(folder.path(), &Options::default());
    let next = put(&store, "y").await.unwrap();
    assert_eq!(
        (next.segment, u64::from(next.offset)),
        (first.segment, used)
    );
    assert_eq!(store.read_body(A, first, ALL).await.unwrap(), "x");
    drop(store);
    std::fs::remove_file(&path).unwrap();
    let store = open(folder.path(), &Options::default());
    let next = put(&store, "z").await.unwrap();
    assert_eq!(next.segment, first.segment + 1);
}

/// A crash may leave a segment that the database knows nothing of.
#[tokio::test(flavor = "multi_thread")]
async fn a_segment_that_nobody_names_keeps_its_number() {
    let folder = made();
    let stray = folder.path().join("segments-00/0000000007.seg");
    std::fs::write(&stray, "stray").unwrap();
    let store = open(folder.path(), &one_shard());
    assert_eq!(put(&store, "x").await.unwrap().segment, 8);
    assert_eq!(std::fs::read_to_string(&stray).unwrap(), "stray");
}
