//! Listeners, IMAP sessions, LMTP, live accounts.
