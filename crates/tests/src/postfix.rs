//! Debian's Postfix with a folder of its own, beside the system's and without its configuration.
//! It takes mail on the loopback and gives it to the server under test; nothing goes outside.

use crate::process::{DEADLINE, Running, finish};
use crate::server::{ServerUnderTest, free_port};
use std::fs;
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

/// A Postfix that runs until it is dropped.
#[derive(Debug)]
pub struct Postfix {
    /// Where it takes mail for `example.test` over SMTP.
    pub smtp: SocketAddr,
    folder: PathBuf,
    process: Running,
}

impl Postfix {
    /// Starts one whose `virtual_transport` is the server's LMTP.
    ///
    /// # Panics
    /// When it does not listen in time, or this is neither root nor somebody with `sudo`.
    pub fn start(server: &ServerUnderTest) -> Self {
        let folder = server.scratch("postfix");
        let smtp = free_port();
        fs::write(folder.join("main.cf"), main_cf(&folder, server)).unwrap();
        fs::write(folder.join("master.cf"), master_cf(smtp)).unwrap();
        // Postfix wants both to be root's, but for the data, which are its own.
        finish(
            as_root("install")
                .args(["-d", "-o", "root"])
                .arg(folder.join("queue")),
        )
        .success();
        finish(
            as_root("install")
                .args(["-d", "-o", "postfix"])
                .arg(folder.join("data")),
        )
        .success();
        let mut command = as_root("postfix");
        command.arg("-c").arg(&folder).arg("start-fg");
        let process = Running::start(&command, &folder.join("output"));
        let mut postfix = Self {
            smtp,
            folder,
            process,
        };
        postfix.wait();
        postfix
    }

    fn wait(&mut self) {
        let deadline = Instant::now() + DEADLINE;
        while TcpStream::connect(self.smtp).is_err() {
            let ended = self.process.ended();
            assert!(
                ended.is_none() && Instant::now() < deadline,
                "{ended:?}: {}",
                self.log()
            );
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// What it wrote so far.
    pub fn log(&self) -> String {
        let log = fs::read(self.folder.join("log")).unwrap_or_default();
        self.process.log() + &String::from_utf8_lossy(&log)
    }
}

impl Drop for Postfix {
    fn drop(&mut self) {
        let stopped = as_root("postfix")
            .arg("-c")
            .arg(&self.folder)
            .arg("stop")
            .output();
        if std::thread::panicking() {
            eprintln!("--- postfix\n{}\n{stopped:?}---", self.log());
        }
    }
}

/// The program as root: Postfix changes between users.
fn as_root(program: &str) -> Command {
    let program = ["/usr/sbin", "/usr/bin"].map(|folder| Path::new(folder).join(program));
    let program = program
        .iter()
        .find(|path| path.exists())
        .expect("run `cargo xtask test install`");
    if rustix::process::geteuid().is_root() {
        return Command::new(program);
    }
    let sudo = Path::new("/usr/bin/sudo");
    assert!(
        sudo.exists(),
        "Postfix runs as root: run this as root, or install sudo"
    );
    let mut command = Command::new(sudo);
    command.arg("--non-interactive").arg(program);
    command
}

fn main_cf(folder: &Path, server: &ServerUnderTest) -> String {
    format!(
        "compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
maillog_file = {folder}/log
maillog_file_prefixes = {folder}
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
mail_owner = postfix
setgid_group = postdrop
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = mx.example.test
mydestination =
mynetworks = 127.0.0.0/8
alias_maps =
alias_database =
local_recipient_maps =
virtual_mailbox_domains = example.test
virtual_transport = lmtp:inet:{lmtp}
default_transport = error:5.4.4 nothing goes outside
relay_transport = error:5.4.4 nothing goes outside
local_transport = error:5.1.1 nobody is local
smtp_dns_support_level = disabled
lmtp_dns_support_level = disabled
smtpd_peername_lookup = no
smtpd_client_restrictions =
smtpd_recipient_restrictions = permit_mynetworks, reject
",
        folder = folder.display(),
        lmtp = server.lmtp,
    )
}

/// Nothing runs in a chroot, as the folder has no copies of libraries.
fn master_cf(smtp: SocketAddr) -> String {
    format!(
        "{smtp} inet n - n - - smtpd
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
proxymap unix - - n - - proxymap
error unix - - n - - error
retry unix - - n - - error
lmtp unix - - n - - lmtp
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
"
    )
}
