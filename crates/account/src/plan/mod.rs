//! What a command would do, before it is done: each function looks at the account and gives
//! the events, or says why not. Pure: the clock comes as an argument.

mod access_keys;
mod mailboxes;
mod messages;
mod metadata;
mod restore;
mod sharing;

pub use access_keys::{access_key, remove_access_keys, reset_access_key};
pub use mailboxes::{create, create_for, delete, first_mailboxes, rename, subscribe};
pub use messages::{
    Appended, Copied, Stored, append, append_target, copy, delivery_target, expunge, move_messages,
    replace, set_seen, store, usage_of,
};
pub use metadata::set_metadata;
pub use restore::{Destination, Restored, Wanted, restore, wanted_bodies};
pub use sharing::{
    append_as, copy_as, create_as, delete_as, move_as, needed, permitted, remove, remove_as,
    rename_as, replace_as, set_acl, set_seen_as, store_as, target_for,
};

/// Limits that the plan keeps to.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Mailboxes an account may have.
    pub mailboxes: usize,
    /// Names an account may subscribe to.
    pub subscriptions: usize,
    /// Messages an account may have. A copy costs its owner nothing and the server about 100
    /// octets of memory, so something must bound copies of copies.
    pub messages: usize,
    /// Octets of all messages of an account.
    pub storage: u64,
    /// Keywords a mailbox may have; at most [`crate::flags::MAX_KEYWORDS`].
    pub keywords: usize,
    /// Octets of an annotation's value; at least 1024 (RFC 5464 section 4.1).
    pub metadata_value: usize,
    /// Annotations of the server or of one mailbox; at least 10 (RFC 5464 section 4.1).
    pub metadata_entries: usize,
    /// Octets of all annotations of an account, names and values.
    pub metadata_octets: usize,
    /// Identifiers in the access control list of a mailbox.
    pub acl_entries: usize,
}

/// Why a command is not done. The server gives each its response code and words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// There is no mailbox of that name.
    NoSuchMailbox,
    /// There is no mailbox of that name, but the client may create it.
    TryCreate,
    /// There is one already.
    AlreadyExists,
    /// Another mailbox has the special use.
    UseTaken,
    /// INBOX cannot be deleted.
    InboxStays,
    /// The mailbox has others below it.
    HasChildren,
    /// A mailbox cannot become one below itself.
    IntoItself,
    /// A new name would be too long or too deep.
    NameTooLong,
    /// More mailboxes than allowed.
    TooManyMailboxes,
    /// More subscriptions than allowed.
    TooManySubscriptions,
    /// More messages than allowed.
    TooManyMessages,
    /// More octets of messages than allowed.
    TooManyOctets,
    /// More keywords than allowed.
    TooManyKeywords,
    /// The mailbox has no UIDs left.
    UidsExhausted,
    /// The message is not there any more.
    MessageGone,
    /// The messages' state has moved on: UIDVALIDITY or the mailbox itself is another.
    MailboxGone,
    /// The value of an annotation is larger than allowed.
    ValueTooLarge {
        /// Octets that are allowed.
        limit: usize,
    },
    /// More annotations than one mailbox or the server may have.
    TooManyEntries,
    /// The annotations of the account would take more room than allowed.
    TooMuchMetadata,
    /// An annotation that clients cannot set.
    ReadOnlyEntry,
    /// The mailbox is somebody else's, who has not granted the right.
    NoPermission,
    /// The user has no mailboxes of that name, and cannot have.
    NotThere,
    /// More identifiers than the access control list of a mailbox may have.
    TooManyIdentifiers,
    /// What a filter is to hold is no search key: RFC 5466 section 3.2.
    BadFilter,
}
