//! Backups: a folder that holds a data folder as it was, brought up to date by what is new since.
//!
//! | name | what |
//! |---|---|
//! | `manifest.json` | which pieces of which files there are, each with its digest; written last |
//! | `directory-000001.sqlite` | the accounts, one copy for each time |
//! | `rows-000001-00.sqlite`, … | of each time and shard: the entries that were new, and what was used and collected of segments |
//! | `segments-00/`, … | the segments, each as far as it was used |
//! | `lock` | held while a backup is made |
//!
//! The rows of a shard are read at one moment, then the segments that they name: a body is
//! durable before the event that names it, so every account is whole. Files that a manifest names
//! are only ever added to beyond what it names: a backup that is cut off leaves the one before.

mod manifest;
mod reader;
mod restore;

pub use reader::BackupReader;

use super::open::{self, Lock, Meta, OpenError};
use super::rows::{loaded, stored};
use super::schema;
use super::segment;
use manifest::{Head, Manifest, PIECE, Piece};
use rusqlite::{Connection, OpenFlags, OptionalExtension, params};
use std::collections::HashMap;
use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// How long a read waits for someone who holds a database.
const BUSY: Duration = Duration::from_secs(10);

/// Why a backup cannot be made or used.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// The data folder or the backup cannot be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The system refuses a file.
    #[error("cannot use {path}: {error}")]
    Io {
        /// Which one.
        path: PathBuf,
        /// What the system says.
        error: io::Error,
    },
    /// A database refuses.
    #[error("a database: {0}")]
    Database(#[from] rusqlite::Error),
    /// A piece of the backup is not what its manifest says.
    #[error("{path} is damaged: {what}")]
    Damaged {
        /// Which file.
        path: PathBuf,
        /// What is wrong.
        what: String,
    },
    /// It is no backup, or one of something else.
    #[error("{path}: {what}")]
    Other {
        /// The folder.
        path: PathBuf,
        /// Why it is not used.
        what: &'static str,
    },
}

impl BackupError {
    fn io(path: &Path, error: io::Error) -> BackupError {
        BackupError::Io {
            path: path.to_owned(),
            error,
        }
    }

    fn other(path: &Path, what: &'static str) -> BackupError {
        BackupError::Other {
            path: path.to_owned(),
            what,
        }
    }
}

/// What a backup came to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct BackedUp {
    /// Entries that were new.
    pub entries: u64,
    /// Octets of segments that were new.
    pub octets: u64,
}

/// Brings a backup of a data folder up to date, or begins it. The folder may be served from.
///
/// # Errors
/// Either folder cannot be used, or the backup is one of another folder.
pub fn make(data: &Path, folder: &Path) -> Result<BackedUp, BackupError> {
    open::folder(folder)?;
    let _lock = Lock::take(folder)?;
    let meta = Meta::read(data)?;
    let meta = meta.ok_or_else(|| BackupError::other(data, "it is no data folder in use"))?;
    let before = Manifest::read(folder)?;
    let mut run = Run {
        data,
        folder,
        manifest: before.unwrap_or_else(|| Manifest::new(meta.shards)),
        done: BackedUp::default(),
    };
    if run.manifest.shards != meta.shards {
        return Err(BackupError::other(
            folder,
            "it is a backup of another data folder",
        ));
    }
    run.manifest.run += 1;
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    run.manifest.made = now.map_or(0, |now| i64::try_from(now.as_millis()).unwrap_or_default());
    for shard in 0..meta.shards {
        run.shard(shard)?;
    }
    // After the logs: every account that has one is in it.
    run.directory()?;
    run.manifest.write(folder)?;
    Ok(run.done)
}

/// Verifies every piece of a backup.
///
/// # Errors
/// The first that is damaged or missing.
pub fn verify(folder: &Path) -> Result<u64, BackupError> {
    let manifest = manifest_of(folder)?;
    let mut octets = 0;
    for piece in &manifest.pieces {
        piece.verify(folder, &mut |_| Ok(()))?;
        octets += piece.to - piece.from;
    }
    Ok(octets)
}

/// Makes a data folder of a backup. The folder must not be one yet.
///
/// # Errors
/// The backup is damaged, or the folder cannot be written.
pub fn restore(folder: &Path, data: &Path) -> Result<(), BackupError> {
    restore::all(&manifest_of(folder)?, folder, data)
}

fn manifest_of(folder: &Path) -> Result<Manifest, BackupError> {
    Manifest::read(folder)?.ok_or_else(|| BackupError::other(folder, "it is no backup"))
}

struct Run<'a> {
    data: &'a Path,
    folder: &'a Path,
    manifest: Manifest,
    done: BackedUp,
}

