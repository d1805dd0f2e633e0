//! A disk that fails when told to: it forgets what was not synced, tears what was being written,
//! keeps later writes and loses earlier ones, and refuses the n-th call.
//!
//! The files themselves are those of a folder, best one in memory: they are what the system's
//! cache would hold. Beside them the disk knows what of each file is durable, what was written
//! since, and which names its folders are known by. A [`cut`](Disk::cut) makes of that what a
//! machine finds after its power failed.

use postern_store::sqlite::files::{Files, SegmentFile, SystemFiles};
use postern_tests::Chance;
use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError, Weak};
use std::time::SystemTime;

mod survive;

/// A kind of call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[allow(missing_docs)]
pub enum Call {
    Create,
    Open,
    Remove,
    Read,
    Write,
    Allocate,
    Truncate,
    Sync,
    SyncDir,
}

impl Call {
    fn changes(self) -> bool {
        !matches!(self, Call::Open | Call::Read)
    }
}

/// Why a call is not made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refused {
    /// An error of the device, or of the system's tables.
    Failed,
    /// No space.
    Full,
    /// Only so many octets were written, then there was no space.
    Short(usize),
}

/// What goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// EIO from a read.
    Read,
    /// EIO from a write.
    Write,
    /// EIO from a sync, after which the data is still in the cache but never written.
    Sync,
    /// The same, and the cache holds again what the medium does.
    SyncAndForget,
    /// ENOSPC.
    Full,
    /// A write of which half is done.
    Short,
    /// EMFILE.
    TooManyFiles,
}

impl Fault {
    /// All of them.
    pub const ALL: [Fault; 7] = [
        Fault::Read,
        Fault::Write,
        Fault::Sync,
        Fault::SyncAndForget,
        Fault::Full,
        Fault::Short,
        Fault::TooManyFiles,
    ];

    fn concerns(self, call: Call) -> bool {
        match self {
            Fault::Read => call == Call::Read,
            Fault::Write => matches!(call, Call::Write | Call::Truncate | Call::Remove),
            Fault::Sync | Fault::SyncAndForget => matches!(call, Call::Sync | Call::SyncDir),
            Fault::Full => matches!(call, Call::Write | Call::Allocate | Call::Create),
            Fault::Short => call == Call::Write,
            Fault::TooManyFiles => matches!(call, Call::Create | Call::Open),
        }
    }
}

/// What is to happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Plan {
    /// Nothing.
    Peace,
    /// At the n-th call that changes something the power fails; from 1 on.
    CutAt(u64),
    /// The n-th call that the fault concerns fails, and only that one.
    FailAt(Fault, u64),
    /// That one and all that follow, until another plan is made.
    FailFrom(Fault, u64),
}

/// A change to a file that is not durable.
#[derive(Debug, Clone)]
enum Change {
    Write(u64, Vec<u8>),
    SetLen(u64),
    Extend(u64),
}

/// What becomes of a change after a failed sync.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    Open,
    Durable,
}

/// A file's content; names are beside.
#[derive(Debug, Default)]
struct Inode {
    durable: Vec<u8>,
    pending: Vec<Change>,
    /// From a failed sync on: what it was to make durable, which no later sync does, and what
    /// later ones did. In order, for what is written twice.
    doomed: Vec<(Fate, Change)>,
}

#[derive(Debug)]
struct State {
    plan: Plan,
    counted: u64,
    off: bool,
    inodes: BTreeMap<u64, Inode>,
    next: u64,
    /// The names there are, and those that are durable.
    names: BTreeMap<PathBuf, u64>,
    listed: BTreeMap<PathBuf, u64>,
    struck: Option<(Call, PathBuf)>,
    /// The write that the power failed in: no cache has it.
    torn: Option<(PathBuf, Change)>,
    trace: u64,
    calls: u64,
    held: bool,
    waits: bool,
}

/// One disk: a folder and all below it.
#[derive(Debug)]
pub struct Disk {
    root: PathBuf,
    state: Mutex<State>,
    released: Condvar,
}

fn disks() -> &'static Mutex<Vec<Weak<Disk>>> {
    static DISKS: OnceLock<Mutex<Vec<Weak<Disk>>>> = OnceLock::new();
    DISKS.get_or_init(Mutex::default)
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The disk that a path is on.
pub(crate) fn disk_of(path: &Path) -> Option<Arc<Disk>> {
    let disks = locked(disks());
    let mut alive = disks.iter().filter_map(Weak::upgrade);
    alive.find(|disk| path.starts_with(&disk.root))
}

