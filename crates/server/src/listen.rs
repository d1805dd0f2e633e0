//! The accept loops: a connection is counted, its handshake done, its session run.

use crate::connections::{Network, Slot};
use crate::delivery::Deliveries;
use crate::lmtp;
use crate::server::Shared;
use crate::session::Session;
use crate::stream::Stream;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream, UnixListener};
use tokio::sync::{Semaphore, mpsc};

/// How long to wait when no connection can be accepted, which is when descriptors or memory
/// have run out: sessions that end give some back.
const SHORT_OF: Duration = Duration::from_millis(100);

/// Connections that a listener for LMTP serves at once. Postfix opens at most 100 by default;
/// each can hold a message in memory.
const LMTP_CONNECTIONS: usize = 100;

/// When TLS begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tls {
    /// With the connection (RFC 8314).
    Implicit,
    /// With STARTTLS, and nothing of importance before.
    Starttls,
}

/// What an accept loop needs.
#[derive(Clone)]
pub(crate) struct Context {
    shared: Arc<Shared>,
    alive: mpsc::Sender<()>,
}

impl Context {
    pub(crate) fn new(shared: &Arc<Shared>, alive: &mpsc::Sender<()>) -> Self {
        Self {
            shared: Arc::clone(shared),
            alive: alive.clone(),
        }
    }
}

/// Accepts IMAP clients until the server stops.
pub(crate) async fn imap(context: Context, listener: TcpListener, tls: Tls) {
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = context.shared.stopping() => return,
        };
        let Some((stream, peer)) = taken(accepted).await else {
            continue;
        };
        let limits = &context.shared.settings.limits;
        let network = Network::from(peer.ip());
        let Some(slot) = context.shared.connections.open(network, limits) else {
            tracing::warn!(peer = %peer.ip(), "too many connections; refused");
            continue;
        };
        tokio::spawn(session(context.clone(), stream, peer, tls, slot));
    }
}

async fn session(context: Context, stream: TcpStream, peer: SocketAddr, tls: Tls, slot: Slot) {
    let Context { shared, alive } = context;
    let _ = stream.set_nodelay(true);
    let stream = match tls {
        Tls::Starttls => Stream::Plain(stream),
        Tls::Implicit => match shared.accept_tls(stream).await {
            Ok(stream) => Stream::Tls(Box::new(stream)),
            Err(error) => {
                tracing::info!(peer = %peer.ip(), %error, "TLS handshake failed");
                return;
            }
        },
    };
    Session::new(shared, peer.ip().to_canonical(), stream)
        .run()
        .await;
    drop((slot, alive));
}

async fn taken<T>(accepted: io::Result<T>) -> Option<T> {
    match accepted {
        Ok(connection) => Some(connection),
        Err(error) => {
            tracing::warn!(%error, "cannot accept a connection");
            tokio::time::sleep(SHORT_OF).await;
            None
        }
    }
}

/// A listener for LMTP.
pub(crate) enum Lmtp {
    Tcp(TcpListener),
    Unix(UnixListener),
}

trait Both: AsyncRead + AsyncWrite + Unpin + Send {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send> Both for T {}

impl Lmtp {
    async fn accept(&self) -> io::Result<(Box<dyn Both>, String)> {
        match self {
            Self::Tcp(listener) => {
                let (stream, peer) = listener.accept().await?;
                let _ = stream.set_nodelay(true);
                Ok((Box::new(stream), peer.ip().to_string()))
            }
            Self::Unix(listener) => {
                let (stream, _) = listener.accept().await?;
                Ok((Box::new(stream), "unix".to_owned()))
            }
        }
    }
}

/// Accepts mail transfer agents until the server stops.
pub(crate) async fn lmtp(context: Context, listener: Lmtp) {
    let delivery = Arc::new(Deliveries::new(Arc::clone(&context.shared)));
    let places = Arc::new(Semaphore::new(LMTP_CONNECTIONS));
    loop {
        // Without a place nothing is accepted: the transfer agent waits in the system's queue.
        let place = Arc::clone(&places).acquire_owned();
        let accepted = tokio::select! {
            accepted = async { (place.await, listener.accept().await) } => accepted,
            () = context.shared.stopping() => return,
        };
        let (place, accepted) = accepted;
        let Some((stream, client)) = taken(accepted).await else {
            continue;
        };
        let (context, delivery) = (context.clone(), Arc::clone(&delivery));
        tokio::spawn(async move {
            mail_transfer_agent(&context.shared, stream, client, delivery).await;
            drop((place, context));
        });
    }
}

async fn mail_transfer_agent(
    shared: &Shared,
    stream: Box<dyn Both>,
    client: String,
    delivery: Arc<Deliveries>,
) {
    let peer = lmtp::Peer {
        host: shared.settings.hostname.clone(),
        client,
    };
    let limits = lmtp::Limits {
        message: u64::from(shared.settings.limits.message),
        ..lmtp::Limits::default()
    };
    let served = lmtp::serve(stream, peer, delivery, limits, shared.stopping()).await;
    if let Err(error) = served {
        tracing::info!(%error, "LMTP connection lost");
    }
}
