//! Reading a part of a record: only the octets needed, and only verified ones.

use super::format::{self, BLOCK, Layout, RECORD_HEADER};
use crate::sqlite::files::SegmentFile;
use crate::{AccountId, BodyRef};
use bytes::{Buf, Bytes};
use std::io;
use std::ops::Range;

/// A record up to this size is read at once.
const AT_ONCE: u64 = 72 << 10;

/// What to read of a body.
#[derive(Debug, Clone)]
pub(crate) enum Part {
    Derived,
    Content(Range<u32>),
}

/// Whether a read may wait for the medium.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wait {
    Never,
    Gladly,
}

/// Why a part was not read.
#[derive(Debug)]
pub(crate) enum Trouble {
    /// It would have to wait.
    Later,
    /// The system's error.
    Io(io::Error),
    /// The octets are not those of the reference.
    Damaged(String),
}

impl From<io::Error> for Trouble {
    fn from(error: io::Error) -> Trouble {
        match error.kind() {
            io::ErrorKind::WouldBlock => Trouble::Later,
            io::ErrorKind::UnexpectedEof => Trouble::Damaged("the segment ends here".to_owned()),
            _ => Trouble::Io(error),
        }
    }
}

/// Reads a part of the body that a reference names.
pub(crate) fn read(
    file: &dyn SegmentFile,
    wait: Wait,
    account: AccountId,
    body: &BodyRef,
    part: &Part,
) -> Result<Bytes, Trouble> {
    let layout = Layout::new(body.derived_len, body.len);
    let wanted = match part {
        Part::Derived => layout.content(),
        Part::Content(_) => layout.end(),
    };
    let record = Opened::new(file, wait, u64::from(body.offset), wanted)?;
    let header = record.octets(0, RECORD_HEADER)?;
    format::check_record_header(&header, account, body).map_err(Trouble::Damaged)?;
    match part {
        Part::Derived => derived(&record, layout, body),
        Part::Content(range) => content(&record, layout, body, range),
    }
}

fn derived(record: &Opened<'_>, layout: Layout, body: &BodyRef) -> Result<Bytes, Trouble> {
    let crc = record.octets(layout.derived_crc(), 4)?;
    let derived = record.octets(layout.derived(), body.derived_len as usize)?;
    verify(&derived, crc, "the derived part")?;
    Ok(derived)
}

fn content(
    record: &Opened<'_>,
    layout: Layout,
    body: &BodyRef,
    range: &Range<u32>,
) -> Result<Bytes, Trouble> {
    let end = range.end.min(body.len) as usize;
    let start = (range.start as usize).min(end);
    if start == end {
        return Ok(Bytes::new());
    }
    let first = start / BLOCK;
    let blocks = end.div_ceil(BLOCK) - first;
    let from = first * BLOCK;
    let to = (from + blocks * BLOCK).min(body.len as usize);
    let crcs = record.octets(layout.block_crc(first as u64), blocks * 4)?;
    let content = record.octets(layout.content() + from as u64, to - from)?;
    verify(&content, crcs, "the content")?;
    Ok(content.slice(start - from..end - from))
}

/// Compares every block with its CRC.
fn verify(octets: &[u8], mut crcs: Bytes, what: &str) -> Result<(), Trouble> {
    let whole = if crcs.len() == 4 { octets.len() } else { BLOCK };
    for block in octets.chunks(whole.max(1)) {
        if crcs.try_get_u32_le().ok() != Some(crc32c::crc32c(block)) {
            return Err(Trouble::Damaged(format!("{what} fails its checksum")));
        }
    }
    Ok(())
}

/// A record in a file, its first octets read already.
struct Opened<'a> {
    file: &'a dyn SegmentFile,
    wait: Wait,
    at: u64,
    head: Bytes,
}

impl<'a> Opened<'a> {
    /// Reads all `wanted` octets if they are few, otherwise only the header.
    fn new(
        file: &'a dyn SegmentFile,
        wait: Wait,
        at: u64,
        wanted: u64,
    ) -> Result<Opened<'a>, Trouble> {
        let len = if wanted > AT_ONCE {
            RECORD_HEADER as u64
        } else {
            wanted
        };
        let mut head = vec![0; len as usize];
        // The last record's padding may be past the end of the file.
        let read = fill(file, wait, &mut head, at)?;
        head.truncate(read);
        let head = Bytes::from(head);
        Ok(Opened {
            file,
            wait,
            at,
            head,
        })
    }

    fn octets(&self, offset: u64, len: usize) -> Result<Bytes, Trouble> {
        if offset + len as u64 <= self.head.len() as u64 {
            let start = offset as usize;
            return Ok(self.head.slice(start..start + len));
        }
        let mut octets = vec![0; len];
        let read = fill(self.file, self.wait, &mut octets, self.at + offset)?;
        if read < len {
            return Err(io::Error::from(io::ErrorKind::UnexpectedEof).into());
        }
        Ok(Bytes::from(octets))
    }
}

/// Reads until the buffer is full or the file ends.
fn fill(file: &dyn SegmentFile, wait: Wait, buffer: &mut [u8], at: u64) -> io::Result<usize> {
    let mut filled = 0;
    while let Some(rest) = buffer.get_mut(filled..)
        && !rest.is_empty()
    {
        let offset = at + filled as u64;
        let read = match wait {
            Wait::Never => file.try_read_at(rest, offset),
            Wait::Gladly => file.read_at(rest, offset),
        };
        match read {
            Ok(0) => break,
            Ok(read) => filled += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}