impl Disk {
    /// A disk of what is in a folder; all of it is durable.
    pub fn new(root: &Path) -> Arc<Disk> {
        let state = State {
            plan: Plan::Peace,
            counted: 0,
            off: false,
            inodes: BTreeMap::new(),
            next: 0,
            names: BTreeMap::new(),
            listed: BTreeMap::new(),
            struck: None,
            torn: None,
            trace: 0xcbf2_9ce4_8422_2325,
            calls: 0,
            held: false,
            waits: false,
        };
        let disk = Arc::new(Disk {
            root: root.to_owned(),
            state: Mutex::new(state),
            released: Condvar::new(),
        });
        let mut disks = locked(disks());
        disks.retain(|disk| disk.strong_count() > 0);
        disks.push(Arc::downgrade(&disk));
        disk
    }

    fn state(&self) -> MutexGuard<'_, State> {
        locked(&self.state)
    }

    /// Makes a plan; calls are counted from now on.
    pub fn plan(&self, plan: Plan) {
        let mut state = self.state();
        state.plan = plan;
        state.counted = 0;
        state.struck = None;
    }

    /// The call that the plan has struck.
    pub fn struck(&self) -> Option<(Call, PathBuf)> {
        self.state().struck.clone()
    }

    /// Whether the power has failed.
    pub fn is_off(&self) -> bool {
        self.state().off
    }

    /// All calls so far, and a number made of each one's kind, file, place and length.
    pub fn trace(&self) -> (u64, u64) {
        let state = self.state();
        (state.calls, state.trace)
    }

    /// Every call fails from now on, as when the process or the machine is gone.
    pub fn switch_off(&self) {
        let mut state = self.state();
        state.off = true;
        self.released.notify_all();
    }

    /// The next call that changes something waits until [`release`](Disk::release).
    pub fn hold(&self) {
        self.state().held = true;
    }

    /// Whether a call waits.
    pub fn holds_one(&self) -> bool {
        self.state().waits
    }

    /// Lets calls go on.
    pub fn release(&self) {
        let mut state = self.state();
        state.held = false;
        state.waits = false;
        self.released.notify_all();
    }

    /// The process is gone and the machine goes on: what was written is still in the cache.
    pub fn restart(&self) -> io::Result<()> {
        self.forget_shared_memory()?;
        let mut state = self.state();
        state.off = false;
        state.torn = None;
        Ok(())
    }

    /// The machine is gone: of what was not durable some is there and some is not.
    ///
    /// # Errors
    /// The files beneath cannot be written.
    pub fn cut(&self, chance: &mut Chance) -> io::Result<()> {
        let mut state = self.state();
        if let Some((path, change)) = state.torn.take()
            && let Some(inode) = state.inode(&path)
        {
            inode.pending.push(change);
        }
        let manner = survive::Manner::any(chance);
        let all: BTreeSet<&PathBuf> = state.names.keys().chain(state.listed.keys()).collect();
        let mut left = BTreeMap::new();
        for path in all {
            let now = state.names.get(path);
            let before = state.listed.get(path);
            let id = match now == before || chance.once_in(2) {
                true => before,
                false => now,
            };
            match id.and_then(|id| state.inodes.get(id)) {
                Some(inode) => {
                    let content = manner.apply(inode, chance);
                    std::fs::write(path, &content)?;
                    left.insert(path.clone(), content);
                }
                None if path.exists() => std::fs::remove_file(path)?,
                None => {}
            }
        }
        state.inodes.clear();
        state.names.clear();
        for (path, durable) in left {
            let id = state.add(Inode {
                durable,
                ..Inode::default()
            });
            state.names.insert(path, id);
        }
        state.listed = state.names.clone();
        drop(state);
        self.restart()
    }

    /// SQLite's index of its log is memory that processes share: it goes with them.
    fn forget_shared_memory(&self) -> io::Result<()> {
        for entry in std::fs::read_dir(&self.root)? {
            let path = entry?.path();
            if path.to_string_lossy().ends_with("-shm") {
                std::fs::remove_file(path)?;
            }
        }
        Ok(())
    }

    /// Counts a call, and refuses it if it is to fail.
    pub(crate) fn ask(&self, call: Call, path: &Path, at: u64, len: u64) -> Result<(), Refused> {
        let mut state = self.state();
        if call.changes() && state.held && !state.off {
            state.waits = true;
            self.released.notify_all();
            while state.held && !state.off {
                let waited = self.released.wait(state);
                state = waited.unwrap_or_else(PoisonError::into_inner);
            }
        }
        state.ask(call, path, at, len)
    }

    pub(crate) fn opened(&self, path: &Path, is_new: bool) {
        let mut state = self.state();
        if !is_new && state.names.contains_key(path) {
            return;
        }
        // What the disk has not seen being made was there before it.
        let durable = match is_new {
            true => Vec::new(),
            false => std::fs::read(path).unwrap_or_default(),
        };
        let id = state.add(Inode {
            durable,
            ..Inode::default()
        });
        state.names.insert(path.to_owned(), id);
        if !is_new {
            state.listed.insert(path.to_owned(), id);
        }
    }

    pub(crate) fn removed(&self, path: &Path) {
        self.state().names.remove(path);
    }

    pub(crate) fn synced_dir(&self, dir: &Path) {
        let mut state = self.state();
        let names = state.names.clone();
        state.listed.retain(|path, _| path.parent() != Some(dir));
        let inside = names.into_iter().filter(|(p, _)| p.parent() == Some(dir));
        state.listed.extend(inside);
    }

    /// Notes a write that is made when this is `Ok`. Where the power fails, what was being
    /// written may be there.
    pub(crate) fn write(&self, path: &Path, at: u64, octets: &[u8]) -> Result<(), Refused> {
        let was_off = self.is_off();
        let asked = self.ask(Call::Write, path, at, octets.len() as u64);
        let mut state = self.state();
        let written = match asked {
            Ok(()) => octets,
            Err(Refused::Short(some)) => octets.get(..some).unwrap_or(octets),
            Err(refused) => {
                if !was_off && state.off {
                    state.torn = Some((path.to_owned(), Change::Write(at, octets.to_vec())));
                }
                return Err(refused);
            }
        };
        if let Some(inode) = state.inode(path) {
            inode.pending.push(Change::Write(at, written.to_vec()));
        }
        asked
    }

    pub(crate) fn set_len(&self, call: Call, path: &Path, len: u64) -> Result<(), Refused> {
        self.ask(call, path, len, 0)?;
        let change = match call {
            Call::Allocate => Change::Extend(len),
            _ => Change::SetLen(len),
        };
        let mut state = self.state();
        if let Some(inode) = state.inode(path) {
            inode.pending.push(change);
        }
        Ok(())
    }

    pub(crate) fn sync(&self, path: &Path) -> Result<(), Refused> {
        let asked = self.ask(Call::Sync, path, 0, 0);
        let mut state = self.state();
        let (plan, off) = (state.plan, state.off);
        let Some(inode) = state.inode(path) else {
            return asked;
        };
        if asked.is_ok() {
            for change in std::mem::take(&mut inode.pending) {
                match inode.doomed.is_empty() {
                    true => change.apply(&mut inode.durable),
                    false => inode.doomed.push((Fate::Durable, change)),
                }
            }
            return asked;
        }
        if !off {
            let lost = std::mem::take(&mut inode.pending);
            if !matches!(plan, Plan::FailAt(Fault::SyncAndForget, _)) {
                let lost = lost.into_iter().map(|change| (Fate::Open, change));
                inode.doomed.extend(lost);
            } else {
                // An error here would leave the cache as it was, which may be as well.
                let _ = overwrite(path, &inode.durable);
            }
        }
        asked
    }
}

