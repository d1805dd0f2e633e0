//! SETQUOTA: RFC 9208 section 4.1.3, for the administrators that the configuration names.

use super::get_quota::{UNIT, account, write};
use crate::capability::{self, QUOTASET};
use crate::reply::{Outcome, Reply};
use crate::session::Session;
use postern_imap::command::SetQuota;
use postern_imap::response::Code;
use postern_store::{AccountChange, AccountQuota, NO_QUOTA};

pub(super) async fn run(session: &mut Session, set: &SetQuota) -> Outcome {
    if !capability::offers(session, QUOTASET) {
        let text = "Only an administrator can set a quota";
        return Ok(Reply::no(Code::NoPerm, text));
    }
    let quota = quota(&set.limits)?;
    let record = account(session, &set.root).await?;
    let shared = &session.shared;
    let change = AccountChange::Quota(quota);
    if !shared.directory.change_account(record.id, change).await? {
        let text = "There is no such quota root";
        return Ok(Reply::no(Code::Nonexistent, text));
    }
    shared.accounts.quotas().read(record.id).await?;
    let by = session.login()?.name.as_str();
    tracing::info!(account = %record.name, by, ?quota, "quota set");
    let live = session.shared.accounts.get(record.id).await?;
    write(session, &live, &record.name);
    Ok(Reply::ok("Quota set"))
}

/// What is not named is not limited, whatever holds for all.
fn quota(limits: &[(String, u64)]) -> Result<AccountQuota, Reply> {
    let mut quota = AccountQuota {
        storage: Some(NO_QUOTA),
        messages: Some(NO_QUOTA),
        mailboxes: Some(NO_QUOTA),
    };
    for (name, limit) in limits {
        match name.as_str() {
            "STORAGE" => quota.storage = Some(limit.saturating_mul(UNIT)),
            "MESSAGE" => quota.messages = Some(*limit),
            "MAILBOX" => quota.mailboxes = Some(*limit),
            _ => {
                let text = "Of the resources, STORAGE, MESSAGE and MAILBOX can be limited";
                return Err(Reply::no(Code::Cannot, text));
            }
        }
    }
    Ok(quota)
}
