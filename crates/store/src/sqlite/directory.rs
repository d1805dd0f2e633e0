//! The directory of accounts: one small database that a server and a command line share.

use super::rows::{failure, loaded, stored};
use super::tally::{Health, Tally};
use crate::check::locked;
use crate::collect::Listed;
use crate::{
    AccountChange, AccountId, AccountQuota, AccountRecord, Directory, StoreError, UnixMillis,
};
use async_trait::async_trait;
use rusqlite::{Connection, ErrorCode, OptionalExtension, Row, params};
use std::sync::{Arc, Mutex};
use std::time::{SystemTime, UNIX_EPOCH};

/// Changes between copies of the database's log into the database.
const CHECKPOINT_EVERY: u32 = 256;

/// The accounts of a data folder, see [`Sqlite::open_directory`](super::Sqlite::open_directory).
#[derive(Clone)]
pub struct SqliteDirectory {
    database: Arc<Mutex<Open>>,
    tally: Arc<Tally>,
    health: Arc<Health>,
}

struct Open {
    database: Connection,
    changes: u32,
}

impl std::fmt::Debug for SqliteDirectory {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SqliteDirectory").finish_non_exhaustive()
    }
}

impl SqliteDirectory {
    pub(crate) fn new(database: Connection, tally: Arc<Tally>) -> SqliteDirectory {
        let open = Open {
            database,
            changes: 0,
        };
        SqliteDirectory {
            database: Arc::new(Mutex::new(open)),
            tally,
            health: Arc::default(),
        }
    }

    /// Takes back that an account was removed; it has no password then. False when it is not
    /// removed, or its name is another's by now.
    ///
    /// # Errors
    /// The directory cannot be written.
    pub async fn take_back_removal(&self, id: AccountId) -> Result<bool, StoreError> {
        let changed = self.write(move |database| {
            let changed = database.execute(
                "UPDATE OR IGNORE account SET removed = NULL WHERE id = ? AND removed IS NOT NULL",
                params![stored(id.0)],
            );
            Ok((changed? > 0).then_some(()))
        });
        Ok(changed.await?.is_some())
    }

    /// Every account that ever was.
    pub(crate) async fn removals(&self) -> Result<Vec<Listed>, StoreError> {
        self.read(super::inspect::listed).await
    }

    async fn read<T: Send + 'static>(
        &self,
        read: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        let database = self.database.clone();
        let reading = move || read(&locked(&database).database).map_err(|error| failure(&error));
        waiting(reading).await
    }

    /// Runs one statement that says whether it changed something, which is one sync.
    async fn write<T: Send + 'static>(
        &self,
        write: impl FnOnce(&Connection) -> rusqlite::Result<Option<T>> + Send + 'static,
    ) -> Result<Option<T>, StoreError> {
        let (database, tally) = (self.database.clone(), self.tally.clone());
        let health = self.health.clone();
        let writing = move || {
            health.check()?;
            let mut open = locked(&database);
            let outcome = write(&open.database).map_err(|error| failed(&health, &error))?;
            if outcome.is_some() {
                tally.synced(1);
                open.changed(&tally);
            }
            Ok(outcome)
        };
        waiting(writing).await
    }
}

impl Open {
    fn changed(&mut self, tally: &Tally) {
        self.changes += 1;
        if self.changes < CHECKPOINT_EVERY {
            return;
        }
        self.changes = 0;
        tally.synced(3);
        let pragma = "PRAGMA wal_checkpoint(PASSIVE)";
        if let Err(error) = self.database.query_row(pragma, [], |_| Ok(())) {
            tracing::warn!(%error, "the directory's log was not copied");
        }
    }
}

async fn waiting<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, StoreError> + Send + 'static,
) -> Result<T, StoreError> {
    let outcome = tokio::task::spawn_blocking(work).await;
    outcome.map_err(|error| StoreError::Io(format!("the directory's thread: {error}")))?
}

