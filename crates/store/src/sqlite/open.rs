//! The data folder: what is in it, who may open it, and why it does not open.
//!
//! | name | what |
//! |---|---|
//! | `lock` | held with `flock` by the process that serves; its number in decimal |
//! | `meta` | text of three lines: `postern data folder`, `format 1`, `shards 2`; written last, so a folder with it is complete |
//! | `directory.sqlite` | accounts |
//! | `shard-00.sqlite`, … | logs and snapshots of the accounts whose number modulo the number of shards is this |
//! | `segments-00/`, … | the bodies of those accounts |

use super::files;
use rustix::fs::FlockOperation;
use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

/// Why a data folder does not open, in a sentence for its operator.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The system refuses a file or folder.
    #[error("cannot use {path}: {error}")]
    Io {
        /// Which one.
        path: PathBuf,
        /// What the system says.
        error: io::Error,
    },
    /// Another process serves from it.
    #[error("{path} is in use by another process{}", by(*pid))]
    Locked {
        /// The data folder.
        path: PathBuf,
        /// That process's number, if it could be read.
        pid: Option<u32>,
    },
    /// A later version of the program wrote it.
    #[error(
        "{path} has format version {found}, and this program knows up to {known}: use a newer \
         version of the program"
    )]
    Newer {
        /// Which file.
        path: PathBuf,
        /// Its version.
        found: i64,
        /// The newest version known here.
        known: i64,
    },
    /// It is not what its name says.
    #[error("{path} was not made by this program: {what}")]
    Foreign {
        /// Which file.
        path: PathBuf,
        /// What is wrong with it.
        what: String,
    },
    /// A file of a folder in use is gone.
    #[error("{path} is missing from a data folder that was in use: restore it from a backup")]
    Missing {
        /// Which file.
        path: PathBuf,
    },
    /// It is being made of a backup, or that did not finish.
    #[error("{path} is being restored from a backup; if that was cut off, begin it again")]
    Unfinished {
        /// The data folder.
        path: PathBuf,
    },
    /// No space, or a quota.
    #[error("no space left for {path}: {error}")]
    Full {
        /// Which file.
        path: PathBuf,
        /// What the system says.
        error: String,
    },
    /// The database refuses it.
    #[error("cannot open {path}: {error}")]
    Database {
        /// Which file.
        path: PathBuf,
        /// What the database says.
        error: rusqlite::Error,
    },
    /// The number of shards asked for is none that a folder can have.
    #[error("a data folder has 1 to {MAX_SHARDS} shards, not {0}")]
    Shards(u16),
}

/// More shards than this only cost syncs.
pub(crate) const MAX_SHARDS: u16 = 64;

/// Whether the file system has less room than a file needs to begin with.
fn is_full(path: &Path) -> bool {
    const BEGINNING: u64 = 64 << 10;
    let folder = path.parent().unwrap_or(path);
    rustix::fs::statvfs(folder).is_ok_and(|fs| fs.f_bavail.saturating_mul(fs.f_frsize) < BEGINNING)
}

fn by(pid: Option<u32>) -> String {
    pid.map(|pid| format!(" (number {pid})"))
        .unwrap_or_default()
}

impl OpenError {
    pub(crate) fn io(path: &Path, error: io::Error) -> OpenError {
        let path = path.to_owned();
        if files::is_full(&error) {
            let error = error.to_string();
            return OpenError::Full { path, error };
        }
        OpenError::Io { path, error }
    }

    pub(crate) fn database(path: &Path, error: rusqlite::Error) -> OpenError {
        let path = path.to_owned();
        match error.sqlite_error_code() {
            // SQLite says so where it finds no room for the index of its log.
            Some(rusqlite::ErrorCode::SystemIoFailure) if is_full(&path) => {
                let error = error.to_string();
                OpenError::Full { path, error }
            }
            Some(rusqlite::ErrorCode::DiskFull) => {
                let error = error.to_string();
                OpenError::Full { path, error }
            }
            Some(rusqlite::ErrorCode::NotADatabase) => OpenError::foreign(&path),
            _ => OpenError::Database { path, error },
        }
    }

    pub(crate) fn foreign(path: &Path) -> OpenError {
        OpenError::Foreign {
            path: path.to_owned(),
            what: "it is not a database of this kind".to_owned(),
        }
    }
}

/// The lock that keeps a second server out. It goes with the process, however that ends.
#[derive(Debug)]
pub(crate) struct Lock {
    _file: File,
}

