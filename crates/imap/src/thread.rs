//! What THREAD asks for, and what it answers: RFC 5256, draft-ietf-morg-inthread (REFS).

use crate::command::Numbering;
use crate::search::SearchKey;

/// A THREAD command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ThreadCommand {
    /// Numbers in the answer.
    pub numbering: Numbering,
    /// How messages become threads.
    pub algorithm: ThreadAlgorithm,
    /// The charset of the strings in `key`, in upper case.
    pub charset: String,
    /// Which messages.
    pub key: SearchKey,
}

/// `thread-alg`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ThreadAlgorithm {
    /// By base subject and date.
    OrderedSubject,
    /// By Message-ID, References, In-Reply-To and subject.
    References,
    /// By Message-ID, References and In-Reply-To, the thread of the newest message last
    /// (draft-ietf-morg-inthread).
    Refs,
}

/// Threads in the order in which they are told.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Forest {
    /// All messages and the parents that are none, in any order.
    pub nodes: Vec<ThreadNode>,
    /// The threads: places in `nodes`.
    pub roots: Vec<usize>,
}

/// A member of a thread.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ThreadNode {
    /// The message's number; `None` for a parent that is not among the messages.
    pub number: Option<u32>,
    /// Its children: places in [`Forest::nodes`]. No node is its own descendant.
    pub children: Vec<usize>,
}
