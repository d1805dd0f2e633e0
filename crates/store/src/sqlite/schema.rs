//! The tables, and opening a database file that has them.
//!
//! The sums in the columns `crc` are those of [`rows`](super::rows); `snapshot.chunks` is the names
//! of chunks, 16 octets each; `segment.used` is how far a segment is used by what events name.
//! Clocks are in milliseconds since 1970; `account.removed` is empty while there is such an
//! account; `sharing.grantee` is 0 for anyone; `collected` is explained in
//! [`collect`](super::collect); what is empty in `quota` is as for all accounts.
//!
//! A file says what it is in `application_id` and which version in `user_version`. Numbers that
//! are unsigned elsewhere are below 2^63 here.

use super::open::OpenError;
use rusqlite::{Connection, ErrorCode, OpenFlags, OptionalExtension};
use std::fs::OpenOptions;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::time::Duration;

/// What a database file is for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Kind {
    application_id: i64,
    /// The tables of version 1.
    tables: &'static str,
    /// What leads from each version to the next.
    upgrades: &'static [&'static str],
}

impl Kind {
    /// The version that this code writes and reads.
    fn version(self) -> i64 {
        1 + self.upgrades.len() as i64
    }
}

/// A shard: logs, snapshots and what is used of segments. Backups copy it table by table: one more
/// belongs in [`backup`](super::backup) too.
pub(crate) const SHARD: Kind = Kind {
    // "PstS"
    application_id: 0x5073_7453,
    tables: "
        CREATE TABLE entry (
            account INTEGER NOT NULL,
            seq INTEGER NOT NULL,
            at INTEGER NOT NULL,
            crc INTEGER NOT NULL,
            event BLOB NOT NULL,
            PRIMARY KEY (account, seq)
        ) WITHOUT ROWID;
        CREATE TABLE snapshot (
            account INTEGER PRIMARY KEY,
            seq INTEGER NOT NULL,
            crc INTEGER NOT NULL,
            root BLOB NOT NULL,
            chunks BLOB NOT NULL
        );
        CREATE TABLE chunk (
            account INTEGER NOT NULL,
            id BLOB NOT NULL,
            data BLOB NOT NULL,
            PRIMARY KEY (account, id)
        );
        CREATE TABLE segment (
            number INTEGER PRIMARY KEY,
            used INTEGER NOT NULL
        );",
    upgrades: &["
        CREATE TABLE collected (
            segment INTEGER NOT NULL,
            start INTEGER NOT NULL,
            end INTEGER NOT NULL,
            done INTEGER NOT NULL,
            at INTEGER NOT NULL,
            PRIMARY KEY (segment, start)
        ) WITHOUT ROWID;"],
};

/// The directory of accounts.
pub(crate) const DIRECTORY: Kind = Kind {
    // "PstD"
    application_id: 0x5073_7444,
    tables: "
        CREATE TABLE account (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            name TEXT NOT NULL,
            credential TEXT NOT NULL,
            enabled INTEGER NOT NULL,
            created INTEGER NOT NULL,
            removed INTEGER
        );
        CREATE UNIQUE INDEX account_name ON account (name) WHERE removed IS NULL;",
    upgrades: &[
        "
        ALTER TABLE account ADD COLUMN shared INTEGER NOT NULL DEFAULT 0;
        CREATE TABLE sharing (
            owner INTEGER NOT NULL,
            grantee INTEGER NOT NULL,
            PRIMARY KEY (grantee, owner)
        ) WITHOUT ROWID;
        CREATE INDEX sharing_owner ON sharing (owner);",
        "
        CREATE TABLE quota (
            account INTEGER PRIMARY KEY,
            storage INTEGER,
            messages INTEGER,
            mailboxes INTEGER
        );",
    ],
};

/// Opens a file for writing, and makes its tables if it is new. Commits are synced; checkpoints
/// are left to the caller, who counts them.
pub(crate) fn open(path: &Path, kind: Kind, busy: Duration) -> Result<Connection, OpenError> {
    create_private(path).map_err(|error| OpenError::io(path, error))?;
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let opened = Connection::open_with_flags(path, flags);
    let mut database = opened.map_err(|error| OpenError::database(path, error))?;
    let prepared = prepare(&mut database, kind, busy);
    let found = prepared.map_err(|error| OpenError::database(path, error))?;
    check(path, kind, found)?;
    Ok(database)
}

/// Opens a file that is there for reading.
pub(crate) fn open_to_read(path: &Path, busy: Duration) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let database = Connection::open_with_flags(path, flags)?;
    database.busy_timeout(busy)?;
    Ok(database)
}

struct Found {
    application_id: i64,
    version: i64,
}

fn prepare(database: &mut Connection, kind: Kind, busy: Duration) -> rusqlite::Result<Found> {
    database.busy_timeout(busy)?;
    // Before anything is written: a newer version's file stays as it is.
    let found = found(database)?;
    if found.version > kind.version() {
        return Ok(found);
    }
    database.pragma_update(None, "journal_mode", "WAL")?;
    database.pragma_update(None, "synchronous", "FULL")?;
    database.pragma_update(None, "wal_autocheckpoint", 0)?;
    database.pragma_update(None, "cache_size", -16_000)?;
    let transaction =
        database.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
    let empty = transaction
        .query_row("SELECT 1 FROM sqlite_schema LIMIT 1", [], |_| Ok(()))
        .optional()?
        .is_none();
    if empty {
        transaction.execute_batch(kind.tables)?;
        transaction.pragma_update(None, "application_id", kind.application_id)?;
        transaction.pragma_update(None, "user_version", 1)?;
    }
    upgrade(&transaction, kind)?;
    transaction.commit()?;
    settle(database)?;
    self::found(database)
}

/// Brings a file of an earlier version up to date. Another process may have done so since it was
/// looked at.
fn upgrade(database: &Connection, kind: Kind) -> rusqlite::Result<()> {
    let found = found(database)?;
    if found.application_id != kind.application_id {
        return Ok(());
    }
    for (from, statements) in (1..).zip(kind.upgrades) {
        if from >= found.version && found.version > 0 {
            database.execute_batch(statements)?;
            database.pragma_update(None, "user_version", from + 1)?;
        }
    }
    Ok(())
}

/// Makes durable what is found in the database's log. A process that was killed may have left a
/// commit there that was written and not synced: it is seen from now on, so a power cut must not
/// take it any more.
fn settle(database: &Connection) -> rusqlite::Result<()> {
    let copied = database.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(()));
    match copied {
        // The log is synced before it is copied: what has no room in the database stays there.
        Err(error) if error.sqlite_error_code() == Some(ErrorCode::DiskFull) => Ok(()),
        other => other,
    }
}

fn found(database: &Connection) -> rusqlite::Result<Found> {
    let number = |name| database.pragma_query_value(None, name, |row| row.get(0));
    Ok(Found {
        application_id: number("application_id")?,
        version: number("user_version")?,
    })
}

fn check(path: &Path, kind: Kind, found: Found) -> Result<(), OpenError> {
    if found.application_id != kind.application_id {
        return Err(OpenError::foreign(path));
    }
    if found.version > kind.version() {
        return Err(OpenError::Newer {
            path: path.to_owned(),
            found: found.version,
            known: kind.version(),
        });
    }
    if found.version != kind.version() {
        return Err(OpenError::foreign(path));
    }
    Ok(())
}

/// Makes an empty file that only its owner reads, if there is none: mail lies in it.
fn create_private(path: &Path) -> std::io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(false).mode(0o600);
    options.open(path).map(drop)
}