/// In place: the file is open elsewhere.
fn overwrite(path: &Path, content: &[u8]) -> io::Result<()> {
    use std::os::unix::fs::FileExt;
    let file = std::fs::OpenOptions::new().write(true).open(path)?;
    file.set_len(content.len() as u64)?;
    file.write_all_at(content, 0)
}

impl State {
    fn add(&mut self, inode: Inode) -> u64 {
        self.next += 1;
        self.inodes.insert(self.next, inode);
        self.next
    }

    fn inode(&mut self, path: &Path) -> Option<&mut Inode> {
        let id = self.names.get(path)?;
        self.inodes.get_mut(id)
    }

    fn ask(&mut self, call: Call, path: &Path, at: u64, len: u64) -> Result<(), Refused> {
        if self.off {
            return Err(Refused::Failed);
        }
        self.note(call, path, at, len);
        let due = match self.plan {
            Plan::Peace => false,
            Plan::CutAt(nth) => self.count(call.changes()) == Some(nth),
            Plan::FailAt(fault, nth) => self.count(fault.concerns(call)) == Some(nth),
            Plan::FailFrom(fault, nth) => self.count(fault.concerns(call)) >= Some(nth),
        };
        if !due {
            return Ok(());
        }
        self.struck = Some((call, path.to_owned()));
        match self.plan {
            Plan::CutAt(_) => {
                self.off = true;
                Err(Refused::Failed)
            }
            Plan::FailAt(Fault::Full, _) | Plan::FailFrom(Fault::Full, _) => Err(Refused::Full),
            Plan::FailAt(Fault::Short, _) => {
                Err(Refused::Short(usize::try_from(len / 2).unwrap_or_default()))
            }
            _ => Err(Refused::Failed),
        }
    }

    fn count(&mut self, concerned: bool) -> Option<u64> {
        self.counted += u64::from(concerned);
        concerned.then_some(self.counted)
    }

