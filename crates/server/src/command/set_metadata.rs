//! SETMETADATA: RFC 5464 section 4.3.

use crate::reply::{Outcome, Reply};
use crate::session::Session;
use postern_account::metadata::Value;
use postern_account::plan;
use postern_imap::metadata::{EntryName, SetMetadata};
use std::sync::Arc;

pub(super) async fn run(session: &mut Session, set: &SetMetadata) -> Outcome {
    let (live, mailbox) = match set.mailbox.0.is_empty() {
        true => (Arc::clone(&session.login()?.live), None),
        false => {
            let place = session.place(&set.mailbox).await?;
            (place.live, Some(place.name))
        }
    };
    let limits = session.shared.settings.limits.plan();
    let own = |(entry, value): &(EntryName, Option<bytes::Bytes>)| {
        let value = value.as_ref().map(|value| Value::from(value.as_ref()));
        (entry.clone(), value)
    };
    let entries: Vec<_> = set.entries.iter().map(own).collect();
    live.change(|account, _| {
        let events = plan::set_metadata(account, mailbox.as_ref(), &entries, &limits)?;
        Ok((events, ()))
    })
    .await?;
    Ok(Reply::ok("Annotations set"))
}
