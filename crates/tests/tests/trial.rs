//! What the README promises a newcomer: its first command, and the lines that it prints to paste.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]

use postern_tests::{Running, finish};
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{ChildStdout, Command};

/// A trial that runs, and what it said.
struct Trial {
    process: Running,
    output: BufReader<ChildStdout>,
    said: String,
}

impl Trial {
    /// Starts it by the README's command, in a folder and on ports that disturb nobody.
    fn start(folder: &Path, log: &str) -> Self {
        let line = format!(
            "exec {} --data {}/data --imaps 127.0.0.1:0 --lmtp 127.0.0.1:0",
            first_command(),
            folder.display()
        );
        let mut command = Command::new("sh");
        command.args(["-c", &line]).current_dir(root());
        let (process, output) = Running::start_with_output(&command, &folder.join(log));
        let mut trial = Self {
            process,
            output: BufReader::new(output),
            said: String::new(),
        };
        trial.read_to("Ctrl-C ends it");
        trial
    }

    fn read_to(&mut self, start: &str) {
        loop {
            let mut line = String::new();
            let size = self.output.read_line(&mut line).unwrap();
            assert!(
                size > 0,
                "no `{start}`: {}{}",
                self.said,
                self.process.log()
            );
            self.said.push_str(&line);
            if line.trim_start().starts_with(start) {
                return;
            }
        }
    }

    /// Runs the line that is printed below a title, as a person would paste it.
    fn paste(&self, title: &str) -> String {
        let mut lines = self.said.lines().map(str::trim);
        assert!(
            lines.any(|line| line.starts_with(title)),
            "no `{title}`: {}",
            self.said
        );
        let line = lines.next().unwrap();
        let mut shell = Command::new("sh");
        shell.args(["-c", line]).current_dir(root());
        finish(&shell).success().text()
    }

    /// How many messages the line that lists the mailbox shows.
    fn listed(&self) -> usize {
        self.paste("List the mailbox")
            .lines()
            .filter(|line| line.contains(" FETCH ("))
            .count()
    }

    fn stop(mut self) {
        let status = self.process.stop();
        self.read_to("Stopped.");
        assert!(status.success(), "{status}: {}", self.process.log());
    }
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .ancestors()
        .nth(2)
        .unwrap()
}

/// The first line of the README's first block for a shell.
fn first_command() -> String {
    let text = std::fs::read_to_string(root().join("README.md")).unwrap();
    let (_, block) = text.split_once("```sh\n").expect("a block for a shell");
    block.lines().next().unwrap().to_owned()
}

#[test]
fn the_first_command_serves_mail_and_its_lines_can_be_pasted() {
    let folder = tempfile::tempdir().unwrap();
    let trial = Trial::start(folder.path(), "first.log");
    let samples = trial.listed();
    assert!(samples > 0, "{}", trial.said);
    let message = trial.paste("Read a message");
    assert!(message.contains("\r\nSubject: "), "{message}");
    trial.paste("Put a message into it");
    assert_eq!(trial.listed(), samples + 1);
    trial.stop();

    let again = Trial::start(folder.path(), "second.log");
    assert_eq!(again.listed(), samples + 1);
    again.stop();
}
