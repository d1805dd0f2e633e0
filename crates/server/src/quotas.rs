//! What each account may hold: what the configuration says for all, and what the directory says
//! for one.

use crate::settings::{Limits, Quota};
use postern_account::plan;
use postern_store::{AccountId, AccountQuota, Directory, StoreError};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The quotas of the accounts in memory.
pub(crate) struct Quotas {
    /// `None`: nobody has a quota.
    directory: Option<Arc<dyn Directory>>,
    defaults: Quota,
    /// Where something is set for the account alone.
    own: Mutex<HashMap<AccountId, AccountQuota>>,
    /// Held from reading the directory to keeping what was read, so that what is kept is newest.
    reading: tokio::sync::Mutex<()>,
}

impl Quotas {
    pub(crate) fn new(directory: Arc<dyn Directory>, defaults: Quota) -> Self {
        Self {
            directory: Some(directory),
            defaults,
            ..Self::none()
        }
    }

    /// For who is bound by no quota.
    pub(crate) fn none() -> Self {
        Self {
            directory: None,
            defaults: Quota::default(),
            own: Mutex::default(),
            reading: tokio::sync::Mutex::default(),
        }
    }

    /// Reads what the directory has for the account.
    pub(crate) async fn read(&self, id: AccountId) -> Result<(), StoreError> {
        let Some(directory) = &self.directory else {
            return Ok(());
        };
        let _reading = self.reading.lock().await;
        let found = directory.quota(id).await?;
        let mut own = self.lock();
        match found == AccountQuota::default() {
            true => own.remove(&id),
            false => own.insert(id, found),
        };
        Ok(())
    }

    /// The limits for planning a change of the account: the smaller of its quota and of what the
    /// server can bear.
    pub(crate) fn limits(&self, id: AccountId, limits: &Limits) -> plan::Limits {
        let own = self.lock().get(&id).copied().unwrap_or_default();
        let count = |limit: u64| usize::try_from(limit).unwrap_or(usize::MAX);
        let plan = limits.plan();
        let messages = own.messages.unwrap_or(self.defaults.messages);
        let mailboxes = own.mailboxes.unwrap_or(self.defaults.mailboxes);
        plan::Limits {
            storage: own.storage.unwrap_or(self.defaults.storage),
            messages: plan.messages.min(count(messages)),
            mailboxes: plan.mailboxes.min(count(mailboxes)),
            ..plan
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<AccountId, AccountQuota>> {
        self.own.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
