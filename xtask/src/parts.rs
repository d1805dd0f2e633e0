//! The parts of `cargo xtask test`, in their order.

use crate::{install, licences, rules, run};
use anyhow::{Result, bail};
use std::time::{Duration, Instant};

/// A part says in a few words what it saw, or why it failed.
type Part = (&'static str, fn() -> Result<String>);

const PARTS: &[Part] = &[
    ("install", install::all),
    ("format", format),
    ("lints", lints),
    ("unit", unit),
    ("contract", contract),
    ("fuzz", fuzz),
    ("layers", rules::check),
    ("licences", licences::check),
    ("protocol", protocol),
    ("transcripts", transcripts),
    ("clients", clients),
    ("trial", trial),
];

struct Done {
    name: &'static str,
    took: Duration,
    result: Result<String>,
}

pub(crate) fn names() -> String {
    PARTS
        .iter()
        .map(|(name, _)| *name)
        .collect::<Vec<_>>()
        .join(" ")
}

/// Runs the parts named, or all; false when one failed. A failed part does not stop the next.
pub(crate) fn run(wanted: &[&str]) -> Result<bool> {
    if let Some(unknown) = wanted
        .iter()
        .find(|name| PARTS.iter().all(|part| part.0 != **name))
    {
        bail!("no part `{unknown}`; the parts are: {}", names());
    }
    let chosen = PARTS
        .iter()
        .filter(|part| wanted.is_empty() || wanted.contains(&part.0));
    let done: Vec<Done> = chosen.map(one).collect();
    Ok(summary(&done))
}

fn one(&(name, part): &Part) -> Done {
    println!("\n== {name}");
    let start = Instant::now();
    let result = part();
    let took = start.elapsed();
    match &result {
        Ok(note) => println!("== {name}: passed in {} ({note})", seconds(took)),
        Err(error) => println!("== {name}: FAILED after {}: {error:#}", seconds(took)),
    }
    Done { name, took, result }
}

fn summary(done: &[Done]) -> bool {
    println!("\n{:<12} {:>8}  result", "part", "time");
    for Done { name, took, result } in done {
        let result = match result {
            Ok(note) => format!("passed: {note}"),
            Err(error) => format!("FAILED: {error:#}"),
        };
        println!("{name:<12} {:>8}  {result}", seconds(*took));
    }
    let failed = done.iter().filter(|one| one.result.is_err()).count();
    println!("{} passed, {failed} failed", done.len() - failed);
    failed == 0
}

fn seconds(time: Duration) -> String {
    format!("{:.1} s", time.as_secs_f64())
}

fn format() -> Result<String> {
    run::check(run::cargo().args(["fmt", "--all", "--check"]))?;
    Ok("rustfmt".to_owned())
}

fn lints() -> Result<String> {
    run::check(run::cargo().args([
        "clippy",
        "--workspace",
        "--all-targets",
        "--",
        "-D",
        "warnings",
    ]))?;
    run::check(
        run::cargo()
            .args(["doc", "--workspace", "--no-deps"])
            .env("RUSTDOCFLAGS", "-D warnings"),
    )?;
    Ok("clippy, rustdoc".to_owned())
}

/// The packages of the unit tests. The contract takes the same: another choice would turn other
/// features on, and compile most dependencies again.
const UNITS: [&str; 5] = [
    "--workspace",
    "--exclude",
    "postern-tests",
    "--exclude",
    "postern-fuzz",
];

fn unit() -> Result<String> {
    run::tests(&UNITS)
}

/// Every backend's run of the store's contract, by the name that those tests share.
fn contract() -> Result<String> {
    run::tests(&[&UNITS[..], &["--tests", "keeps_the_contract"]].concat())
}

/// The corpus of every parser, and seeded changes of it; `cargo xtask fuzz` goes further.
fn fuzz() -> Result<String> {
    run::tests(&["--package", "postern-fuzz"])
}

/// Whatever `crates/tests/tests` has that no other part runs, so that a new file cannot be
/// forgotten.
fn protocol() -> Result<String> {
    let mut targets = Vec::new();
    for entry in std::fs::read_dir(run::root().join("crates/tests/tests"))? {
        let path = entry?.path();
        let name = path
            .file_stem()
            .and_then(|stem| stem.to_str())
            .unwrap_or_default();
        let elsewhere = ["clients", "transcripts", "trial"]
            .iter()
            .any(|part| name.starts_with(part));
        if path.extension().is_some_and(|extension| extension == "rs") && !elsewhere {
            targets.push(name.to_owned());
        }
    }
    targets.sort();
    end_to_end(&targets)
}

/// Also against Dovecot where it is installed: what holds there too is not Postern's notion alone,
/// and what differs is to differ as it says.
fn transcripts() -> Result<String> {
    let counts = end_to_end(&["transcripts*".to_owned()])?;
    if !std::path::Path::new("/usr/sbin/dovecot").exists() {
        return Ok(format!(
            "{counts}; not against Dovecot, which is not installed"
        ));
    }
    let test = [
        "test",
        "--package",
        "postern-tests",
        "--test",
        "transcripts",
    ];
    let dovecot = ("POSTERN_TEST_SERVER", "dovecot");
    run::check(run::cargo().args(test).env(dovecot.0, dovecot.1))?;
    Ok(format!("{counts}; and against Dovecot"))
}

fn clients() -> Result<String> {
    install::ready()?;
    end_to_end(&["clients*".to_owned()])
}

/// The README's first command. It is built first, so that the test waits for no compiler.
fn trial() -> Result<String> {
    run::check(run::cargo().args(["build", "--release", "--package", "postern"]))?;
    run::tests(&["--package", "postern-tests", "--test", "trial*"])
}

/// Test targets of `crates/tests`, by name or pattern; they run the program as it was built.
fn end_to_end(targets: &[String]) -> Result<String> {
    if targets.is_empty() {
        bail!("no test target");
    }
    run::check(run::cargo().args(["build", "--package", "postern"]))?;
    let mut arguments = vec!["--package", "postern-tests"];
    arguments.extend(targets.iter().flat_map(|target| ["--test", target]));
    run::tests(&arguments)
}
