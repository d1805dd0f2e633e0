//! A few connections that only read, used on threads that may wait.

use super::rows::failure;
use super::schema;
use crate::StoreError;
use crate::check::locked;
use rusqlite::Connection;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::Semaphore;

/// Connections of one shard that read at once.
const CONNECTIONS: usize = 4;
const BUSY: Duration = Duration::from_secs(10);

/// Connections to one file, opened when first needed.
pub(crate) struct Pool {
    path: PathBuf,
    idle: Mutex<Vec<Connection>>,
    free: Arc<Semaphore>,
}

impl Pool {
    pub(crate) fn new(path: PathBuf) -> Pool {
        Pool {
            path,
            idle: Mutex::default(),
            free: Arc::new(Semaphore::new(CONNECTIONS)),
        }
    }

    /// Runs a read on a connection of its own.
    pub(crate) async fn read<T: Send + 'static>(
        self: &Arc<Self>,
        read: impl FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let closed = |_| StoreError::Io("the store is closed".to_owned());
        let permit = self.free.clone().acquire_owned().await.map_err(closed)?;
        let pool = self.clone();
        let reading = move || {
            // Held here, so that a caller that went away does not let more in.
            let _permit = permit;
            let connection = pool.connection()?;
            let outcome = read(&connection);
            if !pool.free.is_closed() {
                locked(&pool.idle).push(connection);
            }
            outcome
        };
        let outcome = tokio::task::spawn_blocking(reading).await;
        outcome.map_err(|error| StoreError::Io(format!("the reading thread: {error}")))?
    }

    /// Closes what is idle and refuses further reads.
    pub(crate) fn close(&self) {
        self.free.close();
        locked(&self.idle).clear();
    }

    fn connection(&self) -> Result<Connection, StoreError> {
        if let Some(connection) = locked(&self.idle).pop() {
            return Ok(connection);
        }
        schema::open_to_read(&self.path, BUSY).map_err(|error| failure(&error))
    }
}
