//! Segments of bodies, as a disk may give them back.

use postern_store::sqlite::{Options, Sqlite};
use postern_store::{AccountId, BodyRef, NewBody, Store, StoreError};
use std::fs::{File, OpenOptions};
use std::os::unix::fs::FileExt;
use std::sync::{Mutex, OnceLock};
use tempfile::TempDir;
use tokio::runtime::{Builder, Runtime};

const A: AccountId = AccountId(1);

/// Where the first record's header begins, and how much of it its checksum covers.
const HEADER: u64 = 64;
const COVERED: usize = 60;

/// A store with three bodies, one of them of several blocks.
struct Disk {
    runtime: Runtime,
    store: Sqlite,
    file: File,
    sound: Vec<u8>,
    bodies: Vec<(BodyRef, NewBody)>,
    _folder: TempDir,
}

impl Disk {
    fn new() -> Option<Self> {
        let folder = TempDir::new().ok()?;
        let runtime = Builder::new_multi_thread().worker_threads(1).build().ok()?;
        let options = Options {
            shards: 1,
            reserve: 0,
            ..Options::default()
        };
        let store = runtime.block_on(async { Sqlite::open(folder.path(), &options).ok() })?;
        let mut bodies = Vec::new();
        for (derived, content) in [(10, 100), (0, 70_000), (300, 1)] {
            let body = NewBody {
                derived: vec![b'd'; derived].into(),
                content: (0..content).map(|n| (n % 251) as u8).collect(),
            };
            let put = runtime.block_on(store.put_body(A, body.clone()));
            bodies.push((put.ok()?, body));
        }
        let path = folder.path().join("segments-00/0000000001.seg");
        let opened = OpenOptions::new().read(true).write(true).open(path);
        let file = opened.ok()?;
        let mut sound = vec![0; usize::try_from(file.metadata().ok()?.len()).ok()?];
        file.read_exact_at(&mut sound, 0).ok()?;
        Some(Self {
            runtime,
            store,
            file,
            sound,
            bodies,
            _folder: folder,
        })
    }
}

/// Changes, each two octets for the place, one for the length and the octets; where the first
/// octet is odd the first header's checksum is made right again. What is read is what was
/// written, or is told to be damaged.
pub(crate) fn segments(data: &[u8]) {
    static DISK: OnceLock<Mutex<Disk>> = OnceLock::new();
    let disk = DISK.get_or_init(|| Mutex::new(Disk::new().expect("a store")));
    let Ok(disk) = disk.lock() else {
        panic!("an input before this one has failed");
    };
    let (seal, changes) = data.split_first().unwrap_or((&0, &[]));
    let mut octets = disk.sound.clone();
    change(&mut octets, changes);
    if seal % 2 == 1 {
        let at = HEADER as usize;
        let sum = crc32c::crc32c(&octets[at..at + COVERED]);
        octets[at + COVERED..at + COVERED + 4].copy_from_slice(&sum.to_le_bytes());
    }
    disk.file.write_all_at(&octets, 0).expect("written");
    for (at, body) in &disk.bodies {
        let content = disk.store.read_body(A, *at, 0..u32::MAX);
        right_or_damaged(disk.runtime.block_on(content), &body.content);
        let derived = disk.store.read_derived(A, *at);
        right_or_damaged(disk.runtime.block_on(derived), &body.derived);
        let last = disk.store.read_body(A, *at, at.len - 1..at.len);
        let end = &body.content[body.content.len() - 1..];
        right_or_damaged(disk.runtime.block_on(last), end);
    }
}

fn change(octets: &mut [u8], mut changes: &[u8]) {
    while let [low, high, len, rest @ ..] = changes {
        let at = usize::from(u16::from_le_bytes([*low, *high]));
        let (new, after) = rest.split_at(usize::from(*len).min(rest.len()));
        changes = after;
        let room = octets.len() - at;
        let new = &new[..new.len().min(room)];
        octets[at..at + new.len()].copy_from_slice(new);
    }
}

fn right_or_damaged(outcome: Result<bytes::Bytes, StoreError>, written: &[u8]) {
    match outcome {
        Ok(read) => assert!(read == written, "other octets than were written"),
        Err(StoreError::Corrupt(_)) => {}
        Err(error) => panic!("{error}"),
    }
}
