#![allow(clippy::unwrap_used)]

use super::*;
use async_trait::async_trait;
use postern_store::{AccountChange, AccountId, AccountQuota, StoreError, UnixMillis};

const CHEAP: Cost = Cost {
    memory_kib: 8,
    passes: 1,
    lanes: 1,
};

#[derive(Default)]
struct Accounts {
    records: Mutex<Vec<AccountRecord>>,
    broken: bool,
}

#[async_trait]
impl Directory for Accounts {
    async fn add_account(
        &self,
        name: &str,
        credential: &str,
        created: UnixMillis,
    ) -> Result<Option<AccountId>, StoreError> {
        let mut records = self.records.lock().unwrap();
        let id = AccountId(records.len() as u64 + 1);
        records.push(AccountRecord {
            id,
            name: name.into(),
            credential: credential.into(),
            enabled: true,
            shared: false,
            created,
        });
        Ok(Some(id))
    }

    async fn add_shared_account(
        &self,
        name: &str,
        created: UnixMillis,
    ) -> Result<Option<AccountId>, StoreError> {
        let id = self.add_account(name, "", created).await?;
        let mut records = self.records.lock().unwrap();
        records
            .iter_mut()
            .for_each(|it| it.shared |= Some(it.id) == id);
        Ok(id)
    }

    async fn note_grant(&self, _: AccountId, _: Option<AccountId>) -> Result<(), StoreError> {
        Ok(())
    }

    async fn forget_grant(&self, _: AccountId, _: Option<AccountId>) -> Result<(), StoreError> {
        Ok(())
    }

    async fn grantees(&self, _: AccountId) -> Result<Vec<Option<AccountId>>, StoreError> {
        Ok(Vec::new())
    }

    async fn grantors(&self, _: AccountId) -> Result<Vec<AccountRecord>, StoreError> {
        Ok(Vec::new())
    }

    async fn account_by_name(&self, name: &str) -> Result<Option<AccountRecord>, StoreError> {
        if self.broken {
            return Err(StoreError::Io("gone".into()));
        }
        let records = self.records.lock().unwrap();
        Ok(records.iter().find(|it| it.name == name).cloned())
    }

    async fn account(&self, id: AccountId) -> Result<Option<AccountRecord>, StoreError> {
        let records = self.records.lock().unwrap();
        Ok(records.iter().find(|it| it.id == id).cloned())
    }

    async fn accounts(&self) -> Result<Vec<AccountRecord>, StoreError> {
        Ok(self.records.lock().unwrap().clone())
    }

    async fn quota(&self, _: AccountId) -> Result<AccountQuota, StoreError> {
        Ok(AccountQuota::default())
    }

    async fn change_account(
        &self,
        id: AccountId,
        change: AccountChange,
    ) -> Result<bool, StoreError> {
        let mut records = self.records.lock().unwrap();
        match change {
            AccountChange::Quota(_) => {}
            AccountChange::Removed => records.retain(|it| it.id != id),
            AccountChange::Credential(new) => {
                records
                    .iter_mut()
                    .filter(|it| it.id == id)
                    .for_each(|it| it.credential.clone_from(&new));
            }
            AccountChange::Enabled(on) => {
                records
                    .iter_mut()
                    .filter(|it| it.id == id)
                    .for_each(|it| it.enabled = on);
            }
        }
        Ok(true)
    }
}

fn secret(text: &str) -> Zeroizing<String> {
    Zeroizing::new(text.to_owned())
}

fn hashed(text: &str) -> String {
    password::hash(&secret(text), CHEAP).unwrap()
}

fn settings() -> Settings {
    Settings {
        cost: CHEAP,
        workers: 1,
        waiting: 0,
        ..Settings::default()
    }
}

async fn with_ann_and_bob() -> (Arc<Accounts>, Authenticator) {
    let accounts = Arc::new(Accounts::default());
    accounts
        .add_account("ann@x.org", &hashed("ann's password"), 0)
        .await
        .unwrap();
    accounts
        .add_account("bob", &hashed("bob's password"), 0)
        .await
        .unwrap();
    let directory: Arc<dyn Directory> = accounts.clone();
    (accounts, Authenticator::new(directory, settings()).unwrap())
}

impl Authenticator {
    async fn outcome(&self, name: &str, password: &str) -> Result<u64, LoginError> {
        let record = self.password_login(name, secret(password)).await?;
        Ok(record.id.0)
    }
}

#[tokio::test]
async fn the_right_password_opens_its_account() {
    let (_, logins) = with_ann_and_bob().await;
    assert_eq!(logins.outcome("Ann@X.org", "ann's password").await, Ok(1));
    assert_eq!(logins.outcome("bob", "bob's password").await, Ok(2));
}

#[tokio::test]
async fn wrong_passwords_and_unknown_names_fail_alike() {
    let (_, logins) = with_ann_and_bob().await;
    for (name, password) in [
        ("ann@x.org", "bob's password"),
        ("ann@x.org", ""),
        ("nobody", "ann's password"),
        ("not a name", "ann's password"),
        ("' OR 1=1 --", "x"),
    ] {
        assert_eq!(
            logins.outcome(name, password).await,
            Err(LoginError::Failed),
            "{name}"
        );
    }
    assert_eq!(
        LoginError::Failed.to_string(),
        LoginError::Disabled.to_string()
    );
}

