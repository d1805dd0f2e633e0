//! `cargo xtask fuzz`: libFuzzer on the targets of `crates/fuzz`, for as long as one likes.

use crate::run;
use anyhow::{Context, Result, bail};
use std::path::{Path, PathBuf};

/// What makes the compiler count the branches that an input takes, and tell libFuzzer what is
/// compared. All of it is in the stable compiler; AddressSanitizer, which is not, finds little in
/// code that is free of `unsafe`.
const COVERAGE: &[&str] = &[
    "--cfg",
    "fuzzing",
    "-Cpasses=sancov-module",
    "-Cllvm-args=-sanitizer-coverage-level=4",
    "-Cllvm-args=-sanitizer-coverage-inline-8bit-counters",
    "-Cllvm-args=-sanitizer-coverage-pc-table",
    "-Cllvm-args=-sanitizer-coverage-trace-compares",
    "-Cllvm-args=-simplifycfg-branch-fold-threshold=0",
    "-Ccodegen-units=1",
];

/// Build scripts are not for fuzzing: they are for the host, and this is the target.
const TRIPLE: &str = "x86_64-unknown-linux-gnu";

/// What an input may cost before it counts as a failure: seconds, MiB in all, MiB at once.
const BOUNDS: &[&str] = &["-timeout=10", "-rss_limit_mb=1024", "-malloc_limit_mb=256"];

/// Octets of an input, and of one that is kept for the tests.
const LONGEST: usize = 4096;
const LONGEST_KEPT: usize = 1024;

#[derive(Debug, PartialEq, Eq)]
struct Wanted {
    targets: Vec<String>,
    /// For each target.
    minutes: u64,
    /// Whether what was found goes into the corpus.
    keep: bool,
}

/// `[TARGET…] [--minutes N] [--keep]`; false when an input broke a property.
pub(crate) fn run(arguments: &[&str]) -> Result<bool> {
    let wanted = Wanted::read(arguments, &targets()?)?;
    let program = build()?;
    let mut failed = Vec::new();
    for target in &wanted.targets {
        println!("\n== {target}");
        if !fuzz(&program, target, wanted.minutes)? {
            failed.push(target.as_str());
        }
        if wanted.keep {
            keep(&program, target)?;
        }
    }
    if !failed.is_empty() {
        println!("\nfailed: {}; see {}", failed.join(" "), work().display());
    }
    Ok(failed.is_empty())
}

impl Wanted {
    fn read(arguments: &[&str], known: &[String]) -> Result<Self> {
        let mut wanted = Self {
            targets: Vec::new(),
            minutes: 1,
            keep: false,
        };
        let mut words = arguments.iter();
        while let Some(word) = words.next() {
            match *word {
                "--keep" => wanted.keep = true,
                "--minutes" => {
                    let number = words.next().and_then(|number| number.parse().ok());
                    // 0 would be for ever.
                    let number = number.filter(|minutes| *minutes > 0);
                    wanted.minutes = number.context("--minutes takes a number from 1")?;
                }
                name if known.iter().any(|target| target == name) => {
                    wanted.targets.push(name.to_owned());
                }
                other => bail!("no target `{other}`; the targets are: {}", known.join(" ")),
            }
        }
        if wanted.targets.is_empty() {
            wanted.targets = known.to_vec();
        }
        Ok(wanted)
    }
}

fn sources() -> PathBuf {
    run::root().join("crates/fuzz")
}

fn corpus(target: &str) -> PathBuf {
    sources().join("corpus").join(target)
}

/// What a run finds: inputs in a folder for each target, failures beside them.
fn work() -> PathBuf {
    run::target().join("fuzz")
}

/// Each has a folder in the corpus.
fn targets() -> Result<Vec<String>> {
    let folder = sources().join("corpus");
    let mut names = Vec::new();
    for entry in std::fs::read_dir(&folder).with_context(|| folder.display().to_string())? {
        names.push(entry?.file_name().to_string_lossy().into_owned());
    }
    names.sort();
    Ok(names)
}

fn build() -> Result<PathBuf> {
    let folder = run::target().join("libfuzzer");
    let mut cargo = run::cargo();
    cargo.env("CARGO_ENCODED_RUSTFLAGS", COVERAGE.join("\x1f"));
    cargo.args(["build", "--release", "--target", TRIPLE]);
    cargo.arg("--target-dir").arg(&folder);
    cargo.arg("--manifest-path");
    cargo.arg(sources().join("libfuzzer/Cargo.toml"));
    run::check(&mut cargo)?;
    Ok(folder.join(TRIPLE).join("release/postern-libfuzzer"))
}

fn libfuzzer(program: &Path, target: &str) -> std::process::Command {
    let mut command = std::process::Command::new(program);
    command.env("POSTERN_FUZZ_TARGET", target);
    command.args(BOUNDS);
    command
}

/// False when an input broke a property: libFuzzer has written it down and said why.
fn fuzz(program: &Path, target: &str, minutes: u64) -> Result<bool> {
    let found = work().join(target);
    std::fs::create_dir_all(&found)?;
    let mut command = libfuzzer(program, target);
    command.arg(format!("-max_total_time={}", minutes * 60));
    command.arg(format!("-max_len={LONGEST}"));
    command.arg(format!("-artifact_prefix={}-", found.display()));
    command.arg(format!("-dict={}", words()?.display()));
    command.args(["-print_final_stats=1", "-verbosity=0"]);
    command.arg(&found).arg(corpus(target));
    Ok(run::check(&mut command).is_ok())
}

/// libFuzzer takes one dictionary; words that do not belong to a target do no harm.
fn words() -> Result<PathBuf> {
    let dictionaries = sources().join("dictionaries");
    let read = |name| std::fs::read(dictionaries.join(name)).context(name);
    let path = work().join("words.dict");
    std::fs::write(&path, [read("imap.dict")?, read("mime.dict")?].concat())?;
    Ok(path)
}

/// Moves what reaches something new into the corpus, the smallest inputs first.
fn keep(program: &Path, target: &str) -> Result<()> {
    let mut command = libfuzzer(program, target);
    command.arg(format!("-max_len={LONGEST_KEPT}"));
    command.args(["-merge=1", "-verbosity=0"]);
    run::check(command.arg(corpus(target)).arg(work().join(target)))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn read(arguments: &[&str]) -> Result<Wanted> {
        Wanted::read(arguments, &["a".to_owned(), "b".to_owned()])
    }

    #[test]
    fn targets_time_and_whether_to_keep() {
        let wanted = read(&["b", "--minutes", "5", "--keep"]).unwrap();
        assert_eq!((wanted.minutes, wanted.keep), (5, true));
        assert_eq!(wanted.targets, ["b"]);
        assert_eq!(read(&[]).unwrap().targets, ["a", "b"]);
    }

    #[test]
    fn what_is_not_known_is_named() {
        let error = read(&["c"]).unwrap_err().to_string();
        assert_eq!(error, "no target `c`; the targets are: a b");
        assert!(read(&["--minutes", "x"]).is_err());
    }
}
