//! Giving back space of segments: holes are punched where nothing lives, so that every reference
//! keeps its place; a segment in which nothing lives is removed.
//!
//! The table `collected` says what is dead of each segment: `start` and `end` in octets, whether
//! the hole was punched (`done`), and when. A segment that is gone has one row from 0 to
//! 2^63 - 1. A dead body stays dead, so the rows of a segment are replaced by ones that cover
//! them. Holes have whole blocks only: no octet of a live body is ever written again.

use super::Sqlite;
use super::files::{Files, SegmentFile};
use super::gather::Job;
use super::rows::{failure, loaded, stored};
use super::segment::format::{FILE_HEADER, Layout};
use super::segment::{self};
use super::shard::{Shard, gone};
use crate::collect::{Candidate, Collect, Freed, Listed};
use crate::{AccountId, BodyRef, StoreError};
use async_trait::async_trait;
use rusqlite::{Connection, OptionalExtension, Row, params};
use std::collections::BTreeSet;
use std::io;
use std::ops::Range;
use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tokio::sync::oneshot;

/// Holes begin and end at multiples of this: the block of every usual file system divides it.
const BLOCK: u64 = 4096;
/// Octets of a hole that are punched in one call: a file system may hold a lock meanwhile.
const HOLE: u64 = 64 << 20;
/// The end of the one row of a segment that is gone.
const WHOLE: u64 = i64::MAX as u64;
/// A segment that is gone.
pub(crate) const EVERYTHING: Range<u64> = 0..WHOLE;

/// What is dead of a segment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Dead {
    pub(crate) segment: u64,
    pub(crate) ranges: Vec<Range<u64>>,
    /// Whether the space was given back.
    pub(crate) done: bool,
}

impl Dead {
    fn is_whole(&self) -> bool {
        self.ranges == [EVERYTHING]
    }
}

/// Notes what is dead of a segment, in place of what was noted before.
pub(crate) fn note(database: &mut Connection, dead: &Dead) -> rusqlite::Result<()> {
    let transaction = database.transaction()?;
    transaction.execute(
        "DELETE FROM collected WHERE segment = ?",
        [stored(dead.segment)],
    )?;
    let at = SystemTime::now().duration_since(UNIX_EPOCH);
    let at = at.map_or(0, |at| i64::try_from(at.as_millis()).unwrap_or_default());
    for range in &dead.ranges {
        let row = params![
            stored(dead.segment),
            stored(range.start),
            stored(range.end),
            dead.done,
            at
        ];
        transaction.execute(
            "INSERT INTO collected (segment, start, end, done, at) VALUES (?, ?, ?, ?, ?)",
            row,
        )?;
    }
    transaction.commit()
}

/// What is noted of a segment.
pub(crate) fn noted(database: &Connection, segment: u64) -> Result<Dead, StoreError> {
    let failed = |error: rusqlite::Error| failure(&error);
    let mut query = database
        .prepare_cached("SELECT start, end, done FROM collected WHERE segment = ? ORDER BY start")
        .map_err(failed)?;
    let columns = |row: &Row<'_>| -> rusqlite::Result<(Range<u64>, bool)> {
        Ok((loaded(row.get(0)?)..loaded(row.get(1)?), row.get(2)?))
    };
    let rows = query.query_map([stored(segment)], columns);
    let rows: Vec<_> = rows.and_then(Iterator::collect).map_err(failed)?;
    Ok(Dead {
        segment,
        done: !rows.is_empty() && rows.iter().all(|(_, done)| *done),
        ranges: rows.into_iter().map(|(range, _)| range).collect(),
    })
}

/// Whether all of a place was given back or is about to be.
pub(crate) fn is_collected(
    database: &Connection,
    segment: u64,
    place: &Range<u64>,
) -> Result<bool, StoreError> {
    let mut query = database
        .prepare_cached(
            "SELECT 1 FROM collected WHERE segment = ? AND start <= ? AND end >= ? LIMIT 1",
        )
        .map_err(|error| failure(&error))?;
    let row = params![stored(segment), stored(place.start), stored(place.end)];
    let found = query.query_row(row, |_| Ok(())).optional();
    Ok(found.map_err(|error| failure(&error))?.is_some())
}

/// The place of a record.
pub(crate) fn extent(body: &BodyRef) -> Range<u64> {
    let start = u64::from(body.offset);
    start..start + Layout::new(body.derived_len, body.len).end()
}

/// What of a segment no live range takes.
fn dead_ranges(end: u64, mut live: Vec<Range<u64>>) -> Vec<Range<u64>> {
    live.sort_unstable_by_key(|range| range.start);
    let mut dead = Vec::new();
    let mut at = FILE_HEADER;
    for range in live {
        if range.start > at {
            dead.push(at..range.start);
        }
        at = at.max(range.end);
    }
    if end > at {
        dead.push(at..end);
    }
    dead
}

/// The whole blocks of a range.
fn blocks(range: &Range<u64>) -> Range<u64> {
    let start = range.start.next_multiple_of(BLOCK);
    start..(range.end / BLOCK * BLOCK).max(start)
}

#[async_trait]
impl Collect for Sqlite {
    fn shards(&self) -> u16 {
        u16::try_from(self.shards.len()).unwrap_or(u16::MAX)
    }

    async fn logged(&self, shard: u16) -> Result<Vec<AccountId>, StoreError> {
        let pool = &self.numbered(shard)?.pool;
        pool.read(super::rows::accounts).await
    }

    async fn removals(&self) -> Result<Vec<Listed>, StoreError> {
        self.directory.removals().await
    }

