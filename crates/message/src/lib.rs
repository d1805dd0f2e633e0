//! One message: MIME structure, ENVELOPE, BODYSTRUCTURE, section ranges, decoded text for SEARCH.
//!
//! Everything here is a pure function of the message's octets: no I/O, no clock. Nothing fails,
//! whatever the octets: what cannot be understood is shown as the nearest thing that the grammar
//! of RFC 9051 allows. Work grows linearly with the message; [`limits`] holds the bounds.
//!
//! This crate knows no IMAP commands, accounts or sockets.

mod address;
mod boundary;
mod charset;
mod collation;
mod date;
mod encoded_word;
mod envelope;
mod fuzzy;
mod header;
pub mod limits;
mod message;
mod message_id;
mod mime;
mod preview;
mod scan;
mod search;
mod section;
mod sort_keys;
mod structure;
mod subject;
mod summary;
mod thread;
mod token;
mod transfer;
mod tree;
mod utf7;
mod wire;

pub use charset::decode_charset;
pub use collation::Collation;
pub use fuzzy::FuzzyPattern;
pub use header::{filter_fields, header_block_len};
pub use message::Message;
pub use preview::{TextPart, preview};
pub use search::Pattern;
pub use section::{BinaryPart, Located, SectionPath, SectionText};
pub use sort_keys::SortKeys;
pub use summary::Summary;
pub use transfer::{Encoding, UnknownCte, decode_transfer};
pub use wire::Rendering;
