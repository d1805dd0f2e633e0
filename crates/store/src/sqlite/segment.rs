//! Body segments: append-only files that hold messages.
//!
//! Integers are little-endian. CRC is CRC-32C (Castagnoli). A file begins with a header of 64
//! octets:
//!
//! | octets | what |
//! |---|---|
//! | 0..8 | `PSTRNSEG` |
//! | 8..10 | format version, 1 |
//! | 10..12 | shard |
//! | 12..16 | zero |
//! | 16..24 | segment number |
//! | 24..60 | zero |
//! | 60..64 | CRC of octets 0..60 |
//!
//! Records follow, each at a multiple of 8. A record begins with a header of 64 octets:
//!
//! | octets | what |
//! |---|---|
//! | 0..4 | `BODY` |
//! | 4 | record version, 1 |
//! | 5 | codec of the derived part: 0 plain, 1 zstd (reserved), 2 sealed (reserved) |
//! | 6 | codec of the content, as above |
//! | 7 | zero |
//! | 8..16 | account |
//! | 16..20 | octets of the derived part |
//! | 20..24 | octets of the content |
//! | 24..28 | octets of the derived part as stored |
//! | 28..32 | octets of the content as stored |
//! | 32..48 | first half of the content's BLAKE3 digest |
//! | 48..60 | zero |
//! | 60..64 | CRC of octets 0..60 |
//!
//! Then, without gaps: the CRC of the stored derived part (4 octets); a CRC (4 octets each) of
//! every block of 64 KiB of the stored content, the last one shorter, none for no content; the
//! derived part; the content. So a range is read by reading the header, some of the CRCs and the
//! blocks that the range touches.
//!
//! A reference holds the offset of the record's header. Space is reserved under a lock and
//! written outside of it, so after a crash there may be holes between records; they are zeros or
//! parts of records that no event names. Nothing is found by scanning: an event names every
//! record that counts. What lies past the octets that the shard's table `segment` calls used is
//! named by no event either.

pub(crate) mod cache;
pub(crate) mod format;
pub(crate) mod reader;
pub(crate) mod writer;

use std::path::{Path, PathBuf};

/// The file of a segment: its number in decimal, so that names sort for a while.
pub(crate) fn path(dir: &Path, number: u64) -> PathBuf {
    dir.join(format!("{number:010}.seg"))
}

/// The number that a file name says, if it is one of a segment.
pub(crate) fn number(name: &str) -> Option<u64> {
    name.strip_suffix(".seg")?.parse().ok()
}
