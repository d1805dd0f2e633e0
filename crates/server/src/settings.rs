//! What the server is told from outside, and every limit with its unit and reason.

use crate::mask::Mask;
use crate::network_range::NetworkRange;
use postern_store::{NO_QUOTA, UnixMillis};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

/// Where the server listens and what it calls itself.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The name in the greeting and in LMTP.
    pub hostname: String,
    /// IMAP over implicit TLS (RFC 8314).
    pub imaps: Vec<SocketAddr>,
    /// IMAP with STARTTLS enforced: no login before it.
    pub imap: Vec<SocketAddr>,
    /// LMTP (RFC 2033), without TLS or login: for MTAs on this machine or a trusted network.
    pub lmtp: Vec<LmtpAddress>,
    /// Extensions that can be turned on or off.
    pub extensions: Extensions,
    /// How long what was deleted can be restored.
    pub history: History,
    /// What accounts may hold.
    pub quota: Quota,
    /// The limits.
    pub limits: Limits,
}

/// How long what was deleted is kept, and can be restored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct History {
    /// Unless an account has its own.
    pub usual: Duration,
    /// Of accounts that have their own, by name.
    pub own: BTreeMap<String, Duration>,
}

impl History {
    /// How far back an account's goes.
    pub fn of(&self, name: &str) -> Duration {
        self.own.get(name).copied().unwrap_or(self.usual)
    }

    /// When an account's begins, if it is this time now.
    pub fn begins(&self, name: &str, now: UnixMillis) -> UnixMillis {
        let reach = i64::try_from(self.of(name).as_millis()).unwrap_or(i64::MAX);
        now.saturating_sub(reach)
    }
}

impl Default for History {
    /// Thirty days: who misses mail notices within a holiday.
    fn default() -> Self {
        Self {
            usual: Duration::from_secs(30 * 86_400),
            own: BTreeMap::new(),
        }
    }
}

/// What an account may hold, unless something else is set for it (RFC 9208).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quota {
    /// Octets of messages.
    pub storage: u64,
    /// Messages.
    pub messages: u64,
    /// Mailboxes.
    pub mailboxes: u64,
    /// A message that does not fit is sent back to its sender, and not kept by the transfer agent
    /// for a later try.
    pub reject: bool,
    /// Who may set the quota of any account by SETQUOTA: names of accounts in normal form.
    pub administrators: Vec<String>,
}

impl Default for Quota {
    fn default() -> Self {
        Self {
            storage: NO_QUOTA,
            messages: NO_QUOTA,
            mailboxes: NO_QUOTA,
            reject: false,
            administrators: Vec::new(),
        }
    }
}

/// Extensions of IMAP that can be turned on or off.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Extensions {
    /// RFC 9586. Outlook enables it and sends sequence numbers all the same.
    pub uidonly: bool,
    /// Accounts of message submission entities, in normal form: only they open `submit+` URLs
    /// (RFC 4467 section 3).
    pub submission_accounts: Vec<String>,
    /// Messages that one command works on (RFC 9738); `None`: all.
    pub message_limit: Option<u32>,
    /// The same of COPY and APPEND only. There is no `message_limit` beside it.
    pub save_limit: Option<u32>,
    /// `/shared/comment` of the server (RFC 5464 section 6.2.1); not empty.
    pub server_comment: Option<String>,
    /// `/shared/admin` of the server, a URI.
    pub server_admin: Option<String>,
    /// What is kept from whom; at most [`MAX_MASKS`](crate::MAX_MASKS).
    pub masks: Vec<Mask>,
}

/// Where LMTP listens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LmtpAddress {
    /// A TCP address.
    Tcp(SocketAddr),
    /// A Unix socket.
    Unix {
        /// Its path; a socket left there by an earlier run is replaced.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
}

/// Answers before login are short: greeting, capabilities, refusals.
const OUTPUT_BEFORE_LOGIN: usize = 16 * 1024;

