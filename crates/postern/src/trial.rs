//! `postern trial`: the main job with no configuration. Everything is in one folder, which a
//! second start finds again.

use crate::config::{Config, Log, LogLevel};
use crate::failure::Failure;
use crate::logging;
use crate::serve;
use crate::start::{Running, start};
use postern_imap::date::InternalDate;
use postern_imap::flag::{Flag, Keyword};
use postern_imap::mailbox::MailboxName;
use postern_server::{Import, Listeners, LmtpAddress, Settings};
use postern_store::{AccountId, Directory};
use postern_tls::{Certificates, LocalCa, LocalFiles};
use std::io::Write;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;
use time::OffsetDateTime;
use zeroize::Zeroizing;

#[path = "../../../samples/samples.rs"]
mod samples;

/// The account that a trial has.
const NAME: &str = "trial";

/// Where IMAPS listens, unless told otherwise.
const PORT: u16 = 9993;

/// Where a trial keeps everything, unless told otherwise.
const FOLDER: &str = "postern-trial";

/// What can be said of a trial.
#[derive(Debug, Clone, clap::Args)]
pub struct TrialArgs {
    /// Where IMAPS listens; port 0 takes a free one. May be given more than once [default: port
    /// 9993 of 127.0.0.1 and, where the machine has IPv6, of ::1]
    #[arg(long, value_name = "ADDRESS")]
    pub imaps: Vec<SocketAddr>,
    /// Where LMTP listens; port 0 takes a free one.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:2424")]
    pub lmtp: SocketAddr,
}

/// Runs until Ctrl-C. Everything is kept in `folder`, which is made if it is not there.
///
/// # Errors
/// One sentence: an address that is taken, a folder that cannot be written, a full disk.
pub fn run(args: &TrialArgs, folder: Option<&Path>) -> Result<(), Failure> {
    let log = Log {
        level: LogLevel::Warn,
        ..Log::default()
    };
    logging::start(log)
        .map_err(|error| Failure::System(format!("the log cannot be started: {error}")))?;
    let runtime = tokio::runtime::Runtime::new();
    let runtime = runtime.map_err(|error| Failure::System(format!("cannot start: {error}")))?;
    runtime.block_on(run_server(args, folder.unwrap_or(Path::new(FOLDER))))
}

async fn run_server(args: &TrialArgs, folder: &Path) -> Result<(), Failure> {
    let settings = settings(args);
    let listeners = Listeners::bind(&settings).map_err(|error| {
        Failure::System(format!("{error}; choose others with --imaps and --lmtp"))
    })?;
    let imaps = port(&listeners.imaps_addresses());
    let lmtp = listeners.lmtp_addresses();
    let lmtp = lmtp.first().copied().unwrap_or(args.lmtp);
    make_folder(folder)?;
    let now = OffsetDateTime::now_utc();
    let local = LocalCa::new(folder.join("tls")).ensure(now);
    let local = local.map_err(|error| Failure::System(error.to_string()))?;
    let certificates = Certificates::load(local.server.clone(), "localhost", now);
    let (certificates, _) = certificates.map_err(|error| Failure::System(error.to_string()))?;
    let mail = folder.join("mail");
    let running = start(
        settings,
        listeners,
        &mail,
        serve::keep(&Config::default()),
        certificates,
    )
    .await?;
    let password = first_start(&running, folder, now).await?;
    write_if_absent(&folder.join("hello.eml"), HELLO.as_bytes(), 0o644)?;
    introduce(folder, &local, imaps, lmtp, &password)?;
    running.until_signal().await?;
    let _ = writeln!(
        std::io::stdout(),
        "Stopped. The mail is kept in {}.",
        folder.display()
    );
    Ok(())
}

fn settings(args: &TrialArgs) -> Settings {
    Settings {
        hostname: "localhost".to_owned(),
        imaps: match args.imaps.is_empty() {
            true => usual_addresses(),
            false => args.imaps.clone(),
        },
        imap: Vec::new(),
        lmtp: vec![LmtpAddress::Tcp(args.lmtp)],
        extensions: postern_server::Extensions::default(),
        quota: postern_server::Quota::default(),
        history: postern_server::History::default(),
        limits: postern_server::Limits::default(),
    }
}

const HELLO: &str = "From: You <you@example.org>\r\n\
    To: trial@localhost\r\n\
    Subject: Hello, Postern\r\n\
    Date: Fri, 20 Nov 2026 12:00:00 +0000\r\n\
    Message-ID: <hello@example.org>\r\n\
    \r\n\
    Put here by APPEND.\r\n";

/// All that `localhost` may mean: some clients try only the first address they find, and that is
/// often `::1`.
fn usual_addresses() -> Vec<SocketAddr> {
    let has_ipv6 = std::net::TcpListener::bind((Ipv6Addr::LOCALHOST, 0)).is_ok();
    let ipv6 = has_ipv6.then_some(SocketAddr::from((Ipv6Addr::LOCALHOST, PORT)));
    [SocketAddr::from((Ipv4Addr::LOCALHOST, PORT))]
        .into_iter()
        .chain(ipv6)
        .collect()
}

fn port(addresses: &[SocketAddr]) -> u16 {
    addresses.first().map_or(PORT, SocketAddr::port)
}

