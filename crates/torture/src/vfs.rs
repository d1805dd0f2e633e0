//! SQLite's files on a [`Disk`](crate::disk::Disk): a layer on top of its own, which asks the
//! disk before each call and passes it on.
//!
//! It is the default of the process once installed. Files that are on no disk are passed through.

#![allow(unsafe_code)]

use crate::disk::{Call, Disk, Refused, disk_of};
use rusqlite::ffi;
use std::ffi::{CStr, OsStr, c_char, c_int, c_void};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::ptr;
use std::sync::{Arc, Once};

/// What SQLite holds for an open file: it reserves the room, and `beneath` stands behind it.
#[repr(C)]
struct Layered {
    base: ffi::sqlite3_file,
    open: *mut Open,
}

struct Open {
    disk: Arc<Disk>,
    path: PathBuf,
    /// The first sync makes the file's entry durable too. So do SQLite's own files with a log that
    /// may have to be made, whether it is there or not.
    syncs_entry: bool,
}

const ROOM: usize = size_of::<Layered>();

static METHODS: ffi::sqlite3_io_methods = ffi::sqlite3_io_methods {
    iVersion: 2,
    xClose: Some(close),
    xRead: Some(read),
    xWrite: Some(write),
    xTruncate: Some(truncate),
    xSync: Some(sync),
    xFileSize: Some(file_size),
    xLock: Some(lock),
    xUnlock: Some(unlock),
    xCheckReservedLock: Some(check_reserved_lock),
    xFileControl: Some(file_control),
    xSectorSize: Some(sector_size),
    xDeviceCharacteristics: Some(device_characteristics),
    xShmMap: Some(shm_map),
    xShmLock: Some(shm_lock),
    xShmBarrier: Some(shm_barrier),
    xShmUnmap: Some(shm_unmap),
    xFetch: None,
    xUnfetch: None,
};

/// Puts the layer beneath every database that this process opens from now on.
///
/// # Panics
/// When SQLite refuses it.
pub fn install() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        // SAFETY: the default is a static of SQLite's, set up once by `sqlite3_initialize`; the
        // copy lives as long as the process.
        let outcome = unsafe {
            assert_eq!(ffi::sqlite3_initialize(), ffi::SQLITE_OK);
            let system = ffi::sqlite3_vfs_find(ptr::null());
            assert!(!system.is_null(), "SQLite has no files of its own");
            let mut layer = *system;
            layer.zName = c"torture".as_ptr();
            layer.szOsFile += c_int::try_from(ROOM).unwrap_or_default();
            layer.pNext = ptr::null_mut();
            layer.pAppData = system.cast();
            layer.xOpen = Some(open);
            layer.xDelete = Some(delete);
            ffi::sqlite3_vfs_register(Box::into_raw(Box::new(layer)), 1)
        };
        assert_eq!(outcome, ffi::SQLITE_OK);
    });
}

/// The system's own files.
unsafe fn system(vfs: *mut ffi::sqlite3_vfs) -> *mut ffi::sqlite3_vfs {
    unsafe { (*vfs).pAppData.cast() }
}

unsafe fn beneath(file: *mut ffi::sqlite3_file) -> *mut ffi::sqlite3_file {
    unsafe { file.cast::<u8>().add(ROOM).cast() }
}

unsafe fn methods(file: *mut ffi::sqlite3_file) -> &'static ffi::sqlite3_io_methods {
    unsafe { &*(*beneath(file)).pMethods }
}

/// The disk that the file is on, if it is on one.
unsafe fn on_disk<'a>(file: *mut ffi::sqlite3_file) -> Option<&'a mut Open> {
    unsafe { (*file.cast::<Layered>()).open.as_mut() }
}

unsafe fn path_of(name: *const c_char) -> Option<PathBuf> {
    if name.is_null() {
        return None;
    }
    let name = unsafe { CStr::from_ptr(name) };
    Some(Path::new(OsStr::from_bytes(name.to_bytes())).to_owned())
}

