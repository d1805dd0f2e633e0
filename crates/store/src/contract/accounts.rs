//! Promises about the directory.

use crate::{AccountChange, AccountId, AccountQuota, AccountRecord, Directory, NO_QUOTA};

fn record(id: AccountId, name: &str, credential: &str, created: i64) -> AccountRecord {
    AccountRecord {
        id,
        name: name.to_owned(),
        credential: credential.to_owned(),
        enabled: true,
        shared: false,
        created,
    }
}

async fn add(directory: &dyn Directory, name: &str) -> AccountId {
    let added = directory.add_account(name, "", 0).await.unwrap();
    added.expect("the name is free")
}

/// Found by name and by number, with what it was added with, and enabled.
pub async fn an_added_account_is_found(directory: &dyn Directory) {
    assert_eq!(directory.account_by_name("ann").await.unwrap(), None);
    let added = directory.add_account("ann", "$argon2id$…", -5).await;
    let id = added.unwrap().expect("the name is free");
    assert_ne!(id, AccountId(0));
    let ann = record(id, "ann", "$argon2id$…", -5);
    let by_name = directory.account_by_name("ann").await.unwrap();
    assert_eq!(by_name, Some(ann.clone()));
    assert_eq!(directory.account(id).await.unwrap(), Some(ann));
    assert_eq!(directory.account_by_name("Ann").await.unwrap(), None);
    assert_eq!(directory.account_by_name("an").await.unwrap(), None);
    let unknown = AccountId(id.0 + 1);
    assert_eq!(directory.account(unknown).await.unwrap(), None);
    assert_eq!(directory.account(AccountId(u64::MAX)).await.unwrap(), None);
}

/// The second to ask for a name gets none and changes nothing.
pub async fn a_name_is_given_once(directory: &dyn Directory) {
    let id = add(directory, "ann").await;
    let again = directory.add_account("ann", "other", 9).await.unwrap();
    assert_eq!(again, None);
    let kept = directory.account(id).await.unwrap();
    assert_eq!(kept, Some(record(id, "ann", "", 0)));
    assert_eq!(directory.accounts().await.unwrap().len(), 1);
}

/// Removing frees the name; who gets it next has another number.
pub async fn a_removed_name_is_free_for_a_new_number(directory: &dyn Directory) {
    let mut seen = Vec::new();
    for _ in 0..3 {
        let id = add(directory, "ann").await;
        assert!(!seen.contains(&id), "{id:?} was used before");
        seen.push(id);
        let change = AccountChange::Removed;
        assert!(directory.change_account(id, change).await.unwrap());
        assert_eq!(directory.account(id).await.unwrap(), None);
        assert_eq!(directory.account_by_name("ann").await.unwrap(), None);
        assert_eq!(directory.accounts().await.unwrap(), []);
    }
}

/// Each change changes what it names and nothing else, for that account only.
pub async fn changes_are_kept(directory: &dyn Directory) {
    let ann = add(directory, "ann").await;
    let bob = add(directory, "bob").await;
    let change = AccountChange::Credential("new".to_owned());
    assert!(directory.change_account(ann, change).await.unwrap());
    let now = directory.account(ann).await.unwrap().unwrap();
    assert_eq!(now, record(ann, "ann", "new", 0));
    for enabled in [false, true, false] {
        let change = AccountChange::Enabled(enabled);
        assert!(directory.change_account(ann, change).await.unwrap());
        let now = directory.account_by_name("ann").await.unwrap().unwrap();
        assert_eq!((now.enabled, now.credential.as_str()), (enabled, "new"));
    }
    let other = directory.account(bob).await.unwrap();
    assert_eq!(other, Some(record(bob, "bob", "", 0)));
}

