//! RENAME: RFC 9051 section 6.3.6.

use crate::reply::{Outcome, Reply};
use crate::session::Session;
use postern_account::plan;
use postern_imap::mailbox::MailboxArg;

pub(super) async fn run(session: &mut Session, from: &MailboxArg, to: &MailboxArg) -> Outcome {
    let from = session.place(from).await?;
    let to = session.place_to_create(to).await?;
    let limits = session.shared.settings.limits.plan();
    from.live
        .change(|account, now| {
            let events = plan::rename(account, &from.name, &to.name, now, &limits)?;
            Ok((events, ()))
        })
        .await?;
    Ok(Reply::ok("Mailbox renamed"))
}
