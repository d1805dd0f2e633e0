//! `docs/imap.md` and `docs/transcripts.md`, made from the tables of capabilities and commands
//! and from the heads of the transcripts in `crates/tests/transcripts`.
//!
//! A transcript says in `# needs:` which capabilities it shows; one that needs none shows the
//! base. Nothing else is kept by hand.

#![allow(clippy::unwrap_used)]

mod codes;

use super::{Announced, EXTENSIONS, Extension, Switch, always};
use crate::table::{Allowed, ROWS};
use postern_identity::Mechanism;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

/// Whom a transcript shows that needs no capability.
const BASE: &str = "IMAP4rev1";

/// How many transcripts stand in a row.
const NAMED: usize = 3;

const ABOUT: &str = "\
# What of IMAP there is

Made from the tables that drive the server (`crates/server/src/capability.rs` and `table.rs`) and
from the heads of the transcripts: run
`POSTERN_WRITE_DOCS=1 cargo test -p postern-server capability` after a change.

A capability is whole where what its text demands is there, within the limits that stand here;
one that is there in part says what is missing.
Each is shown by transcripts, sessions that `cargo xtask test transcripts` plays against a running
server; [transcripts.md](transcripts.md) has them by capability.

## Capabilities

| capability | text | announced | state | limits and choices | transcripts |
|---|---|---|---|---|---|
";

const ABOUT_COMMANDS: &str = "
## Commands

`crates/tests/tests/protocol_commands.rs` sends each in every state to a running server: where it
is not allowed it is answered with BAD, and does nothing.

| command | text | not authenticated | authenticated | selected |
|---|---|---|---|---|
";

const ABOUT_TRANSCRIPTS: &str = "\
# What the transcripts show

Made from the heads of the transcripts with docs/imap.md. The tests also play each against Debian's
Dovecot; where that does otherwise, the text that decides is named.
";

/// The head of a transcript; `crates/tests/transcripts/README.md` describes it.
struct Transcript {
    /// Below the folder of transcripts.
    name: String,
    title: String,
    rfc: String,
    shows: Vec<String>,
    dovecot: Option<String>,
    /// The whole of it.
    text: String,
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn transcripts() -> Vec<Transcript> {
    let top = root().join("crates/tests/transcripts");
    let folders = fs::read_dir(&top)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let mut all = Vec::new();
    for folder in folders.filter(|path| path.is_dir()) {
        for file in fs::read_dir(folder).unwrap() {
            let path = file.unwrap().path();
            let name = path.strip_prefix(&top).unwrap().display().to_string();
            all.push(head(name, fs::read_to_string(&path).unwrap()));
        }
    }
    all.sort_by(|one, other| one.name.cmp(&other.name));
    all
}

fn head(name: String, text: String) -> Transcript {
    let mut lines = text.lines().map_while(|line| line.strip_prefix("# "));
    let title = lines.next().unwrap_or_default().to_owned();
    let fields: BTreeMap<_, _> = lines.filter_map(|line| line.split_once(": ")).collect();
    let field = |key| fields.get(key).map(|value| (*value).to_owned());
    let needs = field("needs").unwrap_or_else(|| BASE.to_owned());
    let dovecot = field("differs").and_then(|why| Some(why.split_once(" — ")?.1.to_owned()));
    Transcript {
        name,
        title,
        rfc: field("rfc").unwrap_or_default(),
        shows: needs.split(' ').map(str::to_owned).collect(),
        dovecot,
        text,
    }
}

/// A row of the page.
struct Capability {
    name: String,
    source: &'static str,
    announced: &'static str,
    state: String,
    note: &'static str,
}

impl Capability {
    fn of(extension: &Extension) -> Self {
        Self {
            name: extension.name.to_owned(),
            source: extension.source,
            announced: match extension.announced {
                Announced::Always => "always",
                Announced::AfterLogin => "after login",
                Announced::InClear => "before TLS",
            },
            state: match extension.switch {
                Switch::None if !extension.whole => "in part".to_owned(),
                Switch::None => "whole".to_owned(),
                Switch::OffUntil(option) => format!("off until `{option}`"),
            },
            note: extension.note,
        }
    }

    fn of_mechanism(mechanism: Mechanism) -> Self {
        let (source, note) = match mechanism {
            Mechanism::Plain => ("RFC 4616", "Within TLS."),
            Mechanism::Login => (
                "draft-murchison-sasl-login",
                "Within TLS, for clients that know nothing better.",
            ),
        };
        Self {
            name: format!("AUTH={}", mechanism.name()),
            announced: "before login",
            ..Self::of(&always("", source, note))
        }
    }
}

/// All that CAPABILITY may name.
fn capabilities() -> Vec<Capability> {
    let mechanisms = Mechanism::ALL.into_iter().map(Capability::of_mechanism);
    let extensions = EXTENSIONS.iter().map(Capability::of);
    extensions.chain(mechanisms).collect()
}

fn that_show<'t>(transcripts: &'t [Transcript], name: &str) -> Vec<&'t Transcript> {
    let shows = |transcript: &&Transcript| transcript.shows.iter().any(|shown| shown == name);
    let mut showing: Vec<_> = transcripts.iter().filter(shows).collect();
    // What shows it alone first.
    showing.sort_by_key(|transcript| transcript.shows.len());
    showing
}

