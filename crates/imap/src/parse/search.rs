//! SEARCH: RFC 9051 section 6.4.4, RFC 3501 section 6.4.4, RFC 4731, RFC 5182, RFC 7162,
//! RFC 5032, RFC 9394, RFC 5466, RFC 6203, RFC 9738.

use super::cursor::{Cursor, Upper, is_atom_char};
use super::error::{Fault, Parsed, limit, syntax, unknown_option, unsupported};
use super::object_id::object_id;
use super::set::set;
use super::store::keyword;
use crate::command::{CommandBody, Numbering};
use crate::date::Date;
use crate::flag::Flag;
use crate::search::{PartialRange, SearchCommand, SearchKey, SearchReturn, UidBound};
use bytes::Bytes;

/// Parentheses, NOT and OR within each other. What walks over the keys may recurse, so this is
/// small.
pub const DEPTH: usize = 100;

/// Keys in one command: each may cost a look at every message.
pub const KEYS: usize = 2000;

/// BODY and TEXT keys in one command: each may cost a walk through all octets of every message.
/// Who types words into a search box needs a few.
pub const TEXTS: usize = 50;

/// Tags in one CANCELUPDATE.
const TAGS: usize = 100;

const SECONDS: &str = "seconds from 1 to 4294967295";

/// `[search-return-opts] SP search-program`.
pub(super) fn search(cursor: &mut Cursor<'_>, numbering: Numbering) -> Parsed<CommandBody> {
    let first = KeyStart::take(cursor);
    search_command(cursor, numbering, first).map(CommandBody::Search)
}

/// The same, as it begins with this word.
pub(super) fn search_command(
    cursor: &mut Cursor<'_>,
    numbering: Numbering,
    mut first: KeyStart,
) -> Parsed<SearchCommand> {
    let mut command = SearchCommand {
        numbering,
        ret: None,
        charset: None,
        key: SearchKey::All,
    };
    if first.is(b"RETURN") {
        cursor.sp()?;
        command.ret = Some(return_options(cursor)?);
        cursor.sp()?;
        first = KeyStart::take(cursor);
    }
    if first.is(b"CHARSET") {
        cursor.sp()?;
        let charset = cursor.astring("a charset")?;
        command.charset = Some(String::from_utf8_lossy(&charset).to_ascii_uppercase());
        cursor.sp()?;
        first = KeyStart::take(cursor);
    }
    command.key = keys(cursor, first)?;
    Ok(command)
}

/// `"CANCELUPDATE" 1*(SP quoted)` (RFC 5267 section 5).
pub(super) fn cancel_update(cursor: &mut Cursor<'_>) -> Parsed<CommandBody> {
    let mut tags = Vec::new();
    loop {
        if tags.len() >= TAGS {
            return Err(limit(cursor, "100 tags"));
        }
        tags.push(cursor.string("a tag in quotes")?);
        if !cursor.more() {
            return Ok(CommandBody::CancelUpdate(tags));
        }
    }
}

/// `search-key *(SP search-key)`.
pub(super) fn program(cursor: &mut Cursor<'_>) -> Parsed<SearchKey> {
    let first = KeyStart::take(cursor);
    keys(cursor, first)
}

/// `"(" [search-return-opt *(SP search-return-opt)] ")"`.
pub(super) fn return_options(cursor: &mut Cursor<'_>) -> Parsed<SearchReturn> {
    let mut options = SearchReturn::default();
    cursor.list("return options in parentheses", |cursor| {
        return_option(cursor, &mut options)
    })?;
    Ok(options)
}

/// RFC 9394 section 3.1: there is one PARTIAL, or ALL, or neither.
fn return_option(cursor: &mut Cursor<'_>, options: &mut SearchReturn) -> Parsed<()> {
    let fault = unknown_option(
        cursor,
        "MIN, MAX, ALL, COUNT, SAVE, PARTIAL, RELEVANCY, CONTEXT or UPDATE",
    );
    let twice = syntax(cursor, "one of PARTIAL and ALL, and PARTIAL once");
    match cursor.word().as_bytes() {
        b"MIN" => options.min = true,
        b"MAX" => options.max = true,
        b"ALL" if options.partial.is_some() => return Err(twice),
        b"ALL" => options.all = true,
        b"COUNT" => options.count = true,
        b"SAVE" => options.save = true,
        b"CONTEXT" => options.context = true,
        b"UPDATE" => options.update = true,
        b"RELEVANCY" => options.relevancy = true,
        b"PARTIAL" if options.all || options.partial.is_some() => return Err(twice),
        b"PARTIAL" => {
            cursor.sp()?;
            options.partial = Some(partial_range(cursor)?);
        }
        _ => return Err(fault),
    }
    Ok(())
}

