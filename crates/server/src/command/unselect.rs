//! UNSELECT: RFC 9051 section 6.4.2. Leaves the mailbox as it is.

use crate::reply::{Outcome, Reply};
use crate::session::Session;

pub(super) fn run(session: &mut Session) -> Outcome {
    session.deselect();
    Ok(Reply::ok("Mailbox left"))
}
