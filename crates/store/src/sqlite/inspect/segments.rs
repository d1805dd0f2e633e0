//! The segments themselves: their headers, and whether they are as long as they were.

use super::{Inspection, ShardFiles, used};
use crate::StoreError;
use crate::sqlite::collect;
use crate::sqlite::segment;
use crate::sqlite::segment::format::{self, FILE_HEADER};
use std::collections::BTreeSet;
use std::io;

/// One segment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Segment {
    /// Its shard.
    pub shard: u16,
    /// Its number.
    pub number: u64,
    /// Octets of the file.
    pub size: u64,
    /// How far it is used by what events name; 0: not at all yet.
    pub used: u64,
    /// What is wrong with it, if anything.
    pub damage: Option<String>,
}

impl Inspection {
    /// All segments, those that are missing too.
    ///
    /// # Errors
    /// A database or folder cannot be read.
    pub fn segments(&self) -> Result<Vec<Segment>, StoreError> {
        let mut all = Vec::new();
        for (number, shard) in (0..).zip(&self.shards) {
            all.extend(self.segments_of(number, shard)?);
        }
        Ok(all)
    }

    fn segments_of(&self, shard: u16, files: &ShardFiles) -> Result<Vec<Segment>, StoreError> {
        let collected = super::has_collected(&files.database)?;
        // The database first: what it knows of is in the folder.
        let used = used(&files.database)?;
        let mut numbers: BTreeSet<u64> = used.keys().copied().collect();
        let names = std::fs::read_dir(&files.segments);
        for entry in names.map_err(|error| StoreError::Io(error.to_string()))? {
            let name = entry.map_err(|error| StoreError::Io(error.to_string()))?;
            let name = name.file_name();
            numbers.extend(name.to_str().and_then(segment::number));
        }
        let segment = |number| {
            let used = used.get(&number).copied().unwrap_or_default();
            let gone =
                collected && collect::is_collected(&files.database, number, &collect::EVERYTHING)?;
            if gone {
                return Ok(None);
            }
            let (size, damage) = match self.look(files, shard, number, used) {
                Ok(size) => (size, None),
                Err((size, what)) => (size, Some(what)),
            };
            Ok(Some(Segment {
                shard,
                number,
                size,
                used,
                damage,
            }))
        };
        let all = numbers.into_iter().map(segment);
        all.filter_map(Result::transpose).collect()
    }

    /// The segment's size; with what is wrong, if anything.
    fn look(
        &self,
        files: &ShardFiles,
        shard: u16,
        number: u64,
        used: u64,
    ) -> Result<u64, (u64, String)> {
        let file = self
            .files
            .open_to_read(&segment::path(&files.segments, number));
        let file = match file {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err((0, "the file is missing".to_owned()));
            }
            Err(error) => return Err((0, error.to_string())),
        };
        let size = file.size().map_err(|error| (0, error.to_string()))?;
        let failed = |what: String| (size, what);
        let mut header = [0; FILE_HEADER as usize];
        let read = file.read_at(&mut header, 0);
        read.map_err(|error| failed(error.to_string()))?;
        // Just begun: its header may not be written yet, and no event names anything in it.
        if used > 0 {
            format::check_file_header(&header, number, shard).map_err(failed)?;
        }
        // The last record's padding is not written.
        if size.saturating_add(8) < used {
            return Err(failed(format!("it ends at {size} and was used to {used}")));
        }
        Ok(size)
    }
}
