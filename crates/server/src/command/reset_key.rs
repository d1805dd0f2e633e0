//! RESETKEY: RFC 4467 section 7.

use crate::reply::{Outcome, Reply};
use crate::session::Session;
use crate::urlauth::{INTERNAL, fresh_key};
use postern_account::plan;
use postern_imap::mailbox::MailboxArg;
use postern_imap::response::Code;
use std::sync::Arc;

pub(super) async fn run(
    session: &mut Session,
    mailbox: Option<&MailboxArg>,
    mechanisms: &[String],
) -> Outcome {
    if mechanisms.iter().any(|mechanism| mechanism != INTERNAL) {
        return Ok(Reply::bad("The only mechanism is INTERNAL"));
    }
    let own = Arc::clone(&session.login()?.live);
    let Some(mailbox) = mailbox else {
        own.change(|account, _| Ok((plan::remove_access_keys(account), ())))
            .await?;
        return Ok(Reply::ok("All keys removed"));
    };
    let place = session.place(mailbox).await?;
    if !own.is(&place.live) {
        return Ok(Reply::no(
            Code::NoPerm,
            "The key of that mailbox is another's",
        ));
    }
    let fresh = fresh_key()?;
    session.forget_key();
    own.change(|account, _| {
        let events = plan::reset_access_key(account, &place.name, fresh)?;
        Ok((events, ()))
    })
    .await?;
    Ok(Reply::ok_with(Code::UrlMech, "The key is new"))
}
