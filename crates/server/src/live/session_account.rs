//! An account as one session has it: as whom, under which names, and so that the session's own
//! changes can be told from those of others, of which alone RFC 5464 section 4.4 and RFC 5465
//! section 5 want it told.

use super::account::{ChangeError, Changed, LiveAccount};
use crate::sharing;
use postern_account::acl::{Rights, Who};
use postern_account::object_id;
use postern_account::origin::Protocol;
use postern_account::plan::Refusal;
use postern_account::{Account, Event, Mailbox, MailboxId, Origin};
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A live account and what the session changed in it.
pub(crate) struct SessionAccount {
    live: Arc<LiveAccount>,
    who: Who,
    /// What the names of its mailboxes begin with for this user.
    prefix: String,
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
            who: Who::Owner,
            prefix: String::new(),
            made: Mutex::default(),
            origin: Mutex::new(origin),
        }
    }

    /// Another's account, for whose account this is.
    pub(crate) fn other(&self, live: Arc<LiveAccount>, name: &str, prefix: String) -> Self {
        let origin = Origin {
            client: name.to_owned(),
            ..self.lock_origin().clone()
        };
        Self {
            live,
            who: Who::User(sharing::user(self.live.id())),
            prefix,
            made: Mutex::default(),
            origin: Mutex::new(origin),
        }
    }

    /// Where nothing is.
    pub(crate) fn nobodys(&self) -> Self {
        Self {
            who: Who::Nobody,
            ..self.other(Arc::clone(&self.live), "", String::new())
        }
    }

    /// The account itself.
    pub(crate) fn live(&self) -> &Arc<LiveAccount> {
        &self.live
    }

    /// As whom the session has it.
    pub(crate) fn who(&self) -> Who {
        self.who
    }

    /// Whether it is the account of who has signed in.
    pub(crate) fn is_own(&self) -> bool {
        self.who == Who::Owner
    }

    /// What begins the names of its mailboxes.
    pub(crate) fn prefix(&self) -> &str {
        &self.prefix
    }

    /// The name of a mailbox as this user knows it.
    pub(crate) fn shown(&self, name: &str) -> String {
        format!("{}{name}", self.prefix)
    }

    /// The mailbox as this user has it.
    pub(crate) fn mailbox_by_id(&self, id: MailboxId) -> Option<Arc<Mailbox>> {
        let account = self.live.account();
        account
            .by_id(id)
            .map(|mailbox| mailbox.as_seen_by(self.who))
    }

    /// What this user may do with a mailbox.
    pub(crate) fn rights(&self, id: MailboxId) -> Rights {
        let account = self.live.account();
        let mailbox = account.by_id(id);
        mailbox.map_or(Rights::NONE, |mailbox| mailbox.rights(self.who))
    }

    /// MAILBOXID: numbers of mailboxes are unique in their account only.
    pub(crate) fn mailbox_id(&self, id: MailboxId) -> String {
        let own = object_id::mailbox_id(id);
        match self.who {
            Who::Owner => own,
            _ => format!("{own}-{}", self.live.id().0),
        }
    }

    /// As [`LiveAccount::take_recent`]. What another's mailbox has is recent to its owner alone.
    pub(crate) fn take_recent(&self, mailbox: MailboxId, uid_next: u32, peek: bool) -> u32 {
        match self.who {
            Who::Owner => self.live.take_recent(mailbox, uid_next, peek),
            _ => uid_next,
        }
    }

    /// Whether it is the same account.
    pub(crate) fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.live, &other.live) && self.who == other.who
    }

    /// What the client calls itself and from where it comes: the next event tells it.
    pub(crate) fn describe_client(&self, client: Option<&str>, peer: IpAddr) {
        let client = match client {
            Some(client) => format!("{client} {peer}"),
            None => peer.to_string(),
        };
        self.lock_origin().client = client;
    }

    /// From where its changes come.
    pub(crate) fn origin(&self) -> Origin {
        self.lock_origin().clone()
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