/// `partial-range` (RFC 9394 section 4).
pub(super) fn partial_range(cursor: &mut Cursor<'_>) -> Parsed<PartialRange> {
    const PLACE: &str = "places such as 1:100 or -1:-100";
    let from_end = cursor.eat(b'-');
    let first = cursor.nz_number(PLACE)?;
    cursor.expect(b':', PLACE)?;
    if from_end {
        cursor.expect(b'-', PLACE)?;
    }
    Ok(PartialRange {
        first,
        last: cursor.nz_number(PLACE)?,
        from_end,
    })
}

/// How a key begins: its name, empty where it is a set or a parenthesis.
pub(super) struct KeyStart {
    name: Upper,
    fault: Fault,
}

impl KeyStart {
    pub(super) fn take(cursor: &mut Cursor<'_>) -> Self {
        let fault = syntax(cursor, "a search key");
        let letter = cursor.peek().is_some_and(|b| b.is_ascii_alphabetic());
        let name = if letter {
            cursor.word()
        } else {
            Upper::new(b"")
        };
        Self { name, fault }
    }

    pub(super) fn is(&self, name: &[u8]) -> bool {
        self.name.as_bytes() == name
    }
}

/// What waits for a key.
enum Open {
    /// A parenthesis, or the command itself.
    Group(Vec<SearchKey>),
    Not,
    Fuzzy,
    OrFirst,
    OrSecond(SearchKey),
}

/// `search-key *(SP search-key)`, all of them to hold.
fn keys(cursor: &mut Cursor<'_>, first: KeyStart) -> Parsed<SearchKey> {
    let mut open = Vec::new();
    let mut all = Vec::new();
    let mut start = first;
    let (mut count, mut texts) = (0usize, 0usize);
    loop {
        count = count.saturating_add(1);
        if count > KEYS {
            return Err(limit(cursor, "2000 search keys"));
        }
        if let Some(opened) = opens(cursor, &start)? {
            if open.len() >= DEPTH {
                return Err(limit(cursor, "100 search keys within each other"));
            }
            open.push(opened);
            start = KeyStart::take(cursor);
            continue;
        }
        let key = leaf(cursor, &start)?;
        if matches!(key, SearchKey::Body(_) | SearchKey::Text(_)) {
            texts = texts.saturating_add(1);
        }
        if texts > TEXTS {
            return Err(limit(cursor, "50 BODY and TEXT search keys"));
        }
        if let Some(key) = close(cursor, &mut open, key)? {
            all.push(key);
            if !cursor.more() {
                return Ok(one_or_all(all));
            }
        }
        start = KeyStart::take(cursor);
    }
}

/// What this beginning opens, if it is no key of its own.
fn opens(cursor: &mut Cursor<'_>, start: &KeyStart) -> Parsed<Option<Open>> {
    let opened = match start.name.as_bytes() {
        b"" if cursor.eat(b'(') => {
            cursor.skip_spaces();
            return Ok(Some(Open::Group(Vec::new())));
        }
        b"NOT" => Open::Not,
        b"FUZZY" => Open::Fuzzy,
        b"OR" => Open::OrFirst,
        _ => return Ok(None),
    };
    cursor.sp()?;
    Ok(Some(opened))
}

