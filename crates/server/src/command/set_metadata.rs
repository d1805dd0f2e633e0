//! SETMETADATA: RFC 5464 section 4.3.

use super::get_metadata::{annotated, annotated_in};
use crate::reply::{Outcome, Reply};
use crate::session::Session;
use postern_account::metadata::Value;
use postern_account::plan;
use postern_imap::metadata::{EntryName, SetMetadata};
use postern_imap::response::{Code, MetadataCode};
use std::sync::Arc;

pub(super) async fn run(session: &mut Session, set: &SetMetadata) -> Outcome {
    let (live, place) = match set.mailbox.0.is_empty() {
        true => (Arc::clone(&session.login()?.live), None),
        false => {
            let place = session.place(&set.mailbox).await?;
            annotated(&place)?;
            if !place.live.is_own() && !set.entries.iter().all(|(entry, _)| entry.is_shared()) {
                return Ok(Reply::no(
                    Code::Metadata(MetadataCode::NoPrivate),
                    "Private annotations are kept on your own mailboxes only",
                ));
            }
            (Arc::clone(&place.live), Some(place))
        }
    };
    let limits = session.shared.settings.limits.plan();
    let own = |(entry, value): &(EntryName, Option<bytes::Bytes>)| {
        let value = value.as_ref().map(|value| Value::from(value.as_ref()));
        (entry.clone(), value)
    };
    let entries: Vec<_> = set.entries.iter().map(own).collect();
    live.change(|account, _| {
        if let Some(place) = &place {
            annotated_in(account, place)?;
        }
        let mailbox = place.as_ref().map(|place| &place.name);
        let events = plan::set_metadata(account, mailbox, &entries, &limits)?;
        Ok((events, ()))
    })
    .await?;
    Ok(Reply::ok("Annotations set"))
}
