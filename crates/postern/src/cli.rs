//! The command line.

use crate::account_command::{self, AccountCommand, Changed};
use crate::acl_command::{self, AclCommand};
use crate::backup::{self, BackupArgs};
use crate::check::{self, CheckArgs};
use crate::collect;
use crate::config::{self, Config, ConfigError, DEFAULT_PATH};
use crate::control::{self, Request};
use crate::data;
use crate::failure::Failure;
use crate::history::{self, HistoryArgs};
use crate::logging;
use crate::output::print;
use crate::restore::{self, RestoreArgs};
use crate::serve;
use crate::trial::{self, TrialArgs};
use clap::{Parser, Subcommand};
use postern_tls::{CertificateFiles, Certificates};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use time::OffsetDateTime;
use zeroize::Zeroizing;

const EXAMPLES: &str = "\
Examples:
  postern trial
  postern config defaults > /etc/postern/postern.toml
  postern config check
  postern serve --config /etc/postern/postern.toml
  postern account add ann@example.org
  postern account list --json

Exit codes:
  0  done
  1  the request cannot be done as it was made
  2  the command line is wrong
  3  the configuration is wrong
  4  the machine, its storage or a permission is in the way";

/// An IMAPS server: mailboxes over TLS for every client
#[derive(Debug, Parser)]
#[command(name = "postern", version, after_help = EXAMPLES)]
pub struct Cli {
    /// The configuration [default: /etc/postern/postern.toml, if it is there]
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// The data folder, in place of the configuration's
    #[arg(long, global = true, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Serve mail, as the configuration says
    Serve,
    /// Serve mail with no configuration: an account, sample mail, a certificate, all in one folder
    Trial(TrialArgs),
    /// Add, show and change accounts; a running server sees it at once
    #[command(subcommand)]
    Account(AccountCommand),
    /// Verify everything in the data folder, also while a server runs
    Check(CheckArgs),
    /// Tell what happened to a mailbox or a message, when, and from where
    History(HistoryArgs),
    /// Bring back mailboxes as they were, or an account that was removed
    Restore(RestoreArgs),
    /// Copy the data folder, or what is new of it, also while a server runs
    Backup(BackupArgs),
    /// Give back the space of what was deleted longer ago than history goes back
    #[command(after_help = "A running server does it by itself, once a day.")]
    Collect,
    /// Show and set who may use whose mailboxes; a running server does it at once
    #[command(subcommand)]
    Acl(AclCommand),
    /// Look at the configuration
    #[command(subcommand)]
    Config(ConfigCommand),
    /// Print the version
    Version,
}

/// What is asked about the configuration.
#[derive(Debug, Clone, Copy, Subcommand)]
pub enum ConfigCommand {
    /// Say whether the configuration and its certificate can be used
    Check,
    /// Print every option with its default and meaning, as a file to start from
    Defaults,
}

/// Does what the command line asks.
pub fn main() -> ExitCode {
    match run(&Cli::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            complain(&failure);
            failure.exit_code()
        }
    }
}

fn complain(failure: &Failure) {
    match failure {
        // It shows lines of the file, so it stands alone.
        Failure::Config(text) => eprintln!("{text}"),
        other => eprintln!("postern: {other}"),
    }
}

fn run(cli: &Cli) -> Result<(), Failure> {
    match &cli.command {
        Command::Serve => serve(&cli.configuration()?),
        Command::Trial(args) => trial::run(args, cli.data.as_deref()),
        Command::Acl(command) => {
            acl_command::run(&cli.configuration()?, command, &mut io::stdout().lock())
        }
        Command::Account(command) => account(&cli.configuration()?, command),
        Command::Check(args) => check::run(&cli.configuration()?, args, &mut io::stdout().lock()),
        Command::Backup(args) => backup::run(&cli.configuration()?, args, &mut io::stdout().lock()),
        Command::Collect => collect::run(&cli.configuration()?, &mut io::stdout().lock()),
        Command::Restore(args) => {
            restore::run(&cli.configuration()?, args, &mut io::stdout().lock())
        }
        Command::History(args) => {
            history::run(&cli.configuration()?, args, &mut io::stdout().lock())
        }
        Command::Config(ConfigCommand::Check) => check_configuration(&cli.config_path()),
        Command::Config(ConfigCommand::Defaults) => say(&config::defaults_file()),
        Command::Version => say(concat!("postern ", env!("CARGO_PKG_VERSION"), "\n")),
    }
}

