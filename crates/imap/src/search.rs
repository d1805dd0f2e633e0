//! What SEARCH asks for: RFC 9051 section 6.4.4, RFC 4731 (ESEARCH), RFC 5182 (SEARCHRES),
//! RFC 7162 (MODSEQ).

use crate::command::Numbering;
use crate::date::Date;
use crate::flag::{Flag, Keyword};
use crate::sequence::Set;
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
    /// Sequence numbers.
    Sequence(Set),
    /// UIDs.
    Uid(Set),
    /// `MODSEQ [entry-name entry-type] n` (RFC 7162 section 3.1.5): MODSEQ is at least `n`.
    Modseq(u64),
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
}
