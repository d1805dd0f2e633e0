//! SETMETADATA: RFC 5464 section 4.3.

use crate::reply::{Outcome, Reply};
use crate::session::Session;
use postern_account::metadata::Value;
use postern_account::plan;
use postern_imap::metadata::{EntryName, SetMetadata};

pub(super) async fn run(session: &mut Session, set: &SetMetadata) -> Outcome {
    let mailbox = match set.mailbox.0.is_empty() {
        true => None,
        false => Some(set.mailbox.decode(session.encoding())?),
    };
    let limits = session.shared.settings.limits.plan();
    let own = |(entry, value): &(EntryName, Option<bytes::Bytes>)| {
        let value = value.as_ref().map(|value| Value::from(value.as_ref()));
        (entry.clone(), value)
    };
    let entries: Vec<_> = set.entries.iter().map(own).collect();
    let live = &session.login()?.live;
    live.change(|account, _| {
        let events = plan::set_metadata(account, mailbox.as_ref(), &entries, &limits)?;
        Ok((events, ()))
    })
    .await?;
    Ok(Reply::ok("Annotations set"))
}
