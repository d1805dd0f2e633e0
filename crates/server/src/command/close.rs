//! CLOSE: RFC 9051 section 6.4.1. Expunges without telling, and leaves the mailbox.

use crate::reply::{Outcome, Reply};
use crate::session::Session;
use postern_account::acl::Rights;
use postern_account::plan;

pub(super) async fn run(session: &mut Session) -> Outcome {
    let selected = session.selected()?;
    let mailbox = selected.mailbox();
    // RFC 4314 section 4: without the right, it is only left.
    let may_expunge = selected.live.rights(mailbox).contains(Rights::EXPUNGE);
    if !selected.read_only && may_expunge {
        selected
            .live
            .change(|account, _| Ok((plan::expunge(account, mailbox, None), ())))
            .await?;
    }
    session.deselect();
    // No HIGHESTMODSEQ: the client has not been told all that it would cover (RFC 7162 3.2.8).
    Ok(Reply::ok("Mailbox closed"))
}