/// Gives a key to what waits for it. `None`: something waits for another, which is next.
fn close(
    cursor: &mut Cursor<'_>,
    open: &mut Vec<Open>,
    mut key: SearchKey,
) -> Parsed<Option<SearchKey>> {
    while let Some(waiting) = open.pop() {
        key = match waiting {
            Open::Not => SearchKey::Not(Box::new(key)),
            Open::Fuzzy => SearchKey::Fuzzy(Box::new(key)),
            Open::OrFirst => {
                cursor.sp()?;
                open.push(Open::OrSecond(key));
                return Ok(None);
            }
            Open::OrSecond(first) => SearchKey::Or(Box::new(first), Box::new(key)),
            Open::Group(mut keys) => {
                keys.push(key);
                let space = cursor.skip_spaces();
                if !cursor.eat(b')') {
                    if !space {
                        return Err(syntax(cursor, "a space or a closing parenthesis"));
                    }
                    open.push(Open::Group(keys));
                    return Ok(None);
                }
                one_or_all(keys)
            }
        };
    }
    Ok(Some(key))
}

fn one_or_all(mut keys: Vec<SearchKey>) -> SearchKey {
    match keys.pop() {
        Some(only) if keys.is_empty() => only,
        Some(last) => {
            keys.push(last);
            SearchKey::And(keys)
        }
        None => SearchKey::All,
    }
}

/// A key that has no other in it.
fn leaf(cursor: &mut Cursor<'_>, start: &KeyStart) -> Parsed<SearchKey> {
    let name = start.name.as_bytes();
    if name.is_empty() {
        return match cursor.peek() {
            Some(b'0'..=b'9' | b'*' | b'$') => Ok(SearchKey::Sequence(set(cursor)?)),
            _ => Err(start.fault),
        };
    }
    if let Some(key) = without_argument(name) {
        return Ok(key);
    }
    if name == b"ANNOTATION" {
        return Err(unsupported(cursor, "a search key without an extension"));
    }
    if !takes_argument(name) {
        return Err(start.fault);
    }
    cursor.sp()?;
    with_argument(cursor, name)
}

fn without_argument(name: &[u8]) -> Option<SearchKey> {
    Some(match name {
        b"ALL" => SearchKey::All,
        b"ANSWERED" => SearchKey::Flagged(Flag::Answered),
        b"DELETED" => SearchKey::Flagged(Flag::Deleted),
        b"DRAFT" => SearchKey::Flagged(Flag::Draft),
        b"FLAGGED" => SearchKey::Flagged(Flag::Flagged),
        b"SEEN" => SearchKey::Flagged(Flag::Seen),
        b"UNANSWERED" => SearchKey::Unflagged(Flag::Answered),
        b"UNDELETED" => SearchKey::Unflagged(Flag::Deleted),
        b"UNDRAFT" => SearchKey::Unflagged(Flag::Draft),
        b"UNFLAGGED" => SearchKey::Unflagged(Flag::Flagged),
        b"UNSEEN" => SearchKey::Unflagged(Flag::Seen),
        b"NEW" => SearchKey::New,
        b"OLD" => SearchKey::Old,
        b"RECENT" => SearchKey::Recent,
        b"SAVEDATESUPPORTED" => SearchKey::SaveDateSupported,
        _ => return None,
    })
}

fn takes_argument(name: &[u8]) -> bool {
    matches!(
        name,
        b"BCC"
            | b"BEFORE"
            | b"BODY"
            | b"CC"
            | b"EMAILID"
            | b"FILTER"
            | b"FROM"
            | b"HEADER"
            | b"KEYWORD"
            | b"LARGER"
            | b"MODSEQ"
            | b"OLDER"
            | b"ON"
            | b"SAVEDBEFORE"
            | b"SAVEDON"
            | b"SAVEDSINCE"
            | b"SENTBEFORE"
            | b"SENTON"
            | b"SENTSINCE"
            | b"SINCE"
            | b"SMALLER"
            | b"SUBJECT"
            | b"TEXT"
            | b"THREADID"
            | b"TO"
            | b"UID"
            | b"UIDAFTER"
            | b"UIDBEFORE"
            | b"UNKEYWORD"
            | b"YOUNGER"
    )
}

