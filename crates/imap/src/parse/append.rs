//! APPEND: RFC 9051 section 6.3.12, RFC 3502, RFC 3516, RFC 6855 section 4; REPLACE: RFC 8508.

use super::cursor::Cursor;
use super::error::{Parsed, syntax, unsupported};
use super::store::{Recent, flag_list};
use super::utf8;
use crate::command::{Append, AppendMessage, CommandBody, Numbering, Replace};
use crate::date::InternalDate;
use crate::sequence::{Number, Set};

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
    if matches!(cursor.peek(), Some(b'C' | b'c')) {
        return Err(unsupported(cursor, "a message as literal, not CATENATE"));
    }
    let nul = syntax(cursor, "a message without NUL, or one sent as literal8");
    let message = utf8::message(cursor)?;
    if !message.binary && memchr::memchr(0, &message.data).is_some() {
        return Err(nul);
    }
    Ok(AppendMessage {
        flags,
        date,
        message: message.data,
        binary: message.binary,
    })
}

fn date_time(cursor: &mut Cursor<'_>) -> Parsed<InternalDate> {
    let fault = syntax(cursor, "a date such as \"17-Jul-1996 02:44:25 -0700\"");
    let text = cursor.string("a date")?;
    InternalDate::parse(&text).ok_or(fault)
}
