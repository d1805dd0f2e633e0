//! FETCH: RFC 9051 section 6.4.5, RFC 3516, RFC 7162, RFC 8970.

use super::cursor::Cursor;
use super::error::{Fault, Parsed, limit, syntax, unknown_option};
use super::search::partial_range;
use super::set::set;
use crate::command::{CommandBody, Numbering};
use crate::fetch::{FetchItem, FetchModifiers, Partial, Section, SectionText};
use bytes::Bytes;

/// Data items in one command: each may stand for the whole message.
const ITEMS: usize = 250;

/// Part numbers of one section; nested deeper than any message is taken apart.
const PARTS: usize = 100;

/// Field names in one section.
const FIELDS: usize = 1000;

/// `sequence-set SP (macro / fetch-att / list) [SP fetch-modifiers]`.
pub(super) fn fetch(cursor: &mut Cursor<'_>, numbering: Numbering) -> Parsed<CommandBody> {
    let set = set(cursor)?;
    cursor.sp()?;
    let mut items = Vec::new();
    if cursor.peek() == Some(b'(') {
        cursor.list("data items in parentheses", |cursor| {
            if items.len() >= ITEMS {
                return Err(limit(cursor, "250 data items"));
            }
            items.push(item(cursor)?);
            Ok(())
        })?;
    } else {
        items = macro_or_item(cursor)?;
    }
    if items.is_empty() {
        return Err(syntax(cursor, "a data item between the parentheses"));
    }
    let mut modifiers = FetchModifiers::default();
    if cursor.more() {
        cursor.list("modifiers in parentheses", |cursor| {
            modifier(cursor, &mut modifiers)
        })?;
    }
    Ok(CommandBody::Fetch {
        numbering,
        set,
        items,
        modifiers,
    })
}

/// `"ALL" / "FULL" / "FAST" / fetch-att`.
fn macro_or_item(cursor: &mut Cursor<'_>) -> Parsed<Vec<FetchItem>> {
    use FetchItem::{Body, Envelope, Flags, InternalDate, Rfc822Size};
    let unknown = syntax(cursor, "a data item");
    let name = cursor.word();
    Ok(match name.as_bytes() {
        b"ALL" => vec![Flags, InternalDate, Rfc822Size, Envelope],
        b"FAST" => vec![Flags, InternalDate, Rfc822Size],
        b"FULL" => vec![Flags, InternalDate, Rfc822Size, Envelope, Body],
        name => vec![named_item(cursor, name, unknown)?],
    })
}

fn modifier(cursor: &mut Cursor<'_>, modifiers: &mut FetchModifiers) -> Parsed<()> {
    let fault = unknown_option(cursor, "CHANGEDSINCE, VANISHED or PARTIAL");
    match cursor.word().as_bytes() {
        b"CHANGEDSINCE" => {
            cursor.sp()?;
            modifiers.changed_since = Some(cursor.number64("a MODSEQ")?);
        }
        b"VANISHED" => modifiers.vanished = true,
        b"PARTIAL" if modifiers.partial.is_none() => {
            cursor.sp()?;
            modifiers.partial = Some(partial_range(cursor)?);
        }
        _ => return Err(fault),
    }
    Ok(())
}

/// `fetch-att`.
pub(super) fn item(cursor: &mut Cursor<'_>) -> Parsed<FetchItem> {
    let unknown = syntax(cursor, "a data item");
    let name = cursor.word();
    named_item(cursor, name.as_bytes(), unknown)
}

/// A data item whose name was taken.
fn named_item(cursor: &mut Cursor<'_>, name: &[u8], unknown: Fault) -> Parsed<FetchItem> {
    Ok(match name {
        b"BODYSTRUCTURE" => FetchItem::BodyStructure,
        b"ENVELOPE" => FetchItem::Envelope,
        b"FLAGS" => FetchItem::Flags,
        b"INTERNALDATE" => FetchItem::InternalDate,
        b"MODSEQ" => FetchItem::Modseq,
        b"RFC822" => FetchItem::Rfc822,
        b"RFC822.HEADER" => FetchItem::Rfc822Header,
        b"RFC822.SIZE" => FetchItem::Rfc822Size,
        b"RFC822.TEXT" => FetchItem::Rfc822Text,
        b"EMAILID" => FetchItem::EmailId,
        b"THREADID" => FetchItem::ThreadId,
        b"SAVEDATE" => FetchItem::SaveDate,
        b"PREVIEW" => FetchItem::Preview {
            lazy: preview_modifiers(cursor)?,
        },
        b"UID" => FetchItem::Uid,
        b"BODY" if cursor.peek() != Some(b'[') => FetchItem::Body,
        b"BODY" => body_section(cursor, false)?,
        b"BODY.PEEK" => body_section(cursor, true)?,
        b"BINARY" => binary(cursor, false)?,
        b"BINARY.PEEK" => binary(cursor, true)?,
        b"BINARY.SIZE" => FetchItem::BinarySize {
            part: binary_part(cursor)?,
        },
        _ => return Err(unknown),
    })
}

