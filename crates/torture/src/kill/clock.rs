//! A clock that jumps, for a server that libfaketime is loaded into.

use super::locked;
use crate::model::Violation;
use postern_store::sqlite::inspect::{Inspection, LogPiece};
use postern_tests::{Chance, ServerUnderTest};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use tempfile::TempDir;

/// Why clocks cannot jump here.
pub const NO_FAKETIME: &str = "Debian's package `faketime` is not installed";

/// Days that a clock is off by at most, either way.
const DAYS: usize = 7000;

pub(super) struct Clock {
    chance: Mutex<Chance>,
    folder: TempDir,
    library: PathBuf,
}

/// Where Debian's package `faketime` puts it.
fn library() -> Option<PathBuf> {
    let mut folders = std::fs::read_dir("/usr/lib").ok()?.filter_map(Result::ok);
    folders.find_map(|folder| {
        let library = folder.path().join("faketime/libfaketimeMT.so.1");
        library.exists().then_some(library)
    })
}

impl Clock {
    pub(super) fn new(seed: u64) -> Result<Clock, Violation> {
        let library = library().ok_or(NO_FAKETIME)?;
        let clock = Clock {
            chance: Mutex::new(Chance::new(seed ^ 0xc10c)),
            folder: TempDir::new().map_err(|error| error.to_string())?,
            library,
        };
        clock.jump();
        Ok(clock)
    }

    fn file(&self) -> PathBuf {
        self.folder.path().join("clock")
    }

    /// From now on the server's clock says something else.
    pub(super) fn jump(&self) {
        let mut chance = locked(&self.chance);
        let days = chance.below(DAYS);
        let sign = if chance.once_in(2) { '+' } else { '-' };
        let draft = self.folder.path().join("draft");
        std::fs::write(&draft, format!("{sign}{days}d\n")).unwrap();
        std::fs::rename(draft, self.file()).unwrap();
    }

    /// The server's next start is with this clock.
    pub(super) fn wear(&self, server: &mut ServerUnderTest) {
        let path = |path: &Path| path.to_string_lossy().into_owned();
        server.set_env("LD_PRELOAD", &path(&self.library));
        server.set_env("FAKETIME_TIMESTAMP_FILE", &path(&self.file()));
        server.set_env("FAKETIME_CACHE_DURATION", "1");
        // Time that is measured goes on as it does.
        server.set_env("FAKETIME_DONT_FAKE_MONOTONIC", "1");
    }
}

/// The times of an account's events never go back.
pub(super) fn times_only_grow(server: &ServerUnderTest) -> Result<(), Violation> {
    let inspection = Inspection::open(&server.data()).map_err(|error| error.to_string())?;
    let accounts = inspection.logged().map_err(|error| error.to_string())?;
    for account in accounts {
        let log = inspection.log(account, 0, usize::MAX);
        let mut last = i64::MIN;
        for piece in log.map_err(|error| error.to_string())? {
            match piece {
                LogPiece::Entry(entry) if entry.at >= last => last = entry.at,
                other => return Err(format!("account {}, after {last}: {other:?}", account.0)),
            }
        }
    }
    Ok(())
}
