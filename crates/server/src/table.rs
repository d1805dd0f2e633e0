//! One row for each command: the states in which it is allowed (RFC 9051 section 6) and what
//! may be told before its tagged response.

use crate::session::State;
use postern_imap::command::{CommandBody, Numbering};

/// What of the mailbox's news a command's answer may carry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum News {
    /// None: the mailbox is not selected, or is not any more.
    None,
    /// All but EXPUNGE, which would shift the numbers that the client is using (RFC 9051
    /// section 7.5.1).
    NoExpunges,
    /// All.
    All,
}

/// In which states a command is allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Allowed {
    Always,
    BeforeLogin,
    AfterLogin,
    Selected,
}

/// A row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Row {
    pub(crate) name: &'static str,
    pub(crate) allowed: Allowed,
    pub(crate) news: News,
}

impl Row {
    /// Why the command is not allowed now; `None` when it is.
    pub(crate) fn objection(&self, state: &State) -> Option<&'static str> {
        let login = matches!(state, State::Authenticated(_) | State::Selected(..));
        let selected = matches!(state, State::Selected(..));
        match self.allowed {
            Allowed::BeforeLogin if login => Some("You have signed in already"),
            Allowed::AfterLogin | Allowed::Selected if !login => Some("Sign in first"),
            Allowed::Selected if !selected => Some("Select a mailbox first"),
            _ => None,
        }
    }
}

/// The row of a command.
pub(crate) fn row(command: &CommandBody) -> Row {
    use Allowed::{AfterLogin, Always, BeforeLogin, Selected};
    use CommandBody as C;
    use News::{All, NoExpunges, None};
    let (name, allowed, news) = match command {
        C::Capability => ("CAPABILITY", Always, All),
        C::Noop => ("NOOP", Always, All),
        C::Logout => ("LOGOUT", Always, None),
        C::Id(_) => ("ID", Always, All),
        C::StartTls => ("STARTTLS", BeforeLogin, None),
        C::Authenticate { .. } => ("AUTHENTICATE", BeforeLogin, None),
        C::Login { .. } => ("LOGIN", BeforeLogin, None),
        C::Unauthenticate => ("UNAUTHENTICATE", AfterLogin, None),
        C::Compress => ("COMPRESS", AfterLogin, All),
        C::Enable(_) => ("ENABLE", AfterLogin, All),
        C::Select(_) => ("SELECT", AfterLogin, None),
        C::Examine(_) => ("EXAMINE", AfterLogin, None),
        C::Create(_) => ("CREATE", AfterLogin, All),
        C::Delete(_) => ("DELETE", AfterLogin, All),
        C::Rename { .. } => ("RENAME", AfterLogin, All),
        C::Subscribe(_) => ("SUBSCRIBE", AfterLogin, All),
        C::Unsubscribe(_) => ("UNSUBSCRIBE", AfterLogin, All),
        C::List(_) => ("LIST", AfterLogin, All),
        C::Lsub { .. } => ("LSUB", AfterLogin, All),
        C::Namespace => ("NAMESPACE", AfterLogin, All),
        C::Status { .. } => ("STATUS", AfterLogin, All),
        C::Append(_) => ("APPEND", AfterLogin, All),
        C::Replace(_) => ("REPLACE", Selected, All),
        C::Idle => ("IDLE", AfterLogin, All),
        C::Check => ("CHECK", Selected, All),
        C::Close => ("CLOSE", Selected, None),
        C::Unselect => ("UNSELECT", Selected, None),
        C::Expunge(_) => ("EXPUNGE", Selected, All),
        C::Search(search) => ("SEARCH", Selected, numbered(search.numbering)),
        C::CancelUpdate(_) => ("CANCELUPDATE", Selected, All),
        C::Sort(sort) => ("SORT", Selected, numbered(sort.numbering)),
        C::Thread(thread) => ("THREAD", Selected, numbered(thread.numbering)),
        C::Fetch { numbering, .. } => ("FETCH", Selected, numbered(*numbering)),
        C::Store { numbering, .. } => ("STORE", Selected, numbered(*numbering)),
        C::Copy { .. } => ("COPY", Selected, All),
        C::Move { .. } => ("MOVE", Selected, All),
        C::GetMetadata(_) => ("GETMETADATA", AfterLogin, All),
        C::SetMetadata(_) => ("SETMETADATA", AfterLogin, All),
        C::Notify(_) => ("NOTIFY", AfterLogin, All),
    };
    return Row {
        name,
        allowed,
        news,
    };

    fn numbered(numbering: Numbering) -> News {
        match numbering {
            Numbering::Sequence => NoExpunges,
            Numbering::Uid => All,
        }
    }
}
