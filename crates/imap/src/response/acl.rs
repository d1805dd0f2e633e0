//! The ACL, LISTRIGHTS and MYRIGHTS responses: RFC 4314 sections 3.6 to 3.8.

use super::text::{astring, atom, mailbox};
use crate::mailbox::Encoding;

/// Appends `* ACL name identifier rights …`.
pub fn acl<'a>(
    out: &mut Vec<u8>,
    encoding: Encoding,
    name: &str,
    entries: impl IntoIterator<Item = (&'a str, &'a str)>,
) {
    atom(out, "* ACL ");
    mailbox(out, name, encoding);
    for (identifier, rights) in entries {
        word(out, identifier);
        word(out, rights);
    }
    atom(out, "\r\n");
}

/// Appends `* LISTRIGHTS name identifier required optional …`.
pub fn list_rights<S: AsRef<str>>(
    out: &mut Vec<u8>,
    encoding: Encoding,
    name: &str,
    identifier: &str,
    required: &str,
    optional: impl IntoIterator<Item = S>,
) {
    atom(out, "* LISTRIGHTS ");
    mailbox(out, name, encoding);
    word(out, identifier);
    word(out, required);
    for rights in optional {
        word(out, rights.as_ref());
    }
    atom(out, "\r\n");
}

/// Appends `* MYRIGHTS name rights`.
pub fn my_rights(out: &mut Vec<u8>, encoding: Encoding, name: &str, rights: &str) {
    atom(out, "* MYRIGHTS ");
    mailbox(out, name, encoding);
    word(out, rights);
    atom(out, "\r\n");
}

fn word(out: &mut Vec<u8>, text: &str) {
    out.push(b' ');
    astring(out, text.as_bytes());
}
