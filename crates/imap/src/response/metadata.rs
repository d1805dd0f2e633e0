//! The METADATA response and response code: RFC 5464 sections 4.4 and 5.

use super::text::{astring, atom, literal8, mailbox, number, string};
use crate::mailbox::Encoding;

/// The argument of the METADATA response code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MetadataCode {
    /// GETMETADATA: the octets of the longest value that is over MAXSIZE.
    LongEntries(u64),
    /// SETMETADATA: the octets that a value may have at most.
    MaxSize(u64),
    /// SETMETADATA: no more annotations are kept here.
    TooMany,
    /// SETMETADATA: no private annotations are kept here.
    NoPrivate,
}

impl MetadataCode {
    pub(super) fn write(self, out: &mut Vec<u8>) {
        match self {
            Self::LongEntries(octets) => {
                atom(out, " LONGENTRIES ");
                number(out, octets);
            }
            Self::MaxSize(octets) => {
                atom(out, " MAXSIZE ");
                number(out, octets);
            }
            Self::TooMany => atom(out, " TOOMANY"),
            Self::NoPrivate => atom(out, " NOPRIVATE"),
        }
    }
}

/// Appends `* METADATA name (entry value …)`; nothing without entries. `name` is empty for the
/// server.
pub fn metadata<'a>(
    out: &mut Vec<u8>,
    encoding: Encoding,
    name: &str,
    values: impl IntoIterator<Item = (&'a str, Option<&'a [u8]>)>,
) {
    let start = out.len();
    begin(out, encoding, name);
    out.push(b'(');
    let inner = out.len();
    for (entry, value) in values {
        if out.len() > inner {
            out.push(b' ');
        }
        astring(out, entry.as_bytes());
        out.push(b' ');
        put_value(out, value);
    }
    if out.len() == inner {
        return out.truncate(start);
    }
    atom(out, ")\r\n");
}

/// Appends `* METADATA name entry …`, which tells that the entries have changed; nothing
/// without entries.
pub fn metadata_changed<'a>(
    out: &mut Vec<u8>,
    encoding: Encoding,
    name: &str,
    entries: impl IntoIterator<Item = &'a str>,
) {
    let start = out.len();
    begin(out, encoding, name);
    let inner = out.len();
    for entry in entries {
        if out.len() > inner {
            out.push(b' ');
        }
        astring(out, entry.as_bytes());
    }
    if out.len() == inner {
        return out.truncate(start);
    }
    atom(out, "\r\n");
}

fn begin(out: &mut Vec<u8>, encoding: Encoding, name: &str) {
    atom(out, "* METADATA ");
    mailbox(out, name, encoding);
    out.push(b' ');
}

/// `nstring / literal8`: only the latter may hold NUL.
fn put_value(out: &mut Vec<u8>, value: Option<&[u8]>) {
    match value {
        None => atom(out, "NIL"),
        Some(value) if memchr::memchr(0, value).is_some() => literal8(out, value),
        Some(value) => string(out, value),
    }
}
