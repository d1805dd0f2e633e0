//! `postern account …`: who has mailboxes here.
//!
//! Data goes to the output given, what was done is returned in words.

use crate::account_quota::{QuotaArgs, ShownQuota};
use crate::data::{account_name, no_account};
use crate::failure::Failure;
use crate::output::print;
use crate::password_input;
use crate::when;
use postern_identity::{self as identity, AccountName, Cost};
use postern_store::{AccountChange, AccountId, AccountRecord, Directory};
use serde::Serialize;
use std::io::{self, BufRead, IsTerminal, Write};
use zeroize::Zeroizing;

/// What is asked about accounts.
#[derive(Debug, Clone, clap::Subcommand)]
pub enum AccountCommand {
    /// Add an account
    #[command(after_help = "Examples:\n  postern account add ann@example.org\n  \
        postern account add ann@example.org --generate\n  \
        pass show mail/ann | postern account add ann@example.org")]
    Add {
        /// Its name, with or without a domain
        name: String,
        /// Make a random password and print it
        #[arg(long)]
        generate: bool,
        /// It is nobody's: several people share its mailboxes, as `postern acl` says, and none
        /// signs in as it
        #[arg(long, conflicts_with = "generate")]
        shared: bool,
    },
    /// List all accounts
    List {
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Show one account
    Show {
        /// Its name
        name: String,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Set a new password
    #[command(
        after_help = "The password is asked for on a terminal, and read from the first line \
        of the standard input otherwise."
    )]
    Password {
        /// Its name
        name: String,
        /// Make a random password and print it
        #[arg(long)]
        generate: bool,
    },
    /// Let an account neither log in nor receive mail
    Disable {
        /// Its name
        name: String,
    },
    /// Let a disabled account log in and receive mail again
    Enable {
        /// Its name
        name: String,
    },
    /// Show or set what an account may hold
    #[command(after_help = "Examples:\n  postern account quota ann@example.org\n  \
        postern account quota ann@example.org --storage 2GiB --messages 100000\n  \
        postern account quota ann@example.org --default")]
    Quota {
        /// Its name
        name: String,
        /// What is to be set; nothing: it is shown
        #[command(flatten)]
        quota: QuotaArgs,
    },
    /// Remove an account; its name becomes free, its mail stays in the data folder
    Remove {
        /// Its name
        name: String,
        /// Do not ask
        #[arg(long)]
        yes: bool,
    },
}

/// A change that is durable.
pub struct Changed {
    /// Whose.
    pub account: AccountId,
    /// What was done, in words.
    pub done: String,
    /// Whether only what it may hold was changed, which ends no session.
    pub quota: bool,
    /// The password, if it was made here and has to be shown.
    pub generated: Option<Zeroizing<String>>,
}

/// Does what is asked. `None`: nothing was to be changed.
///
/// # Errors
/// The request cannot be done, or the directory cannot be used.
pub async fn run(
    command: &AccountCommand,
    directory: &dyn Directory,
    out: &mut dyn Write,
) -> Result<Option<Changed>, Failure> {
    match command {
        AccountCommand::Add {
            name, shared: true, ..
        } => add_shared(directory, name).await.map(Some),
        AccountCommand::Add { name, generate, .. } => {
            add(directory, name, *generate).await.map(Some)
        }
        AccountCommand::List { json } => list(directory, *json, out).await.map(|()| None),
        AccountCommand::Show { name, json } => {
            show(directory, name, *json, out).await.map(|()| None)
        }
        AccountCommand::Password { name, generate } => {
            password(directory, name, *generate).await.map(Some)
        }
        AccountCommand::Disable { name } => enable(directory, name, false).await.map(Some),
        AccountCommand::Enable { name } => enable(directory, name, true).await.map(Some),
        AccountCommand::Quota { name, quota: asked } => quota(directory, name, asked, out).await,
        AccountCommand::Remove { name, yes } => remove(directory, name, *yes).await.map(Some),
    }
}

