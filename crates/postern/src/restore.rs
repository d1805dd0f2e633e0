//! `postern restore`: mailboxes as they were, from the accounts' own logs, by the running server
//! or without one; and accounts that were removed.

use crate::account_log;
use crate::config::Config;
use crate::control::{self, Request, Told};
use crate::data;
use crate::failure::Failure;
use crate::output::print;
use crate::{cli, serve, when};
use postern_server::{Operator, Restore, RestoreError, RestoreInto, Restored};
use postern_store::AccountId;
use postern_store::sqlite::inspect::Listed;
use postern_store::sqlite::{Options, Sqlite};
use serde::{Deserialize, Serialize};
use std::io::Write;
use std::sync::Arc;

/// What is asked of a restore.
#[derive(Debug, Clone, clap::Args)]
#[command(after_help = "Examples:\n  \
    postern restore --account ann --mailbox Projects --at 2026-11-01T12:00\n  \
    postern restore --account ann --mailbox INBOX --at 36h --in-place\n  \
    postern restore --account ann --at 2d\n  \
    postern restore --removed ann\n\n\
    Nothing is ever removed by it. Times are in UTC.")]
pub struct RestoreArgs {
    /// Whose mailboxes
    #[arg(long, value_name = "NAME", required_unless_present = "removed")]
    account: Option<String>,
    /// Only the mailbox that had this name then; without it, all that lack something now
    #[arg(long, value_name = "MAILBOX")]
    mailbox: Option<String>,
    /// As they were at this time
    #[arg(long, value_name = "TIME", value_parser = when::parse, required_unless_present = "removed")]
    at: Option<i64>,
    /// The new mailbox's name [default: the old one and the time]
    #[arg(long, value_name = "MAILBOX", requires = "mailbox")]
    into: Option<String>,
    /// Add what is missing to the mailbox itself
    #[arg(long, conflicts_with = "into")]
    in_place: bool,
    /// Bring back the account of this name that was removed; it needs a new password then
    #[arg(long, value_name = "NAME", conflicts_with_all = ["account", "mailbox", "at", "in_place"])]
    removed: Option<String>,
}

/// Restores, and says what.
///
/// # Errors
/// It cannot be as asked, or the store could not.
pub fn run(config: &Config, args: &RestoreArgs, out: &mut dyn Write) -> Result<(), Failure> {
    data::become_owner(config)?;
    if let Some(name) = &args.removed {
        return bring_back(config, name);
    }
    let (Some(account), Some(at)) = (&args.account, args.at) else {
        return Err(Failure::Request("name --account and --at".to_owned()));
    };
    let account = account_log::find(&data::inspect(config)?, account)?;
    let into = match (&args.into, args.in_place) {
        (Some(name), _) => RestoreInto::New(name.clone()),
        (None, true) => RestoreInto::Place,
        (None, false) => RestoreInto::Stamped(stamp(at)),
    };
    let restore = Restore {
        account,
        at,
        mailbox: args.mailbox.as_deref().map(own_name),
        into,
    };
    let told = control::tell(&config.data, &Request::Restore(restore.clone()));
    let said = match told.map_err(|error| Failure::Request(error.to_string()))? {
        Told::Done(said) => said,
        Told::NoServer => alone(config, &restore)?,
    };
    let shown: Vec<Shown> = serde_json::from_str(&said)
        .map_err(|error| Failure::System(format!("the server's answer is not known: {error}")))?;
    if shown.is_empty() {
        return print(out, "nothing was missing\n");
    }
    shown.iter().try_for_each(|it| print(out, &it.text()))
}

/// INBOX is the same in any case.
fn own_name(name: &str) -> String {
    match name.eq_ignore_ascii_case(postern_account::INBOX) {
        true => postern_account::INBOX.to_owned(),
        false => name.to_owned(),
    }
}

/// ` (2026-11-01 12.00)`: without a colon, which some clients cannot have in a file's name.
fn stamp(at: i64) -> String {
    let text = when::show(at).replace('T', " ").replace(':', ".");
    format!(" ({})", text.get(..16).unwrap_or(&text))
}

/// Without a server: this process holds the data folder meanwhile.
fn alone(config: &Config, restore: &Restore) -> Result<String, Failure> {
    let store = Sqlite::open(&config.data, &Options::default());
    let store = Arc::new(store.map_err(|error| Failure::System(error.to_string()))?);
    let operator = Operator::new(store, serve::limits(&config.limits)?, config.history);
    let runtime = tokio::runtime::Runtime::new()
        .map_err(|error| Failure::System(format!("the system gave no event loop: {error}")))?;
    match runtime.block_on(operator.restore(restore)) {
        Ok(restored) => Ok(said(&restored)),
        Err(RestoreError::Store(error)) => Err(error.into()),
        Err(error) => Err(Failure::Request(error.to_string())),
    }
}

fn bring_back(config: &Config, name: &str) -> Result<(), Failure> {
    let name = data::account_name(name)?;
    let listed = data::inspect(config)?.listed()?;
    let of_name = |it: &&Listed| it.name == name.as_str();
    if listed.iter().filter(of_name).any(|it| it.removed.is_none()) {
        return Err(Failure::Request(format!("there is an account {name}")));
    }
    let removed = listed.iter().filter(of_name).max_by_key(|it| it.removed);
    let Some(Listed {
        id,
        removed: Some(at),
        ..
    }) = removed
    else {
        let never = format!("no account {name} was ever removed");
        return Err(Failure::Request(never));
    };
    let history = i64::try_from(config.history.as_millis()).unwrap_or(i64::MAX);
    if *at < when::now().saturating_sub(history) {
        let when = when::show(*at);
        return Err(Failure::Request(format!(
            "{name} was removed at {when}, and history does not go back that far"
        )));
    }
    let directory = data::open_directory(config)?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .map_err(|error| Failure::System(format!("the system gave no event loop: {error}")))?;
    if !runtime.block_on(directory.take_back_removal(*id))? {
        return Err(Failure::Request(format!("there is an account {name}")));
    }
    eprintln!("{name} is back; give it a password with: postern account password {name}");
    cli::tell_server(config, &Request::DirectoryChanged(*id))
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

/// The answer to a request, in one line.
pub(crate) fn said(restored: &[Restored]) -> String {
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

/// A request on the control socket.
#[derive(Debug, Serialize, Deserialize)]
struct Asked {
    account: u64,
    at: i64,
    mailbox: Option<String>,
    new: Option<String>,
    stamped: Option<String>,
}

pub(crate) fn to_json(restore: &Restore) -> String {
    let (new, stamped) = match &restore.into {
        RestoreInto::New(name) => (Some(name.clone()), None),
        RestoreInto::Stamped(stamp) => (None, Some(stamp.clone())),
        RestoreInto::Place => (None, None),
    };
    let asked = Asked {
        account: restore.account.0,
        at: restore.at,
        mailbox: restore.mailbox.clone(),
        new,
        stamped,
    };
    serde_json::to_string(&asked).unwrap_or_default()
}

pub(crate) fn from_json(json: &str) -> Option<Restore> {
    let asked: Asked = serde_json::from_str(json).ok()?;
    let into = match (asked.new, asked.stamped) {
        (Some(name), None) => RestoreInto::New(name),
        (None, Some(stamp)) => RestoreInto::Stamped(stamp),
        (None, None) => RestoreInto::Place,
        (Some(_), Some(_)) => return None,
    };
    Some(Restore {
        account: AccountId(asked.account),
        at: asked.at,
        mailbox: asked.mailbox,
        into,
    })
}
