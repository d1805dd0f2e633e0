//! A data folder seen from beside: only read, by whoever checks or copies it, also while a server
//! works with it.
//!
//! What is read of one account is consistent: its log only grows, its snapshot is read at once,
//! and a body is durable before the event that names it.

mod body;
mod segments;

pub use crate::collect::Listed;
pub use body::{BodyDamage, Part};
pub use segments::Segment;

use super::collect;
use super::files::{Files, SystemFiles};
use super::open::{Meta, OpenError};
use super::rows::{self, Examined, failure, loaded, stored};
use super::schema;
use crate::{AccountId, BodyRef, ChunkId, Entry, Seq, Snapshot, StoreError};
use bytes::Bytes;
use rusqlite::{Connection, Row};
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// How long a read waits for someone who holds the database.
const BUSY: Duration = Duration::from_secs(10);
/// Complaints of the database about itself that are told; the first says enough.
const COMPLAINTS: u32 = 20;

/// An open data folder.
pub struct Inspection {
    shards: Vec<ShardFiles>,
    directory: Connection,
    quarantine: PathBuf,
    files: Arc<dyn Files>,
}

struct ShardFiles {
    database: Connection,
    database_name: String,
    segments: PathBuf,
}

/// A snapshot and the octets of its chunks.
pub type WholeSnapshot = (Snapshot, HashMap<ChunkId, Bytes>);

/// A piece of a log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LogPiece {
    /// An entry as it was written.
    Entry(Entry),
    /// Entries that are not, from the first number to the last.
    Damaged {
        /// The first.
        first: Seq,
        /// The last.
        last: Seq,
        /// What is wrong.
        what: String,
    },
}

impl std::fmt::Debug for Inspection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Inspection")
            .field("shards", &self.shards.len())
            .finish_non_exhaustive()
    }
}

impl Inspection {
    /// Opens a data folder that has been served from.
    ///
    /// # Errors
    /// It is not complete, or a file of it cannot be read.
    pub fn open(path: &Path) -> Result<Inspection, OpenError> {
        let meta = Meta::read(path)?.ok_or_else(|| OpenError::Missing {
            path: path.join("meta"),
        })?;
        let directory = open_to_read(&path.join("directory.sqlite"))?;
        let mut shards = Vec::new();
        for shard in 0..meta.shards {
            let database_name = format!("shard-{shard:02}.sqlite");
            shards.push(ShardFiles {
                database: open_to_read(&path.join(&database_name))?,
                database_name,
                segments: path.join(format!("segments-{shard:02}")),
            });
        }
        Ok(Inspection {
            shards,
            directory,
            quarantine: path.join(super::repair::QUARANTINE),
            files: Arc::new(SystemFiles),
        })
    }

    /// How many shards there are.
    pub fn shards(&self) -> u16 {
        u16::try_from(self.shards.len()).unwrap_or(u16::MAX)
    }

    fn of(&self, account: AccountId) -> Result<&ShardFiles, StoreError> {
        let shards = self.shards.len() as u64;
        let index = account.0.checked_rem(shards).unwrap_or_default();
        let shard = usize::try_from(index).ok().and_then(|i| self.shards.get(i));
        shard.ok_or(StoreError::Invalid("a folder without shards"))
    }

    /// What the databases say of their own structure: file and complaint.
    ///
    /// # Errors
    /// A database cannot be read at all.
    pub fn database_damage(&self) -> Result<Vec<(String, String)>, StoreError> {
        let named = |shard: &ShardFiles| -> Result<Vec<(String, String)>, StoreError> {
            complaints(&shard.database_name, &shard.database)
        };
        let mut all = complaints("directory.sqlite", &self.directory)?;
        for shard in &self.shards {
            all.extend(named(shard)?);
        }
        Ok(all)
    }

    /// All accounts of the directory by number.
    ///
    /// # Errors
    /// The directory cannot be read.
    pub fn listed(&self) -> Result<Vec<Listed>, StoreError> {
        listed(&self.directory).map_err(|error| failure(&error))
    }

    /// The accounts that have a log, by number.
    ///
    /// # Errors
    /// A database cannot be read.
    pub fn logged(&self) -> Result<Vec<AccountId>, StoreError> {
        let mut all = Vec::new();
        for shard in &self.shards {
            all.extend(rows::accounts(&shard.database)?);
        }
        all.sort_unstable();
        Ok(all)
    }

