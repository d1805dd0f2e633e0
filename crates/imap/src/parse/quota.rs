//! GETQUOTA and SETQUOTA: RFC 9208 section 7.

use super::cursor::Cursor;
use super::error::{Parsed, limit, syntax};
use crate::command::{CommandBody, SetQuota};
use bytes::Bytes;

/// Resources in one SETQUOTA: four are defined.
const RESOURCES: usize = 16;

/// `quota-root-name = astring`.
pub(super) fn root(cursor: &mut Cursor<'_>) -> Parsed<Bytes> {
    cursor.astring("a quota root")
}

/// `quota-root-name SP "(" [setquota-resource *(SP setquota-resource)] ")"`.
pub(super) fn set(cursor: &mut Cursor<'_>) -> Parsed<CommandBody> {
    let root = root(cursor)?;
    cursor.sp()?;
    let mut limits: Vec<(String, u64)> = Vec::new();
    cursor.list("resources and limits in parentheses", |cursor| {
        if limits.len() >= RESOURCES {
            return Err(limit(cursor, "16 resources"));
        }
        let twice = syntax(cursor, "each resource once");
        let name = cursor.atom("a resource")?.to_ascii_uppercase();
        let name = String::from_utf8_lossy(&name).into_owned();
        if limits.iter().any(|(known, _)| *known == name) {
            return Err(twice);
        }
        cursor.sp()?;
        limits.push((name, number63(cursor)?));
        Ok(())
    })?;
    Ok(CommandBody::SetQuota(SetQuota { root, limits }))
}

/// `number64` of RFC 9051 has 63 bits.
fn number63(cursor: &mut Cursor<'_>) -> Parsed<u64> {
    let fault = syntax(cursor, "a limit below 2^63");
    let number = cursor.number64("a limit")?;
    match i64::try_from(number) {
        Ok(_) => Ok(number),
        Err(_) => Err(fault),
    }
}