impl Run<'_> {
    fn directory(&mut self) -> Result<(), BackupError> {
        let name = format!("directory-{:06}.sqlite", self.manifest.run);
        let path = self.folder.join(&name);
        remove(&path)?;
        let source = schema::open_to_read(&self.data.join("directory.sqlite"), BUSY)?;
        source.execute("VACUUM INTO ?", [text(&path)?])?;
        drop(source);
        private(&path)?;
        let old = std::mem::replace(&mut self.manifest.directory, name.clone());
        self.manifest.pieces.retain(|piece| piece.file != old);
        self.whole(&name)
    }

    fn shard(&mut self, shard: u16) -> Result<(), BackupError> {
        let name = format!("rows-{:06}-{shard:02}.sqlite", self.manifest.run);
        let path = self.folder.join(&name);
        remove(&path)?;
        let source = self.data.join(format!("shard-{shard:02}.sqlite"));
        let mut rows = Rows::create(&path, &source)?;
        let used = rows.copy_new(self, shard)?;
        for (number, used) in used {
            self.segment(shard, number, used)?;
        }
        // Now: what is given back from here on is whole in the copy.
        rows.copy_collected()?;
        rows.close()?;
        private(&path)?;
        self.whole(&name)?;
        let of_shard = self.manifest.rows.get_mut(usize::from(shard));
        of_shard
            .into_iter()
            .for_each(|names| names.push(name.clone()));
        Ok(())
    }

    /// Copies what is new of a segment.
    fn segment(&mut self, shard: u16, number: u64, used: u64) -> Result<(), BackupError> {
        let dir = format!("segments-{shard:02}");
        open::folder(&self.folder.join(&dir))?;
        let source = segment::path(&self.data.join(&dir), number);
        let file = segment_name(shard, number);
        let target = self.folder.join(&file);
        let from = self.manifest.end(&file);
        if from >= used {
            return Ok(());
        }
        let source = match File::open(&source) {
            Ok(source) => source,
            // Collected: nothing that counts was in it.
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(BackupError::io(&source, error)),
        };
        let copied = copy(&source, &target, from, used);
        let (to, blake3) = copied.map_err(|error| BackupError::io(&target, error))?;
        if to > from {
            self.done.octets += to - from;
            self.manifest.pieces.push(Piece {
                file,
                from,
                to,
                blake3,
            });
        }
        Ok(())
    }

    /// Names a file that is written once, all of it.
    fn whole(&mut self, name: &str) -> Result<(), BackupError> {
        let path = self.folder.join(name);
        let failed = |error| BackupError::io(&path, error);
        let file = File::open(&path).map_err(failed)?;
        file.sync_all().map_err(failed)?;
        let mut digest = blake3::Hasher::new();
        let to = io::copy(&mut &file, &mut digest).map_err(failed)?;
        self.manifest.pieces.push(Piece {
            file: name.to_owned(),
            from: 0,
            to,
            blake3: digest.finalize().to_hex().to_string(),
        });
        Ok(())
    }
}

/// A segment as the manifest names it.
fn segment_name(shard: u16, number: u64) -> String {
    format!("segments-{shard:02}/{number:010}.seg")
}

/// Copies octets to the same place of another file, durably: where they end, and their digest.
fn copy(source: &File, target: &Path, from: u64, to: u64) -> io::Result<(u64, String)> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(false).mode(0o600);
    let out = options.open(target)?;
    let mut digest = blake3::Hasher::new();
    let mut buffer = vec![0; PIECE];
    let mut at = from;
    while at < to {
        let len = usize::try_from(to - at).unwrap_or(PIECE).min(PIECE);
        let read = source.read_at(buffer.get_mut(..len).unwrap_or_default(), at)?;
        let octets = buffer.get(..read).unwrap_or_default();
        // The last record's padding is not written.
        if octets.is_empty() {
            break;
        }
        digest.update(octets);
        out.write_all_at(octets, at)?;
        at += read as u64;
    }
    out.set_len(at)?;
    out.sync_all()?;
    Ok((at, digest.finalize().to_hex().to_string()))
}

/// New rows of a shard, in a file of their own.
struct Rows {
    database: Connection,
}

impl Rows {
    fn create(path: &Path, source: &Path) -> Result<Rows, BackupError> {
        drop(schema::open(path, schema::SHARD, BUSY)?);
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
            | OpenFlags::SQLITE_OPEN_URI
            | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let database = Connection::open_with_flags(path, flags)?;
        database.busy_timeout(BUSY)?;
        // One file that is synced when it is done.
        database.pragma_update(None, "journal_mode", "DELETE")?;
        database.pragma_update(None, "synchronous", "OFF")?;
        let source = format!("file:{}?mode=ro", escaped(&text(source)?));
        database.execute("ATTACH ? AS source", [source])?;
        Ok(Rows { database })
    }

