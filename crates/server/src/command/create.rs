//! CREATE: RFC 9051 section 6.3.4. The mailboxes above it are made too.

use crate::reply::{Outcome, Reply};
use crate::session::Session;
use postern_account::plan;
use postern_imap::mailbox::MailboxArg;

pub(super) async fn run(session: &mut Session, name: &MailboxArg) -> Outcome {
    let name = name.decode_for_create(session.encoding())?;
    let limits = session.shared.settings.limits.plan();
    let live = &session.login()?.live;
    live.change(|account, now| Ok((plan::create(account, &name, now, &limits)?, ())))
        .await?;
    Ok(Reply::ok("Mailbox created"))
}
