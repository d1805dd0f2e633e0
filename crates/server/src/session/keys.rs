//! Telling that URLs of the selected mailbox are authorized with a new key: RFC 4467 section 7.

use super::{Session, State};
use crate::capability;
use postern_imap::response::{Code, Condition};

impl Session {
    /// Tells it if another session made the key anew, or removed it. A first key is no news.
    pub(super) fn tell_key(&mut self) {
        let offered = capability::offers(self, "URLAUTH");
        let State::Selected(login, selected) = &mut self.state else {
            return;
        };
        // The key of another's mailbox is not this user's.
        if !login.live.is(&selected.live) {
            return;
        }
        let account = selected.live.account();
        let key = account.access_keys().get(selected.mailbox()).copied();
        let before = std::mem::replace(&mut selected.key, key);
        if offered && before.is_some() && before != key {
            let text = "URLs authorized before are void";
            self.untagged(Condition::Ok, Some(&Code::UrlMech), text);
        }
    }

    /// What this session changes itself is told with its tagged response.
    pub(crate) fn forget_key(&mut self) {
        if let State::Selected(_, selected) = &mut self.state {
            selected.key = None;
        }
    }
}
