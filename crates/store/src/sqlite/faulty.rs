//! Files on a disk that fails when told to, for tests: the n-th call of a kind fails, syncs are
//! held back, and a crash takes what was not synced.

use super::files::{Files, SegmentFile};
use crate::check::locked;
use std::collections::{HashMap, HashSet};
use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex};
use std::time::SystemTime;

/// A kind of call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub enum Call {
    Create,
    Open,
    Remove,
    Read,
    Write,
    Allocate,
    Punch,
    Truncate,
    Sync,
    SyncDir,
}

/// Files that fail as told; every clone is the same disk.
#[derive(Clone)]
pub struct FaultyFiles {
    disk: Arc<Disk>,
}

struct Disk {
    beneath: Arc<dyn Files>,
    state: Mutex<State>,
    released: Condvar,
}

#[derive(Default)]
struct State {
    calls: HashMap<Call, u64>,
    faults: Vec<(Call, u64, io::ErrorKind)>,
    held: bool,
    crashed: bool,
    unsynced: HashMap<PathBuf, Vec<Range<u64>>>,
    unlisted: HashSet<PathBuf>,
}

impl FaultyFiles {
    /// Files on top of others, with no fault yet.
    pub fn new(beneath: Arc<dyn Files>) -> FaultyFiles {
        let disk = Disk {
            beneath,
            state: Mutex::default(),
            released: Condvar::new(),
        };
        FaultyFiles {
            disk: Arc::new(disk),
        }
    }

    /// Lets the n-th call of a kind from now on fail, 1 being the next.
    pub fn fail(&self, call: Call, nth: u64, kind: io::ErrorKind) {
        let mut state = locked(&self.disk.state);
        let made = state.calls.get(&call).copied().unwrap_or_default();
        state.faults.push((call, made.saturating_add(nth), kind));
    }

    /// Calls of a kind so far.
    pub fn calls(&self, call: Call) -> u64 {
        let state = locked(&self.disk.state);
        state.calls.get(&call).copied().unwrap_or_default()
    }

    /// Holds back every sync of a file until [`release`](Self::release).
    pub fn hold_syncs(&self) {
        locked(&self.disk.state).held = true;
    }

    /// Lets the syncs that are held back go on, and later ones.
    pub fn release(&self) {
        locked(&self.disk.state).held = false;
        self.disk.released.notify_all();
    }

    /// The power fails: every later call fails, files whose folder was not synced vanish, and
    /// written ranges that were not synced read as zeros, but for those that `survives` keeps.
    pub fn crash(&self, mut survives: impl FnMut(&Path, &Range<u64>) -> bool) -> io::Result<()> {
        let mut state = locked(&self.disk.state);
        state.crashed = true;
        for path in std::mem::take(&mut state.unlisted) {
            state.unsynced.remove(&path);
            self.disk.beneath.remove(&path)?;
        }
        for (path, ranges) in std::mem::take(&mut state.unsynced) {
            let file = self.disk.beneath.open(&path)?;
            for range in ranges.iter().filter(|range| !survives(&path, range)) {
                let len = usize::try_from(range.end - range.start).map_err(io::Error::other)?;
                file.write_all_at(&vec![0; len], range.start)?;
            }
        }
        Ok(())
    }
}

impl Disk {
    /// Counts a call, and fails it if it is to fail.
    fn call(&self, call: Call) -> io::Result<()> {
        let mut state = locked(&self.state);
        if state.crashed {
            return Err(io::Error::other("the power failed"));
        }
        let made = state.calls.entry(call).or_default();
        *made += 1;
        let made = *made;
        let due = state.faults.iter();
        let mut due = due.filter(|(kind, nth, _)| *kind == call && *nth == made);
        match due.next() {
            Some((_, _, kind)) => Err(io::Error::from(*kind)),
            None => Ok(()),
        }
    }

