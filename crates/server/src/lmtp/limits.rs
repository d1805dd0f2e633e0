//! Every bound of an LMTP connection, with its unit and reason.

use std::time::Duration;

/// Octets that a local part may have. RFC 5321 4.5.3.1.1 asks for 64; senders' addresses made by
/// SRS, BATV and VERP are longer.
pub const LOCAL_PART: usize = 256;

/// Octets that a domain may have (RFC 5321 4.5.3.1.2).
pub const DOMAIN: usize = 255;

/// Octets that a reply line may have with its CRLF (RFC 5321 4.5.3.1.5).
pub const REPLY_LINE: usize = 512;

/// Octets of replies that gather before they are written, so that pipelined commands are
/// answered together and a client that does not read costs no more than this.
pub const REPLIES: usize = 16 * 1024;

/// What one connection may use. All counts are per connection unless stated.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Octets of a command line with its CRLF. RFC 5321 4.5.3.1.4 asks for 512, extensions add
    /// some hundred; the rest is headroom for long addresses.
    pub command_line: usize,
    /// Octets of a message's content, announced as SIZE.
    pub message: u64,
    /// Accepted recipients of one message. RFC 5321 4.5.3.1.8 asks for at least 100.
    pub recipients: usize,
    /// Messages; after them the client has to connect again.
    pub transactions: u32,
    /// Commands that are not understood or come at the wrong time; after them the connection is
    /// closed. Refused recipients do not count.
    pub errors: u32,
    /// Deliveries of one message that run at the same time.
    pub deliveries: usize,
    /// Octets that the deliveries of one message which run at the same time may copy together;
    /// one always runs.
    pub delivery_octets: u64,
    /// How long to wait.
    pub timeouts: Timeouts,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            command_line: 4096,
            message: 64 << 20,
            recipients: 1000,
            transactions: 10_000,
            errors: 20,
            deliveries: 8,
            delivery_octets: 64 << 20,
            timeouts: Timeouts::default(),
        }
    }
}

/// Deadlines. They are absolute: octets that drip in do not move them.
#[derive(Debug, Clone)]
pub struct Timeouts {
    /// From the last reply to the end of the next command line (RFC 5321 4.5.3.2.7).
    pub command: Duration,
    /// From the reply to DATA to the end of the content.
    pub data: Duration,
    /// For the client to take replies.
    pub write: Duration,
    /// For [`Delivery::recipient`](super::Delivery::recipient).
    pub lookup: Duration,
    /// For one [`Delivery::deliver`](super::Delivery::deliver). Less than the ten minutes that
    /// the client waits (RFC 5321 4.5.3.2.6), so that it hears of a failure.
    pub delivery: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            command: Duration::from_secs(5 * 60),
            data: Duration::from_secs(10 * 60),
            write: Duration::from_secs(5 * 60),
            lookup: Duration::from_secs(60),
            delivery: Duration::from_secs(5 * 60),
        }
    }
}
