//! APPEND: RFC 9051 section 6.3.12, RFC 3502, RFC 4315 section 3, RFC 9738 section 3.1; and what it
//! shares with REPLACE.

use super::catenate::{self, Budget};
use crate::live::{LiveAccount, now_millis};
use crate::message_limit::refuse_over;
use crate::reply::{Failure, Outcome, Reply};
use crate::session::Session;
use bytes::Bytes;
use postern_account::quota::{Usage, check_room};
use postern_account::{NewMessage, plan};
use postern_imap::command::{Append, AppendData, AppendMessage};
use postern_imap::date::InternalDate;
use postern_imap::response::Code;

pub(super) async fn run(session: &mut Session, append: Append) -> Outcome {
    let place = session.place(&append.mailbox).await?;
    let limits = place.live.limits(&session.shared.settings.limits);
    let who = place.live.who();
    // Before the octets are written: most refusals are known now.
    plan::target_for(&place.live.account(), who, &place.name)?;
    refuse_over(session.save_limit(), append.messages.len())?;
    let messages = keep(session, &place.live, append.messages, Usage::default()).await?;
    let changed = place
        .live
        .change(|account, _| {
            let target = plan::target_for(account, who, &place.name)?;
            let appended = plan::append_as(account, who, target, messages, &limits)?;
            let code = Code::AppendUid {
                uid_validity: appended.uid_validity,
                uids: appended.uids.clone(),
            };
            Ok((appended.events, (target, appended.uids, code)))
        })
        .await?;
    let (target, uids, code) = changed.value;
    place
        .live
        .note_recent_from(target, uids.first().unwrap_or(1));
    let text = match uids.len() {
        1 => "Message appended",
        _ => "Messages appended",
    };
    Ok(Reply::ok_with(code, text))
}

/// Writes the octets of the messages into the account that they go to. They count for nothing
/// until an event names them, so that if one cannot be kept, none is appended. `less` is what goes
/// from the account in their place; what has no room even so is not written.
pub(super) async fn keep(
    session: &Session,
    live: &LiveAccount,
    messages: Vec<AppendMessage>,
    less: Usage,
) -> Result<Vec<NewMessage>, Failure> {
    let limits = &session.shared.settings.limits;
    let limit = limits.message as usize;
    // As much as the framer lets literals through.
    let mut budget = Budget::new(limit, limit.saturating_add(limits.literal));
    let now = InternalDate::from_unix(now_millis().div_euclid(1000));
    let mut kept = Vec::with_capacity(messages.len());
    let mut more = Usage::default();
    for message in messages {
        let octets = match message.data {
            AppendData::Message { octets, .. } => octets,
            AppendData::Catenate(parts) => catenate::assemble(session, parts, &mut budget).await?,
        };
        check(&octets, limit)?;
        more = more.plus(Usage::message(octets.len() as u64));
        check_room(&live.account(), more, less, &live.limits(limits))?;
        kept.push(NewMessage {
            body: live.put_message(octets).await?,
            date: message.date.unwrap_or(now),
            flags: message.flags,
        });
    }
    Ok(kept)
}

/// An empty message is how a client cancels the command: RFC 3502. A header that is not ASCII is
/// no reason to refuse: see `docs/decisions/0006-headers-that-are-not-ascii.md`.
fn check(octets: &Bytes, limit: usize) -> Result<(), Reply> {
    if octets.is_empty() {
        return Err(Reply::no(Code::Cannot, "An empty message is not appended"));
    }
    if octets.len() > limit {
        return Err(Reply::no(Code::TooBig, "The message is too large"));
    }
    Ok(())
}