    fn wait_while_held(&self) {
        let mut state = locked(&self.state);
        while state.held && !state.crashed {
            let waited = self.released.wait(state);
            state = waited.unwrap_or_else(std::sync::PoisonError::into_inner);
        }
    }

    fn file(self: &Arc<Self>, path: &Path, beneath: Arc<dyn SegmentFile>) -> Arc<dyn SegmentFile> {
        Arc::new(FaultyFile {
            path: path.to_owned(),
            beneath,
            disk: self.clone(),
        })
    }
}

impl Files for FaultyFiles {
    fn create(&self, path: &Path) -> io::Result<Arc<dyn SegmentFile>> {
        self.disk.call(Call::Create)?;
        let file = self.disk.beneath.create(path)?;
        locked(&self.disk.state).unlisted.insert(path.to_owned());
        Ok(self.disk.file(path, file))
    }

    fn open(&self, path: &Path) -> io::Result<Arc<dyn SegmentFile>> {
        self.disk.call(Call::Open)?;
        Ok(self.disk.file(path, self.disk.beneath.open(path)?))
    }

    fn open_to_read(&self, path: &Path) -> io::Result<Arc<dyn SegmentFile>> {
        self.disk.call(Call::Open)?;
        Ok(self.disk.file(path, self.disk.beneath.open_to_read(path)?))
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        self.disk.call(Call::Remove)?;
        self.disk.beneath.remove(path)?;
        let mut state = locked(&self.disk.state);
        state.unlisted.remove(path);
        state.unsynced.remove(path);
        Ok(())
    }

    fn sync_dir(&self, dir: &Path) -> io::Result<()> {
        self.disk.call(Call::SyncDir)?;
        self.disk.beneath.sync_dir(dir)?;
        let mut state = locked(&self.disk.state);
        state.unlisted.retain(|path| path.parent() != Some(dir));
        Ok(())
    }
}

struct FaultyFile {
    path: PathBuf,
    beneath: Arc<dyn SegmentFile>,
    disk: Arc<Disk>,
}

impl SegmentFile for FaultyFile {
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        self.disk.call(Call::Read)?;
        self.beneath.read_at(buffer, offset)
    }

    fn try_read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        self.disk.call(Call::Read)?;
        self.beneath.try_read_at(buffer, offset)
    }

    fn write_all_at(&self, octets: &[u8], offset: u64) -> io::Result<()> {
        self.disk.call(Call::Write)?;
        self.beneath.write_all_at(octets, offset)?;
        let written = offset..offset.saturating_add(octets.len() as u64);
        let mut state = locked(&self.disk.state);
        let ranges = state.unsynced.entry(self.path.clone()).or_default();
        ranges.push(written);
        Ok(())
    }

    fn allocate(&self, offset: u64, len: u64) -> io::Result<()> {
        self.disk.call(Call::Allocate)?;
        self.beneath.allocate(offset, len)
    }

    fn punch(&self, offset: u64, len: u64) -> io::Result<()> {
        self.disk.call(Call::Punch)?;
        self.beneath.punch(offset, len)
    }

    fn modified(&self) -> io::Result<SystemTime> {
        self.beneath.modified()
    }

    fn truncate(&self, len: u64) -> io::Result<()> {
        self.disk.call(Call::Truncate)?;
        self.beneath.truncate(len)
    }

    fn sync_data(&self) -> io::Result<()> {
        self.disk.wait_while_held();
        // A failed sync loses what it was to sync: it stays in the list, for a crash to take.
        self.disk.call(Call::Sync)?;
        let mut state = locked(&self.disk.state);
        let covered = state.unsynced.remove(&self.path).unwrap_or_default();
        drop(state);
        let synced = self.beneath.sync_data();
        if synced.is_err() {
            let mut state = locked(&self.disk.state);
            let ranges = state.unsynced.entry(self.path.clone()).or_default();
            ranges.extend(covered);
        }
        synced
    }

    fn size(&self) -> io::Result<u64> {
        self.beneath.size()
    }
}
