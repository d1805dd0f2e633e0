//! GETMETADATA: RFC 5464 section 4.2; and what LIST tells of annotations (RFC 9590).

use crate::reply::{Failure, Outcome, Reply};
use crate::session::Session;
use postern_account::metadata::{self, Found};
use postern_account::plan::Refusal;
use postern_account::{Account, Mailbox};
use postern_imap::metadata::{Depth, EntryName, GetMetadata};
use postern_imap::response::{self, Code, MetadataCode};

pub(super) async fn run(session: &mut Session, get: &GetMetadata) -> Outcome {
    let (account, mailbox) = match get.mailbox.0.is_empty() {
        true => (session.login()?.live.account(), None),
        false => {
            let place = session.place(&get.mailbox).await?;
            let mailbox = place.mailbox().ok_or(Refusal::NoSuchMailbox)?;
            (place.live.account(), Some(mailbox))
        }
    };
    let of = mailbox.as_deref();
    let found = metadata::find(
        account.metadata(),
        of,
        &get.entries,
        get.depth,
        get.max_size,
    );
    write(session, of, &found).await?;
    let text = "Annotations told";
    Ok(match found.longest {
        Some(longest) => {
            let code = Code::Metadata(MetadataCode::LongEntries(longest));
            Reply::ok_with(code, text)
        }
        None => Reply::ok(text),
    })
}

/// Appends what LIST was asked to tell of a mailbox's annotations.
pub(super) async fn write_listed(
    session: &mut Session,
    account: &Account,
    mailbox: &Mailbox,
    entries: &[EntryName],
) -> Result<(), Failure> {
    if entries.is_empty() {
        return Ok(());
    }
    let metadata = account.metadata();
    let found = metadata::find(metadata, Some(mailbox), entries, Depth::Zero, None);
    write(session, Some(mailbox), &found).await
}

/// Annotations in one response. Several may follow each other (section 4.4), so that what waits
/// to be sent stays bounded.
const IN_ONE: usize = 16;

async fn write(
    session: &mut Session,
    mailbox: Option<&Mailbox>,
    found: &Found,
) -> Result<(), Failure> {
    let limit = session.shared.settings.limits.output;
    let encoding = session.encoding();
    let name = mailbox.map_or("", Mailbox::name);
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
