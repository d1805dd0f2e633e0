//! A version of a mailbox: its messages in UID order, and what was expunged when.

use crate::acl::{Acl, Rights, UserId, Who};
use crate::chunk::{CHUNK, Chunk, Marks, Message, Stored, Totals};
use crate::event::{MailboxId, NewMessage, SpecialUse};
use crate::flags::{Flags, Keywords};
use crate::seen::Seen;
use postern_imap::command::StoreAction;
use postern_imap::flag::Flag;
use postern_imap::sequence::UidSet;
use rpds::{RedBlackTreeMapSync, VectorSync};
use std::sync::Arc;

/// Messages that went, and the event with which they went: what QRESYNC and late sessions ask.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Tombstone {
    pub(crate) modseq: u64,
    pub(crate) uids: UidSet,
}

/// One version of a mailbox. Cloning shares the messages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mailbox {
    pub(crate) id: MailboxId,
    pub(crate) name: String,
    pub(crate) uid_validity: u32,
    pub(crate) special_use: Option<SpecialUse>,
    pub(crate) uid_next: u32,
    pub(crate) highest_modseq: u64,
    pub(crate) keywords: Arc<Keywords>,
    pub(crate) chunks: Vec<Chunk>,
    /// How many messages are in the chunks before each chunk.
    pub(crate) starts: Vec<u32>,
    pub(crate) tombstones: VectorSync<Tombstone>,
    pub(crate) totals: Totals,
    pub(crate) acl: Arc<Acl>,
    /// What users other than the owner have seen.
    pub(crate) seen: RedBlackTreeMapSync<UserId, Seen>,
    /// The version is as a user other than the owner has it: `\Seen` is what they have seen.
    eye: Option<Seen>,
}

impl Mailbox {
    pub(crate) fn new(
        id: MailboxId,
        name: String,
        uid_validity: u32,
        special_use: Option<SpecialUse>,
    ) -> Self {
        Self {
            id,
            name,
            uid_validity,
            special_use,
            uid_next: 1,
            highest_modseq: id.0,
            keywords: Arc::default(),
            chunks: Vec::new(),
            starts: Vec::new(),
            tombstones: VectorSync::new_sync(),
            totals: Totals::default(),
            acl: Arc::default(),
            seen: RedBlackTreeMapSync::new_sync(),
            eye: None,
        }
    }

    /// The same version as this user has it.
    #[must_use]
    pub fn as_seen_by(self: &Arc<Self>, who: Who) -> Arc<Self> {
        let Who::User(user) = who else {
            return Arc::clone(self);
        };
        let mut mailbox = Self::clone(self);
        let eye = self.seen.get(&user).cloned().unwrap_or_default();
        mailbox.highest_modseq = mailbox.highest_modseq.max(eye.highest_modseq());
        mailbox.eye = Some(eye);
        Arc::new(mailbox)
    }

    /// Who may do what with it.
    pub fn acl(&self) -> &Acl {
        &self.acl
    }

    /// What somebody may do with it.
    pub fn rights(&self, who: Who) -> Rights {
        match who {
            Who::Owner => Rights::ALL,
            Who::User(user) => self.acl.rights(user),
            Who::Nobody => Rights::NONE,
        }
    }

    /// Its number in the account.
    pub fn id(&self) -> MailboxId {
        self.id
    }

    /// Its name in normal form, UTF-8.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// UIDVALIDITY.
    pub fn uid_validity(&self) -> u32 {
        self.uid_validity
    }

    /// What it is for.
    pub fn special_use(&self) -> Option<SpecialUse> {
        self.special_use
    }

    /// UIDNEXT.
    pub fn uid_next(&self) -> u32 {
        self.uid_next
    }

    /// HIGHESTMODSEQ.
    pub fn highest_modseq(&self) -> u64 {
        self.highest_modseq
    }

    /// The keywords that were ever used here.
    pub fn keywords(&self) -> &Keywords {
        &self.keywords
    }

    /// Counts for STATUS.
    pub fn totals(&self) -> Totals {
        let Some(eye) = &self.eye else {
            return self.totals;
        };
        let seen = eye.runs().filter(|(_, run)| run.seen);
        let seen: u32 = seen.map(|(first, run)| self.count(first, run.last)).sum();
        Totals {
            unseen: self.totals.messages.saturating_sub(seen),
            ..self.totals
        }
    }

    /// How many messages have UIDs from `first` to `last`; O(log n).
    fn count(&self, first: u32, last: u32) -> u32 {
        let end = self.rank(last.saturating_add(1));
        end.saturating_sub(self.rank(first))
    }

    /// How many messages there are.
    pub fn len(&self) -> u32 {
        self.totals.messages
    }

