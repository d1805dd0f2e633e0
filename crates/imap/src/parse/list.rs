//! LIST, LSUB and STATUS: RFC 9051 sections 6.3.9 and 6.3.11, RFC 3501 section 6.3.9, RFC 5258,
//! RFC 5819, RFC 6154.

use super::cursor::Cursor;
use super::error::{Parsed, limit, syntax, unknown_option};
use super::metadata;
use crate::command::{CommandBody, List, ListReturn, ListSelect, StatusItem};
use crate::mailbox::MailboxArg;

/// Patterns in one LIST: each is matched against every mailbox.
const PATTERNS: usize = 100;

/// `[SP list-select-opts] SP mailbox SP mbox-or-pat [SP list-return-opts]`.
pub(super) fn list(cursor: &mut Cursor<'_>) -> Parsed<CommandBody> {
    let mut extended = false;
    let mut select = ListSelect::default();
    if cursor.peek() == Some(b'(') {
        extended = true;
        select = select_options(cursor)?;
        cursor.sp()?;
    }
    let reference = cursor.mailbox()?;
    cursor.sp()?;
    extended |= cursor.peek() == Some(b'(');
    let patterns = patterns(cursor)?;
    let mut ret = ListReturn::default();
    if cursor.more() {
        extended = true;
        ret = return_options(cursor)?;
    }
    Ok(CommandBody::List(List {
        extended,
        select,
        reference,
        patterns,
        ret,
    }))
}

/// `mailbox SP list-mailbox`.
pub(super) fn lsub(cursor: &mut Cursor<'_>) -> Parsed<CommandBody> {
    let reference = cursor.mailbox()?;
    cursor.sp()?;
    let pattern = cursor.list_mailbox()?;
    Ok(CommandBody::Lsub { reference, pattern })
}

/// `mbox-or-pat`.
fn patterns(cursor: &mut Cursor<'_>) -> Parsed<Vec<MailboxArg>> {
    if cursor.peek() != Some(b'(') {
        return Ok(vec![cursor.list_mailbox()?]);
    }
    let mut patterns = Vec::new();
    cursor.list("patterns in parentheses", |cursor| {
        if patterns.len() >= PATTERNS {
            return Err(limit(cursor, "100 patterns"));
        }
        patterns.push(cursor.list_mailbox()?);
        Ok(())
    })?;
    if patterns.is_empty() {
        return Err(syntax(cursor, "a pattern between the parentheses"));
    }
    Ok(patterns)
}

fn select_options(cursor: &mut Cursor<'_>) -> Parsed<ListSelect> {
    let start = syntax(
        cursor,
        "SUBSCRIBED or SPECIAL-USE together with RECURSIVEMATCH",
    );
    let mut options = ListSelect::default();
    cursor.list("selection options in parentheses", |cursor| {
        let fault = unknown_option(cursor, "SUBSCRIBED, REMOTE, RECURSIVEMATCH or SPECIAL-USE");
        match cursor.word().as_bytes() {
            b"SUBSCRIBED" => options.subscribed = true,
            b"REMOTE" => options.remote = true,
            b"RECURSIVEMATCH" => options.recursive_match = true,
            b"SPECIAL-USE" => options.special_use = true,
            _ => return Err(fault),
        }
        Ok(())
    })?;
    // RFC 5258 section 3.1: RECURSIVEMATCH modifies another option, REMOTE not among them.
    if options.recursive_match && !options.subscribed && !options.special_use {
        return Err(start);
    }
    Ok(options)
}

/// `"RETURN" SP "(" … ")"`.
fn return_options(cursor: &mut Cursor<'_>) -> Parsed<ListReturn> {
    let fault = syntax(cursor, "RETURN or the end of the command");
    if cursor.word().as_bytes() != b"RETURN" {
        return Err(fault);
    }
    cursor.sp()?;
    let mut options = ListReturn::default();
    cursor.list("return options in parentheses", |cursor| {
        return_option(cursor, &mut options)
    })?;
    Ok(options)
}

fn return_option(cursor: &mut Cursor<'_>, options: &mut ListReturn) -> Parsed<()> {
    let fault = unknown_option(
        cursor,
        "SUBSCRIBED, CHILDREN, SPECIAL-USE, STATUS, METADATA or MYRIGHTS",
    );
    match cursor.word().as_bytes() {
        b"SUBSCRIBED" => options.subscribed = true,
        b"CHILDREN" => options.children = true,
        b"SPECIAL-USE" => options.special_use = true,
        b"MYRIGHTS" => options.my_rights = true,
        b"STATUS" => {
            cursor.sp()?;
            options.status = Some(status_items(cursor)?);
        }
        b"METADATA" => {
            cursor.sp()?;
            if cursor.peek() != Some(b'(') {
                return Err(syntax(cursor, "entries in parentheses"));
            }
            options.metadata = metadata::entries(cursor)?;
        }
        _ => return Err(fault),
    }
    Ok(())
}

/// `mailbox SP "(" status-att *(SP status-att) ")"`.
pub(super) fn status(cursor: &mut Cursor<'_>) -> Parsed<CommandBody> {
    let mailbox = cursor.mailbox()?;
    cursor.sp()?;
    let items = status_items(cursor)?;
    Ok(CommandBody::Status { mailbox, items })
}

/// Each item once: a repeated one tells nothing.
fn status_items(cursor: &mut Cursor<'_>) -> Parsed<Vec<StatusItem>> {
    let mut items = Vec::new();
    cursor.list("status items in parentheses", |cursor| {
        let item = status_item(cursor)?;
        if !items.contains(&item) {
            items.push(item);
        }
        Ok(())
    })?;
    if items.is_empty() {
        return Err(syntax(cursor, "a status item between the parentheses"));
    }
    Ok(items)
}

fn status_item(cursor: &mut Cursor<'_>) -> Parsed<StatusItem> {
    let unknown = syntax(cursor, "a status item");
    match cursor.word().as_bytes() {
        b"MESSAGES" => Ok(StatusItem::Messages),
        b"RECENT" => Ok(StatusItem::Recent),
        b"UIDNEXT" => Ok(StatusItem::UidNext),
        b"UIDVALIDITY" => Ok(StatusItem::UidValidity),
        b"UNSEEN" => Ok(StatusItem::Unseen),
        b"DELETED" => Ok(StatusItem::Deleted),
        b"SIZE" => Ok(StatusItem::Size),
        b"HIGHESTMODSEQ" => Ok(StatusItem::HighestModseq),
        b"MAILBOXID" => Ok(StatusItem::MailboxId),
        b"APPENDLIMIT" => Ok(StatusItem::AppendLimit),
        b"DELETED-STORAGE" => Ok(StatusItem::DeletedStorage),
        _ => Err(unknown),
    }
}
