//! The small file interface that body segments are kept through, so that tests can put a disk
//! that fails beneath them.

use rustix::fs::FallocateFlags;
use rustix::io::ReadWriteFlags;
use std::fs::{File, OpenOptions};
use std::io::{self, IoSliceMut};
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::Path;
use std::sync::Arc;
use std::time::SystemTime;

/// Files by path.
pub trait Files: Send + Sync + 'static {
    /// Creates a file for reading and writing that was not there before.
    fn create(&self, path: &Path) -> io::Result<Arc<dyn SegmentFile>>;

    /// Opens a file for reading and writing.
    fn open(&self, path: &Path) -> io::Result<Arc<dyn SegmentFile>>;

    /// Opens a file for reading only.
    fn open_to_read(&self, path: &Path) -> io::Result<Arc<dyn SegmentFile>> {
        self.open(path)
    }

    /// Removes a file.
    fn remove(&self, path: &Path) -> io::Result<()>;

    /// Makes the entries of a folder durable.
    fn sync_dir(&self, dir: &Path) -> io::Result<()>;
}

/// An open file. Several threads use it at once, each naming the places it reads and writes.
pub trait SegmentFile: Send + Sync + 'static {
    /// Reads some octets from `offset` on; 0 at the end of the file.
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize>;

    /// As [`read_at`](SegmentFile::read_at), but fails with [`io::ErrorKind::WouldBlock`] where
    /// that would wait for the medium.
    fn try_read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize>;

    /// Writes all octets at `offset`.
    fn write_all_at(&self, octets: &[u8], offset: u64) -> io::Result<()>;

    /// Reserves space on the medium and makes the file that long; what was not written reads as
    /// zeros. Fails with [`io::ErrorKind::Unsupported`] where the file system cannot.
    fn allocate(&self, offset: u64, len: u64) -> io::Result<()>;

    /// Gives back the space of whole blocks, which read as zeros from then on. Fails with
    /// [`io::ErrorKind::Unsupported`] where the file system cannot.
    fn punch(&self, offset: u64, len: u64) -> io::Result<()>;

    /// When it was last written to.
    fn modified(&self) -> io::Result<SystemTime>;

    /// Cuts or extends the file to this length.
    fn truncate(&self, len: u64) -> io::Result<()>;

    /// Makes what was written durable, with the length needed to read it.
    fn sync_data(&self) -> io::Result<()>;

    /// The file's length in octets.
    fn size(&self) -> io::Result<u64>;
}

/// The files of the operating system.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemFiles;

impl Files for SystemFiles {
    fn create(&self, path: &Path) -> io::Result<Arc<dyn SegmentFile>> {
        let mut options = OpenOptions::new();
        options.read(true).write(true).create_new(true).mode(0o600);
        Ok(Arc::new(SystemFile(options.open(path)?)))
    }

    fn open(&self, path: &Path) -> io::Result<Arc<dyn SegmentFile>> {
        let file = OpenOptions::new().read(true).write(true).open(path)?;
        Ok(Arc::new(SystemFile(file)))
    }

    fn open_to_read(&self, path: &Path) -> io::Result<Arc<dyn SegmentFile>> {
        Ok(Arc::new(SystemFile(File::open(path)?)))
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        std::fs::remove_file(path)
    }

    fn sync_dir(&self, dir: &Path) -> io::Result<()> {
        File::open(dir)?.sync_all()
    }
}

struct SystemFile(File);

impl SegmentFile for SystemFile {
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        self.0.read_at(buffer, offset)
    }

    fn try_read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        let mut buffers = [IoSliceMut::new(buffer)];
        let read = rustix::io::preadv2(&self.0, &mut buffers, offset, ReadWriteFlags::NOWAIT);
        // Where the file system cannot say whether it would wait, waiting elsewhere is right.
        read.map_err(|errno| match io::Error::from(errno) {
            error if error.kind() == io::ErrorKind::Unsupported => would_block(),
            error => error,
        })
    }

    fn write_all_at(&self, octets: &[u8], offset: u64) -> io::Result<()> {
        self.0.write_all_at(octets, offset)
    }

    fn allocate(&self, offset: u64, len: u64) -> io::Result<()> {
        Ok(rustix::fs::fallocate(
            &self.0,
            FallocateFlags::empty(),
            offset,
            len,
        )?)
    }

    fn punch(&self, offset: u64, len: u64) -> io::Result<()> {
        let flags = FallocateFlags::PUNCH_HOLE | FallocateFlags::KEEP_SIZE;
        Ok(rustix::fs::fallocate(&self.0, flags, offset, len)?)
    }

    fn modified(&self) -> io::Result<SystemTime> {
        self.0.metadata()?.modified()
    }

    fn truncate(&self, len: u64) -> io::Result<()> {
        self.0.set_len(len)
    }

    fn sync_data(&self) -> io::Result<()> {
        self.0.sync_data()
    }

    fn size(&self) -> io::Result<u64> {
        Ok(self.0.metadata()?.len())
    }
}

/// What [`SegmentFile::try_read_at`] says when it would have to wait.
pub(crate) fn would_block() -> io::Error {
    io::Error::from(io::ErrorKind::WouldBlock)
}

/// Whether an error says that there is no space, or none for this owner.
pub(crate) fn is_full(error: &io::Error) -> bool {
    use io::ErrorKind::{FileTooLarge, QuotaExceeded, StorageFull};
    matches!(error.kind(), StorageFull | QuotaExceeded | FileTooLarge)
}
