//! LSUB: RFC 3501 section 6.3.9.

use crate::reply::{Outcome, Reply};
use crate::session::Session;
use postern_account::list;
use postern_imap::mailbox::{MailboxArg, Pattern};
use postern_imap::response;

pub(super) fn run(session: &mut Session, reference: &MailboxArg, pattern: &MailboxArg) -> Outcome {
    let encoding = session.encoding();
    let pattern = Pattern::new(&reference.text(encoding)?, &pattern.text(encoding)?);
    let account = session.login()?.live.account();
    for listed in list::lsub(&account, &pattern) {
        response::lsub(
            &mut session.io.out,
            encoding,
            &listed.attributes,
            &listed.name,
        );
    }
    Ok(Reply::ok("Subscriptions listed"))
}
