//! The arguments of GETMETADATA and SETMETADATA: RFC 5464.

use crate::mailbox::MailboxArg;
use bytes::Bytes;

/// The name of an entry, or of what entries lie below: RFC 5464 section 3.2. Names are
/// case-insensitive; this is the form in lower case.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct EntryName(String);

impl EntryName {
    /// Octets. The standard has no limit; registered names are under 100 octets.
    pub const MAX_LEN: usize = 1000;

    /// `None` unless the text is `/private` or `/shared` with components below: printable ASCII
    /// but `*` and `%`, no component empty. The scope alone is taken too, for GETMETADATA with
    /// DEPTH; see [`EntryName::can_have_value`].
    pub fn new(text: &[u8]) -> Option<Self> {
        let text = std::str::from_utf8(text).ok()?.to_ascii_lowercase();
        let fits = text.len() <= Self::MAX_LEN && text.bytes().all(is_name_char);
        let mut components = text.strip_prefix('/')?.split('/');
        let scoped = matches!(components.next(), Some("private" | "shared"));
        let whole = components.all(|component| !component.is_empty());
        (fits && scoped && whole).then_some(Self(text))
    }

    /// Whether an entry may have this name: two components at least, four below
    /// `/private/vendor` and `/shared/vendor`.
    pub fn can_have_value(&self) -> bool {
        let mut components = self.0.split('/').skip(2);
        match components.next() {
            None => false,
            Some("vendor") => components.count() >= 2,
            Some(_) => true,
        }
    }

    /// Whether the entry's value is seen by others who may see the mailbox: `/shared`.
    pub fn is_shared(&self) -> bool {
        self.0.starts_with("/shared")
    }

    /// The name in lower case.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// RFC 5464 excludes octets "0x00 to 0x19", which is taken for all control characters.
fn is_name_char(b: u8) -> bool {
    (0x20..0x7f).contains(&b) && !matches!(b, b'*' | b'%')
}

/// How far below an entry GETMETADATA looks: RFC 5464 section 4.2.2.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Depth {
    /// `0`: the entry alone.
    #[default]
    Zero,
    /// `1`: the entry and those immediately below it.
    One,
    /// `infinity`: the entry and all below it.
    Infinity,
}

/// GETMETADATA, RFC 5464 section 4.2.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GetMetadata {
    /// Of which mailbox; the empty string for the server.
    pub mailbox: MailboxArg,
    /// `MAXSIZE`: octets of the longest value that is wanted.
    pub max_size: Option<u64>,
    /// `DEPTH`.
    pub depth: Depth,
    /// Which entries, in the client's order.
    pub entries: Vec<EntryName>,
}

/// SETMETADATA, RFC 5464 section 4.3.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SetMetadata {
    /// Of which mailbox; the empty string for the server.
    pub mailbox: MailboxArg,
    /// Entries, all of which [`EntryName::can_have_value`], and their values; `None` removes.
    pub entries: Vec<(EntryName, Option<Bytes>)>,
}
