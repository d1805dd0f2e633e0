//! CREATE: RFC 9051 section 6.3.4, RFC 6154 section 3.

use super::cursor::Cursor;
use super::error::{Parsed, limit, syntax, unknown_option};
use crate::command::{CommandBody, Create};
use bytes::{Bytes, BytesMut};

/// Attributes in one USE: there are not even ten.
const USES: usize = 20;

/// `mailbox [SP "(" create-param *(SP create-param) ")"]` (RFC 4466 section 2.2).
pub(super) fn create(cursor: &mut Cursor<'_>) -> Parsed<CommandBody> {
    let mut create = Create {
        mailbox: cursor.mailbox()?,
        uses: Vec::new(),
    };
    if cursor.more() {
        cursor.list("parameters in parentheses", |cursor| {
            let fault = unknown_option(cursor, "USE");
            if cursor.word().as_bytes() != b"USE" {
                return Err(fault);
            }
            cursor.sp()?;
            uses(cursor, &mut create.uses)
        })?;
    }
    Ok(CommandBody::Create(create))
}

/// `"(" [use-attr *(SP use-attr)] ")"`.
fn uses(cursor: &mut Cursor<'_>, uses: &mut Vec<Bytes>) -> Parsed<()> {
    cursor.list("special uses in parentheses", |cursor| {
        if uses.len() >= USES {
            return Err(limit(cursor, "20 special uses"));
        }
        uses.push(use_attribute(cursor)?);
        Ok(())
    })
}

/// `"\\" atom`.
fn use_attribute(cursor: &mut Cursor<'_>) -> Parsed<Bytes> {
    let fault = syntax(cursor, "a special use such as \\Sent");
    cursor.expect(b'\\', "a special use such as \\Sent")?;
    let name = cursor
        .atom("the name of a special use")
        .map_err(|_| fault)?;
    let mut attribute = BytesMut::from(&b"\\"[..]);
    attribute.extend_from_slice(name);
    Ok(attribute.freeze())
}
