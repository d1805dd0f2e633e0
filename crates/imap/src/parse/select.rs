//! SELECT, EXAMINE and RENAME: RFC 9051 sections 6.3.2, 6.3.3 and 6.3.6, RFC 7162.

use super::cursor::Cursor;
use super::error::{Parsed, syntax, unknown_option};
use super::set::known_uids;
use crate::command::{CommandBody, Qresync, Select};

/// `mailbox [SP "(" select-param *(SP select-param) ")"]`.
pub(super) fn select(cursor: &mut Cursor<'_>) -> Parsed<Select> {
    let mut select = Select {
        mailbox: cursor.mailbox()?,
        condstore: false,
        qresync: None,
    };
    if cursor.more() {
        cursor.list("parameters in parentheses", |cursor| {
            parameter(cursor, &mut select)
        })?;
    }
    Ok(select)
}

fn parameter(cursor: &mut Cursor<'_>, select: &mut Select) -> Parsed<()> {
    let fault = unknown_option(cursor, "CONDSTORE or QRESYNC");
    match cursor.word().as_bytes() {
        b"CONDSTORE" => select.condstore = true,
        b"QRESYNC" => {
            cursor.sp()?;
            select.qresync = Some(qresync(cursor)?);
        }
        _ => return Err(fault),
    }
    Ok(())
}

/// `"(" uidvalidity SP modseq [SP known-uids] [SP seq-match-data] ")"`.
fn qresync(cursor: &mut Cursor<'_>) -> Parsed<Qresync> {
    cursor.expect(b'(', "an opening parenthesis")?;
    let uid_validity = cursor.nz_number("a UIDVALIDITY")?;
    cursor.sp()?;
    let mut qresync = Qresync {
        uid_validity,
        modseq: cursor.number64("a MODSEQ")?,
        known_uids: None,
        seq_match: None,
    };
    let digit = |cursor: &Cursor<'_>| cursor.peek().is_some_and(|b| b != b'(' && b != b')');
    if cursor.skip_spaces() && digit(cursor) {
        qresync.known_uids = Some(known_uids(cursor)?);
        cursor.skip_spaces();
    }
    if cursor.eat(b'(') {
        let fault = syntax(cursor, "as many UIDs as sequence numbers");
        let numbers = known_uids(cursor)?;
        cursor.sp()?;
        let uids = known_uids(cursor)?;
        cursor.expect(b')', "a closing parenthesis")?;
        if numbers.len() != uids.len() {
            return Err(fault);
        }
        qresync.seq_match = Some((numbers, uids));
        cursor.skip_spaces();
    }
    cursor.expect(b')', "a closing parenthesis")?;
    Ok(qresync)
}

/// `mailbox SP mailbox`.
pub(super) fn rename(cursor: &mut Cursor<'_>) -> Parsed<CommandBody> {
    let from = cursor.mailbox()?;
    cursor.sp()?;
    let to = cursor.mailbox()?;
    Ok(CommandBody::Rename { from, to })
}