fn make_folder(folder: &Path) -> Result<(), Failure> {
    let made = std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder);
    made.map_err(|error| cannot_write(folder, &error))
}

fn cannot_write(path: &Path, error: &std::io::Error) -> Failure {
    Failure::System(format!(
        "cannot write {}: {error}; check that the folder is yours and has space, or choose \
         another with --data",
        path.display()
    ))
}

fn write_if_absent(path: &Path, content: &[u8], mode: u32) -> Result<(), Failure> {
    let mut options = std::fs::OpenOptions::new();
    match options.write(true).create_new(true).mode(mode).open(path) {
        Ok(mut file) => file
            .write_all(content)
            .map_err(|error| cannot_write(path, &error)),
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(cannot_write(path, &error)),
    }
}

/// Makes the account and its samples once; gives the password at every start, which is why a
/// trial keeps it in a file of its own.
async fn first_start(
    running: &Running,
    folder: &Path,
    now: OffsetDateTime,
) -> Result<Zeroizing<String>, Failure> {
    let path = folder.join("password");
    if let Some(account) = running.store.account_by_name(NAME).await? {
        let password =
            std::fs::read_to_string(&path).map_err(|error| cannot_read(&path, &error))?;
        let filled = folder.join("samples-are-in");
        if !filled.exists() {
            fill(running, account.id, now).await?;
            write_if_absent(&filled, b"", 0o600)?;
        }
        return Ok(Zeroizing::new(password.trim().to_owned()));
    }
    let failed = |error| Failure::System(format!("no password can be made: {error}"));
    let password = postern_identity::generate().map_err(failed)?;
    let _ = std::fs::remove_file(&path);
    write_if_absent(&path, format!("{}\n", password.as_str()).as_bytes(), 0o600)?;
    let cost = postern_identity::Cost::default();
    let hash = postern_identity::hash(&password, cost).map_err(failed)?;
    let created = i64::try_from(now.unix_timestamp_nanos() / 1_000_000).unwrap_or(0);
    let account = running.store.add_account(NAME, &hash, created).await?;
    if let Some(account) = account {
        fill(running, account, now).await?;
        write_if_absent(&folder.join("samples-are-in"), b"", 0o600)?;
    }
    Ok(password)
}

fn cannot_read(path: &Path, error: &std::io::Error) -> Failure {
    Failure::System(format!(
        "cannot read {}: {error}; remove the folder to begin afresh",
        path.display()
    ))
}

async fn fill(running: &Running, account: AccountId, now: OffsetDateTime) -> Result<(), Failure> {
    for sample in samples::SAMPLES {
        let Ok(mailbox) = MailboxName::new(sample.mailbox) else {
            continue;
        };
        let days = i64::from(sample.days_ago) * 24 * 3600;
        let import = Import {
            mailbox,
            flags: sample.flags.iter().filter_map(|name| flag(name)).collect(),
            date: InternalDate::from_unix(now.unix_timestamp() - days),
            content: sample.content.into(),
        };
        let imported = running.server.import(account, import).await;
        imported.map_err(|error| {
            Failure::System(format!("sample {} is not kept: {error}", sample.name))
        })?;
    }
    Ok(())
}

fn flag(name: &str) -> Option<Flag> {
    let system = [
        Flag::Answered,
        Flag::Flagged,
        Flag::Deleted,
        Flag::Seen,
        Flag::Draft,
    ];
    let found = system.into_iter().find(|flag| flag.as_str() == name);
    found.or_else(|| Keyword::new(name).map(Flag::Keyword))
}

/// What a person needs to use it: settings for a client, and lines to paste.
fn introduce(
    folder: &Path,
    local: &LocalFiles,
    port: u16,
    lmtp: SocketAddr,
    password: &str,
) -> Result<(), Failure> {
    let ca = quoted(&local.ca);
    let hello = quoted(&folder.join("hello.eml"));
    let curl = format!("curl --silent --show-error --cacert {ca} --user '{NAME}:{password}'");
    let text = format!(
        "Postern is serving mail from {folder}.

  Settings for a mail client
    Server     localhost
    Port       {port}, with SSL/TLS from connect (IMAPS)
    User name  {NAME}
    Password   {password}
    Trust      {ca_path} (this trial's own authority)

  List the mailbox
    {curl} --request 'FETCH 1:* (FLAGS INTERNALDATE RFC822.SIZE)' imaps://localhost:{port}/INBOX

  Read a message
    {curl} 'imaps://localhost:{port}/INBOX;MAILINDEX=1'

  Put a message into it (APPEND)
    {curl} --upload-file {hello} imaps://localhost:{port}/INBOX

  Deliver to it: LMTP on {lmtp}, recipient {NAME}@localhost

  Ctrl-C ends it; the mail stays. To begin afresh, remove {folder}.
",
        folder = folder.display(),
        ca_path = local.ca.display(),
    );
    let mut out = std::io::stdout().lock();
    out.write_all(text.as_bytes())
        .and_then(|()| out.flush())
        .map_err(|error| Failure::System(format!("cannot print: {error}")))
}

/// For a shell: in single quotes where it needs them.
fn quoted(path: &Path) -> String {
    let text = path.display().to_string();
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-".contains(c);
    match text.chars().all(plain) {
        true => text,
        false => format!("'{}'", text.replace('\'', r"'\''")),
    }
}
