//! Whose mailboxes a user may come to: names of other users' and shared mailboxes (RFC 2342),
//! and identifiers of access control lists (RFC 4314), as the directory of accounts has them.

use crate::live::{ChangeError, LiveAccount};
use postern_account::acl::{Identifier, Modification, Rights, Subject, UserId, Who};
use postern_account::{Account, Mailbox, Origin, plan};
use postern_identity::AccountName;
use postern_imap::mailbox::{MailboxName, SEPARATOR};
use postern_store::{AccountId, AccountRecord, Directory, StoreError};
use std::collections::BTreeSet;
use std::sync::Arc;

/// Begins the names of other users' mailboxes.
pub(crate) const OTHERS: &str = "Other Users/";

/// Begins the names of mailboxes of accounts that are nobody's.
pub(crate) const SHARED: &str = "Shared/";

/// Stands for everybody.
const ANYONE: &str = "anyone";

/// The user whose account it is.
pub(crate) fn user(account: AccountId) -> UserId {
    UserId(account.0)
}

/// What the names of an account's mailboxes begin with for everybody else.
pub(crate) fn prefix(account: &AccountRecord) -> String {
    format!("{}{}{SEPARATOR}", namespace(account), account.name)
}

/// The namespace that everybody else finds it in.
pub(crate) fn namespace(account: &AccountRecord) -> &'static str {
    match account.shared {
        true => SHARED,
        false => OTHERS,
    }
}

/// Whether the name is in a namespace that is not the user's own, or is one's.
pub(crate) fn is_reserved(name: &str) -> bool {
    [OTHERS, SHARED].iter().any(|namespace| {
        let top = namespace.trim_end_matches(SEPARATOR);
        name == top || name.starts_with(namespace)
    })
}

/// The parts of a name in the other namespaces: whether it is a shared account's, the account's
/// name, and the name there. `None` where it can be nobody's.
fn split(name: &str) -> Option<(bool, AccountName, MailboxName)> {
    let (shared, rest) = match (name.strip_prefix(SHARED), name.strip_prefix(OTHERS)) {
        (Some(rest), _) => (true, rest),
        (None, Some(rest)) => (false, rest),
        (None, None) => return None,
    };
    let (owner, inner) = rest.split_once(SEPARATOR)?;
    let owner = AccountName::parse(owner).ok()?;
    Some((shared, owner, MailboxName::new(inner).ok()?))
}

/// The account that a name in the other namespaces leads to, and the name there; `None` where
/// there is none, whatever the reason.
pub(crate) async fn find(
    directory: &dyn Directory,
    user: AccountId,
    name: &str,
) -> Result<Option<(AccountRecord, MailboxName)>, StoreError> {
    let Some((shared, owner, inner)) = split(name) else {
        return Ok(None);
    };
    let record = directory.account_by_name(owner.as_str()).await?;
    let record = record.filter(|record| record.shared == shared && record.id != user);
    Ok(record.map(|record| (record, inner)))
}

/// A name that leads nowhere, written as if it led somewhere: nobody is to learn from that.
pub(crate) fn normal(name: MailboxName) -> MailboxName {
    let parts = split(name.as_str()).and_then(|(shared, owner, inner)| {
        let namespace = if shared { SHARED } else { OTHERS };
        MailboxName::new(&format!("{namespace}{}{SEPARATOR}{inner}", owner.as_str())).ok()
    });
    parts.unwrap_or(name)
}

/// Why an identifier is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NoIdentifier {
    /// It cannot be anybody's.
    Bad,
    /// There is no such account.
    Unknown,
}

/// Whom an identifier means.
pub(crate) async fn identifier(
    directory: &dyn Directory,
    text: &str,
) -> Result<Result<Identifier, NoIdentifier>, StoreError> {
    let (negative, name) = match text.strip_prefix('-') {
        Some(name) => (true, name),
        None => (false, text),
    };
    let subject = if name.eq_ignore_ascii_case(ANYONE) {
        Subject::Anyone
    } else {
        let Ok(name) = AccountName::parse(name) else {
            return Ok(Err(NoIdentifier::Bad));
        };
        match directory.account_by_name(name.as_str()).await? {
            Some(record) if !record.shared => Subject::User(user(record.id)),
            _ => return Ok(Err(NoIdentifier::Unknown)),
        }
    };
    Ok(Ok(Identifier { negative, subject }))
}

