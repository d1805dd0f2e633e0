//! SUBSCRIBE and UNSUBSCRIBE: RFC 9051 sections 6.3.7 and 6.3.8. The name need not be a
//! mailbox's.

use crate::reply::{Outcome, Reply};
use crate::session::Session;
use postern_account::plan;
use postern_imap::mailbox::{MailboxArg, MailboxName};

pub(super) async fn run(session: &mut Session, name: &MailboxArg, subscribed: bool) -> Outcome {
    let place = session.place_to_create(name).await?;
    // As LIST has it, whatever way the client wrote it.
    let name = MailboxName::new(&place.shown())?;
    let limits = session.shared.settings.limits.plan();
    // It is the subscriber's list, whosever mailbox the name means.
    let live = &session.login()?.live;
    live.change(|account, _| Ok((plan::subscribe(account, &name, subscribed, &limits)?, ())))
        .await?;
    Ok(Reply::ok(match subscribed {
        true => "Subscribed",
        false => "Unsubscribed",
    }))
}
