//! REPLACE and UID REPLACE: RFC 8508.

use super::append::keep;
use crate::reply::{Failure, Outcome, Reply};
use crate::session::{Session, Told};
use postern_account::quota::Usage;
use postern_account::{MailboxId, plan};
use postern_imap::command::{Numbering, Replace};
use postern_imap::response::{Code, Condition};
use postern_imap::sequence::UidSet;
use std::sync::Arc;

pub(super) async fn run(session: &mut Session, replace: Replace) -> Outcome {
    if session.selected()?.read_only {
        return Ok(Reply::no(
            Code::ReadOnly,
            "The mailbox is open for reading only",
        ));
    }
    let place = session.place(&replace.mailbox).await?;
    let limits = place.live.limits(&session.shared.settings.limits);
    let (from, uid, less) = replaced(session, &replace)?;
    let source = Arc::clone(&session.selected()?.live);
    let who = place.live.who();
    let one_account = source.is(&place.live);
    // Before the octets are written: most refusals are known now.
    plan::target_for(&place.live.account(), who, &place.name)?;
    let less = if one_account { less } else { Usage::default() };
    let messages = keep(session, &place.live, vec![replace.message], less).await?;
    let changed = place
        .live
        .change(|account, _| {
            let target = plan::target_for(account, who, &place.name)?;
            let planned = match one_account {
                true => plan::replace_as(account, who, (from, uid), target, messages, &limits)?,
                false => plan::append_as(account, who, target, messages, &limits)?,
            };
            let code = Code::AppendUid {
                uid_validity: planned.uid_validity,
                uids: planned.uids.clone(),
            };
            Ok((planned.events, (target, planned.uids, code)))
        })
        .await?;
    let (target, uids, code) = changed.value;
    if !one_account {
        // The new message is durable: a crash now leaves both.
        let old = UidSet::range(uid, uid);
        let who = source.who();
        source
            .change(|account, _| Ok((plan::remove_as(account, who, from, &old)?, ())))
            .await?;
    }
    place
        .live
        .note_recent_from(target, uids.first().unwrap_or(1));
    // Before the removal, as RFC 8508 section 4.3 advises.
    session.untagged(Condition::Ok, Some(&code), "The new message is there");
    session.tell(true, &Told::default())?;
    let modseq = source.mailbox_by_id(from).map(|m| m.highest_modseq());
    Ok(match modseq {
        // RFC 8508 section 4.5: as with UID EXPUNGE, RFC 7162 section 3.2.9.
        Some(modseq) if session.enabled.qresync => {
            Reply::ok_with(Code::HighestModseq(modseq), "Message replaced")
        }
        _ => Reply::ok("Message replaced"),
    })
}

/// Which message goes, and what that makes room for.
fn replaced(session: &mut Session, replace: &Replace) -> Result<(MailboxId, u32, Usage), Failure> {
    let view = session.view()?;
    let selected = session.selected()?;
    let uids = view.resolve(&replace.set, replace.numbering, &selected.saved);
    let uids = uids.ok_or_else(|| Reply::bad("There is no message of that number"))?;
    let uid = uids.first();
    let present = uid.and_then(|uid| view.mailbox().by_uid(uid));
    match (present, replace.numbering) {
        (Some(old), _) => {
            let less = Usage::message(u64::from(old.stored.body.len));
            Ok((selected.mailbox(), old.stored.uid, less))
        }
        (None, Numbering::Sequence) if uid.is_none() => {
            Err(Reply::bad("There is no message of that number").into())
        }
        (None, Numbering::Sequence) => {
            Err(Reply::no(Code::ExpungeIssued, "The message is gone").into())
        }
        (None, Numbering::Uid) => {
            Err(Reply::no(Code::Nonexistent, "There is no message of that UID").into())
        }
    }
}
