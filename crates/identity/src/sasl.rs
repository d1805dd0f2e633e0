//! SASL mechanisms that carry a password, without input or output: PLAIN (RFC 4616) and LOGIN
//! (draft-murchison-sasl-login). Challenges and responses are octets; the protocol around it adds
//! base64 and lines.

use zeroize::Zeroizing;

/// Octets that each part of a message may have: RFC 4616, 2 allows 255 characters for a name.
const MAX_NAME: usize = 1_024;
const MAX_PASSWORD: usize = 1_024;

/// A mechanism that is offered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mechanism {
    /// One message with the name and the password (RFC 4616).
    Plain,
    /// Two prompts, which some old clients need.
    Login,
}

/// What a client has shown.
pub struct Credentials {
    /// Whose password it is.
    pub authcid: String,
    /// Whom to act as; `None`: the same.
    pub authzid: Option<String>,
    /// The password, cleared from memory when dropped.
    pub password: Zeroizing<String>,
}

/// An exchange that waits for the client's next message.
#[derive(Debug)]
pub struct Exchange(State);

enum State {
    PlainMessage,
    LoginName,
    LoginPassword { authcid: String },
}

/// Where an exchange stands.
#[derive(Debug)]
pub enum Step {
    /// Send these octets as a challenge and give the response to the exchange.
    Challenge(&'static [u8], Exchange),
    /// The client has said all.
    Done(Credentials),
}

/// What is wrong with a client's message. The client is at fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SaslError {
    /// Not the form that the mechanism has.
    #[error("the message does not have the form of the mechanism: {0}")]
    Malformed(&'static str),
    /// A name or password that is longer than any may be.
    #[error("the name or password is too long")]
    TooLong,
}

impl Mechanism {
    /// All that are offered, the better first.
    pub const ALL: [Self; 2] = [Self::Plain, Self::Login];

    /// The mechanism of that name, in any case (RFC 4422, 3.1).
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|mechanism| mechanism.name().eq_ignore_ascii_case(name))
    }

    /// Its registered name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Plain => "PLAIN",
            Self::Login => "LOGIN",
        }
    }

    /// Begins an exchange, with the initial response if the client sent one; an empty one
    /// (`=` in IMAP) is a response too.
    ///
    /// # Errors
    /// The initial response is not what the mechanism wants.
    pub fn start(self, initial: Option<&[u8]>) -> Result<Step, SaslError> {
        let (prompt, state): (&'static [u8], _) = match self {
            Self::Plain => (b"", State::PlainMessage),
            Self::Login => (b"Username:", State::LoginName),
        };
        match initial {
            Some(response) => Exchange(state).respond(response),
            None => Ok(Step::Challenge(prompt, Exchange(state))),
        }
    }
}

impl Exchange {
    /// Takes the client's next message.
    ///
    /// # Errors
    /// It is not what the mechanism wants; the exchange has failed.
    pub fn respond(self, response: &[u8]) -> Result<Step, SaslError> {
        match self.0 {
            State::PlainMessage => plain(response).map(Step::Done),
            State::LoginName => {
                let authcid = name(response)?;
                let next = Self(State::LoginPassword { authcid });
                Ok(Step::Challenge(b"Password:", next))
            }
            State::LoginPassword { authcid } => Ok(Step::Done(Credentials {
                authcid,
                authzid: None,
                password: password(response)?,
            })),
        }
    }
}

/// `message = [authzid] UTF8NUL authcid UTF8NUL passwd` (RFC 4616, 2).
fn plain(message: &[u8]) -> Result<Credentials, SaslError> {
    let mut parts = message.split(|octet| *octet == 0);
    let (Some(authzid), Some(authcid), Some(secret), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return Err(SaslError::Malformed("it needs just two NUL octets"));
    };
    Ok(Credentials {
        authcid: name(authcid)?,
        authzid: match authzid {
            [] => None,
            given => Some(name(given)?),
        },
        password: password(secret)?,
    })
}

fn name(octets: &[u8]) -> Result<String, SaslError> {
    text(octets, MAX_NAME).map(str::to_owned)
}

fn password(octets: &[u8]) -> Result<Zeroizing<String>, SaslError> {
    text(octets, MAX_PASSWORD).map(|text| Zeroizing::new(text.to_owned()))
}

