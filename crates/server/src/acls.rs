//! Access control lists as an operator sees and sets them: of shared accounts, which nobody signs
//! in to, and of any other.

use crate::live::{Accounts, ChangeError, now_millis};
use crate::quotas::Quotas;
use crate::settings::Limits;
use crate::sharing::{self, NoIdentifier, SetAcl};
use postern_account::acl::{Modification, Subject, UnknownRight, Who};
use postern_account::origin::Protocol;
use postern_account::plan::Refusal;
use postern_account::{Mailbox, Origin};
use postern_imap::mailbox::MailboxName;
use postern_store::{AccountId, Directory, Store, StoreError};
use std::sync::Arc;

/// Why a list is not told or changed.
#[derive(Debug, thiserror::Error)]
pub enum AclError {
    /// There is no such mailbox.
    #[error("there is no mailbox {0:?}")]
    NoMailbox(String),
    /// There is no such account.
    #[error("there is no account {0:?}, and it is not \"anyone\"")]
    NoIdentifier(String),
    /// A letter that is no right.
    #[error("{0:?} is not a right; there are l r s w i p k x t e a")]
    NoRight(char),
    /// The owner has all rights.
    #[error("the owner of a mailbox has all rights on it")]
    Owner,
    /// A limit.
    #[error("a mailbox may have {0} identifiers at most")]
    TooMany(usize),
    /// The plan says no.
    #[error("not possible: {0:?}")]
    Refused(Refusal),
    /// The store could not.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The way of an operator to access control lists.
pub struct Acls {
    accounts: Arc<Accounts>,
    directory: Arc<dyn Directory>,
    limits: Limits,
}

impl Acls {
    /// For a store that no server uses.
    pub fn new(store: Arc<dyn Store>, directory: Arc<dyn Directory>, limits: Limits) -> Self {
        Self::beside(
            Arc::new(Accounts::new(store, Quotas::none())),
            directory,
            limits,
        )
    }

    /// For a store that sessions use.
    pub(crate) fn beside(
        accounts: Arc<Accounts>,
        directory: Arc<dyn Directory>,
        limits: Limits,
    ) -> Self {
        Self {
            accounts,
            directory,
            limits,
        }
    }

    /// Identifiers and rights of a mailbox.
    ///
    /// # Errors
    /// There is no such mailbox, or the store fails.
    pub async fn list(
        &self,
        account: AccountId,
        mailbox: &str,
    ) -> Result<Vec<(String, String)>, AclError> {
        let live = self.accounts.get(account).await?;
        let account = live.account();
        let found = account.mailbox(name(mailbox)?.as_str());
        let found: &Arc<Mailbox> = found.ok_or_else(|| AclError::NoMailbox(mailbox.to_owned()))?;
        let directory = self.directory.as_ref();
        Ok(sharing::named(directory, live.id(), found).await?.entries)
    }

    /// Changes the rights of an identifier as SETACL does: `lrs`, `+i`, `-w`, or nothing to
    /// remove it.
    ///
    /// # Errors
    /// The mailbox, the identifier or a right is not known, or the store fails.
    pub async fn set(
        &self,
        account: AccountId,
        mailbox: &str,
        (identifier, rights): (&str, &str),
    ) -> Result<(), AclError> {
        let modification = Modification::parse(rights);
        let modification = modification.map_err(|UnknownRight(c)| AclError::NoRight(c))?;
        let directory = self.directory.as_ref();
        let found = sharing::identifier(directory, identifier).await?;
        let found =
            found.map_err(|_: NoIdentifier| AclError::NoIdentifier(identifier.to_owned()))?;
        if found.subject == Subject::User(sharing::user(account)) {
            return Err(AclError::Owner);
        }
        let live = self.accounts.get(account).await?;
        let set = SetAcl {
            mailbox: &name(mailbox)?,
            identifier: found,
            modification,
        };
        let origin = Origin {
            protocol: Protocol::Operator,
            session: u64::try_from(now_millis()).unwrap_or(0),
            client: "postern acl".to_owned(),
        };
        let limits = self.limits.plan();
        let owner = Who::Owner;
        let done = sharing::set_acl(directory, &live, owner, Some(&origin), &set, &limits).await;
        done.map_err(|error| match error {
            ChangeError::Store(error) => AclError::Store(error),
            ChangeError::Refused(Refusal::NoSuchMailbox) => AclError::NoMailbox(mailbox.to_owned()),
            ChangeError::Refused(Refusal::TooManyIdentifiers) => {
                AclError::TooMany(self.limits.acl_entries)
            }
            ChangeError::Refused(refusal) => AclError::Refused(refusal),
        })
    }

    /// Makes anew what the directory notes of who shares with whom; says of how many accounts.
    ///
    /// # Errors
    /// The store fails.
    pub async fn settle(&self) -> Result<usize, StoreError> {
        let all = self.directory.accounts().await?;
        for record in &all {
            let live = self.accounts.get(record.id).await?;
            let _order = live.order_grants().await;
            sharing::settle(self.directory.as_ref(), record.id, &live.account()).await?;
        }
        Ok(all.len())
    }
}

fn name(mailbox: &str) -> Result<MailboxName, AclError> {
    MailboxName::new(mailbox).map_err(|_| AclError::NoMailbox(mailbox.to_owned()))
}
