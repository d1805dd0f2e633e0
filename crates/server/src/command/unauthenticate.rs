//! UNAUTHENTICATE: RFC 8437. All is as after the TLS handshake; what ID said is kept.

use crate::capability;
use crate::reply::{Failure, Outcome, Reply};
use crate::session::{Layer, Session};
use postern_imap::response::Code;

pub(super) fn run(session: &mut Session) -> Outcome {
    let io = &mut session.io;
    if io.stream.is_compressed() {
        // Section 4.1: the client's compression ends after this command, ours after the answer.
        // NO is not permitted (section 3), BYE is.
        if io.framer.has_buffered() || !io.stream.is_plain_next() {
            return Err(Failure::Bye("It cannot be told where compression ends"));
        }
        io.stream.end_with_flush();
        io.after_flush = Layer::Plain;
    }
    session.sign_out();
    let code = Code::Capability(capability::names(session));
    Ok(Reply::ok_with(code, "Signed out; sign in again"))
}