fn text(octets: &[u8], most: usize) -> Result<&str, SaslError> {
    if octets.len() > most {
        return Err(SaslError::TooLong);
    }
    let text = std::str::from_utf8(octets).map_err(|_| SaslError::Malformed("it is not UTF-8"))?;
    if text.is_empty() {
        return Err(SaslError::Malformed("the name or password is empty"));
    }
    if text.contains('\0') {
        return Err(SaslError::Malformed("it holds a NUL octet"));
    }
    Ok(text)
}

impl std::fmt::Debug for Credentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Credentials")
            .field("authcid", &self.authcid)
            .field("authzid", &self.authzid)
            .finish_non_exhaustive()
    }
}

impl std::fmt::Debug for State {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::PlainMessage => "PlainMessage",
            Self::LoginName => "LoginName",
            Self::LoginPassword { .. } => "LoginPassword",
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic)]
    use super::*;

    #[track_caller]
    fn done(step: Result<Step, SaslError>) -> (Option<String>, String, String) {
        match step {
            Ok(Step::Done(it)) => (it.authzid, it.authcid, it.password.to_string()),
            other => panic!("{other:?}"),
        }
    }

    #[track_caller]
    fn challenge(step: Result<Step, SaslError>) -> (&'static [u8], Exchange) {
        match step {
            Ok(Step::Challenge(octets, next)) => (octets, next),
            other => panic!("{other:?}"),
        }
    }

    /// RFC 4616, 4: the first two examples.
    #[test]
    fn plain_examples_of_the_rfc() {
        assert_eq!(
            done(Mechanism::Plain.start(Some(b"\0tim\0tanstaaftanstaaf"))),
            (None, "tim".into(), "tanstaaftanstaaf".into())
        );
        assert_eq!(
            done(Mechanism::Plain.start(Some(b"Ursel\0Kurt\0xipj3plmq"))),
            (Some("Ursel".into()), "Kurt".into(), "xipj3plmq".into())
        );
    }

    #[test]
    fn plain_without_an_initial_response_asks_with_an_empty_challenge() {
        let (prompt, next) = challenge(Mechanism::Plain.start(None));
        assert_eq!(prompt, b"");
        assert_eq!(
            done(next.respond(b"\0a\0b")),
            (None, "a".into(), "b".into())
        );
    }

    #[test]
    fn login_asks_for_the_name_and_then_the_password() {
        let (prompt, next) = challenge(Mechanism::Login.start(None));
        assert_eq!(prompt, b"Username:");
        let (prompt, next) = challenge(next.respond(b"tim"));
        assert_eq!(prompt, b"Password:");
        assert_eq!(
            done(next.respond(b"secret")),
            (None, "tim".into(), "secret".into())
        );
    }

    #[test]
    fn login_takes_the_name_as_initial_response() {
        let (prompt, next) = challenge(Mechanism::Login.start(Some(b"tim")));
        assert_eq!(prompt, b"Password:");
        assert_eq!(
            done(next.respond(b"secret")),
            (None, "tim".into(), "secret".into())
        );
    }

    #[test]
    fn what_is_not_plain_is_refused() {
        let long = [b"\0a\0".as_slice(), &[b'x'; 1_025]].concat();
        for bad in [
            b"".as_slice(),
            b"tim",
            b"\0tim",
            b"\0\0password",
            b"\0tim\0",
            b"\0tim\0a\0b",
            b"\0tim\0\xff\xfe",
        ] {
            let step = Mechanism::Plain.start(Some(bad));
            assert!(
                matches!(step, Err(SaslError::Malformed(_))),
                "{bad:?}: {step:?}"
            );
        }
        let step = Mechanism::Plain.start(Some(&long));
        assert!(matches!(step, Err(SaslError::TooLong)));
    }

    #[test]
    fn login_refuses_empty_and_nul() {
        assert!(Mechanism::Login.start(Some(b"")).is_err());
        assert!(Mechanism::Login.start(Some(b"a\0b")).is_err());
    }

    #[test]
    fn names_in_any_case() {
        assert_eq!(Mechanism::from_name("plain"), Some(Mechanism::Plain));
        assert_eq!(Mechanism::from_name("LOGIN"), Some(Mechanism::Login));
        assert_eq!(Mechanism::from_name("CRAM-MD5"), None);
    }

    #[test]
    fn debug_text_holds_no_password() {
        let step = Mechanism::Plain
            .start(Some(b"\0tim\0hunter2hunter2"))
            .unwrap();
        assert!(!format!("{step:?}").contains("hunter2"));
        let (_, next) = challenge(Mechanism::Login.start(Some(b"hunter2")));
        assert!(!format!("{next:?}").contains("hunter2"));
    }
}
