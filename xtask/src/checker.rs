//! `cargo xtask checker`: many clients at one account, for as long as one likes.

use crate::run;
use anyhow::{Context, Result, bail};

/// Twelve hundred rounds take about a quarter of an hour.
const ROUNDS: u64 = 1200;

/// `[--rounds N] [--seed N]`; false when the clients and the server disagreed.
pub(crate) fn run(arguments: &[&str]) -> Result<bool> {
    let wanted = Wanted::read(arguments)?;
    run::check(run::cargo().args(["build", "--package", "postern"]))?;
    let mut command = run::cargo();
    command
        .args(["test", "--package", "postern-tests", "--test"])
        .args(["many_clients", "--", "--nocapture"])
        .env("MANY_CLIENTS_ROUNDS", wanted.rounds.to_string());
    if let Some(seed) = wanted.seed {
        command.env("MANY_CLIENTS_SEED", seed.to_string());
    }
    match run::check(&mut command) {
        Ok(()) => Ok(true),
        Err(error) => {
            println!("{error:#}");
            Ok(false)
        }
    }
}

#[derive(Debug, PartialEq, Eq)]
struct Wanted {
    rounds: u64,
    seed: Option<u64>,
}

impl Wanted {
    fn read(arguments: &[&str]) -> Result<Self> {
        let mut wanted = Self {
            rounds: ROUNDS,
            seed: None,
        };
        let mut words = arguments.iter();
        while let Some(word) = words.next() {
            let number = words.next().and_then(|number| number.parse().ok());
            let number = number.with_context(|| format!("{word} takes a number"))?;
            match *word {
                "--rounds" => wanted.rounds = number,
                "--seed" => wanted.seed = Some(number),
                other => bail!("no option `{other}`; there are --rounds and --seed"),
            }
        }
        Ok(wanted)
    }
}

#[cfg(test)]
mod tests {
    use super::Wanted;

    #[test]
    fn rounds_and_seed_are_numbers() {
        let read = |words: &[&str]| Wanted::read(words).ok();
        let wanted = |rounds, seed| Some(Wanted { rounds, seed });
        assert_eq!(read(&[]), wanted(super::ROUNDS, None));
        assert_eq!(read(&["--seed", "7", "--rounds", "9"]), wanted(9, Some(7)));
        assert_eq!(read(&["--rounds"]), None);
        assert_eq!(read(&["--hours", "9"]), None);
    }
}
