//! `postern restore`: mailboxes as they were, from the accounts' own logs, by the running server
//! or without one; and accounts that were removed.

mod request;

pub(crate) use request::perform;

use crate::account_log;
use crate::config::Config;
use crate::control::{self, Request, Told};
use crate::data;
use crate::failure::Failure;
use crate::output::print;
use crate::{cli, serve, when};
use postern_server::{Operator, Restore, RestoreInto};
use postern_store::sqlite::backup;
use postern_store::sqlite::inspect::Listed;
use postern_store::sqlite::{Options, Sqlite};
pub use request::Wish;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What is asked of a restore.
#[derive(Debug, Clone, clap::Args)]
#[command(after_help = "Examples:\n  \
    postern restore --account ann --mailbox Projects --at 2026-11-01T12:00\n  \
    postern restore --account ann --mailbox INBOX --at 36h --in-place\n  \
    postern restore --account ann --at 2d\n  \
    postern restore --removed ann\n  \
    postern restore --from /backup/postern --account ann --mailbox INBOX --in-place\n  \
    postern restore --from /backup/postern\n\n\
    Nothing is ever removed by it. Times are in UTC.")]
pub struct RestoreArgs {
    /// Whose mailboxes; with --from and without this, a new data folder is made
    #[arg(long, value_name = "NAME", required_unless_present_any = ["removed", "from"])]
    account: Option<String>,
    /// Only the mailbox that had this name then; without it, all that lack something now
    #[arg(long, value_name = "MAILBOX")]
    mailbox: Option<String>,
    /// As they were at this time; with --from it may be left out
    #[arg(long, value_name = "TIME", value_parser = when::parse,
        required_unless_present_any = ["removed", "from"])]
    at: Option<i64>,
    /// The new mailbox's name [default: the old one and the time]
    #[arg(long, value_name = "MAILBOX", requires = "mailbox")]
    into: Option<String>,
    /// Add what is missing to the mailbox itself
    #[arg(long, conflicts_with = "into")]
    in_place: bool,
    /// From a backup, in place of the account's own log
    #[arg(long, value_name = "DIR")]
    from: Option<PathBuf>,
    /// Bring back the account of this name that was removed; it needs a new password then
    #[arg(long, value_name = "NAME", conflicts_with_all = ["account", "mailbox", "at", "in_place", "from"])]
    removed: Option<String>,
}

/// Restores, and says what.
///
/// # Errors
/// It cannot be as asked, or the store could not.
pub fn run(config: &Config, args: &RestoreArgs, out: &mut dyn Write) -> Result<(), Failure> {
    if let (Some(folder), None) = (&args.from, &args.account) {
        return everything(config, args, folder, out);
    }
    data::become_owner(config)?;
    if let Some(name) = &args.removed {
        return bring_back(config, name);
    }
    let wish = wish(config, args)?;
    let told = control::tell(&config.data, &Request::Restore(wish.clone()));
    let said = match told.map_err(|error| Failure::Request(error.to_string()))? {
        Told::Done(said) => said,
        Told::NoServer => alone(config, &wish)?,
    };
    print(out, &request::text(&said)?)
}

fn wish(config: &Config, args: &RestoreArgs) -> Result<Wish, Failure> {
    let name = args.account.as_deref().unwrap_or_default();
    let account = account_log::find(&data::inspect(config)?, name)?;
    let backup = match &args.from {
        None => None,
        Some(folder) => Some(request::Backup {
            folder: absolute(folder)?,
            account: data::account_name(name)?.as_str().to_owned(),
        }),
    };
    let at = match (args.at, &backup) {
        (Some(at), _) => at,
        (None, Some(backup)) => request::open(&backup.folder)?.made(),
        (None, None) => return Err(Failure::Request("say --at which time".to_owned())),
    };
    let into = match (&args.into, args.in_place) {
        (Some(name), _) => RestoreInto::New(request::new_name(name)?),
        (None, true) => RestoreInto::Place,
        (None, false) => RestoreInto::Stamped(stamp(at)),
    };
    let restore = Restore {
        account,
        name: data::account_name(name)?.as_str().to_owned(),
        at,
        mailbox: args.mailbox.as_deref().map(own_name),
        into,
    };
    Ok(Wish { restore, backup })
}

fn absolute(folder: &Path) -> Result<PathBuf, Failure> {
    std::path::absolute(folder).map_err(|error| {
        let folder = folder.display();
        Failure::System(format!("cannot tell where {folder} is: {error}"))
    })
}

/// Makes a data folder of a backup.
fn everything(
    config: &Config,
    args: &RestoreArgs,
    folder: &Path,
    out: &mut dyn Write,
) -> Result<(), Failure> {
    if args.mailbox.is_some() || args.at.is_some() || args.in_place {
        let what = "name the --account whose mailboxes are meant";
        return Err(Failure::Request(what.to_owned()));
    }
    let folder = absolute(folder)?;
    data::make_folder(config)?;
    data::become_owner(config)?;
    backup::restore(&folder, &config.data).map_err(|error| Failure::System(error.to_string()))?;
    let data = config.data.display();
    print(
        out,
        &format!("{data} is as it was; look at it with: postern check\n"),
    )
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
fn alone(config: &Config, wish: &Wish) -> Result<String, Failure> {
    let store = Sqlite::open(&config.data, &Options::default());
    let store = Arc::new(store.map_err(|error| Failure::System(error.to_string()))?);
    let operator = Operator::new(
        store,
        serve::limits(&config.limits)?,
        config.history.clone(),
    );
    let runtime = tokio::runtime::Runtime::new()
        .map_err(|error| Failure::System(format!("the system gave no event loop: {error}")))?;
    runtime.block_on(request::perform(&operator, wish))
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
    if *at < config.history.begins(name.as_str(), when::now()) {
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