    /// Whether the body was put aside before, as damaged.
    pub fn is_quarantined(&self, body: &BodyRef) -> bool {
        let name = super::repair::body_name(body);
        self.quarantine.join(name).exists()
    }

    /// Whether the body's space was given back, or is about to be.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn is_collected(&self, account: AccountId, body: &BodyRef) -> Result<bool, StoreError> {
        let database = &self.of(account)?.database;
        match has_collected(database)? {
            true => collect::is_collected(database, body.segment, &collect::extent(body)),
            false => Ok(false),
        }
    }

    /// The last entry's number.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn head(&self, account: AccountId) -> Result<Seq, StoreError> {
        rows::head(&self.of(account)?.database, account).map_err(|error| failure(&error))
    }

    /// Pieces of a log after `after`, at most `limit` rows of them, in order.
    ///
    /// # Errors
    /// The database cannot be read; damage is a piece.
    pub fn log(
        &self,
        account: AccountId,
        after: Seq,
        limit: usize,
    ) -> Result<Vec<LogPiece>, StoreError> {
        let examined = rows::examine(&self.of(account)?.database, account, after, limit)?;
        let piece = |examined| match examined {
            Examined::Entry(entry) => LogPiece::Entry(entry),
            Examined::Damaged { first, last, what } => LogPiece::Damaged { first, last, what },
        };
        Ok(examined.into_iter().map(piece).collect())
    }

    /// The snapshot and its chunks, of one moment.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`] or [`StoreError::Missing`] when it is damaged.
    pub fn snapshot(&self, account: AccountId) -> Result<Option<WholeSnapshot>, StoreError> {
        let database = &self.of(account)?.database;
        let failed = |error: rusqlite::Error| failure(&error);
        let moment = database.unchecked_transaction().map_err(failed)?;
        let Some(snapshot) = rows::snapshot(&moment, account)? else {
            return Ok(None);
        };
        let octets = rows::chunks(&moment, account, &snapshot.chunks)?;
        let chunks = snapshot.chunks.iter().copied().zip(octets).collect();
        Ok(Some((snapshot, chunks)))
    }
}

/// All accounts of a directory by number.
pub(crate) fn listed(directory: &Connection) -> rusqlite::Result<Vec<Listed>> {
    let mut query =
        directory.prepare_cached("SELECT id, name, removed FROM account ORDER BY id")?;
    let columns = |row: &Row<'_>| {
        Ok(Listed {
            id: AccountId(loaded(row.get(0)?)),
            name: row.get(1)?,
            removed: row.get(2)?,
        })
    };
    let rows = query.query_map([], columns)?;
    rows.collect()
}

fn open_to_read(path: &Path) -> Result<Connection, OpenError> {
    super::open::require(path, true)?;
    let opened = schema::open_to_read(path, BUSY);
    opened.map_err(|error| OpenError::database(path, error))
}

fn complaints(name: &str, database: &Connection) -> Result<Vec<(String, String)>, StoreError> {
    let failed = |error: rusqlite::Error| failure(&error);
    let mut query = database
        .prepare(&format!("PRAGMA integrity_check({COMPLAINTS})"))
        .map_err(failed)?;
    let rows = query.query_map([], |row| row.get::<_, String>(0));
    // A database that cannot even say what is wrong with it is damaged all the same.
    let said: Vec<String> = match rows.and_then(Iterator::collect) {
        Ok(said) => said,
        Err(error) => vec![error.to_string()],
    };
    let complaints = said.into_iter().filter(|text| text != "ok");
    Ok(complaints.map(|text| (name.to_owned(), text)).collect())
}

/// An older folder that was not served from yet has no such table.
pub(super) fn has_collected(database: &Connection) -> Result<bool, StoreError> {
    let query = "SELECT count(*) FROM sqlite_schema WHERE name = 'collected'";
    let count = database.query_row(query, [], |row| row.get::<_, i64>(0));
    Ok(count.map_err(|error| failure(&error))? > 0)
}

/// How far the database says that each segment is used.
pub(crate) fn used(database: &Connection) -> Result<HashMap<u64, u64>, StoreError> {
    let failed = |error: rusqlite::Error| failure(&error);
    let mut query = database
        .prepare_cached("SELECT number, used FROM segment WHERE number > ?")
        .map_err(failed)?;
    let columns = |row: &Row<'_>| Ok((loaded(row.get(0)?), loaded(row.get(1)?)));
    let rows = query.query_map([stored(0)], columns).map_err(failed)?;
    rows.collect::<rusqlite::Result<_>>().map_err(failed)
}
