//! Mailbox names: RFC 9051 section 5.1, modified UTF-7 of RFC 3501 section 5.1.3.

use bytes::Bytes;

/// A mailbox name, pattern or reference as received. How it is decoded depends on the session:
/// see [`Encoding`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailboxArg(pub Bytes);

/// How mailbox names are written on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// IMAP4rev1: modified UTF-7.
    ModifiedUtf7,
    /// IMAP4rev2 or `UTF8=ACCEPT`: UTF-8.
    Utf8,
}
