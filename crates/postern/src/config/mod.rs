//! `postern.toml`: what can be set, read with errors that show the line.

mod check;
mod defaults;
mod load;
mod masks;
mod options;
mod problem;
mod read;
mod units;

pub use postern_server::{Extensions, History, NetworkRange, Quota};

pub use defaults::defaults_file;
pub use load::{load, parse};
pub use problem::ConfigError;
pub(crate) use units::size;

use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

/// Where the configuration is looked for.
pub const DEFAULT_PATH: &str = "/etc/postern/postern.toml";

/// Everything that can be set. [`Config::default`] is what holds without a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// The name that clients connect to.
    pub hostname: String,
    /// The folder of accounts and mail.
    pub data: PathBuf,
    /// How long what was deleted can be restored.
    pub history: History,
    /// How long a segment of mail rests before space of it is given back.
    pub collect_after: Duration,
    /// Whom to become after binding, when started as root.
    pub user: Option<String>,
    /// The group to become; otherwise the user's own.
    pub group: Option<String>,
    /// The certificate.
    pub tls: Tls,
    /// IMAP with TLS from the first octet.
    pub imaps: Imap,
    /// IMAP that has to begin TLS with STARTTLS.
    pub imap: Imap,
    /// Extensions that can be turned on or off.
    pub extensions: Extensions,
    /// Where mail comes in.
    pub lmtp: Lmtp,
    /// What an account may hold.
    pub quota: Quota,
    /// What is logged, and how.
    pub log: Log,
    /// Bounds on what a client or an account may use.
    pub limits: Limits,
}

/// Certificate and key; both or none. The server needs both.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Tls {
    /// PEM: the server's certificate first, then its issuers.
    pub certificate: Option<PathBuf>,
    /// PEM: the private key.
    pub key: Option<PathBuf>,
}

/// An IMAP listener.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Imap {
    /// Where to listen; empty: not at all.
    pub address: Vec<SocketAddr>,
}

/// Delivery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lmtp {
    /// Where to listen; empty: no delivery.
    pub listen: Vec<LmtpAddress>,
    /// The permissions of its sockets, such as `0o660`.
    pub socket_mode: u32,
    /// The group of its sockets; `None`: the server's own.
    pub socket_group: Option<String>,
}

/// Where LMTP listens. It knows no login, so it is never open to a network.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LmtpAddress {
    /// A socket in the file system.
    Unix(PathBuf),
    /// An address of this machine only.
    Tcp(SocketAddr),
}

/// Logs go to the standard error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Log {
    /// How each line is written.
    pub format: LogFormat,
    /// The least important level that is written.
    pub level: LogLevel,
}

/// How a line of the log is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object each, for machines.
    Json,
}

/// Levels, from the most important.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogLevel {
    /// Something failed.
    Error,
    /// Something should be changed.
    Warn,
    /// What happens.
    Info,
    /// What happens inside.
    Debug,
    /// Everything.
    Trace,
}

/// Bounds. Sizes in octets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// A command line before login.
    pub line_before_login: u64,
    /// A command line after login.
    pub line_after_login: u64,
    /// A literal before login.
    pub literal_before_login: u64,
    /// A literal after login, other than a message.
    pub literal_after_login: u64,
    /// A message, by APPEND or LMTP.
    pub message_size: u64,
    /// Answers that wait for a client to read them.
    pub output_per_connection: u64,
    /// Connections in all.
    pub connections: u32,
    /// Connections from one network: an IPv4 address or an IPv6 /64.
    pub connections_per_network: u32,
    /// Connections of one account.
    pub connections_per_account: u32,
    /// Connections of one account from one network.
    pub connections_per_account_and_address: u32,
    /// Networks for which no limit by network holds.
    pub exempt_networks: Vec<NetworkRange>,
    /// Commands at once from which on what can wait is refused.
    pub shed_background_at: u32,
    /// How long a connection may take to log in.
    pub login_deadline: Duration,
    /// How long a connection may be silent after login.
    pub idle_deadline: Duration,
    /// How often a client hears of a command that takes long.
    pub progress_interval: Duration,
    /// Mailboxes of one account.
    pub mailboxes_per_account: u32,
    /// Messages of one account.
    pub messages_per_account: u32,
    /// Keywords in one mailbox, at most 123.
    pub keywords_per_mailbox: u32,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            hostname: "localhost".to_owned(),
            data: PathBuf::from("/var/lib/postern"),
            history: History::default(),
            collect_after: Duration::from_secs(6 * 60 * 60),
            user: None,
            group: None,
            tls: Tls::default(),
            imaps: Imap {
                address: vec![SocketAddr::new(IpAddr::V6(Ipv6Addr::UNSPECIFIED), 993)],
            },
            imap: Imap::default(),
            extensions: Extensions::default(),
            lmtp: Lmtp::default(),
            quota: Quota::default(),
            log: Log::default(),
            limits: Limits::default(),
        }
    }
}

impl Default for Lmtp {
    fn default() -> Self {
        Self {
            listen: vec![LmtpAddress::Unix(PathBuf::from("/run/postern/lmtp.sock"))],
            socket_mode: 0o660,
            socket_group: None,
        }
    }
}

impl Default for Log {
    fn default() -> Self {
        Self {
            format: LogFormat::Text,
            level: LogLevel::Info,
        }
    }
}

impl Default for Limits {
    fn default() -> Self {
        const KIB: u64 = 1 << 10;
        const MIB: u64 = 1 << 20;
        Self {
            line_before_login: 8 * KIB,
            line_after_login: 64 * KIB,
            literal_before_login: 4 * KIB,
            literal_after_login: MIB,
            message_size: 64 * MIB,
            output_per_connection: 256 * KIB,
            connections: 20_000,
            connections_per_network: 1_000,
            connections_per_account: 200,
            connections_per_account_and_address: 50,
            exempt_networks: Vec::new(),
            shed_background_at: 64,
            login_deadline: Duration::from_secs(60),
            idle_deadline: Duration::from_secs(30 * 60),
            progress_interval: Duration::from_secs(10),
            mailboxes_per_account: 10_000,
            messages_per_account: 2_000_000,
            keywords_per_mailbox: 100,
        }
    }
}

#[cfg(test)]
mod tests;
