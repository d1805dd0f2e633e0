//! LSUB: RFC 3501 section 6.3.9.

use crate::reply::{Outcome, Reply};
use crate::session::Session;
use postern_account::list::Catalogue;
use postern_imap::mailbox::{MailboxArg, Pattern};
use postern_imap::response;

pub(super) async fn run(
    session: &mut Session,
    reference: &MailboxArg,
    pattern: &MailboxArg,
) -> Outcome {
    let encoding = session.encoding();
    let pattern = Pattern::new(&reference.text(encoding)?, &pattern.text(encoding)?);
    let seen = session.accounts_for(std::slice::from_ref(&pattern)).await?;
    let sources = seen.sources();
    for listed in Catalogue::new(&sources).lsub(&pattern) {
        response::lsub(
            &mut session.io.out,
            encoding,
            &listed.attributes,
            &listed.name,
        );
    }
    Ok(Reply::ok("Subscriptions listed"))
}
