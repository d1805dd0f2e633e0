//! What a session has been told of a mailbox, and what it has yet to be told.
//!
//! A session keeps only a [`Point`]: numbers. Together with the current version they give the
//! session's sequence numbers, because the tombstones say what went since. So a session that
//! waits holds no version (RFC 9051 section 2.3.1.2, RFC 7162 section 3.2.10).

use crate::chunk::{Marks, Message};
use crate::event::MailboxId;
use crate::mailbox::Mailbox;
use postern_imap::command::Numbering;
use postern_imap::sequence::{Set, UidSet};
use std::sync::Arc;

/// How much a session knows of its mailbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Point {
    /// Which mailbox.
    pub mailbox: MailboxId,
    /// The event up to which flags have been told.
    pub flags: u64,
    /// The event up to which expunges have been told.
    pub expunges: u64,
    /// Messages with this UID or a larger one have not been told.
    pub uid_next: u32,
    /// How many keywords have been told.
    pub keywords: usize,
}

impl Point {
    /// Everything in this version is told, as SELECT does.
    pub fn of(mailbox: &Mailbox) -> Self {
        Self {
            mailbox: mailbox.id(),
            flags: mailbox.highest_modseq(),
            expunges: mailbox.highest_modseq(),
            uid_next: mailbox.uid_next(),
            keywords: mailbox.keywords().len(),
        }
    }

    /// Whether the version holds nothing that is not told.
    pub fn knows_all_of(&self, mailbox: &Mailbox) -> bool {
        mailbox.highest_modseq() <= self.flags.min(self.expunges)
            && mailbox.uid_next() == self.uid_next
    }
}

/// A version of a mailbox as a session numbers it.
#[derive(Debug, Clone)]
pub struct View {
    mailbox: Arc<Mailbox>,
    point: Point,
    /// Messages that are gone but still have their sequence numbers.
    ghosts: UidSet,
}

/// What a session is told to bring it up to a version.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Updates {
    /// Sequence numbers for EXPUNGE, in the order to send them: the largest first, so that
    /// each is valid when it is sent.
    pub expunged: Vec<u32>,
    /// The same messages by UID, for VANISHED.
    pub vanished: UidSet,
    /// The number of messages, when it grew.
    pub exists: Option<u32>,
    /// Whether the mailbox has keywords that FLAGS has not named.
    pub new_keywords: bool,
    /// Messages that the session knew and whose flags or MODSEQ changed.
    pub changed: Vec<Changed>,
}

/// A message whose flags changed, by the numbers that it has after the expunges were told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Changed {
    /// Its sequence number.
    pub seq: u32,
    /// Its UID.
    pub uid: u32,
    /// Its flags and MODSEQ.
    pub marks: Marks,
}

impl View {
    /// The current version as a session that knows `point` numbers it.
    pub fn new(mailbox: Arc<Mailbox>, point: Point) -> Self {
        let gone = mailbox.expunged_since(point.expunges);
        let ghosts = below(&gone, point.uid_next);
        Self {
            mailbox,
            point,
            ghosts,
        }
    }

    /// The version.
    pub fn mailbox(&self) -> &Arc<Mailbox> {
        &self.mailbox
    }

    /// What the session knows.
    pub fn point(&self) -> Point {
        self.point
    }

    /// How many messages the session numbers.
    pub fn exists(&self) -> u32 {
        let ghosts = u32::try_from(self.ghosts.len()).unwrap_or(u32::MAX);
        self.mailbox
            .rank(self.point.uid_next)
            .saturating_add(ghosts)
    }

    /// Messages that still have a sequence number but are gone.
    pub fn ghosts(&self) -> &UidSet {
        &self.ghosts
    }

    /// The sequence number of a UID that the session numbers.
    pub fn seq_of(&self, uid: u32) -> u32 {
        let before = self.mailbox.rank(uid);
        before.saturating_add(self.ghosts.count_below(uid)) + 1
    }

    /// The UID at a sequence number, of a message or a ghost.
    pub fn uid_at(&self, seq: u32) -> Option<u32> {
        let place = seq.checked_sub(1)?;
        if seq > self.exists() {
            return None;
        }
        let mut gone = 0;
        for ghost in self.ghosts.iter() {
            let at = self.mailbox.rank(ghost) + gone;
            if at == place {
                return Some(ghost);
            }
            if at > place {
                break;
            }
            gone += 1;
        }
        self.mailbox.at(place - gone).map(|m| m.stored.uid)
    }

    /// The UIDs that a command's set means: of messages and ghosts that the session numbers.
    /// `None` when a sequence number is beyond the last, which is the client's error
    /// (RFC 9051 section 9, `seq-number`; in an empty mailbox any is, `*` too); UIDs that do not exist are passed over.
    /// [`Set::Saved`] is `saved`, without ghosts where sequence numbers are meant (RFC 5182
    /// section 2.1: what is expunged leaves the result).
    pub fn resolve(&self, set: &Set, numbering: Numbering, saved: &UidSet) -> Option<UidSet> {
        match numbering {
            Numbering::Uid => Some(self.resolve_uids(set, saved)),
            Numbering::Sequence => self.resolve_sequence(set, saved),
        }
    }

