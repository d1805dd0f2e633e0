//! GETMETADATA: RFC 5464 section 4.2; and what LIST tells of annotations (RFC 9590).

use crate::live::SessionAccount;
use crate::place::Place;
use crate::reply::{Failure, Outcome, Reply};
use crate::session::Session;
use crate::settings::Extensions;
use postern_account::acl::Rights;
use postern_account::metadata::{self, Found, Metadata};
use postern_account::plan::Refusal;
use postern_account::{Account, Event, Mailbox};
use postern_imap::metadata::{Depth, EntryName, GetMetadata};
use postern_imap::response::{self, Code, MetadataCode};
use std::sync::Arc;

pub(super) async fn run(session: &mut Session, get: &GetMetadata) -> Outcome {
    let (live, mailbox) = match get.mailbox.0.is_empty() {
        true => (Arc::clone(&session.login()?.live), None),
        false => {
            let place = session.place(&get.mailbox).await?;
            let mailbox = annotated(&place)?;
            (place.live, Some(mailbox))
        }
    };
    let account = live.account();
    let of = mailbox.as_deref();
    let reach = (get.depth, get.max_size);
    let found = match of {
        Some(_) => find(&live, &account, of, &get.entries, reach),
        None => {
            let all = with_server_wide(account.metadata(), &session.shared.settings.extensions);
            metadata::find(&all, None, &get.entries, reach.0, reach.1)
        }
    };
    write(session, &name(&live, of), &found).await?;
    let text = "Annotations told";
    Ok(match found.longest {
        Some(longest) => {
            let code = Code::Metadata(MetadataCode::LongEntries(longest));
            Reply::ok_with(code, text)
        }
        None => Reply::ok(text),
    })
}

/// An account's annotations with those that the configuration gives the server: RFC 5464 section
/// 6.2.1.
fn with_server_wide(own: &Metadata, extensions: &Extensions) -> Metadata {
    let mut all = own.clone();
    for (entry, value) in [
        ("/shared/admin", &extensions.server_admin),
        ("/shared/comment", &extensions.server_comment),
    ] {
        let Some(value) = value else { continue };
        all.apply(&Event::MetadataSet {
            mailbox: None,
            entry: entry.to_owned(),
            value: Some(value.as_bytes().into()),
        });
    }
    all
}

/// The mailbox of a place whose annotations the user may use: RFC 5464 section 3.3.
pub(super) fn annotated(place: &Place) -> Result<Arc<Mailbox>, Refusal> {
    annotated_in(&place.live.account(), place)
}

/// The same, in a version that a change is planned against.
pub(super) fn annotated_in(account: &Account, place: &Place) -> Result<Arc<Mailbox>, Refusal> {
    let mailbox = place.permitted_in(account)?;
    let rights = mailbox.rights(place.live.who());
    match rights.contains(Rights::LOOKUP) {
        true => Ok(mailbox),
        false => Err(Refusal::NoSuchMailbox),
    }
}

/// What there is; of another's mailbox, what is shared: what is private is its owner's.
fn find(
    live: &SessionAccount,
    account: &Account,
    of: Option<&Mailbox>,
    entries: &[EntryName],
    (depth, max_size): (Depth, Option<u64>),
) -> Found {
    if live.is_own() {
        return metadata::find(account.metadata(), of, entries, depth, max_size);
    }
    let (shared, private): (Vec<_>, Vec<_>) = entries.iter().cloned().partition(|e| e.is_shared());
    let mut found = metadata::find(account.metadata(), of, &shared, depth, max_size);
    let none = private.iter().map(|e| (e.as_str().to_owned(), None));
    found.entries.extend(none);
    found
}

fn name(live: &SessionAccount, mailbox: Option<&Mailbox>) -> String {
    mailbox.map_or_else(String::new, |mailbox| live.shown(mailbox.name()))
}

/// Appends what LIST was asked to tell of a mailbox's annotations.
pub(super) async fn write_listed(
    session: &mut Session,
    live: &SessionAccount,
    account: &Account,
    mailbox: &Mailbox,
    entries: &[EntryName],
) -> Result<(), Failure> {
    if entries.is_empty() {
        return Ok(());
    }
    let of = Some(mailbox);
    let found = find(live, account, of, entries, (Depth::Zero, None));
    write(session, &name(live, of), &found).await
}

/// Annotations in one response. Several may follow each other (section 4.4), so that what waits
/// to be sent stays bounded.
const IN_ONE: usize = 16;

async fn write(session: &mut Session, name: &str, found: &Found) -> Result<(), Failure> {
    let limit = session.shared.settings.limits.output;
    let encoding = session.encoding();
    for some in found.entries.chunks(IN_ONE) {
        let values = some
            .iter()
            .map(|(entry, value)| (entry.as_str(), value.as_deref()));
        response::metadata(&mut session.io.out, encoding, name, values);
        session.io.flush_over(limit).await?;
    }
    Ok(())
}

/// Appends that annotations changed (RFC 5464 section 4.4.2).
pub(crate) fn write_change(session: &mut Session, account: &Account, change: &metadata::Changes) {
    let name = match change.owner {
        None => "",
        // The annotations of a mailbox that is gone went with it.
        Some(id) => match account.by_id(id) {
            Some(mailbox) => mailbox.name(),
            None => return,
        },
    };
    let encoding = session.encoding();
    let entries = change.entries.iter().map(String::as_str);
    response::metadata_changed(&mut session.io.out, encoding, name, entries);
}
