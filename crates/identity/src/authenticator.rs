//! Whether a name and a password open an account.

use crate::cache::{Proof, SuccessCache};
use crate::name::AccountName;
use crate::password::{self, Cost, PasswordError};
use crate::pool::HashPool;
use crate::sasl::Credentials;
use postern_store::{AccountRecord, Directory};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use zeroize::Zeroizing;

/// How logins are checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settings {
    /// What a hash costs for names that do not exist; the same as for new passwords, so that time
    /// does not tell them apart.
    pub cost: Cost,
    /// Hashes computed at once.
    pub workers: usize,
    /// Logins that wait for a worker; more are turned away as unavailable.
    pub waiting: usize,
    /// Successful logins remembered; 0 remembers none.
    pub cache_capacity: usize,
    /// For how long.
    pub cache_ttl: Duration,
}

impl Default for Settings {
    /// As many workers as the machine has cores, 64 waiting for each; 10,000 logins remembered for
    /// five minutes.
    fn default() -> Self {
        let workers = std::thread::available_parallelism().map_or(1, usize::from);
        Self {
            cost: Cost::default(),
            workers,
            waiting: workers.saturating_mul(64),
            cache_capacity: 10_000,
            cache_ttl: Duration::from_secs(5 * 60),
        }
    }
}

/// Why a login did not open an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LoginError {
    /// No such name, or not its password. The text tells neither.
    #[error("the name or password is wrong")]
    Failed,
    /// The account is disabled. The client is told the same as for [`LoginError::Failed`].
    #[error("the name or password is wrong")]
    Disabled,
    /// The password is right, but it may not be used to act as somebody else.
    #[error("the account may not act as another")]
    NotAuthorized,
    /// Too many logins at once, or the directory cannot be read: not the client's fault.
    #[error("logins cannot be checked now; try again later")]
    Unavailable,
}

/// Checks logins against a directory.
pub struct Authenticator {
    directory: Arc<dyn Directory>,
    pool: HashPool,
    cache: Mutex<SuccessCache>,
    /// Verified against where there is nothing else, so that it takes as long.
    unknowable: String,
}

impl Authenticator {
    /// An authenticator with an empty cache.
    ///
    /// # Errors
    /// An impossible cost, or no random numbers.
    pub fn new(directory: Arc<dyn Directory>, settings: Settings) -> Result<Self, PasswordError> {
        let key = password::random()?;
        let cache = SuccessCache::new(key, settings.cache_capacity, settings.cache_ttl);
        Ok(Self {
            directory,
            pool: HashPool::new(settings.workers, settings.waiting),
            cache: Mutex::new(cache),
            unknowable: password::unknowable(settings.cost)?,
        })
    }

    /// Checks what a SASL exchange gave.
    ///
    /// # Errors
    /// As [`Authenticator::password_login`]; [`LoginError::NotAuthorized`] after a right password
    /// when another account is named to act as.
    pub async fn login(&self, credentials: Credentials) -> Result<AccountRecord, LoginError> {
        let Credentials {
            authcid,
            authzid,
            password,
        } = credentials;
        let record = self.password_login(&authcid, password).await?;
        match authzid {
            Some(authzid) if !is_named(&record, &authzid) => Err(LoginError::NotAuthorized),
            _ => Ok(record),
        }
    }

    /// Checks a name and a password.
    ///
    /// # Errors
    /// The name or password is wrong, the account is disabled, or logins cannot be checked now.
    pub async fn password_login(
        &self,
        name: &str,
        password: Zeroizing<String>,
    ) -> Result<AccountRecord, LoginError> {
        match self.find(name).await? {
            Some(record) => self.check(record, password).await,
            None => self.refuse_slowly(password).await,
        }
    }

    async fn find(&self, name: &str) -> Result<Option<AccountRecord>, LoginError> {
        let Ok(name) = AccountName::parse(name) else {
            return Ok(None);
        };
        let found = self.directory.account_by_name(name.as_str()).await;
        let found = found.map_err(|error| {
            tracing::error!(%error, "the directory cannot be read, so nobody can log in");
            LoginError::Unavailable
        })?;
        // Nobody is a shared account.
        Ok(found.filter(|record| !record.shared))
    }

    async fn check(
        &self,
        record: AccountRecord,
        password: Zeroizing<String>,
    ) -> Result<AccountRecord, LoginError> {
        let proof = self.cache().proof(&record, &password);
        if record.enabled && self.is_known(&proof) {
            return Ok(record);
        }
        if !self.verify(&record, password).await? {
            return Err(LoginError::Failed);
        }
        if !record.enabled {
            return Err(LoginError::Disabled);
        }
        self.cache().insert(proof, Instant::now());
        Ok(record)
    }

    async fn verify(
        &self,
        record: &AccountRecord,
        password: Zeroizing<String>,
    ) -> Result<bool, LoginError> {
        if record.credential.is_empty() {
            return self.refuse_slowly(password).await;
        }
        let credential = record.credential.clone();
        match self.in_pool(password.clone(), credential).await? {
            Ok(right) => Ok(right),
            Err(PasswordError::TooLong) => Ok(false),
            Err(error) => {
                let account = record.id.0;
                tracing::error!(account, %error, "this account cannot log in; set its password anew");
                self.refuse_slowly(password).await
            }
        }
    }

    /// Does the same work as for a real account, and fails.
    async fn refuse_slowly<T>(&self, password: Zeroizing<String>) -> Result<T, LoginError> {
        let _always_wrong = self.in_pool(password, self.unknowable.clone()).await?;
        Err(LoginError::Failed)
    }

    async fn in_pool(
        &self,
        password: Zeroizing<String>,
        credential: String,
    ) -> Result<Result<bool, PasswordError>, LoginError> {
        self.pool
            .verify(password, credential)
            .await
            .map_err(|_full| LoginError::Unavailable)
    }

    fn is_known(&self, proof: &Proof) -> bool {
        self.cache().contains(proof, Instant::now())
    }

    fn cache(&self) -> MutexGuard<'_, SuccessCache> {
        // A panic inside would at worst leave a proof that is never looked up or one too many.
        self.cache.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn is_named(record: &AccountRecord, name: &str) -> bool {
    AccountName::parse(name).is_ok_and(|name| name.as_str() == record.name)
}

#[cfg(test)]
mod tests;