/// Calls what lies beneath, which SQLite's own files always have.
macro_rules! pass {
    ($file:expr, $method:ident $(, $argument:expr)*) => {{
        let file = $file;
        match methods(file).$method {
            Some(method) => method(beneath(file) $(, $argument)*),
            None => ffi::SQLITE_MISUSE,
        }
    }};
}

/// What SQLite is told: its own files take a short write for no space too.
fn code(refused: &Refused, otherwise: c_int) -> c_int {
    match refused {
        Refused::Full | Refused::Short(_) => ffi::SQLITE_FULL,
        Refused::Failed => otherwise,
    }
}

unsafe extern "C" fn open(
    vfs: *mut ffi::sqlite3_vfs,
    name: ffi::sqlite3_filename,
    file: *mut ffi::sqlite3_file,
    flags: c_int,
    out: *mut c_int,
) -> c_int {
    unsafe {
        let layered = file.cast::<Layered>();
        (*layered).base.pMethods = ptr::null();
        (*layered).open = ptr::null_mut();
        let path = path_of(name);
        let disk = path.as_deref().and_then(disk_of);
        let mut on_disk = None;
        if let (Some(path), Some(disk)) = (path, disk) {
            let is_new = !path.exists();
            let call = if is_new { Call::Create } else { Call::Open };
            if disk.ask(call, &path, 0, 0).is_err() {
                return ffi::SQLITE_CANTOPEN;
            }
            let is_log = flags & (ffi::SQLITE_OPEN_WAL | ffi::SQLITE_OPEN_MAIN_JOURNAL) != 0;
            let syncs_entry = is_log && flags & ffi::SQLITE_OPEN_CREATE != 0;
            on_disk = Some((
                Open {
                    disk,
                    path,
                    syncs_entry,
                },
                is_new,
            ));
        }
        let system = system(vfs);
        let Some(open) = (*system).xOpen else {
            return ffi::SQLITE_MISUSE;
        };
        let outcome = open(system, name, beneath(file), flags, out);
        if !(*beneath(file)).pMethods.is_null() {
            (*layered).base.pMethods = &METHODS;
        }
        if outcome == ffi::SQLITE_OK
            && let Some((open, is_new)) = on_disk
        {
            open.disk.opened(&open.path, is_new);
            (*layered).open = Box::into_raw(Box::new(open));
        }
        outcome
    }
}

unsafe extern "C" fn delete(
    vfs: *mut ffi::sqlite3_vfs,
    name: *const c_char,
    sync_dir: c_int,
) -> c_int {
    unsafe {
        let path = path_of(name);
        let disk = path.as_deref().and_then(disk_of);
        if let (Some(path), Some(disk)) = (&path, &disk)
            && disk.ask(Call::Remove, path, 0, 0).is_err()
        {
            return ffi::SQLITE_IOERR_DELETE;
        }
        let system = system(vfs);
        let outcome = match (*system).xDelete {
            Some(delete) => delete(system, name, sync_dir),
            None => ffi::SQLITE_MISUSE,
        };
        if let (Some(path), Some(disk)) = (path, disk)
            && outcome == ffi::SQLITE_OK
        {
            disk.removed(&path);
            if sync_dir != 0 {
                disk.synced_dir(path.parent().unwrap_or(&path));
            }
        }
        outcome
    }
}

unsafe extern "C" fn close(file: *mut ffi::sqlite3_file) -> c_int {
    unsafe {
        let layered = file.cast::<Layered>();
        if !(*layered).open.is_null() {
            drop(Box::from_raw((*layered).open));
            (*layered).open = ptr::null_mut();
        }
        pass!(file, xClose)
    }
}

unsafe extern "C" fn read(
    file: *mut ffi::sqlite3_file,
    buffer: *mut c_void,
    len: c_int,
    offset: ffi::sqlite3_int64,
) -> c_int {
    unsafe {
        if let Some(open) = on_disk(file)
            && open
                .disk
                .ask(Call::Read, &open.path, offset as u64, len as u64)
                .is_err()
        {
            return ffi::SQLITE_IOERR_READ;
        }
        pass!(file, xRead, buffer, len, offset)
    }
}