    /// Whether there is no message.
    pub fn is_empty(&self) -> bool {
        self.totals.messages == 0
    }

    /// The messages in UID order.
    pub fn messages(&self) -> impl Iterator<Item = Message> + '_ {
        let all = self.chunks.iter().flat_map(Chunk::messages);
        all.map(|message| self.look(message))
    }

    /// The message as the user has it.
    fn look(&self, mut message: Message) -> Message {
        if let Some(eye) = &self.eye {
            let (seen, modseq) = eye.of(message.stored.uid);
            let marks = &mut message.marks;
            marks.flags = match seen {
                true => marks.flags.union(Flags::SEEN),
                false => marks.flags.difference(Flags::SEEN),
            };
            marks.modseq = marks.modseq.max(modseq);
        }
        message
    }

    /// The messages with these UIDs, in UID order; O(log n) for each range and O(1) for each
    /// message.
    pub fn select<'a>(&'a self, uids: &'a UidSet) -> impl Iterator<Item = Message> + 'a {
        uids.ranges().iter().flat_map(move |&(first, last)| {
            let start = self.chunks.partition_point(|c| c.last_uid() < first);
            let chunks = self.chunks.iter().skip(start);
            chunks
                .take_while(move |c| c.first_uid() <= last)
                .flat_map(move |c| {
                    let from = c.stored.partition_point(|m| m.uid < first);
                    let to = c.stored.partition_point(|m| m.uid <= last);
                    (from..to).filter_map(|place| c.get(place))
                })
                .map(|message| self.look(message))
        })
    }

    /// The message with this UID; O(log n).
    pub fn by_uid(&self, uid: u32) -> Option<Message> {
        let chunk = self.chunk_for(uid).and_then(|i| self.chunks.get(i))?;
        let place = chunk.stored.binary_search_by_key(&uid, |m| m.uid).ok()?;
        chunk.get(place).map(|message| self.look(message))
    }

    /// The message at a place, from 0; O(log n).
    pub fn at(&self, place: u32) -> Option<Message> {
        let i = self
            .starts
            .partition_point(|&s| s <= place)
            .checked_sub(1)?;
        let start = *self.starts.get(i)?;
        let message = self.chunks.get(i)?.get((place - start) as usize);
        message.map(|message| self.look(message))
    }

    /// How many messages have a smaller UID; O(log n).
    pub fn rank(&self, uid: u32) -> u32 {
        let i = self.chunks.partition_point(|c| c.last_uid() < uid);
        let (Some(chunk), Some(start)) = (self.chunks.get(i), self.starts.get(i)) else {
            return self.totals.messages;
        };
        start + chunk.stored.partition_point(|m| m.uid < uid) as u32
    }

    /// The largest UID in use, 0 when empty.
    pub fn last_uid(&self) -> u32 {
        self.chunks.last().map_or(0, Chunk::last_uid)
    }

    /// The messages that changed or came after event `modseq`; skips chunks without any.
    pub fn changed_since(&self, modseq: u64) -> impl Iterator<Item = Message> + '_ {
        self.chunks
            .iter()
            .filter(move |c| c.newest > modseq || self.eye_changed(c, modseq))
            .flat_map(Chunk::messages)
            .map(|message| self.look(message))
            .filter(move |m| m.marks.modseq > modseq)
    }

    fn eye_changed(&self, chunk: &Chunk, modseq: u64) -> bool {
        let (first, last) = (chunk.first_uid(), chunk.last_uid());
        let eye = self.eye.as_ref();
        eye.is_some_and(|eye| eye.changed_since(modseq, first, last))
    }

    /// The UIDs expunged after event `modseq`; O(what is told).
    pub fn expunged_since(&self, modseq: u64) -> UidSet {
        let mut all = UidSet::default();
        let count = self.tombstones.len();
        for i in (0..count).rev() {
            let Some(t) = self.tombstones.get(i).filter(|t| t.modseq > modseq) else {
                break;
            };
            for &(first, last) in t.uids.ranges() {
                all.insert_range(first, last);
            }
        }
        all
    }

    /// The numbers of the events after `modseq` that expunged messages, the latest first.
    pub(crate) fn expunges_since(&self, modseq: u64) -> impl Iterator<Item = u64> + '_ {
        (0..self.tombstones.len())
            .rev()
            .map_while(|i| self.tombstones.get(i))
            .map(|tombstone| tombstone.modseq)
            .take_while(move |gone| *gone > modseq)
    }

    /// The place (from 0) of the first message without `\Seen`.
    pub fn first_unseen(&self) -> Option<u32> {
        if self.eye.is_some() {
            let mut all = self.messages();
            let place = all.position(|m| !m.marks.flags.contains(Flags::SEEN))?;
            return u32::try_from(place).ok();
        }
        let i = self.chunks.iter().position(|c| c.totals.unseen > 0)?;
        let unseen = |m: &Marks| !m.flags.contains(Flags::SEEN);
        let place = self.chunks.get(i)?.marks.iter().position(unseen)?;
        Some(self.starts.get(i)? + place as u32)
    }

    fn chunk_for(&self, uid: u32) -> Option<usize> {
        let i = self.chunks.partition_point(|c| c.last_uid() < uid);
        (i < self.chunks.len()).then_some(i)
    }
}

