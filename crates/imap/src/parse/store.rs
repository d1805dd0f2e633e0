//! STORE, COPY, MOVE and flags: RFC 9051 sections 6.4.6 to 6.4.8, RFC 7162 section 3.1.3.

use super::cursor::{Cursor, is_astring_char};
use super::error::{Parsed, limit, syntax};
use super::set::set;
use crate::command::{CommandBody, Numbering, StoreAction};
use crate::flag::{Flag, Keyword};

/// Flags in one command.
const FLAGS: usize = 1000;

/// What is done with `\Recent`, which no client can set (RFC 3501 section 2.3.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Recent {
    /// Clients copy it from FETCH to APPEND.
    Ignored,
    /// STORE has no flag of that name (RFC 3501 section 9, `flag`).
    Refused,
}

/// `sequence-set [SP store-modifiers] SP store-att-flags`.
pub(super) fn store(cursor: &mut Cursor<'_>, numbering: Numbering) -> Parsed<CommandBody> {
    let set = set(cursor)?;
    cursor.sp()?;
    let mut unchanged_since = None;
    if cursor.peek() == Some(b'(') {
        unchanged_since = modifiers(cursor)?;
        cursor.sp()?;
    }
    let action = if cursor.eat(b'+') {
        StoreAction::Add
    } else if cursor.eat(b'-') {
        StoreAction::Remove
    } else {
        StoreAction::Replace
    };
    let fault = syntax(cursor, "FLAGS or FLAGS.SILENT");
    let silent = match cursor.word().as_bytes() {
        b"FLAGS" => false,
        b"FLAGS.SILENT" => true,
        _ => return Err(fault),
    };
    cursor.sp()?;
    let flags = if cursor.peek() == Some(b'(') {
        flag_list(cursor, Recent::Refused)?
    } else {
        bare_flags(cursor)?
    };
    Ok(CommandBody::Store {
        numbering,
        set,
        unchanged_since,
        action,
        silent,
        flags,
    })
}

fn modifiers(cursor: &mut Cursor<'_>) -> Parsed<Option<u64>> {
    let mut unchanged_since = None;
    cursor.list("modifiers in parentheses", |cursor| {
        let fault = syntax(cursor, "UNCHANGEDSINCE");
        if cursor.word().as_bytes() != b"UNCHANGEDSINCE" {
            return Err(fault);
        }
        cursor.sp()?;
        unchanged_since = Some(cursor.number64("a MODSEQ")?);
        Ok(())
    })?;
    Ok(unchanged_since)
}

/// `flag *(SP flag)`.
fn bare_flags(cursor: &mut Cursor<'_>) -> Parsed<Vec<Flag>> {
    let mut flags = Vec::new();
    loop {
        push_flag(cursor, &mut flags, Recent::Refused)?;
        if !cursor.more() {
            return Ok(flags);
        }
    }
}

/// `flag-list`.
pub(super) fn flag_list(cursor: &mut Cursor<'_>, recent: Recent) -> Parsed<Vec<Flag>> {
    let mut flags = Vec::new();
    cursor.list("flags in parentheses", |cursor| {
        push_flag(cursor, &mut flags, recent)
    })?;
    Ok(flags)
}

fn push_flag(cursor: &mut Cursor<'_>, flags: &mut Vec<Flag>, recent: Recent) -> Parsed<()> {
    if flags.len() >= FLAGS {
        return Err(limit(cursor, "1000 flags"));
    }
    flags.extend(flag(cursor, recent)?);
    Ok(())
}

/// `None` for a `\Recent` that is ignored.
fn flag(cursor: &mut Cursor<'_>, recent: Recent) -> Parsed<Option<Flag>> {
    if cursor.peek() != Some(b'\\') {
        return keyword(cursor).map(|k| Some(Flag::Keyword(k)));
    }
    let fault = syntax(
        cursor,
        r"\Answered, \Flagged, \Deleted, \Seen, \Draft or a keyword",
    );
    let name = cursor.take_while(|b| b == b'\\' || is_astring_char(b));
    if recent == Recent::Ignored && name.eq_ignore_ascii_case(br"\Recent") {
        return Ok(None);
    }
    Flag::system(name).map(Some).ok_or(fault)
}

/// `flag-keyword`.
pub(super) fn keyword(cursor: &mut Cursor<'_>) -> Parsed<Keyword> {
    let fault = syntax(cursor, "a keyword of at most 255 octets");
    let text = cursor.take_while(is_astring_char);
    let text = std::str::from_utf8(text).ok();
    text.and_then(Keyword::new).ok_or(fault)
}

/// `sequence-set SP mailbox`.
pub(super) fn copy(cursor: &mut Cursor<'_>, numbering: Numbering) -> Parsed<CommandBody> {
    let set = set(cursor)?;
    cursor.sp()?;
    let mailbox = cursor.mailbox()?;
    Ok(CommandBody::Copy {
        numbering,
        set,
        mailbox,
    })
}

/// `sequence-set SP mailbox`.
pub(super) fn move_to(cursor: &mut Cursor<'_>, numbering: Numbering) -> Parsed<CommandBody> {
    let set = set(cursor)?;
    cursor.sp()?;
    let mailbox = cursor.mailbox()?;
    Ok(CommandBody::Move {
        numbering,
        set,
        mailbox,
    })
}
