//! An account as one session has it: the session's own changes can be told from those of others,
//! of which alone RFC 5464 section 4.4 and RFC 5465 section 5 want it told.

use super::account::{ChangeError, Changed, LiveAccount};
use postern_account::origin::Protocol;
use postern_account::plan::Refusal;
use postern_account::{Account, Event, Origin};
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A live account and what the session changed in it.
pub(crate) struct SessionAccount {
    live: Arc<LiveAccount>,
    /// `None`: nobody asks.
    made: Mutex<Option<Vec<Made>>>,
    /// Its client is what no event has told yet.
    origin: Mutex<Origin>,
}

/// One event of the session's own.
pub(crate) struct Made {
    pub(crate) seq: u64,
    pub(crate) event: Event,
}

impl SessionAccount {
    pub(crate) fn new(live: Arc<LiveAccount>, session: u64) -> Self {
        let origin = Origin {
            protocol: Protocol::Imap,
            session,
            client: String::new(),
        };
        Self {
            live,
            made: Mutex::default(),
            origin: Mutex::new(origin),
        }
    }

    /// Whether it is the same account.
    pub(crate) fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.live, &other.live)
    }

    /// What the client calls itself and from where it comes: the next event tells it.
    pub(crate) fn describe_client(&self, client: Option<&str>, peer: IpAddr) {
        let client = match client {
            Some(client) => format!("{client} {peer}"),
            None => peer.to_string(),
        };
        self.lock_origin().client = client;
    }

    fn lock_origin(&self) -> MutexGuard<'_, Origin> {
        self.origin.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// As [`LiveAccount::change`].
    pub(crate) async fn change<T: Send>(
        &self,
        plan: impl FnOnce(&Account, i64) -> Result<(Vec<Event>, T), Refusal>,
    ) -> Result<Changed<T>, ChangeError> {
        let origin = self.lock_origin().clone();
        let mut changed = self.live.change_from(Some(&origin), plan).await?;
        if !changed.events.is_empty() {
            self.told(&origin);
        }
        let events = std::mem::take(&mut changed.made);
        if let Some(made) = self.lock().as_mut() {
            let events = changed.events.clone().zip(events);
            made.extend(events.map(|(seq, event)| Made { seq, event }));
        }
        Ok(changed)
    }

    fn told(&self, origin: &Origin) {
        let mut current = self.lock_origin();
        if current.client == origin.client {
            current.client.clear();
        }
    }

    /// From now on, keeps the session's changes for [`SessionAccount::take_made`].
    pub(crate) fn keep_made(&self) {
        self.lock().get_or_insert_default();
    }

    /// The session's changes since the last call, in order.
    pub(crate) fn take_made(&self) -> Vec<Made> {
        self.lock().as_mut().map(std::mem::take).unwrap_or_default()
    }

    fn lock(&self) -> MutexGuard<'_, Option<Vec<Made>>> {
        self.made.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl std::ops::Deref for SessionAccount {
    type Target = LiveAccount;

    fn deref(&self) -> &LiveAccount {
        &self.live
    }
}