unsafe extern "C" fn write(
    file: *mut ffi::sqlite3_file,
    octets: *const c_void,
    len: c_int,
    offset: ffi::sqlite3_int64,
) -> c_int {
    unsafe {
        let Some(open) = on_disk(file) else {
            return pass!(file, xWrite, octets, len, offset);
        };
        let written = std::slice::from_raw_parts(octets.cast::<u8>(), len as usize);
        match open.disk.write(&open.path, offset as u64, written) {
            Ok(()) => pass!(file, xWrite, octets, len, offset),
            Err(refused) => {
                if let Refused::Short(some) = refused {
                    let _ = pass!(file, xWrite, octets, some as c_int, offset);
                }
                code(&refused, ffi::SQLITE_IOERR_WRITE)
            }
        }
    }
}

unsafe extern "C" fn truncate(file: *mut ffi::sqlite3_file, len: ffi::sqlite3_int64) -> c_int {
    unsafe {
        if let Some(open) = on_disk(file)
            && open
                .disk
                .set_len(Call::Truncate, &open.path, len as u64)
                .is_err()
        {
            return ffi::SQLITE_IOERR_TRUNCATE;
        }
        pass!(file, xTruncate, len)
    }
}

unsafe extern "C" fn sync(file: *mut ffi::sqlite3_file, _flags: c_int) -> c_int {
    unsafe {
        let Some(open) = on_disk(file) else {
            return ffi::SQLITE_OK;
        };
        // What lies beneath is memory: there is nothing to wait for.
        if open.disk.sync(&open.path).is_err() {
            return ffi::SQLITE_IOERR_FSYNC;
        }
        if std::mem::take(&mut open.syncs_entry) {
            open.disk
                .synced_dir(open.path.parent().unwrap_or(&open.path));
        }
        ffi::SQLITE_OK
    }
}

unsafe extern "C" fn file_size(
    file: *mut ffi::sqlite3_file,
    size: *mut ffi::sqlite3_int64,
) -> c_int {
    unsafe { pass!(file, xFileSize, size) }
}

unsafe extern "C" fn lock(file: *mut ffi::sqlite3_file, level: c_int) -> c_int {
    unsafe { pass!(file, xLock, level) }
}

unsafe extern "C" fn unlock(file: *mut ffi::sqlite3_file, level: c_int) -> c_int {
    unsafe { pass!(file, xUnlock, level) }
}

unsafe extern "C" fn check_reserved_lock(file: *mut ffi::sqlite3_file, held: *mut c_int) -> c_int {
    unsafe { pass!(file, xCheckReservedLock, held) }
}

unsafe extern "C" fn file_control(
    file: *mut ffi::sqlite3_file,
    operation: c_int,
    argument: *mut c_void,
) -> c_int {
    unsafe { pass!(file, xFileControl, operation, argument) }
}

unsafe extern "C" fn sector_size(file: *mut ffi::sqlite3_file) -> c_int {
    unsafe { pass!(file, xSectorSize) }
}

unsafe extern "C" fn device_characteristics(file: *mut ffi::sqlite3_file) -> c_int {
    unsafe { pass!(file, xDeviceCharacteristics) }
}

unsafe extern "C" fn shm_map(
    file: *mut ffi::sqlite3_file,
    page: c_int,
    size: c_int,
    extend: c_int,
    memory: *mut *mut c_void,
) -> c_int {
    unsafe { pass!(file, xShmMap, page, size, extend, memory) }
}

unsafe extern "C" fn shm_lock(
    file: *mut ffi::sqlite3_file,
    offset: c_int,
    count: c_int,
    flags: c_int,
) -> c_int {
    unsafe { pass!(file, xShmLock, offset, count, flags) }
}

unsafe extern "C" fn shm_barrier(file: *mut ffi::sqlite3_file) {
    unsafe {
        if let Some(barrier) = methods(file).xShmBarrier {
            barrier(beneath(file));
        }
    }
}

unsafe extern "C" fn shm_unmap(file: *mut ffi::sqlite3_file, delete: c_int) -> c_int {
    unsafe { pass!(file, xShmUnmap, delete) }
}
