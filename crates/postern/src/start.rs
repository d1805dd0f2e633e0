//! What `serve` and `trial` share: from settings, a data folder and certificates to a running
//! server, and from a signal to its end.

use crate::acl_command;
use crate::collect;
use crate::control::{ControlSocket, Request};
use crate::failure::Failure;
use crate::restore;
use postern_identity::{Authenticator, DelaySettings, FailureDelays};
use postern_server::{Collector, Keep, Listeners, Parts, Server, Settings};
use postern_store::sqlite::{Options, Sqlite};
use postern_tls::Certificates;
use std::path::Path;
use std::sync::Arc;
use tokio::signal::unix::{SignalKind, signal};
use tokio::task::JoinHandle;

/// A server and the folder that it serves.
pub(crate) struct Running {
    pub(crate) server: Arc<Server>,
    pub(crate) store: Arc<Sqlite>,
    certificates: Arc<Certificates>,
    collecting: JoinHandle<()>,
}

/// Starts to serve; inside a tokio runtime.
pub(crate) async fn start(
    settings: Settings,
    listeners: Listeners,
    data: &Path,
    keep: Keep,
    certificates: Arc<Certificates>,
) -> Result<Running, Failure> {
    let store = Sqlite::open(data, &Options::default());
    let store = Arc::new(store.map_err(|error| Failure::System(error.to_string()))?);
    let tls = postern_tls::server_config(Arc::clone(&certificates));
    let tls = tls.map_err(|error| Failure::System(format!("TLS cannot be set up: {error}")))?;
    let authenticator = Authenticator::new(store.clone(), postern_identity::Settings::default());
    let delays = FailureDelays::new(DelaySettings::default());
    let random = |error| Failure::System(format!("sign-in cannot be set up: {error}"));
    let parts = Parts {
        settings,
        store: store.clone(),
        directory: store.clone(),
        authenticator: authenticator.map_err(random)?,
        delays: delays.map_err(random)?,
        tls,
    };
    let server = Server::start(parts, listeners);
    let server = Arc::new(server.map_err(|error| Failure::System(error.to_string()))?);
    let collector = Arc::new(Collector::new(store.clone(), store.clone(), keep));
    listen_to_control(&server, &collector, data)?;
    let collecting = tokio::spawn(async move { collector.run_daily().await });
    Ok(Running {
        collecting,
        server,
        store,
        certificates,
    })
}

fn listen_to_control(
    server: &Arc<Server>,
    collector: &Arc<Collector>,
    data: &Path,
) -> Result<(), Failure> {
    let control = ControlSocket::bind(data).map_err(|error| {
        Failure::System(format!(
            "the control socket cannot be made in {}: {error}",
            data.display()
        ))
    })?;
    let server = Arc::downgrade(server);
    let collector = Arc::downgrade(collector);
    tokio::spawn(control.serve(move |request| {
        let (server, collector) = (server.clone(), collector.clone());
        async move {
            match (server.upgrade(), collector.upgrade()) {
                (Some(server), Some(collector)) => answer(&server, &collector, request).await,
                _ => Err("the server is stopping".to_owned()),
            }
        }
    }));
    Ok(())
}

async fn answer(
    server: &Server,
    collector: &Collector,
    request: Request,
) -> Result<String, String> {
    match request {
        Request::DirectoryChanged(account) => {
            server.account_changed(account).await;
            Ok(String::new())
        }
        Request::Collect => {
            let freed = collector.run().await.map_err(|error| error.to_string())?;
            Ok(collect::said(&freed))
        }
        Request::Acl(wanted) => {
            let said = acl_command::answer(&server.acls(), &wanted).await;
            said.map_err(|error| error.to_string())
        }
        Request::QuotaChanged(account) => {
            let read = server.quota_changed(account).await;
            read.map_err(|error| error.to_string())?;
            Ok(String::new())
        }
        Request::Restore(wish) => {
            let done = restore::perform(&server.operator(), &wish).await;
            let said = done.map_err(|failure| failure.to_string())?;
            tracing::info!(account = wish.restore.account.0, what = %said, "restored");
            Ok(said)
        }
    }
}

impl Running {
    /// Serves until SIGTERM or SIGINT; SIGHUP reads the certificates again.
    pub(crate) async fn until_signal(self) -> Result<(), Failure> {
        let system = |error: std::io::Error| Failure::System(error.to_string());
        let mut terminate = signal(SignalKind::terminate()).map_err(system)?;
        let mut interrupt = signal(SignalKind::interrupt()).map_err(system)?;
        let mut hangup = signal(SignalKind::hangup()).map_err(system)?;
        loop {
            tokio::select! {
                _ = terminate.recv() => break,
                _ = interrupt.recv() => break,
                _ = hangup.recv() => self.reload(),
            }
        }
        tracing::info!("stopping");
        self.stop().await;
        Ok(())
    }

    fn reload(&self) {
        match self.certificates.reload(time::OffsetDateTime::now_utc()) {
            Ok(warnings) => {
                warnings.iter().for_each(|warning| tracing::warn!(%warning));
                tracing::info!("certificate read again");
            }
            Err(error) => tracing::error!(%error, "certificate not changed: the old one stays"),
        }
    }

    async fn stop(self) {
        self.collecting.abort();
        // An error says that it was cut off, as it may be at any point.
        let _ = self.collecting.await;
        match Arc::try_unwrap(self.server) {
            Ok(server) => server.stop().await,
            Err(_) => tracing::warn!("the control socket is busy; stopping without it"),
        }
        drop(self.store);
    }
}
