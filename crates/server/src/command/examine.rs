//! EXAMINE: RFC 9051 section 6.3.3. As SELECT, but nothing of the mailbox changes.

use super::select::open;
use crate::reply::Outcome;
use crate::session::Session;
use postern_imap::command::Select;

pub(super) async fn run(session: &mut Session, select: &Select) -> Outcome {
    open(session, select, true).await
}
