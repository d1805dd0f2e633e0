//! SETACL, DELETEACL, GETACL, LISTRIGHTS and MYRIGHTS: RFC 4314 section 3.

use crate::live::SessionAccount;
use crate::place::Place;
use crate::reply::{Failure, Outcome, Reply};
use crate::session::Session;
use crate::sharing::{self, NoIdentifier};
use bytes::Bytes;
use postern_account::Mailbox;
use postern_account::acl::{Identifier, Modification, Rights, Subject, UnknownRight};
use postern_imap::acl::{AclEntry, SetAcl};
use postern_imap::mailbox::MailboxArg;
use postern_imap::response::{self, Code};

pub(super) async fn set(session: &mut Session, set: &SetAcl) -> Outcome {
    let modification = modification(&set.rights)?;
    change(session, &set.entry, modification).await?;
    Ok(Reply::ok("Rights set"))
}

pub(super) async fn delete(session: &mut Session, entry: &AclEntry) -> Outcome {
    change(session, entry, Modification::Replace(Rights::NONE)).await?;
    Ok(Reply::ok("Rights removed"))
}

pub(super) async fn get(session: &mut Session, name: &MailboxArg) -> Outcome {
    let place = session.place(name).await?;
    let mailbox = place.permitted()?;
    let directory = session.shared.directory.as_ref();
    let named = sharing::named(directory, place.live.id(), &mailbox).await?;
    let entries = named
        .entries
        .iter()
        .map(|(id, rights)| (id.as_str(), rights.as_str()));
    let encoding = session.encoding();
    response::acl(&mut session.io.out, encoding, &place.shown(), entries);
    Ok(Reply::ok("Rights told"))
}

pub(super) async fn list_rights(session: &mut Session, entry: &AclEntry) -> Outcome {
    let place = session.place(&entry.mailbox).await?;
    place.permitted()?;
    let identifier = identifier(session, entry).await?;
    let all = Rights::ALL.told();
    let (required, optional) = match is_owner(&place, &identifier) {
        true if identifier.negative => ("", Vec::new()),
        true => (all.as_str(), Vec::new()),
        false => ("", Rights::each().collect()),
    };
    let encoding = session.encoding();
    let (out, name) = (&mut session.io.out, place.shown());
    response::list_rights(out, encoding, &name, &entry.identifier, required, optional);
    Ok(Reply::ok("Possible rights told"))
}

pub(super) async fn my_rights(session: &mut Session, name: &MailboxArg) -> Outcome {
    let place = session.place(name).await?;
    let mailbox = place.permitted()?;
    write_rights(session, &place.live, &mailbox);
    Ok(Reply::ok("Your rights told"))
}

/// Appends the MYRIGHTS response; LIST does so too (RFC 8440).
pub(super) fn write_rights(session: &mut Session, live: &SessionAccount, mailbox: &Mailbox) {
    let encoding = session.encoding();
    let rights = mailbox.rights(live.who()).told();
    let name = live.shown(mailbox.name());
    response::my_rights(&mut session.io.out, encoding, &name, &rights);
}

/// `[+-]rights`: section 3.1.
fn modification(text: &Bytes) -> Result<Modification, Reply> {
    let unknown = |letter: char| {
        Reply::bad(match letter {
            letter if letter.is_ascii_uppercase() => "Uppercase rights are not allowed".to_owned(),
            letter => format!("The right {} is not supported", letter.escape_default()),
        })
    };
    let text = std::str::from_utf8(text).map_err(|_| Reply::bad("Rights are ASCII letters"))?;
    Modification::parse(text).map_err(|UnknownRight(letter)| unknown(letter))
}

async fn identifier(session: &Session, entry: &AclEntry) -> Result<Identifier, Failure> {
    let directory = session.shared.directory.as_ref();
    match sharing::identifier(directory, &entry.identifier).await? {
        Ok(identifier) => Ok(identifier),
        Err(NoIdentifier::Bad) => Err(Reply::bad("That cannot be the name of anybody").into()),
        Err(NoIdentifier::Unknown) => {
            Err(Reply::no(Code::Cannot, "There is nobody of that name").into())
        }
    }
}

fn is_owner(place: &Place, identifier: &Identifier) -> bool {
    identifier.subject == Subject::User(sharing::user(place.live.id()))
}

async fn change(
    session: &Session,
    entry: &AclEntry,
    modification: Modification,
) -> Result<(), Failure> {
    let place = session.place(&entry.mailbox).await?;
    place.permitted()?;
    let identifier = identifier(session, entry).await?;
    if is_owner(&place, &identifier) {
        return owner_stays(&identifier, modification);
    }
    let limits = session.shared.settings.limits.plan();
    let directory = session.shared.directory.as_ref();
    let set = sharing::SetAcl {
        mailbox: &place.name,
        identifier,
        modification,
    };
    let (live, who) = (place.live.live(), place.live.who());
    let origin = place.live.origin();
    sharing::set_acl(directory, live, who, Some(&origin), &set, &limits).await?;
    Ok(())
}

/// The owner has all rights whatever is set, so only what says just that is done.
fn owner_stays(identifier: &Identifier, modification: Modification) -> Result<(), Failure> {
    let keeps_all = match identifier.negative {
        false => modification.of(Rights::ALL) == Rights::ALL,
        true => modification.of(Rights::NONE).is_empty(),
    };
    match keeps_all {
        true => Ok(()),
        false => Err(Reply::no(Code::Cannot, "The owner of a mailbox has all rights on it").into()),
    }
}
