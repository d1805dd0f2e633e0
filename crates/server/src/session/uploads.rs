//! Room for large literals: each is in memory until its command is done, and there may be
//! thousands of connections.

use std::sync::Arc;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Literals up to this size are not counted: connections are, so they are bounded.
const SMALL: usize = 256 * 1024;

/// All large literals together, in KiB: 16 messages of 64 MiB. More wait for these.
const TOTAL: u32 = 1024 * 1024;

/// The room that there is for all sessions.
#[derive(Debug)]
pub(crate) struct Uploads(Arc<Semaphore>);

/// The room for one literal, for as long as it is held.
pub(crate) type Room = OwnedSemaphorePermit;

impl Default for Uploads {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(TOTAL as usize)))
    }
}

impl Uploads {
    /// Waits for room for so many octets; none is needed for few.
    pub(crate) async fn room_for(&self, octets: usize) -> Option<Room> {
        if octets <= SMALL {
            return None;
        }
        // One that is larger than all the room there is has it to itself.
        let kib = u32::try_from(octets.div_ceil(1024)).unwrap_or(TOTAL);
        let room = Arc::clone(&self.0).acquire_many_owned(kib.min(TOTAL));
        // It is never closed.
        room.await.ok()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use std::time::Duration;
    use tokio::time::timeout;

    #[tokio::test]
    async fn large_literals_wait_for_each_other_and_small_ones_do_not() {
        const LARGE: usize = 64 << 20;
        let uploads = Uploads::default();
        let mut held = Vec::new();
        for _ in 0..16 {
            held.push(uploads.room_for(LARGE).await.unwrap());
        }
        let wait = Duration::from_millis(10);
        assert!(timeout(wait, uploads.room_for(LARGE)).await.is_err());
        assert!(uploads.room_for(SMALL).await.is_none());
        held.pop();
        assert!(uploads.room_for(LARGE).await.is_some());
        held.clear();
        assert!(uploads.room_for(usize::MAX).await.is_some());
    }
}
