//! The embedded backend: SQLite for logs, snapshots and accounts, body segments for messages.
//!
//! A data folder has a few shards; an account's number says in which its log and bodies lie. Each
//! shard has one thread that writes, and commits in groups: see [`Options`] for what can be set,
//! and the modules for the octets on disk.
//!
//! What a sync covers: a body is written without one; the append that follows syncs every segment
//! written to, then commits the events. So an event never names a body that a crash can take.
//! When a sync fails, the shard takes no more writes until it is opened again, and reads go on.
//!
//! How syncs are counted: those of segments and of their folders where they are called. Those of
//! the database cannot be seen from here, so it is kept from syncing by itself and each commit
//! counts one, each copy of its log into the database three (the log, the database, the header of
//! the log when it is begun again; that is the most it makes). Compared with a trace of the
//! system's calls over 400 appends with bodies and 4 copies of the log, the count was exact.

pub mod backup;
mod batch;
mod collect;
mod committer;
mod directory;
pub mod faulty;
pub mod files;
mod gather;
pub mod inspect;
mod keep;
mod open;
mod pool;
pub mod repair;
mod rows;
mod schema;
mod segment;
mod shard;
mod store;
mod tally;

pub use directory::SqliteDirectory;
pub use open::OpenError;

use crate::{AccountId, Seq};
use files::{Files, SystemFiles};
use open::{Lock, MAX_SHARDS, Meta};
use shard::{Plan, Shard};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;
use tally::Tally;
use tokio::sync::broadcast;

/// How long a change to the directory waits for another process's.
const BUSY: Duration = Duration::from_secs(10);
/// Appends that a slow watcher may be behind before it loses some.
const WATCHED: usize = 4096;

/// How a data folder is used. The defaults suit one machine.
#[derive(Clone)]
pub struct Options {
    /// Shards, each with a thread that writes; 1 to 64. Only for a new folder: one in use keeps
    /// the number that it has.
    pub shards: u16,
    /// Octets from which on a segment takes no further body.
    pub segment_size: u32,
    /// Octets by which a segment's space is reserved ahead; 0: not ahead.
    pub reserve: u32,
    /// Pages of 4 KiB in a shard's write-ahead log from which on it is copied into the database.
    pub checkpoint_pages: u32,
    /// The files beneath segments; tests put failing ones here.
    pub files: Arc<dyn Files>,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            shards: 2,
            segment_size: 256 << 20,
            reserve: 16 << 20,
            checkpoint_pages: 4096,
            files: Arc::new(SystemFiles),
        }
    }
}

impl std::fmt::Debug for Options {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Options")
            .field("shards", &self.shards)
            .field("segment_size", &self.segment_size)
            .field("reserve", &self.reserve)
            .field("checkpoint_pages", &self.checkpoint_pages)
            .finish_non_exhaustive()
    }
}

/// A data folder, open for serving. One process at a time has it so.
///
/// Dropping it finishes what was submitted and closes in order; that may take as long as a few
/// syncs.
pub struct Sqlite {
    shards: Vec<Shard>,
    directory: SqliteDirectory,
    tally: Arc<Tally>,
    watch: broadcast::Sender<(AccountId, Seq)>,
    // Let go of last.
    _lock: Lock,
}

impl std::fmt::Debug for Sqlite {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sqlite")
            .field("shards", &self.shards.len())
            .finish_non_exhaustive()
    }
}

impl Sqlite {
    /// Opens a data folder for serving, and makes it if there is none.
    pub fn open(path: &Path, options: &Options) -> Result<Sqlite, OpenError> {
        open::folder(path)?;
        let lock = Lock::take(path)?;
        let meta = Meta::read(path)?;
        let shards = meta.map_or(options.shards, |meta| meta.shards);
        if !(1..=MAX_SHARDS).contains(&shards) {
            return Err(OpenError::Shards(shards));
        }
        let tally = Arc::new(Tally::default());
        let directory = open_directory(path, meta.is_some(), tally.clone())?;
        let watch = broadcast::channel(WATCHED).0;
        let numbers = Arc::new(AtomicU64::new(1));
        let mut plans = Vec::new();
        for shard in 0..shards {
            plans.push(Plan::open(path, shard, meta.is_some(), &numbers)?);
        }
        if meta.is_none() {
            Meta { shards }.write(path)?;
        }
        let begin = |plan: Plan| plan.begin(options, &numbers, &tally, &watch);
        let shards = plans.into_iter().map(begin).collect::<Result<_, _>>()?;
        Ok(Sqlite {
            shards,
            directory,
            tally,
            watch,
            _lock: lock,
        })
    }

    /// Opens only the directory of a data folder, which another process may be serving from. A
    /// folder that is not there yet is made, so that accounts can be added before the first
    /// start.
    pub fn open_directory(path: &Path) -> Result<SqliteDirectory, OpenError> {
        open::folder(path)?;
        let in_use = Meta::read(path)?.is_some();
        open_directory(path, in_use, Arc::new(Tally::default()))
    }
}

fn open_directory(
    path: &Path,
    in_use: bool,
    tally: Arc<Tally>,
) -> Result<SqliteDirectory, OpenError> {
    let path = path.join("directory.sqlite");
    open::require(&path, in_use)?;
    let database = schema::open(&path, schema::DIRECTORY, BUSY)?;
    Ok(SqliteDirectory::new(database, tally))
}
