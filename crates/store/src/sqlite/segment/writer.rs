//! Writing records: space is reserved under a short lock and written outside of it.

use super::format::{self, FILE_HEADER, Record};
use crate::check::locked;
use crate::sqlite::files::{self, Files, SegmentFile};
use crate::{AccountId, BodyRef, NewBody, StoreError, point};
use std::collections::BTreeMap;
use std::io;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

/// A record up to this size is built and written on the caller's thread.
const INLINE: u64 = 64 << 10;

/// Where and how segments are made.
pub(crate) struct Place {
    pub(crate) dir: PathBuf,
    pub(crate) shard: u16,
    pub(crate) files: Arc<dyn Files>,
    /// The number of the next segment, for all shards.
    pub(crate) numbers: Arc<AtomicU64>,
    /// A segment of this size takes no further record.
    pub(crate) segment_size: u64,
    /// Space is reserved in steps of this size; 0: never.
    pub(crate) step: u64,
}

/// Writes the bodies of one shard.
pub(crate) struct SegmentWriter {
    place: Place,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    current: Option<Current>,
    unsynced: BTreeMap<u64, Written>,
    new_in_dir: bool,
    closed: bool,
}

struct Current {
    number: u64,
    file: Arc<dyn SegmentFile>,
    end: u64,
    allocated: u64,
}

/// A segment with records that are not known to be durable.
pub(crate) struct Written {
    pub(crate) file: Arc<dyn SegmentFile>,
    /// The end of the last record that was written whole.
    pub(crate) used: u64,
}

/// What has to be synced before an event may name what was written.
#[derive(Default)]
pub(crate) struct Unsynced {
    pub(crate) segments: BTreeMap<u64, Written>,
    pub(crate) dir: bool,
}

struct Reserved {
    number: u64,
    file: Arc<dyn SegmentFile>,
    offset: u64,
    end: u64,
}

impl SegmentWriter {
    pub(crate) fn new(place: Place) -> SegmentWriter {
        SegmentWriter {
            place,
            state: Mutex::default(),
        }
    }

    /// Goes on with the last segment if it was closed in order: then it is just as long as what
    /// is used of it. Otherwise the next record begins a new one, and of the old one only zeros
    /// past everything used are cut off.
    pub(crate) fn resume(&self, number: u64, used: u64) -> io::Result<()> {
        let path = super::path(&self.place.dir, number);
        let file = self.place.files.open(&path)?;
        let size = file.size()?;
        if size != used {
            return trim(file.as_ref(), used, size);
        }
        let mut header = [0; FILE_HEADER as usize];
        file.read_at(&mut header, 0)?;
        format::check_file_header(&header, number, self.place.shard).map_err(io::Error::other)?;
        if used < self.place.segment_size {
            locked(&self.state).current = Some(Current {
                number,
                file,
                end: used,
                allocated: used,
            });
        }
        Ok(())
    }

    /// Writes a body; it is durable once what [`unsynced`](Self::unsynced) gives is synced.
    pub(crate) async fn put(
        self: &Arc<Self>,
        account: AccountId,
        body: NewBody,
    ) -> Result<BodyRef, StoreError> {
        let lengths = crate::check::body(&body)?;
        let len = format::Layout::new(lengths.0, lengths.1).end();
        if len <= INLINE
            && let Some(reserved) = self.reserve_ready(len)
        {
            let record = Record::new(account, body, lengths);
            return self.write(reserved, record).map_err(explain);
        }
        let writer = self.clone();
        let writing = move || {
            let record = Record::new(account, body, lengths);
            let reserved = writer.reserve(record.layout.end())?;
            writer.write(reserved, record)
        };
        let outcome = tokio::task::spawn_blocking(writing).await;
        let outcome = outcome.unwrap_or_else(|error| Err(io::Error::other(error)));
        outcome.map_err(explain)
    }

    /// What was written since this was asked last.
    pub(crate) fn unsynced(&self) -> Unsynced {
        let mut state = locked(&self.state);
        Unsynced {
            segments: std::mem::take(&mut state.unsynced),
            dir: std::mem::take(&mut state.new_in_dir),
        }
    }

    /// Makes the folder's entries durable.
    pub(crate) fn sync_dir(&self) -> io::Result<()> {
        self.place.files.sync_dir(&self.place.dir)
    }

    /// Ends the segment that is written to, if it holds anything: the next body begins another.
    /// Gives the number of one that goes on.
    pub(crate) fn retire(&self) -> Option<u64> {
        let mut state = locked(&self.state);
        let current = state.current.as_ref()?;
        if current.end <= FILE_HEADER {
            return Some(current.number);
        }
        // An error here costs some space and nothing else.
        let _ = current.file.truncate(current.end);
        state.current = None;
        None
    }

    /// Takes no more bodies and gives back the space that was reserved and not used.
    pub(crate) fn close(&self) -> io::Result<()> {
        let mut state = locked(&self.state);
        state.closed = true;
        match state.current.take() {
            Some(current) => current.file.truncate(current.end),
            None => Ok(()),
        }
    }

    /// Reserves where that needs no call to the system.
    fn reserve_ready(&self, len: u64) -> Option<Reserved> {
        let mut state = locked(&self.state);
        let current = state.current.as_mut()?;
        if self.is_full(current, len) || current.allocated < current.end + len {
            return None;
        }
        Some(current.take(len))
    }

