//! What SORT asks for: RFC 5256, RFC 5957 (display names), RFC 5267 section 3 (ESORT), RFC 6203
//! (RELEVANCY).

use crate::command::Numbering;
use crate::search::{SearchKey, SearchReturn};

/// A SORT command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SortCommand {
    /// Numbers in the answer.
    pub numbering: Numbering,
    /// `RETURN (…)`; `None` when there was none: then the answer is a SORT response.
    pub ret: Option<SearchReturn>,
    /// What to sort by, the most important first; at least one.
    pub criteria: Vec<SortCriterion>,
    /// The charset of the strings in `key`, in upper case.
    pub charset: String,
    /// Which messages.
    pub key: SearchKey,
}

/// `sort-criterion`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SortCriterion {
    /// What to compare.
    pub key: SortKey,
    /// `REVERSE`: the largest first.
    pub reverse: bool,
}

/// `sort-key`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SortKey {
    /// Internal date and time.
    Arrival,
    /// The local part of the first Cc address.
    Cc,
    /// The date and time of the Date field.
    Date,
    /// RFC 5957: the name of the first From address, or else the address.
    DisplayFrom,
    /// RFC 5957: the same of To.
    DisplayTo,
    /// The local part of the first From address.
    From,
    /// RFC 6203 section 6: the most relevant first.
    Relevancy,
    /// RFC822.SIZE.
    Size,
    /// The base subject.
    Subject,
    /// The local part of the first To address.
    To,
}
