//! Putting right what `postern check` found, in a data folder that no server uses: what is derived
//! is dropped or made again; what is not is put aside, never deleted.
//!
//! What is put aside lies in the folder `quarantine` of the data folder: a file with the octets as
//! they were found, and one beside it, `….txt`, that says what they were and what was wrong.

use super::files::{Files, SystemFiles};
use super::open::{self, Lock, Meta, OpenError};
use super::rows::{entry_crc, failure, stored};
use super::schema;
use super::segment;
use super::segment::format::{self, Layout};
use crate::{AccountId, BodyRef, Seq, StoreError};
use rusqlite::{Connection, OptionalExtension, params};
use std::fs::{DirBuilder, OpenOptions};
use std::io::{self, Write};
use std::ops::RangeInclusive;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// The folder of what was put aside.
pub(crate) const QUARANTINE: &str = "quarantine";
/// How long a change waits for someone who holds the database.
const BUSY: Duration = Duration::from_secs(10);
/// Octets of a record that are copied at once.
const PIECE: u64 = 1 << 20;

/// A data folder that is being repaired: no server can use it meanwhile.
pub struct Repair {
    folder: PathBuf,
    shards: Vec<Connection>,
    files: Arc<dyn Files>,
    _lock: Lock,
}

impl std::fmt::Debug for Repair {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Repair")
            .field("folder", &self.folder)
            .finish_non_exhaustive()
    }
}

/// The name under which a body is put aside.
pub(crate) fn body_name(body: &BodyRef) -> String {
    format!("body-{}-{}", body.segment, body.offset)
}

impl Repair {
    /// Opens a data folder for repair.
    ///
    /// # Errors
    /// A server uses it, or it cannot be opened.
    pub fn open(path: &Path) -> Result<Repair, OpenError> {
        let lock = Lock::take(path)?;
        let meta = Meta::read(path)?.ok_or_else(|| OpenError::Missing {
            path: path.join("meta"),
        })?;
        let mut shards = Vec::new();
        for shard in 0..meta.shards {
            let database = path.join(format!("shard-{shard:02}.sqlite"));
            open::require(&database, true)?;
            shards.push(schema::open(&database, schema::SHARD, BUSY)?);
        }
        Ok(Repair {
            folder: path.to_owned(),
            shards,
            files: Arc::new(SystemFiles),
            _lock: lock,
        })
    }

    /// Forgets the account's snapshot: the log gives it again.
    ///
    /// # Errors
    /// The database refuses.
    pub fn drop_snapshot(&mut self, account: AccountId) -> Result<(), StoreError> {
        let failed = |error: rusqlite::Error| failure(&error);
        let (_, database) = self.of(account)?;
        let transaction = database.transaction().map_err(failed)?;
        for statement in [
            "DELETE FROM snapshot WHERE account = ?",
            "DELETE FROM chunk WHERE account = ?",
        ] {
            let done = transaction.execute(statement, [stored(account.0)]);
            done.map_err(failed)?;
        }
        transaction.commit().map_err(failed)
    }

    /// Copies a body's record aside as it is, with the reason. The record stays where it is, and
    /// reading it goes on to fail.
    ///
    /// # Errors
    /// The copy cannot be written.
    pub fn quarantine_body(
        &mut self,
        account: AccountId,
        body: &BodyRef,
        reason: &str,
    ) -> Result<(), StoreError> {
        let (shard, _) = self.of(account)?;
        let about = format!(
            "what:    a message's record of account {}, {} octets of content\n\
             where:   segment {} at {}\nwrong:   {reason}\n",
            account.0, body.len, body.segment, body.offset
        );
        let path = segment::path(&self.segments(shard), body.segment);
        let source = self.files.open_to_read(&path).ok();
        let end = Layout::new(body.derived_len, body.len).end();
        self.put_aside(&body_name(body), &about, |out| {
            let Some(source) = &source else {
                return Ok(());
            };
            let mut done = 0;
            while done < end {
                let len = usize::try_from((end - done).min(PIECE)).map_err(io::Error::other)?;
                let mut piece = vec![0; len];
                let read = source.read_at(&mut piece, u64::from(body.offset) + done)?;
                if read == 0 {
                    break;
                }
                out.write_all(piece.get(..read).unwrap_or_default())?;
                done += read as u64;
            }
            Ok(())
        })
    }

    /// Writes a body's derived part again, in place; false when it has another length than the
    /// one that was there.
    ///
    /// # Errors
    /// The segment cannot be written.
    pub fn rewrite_derived(
        &mut self,
        account: AccountId,
        body: &BodyRef,
        derived: &[u8],
    ) -> Result<bool, StoreError> {
        if derived.len() as u64 != u64::from(body.derived_len) {
            return Ok(false);
        }
        let (shard, _) = self.of(account)?;
        let layout = Layout::new(body.derived_len, body.len);
        let at = u64::from(body.offset);
        let crc = crc32c::crc32c(derived).to_le_bytes();
        let path = segment::path(&self.segments(shard), body.segment);
        let write = || -> io::Result<()> {
            let file = self.files.open(&path)?;
            file.write_all_at(&crc, at + layout.derived_crc())?;
            file.write_all_at(derived, at + layout.derived())?;
            file.sync_data()
        };
        write().map_err(|error| system(&path, &error))?;
        Ok(true)
    }

