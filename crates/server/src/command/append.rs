//! APPEND: RFC 9051 section 6.3.12, RFC 4315 section 3, RFC 6855 section 4.

use super::utf8;
use crate::live::now_millis;
use crate::reply::{Outcome, Reply};
use crate::session::Session;
use postern_account::{NewMessage, plan};
use postern_imap::command::Append;
use postern_imap::date::InternalDate;
use postern_imap::response::Code;

pub(super) async fn run(session: &mut Session, append: Append) -> Outcome {
    let limits = session.shared.settings.limits.clone();
    if append.message.len() > limits.message as usize {
        return Ok(Reply::no(Code::TooBig, "The message is too large"));
    }
    if !utf8::allows(session, &append.message) {
        let text = "A header that is not ASCII needs ENABLE UTF8=ACCEPT";
        return Ok(Reply::no(Code::Cannot, text));
    }
    let name = append.mailbox.decode(session.encoding())?;
    let live = &session.login()?.live;
    // Before the octets are written: most refusals are known now.
    plan::append_target(&live.account(), &name)?;
    let body = live.put_message(append.message).await?;
    let now = InternalDate::from_unix(now_millis().div_euclid(1000));
    let message = NewMessage {
        body,
        date: append.date.unwrap_or(now),
        flags: append.flags,
    };
    let changed = live
        .change(|account, _| {
            let target = plan::append_target(account, &name)?;
            let appended = plan::append(account, target, vec![message], &limits.plan())?;
            let code = Code::AppendUid {
                uid_validity: appended.uid_validity,
                uids: appended.uids.clone(),
            };
            Ok((appended.events, (target, appended.uids, code)))
        })
        .await?;
    let (target, uids, code) = changed.value;
    live.note_recent_from(target, uids.first().unwrap_or(1));
    Ok(Reply::ok_with(code, "Message appended"))
}
