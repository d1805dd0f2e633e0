//! SORT and THREAD: RFC 5256 section 5, RFC 5957 section 5, RFC 5267 section 5.

use super::cursor::Cursor;
use super::error::{Parsed, limit, syntax, unknown_option};
use super::search::{program, return_options};
use crate::command::{CommandBody, Numbering};
use crate::search::SearchKey;
use crate::sort::{SortCommand, SortCriterion, SortKey};
use crate::thread::{ThreadAlgorithm, ThreadCommand};

/// Criteria in one command: there are ten keys, and naming one twice sorts no better.
const CRITERIA: usize = 50;

/// `["RETURN" SP search-return-opts SP] sort-criteria SP search-criteria`.
pub(super) fn sort(cursor: &mut Cursor<'_>, numbering: Numbering) -> Parsed<CommandBody> {
    let mut ret = None;
    if cursor.peek() != Some(b'(') {
        let fault = syntax(cursor, "sort criteria in parentheses, or RETURN");
        if cursor.word().as_bytes() != b"RETURN" {
            return Err(fault);
        }
        cursor.sp()?;
        ret = Some(return_options(cursor)?);
        cursor.sp()?;
    }
    let criteria = criteria(cursor)?;
    cursor.sp()?;
    let (charset, key) = search_criteria(cursor)?;
    Ok(CommandBody::Sort(SortCommand {
        numbering,
        ret,
        criteria,
        charset,
        key,
    }))
}

/// `thread-alg SP search-criteria`.
pub(super) fn thread(cursor: &mut Cursor<'_>, numbering: Numbering) -> Parsed<CommandBody> {
    let fault = unknown_option(cursor, "ORDEREDSUBJECT, REFERENCES or REFS");
    let algorithm = match cursor.word().as_bytes() {
        b"ORDEREDSUBJECT" => ThreadAlgorithm::OrderedSubject,
        b"REFERENCES" => ThreadAlgorithm::References,
        b"REFS" => ThreadAlgorithm::Refs,
        _ => return Err(fault),
    };
    cursor.sp()?;
    let (charset, key) = search_criteria(cursor)?;
    Ok(CommandBody::Thread(ThreadCommand {
        numbering,
        algorithm,
        charset,
        key,
    }))
}

/// `"(" sort-criterion *(SP sort-criterion) ")"`.
fn criteria(cursor: &mut Cursor<'_>) -> Parsed<Vec<SortCriterion>> {
    let mut criteria = Vec::new();
    let none = syntax(cursor, "sort criteria in parentheses");
    cursor.list("sort criteria in parentheses", |cursor| {
        if criteria.len() >= CRITERIA {
            return Err(limit(cursor, "50 sort criteria"));
        }
        criteria.push(criterion(cursor)?);
        Ok(())
    })?;
    if criteria.is_empty() {
        return Err(none);
    }
    Ok(criteria)
}

/// `["REVERSE" SP] sort-key`.
fn criterion(cursor: &mut Cursor<'_>) -> Parsed<SortCriterion> {
    let mut fault = unknown_option(cursor, "a sort criterion");
    let mut name = cursor.word();
    let reverse = name.as_bytes() == b"REVERSE";
    if reverse {
        cursor.sp()?;
        fault = unknown_option(cursor, "a sort criterion after REVERSE");
        name = cursor.word();
    }
    let key = match name.as_bytes() {
        b"ARRIVAL" => SortKey::Arrival,
        b"CC" => SortKey::Cc,
        b"DATE" => SortKey::Date,
        b"DISPLAYFROM" => SortKey::DisplayFrom,
        b"DISPLAYTO" => SortKey::DisplayTo,
        b"FROM" => SortKey::From,
        b"RELEVANCY" => SortKey::Relevancy,
        b"SIZE" => SortKey::Size,
        b"SUBJECT" => SortKey::Subject,
        b"TO" => SortKey::To,
        _ => return Err(fault),
    };
    Ok(SortCriterion { key, reverse })
}

/// `charset 1*(SP search-key)`.
fn search_criteria(cursor: &mut Cursor<'_>) -> Parsed<(String, SearchKey)> {
    let charset = cursor.astring("a charset")?;
    cursor.sp()?;
    let charset = String::from_utf8_lossy(&charset).to_ascii_uppercase();
    Ok((charset, program(cursor)?))
}
