//! DELETE: RFC 9051 section 6.3.5. A mailbox with others below it stays.

use crate::reply::{Outcome, Reply};
use crate::session::Session;
use postern_account::plan;
use postern_imap::mailbox::MailboxArg;

pub(super) async fn run(session: &mut Session, name: &MailboxArg) -> Outcome {
    let name = name.decode(session.encoding())?;
    let live = session.login()?.live.clone();
    let changed = live
        .change(|account, _| {
            let id = account.mailbox(name.as_str()).map(|mailbox| mailbox.id());
            Ok((plan::delete(account, &name)?, id))
        })
        .await?;
    // The client that deletes what it has selected knows what it did; others get BYE.
    if let Ok((_, selected)) = session.selected()
        && Some(selected.mailbox()) == changed.value
    {
        session.deselect();
    }
    Ok(Reply::ok("Mailbox deleted"))
}