/// The limits. Each bounds what one client can make the server keep or do.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Octets of a command line before login: names and passwords are short, OAuth tokens are
    /// a few thousand octets.
    pub line_before_login: usize,
    /// Octets of a command line after login: clients send UID sets of 64 KiB.
    pub line: usize,
    /// Octets of a literal before login.
    pub literal_before_login: usize,
    /// Octets of all literals of a command after login, other than APPEND's message.
    pub literal: usize,
    /// Octets of a message, in APPEND and in LMTP.
    pub message: u32,
    /// Octets of answers waiting to be sent before the session waits for the client to read.
    pub output: usize,
    /// Commands in a row that fail to parse or are not allowed before a connection is closed: it speaks no IMAP.
    pub bad_commands: u32,
    /// Connections in all.
    pub connections: usize,
    /// Connections from one network (IPv4 address, IPv6 /64).
    pub connections_per_network: usize,
    /// Connections of one account.
    pub connections_per_account: usize,
    /// Connections of one account from one network: a phone or desktop uses about 5, several
    /// behind one address are usual.
    pub connections_per_account_and_network: usize,
    /// Networks from which many come in one: no limit by network holds for them, those of an
    /// account and in all do.
    pub exempt_networks: Vec<NetworkRange>,
    /// Commands that read many messages, running at once, from which on work that a client
    /// says can wait is refused: as many as keep the processors and the disk of a server busy.
    pub shed_background_at: usize,
    /// From connect to login.
    pub login: Duration,
    /// TLS handshake.
    pub handshake: Duration,
    /// Without a command, after login: at least 30 minutes (RFC 9051 section 5.4).
    pub idle: Duration,
    /// From one INPROGRESS to the next. RFC 9585 section 4 recommends 10 to 15 seconds: clients
    /// give up after 30 or more, and whoever waits wants to see that it goes on.
    pub progress: Duration,
    /// For a client to take what is sent.
    pub write: Duration,
    /// Mailboxes an account may have.
    pub mailboxes: usize,
    /// Messages an account may have: each costs about 100 octets of memory while it is open.
    pub messages: usize,
    /// Keywords a mailbox may have, at most 123.
    pub keywords: usize,
    /// Octets of an annotation's value (RFC 5464): clients keep settings and tokens there, not
    /// documents. At least 1024.
    pub metadata_value: usize,
    /// Annotations of the server or of one mailbox; at least 10.
    pub metadata_entries: usize,
    /// Octets of all annotations of an account: they are in memory while it is.
    pub metadata_octets: usize,
    /// Identifiers in the access control list of a mailbox: GETACL looks up each one's name.
    pub acl_entries: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            line_before_login: 16 * 1024,
            line: 64 * 1024,
            literal_before_login: 4 * 1024,
            literal: 256 * 1024,
            message: 64 * 1024 * 1024,
            output: 256 * 1024,
            bad_commands: 10,
            connections: 15_000,
            connections_per_network: 1_000,
            connections_per_account: 200,
            connections_per_account_and_network: 50,
            exempt_networks: Vec::new(),
            shed_background_at: 64,
            login: Duration::from_secs(60),
            handshake: Duration::from_secs(30),
            idle: Duration::from_secs(30 * 60),
            progress: Duration::from_secs(10),
            write: Duration::from_secs(5 * 60),
            mailboxes: 10_000,
            messages: 2_000_000,
            keywords: 100,
            metadata_value: 64 * 1024,
            metadata_entries: 100,
            metadata_octets: 4 * 1024 * 1024,
            acl_entries: 200,
        }
    }
}

impl Limits {
    /// Octets of answers that wait before the session does: a stranger gets little.
    pub(crate) fn output(&self, login: bool) -> usize {
        match login {
            true => self.output,
            false => self.output.min(OUTPUT_BEFORE_LOGIN),
        }
    }

    /// What planning needs of them.
    pub(crate) fn plan(&self) -> postern_account::plan::Limits {
        postern_account::plan::Limits {
            mailboxes: self.mailboxes,
            messages: self.messages,
            storage: NO_QUOTA,
            subscriptions: self.mailboxes * 2,
            keywords: self.keywords,
            metadata_value: self.metadata_value,
            metadata_entries: self.metadata_entries,
            metadata_octets: self.metadata_octets,
            acl_entries: self.acl_entries,
        }
    }
}
