//! What an operator does to an account, beside or without the sessions of its user.

use crate::live::{Accounts, ChangeError, LiveAccount, now_millis, reference_to};
use crate::quotas::Quotas;
use crate::settings::{History, Limits};
use postern_account::event::Body;
use postern_account::origin::Protocol;
use postern_account::plan::{self, Destination, Restored, Wanted};
use postern_account::{Account, Event, Origin};
use postern_imap::mailbox::MailboxName;
use postern_store::{AccountId, Entry, Past, Store, StoreError, UnixMillis};
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// Entries read at a time.
const BATCH: usize = 1000;

/// Mailboxes to restore as they were.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Restore {
    /// Whose.
    pub account: AccountId,
    /// Its name.
    pub name: String,
    /// When they were as they shall be.
    pub at: UnixMillis,
    /// Only this one; `None`: all that lack something now.
    pub mailbox: Option<String>,
    /// Where to.
    pub into: RestoreInto,
}

/// Where a restored mailbox goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RestoreInto {
    /// Into a new one of this name.
    New(MailboxName),
    /// Into a new one each, the name followed by this.
    Stamped(String),
    /// Where it was: what is missing there is added.
    Place,
}

/// Why nothing was restored.
#[derive(Debug, thiserror::Error)]
pub enum RestoreError {
    /// A limit of the account, a name that is taken, a mailbox that never was.
    #[error("{}", words(.0))]
    Refused(plan::Refusal),
    /// History does not reach as far.
    #[error("history is kept for {0} days, and that time is before")]
    TooOld(u64),
    /// The store could not.
    #[error(transparent)]
    Store(#[from] StoreError),
}

fn words(refusal: &plan::Refusal) -> String {
    match refusal {
        plan::Refusal::NoSuchMailbox => "there was no such mailbox at that time".to_owned(),
        plan::Refusal::AlreadyExists => {
            "a mailbox of the new name exists already; choose another with --into".to_owned()
        }
        other => format!("a limit of the account is in the way: {other:?}"),
    }
}

/// The way of an operator into accounts.
pub struct Operator {
    accounts: Arc<Accounts>,
    store: Arc<dyn Store>,
    limits: Limits,
    history: History,
}

impl Operator {
    /// For a store that no server uses.
    pub fn new(store: Arc<dyn Store>, limits: Limits, history: History) -> Self {
        let accounts = Arc::new(Accounts::new(Arc::clone(&store), Quotas::none()));
        Self::beside(accounts, store, limits, history)
    }

    /// For a store that sessions use.
    pub(crate) fn beside(
        accounts: Arc<Accounts>,
        store: Arc<dyn Store>,
        limits: Limits,
        history: History,
    ) -> Self {
        Self {
            accounts,
            store,
            limits,
            history,
        }
    }

    /// Restores mailboxes from the log, durably: all that is asked or nothing. Sessions see it
    /// at once.
    ///
    /// # Errors
    /// It cannot be as asked, or the store could not.
    pub async fn restore(&self, restore: &Restore) -> Result<Vec<Restored>, RestoreError> {
        // What collection leaves is what history promises; beyond, it may be at it just now.
        if restore.at < self.history.begins(&restore.name, now_millis()) {
            let days = self.history.of(&restore.name).as_secs() / 86_400;
            return Err(RestoreError::TooOld(days));
        }
        let past = self.past(restore.account, restore.at).await?;
        let live = self.accounts.get(restore.account).await?;
        let gone = self.gone(restore, &past).await?;
        let kept = HashMap::new();
        self.add(&live, &wanted(restore, &past, &gone, &kept)).await
    }

    /// The same from a backup, in which the account has a number of its own.
    ///
    /// # Errors
    /// It cannot be as asked, or either store could not.
    pub async fn restore_from(
        &self,
        restore: &Restore,
        backup: Arc<dyn Past>,
        account: AccountId,
    ) -> Result<Vec<Restored>, RestoreError> {
        let at = restore.at;
        let reading = Arc::clone(&backup);
        let past = tokio::task::spawn_blocking(move || fold(reading.as_ref(), account, at)).await;
        let past = past.map_err(|error| StoreError::Io(error.to_string()))??;
        let live = self.accounts.get(restore.account).await?;
        let (mut gone, mut kept) = (HashSet::new(), HashMap::new());
        let bodies = plan::wanted_bodies(&live.account(), &wanted(restore, &past, &gone, &kept));
        for body in bodies {
            let reading = Arc::clone(&backup);
            let read = move || reading.body(account, &reference_to(&body));
            let read = tokio::task::spawn_blocking(read).await;
            match read.map_err(|error| StoreError::Io(error.to_string()))? {
                Ok(content) => {
                    kept.insert(body, live.put_message(content).await?);
                }
                Err(StoreError::Corrupt(what) | StoreError::Missing(what)) => {
                    tracing::warn!(account = account.0, what, "not in the backup");
                    gone.insert(body);
                }
                Err(error) => return Err(error.into()),
            }
        }
        self.add(&live, &wanted(restore, &past, &gone, &kept)).await
    }