/// `[SP "(" preview-mod *(SP preview-mod) ")"]` (RFC 8970 section 6). The parenthesis of another
/// modifier belongs to the command.
fn preview_modifiers(cursor: &mut Cursor<'_>) -> Parsed<bool> {
    if !cursor.comes_next(b" (LAZY") {
        return Ok(false);
    }
    cursor.sp()?;
    cursor.list("LAZY in parentheses", |cursor| {
        let fault = unknown_option(cursor, "LAZY");
        match cursor.word().as_bytes() {
            b"LAZY" => Ok(()),
            _ => Err(fault),
        }
    })?;
    Ok(true)
}

fn body_section(cursor: &mut Cursor<'_>, peek: bool) -> Parsed<FetchItem> {
    Ok(FetchItem::BodySection {
        section: section(cursor)?,
        partial: partial(cursor)?,
        peek,
    })
}

fn binary(cursor: &mut Cursor<'_>, peek: bool) -> Parsed<FetchItem> {
    Ok(FetchItem::Binary {
        part: binary_part(cursor)?,
        partial: partial(cursor)?,
        peek,
    })
}

/// `section-binary`.
fn binary_part(cursor: &mut Cursor<'_>) -> Parsed<Vec<u32>> {
    cursor.expect(b'[', "a section in brackets")?;
    let (part, dot) = part_numbers(cursor)?;
    if dot {
        return Err(syntax(cursor, "a part number"));
    }
    cursor.expect(b']', "a closing bracket")?;
    Ok(part)
}

/// `section-spec` and nothing else; `None` for what is none.
pub(crate) fn section_spec(text: &Bytes) -> Option<Section> {
    let mut cursor = Cursor::new(text);
    let section = section_inside(&mut cursor).ok()?;
    let whole = section.part.is_empty() && section.text == SectionText::Whole;
    (cursor.peek().is_none() && !whole).then_some(section)
}

/// `section`.
fn section(cursor: &mut Cursor<'_>) -> Parsed<Section> {
    cursor.expect(b'[', "a section in brackets")?;
    let section = section_inside(cursor)?;
    cursor.expect(b']', "a closing bracket")?;
    Ok(section)
}

/// `[section-spec]`.
fn section_inside(cursor: &mut Cursor<'_>) -> Parsed<Section> {
    let (part, dot) = part_numbers(cursor)?;
    let more = !matches!(cursor.peek(), Some(b']') | None);
    let wanted = dot || (part.is_empty() && more);
    let text = if wanted {
        section_text(cursor, !part.is_empty())?
    } else {
        SectionText::Whole
    };
    Ok(Section { part, text })
}

/// Part numbers, and whether a dot follows the last.
fn part_numbers(cursor: &mut Cursor<'_>) -> Parsed<(Vec<u32>, bool)> {
    let mut part = Vec::new();
    while cursor.peek().is_some_and(|b| b.is_ascii_digit()) {
        if part.len() >= PARTS {
            return Err(limit(cursor, "100 part numbers"));
        }
        part.push(cursor.nz_number("a part number from 1")?);
        if !cursor.eat(b'.') {
            return Ok((part, false));
        }
    }
    let dot = !part.is_empty();
    Ok((part, dot))
}

/// `section-msgtext` or, after part numbers, `section-text`.
fn section_text(cursor: &mut Cursor<'_>, of_part: bool) -> Parsed<SectionText> {
    let fault = syntax(
        cursor,
        "HEADER, HEADER.FIELDS, HEADER.FIELDS.NOT, TEXT or, after part numbers, MIME",
    );
    match cursor.word().as_bytes() {
        b"HEADER" => Ok(SectionText::Header),
        b"HEADER.FIELDS" => Ok(SectionText::HeaderFields(field_names(cursor)?)),
        b"HEADER.FIELDS.NOT" => Ok(SectionText::HeaderFieldsNot(field_names(cursor)?)),
        b"TEXT" => Ok(SectionText::Text),
        b"MIME" if of_part => Ok(SectionText::Mime),
        _ => Err(fault),
    }
}

/// `SP header-list`.
fn field_names(cursor: &mut Cursor<'_>) -> Parsed<Vec<Bytes>> {
    cursor.sp()?;
    let mut names = Vec::new();
    cursor.list("field names in parentheses", |cursor| {
        if names.len() >= FIELDS {
            return Err(limit(cursor, "1000 field names"));
        }
        names.push(cursor.astring("a field name")?);
        Ok(())
    })?;
    if names.is_empty() {
        return Err(syntax(cursor, "a field name between the parentheses"));
    }
    Ok(names)
}

/// `["<" number64 "." nz-number64 ">"]`.
fn partial(cursor: &mut Cursor<'_>) -> Parsed<Option<Partial>> {
    if !cursor.eat(b'<') {
        return Ok(None);
    }
    let origin = cursor.number64("the first octet")?;
    cursor.expect(b'.', "a dot and a count of octets")?;
    let fault = syntax(cursor, "a count of octets from 1");
    let count = cursor.number64("a count of octets from 1")?;
    cursor.expect(b'>', "a closing angle bracket")?;
    if count == 0 {
        return Err(fault);
    }
    Ok(Some(Partial { origin, count }))
}