    async fn candidates(&self, shard: u16, rest: Duration) -> Result<Vec<Candidate>, StoreError> {
        let files = self.numbered(shard)?;
        files.health.check()?;
        let used = files.pool.read(super::inspect::used).await?;
        let (writer, dir) = (files.writer.clone(), files.segments_dir.clone());
        let disk = files.files.clone();
        let looking = move || -> io::Result<Vec<Candidate>> {
            let current = writer.retire();
            let highest = used.keys().max().copied().unwrap_or_default();
            let mut found = Vec::new();
            for segment in numbers(&dir)? {
                // The highest is where the next start looks for where to go on.
                if Some(segment) == current || segment >= highest {
                    continue;
                }
                let file = disk.open_to_read(&segment::path(&dir, segment))?;
                if file.modified()?.elapsed().unwrap_or_default() >= rest {
                    let end = file.size()?;
                    found.push(Candidate {
                        shard,
                        segment,
                        end,
                    });
                }
            }
            Ok(found)
        };
        let found = tokio::task::spawn_blocking(looking).await;
        let found = found.unwrap_or_else(|error| Err(io::Error::other(error)));
        found.map_err(|error| StoreError::Io(format!("looking at segments: {error}")))
    }

    async fn free(&self, candidate: Candidate, live: Vec<Range<u64>>) -> Result<Freed, StoreError> {
        let shard = self.numbered(candidate.shard)?;
        let segment = candidate.segment;
        let ranges = match live.is_empty() {
            true => vec![EVERYTHING],
            false => dead_ranges(candidate.end, live),
        };
        let before = shard.pool.read(move |it| noted(it, segment)).await?;
        if ranges.is_empty() || before.done && before.ranges == ranges {
            return Ok(Freed::default());
        }
        let mut dead = Dead {
            segment,
            ranges,
            done: false,
        };
        shard.note(dead.clone()).await?;
        let freed = give_back(shard, candidate, &dead, &before).await?;
        dead.done = true;
        shard.note(dead).await?;
        Ok(freed)
    }

    fn extent(&self, body: &BodyRef) -> Range<u64> {
        extent(body)
    }
}

async fn give_back(
    shard: &Shard,
    candidate: Candidate,
    dead: &Dead,
    before: &Dead,
) -> Result<Freed, StoreError> {
    let (disk, dir) = (shard.files.clone(), shard.segments_dir.clone());
    let (dead, before) = (dead.clone(), before.clone());
    shard.segments.forget(candidate.segment);
    let working = move || -> io::Result<Freed> {
        let path = segment::path(&dir, candidate.segment);
        if dead.is_whole() {
            remove(disk.as_ref(), &path, &dir)?;
            return Ok(Freed {
                octets: candidate.end,
                segments: 1,
            });
        }
        let file = disk.open(&path)?;
        let octets = punch(file.as_ref(), &dead, &before)?;
        file.sync_data()?;
        Ok(Freed {
            octets,
            segments: 0,
        })
    };
    let freed = tokio::task::spawn_blocking(working).await;
    let freed = freed.unwrap_or_else(|error| Err(io::Error::other(error)));
    freed.map_err(|error| {
        StoreError::Io(format!(
            "giving back space of segment {}: {error}",
            candidate.segment
        ))
    })
}

fn remove(disk: &dyn Files, path: &Path, dir: &Path) -> io::Result<()> {
    match disk.remove(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    disk.sync_dir(dir)
}

/// Punches the holes that were not before; the octets that this gave back. On a file system that
/// knows no holes it gives back nothing.
fn punch(file: &dyn SegmentFile, dead: &Dead, before: &Dead) -> io::Result<u64> {
    let mut octets = 0;
    for range in &dead.ranges {
        if before.done && before.ranges.contains(range) {
            continue;
        }
        let Range { mut start, end } = blocks(range);
        while start < end {
            let len = (end - start).min(HOLE);
            match file.punch(start, len) {
                Err(error) if error.kind() == io::ErrorKind::Unsupported => return Ok(octets),
                punched => punched?,
            }
            start += len;
            octets += len;
        }
    }
    Ok(octets)
}

fn numbers(dir: &Path) -> io::Result<BTreeSet<u64>> {
    let mut numbers = BTreeSet::new();
    for entry in std::fs::read_dir(dir)? {
        let name = entry?.file_name();
        numbers.extend(name.to_str().and_then(segment::number));
    }
    Ok(numbers)
}

impl Shard {
    /// Notes durably what is dead.
    async fn note(&self, dead: Dead) -> Result<(), StoreError> {
        let (reply, outcome) = oneshot::channel();
        self.submit(Job::Collected(dead, reply))?;
        outcome.await.map_err(|_| gone())?
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::single_range_in_vec_init)]

    use super::*;

    #[test]
    fn what_no_live_range_takes_is_dead() {
        let dead = |live: &[Range<u64>]| dead_ranges(1000, live.to_vec());
        assert_eq!(dead(&[]), [64..1000]);
        assert_eq!(dead(&[64..1000]), []);
        assert_eq!(dead(&[64..1008]), []);
        assert_eq!(dead(&[500..600, 64..100, 64..100]), [100..500, 600..1000]);
        assert_eq!(dead(&[100..200, 200..300]), [64..100, 300..1000]);
    }

    #[test]
    fn holes_are_whole_blocks_within() {
        assert_eq!(blocks(&(1..8191)), 4096..4096);
        assert_eq!(blocks(&(4096..8192)), 4096..8192);
        assert_eq!(blocks(&(4095..12289)), 4096..12288);
        assert_eq!(blocks(&(5000..6000)), 8192..8192);
    }
}
