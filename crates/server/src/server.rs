//! The server: what its sessions share, its listeners, and its end.

use crate::acls::Acls;
use crate::connections::Connections;
use crate::listen::{self, Tls};
use crate::live::{Accounts, now_millis};
use crate::load::Load;
use crate::operator::Operator;
use crate::quotas::Quotas;
use crate::session::Uploads;
use crate::settings::{LmtpAddress, Settings};
use postern_identity::{Authenticator, FailureDelays};
use postern_store::{AccountId, Directory, Store, StoreError};
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream, UnixListener};
use tokio::sync::watch;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

/// For sessions to end when the server stops.
const GRACE: Duration = Duration::from_secs(10);

/// What all sessions share.
pub(crate) struct Shared {
    pub(crate) settings: Settings,
    pub(crate) directory: Arc<dyn Directory>,
    pub(crate) accounts: Arc<Accounts>,
    pub(crate) authenticator: Authenticator,
    pub(crate) delays: FailureDelays,
    pub(crate) connections: Arc<Connections>,
    pub(crate) uploads: Arc<Uploads>,
    pub(crate) load: Arc<Load>,
    tls: TlsAcceptor,
    sessions: AtomicU64,
    stop: watch::Sender<bool>,
}

impl Shared {
    /// A number for a session.
    pub(crate) fn next_session(&self) -> u64 {
        self.sessions.fetch_add(1, Ordering::Relaxed)
    }

    /// Returns when the server is stopping.
    pub(crate) async fn stopping(&self) {
        let mut stop = self.stop.subscribe();
        // The sender lives as long as `self`, so this ends only with the value.
        let _ = stop.wait_for(|stopping| *stopping).await;
    }

    /// The TLS handshake, within its deadline.
    pub(crate) async fn accept_tls(&self, stream: TcpStream) -> io::Result<TlsStream<TcpStream>> {
        let deadline = self.settings.limits.handshake;
        let handshake = tokio::time::timeout(deadline, self.tls.accept(stream)).await;
        handshake.map_err(|_| io::Error::from(io::ErrorKind::TimedOut))?
    }
}

/// Above the numbers of earlier starts, unless those had more than 64 sessions a second.
fn first_session() -> u64 {
    let seconds = now_millis().div_euclid(1000);
    u64::try_from(seconds)
        .unwrap_or_default()
        .saturating_mul(64)
}

/// What a server is made of.
pub struct Parts {
    /// Where it listens, and its limits.
    pub settings: Settings,
    /// Where mail is kept.
    pub store: Arc<dyn Store>,
    /// Which accounts there are.
    pub directory: Arc<dyn Directory>,
    /// Who may come in.
    pub authenticator: Authenticator,
    /// How failures are slowed.
    pub delays: FailureDelays,
    /// Certificates and protocol versions.
    pub tls: Arc<rustls::ServerConfig>,
}

/// Listeners that are bound. Binding comes first, so that privileges can be dropped before
/// anything else happens.
#[derive(Debug, Default)]
pub struct Listeners {
    imaps: Vec<std::net::TcpListener>,
    imap: Vec<std::net::TcpListener>,
    lmtp: Vec<std::net::TcpListener>,
    lmtp_unix: Vec<std::os::unix::net::UnixListener>,
}

/// Why an address could not be bound.
#[derive(Debug, thiserror::Error)]
#[error("cannot listen on {address}: {reason}")]
pub struct BindError {
    /// The address or path.
    pub address: String,
    /// What the system said, in words.
    pub reason: String,
}

impl Listeners {
    /// Binds all that the settings name.
    ///
    /// # Errors
    /// The first address that cannot be bound.
    pub fn bind(settings: &Settings) -> Result<Self, BindError> {
        let mut listeners = Self::default();
        for address in &settings.imaps {
            listeners.imaps.push(bind_tcp(*address)?);
        }
        for address in &settings.imap {
            listeners.imap.push(bind_tcp(*address)?);
        }
        for address in &settings.lmtp {
            match address {
                LmtpAddress::Tcp(address) => listeners.lmtp.push(bind_tcp(*address)?),
                LmtpAddress::Unix { path, mode } => {
                    listeners.lmtp_unix.push(bind_unix(path, *mode)?);
                }
            }
        }
        Ok(listeners)
    }

    /// The addresses of the IMAPS listeners, with the ports that were given for port 0.
    pub fn imaps_addresses(&self) -> Vec<SocketAddr> {
        addresses(&self.imaps)
    }

    /// The addresses of the IMAP listeners.
    pub fn imap_addresses(&self) -> Vec<SocketAddr> {
        addresses(&self.imap)
    }

    /// The TCP addresses of the LMTP listeners.
    pub fn lmtp_addresses(&self) -> Vec<SocketAddr> {
        addresses(&self.lmtp)
    }
}

fn addresses(listeners: &[std::net::TcpListener]) -> Vec<SocketAddr> {
    listeners
        .iter()
        .filter_map(|l| l.local_addr().ok())
        .collect()
}

fn bind_tcp(address: SocketAddr) -> Result<std::net::TcpListener, BindError> {
    let bound = std::net::TcpListener::bind(address)
        .and_then(|listener| listener.set_nonblocking(true).map(|()| listener));
    bound.map_err(|error| bind_error(address.to_string(), &error))
}