    fn note(&mut self, call: Call, path: &Path, at: u64, len: u64) {
        self.calls += 1;
        let name = path
            .file_name()
            .map_or(&[][..], |name| name.as_encoded_bytes());
        let numbers = [call as u64, at, len].map(u64::to_le_bytes);
        for octet in name.iter().chain(numbers.as_flattened()) {
            self.trace = (self.trace ^ u64::from(*octet)).wrapping_mul(0x0100_0000_01b3);
        }
    }
}

impl Change {
    fn apply(&self, content: &mut Vec<u8>) {
        match self {
            Change::Write(at, octets) => put(content, *at, octets),
            Change::SetLen(len) => content.resize(usize::try_from(*len).unwrap_or_default(), 0),
            Change::Extend(len) => {
                let len = usize::try_from(*len).unwrap_or_default();
                content.resize(content.len().max(len), 0);
            }
        }
    }
}

fn put(content: &mut Vec<u8>, at: u64, octets: &[u8]) {
    let at = usize::try_from(at).unwrap_or_default();
    let end = at + octets.len();
    content.resize(content.len().max(end), 0);
    content[at..end].copy_from_slice(octets);
}

/// The disk as the store's segments use it.
#[derive(Debug, Clone)]
pub struct OnDisk(pub Arc<Disk>);

struct FileOnDisk {
    disk: Arc<Disk>,
    path: PathBuf,
    beneath: Arc<dyn SegmentFile>,
}

fn error(refused: &Refused, otherwise: io::Error) -> io::Error {
    match refused {
        Refused::Full | Refused::Short(_) => io::Error::from_raw_os_error(28),
        Refused::Failed => otherwise,
    }
}

fn device(refused: Refused) -> io::Error {
    error(&refused, io::Error::from_raw_os_error(5))
}

fn table(refused: Refused) -> io::Error {
    error(&refused, io::Error::from_raw_os_error(24))
}

impl OnDisk {
    fn file(&self, path: &Path, beneath: Arc<dyn SegmentFile>) -> Arc<dyn SegmentFile> {
        Arc::new(FileOnDisk {
            disk: self.0.clone(),
            path: path.to_owned(),
            beneath,
        })
    }
}

impl Files for OnDisk {
    fn create(&self, path: &Path) -> io::Result<Arc<dyn SegmentFile>> {
        self.0.ask(Call::Create, path, 0, 0).map_err(table)?;
        let file = SystemFiles.create(path)?;
        self.0.opened(path, true);
        Ok(self.file(path, file))
    }

    fn open(&self, path: &Path) -> io::Result<Arc<dyn SegmentFile>> {
        self.0.ask(Call::Open, path, 0, 0).map_err(table)?;
        let file = SystemFiles.open(path)?;
        self.0.opened(path, false);
        Ok(self.file(path, file))
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        self.0.ask(Call::Remove, path, 0, 0).map_err(device)?;
        SystemFiles.remove(path)?;
        self.0.removed(path);
        Ok(())
    }

    fn sync_dir(&self, dir: &Path) -> io::Result<()> {
        self.0.ask(Call::SyncDir, dir, 0, 0).map_err(device)?;
        self.0.synced_dir(dir);
        Ok(())
    }
}

impl SegmentFile for FileOnDisk {
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        let len = buffer.len() as u64;
        let asked = self.disk.ask(Call::Read, &self.path, offset, len);
        asked.map_err(device)?;
        self.beneath.read_at(buffer, offset)
    }

    fn try_read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        self.read_at(buffer, offset)
    }

    fn write_all_at(&self, octets: &[u8], offset: u64) -> io::Result<()> {
        match self.disk.write(&self.path, offset, octets) {
            Ok(()) => self.beneath.write_all_at(octets, offset),
            Err(refused) => {
                if let Refused::Short(some) = refused {
                    let some = octets.get(..some).unwrap_or(octets);
                    self.beneath.write_all_at(some, offset)?;
                }
                Err(device(refused))
            }
        }
    }

    fn allocate(&self, offset: u64, len: u64) -> io::Result<()> {
        let len = offset + len;
        let asked = self.disk.set_len(Call::Allocate, &self.path, len);
        asked.map_err(device)?;
        let size = self.beneath.size()?;
        self.beneath.truncate(size.max(len))
    }

    fn punch(&self, offset: u64, len: u64) -> io::Result<()> {
        let zeros = vec![0; usize::try_from(len).map_err(io::Error::other)?];
        self.write_all_at(&zeros, offset)
    }

    fn modified(&self) -> io::Result<SystemTime> {
        self.beneath.modified()
    }

    fn truncate(&self, len: u64) -> io::Result<()> {
        let asked = self.disk.set_len(Call::Truncate, &self.path, len);
        asked.map_err(device)?;
        self.beneath.truncate(len)
    }

    fn sync_data(&self) -> io::Result<()> {
        self.disk.sync(&self.path).map_err(device)
    }

    fn size(&self) -> io::Result<u64> {
        self.beneath.size()
    }
}