#[tokio::test]
async fn too_long_a_password_fails_as_any_wrong_one() {
    let (_, logins) = with_ann_and_bob().await;
    let long = "x".repeat(1_025);
    assert_eq!(logins.outcome("bob", &long).await, Err(LoginError::Failed));
    assert_eq!(
        logins.outcome("nobody", &long).await,
        Err(LoginError::Failed)
    );
}

#[tokio::test]
async fn disabled_and_removed_accounts_never_log_in() {
    let (accounts, logins) = with_ann_and_bob().await;
    assert_eq!(logins.outcome("bob", "bob's password").await, Ok(2));
    let disable = AccountChange::Enabled(false);
    accounts
        .change_account(AccountId(2), disable)
        .await
        .unwrap();
    assert_eq!(
        logins.outcome("bob", "bob's password").await,
        Err(LoginError::Disabled)
    );
    assert_eq!(
        logins.outcome("bob", "wrong").await,
        Err(LoginError::Failed)
    );
    accounts
        .change_account(AccountId(2), AccountChange::Removed)
        .await
        .unwrap();
    assert_eq!(
        logins.outcome("bob", "bob's password").await,
        Err(LoginError::Failed)
    );
}

#[tokio::test]
async fn nobody_is_a_shared_account() {
    let (accounts, logins) = with_ann_and_bob().await;
    let id = accounts.add_shared_account("team", 0).await.unwrap();
    let change = AccountChange::Credential(hashed("team's password"));
    accounts.change_account(id.unwrap(), change).await.unwrap();
    let outcome = logins.outcome("team", "team's password").await;
    assert_eq!(outcome, Err(LoginError::Failed));
}

#[tokio::test]
async fn a_new_password_ends_the_old_one_at_once() {
    let (accounts, logins) = with_ann_and_bob().await;
    assert_eq!(logins.outcome("bob", "bob's password").await, Ok(2));
    let change = AccountChange::Credential(hashed("another one"));
    accounts.change_account(AccountId(2), change).await.unwrap();
    assert_eq!(
        logins.outcome("bob", "bob's password").await,
        Err(LoginError::Failed)
    );
    assert_eq!(logins.outcome("bob", "another one").await, Ok(2));
}

#[tokio::test]
async fn no_credential_or_an_unreadable_one_opens_nothing() {
    let (accounts, logins) = with_ann_and_bob().await;
    for credential in ["", "plain", "bob's password"] {
        let change = AccountChange::Credential(credential.into());
        accounts.change_account(AccountId(2), change).await.unwrap();
        for password in ["", credential] {
            assert_eq!(
                logins.outcome("bob", password).await,
                Err(LoginError::Failed)
            );
        }
    }
}

/// With every worker taken and no room to wait, whatever needs a hash is turned away; so this
/// shows who costs a hash.
#[tokio::test]
async fn names_cost_a_hash_whether_they_exist_or_not_and_repeats_cost_none() {
    let (_, logins) = with_ann_and_bob().await;
    assert_eq!(logins.outcome("bob", "bob's password").await, Ok(2));
    let worker = Arc::clone(logins.pool.workers())
        .acquire_owned()
        .await
        .unwrap();
    let mut waiting = Box::pin(logins.outcome("ann@x.org", "ann's password"));
    // Polled once, this takes the only admission and waits for the worker.
    let first = std::future::poll_fn(|context| {
        std::task::Poll::Ready(waiting.as_mut().poll(context).is_pending())
    });
    assert!(first.await);

    for (name, password) in [("bob", "wrong"), ("nobody", "x"), ("not a name", "x")] {
        assert_eq!(
            logins.outcome(name, password).await,
            Err(LoginError::Unavailable),
            "{name}"
        );
    }
    assert_eq!(logins.outcome("bob", "bob's password").await, Ok(2));

    drop(worker);
    assert_eq!(waiting.await, Ok(1));
}

#[tokio::test]
async fn a_success_of_one_account_opens_no_other() {
    let (accounts, logins) = with_ann_and_bob().await;
    assert_eq!(logins.outcome("bob", "bob's password").await, Ok(2));
    assert_eq!(
        logins.outcome("ann@x.org", "bob's password").await,
        Err(LoginError::Failed)
    );
    let change = AccountChange::Credential(hashed("bob's password"));
    accounts.change_account(AccountId(1), change).await.unwrap();
    assert_eq!(logins.outcome("ann@x.org", "bob's password").await, Ok(1));
}

#[tokio::test]
async fn acting_as_another_is_refused_after_a_right_password_only() {
    let (_, logins) = with_ann_and_bob().await;
    let login = |authzid: Option<&str>, password: &str| {
        logins.login(Credentials {
            authcid: "bob".into(),
            authzid: authzid.map(str::to_owned),
            password: secret(password),
        })
    };
    let id = |outcome: Result<AccountRecord, LoginError>| outcome.map(|record| record.id.0);
    assert_eq!(id(login(None, "bob's password").await), Ok(2));
    assert_eq!(id(login(Some("BOB"), "bob's password").await), Ok(2));
    let other = login(Some("ann@x.org"), "bob's password").await;
    assert_eq!(id(other), Err(LoginError::NotAuthorized));
    assert_eq!(
        id(login(Some("ann@x.org"), "wrong").await),
        Err(LoginError::Failed)
    );
}

#[tokio::test]
async fn a_directory_that_cannot_be_read_is_not_a_wrong_password() {
    let broken = Accounts {
        broken: true,
        ..Accounts::default()
    };
    let logins = Authenticator::new(Arc::new(broken), settings()).unwrap();
    assert_eq!(
        logins.outcome("bob", "x").await,
        Err(LoginError::Unavailable)
    );
}
