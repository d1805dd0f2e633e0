//! `postern check`: whether everything in a data folder is as it was written, also while a server
//! works with it; and with `--repair`, while none does, what can be put right is.

mod account;
mod progress;
mod repair;
mod report;

use crate::config::Config;
use crate::data;
use crate::failure::Failure;
use crate::output::print;
use account::AccountCheck;
use postern_store::AccountId;
use postern_store::sqlite::inspect::{Inspection, Listed};
use progress::Progress;
pub(crate) use report::size;
use report::{Finding, Kind, Remedy, Report};
use std::collections::BTreeMap;
use std::io::Write;

/// What is asked of a check.
#[derive(Debug, Clone, clap::Args)]
#[command(
    after_help = "Examples:\n  postern check\n  postern check --account ann@example.org\n  \
    postern check --json | jq '.findings'\n  systemctl stop postern && postern check --repair\n\n\
    Exit code 0: nothing is damaged, or all of it was put right or aside. 1: something is."
)]
pub struct CheckArgs {
    /// Only this account
    #[arg(long, value_name = "NAME")]
    account: Option<String>,
    /// Put right what can be, and the rest aside; no server may run
    #[arg(long)]
    repair: bool,
    /// Print the findings as JSON
    #[arg(long)]
    json: bool,
}

/// Checks, says what was found, and fails if that is damage.
///
/// # Errors
/// There are findings, or the folder cannot be read.
pub fn run(config: &Config, args: &CheckArgs, out: &mut dyn Write) -> Result<(), Failure> {
    data::become_owner(config)?;
    let mut repair = match args.repair {
        true => Some(repair::open(config)?),
        false => None,
    };
    let mut report = check(config, args.account.as_deref())?;
    if let Some(repair) = &mut repair {
        repair::all(repair, &mut report, config)?;
    }
    let text = match args.json {
        true => report.json()?,
        false => report.text(args.repair),
    };
    print(out, &text)?;
    match report.open() {
        0 => Ok(()),
        1 => Err(Failure::Request("1 finding".to_owned())),
        more => Err(Failure::Request(format!("{more} findings"))),
    }
}

fn check(config: &Config, only: Option<&str>) -> Result<Report, Failure> {
    let inspection = data::inspect(config)?;
    let mut report = Report::new(&config.data);
    let accounts = chosen(&inspection, only)?;
    let mut progress = Progress::new(accounts.len());
    if only.is_none() {
        check_files(&inspection, &mut report)?;
    }
    for account in accounts {
        progress.account(&account.name, &report);
        AccountCheck::new(&inspection, account, &mut report, &mut progress).run()?;
    }
    progress.end();
    Ok(report)
}

/// An account to look at.
struct Chosen {
    id: AccountId,
    /// What to call it.
    name: String,
    removed: bool,
}

/// Every account with a log or in the directory, or the one that is meant.
fn chosen(inspection: &Inspection, only: Option<&str>) -> Result<Vec<Chosen>, Failure> {
    let listed = inspection.listed()?;
    if let Some(wanted) = only {
        let wanted = data::account_name(wanted)?;
        let mut present = listed.iter().filter(|it| it.removed.is_none());
        let found = present.find(|it| it.name == wanted.as_str());
        let found = found.ok_or_else(|| data::no_account(wanted.as_str()))?;
        return Ok(vec![Chosen {
            id: found.id,
            name: found.name.clone(),
            removed: false,
        }]);
    }
    let mut all: BTreeMap<AccountId, Chosen> = BTreeMap::new();
    for Listed { id, name, removed } in listed {
        let removed = removed.is_some();
        let name = match removed {
            false => name,
            true => format!("{name} (removed, number {})", id.0),
        };
        all.insert(id, Chosen { id, name, removed });
    }
    for id in inspection.logged()? {
        all.entry(id).or_insert_with(|| Chosen {
            id,
            name: format!("number {} (not in the directory)", id.0),
            removed: false,
        });
    }
    Ok(all.into_values().collect())
}

/// What belongs to no one account: the databases' own structure, the segments, the directory.
fn check_files(inspection: &Inspection, report: &mut Report) -> Result<(), Failure> {
    for (file, complaint) in inspection.database_damage()? {
        report.find(Finding::new(
            Kind::Database,
            file,
            complaint,
            Remedy::Backup,
        ));
    }
    for segment in inspection.segments()? {
        report.segments += 1;
        let Some(what) = segment.damage else {
            continue;
        };
        let place = format!("segment {} of shard {}", segment.number, segment.shard);
        let remedy = match segment.size {
            0 => Remedy::Backup,
            _ => Remedy::Header(segment.shard, segment.number),
        };
        report.find(Finding::new(Kind::Segment, place, what, remedy));
    }
    let listed = inspection.listed()?;
    for account in &listed {
        if let Err(error) = postern_identity::AccountName::parse(&account.name) {
            let place = format!("account number {}", account.id.0);
            let what = format!("its name {:?} cannot be one: {error}", account.name);
            report.find(Finding::new(Kind::Directory, place, what, Remedy::Backup));
        }
    }
    let known = |id: &AccountId| listed.iter().any(|it| it.id == *id);
    for id in inspection.logged()?.iter().filter(|id| !known(id)) {
        let place = format!("account number {}", id.0);
        let what = "it has a log and is not in the directory".to_owned();
        report.find(Finding::new(Kind::Directory, place, what, Remedy::Backup));
    }
    Ok(())
}