/// Access control list as it is told: identifiers by name. Users that there are no more come
/// apart.
#[derive(Debug, Default)]
pub(crate) struct Named {
    pub(crate) entries: Vec<(String, String)>,
    pub(crate) gone: Vec<UserId>,
}

/// Names the identifiers of a mailbox's list. The owner, who has all rights, comes first.
pub(crate) async fn named(
    directory: &dyn Directory,
    owner: AccountId,
    mailbox: &Mailbox,
) -> Result<Named, StoreError> {
    let mut named = Named::default();
    let record = directory.account(owner).await?;
    if let Some(record) = record.filter(|record| !record.shared) {
        let all = mailbox.rights(Who::Owner).told();
        named.entries.push((record.name, all));
    }
    for (identifier, rights) in mailbox.acl().entries() {
        let name = match identifier.subject {
            Subject::Anyone => ANYONE.to_owned(),
            Subject::User(user) => match directory.account(AccountId(user.0)).await? {
                Some(record) => record.name,
                None => {
                    named.gone.push(user);
                    continue;
                }
            },
        };
        let sign = if identifier.negative { "-" } else { "" };
        named.entries.push((format!("{sign}{name}"), rights.told()));
    }
    Ok(named)
}

/// The grantee that an identifier of rights stands for in the directory's notes.
fn grantee(identifier: &Identifier) -> Option<Option<AccountId>> {
    if identifier.negative {
        return None;
    }
    Some(match identifier.subject {
        Subject::Anyone => None,
        Subject::User(user) => Some(AccountId(user.0)),
    })
}

/// Before rights are granted: whoever gets them is to find where.
pub(crate) async fn note(
    directory: &dyn Directory,
    owner: AccountId,
    identifier: &Identifier,
) -> Result<(), StoreError> {
    match grantee(identifier) {
        Some(grantee) => directory.note_grant(owner, grantee).await,
        None => Ok(()),
    }
}

/// Makes the directory's notes what the account says: those that say too much go, and any that
/// are missing come back.
pub(crate) async fn settle(
    directory: &dyn Directory,
    owner: AccountId,
    account: &Account,
) -> Result<(), StoreError> {
    let lists = account
        .mailboxes()
        .flat_map(|mailbox| mailbox.acl().entries());
    let granted: BTreeSet<_> = lists.filter_map(|(id, _)| grantee(&id)).collect();
    let noted: BTreeSet<_> = directory.grantees(owner).await?.into_iter().collect();
    for grantee in granted.difference(&noted) {
        directory.note_grant(owner, *grantee).await?;
    }
    for grantee in noted.difference(&granted) {
        directory.forget_grant(owner, *grantee).await?;
    }
    Ok(())
}

/// A change of an access control list.
pub(crate) struct SetAcl<'a> {
    pub(crate) mailbox: &'a MailboxName,
    pub(crate) identifier: Identifier,
    pub(crate) modification: Modification,
}

/// Changes the list, as far as `who` may, and keeps the directory's notes in step: one that is
/// too many for a moment does no harm, one that is missing would hide the mailbox.
pub(crate) async fn set_acl(
    directory: &dyn Directory,
    live: &Arc<LiveAccount>,
    who: Who,
    origin: Option<&Origin>,
    set: &SetAcl<'_>,
    limits: &plan::Limits,
) -> Result<(), ChangeError> {
    let owner = live.id();
    let _order = live.order_grants().await;
    let name = set.mailbox.as_str();
    let account = live.account();
    let mailbox = plan::permitted(&account, who, name, Rights::ADMINISTER);
    let mailbox = mailbox.map_err(ChangeError::Refused)?;
    let gone = named(directory, owner, mailbox).await?.gone;
    if !set.modification.of(Rights::NONE).is_empty() {
        note(directory, owner, &set.identifier).await?;
    }
    let changed = live
        .change_from(origin, |account, _| {
            let mailbox = plan::permitted(account, who, name, Rights::ADMINISTER)?.id();
            let (identifier, change) = (set.identifier, set.modification);
            let events = plan::set_acl(account, mailbox, identifier, change, &gone, limits)?;
            Ok((events, ()))
        })
        .await;
    settle(directory, owner, &live.account()).await?;
    changed.map(|_| ())
}
