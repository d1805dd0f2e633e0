//! CLOSE: RFC 9051 section 6.4.1. Expunges without telling, and leaves the mailbox.

use crate::reply::{Outcome, Reply};
use crate::session::Session;
use postern_account::plan;
use postern_imap::response::Code;

pub(super) async fn run(session: &mut Session) -> Outcome {
    let (login, selected) = session.selected()?;
    let mailbox = selected.mailbox();
    let mut highest_modseq = None;
    if !selected.read_only {
        let changed = login
            .live
            .change(|account, _| Ok((plan::expunge(account, mailbox, None), ())))
            .await?;
        highest_modseq = changed.account.by_id(mailbox).map(|m| m.highest_modseq());
    }
    session.deselect();
    Ok(match highest_modseq {
        Some(modseq) if session.enabled.qresync => {
            Reply::ok_with(Code::HighestModseq(modseq), "Mailbox closed")
        }
        _ => Reply::ok("Mailbox closed"),
    })
}