/// As in a shard: an I/O error while writing may have been a failed sync.
fn failed(health: &Health, error: &rusqlite::Error) -> StoreError {
    match error.sqlite_error_code() {
        Some(ErrorCode::SystemIoFailure) => health.stop("directory", error.to_string()),
        _ => failure(error),
    }
}

const COLUMNS: &str = "SELECT id, name, credential, enabled, shared, created FROM account";

fn record(row: &Row<'_>) -> rusqlite::Result<AccountRecord> {
    Ok(AccountRecord {
        id: AccountId(loaded(row.get(0)?)),
        name: row.get(1)?,
        credential: row.get(2)?,
        enabled: row.get(3)?,
        shared: row.get(4)?,
        created: row.get(5)?,
    })
}

fn now() -> UnixMillis {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| {
        UnixMillis::try_from(since.as_millis()).unwrap_or(UnixMillis::MAX)
    })
}

fn add(
    database: &Connection,
    name: &str,
    credential: &str,
    shared: bool,
    created: UnixMillis,
) -> rusqlite::Result<Option<AccountId>> {
    // Without RETURNING: its commit would come when the row is let go of, and nobody would see
    // that fail.
    let mut insert = database.prepare_cached(
        "INSERT INTO account (name, credential, enabled, shared, created) VALUES (?, ?, 1, ?, ?)
         ON CONFLICT DO NOTHING",
    )?;
    let added = insert.execute(params![name, credential, shared, created])? > 0;
    Ok(added.then(|| AccountId(loaded(database.last_insert_rowid()))))
}

/// The grantee's number; 0 is anyone, because no account has it.
fn number_of(grantee: Option<AccountId>) -> i64 {
    grantee.map_or(0, |grantee| stored(grantee.0))
}

fn change(
    database: &Connection,
    id: AccountId,
    change: &AccountChange,
) -> rusqlite::Result<Option<()>> {
    let id = stored(id.0);
    let changed = match change {
        AccountChange::Credential(credential) => database.execute(
            "UPDATE account SET credential = ? WHERE id = ? AND removed IS NULL",
            params![credential, id],
        ),
        AccountChange::Enabled(enabled) => database.execute(
            "UPDATE account SET enabled = ? WHERE id = ? AND removed IS NULL",
            params![enabled, id],
        ),
        AccountChange::Quota(quota) => database.execute(
            "INSERT INTO quota (account, storage, messages, mailboxes)
             SELECT id, ?, ?, ? FROM account WHERE id = ? AND removed IS NULL
             ON CONFLICT (account) DO UPDATE SET storage = excluded.storage,
             messages = excluded.messages, mailboxes = excluded.mailboxes",
            params![
                limit(quota.storage),
                limit(quota.messages),
                limit(quota.mailboxes),
                id
            ],
        ),
        // The row stays, so that the number is never given again; the secret does not.
        AccountChange::Removed => database.execute(
            "UPDATE account SET removed = ?, credential = '' WHERE id = ? AND removed IS NULL",
            params![now(), id],
        ),
    };
    Ok((changed? > 0).then_some(()))
}

fn limit(limit: Option<u64>) -> Option<i64> {
    limit.map(stored)
}

fn quota(row: &Row<'_>) -> rusqlite::Result<AccountQuota> {
    let limit = |place| row.get(place).map(|limit: Option<i64>| limit.map(loaded));
    Ok(AccountQuota {
        storage: limit(0)?,
        messages: limit(1)?,
        mailboxes: limit(2)?,
    })
}

#[async_trait]
impl Directory for SqliteDirectory {
    async fn add_account(
        &self,
        name: &str,
        credential: &str,
        created: UnixMillis,
    ) -> Result<Option<AccountId>, StoreError> {
        let (name, credential) = (name.to_owned(), credential.to_owned());
        self.write(move |database| add(database, &name, &credential, false, created))
            .await
    }