    /// Copies the entries after those that the backup has, as of one moment; gives the segments
    /// and how far they are used.
    fn copy_new(&mut self, run: &mut Run<'_>, shard: u16) -> Result<Vec<(u64, u64)>, BackupError> {
        let mut known: HashMap<u64, Head> = HashMap::new();
        for head in &run.manifest.heads {
            if head.account % u64::from(run.manifest.shards.max(1)) == u64::from(shard) {
                known.insert(head.account, *head);
            }
        }
        let moment = self.database.transaction()?;
        let mut heads = Vec::new();
        let mut last = i64::MIN;
        let next = "SELECT account FROM source.entry WHERE account > ? ORDER BY account LIMIT 1";
        while let Some(account) = moment
            .query_row(next, [last], |row| row.get::<_, i64>(0))
            .optional()?
        {
            last = account;
            let head = known.remove(&loaded(account));
            if head.is_some_and(|head| !has(&moment, head).unwrap_or(false)) {
                return Err(foreign(run.folder));
            }
            let after = stored(head.map_or(0, |head| head.seq));
            let copied = moment.execute(
                "INSERT INTO main.entry SELECT account, seq, at, crc, event FROM source.entry
                 WHERE account = ? AND seq > ?",
                params![account, after],
            )?;
            run.done.entries += copied as u64;
            heads.push(moment.query_row(
                "SELECT seq, crc FROM source.entry WHERE account = ? ORDER BY seq DESC LIMIT 1",
                [account],
                |row| {
                    Ok(Head {
                        account: loaded(account),
                        seq: loaded(row.get(0)?),
                        crc: row.get(1)?,
                    })
                },
            )?);
        }
        if !known.is_empty() {
            return Err(foreign(run.folder));
        }
        moment.execute(
            "INSERT INTO main.segment SELECT number, used FROM source.segment",
            [],
        )?;
        let used = {
            let mut query = moment.prepare("SELECT number, used FROM main.segment")?;
            let columns = |row: &rusqlite::Row<'_>| Ok((loaded(row.get(0)?), loaded(row.get(1)?)));
            let rows = query.query_map([], columns)?;
            rows.collect::<rusqlite::Result<Vec<_>>>()?
        };
        moment.commit()?;
        let others = run.manifest.heads.iter();
        let others = others.filter(|head| {
            head.account % u64::from(run.manifest.shards.max(1)) != u64::from(shard)
        });
        heads.extend(others.copied());
        run.manifest.heads = heads;
        Ok(used)
    }

    fn copy_collected(&mut self) -> Result<(), BackupError> {
        let there = "SELECT count(*) FROM source.sqlite_schema WHERE name = 'collected'";
        if self
            .database
            .query_row(there, [], |row| row.get::<_, i64>(0))?
            > 0
        {
            self.database.execute(
                "INSERT INTO main.collected (segment, start, end, done, at)
                 SELECT segment, start, end, done, at FROM source.collected",
                [],
            )?;
        }
        Ok(())
    }

    fn close(self) -> Result<(), BackupError> {
        self.database.close().map_err(|(_, error)| error.into())
    }
}

fn foreign(folder: &Path) -> BackupError {
    let what = "it is a backup of another data folder, or of a later state: choose an empty one";
    BackupError::other(folder, what)
}

/// Whether the source has the entry with which the backup ends.
fn has(moment: &Connection, head: Head) -> rusqlite::Result<bool> {
    let query = "SELECT 1 FROM source.entry WHERE account = ? AND seq = ? AND crc = ?";
    let row = params![stored(head.account), stored(head.seq), head.crc];
    let found = moment.query_row(query, row, |_| Ok(())).optional()?;
    Ok(found.is_some())
}

/// A path in a URI of SQLite.
fn escaped(path: &str) -> String {
    path.replace('%', "%25")
        .replace('?', "%3f")
        .replace('#', "%23")
}

fn text(path: &Path) -> Result<String, BackupError> {
    let text = path.to_str().map(str::to_owned);
    text.ok_or_else(|| BackupError::other(path, "its name is not UTF-8"))
}

fn remove(path: &Path) -> Result<(), BackupError> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(BackupError::io(path, error)),
        _ => Ok(()),
    }
}

/// Mail and password hashes lie in it.
fn private(path: &Path) -> Result<(), BackupError> {
    use std::os::unix::fs::PermissionsExt;
    let only_owner = std::fs::Permissions::from_mode(0o600);
    std::fs::set_permissions(path, only_owner).map_err(|error| BackupError::io(path, error))
}
