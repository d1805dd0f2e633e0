//! APPEND: RFC 9051 section 6.3.12, RFC 3516, RFC 6855 section 4.

use super::cursor::Cursor;
use super::error::{Parsed, syntax, unsupported};
use super::store::{Recent, flag_list};
use super::utf8;
use crate::command::{Append, CommandBody};
use crate::date::InternalDate;

/// `mailbox [SP flag-list] [SP date-time] SP literal`.
pub(super) fn append(cursor: &mut Cursor<'_>) -> Parsed<CommandBody> {
    let mailbox = cursor.mailbox()?;
    cursor.sp()?;
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
    if cursor.more() {
        return Err(unsupported(cursor, "one message, not MULTIAPPEND"));
    }
    Ok(CommandBody::Append(Append {
        mailbox,
        flags,
        date,
        message: message.data,
        binary: message.binary,
    }))
}

fn date_time(cursor: &mut Cursor<'_>) -> Parsed<InternalDate> {
    let fault = syntax(cursor, "a date such as \"17-Jul-1996 02:44:25 -0700\"");
    let text = cursor.string("a date")?;
    InternalDate::parse(&text).ok_or(fault)
}
