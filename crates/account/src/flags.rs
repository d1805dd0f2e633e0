//! The flags of one message as bits: five for the system flags, the rest for the mailbox's
//! keywords in the order of their first use.

use postern_imap::flag::{Flag, Keyword};

/// Keywords that a mailbox can have: what the bits leave room for. Cyrus has room for 128,
/// Dovecot's Maildir for 26.
pub const MAX_KEYWORDS: usize = 128 - SYSTEM.len();

const SYSTEM: [Flag; 5] = [
    Flag::Answered,
    Flag::Flagged,
    Flag::Deleted,
    Flag::Seen,
    Flag::Draft,
];

/// A set of flags; which keyword a bit means is the mailbox's to say.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Flags(pub(crate) u128);

impl Flags {
    /// `\Deleted`
    pub const DELETED: Self = Self(1 << 2);
    /// `\Seen`
    pub const SEEN: Self = Self(1 << 3);

    /// Whether every flag of `other` is set.
    pub fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// The flags of either.
    pub fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// The flags of this that are not in `other`.
    pub fn difference(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }
}

/// The keywords of a mailbox, by bit.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Keywords(Vec<Keyword>);

impl Keywords {
    /// In the order of their first use.
    pub fn iter(&self) -> impl Iterator<Item = &Keyword> {
        self.0.iter()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The bits of those flags that have one.
    pub fn bits(&self, flags: &[Flag]) -> Flags {
        let bit = |flag: &Flag| self.bit(flag).map_or(0, |bit| 1u128 << bit);
        Flags(flags.iter().map(bit).fold(0, |all, one| all | one))
    }

    /// The bit of a flag; a keyword that the mailbox has never had has none.
    fn bit(&self, flag: &Flag) -> Option<usize> {
        match flag {
            Flag::Keyword(keyword) => {
                let place = self.0.iter().position(|known| known == keyword)?;
                Some(SYSTEM.len() + place)
            }
            system => SYSTEM.iter().position(|known| known == system),
        }
    }

    /// Gives each new keyword a bit, as far as there are any.
    pub(crate) fn learn(&mut self, flags: &[Flag]) {
        for keyword in self.unknown(flags) {
            if self.0.len() < MAX_KEYWORDS {
                self.0.push(keyword);
            }
        }
    }

    /// The keywords among `flags` that have no bit yet, each once.
    pub fn unknown(&self, flags: &[Flag]) -> Vec<Keyword> {
        let mut unknown: Vec<Keyword> = Vec::new();
        for flag in flags {
            if let Flag::Keyword(keyword) = flag
                && !self.0.contains(keyword)
                && !unknown.contains(keyword)
            {
                unknown.push(keyword.clone());
            }
        }
        unknown
    }

    /// The flags that the bits mean, system flags first.
    pub fn names(&self, flags: Flags) -> impl Iterator<Item = &str> {
        const NAMES: [&str; 5] = [r"\Answered", r"\Flagged", r"\Deleted", r"\Seen", r"\Draft"];
        let all = NAMES.into_iter().chain(self.0.iter().map(Keyword::as_str));
        all.enumerate()
            .filter(move |(bit, _)| flags.0 & (1u128 << bit) != 0)
            .map(|(_, name)| name)
    }

    /// The flags that the bits mean, as a client would name them.
    pub fn flags(&self, flags: Flags) -> Vec<Flag> {
        let keywords = self.0.iter().cloned().map(Flag::Keyword);
        SYSTEM
            .into_iter()
            .chain(keywords)
            .enumerate()
            .filter(|(bit, _)| flags.0 & (1u128 << bit) != 0)
            .map(|(_, flag)| flag)
            .collect()
    }
}

impl FromIterator<Keyword> for Keywords {
    fn from_iter<T: IntoIterator<Item = Keyword>>(keywords: T) -> Self {
        Self(keywords.into_iter().take(MAX_KEYWORDS).collect())
    }
}
