//! `sequence-set` and `known-uids`: RFC 9051 section 9, RFC 7162 section 7.

use super::cursor::Cursor;
use super::error::{Parsed, syntax};
use crate::sequence::{Number, Set, UidSet};

const NUMBER: &str = "a message number from 1 to 4294967295, or *";

/// A set, or `$`.
pub(super) fn set(cursor: &mut Cursor<'_>) -> Parsed<Set> {
    if cursor.eat(b'$') {
        return Ok(Set::Saved);
    }
    let mut ranges = Vec::new();
    loop {
        let first = number(cursor)?;
        let last = if cursor.eat(b':') {
            number(cursor)?
        } else {
            first
        };
        ranges.push((first, last));
        if !cursor.eat(b',') {
            return Ok(Set::Ranges(ranges));
        }
    }
}

fn number(cursor: &mut Cursor<'_>) -> Parsed<Number> {
    if cursor.eat(b'*') {
        return Ok(Number::Star);
    }
    cursor.nz_number(NUMBER).map(Number::Value)
}

/// A set that has neither `*` nor `$`.
pub(super) fn known_uids(cursor: &mut Cursor<'_>) -> Parsed<UidSet> {
    let fault = syntax(cursor, "a set of numbers without * or $");
    let Set::Ranges(ranges) = set(cursor)? else {
        return Err(fault);
    };
    let mut known = Vec::with_capacity(ranges.len());
    for range in ranges {
        let (Number::Value(a), Number::Value(b)) = range else {
            return Err(fault);
        };
        known.push((a.min(b), a.max(b)));
    }
    Ok(UidSet::from_ranges(known))
}
