//! NOTIFY: RFC 5465 section 8.

use super::cursor::{Cursor, Upper};
use super::error::{Parsed, limit, syntax};
use super::fetch;
use crate::command::CommandBody;
use crate::fetch::FetchItem;
use crate::mailbox::MailboxArg;
use crate::notify::{EventGroup, Events, MailboxFilter, Notify};

/// Event groups in one command, and mailboxes in one group: each change is compared with all.
const GROUPS: usize = 100;
const MAILBOXES: usize = 1000;

/// Data items of MessageNew.
const ITEMS: usize = 100;

/// `"SET" [SP "STATUS"] SP event-groups / "NONE"`.
pub(super) fn notify(cursor: &mut Cursor<'_>) -> Parsed<CommandBody> {
    let unknown = syntax(cursor, "SET or NONE");
    match cursor.word().as_bytes() {
        b"NONE" => return Ok(CommandBody::Notify(Notify::None)),
        b"SET" => {}
        _ => return Err(unknown),
    }
    cursor.sp()?;
    let mut status = false;
    if cursor.peek() != Some(b'(') {
        let unknown = syntax(cursor, "STATUS or an event group in parentheses");
        if cursor.word().as_bytes() != b"STATUS" {
            return Err(unknown);
        }
        status = true;
        cursor.sp()?;
    }
    let mut groups = vec![group(cursor)?];
    while cursor.more() {
        if groups.len() >= GROUPS {
            return Err(limit(cursor, "100 event groups"));
        }
        groups.push(group(cursor)?);
    }
    Ok(CommandBody::Notify(Notify::Set { status, groups }))
}

/// `"(" filter-mailboxes SP events ")"`.
fn group(cursor: &mut Cursor<'_>) -> Parsed<EventGroup> {
    cursor.expect(b'(', "an event group in parentheses")?;
    cursor.skip_spaces();
    let filter = filter(cursor)?;
    cursor.sp()?;
    let events = events(cursor)?;
    cursor.skip_spaces();
    cursor.expect(b')', "the end of the event group")?;
    Ok(EventGroup { filter, events })
}

fn filter(cursor: &mut Cursor<'_>) -> Parsed<MailboxFilter> {
    let unknown = syntax(
        cursor,
        "SELECTED, SELECTED-DELAYED, INBOXES, PERSONAL, SUBSCRIBED, SUBTREE or MAILBOXES",
    );
    Ok(match cursor.word().as_bytes() {
        b"SELECTED" => MailboxFilter::Selected,
        b"SELECTED-DELAYED" => MailboxFilter::SelectedDelayed,
        b"INBOXES" => MailboxFilter::Inboxes,
        b"PERSONAL" => MailboxFilter::Personal,
        b"SUBSCRIBED" => MailboxFilter::Subscribed,
        b"SUBTREE" => MailboxFilter::Subtree(mailboxes(cursor)?),
        b"MAILBOXES" => MailboxFilter::Mailboxes(mailboxes(cursor)?),
        _ => return Err(unknown),
    })
}

/// `SP one-or-more-mailbox`.
pub(super) fn mailboxes(cursor: &mut Cursor<'_>) -> Parsed<Vec<MailboxArg>> {
    cursor.sp()?;
    if cursor.peek() != Some(b'(') {
        return Ok(vec![cursor.mailbox()?]);
    }
    let empty = syntax(cursor, "a mailbox between the parentheses");
    let mut mailboxes = Vec::new();
    cursor.list("mailboxes in parentheses", |cursor| {
        if mailboxes.len() >= MAILBOXES {
            return Err(limit(cursor, "1000 mailboxes"));
        }
        mailboxes.push(cursor.mailbox()?);
        Ok(())
    })?;
    match mailboxes.is_empty() {
        true => Err(empty),
        false => Ok(mailboxes),
    }
}

/// `"(" event *(SP event) ")" / "NONE"`. The standard's first example has no parentheses; that
/// is taken too.
fn events(cursor: &mut Cursor<'_>) -> Parsed<Option<Events>> {
    let mut events = Events::default();
    if cursor.peek() == Some(b'(') {
        let empty = syntax(cursor, "an event between the parentheses");
        cursor.list("events in parentheses", |cursor| event(cursor, &mut events))?;
        return match events == Events::default() {
            true => Err(empty),
            false => Ok(Some(events)),
        };
    }
    let first = cursor.word();
    if first.as_bytes() == b"NONE" {
        return Ok(None);
    }
    named_event(cursor, first, &mut events)?;
    while cursor.more() && cursor.peek() != Some(b')') {
        event(cursor, &mut events)?;
    }
    Ok(Some(events))
}

fn event(cursor: &mut Cursor<'_>, events: &mut Events) -> Parsed<()> {
    let name = cursor.word();
    named_event(cursor, name, events)
}

fn named_event(cursor: &mut Cursor<'_>, name: Upper, events: &mut Events) -> Parsed<()> {
    match name.as_bytes() {
        b"" => return Err(syntax(cursor, "an event")),
        b"MESSAGENEW" => events.message_new = Some(items(cursor)?),
        b"MESSAGEEXPUNGE" => events.message_expunge = true,
        b"FLAGCHANGE" => events.flag_change = true,
        b"MAILBOXNAME" => events.mailbox_name = true,
        b"SUBSCRIPTIONCHANGE" => events.subscription_change = true,
        b"MAILBOXMETADATACHANGE" => events.mailbox_metadata = true,
        b"SERVERMETADATACHANGE" => events.server_metadata = true,
        _ => events.unsupported = true,
    }
    Ok(())
}

/// `[SP "(" fetch-att *(SP fetch-att) ")"]`.
fn items(cursor: &mut Cursor<'_>) -> Parsed<Vec<FetchItem>> {
    let mut items = Vec::new();
    let spaces = cursor.spaces_before(b'(');
    if !spaces {
        return Ok(items);
    }
    cursor.skip_spaces();
    let empty = syntax(cursor, "a data item between the parentheses");
    cursor.list("data items in parentheses", |cursor| {
        if items.len() >= ITEMS {
            return Err(limit(cursor, "100 data items"));
        }
        items.push(fetch::item(cursor)?);
        Ok(())
    })?;
    match items.is_empty() {
        true => Err(empty),
        false => Ok(items),
    }
}
