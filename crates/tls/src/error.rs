//! What can be wrong with certificate files, in words for whoever runs the server.

use std::path::{Path, PathBuf};
use time::OffsetDateTime;
use time::macros::format_description;

/// Why certificates cannot be used. Each text names the file and what to do.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// The system does not give the file.
    #[error("cannot read {}: {source}; {}", path.display(), advice(source))]
    Read {
        /// Which file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The file is far larger than any chain.
    #[error("{} is too large to be a certificate or a key; name another file", .0.display())]
    TooLarge(PathBuf),
    /// The file has no PEM section of that kind.
    #[error("{} holds no {what} in PEM form; it needs a section that begins with \"-----BEGIN {label}-----\"", path.display())]
    NothingFound {
        /// Which file.
        path: PathBuf,
        /// What was looked for.
        what: &'static str,
        /// How its section is labelled.
        label: &'static str,
    },
    /// The PEM text or what is in it is damaged.
    #[error("{} is damaged: {reason}; write it anew", path.display())]
    Damaged {
        /// Which file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// The private key is of a kind that TLS cannot sign with.
    #[error("the private key in {} cannot be used: {reason}; use an ECDSA P-256 or an RSA key of 2048 bits or more", path.display())]
    UnusableKey {
        /// Which file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// Key and certificate are not a pair.
    #[error("the private key in {} does not belong to the first certificate in {}; name the key that the certificate was made with, and put the server's own certificate first", key.display(), certificate.display())]
    KeyMismatch {
        /// The chain's file.
        certificate: PathBuf,
        /// The key's file.
        key: PathBuf,
    },
    /// On reload only: clients would refuse the new certificate, so the old one stays.
    #[error("the old certificate stays in use: {0}")]
    NotValidNow(Warning),
}

/// What works but should not stay so.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Warning {
    /// Clients refuse it.
    #[error("the certificate in {} expired on {} ({}); renew it", path.display(), date(*not_after), days(*days_ago, "ago"))]
    Expired {
        /// Which file.
        path: PathBuf,
        /// Its last moment.
        not_after: OffsetDateTime,
        /// Whole days since then.
        days_ago: i64,
    },
    /// Clients will refuse it soon.
    #[error("the certificate in {} expires on {} ({}); renew it", path.display(), date(*not_after), days(*days_left, "left"))]
    ExpiresSoon {
        /// Which file.
        path: PathBuf,
        /// Its last moment.
        not_after: OffsetDateTime,
        /// Whole days until then.
        days_left: i64,
    },
    /// Clients refuse it until then.
    #[error("the certificate in {} is not valid before {}; check this machine's clock, or use the certificate from then on", path.display(), date(*not_before))]
    NotYetValid {
        /// Which file.
        path: PathBuf,
        /// Its first moment.
        not_before: OffsetDateTime,
    },
    /// Clients that connect to this name refuse it.
    #[error("the certificate in {} is not for {hostname} but for {}; clients that connect to {hostname} will refuse it", path.display(), names(covered))]
    WrongName {
        /// Which file.
        path: PathBuf,
        /// The server's name.
        hostname: String,
        /// The names that it is for.
        covered: Vec<String>,
    },
    /// Clients cannot follow the chain.
    #[error("in {} certificate {place} did not issue the one before it; put the server's certificate first and then each one's issuer", path.display())]
    ChainOrder {
        /// Which file.
        path: PathBuf,
        /// Its place in the file; the first is 1.
        place: usize,
    },
    /// Anybody on the machine could act as this server.
    #[error("the private key in {} can be read by every user of this machine; run: chmod o-rwx {}", .0.display(), .0.display())]
    KeyReadableByAll(PathBuf),
}

impl Warning {
    /// Whether every client refuses the certificate now.
    pub fn not_valid_now(&self) -> bool {
        matches!(self, Self::Expired { .. } | Self::NotYetValid { .. })
    }
}

impl LoadError {
    pub(crate) fn damaged(path: &Path, reason: impl std::fmt::Display) -> Self {
        Self::Damaged {
            path: path.to_owned(),
            reason: reason.to_string(),
        }
    }
}

fn advice(error: &std::io::Error) -> &'static str {
    match error.kind() {
        std::io::ErrorKind::NotFound => "check the path",
        std::io::ErrorKind::PermissionDenied => "let the server's user read it",
        _ => "check the file and its file system",
    }
}

/// A date such as `3 March 2026`, in UTC.
fn date(moment: OffsetDateTime) -> String {
    let format = format_description!("[day padding:none] [month repr:long] [year]");
    let utc = moment.to_offset(time::UtcOffset::UTC);
    utc.format(format).unwrap_or_else(|_| utc.to_string())
}

fn days(count: i64, what: &str) -> String {
    match count {
        0 => format!("less than a day {what}"),
        1 => format!("1 day {what}"),
        _ => format!("{count} days {what}"),
    }
}

fn names(covered: &[String]) -> String {
    match covered {
        [] => "no name at all".to_owned(),
        names => names.join(", "),
    }
}
