//! SETACL, DELETEACL and LISTRIGHTS.

use super::Out;
use postern_imap::acl::{AclEntry, SetAcl};

pub(super) fn entry(out: &mut Out, name: &str, entry: &AclEntry) {
    out.text(name);
    out.mailbox(&entry.mailbox);
    out.text(" ");
    out.string(entry.identifier.as_bytes());
}

pub(super) fn set(out: &mut Out, set: &SetAcl) {
    entry(out, "SETACL ", &set.entry);
    out.text(" ");
    out.string(&set.rights);
}
