//! Every octet of a body's record, verified.

use super::Inspection;
use crate::sqlite::segment;
use crate::sqlite::segment::reader::{self, Trouble, Wait};
use crate::{AccountId, BodyRef, StoreError};
use bytes::Bytes;
use std::io;

/// Octets of content that are in memory at once.
const PIECE: u32 = 1 << 20;

/// Which part of a record is damaged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// The content, or the header that both parts need.
    Content,
    /// What was computed from the content.
    Derived,
}

/// What is wrong with a body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BodyDamage {
    /// Which part.
    pub part: Part,
    /// What is wrong with it.
    pub what: String,
}

impl Inspection {
    /// Verifies a body: its header, every checksum, and the digest of the content. Gives the
    /// derived part.
    ///
    /// # Errors
    /// What is damaged first; also when it cannot be read.
    pub fn verify_body(&self, account: AccountId, body: &BodyRef) -> Result<Bytes, BodyDamage> {
        let mut digest = blake3::Hasher::new();
        self.each_piece(account, body, &mut |piece| {
            digest.update(piece);
        })
        .map_err(|what| content(&what))?;
        if digest.finalize().as_bytes().first_chunk() != Some(&body.digest) {
            return Err(content("the content has another digest than its reference"));
        }
        let derived = self.read(account, body, &reader::Part::Derived);
        derived.map_err(|what| BodyDamage {
            part: Part::Derived,
            what,
        })
    }

    /// A body's content.
    ///
    /// # Errors
    /// It is damaged or cannot be read.
    pub fn read_body(&self, account: AccountId, body: &BodyRef) -> Result<Bytes, StoreError> {
        let all = reader::Part::Content(0..body.len);
        let content = self.read(account, body, &all);
        content.map_err(|what| corrupt(body, &what))
    }

    /// A body's derived part.
    ///
    /// # Errors
    /// It is damaged or cannot be read.
    pub fn read_derived(&self, account: AccountId, body: &BodyRef) -> Result<Bytes, StoreError> {
        let derived = self.read(account, body, &reader::Part::Derived);
        derived.map_err(|what| corrupt(body, &what))
    }

    /// Content in pieces; for an empty one the header is verified too.
    fn each_piece(
        &self,
        account: AccountId,
        body: &BodyRef,
        take: &mut dyn FnMut(&[u8]),
    ) -> Result<(), String> {
        let mut start = 0_u32;
        loop {
            let end = start.saturating_add(PIECE).min(body.len);
            take(&self.read(account, body, &reader::Part::Content(start..end))?);
            if end >= body.len {
                return Ok(());
            }
            start = end;
        }
    }

    fn read(
        &self,
        account: AccountId,
        body: &BodyRef,
        part: &reader::Part,
    ) -> Result<Bytes, String> {
        let shard = self.of(account).map_err(|error| error.to_string())?;
        let path = segment::path(&shard.segments, body.segment);
        let file = self.files.open_to_read(&path);
        let file = file.map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => "the segment is missing".to_owned(),
            _ => error.to_string(),
        })?;
        let read = reader::read(file.as_ref(), Wait::Gladly, account, body, part);
        read.map_err(|trouble| match trouble {
            Trouble::Damaged(what) => what,
            Trouble::Io(error) => error.to_string(),
            Trouble::Later => "the read did not finish".to_owned(),
        })
    }
}

fn content(what: &str) -> BodyDamage {
    BodyDamage {
        part: Part::Content,
        what: what.to_owned(),
    }
}

fn corrupt(body: &BodyRef, what: &str) -> StoreError {
    StoreError::Corrupt(format!(
        "segment {} at {}: {what}",
        body.segment, body.offset
    ))
}
