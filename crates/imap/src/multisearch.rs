//! What ESEARCH asks for: RFC 7377.

use crate::mailbox::MailboxArg;
use crate::search::SearchCommand;

/// An ESEARCH command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MultiSearch {
    /// `IN (…)`: where to look; `None` for the selected mailbox.
    pub sources: Option<Vec<Source>>,
    /// What to look for, by UID.
    pub search: SearchCommand,
}

/// `filter-mailboxes`, RFC 7377 section 2.2.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// `selected`.
    Selected,
    /// `inboxes`.
    Inboxes,
    /// `personal`.
    Personal,
    /// `subscribed`.
    Subscribed,
    /// `subtree`: these and all below them.
    Subtree(Vec<MailboxArg>),
    /// `subtree-one`: these and those immediately below them.
    SubtreeOne(Vec<MailboxArg>),
    /// `mailboxes`.
    Mailboxes(Vec<MailboxArg>),
}
