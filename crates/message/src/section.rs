//! Sections of a message: what may be asked for and where it lies (RFC 9051 section 6.4.5.1,
//! RFC 3516).

use crate::transfer::Encoding;
use std::ops::Range;

/// `section-text`: what of a part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SectionText {
    /// All of the message, or the content of the part: `[]`, `[1.2]`.
    Whole,
    /// `HEADER`: of the message or of an enclosed one, with the blank line.
    Header,
    /// `HEADER.FIELDS (…)`: field names, in any case.
    HeaderFields(Vec<Vec<u8>>),
    /// `HEADER.FIELDS.NOT (…)`.
    HeaderFieldsNot(Vec<Vec<u8>>),
    /// `TEXT`: what follows the header of the message or of an enclosed one.
    Text,
    /// `MIME`: the header of a part; only with part numbers.
    Mime,
}

/// `section-spec`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SectionPath {
    /// Part numbers, each from 1; empty for the message itself.
    pub part: Vec<u32>,
    /// What of it.
    pub text: SectionText,
}

/// Where a section's octets are, as ranges of the message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Located {
    /// There is no such part: NIL.
    None,
    /// These octets.
    Range(Range<u32>),
    /// What [`filter_fields`](crate::filter_fields) takes from this header.
    Fields {
        /// The header with its blank line.
        header: Range<u32>,
    },
}

/// Where a part's content is, to be decoded with
/// [`decode_transfer`](crate::decode_transfer): RFC 3516 `BINARY[…]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BinaryPart {
    /// The content as stored.
    pub range: Range<u32>,
    /// How it is encoded. A multipart and an enclosed message are never decoded.
    pub encoding: Encoding,
}