/// Changes, each by one event. All are total: what does not apply is passed over.
impl Mailbox {
    pub(crate) fn add(&mut self, modseq: u64, at: i64, messages: &[NewMessage]) {
        for message in messages {
            let flags = self.learn(&message.flags);
            self.push(modseq, at, message.body, message.date, flags);
        }
        self.settle(modseq);
    }

    pub(crate) fn add_copies(&mut self, modseq: u64, at: i64, from: &Mailbox, uids: &UidSet) {
        for message in from.select(uids) {
            let flags = self.learn(&from.keywords.flags(message.marks.flags));
            self.push(modseq, at, message.stored.body, message.stored.date, flags);
        }
        self.settle(modseq);
    }

    pub(crate) fn change_flags(
        &mut self,
        modseq: u64,
        uids: &UidSet,
        action: StoreAction,
        flags: &[Flag],
    ) {
        let named = match action {
            StoreAction::Remove => self.keywords.bits(flags),
            StoreAction::Add | StoreAction::Replace => self.learn(flags),
        };
        let change = |old: Flags| match action {
            StoreAction::Add => old.union(named),
            StoreAction::Remove => old.difference(named),
            StoreAction::Replace => named,
        };
        for chunk in &mut self.chunks {
            if touches(uids, chunk.first_uid(), chunk.last_uid()) {
                chunk.change_flags(modseq, |uid| uids.contains(uid), change);
            }
        }
        self.settle(modseq);
    }

    pub(crate) fn change_seen(&mut self, modseq: u64, user: UserId, uids: &UidSet, seen: bool) {
        let mut of_user = self.seen.get(&user).cloned().unwrap_or_default();
        of_user.set(modseq, uids, seen);
        self.seen.insert_mut(user, of_user);
    }

    pub(crate) fn expunge(&mut self, modseq: u64, uids: &UidSet) {
        let gone: UidSet = self.select(uids).map(|m| m.stored.uid).collect();
        if gone.is_empty() {
            return;
        }
        for user in self.seen.keys().copied().collect::<Vec<_>>() {
            if let Some(seen) = self.seen.get_mut(&user) {
                seen.forget(&gone);
            }
        }
        for chunk in &mut self.chunks {
            if touches(&gone, chunk.first_uid(), chunk.last_uid()) {
                chunk.retain(|uid| !gone.contains(uid));
            }
        }
        self.chunks.retain(|chunk| chunk.len() > 0);
        self.tombstones
            .push_back_mut(Tombstone { modseq, uids: gone });
        self.settle(modseq);
    }

    fn learn(&mut self, flags: &[Flag]) -> Flags {
        if !self.keywords.unknown(flags).is_empty() {
            Arc::make_mut(&mut self.keywords).learn(flags);
        }
        self.keywords.bits(flags)
    }

    fn push(
        &mut self,
        modseq: u64,
        saved: i64,
        body: crate::event::Body,
        date: postern_imap::date::InternalDate,
        flags: Flags,
    ) {
        let message = Message {
            stored: Stored {
                uid: self.uid_next,
                body,
                date,
                saved,
            },
            marks: Marks { flags, modseq },
        };
        // UIDs end at 2^32 - 1; the plan refuses what would go beyond.
        let Some(next) = self.uid_next.checked_add(1) else {
            return;
        };
        self.uid_next = next;
        match self.chunks.last_mut().filter(|c| c.len() < CHUNK) {
            Some(chunk) => chunk.push(message),
            None => self
                .chunks
                .push(Chunk::new(vec![message.stored], vec![message.marks])),
        }
    }

    /// Brings what is derived from the chunks up to date after a change.
    pub(crate) fn settle(&mut self, modseq: u64) {
        self.highest_modseq = self.highest_modseq.max(modseq);
        self.starts.clear();
        self.totals = Totals::default();
        for chunk in &self.chunks {
            self.starts.push(self.totals.messages);
            self.totals.add(chunk.totals);
        }
    }
}

/// Whether the set may have a number from `first` to `last`; O(log ranges).
fn touches(set: &UidSet, first: u32, last: u32) -> bool {
    let ranges = set.ranges();
    let next = ranges.partition_point(|r| r.1 < first);
    ranges.get(next).is_some_and(|r| r.0 <= last)
}
