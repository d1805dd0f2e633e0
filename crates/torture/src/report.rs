//! What a run came to: a row for each fault.

use crate::model::Violation;
use std::fmt;
use std::time::Duration;

/// One fault's row.
#[derive(Debug, Default)]
pub struct Row {
    /// The fault's name.
    pub fault: &'static str,
    /// How often it struck.
    pub cycles: u64,
    /// How long it was at it.
    pub took: Duration,
    /// What did not hold, each with the seed that repeats it.
    pub violations: Vec<(String, Violation)>,
    /// Why it did not run at all.
    pub left_out: Option<String>,
}

/// All rows.
#[derive(Debug, Default)]
pub struct Report(pub Vec<Row>);

impl Report {
    /// Whether everything held.
    pub fn is_clean(&self) -> bool {
        self.0.iter().all(|row| row.violations.is_empty())
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{:<10} {:>9} {:>8}  violations",
            "fault", "cycles", "time"
        )?;
        for row in &self.0 {
            let took = format!("{:.0} s", row.took.as_secs_f64());
            let count = match &row.left_out {
                Some(why) => format!("left out: {why}"),
                None => row.violations.len().to_string(),
            };
            writeln!(f, "{:<10} {:>9} {took:>8}  {count}", row.fault, row.cycles)?;
            for (seed, what) in &row.violations {
                writeln!(f, "    seed {seed}: {what}")?;
            }
        }
        Ok(())
    }
}
