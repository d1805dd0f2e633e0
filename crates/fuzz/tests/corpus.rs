//! Every target over its corpus, and over seeded changes of it. The seed is that of the variable
//! `POSTERN_FUZZ_SEED`, or always the same; `POSTERN_FUZZ_ROUNDS` multiplies the rounds.
#![allow(clippy::unwrap_used, clippy::panic)]

use postern_fuzz::mutate::Mutator;
use postern_fuzz::{TARGETS, Target, by_name};
use std::path::{Path, PathBuf};

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

/// Inputs in the order of their names, so that a seed repeats what it did.
fn corpus(target: &str) -> Vec<Vec<u8>> {
    let entries = std::fs::read_dir(folder("corpus").join(target)).unwrap();
    let mut paths: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    let read = |path: &PathBuf| std::fs::read(path).unwrap();
    paths.iter().map(read).collect()
}

/// The words of the dictionaries: each line holds one in quotes, octets as `\xNN`.
fn words() -> Vec<Vec<u8>> {
    let mut words = Vec::new();
    for name in ["imap.dict", "mime.dict"] {
        let text = std::fs::read_to_string(folder("dictionaries").join(name)).unwrap();
        let lines = text.lines().filter(|line| line.starts_with('"'));
        words.extend(lines.map(|line| word(line.trim_matches('"'))));
    }
    words
}

fn word(text: &str) -> Vec<u8> {
    let mut octets = Vec::new();
    let mut rest = text.as_bytes();
    while let [first, after @ ..] = rest {
        rest = after;
        match (first, after) {
            (b'\\', [b'x', high, low, after @ ..]) => {
                let digit = |b: &u8| char::from(*b).to_digit(16).unwrap();
                octets.push(u8::try_from(digit(high) * 16 + digit(low)).unwrap());
                rest = after;
            }
            (b'\\', [escaped, after @ ..]) => {
                octets.push(*escaped);
                rest = after;
            }
            _ => octets.push(*first),
        }
    }
    octets
}

fn number(variable: &str, otherwise: u64) -> u64 {
    let given = std::env::var(variable).ok();
    given.map_or(otherwise, |text| text.parse().unwrap())
}

/// Names the input when a property does not hold for it.
struct Trial<'a> {
    target: &'a Target,
    input: &'a [u8],
}

impl Drop for Trial<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let shown = self.input.escape_ascii();
            eprintln!("{} failed for b\"{shown}\"", self.target.name);
        }
    }
}

fn run(target: &Target, input: &[u8]) {
    let _trial = Trial { target, input };
    (target.run)(input);
}

fn check(name: &str) {
    let target = by_name(name).unwrap();
    let (inputs, words) = (corpus(name), words());
    run(target, b"");
    inputs.iter().for_each(|input| run(target, input));
    let seed = number("POSTERN_FUZZ_SEED", 1);
    let rounds = number("POSTERN_FUZZ_ROUNDS", 1);
    let mut mutator = Mutator::new(seed);
    for _ in 0..target.rounds as u64 * rounds {
        run(target, &mutator.change(&inputs, &words));
    }
}

macro_rules! targets {
    ($($name:ident)*) => {
        $(#[test]
        fn $name() {
            check(stringify!($name));
        })*

        /// A target that is not in this list would not be run.
        #[test]
        fn no_target_is_forgotten() {
            let here = [$(stringify!($name)),*];
            let there: Vec<_> = TARGETS.iter().map(|target| target.name).collect();
            assert_eq!(here.as_slice(), there);
        }
    };
}

targets! {
    account_names
    charsets
    commands
    config
    dates
    deflate_in
    deflate_out
    encoded_words
    events
    folds
    framing
    headers
    lmtp_commands
    lmtp_sessions
    mailbox_names
    messages
    patterns
    previews
    responses
    sasl
    sections
    segments
    sequence_sets
    snapshots
    sort_keys
    summaries
    urls
}
