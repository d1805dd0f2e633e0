//! Segments opened for reading, the most recently used of them kept open.

use super::reader::{self, Part, Trouble, Wait};
use crate::check::locked;
use crate::sqlite::files::{Files, SegmentFile};
use crate::{AccountId, BodyRef, StoreError};
use bytes::Bytes;
use std::collections::HashMap;
use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

/// Segments of one shard that are kept open.
const OPEN: usize = 256;
/// A range up to this size is read on the caller's thread when it is in memory.
const INLINE: u32 = 256 << 10;

/// Reads bodies of one shard.
pub(crate) struct Segments {
    dir: PathBuf,
    files: Arc<dyn Files>,
    open: Mutex<Open>,
}

#[derive(Default)]
struct Open {
    files: HashMap<u64, (u64, Arc<dyn SegmentFile>)>,
    clock: u64,
}

impl Open {
    fn find(&mut self, number: u64) -> Option<Arc<dyn SegmentFile>> {
        self.clock += 1;
        let (used, file) = self.files.get_mut(&number)?;
        *used = self.clock;
        Some(file.clone())
    }

    fn keep(&mut self, number: u64, file: Arc<dyn SegmentFile>) {
        if self.files.len() >= OPEN {
            let oldest = self.files.iter().min_by_key(|(_, (used, _))| *used);
            if let Some(number) = oldest.map(|(number, _)| *number) {
                self.files.remove(&number);
            }
        }
        self.clock += 1;
        self.files.insert(number, (self.clock, file));
    }
}

impl Segments {
    pub(crate) fn new(dir: PathBuf, files: Arc<dyn Files>) -> Segments {
        Segments {
            dir,
            files,
            open: Mutex::default(),
        }
    }

    /// Lets go of a segment that is about to change: the next read opens it again.
    pub(crate) fn forget(&self, number: u64) {
        locked(&self.open).files.remove(&number);
    }

    /// Reads a part of a body: at once when it is in memory, on a thread that may wait otherwise.
    pub(crate) async fn read(
        self: &Arc<Self>,
        account: AccountId,
        body: BodyRef,
        part: Part,
    ) -> Result<Bytes, StoreError> {
        if let Some(outcome) = self.read_now(account, &body, &part) {
            return outcome;
        }
        let segments = self.clone();
        let reading = move || segments.read_waiting(account, &body, &part);
        let outcome = tokio::task::spawn_blocking(reading).await;
        outcome.map_err(|error| StoreError::Io(format!("the reading thread: {error}")))?
    }

    fn read_now(
        &self,
        account: AccountId,
        body: &BodyRef,
        part: &Part,
    ) -> Option<Result<Bytes, StoreError>> {
        let size = match part {
            Part::Derived => body.derived_len,
            Part::Content(range) => range.end.min(body.len).saturating_sub(range.start),
        };
        if size > INLINE {
            return None;
        }
        let file = locked(&self.open).find(body.segment)?;
        match reader::read(file.as_ref(), Wait::Never, account, body, part) {
            Err(Trouble::Later) => None,
            outcome => Some(outcome.map_err(|trouble| explain(body, trouble))),
        }
    }

    fn read_waiting(
        &self,
        account: AccountId,
        body: &BodyRef,
        part: &Part,
    ) -> Result<Bytes, StoreError> {
        let file = self.file(body.segment)?;
        reader::read(file.as_ref(), Wait::Gladly, account, body, part)
            .map_err(|trouble| explain(body, trouble))
    }

    fn file(&self, number: u64) -> Result<Arc<dyn SegmentFile>, StoreError> {
        if let Some(file) = locked(&self.open).find(number) {
            return Ok(file);
        }
        let opened = self.files.open(&super::path(&self.dir, number));
        let file = opened.map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => StoreError::Missing(format!("segment {number}")),
            _ => StoreError::Io(format!("segment {number}: {error}")),
        })?;
        locked(&self.open).keep(number, file.clone());
        Ok(file)
    }
}

fn explain(body: &BodyRef, trouble: Trouble) -> StoreError {
    let place = format!("segment {} at {}", body.segment, body.offset);
    match trouble {
        Trouble::Damaged(what) => StoreError::Corrupt(format!("{place}: {what}")),
        Trouble::Io(error) => StoreError::Io(format!("{place}: {error}")),
        Trouble::Later => StoreError::Io(format!("{place}: the read did not finish")),
    }
}
