//! What CAPABILITY announces: only what is whole, and only where it can be used.

use crate::session::State;
use std::borrow::Cow;

/// Announced in every state.
const ALWAYS: [&str; 6] = [
    "IMAP4rev2",
    "IMAP4rev1",
    "LITERAL+",
    "ID",
    "ENABLE",
    "SASL-IR",
];

/// Announced once the client has signed in.
const AFTER_LOGIN: [&str; 15] = [
    "IDLE",
    "NAMESPACE",
    "UNSELECT",
    "UIDPLUS",
    "MOVE",
    "CHILDREN",
    "SPECIAL-USE",
    "LIST-EXTENDED",
    "LIST-STATUS",
    "STATUS=SIZE",
    "ESEARCH",
    "SEARCHRES",
    "BINARY",
    "CONDSTORE",
    "QRESYNC",
];

/// The capabilities, in the state, with or without TLS.
pub(crate) fn names(state: &State, tls: bool) -> Vec<Cow<'static, str>> {
    let mut names: Vec<Cow<'static, str>> = ALWAYS.map(Cow::Borrowed).to_vec();
    match (state, tls) {
        (State::NotAuthenticated, false) => {
            names.extend(["STARTTLS", "LOGINDISABLED"].map(Cow::Borrowed));
        }
        (State::NotAuthenticated | State::Logout, _) => {
            let mechanisms = postern_identity::Mechanism::ALL;
            names.extend(mechanisms.map(|m| format!("AUTH={}", m.name()).into()));
        }
        _ => names.extend(AFTER_LOGIN.map(Cow::Borrowed)),
    }
    names
}
