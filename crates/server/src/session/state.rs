//! What a session knows: RFC 9051 section 3.

use super::Updating;
use crate::connections::AccountSlot;
use crate::live::SessionAccount;
use postern_account::access_key::AccessKey;
use postern_account::acl::Rights;
use postern_account::{Account, MailboxId, Point};
use postern_imap::sequence::UidSet;
use postern_message::Collation;
use std::sync::Arc;
use tokio::sync::watch;

/// The four states, each with what it has.
pub(crate) enum State {
    NotAuthenticated,
    Authenticated(Login),
    Selected(Login, Selected),
    Logout,
}

impl State {
    /// The account, once someone has signed in.
    pub(crate) fn live(&self) -> Option<&Arc<SessionAccount>> {
        match self {
            Self::Authenticated(login) | Self::Selected(login, _) => Some(&login.live),
            Self::NotAuthenticated | Self::Logout => None,
        }
    }
}

/// Who has signed in.
pub(crate) struct Login {
    pub(crate) name: String,
    pub(crate) live: Arc<SessionAccount>,
    pub(crate) slot: AccountSlot,
}

/// The selected mailbox, as numbers: no version of it is held between commands.
pub(crate) struct Selected {
    /// The account that the mailbox is in.
    pub(crate) live: Arc<SessionAccount>,
    pub(crate) point: Point,
    /// Wakes at each change of another's account; the session's own is watched in any case.
    pub(crate) watch: Option<watch::Receiver<Arc<Account>>>,
    /// By EXAMINE.
    pub(crate) read_only: bool,
    /// The mailbox's access key that the client knows of, if there is one: RFC 4467.
    pub(crate) key: Option<AccessKey>,
    /// What the client has been told that it may do (RFC 4314 section 5.1.1).
    pub(crate) rights: Rights,
    /// The UIDs that are `\Recent` in this session (IMAP4rev1).
    pub(crate) recent: UidSet,
    /// The saved result of SEARCH: RFC 5182.
    pub(crate) saved: UidSet,
    /// Searches whose results are kept up to date: RFC 5267.
    pub(crate) updating: Vec<Updating>,
}

/// Waits for the next version of an account; for ever, if there is none to watch.
pub(crate) async fn next_version(watch: Option<&mut watch::Receiver<Arc<Account>>>) {
    if let Some(watch) = watch
        && watch.changed().await.is_ok()
    {
        return;
    }
    std::future::pending().await
}

impl Selected {
    pub(crate) fn mailbox(&self) -> MailboxId {
        self.point.mailbox
    }
}

/// What the client has turned on, by ENABLE or by using it.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Enabled {
    /// RFC 7162 section 3.1: FETCH responses carry MODSEQ.
    pub(crate) condstore: bool,
    /// RFC 7162 section 3.2: VANISHED instead of EXPUNGE.
    pub(crate) qresync: bool,
    /// RFC 9051: names and strings in UTF-8, ESEARCH instead of SEARCH, no `\Recent`.
    pub(crate) rev2: bool,
    /// RFC 6855: names and strings in UTF-8.
    pub(crate) utf8: bool,
    /// RFC 9586: no sequence numbers.
    pub(crate) uidonly: bool,
    /// RFC 5255 section 4.7: the comparator that is used.
    pub(crate) collation: Collation,
}

impl Enabled {
    /// Whether the client reads UTF-8 where IMAP4rev1 has ASCII.
    pub(crate) fn reads_utf8(self) -> bool {
        self.rev2 || self.utf8
    }
}
