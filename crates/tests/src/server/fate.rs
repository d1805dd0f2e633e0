//! What can befall a server, and what must be true of it afterwards.

use super::{ServerUnderTest, start_and_wait, try_start};
use crate::imap::Client;
use crate::steps::eventually;
use std::fs;
use std::net::TcpListener;

impl ServerUnderTest {
    /// Ends the server with SIGKILL. Until [`ServerUnderTest::restart`] nobody answers.
    pub fn kill(&mut self) {
        self.process.kill();
    }

    /// Tells the server to stop, and waits until it has.
    pub fn stop(&mut self) {
        self.process.stop();
    }

    /// Starts the server again, on the same folder and the same ports.
    ///
    /// # Panics
    /// When it does not become ready.
    pub fn restart(&mut self) {
        let _ = fs::remove_file(self.folder.path().join("notify"));
        // While nobody listened there, one of the ports may have been given to another program.
        for address in [Some(self.imaps), self.imap, Some(self.lmtp)] {
            eventually("the port is free", || {
                address.map(TcpListener::bind).transpose()
            });
        }
        self.process = start_and_wait(&mut self.command, self.folder.path());
    }

    /// The same, but says why it does not become ready.
    ///
    /// # Errors
    /// With its log.
    pub fn try_restart(&mut self) -> Result<(), String> {
        let _ = fs::remove_file(self.folder.path().join("notify"));
        self.process = try_start(&mut self.command, self.folder.path())?;
        Ok(())
    }

    /// A variable that the server finds from its next start on.
    pub fn set_env(&mut self, name: &str, value: &str) {
        self.command.env(name, value);
    }

    /// Takes the variable away again.
    pub fn forget_env(&mut self, name: &str) {
        self.command.env_remove(name);
    }

    /// The server's process.
    pub fn id(&self) -> u32 {
        self.process.id()
    }

    /// The memory that the process has in RAM, in KiB.
    ///
    /// # Panics
    /// When the process is gone.
    pub fn memory_kib(&self) -> u64 {
        self.status("VmRSS:")
    }

    /// The most memory that the process ever had in RAM, in KiB.
    ///
    /// # Panics
    /// When the process is gone.
    pub fn peak_memory_kib(&self) -> u64 {
        self.status("VmHWM:")
    }

    /// Begins the peak anew.
    ///
    /// # Panics
    /// When the process is gone.
    pub fn forget_peak(&self) {
        fs::write(format!("/proc/{}/clear_refs", self.id()), "5").unwrap();
    }

    fn status(&self, field: &str) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.id())).unwrap();
        let line = status.lines().find(|line| line.starts_with(field)).unwrap();
        line.split_whitespace().nth(1).unwrap().parse().unwrap()
    }

    /// The descriptors that the process has open.
    ///
    /// # Panics
    /// When the process is gone.
    pub fn descriptors(&self) -> usize {
        fs::read_dir(format!("/proc/{}/fd", self.id()))
            .unwrap()
            .count()
    }

    /// After an attack: the same process answers a client who was there before, it takes a new
    /// one, and nothing in it panicked.
    ///
    /// # Panics
    /// When one of that is not so.
    #[track_caller]
    pub fn assert_well(&self, witness: &mut Client) {
        witness.command("NOOP");
        let mut newcomer = Client::login(self);
        newcomer.command("SELECT INBOX");
        newcomer.command("LOGOUT");
        let log = self.log();
        assert!(!log.contains("panicked"), "{log}");
    }
}
