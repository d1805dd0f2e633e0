//! NAMESPACE: RFC 9051 section 6.3.10. One personal namespace; sharing is not offered yet.

use crate::reply::{Outcome, Reply};
use crate::session::Session;
use postern_imap::response::{self, NamespaceEntry};

pub(super) fn run(session: &mut Session) -> Outcome {
    response::namespace(
        &mut session.io.out,
        &[NamespaceEntry { prefix: "" }],
        &[],
        &[],
    );
    Ok(Reply::ok("Namespaces listed"))
}
