//! Where mailbox names lead. Every command that names a mailbox asks here, so that whose mailbox
//! a name means is decided in one place.

use crate::live::SessionAccount;
use crate::reply::Failure;
use crate::session::Session;
use postern_account::Mailbox;
use postern_imap::mailbox::{MailboxArg, MailboxName};
use std::sync::Arc;

/// What a name leads to: an account, and the name in it, which need not be a mailbox's.
pub(crate) struct Place {
    pub(crate) live: Arc<SessionAccount>,
    pub(crate) name: MailboxName,
}

impl Place {
    /// The mailbox there, as it is now.
    pub(crate) fn mailbox(&self) -> Option<Arc<Mailbox>> {
        self.live.account().mailbox(self.name.as_str()).cloned()
    }
}

impl Session {
    /// Where the name leads that a client sent.
    pub(crate) async fn place(&self, name: &MailboxArg) -> Result<Place, Failure> {
        self.place_named(name.decode(self.encoding())?).await
    }

    /// The same for CREATE and what takes names as CREATE does.
    pub(crate) async fn place_to_create(&self, name: &MailboxArg) -> Result<Place, Failure> {
        self.place_named(name.decode_for_create(self.encoding())?)
            .await
    }

    /// Where a name in normal form leads.
    pub(crate) async fn place_named(&self, name: MailboxName) -> Result<Place, Failure> {
        let live = Arc::clone(&self.login()?.live);
        Ok(Place { live, name })
    }
}
