//! Postern with settings of a test's own, and its command line beside it.

use super::{Kind, ServerUnderTest, Setting, free_port, postern, start_and_wait};
use crate::certificate::Certificate;
use std::fs::OpenOptions;
use std::io::Write;
use std::process::{Command, Output, Stdio};

impl ServerUnderTest {
    /// Starts Postern, whatever `POSTERN_TEST_SERVER` names, with more text in its
    /// configuration: whole sections that it has not yet (`[imap]`, `[limits]`).
    ///
    /// # Panics
    /// When it does not become ready; its log is shown.
    pub fn configured(text: &str) -> Self {
        let folder = tempfile::Builder::new()
            .prefix("postern-")
            .tempdir()
            .unwrap();
        let certificate = Certificate::make(folder.path());
        let (imaps, lmtp) = (free_port(), free_port());
        let setting = Setting {
            folder: folder.path(),
            imaps,
            lmtp,
            certificate: &certificate,
        };
        let mut command = postern::prepare(&setting);
        let config = folder.path().join("postern.toml");
        let mut config = OpenOptions::new().append(true).open(config).unwrap();
        config.write_all(text.as_bytes()).unwrap();
        let process = start_and_wait(&mut command, folder.path());
        Self {
            imaps,
            lmtp,
            ca: certificate.ca,
            kind: Kind::Postern,
            process,
            folder,
        }
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
}
