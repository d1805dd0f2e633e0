//! The end of a command: its tagged response. What goes wrong is mapped to NO, BAD or BYE and
//! a response code here and nowhere else (RFC 9051 section 7.1, RFC 5530).

use crate::live::ChangeError;
use postern_account::filters::FilterError;
use postern_account::plan::Refusal;
use postern_account::search::SearchError;
use postern_imap::mailbox::NameError;
use postern_imap::response::{Code, Condition, MetadataCode};
use postern_store::StoreError;
use std::borrow::Cow;

/// Why somebody who knows of a mailbox may not do something with it.
pub(crate) const NO_RIGHT: &str = "You do not have the right to do that";

/// A tagged response.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Reply {
    pub(crate) condition: Condition,
    pub(crate) code: Option<Code>,
    pub(crate) text: Cow<'static, str>,
}

impl Reply {
    pub(crate) fn ok(text: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Condition::Ok, None, text)
    }

    pub(crate) fn ok_with(code: Code, text: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Condition::Ok, Some(code), text)
    }

    pub(crate) fn no(code: Code, text: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Condition::No, Some(code), text)
    }

    /// The client ought to have known.
    pub(crate) fn client_bug(text: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Condition::Bad, Some(Code::ClientBug), text)
    }

    pub(crate) fn bad(text: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Condition::Bad, None, text)
    }

    fn new(condition: Condition, code: Option<Code>, text: impl Into<Cow<'static, str>>) -> Self {
        Self {
            condition,
            code,
            text: text.into(),
        }
    }
}

/// Why a command does not come to its OK.
#[derive(Debug)]
pub(crate) enum Failure {
    /// With a tagged NO or BAD; the session goes on.
    Reply(Reply),
    /// The session ends with an untagged BYE.
    Bye(&'static str),
    /// The same with a code.
    ByeWith(Code, &'static str),
    /// The connection has begun anew inside TLS; its reply is sent.
    Restarted,
    /// The connection is of no use any more.
    Connection(std::io::Error),
}

impl Failure {
    /// The server is stopping.
    pub(crate) fn stopping() -> Self {
        Self::ByeWith(Code::Unavailable, "The server is stopping; reconnect soon")
    }
}

/// A command's outcome.
pub(crate) type Outcome = Result<Reply, Failure>;

impl From<Reply> for Failure {
    fn from(reply: Reply) -> Self {
        Self::Reply(reply)
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        Self::Connection(error)
    }
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        let (code, text) = match refusal {
            Refusal::NoSuchMailbox => (Code::Nonexistent, "There is no such mailbox"),
            Refusal::TryCreate => (Code::TryCreate, "There is no such mailbox"),
            Refusal::AlreadyExists => (Code::AlreadyExists, "There is such a mailbox already"),
            Refusal::UseTaken => (Code::UseAttr, "Another mailbox has that special use"),
            Refusal::InboxStays => (Code::Cannot, "INBOX cannot be deleted"),
            Refusal::HasChildren => (Code::HasChildren, "Delete the mailboxes below it first"),
            Refusal::IntoItself => (Code::Cannot, "A mailbox cannot move below itself"),
            Refusal::NameTooLong => (Code::Cannot, "The name would be too long or too deep"),
            Refusal::TooManyMailboxes => {
                (Code::OverQuota, "The account would have too many mailboxes")
            }
            Refusal::TooManySubscriptions => (Code::Limit, "Too many subscriptions"),
            Refusal::TooManyMessages => {
                (Code::OverQuota, "The account would have too many messages")
            }
            Refusal::TooManyOctets => (Code::OverQuota, "The account has no room for it"),
            Refusal::TooManyKeywords => (Code::Limit, "The mailbox has too many keywords"),
            Refusal::UidsExhausted => (Code::Limit, "The mailbox has no UIDs left; make another"),
            Refusal::MessageGone => (Code::ExpungeIssued, "The message is gone"),
            Refusal::ValueTooLarge { limit } => (
                Code::Metadata(MetadataCode::MaxSize(limit as u64)),
                "The annotation is too large",
            ),
            Refusal::TooManyEntries => (
                Code::Metadata(MetadataCode::TooMany),
                "No more annotations are kept here",
            ),
            Refusal::TooMuchMetadata => (
                Code::OverQuota,
                "The annotations of the account would take too much room",
            ),
            Refusal::ReadOnlyEntry => (Code::NoPerm, "Clients cannot set this annotation"),
            Refusal::NoPermission => (Code::NoPerm, NO_RIGHT),
            Refusal::NotThere => (Code::Cannot, "No mailbox of yours can be there"),
            Refusal::TooManyIdentifiers => (
                Code::Limit,
                "The access control list has too many identifiers",
            ),
            Refusal::BadFilter => (Code::Cannot, "A filter must be a whole search key"),
            Refusal::MailboxGone => (Code::Nonexistent, "The mailbox was deleted"),
        };
        Self::Reply(Reply::no(code, text))
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        let (code, text) = match &error {
            StoreError::Corrupt(_) | StoreError::Missing(_) => (
                Code::Corruption,
                "What is stored is damaged; tell the administrator",
            ),
            StoreError::Full(_) => (Code::Unavailable, "The server has no space left"),
            StoreError::Stopped(_) | StoreError::Io(_) => {
                (Code::Unavailable, "The server's storage does not answer")
            }
            StoreError::Conflict { .. } => (Code::InUse, "Another change came first; try again"),
            StoreError::Invalid(_) => (Code::ServerBug, "The server made a mistake"),
        };
        tracing::error!(%error, "storage");
        Self::Reply(Reply::no(code, text))
    }
}

impl From<ChangeError> for Failure {
    fn from(error: ChangeError) -> Self {
        match error {
            ChangeError::Refused(refusal) => refusal.into(),
            ChangeError::Store(error) => error.into(),
        }
    }
}

impl From<NameError> for Failure {
    fn from(error: NameError) -> Self {
        Self::Reply(Reply::no(Code::Cannot, error.to_string()))
    }
}

impl From<FilterError> for Failure {
    fn from(error: FilterError) -> Self {
        Self::Reply(match error {
            FilterError::Undefined(name) => {
                Reply::no(Code::UndefinedFilter(name), "There is no such filter")
            }
            FilterError::TooMuch => Reply::no(Code::Limit, "The filters ask too much together"),
        })
    }
}

impl From<SearchError> for Failure {
    fn from(error: SearchError) -> Self {
        Self::Reply(match error {
            SearchError::BadCharset => Reply::no(
                Code::BadCharset(vec!["UTF-8", "US-ASCII"]),
                "The charset is not known, or the text is not in it",
            ),
            SearchError::BadString => Reply::bad("A string is not UTF-8; name its CHARSET"),
            SearchError::BadSequence => Reply::bad("There is no message of that number"),
        })
    }
}
