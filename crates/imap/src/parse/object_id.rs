//! Object identifiers: RFC 8474 section 7.

use super::cursor::Cursor;
use super::error::{Parsed, syntax};
use bytes::Bytes;

/// Octets of an identifier.
const MAX_LEN: usize = 255;

/// `objectid = 1*255(ALPHA / DIGIT / "_" / "-")`.
pub(super) fn object_id(cursor: &mut Cursor<'_>) -> Parsed<Bytes> {
    let fault = syntax(cursor, "an object identifier");
    let id = cursor.take_bytes_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-'));
    match id.len() {
        1..=MAX_LEN => Ok(id),
        _ => Err(fault),
    }
}
