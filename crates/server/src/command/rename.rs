//! RENAME: RFC 9051 section 6.3.6. Mailboxes stay in their account.

use crate::reply::{Outcome, Reply};
use crate::session::Session;
use postern_account::plan::{self, Refusal};
use postern_imap::mailbox::MailboxArg;

pub(super) async fn run(session: &mut Session, from: &MailboxArg, to: &MailboxArg) -> Outcome {
    let from = session.place(from).await?;
    let to = session.place_to_create(to).await?;
    let limits = from.live.limits(&session.shared.settings.limits);
    if !from.live.is(&to.live) {
        from.permitted()?;
        return Err(Refusal::NotThere.into());
    }
    let who = from.live.who();
    from.live
        .change(|account, now| {
            let names = (&from.name, &to.name);
            Ok((plan::rename_as(account, who, names, now, &limits)?, ()))
        })
        .await?;
    Ok(Reply::ok("Mailbox renamed"))
}