    /// Writes a segment's header again.
    ///
    /// # Errors
    /// The segment cannot be written.
    pub fn rewrite_header(&mut self, shard: u16, number: u64) -> Result<(), StoreError> {
        let path = segment::path(&self.segments(shard), number);
        let write = || -> io::Result<()> {
            let file = self.files.open(&path)?;
            file.write_all_at(&format::file_header(number, shard), 0)?;
            file.sync_data()
        };
        write().map_err(|error| system(&path, &error))
    }

    /// Moves entries aside and puts an event in the place of each, so that the log has no gap.
    ///
    /// # Errors
    /// They cannot be written aside, or the database refuses.
    pub fn replace_entries(
        &mut self,
        account: AccountId,
        entries: RangeInclusive<Seq>,
        reason: &str,
        event: &[u8],
    ) -> Result<(), StoreError> {
        for seq in entries.clone() {
            self.quarantine_entry(account, seq, reason)?;
        }
        let failed = |error: rusqlite::Error| failure(&error);
        let (_, database) = self.of(account)?;
        let transaction = database.transaction().map_err(failed)?;
        let before = transaction
            .query_row(
                "SELECT at FROM entry WHERE account = ? AND seq < ? ORDER BY seq DESC LIMIT 1",
                params![stored(account.0), stored(*entries.start())],
                |row| row.get::<_, i64>(0),
            )
            .optional();
        // The time of the entry before, if that can be told: the log's clock never goes back.
        let at = before.ok().flatten().unwrap_or_default();
        for seq in entries {
            let crc = entry_crc(account, seq, at, event);
            let row = params![stored(account.0), stored(seq), at, crc, event];
            let put = transaction.execute(
                "INSERT OR REPLACE INTO entry (account, seq, at, crc, event) VALUES (?, ?, ?, ?, ?)",
                row,
            );
            put.map_err(failed)?;
        }
        transaction.commit().map_err(failed)
    }

    fn quarantine_entry(
        &mut self,
        account: AccountId,
        seq: Seq,
        reason: &str,
    ) -> Result<(), StoreError> {
        let (_, database) = self.of(account)?;
        let row = database
            .query_row(
                "SELECT CAST(at AS TEXT), CAST(crc AS TEXT), CAST(event AS BLOB) FROM entry
                 WHERE account = ? AND seq = ?",
                params![stored(account.0), stored(seq)],
                |row| {
                    Ok((
                        row.get::<_, String>(0)?,
                        row.get::<_, String>(1)?,
                        row.get::<_, Vec<u8>>(2)?,
                    ))
                },
            )
            .optional()
            .map_err(|error| failure(&error))?;
        let (at, crc, event) = row.unwrap_or_default();
        let about = format!(
            "what:    entry {seq} of account {}\nat:      {at}\ncrc:     {crc}\nwrong:   {reason}\n",
            account.0
        );
        let name = format!("entry-{}-{seq}", account.0);
        self.put_aside(&name, &about, |out| out.write_all(&event))
    }

    fn of(&mut self, account: AccountId) -> Result<(u16, &mut Connection), StoreError> {
        let shards = self.shards.len() as u64;
        let index = account.0.checked_rem(shards).unwrap_or_default();
        let index = u16::try_from(index).unwrap_or_default();
        let database = self.shards.get_mut(usize::from(index));
        let database = database.ok_or(StoreError::Invalid("a folder without shards"))?;
        Ok((index, database))
    }

    fn segments(&self, shard: u16) -> PathBuf {
        self.folder.join(format!("segments-{shard:02}"))
    }

    /// Writes both files durably. One that is there stays: it was found first.
    fn put_aside(
        &self,
        name: &str,
        about: &str,
        octets: impl FnOnce(&mut dyn Write) -> io::Result<()>,
    ) -> Result<(), StoreError> {
        let folder = self.folder.join(QUARANTINE);
        let put = || -> io::Result<()> {
            match DirBuilder::new().mode(0o700).create(&folder) {
                Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
                _ => {}
            }
            let path = folder.join(name);
            if path.try_exists()? {
                return Ok(());
            }
            let mut options = OpenOptions::new();
            options.write(true).create(true).truncate(true).mode(0o600);
            let mut text = options.open(folder.join(format!("{name}.txt")))?;
            text.write_all(about.as_bytes())?;
            text.sync_all()?;
            let draft = folder.join(format!("{name}.new"));
            let mut file = options.open(&draft)?;
            octets(&mut file)?;
            file.sync_all()?;
            std::fs::rename(&draft, &path)?;
            self.files.sync_dir(&folder)?;
            self.files.sync_dir(&self.folder)
        };
        put().map_err(|error| system(&folder.join(name), &error))
    }
}

fn system(path: &Path, error: &io::Error) -> StoreError {
    StoreError::Io(format!("{}: {error}", path.display()))
}
