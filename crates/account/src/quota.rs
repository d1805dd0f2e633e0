//! What an account holds of what it may hold: RFC 9208.
//!
//! The whole account is one quota root. Each message counts with its octets (RFC822.SIZE) wherever
//! it is, copies too, though copies share their octets in the store: what a client counts by FETCH
//! and STATUS is what it is told here.

use crate::chunk::Totals;
use crate::event::NewMessage;
use crate::plan::{Limits, Refusal};
use crate::state::Account;

/// A number of messages with their octets.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Usage {
    /// How many.
    pub messages: u64,
    /// Their octets together.
    pub octets: u64,
}

impl Usage {
    /// One message of this size.
    pub fn message(octets: u64) -> Self {
        Self {
            messages: 1,
            octets,
        }
    }

    pub(crate) fn of(totals: Totals) -> Self {
        Self {
            messages: u64::from(totals.messages),
            octets: totals.size,
        }
    }

    /// Both together.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        Self {
            messages: self.messages.saturating_add(other.messages),
            octets: self.octets.saturating_add(other.octets),
        }
    }

    /// This without the other.
    #[must_use]
    pub fn minus(self, other: Self) -> Self {
        Self {
            messages: self.messages.saturating_sub(other.messages),
            octets: self.octets.saturating_sub(other.octets),
        }
    }
}

impl<'a> FromIterator<&'a NewMessage> for Usage {
    fn from_iter<T: IntoIterator<Item = &'a NewMessage>>(messages: T) -> Self {
        let sizes = messages.into_iter().map(|m| u64::from(m.body.len));
        sizes.fold(Self::default(), |sum, size| sum.plus(Self::message(size)))
    }
}

/// Whether the account may come to hold `more` while it lets go of `less`. Only what grows is
/// refused: a limit that was lowered leaves what is there, and it can always become less.
pub fn check_room(
    account: &Account,
    more: Usage,
    less: Usage,
    limits: &Limits,
) -> Result<(), Refusal> {
    let before = account.usage();
    let after = before.plus(more).minus(less);
    if after.messages > before.messages && after.messages > limits.messages as u64 {
        return Err(Refusal::TooManyMessages);
    }
    if after.octets > before.octets && after.octets > limits.storage {
        return Err(Refusal::TooManyOctets);
    }
    Ok(())
}