/// Links to the first of these. Their number is not told: it would change with every new one.
fn named(transcripts: &[&Transcript], more: &str) -> String {
    let link = |transcript: &&Transcript| {
        let name = &transcript.name;
        let short = name.strip_suffix(".txt").unwrap_or(name);
        format!("[{short}](../crates/tests/transcripts/{name})")
    };
    let mut cells: Vec<_> = transcripts.iter().take(NAMED).map(link).collect();
    if transcripts.len() > NAMED {
        cells.push(more.to_owned());
    }
    cells.join(", ")
}

/// `docs/imap.md`.
fn page(transcripts: &[Transcript]) -> String {
    let mut page = String::from(ABOUT);
    for capability in capabilities() {
        let more = format!("[and more](transcripts.md#{})", anchor(&capability.name));
        let shown = named(&that_show(transcripts, &capability.name), &more);
        let Capability {
            name,
            source,
            announced,
            state,
            note,
        } = capability;
        writeln!(
            page,
            "| {name} | {source} | {announced} | {state} | {note} | {shown} |"
        )
        .unwrap();
    }
    page.push_str(ABOUT_COMMANDS);
    for row in ROWS {
        let (name, source) = (row.name, row.source);
        let (before, after, selected) = match row.allowed {
            Allowed::Always => ("yes", "yes", "yes"),
            Allowed::BeforeLogin => ("yes", "no", "no"),
            Allowed::AfterLogin => ("no", "yes", "yes"),
            Allowed::Selected => ("no", "no", "yes"),
        };
        writeln!(
            page,
            "| {name} | {source} | {before} | {after} | {selected} |"
        )
        .unwrap();
    }
    page.push_str(&codes::table(transcripts));
    page
}

/// As GitHub and others make it of a heading.
fn anchor(heading: &str) -> String {
    let kept = heading
        .chars()
        .filter(|c| c.is_ascii_alphanumeric() || *c == '-');
    kept.collect::<String>().to_ascii_lowercase()
}

/// `docs/transcripts.md`.
fn evidence(transcripts: &[Transcript]) -> String {
    let mut page = String::from(ABOUT_TRANSCRIPTS);
    for Capability { name, .. } in capabilities() {
        writeln!(page, "\n## {name}\n").unwrap();
        for transcript in that_show(transcripts, &name) {
            let Transcript {
                name, title, rfc, ..
            } = transcript;
            let path = format!("../crates/tests/transcripts/{name}");
            let text = match rfc.starts_with(|c: char| c.is_ascii_digit()) {
                true => "RFC ",
                false => "",
            };
            write!(page, "- [{title}]({path}): {text}{rfc}").unwrap();
            if let Some(why) = &transcript.dovecot {
                write!(page, ". Dovecot differs: {why}").unwrap();
            }
            page.push('\n');
        }
    }
    page
}

#[track_caller]
fn is_written(name: &str, text: &str) {
    let path = root().join("docs").join(name);
    if std::env::var_os("POSTERN_WRITE_DOCS").is_some() {
        fs::write(&path, text).unwrap();
    }
    let written = fs::read_to_string(&path).unwrap();
    let why = "POSTERN_WRITE_DOCS=1 cargo test -p postern-server capability";
    assert!(written == text, "docs/{name} is old: {why}");
}

#[test]
fn the_pages_are_the_tables() {
    let transcripts = transcripts();
    is_written("imap.md", &page(&transcripts));
    is_written("transcripts.md", &evidence(&transcripts));
}

#[test]
fn every_capability_is_shown_by_transcripts() {
    let transcripts = transcripts();
    let unshown = capabilities().into_iter().map(|capability| capability.name);
    let unshown: Vec<_> = unshown
        .filter(|name| that_show(&transcripts, name).is_empty())
        .collect();
    assert!(
        unshown.is_empty(),
        "announced, but no transcript has it in `# needs:`: {unshown:?}"
    );
}

#[test]
fn transcripts_need_nothing_unknown() {
    let known: Vec<_> = capabilities().into_iter().map(|c| c.name).collect();
    for transcript in transcripts() {
        for name in &transcript.shows {
            let why = "is no capability of the table";
            assert!(known.contains(name), "{}: {name} {why}", transcript.name);
        }
    }
}

#[test]
fn no_row_is_there_twice() {
    let names: Vec<_> = capabilities().into_iter().map(|c| c.name).collect();
    let commands: Vec<_> = ROWS.iter().map(|row| row.name.to_owned()).collect();
    for mut names in [names, commands] {
        names.sort_unstable();
        let count = names.len();
        names.dedup();
        assert_eq!(names.len(), count);
    }
}
