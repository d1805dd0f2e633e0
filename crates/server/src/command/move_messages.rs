//! MOVE: RFC 9051 section 6.4.8, RFC 6851, RFC 9738 section 3.1. The copies and the removal are one append.

use super::copy::{Originals, meant, transfer};
use crate::reply::{Outcome, Reply};
use crate::session::{Session, Told};
use postern_imap::command::Numbering;
use postern_imap::mailbox::MailboxArg;
use postern_imap::response::{Code, Condition};
use postern_imap::sequence::Set;

pub(super) async fn run(
    session: &mut Session,
    numbering: Numbering,
    set: &Set,
    mailbox: &MailboxArg,
) -> Outcome {
    if session.selected()?.read_only {
        return Ok(Reply::no(
            Code::ReadOnly,
            "The mailbox is open for reading only",
        ));
    }
    let (view, uids) = meant(session, numbering, set)?;
    let cut = session.cut(&view, uids);
    let moved = transfer(session, mailbox, &cut.uids, Originals::Go).await?;
    let Some(code) = moved else {
        return Ok(Reply::ok("No message of that UID exists"));
    };
    // Before the removals, as RFC 6851 section 4.3 wants it.
    session.untagged(Condition::Ok, Some(&code), "Messages copied");
    session.tell(true, &Told::default())?;
    let modseq = session.view()?.mailbox().highest_modseq();
    let reply = match session.enabled.qresync {
        true => Reply::ok_with(Code::HighestModseq(modseq), "Messages moved"),
        false => Reply::ok("Messages moved"),
    };
    Ok(session.tell_left(cut.left, reply))
}
