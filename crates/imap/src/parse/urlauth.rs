//! GENURLAUTH, RESETKEY and URLFETCH: RFC 4467 section 9, RFC 5524 section 5.

use super::cursor::{Cursor, is_atom_char};
use super::error::{Parsed, limit, syntax, unknown_option};
use crate::command::{CommandBody, UrlFetch, UrlParameters};

/// URLs in one command: each may be a message read.
const URLS: usize = 250;

/// `1*(SP url-rump SP mechanism)`.
pub(super) fn generate(cursor: &mut Cursor<'_>) -> Parsed<CommandBody> {
    let mut urls = Vec::new();
    loop {
        if urls.len() == URLS {
            return Err(limit(cursor, "250 URLs"));
        }
        let url = cursor.astring("a URL")?;
        cursor.sp()?;
        urls.push((url, mechanism(cursor)?));
        if !cursor.more() {
            return Ok(CommandBody::GenUrlAuth(urls));
        }
    }
}

/// `[SP mailbox *(SP mechanism)]`; the space is taken.
pub(super) fn reset(cursor: &mut Cursor<'_>) -> Parsed<CommandBody> {
    let mailbox = cursor.mailbox()?;
    let mut mechanisms = Vec::new();
    while cursor.more() {
        if mechanisms.len() == URLS {
            return Err(limit(cursor, "250 mechanisms"));
        }
        mechanisms.push(mechanism(cursor)?);
    }
    Ok(CommandBody::ResetKey {
        mailbox: Some(mailbox),
        mechanisms,
    })
}

/// `1*(SP url-fetch-arg)`.
pub(super) fn fetch(cursor: &mut Cursor<'_>) -> Parsed<CommandBody> {
    let mut urls = Vec::new();
    loop {
        if urls.len() == URLS {
            return Err(limit(cursor, "250 URLs"));
        }
        urls.push(argument(cursor)?);
        if !cursor.more() {
            return Ok(CommandBody::UrlFetch(urls));
        }
    }
}

/// `url-fetch-simple / url-fetch-ext`.
fn argument(cursor: &mut Cursor<'_>) -> Parsed<UrlFetch> {
    if !cursor.eat(b'(') {
        let url = cursor.astring("a URL")?;
        let parameters = None;
        return Ok(UrlFetch { url, parameters });
    }
    let url = cursor.astring("a URL")?;
    let mut parameters = UrlParameters::default();
    while !cursor.eat(b')') {
        cursor.sp()?;
        let unknown = unknown_option(cursor, "BODY, BINARY or BODYPARTSTRUCTURE");
        match cursor.word().as_bytes() {
            b"BODY" => parameters.body = true,
            b"BINARY" => parameters.binary = true,
            b"BODYPARTSTRUCTURE" => parameters.structure = true,
            _ => return Err(unknown),
        }
    }
    Ok(UrlFetch {
        url,
        parameters: Some(parameters),
    })
}

/// In upper case.
fn mechanism(cursor: &mut Cursor<'_>) -> Parsed<String> {
    let fault = syntax(cursor, "a mechanism such as INTERNAL");
    let name = cursor.take_while(is_atom_char);
    let name = std::str::from_utf8(name).unwrap_or_default();
    match name.is_empty() {
        true => Err(fault),
        false => Ok(name.to_ascii_uppercase()),
    }
}
