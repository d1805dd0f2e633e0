//! What SEARCH asks for: RFC 9051 section 6.4.4, RFC 4731 (ESEARCH), RFC 5182 (SEARCHRES),
//! RFC 7162 (MODSEQ), RFC 5032 (WITHIN), RFC 9394 (PARTIAL), RFC 8474 (EMAILID, THREADID),
//! RFC 8514 (SAVEDBEFORE and so on), RFC 5466 (FILTER), RFC 6203 (FUZZY), RFC 9738 (UIDAFTER,
//! UIDBEFORE).

use crate::command::Numbering;
use crate::date::Date;
use crate::flag::{Flag, Keyword};
use crate::sequence::{Set, UidSet};
use bytes::Bytes;

/// A SEARCH command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SearchCommand {
    /// Numbers in the answer.
    pub numbering: Numbering,
    /// `RETURN (…)`; `None` when there was none, all false for `RETURN ()`, which means `ALL`.
    pub ret: Option<SearchReturn>,
    /// `CHARSET`, in upper case, if named.
    pub charset: Option<String>,
    /// All must hold; more than one key is an `And`.
    pub key: SearchKey,
}

/// Return options, RFC 9051 section 6.4.4.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SearchReturn {
    /// `MIN`.
    pub min: bool,
    /// `MAX`.
    pub max: bool,
    /// `ALL`.
    pub all: bool,
    /// `COUNT`.
    pub count: bool,
    /// `SAVE`.
    pub save: bool,
    /// `CONTEXT` (RFC 5267 section 4.2): the client means to ask again.
    pub context: bool,
    /// `UPDATE` (RFC 5267 section 4.3): tell of changes of the results.
    pub update: bool,
    /// `RELEVANCY` (RFC 6203 section 4).
    pub relevancy: bool,
    /// `PARTIAL` (RFC 9394); never together with `all`.
    pub partial: Option<PartialRange>,
}

/// `partial-range` (RFC 9394 section 4): places among the results, from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PartialRange {
    /// One end, included; never 0.
    pub first: u32,
    /// The other end, included, before or after the first; never 0.
    pub last: u32,
    /// Places are counted from the last result: `-1:-100`.
    pub from_end: bool,
}

impl PartialRange {
    /// What of `count` results is in the range: places from 0, in the results' own order.
    pub fn of(&self, count: usize) -> std::ops::Range<usize> {
        let place = |n: u32| usize::try_from(n).unwrap_or(usize::MAX).min(count);
        // The place before the nearer end, and the farther end: from the side that is counted
        // from.
        let near = self.first.min(self.last).saturating_sub(1);
        let (near, far) = (place(near), place(self.first.max(self.last)));
        match self.from_end {
            false => near..far,
            true => count.saturating_sub(far)..count.saturating_sub(near),
        }
    }
}

/// As the client sent it.
impl std::fmt::Display for PartialRange {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let sign = if self.from_end { "-" } else { "" };
        write!(f, "{sign}{}:{sign}{}", self.first, self.last)
    }
}

/// What UIDs are compared with (RFC 9738 section 3.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UidBound {
    /// This UID.
    Uid(u32),
    /// All of `$`, the saved result of SEARCH: without any, nothing is after or before it.
    Saved,
}

impl UidBound {
    /// The UIDs that are greater than all that are meant.
    pub fn after(self, saved: &UidSet) -> UidSet {
        let last = match self {
            Self::Uid(uid) => Some(uid),
            Self::Saved => saved.last(),
        };
        let first = last.and_then(|uid| uid.checked_add(1));
        first.map_or_else(UidSet::default, |uid| UidSet::range(uid, u32::MAX))
    }

    /// The UIDs that are smaller than all that are meant.
    pub fn before(self, saved: &UidSet) -> UidSet {
        let first = match self {
            Self::Uid(uid) => Some(uid),
            Self::Saved => saved.first(),
        };
        let last = first.and_then(|uid| uid.checked_sub(1));
        last.map_or_else(UidSet::default, |uid| UidSet::range(1, uid))
    }
}

/// `search-key`. Strings are as sent, in the command's charset.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SearchKey {
    /// Every message.
    All,
    /// The flag is set: `ANSWERED`, `DELETED`, `KEYWORD x` and so on.
    Flagged(Flag),
    /// The flag is not set: `UNANSWERED`, `UNKEYWORD x` and so on.
    Unflagged(Flag),
    /// `RECENT` (RFC 3501).
    Recent,
    /// `NEW` (RFC 3501): recent and not seen.
    New,
    /// `OLD` (RFC 3501): not recent.
    Old,
    /// Internal date is before.
    Before(Date),
    /// Internal date is on.
    On(Date),
    /// Internal date is on or after.
    Since(Date),
    /// Date: header is before.
    SentBefore(Date),
    /// Date: header is on.
    SentOn(Date),
    /// Date: header is on or after.
    SentSince(Date),
    /// A substring of the field; an empty string: the field is present. `BCC`, `CC`, `FROM`,
    /// `SUBJECT`, `TO` and `HEADER name` all become this.
    Header(Bytes, Bytes),
    /// A substring of the body.
    Body(Bytes),
    /// A substring of header or body.
    Text(Bytes),
    /// RFC822.SIZE is greater.
    Larger(u64),
    /// RFC822.SIZE is smaller.
    Smaller(u64),
    /// `OLDER` (RFC 5032): the internal date is this many seconds ago, or longer; never 0.
    Older(u32),
    /// `YOUNGER` (RFC 5032): the internal date is this many seconds ago, or less; never 0.
    Younger(u32),
    /// The message's EMAILID; case matters.
    EmailId(Bytes),
    /// The message's THREADID; case matters.
    ThreadId(Bytes),
    /// Saved in the mailbox before.
    SavedBefore(Date),
    /// Saved in the mailbox on.
    SavedOn(Date),
    /// Saved in the mailbox on or after.
    SavedSince(Date),
    /// `SAVEDATESUPPORTED`: the mailbox keeps save dates.
    SaveDateSupported,
    /// Sequence numbers.
    Sequence(Set),
    /// UIDs.
    Uid(Set),
    /// `UIDAFTER` (RFC 9738 section 3.2): the UID is greater.
    UidAfter(UidBound),
    /// `UIDBEFORE` (RFC 9738 section 3.2): the UID is smaller.
    UidBefore(UidBound),
    /// `MODSEQ [entry-name entry-type] n` (RFC 7162 section 3.1.5): MODSEQ is at least `n`.
    Modseq(u64),
    /// `FILTER name` (RFC 5466): the key that is stored under this name.
    Filter(Bytes),
    /// `FUZZY key` (RFC 6203): the key or nearly so.
    Fuzzy(Box<SearchKey>),
    /// The key does not hold.
    Not(Box<SearchKey>),
    /// Either holds.
    Or(Box<SearchKey>, Box<SearchKey>),
    /// All hold.
    And(Vec<SearchKey>),
}

impl SearchKey {
    /// `KEYWORD x`.
    pub fn keyword(keyword: Keyword) -> Self {
        Self::Flagged(Flag::Keyword(keyword))
    }

    /// Whether any of the keys in this one, itself among them, is such a one.
    pub fn any(&self, is: impl Fn(&Self) -> bool) -> bool {
        let mut keys = vec![self];
        while let Some(key) = keys.pop() {
            if is(key) {
                return true;
            }
            match key {
                Self::And(all) => keys.extend(all),
                Self::Not(one) | Self::Fuzzy(one) => keys.push(one),
                Self::Or(one, other) => keys.extend([one.as_ref(), other.as_ref()]),
                _ => {}
            }
        }
        false
    }
}
