//! ESEARCH: RFC 7377 section 4.

use super::cursor::Cursor;
use super::error::{Parsed, limit, syntax, unsupported};
use super::notify::mailboxes;
use super::search::{KeyStart, search_command};
use crate::command::{CommandBody, Numbering};
use crate::multisearch::{MultiSearch, Source};

/// Specifiers in one command; mailboxes in each are bounded too.
const SOURCES: usize = 100;

/// `[SP esearch-source-opts] [SP search-return-opts] SP search-program`.
pub(super) fn esearch(cursor: &mut Cursor<'_>) -> Parsed<CommandBody> {
    let mut sources = None;
    let mut first = KeyStart::take(cursor);
    if first.is(b"IN") {
        cursor.sp()?;
        sources = Some(source_options(cursor)?);
        cursor.sp()?;
        first = KeyStart::take(cursor);
    }
    let search = search_command(cursor, Numbering::Uid, first)?;
    Ok(CommandBody::MultiSearch(MultiSearch { sources, search }))
}

/// `"(" source-mbox [SP "(" scope-options ")"] ")"`. No scope option is defined.
fn source_options(cursor: &mut Cursor<'_>) -> Parsed<Vec<Source>> {
    let mut sources = Vec::new();
    let empty = syntax(cursor, "where to search, in parentheses");
    cursor.list("where to search, in parentheses", |cursor| {
        if sources.len() >= SOURCES {
            return Err(limit(cursor, "100 sources"));
        }
        if cursor.peek() == Some(b'(') {
            return Err(unsupported(cursor, "no scope options"));
        }
        sources.push(source(cursor)?);
        Ok(())
    })?;
    match sources.is_empty() {
        true => Err(empty),
        false => Ok(sources),
    }
}

fn source(cursor: &mut Cursor<'_>) -> Parsed<Source> {
    let unknown = syntax(
        cursor,
        "selected, inboxes, personal, subscribed, subtree, subtree-one or mailboxes",
    );
    Ok(match cursor.word().as_bytes() {
        b"SELECTED" => Source::Selected,
        b"INBOXES" => Source::Inboxes,
        b"PERSONAL" => Source::Personal,
        b"SUBSCRIBED" => Source::Subscribed,
        b"SUBTREE" => Source::Subtree(mailboxes(cursor)?),
        b"SUBTREE-ONE" => Source::SubtreeOne(mailboxes(cursor)?),
        b"MAILBOXES" => Source::Mailboxes(mailboxes(cursor)?),
        _ => return Err(unknown),
    })
}
