//! The octets of segments: see the tables in [`super`].

use crate::{AccountId, BodyRef, NewBody};
use bytes::{Buf, BufMut, Bytes, BytesMut};

/// Octets of a segment's header: the first record is there.
pub(crate) const FILE_HEADER: u64 = 64;
/// Octets of a record's header.
pub(crate) const RECORD_HEADER: usize = 64;
/// Octets of content that share a CRC.
pub(crate) const BLOCK: usize = 64 << 10;

const FILE_MAGIC: &[u8; 8] = b"PSTRNSEG";
const FILE_VERSION: u16 = 1;
const RECORD_MAGIC: &[u8; 4] = b"BODY";
const RECORD_VERSION: u8 = 1;
const PLAIN: u8 = 0;
/// Octets of either header that its CRC covers.
const COVERED: usize = 60;

/// A segment's header.
pub(crate) fn file_header(number: u64, shard: u16) -> Bytes {
    let mut header = BytesMut::with_capacity(64);
    header.put_slice(FILE_MAGIC);
    header.put_u16_le(FILE_VERSION);
    header.put_u16_le(shard);
    header.put_u32_le(0);
    header.put_u64_le(number);
    header.put_bytes(0, COVERED - header.len());
    sealed(header)
}

/// Says what is wrong with a segment's header, if anything.
pub(crate) fn check_file_header(header: &[u8], number: u64, shard: u16) -> Result<(), String> {
    let mut fields = covered(header, "its header")?;
    if take(&mut fields) != *FILE_MAGIC {
        return Err("it is not a segment".to_owned());
    }
    let version = fields.get_u16_le();
    if version != FILE_VERSION {
        return Err(format!("format version {version} is not known"));
    }
    let found = (
        fields.get_u16_le(),
        fields.get_u32_le(),
        fields.get_u64_le(),
    );
    if found != (shard, 0, number) {
        return Err("its header names another segment".to_owned());
    }
    Ok(())
}

/// Appends the CRC of what is there.
fn sealed(mut octets: BytesMut) -> Bytes {
    let crc = crc32c::crc32c(&octets);
    octets.put_u32_le(crc);
    octets.freeze()
}

/// The octets of a header before its CRC, if that is right.
fn covered<'a>(header: &'a [u8], what: &str) -> Result<&'a [u8], String> {
    let Some((covered, mut crc)) = header.split_at_checked(COVERED) else {
        return Err(format!("{what} is cut short"));
    };
    if crc.try_get_u32_le().ok() != Some(crc32c::crc32c(covered)) {
        return Err(format!("{what} fails its checksum"));
    }
    Ok(covered)
}

/// The next octets; zeros where there are too few.
fn take<const N: usize>(fields: &mut &[u8]) -> [u8; N] {
    let Some((taken, rest)) = fields.split_first_chunk() else {
        return [0; N];
    };
    *fields = rest;
    *taken
}

/// Where the parts of a record lie, relative to its header.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Layout {
    derived: u32,
    content: u32,
}

// Sums of a few 32-bit numbers: 64 bits hold them.
impl Layout {
    pub(crate) fn new(derived: u32, content: u32) -> Layout {
        Layout { derived, content }
    }

    /// The CRC of the derived part.
    pub(crate) fn derived_crc(self) -> u64 {
        RECORD_HEADER as u64
    }

    /// The CRC of a block of content.
    pub(crate) fn block_crc(self, block: u64) -> u64 {
        self.derived_crc() + 4 + 4 * block
    }

    pub(crate) fn derived(self) -> u64 {
        self.block_crc(u64::from(self.content).div_ceil(BLOCK as u64))
    }

    pub(crate) fn content(self) -> u64 {
        self.derived() + u64::from(self.derived)
    }

    /// Where the next record may begin.
    pub(crate) fn end(self) -> u64 {
        (self.content() + u64::from(self.content)).next_multiple_of(8)
    }
}

/// A record: everything before the content, and the content.
pub(crate) struct Record {
    pub(crate) head: BytesMut,
    pub(crate) content: Bytes,
    pub(crate) layout: Layout,
    pub(crate) derived_len: u32,
    pub(crate) len: u32,
    pub(crate) digest: [u8; 16],
}

impl Record {
    /// Builds the record of a body whose lengths were checked.
    pub(crate) fn new(account: AccountId, body: NewBody, lengths: (u32, u32)) -> Record {
        let (derived_len, len) = lengths;
        let layout = Layout::new(derived_len, len);
        let digest = crate::check::digest(&body.content);
        let header = record_header(account, derived_len, len, &digest);
        let room = usize::try_from(layout.content()).unwrap_or_default();
        let mut head = BytesMut::with_capacity(room);
        head.put_slice(&header);
        head.put_u32_le(crc32c::crc32c(&body.derived));
        for block in body.content.chunks(BLOCK) {
            head.put_u32_le(crc32c::crc32c(block));
        }
        head.put_slice(&body.derived);
        Record {
            head,
            content: body.content,
            layout,
            derived_len,
            len,
            digest,
        }
    }

    /// The reference to this record at a place.
    pub(crate) fn reference(&self, segment: u64, offset: u32) -> BodyRef {
        BodyRef {
            segment,
            offset,
            derived_len: self.derived_len,
            len: self.len,
            digest: self.digest,
        }
    }
}

fn record_header(account: AccountId, derived_len: u32, len: u32, digest: &[u8; 16]) -> Bytes {
    let mut header = BytesMut::with_capacity(RECORD_HEADER);
    header.put_slice(RECORD_MAGIC);
    header.put_slice(&[RECORD_VERSION, PLAIN, PLAIN, 0]);
    header.put_u64_le(account.0);
    for length in [derived_len, len, derived_len, len] {
        header.put_u32_le(length);
    }
    header.put_slice(digest);
    header.put_bytes(0, COVERED - header.len());
    sealed(header)
}

/// Says what is wrong with a record's header, if anything, when a reference names it.
pub(crate) fn check_record_header(
    header: &[u8],
    account: AccountId,
    body: &BodyRef,
) -> Result<(), String> {
    let mut fields = covered(header, "the record's header")?;
    if take(&mut fields) != *RECORD_MAGIC {
        return Err("no record begins here".to_owned());
    }
    let version = fields.get_u8();
    if version != RECORD_VERSION {
        return Err(format!("record version {version} is not known"));
    }
    for codec in [fields.get_u8(), fields.get_u8()] {
        if codec != PLAIN {
            return Err(format!("codec {codec} is not known"));
        }
    }
    fields.advance(1);
    if fields.get_u64_le() != account.0 {
        return Err("the record belongs to another account".to_owned());
    }
    for length in [body.derived_len, body.len, body.derived_len, body.len] {
        if fields.get_u32_le() != length {
            return Err("the record has another length than its reference".to_owned());
        }
    }
    if take(&mut fields) != body.digest {
        return Err("the record has another digest than its reference".to_owned());
    }
    Ok(())
}
