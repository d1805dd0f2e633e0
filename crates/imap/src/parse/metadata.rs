//! GETMETADATA and SETMETADATA: RFC 5464 section 5; the METADATA option of LIST: RFC 9590.

use super::cursor::Cursor;
use super::error::{Parsed, limit, syntax};
use crate::command::CommandBody;
use crate::metadata::{Depth, EntryName, GetMetadata, SetMetadata};
use bytes::Bytes;

/// Entries in one command: each is looked up in every mailbox that LIST tells.
const ENTRIES: usize = 100;

/// `[SP options] SP mailbox SP entries`. The standard's examples have the options after the
/// mailbox, and entries without parentheses: both are taken.
pub(super) fn get(cursor: &mut Cursor<'_>) -> Parsed<CommandBody> {
    let mut options = Options::default();
    if cursor.peek() == Some(b'(') {
        options.take(cursor)?;
        cursor.sp()?;
    }
    let mailbox = cursor.mailbox()?;
    cursor.sp()?;
    if cursor.peek() == Some(b'(') && cursor.next_but_one().is_some_and(is_option_start) {
        options.take(cursor)?;
        cursor.sp()?;
    }
    let mut entries = entries(cursor)?;
    while cursor.more() {
        add(cursor, &mut entries)?;
    }
    Ok(CommandBody::GetMetadata(GetMetadata {
        mailbox,
        max_size: options.max_size,
        depth: options.depth,
        entries,
    }))
}

#[derive(Default)]
struct Options {
    max_size: Option<u64>,
    depth: Depth,
}

impl Options {
    /// `getmetadata-options`.
    fn take(&mut self, cursor: &mut Cursor<'_>) -> Parsed<()> {
        cursor.list("options in parentheses", |cursor| {
            let unknown = syntax(cursor, "MAXSIZE or DEPTH");
            let name = cursor.word();
            match name.as_bytes() {
                b"MAXSIZE" => {
                    cursor.sp()?;
                    self.max_size = Some(cursor.number64("a number of octets")?);
                }
                b"DEPTH" => {
                    cursor.sp()?;
                    self.depth = depth(cursor)?;
                }
                _ => return Err(unknown),
            }
            Ok(())
        })
    }
}

fn depth(cursor: &mut Cursor<'_>) -> Parsed<Depth> {
    let unknown = syntax(cursor, "0, 1 or infinity");
    match cursor.word().as_bytes() {
        b"0" => Ok(Depth::Zero),
        b"1" => Ok(Depth::One),
        b"INFINITY" => Ok(Depth::Infinity),
        _ => Err(unknown),
    }
}

/// `tag-label-fchar` (RFC 4466): no entry begins so.
fn is_option_start(b: u8) -> bool {
    b.is_ascii_alphabetic()
}

/// `entry / "(" entry *(SP entry) ")"`.
pub(super) fn entries(cursor: &mut Cursor<'_>) -> Parsed<Vec<EntryName>> {
    let mut entries = Vec::new();
    if cursor.peek() != Some(b'(') {
        add(cursor, &mut entries)?;
        return Ok(entries);
    }
    let empty = syntax(cursor, "an entry between the parentheses");
    cursor.list("entries in parentheses", |cursor| add(cursor, &mut entries))?;
    match entries.is_empty() {
        true => Err(empty),
        false => Ok(entries),
    }
}

fn add(cursor: &mut Cursor<'_>, entries: &mut Vec<EntryName>) -> Parsed<()> {
    if entries.len() >= ENTRIES {
        return Err(limit(cursor, "100 entries"));
    }
    entries.push(entry(cursor)?);
    Ok(())
}

fn entry(cursor: &mut Cursor<'_>) -> Parsed<EntryName> {
    let fault = syntax(cursor, "an entry below /private or /shared");
    let name = cursor.astring("an entry")?;
    EntryName::new(&name).ok_or(fault)
}

/// `SP mailbox SP "(" entry SP value *(SP entry SP value) ")"`.
pub(super) fn set(cursor: &mut Cursor<'_>) -> Parsed<CommandBody> {
    let mailbox = cursor.mailbox()?;
    cursor.sp()?;
    let empty = syntax(cursor, "an entry between the parentheses");
    let mut entries = Vec::new();
    cursor.list("entries and values in parentheses", |cursor| {
        if entries.len() >= ENTRIES {
            return Err(limit(cursor, "100 entries"));
        }
        let incomplete = syntax(cursor, "an entry that may have a value");
        let entry = entry(cursor)?;
        if !entry.can_have_value() {
            return Err(incomplete);
        }
        cursor.sp()?;
        entries.push((entry, value(cursor)?));
        Ok(())
    })?;
    if entries.is_empty() {
        return Err(empty);
    }
    Ok(CommandBody::SetMetadata(SetMetadata { mailbox, entries }))
}

/// `nstring / literal8`.
fn value(cursor: &mut Cursor<'_>) -> Parsed<Option<Bytes>> {
    match cursor.peek() {
        Some(b'~') => Ok(Some(cursor.literal()?.data)),
        _ => cursor.nstring("a value or NIL"),
    }
}
