//! One account of a backup, read where it lies.

use super::manifest::Manifest;
use super::{BUSY, BackupError, manifest_of};
use crate::sqlite::files::{Files, SystemFiles};
use crate::sqlite::inspect::Listed;
use crate::sqlite::rows;
use crate::sqlite::segment;
use crate::sqlite::segment::reader::{self, Part, Wait};
use crate::sqlite::{inspect, schema};
use crate::{AccountId, BodyRef, Entry, Past, Seq, StoreError, UnixMillis};
use bytes::Bytes;
use rusqlite::Connection;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

/// A backup whose databases are what its manifest says. Bodies are verified by their own digests.
pub struct BackupReader {
    folder: PathBuf,
    manifest: Manifest,
    listed: Vec<Listed>,
    /// Of each shard the copies of rows, the oldest first.
    rows: Mutex<Vec<Vec<Connection>>>,
}

impl std::fmt::Debug for BackupReader {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("BackupReader")
            .field("folder", &self.folder)
            .finish_non_exhaustive()
    }
}

impl BackupReader {
    /// Opens a backup and verifies its databases.
    ///
    /// # Errors
    /// It is no backup, or damaged.
    pub fn open(folder: &Path) -> Result<BackupReader, BackupError> {
        let manifest = manifest_of(folder)?;
        let mut databases: Vec<&String> = manifest.rows.iter().flatten().collect();
        databases.push(&manifest.directory);
        for piece in manifest
            .pieces
            .iter()
            .filter(|it| databases.contains(&&it.file))
        {
            piece.verify(folder, &mut |_| Ok(()))?;
        }
        let open = |name: &String| schema::open_to_read(&folder.join(name), BUSY);
        let directory = open(&manifest.directory)?;
        let listed = inspect::listed(&directory)?;
        let of_shard = |names: &Vec<String>| names.iter().map(open).collect();
        let rows: rusqlite::Result<Vec<Vec<Connection>>> =
            manifest.rows.iter().map(of_shard).collect();
        Ok(BackupReader {
            folder: folder.to_owned(),
            listed,
            rows: Mutex::new(rows?),
            manifest,
        })
    }

    /// When it was brought up to date.
    pub fn made(&self) -> UnixMillis {
        self.manifest.made
    }

    /// The account of that name; if it was removed, the last that had it.
    pub fn account(&self, name: &str) -> Option<AccountId> {
        let of_name = self.listed.iter().filter(|it| it.name == name);
        let last = of_name.max_by_key(|it| it.removed.unwrap_or(UnixMillis::MAX));
        last.map(|it| it.id)
    }

    fn shard(&self, account: AccountId) -> usize {
        let shard = account.0.checked_rem(u64::from(self.manifest.shards));
        usize::try_from(shard.unwrap_or_default()).unwrap_or_default()
    }
}

impl Past for BackupReader {
    fn log(&self, account: AccountId, after: Seq, limit: usize) -> Result<Vec<Entry>, StoreError> {
        let shards = crate::check::locked(&self.rows);
        for database in shards.get(self.shard(account)).into_iter().flatten() {
            if rows::head(database, account).map_err(|error| rows::failure(&error))? > after {
                return rows::entries(database, account, after, limit);
            }
        }
        Ok(Vec::new())
    }

    fn body(&self, account: AccountId, body: &BodyRef) -> Result<Bytes, StoreError> {
        let dir = format!("segments-{:02}", self.shard(account));
        let path = segment::path(&self.folder.join(dir), body.segment);
        let corrupt = |what: &str| StoreError::Corrupt(format!("{}: {what}", path.display()));
        let file = SystemFiles.open_to_read(&path);
        let file = file.map_err(|error| corrupt(&error.to_string()))?;
        let all = Part::Content(0..body.len);
        let content = reader::read(file.as_ref(), Wait::Gladly, account, body, &all);
        let content = content.map_err(|trouble| corrupt(&format!("{trouble:?}")))?;
        match crate::check::digest(&content) == body.digest {
            true => Ok(content),
            false => Err(corrupt("a message has another digest than its reference")),
        }
    }
}