fn bind_unix(
    path: &std::path::Path,
    mode: u32,
) -> Result<std::os::unix::net::UnixListener, BindError> {
    use std::os::unix::fs::{FileTypeExt, PermissionsExt};
    let stale = std::fs::symlink_metadata(path).is_ok_and(|m| m.file_type().is_socket());
    let free = match stale && std::os::unix::net::UnixStream::connect(path).is_err() {
        true => std::fs::remove_file(path),
        false => Ok(()),
    };
    let bound = free
        .and_then(|()| std::os::unix::net::UnixListener::bind(path))
        .and_then(|listener| {
            std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode))?;
            listener.set_nonblocking(true)?;
            Ok(listener)
        });
    bound.map_err(|error| bind_error(path.display().to_string(), &error))
}

fn bind_error(address: String, error: &io::Error) -> BindError {
    let reason = match error.kind() {
        io::ErrorKind::AddrInUse => "another program listens there already".to_owned(),
        io::ErrorKind::PermissionDenied => {
            "not permitted; ports below 1024 need root or CAP_NET_BIND_SERVICE".to_owned()
        }
        io::ErrorKind::AddrNotAvailable => "this machine has no such address".to_owned(),
        _ => error.to_string(),
    };
    BindError { address, reason }
}

/// A running server.
pub struct Server {
    shared: Arc<Shared>,
    /// Held by every task; the channel closes when all have ended.
    alive: tokio::sync::mpsc::Sender<()>,
    ended: tokio::sync::mpsc::Receiver<()>,
}

impl Server {
    /// Starts to serve on the listeners. Must run inside a tokio runtime.
    ///
    /// # Errors
    /// The runtime cannot take a listener.
    pub fn start(parts: Parts, listeners: Listeners) -> io::Result<Self> {
        let quotas = Quotas::new(Arc::clone(&parts.directory), parts.settings.quota.clone());
        let shared = Arc::new(Shared {
            settings: parts.settings,
            directory: parts.directory,
            accounts: Arc::new(Accounts::new(parts.store, quotas)),
            authenticator: parts.authenticator,
            delays: parts.delays,
            connections: Arc::default(),
            uploads: Arc::default(),
            load: Arc::default(),
            tls: TlsAcceptor::from(parts.tls),
            sessions: AtomicU64::new(first_session()),
            stop: watch::Sender::new(false),
        });
        let (alive, ended) = tokio::sync::mpsc::channel(1);
        let server = Self {
            shared,
            alive,
            ended,
        };
        for listener in listeners.imaps {
            server.spawn_imap(TcpListener::from_std(listener)?, Tls::Implicit);
        }
        for listener in listeners.imap {
            server.spawn_imap(TcpListener::from_std(listener)?, Tls::Starttls);
        }
        for listener in listeners.lmtp {
            server.spawn_lmtp(listen::Lmtp::Tcp(TcpListener::from_std(listener)?));
        }
        for listener in listeners.lmtp_unix {
            server.spawn_lmtp(listen::Lmtp::Unix(UnixListener::from_std(listener)?));
        }
        Ok(server)
    }

    pub(crate) fn shared(&self) -> &Shared {
        &self.shared
    }

    fn spawn_imap(&self, listener: TcpListener, tls: Tls) {
        let context = listen::Context::new(&self.shared, &self.alive);
        tokio::spawn(listen::imap(context, listener, tls));
    }

    fn spawn_lmtp(&self, listener: listen::Lmtp) {
        let context = listen::Context::new(&self.shared, &self.alive);
        tokio::spawn(listen::lmtp(context, listener));
    }

    /// The way of an operator into its accounts.
    pub fn operator(&self) -> Operator {
        let Shared {
            accounts, settings, ..
        } = &*self.shared;
        let store = Arc::clone(accounts.store());
        let limits = settings.limits.clone();
        Operator::beside(
            Arc::clone(accounts),
            store,
            limits,
            settings.history.clone(),
        )
    }

    /// The way of an operator to access control lists.
    pub fn acls(&self) -> Acls {
        let Shared {
            accounts,
            directory,
            settings,
            ..
        } = &*self.shared;
        let limits = settings.limits.clone();
        Acls::beside(Arc::clone(accounts), Arc::clone(directory), limits)
    }

    /// The directory has changed an account: its sessions end unless it may still come in as
    /// before.
    pub async fn account_changed(&self, account: AccountId) {
        self.shared.connections.end_account(account);
        let Some(live) = self.shared.accounts.present(account) else {
            return;
        };
        match self.shared.directory.account(account).await {
            // Others may have mailboxes of it open.
            Ok(None) => live.close(),
            Ok(Some(_)) => live.reopen(),
            Err(error) => tracing::warn!(account = account.0, %error, "not known what changed"),
        }
    }

    /// The directory has changed what an account may hold: it counts from now on.
    ///
    /// # Errors
    /// The directory cannot be read; what it said before counts on.
    pub async fn quota_changed(&self, account: AccountId) -> Result<(), StoreError> {
        self.shared.accounts.quotas().read(account).await
    }

    /// Ends every session, and returns when all have ended, or after a few seconds: a client
    /// that does not read what it asked for keeps nobody from stopping.
    pub async fn stop(mut self) {
        self.shared.stop.send_replace(true);
        drop(self.alive);
        // Nothing is ever sent; it ends when the last task has dropped its sender.
        let ended = tokio::time::timeout(GRACE, self.ended.recv()).await;
        if ended.is_err() {
            tracing::warn!("some connections are cut off: they did not end in time");
        }
    }
}
