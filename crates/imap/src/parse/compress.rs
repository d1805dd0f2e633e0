//! COMPRESS: RFC 4978 section 5.

use super::cursor::Cursor;
use super::error::{Fault, Parsed, syntax};
use crate::command::CommandBody;

/// `algorithm`, of which there is one.
pub(super) fn compress(cursor: &mut Cursor<'_>) -> Parsed<CommandBody> {
    let fault: Fault = syntax(cursor, "DEFLATE");
    let algorithm = cursor.atom("DEFLATE")?;
    match algorithm.eq_ignore_ascii_case(b"DEFLATE") {
        true => Ok(CommandBody::Compress),
        false => Err(fault),
    }
}