/// What is not set is not there; the largest numbers are kept as no limit, and removal ends it.
pub async fn a_quota_is_kept_for_its_account_alone(directory: &dyn Directory) {
    let ann = add(directory, "ann").await;
    let bob = add(directory, "bob").await;
    let none = AccountQuota::default();
    assert_eq!(directory.quota(ann).await.unwrap(), none);
    let quota = |storage, messages, mailboxes| AccountQuota {
        storage,
        messages,
        mailboxes,
    };
    for (set, kept) in [
        (
            quota(Some(2 << 30), None, Some(0)),
            quota(Some(2 << 30), None, Some(0)),
        ),
        (
            quota(None, Some(7), Some(u64::MAX)),
            quota(None, Some(7), Some(NO_QUOTA)),
        ),
        (none, none),
        (
            quota(Some(1), Some(2), Some(3)),
            quota(Some(1), Some(2), Some(3)),
        ),
    ] {
        let change = AccountChange::Quota(set);
        assert!(directory.change_account(ann, change).await.unwrap());
        assert_eq!(directory.quota(ann).await.unwrap(), kept);
        assert_eq!(directory.quota(bob).await.unwrap(), none);
    }
    let now = directory.account(ann).await.unwrap();
    assert_eq!(now, Some(record(ann, "ann", "", 0)));
    let removed = AccountChange::Removed;
    assert!(directory.change_account(ann, removed).await.unwrap());
    for id in [ann, AccountId(0), AccountId(u64::MAX)] {
        assert_eq!(directory.quota(id).await.unwrap(), none);
    }
    let again = add(directory, "ann").await;
    assert_eq!(directory.quota(again).await.unwrap(), none);
}

/// A number that nobody has, or that was removed, takes no change.
pub async fn a_change_to_nobody_is_false(directory: &dyn Directory) {
    let ann = add(directory, "ann").await;
    let removed = AccountChange::Removed;
    assert!(directory.change_account(ann, removed).await.unwrap());
    for id in [ann, AccountId(ann.0 + 1), AccountId(0), AccountId(u64::MAX)] {
        for change in [
            AccountChange::Removed,
            AccountChange::Enabled(true),
            AccountChange::Credential("x".to_owned()),
            AccountChange::Quota(AccountQuota::default()),
        ] {
            assert!(!directory.change_account(id, change).await.unwrap());
        }
    }
    assert_eq!(directory.account(ann).await.unwrap(), None);
}

/// By the octets of the name, removed ones left out.
pub async fn accounts_are_listed_by_name(directory: &dyn Directory) {
    for name in ["cy", "ann", "é", "bob", "Zoe"] {
        add(directory, name).await;
    }
    let bob = directory.account_by_name("bob").await.unwrap().unwrap();
    let removed = AccountChange::Removed;
    assert!(directory.change_account(bob.id, removed).await.unwrap());
    let all = directory.accounts().await.unwrap();
    let names: Vec<&str> = all.iter().map(|record| record.name.as_str()).collect();
    assert_eq!(names, ["Zoe", "ann", "cy", "é"]);
}

/// Names are data: quotes, paths and patterns mean nothing.
pub async fn any_text_may_be_a_name(directory: &dyn Directory) {
    let names = [
        "../x",
        "a'; DROP TABLE account; --",
        "%",
        "_",
        "",
        "日本",
        "a\0b",
    ];
    for name in names {
        let id = add(directory, name).await;
        let found = directory.account_by_name(name).await.unwrap();
        assert_eq!(found, Some(record(id, name, "", 0)), "{name:?}");
    }
    assert_eq!(directory.accounts().await.unwrap().len(), names.len());
}