    fn resolve_uids(&self, set: &Set, saved: &UidSet) -> UidSet {
        let last = self.uid_at(self.exists()).unwrap_or(0);
        let uids = set.resolve(last).unwrap_or_else(|| saved.clone());
        below(&uids, self.point.uid_next)
    }

    /// As [`View::resolve`] for sequence numbers, but those beyond the last message are passed
    /// over: RFC 7377 section 2.
    pub fn resolve_within(&self, set: &Set, saved: &UidSet) -> UidSet {
        let exists = self.exists();
        let mut uids = UidSet::default();
        let Some(numbers) = set.resolve(exists) else {
            return below(saved, self.point.uid_next).difference(&self.ghosts);
        };
        for &(first, last) in numbers.ranges() {
            self.add_uids(&mut uids, first, last.min(exists));
        }
        uids
    }

    fn resolve_sequence(&self, set: &Set, saved: &UidSet) -> Option<UidSet> {
        let exists = self.exists();
        if exists == 0 && *set != Set::Saved {
            return None;
        }
        let Some(numbers) = set.resolve(exists) else {
            return Some(below(saved, self.point.uid_next).difference(&self.ghosts));
        };
        if numbers.last().unwrap_or(0) > exists {
            return None;
        }
        let mut uids = UidSet::default();
        for &(first, last) in numbers.ranges() {
            self.add_uids(&mut uids, first, last);
        }
        Some(uids)
    }

    /// A run of sequence numbers is one run of UIDs, because no message and no ghost lies
    /// between two neighbours.
    fn add_uids(&self, uids: &mut UidSet, first: u32, last: u32) {
        if let (Some(first), Some(last)) = (self.uid_at(first), self.uid_at(last)) {
            uids.insert_range(first, last);
        }
    }

    /// The messages of a set, with their sequence numbers, in order.
    pub fn messages<'a>(&'a self, uids: &'a UidSet) -> impl Iterator<Item = (u32, Message)> + 'a {
        let mut next = None;
        self.mailbox
            .select(uids)
            .filter(|m| m.stored.uid < self.point.uid_next)
            .map(move |m| {
                let seq = match next {
                    // Neighbours by UID have neighbouring numbers: no search for each.
                    Some((uid, seq)) if m.stored.uid == uid => seq,
                    _ => self.seq_of(m.stored.uid),
                };
                next = Some((m.stored.uid.saturating_add(1), seq + 1));
                (seq, m)
            })
    }

    /// The lowest UID of the last `count` messages of a set; `None` where it has no more than
    /// those. O(log n) for each range.
    pub fn lowest_of_last(&self, uids: &UidSet, count: u32) -> Option<u32> {
        let uids = below(uids, self.point.uid_next);
        let (mut wanted, mut lowest) = (count, None);
        for &(first, last) in uids.ranges().iter().rev() {
            let start = self.mailbox.rank(first);
            let end = self.mailbox.rank(last.saturating_add(1));
            if end == start {
                continue;
            }
            if wanted == 0 {
                return lowest;
            }
            let place = start.max(end.saturating_sub(wanted));
            lowest = self.mailbox.at(place).map(|m| m.stored.uid);
            if place > start {
                return lowest;
            }
            wanted -= end - start;
        }
        None
    }

    /// Whether any of the UIDs is a ghost's.
    pub fn any_ghost(&self, uids: &UidSet) -> bool {
        !self.ghosts.is_empty() && !self.ghosts.intersection(uids).is_empty()
    }

    /// Everything that the session has yet to be told, and the point it is at afterwards.
    /// Without `expunges`, messages that went keep their numbers: RFC 9051 section 7.5.1
    /// forbids EXPUNGE in answer to FETCH, STORE and SEARCH.
    pub fn updates(&self, expunges: bool) -> (Updates, Point) {
        let mut point = self.point;
        let mut updates = Updates::default();
        if expunges {
            updates.expunged = self.ghosts.iter().map(|uid| self.seq_of(uid)).collect();
            updates.expunged.reverse();
            updates.vanished = self.ghosts.clone();
            point.expunges = self.mailbox.highest_modseq();
        }
        point.uid_next = self.mailbox.uid_next();
        point.flags = self.mailbox.highest_modseq();
        point.keywords = self.mailbox.keywords().len();
        updates.new_keywords = point.keywords > self.point.keywords;
        let after = View::new(Arc::clone(&self.mailbox), point);
        let known = self.exists() - updates.expunged.len() as u32;
        updates.exists = Some(after.exists()).filter(|&exists| exists > known);
        updates.changed = after.changes_since(self.point);
        (updates, point)
    }

    fn changes_since(&self, before: Point) -> Vec<Changed> {
        self.mailbox
            .changed_since(before.flags)
            .take_while(|m| m.stored.uid < before.uid_next)
            .map(|m| Changed {
                seq: self.seq_of(m.stored.uid),
                uid: m.stored.uid,
                marks: m.marks,
            })
            .collect()
    }
}

/// The numbers of the set that are smaller than `limit`.
fn below(set: &UidSet, limit: u32) -> UidSet {
    match limit.checked_sub(1) {
        Some(last) if set.last().unwrap_or(0) > last => set.intersection(&UidSet::range(1, last)),
        Some(_) => set.clone(),
        None => UidSet::default(),
    }
}
