//! The control socket: how a command tells a running server that accounts have changed, and has
//! it do what only the one who holds the data folder can.
//!
//! One line each way: `directory-changed 17`, `collect`, `restore` or `acl` and JSON, answered with
//! `ok`, perhaps with something to say, or `error` and a reason. The socket lies in the data
//! folder; only the server's user and root can open it.

use crate::acl_command::Wanted;
use crate::restore::Wish;
use postern_store::AccountId;
use std::fs::{self, Permissions};
use std::io::{self, BufRead, BufReader, Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixStream as BlockingStream;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::Semaphore;

/// Octets that a request may have, its end included: names of mailboxes and folders.
const MAX_LINE: u64 = 64 << 10;

/// Octets that an answer may have: a line for each mailbox of an account.
const MAX_ANSWER: u64 = 16 << 20;

/// How long either side waits for a line that the other has.
const PATIENCE: Duration = Duration::from_secs(5);

/// How long a command waits for what the server does for it: a large account takes minutes.
const WORK: Duration = Duration::from_secs(3600);

/// Requests answered at once.
const MAX_REQUESTS: usize = 16;

/// Where the socket of a data folder is.
pub fn socket_path(data: &Path) -> PathBuf {
    data.join("control.sock")
}

/// What a command asks of the server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Request {
    /// An account was added, changed or removed.
    DirectoryChanged(AccountId),
    /// Rights are to be told or set; answered with what [`acl_command`](crate::acl_command) says.
    Acl(Wanted),
    /// What an account may hold was changed.
    QuotaChanged(AccountId),
    /// Mailboxes are to be restored; answered with what [`restore`](crate::restore) says.
    Restore(Wish),
    /// Space is to be given back now; answered with what [`collect`](crate::collect) says.
    Collect,
}

impl Request {
    /// Reads a line without its end.
    pub fn parse(line: &str) -> Option<Self> {
        if line == "collect" {
            return Some(Self::Collect);
        }
        if let Some(json) = line.strip_prefix("restore ") {
            return Wish::from_json(json).map(Self::Restore);
        }
        if let Some(json) = line.strip_prefix("acl ") {
            return Wanted::from_json(json).map(Self::Acl);
        }
        let (what, id) = line.split_once(' ')?;
        let is_number = !id.is_empty() && id.bytes().all(|octet| octet.is_ascii_digit());
        let id = AccountId(id.parse().ok().filter(|_| is_number)?);
        match what {
            "directory-changed" => Some(Self::DirectoryChanged(id)),
            "quota-changed" => Some(Self::QuotaChanged(id)),
            _ => None,
        }
    }

    fn line(&self) -> String {
        match self {
            Self::DirectoryChanged(AccountId(id)) => format!("directory-changed {id}\n"),
            Self::Collect => "collect\n".to_owned(),
            Self::Acl(wanted) => format!("acl {}\n", wanted.to_json()),
            Self::QuotaChanged(AccountId(id)) => format!("quota-changed {id}\n"),
            Self::Restore(wish) => format!("restore {}\n", wish.to_json()),
        }
    }

    /// How long the answer may take.
    fn patience(&self) -> Duration {
        match self {
            Self::DirectoryChanged(_) | Self::QuotaChanged(_) => PATIENCE,
            Self::Acl(_) | Self::Restore(_) | Self::Collect => WORK,
        }
    }
}

/// Whether a server heard a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Told {
    /// It did what was asked, and says this.
    Done(String),
    /// No server runs with this data folder.
    NoServer,
}

