//! LIST: RFC 9051 section 6.3.9, RFC 5258, RFC 5819, RFC 6154, RFC 9590.

use super::{get_metadata, status};
use crate::reply::{Failure, Outcome, Reply};
use crate::session::Session;
use postern_account::Account;
use postern_account::list::{self, Listed};
use postern_imap::command::List;
use postern_imap::mailbox::Pattern;
use postern_imap::response::{self, Attribute, ListEntry};
use std::sync::Arc;

pub(super) async fn run(session: &mut Session, command: &List) -> Outcome {
    let select = command.select;
    if select.recursive_match && !(select.subscribed || select.special_use) {
        return Ok(Reply::bad("RECURSIVEMATCH needs another selection option"));
    }
    let patterns = patterns(session, command)?;
    if !command.extended && patterns.iter().all(Pattern::is_empty) {
        return Ok(hierarchy(session));
    }
    let live = Arc::clone(&session.login()?.live);
    let account = live.account();
    for listed in list::list(&account, &patterns, select, &command.ret) {
        write(session, &listed, None);
        let Some(mailbox) = listed.mailbox.as_ref().filter(|_| listed.selected) else {
            continue;
        };
        if let Some(items) = &command.ret.status {
            status::write(session, &live, mailbox, items)?;
        }
        get_metadata::write_listed(session, &account, mailbox, &command.ret.metadata).await?;
    }
    Ok(Reply::ok("Mailboxes listed"))
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
    account: &Account,
    name: &str,
    old: Option<&str>,
) {
    if let Some(listed) = list::describe(account, name) {
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
