//! One row for each command: the states in which it is allowed (RFC 9051 section 6) and what
//! may be told before its tagged response. `docs/imap.md` shows them.

use crate::session::State;
use postern_account::acl::Rights;
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
    /// With sequence numbers, where the command has them: see [`news`].
    pub(crate) news: News,
    /// The text that defines it.
    pub(crate) source: &'static str,
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

/// Makes [`row`], and for docs/imap.md the list of all rows, from the same lines: no command can
/// be without a row, and no row can be left out of the list.
macro_rules! rows {
    ($($command:pat => $name:literal, $allowed:ident, $news:ident, $source:literal;)*) => {
        /// The row of a command.
        pub(crate) fn row(command: &CommandBody) -> Row {
            use CommandBody as C;
            match command {
                $($command => Row {
                    name: $name,
                    allowed: Allowed::$allowed,
                    news: News::$news,
                    source: $source,
                },)*
            }
        }

        /// All rows.
        #[cfg(test)]
        pub(crate) const ROWS: &[Row] = &[
            $(Row {
                name: $name,
                allowed: Allowed::$allowed,
                news: News::$news,
                source: $source,
            },)*
        ];
    };
}

rows! {
    C::Capability => "CAPABILITY", Always, All, "RFC 9051 6.1.1";
    C::Noop => "NOOP", Always, All, "RFC 9051 6.1.2";
    C::Logout => "LOGOUT", Always, None, "RFC 9051 6.1.3";
    C::Id(_) => "ID", Always, All, "RFC 2971";
    C::StartTls => "STARTTLS", BeforeLogin, None, "RFC 9051 6.2.1";
    C::Authenticate { .. } => "AUTHENTICATE", BeforeLogin, None, "RFC 9051 6.2.2";
    C::Login { .. } => "LOGIN", BeforeLogin, None, "RFC 9051 6.2.3";
    C::Unauthenticate => "UNAUTHENTICATE", AfterLogin, None, "RFC 8437";
    C::Compress => "COMPRESS", AfterLogin, All, "RFC 4978";
    C::Enable(_) => "ENABLE", AfterLogin, All, "RFC 9051 6.3.1";
    C::Select(_) => "SELECT", AfterLogin, None, "RFC 9051 6.3.2";
    C::Examine(_) => "EXAMINE", AfterLogin, None, "RFC 9051 6.3.3";
    C::Create(_) => "CREATE", AfterLogin, All, "RFC 9051 6.3.4";
    C::Delete(_) => "DELETE", AfterLogin, All, "RFC 9051 6.3.5";
    C::Rename { .. } => "RENAME", AfterLogin, All, "RFC 9051 6.3.6";
    C::Subscribe(_) => "SUBSCRIBE", AfterLogin, All, "RFC 9051 6.3.7";
    C::Unsubscribe(_) => "UNSUBSCRIBE", AfterLogin, All, "RFC 9051 6.3.8";
    C::List(_) => "LIST", AfterLogin, All, "RFC 9051 6.3.9";
    C::Lsub { .. } => "LSUB", AfterLogin, All, "RFC 3501 6.3.9";
    C::Namespace => "NAMESPACE", AfterLogin, All, "RFC 9051 6.3.10";
    C::Status { .. } => "STATUS", AfterLogin, All, "RFC 9051 6.3.11";
    C::Append(_) => "APPEND", AfterLogin, All, "RFC 9051 6.3.12";
    C::Replace(_) => "REPLACE", Selected, All, "RFC 8508";
    C::Idle => "IDLE", AfterLogin, All, "RFC 9051 6.3.13";
    C::Check => "CHECK", Selected, All, "RFC 3501 6.4.1";
    C::Close => "CLOSE", Selected, None, "RFC 9051 6.4.1";
    C::Unselect => "UNSELECT", Selected, None, "RFC 9051 6.4.2";
    C::Expunge(_) => "EXPUNGE", Selected, All, "RFC 9051 6.4.3";
    C::Search(_) => "SEARCH", Selected, NoExpunges, "RFC 9051 6.4.4";
    C::MultiSearch(_) => "ESEARCH", AfterLogin, All, "RFC 7377";
    C::Comparator(_) => "COMPARATOR", AfterLogin, All, "RFC 5255 4.7";
    C::Language(_) => "LANGUAGE", Always, All, "RFC 5255 3.2";
    C::CancelUpdate(_) => "CANCELUPDATE", Selected, All, "RFC 5267 4.3.5";
    C::Sort(_) => "SORT", Selected, NoExpunges, "RFC 5256";
    C::Thread(_) => "THREAD", Selected, NoExpunges, "RFC 5256";
    C::Fetch { .. } => "FETCH", Selected, NoExpunges, "RFC 9051 6.4.5";
    C::Store { .. } => "STORE", Selected, NoExpunges, "RFC 9051 6.4.6";
    C::Copy { .. } => "COPY", Selected, All, "RFC 9051 6.4.7";
    C::Move { .. } => "MOVE", Selected, All, "RFC 9051 6.4.8";
    C::GetMetadata(_) => "GETMETADATA", AfterLogin, All, "RFC 5464 4.2";
    C::SetMetadata(_) => "SETMETADATA", AfterLogin, All, "RFC 5464 4.3";
    C::Notify(_) => "NOTIFY", AfterLogin, All, "RFC 5465";
    C::GenUrlAuth(_) => "GENURLAUTH", AfterLogin, All, "RFC 4467 7";
    C::ResetKey { .. } => "RESETKEY", AfterLogin, All, "RFC 4467 7";
    C::UrlFetch(_) => "URLFETCH", AfterLogin, All, "RFC 4467 7";
    C::SetAcl(_) => "SETACL", AfterLogin, All, "RFC 4314 3.1";
    C::DeleteAcl(_) => "DELETEACL", AfterLogin, All, "RFC 4314 3.2";
    C::GetAcl(_) => "GETACL", AfterLogin, All, "RFC 4314 3.3";
    C::ListRights(_) => "LISTRIGHTS", AfterLogin, All, "RFC 4314 3.4";
    C::MyRights(_) => "MYRIGHTS", AfterLogin, All, "RFC 4314 3.5";
    C::GetQuota(_) => "GETQUOTA", AfterLogin, All, "RFC 9208 4.1.1";
    C::GetQuotaRoot(_) => "GETQUOTAROOT", AfterLogin, All, "RFC 9208 4.1.2";
    C::SetQuota(_) => "SETQUOTA", AfterLogin, All, "RFC 9208 4.1.3";
}

