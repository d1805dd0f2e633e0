//! ID, AUTHENTICATE, LOGIN and ENABLE: RFC 2971, RFC 9051 sections 6.2.2, 6.2.3 and 6.3.1.

use super::cursor::Cursor;
use super::error::{Parsed, limit, syntax};
use crate::base64;
use crate::command::{CommandBody, Secret};
use bytes::Bytes;

/// RFC 2971 section 3.3 allows 30.
const ID_FIELDS: usize = 100;

const BASE64: &str = "base64 with its padding, or a single =";

/// `id_params_list`.
pub(super) fn id(cursor: &mut Cursor<'_>) -> Parsed<CommandBody> {
    let mut fields = Vec::new();
    if cursor.peek() != Some(b'(') {
        let nil = cursor.nstring("NIL or a list in parentheses")?;
        return match nil {
            None => Ok(CommandBody::Id(fields)),
            Some(_) => Err(syntax(cursor, "NIL or a list in parentheses")),
        };
    }
    cursor.list("a list in parentheses", |cursor| {
        let field = cursor.astring("a field's name")?;
        cursor.sp()?;
        let value = cursor.nstring("a field's value or NIL")?;
        if fields.len() >= ID_FIELDS {
            return Err(limit(cursor, "100 fields"));
        }
        fields.push((field, value));
        Ok(())
    })?;
    Ok(CommandBody::Id(fields))
}

/// `SP auth-type [SP initial-resp]` (RFC 4959).
pub(super) fn authenticate(cursor: &mut Cursor<'_>) -> Parsed<CommandBody> {
    let mechanism = upper(cursor.atom("a mechanism's name")?);
    let initial = if cursor.more() {
        Some(initial_response(cursor)?)
    } else {
        None
    };
    Ok(CommandBody::Authenticate { mechanism, initial })
}

fn initial_response(cursor: &mut Cursor<'_>) -> Parsed<Secret> {
    let fault = syntax(cursor, BASE64);
    let text = cursor.take_while(|b| b != b' ');
    let data = if text == b"=" {
        Some(Vec::new())
    } else {
        base64::decode(text).filter(|data| !data.is_empty())
    };
    data.map(|data| Secret(Bytes::from(data))).ok_or(fault)
}

/// `userid SP password`.
pub(super) fn login(cursor: &mut Cursor<'_>) -> Parsed<CommandBody> {
    let user = cursor.astring("a user name")?;
    cursor.sp()?;
    let password = Secret(cursor.astring("a password")?);
    Ok(CommandBody::Login { user, password })
}

/// `1*(SP capability)`.
pub(super) fn enable(cursor: &mut Cursor<'_>) -> Parsed<CommandBody> {
    let mut names = vec![upper(cursor.atom("a capability")?)];
    while cursor.more() {
        names.push(upper(cursor.atom("a capability")?));
    }
    Ok(CommandBody::Enable(names))
}

/// An atom, which is ASCII, in upper case.
fn upper(atom: &[u8]) -> String {
    String::from_utf8_lossy(atom).to_ascii_uppercase()
}
