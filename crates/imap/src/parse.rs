//! Parsing: from a whole command, as [`crate::framer`] cuts it, to a typed one.
//!
//! Nothing recurses, and what a command can make the parser keep is bounded by the frame's
//! length. Strings in the result share the frame; only a quoted string with escapes is copied.

mod acl;
mod append;
mod auth;
mod compress;
mod create;
mod cursor;
mod error;
mod fetch;
mod language;
mod list;
mod metadata;
mod multisearch;
mod notify;
mod object_id;
mod quota;
mod search;
mod select;
mod set;
mod sort;
mod store;
mod urlauth;
mod utf8;

pub use error::{ErrorKind, ParseError};

pub(crate) use cursor::{is_astring_char, is_atom_char};
pub(crate) use fetch::section_spec;
pub use search::{DEPTH as MAX_SEARCH_DEPTH, KEYS as MAX_SEARCH_KEYS, TEXTS as MAX_TEXT_KEYS};

use crate::command::{Command, CommandBody, Numbering, Tag};
use crate::search::SearchKey;
use bytes::Bytes;
use cursor::{Cursor, Upper};
use error::{Fault, Parsed, syntax};

/// Commands of IMAP and its extensions that are not understood here.
const UNSUPPORTED: &[&[u8]] = &[
    b"CONVERT",
    b"CONVERSIONS",
    b"DELETEACL",
    b"GETACL",
    b"GETANNOTATION",
    b"GETJMAPACCESS",
    b"LISTRIGHTS",
    b"MYRIGHTS",
    b"RLIST",
    b"RLSUB",
    b"SETACL",
    b"SETANNOTATION",
    b"UIDBATCHES",
    b"XAPPLEPUSHSERVICE",
    b"XLIST",
];

/// Parses a whole command, without its last line end.
pub fn parse(frame: &Bytes) -> Result<Command, ParseError> {
    let mut cursor = Cursor::new(frame);
    let tag = match tag(&mut cursor) {
        Ok(tag) => tag,
        Err(fault) => return Err(ParseError::new(None, None, fault)),
    };
    let name = Upper::new(cursor.take_while(is_atom_char));
    let body = body(&mut cursor, &name).and_then(|body| cursor.end().map(|()| body));
    match body {
        Ok(body) => Ok(Command { tag, body }),
        Err(fault) => Err(ParseError::new(Some(tag), Some(name), fault)),
    }
}

/// Parses what a stored filter holds: `search-criteria` (RFC 5466 section 4).
pub fn search_criteria(text: &Bytes) -> Result<SearchKey, ParseError> {
    let mut cursor = Cursor::new(text);
    let key = search::program(&mut cursor).and_then(|key| cursor.end().map(|()| key));
    key.map_err(|fault| ParseError::new(None, None, fault))
}

/// The tag and the space after it.
fn tag(cursor: &mut Cursor<'_>) -> Parsed<Tag> {
    let text = cursor.take_bytes_while(|b| b != b' ');
    let tag = Tag::new(text).ok_or(Fault {
        position: 0,
        ..syntax(cursor, "a tag")
    })?;
    cursor.sp()?;
    Ok(tag)
}

fn body(cursor: &mut Cursor<'_>, name: &Upper) -> Parsed<CommandBody> {
    let name = name.as_bytes();
    if let Some(body) = without_arguments(name) {
        return Ok(body);
    }
    // Like the two below, it is complete with and without arguments.
    if name == b"RESETKEY" && cursor.peek().is_none() {
        return Ok(CommandBody::ResetKey {
            mailbox: None,
            mechanisms: Vec::new(),
        });
    }
    match name {
        b"COMPARATOR" => return language::comparator(cursor),
        b"LANGUAGE" => return language::language(cursor),
        _ => {}
    }
    if name.is_empty() {
        return Err(syntax(cursor, "a command"));
    }
    if !takes_arguments(name) {
        return Err(cursor.fault_of(unknown_kind(name), "a command that is known here"));
    }
    cursor.sp()?;
    arguments(cursor, name)
}

fn without_arguments(name: &[u8]) -> Option<CommandBody> {
    Some(match name {
        b"CAPABILITY" => CommandBody::Capability,
        b"NOOP" => CommandBody::Noop,
        b"LOGOUT" => CommandBody::Logout,
        b"STARTTLS" => CommandBody::StartTls,
        b"UNAUTHENTICATE" => CommandBody::Unauthenticate,
        b"NAMESPACE" => CommandBody::Namespace,
        b"IDLE" => CommandBody::Idle,
        b"CHECK" => CommandBody::Check,
        b"CLOSE" => CommandBody::Close,
        b"UNSELECT" => CommandBody::Unselect,
        b"EXPUNGE" => CommandBody::Expunge(None),
        _ => return None,
    })
}

fn takes_arguments(name: &[u8]) -> bool {
    matches!(
        name,
        b"ID"
            | b"AUTHENTICATE"
            | b"LOGIN"
            | b"COMPRESS"
            | b"ENABLE"
            | b"SELECT"
            | b"EXAMINE"
            | b"CREATE"
            | b"DELETE"
            | b"RENAME"
            | b"SUBSCRIBE"
            | b"UNSUBSCRIBE"
            | b"LIST"
            | b"LSUB"
            | b"STATUS"
            | b"APPEND"
            | b"UID"
            | b"REPLACE"
            | b"SEARCH"
            | b"ESEARCH"
            | b"FETCH"
            | b"STORE"
            | b"COPY"
            | b"MOVE"
            | b"SORT"
            | b"THREAD"
            | b"CANCELUPDATE"
            | b"GETMETADATA"
            | b"SETMETADATA"
            | b"NOTIFY"
            | b"GENURLAUTH"
            | b"RESETKEY"
            | b"URLFETCH"
            | b"SETACL"
            | b"DELETEACL"
            | b"GETACL"
            | b"LISTRIGHTS"
            | b"MYRIGHTS"
            | b"GETQUOTA"
            | b"GETQUOTAROOT"
            | b"SETQUOTA"
    )
}

