//! QUOTA and QUOTAROOT: RFC 9208 section 4.2.

use super::text::{astring, atom, mailbox, number};
use crate::mailbox::Encoding;

/// A resource of a quota root.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Resource {
    /// Its name, such as `STORAGE`.
    pub name: &'static str,
    /// How much is used, in the resource's unit.
    pub usage: u64,
    /// How much may be.
    pub limit: u64,
}

/// Appends `* QUOTA root (name usage limit …)`; without resources nothing is limited.
pub fn quota(out: &mut Vec<u8>, root: &str, resources: &[Resource]) {
    atom(out, "* QUOTA ");
    astring(out, root.as_bytes());
    atom(out, " (");
    for (i, resource) in resources.iter().enumerate() {
        if i > 0 {
            out.push(b' ');
        }
        atom(out, resource.name);
        for value in [resource.usage, resource.limit] {
            out.push(b' ');
            number(out, value);
        }
    }
    atom(out, ")\r\n");
}

/// Appends `* QUOTAROOT name root`.
pub fn quota_root(out: &mut Vec<u8>, encoding: Encoding, name: &str, root: &str) {
    atom(out, "* QUOTAROOT ");
    mailbox(out, name, encoding);
    out.push(b' ');
    astring(out, root.as_bytes());
    atom(out, "\r\n");
}
