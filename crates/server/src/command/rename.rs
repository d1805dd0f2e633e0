//! RENAME: RFC 9051 section 6.3.6.

use crate::reply::{Outcome, Reply};
use crate::session::Session;
use postern_account::plan;
use postern_imap::mailbox::MailboxArg;

pub(super) async fn run(session: &mut Session, from: &MailboxArg, to: &MailboxArg) -> Outcome {
    let encoding = session.encoding();
    let (from, to) = (from.decode(encoding)?, to.decode_for_create(encoding)?);
    let limits = session.shared.settings.limits.plan();
    let live = &session.login()?.live;
    live.change(|account, now| Ok((plan::rename(account, &from, &to, now, &limits)?, ())))
        .await?;
    Ok(Reply::ok("Mailbox renamed"))
}