fn unknown_kind(name: &[u8]) -> ErrorKind {
    if UNSUPPORTED.contains(&name) {
        ErrorKind::Unsupported
    } else {
        ErrorKind::UnknownCommand
    }
}

/// The commands of [`takes_arguments`]; the space after the name is taken.
fn arguments(cursor: &mut Cursor<'_>, name: &[u8]) -> Parsed<CommandBody> {
    match name {
        b"ID" => auth::id(cursor),
        b"AUTHENTICATE" => auth::authenticate(cursor),
        b"LOGIN" => auth::login(cursor),
        b"COMPRESS" => compress::compress(cursor),
        b"ENABLE" => auth::enable(cursor),
        b"SELECT" => Ok(CommandBody::Select(select::select(cursor)?)),
        b"EXAMINE" => Ok(CommandBody::Examine(select::select(cursor)?)),
        b"CREATE" => create::create(cursor),
        b"DELETE" => Ok(CommandBody::Delete(cursor.mailbox()?)),
        b"RENAME" => select::rename(cursor),
        b"SUBSCRIBE" => Ok(CommandBody::Subscribe(cursor.mailbox()?)),
        b"UNSUBSCRIBE" => Ok(CommandBody::Unsubscribe(cursor.mailbox()?)),
        b"LIST" => list::list(cursor),
        b"LSUB" => list::lsub(cursor),
        b"STATUS" => list::status(cursor),
        b"APPEND" => append::append(cursor),
        b"REPLACE" => append::replace(cursor, Numbering::Sequence),
        b"SEARCH" => search::search(cursor, Numbering::Sequence),
        b"ESEARCH" => multisearch::esearch(cursor),
        b"FETCH" => fetch::fetch(cursor, Numbering::Sequence),
        b"STORE" => store::store(cursor, Numbering::Sequence),
        b"COPY" => store::copy(cursor, Numbering::Sequence),
        b"MOVE" => store::move_to(cursor, Numbering::Sequence),
        b"CANCELUPDATE" => search::cancel_update(cursor),
        b"SORT" => sort::sort(cursor, Numbering::Sequence),
        b"THREAD" => sort::thread(cursor, Numbering::Sequence),
        b"GETMETADATA" => metadata::get(cursor),
        b"SETMETADATA" => metadata::set(cursor),
        b"NOTIFY" => notify::notify(cursor),
        b"GENURLAUTH" => urlauth::generate(cursor),
        b"RESETKEY" => urlauth::reset(cursor),
        b"URLFETCH" => urlauth::fetch(cursor),
        b"SETACL" => acl::set(cursor),
        b"DELETEACL" => Ok(CommandBody::DeleteAcl(acl::entry(cursor)?)),
        b"GETACL" => Ok(CommandBody::GetAcl(cursor.mailbox()?)),
        b"LISTRIGHTS" => Ok(CommandBody::ListRights(acl::entry(cursor)?)),
        b"MYRIGHTS" => Ok(CommandBody::MyRights(cursor.mailbox()?)),
        b"GETQUOTA" => Ok(CommandBody::GetQuota(quota::root(cursor)?)),
        b"GETQUOTAROOT" => Ok(CommandBody::GetQuotaRoot(cursor.mailbox()?)),
        b"SETQUOTA" => quota::set(cursor),
        _ => uid(cursor),
    }
}

/// What follows `UID `: RFC 9051 section 6.4.9.
fn uid(cursor: &mut Cursor<'_>) -> Parsed<CommandBody> {
    let unknown = syntax(
        cursor,
        "COPY, EXPUNGE, FETCH, MOVE, REPLACE, SEARCH, SORT, STORE or THREAD after UID",
    );
    let name = Upper::new(cursor.take_while(is_atom_char));
    let known = matches!(
        name.as_bytes(),
        b"COPY"
            | b"EXPUNGE"
            | b"FETCH"
            | b"MOVE"
            | b"REPLACE"
            | b"SEARCH"
            | b"SORT"
            | b"STORE"
            | b"THREAD"
    );
    if !known {
        let kind = match unknown_kind(name.as_bytes()) {
            ErrorKind::UnknownCommand => ErrorKind::Syntax,
            kind => kind,
        };
        return Err(Fault { kind, ..unknown });
    }
    cursor.sp()?;
    match name.as_bytes() {
        b"COPY" => store::copy(cursor, Numbering::Uid),
        b"EXPUNGE" => Ok(CommandBody::Expunge(Some(set::set(cursor)?))),
        b"FETCH" => fetch::fetch(cursor, Numbering::Uid),
        b"MOVE" => store::move_to(cursor, Numbering::Uid),
        b"REPLACE" => append::replace(cursor, Numbering::Uid),
        b"SEARCH" => search::search(cursor, Numbering::Uid),
        b"SORT" => sort::sort(cursor, Numbering::Uid),
        b"THREAD" => sort::thread(cursor, Numbering::Uid),
        _ => store::store(cursor, Numbering::Uid),
    }
}
