//! Postern's development commands.
//!
//! `cargo xtask test` is what a change must pass, and all that continuous integration runs.

mod advisories;
mod checker;
mod fuzz;
mod install;
mod licences;
mod parts;
mod rules;
mod run;
mod sizes;
mod source;

use std::process::ExitCode;

const HELP: &str = "\
cargo xtask test [PART…]   run every part, or the parts named, in their order
cargo xtask fuzz [TARGET…] [--minutes N] [--keep]
                           libFuzzer on the targets of crates/fuzz, N minutes each; --keep
                           adds what reached something new to the corpus
cargo xtask torture [--minutes N] [--only FAULT] [--seed SEED]
                           every fault for N minutes (10), and a table of what did not hold
cargo xtask checker [--rounds N] [--seed N]
                           many clients at one account, who must agree with each other; a
                           seed repeats the choices of a run that failed
cargo xtask sizes          lines per file and per function, tests left out
cargo xtask help           this text
";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let mut words = arguments.iter().map(String::as_str);
    let outcome = match words.next() {
        Some("test") => parts::run(&words.collect::<Vec<_>>()),
        Some("fuzz") => fuzz::run(&words.collect::<Vec<_>>()),
        Some("torture") => run::torture(&words.collect::<Vec<_>>()).map(|()| true),
        Some("checker") => checker::run(&words.collect::<Vec<_>>()),
        Some("sizes") => sizes::print().map(|()| true),
        Some("help" | "--help" | "-h") | None => {
            print!("{HELP}\nparts: {}\n", parts::names());
            Ok(true)
        }
        Some(other) => Err(anyhow::anyhow!("no command `{other}`\n\n{HELP}")),
    };
    match outcome {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("{error:#}");
            ExitCode::from(2)
        }
    }
}
