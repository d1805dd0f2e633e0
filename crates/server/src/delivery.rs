//! Mail that comes in over LMTP: whose it is, and its way into the mailbox.

use crate::live::{ChangeError, LiveAccount, now_millis};
use crate::lmtp::{Address, Delivery, Incoming, Recipient, Rejection};
use crate::server::Shared;
use async_trait::async_trait;
use postern_account::origin::Protocol;
use postern_account::quota::{Usage, check_room};
use postern_account::{NewMessage, Origin, plan};
use postern_identity::AccountName;
use postern_imap::date::InternalDate;
use postern_store::{AccountRecord, StoreError};
use std::sync::Arc;

/// Octets of a transfer agent's name that are kept with a delivery.
const CLIENT_NAME: usize = 64;

/// The mailboxes behind LMTP.
pub(crate) struct Deliveries {
    shared: Arc<Shared>,
}

impl Deliveries {
    pub(crate) fn new(shared: Arc<Shared>) -> Self {
        Self { shared }
    }

    async fn find(&self, name: &AccountName) -> Result<Option<AccountRecord>, Rejection> {
        let found = self.shared.directory.account_by_name(name.as_str()).await;
        let found = found.map_err(|error| temporary(&error))?;
        match (found, self.is_own(name.domain())) {
            (None, true) => self.find_local(name).await,
            (found, _) => Ok(found),
        }
    }

    /// Accounts without a domain get the mail of this server's own domains.
    async fn find_local(&self, name: &AccountName) -> Result<Option<AccountRecord>, Rejection> {
        let found = self.shared.directory.account_by_name(name.local()).await;
        found.map_err(|error| temporary(&error))
    }

    /// The host name and the domain that it is in, and `localhost`.
    fn is_own(&self, domain: Option<&str>) -> bool {
        let host = self.shared.settings.hostname.to_lowercase();
        let parent = host.split_once('.').map(|(_, parent)| parent);
        domain
            .is_some_and(|domain| domain == host || domain == "localhost" || parent == Some(domain))
    }
}

#[async_trait]
impl Delivery for Deliveries {
    async fn recipient(&self, address: &Address) -> Result<Recipient, Rejection> {
        let text = address.to_string();
        let parsed = AccountName::parse_address(&text);
        let (name, detail) = parsed.map_err(|_| Rejection::UnknownUser)?;
        let record = self.find(&name).await?.ok_or(Rejection::UnknownUser)?;
        if !record.enabled {
            return Err(Rejection::Disabled);
        }
        Ok(Recipient {
            account: record.id,
            name: record.name,
            original: address.clone(),
            detail,
        })
    }

    async fn deliver(&self, message: &Incoming, recipient: &Recipient) -> Result<(), Rejection> {
        let live = self.shared.accounts.get(recipient.account).await;
        let live = live.map_err(|error| temporary(&error))?;
        self.keep(&live, message, recipient)
            .await
            .map_err(|error| self.rejection(error))
    }
}

impl Deliveries {
    async fn keep(
        &self,
        live: &Arc<LiveAccount>,
        message: &Incoming,
        recipient: &Recipient,
    ) -> Result<(), ChangeError> {
        let limits = live.limits(&self.shared.settings.limits);
        let content = message.content_for(recipient);
        let more = Usage::message(content.len() as u64);
        // What has no room is not written; the plan has the last word.
        check_room(&live.account(), more, Usage::default(), &limits)
            .map_err(ChangeError::Refused)?;
        let body = live.put_message(content).await?;
        let new = NewMessage {
            body,
            date: InternalDate::from_unix(now_millis().div_euclid(1000)),
            flags: Vec::new(),
        };
        let detail = recipient.detail.as_deref();
        let origin = Origin {
            protocol: Protocol::Lmtp,
            session: 0,
            client: format!("{} {}", printable(&message.client), message.peer),
        };
        let changed = live
            .change_from(Some(&origin), |account, _| {
                let target = plan::delivery_target(account, detail);
                let target = target.ok_or(plan::Refusal::NoSuchMailbox)?;
                let appended = plan::append(account, target, vec![new], &limits)?;
                Ok((appended.events, (target, appended.uids)))
            })
            .await?;
        let (target, uids) = changed.value;
        live.note_recent_from(target, uids.first().unwrap_or(1));
        Ok(())
    }

    fn rejection(&self, error: ChangeError) -> Rejection {
        use plan::Refusal::{TooManyMessages, TooManyOctets, UidsExhausted};
        match error {
            ChangeError::Store(error) => temporary(&error),
            // What an account may hold is its quota (RFC 3463: x.2.2, the mailbox is full).
            ChangeError::Refused(TooManyMessages | TooManyOctets | UidsExhausted) => {
                match self.shared.settings.quota.reject {
                    true => Rejection::OverQuotaForGood,
                    false => Rejection::OverQuota,
                }
            }
            ChangeError::Refused(refusal) => Rejection::TemporaryFailure(format!("{refusal:?}")),
        }
    }
}

/// The name with LHLO is whatever the client sent.
fn printable(name: &str) -> String {
    let shown = name.chars().filter(|c| c.is_ascii_graphic());
    shown.take(CLIENT_NAME).collect()
}

fn temporary(error: &StoreError) -> Rejection {
    match error {
        StoreError::Full(_) => Rejection::StorageFull,
        error => Rejection::TemporaryFailure(error.to_string()),
    }
}
