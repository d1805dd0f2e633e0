//! From where an event came. It is told with the event and changes nothing of what it does.

use crate::octets::{Reader, Writer};

/// Octets of a client's description that are kept.
const MAX_CLIENT: usize = 120;

/// By what way a change came in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Protocol {
    /// A session of IMAP.
    Imap,
    /// A delivery by LMTP.
    Lmtp,
    /// A command of the operator.
    Operator,
    /// One that a later version knows.
    Other(u8),
}

impl Protocol {
    fn number(self) -> u8 {
        match self {
            Self::Imap => 1,
            Self::Lmtp => 2,
            Self::Operator => 3,
            Self::Other(number) => number,
        }
    }

    fn of(number: u8) -> Self {
        match number {
            1 => Self::Imap,
            2 => Self::Lmtp,
            3 => Self::Operator,
            other => Self::Other(other),
        }
    }

    /// Its name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Imap => "imap",
            Self::Lmtp => "lmtp",
            Self::Operator => "operator",
            Self::Other(_) => "other",
        }
    }
}

/// From where an event came.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Origin {
    /// By what way.
    pub protocol: Protocol,
    /// The session, as the server's log calls it; 0: none.
    pub session: u64,
    /// What the client calls itself and from where it comes. A session tells it with its first
    /// event; empty: as told before.
    pub client: String,
}

impl Origin {
    pub(crate) fn put(&self, w: &mut Writer) {
        w.byte(self.protocol.number());
        w.number(self.session);
        let mut end = self.client.len().min(MAX_CLIENT);
        while !self.client.is_char_boundary(end) {
            end -= 1;
        }
        w.octets(self.client.get(..end).unwrap_or_default().as_bytes());
    }

    pub(crate) fn take(r: &mut Reader<'_>) -> Option<Self> {
        Some(Self {
            protocol: Protocol::of(r.byte()?),
            session: r.number()?,
            client: r.text()?.to_owned(),
        })
    }
}
