//! COPY: RFC 9051 section 6.4.7, RFC 4315 section 3; and what it shares with MOVE.

use crate::reply::{Failure, Outcome, Reply};
use crate::session::Session;
use postern_account::plan::{self, Copied, Limits, Refusal};
use postern_account::{Account, MailboxId};
use postern_imap::command::Numbering;
use postern_imap::mailbox::MailboxArg;
use postern_imap::response::Code;
use postern_imap::sequence::{Set, UidSet};

/// What plans the change: [`plan::copy`] or [`plan::move_messages`].
pub(super) type Plan =
    fn(&Account, MailboxId, &UidSet, MailboxId, &Limits) -> Result<Copied, Refusal>;

pub(super) async fn run(
    session: &mut Session,
    numbering: Numbering,
    set: &Set,
    mailbox: &MailboxArg,
) -> Outcome {
    let copied = transfer(session, numbering, set, mailbox, plan::copy).await?;
    Ok(match copied {
        Some(code) => Reply::ok_with(code, "Messages copied"),
        None => Reply::ok("No message of that UID exists"),
    })
}

/// Copies or moves; `None` when no message was meant, which with UIDs is no error.
pub(super) async fn transfer(
    session: &mut Session,
    numbering: Numbering,
    set: &Set,
    mailbox: &MailboxArg,
    plan: Plan,
) -> Result<Option<Code>, Failure> {
    let place = session.place(mailbox).await?;
    let limits = session.shared.settings.limits.plan();
    let view = session.view()?;
    let selected = session.selected()?;
    let uids = view.resolve(set, numbering, &selected.saved);
    let uids = uids.ok_or_else(|| Reply::bad("There is no message of that number"))?;
    if numbering == Numbering::Sequence && view.any_ghost(&uids) {
        return Err(Reply::no(Code::ExpungeIssued, "Some of the messages are gone").into());
    }
    let from = selected.mailbox();
    let changed = place
        .live
        .change(|account, _| {
            let to = plan::append_target(account, &place.name)?;
            let mut copied = plan(account, from, &uids, to, &limits)?;
            Ok((std::mem::take(&mut copied.events), (to, copied)))
        })
        .await?;
    let (to, copied) = changed.value;
    if let Some(first) = copied.copies.first() {
        place.live.note_recent_from(to, first);
    }
    Ok((!copied.source.is_empty()).then_some(Code::CopyUid {
        uid_validity: copied.uid_validity,
        source: copied.source,
        target: copied.copies,
    }))
}
