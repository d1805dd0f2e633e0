//! `\Recent`: best effort and in memory only, as RFC 3501 section 2.3.2 allows.

use postern_account::MailboxId;
use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// From which UID on the messages of each mailbox are `\Recent` for the next session that
/// selects it.
#[derive(Debug, Default)]
pub(super) struct Recent(Mutex<HashMap<MailboxId, u32>>);

impl Recent {
    /// Takes the recent messages for a session: UIDs from the result on, up to `uid_next`.
    /// `peek` leaves them to the next session.
    pub(super) fn take(&self, mailbox: MailboxId, uid_next: u32, peek: bool) -> u32 {
        let mut recent = self.lock();
        let first = recent.entry(mailbox).or_insert(uid_next);
        let taken = (*first).min(uid_next);
        if !peek {
            // A session with an older version must not give back what another has taken.
            *first = uid_next.max(*first);
        }
        taken
    }

    /// From now on, new messages from `uid` on are recent to the next session.
    pub(super) fn note(&self, mailbox: MailboxId, uid: u32) {
        self.lock().entry(mailbox).or_insert(uid);
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<MailboxId, u32>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const INBOX: MailboxId = MailboxId(1);

    #[test]
    fn what_is_taken_is_recent_no_more() {
        let recent = Recent::default();
        recent.note(INBOX, 5);
        assert_eq!(recent.take(INBOX, 8, true), 5);
        assert_eq!(recent.take(INBOX, 8, false), 5);
        assert_eq!(recent.take(INBOX, 8, false), 8);
        recent.note(INBOX, 8);
        assert_eq!(recent.take(INBOX, 9, false), 8);
    }

    #[test]
    fn a_session_with_an_older_version_gives_nothing_back() {
        let recent = Recent::default();
        recent.note(INBOX, 5);
        assert_eq!(recent.take(INBOX, 10, false), 5);
        assert_eq!(recent.take(INBOX, 8, false), 8);
        assert_eq!(recent.take(INBOX, 10, false), 10);
    }
}
