//! Work that takes a thread for long, which sessions share with others.

use tokio::runtime::{Handle, RuntimeFlavor};

/// Octets whose parsing is worth telling the runtime: a millisecond's work, perhaps ten where
/// somebody made them to be slow.
const MANY: usize = 256 * 1024;

/// Does work on so many octets. Where they are many, the other sessions of this thread go on
/// elsewhere meanwhile.
pub(crate) fn heavy<T>(octets: usize, work: impl FnOnce() -> T) -> T {
    let shared = Handle::try_current()
        .is_ok_and(|runtime| runtime.runtime_flavor() == RuntimeFlavor::MultiThread);
    match octets > MANY && shared {
        true => tokio::task::block_in_place(work),
        false => work(),
    }
}
