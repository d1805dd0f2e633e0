//! `postern account quota`: what one account may hold.

use crate::config;
use crate::failure::Failure;
use postern_store::{AccountQuota, NO_QUOTA};
use serde::{Serialize, Serializer};

/// What is to be set.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct QuotaArgs {
    /// All messages together: a size such as 2GiB, "none", or "default" for what the
    /// configuration says
    #[arg(long, value_name = "SIZE")]
    storage: Option<String>,
    /// Messages: a count, "none" or "default"
    #[arg(long, value_name = "COUNT")]
    messages: Option<String>,
    /// Mailboxes: a count, "none" or "default"
    #[arg(long, value_name = "COUNT")]
    mailboxes: Option<String>,
    /// As the configuration says, in all
    #[arg(long, conflicts_with_all = ["storage", "messages", "mailboxes"])]
    default: bool,
}

impl QuotaArgs {
    /// What was set before, changed as asked; `None`: nothing is asked.
    pub(crate) fn change(&self, before: AccountQuota) -> Result<Option<AccountQuota>, Failure> {
        if self.default {
            return Ok(Some(AccountQuota::default()));
        }
        let size = |text: &str| config::size(text);
        let count = |text: &str| {
            let parsed = text.parse::<u64>();
            parsed.map_err(|_| format!("{text:?} is no whole number"))
        };
        let changed = AccountQuota {
            storage: limit(self.storage.as_deref(), before.storage, size)?,
            messages: limit(self.messages.as_deref(), before.messages, count)?,
            mailboxes: limit(self.mailboxes.as_deref(), before.mailboxes, count)?,
        };
        let asked = [&self.storage, &self.messages, &self.mailboxes];
        Ok(asked.iter().any(|it| it.is_some()).then_some(changed))
    }
}

fn limit(
    asked: Option<&str>,
    before: Option<u64>,
    read: impl Fn(&str) -> Result<u64, String>,
) -> Result<Option<u64>, Failure> {
    match asked {
        None => Ok(before),
        Some("default") => Ok(None),
        Some("none") => Ok(Some(NO_QUOTA)),
        Some(text) => match read(text) {
            Ok(limit) => Ok(Some(limit.min(NO_QUOTA))),
            Err(why) => Err(Failure::Request(why)),
        },
    }
}

/// A quota as it is shown: a number, `none` or `default`.
#[derive(Debug, Serialize)]
pub(crate) struct ShownQuota {
    /// Octets.
    storage: ShownLimit,
    messages: ShownLimit,
    mailboxes: ShownLimit,
}

impl From<AccountQuota> for ShownQuota {
    fn from(quota: AccountQuota) -> Self {
        Self {
            storage: ShownLimit(quota.storage),
            messages: ShownLimit(quota.messages),
            mailboxes: ShownLimit(quota.mailboxes),
        }
    }
}

impl std::fmt::Display for ShownQuota {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let octets = match self.storage.0 {
            Some(limit) if limit < NO_QUOTA => " octets",
            _ => "",
        };
        let (storage, messages, mailboxes) = (&self.storage, &self.messages, &self.mailboxes);
        write!(
            f,
            "storage {storage}{octets}, messages {messages}, mailboxes {mailboxes}"
        )
    }
}

#[derive(Debug)]
struct ShownLimit(Option<u64>);

impl std::fmt::Display for ShownLimit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.0 {
            None => f.write_str("default"),
            Some(NO_QUOTA) => f.write_str("none"),
            Some(limit) => limit.fmt(f),
        }
    }
}

impl Serialize for ShownLimit {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Some(limit) if limit < NO_QUOTA => serializer.serialize_u64(limit),
            _ => serializer.collect_str(self),
        }
    }
}
