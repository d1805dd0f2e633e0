//! CAPABILITY: RFC 9051 section 6.1.1.

use crate::capability;
use crate::reply::{Outcome, Reply};
use crate::session::Session;
use postern_imap::response;

pub(super) fn run(session: &mut Session) -> Outcome {
    let names = capability::names(session);
    response::capability(&mut session.io.out, names);
    Ok(Reply::ok("Capabilities listed"))
}