    async fn add(
        &self,
        live: &Arc<LiveAccount>,
        wanted: &Wanted<'_>,
    ) -> Result<Vec<Restored>, RestoreError> {
        let limits = self.limits.plan();
        let changed = live
            .change_from(Some(&operator("restore")), |account, now| {
                plan::restore(account, wanted, now, &limits)
            })
            .await;
        match changed {
            Ok(changed) => Ok(changed.value),
            Err(ChangeError::Refused(refusal)) => Err(RestoreError::Refused(refusal)),
            Err(ChangeError::Store(error)) => Err(error.into()),
        }
    }

    /// The account as it was: its log up to that time.
    async fn past(&self, id: AccountId, at: UnixMillis) -> Result<Account, StoreError> {
        let mut account = Account::default();
        loop {
            let entries = self.store.read_log(id, account.seq(), BATCH).await?;
            let full = entries.len() == BATCH;
            if !apply(&mut account, id, at, &entries)? || !full {
                return Ok(account);
            }
        }
    }

    /// The bodies among those to restore that cannot be read.
    async fn gone(&self, restore: &Restore, past: &Account) -> Result<HashSet<Body>, StoreError> {
        let mut seen = HashSet::new();
        let mut gone = HashSet::new();
        let wanted = past.mailboxes().filter(|mailbox| {
            let name = restore.mailbox.as_deref();
            name.is_none_or(|name| name == mailbox.name())
        });
        for message in wanted.flat_map(|mailbox| mailbox.messages()) {
            let body = message.stored.body;
            if !seen.insert(body) {
                continue;
            }
            let read = self
                .store
                .read_body(restore.account, reference_to(&body), 0..1);
            match read.await {
                Ok(_) => {}
                Err(StoreError::Corrupt(_) | StoreError::Missing(_)) => {
                    gone.insert(body);
                }
                Err(error) => return Err(error),
            }
        }
        Ok(gone)
    }
}

/// Applies entries up to a time; whether there may be more of them.
fn apply(
    account: &mut Account,
    id: AccountId,
    at: UnixMillis,
    entries: &[Entry],
) -> Result<bool, StoreError> {
    for entry in entries {
        if entry.at > at {
            return Ok(false);
        }
        let event = Event::decode(&entry.event).filter(|event| *event != Event::Lost);
        let event = event.ok_or_else(|| {
            StoreError::Corrupt(format!("entry {} of account {}", entry.seq, id.0))
        })?;
        account.apply(entry.seq, entry.at, &event);
    }
    Ok(true)
}

fn fold(past: &dyn Past, id: AccountId, at: UnixMillis) -> Result<Account, StoreError> {
    let mut account = Account::default();
    loop {
        let entries = past.log(id, account.seq(), BATCH)?;
        if entries.is_empty() || !apply(&mut account, id, at, &entries)? {
            return Ok(account);
        }
    }
}

fn wanted<'a>(
    restore: &'a Restore,
    past: &'a Account,
    gone: &'a HashSet<Body>,
    kept: &'a HashMap<Body, Body>,
) -> Wanted<'a> {
    Wanted {
        past,
        mailbox: restore.mailbox.as_deref(),
        into: match &restore.into {
            RestoreInto::New(name) => Destination::New(name),
            RestoreInto::Stamped(stamp) => Destination::Stamped(stamp),
            RestoreInto::Place => Destination::Place,
        },
        gone,
        kept,
    }
}

/// The origin of what an operator does.
fn operator(command: &str) -> Origin {
    Origin {
        protocol: Protocol::Operator,
        session: 0,
        client: format!("postern {command}"),
    }
}
