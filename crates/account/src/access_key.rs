//! Keys by which URLs of a mailbox are authorized: RFC 4467 section 2.3.
//!
//! They come from outside, for there is no randomness here, and are shown to nobody.

use crate::event::{Event, MailboxId};
use rpds::RedBlackTreeMapSync;

/// A mailbox access key of the mechanism INTERNAL.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct AccessKey([u8; AccessKey::LEN]);

impl AccessKey {
    /// Octets: as many as HMAC-SHA-256 makes use of.
    pub const LEN: usize = 32;

    /// Of octets that nobody can guess.
    pub fn new(octets: [u8; Self::LEN]) -> Self {
        Self(octets)
    }

    /// The octets.
    pub fn as_bytes(&self) -> &[u8; Self::LEN] {
        &self.0
    }
}

impl std::fmt::Debug for AccessKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("[secret]")
    }
}

/// The access keys of an account's mailboxes. Cloning shares them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AccessKeys(RedBlackTreeMapSync<MailboxId, AccessKey>);

impl AccessKeys {
    /// The key of a mailbox, if it has one.
    pub fn get(&self, mailbox: MailboxId) -> Option<&AccessKey> {
        self.0.get(&mailbox)
    }

    /// Whether no mailbox has one.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn len(&self) -> usize {
        self.0.size()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&MailboxId, &AccessKey)> {
        self.0.iter()
    }

    /// Applies an event, if it is about keys. A key belongs to the mailbox, not to its name: a
    /// rename keeps it.
    pub(crate) fn apply(&mut self, event: &Event) {
        match event {
            Event::AccessKeySet { mailbox, key } => self.0.insert_mut(*mailbox, *key),
            Event::AccessKeysRemoved => self.0 = RedBlackTreeMapSync::default(),
            Event::MailboxDeleted { mailbox } => {
                self.0.remove_mut(mailbox);
            }
            _ => {}
        }
    }
}
