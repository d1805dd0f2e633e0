//! Postern with settings of a test's own, and its command line beside it.

use super::{Kind, ServerUnderTest, postern};
use crate::process::{Finished, finish};
use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

impl ServerUnderTest {
    /// Starts Postern, whatever `POSTERN_TEST_SERVER` names, with more text in its
    /// configuration: general options, and whole sections that it has not yet (`[imap]`,
    /// `[limits]`).
    ///
    /// # Panics
    /// When it does not become ready; its log is shown.
    pub fn configured(text: &str) -> Self {
        Self::start_kind(Kind::Postern, None, text)
    }

    /// Runs `postern account …` on the data of the running server, with an input.
    ///
    /// # Panics
    /// When it fails.
    pub fn account(&self, arguments: &[&str], input: &str) -> Output {
        let mut child = Command::new(postern::program())
            .arg("account")
            .args(arguments)
            .arg("--data")
            .arg(self.folder.path().join("data"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdin = child.stdin.take().unwrap();
        stdin.write_all(input.as_bytes()).unwrap();
        drop(stdin);
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "{arguments:?}: {output:?}");
        output
    }

    /// The data folder.
    pub fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// A command of Postern on the data of this server, with its configuration.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(postern::program());
        command
            .args(arguments)
            .arg("--config")
            .arg(self.folder.path().join("postern.toml"));
        command
    }

    /// Runs `postern …` to its end, whatever that is.
    ///
    /// # Panics
    /// When it cannot be started or does not end.
    #[track_caller]
    pub fn run(&self, arguments: &[&str]) -> Finished {
        finish(&self.command(arguments))
    }
}