/// What one handle changed the other reads next.
pub async fn changes_are_seen_at_once_elsewhere(here: &dyn Directory, there: &dyn Directory) {
    for round in 0..5 {
        let id = add(here, "ann").await;
        let seen = there.account_by_name("ann").await.unwrap();
        assert_eq!(seen.map(|record| record.id), Some(id));
        assert_eq!(there.add_account("ann", "", 0).await.unwrap(), None);
        let change = AccountChange::Credential(round.to_string());
        assert!(there.change_account(id, change).await.unwrap());
        let seen = here.account(id).await.unwrap().unwrap();
        assert_eq!(seen.credential, round.to_string());
        let quota = AccountQuota {
            messages: Some(round),
            ..AccountQuota::default()
        };
        let change = AccountChange::Quota(quota);
        assert!(there.change_account(id, change).await.unwrap());
        assert_eq!(here.quota(id).await.unwrap(), quota);
        let change = AccountChange::Removed;
        assert!(there.change_account(id, change).await.unwrap());
        assert_eq!(here.account(id).await.unwrap(), None);
    }
}

/// Found like any other, and known as nobody's.
pub async fn a_shared_account_is_nobodys(directory: &dyn Directory) {
    let ann = add(directory, "ann").await;
    let added = directory.add_shared_account("team", 7).await.unwrap();
    let team = added.expect("the name is free");
    let expected = AccountRecord {
        shared: true,
        ..record(team, "team", "", 7)
    };
    let found = directory.account_by_name("team").await.unwrap();
    assert_eq!(found, Some(expected));
    for taken in ["ann", "team"] {
        let again = directory.add_shared_account(taken, 9).await.unwrap();
        assert_eq!(again, None);
        let again = directory.add_account(taken, "", 9).await.unwrap();
        assert_eq!(again, None);
    }
    assert!(!directory.account(ann).await.unwrap().unwrap().shared);
}

async fn grantors(directory: &dyn Directory, grantee: AccountId) -> Vec<String> {
    let grantors = directory.grantors(grantee).await.unwrap();
    grantors.into_iter().map(|record| record.name).collect()
}

/// Who granted something to somebody or to anyone is found from there, until that is taken back.
pub async fn grants_are_found_from_either_side(directory: &dyn Directory) {
    let [dee, ann, bob, cy] = ["dee", "ann", "bob", "cy"];
    let (dee, ann) = (add(directory, dee).await, add(directory, ann).await);
    let (bob, cy) = (add(directory, bob).await, add(directory, cy).await);
    // Twice is once.
    for (owner, grantee) in [
        (dee, Some(bob)),
        (ann, Some(bob)),
        (ann, Some(bob)),
        (cy, None),
    ] {
        directory.note_grant(owner, grantee).await.unwrap();
    }
    directory.note_grant(ann, None).await.unwrap();
    assert_eq!(grantors(directory, bob).await, ["ann", "cy", "dee"]);
    // Nobody is shown their own.
    assert_eq!(grantors(directory, ann).await, ["cy"]);
    assert_eq!(directory.grantees(ann).await.unwrap(), [None, Some(bob)]);
    assert_eq!(directory.grantees(bob).await.unwrap(), []);
    directory.forget_grant(ann, None).await.unwrap();
    directory.forget_grant(cy, None).await.unwrap();
    directory.forget_grant(cy, Some(bob)).await.unwrap();
    assert_eq!(grantors(directory, bob).await, ["ann", "dee"]);
    assert_eq!(grantors(directory, cy).await, <[&str; 0]>::default());
}

/// Who gets a removed account's name next gets nothing of what was granted to it, and nobody is
/// led to it.
pub async fn grants_are_by_number(directory: &dyn Directory) {
    let (ann, bob) = (add(directory, "ann").await, add(directory, "bob").await);
    directory.note_grant(ann, Some(bob)).await.unwrap();
    let removed = AccountChange::Removed;
    assert!(
        directory
            .change_account(bob, removed.clone())
            .await
            .unwrap()
    );
    let bob = add(directory, "bob").await;
    assert_eq!(grantors(directory, bob).await, <[&str; 0]>::default());
    directory.note_grant(ann, Some(bob)).await.unwrap();
    assert!(directory.change_account(ann, removed).await.unwrap());
    add(directory, "ann").await;
    assert_eq!(grantors(directory, bob).await, <[&str; 0]>::default());
}
