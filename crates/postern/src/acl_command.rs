//! `postern acl …`: who may use whose mailboxes, through the running server or without one.

use crate::account_log;
use crate::config::Config;
use crate::control::{self, Request, Told};
use crate::failure::Failure;
use crate::output::print;
use crate::{data, serve};
use postern_server::{AclError, Acls};
use postern_store::AccountId;
use postern_store::sqlite::{Options, Sqlite};
use serde::{Deserialize, Serialize};
use std::io::Write;
use std::sync::Arc;

/// What is asked about rights.
#[derive(Debug, Clone, clap::Subcommand)]
#[command(after_help = "Examples:\n  \
    postern account add --shared info@example.org\n  \
    postern acl set info@example.org INBOX ann@example.org lrswite\n  \
    postern acl set info@example.org INBOX anyone lr\n  \
    postern acl list info@example.org INBOX\n\n\
    Rights: l see it, r read, s keep what one has seen, w other flags, i put in, k make\n  \
    mailboxes below, x delete it, t mark as deleted, e expunge, a change rights.")]
pub enum AclCommand {
    /// Show who may do what with a mailbox
    List {
        /// Whose mailbox
        account: String,
        /// Its name
        mailbox: String,
    },
    /// Set rights: `lrs`, or `+i` and `-w` to add and remove some
    Set {
        /// Whose mailbox
        account: String,
        /// Its name
        mailbox: String,
        /// An account, or `anyone`; with `-` before it, rights are taken away
        #[arg(allow_hyphen_values = true)]
        identifier: String,
        /// The rights
        #[arg(allow_hyphen_values = true)]
        rights: String,
    },
    /// Remove an identifier and its rights
    Remove {
        /// Whose mailbox
        account: String,
        /// Its name
        mailbox: String,
        /// An account, or `anyone`
        #[arg(allow_hyphen_values = true)]
        identifier: String,
    },
    /// Make anew the index of who shares with whom
    Index,
}

/// The same for the server, with the account by number.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Wanted {
    /// Identifiers and rights.
    List(u64, String),
    /// An identifier and its rights.
    Set(u64, String, String, String),
    /// The index.
    Index,
}

impl Wanted {
    /// As JSON, in one line.
    pub(crate) fn to_json(&self) -> String {
        // Strings and numbers can always be written.
        serde_json::to_string(self).unwrap_or_default()
    }

    pub(crate) fn from_json(json: &str) -> Option<Self> {
        serde_json::from_str(json).ok()
    }
}

/// Does what is asked.
///
/// # Errors
/// It cannot be as asked, or the store could not.
pub fn run(config: &Config, command: &AclCommand, out: &mut dyn Write) -> Result<(), Failure> {
    data::become_owner(config)?;
    let wanted = wanted(config, command)?;
    let told = control::tell(&config.data, &Request::Acl(wanted.clone()));
    let said = match told.map_err(|error| Failure::Request(error.to_string()))? {
        Told::Done(said) => said,
        Told::NoServer => alone(config, &wanted)?,
    };
    let shown: Vec<(String, String)> = serde_json::from_str(&said)
        .map_err(|error| Failure::System(format!("the server's answer is not known: {error}")))?;
    let width = shown.iter().map(|(id, _)| id.chars().count()).max();
    let width = width.unwrap_or(0);
    shown
        .iter()
        .try_for_each(|(id, rights)| print(out, &format!("{id:width$}  {rights}\n")))
}

fn wanted(config: &Config, command: &AclCommand) -> Result<Wanted, Failure> {
    let number = |name: &str| {
        let AccountId(number) = account_log::find(&data::inspect(config)?, name)?;
        Ok::<u64, Failure>(number)
    };
    Ok(match command {
        AclCommand::List { account, mailbox } => Wanted::List(number(account)?, mailbox.clone()),
        AclCommand::Set {
            account,
            mailbox,
            identifier,
            rights,
        } => Wanted::Set(
            number(account)?,
            mailbox.clone(),
            identifier.clone(),
            rights.clone(),
        ),
        AclCommand::Remove {
            account,
            mailbox,
            identifier,
        } => Wanted::Set(
            number(account)?,
            mailbox.clone(),
            identifier.clone(),
            String::new(),
        ),
        AclCommand::Index => Wanted::Index,
    })
}

/// Without a server: this process holds the data folder meanwhile.
fn alone(config: &Config, wanted: &Wanted) -> Result<String, Failure> {
    let store = Sqlite::open(&config.data, &Options::default());
    let store = Arc::new(store.map_err(|error| Failure::System(error.to_string()))?);
    let acls = Acls::new(store.clone(), store, serve::limits(&config.limits)?);
    let runtime = tokio::runtime::Runtime::new()
        .map_err(|error| Failure::System(format!("the system gave no event loop: {error}")))?;
    runtime
        .block_on(answer(&acls, wanted))
        .map_err(|error| match error {
            AclError::Store(error) => error.into(),
            error => Failure::Request(error.to_string()),
        })
}

/// Does it, and says the list as it is then, in JSON.
pub(crate) async fn answer(acls: &Acls, wanted: &Wanted) -> Result<String, AclError> {
    let entries = match wanted {
        Wanted::List(account, mailbox) => acls.list(AccountId(*account), mailbox).await?,
        Wanted::Set(account, mailbox, identifier, rights) => {
            let account = AccountId(*account);
            acls.set(account, mailbox, (identifier, rights)).await?;
            acls.list(account, mailbox).await?
        }
        Wanted::Index => {
            let count = acls.settle().await?;
            vec![("accounts".to_owned(), count.to_string())]
        }
    };
    Ok(serde_json::to_string(&entries).unwrap_or_default())
}
