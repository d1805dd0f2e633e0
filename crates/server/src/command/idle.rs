//! IDLE: RFC 9051 section 6.3.13. While it waits the session holds no version of its mailbox.

use crate::reply::{Failure, Outcome, Reply};
use crate::session::{Session, State, next_version};
use postern_imap::framer::Frame;
use postern_imap::response;
use std::sync::Arc;

enum Wake {
    News,
    Line(Option<Frame>),
    Bye(&'static str),
}

pub(super) async fn run(session: &mut Session) -> Outcome {
    response::continuation(&mut session.io.out, "idling");
    let mut watch = session.login()?.live.watch();
    let deadline = session.deadline();
    loop {
        watch.mark_unchanged();
        // Just what NOTIFY asks for, if it was used (RFC 5465 section 4).
        Box::pin(session.tell_all(true)).await?;
        Box::pin(session.tell_results()).await?;
        match wait(session, &mut watch, deadline).await? {
            Wake::News => {}
            Wake::Line(Some(Frame::Line(line))) if line.eq_ignore_ascii_case(b"DONE") => {
                return Ok(Reply::ok("Idle ended"));
            }
            Wake::Line(None) => {
                return Err(std::io::Error::from(std::io::ErrorKind::UnexpectedEof).into());
            }
            Wake::Line(Some(_)) => return Ok(Reply::bad("IDLE ends with DONE")),
            Wake::Bye(text) => return Err(Failure::Bye(text)),
        }
    }
}

async fn wait(
    session: &mut Session,
    watch: &mut tokio::sync::watch::Receiver<Arc<postern_account::Account>>,
    deadline: tokio::time::Instant,
) -> Result<Wake, Failure> {
    let limits = session.frame_limits();
    // Told before the wait: `line` sends only what was there when it began.
    session.io.flush().await?;
    let shared = Arc::clone(&session.shared);
    let (io, state) = (&mut session.io, &mut session.state);
    let (slot, selected) = match state {
        State::Authenticated(login) => (&mut login.slot, None),
        State::Selected(login, selected) => (&mut login.slot, selected.watch.as_mut()),
        _ => return Ok(Wake::Bye("Sign in first")),
    };
    tokio::select! {
        biased;
        line = io.line(&limits, deadline) => match line {
            Ok(frame) => Ok(Wake::Line(frame)),
            Err(error) if error.kind() == std::io::ErrorKind::TimedOut => {
                Ok(Wake::Bye("Idle for too long; a client idles anew within 29 minutes"))
            }
            Err(error) => Err(error.into()),
        },
        changed = watch.changed() => match changed {
            Ok(()) => Ok(Wake::News),
            Err(_) => Ok(Wake::Bye("The account is closed")),
        },
        () = next_version(selected) => Ok(Wake::News),
        () = slot.ended() => Ok(Wake::Bye("The account was changed; sign in again")),
        () = shared.stopping() => Err(Failure::stopping()),
    }
}
