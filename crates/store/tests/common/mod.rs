//! What the tests of the SQLite backend share.
#![allow(dead_code, clippy::unwrap_used)]

use postern_store::sqlite::{Options, Sqlite};
use postern_store::{AccountId, Append, BodyRef, Expect, NewBody, Store, StoreError};
use std::path::Path;

pub(crate) const A: AccountId = AccountId(1);
pub(crate) const ALL: std::ops::Range<u32> = 0..u32::MAX;

/// One shard and no space reserved ahead: files are small and their contents are known.
pub(crate) fn one_shard() -> Options {
    Options {
        shards: 1,
        reserve: 0,
        ..Options::default()
    }
}

pub(crate) fn open(path: &Path, options: &Options) -> Sqlite {
    Sqlite::open(path, options).unwrap()
}

pub(crate) fn event(account: AccountId, expect: Expect, text: &str) -> Append {
    Append {
        account,
        expect,
        at: 1,
        events: vec![text.to_owned().into()],
    }
}

pub(crate) fn body(content: impl Into<Vec<u8>>) -> NewBody {
    NewBody {
        derived: "derived".into(),
        content: content.into().into(),
    }
}

pub(crate) async fn put(
    store: &Sqlite,
    content: impl Into<Vec<u8>>,
) -> Result<BodyRef, StoreError> {
    store.put_body(A, body(content)).await
}

/// Appends one event at the head of A.
pub(crate) async fn add(store: &Sqlite, text: &str) -> Result<u64, StoreError> {
    let appended = store.append(event(A, Expect::AtLeast(0), text)).await?;
    Ok(appended.last)
}

pub(crate) async fn texts(store: &Sqlite, account: AccountId) -> Vec<String> {
    let log = store.read_log(account, 0, usize::MAX).await.unwrap();
    let text = |entry: &postern_store::Entry| String::from_utf8(entry.event.to_vec()).unwrap();
    log.iter().map(text).collect()
}