impl Cli {
    /// The configuration that the global options name, or the usual one. Without a file at the
    /// usual place the defaults hold.
    ///
    /// # Errors
    /// The file cannot be read or used.
    pub fn configuration(&self) -> Result<Config, Failure> {
        let mut config = match &self.config {
            Some(path) => config::load(path)?,
            None => usual_configuration()?,
        };
        if let Some(data) = &self.data {
            config.data = std::path::absolute(data).map_err(|error| {
                Failure::System(format!("cannot tell where {} is: {error}", data.display()))
            })?;
        }
        Ok(config)
    }

    fn config_path(&self) -> PathBuf {
        self.config
            .clone()
            .unwrap_or_else(|| PathBuf::from(DEFAULT_PATH))
    }
}

fn usual_configuration() -> Result<Config, ConfigError> {
    let path = Path::new(DEFAULT_PATH);
    match path.try_exists() {
        Ok(false) => Ok(Config::default()),
        _ => config::load(path),
    }
}

fn serve(config: &Config) -> Result<(), Failure> {
    logging::start(config.log)
        .map_err(|error| Failure::System(format!("the log cannot be started: {error}")))?;
    serve::run(config)
}

fn account(config: &Config, command: &AccountCommand) -> Result<(), Failure> {
    let directory = data::open_directory(config)?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .map_err(|error| Failure::System(format!("the system gave no event loop: {error}")))?;
    let mut out = io::stdout().lock();
    let outcome = runtime.block_on(account_command::run(command, &directory, &mut out));
    match outcome? {
        Some(changed) => announce(config, &changed, &mut out),
        None => Ok(()),
    }
}

/// The server is told even if the password cannot be printed: the change is made.
fn announce(config: &Config, changed: &Changed, out: &mut dyn Write) -> Result<(), Failure> {
    eprintln!("{}", changed.done);
    let printed = match &changed.generated {
        Some(password) => print(out, &Zeroizing::new(format!("{}\n", **password))),
        None => Ok(()),
    };
    let request = match changed.quota {
        true => Request::QuotaChanged(changed.account),
        false => Request::DirectoryChanged(changed.account),
    };
    tell_server(config, &request)?;
    printed
}

pub(crate) fn tell_server(config: &Config, request: &Request) -> Result<(), Failure> {
    match control::tell(&config.data, request) {
        Ok(_) => Ok(()),
        Err(error) => Err(Failure::System(format!(
            "the change is saved, but the running server could not be told: {error}; restart it \
             to end sessions that are open"
        ))),
    }
}

fn check_configuration(path: &Path) -> Result<(), Failure> {
    let config = config::load(path)?;
    let warnings = check_certificate(&config)?;
    for warning in &warnings {
        eprintln!("warning: {warning}");
    }
    say(&format!("{}: ok\n", path.display()))
}

fn check_certificate(config: &Config) -> Result<Vec<String>, Failure> {
    let (Some(certificate), Some(key)) = (&config.tls.certificate, &config.tls.key) else {
        return Ok(vec![
            "no certificate is set in [tls]; the server will not start without one".to_owned(),
        ]);
    };
    let files = CertificateFiles {
        certificate: certificate.clone(),
        key: key.clone(),
    };
    let (_, warnings) = Certificates::load(files, &config.hostname, OffsetDateTime::now_utc())
        .map_err(|error| Failure::Config(format!("error: {error}")))?;
    Ok(warnings.iter().map(ToString::to_string).collect())
}

fn say(text: &str) -> Result<(), Failure> {
    print(&mut io::stdout().lock(), text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }
}
