//! A data folder made of a backup.
//!
//! While it is being made, the folder has a file `restoring`: no server opens it, and a second
//! attempt begins anew.

use super::manifest::Manifest;
use super::{BUSY, BackupError, text};
use crate::sqlite::open::{self, Lock, Meta, RESTORING};
use crate::sqlite::rows::loaded;
use crate::sqlite::schema;
use std::collections::HashSet;
use std::fs::File;
use std::io::{self, Write};
use std::path::Path;

pub(super) fn all(manifest: &Manifest, folder: &Path, data: &Path) -> Result<(), BackupError> {
    open::folder(data)?;
    let _lock = Lock::take(data)?;
    begin(data)?;
    let mut gone = HashSet::new();
    for shard in 0..manifest.shards {
        gone.extend(rows(manifest, folder, data, shard)?);
        open::folder(&data.join(format!("segments-{shard:02}")))?;
    }
    for piece in &manifest.pieces {
        let target = if piece.file == manifest.directory {
            data.join("directory.sqlite")
        } else if piece.file.starts_with("segments-") && !gone.contains(&piece.file) {
            data.join(&piece.file)
        } else {
            // The rows, which were verified and read, and segments that were collected since.
            continue;
        };
        let failed = |error| BackupError::io(&target, error);
        let mut options = File::options();
        std::os::unix::fs::OpenOptionsExt::mode(options.append(true).create(true), 0o600);
        let mut out = options.open(&target).map_err(failed)?;
        piece.verify(folder, &mut |octets| out.write_all(octets))?;
        out.sync_all().map_err(failed)?;
    }
    let synced = |dir: &Path| File::open(dir).and_then(|dir| dir.sync_all());
    for shard in 0..manifest.shards {
        let dir = data.join(format!("segments-{shard:02}"));
        synced(&dir).map_err(|error| BackupError::io(&dir, error))?;
    }
    let shards = manifest.shards;
    Meta { shards }.write(data)?;
    // From here on the folder is one.
    let mark = data.join(RESTORING);
    std::fs::remove_file(&mark).map_err(|error| BackupError::io(&mark, error))?;
    synced(data).map_err(|error| BackupError::io(data, error))
}

/// Takes the folder, if it is none yet, or one that was begun before.
fn begin(data: &Path) -> Result<(), BackupError> {
    let failed = |error| BackupError::io(data, error);
    let begun = data.join(RESTORING).try_exists().map_err(failed)?;
    let names: io::Result<Vec<_>> = std::fs::read_dir(data).map_err(failed)?.collect();
    for entry in names.map_err(failed)? {
        let name = entry.file_name().to_string_lossy().into_owned();
        let ours = ["shard-", "segments-", "directory.sqlite", "meta"];
        if !ours.iter().any(|it| name.starts_with(it)) {
            continue;
        }
        if !begun {
            let what = "it is in use already: restore into an empty folder";
            return Err(BackupError::other(data, what));
        }
        let path = entry.path();
        let removed = match path.is_dir() {
            true => std::fs::remove_dir_all(&path),
            false => std::fs::remove_file(&path),
        };
        removed.map_err(|error| BackupError::io(&path, error))?;
    }
    let mark = File::create(data.join(RESTORING)).map_err(failed)?;
    mark.sync_all().map_err(failed)?;
    File::open(data)
        .and_then(|it| it.sync_all())
        .map_err(failed)
}

/// Fills a shard's database; the segments that were collected whole, as the manifest names them.
fn rows(
    manifest: &Manifest,
    folder: &Path,
    data: &Path,
    shard: u16,
) -> Result<Vec<String>, BackupError> {
    let path = data.join(format!("shard-{shard:02}.sqlite"));
    let database = schema::open(&path, schema::SHARD, BUSY)?;
    for name in manifest.rows.get(usize::from(shard)).into_iter().flatten() {
        for piece in manifest.pieces.iter().filter(|piece| piece.file == *name) {
            piece.verify(folder, &mut |_| Ok(()))?;
        }
        database.execute("ATTACH ? AS source", [text(&folder.join(name))?])?;
        // Each copy has all that was used and collected by then. Holes were not copied as such:
        // the next collection makes them again.
        database.execute_batch(
            "BEGIN;
             INSERT INTO main.entry SELECT account, seq, at, crc, event FROM source.entry;
             DELETE FROM main.segment;
             INSERT INTO main.segment SELECT number, used FROM source.segment;
             DELETE FROM main.collected;
             INSERT INTO main.collected (segment, start, end, done, at)
                 SELECT segment, start, end, start = 0, at FROM source.collected;
             COMMIT;",
        )?;
        database.execute("DETACH source", [])?;
    }
    database.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
    let mut gone = database.prepare("SELECT segment FROM collected WHERE start = 0")?;
    let rows = gone.query_map([], |row| row.get::<_, i64>(0))?;
    let name = |number: i64| super::segment_name(shard, loaded(number));
    let names: rusqlite::Result<Vec<String>> = rows.map(|number| number.map(name)).collect();
    Ok(names?)
}
