//! LIST: RFC 9051 section 6.3.9, RFC 5258, RFC 5819, RFC 6154, RFC 9590.

use super::{acl, get_metadata, status};
use crate::live::SessionAccount;
use crate::reply::{Failure, Outcome, Reply};
use crate::session::Session;
use postern_account::acl::Rights;
use postern_account::list::{Catalogue, Listed, Source};
use postern_account::{Account, Mailbox};
use postern_imap::command::{List, ListReturn};
use postern_imap::mailbox::Pattern;
use postern_imap::response::{self, Attribute, ListEntry};

pub(super) async fn run(session: &mut Session, command: &List) -> Outcome {
    let select = command.select;
    if select.recursive_match && !(select.subscribed || select.special_use) {
        return Ok(Reply::bad("RECURSIVEMATCH needs another selection option"));
    }
    let patterns = patterns(session, command)?;
    if !command.extended && patterns.iter().all(Pattern::is_empty) {
        return Ok(hierarchy(session));
    }
    let seen = session.accounts_for(&patterns).await?;
    let sources = seen.sources();
    let limit = session.shared.settings.limits.output;
    for listed in Catalogue::new(&sources).list(&patterns, select, &command.ret) {
        write(session, &listed, None);
        let Some((source, mailbox)) = listed.mailbox.as_ref().filter(|_| listed.selected) else {
            continue;
        };
        let Some((live, account)) = seen.get(*source) else {
            continue;
        };
        write_more(session, (live, account), mailbox, &command.ret).await?;
        session.io.flush_over(limit).await?;
    }
    Ok(Reply::ok("Mailboxes listed"))
}

/// What else a client wants to be told of each mailbox, as far as it may know.
async fn write_more(
    session: &mut Session,
    (live, account): (&SessionAccount, &Account),
    mailbox: &Mailbox,
    ret: &ListReturn,
) -> Result<(), Failure> {
    let rights = mailbox.rights(live.who());
    if ret.my_rights {
        acl::write_rights(session, live, mailbox);
    }
    if let Some(items) = &ret.status
        && rights.contains(Rights::READ)
    {
        status::write(session, live, mailbox, items)?;
    }
    if rights.intersects(Rights::CONTENT) {
        get_metadata::write_listed(session, live, account, mailbox, &ret.metadata).await?;
    }
    Ok(())
}

fn patterns(session: &Session, command: &List) -> Result<Vec<Pattern>, Failure> {
    let encoding = session.encoding();
    let reference = command.reference.text(encoding)?;
    let pattern = |pattern: &postern_imap::mailbox::MailboxArg| {
        Ok(Pattern::new(&reference, &pattern.text(encoding)?))
    };
    command.patterns.iter().map(pattern).collect()
}

/// An empty pattern asks for the separator only.
fn hierarchy(session: &mut Session) -> Reply {
    let entry = ListEntry {
        attributes: &[Attribute::NoSelect],
        name: "",
        subscribed_below: false,
        old_name: None,
    };
    let encoding = session.encoding();
    response::list(&mut session.io.out, encoding, &entry);
    Reply::ok("The hierarchy separator")
}

/// Appends what became of a name, for NOTIFY; `old` is what it was called.
pub(crate) fn write_change(
    session: &mut Session,
    seen: &[Source<'_>],
    name: &str,
    old: Option<&str>,
) {
    if let Some(listed) = Catalogue::new(seen).describe(name) {
        write(session, &listed, old);
    }
}

fn write(session: &mut Session, listed: &Listed, old_name: Option<&str>) {
    let entry = ListEntry {
        attributes: &listed.attributes,
        name: &listed.name,
        subscribed_below: listed.subscribed_below,
        old_name,
    };
    let encoding = session.encoding();
    response::list(&mut session.io.out, encoding, &entry);
}
