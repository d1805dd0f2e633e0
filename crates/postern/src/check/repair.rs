//! `postern check --repair`: each finding's remedy, if it has one.

use super::report::{Fate, Remedy, Report};
use crate::config::Config;
use crate::data;
use crate::failure::Failure;
use postern_account::Event;
use postern_message::Message;
use postern_store::sqlite::inspect::Inspection;
use postern_store::sqlite::repair::Repair;
use postern_store::{AccountId, BodyRef};

pub(super) fn open(config: &Config) -> Result<Repair, Failure> {
    Repair::open(&config.data).map_err(|error| {
        Failure::System(format!("{error}; a repair needs the server to be stopped"))
    })
}

pub(super) fn all(
    repair: &mut Repair,
    report: &mut Report,
    config: &Config,
) -> Result<(), Failure> {
    let inspection = data::inspect(config)?;
    for finding in &mut report.findings {
        finding.fate = match finding.remedy.clone() {
            Remedy::DropSnapshot(account) => {
                repair.drop_snapshot(account)?;
                Fate::Repaired
            }
            Remedy::Header(shard, number) => {
                repair.rewrite_header(shard, number)?;
                Fate::Repaired
            }
            Remedy::Summarise(account, body) => summarise(repair, &inspection, account, &body)?,
            Remedy::PutAside(account, body) => {
                repair.quarantine_body(account, &body, &finding.what)?;
                Fate::Quarantined
            }
            Remedy::Replace(account, first, last) => {
                let lost = Event::Lost.encode();
                repair.replace_entries(account, first..=last, &finding.what, &lost)?;
                Fate::Quarantined
            }
            Remedy::Backup => Fate::Open,
        };
    }
    report.settle();
    Ok(())
}

/// One of an older version has another length and cannot be written in its place. It costs only
/// time: the server computes it again whenever it is asked for.
fn summarise(
    repair: &mut Repair,
    inspection: &Inspection,
    account: AccountId,
    body: &BodyRef,
) -> Result<Fate, Failure> {
    let content = inspection.read_body(account, body)?;
    let summary = Message::parse(&content).summary().encode();
    let written = repair.rewrite_derived(account, body, &summary)?;
    Ok(if written { Fate::Repaired } else { Fate::Open })
}