/// The rights that a command needs: RFC 4314 section 4.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Needs {
    /// Any of these, on the mailbox that it names.
    pub(crate) named: Rights,
    /// All of these, on the selected mailbox; that it can be read is a matter of course.
    pub(crate) selected: Rights,
}

/// What rights the command needs. CREATE and RENAME also look at the new parent, and STORE,
/// FETCH and CLOSE do what of them the rights allow.
pub(crate) fn rights(command: &CommandBody) -> Needs {
    use CommandBody as C;
    let (named, selected) = match command {
        C::Select(_) | C::Examine(_) | C::Status { .. } => (Rights::READ, Rights::NONE),
        C::Delete(_) | C::Rename { .. } => (Rights::DELETE, Rights::NONE),
        C::Append(_) | C::Copy { .. } => (Rights::INSERT, Rights::NONE),
        C::Move { .. } | C::Replace(_) => (Rights::INSERT, Rights::REMOVAL),
        C::Expunge(_) => (Rights::NONE, Rights::EXPUNGE),
        C::SetAcl(_) | C::DeleteAcl(_) | C::GetAcl(_) | C::ListRights(_) => {
            (Rights::ADMINISTER, Rights::NONE)
        }
        C::MyRights(_) => (Rights::REVEALING, Rights::NONE),
        // RFC 5464 section 3.3; who may read may not write what all see.
        C::GetMetadata(_) => (Rights::CONTENT, Rights::NONE),
        C::SetMetadata(_) => (Rights::WRITE, Rights::NONE),
        _ => (Rights::NONE, Rights::NONE),
    };
    Needs { named, selected }
}

/// What the answer may carry: no EXPUNGE harms a command that has only UIDs (RFC 9051
/// section 7.5.1).
pub(crate) fn news(command: &CommandBody) -> News {
    use CommandBody as C;
    let numbering = match command {
        C::Search(search) => search.numbering,
        C::Sort(sort) => sort.numbering,
        C::Thread(thread) => thread.numbering,
        C::Fetch { numbering, .. } | C::Store { numbering, .. } => *numbering,
        _ => Numbering::Sequence,
    };
    match (row(command).news, numbering) {
        (News::NoExpunges, Numbering::Uid) => News::All,
        (news, _) => news,
    }
}
