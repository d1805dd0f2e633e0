//! Putting messages into an account from outside a session: samples, migration.

use crate::live::{ChangeError, LiveAccount};
use crate::server::Server;
use bytes::Bytes;
use postern_account::{NewMessage, plan};
use postern_imap::date::InternalDate;
use postern_imap::flag::Flag;
use postern_imap::mailbox::MailboxName;
use postern_store::{AccountId, StoreError};
use std::sync::Arc;

/// A message to import.
#[derive(Debug, Clone)]
pub struct Import {
    /// Where to; made if it is not there.
    pub mailbox: MailboxName,
    /// Its flags.
    pub flags: Vec<Flag>,
    /// INTERNALDATE.
    pub date: InternalDate,
    /// Its octets.
    pub content: Bytes,
}

/// Why a message was not imported.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// A limit of the account is in the way.
    #[error("the account does not take it: {0:?}")]
    Refused(plan::Refusal),
    /// The store could not.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<ChangeError> for ImportError {
    fn from(error: ChangeError) -> Self {
        match error {
            ChangeError::Refused(refusal) => Self::Refused(refusal),
            ChangeError::Store(error) => Self::Store(error),
        }
    }
}

impl Server {
    /// Appends a message, durably.
    ///
    /// # Errors
    /// A limit of the account, or the store.
    pub async fn import(&self, account: AccountId, import: Import) -> Result<(), ImportError> {
        let limits = self.shared().settings.limits.plan();
        let live = self.shared().accounts.get(account).await?;
        make_mailbox(&live, &import.mailbox, &limits).await?;
        let message = NewMessage {
            body: live.put_message(import.content).await?,
            date: import.date,
            flags: import.flags,
        };
        live.change(|account, _| {
            let target = plan::append_target(account, &import.mailbox)?;
            let appended = plan::append(account, target, vec![message], &limits)?;
            Ok((appended.events, ()))
        })
        .await?;
        Ok(())
    }
}

async fn make_mailbox(
    live: &Arc<LiveAccount>,
    name: &MailboxName,
    limits: &plan::Limits,
) -> Result<(), ChangeError> {
    let made = live
        .change(|account, now| match account.mailbox(name.as_str()) {
            Some(_) => Ok((Vec::new(), ())),
            None => Ok((plan::create(account, name, now, limits)?, ())),
        })
        .await;
    made.map(|_| ())
}
