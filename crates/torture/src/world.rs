//! A data folder on a disk of its own, worked on by a plan that a seed repeats exactly.
//!
//! Everything is asked of the store one after the other. Where several appends are to go into
//! one transaction, the first is held at the disk until the others wait behind it. So the same
//! seed makes the same calls in the same order, which [`Disk::trace`] shows.

use crate::disk::{Call, Disk, OnDisk};
use crate::model::{Log, Model, Violation, content, inspect, naming};
use crate::vfs;
use postern_store::sqlite::{Options, Sqlite};
use postern_store::{
    AccountId, Append, Appended, ChunkId, Directory, Expect, NewBody, PendingAppend, Snapshot,
    Store, StoreError,
};
use postern_tests::Chance;
use std::path::Path;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use tempfile::TempDir;
use tokio::runtime::Runtime;

const SHARDS: u16 = 2;
const ACCOUNTS: u64 = 4;
/// A shard's thread looks after its database's log once in so many rounds, after its answer.
const LOOK_EVERY: u64 = 16;

/// Why a life ended before its plan did.
#[derive(Debug)]
pub enum End {
    /// The disk is off.
    Off,
    /// Something does not hold.
    Violated(Violation),
}

impl From<Violation> for End {
    fn from(violation: Violation) -> End {
        End::Violated(violation)
    }
}

/// The folder, what is done to it, and what must be in it.
pub struct World {
    /// Choices.
    pub chance: Chance,
    /// Beneath it all.
    pub disk: Arc<Disk>,
    /// What must be there.
    pub model: Model,
    /// Whether an error is a violation while the disk is on.
    pub at_peace: bool,
    runtime: Runtime,
    folder: TempDir,
    numbers: u64,
}

/// The store, open.
pub struct Life {
    /// It.
    pub store: Sqlite,
    rounds: [u64; SHARDS as usize],
}

impl World {
    /// An empty folder that has been opened once.
    ///
    /// # Panics
    /// When the system refuses the folder.
    pub fn new(seed: u64) -> World {
        vfs::install();
        let memory = Path::new("/dev/shm");
        let folder = match memory.is_dir() {
            true => TempDir::new_in(memory),
            false => TempDir::new(),
        };
        let folder = folder.unwrap();
        drop(Sqlite::open(folder.path(), &options(SHARDS, None)).unwrap());
        let disk = Disk::new(folder.path());
        let runtime = tokio::runtime::Builder::new_current_thread();
        let mut model = Model::default();
        for account in 1..=ACCOUNTS {
            model.logs.insert(AccountId(account), Log::default());
        }
        World {
            chance: Chance::new(seed),
            disk,
            model,
            at_peace: true,
            runtime: { runtime }.build().unwrap(),
            folder,
            numbers: 0,
        }
    }

    /// Opens it, and verifies what is in it.
    pub fn open(&mut self, bodies: usize) -> Result<Life, End> {
        let disk = self.disk.clone();
        let store = Sqlite::open(self.folder.path(), &options(SHARDS, Some(disk)));
        let store = match store {
            Ok(store) => store,
            Err(_) if self.disk.is_off() => return Err(End::Off),
            Err(error) => return Err(End::Violated(format!("it does not open: {error}"))),
        };
        let verified = self.runtime.block_on(self.model.verify(&store, bodies));
        match verified {
            Err(_) if self.disk.is_off() => Err(End::Off),
            Err(violation) => Err(End::Violated(violation)),
            Ok(()) => Ok(Life {
                store,
                rounds: [0; SHARDS as usize],
            }),
        }
    }

    /// Does so many things.
    pub fn live(&mut self, life: &mut Life, steps: usize) -> Result<(), End> {
        for _ in 0..steps {
            self.step(life)?;
            if self.disk.is_off() {
                return Err(End::Off);
            }
        }
        Ok(())
    }

    /// What `postern check` would say of the files.
    pub fn inspect(&self) -> Result<(), Violation> {
        inspect(self.folder.path())
    }

    /// An append of one event that must succeed.
    pub fn append_must_succeed(&mut self, life: &mut Life) -> Result<(), End> {
        let at_peace = std::mem::replace(&mut self.at_peace, true);
        for account in 1..=u64::from(SHARDS) {
            self.deliver(life, AccountId(account), 50)?;
        }
        self.at_peace = at_peace;
        Ok(())
    }

