//! STARTTLS: RFC 9051 section 6.2.1. Octets that came in before the handshake end the
//! connection: they could be somebody else's.

use crate::reply::{Failure, Outcome, Reply};
use crate::session::Session;
use crate::stream::Stream;
use postern_imap::command::Tag;

pub(super) async fn run(session: &mut Session, tag: &Tag) -> Outcome {
    if session.io.stream.is_tls() {
        return Ok(Reply::bad("TLS is on already"));
    }
    if session.io.framer.has_buffered() {
        session.io.framer.discard_all();
        return Err(Failure::Bye(
            "Nothing may follow STARTTLS before the handshake",
        ));
    }
    session.tagged(Some(tag), &Reply::ok("Begin the handshake"));
    session.io.flush().await?;
    handshake(session).await?;
    // The reply went out before the handshake, and what follows is the client's.
    Err(Failure::Restarted)
}

async fn handshake(session: &mut Session) -> Result<(), Failure> {
    let stream = std::mem::replace(&mut session.io.stream, Stream::Closed);
    let Stream::Plain(stream) = stream else {
        return Err(Failure::Bye("TLS is on already"));
    };
    let stream = session.shared.accept_tls(stream).await?;
    session.io.stream = Stream::Tls(Box::new(stream));
    Ok(())
}
