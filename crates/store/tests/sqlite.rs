//! The SQLite backend keeps the contract.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use postern_store::contract::{Durable, Subject, run_all, run_durable};
use postern_store::sqlite::{Options, Sqlite};
use postern_store::{Directory, Store};
use std::sync::Arc;
use tempfile::TempDir;

struct OnDisk {
    store: Arc<Sqlite>,
    folder: TempDir,
    options: Options,
}

impl OnDisk {
    fn new(options: Options) -> OnDisk {
        let folder = TempDir::new().unwrap();
        let store = Sqlite::open(folder.path(), &options).unwrap();
        OnDisk {
            store: Arc::new(store),
            folder,
            options,
        }
    }
}

impl Subject for OnDisk {
    fn store(&self) -> Arc<dyn Store> {
        self.store.clone()
    }

    fn directory(&self) -> Arc<dyn Directory> {
        self.store.clone()
    }

    fn other_directory(&self) -> Arc<dyn Directory> {
        Arc::new(Sqlite::open_directory(self.folder.path()).unwrap())
    }
}

impl Durable for OnDisk {
    async fn reopen(self) -> OnDisk {
        let OnDisk {
            store,
            folder,
            options,
        } = self;
        let store = Arc::into_inner(store).expect("every handle was dropped");
        drop(store);
        let store = Arc::new(Sqlite::open(folder.path(), &options).unwrap());
        OnDisk {
            store,
            folder,
            options,
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn sqlite_keeps_the_contract() {
    run_all(async || OnDisk::new(Options::default())).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sqlite_keeps_the_contract_with_one_shard_and_tiny_segments() {
    let options = Options {
        shards: 1,
        segment_size: 4096,
        reserve: 0,
        checkpoint_pages: 8,
        ..Options::default()
    };
    run_all(async || OnDisk::new(options.clone())).await;
    run_durable(async || OnDisk::new(options.clone())).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sqlite_keeps_what_it_acknowledged() {
    run_durable(async || OnDisk::new(Options::default())).await;
}
