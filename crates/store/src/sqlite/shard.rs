//! One shard: a database, a folder of segments, and the thread that writes.

use super::Options;
use super::committer::{Committer, State};
use super::files::Files;
use super::gather::Job;
use super::open::{self, OpenError};
use super::pool::Pool;
use super::rows::loaded;
use super::schema;
use super::segment;
use super::segment::cache::Segments;
use super::segment::writer::{Place, SegmentWriter};
use super::tally::{Health, Tally};
use crate::{AccountId, Seq, StoreError};
use rusqlite::{Connection, OptionalExtension, Row};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, mpsc};
use std::thread::JoinHandle;
use std::time::Duration;
use tokio::sync::broadcast;

/// How long a commit waits for someone who holds the database: an operator's backup, perhaps.
const BUSY: Duration = Duration::from_secs(5);

/// A shard whose files are open and whose thread does not run yet.
pub(crate) struct Plan {
    shard: u16,
    database_path: PathBuf,
    database: Connection,
    segments: PathBuf,
    last: Option<(u64, u64)>,
}

/// A shard at work.
pub(crate) struct Shard {
    jobs: mpsc::Sender<Job>,
    thread: Option<JoinHandle<()>>,
    pub(crate) pool: Arc<Pool>,
    pub(crate) segments: Arc<Segments>,
    pub(crate) writer: Arc<SegmentWriter>,
    pub(crate) health: Arc<Health>,
    pub(crate) segments_dir: PathBuf,
    pub(crate) files: Arc<dyn Files>,
}

impl Plan {
    /// Opens the files of a shard, and raises `numbers` above every segment that it ever had.
    pub(crate) fn open(
        folder: &Path,
        shard: u16,
        in_use: bool,
        numbers: &AtomicU64,
    ) -> Result<Plan, OpenError> {
        let database_path = folder.join(format!("shard-{shard:02}.sqlite"));
        open::require(&database_path, in_use)?;
        let database = schema::open(&database_path, schema::SHARD, BUSY)?;
        let segments = folder.join(format!("segments-{shard:02}"));
        let last = last_segment(&database);
        let last = last.map_err(|error| OpenError::database(&database_path, error))?;
        // Before there is a segment, an empty folder may have been left out of a copy.
        open::require(&segments, last.is_some())?;
        open::folder(&segments)?;
        let seen = last_file(&segments).map_err(|error| OpenError::io(&segments, error))?;
        let highest = seen.max(last.map_or(0, |(number, _)| number));
        numbers.fetch_max(highest.saturating_add(1), Ordering::Relaxed);
        Ok(Plan {
            shard,
            database_path,
            database,
            segments,
            last,
        })
    }

    /// Starts the thread.
    pub(crate) fn begin(
        self,
        options: &Options,
        numbers: &Arc<AtomicU64>,
        tally: &Arc<Tally>,
        watch: &broadcast::Sender<(AccountId, Seq)>,
    ) -> Result<Shard, OpenError> {
        let writer = Arc::new(SegmentWriter::new(Place {
            dir: self.segments.clone(),
            shard: self.shard,
            files: options.files.clone(),
            numbers: numbers.clone(),
            segment_size: u64::from(options.segment_size),
            step: u64::from(options.reserve),
        }));
        self.resume(&writer);
        let health = Arc::new(Health::default());
        let committer = Committer {
            shard: self.shard,
            database: self.database,
            segments: writer.clone(),
            health: health.clone(),
            tally: tally.clone(),
            watch: watch.clone(),
            checkpoint_pages: i64::from(options.checkpoint_pages),
            state: State::default(),
        };
        let (jobs, taken) = mpsc::channel();
        let thread = std::thread::Builder::new()
            .name(format!("shard-{:02}", self.shard))
            .spawn(move || committer.run(&taken))
            .map_err(|error| OpenError::io(&self.database_path, error))?;
        Ok(Shard {
            jobs,
            thread: Some(thread),
            pool: Arc::new(Pool::new(self.database_path)),
            segments: Arc::new(Segments::new(self.segments.clone(), options.files.clone())),
            segments_dir: self.segments,
            files: options.files.clone(),
            writer,
            health,
        })
    }

    fn resume(&self, writer: &SegmentWriter) {
        let Some((number, used)) = self.last else {
            return;
        };
        if let Err(error) = writer.resume(number, used) {
            let shard = self.shard;
            tracing::warn!(shard, number, %error, "the last segment is left as it is");
        }
    }
}

/// The last segment that the database knows, and what is used of it.
fn last_segment(database: &Connection) -> rusqlite::Result<Option<(u64, u64)>> {
    let last = "SELECT number, used FROM segment ORDER BY number DESC LIMIT 1";
    let columns = |row: &Row<'_>| Ok((loaded(row.get(0)?), loaded(row.get(1)?)));
    database.query_row(last, [], columns).optional()
}

/// The highest number of a file, named by an event or not.
fn last_file(dir: &Path) -> std::io::Result<u64> {
    let mut highest = 0;
    for entry in std::fs::read_dir(dir)? {
        let name = entry?.file_name();
        let number = name.to_str().and_then(segment::number);
        highest = highest.max(number.unwrap_or_default());
    }
    Ok(highest)
}

impl Shard {
    /// Hands a job to the thread.
    pub(crate) fn submit(&self, job: Job) -> Result<(), StoreError> {
        self.jobs.send(job).map_err(|_| gone())
    }
}

/// The answer when the thread has ended.
pub(crate) fn gone() -> StoreError {
    StoreError::Stopped("the thread that writes has ended".to_owned())
}

impl Drop for Shard {
    fn drop(&mut self) {
        // First, so that the writing connection is the last and can empty the database's log.
        self.pool.close();
        if self.submit(Job::Close).is_ok()
            && let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("a shard's thread panicked");
        }
    }
}
