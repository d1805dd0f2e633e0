//! What the store has acknowledged, kept where no fault reaches it.

use postern_store::sqlite::Sqlite;
use postern_store::sqlite::inspect::Inspection;
use postern_store::{AccountId, Append, BodyRef, Directory, Entry, Seq, Snapshot, Store};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// What does not hold.
pub type Violation = String;

/// An account's log as it must be.
#[derive(Debug, Default)]
pub struct Log {
    /// Acknowledged, or found after a restart: from then on it must stay.
    pub entries: Vec<Entry>,
    /// Submitted after these and not acknowledged: each there as a whole, or not at all.
    pub open: Vec<Append>,
    /// Snapshots handed over, by number and root.
    pub snapshots: BTreeMap<Seq, BTreeSet<Vec<u8>>>,
}

impl Log {
    /// The last number.
    pub fn head(&self) -> Seq {
        self.entries.len() as Seq
    }

    /// An append was acknowledged.
    pub fn acknowledge(&mut self, append: &Append, first: Seq) -> Result<(), Violation> {
        if first != self.head() + 1 {
            let head = self.head();
            return Err(format!("entry {first} was given after {head}"));
        }
        self.open.clear();
        self.take(append);
        Ok(())
    }

    fn take(&mut self, append: &Append) {
        for event in &append.events {
            self.entries.push(Entry {
                seq: self.head() + 1,
                at: append.at,
                event: event.clone(),
            });
        }
    }
}

/// All of it.
#[derive(Debug, Default)]
pub struct Model {
    /// By account.
    pub logs: BTreeMap<AccountId, Log>,
    /// Names of accounts that were added, and whether that was acknowledged.
    pub names: BTreeMap<String, bool>,
}

/// The octets of a body, as its length and a number say.
pub fn content(number: u64, len: usize) -> Vec<u8> {
    let mut octets: Vec<u8> = number.to_le_bytes().repeat(len / 8 + 1);
    octets.truncate(len);
    octets
}

/// The event that names a body.
pub fn naming(number: u64, body: &BodyRef) -> String {
    let BodyRef {
        segment,
        offset,
        derived_len,
        len,
        ..
    } = body;
    format!("{number} {segment} {offset} {derived_len} {len}")
}

/// The body that an event names, and its content.
fn named(event: &[u8]) -> Option<(BodyRef, Vec<u8>)> {
    let text = std::str::from_utf8(event).ok()?;
    let mut words = text.split(' ');
    let mut word = || words.next();
    let number = word()?.parse().ok()?;
    let (segment, offset) = (word()?.parse().ok()?, word()?.parse().ok()?);
    let (derived_len, len) = (word()?.parse().ok()?, word()?.parse::<u32>().ok()?);
    let content = content(number, len as usize);
    let digest = *blake3::hash(&content).as_bytes().first_chunk()?;
    let body = BodyRef {
        segment,
        offset,
        derived_len,
        len,
        digest,
    };
    Some((body, content))
}

impl Model {
    /// Compares with a store that was opened again, and takes in what was found beyond what was
    /// acknowledged. Bodies are read from those of `bodies` entries before the end on.
    pub async fn verify(&mut self, store: &Sqlite, bodies: usize) -> Result<(), Violation> {
        for (account, log) in &mut self.logs {
            let about = |what: String| format!("account {}: {what}", account.0);
            let found = store.read_log(*account, 0, usize::MAX).await;
            let found = found.map_err(|error| about(format!("its log: {error}")))?;
            log.compare(&found).map_err(about)?;
            let from = log.entries.len().saturating_sub(bodies);
            for entry in &log.entries[from..] {
                if let Some((body, content)) = named(&entry.event) {
                    let read = store.read_body(*account, body, 0..u32::MAX).await;
                    let read = read.map_err(|e| about(format!("body of {}: {e}", entry.seq)))?;
                    if read != content {
                        return Err(about(format!("the body of {} differs", entry.seq)));
                    }
                }
            }
            let snapshot = store.snapshot(*account).await;
            let snapshot = snapshot.map_err(|e| about(format!("its snapshot: {e}")))?;
            if let Some(snapshot) = snapshot {
                log.check_snapshot(&snapshot).map_err(about)?;
                let chunks = store.read_chunks(*account, &snapshot.chunks).await;
                chunks.map_err(|e| about(format!("its chunks: {e}")))?;
            }
        }
        self.verify_names(store).await
    }

    async fn verify_names(&mut self, store: &Sqlite) -> Result<(), Violation> {
        let all = store
            .accounts()
            .await
            .map_err(|e| format!("directory: {e}"))?;
        let found: BTreeSet<String> = all.into_iter().map(|account| account.name).collect();
        for (name, sure) in &mut self.names {
            match (*sure, found.contains(name)) {
                (true, false) => return Err(format!("account {name} was added and is gone")),
                (_, is_there) => *sure = is_there,
            }
        }
        self.names.retain(|_, sure| *sure);
        Ok(())
    }
}

impl Log {
    fn compare(&mut self, found: &[Entry]) -> Result<(), Violation> {
        let (had, more) = found.split_at(found.len().min(self.entries.len()));
        if let Some((entry, _)) = self.entries.iter().zip(had).find(|(a, b)| a != b) {
            return Err(format!("entry {} is another", entry.seq));
        }
        if had.len() < self.entries.len() {
            let (there, head) = (had.len(), self.head());
            return Err(format!(
                "{head} entries were acknowledged, {there} are there"
            ));
        }
        let mut more = more.iter().map(|entry| (&entry.event, entry.at)).peekable();
        for append in std::mem::take(&mut self.open) {
            if more
                .peek()
                .is_some_and(|next| Some(next.0) == append.events.first())
            {
                self.take(&append);
                for event in &append.events {
                    if more.next() != Some((event, append.at)) {
                        return Err(format!("entry {} is not whole", self.head()));
                    }
                }
            }
        }
        match more.next() {
            Some((event, _)) => {
                let event = event.slice(..event.len().min(40));
                Err(format!("nobody appended {event:?} after {}", self.head()))
            }
            None => Ok(()),
        }
    }

    fn check_snapshot(&self, snapshot: &Snapshot) -> Result<(), Violation> {
        let seq = snapshot.seq;
        if seq > self.head() {
            return Err(format!("a snapshot of {seq} is ahead of {}", self.head()));
        }
        let put = self.snapshots.get(&seq);
        if put.is_some_and(|roots| roots.contains(&snapshot.root.to_vec())) {
            return Ok(());
        }
        Err(format!("the snapshot of {seq} was never put"))
    }
}

/// What `postern check` would say of the files.
pub fn inspect(path: &Path) -> Result<(), Violation> {
    let inspection = Inspection::open(path).map_err(|error| error.to_string())?;
    let complaints = inspection
        .database_damage()
        .map_err(|error| error.to_string())?;
    if let Some((file, what)) = complaints.first() {
        return Err(format!("{file}: {what}"));
    }
    let segments = inspection.segments().map_err(|error| error.to_string())?;
    for segment in segments {
        if let Some(damage) = segment.damage {
            let number = segment.number;
            return Err(format!("segment {number}: {damage}"));
        }
    }
    Ok(())
}
