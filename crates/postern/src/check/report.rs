//! What a check found, for people and for programs.
//!
//! The JSON is one object. Its fields are those of [`Report`] and [`Finding`]; `format` is 1, and
//! changes when a field goes or changes its meaning, not when one is added.

use crate::failure::Failure;
use postern_store::{AccountId, BodyRef, Seq};
use serde::Serialize;
use std::fmt::Write;
use std::path::Path;

/// Everything that was looked at, and what is wrong with it.
#[derive(Debug, Serialize)]
pub(super) struct Report {
    /// 1.
    format: u32,
    /// Whether no finding is open.
    clean: bool,
    /// The data folder.
    data: String,
    /// Accounts looked at.
    pub(super) accounts: u64,
    /// Entries of logs.
    pub(super) entries: u64,
    /// Snapshots.
    pub(super) snapshots: u64,
    /// Bodies of messages.
    pub(super) bodies: u64,
    /// Octets of bodies.
    pub(super) octets: u64,
    /// Bodies that are gone because they were collected.
    pub(super) collected: u64,
    /// Damaged bodies that had been put aside before, and entries likewise.
    pub(super) quarantined: u64,
    /// Segments; 0 when only one account was looked at.
    pub(super) segments: u64,
    /// What is wrong.
    pub(super) findings: Vec<Finding>,
}

/// What kind of thing is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Kind {
    /// A database's own structure.
    Database,
    /// The directory of accounts.
    Directory,
    /// An entry of a log.
    Entry,
    /// A state that is not as it must be, counted again.
    State,
    /// A snapshot that is damaged, or not what the log gives.
    Snapshot,
    /// A segment as a whole.
    Segment,
    /// A message's content.
    Body,
    /// What was computed from a message at delivery.
    Summary,
}

/// What has become of a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Fate {
    /// It is as it was found.
    Open,
    /// It was made again from what it is derived from.
    Repaired,
    /// It was put aside.
    Quarantined,
}

/// What would help.
#[derive(Debug, Clone)]
pub(super) enum Remedy {
    /// A snapshot is dropped, and made again from the log.
    DropSnapshot(AccountId),
    /// A segment's header is written again.
    Header(u16, u64),
    /// A summary is computed again from the message.
    Summarise(AccountId, BodyRef),
    /// A body is put aside.
    PutAside(AccountId, BodyRef),
    /// Entries are put aside: a snapshot has what they did.
    Replace(AccountId, Seq, Seq),
    /// Only a backup has it.
    Backup,
}

/// A message that a finding concerns.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Place {
    pub(super) mailbox: String,
    pub(super) uid: u32,
}

/// One thing that is wrong.
#[derive(Debug, Serialize)]
pub(super) struct Finding {
    /// What kind of thing.
    kind: Kind,
    /// Whose, if it is one account's.
    pub(super) account: Option<String>,
    /// Where.
    place: String,
    /// What is wrong.
    pub(super) what: String,
    /// The messages of the account that suffer; none for a body that only history names.
    pub(super) messages: Vec<Place>,
    /// What has become of it.
    pub(super) fate: Fate,
    #[serde(skip)]
    pub(super) remedy: Remedy,
}

impl Finding {
    pub(super) fn new(kind: Kind, place: String, what: String, remedy: Remedy) -> Self {
        Self {
            kind,
            account: None,
            place,
            what,
            messages: Vec::new(),
            fate: Fate::Open,
            remedy,
        }
    }

    fn line(&self) -> String {
        let account = self.account.as_ref().map(|name| format!("{name}: "));
        let mut line = format!(
            "{}{}: {}",
            account.unwrap_or_default(),
            self.place,
            self.what
        );
        for place in &self.messages {
            let _ = write!(line, "; {} UID {}", place.mailbox, place.uid);
        }
        let advice = match (self.fate, &self.remedy) {
            (Fate::Repaired, _) => "repaired",
            (Fate::Quarantined, _) => "put aside in the folder quarantine",
            (Fate::Open, Remedy::Backup) => "restore it from a backup",
            (Fate::Open, Remedy::PutAside(..) | Remedy::Replace(..)) => "--repair puts it aside",
            (Fate::Open, _) => "--repair makes it again",
        };
        format!("{line} ({advice})\n")
    }
}

impl Report {
    pub(super) fn new(data: &Path) -> Self {
        Self {
            format: 1,
            clean: true,
            data: data.display().to_string(),
            accounts: 0,
            entries: 0,
            snapshots: 0,
            bodies: 0,
            octets: 0,
            collected: 0,
            quarantined: 0,
            segments: 0,
            findings: Vec::new(),
        }
    }

    pub(super) fn find(&mut self, finding: Finding) {
        self.findings.push(finding);
        self.clean = false;
    }

    /// Findings that are as they were found.
    pub(super) fn open(&self) -> usize {
        let open = self.findings.iter().filter(|it| it.fate == Fate::Open);
        open.count()
    }

    /// After a repair.
    pub(super) fn settle(&mut self) {
        self.clean = self.open() == 0;
    }

    pub(super) fn json(&self) -> Result<String, Failure> {
        serde_json::to_string_pretty(self)
            .map(|json| json + "\n")
            .map_err(|error| Failure::System(format!("cannot write JSON: {error}")))
    }

    pub(super) fn text(&self, repaired: bool) -> String {
        let mut text: String = self.findings.iter().map(Finding::line).collect();
        let _ = write!(
            text,
            "checked {}: {}, {}, {}, {}",
            counted(self.accounts, "account", "accounts"),
            counted(self.entries, "log entry", "log entries"),
            counted(self.snapshots, "snapshot", "snapshots"),
            counted(self.bodies, "message body", "message bodies"),
            size(self.octets),
        );
        if self.segments > 0 {
            let _ = write!(text, ", {}", counted(self.segments, "segment", "segments"));
        }
        if self.collected > 0 {
            let _ = write!(text, "; {} collected", self.collected);
        }
        if self.quarantined > 0 {
            let _ = write!(text, "; {} put aside before", self.quarantined);
        }
        text.push('\n');
        text.push_str(match (self.findings.is_empty(), self.open(), repaired) {
            (true, ..) => "nothing is damaged\n",
            (false, 0, _) => "all that was damaged is repaired or put aside\n",
            (false, _, true) => "some damage needs a backup\n",
            (false, _, false) => {
                "stop the server and run postern check --repair, or restore from a backup\n"
            }
        });
        text
    }
}

fn counted(count: u64, one: &str, more: &str) -> String {
    let what = if count == 1 { one } else { more };
    format!("{count} {what}")
}

/// Octets in the unit that suits them.
pub(crate) fn size(octets: u64) -> String {
    const UNITS: [(&str, u64); 3] = [("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)];
    let unit = UNITS.iter().find(|(_, unit)| octets >= *unit);
    match unit {
        Some((name, unit)) => {
            let tenths = u128::from(octets) * 10 / u128::from(*unit);
            format!("{}.{} {name}", tenths / 10, tenths % 10)
        }
        None => format!("{octets} octets"),
    }
}