    fn step(&mut self, life: &mut Life) -> Result<(), End> {
        let account = AccountId(1 + self.chance.below(ACCOUNTS as usize) as u64);
        match self.chance.below(16) {
            0..=6 => {
                let len = match self.chance.below(8) {
                    0 => 60_000 + self.chance.below(30_000),
                    1 => 0,
                    _ => self.chance.below(3000),
                };
                self.deliver(life, account, len)
            }
            7 | 8 => self.append_some(life, account),
            9 | 10 => self.burst(life, account),
            11 => self.put_and_forget(life, account),
            12 | 13 => self.snapshot(life, account),
            14 => {
                self.round(life, account);
                let dropped = self.runtime.block_on(life.store.drop_snapshots(account));
                self.settle(life, account, dropped)
            }
            _ => self.add_account(life),
        }
    }

    fn number(&mut self) -> u64 {
        self.numbers += 1;
        self.numbers
    }

    fn append(&mut self, account: AccountId, events: Vec<String>, ahead: u64) -> Append {
        let head = self.model.logs[&account].head();
        let expect = match self.chance.once_in(3) {
            true => Expect::AtLeast(head),
            false => Expect::Exactly(head + ahead),
        };
        Append {
            account,
            expect,
            at: self.number().cast_signed(),
            events: events.into_iter().map(Into::into).collect(),
        }
    }

    fn body(&mut self, life: &Life, account: AccountId, len: usize) -> Result<String, StoreError> {
        let number = self.number();
        let body = NewBody {
            derived: content(number + 1, len / 50).into(),
            content: content(number, len).into(),
        };
        let body = self.runtime.block_on(life.store.put_body(account, body))?;
        Ok(naming(number, &body))
    }

    /// What an answer other than the one hoped for means.
    fn settle<T>(
        &mut self,
        life: &mut Life,
        account: AccountId,
        outcome: Result<T, StoreError>,
    ) -> Result<(), End> {
        let shard = usize::try_from(account.0).unwrap_or_default() % life.rounds.len();
        if life.rounds[shard].is_multiple_of(LOOK_EVERY) {
            // Answered after the look, so that nothing goes on beside what is done next.
            self.round(life, account);
            let ahead = Snapshot {
                seq: u64::from(u32::MAX),
                root: Default::default(),
                chunks: Vec::new(),
            };
            let put = life.store.put_snapshot(account, ahead, Vec::new());
            let _ = self.runtime.block_on(put);
        }
        match outcome {
            Ok(_) => Ok(()),
            Err(_) if self.disk.is_off() => Err(End::Off),
            Err(_) if !self.at_peace => Ok(()),
            Err(error) => Err(End::Violated(format!("refused without a reason: {error}"))),
        }
    }

    fn round(&mut self, life: &mut Life, account: AccountId) {
        let shard = usize::try_from(account.0).unwrap_or_default() % life.rounds.len();
        life.rounds[shard] += 1;
    }

    /// Whether a sync of the account's shard has failed.
    fn is_unsynced(&self, account: AccountId) -> bool {
        let shard = account.0 % u64::from(SHARDS);
        let names = [format!("shard-{shard:02}"), format!("segments-{shard:02}")];
        self.disk.struck().is_some_and(|(call, path)| {
            let path = path.to_string_lossy();
            matches!(call, Call::Sync | Call::SyncDir)
                && names.iter().any(|name| path.contains(name.as_str()))
        })
    }

    /// Takes in the answer to an append.
    fn answered(
        &mut self,
        append: Append,
        outcome: &Result<Appended, StoreError>,
        was_unsynced: bool,
    ) -> Result<(), End> {
        let log = self.model.logs.entry(append.account).or_default();
        match outcome {
            Ok(_) if was_unsynced => Err(End::Violated(
                "an append was acknowledged after a sync had failed".to_owned(),
            )),
            Ok(appended) => Ok(log.acknowledge(&append, appended.first)?),
            Err(error) => {
                if was_unsynced && !matches!(error, StoreError::Stopped(_)) {
                    let what = format!("after a failed sync it says: {error}");
                    return Err(End::Violated(what));
                }
                log.open.push(append);
                Ok(())
            }
        }
    }

    fn submit(&mut self, life: &mut Life, append: Append) -> Result<(), End> {
        let account = append.account;
        let was_unsynced = self.is_unsynced(account);
        self.round(life, account);
        let outcome = self.runtime.block_on(life.store.append(append.clone()));
        self.answered(append, &outcome, was_unsynced)?;
        self.settle(life, account, outcome)
    }

    fn deliver(&mut self, life: &mut Life, account: AccountId, len: usize) -> Result<(), End> {
        match self.body(life, account, len) {
            Ok(event) => {
                let append = self.append(account, vec![event], 0);
                self.submit(life, append)
            }
            Err(error) => self.settle::<()>(life, account, Err(error)),
        }
    }