    async fn add_shared_account(
        &self,
        name: &str,
        created: UnixMillis,
    ) -> Result<Option<AccountId>, StoreError> {
        let name = name.to_owned();
        self.write(move |database| add(database, &name, "", true, created))
            .await
    }

    async fn account_by_name(&self, name: &str) -> Result<Option<AccountRecord>, StoreError> {
        let name = name.to_owned();
        self.read(move |database| {
            let query = format!("{COLUMNS} WHERE name = ? AND removed IS NULL");
            let mut query = database.prepare_cached(&query)?;
            query.query_row([name], record).optional()
        })
        .await
    }

    async fn account(&self, id: AccountId) -> Result<Option<AccountRecord>, StoreError> {
        self.read(move |database| {
            let query = format!("{COLUMNS} WHERE id = ? AND removed IS NULL");
            let mut query = database.prepare_cached(&query)?;
            query.query_row([stored(id.0)], record).optional()
        })
        .await
    }

    async fn accounts(&self) -> Result<Vec<AccountRecord>, StoreError> {
        self.read(|database| {
            let query = format!("{COLUMNS} WHERE removed IS NULL ORDER BY name");
            let mut query = database.prepare_cached(&query)?;
            let rows = query.query_map([], record)?;
            rows.collect()
        })
        .await
    }

    async fn quota(&self, id: AccountId) -> Result<AccountQuota, StoreError> {
        self.read(move |database| {
            let mut query = database.prepare_cached(
                "SELECT storage, messages, mailboxes FROM quota JOIN account ON account = id
                 WHERE id = ? AND removed IS NULL",
            )?;
            let found = query.query_row([stored(id.0)], quota).optional()?;
            Ok(found.unwrap_or_default())
        })
        .await
    }

    async fn change_account(
        &self,
        id: AccountId,
        asked: AccountChange,
    ) -> Result<bool, StoreError> {
        let changed = self.write(move |database| change(database, id, &asked));
        Ok(changed.await?.is_some())
    }

    async fn note_grant(
        &self,
        owner: AccountId,
        grantee: Option<AccountId>,
    ) -> Result<(), StoreError> {
        let row = [stored(owner.0), number_of(grantee)];
        let statement = "INSERT INTO sharing (owner, grantee) VALUES (?, ?) ON CONFLICT DO NOTHING";
        let noted = self.write(move |database| {
            let mut insert = database.prepare_cached(statement)?;
            Ok((insert.execute(row)? > 0).then_some(()))
        });
        noted.await.map(|_| ())
    }

    async fn forget_grant(
        &self,
        owner: AccountId,
        grantee: Option<AccountId>,
    ) -> Result<(), StoreError> {
        let row = [stored(owner.0), number_of(grantee)];
        let forgotten = self.write(move |database| {
            let statement = "DELETE FROM sharing WHERE owner = ? AND grantee = ?";
            let mut delete = database.prepare_cached(statement)?;
            Ok((delete.execute(row)? > 0).then_some(()))
        });
        forgotten.await.map(|_| ())
    }

    async fn grantees(&self, owner: AccountId) -> Result<Vec<Option<AccountId>>, StoreError> {
        self.read(move |database| {
            let query = "SELECT grantee FROM sharing WHERE owner = ? ORDER BY grantee";
            let mut query = database.prepare_cached(query)?;
            let grantee = |row: &Row<'_>| {
                let number = loaded(row.get(0)?);
                Ok((number > 0).then_some(AccountId(number)))
            };
            query.query_map([stored(owner.0)], grantee)?.collect()
        })
        .await
    }

    async fn grantors(&self, grantee: AccountId) -> Result<Vec<AccountRecord>, StoreError> {
        self.read(move |database| {
            let query = format!(
                "{COLUMNS} WHERE removed IS NULL AND id <> ?1
                 AND id IN (SELECT owner FROM sharing WHERE grantee IN (0, ?1)) ORDER BY name"
            );
            let mut query = database.prepare_cached(&query)?;
            query.query_map([stored(grantee.0)], record)?.collect()
        })
        .await
    }
}
