//! SETACL, DELETEACL, GETACL, LISTRIGHTS and MYRIGHTS: RFC 4314 section 7.

use super::cursor::Cursor;
use super::error::{Parsed, syntax};
use crate::acl::{AclEntry, SetAcl};
use crate::command::CommandBody;

/// `mailbox SP identifier SP mod-rights`.
pub(super) fn set(cursor: &mut Cursor<'_>) -> Parsed<CommandBody> {
    let entry = entry(cursor)?;
    cursor.sp()?;
    let rights = cursor.astring("rights")?;
    Ok(CommandBody::SetAcl(SetAcl { entry, rights }))
}

/// `mailbox SP identifier`. An identifier that is empty names nobody (RFC 4314 section 3).
pub(super) fn entry(cursor: &mut Cursor<'_>) -> Parsed<AclEntry> {
    let mailbox = cursor.mailbox()?;
    cursor.sp()?;
    let fault = syntax(cursor, "an identifier in UTF-8");
    let identifier = cursor.astring("an identifier")?;
    let text = std::str::from_utf8(&identifier).ok();
    let text = text.filter(|text| !text.is_empty()).ok_or(fault)?;
    Ok(AclEntry {
        mailbox,
        identifier: text.to_owned(),
    })
}
