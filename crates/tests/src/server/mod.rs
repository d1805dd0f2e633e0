//! The server that a test talks to.

mod configured;
mod dovecot;
mod fate;
mod postern;

pub use dovecot::owners as dovecot_owners;

use crate::certificate::Certificate;
use crate::process::{DEADLINE, Running};
use std::fs::{self, Permissions};
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixDatagram;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// The account that every server has.
pub const ACCOUNT: &str = "ada@example.test";
/// Another account.
pub const SECOND_ACCOUNT: &str = "grace@example.test";
/// The password of both.
pub const PASSWORD: &str = "correct horse battery";

/// Which program is under test.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The workspace's own.
    Postern,
    /// Debian's Dovecot, as a check of the tests.
    Dovecot,
}

/// A server on the loopback with two empty accounts, in a folder that goes with it.
#[derive(Debug)]
pub struct ServerUnderTest {
    /// Where IMAP over TLS is spoken.
    pub imaps: SocketAddr,
    /// Where IMAP begins without TLS, if anywhere.
    pub imap: Option<SocketAddr>,
    /// Where LMTP is spoken.
    pub lmtp: SocketAddr,
    /// The certificate to trust, in PEM. The server's own is for `localhost` and 127.0.0.1.
    pub ca: PathBuf,
    /// Which program it is.
    pub kind: Kind,
    // Dropped in this order: the program ends before its folder goes.
    process: Running,
    command: Command,
    folder: TempDir,
}

/// What a server is told.
struct Setting<'a> {
    folder: &'a Path,
    imaps: SocketAddr,
    imap: Option<SocketAddr>,
    lmtp: SocketAddr,
    certificate: &'a Certificate,
    /// Further lines of Postern's configuration.
    extra: &'a str,
}

impl ServerUnderTest {
    /// Starts Postern, or what `POSTERN_TEST_SERVER` names, and waits until it is ready.
    ///
    /// # Panics
    /// When it does not become ready; its log is shown.
    pub fn start() -> Self {
        Self::start_with("")
    }

    /// The same on a port without TLS too, where STARTTLS is.
    ///
    /// # Panics
    /// As [`ServerUnderTest::start`].
    pub fn start_in_clear_too(extra: &str) -> Self {
        Self::start_kind(Self::wanted(), Some(free_port()), extra)
    }

    /// The same with further sections of `postern.toml`, which Dovecot does not read.
    ///
    /// # Panics
    /// As [`ServerUnderTest::start`].
    pub fn start_with(extra: &str) -> Self {
        Self::start_kind(Self::wanted(), None, extra)
    }

    fn wanted() -> Kind {
        match std::env::var("POSTERN_TEST_SERVER").as_deref() {
            Ok("dovecot") => Kind::Dovecot,
            Ok("postern") | Err(_) => Kind::Postern,
            Ok(other) => panic!("POSTERN_TEST_SERVER is `{other}`, not postern or dovecot"),
        }
    }

    fn start_kind(kind: Kind, imap: Option<SocketAddr>, extra: &str) -> Self {
        let folder = tempfile::Builder::new()
            .prefix("postern-")
            .tempdir()
            .unwrap();
        // The server's processes of other users look in.
        fs::set_permissions(folder.path(), Permissions::from_mode(0o755)).unwrap();
        let certificate = Certificate::make(folder.path());
        let (imaps, lmtp) = (free_port(), free_port());
        let setting = Setting {
            folder: folder.path(),
            imaps,
            imap,
            lmtp,
            certificate: &certificate,
            extra,
        };
        let mut command = match kind {
            Kind::Postern => postern::prepare(&setting),
            Kind::Dovecot => dovecot::prepare(&setting),
        };
        let process = start_and_wait(&mut command, folder.path());
        Self {
            imaps,
            imap,
            lmtp,
            ca: certificate.ca,
            kind,
            process,
            command,
            folder,
        }
    }

    /// A new, empty folder that is removed with the server.
    ///
    /// # Panics
    /// When it cannot be made.
    pub fn scratch(&self, name: &str) -> PathBuf {
        let path = self.folder.path().join(name);
        fs::create_dir(&path).unwrap();
        path
    }

    /// Makes one more account, whose password is [`PASSWORD`].
    ///
    /// # Panics
    /// When it cannot be made.
    pub fn add_account(&self, name: &str) {
        match self.kind {
            Kind::Postern => postern::add(name, &self.folder.path().join("data")),
            Kind::Dovecot => dovecot::add(name, self.folder.path()),
        }
    }

    /// What the server wrote to its log.
    pub fn log(&self) -> String {
        self.process.log()
    }

    /// A client program that learns the server's addresses and the account from variables:
    /// `IMAPS_PORT`, `LMTP_PORT`, `CA_FILE`, `ACCOUNT`, `SECOND_ACCOUNT`, `PASSWORD`.
    pub fn client(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let mut command = Command::new(program);
        command
            .env("IMAPS_PORT", self.imaps.port().to_string())
            .env("LMTP_PORT", self.lmtp.port().to_string())
            .env("CA_FILE", &self.ca)
            .env("ACCOUNT", ACCOUNT)
            .env("SECOND_ACCOUNT", SECOND_ACCOUNT)
            .env("PASSWORD", PASSWORD);
        command
    }
}

/// An address that nobody listens on now.
///
/// # Panics
/// When the loopback has none.
pub fn free_port() -> SocketAddr {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
        .unwrap()
        .local_addr()
        .unwrap()
}

/// Starts a server that says `READY=1` on the socket in `NOTIFY_SOCKET`, and waits for that.
fn start_and_wait(command: &mut Command, folder: &Path) -> Running {
    try_start(command, folder).unwrap_or_else(|why| panic!("{why}"))
}

fn try_start(command: &mut Command, folder: &Path) -> Result<Running, String> {
    let path = folder.join("notify");
    let socket = UnixDatagram::bind(&path).unwrap();
    socket
        .set_read_timeout(Some(Duration::from_millis(100)))
        .unwrap();
    command.env("NOTIFY_SOCKET", &path);
    let mut process = Running::start(command, &folder.join("server.log"));
    let deadline = Instant::now() + DEADLINE;
    let mut buffer = [0; 4096];
    loop {
        let size = socket.recv(&mut buffer).unwrap_or(0);
        let text = String::from_utf8_lossy(&buffer[..size]).into_owned();
        if text.lines().any(|line| line == "READY=1") {
            return Ok(process);
        }
        if let Some(ended) = process.ended() {
            return Err(format!("the server ended: {ended}\n{}", process.log()));
        }
        assert!(
            Instant::now() < deadline,
            "the server is not ready:\n{}",
            process.log()
        );
    }
}
