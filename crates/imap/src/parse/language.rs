//! LANGUAGE and COMPARATOR: RFC 5255 sections 3.5 and 4.10.

use super::cursor::Cursor;
use super::error::{Parsed, limit};
use crate::command::CommandBody;
use bytes::Bytes;

/// Names in one command: a user reads some languages, a client knows some comparators.
const NAMES: usize = 100;

/// `"COMPARATOR" *(SP comp-order-quoted)`.
pub(super) fn comparator(cursor: &mut Cursor<'_>) -> Parsed<CommandBody> {
    names(cursor).map(CommandBody::Comparator)
}

/// `"LANGUAGE" *(SP lang-range-quoted)`.
pub(super) fn language(cursor: &mut Cursor<'_>) -> Parsed<CommandBody> {
    names(cursor).map(CommandBody::Language)
}

fn names(cursor: &mut Cursor<'_>) -> Parsed<Vec<Bytes>> {
    let mut names = Vec::new();
    while cursor.more() {
        if names.len() >= NAMES {
            return Err(limit(cursor, "100 names"));
        }
        names.push(cursor.astring("a name")?);
    }
    Ok(names)
}
