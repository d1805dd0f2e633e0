//! The arguments of NOTIFY: RFC 5465.

use crate::fetch::FetchItem;
use crate::mailbox::MailboxArg;

/// The names of the events that are supported, for the BADEVENT response code.
pub const EVENT_NAMES: [&str; 7] = [
    "MessageNew",
    "MessageExpunge",
    "FlagChange",
    "MailboxName",
    "SubscriptionChange",
    "MailboxMetadataChange",
    "ServerMetadataChange",
];

/// NOTIFY, RFC 5465 section 3.1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Notify {
    /// `NONE`: no events at all.
    None,
    /// `SET`.
    Set {
        /// `STATUS`: tell how the mailboxes are to begin with.
        status: bool,
        /// Which events, of which mailboxes.
        groups: Vec<EventGroup>,
    },
}

/// `event-group`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventGroup {
    /// Which mailboxes.
    pub filter: MailboxFilter,
    /// Which events; `None` for `NONE`.
    pub events: Option<Events>,
}

/// `filter-mailboxes`, section 6.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MailboxFilter {
    /// `SELECTED`.
    Selected,
    /// `SELECTED-DELAYED`.
    SelectedDelayed,
    /// `INBOXES`.
    Inboxes,
    /// `PERSONAL`.
    Personal,
    /// `SUBSCRIBED`.
    Subscribed,
    /// `SUBTREE`.
    Subtree(Vec<MailboxArg>),
    /// `MAILBOXES`.
    Mailboxes(Vec<MailboxArg>),
}

impl MailboxFilter {
    /// `filter-mailboxes-selected`.
    pub fn is_selected(&self) -> bool {
        matches!(self, Self::Selected | Self::SelectedDelayed)
    }
}

/// Events, section 5. The parser does not check which go together.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Events {
    /// `MessageNew`, and what to tell of each new message.
    pub message_new: Option<Vec<FetchItem>>,
    /// `MessageExpunge`.
    pub message_expunge: bool,
    /// `FlagChange`.
    pub flag_change: bool,
    /// `MailboxName`.
    pub mailbox_name: bool,
    /// `SubscriptionChange`.
    pub subscription_change: bool,
    /// `MailboxMetadataChange`.
    pub mailbox_metadata: bool,
    /// `ServerMetadataChange`.
    pub server_metadata: bool,
    /// An event of another name, `AnnotationChange` among them.
    pub unsupported: bool,
}
