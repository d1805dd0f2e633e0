//! AUTHENTICATE: RFC 9051 section 6.2.2, SASL-IR (RFC 4959).

use super::login::{require_tls, sign_in};
use crate::reply::{Failure, Outcome, Reply};
use crate::session::Session;
use bytes::Bytes;
use postern_identity::{Credentials, Mechanism, SaslError, Step};
use postern_imap::base64;
use postern_imap::command::Secret;
use postern_imap::framer::Frame;
use postern_imap::response::{self, Code};
use zeroize::Zeroizing;

pub(super) async fn run(
    session: &mut Session,
    mechanism: &str,
    initial: Option<Secret>,
) -> Outcome {
    require_tls(session)?;
    let Some(mechanism) = Mechanism::from_name(mechanism) else {
        return Ok(Reply::no(Code::Cannot, "That mechanism is not offered"));
    };
    let initial = initial.as_ref().map(|secret| secret.0.as_ref());
    let mut step = mechanism.start(initial).map_err(malformed)?;
    let credentials: Credentials = loop {
        match step {
            Step::Done(credentials) => break credentials,
            Step::Challenge(challenge, exchange) => {
                response::continuation_base64(&mut session.io.out, challenge);
                let response = response_line(session).await?;
                step = exchange.respond(&response).map_err(malformed)?;
            }
        }
    };
    sign_in(session, mechanism.name(), credentials).await
}

async fn response_line(session: &mut Session) -> Result<Zeroizing<Vec<u8>>, Failure> {
    let (limits, deadline) = (session.frame_limits(), session.deadline());
    let line: Bytes = match session.io.line(&limits, deadline).await? {
        Some(Frame::Line(line)) => line,
        Some(_) => return Err(Reply::bad("The response is too long").into()),
        None => return Err(std::io::Error::from(std::io::ErrorKind::UnexpectedEof).into()),
    };
    if line.as_ref() == b"*" {
        return Err(Reply::bad("Cancelled").into());
    }
    let decoded = base64::decode(&line).map(Zeroizing::new);
    decoded.ok_or_else(|| Reply::bad("The response is not base64").into())
}

fn malformed(error: SaslError) -> Failure {
    Reply::bad(error.to_string()).into()
}
