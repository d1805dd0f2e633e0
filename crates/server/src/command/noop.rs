//! NOOP and CHECK: RFC 9051 section 6.1.2, RFC 3501 section 6.4.1. The session tells its news
//! after every command, and all changes are durable already, so nothing is left to do.

use crate::reply::{Outcome, Reply};

pub(super) fn run() -> Outcome {
    Ok(Reply::ok("Done"))
}
