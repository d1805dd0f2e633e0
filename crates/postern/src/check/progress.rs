//! How far a check is, on a terminal.

use super::report::{Report, size};
use std::io::{IsTerminal, Write};
use std::time::{Duration, Instant};

/// Between two lines: a person reads no faster.
const PAUSE: Duration = Duration::from_millis(100);

/// A line on the standard error that is written over.
pub(super) struct Progress {
    shown: bool,
    accounts: usize,
    name: String,
    last: Option<Instant>,
}

impl Progress {
    pub(super) fn new(accounts: usize) -> Self {
        Self {
            shown: std::io::stderr().is_terminal(),
            accounts,
            name: String::new(),
            last: None,
        }
    }

    pub(super) fn account(&mut self, name: &str, report: &Report) {
        name.clone_into(&mut self.name);
        self.tick(report);
    }

    pub(super) fn tick(&mut self, report: &Report) {
        let due = self.last.is_none_or(|last| last.elapsed() >= PAUSE);
        if !self.shown || !due {
            return;
        }
        self.last = Some(Instant::now());
        let (done, all, octets) = (report.accounts, self.accounts, size(report.octets));
        let found = report.findings.len();
        let _ = write!(
            std::io::stderr(),
            "\r\x1b[Kaccount {done} of {all}, {octets} of messages, {found} findings: {}",
            self.name
        );
    }

    pub(super) fn end(&self) {
        if self.shown {
            let _ = write!(std::io::stderr(), "\r\x1b[K");
        }
    }
}