fn with_argument(cursor: &mut Cursor<'_>, name: &[u8]) -> Parsed<SearchKey> {
    Ok(match name {
        b"BCC" => header(cursor, b"Bcc")?,
        b"CC" => header(cursor, b"Cc")?,
        b"FROM" => header(cursor, b"From")?,
        b"SUBJECT" => header(cursor, b"Subject")?,
        b"TO" => header(cursor, b"To")?,
        b"HEADER" => {
            let field = cursor.astring("a field name")?;
            cursor.sp()?;
            SearchKey::Header(field, cursor.text()?)
        }
        b"BODY" => SearchKey::Body(cursor.text()?),
        b"TEXT" => SearchKey::Text(cursor.text()?),
        b"BEFORE" => SearchKey::Before(date(cursor)?),
        b"ON" => SearchKey::On(date(cursor)?),
        b"SINCE" => SearchKey::Since(date(cursor)?),
        b"SENTBEFORE" => SearchKey::SentBefore(date(cursor)?),
        b"SENTON" => SearchKey::SentOn(date(cursor)?),
        b"SENTSINCE" => SearchKey::SentSince(date(cursor)?),
        b"SAVEDBEFORE" => SearchKey::SavedBefore(date(cursor)?),
        b"SAVEDON" => SearchKey::SavedOn(date(cursor)?),
        b"SAVEDSINCE" => SearchKey::SavedSince(date(cursor)?),
        b"FILTER" => SearchKey::Filter(filter_name(cursor)?),
        b"EMAILID" => SearchKey::EmailId(object_id(cursor)?),
        b"THREADID" => SearchKey::ThreadId(object_id(cursor)?),
        b"KEYWORD" => SearchKey::Flagged(Flag::Keyword(keyword(cursor)?)),
        b"UNKEYWORD" => SearchKey::Unflagged(Flag::Keyword(keyword(cursor)?)),
        b"LARGER" => SearchKey::Larger(cursor.number64("a count of octets")?),
        b"SMALLER" => SearchKey::Smaller(cursor.number64("a count of octets")?),
        b"OLDER" => SearchKey::Older(cursor.nz_number(SECONDS)?),
        b"YOUNGER" => SearchKey::Younger(cursor.nz_number(SECONDS)?),
        b"UID" => SearchKey::Uid(set(cursor)?),
        b"UIDAFTER" => SearchKey::UidAfter(uid_bound(cursor)?),
        b"UIDBEFORE" => SearchKey::UidBefore(uid_bound(cursor)?),
        _ => modseq(cursor)?,
    })
}

fn header(cursor: &mut Cursor<'_>, field: &'static [u8]) -> Parsed<SearchKey> {
    Ok(SearchKey::Header(Bytes::from_static(field), cursor.text()?))
}

/// A UID; or `$`, for RFC 9738 section 3.2 means the keys to go with it.
fn uid_bound(cursor: &mut Cursor<'_>) -> Parsed<UidBound> {
    match cursor.eat(b'$') {
        true => Ok(UidBound::Saved),
        false => Ok(UidBound::Uid(cursor.nz_number("a UID or $")?)),
    }
}

/// `filter-name` (RFC 5466 section 4).
fn filter_name(cursor: &mut Cursor<'_>) -> Parsed<Bytes> {
    let fault = syntax(cursor, "the name of a filter");
    let name = cursor.take_bytes_while(|b| is_atom_char(b) && b != b'/');
    match name.is_empty() {
        true => Err(fault),
        false => Ok(name),
    }
}

/// `date`, with or without quotes.
fn date(cursor: &mut Cursor<'_>) -> Parsed<Date> {
    let fault = syntax(cursor, "a date such as 1-Feb-1994");
    let text = cursor.astring("a date such as 1-Feb-1994")?;
    Date::parse(&text).ok_or(fault)
}

/// `[entry-name SP entry-type-req SP] mod-sequence-valzer`. The entry is let be: here a message
/// has one MODSEQ for all (RFC 7162 section 3.1.5).
fn modseq(cursor: &mut Cursor<'_>) -> Parsed<SearchKey> {
    if cursor.peek() == Some(b'"') {
        cursor.string("an entry")?;
        cursor.sp()?;
        let fault = syntax(cursor, "priv, shared or all");
        if !matches!(cursor.word().as_bytes(), b"PRIV" | b"SHARED" | b"ALL") {
            return Err(fault);
        }
        cursor.sp()?;
    }
    Ok(SearchKey::Modseq(cursor.number64("a MODSEQ")?))
}
