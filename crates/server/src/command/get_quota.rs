//! GETQUOTA and GETQUOTAROOT: RFC 9208 sections 4.1.1 and 4.1.2; and what they share with SETQUOTA.
//!
//! Each account is one quota root, of its name. Whose a mailbox is, and not who asks, says which
//! root is the mailbox's.

use crate::capability::{self, QUOTASET};
use crate::live::LiveAccount;
use crate::reply::{Failure, Outcome, Reply};
use crate::session::Session;
use postern_account::acl::{Rights, Who};
use postern_imap::mailbox::MailboxArg;
use postern_imap::response::{self, Code, Resource};
use postern_store::{AccountRecord, NO_QUOTA};

/// Octets in the unit of STORAGE.
pub(super) const UNIT: u64 = 1024;

pub(super) async fn run(session: &mut Session, root: &[u8]) -> Outcome {
    let record = account(session, root).await?;
    let live = session.shared.accounts.get(record.id).await?;
    write(session, &live, &record.name);
    Ok(Reply::ok("Quota told"))
}

pub(super) async fn run_for_mailbox(session: &mut Session, mailbox: &MailboxArg) -> Outcome {
    let place = session.place(mailbox).await?;
    // A mailbox of the user's own need not exist: it could be made. Of others', whoever may read
    // one may know (RFC 4314 section 4), and nobody else that there is one.
    if place.live.who() != Who::Owner {
        place.permitted_any(Rights::READ)?;
    }
    let owner = session.shared.directory.account(place.live.id()).await?;
    let owner = owner.ok_or_else(unknown)?;
    let encoding = session.encoding();
    let out = &mut session.io.out;
    response::quota_root(out, encoding, &place.shown(), &owner.name);
    write(session, &place.live, &owner.name);
    Ok(Reply::ok("Quota root told"))
}

/// The account of a quota root. Who is no administrator learns of the own alone, and not which
/// others there are.
pub(super) async fn account(session: &Session, root: &[u8]) -> Result<AccountRecord, Failure> {
    let name = std::str::from_utf8(root).map_err(|_| unknown())?;
    let own = session.login()?.name == name;
    if !own && !capability::offers(session, QUOTASET) {
        return Err(unknown().into());
    }
    let found = session.shared.directory.account_by_name(name).await?;
    Ok(found.ok_or_else(unknown)?)
}

fn unknown() -> Reply {
    Reply::no(Code::Nonexistent, "There is no such quota root")
}

/// Appends what the account holds and may hold.
pub(super) fn write(session: &mut Session, live: &LiveAccount, root: &str) {
    let limits = live.limits(&session.shared.settings.limits);
    let account = live.account();
    let usage = account.usage();
    let resource = |name, usage, limit| Resource { name, usage, limit };
    let mut resources = Vec::new();
    if limits.storage < NO_QUOTA {
        // Both rounded up: what is within its limit looks so.
        let (used, limit) = (usage.octets.div_ceil(UNIT), limits.storage.div_ceil(UNIT));
        resources.push(resource("STORAGE", used, limit));
    }
    let (messages, mailboxes) = (limits.messages as u64, limits.mailboxes as u64);
    resources.push(resource("MESSAGE", usage.messages, messages));
    let count = account.mailbox_count() as u64;
    resources.push(resource("MAILBOX", count, mailboxes));
    response::quota(&mut session.io.out, root, &resources);
}