async fn add(directory: &dyn Directory, name: &str, generate: bool) -> Result<Changed, Failure> {
    let name = account_name(name)?;
    if directory.account_by_name(name.as_str()).await?.is_some() {
        return Err(taken(&name));
    }
    let password = new_password(&name, generate)?;
    let credential = hash(&password)?;
    let account = directory
        .add_account(name.as_str(), &credential, when::now())
        .await?
        .ok_or_else(|| taken(&name))?;
    Ok(Changed {
        account,
        done: format!("added {name}"),
        quota: false,
        generated: generate.then_some(password),
    })
}

/// Without a password, and without anybody to ask for one.
async fn add_shared(directory: &dyn Directory, name: &str) -> Result<Changed, Failure> {
    let name = account_name(name)?;
    let account = directory
        .add_shared_account(name.as_str(), when::now())
        .await?
        .ok_or_else(|| taken(&name))?;
    Ok(Changed {
        account,
        done: format!(
            "added {name}, which is shared; say who may use it: postern acl set {name} INBOX …"
        ),
        generated: None,
        quota: false,
    })
}

fn taken(name: &AccountName) -> Failure {
    Failure::Request(format!(
        "there is an account {name} already; choose another name"
    ))
}

async fn list(directory: &dyn Directory, json: bool, out: &mut dyn Write) -> Result<(), Failure> {
    let accounts = directory.accounts().await?;
    let shown: Vec<Shown> = accounts.iter().map(Shown::new).collect();
    if json {
        return print_json(out, &shown);
    }
    let width = shown
        .iter()
        .map(|it| it.name.chars().count())
        .max()
        .unwrap_or(0);
    for account in &shown {
        let Shown { name, created, .. } = account;
        let state = account.state();
        let shared = if account.shared { "  shared" } else { "" };
        print(
            out,
            &format!("{name:width$}  {state:8}  added {created}{shared}\n"),
        )?;
    }
    Ok(())
}

async fn show(
    directory: &dyn Directory,
    name: &str,
    json: bool,
    out: &mut dyn Write,
) -> Result<(), Failure> {
    let record = find(directory, name).await?;
    let quota = ShownQuota::from(directory.quota(record.id).await?);
    let shown = Shown::new(&record);
    if json {
        return print_json(
            out,
            &ShownAlone {
                account: shown,
                quota,
            },
        );
    }
    let password = match (shown.shared, shown.password) {
        (true, _) => "none: it is shared, and nobody signs in as it",
        (false, true) => "set",
        (false, false) => "none: nobody can log in with one",
    };
    let (name, id, state, added) = (&shown.name, shown.id, shown.state(), &shown.created);
    print(
        out,
        &format!(
            "name:     {name}\nnumber:   {id}\nstate:    {state}\nadded:    {added}\npassword: {password}\nquota:    {quota}\n"
        ),
    )
}

async fn password(
    directory: &dyn Directory,
    name: &str,
    generate: bool,
) -> Result<Changed, Failure> {
    let record = find(directory, name).await?;
    if record.shared {
        return Err(Failure::Request(format!(
            "{} is shared: nobody signs in as it, so it has no password",
            record.name
        )));
    }
    let name = account_name(&record.name)?;
    let password = new_password(&name, generate)?;
    let change = AccountChange::Credential(hash(&password)?);
    let done = format!("set a new password for {name}");
    let changed = apply(directory, &record, change, done).await?;
    Ok(Changed {
        generated: generate.then_some(password),
        ..changed
    })
}

async fn enable(directory: &dyn Directory, name: &str, on: bool) -> Result<Changed, Failure> {
    let record = find(directory, name).await?;
    let done = match on {
        true => format!("enabled {}", record.name),
        false => format!("disabled {}", record.name),
    };
    apply(directory, &record, AccountChange::Enabled(on), done).await
}

