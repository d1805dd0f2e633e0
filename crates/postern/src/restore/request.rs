//! A restore as the command asks it of the server, or does it itself, and what came of it.

use crate::failure::Failure;
use postern_imap::mailbox::MailboxName;
use postern_server::{Operator, Restore, RestoreError, RestoreInto, Restored};
use postern_store::AccountId;
use postern_store::sqlite::backup::BackupReader;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What to restore, and from where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wish {
    /// What.
    pub restore: Restore,
    /// From which backup; `None`: from the account's own log.
    pub backup: Option<Backup>,
}

/// An account in a backup.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Backup {
    /// Where the backup is, as an absolute path.
    pub folder: PathBuf,
    /// The account's name in it.
    pub account: String,
}

/// Opens a backup.
pub(super) fn open(folder: &Path) -> Result<BackupReader, Failure> {
    BackupReader::open(folder).map_err(|error| {
        Failure::System(format!(
            "{error}; the server's user has to be able to read it"
        ))
    })
}

/// Reads the name of a mailbox that is to be made.
pub(super) fn new_name(name: &str) -> Result<MailboxName, Failure> {
    MailboxName::new(name)
        .map_err(|_| Failure::Request(format!("{name:?} cannot be the name of a mailbox")))
}

/// Does what is wished; gives the answer in one line.
pub(crate) async fn perform(operator: &Operator, wish: &Wish) -> Result<String, Failure> {
    let restored = match &wish.backup {
        None => operator.restore(&wish.restore).await,
        Some(Backup { folder, account }) => {
            let folder = folder.clone();
            let opening = tokio::task::spawn_blocking(move || open(&folder)).await;
            let backup = opening.map_err(|error| Failure::System(error.to_string()))??;
            let id = backup.account(account);
            let id =
                id.ok_or_else(|| Failure::Request(format!("the backup has no account {account}")))?;
            operator
                .restore_from(&wish.restore, Arc::new(backup), id)
                .await
        }
    };
    match restored {
        Ok(restored) => Ok(said(&restored)),
        Err(RestoreError::Store(error)) => Err(error.into()),
        Err(error) => Err(Failure::Request(error.to_string())),
    }
}

/// What became of one mailbox, as the server tells it.
#[derive(Debug, Serialize, Deserialize)]
struct Shown {
    mailbox: String,
    into: String,
    added: usize,
    gone: usize,
}

impl Shown {
    fn text(&self) -> String {
        let (mailbox, into, added) = (&self.mailbox, &self.into, self.added);
        let gone = match self.gone {
            0 => String::new(),
            gone => format!(", {gone} are there no more"),
        };
        format!("{mailbox:?} to {into:?}: {added} messages added{gone}\n")
    }
}

fn said(restored: &[Restored]) -> String {
    let shown: Vec<Shown> = restored
        .iter()
        .map(|it| Shown {
            mailbox: it.name.clone(),
            into: it.into.clone(),
            added: it.added,
            gone: it.gone,
        })
        .collect();
    serde_json::to_string(&shown).unwrap_or_else(|_| "[]".to_owned())
}

/// An answer for people.
pub(super) fn text(said: &str) -> Result<String, Failure> {
    let shown: Vec<Shown> = serde_json::from_str(said)
        .map_err(|error| Failure::System(format!("the server's answer is not known: {error}")))?;
    match shown.is_empty() {
        true => Ok("nothing was missing\n".to_owned()),
        false => Ok(shown.iter().map(Shown::text).collect()),
    }
}

/// A request on the control socket.
#[derive(Debug, Serialize, Deserialize)]
struct Asked {
    account: u64,
    name: String,
    at: i64,
    mailbox: Option<String>,
    new: Option<String>,
    stamped: Option<String>,
    backup: Option<Backup>,
}

impl Wish {
    /// The wish in one line of JSON.
    pub(crate) fn to_json(&self) -> String {
        let (new, stamped) = match &self.restore.into {
            RestoreInto::New(name) => (Some(name.as_str().to_owned()), None),
            RestoreInto::Stamped(stamp) => (None, Some(stamp.clone())),
            RestoreInto::Place => (None, None),
        };
        let asked = Asked {
            account: self.restore.account.0,
            name: self.restore.name.clone(),
            at: self.restore.at,
            mailbox: self.restore.mailbox.clone(),
            new,
            stamped,
            backup: self.backup.clone(),
        };
        serde_json::to_string(&asked).unwrap_or_default()
    }

    /// Reads what [`to_json`](Self::to_json) wrote.
    pub(crate) fn from_json(json: &str) -> Option<Self> {
        let asked: Asked = serde_json::from_str(json).ok()?;
        let into = match (asked.new, asked.stamped) {
            (Some(name), None) => RestoreInto::New(MailboxName::new(&name).ok()?),
            (None, Some(stamp)) => RestoreInto::Stamped(stamp),
            (None, None) => RestoreInto::Place,
            (Some(_), Some(_)) => return None,
        };
        let restore = Restore {
            account: AccountId(asked.account),
            name: asked.name,
            at: asked.at,
            mailbox: asked.mailbox,
            into,
        };
        Some(Self {
            restore,
            backup: asked.backup,
        })
    }
}
