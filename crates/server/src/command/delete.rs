//! DELETE: RFC 9051 section 6.3.5. A mailbox with others below it stays.

use crate::reply::{Outcome, Reply};
use crate::session::Session;
use postern_account::plan;
use postern_imap::mailbox::MailboxArg;

pub(super) async fn run(session: &mut Session, name: &MailboxArg) -> Outcome {
    let place = session.place(name).await?;
    let changed = place
        .live
        .change(|account, _| {
            let id = account.mailbox(place.name.as_str()).map(|m| m.id());
            Ok((plan::delete_as(account, place.live.who(), &place.name)?, id))
        })
        .await?;
    // The client that deletes what it has selected knows what it did; others get BYE.
    if let Some(deleted) = changed.value
        && session.is_selected(&place.live, deleted)
    {
        session.deselect();
    }
    Ok(Reply::ok("Mailbox deleted"))
}