/// Tells the server of the data folder, if one runs, and waits until it is done.
///
/// # Errors
/// A server is there but does not answer, or answers with a reason why it cannot.
pub fn tell(data: &Path, request: &Request) -> io::Result<Told> {
    let mut stream = match BlockingStream::connect(socket_path(data)) {
        Ok(stream) => stream,
        Err(error) if is_absence(&error) => return Ok(Told::NoServer),
        Err(error) => return Err(error),
    };
    stream.set_read_timeout(Some(request.patience()))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    stream.write_all(request.line().as_bytes())?;
    let mut answer = String::new();
    BufReader::new(stream)
        .take(MAX_ANSWER)
        .read_line(&mut answer)?;
    if let Some(said) = answer.strip_prefix("ok") {
        return Ok(Told::Done(said.trim().to_owned()));
    }
    match answer.as_str() {
        "" => Err(io::Error::other(
            "the server closed the control socket without an answer",
        )),
        other => {
            let reason = other.strip_prefix("error ").unwrap_or(other).trim_end();
            Err(io::Error::other(reason.to_owned()))
        }
    }
}

/// A refused connection is a socket that a server left behind when it ended.
fn is_absence(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused
    )
}

/// The server's side of the socket.
pub struct ControlSocket {
    listener: UnixListener,
    path: PathBuf,
}

impl ControlSocket {
    /// Binds the socket of a data folder, in place of one that an ended server left.
    ///
    /// # Errors
    /// Another server runs with this data folder ([`io::ErrorKind::AddrInUse`]), or the folder
    /// cannot be written.
    pub fn bind(data: &Path) -> io::Result<Self> {
        let path = socket_path(data);
        remove_stale(&path)?;
        let listener = UnixListener::bind(&path)?;
        fs::set_permissions(&path, Permissions::from_mode(0o600))?;
        Ok(Self { listener, path })
    }

    /// Answers requests until it is dropped. `handle` does what is asked; its error is told to
    /// the command, so it should be one line.
    pub async fn serve<H, F>(self, handle: H)
    where
        H: Fn(Request) -> F + Send + Sync + 'static,
        F: Future<Output = Result<String, String>> + Send,
    {
        let handle = Arc::new(handle);
        let places = Arc::new(Semaphore::new(MAX_REQUESTS));
        loop {
            let Ok(place) = Arc::clone(&places).acquire_owned().await else {
                return;
            };
            match self.listener.accept().await {
                Ok((stream, _)) => {
                    let handle = Arc::clone(&handle);
                    tokio::spawn(async move {
                        let _place = place;
                        answer(stream, &*handle).await;
                    });
                }
                Err(error) => {
                    tracing::warn!(%error, "the control socket cannot accept; trying again");
                    tokio::time::sleep(Duration::from_secs(1)).await;
                }
            }
        }
    }
}

impl Drop for ControlSocket {
    fn drop(&mut self) {
        // One that stays is recognised as left behind by the next server.
        let _removed = fs::remove_file(&self.path);
    }
}

fn remove_stale(path: &Path) -> io::Result<()> {
    match BlockingStream::connect(path) {
        Ok(_) => Err(io::Error::new(
            io::ErrorKind::AddrInUse,
            "another server runs with this data folder",
        )),
        Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => fs::remove_file(path),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
    }
}

async fn answer<H, F>(stream: UnixStream, handle: &H)
where
    H: Fn(Request) -> F,
    F: Future<Output = Result<String, String>>,
{
    if let Err(error) = exchange(stream, handle).await {
        tracing::debug!(%error, "a request on the control socket broke off");
    }
}

async fn exchange<H, F>(mut stream: UnixStream, handle: &H) -> io::Result<()>
where
    H: Fn(Request) -> F,
    F: Future<Output = Result<String, String>>,
{
    let (read, mut write) = stream.split();
    let mut line = String::new();
    let mut read = tokio::io::BufReader::new(read.take(MAX_LINE));
    in_time(read.read_line(&mut line)).await?;
    let request = line.strip_suffix('\n').and_then(Request::parse);
    let outcome = match request {
        Some(request) => handle(request).await,
        None => Err("this request is not known".to_owned()),
    };
    let answer = match outcome {
        Ok(said) if said.is_empty() => "ok\n".to_owned(),
        Ok(said) => format!("ok {said}\n"),
        Err(reason) => format!("error {}\n", reason.escape_debug()),
    };
    in_time(write.write_all(answer.as_bytes())).await
}

