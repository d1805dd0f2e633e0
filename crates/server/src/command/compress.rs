//! COMPRESS: RFC 4978. It is for clients that have signed in, so no password is ever compressed.

use crate::reply::{Outcome, Reply};
use crate::session::{Layer, Session};
use postern_imap::response::Code;

pub(super) fn run(session: &mut Session) -> Outcome {
    let io = &mut session.io;
    if io.stream.is_compressed() {
        let text = "DEFLATE is active since an earlier COMPRESS";
        return Ok(Reply::no(Code::CompressionActive, text));
    }
    // Section 3: the client waits for the answer. What came in already cannot be told from the
    // beginning of its DEFLATE stream; after BAD it is what it was before.
    if io.framer.has_buffered() {
        return Ok(Reply::bad("Wait for the answer to COMPRESS"));
    }
    io.after_flush = Layer::Compressed;
    Ok(Reply::ok("DEFLATE active"))
}
