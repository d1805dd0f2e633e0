//! Where hashing runs: a few at a time, a few waiting, the rest turned away.

use crate::password::{self, PasswordError};
use std::sync::Arc;
use tokio::sync::Semaphore;
use zeroize::Zeroizing;

/// A bounded pool. A flood of logins costs its own clients time, not the sessions.
pub(crate) struct HashPool {
    /// One permit for each that waits or works.
    admitted: Arc<Semaphore>,
    /// One permit for each that works.
    workers: Arc<Semaphore>,
}

/// The pool is full, or the system is stopping.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Full;

impl HashPool {
    pub(crate) fn new(workers: usize, waiting: usize) -> Self {
        let workers = workers.clamp(1, Semaphore::MAX_PERMITS / 2);
        let waiting = waiting.min(Semaphore::MAX_PERMITS / 2);
        Self {
            admitted: Arc::new(Semaphore::new(workers.saturating_add(waiting))),
            workers: Arc::new(Semaphore::new(workers)),
        }
    }

    /// Verifies on a thread of its own. Work that has begun ends even when the caller has gone,
    /// and holds its place until then.
    pub(crate) async fn verify(
        &self,
        password: Zeroizing<String>,
        credential: String,
    ) -> Result<Result<bool, PasswordError>, Full> {
        let admitted = Arc::clone(&self.admitted)
            .try_acquire_owned()
            .map_err(|_| Full)?;
        let worker = Arc::clone(&self.workers)
            .acquire_owned()
            .await
            .map_err(|_| Full)?;
        let work = move || {
            let _places = (admitted, worker);
            password::verify(&password, &credential)
        };
        tokio::task::spawn_blocking(work).await.map_err(|_| Full)
    }

    #[cfg(test)]
    pub(crate) fn workers(&self) -> &Arc<Semaphore> {
        &self.workers
    }
}
