//! LMTP (RFC 2033): the way a mail transfer agent hands messages over for mailboxes here.
//!
//! Extensions: PIPELINING (RFC 2920), SIZE (RFC 1870), 8BITMIME (RFC 6152), SMTPUTF8 (RFC 6531),
//! ENHANCEDSTATUSCODES (RFC 2034). [`session`] is the protocol without any I/O, [`connection`]
//! drives it over a stream, [`delivery`] is what the server has to provide.

pub mod address;
pub mod connection;
mod content;
pub mod delivery;
pub mod limits;
pub mod parse;
pub mod reply;
pub mod session;
mod stamp;

pub use address::Address;
pub use connection::{Peer, serve};
pub use delivery::{Delivery, Incoming, Recipient, Rejection};
pub use limits::{Limits, Timeouts};
pub use stamp::stamped;

#[cfg(test)]
mod tests;
