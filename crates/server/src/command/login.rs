//! LOGIN (RFC 9051 section 6.2.3), and what it shares with AUTHENTICATE: a password is checked,
//! slowly after failures, and the session becomes the account's.

use crate::capability;
use crate::live::SessionAccount;
use crate::reply::{Failure, Outcome, Reply};
use crate::session::{Login, Session, State};
use bytes::Bytes;
use postern_identity::{Credentials, LoginError};
use postern_imap::command::Secret;
use postern_imap::response::Code;
use postern_store::AccountRecord;
use std::sync::Arc;
use std::time::{Duration, Instant};
use zeroize::Zeroizing;

pub(super) async fn run(session: &mut Session, user: &Bytes, password: &Secret) -> Outcome {
    require_tls(session)?;
    let text = |octets: &[u8]| String::from_utf8(octets.to_vec()).ok();
    let (Some(authcid), Some(password)) = (text(user), text(&password.0)) else {
        return Ok(Reply::bad("Name and password must be UTF-8"));
    };
    let credentials = Credentials {
        authcid,
        authzid: None,
        password: Zeroizing::new(password),
    };
    sign_in(session, "LOGIN", credentials).await
}

/// No credential is accepted in the clear: RFC 8314.
pub(super) fn require_tls(session: &Session) -> Result<(), Failure> {
    match session.io.stream.is_tls() {
        true => Ok(()),
        false => Err(Reply::no(Code::PrivacyRequired, "Use STARTTLS first").into()),
    }
}

pub(super) async fn sign_in(
    session: &mut Session,
    mechanism: &'static str,
    credentials: Credentials,
) -> Outcome {
    let name = credentials.authcid.clone();
    let password = credentials.password.clone();
    match session.shared.authenticator.login(credentials).await {
        Ok(record) => {
            session.shared.delays.succeeded(&name, session.peer);
            admit(session, mechanism, record).await
        }
        Err(error) => {
            if error == LoginError::Unavailable {
                log_failure(session, mechanism, &name, error, Duration::ZERO);
                return Ok(Reply::no(Code::Unavailable, "Sign-in is not possible now"));
            }
            let delays = &session.shared.delays;
            let wait = delays.failed(&name, session.peer, &password, Instant::now());
            log_failure(session, mechanism, &name, error, wait);
            tokio::time::sleep(wait).await;
            Ok(refused(error))
        }
    }
}

fn refused(error: LoginError) -> Reply {
    match error {
        LoginError::NotAuthorized => {
            Reply::no(Code::AuthorizationFailed, "You may not act as that account")
        }
        _ => Reply::no(Code::AuthenticationFailed, "The name or password is wrong"),
    }
}

async fn admit(session: &mut Session, mechanism: &'static str, record: AccountRecord) -> Outcome {
    let limits = &session.shared.settings.limits;
    let connections = &session.shared.connections;
    let Some(slot) = connections.enter(record.id, session.network(), limits) else {
        return Ok(Reply::no(
            Code::Limit,
            "Too many connections of this account from here",
        ));
    };
    // Whoever changes an account ends the sessions that have a slot: this one has it from here
    // on, so the account is looked at once more.
    let present = session.shared.directory.account(record.id).await?;
    if present.as_ref() != Some(&record) {
        return Ok(refused(LoginError::Failed));
    }
    let live = session.shared.accounts.get(record.id).await?;
    tracing::info!(
        account = %record.name,
        peer = %session.peer,
        mechanism,
        tls = %session.io.stream.describe_tls(),
        client = session.client.as_deref(),
        session = session.number,
        "login"
    );
    session.io.write_deadline = session.shared.settings.limits.write;
    let live = SessionAccount::new(live, session.number);
    live.describe_client(session.client.as_deref(), session.peer);
    session.state = State::Authenticated(Login {
        name: record.name,
        live: Arc::new(live),
        slot,
    });
    session.mask_account();
    let code = Code::Capability(capability::names(session));
    Ok(Reply::ok_with(code, "Signed in"))
}

/// The name is what the client sent: `Debug` escapes whatever could forge a line.
fn log_failure(session: &Session, mechanism: &str, name: &str, error: LoginError, wait: Duration) {
    let name: String = name.chars().take(100).collect();
    tracing::warn!(
        name = ?name,
        peer = %session.peer,
        mechanism,
        client = session.client.as_deref(),
        reason = ?error,
        wait_ms = wait.as_millis() as u64,
        "login failed"
    );
}
