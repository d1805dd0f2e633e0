//! COPY: RFC 9051 section 6.4.7, RFC 4315 section 3, RFC 9738 section 3.1; and what it
//! shares with MOVE.

use crate::live::SessionAccount;
use crate::message_limit::Cut;
use crate::place::Place;
use crate::reply::{Failure, Outcome, Reply};
use crate::session::Session;
use postern_account::acl::Rights;
use postern_account::plan::{self, Copied, Refusal};
use postern_account::quota::{Usage, check_room};
use postern_account::{MailboxId, NewMessage, View};
use postern_imap::command::Numbering;
use postern_imap::mailbox::MailboxArg;
use postern_imap::response::Code;
use postern_imap::sequence::{Set, UidSet};
use std::sync::Arc;

/// What becomes of the originals.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Originals {
    Stay,
    Go,
}

pub(super) async fn run(
    session: &mut Session,
    numbering: Numbering,
    set: &Set,
    mailbox: &MailboxArg,
) -> Outcome {
    let (view, uids) = meant(session, numbering, set)?;
    if let Some(left) = Cut::new(&view, uids.clone(), session.save_limit()).left {
        return Ok(left.refusal("Too many messages to copy at once; none is"));
    }
    let copied = transfer(session, mailbox, &uids, Originals::Stay).await?;
    Ok(match copied {
        Some(code) => Reply::ok_with(code, "Messages copied"),
        None => Reply::ok("No message of that UID exists"),
    })
}

/// The messages that a command names.
pub(super) fn meant(
    session: &mut Session,
    numbering: Numbering,
    set: &Set,
) -> Result<(View, UidSet), Failure> {
    let view = session.view()?;
    let uids = view.resolve(set, numbering, &session.selected()?.saved);
    let uids = uids.ok_or_else(|| Reply::bad("There is no message of that number"))?;
    if numbering == Numbering::Sequence && view.any_ghost(&uids) {
        return Err(Reply::no(Code::ExpungeIssued, "Some of the messages are gone").into());
    }
    Ok((view, uids))
}

/// Copies or moves; `None` when no message was meant, which with UIDs is no error.
pub(super) async fn transfer(
    session: &mut Session,
    mailbox: &MailboxArg,
    uids: &UidSet,
    originals: Originals,
) -> Result<Option<Code>, Failure> {
    let place = session.place(mailbox).await?;
    let selected = session.selected()?;
    let source = (Arc::clone(&selected.live), selected.mailbox());
    let (to, copied) = match source.0.is(&place.live) {
        true => within(session, source, uids, &place, originals).await?,
        false => across(session, source, uids, &place, originals).await?,
    };
    if let Some(first) = copied.copies.first() {
        place.live.note_recent_from(to, first);
    }
    Ok((!copied.source.is_empty()).then_some(Code::CopyUid {
        uid_validity: copied.uid_validity,
        source: copied.source,
        target: copied.copies,
    }))
}

type Source = (Arc<SessionAccount>, MailboxId);

/// In one account, it is one append.
async fn within(
    session: &Session,
    (live, from): Source,
    uids: &UidSet,
    place: &Place,
    originals: Originals,
) -> Result<(MailboxId, Copied), Failure> {
    let limits = live.limits(&session.shared.settings.limits);
    let who = live.who();
    let changed = live
        .change(|account, _| {
            let to = plan::target_for(account, who, &place.name)?;
            let mut copied = match originals {
                Originals::Stay => plan::copy_as(account, who, from, uids, to, &limits)?,
                Originals::Go => plan::move_as(account, who, from, uids, to, &limits)?,
            };
            Ok((std::mem::take(&mut copied.events), (to, copied)))
        })
        .await?;
    Ok(changed.value)
}

/// Into another account, which keeps octets of its own. The copies are durable before the
/// originals go: a crash between leaves both.
async fn across(
    session: &mut Session,
    (live, from): Source,
    uids: &UidSet,
    place: &Place,
    originals: Originals,
) -> Result<(MailboxId, Copied), Failure> {
    let (target, who) = (&place.live, place.live.who());
    let limits = target.limits(&session.shared.settings.limits);
    let source = live.mailbox_by_id(from).ok_or(Refusal::MailboxGone)?;
    let present: UidSet = source.select(uids).map(|m| m.stored.uid).collect();
    // Before the octets are written: most refusals are known now.
    plan::target_for(&target.account(), who, &place.name)?;
    let more = plan::usage_of(&source, &present);
    check_room(&target.account(), more, Usage::default(), &limits)?;
    let goal = usize::try_from(present.len()).unwrap_or(usize::MAX);
    let mut messages = Vec::with_capacity(goal);
    let needed = match originals {
        Originals::Stay => Rights::READ,
        Originals::Go => Rights::READ.union(Rights::REMOVAL),
    };
    for (done, message) in source.select(&present).enumerate() {
        if let Some(progress) = &mut session.progress {
            progress.tell(&mut session.io, done, goal).await?;
        }
        // It may take long, and rights may go meanwhile.
        if !live.rights(from).contains(needed) {
            return Err(Refusal::NoPermission.into());
        }
        let body = &message.stored.body;
        let _room = session.shared.uploads.room_for(body.len as usize).await;
        let octets = live.read_all(body).await?;
        messages.push(NewMessage {
            body: target.put_message(octets).await?,
            date: message.stored.date,
            flags: source.keywords().flags(message.marks.flags),
        });
    }
    let changed = target
        .change(|account, _| {
            let to = plan::target_for(account, who, &place.name)?;
            let appended = plan::append_as(account, who, to, messages, &limits)?;
            let copied = Copied {
                events: Vec::new(),
                uid_validity: appended.uid_validity,
                source: present.clone(),
                copies: appended.uids,
            };
            Ok((appended.events, (to, copied)))
        })
        .await?;
    if originals == Originals::Go {
        let who = live.who();
        live.change(|account, _| Ok((plan::remove_as(account, who, from, &present)?, ())))
            .await?;
    }
    Ok(changed.value)
}
