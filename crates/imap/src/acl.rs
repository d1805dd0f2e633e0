//! SETACL and its kin as a client sends them: RFC 4314 section 3.

use crate::mailbox::MailboxArg;
use bytes::Bytes;

/// A mailbox and an identifier of its access control list, in UTF-8 (RFC 4314 section 2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AclEntry {
    /// Which mailbox.
    pub mailbox: MailboxArg,
    /// The identifier as sent.
    pub identifier: String,
}

/// `SETACL mailbox identifier rights`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SetAcl {
    /// Whose rights on what.
    pub entry: AclEntry,
    /// The rights as sent, after `+`, `-` or neither.
    pub rights: Bytes,
}
