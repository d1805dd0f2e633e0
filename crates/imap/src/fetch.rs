//! What FETCH asks for: RFC 9051 section 6.4.5, RFC 3516 (BINARY), RFC 7162 (MODSEQ), RFC 8474,
//! RFC 8514, RFC 8970.

use crate::search::PartialRange;
use bytes::Bytes;

/// One data item. `ALL`, `FAST` and `FULL` are expanded by the parser.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FetchItem {
    /// `BODY` without a section: the structure without extension data.
    Body,
    /// `BODYSTRUCTURE`.
    BodyStructure,
    /// `ENVELOPE`.
    Envelope,
    /// `FLAGS`.
    Flags,
    /// `INTERNALDATE`.
    InternalDate,
    /// `MODSEQ`.
    Modseq,
    /// `RFC822.SIZE`.
    Rfc822Size,
    /// `UID`.
    Uid,
    /// `RFC822`: as `BODY[]`, answered under its own name (RFC 3501 only).
    Rfc822,
    /// `RFC822.HEADER`: as `BODY.PEEK[HEADER]` (RFC 3501 only).
    Rfc822Header,
    /// `RFC822.TEXT`: as `BODY[TEXT]` (RFC 3501 only).
    Rfc822Text,
    /// `BODY[…]<…>` and `BODY.PEEK[…]<…>`.
    BodySection {
        /// Which part of the message.
        section: Section,
        /// `<origin.count>`.
        partial: Option<Partial>,
        /// Does not set `\Seen`.
        peek: bool,
    },
    /// `BINARY[…]<…>` and `BINARY.PEEK[…]<…>`: decoded content.
    Binary {
        /// Part numbers; empty: the whole message.
        part: Vec<u32>,
        /// `<origin.count>`, counted after decoding.
        partial: Option<Partial>,
        /// Does not set `\Seen`.
        peek: bool,
    },
    /// `EMAILID` (RFC 8474).
    EmailId,
    /// `THREADID` (RFC 8474).
    ThreadId,
    /// `SAVEDATE` (RFC 8514).
    SaveDate,
    /// `PREVIEW` (RFC 8970).
    Preview {
        /// `LAZY`: only if it takes no undue time.
        lazy: bool,
    },
    /// `BINARY.SIZE[…]`: the size of the decoded content.
    BinarySize {
        /// Part numbers; empty: the whole message.
        part: Vec<u32>,
    },
}

/// `section-spec`: part numbers, then what of the part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Section {
    /// Part numbers, each from 1; empty for the message itself.
    pub part: Vec<u32>,
    /// What of it.
    pub text: SectionText,
}

/// `section-text`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SectionText {
    /// All of it: `[]`, `[1.2]`.
    Whole,
    /// `HEADER`.
    Header,
    /// `HEADER.FIELDS (…)`: names as sent, in the client's order.
    HeaderFields(Vec<Bytes>),
    /// `HEADER.FIELDS.NOT (…)`.
    HeaderFieldsNot(Vec<Bytes>),
    /// `TEXT`.
    Text,
    /// `MIME`; only with part numbers.
    Mime,
}

/// `<origin.count>`: octets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Partial {
    /// The first octet, from 0.
    pub origin: u64,
    /// How many at most; never 0.
    pub count: u64,
}

/// `fetch-modifier`, RFC 7162 and RFC 9394.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct FetchModifiers {
    /// `CHANGEDSINCE`; 0 is accepted (some clients send it).
    pub changed_since: Option<u64>,
    /// `VANISHED`; the parser does not check that it comes with UID and `CHANGEDSINCE`.
    pub vanished: bool,
    /// `PARTIAL` (RFC 9394 section 3.3); the parser does not check that it comes with UID.
    pub partial: Option<PartialRange>,
}