async fn quota(
    directory: &dyn Directory,
    name: &str,
    asked: &QuotaArgs,
    out: &mut dyn Write,
) -> Result<Option<Changed>, Failure> {
    let record = find(directory, name).await?;
    let before = directory.quota(record.id).await?;
    let Some(quota) = asked.change(before)? else {
        print(out, &format!("{}\n", ShownQuota::from(before)))?;
        return Ok(None);
    };
    let shown = ShownQuota::from(quota);
    let done = format!("{} may hold from now on: {shown}", record.name);
    let changed = apply(directory, &record, AccountChange::Quota(quota), done).await?;
    Ok(Some(Changed {
        quota: true,
        ..changed
    }))
}

async fn remove(directory: &dyn Directory, name: &str, yes: bool) -> Result<Changed, Failure> {
    let record = find(directory, name).await?;
    if !yes {
        confirm(&record.name)?;
    }
    let done = format!("removed {}; its mail stays in the data folder", record.name);
    apply(directory, &record, AccountChange::Removed, done).await
}

/// Wants the name again, typed: a habit of typing "y" is no answer.
fn confirm(name: &str) -> Result<(), Failure> {
    if !io::stdin().is_terminal() {
        return Err(Failure::Request(format!(
            "{name} was not removed: nobody can be asked; add --yes to remove it"
        )));
    }
    eprint!("Type the account's name to remove it: ");
    let mut line = String::new();
    let read = io::stdin().lock().read_line(&mut line);
    match read {
        Ok(_) if line.trim() == name => Ok(()),
        _ => Err(Failure::Request(format!(
            "{name} was not removed: that was another name"
        ))),
    }
}

async fn apply(
    directory: &dyn Directory,
    record: &AccountRecord,
    change: AccountChange,
    done: String,
) -> Result<Changed, Failure> {
    match directory.change_account(record.id, change).await? {
        true => Ok(Changed {
            account: record.id,
            done,
            quota: false,
            generated: None,
        }),
        false => Err(no_account(&record.name)),
    }
}

async fn find(directory: &dyn Directory, name: &str) -> Result<AccountRecord, Failure> {
    let name = account_name(name)?;
    let record = directory.account_by_name(name.as_str()).await?;
    record.ok_or_else(|| no_account(name.as_str()))
}

fn new_password(name: &AccountName, generate: bool) -> Result<Zeroizing<String>, Failure> {
    match generate {
        true => password_input::generate(),
        false => password_input::ask(name.as_str()),
    }
}

fn hash(password: &Zeroizing<String>) -> Result<String, Failure> {
    identity::hash(password, Cost::default()).map_err(|error| Failure::System(error.to_string()))
}

/// An account as it is shown; never its hash.
#[derive(Debug, Serialize)]
struct Shown {
    id: u64,
    name: String,
    enabled: bool,
    /// Whether it is nobody's.
    shared: bool,
    /// RFC 3339.
    created: String,
    /// Whether one is set.
    password: bool,
}

/// One account, with what the list leaves out.
#[derive(Debug, Serialize)]
struct ShownAlone {
    #[serde(flatten)]
    account: Shown,
    quota: ShownQuota,
}

impl Shown {
    fn new(record: &AccountRecord) -> Self {
        Self {
            id: record.id.0,
            name: record.name.clone(),
            enabled: record.enabled,
            shared: record.shared,
            created: when::show(record.created),
            password: !record.credential.is_empty(),
        }
    }

    fn state(&self) -> &'static str {
        match self.enabled {
            true => "enabled",
            false => "disabled",
        }
    }
}

fn print_json(out: &mut dyn Write, value: &impl Serialize) -> Result<(), Failure> {
    let json = serde_json::to_string_pretty(value)
        .map_err(|error| Failure::System(format!("cannot write JSON: {error}")))?;
    print(out, &format!("{json}\n"))
}
