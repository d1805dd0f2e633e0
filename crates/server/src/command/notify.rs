//! NOTIFY: RFC 5465 section 3.1.

use super::status;
use crate::reply::{Failure, Outcome, Reply};
use crate::session::{Interest, Objection, Session, Told};
use postern_account::Account;
use postern_imap::command::StatusItem;
use postern_imap::notify::Notify;
use postern_imap::response::Code;
use std::sync::Arc;

pub(super) async fn run(session: &mut Session, notify: Notify) -> Outcome {
    let (status, groups) = match notify {
        Notify::None => {
            session.notify(Interest::default())?;
            return Ok(Reply::ok("Nothing will be told"));
        }
        Notify::Set { status, groups } => (status, groups),
    };
    let interest = match Interest::new(groups, session.encoding()) {
        Ok(interest) => interest,
        Err(Objection::Bad(text)) => return Ok(Reply::bad(text)),
        Err(Objection::BadEvent) => {
            return Ok(Reply::no(Code::BadEvent, "There is no such event here"));
        }
    };
    // The command is a NOOP too (section 3.1): what is new of the selected mailbox comes first.
    session.forget_notify();
    session.tell(true, &Told::default())?;
    let account = session.notify(interest)?;
    if status {
        tell_status(session, &account).await?;
    }
    Ok(Reply::ok("Changes will be told"))
}

/// STATUS of every mailbox but the selected one whose messages are of interest.
async fn tell_status(session: &mut Session, account: &Account) -> Result<(), Failure> {
    let limit = session.shared.settings.limits.output;
    let live = Arc::clone(&session.login()?.live);
    for mailbox in account.mailboxes() {
        let name = mailbox.name();
        let wants_messages = session.wants(account, name, |e| e.message_new.is_some());
        if !wants_messages || session.is_selected(&live, mailbox.id()) {
            continue;
        }
        let mut items = vec![
            StatusItem::Messages,
            StatusItem::UidNext,
            StatusItem::UidValidity,
        ];
        if session.wants(account, name, |events| events.flag_change) {
            items.push(StatusItem::HighestModseq);
        }
        status::tell(session, &live, mailbox, &items)?;
        session.io.flush_over(limit).await?;
    }
    Ok(())
}
