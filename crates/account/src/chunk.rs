//! A run of messages in UID order, in two columns that are shared between versions: what
//! never changes for a message, and what does. Changing a flag copies one small column.

use crate::event::Body;
use crate::flags::Flags;
use postern_imap::date::InternalDate;
use std::sync::Arc;

/// Messages in a full chunk. Larger: fewer chunks to walk for a mailbox of a million; smaller:
/// less to copy for one flag.
pub(crate) const CHUNK: usize = 512;

/// What never changes for a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stored {
    /// Its UID in this mailbox.
    pub uid: u32,
    /// Its octets.
    pub body: Body,
    /// INTERNALDATE.
    pub date: InternalDate,
    /// When it came into this mailbox, milliseconds since 1970 (RFC 8514's save date).
    pub saved: i64,
}

impl Stored {
    /// When it came into this mailbox, in UTC: SAVEDATE (RFC 8514).
    pub fn save_date(&self) -> InternalDate {
        InternalDate::from_unix(self.saved.div_euclid(1000))
    }
}

/// What changes for a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Marks {
    /// Its flags.
    pub flags: Flags,
    /// The number of the event that last changed it: its MODSEQ.
    pub modseq: u64,
}

/// A message as a version of a mailbox has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Message {
    /// What never changes.
    pub stored: Stored,
    /// What does.
    pub marks: Marks,
}

/// Sums over messages, so that STATUS reads none.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Totals {
    /// How many.
    pub messages: u32,
    /// How many without `\Seen`.
    pub unseen: u32,
    /// How many with `\Deleted`.
    pub deleted: u32,
    /// Octets together.
    pub size: u64,
    /// Octets of those with `\Deleted` together.
    pub deleted_size: u64,
}

impl Totals {
    pub(crate) fn add(&mut self, other: Self) {
        self.messages += other.messages;
        self.unseen += other.unseen;
        self.deleted += other.deleted;
        self.size += other.size;
        self.deleted_size += other.deleted_size;
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Chunk {
    pub(crate) stored: Arc<Vec<Stored>>,
    pub(crate) marks: Arc<Vec<Marks>>,
    pub(crate) totals: Totals,
    /// The largest MODSEQ among the messages.
    pub(crate) newest: u64,
}

impl Chunk {
    pub(crate) fn new(stored: Vec<Stored>, marks: Vec<Marks>) -> Self {
        let mut chunk = Self {
            stored: Arc::new(stored),
            marks: Arc::new(marks),
            totals: Totals::default(),
            newest: 0,
        };
        chunk.recount();
        chunk
    }

    pub(crate) fn len(&self) -> usize {
        self.stored.len()
    }

    pub(crate) fn first_uid(&self) -> u32 {
        self.stored.first().map_or(0, |m| m.uid)
    }

    pub(crate) fn last_uid(&self) -> u32 {
        self.stored.last().map_or(0, |m| m.uid)
    }

    pub(crate) fn get(&self, place: usize) -> Option<Message> {
        Some(Message {
            stored: *self.stored.get(place)?,
            marks: *self.marks.get(place)?,
        })
    }

    pub(crate) fn messages(&self) -> impl Iterator<Item = Message> + '_ {
        let pairs = self.stored.iter().zip(self.marks.iter());
        pairs.map(|(stored, marks)| Message {
            stored: *stored,
            marks: *marks,
        })
    }

    pub(crate) fn push(&mut self, message: Message) {
        Arc::make_mut(&mut self.stored).push(message.stored);
        Arc::make_mut(&mut self.marks).push(message.marks);
        self.totals.add(totals_of(&message.stored, &message.marks));
        self.newest = self.newest.max(message.marks.modseq);
    }

    /// Changes the flags of the messages that `wanted` says; what comes out unchanged keeps
    /// its MODSEQ, and a chunk in which nothing changes keeps its column.
    pub(crate) fn change_flags(
        &mut self,
        modseq: u64,
        wanted: impl Fn(u32) -> bool,
        change: impl Fn(Flags) -> Flags,
    ) {
        let differs = |(stored, marks): (&Stored, &Marks)| {
            wanted(stored.uid) && change(marks.flags) != marks.flags
        };
        let first = self.stored.iter().zip(self.marks.iter()).position(differs);
        let Some(first) = first else {
            return;
        };
        let marks = Arc::make_mut(&mut self.marks);
        for (stored, marks) in self.stored.iter().zip(marks.iter_mut()).skip(first) {
            let flags = change(marks.flags);
            if flags != marks.flags && wanted(stored.uid) {
                *marks = Marks { flags, modseq };
            }
        }
        self.recount();
    }

    /// Keeps the messages that `kept` says.
    pub(crate) fn retain(&mut self, kept: impl Fn(u32) -> bool) {
        if self.stored.iter().all(|m| kept(m.uid)) {
            return;
        }
        let (stored, marks) = self
            .messages()
            .filter(|m| kept(m.stored.uid))
            .map(|m| (m.stored, m.marks))
            .unzip();
        *self = Self::new(stored, marks);
    }

    fn recount(&mut self) {
        let mut totals = Totals::default();
        for (stored, marks) in self.stored.iter().zip(self.marks.iter()) {
            totals.add(totals_of(stored, marks));
        }
        self.totals = totals;
        self.newest = self.marks.iter().map(|m| m.modseq).max().unwrap_or(0);
    }
}

fn totals_of(stored: &Stored, marks: &Marks) -> Totals {
    let deleted = marks.flags.contains(Flags::DELETED);
    let size = u64::from(stored.body.len);
    Totals {
        messages: 1,
        unseen: u32::from(!marks.flags.contains(Flags::SEEN)),
        deleted: u32::from(deleted),
        size,
        deleted_size: if deleted { size } else { 0 },
    }
}