impl Lock {
    pub(crate) fn take(folder: &Path) -> Result<Lock, OpenError> {
        let path = folder.join("lock");
        let failed = |error| OpenError::io(&path, error);
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        let mut file = options.mode(0o600).open(&path).map_err(failed)?;
        match rustix::fs::flock(&file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => {}
            Err(rustix::io::Errno::WOULDBLOCK) => {
                let path = folder.to_owned();
                let pid = holder(&mut file);
                return Err(OpenError::Locked { path, pid });
            }
            Err(errno) => return Err(failed(errno.into())),
        }
        let pid = format!("{}\n", std::process::id());
        file.set_len(0).map_err(failed)?;
        file.write_all(pid.as_bytes()).map_err(failed)?;
        Ok(Lock { _file: file })
    }
}

fn holder(file: &mut File) -> Option<u32> {
    let mut text = String::new();
    file.take(20).read_to_string(&mut text).ok()?;
    text.trim().parse().ok()
}

/// Makes a folder if there is none, for its owner only, and its entry durable: what is synced in
/// it would be lost with it.
pub(crate) fn folder(path: &Path) -> Result<(), OpenError> {
    if path.is_dir() {
        return Ok(());
    }
    let mut builder = DirBuilder::new();
    builder.recursive(true).mode(0o700);
    let made = builder.create(path).and_then(|()| match path.parent() {
        Some(parent) if parent.as_os_str().is_empty() => sync_dir(Path::new(".")),
        Some(parent) => sync_dir(parent),
        None => Ok(()),
    });
    made.map_err(|error| OpenError::io(path, error))
}

/// The file that a folder has while it is made of a backup.
pub(crate) const RESTORING: &str = "restoring";

/// What `meta` says of a folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Meta {
    pub(crate) shards: u16,
}

const META_VERSION: i64 = 1;
const META_TITLE: &str = "postern data folder";

impl Meta {
    /// Reads it; `None` in a folder that is not complete yet.
    pub(crate) fn read(folder: &Path) -> Result<Option<Meta>, OpenError> {
        if folder.join(RESTORING).exists() {
            let path = folder.to_owned();
            return Err(OpenError::Unfinished { path });
        }
        let path = folder.join("meta");
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(OpenError::io(&path, error)),
        };
        Meta::parse(&path, &text).map(Some)
    }

    fn parse(path: &Path, text: &str) -> Result<Meta, OpenError> {
        let foreign = |what: &str| OpenError::Foreign {
            path: path.to_owned(),
            what: what.to_owned(),
        };
        let mut lines = text.lines();
        if lines.next() != Some(META_TITLE) {
            return Err(foreign("the first line is another"));
        }
        let mut number = |name: &str| {
            let line = lines.next()?;
            line.strip_prefix(name)?.trim().parse::<i64>().ok()
        };
        let found = number("format ").ok_or_else(|| foreign("it names no format"))?;
        if found > META_VERSION {
            return Err(OpenError::Newer {
                path: path.to_owned(),
                found,
                known: META_VERSION,
            });
        }
        let shards = number("shards ").and_then(|shards| u16::try_from(shards).ok());
        match shards {
            Some(shards @ 1..=MAX_SHARDS) => Ok(Meta { shards }),
            _ => Err(foreign("it names no possible number of shards")),
        }
    }

    /// Writes it durably: from then on the folder is complete.
    pub(crate) fn write(self, folder: &Path) -> Result<(), OpenError> {
        let path = folder.join("meta");
        let draft = folder.join("meta.new");
        let text = format!(
            "{META_TITLE}\nformat {META_VERSION}\nshards {}\n",
            self.shards
        );
        let write = || -> io::Result<()> {
            let mut file = File::create(&draft)?;
            file.write_all(text.as_bytes())?;
            file.sync_all()?;
            sync_dir(folder)?;
            std::fs::rename(&draft, &path)?;
            sync_dir(folder)
        };
        write().map_err(|error| OpenError::io(&path, error))
    }
}

fn sync_dir(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

/// In a folder in use, a file that is not there was lost and is not to be made anew.
pub(crate) fn require(path: &Path, in_use: bool) -> Result<(), OpenError> {
    match path.try_exists() {
        Ok(true) => Ok(()),
        Ok(false) if !in_use => Ok(()),
        Ok(false) => Err(OpenError::Missing {
            path: path.to_owned(),
        }),
        Err(error) => Err(OpenError::io(path, error)),
    }
}
