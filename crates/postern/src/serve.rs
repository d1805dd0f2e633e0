//! `postern serve`: the mailbox server as `postern.toml` says.

use crate::config::{Config, LmtpAddress};
use crate::failure::Failure;
use crate::privileges::{configured_owner, drop_privileges, socket_group};
use crate::start::start;
use postern_server::{Keep, Limits, Listeners, Settings};
use postern_tls::{CertificateFiles, Certificates, Warning};
use std::path::Path;
use std::sync::Arc;
use time::OffsetDateTime;

/// Runs until a signal ends it. Must be called before there are threads: the user is changed
/// between the binding of the listeners and everything else.
pub fn run(config: &Config) -> Result<(), Failure> {
    let settings = settings(config)?;
    let certificates = certificates(config)?;
    let listeners = Listeners::bind(&settings);
    let listeners = listeners.map_err(|error| Failure::System(error.to_string()))?;
    hand_over(config)?;
    drop_privileges(config)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build();
    let runtime = runtime.map_err(|error| Failure::System(format!("cannot start: {error}")))?;
    runtime.block_on(async {
        let running = start(
            settings,
            listeners,
            &config.data,
            keep(config),
            certificates,
        )
        .await?;
        tracing::info!(hostname = %config.hostname, data = %config.data.display(), "ready");
        ready();
        running.until_signal().await
    })
}

/// How long what was deleted is kept.
pub(crate) fn keep(config: &Config) -> Keep {
    Keep {
        history: config.history.clone(),
        rest: config.collect_after,
    }
}

/// Tells systemd, where it asked to be told.
fn ready() {
    if let Err(error) = sd_notify::notify(&[sd_notify::NotifyState::Ready]) {
        tracing::warn!(%error, "the service manager could not be told that the server is ready");
    }
}

fn certificates(config: &Config) -> Result<Arc<Certificates>, Failure> {
    let (Some(certificate), Some(key)) = (&config.tls.certificate, &config.tls.key) else {
        return Err(Failure::Config(
            "the server needs a certificate: set certificate and key in [tls]".to_owned(),
        ));
    };
    let files = CertificateFiles {
        certificate: certificate.clone(),
        key: key.clone(),
    };
    let now = OffsetDateTime::now_utc();
    let loaded = Certificates::load(files, &config.hostname, now);
    let (certificates, warnings) = loaded.map_err(|error| Failure::Config(error.to_string()))?;
    warnings.iter().for_each(log);
    Ok(certificates)
}

fn log(warning: &Warning) {
    tracing::warn!("{warning}");
}

/// The data folder and the sockets must belong to whom the server becomes.
fn hand_over(config: &Config) -> Result<(), Failure> {
    let owner = configured_owner(config)?;
    let (user, group) = owner.unzip();
    make_folder(&config.data)?;
    if owner.is_some() {
        give(&config.data, user, group)?;
    }
    let group = socket_group(config)?.or(group);
    for address in &config.lmtp.listen {
        if let LmtpAddress::Unix(path) = address {
            give(path, user, group)?;
        }
    }
    Ok(())
}

fn make_folder(path: &Path) -> Result<(), Failure> {
    std::fs::create_dir_all(path).map_err(|error| cannot(path, "made", &error))
}

fn give(path: &Path, user: Option<u32>, group: Option<u32>) -> Result<(), Failure> {
    let given = std::os::unix::fs::chown(path, user, group);
    given.map_err(|error| cannot(path, "given to the configured user", &error))
}

fn cannot(path: &Path, what: &str, error: &std::io::Error) -> Failure {
    Failure::System(format!("{} cannot be {what}: {error}", path.display()))
}

fn settings(config: &Config) -> Result<Settings, Failure> {
    let lmtp = config.lmtp.listen.iter().map(|address| match address {
        LmtpAddress::Tcp(address) => postern_server::LmtpAddress::Tcp(*address),
        LmtpAddress::Unix(path) => postern_server::LmtpAddress::Unix {
            path: path.clone(),
            mode: config.lmtp.socket_mode,
        },
    });
    Ok(Settings {
        hostname: config.hostname.clone(),
        imaps: config.imaps.address.clone(),
        imap: config.imap.address.clone(),
        lmtp: lmtp.collect(),
        extensions: config.extensions.clone(),
        quota: config.quota.clone(),
        history: config.history.clone(),
        limits: limits(&config.limits)?,
    })
}

pub(crate) fn limits(config: &crate::config::Limits) -> Result<Limits, Failure> {
    let octets = |name: &str, value: u64| {
        u32::try_from(value)
            .map_err(|_| Failure::Config(format!("{name} is too large: at most 4 GiB less one")))
    };
    Ok(Limits {
        line_before_login: octets("line_before_login", config.line_before_login)? as usize,
        line: octets("line_after_login", config.line_after_login)? as usize,
        literal_before_login: octets("literal_before_login", config.literal_before_login)? as usize,
        literal: octets("literal_after_login", config.literal_after_login)? as usize,
        message: octets("message_size", config.message_size)?,
        output: octets("output_per_connection", config.output_per_connection)? as usize,
        connections: config.connections as usize,
        connections_per_network: config.connections_per_network as usize,
        connections_per_account: config.connections_per_account as usize,
        connections_per_account_and_network: config.connections_per_account_and_address as usize,
        exempt_networks: config.exempt_networks.clone(),
        shed_background_at: config.shed_background_at as usize,
        login: config.login_deadline,
        idle: config.idle_deadline,
        progress: config.progress_interval,
        mailboxes: config.mailboxes_per_account as usize,
        messages: config.messages_per_account as usize,
        keywords: config.keywords_per_mailbox as usize,
        ..Limits::default()
    })
}
