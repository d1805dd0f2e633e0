//! What must be true of every state, counted again from the messages themselves.

use crate::chunk::{Message, Totals};
use crate::flags::Flags;
use crate::mailbox::Mailbox;
use crate::state::Account;
use std::collections::HashSet;

impl Account {
    /// What is not as it must be, in words; nothing in a state that is a fold.
    pub fn audit(&self) -> Vec<String> {
        let mut wrong = Vec::new();
        let mut validities = HashSet::new();
        for mailbox in self.mailboxes.values() {
            let name = mailbox.name();
            if self.names.get(name) != Some(&mailbox.id()) {
                wrong.push(format!("mailbox {name:?} is not found by its name"));
            }
            if !validities.insert(mailbox.uid_validity()) {
                wrong.push(format!("mailbox {name:?} has the UIDVALIDITY of another"));
            }
            let of_mailbox = mailbox.audit(self.seq());
            wrong.extend(
                of_mailbox
                    .into_iter()
                    .map(|what| format!("mailbox {name:?}: {what}")),
            );
        }
        if self.names.size() != self.mailboxes.size() {
            wrong.push("there are more or fewer names than mailboxes".to_owned());
        }
        wrong
    }
}

impl Mailbox {
    fn audit(&self, seq: u64) -> Vec<&'static str> {
        let mut wrong = Vec::new();
        let mut totals = Totals::default();
        let mut last_uid = 0;
        let mut newest = 0;
        for message in self.messages() {
            count(&mut totals, &message);
            if message.stored.uid <= last_uid {
                wrong.push("its UIDs do not ascend");
            }
            last_uid = message.stored.uid;
            newest = newest.max(message.marks.modseq);
        }
        if totals != self.totals() {
            wrong.push("its counts are not those of its messages");
        }
        if last_uid >= self.uid_next() {
            wrong.push("its UIDNEXT is a UID that it has given");
        }
        if newest > self.highest_modseq() || self.highest_modseq() > seq {
            wrong.push("its HIGHESTMODSEQ is not that of its messages");
        }
        let places = (0..).zip(self.messages().step_by(PLACES));
        for (place, message) in places {
            let place = place * PLACES as u32;
            if self.at(place) != Some(message) || self.rank(message.stored.uid) != place {
                wrong.push("its sequence numbers are not those of its messages");
                break;
            }
        }
        wrong
    }
}

/// Every so many messages the way by sequence number is tried.
const PLACES: usize = 37;

fn count(totals: &mut Totals, message: &Message) {
    let (flags, size) = (message.marks.flags, u64::from(message.stored.body.len));
    let deleted = flags.contains(Flags::DELETED);
    // By name, so that a count that is added is counted here too.
    let Totals {
        messages: all,
        unseen,
        deleted: with_deleted,
        size: octets,
        deleted_size,
    } = totals;
    *all += 1;
    *unseen += u32::from(!flags.contains(Flags::SEEN));
    *with_deleted += u32::from(deleted);
    *octets += size;
    *deleted_size += if deleted { size } else { 0 };
}
