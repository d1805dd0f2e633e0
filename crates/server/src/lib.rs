//! Listeners, IMAP sessions, LMTP, live accounts.

pub mod lmtp;
