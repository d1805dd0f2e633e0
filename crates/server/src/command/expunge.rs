//! EXPUNGE and UID EXPUNGE: RFC 9051 sections 6.4.3 and 6.4.9; RFC 9738 section 3.1, which limits
//! UID EXPUNGE only.

use crate::message_limit::Cut;
use crate::reply::{Outcome, Reply};
use crate::session::{Session, Told};
use postern_account::flags::Flags;
use postern_account::{View, plan};
use postern_imap::command::Numbering;
use postern_imap::response::Code;
use postern_imap::sequence::{Set, UidSet};

pub(super) async fn run(session: &mut Session, uids: Option<&Set>) -> Outcome {
    let view = session.view()?;
    let selected = session.selected()?;
    if selected.read_only {
        return Ok(Reply::no(
            Code::ReadOnly,
            "The mailbox is open for reading only",
        ));
    }
    let saved = &selected.saved;
    let uids = uids.and_then(|set| view.resolve(set, Numbering::Uid, saved));
    let mailbox = selected.mailbox();
    let limit = session.message_limit();
    let cut = uids.map(|uids| match limit {
        Some(_) => Cut::new(&view, deleted(&view, &uids), limit),
        None => Cut::none(uids),
    });
    let (uids, left) = cut.map_or((None, None), |cut| (Some(cut.uids), cut.left));
    let changed = session
        .selected()?
        .live
        .change(|account, _| Ok((plan::expunge(account, mailbox, uids.as_ref()), ())))
        .await?;
    session.tell(true, &Told::default())?;
    let modseq = changed.account.by_id(mailbox).map(|m| m.highest_modseq());
    let reply = match modseq {
        // RFC 7162 section 3.2.7.
        Some(modseq) if session.enabled.qresync && !changed.events.is_empty() => {
            Reply::ok_with(Code::HighestModseq(modseq), "Expunged")
        }
        _ => Reply::ok("Expunged"),
    };
    Ok(session.tell_left(left, reply))
}

/// Only these count.
fn deleted(view: &View, uids: &UidSet) -> UidSet {
    let messages = view.messages(uids).map(|(_, message)| message);
    let deleted = messages.filter(|message| message.marks.flags.contains(Flags::DELETED));
    deleted.map(|message| message.stored.uid).collect()
}
