//! Postern on a machine that fails. Each fault is a module that runs for one seed and says what
//! does not hold; a seed that fails fails again.
//!
//! `cargo xtask torture` runs them for as long as it is told, and the tests of this crate for a
//! moment.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]

pub mod damage;
pub mod disk;
pub mod io;
pub mod kill;
pub mod model;
pub mod power;
pub mod report;
mod vfs;
pub mod world;

pub use vfs::install;

use disk::Fault as DiskFault;
use model::Violation;
use postern_tests::Chance;
use report::Row;
use std::time::{Duration, Instant};

/// After so many the next ones say nothing new.
const ENOUGH: usize = 20;

/// A fault and how it is run.
pub struct Fault {
    /// Its name on the command line.
    pub name: &'static str,
    /// What it is, in a line.
    pub what: &'static str,
    /// Runs one seed: how often the fault struck, or what did not hold.
    one: fn(seed: &str) -> Result<u64, Violation>,
    /// The seed that follows, from chance and how many were run.
    next: fn(chance: &mut Chance, run: u64) -> String,
}

/// How long a fault is run.
pub enum Budget {
    /// For a time.
    Time(Duration),
    /// One seed, to see again what it showed.
    Seed(String),
}

/// All faults.
pub const FAULTS: &[Fault] = &[
    Fault {
        name: "power",
        what: "the power fails, and what was not synced is torn, kept or lost in any order",
        one: |seed| power::run(number(seed)?, power::LIVES).map(|outcome| outcome.cycles),
        next: |chance, _| chance.number().to_string(),
    },
    Fault {
        name: "io",
        what: "the n-th read, write, sync or open fails, for every n of a piece of work",
        one: io::every_call,
        next: |chance, run| {
            let fault = DiskFault::ALL[usize::try_from(run).unwrap_or(0) % DiskFault::ALL.len()];
            format!("{}-{fault:?}", chance.number())
        },
    },
    Fault {
        name: "kill",
        what: "the server is killed under many clients, at any moment or at a point of the program",
        one: |seed| kill::run(number(seed)?, kill::PEOPLE, kill::CYCLES),
        next: |chance, _| chance.number().to_string(),
    },
    Fault {
        name: "clocks",
        what: "the same while the clock jumps by years either way",
        one: |seed| kill::run_with_clocks(number(seed)?, kill::PEOPLE, kill::CYCLES),
        next: |chance, _| chance.number().to_string(),
    },
    Fault {
        name: "damage",
        what: "a file comes back with a flipped bit, a lost block, cut off, or not at all",
        one: |seed| kill::caught(|| damage::run(number(seed)?, damage::CYCLES)),
        next: |chance, _| chance.number().to_string(),
    },
];

/// The number that a seed is.
fn number(seed: &str) -> Result<u64, Violation> {
    seed.parse()
        .map_err(|_| format!("`{seed}` is no seed of this fault"))
}

/// Runs a fault.
pub fn run(fault: &Fault, budget: &Budget) -> Row {
    let began = Instant::now();
    let mut row = Row {
        fault: fault.name,
        ..Row::default()
    };
    let mut chance = Chance::new(Chance::seed("TORTURE_SEED"));
    for run in 0.. {
        let seed = match budget {
            Budget::Seed(seed) => seed.clone(),
            Budget::Time(_) => (fault.next)(&mut chance, run),
        };
        match (fault.one)(&seed) {
            Ok(cycles) => row.cycles += cycles,
            Err(what) if what == kill::NO_FAKETIME => {
                row.left_out = Some(what);
                break;
            }
            Err(what) => {
                println!("seed {seed}: {what}");
                row.cycles += 1;
                row.violations.push((seed, what));
            }
        }
        let over = match budget {
            Budget::Seed(_) => true,
            Budget::Time(time) => began.elapsed() >= *time,
        };
        if over || row.violations.len() >= ENOUGH {
            break;
        }
    }
    row.took = began.elapsed();
    row
}