/// For what the other side has to do.
async fn in_time<T>(work: impl Future<Output = io::Result<T>>) -> io::Result<T> {
    let done = tokio::time::timeout(PATIENCE, work).await;
    done.map_err(|_| io::Error::from(io::ErrorKind::TimedOut))?
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use tokio::sync::mpsc;

    async fn tell_from_elsewhere(data: &Path, id: u64) -> io::Result<Told> {
        let data = data.to_owned();
        let request = Request::DirectoryChanged(AccountId(id));
        tokio::task::spawn_blocking(move || tell(&data, &request))
            .await
            .unwrap()
    }

    #[test]
    fn requests_are_read_strictly() {
        let changed = |id| Some(Request::DirectoryChanged(AccountId(id)));
        assert_eq!(Request::parse("directory-changed 17"), changed(17));
        for bad in [
            "",
            "directory-changed",
            "directory-changed ",
            "directory-changed +1",
            "directory-changed -1",
            "directory-changed 1 ",
            "directory-changed 99999999999999999999",
            "DIRECTORY-CHANGED 1",
        ] {
            assert_eq!(Request::parse(bad), None, "{bad:?}");
        }
    }

    #[tokio::test]
    async fn the_server_hears_and_answers() {
        let data = tempfile::tempdir().unwrap();
        let (heard, mut hears) = mpsc::unbounded_channel();
        let socket = ControlSocket::bind(data.path()).unwrap();
        let server = tokio::spawn(socket.serve(move |request| {
            let heard = heard.clone();
            async move {
                heard.send(request.clone()).unwrap();
                match request {
                    Request::DirectoryChanged(AccountId(13)) => Err("bad\nluck".to_owned()),
                    _ => Ok("done".to_owned()),
                }
            }
        }));
        assert_eq!(
            tell_from_elsewhere(data.path(), 7).await.unwrap(),
            Told::Done("done".to_owned())
        );
        assert_eq!(
            hears.recv().await,
            Some(Request::DirectoryChanged(AccountId(7)))
        );
        let refused = tell_from_elsewhere(data.path(), 13).await.unwrap_err();
        assert!(refused.to_string().contains("bad"), "{refused}");
        server.abort();
    }

    #[tokio::test]
    async fn an_unknown_or_endless_line_gets_an_error() {
        let data = tempfile::tempdir().unwrap();
        let socket = ControlSocket::bind(data.path()).unwrap();
        let server = tokio::spawn(socket.serve(|_| async { Ok(String::new()) }));
        for line in ["shut down\n".to_owned(), "x".repeat(64 << 10)] {
            let mut stream = UnixStream::connect(socket_path(data.path())).await.unwrap();
            stream.write_all(line.as_bytes()).await.unwrap();
            let mut answer = String::new();
            stream.read_to_string(&mut answer).await.unwrap();
            assert_eq!(answer, "error this request is not known\n");
        }
        server.abort();
    }

    #[tokio::test]
    async fn no_server_a_left_socket_and_a_second_server() {
        let data = tempfile::tempdir().unwrap();
        assert_eq!(
            tell_from_elsewhere(data.path(), 1).await.unwrap(),
            Told::NoServer
        );
        let path = socket_path(data.path());
        drop(std::os::unix::net::UnixListener::bind(&path).unwrap());
        assert_eq!(
            tell_from_elsewhere(data.path(), 1).await.unwrap(),
            Told::NoServer
        );
        let socket = ControlSocket::bind(data.path()).unwrap();
        assert_eq!(
            fs::metadata(&path).unwrap().permissions().mode() & 0o777,
            0o600
        );
        let second = ControlSocket::bind(data.path()).map(|_| ()).unwrap_err();
        assert_eq!(second.kind(), io::ErrorKind::AddrInUse);
        drop(socket);
        assert!(!path.exists());
    }
}
