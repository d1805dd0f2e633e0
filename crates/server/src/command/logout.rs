//! LOGOUT: RFC 9051 section 6.1.3.

use crate::reply::{Outcome, Reply};
use crate::session::{Session, State};
use postern_imap::response::Condition;

pub(super) fn run(session: &mut Session) -> Outcome {
    session.untagged(Condition::Bye, None, "Until next time");
    session.state = State::Logout;
    Ok(Reply::ok("Signed out"))
}
