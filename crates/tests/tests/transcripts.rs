//! Plays the scripts of `crates/tests/transcripts`.
//!
//! `POSTERN_TRANSCRIPTS=fetch/` plays those whose names contain that.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]

use postern_tests::transcript::script::Script;
use postern_tests::transcript::{Desk, Entry, Failure, load};
use postern_tests::{Kind, ServerUnderTest};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::panic::AssertUnwindSafe;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Scripts that are played at once: mostly they wait for a disk.
const DESKS: usize = 4;

enum Verdict {
    Played,
    /// It fails here, as it says.
    Differs(String),
    Skipped(String),
    Failed(String),
}

#[test]
fn every_script_holds() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("transcripts");
    let wanted = std::env::var("POSTERN_TRANSCRIPTS").unwrap_or_default();
    let entries = load(&folder, &wanted);
    assert!(!entries.is_empty(), "no script is named `{wanted}`");
    let mut verdicts = Vec::new();
    for (config, entries) in by_configuration(&entries) {
        // Ended with this, so that its log does not hide the report.
        let server = ServerUnderTest::start_in_clear_too(&config);
        verdicts.extend(play_all(&server, &entries));
    }
    verdicts.sort_by_key(|(name, _)| *name);
    let (report, failed) = report(&verdicts);
    println!("{report}");
    assert!(!failed, "{report}");
}

/// `docs/imap.md` proves the same of the server's table; this is of what it says.
#[test]
fn every_announced_capability_has_a_script() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("transcripts");
    let entries = load(&folder, "");
    let scripts = entries
        .iter()
        .filter_map(|entry| entry.script.as_ref().ok());
    let needs: Vec<_> = scripts.flat_map(|script| script.needs.clone()).collect();
    // These two are not there together.
    for limit in ["message_limit", "save_limit"] {
        let options = format!("[extensions]\nuidonly = true\n{limit} = 1000\n");
        let server = ServerUnderTest::start_in_clear_too(&options);
        if server.kind == Kind::Dovecot {
            return;
        }
        for word in Desk::new(&server, "desk").capabilities() {
            let shown = |name: &String| is(&word, &name.to_ascii_uppercase());
            let base = ["*", "CAPABILITY", "IMAP4REV1"].contains(&word.as_str());
            assert!(base || needs.iter().any(shown), "no script needs {word}");
        }
    }
}

/// The scripts by the text of the configuration that they want.
fn by_configuration(entries: &[Entry]) -> BTreeMap<String, Vec<&Entry>> {
    let mut groups = BTreeMap::<_, Vec<_>>::new();
    for entry in entries {
        let config = entry.script.as_ref().map(Script::configuration);
        groups
            .entry(config.unwrap_or_default())
            .or_default()
            .push(entry);
    }
    groups
}

fn play_all<'a>(server: &ServerUnderTest, entries: &[&'a Entry]) -> Vec<(&'a str, Verdict)> {
    let next = AtomicUsize::new(0);
    let verdicts = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for number in 0..DESKS.min(entries.len()) {
            let (next, verdicts) = (&next, &verdicts);
            scope.spawn(move || {
                let mut desk = Desk::new(server, &format!("desk{number}"));
                let capabilities = desk.capabilities();
                while let Some(entry) = entries.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let verdict = std::panic::catch_unwind(AssertUnwindSafe(|| {
                        verdict(server.kind, &mut desk, &capabilities, entry)
                    }));
                    let verdict = verdict.unwrap_or_else(|why| {
                        desk = Desk::new(
                            server,
                            &format!("desk{number}-{}", next.load(Ordering::Relaxed)),
                        );
                        let why = why.downcast_ref::<String>().cloned();
                        Verdict::Failed(format!("the stage: {}", why.unwrap_or_default()))
                    });
                    verdicts
                        .lock()
                        .unwrap()
                        .push((entry.name.as_str(), verdict));
                }
            });
        }
    });
    verdicts.into_inner().unwrap()
}

fn verdict(kind: Kind, desk: &mut Desk<'_>, capabilities: &[String], entry: &Entry) -> Verdict {
    let script = match &entry.script {
        Ok(script) => script,
        Err(mistake) => return Verdict::Failed(format!("line {}: {}", mistake.line, mistake.why)),
    };
    if let Some(why) = not_for(script, kind, capabilities) {
        return match kind {
            Kind::Postern => Verdict::Failed(why),
            Kind::Dovecot => Verdict::Skipped(why),
        };
    }
    let differs = script.differs.as_ref().filter(|_| kind == Kind::Dovecot);
    match (desk.play(script), differs) {
        (Ok(()), None) => Verdict::Played,
        (Err(failure), None) => Verdict::Failed(described(script, &failure)),
        (Err(failure), Some(text)) => {
            let seen = failure.seen.last().cloned().unwrap_or_default();
            Verdict::Differs(format!("line {}: {seen} — {text}", failure.line))
        }
        (Ok(()), Some(_)) => Verdict::Failed("it says that it differs, and does not".to_owned()),
    }
}

/// Why the script cannot be played on this server.
fn not_for(script: &Script, kind: Kind, capabilities: &[String]) -> Option<String> {
    if let Some((only, why)) = &script.only
        && *only != kind
    {
        return Some(why.clone());
    }
    if !script.config.is_empty() && kind == Kind::Dovecot {
        return Some("it is about an option of Postern".to_owned());
    }
    let missing = |name: &&String| {
        let name = name.to_ascii_uppercase();
        !capabilities.iter().any(|capability| is(capability, &name))
    };
    let missing = script.needs.iter().find(missing);
    missing.map(|name| format!("the server has no {name}"))
}

/// Whether a capability is what a script names, whatever its value: APPENDLIMIT=1000.
fn is(capability: &str, name: &str) -> bool {
    let rest = capability.strip_prefix(name);
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('='))
}

fn described(script: &Script, failure: &Failure) -> String {
    let mut text = format!("{} (RFC {})\n", script.title, script.rfc);
    // Enough of a long line.
    let shown = |line: &String| line.chars().take(1000).collect::<String>();
    let indented = |line: &String| shown(line).replace("\r\n", "\n              ");
    for line in &failure.talk {
        writeln!(text, "              {}", indented(line)).unwrap();
    }
    writeln!(text, "    line {}", failure.line).unwrap();
    writeln!(text, "    expected: {}", failure.expected).unwrap();
    for seen in &failure.seen {
        writeln!(text, "    got:      {}", indented(seen)).unwrap();
    }
    text
}

fn report(verdicts: &[(&str, Verdict)]) -> (String, bool) {
    let mut text = String::new();
    let mut counts = [0; 4];
    for (name, verdict) in verdicts {
        let (at, line) = match verdict {
            Verdict::Played => (0, None),
            Verdict::Differs(how) => (1, Some(("differs", how))),
            Verdict::Skipped(why) => (2, Some(("skipped", why))),
            Verdict::Failed(why) => (3, Some(("FAILED", why))),
        };
        counts[at] += 1;
        if let Some((word, line)) = line {
            writeln!(text, "{word} {name}: {line}").unwrap();
        }
    }
    let [played, differ, skipped, failed] = counts;
    writeln!(
        text,
        "{played} scripts hold, {differ} differ as they say, {skipped} skipped, {failed} failed"
    )
    .unwrap();
    (text, failed > 0)
}
