//! NAMESPACE: RFC 9051 section 6.3.10, RFC 2342.

use crate::reply::{Outcome, Reply};
use crate::session::Session;
use crate::sharing::{OTHERS, SHARED};
use postern_imap::response::{self, NamespaceEntry};

pub(super) fn run(session: &mut Session) -> Outcome {
    let [personal, others, shared] = ["", OTHERS, SHARED].map(|prefix| [NamespaceEntry { prefix }]);
    response::namespace(&mut session.io.out, &personal, &others, &shared);
    Ok(Reply::ok("Namespaces listed"))
}