    fn append_some(&mut self, life: &mut Life, account: AccountId) -> Result<(), End> {
        let count = 1 + self.chance.below(4);
        let len = [10, 10, 9000][self.chance.below(3)];
        let event = |number| format!("event {number} {}", "x".repeat(len));
        let events = (0..count).map(|_| event(self.number())).collect();
        let append = self.append(account, events, 0);
        self.submit(life, append)
    }

    /// Several appends in one transaction, of two accounts, each built on the one before.
    fn burst(&mut self, life: &mut Life, account: AccountId) -> Result<(), End> {
        let other = AccountId((account.0 + 1) % ACCOUNTS + 1);
        let mut appends = Vec::new();
        for ahead in 0..=self.chance.below(4) as u64 {
            for account in [account, other] {
                let len = self.chance.below(500);
                match self.body(life, account, len) {
                    Ok(event) => appends.push(self.append(account, vec![event], ahead)),
                    Err(error) => return self.settle::<()>(life, account, Err(error)),
                }
            }
        }
        let was_unsynced = self.is_unsynced(account);
        let mut appends = appends.into_iter();
        let Some(first) = appends.next() else {
            return Ok(());
        };
        self.disk.hold();
        self.round(life, account);
        let mut begun = life.store.append(first.clone());
        let early = wait_until_held(&self.disk, &mut begun);
        self.round(life, account);
        let rest: Vec<_> = appends
            .map(|append| (append.clone(), life.store.append(append)))
            .collect();
        self.disk.release();
        let outcome = early.unwrap_or_else(|| self.runtime.block_on(begun));
        self.answered(first, &outcome, was_unsynced)?;
        let mut last = outcome;
        for (append, pending) in rest {
            let outcome = self.runtime.block_on(pending);
            self.answered(append, &outcome, was_unsynced)?;
            last = last.and(outcome);
        }
        self.settle(life, account, last)
    }

    fn put_and_forget(&mut self, life: &mut Life, account: AccountId) -> Result<(), End> {
        let len = self.chance.below(5000);
        let outcome = self.body(life, account, len);
        self.settle(life, account, outcome)
    }

    fn snapshot(&mut self, life: &mut Life, account: AccountId) -> Result<(), End> {
        let root = self.number().to_le_bytes().to_vec();
        let mut chunks = Vec::new();
        for _ in 0..self.chance.below(4) {
            let which = self.chance.below(8);
            let octets = content(which as u64, 700 * which);
            let whole = *blake3::hash(&octets).as_bytes();
            let id: ChunkId = whole.first_chunk().copied().unwrap_or_default();
            chunks.push((id, octets.into()));
        }
        let log = self.model.logs.entry(account).or_default();
        let seq = log.head();
        let roots = log.snapshots.entry(seq).or_default();
        roots.insert(root.clone());
        let snapshot = Snapshot {
            seq,
            root: root.into(),
            chunks: chunks.iter().map(|(id, _)| *id).collect(),
        };
        self.round(life, account);
        let put = life.store.put_snapshot(account, snapshot, chunks);
        let outcome = self.runtime.block_on(put);
        self.settle(life, account, outcome)
    }

    fn add_account(&mut self, life: &mut Life) -> Result<(), End> {
        let name = format!("account-{}", self.number());
        self.model.names.insert(name.clone(), false);
        let outcome = self.runtime.block_on(life.store.add_account(&name, "", 1));
        if let Ok(added) = &outcome {
            self.model.names.insert(name, added.is_some());
        }
        // No shard has had a round.
        match outcome {
            Err(_) if self.disk.is_off() => Err(End::Off),
            Err(error) if self.at_peace => Err(End::Violated(format!("no account: {error}"))),
            _ => Ok(()),
        }
    }
}

/// Until the shard's thread waits at the disk that is [held](Disk::hold); or gives the answer, if
/// it has no need to.
pub fn wait_until_held(
    disk: &Disk,
    pending: &mut PendingAppend,
) -> Option<Result<Appended, StoreError>> {
    let mut context = Context::from_waker(Waker::noop());
    while !disk.holds_one() {
        if let Poll::Ready(outcome) = pending.as_mut().poll(&mut context) {
            return Some(outcome);
        }
        std::thread::yield_now();
    }
    None
}

/// Small segments and a short log of the database, so that all turns come often.
fn options(shards: u16, disk: Option<Arc<Disk>>) -> Options {
    let mut options = Options {
        shards,
        segment_size: 40_000,
        reserve: 16_384,
        checkpoint_pages: 30,
        ..Options::default()
    };
    if let Some(disk) = disk {
        options.files = Arc::new(OnDisk(disk));
    }
    options
}
