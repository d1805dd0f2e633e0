//! Flags and keywords: RFC 9051 section 2.3.2.

use crate::parse::is_atom_char;
use std::sync::Arc;

/// A flag that a client can name in STORE, APPEND or SEARCH.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Flag {
    /// `\Answered`
    Answered,
    /// `\Flagged`
    Flagged,
    /// `\Deleted`
    Deleted,
    /// `\Seen`
    Seen,
    /// `\Draft`
    Draft,
    /// Any atom that does not begin with a backslash.
    Keyword(Keyword),
}

impl Flag {
    /// The flag as it is written.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Answered => r"\Answered",
            Self::Flagged => r"\Flagged",
            Self::Deleted => r"\Deleted",
            Self::Seen => r"\Seen",
            Self::Draft => r"\Draft",
            Self::Keyword(k) => k.as_str(),
        }
    }

    /// The system flag of that name, in any case, with its backslash. `None` for any other
    /// name, `\Recent` included, which no client may name.
    pub fn system(name: &[u8]) -> Option<Self> {
        let all = [
            Self::Answered,
            Self::Flagged,
            Self::Deleted,
            Self::Seen,
            Self::Draft,
        ];
        all.into_iter()
            .find(|flag| flag.as_str().as_bytes().eq_ignore_ascii_case(name))
    }
}

/// A keyword: an atom of at most [`Keyword::MAX_LEN`] octets. Keywords are case-insensitive
/// (RFC 9051 section 2.3.2); the spelling of the first use is kept.
#[derive(Debug, Clone)]
pub struct Keyword(Arc<str>);

impl Keyword {
    /// Octets. Dovecot and Cyrus have no lower limit in practice; longer ones are abuse.
    pub const MAX_LEN: usize = 255;

    /// `None` unless `text` is an atom (RFC 9051 section 9) of at most `MAX_LEN` octets that
    /// has no backslash.
    pub fn new(text: &str) -> Option<Self> {
        let fits = !text.is_empty() && text.len() <= Self::MAX_LEN;
        (fits && text.bytes().all(is_atom_char)).then(|| Self(text.into()))
    }

    /// The keyword as first spelled.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl PartialEq for Keyword {
    fn eq(&self, other: &Self) -> bool {
        self.0.eq_ignore_ascii_case(&other.0)
    }
}

impl Eq for Keyword {}

impl std::hash::Hash for Keyword {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        for b in self.0.bytes() {
            state.write_u8(b.to_ascii_lowercase());
        }
        state.write_u8(0xff);
    }
}

impl PartialOrd for Keyword {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Keyword {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        let lower = |k: &Self| k.0.to_ascii_lowercase();
        lower(self).cmp(&lower(other))
    }
}

impl std::fmt::Display for Flag {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}
