//! `manifest.json` of a backup: which pieces it has, each with its digest. What it does not name
//! is no part of the backup.

use super::BackupError;
use serde::{Deserialize, Serialize};
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;

/// The version that this code writes and reads.
const FORMAT: u32 = 1;
const NAME: &str = "manifest.json";
/// Octets that are in memory at once.
pub(super) const PIECE: usize = 1 << 20;

/// All of it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Manifest {
    format: u32,
    /// How many times the backup was brought up to date.
    pub(super) run: u64,
    /// When, in milliseconds since 1970.
    pub(super) made: i64,
    pub(super) shards: u16,
    /// The name of the copy of the directory of accounts.
    pub(super) directory: String,
    /// The names of the copies of rows, by shard, the oldest first.
    pub(super) rows: Vec<Vec<String>>,
    /// Where each log ends.
    pub(super) heads: Vec<Head>,
    /// Every piece of every file, in order.
    pub(super) pieces: Vec<Piece>,
}

/// The last entry of an account that the backup has.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(super) struct Head {
    pub(super) account: u64,
    pub(super) seq: u64,
    /// The entry's checksum, by which another folder's log is told apart.
    pub(super) crc: u32,
}

/// Octets of a file, from one place to another.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Piece {
    /// Relative to the backup.
    pub(super) file: String,
    pub(super) from: u64,
    pub(super) to: u64,
    /// BLAKE3, in hexadecimal.
    pub(super) blake3: String,
}

impl Manifest {
    pub(super) fn new(shards: u16) -> Manifest {
        Manifest {
            format: FORMAT,
            run: 0,
            made: 0,
            shards,
            directory: String::new(),
            rows: vec![Vec::new(); usize::from(shards)],
            heads: Vec::new(),
            pieces: Vec::new(),
        }
    }

    /// Reads it; `None` where there is none.
    pub(super) fn read(folder: &Path) -> Result<Option<Manifest>, BackupError> {
        let path = folder.join(NAME);
        let text = match std::fs::read(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(BackupError::io(&path, error)),
        };
        let damaged = |what: String| BackupError::Damaged {
            path: path.clone(),
            what,
        };
        let manifest: Manifest =
            serde_json::from_slice(&text).map_err(|error| damaged(error.to_string()))?;
        if manifest.format != FORMAT {
            return Err(damaged(format!("format {} is not known", manifest.format)));
        }
        if manifest.rows.len() != usize::from(manifest.shards) {
            return Err(damaged(
                "it does not name the rows of every shard".to_owned(),
            ));
        }
        Ok(Some(manifest))
    }

    /// Writes it durably in place of the one before: from then on the backup is this one.
    pub(super) fn write(&self, folder: &Path) -> Result<(), BackupError> {
        let draft = folder.join("manifest.json.new");
        let write = || -> io::Result<()> {
            let text = serde_json::to_vec_pretty(self).map_err(io::Error::other)?;
            let mut file = File::create(&draft)?;
            file.write_all(&text)?;
            file.sync_all()?;
            std::fs::rename(&draft, folder.join(NAME))?;
            File::open(folder)?.sync_all()
        };
        write().map_err(|error| BackupError::io(&folder.join(NAME), error))
    }

    /// How far the backup has a file.
    pub(super) fn end(&self, file: &str) -> u64 {
        let pieces = self.pieces.iter().filter(|piece| piece.file == file);
        pieces.map(|piece| piece.to).max().unwrap_or_default()
    }
}

impl Piece {
    /// Says what the piece's octets are not, if they are not those that were written; gives them
    /// to `take` on the way.
    pub(super) fn verify(
        &self,
        folder: &Path,
        take: &mut dyn FnMut(&[u8]) -> io::Result<()>,
    ) -> Result<(), BackupError> {
        let path = folder.join(&self.file);
        let mut digest = blake3::Hasher::new();
        let mut read = || -> io::Result<u64> {
            let mut file = File::open(&path)?;
            file.seek(SeekFrom::Start(self.from))?;
            let mut rest = file.take(self.to.saturating_sub(self.from));
            let mut buffer = vec![0; PIECE];
            let mut all = 0;
            loop {
                let read = rest.read(&mut buffer)?;
                let octets = buffer.get(..read).unwrap_or_default();
                if octets.is_empty() {
                    return Ok(all);
                }
                digest.update(octets);
                take(octets)?;
                all += read as u64;
            }
        };
        let damaged = |what: &str| BackupError::Damaged {
            path: path.clone(),
            what: format!("octets {} to {}: {what}", self.from, self.to),
        };
        match read() {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err(damaged("the file is missing"));
            }
            Err(error) => return Err(BackupError::io(&path, error)),
            Ok(all) if all < self.to.saturating_sub(self.from) => {
                return Err(damaged("the file is cut short"));
            }
            Ok(_) => {}
        }
        match digest.finalize().to_hex().as_str() == self.blake3 {
            true => Ok(()),
            false => Err(damaged("they are not what was written")),
        }
    }
}
