//! CREATE: RFC 9051 section 6.3.4, RFC 6154 section 3, RFC 8474 section 4.1. The mailboxes above
//! it are made too.

use crate::reply::{Outcome, Reply};
use crate::session::Session;
use bytes::Bytes;
use postern_account::{MailboxId, SpecialUse, plan};
use postern_imap::command::Create;
use postern_imap::response::Code;

pub(super) async fn run(session: &mut Session, create: &Create) -> Outcome {
    let place = session.place_to_create(&create.mailbox).await?;
    let special_use = special_use(&create.uses)?;
    let limits = place.live.limits(&session.shared.settings.limits);
    let changed = place
        .live
        .change(|account, now| {
            let who = place.live.who();
            let events = plan::create_as(account, who, &place.name, special_use, now, &limits)?;
            Ok((events, ()))
        })
        .await?;
    // The last event makes the mailbox, and its number is the mailbox's.
    let mailbox = MailboxId(changed.events.end.saturating_sub(1));
    let code = Code::MailboxId(place.live.mailbox_id(mailbox));
    Ok(Reply::ok_with(code, "Mailbox created"))
}

/// RFC 6154 section 3 leaves it to the server which uses it takes. A mailbox has one at most;
/// `\All` and `\Flagged` would be views of others, of which there are none here.
fn special_use(uses: &[Bytes]) -> Result<Option<SpecialUse>, Reply> {
    let mut chosen = None;
    for name in uses {
        let known = SpecialUse::ALL.into_iter().find(|known| {
            let known = known.attribute().as_str();
            name.eq_ignore_ascii_case(known.as_bytes())
        });
        let possible = |of: &SpecialUse| !matches!(of, SpecialUse::All | SpecialUse::Flagged);
        let Some(known) = known.filter(possible) else {
            return Err(Reply::no(
                Code::UseAttr,
                "That special use is not supported",
            ));
        };
        if chosen.is_some_and(|chosen| chosen != known) {
            return Err(Reply::no(
                Code::UseAttr,
                "A mailbox has one special use at most",
            ));
        }
        chosen = Some(known);
    }
    Ok(chosen)
}
