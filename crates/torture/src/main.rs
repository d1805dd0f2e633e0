//! `postern-torture [--minutes N] [--only FAULT] [--seed SEED]`: every fault in turn, for as long
//! as it is told, and a table of what came of it. `cargo xtask torture` starts it.

use postern_torture::report::Report;
use postern_torture::{Budget, FAULTS, run};
use std::process::ExitCode;
use std::time::Duration;

const HELP: &str = "postern-torture [--minutes N] [--only FAULT] [--seed SEED]";

struct Wanted {
    minutes: u64,
    only: Option<String>,
    seed: Option<String>,
}

fn main() -> ExitCode {
    let wanted = match wanted() {
        Ok(wanted) => wanted,
        Err(what) => {
            let names: Vec<_> = FAULTS.iter().map(|fault| fault.name).collect();
            eprintln!("{what}\n\n{HELP}\nfaults: {}", names.join(" "));
            return ExitCode::from(2);
        }
    };
    let chosen: Vec<_> = FAULTS
        .iter()
        .filter(|fault| wanted.only.as_deref().is_none_or(|only| only == fault.name))
        .collect();
    let share = Duration::from_secs(wanted.minutes * 60) / u32::try_from(chosen.len()).unwrap_or(1);
    let mut report = Report::default();
    for fault in chosen {
        println!("== {}: {}", fault.name, fault.what);
        let budget = match &wanted.seed {
            Some(seed) => Budget::Seed(seed.clone()),
            None => Budget::Time(share),
        };
        report.0.push(run(fault, &budget));
    }
    print!("\n{report}");
    match report.is_clean() {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    }
}

fn wanted() -> Result<Wanted, String> {
    let mut wanted = Wanted {
        minutes: 10,
        only: None,
        seed: None,
    };
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        let value = words.next().ok_or(format!("{word} needs a value"))?;
        match word.as_str() {
            "--minutes" => wanted.minutes = value.parse().map_err(|_| "minutes: a number")?,
            "--only" if FAULTS.iter().any(|fault| fault.name == value) => wanted.only = Some(value),
            "--only" => return Err(format!("no fault `{value}`")),
            "--seed" => wanted.seed = Some(value),
            _ => return Err(format!("no option `{word}`")),
        }
    }
    if wanted.seed.is_some() && wanted.only.is_none() {
        return Err("a seed is that of one fault: name it with --only".to_owned());
    }
    Ok(wanted)
}