    fn reserve(&self, len: u64) -> io::Result<Reserved> {
        let mut state = locked(&self.state);
        if state.closed {
            return Err(io::Error::other("the store is closed"));
        }
        if let Some(current) = &state.current
            && self.is_full(current, len)
        {
            // An error here costs some space and nothing else.
            let _ = current.file.truncate(current.end);
            state.current = None;
        }
        if state.current.is_none() {
            state.current = Some(self.begin()?);
            state.new_in_dir = true;
        }
        let current = state.current.as_mut();
        let current = current.ok_or_else(|| io::Error::other("no segment"))?;
        self.allocate(current, len)?;
        Ok(current.take(len))
    }

    /// Whether the next record belongs in another segment: references have 32 bits for the
    /// offset, and a segment stays below 4 GiB unless a single record is larger.
    fn is_full(&self, current: &Current, len: u64) -> bool {
        let begun = current.end > FILE_HEADER;
        current.end >= self.place.segment_size || begun && current.end + len > u64::from(u32::MAX)
    }

    fn begin(&self) -> io::Result<Current> {
        let number = self.place.numbers.fetch_add(1, Ordering::Relaxed);
        let path = super::path(&self.place.dir, number);
        let file = self.place.files.create(&path)?;
        let header = format::file_header(number, self.place.shard);
        if let Err(error) = file.write_all_at(&header, 0) {
            // Otherwise a full disk would leave a file for every attempt.
            let _ = self.place.files.remove(&path);
            return Err(error);
        }
        point::reach("segment-begun");
        Ok(Current {
            number,
            file,
            end: FILE_HEADER,
            allocated: FILE_HEADER,
        })
    }

    fn allocate(&self, current: &mut Current, len: u64) -> io::Result<()> {
        let needed = (current.end + len).saturating_sub(current.allocated);
        if needed == 0 || self.place.step == 0 {
            current.allocated = current.allocated.max(current.end + len);
            return Ok(());
        }
        let step = needed.max(self.place.step);
        let from = current.allocated;
        let outcome = current.file.allocate(from, step);
        match outcome {
            Ok(()) => current.allocated += step,
            Err(error) if error.kind() == io::ErrorKind::Unsupported => current.allocated += needed,
            Err(error) if files::is_full(&error) && step > needed => {
                current.file.allocate(from, needed)?;
                current.allocated += needed;
            }
            Err(error) => return Err(error),
        }
        Ok(())
    }

    fn write(&self, reserved: Reserved, mut record: Record) -> io::Result<BodyRef> {
        let offset = u32::try_from(reserved.offset).map_err(io::Error::other)?;
        let reference = record.reference(reserved.number, offset);
        let small = record.layout.end() <= INLINE;
        let written = if small {
            record.head.extend_from_slice(&record.content);
            reserved.file.write_all_at(&record.head, reserved.offset)
        } else {
            let content = reserved.offset + record.layout.content();
            let head = reserved.file.write_all_at(&record.head, reserved.offset);
            head.and_then(|()| reserved.file.write_all_at(&record.content, content))
        };
        point::reach("body-written");
        self.settle(reserved, written)?;
        Ok(reference)
    }

    /// Notes what was written, or gives back the space if nothing was reserved after it.
    fn settle(&self, reserved: Reserved, written: io::Result<()>) -> io::Result<()> {
        let mut state = locked(&self.state);
        if let Err(error) = written {
            let current = state.current.as_mut();
            if let Some(current) = current.filter(|current| current.number == reserved.number)
                && current.end == reserved.end
            {
                current.end = reserved.offset;
            }
            return Err(error);
        }
        let fresh = || Written {
            file: reserved.file,
            used: reserved.end,
        };
        let known = state.unsynced.entry(reserved.number).or_insert_with(fresh);
        known.used = known.used.max(reserved.end);
        Ok(())
    }
}

impl Current {
    fn take(&mut self, len: u64) -> Reserved {
        let offset = self.end;
        self.end += len;
        Reserved {
            number: self.number,
            file: self.file.clone(),
            offset,
            end: self.end,
        }
    }
}

/// Cuts off zeros at the end of a file, down to `used` at most.
fn trim(file: &dyn SegmentFile, used: u64, size: u64) -> io::Result<()> {
    const PIECE: u64 = 1 << 20;
    let mut end = size;
    let mut piece = vec![0; PIECE as usize];
    while end > used {
        let start = end.saturating_sub(PIECE).max(used);
        let len = usize::try_from(end - start).unwrap_or_default();
        let octets = piece.get_mut(..len).unwrap_or_default();
        if file.read_at(octets, start)? != len {
            return Ok(());
        }
        if let Some(last) = octets.iter().rposition(|octet| *octet != 0) {
            end = start + last as u64 + 1;
            break;
        }
        end = start;
    }
    if end < size {
        file.truncate(end)
    } else {
        Ok(())
    }
}

fn explain(error: io::Error) -> StoreError {
    if files::is_full(&error) {
        return StoreError::Full(format!("writing a body: {error}"));
    }
    StoreError::Io(format!("writing a body: {error}"))
}
