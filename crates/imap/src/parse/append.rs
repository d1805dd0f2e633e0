//! APPEND: RFC 9051 section 6.3.12, RFC 3502, RFC 3516, RFC 4469, RFC 6855 section 4; REPLACE:
//! RFC 8508.

use super::cursor::Cursor;
use super::error::{Parsed, limit, syntax};
use super::store::{Recent, flag_list};
use super::utf8;
use crate::command::{
    Append, AppendData, AppendMessage, CatenatePart, CommandBody, Numbering, Replace,
};
use crate::date::InternalDate;
use crate::sequence::{Number, Set};
use bytes::Bytes;

/// Parts of one CATENATE: each may stand for a whole message.
const PARTS: usize = 250;

/// `mailbox 1*append-message`. As many as the framer has let literals through.
pub(super) fn append(cursor: &mut Cursor<'_>) -> Parsed<CommandBody> {
    let mailbox = cursor.mailbox()?;
    cursor.sp()?;
    let mut messages = vec![append_message(cursor)?];
    while cursor.more() {
        messages.push(append_message(cursor)?);
    }
    Ok(CommandBody::Append(Append { mailbox, messages }))
}

/// `seq-number SP mailbox append-message`.
pub(super) fn replace(cursor: &mut Cursor<'_>, numbering: Numbering) -> Parsed<CommandBody> {
    let number = match cursor.eat(b'*') {
        true => Number::Star,
        false => Number::Value(cursor.nz_number("the number of a message")?),
    };
    cursor.sp()?;
    let mailbox = cursor.mailbox()?;
    cursor.sp()?;
    Ok(CommandBody::Replace(Replace {
        numbering,
        set: Set::Ranges(vec![(number, number)]),
        mailbox,
        message: append_message(cursor)?,
    }))
}

/// `[flag-list SP] [date-time SP] literal`, the space before it taken.
fn append_message(cursor: &mut Cursor<'_>) -> Parsed<AppendMessage> {
    let mut flags = Vec::new();
    if cursor.peek() == Some(b'(') {
        flags = flag_list(cursor, Recent::Ignored)?;
        cursor.sp()?;
    }
    let mut date = None;
    if cursor.peek() == Some(b'"') {
        date = Some(date_time(cursor)?);
        cursor.sp()?;
    }
    let data = append_data(cursor)?;
    Ok(AppendMessage { flags, date, data })
}

/// `literal / literal8 / utf8-literal / "CATENATE" SP "(" cat-part *(SP cat-part) ")"`.
fn append_data(cursor: &mut Cursor<'_>) -> Parsed<AppendData> {
    if !cursor.comes_next(b"CATENATE ") {
        let (octets, binary) = message(cursor)?;
        return Ok(AppendData::Message { octets, binary });
    }
    cursor.word();
    cursor.sp()?;
    Ok(AppendData::Catenate(catenate_parts(cursor)?))
}

/// The octets, and whether they came as `literal8`.
fn message(cursor: &mut Cursor<'_>) -> Parsed<(Bytes, bool)> {
    let nul = syntax(cursor, "a message without NUL, or one sent as literal8");
    let message = utf8::message(cursor)?;
    match message.binary || memchr::memchr(0, &message.data).is_none() {
        true => Ok((message.data, message.binary)),
        false => Err(nul),
    }
}

fn catenate_parts(cursor: &mut Cursor<'_>) -> Parsed<Vec<CatenatePart>> {
    let mut parts = Vec::new();
    cursor.list("parts in parentheses", |cursor| {
        if parts.len() >= PARTS {
            return Err(limit(cursor, "250 parts"));
        }
        if cursor.comes_next(b"UTF8") {
            parts.push(CatenatePart::Text(message(cursor)?.0));
            return Ok(());
        }
        let unknown = syntax(cursor, "TEXT, URL or UTF8");
        let name = cursor.word();
        cursor.sp()?;
        parts.push(match name.as_bytes() {
            b"TEXT" => CatenatePart::Text(message(cursor)?.0),
            b"URL" => CatenatePart::Url(cursor.astring("a URL")?),
            _ => return Err(unknown),
        });
        Ok(())
    })?;
    if parts.is_empty() {
        return Err(syntax(cursor, "a part between the parentheses"));
    }
    Ok(parts)
}

fn date_time(cursor: &mut Cursor<'_>) -> Parsed<InternalDate> {
    let fault = syntax(cursor, "a date such as \"17-Jul-1996 02:44:25 -0700\"");
    let text = cursor.string("a date")?;
    InternalDate::parse(&text).ok_or(fault)
}
