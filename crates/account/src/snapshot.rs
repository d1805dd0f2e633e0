//! The state of an account as a root and chunks. Chunks are named by the digest of their
//! octets, so that what did not change between two snapshots is written once.
//!
//! Format, version 4, in the vocabulary of `octets`. Root: version, seq, at, last UIDVALIDITY,
//! subscriptions, then each mailbox: id, name, UIDVALIDITY, special use, UIDNEXT,
//! HIGHESTMODSEQ, keywords, tombstones, and for each chunk of messages the names of its two
//! columns; then each owner of annotations (0: the server) and the name of the chunk of them;
//! then each mailbox that is shared: id, access control list (identifier and rights of each), and
//! each user that has seen anything: number, the last event that changed that, the name of the
//! chunk of it; then each mailbox that has an access key, and the key (32 octets). A root of
//! version 1, which is read too, ends after the mailboxes, one of version 2 after the annotations,
//! one of version 3 before the access keys.
//!
//! Chunks, all of version 1. Annotations: version, count, then name and value of each. Stored column: version, count, then each message. Marks column: version, count,
//! then flags (16 octets, little-endian) and MODSEQ of each. What a user has seen: version, count,
//! then first and last UID, MODSEQ, and 1 or 0 of each run.

mod sharing;

use crate::access_key::{AccessKey, AccessKeys};
use crate::chunk::{Chunk, Marks, Stored};
use crate::event::{
    Event, MailboxId, SpecialUse, many, put_body, put_date, put_owner, take_body, take_date,
    take_owner,
};
use crate::flags::{Flags, Keywords};
use crate::mailbox::{Mailbox, Tombstone};
use crate::metadata::Metadata;
use crate::octets::{Reader, Writer};
use crate::quota::Usage;
use crate::state::Account;
use postern_imap::flag::Keyword;
use std::collections::HashMap;
use std::sync::Arc;

/// The name of a chunk: the first half of the BLAKE3 digest of its octets.
pub type ChunkId = [u8; 16];

/// The version of a chunk.
const VERSION: u8 = 1;

/// The version of a root.
const ROOT_VERSION: u8 = 4;

/// A snapshot, ready to be kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snapshot {
    /// The root.
    pub root: Vec<u8>,
    /// Every chunk that the root names, once, in its order.
    pub chunks: Vec<(ChunkId, Vec<u8>)>,
}

/// The chunks that a root names, so that they can be read; `None` when it is damaged or of
/// another version.
pub fn chunk_ids(root: &[u8]) -> Option<Vec<ChunkId>> {
    let mut ids = Vec::new();
    read_root(root, &mut |id| {
        ids.push(id);
        Some(Vec::new())
    })?;
    ids.sort_unstable();
    ids.dedup();
    Some(ids)
}

impl Account {
    /// The state as a snapshot.
    pub fn snapshot(&self) -> Snapshot {
        let mut chunks = Chunks::default();
        let mut w = Writer::default();
        w.byte(ROOT_VERSION);
        w.number(self.seq);
        w.signed(self.at);
        w.number(u64::from(self.last_uid_validity));
        w.number(self.subscriptions.size() as u64);
        for name in &self.subscriptions {
            w.octets(name.as_bytes());
        }
        w.number(self.mailboxes.size() as u64);
        for mailbox in self.mailboxes.values() {
            put_mailbox(&mut w, mailbox, &mut chunks);
        }
        put_metadata(&mut w, &self.metadata, &mut chunks);
        sharing::put(&mut w, self, &mut chunks);
        put_access_keys(&mut w, &self.access_keys);
        Snapshot {
            root: w.0,
            chunks: chunks.ordered,
        }
    }

    /// The state that a snapshot holds; `None` when it is damaged or of another version, and
    /// the log must be folded instead.
    pub fn from_snapshot(root: &[u8], chunks: &HashMap<ChunkId, Vec<u8>>) -> Option<Self> {
        read_root(root, &mut |id| chunks.get(&id).cloned())
    }
}

#[derive(Default)]
struct Chunks {
    ordered: Vec<(ChunkId, Vec<u8>)>,
    known: std::collections::HashSet<ChunkId>,
}

impl Chunks {
    fn name(&mut self, octets: Vec<u8>) -> ChunkId {
        let digest = blake3::hash(&octets);
        let mut id = ChunkId::default();
        id.iter_mut()
            .zip(digest.as_bytes())
            .for_each(|(to, from)| *to = *from);
        if self.known.insert(id) {
            self.ordered.push((id, octets));
        }
        id
    }
}

fn put_mailbox(w: &mut Writer, mailbox: &Mailbox, chunks: &mut Chunks) {
    w.number(mailbox.id.0);
    w.octets(mailbox.name.as_bytes());
    w.number(u64::from(mailbox.uid_validity));
    let special = mailbox.special_use;
    w.octets(special.map_or("", SpecialUse::as_str).as_bytes());
    w.number(u64::from(mailbox.uid_next));
    w.number(mailbox.highest_modseq);
    w.number(mailbox.keywords.len() as u64);
    for keyword in mailbox.keywords.iter() {
        w.octets(keyword.as_str().as_bytes());
    }
    w.number(mailbox.tombstones.len() as u64);
    for tombstone in &mailbox.tombstones {
        w.number(tombstone.modseq);
        w.uids(&tombstone.uids);
    }
    w.number(mailbox.chunks.len() as u64);
    for chunk in &mailbox.chunks {
        w.array(&chunks.name(stored_column(&chunk.stored)));
        w.array(&chunks.name(marks_column(&chunk.marks)));
    }
}

fn put_metadata(w: &mut Writer, metadata: &Metadata, chunks: &mut Chunks) {
    let owners = metadata.owners();
    w.number(owners.len() as u64);
    for owner in owners {
        let mut of_owner = Writer::default();
        of_owner.byte(VERSION);
        of_owner.number(metadata.count(owner) as u64);
        for (entry, value) in metadata.of(owner) {
            of_owner.octets(entry.as_bytes());
            of_owner.octets(value);
        }
        put_owner(w, owner);
        w.array(&chunks.name(of_owner.0));
    }
}

fn put_access_keys(w: &mut Writer, keys: &AccessKeys) {
    w.number(keys.len() as u64);
    for (mailbox, key) in keys.iter() {
        w.number(mailbox.0);
        w.array(key.as_bytes());
    }
}

fn take_access_key(r: &mut Reader<'_>) -> Option<(MailboxId, AccessKey)> {
    Some((MailboxId(r.number()?), AccessKey::new(r.array()?)))
}

fn stored_column(column: &[Stored]) -> Vec<u8> {
    let mut w = Writer::default();
    w.byte(VERSION);
    w.number(column.len() as u64);
    for stored in column {
        w.number(u64::from(stored.uid));
        put_body(&mut w, &stored.body);
        put_date(&mut w, stored.date);
        w.signed(stored.saved);
    }
    w.0
}

fn marks_column(column: &[Marks]) -> Vec<u8> {
    let mut w = Writer::default();
    w.byte(VERSION);
    w.number(column.len() as u64);
    for marks in column {
        w.array(&marks.flags.0.to_le_bytes());
        w.number(marks.modseq);
    }
    w.0
}

type ReadChunk<'a> = dyn FnMut(ChunkId) -> Option<Vec<u8>> + 'a;

fn read_root(root: &[u8], chunk: &mut ReadChunk<'_>) -> Option<Account> {
    let mut r = Reader(root);
    let version = r.byte()?;
    if !(1..=ROOT_VERSION).contains(&version) {
        return None;
    }
    let mut account = Account {
        seq: r.number()?,
        at: r.signed()?,
        last_uid_validity: r.small()?,
        ..Account::default()
    };
    for name in many(&mut r, |r| r.text().map(str::to_owned))? {
        account.subscriptions.insert_mut(name);
    }
    for mailbox in many(&mut r, |r| take_mailbox(r, chunk))? {
        account.usage = account.usage.plus(Usage::of(mailbox.totals()));
        account.names.insert_mut(mailbox.name.clone(), mailbox.id);
        account.mailboxes.insert_mut(mailbox.id, Arc::new(mailbox));
    }
    if version >= 2 {
        many(&mut r, |r| take_metadata(r, &mut account.metadata, chunk))?;
    }
    if version >= 3 {
        many(&mut r, |r| sharing::take(r, &mut account, chunk))?;
    }
    if version >= 4 {
        for (mailbox, key) in many(&mut r, take_access_key)? {
            account
                .access_keys
                .apply(&Event::AccessKeySet { mailbox, key });
        }
    }
    r.is_empty().then_some(account)
}

fn take_mailbox(r: &mut Reader<'_>, chunk: &mut ReadChunk<'_>) -> Option<Mailbox> {
    let id = MailboxId(r.number()?);
    let name = r.text()?.to_owned();
    let uid_validity = r.small()?;
    let special = SpecialUse::from_str(r.text()?);
    let mut mailbox = Mailbox::new(id, name, uid_validity, special);
    mailbox.uid_next = r.small().filter(|uid| *uid > 0)?;
    let highest_modseq = r.number()?;
    let keywords = many(r, |r| Keyword::new(r.text()?))?;
    mailbox.keywords = Arc::new(keywords.into_iter().collect::<Keywords>());
    for tombstone in many(r, take_tombstone)? {
        mailbox.tombstones.push_back_mut(tombstone);
    }
    mailbox.chunks = many(r, |r| take_chunk(r, chunk))?;
    mailbox.settle(highest_modseq);
    Some(mailbox)
}

fn take_metadata(
    r: &mut Reader<'_>,
    metadata: &mut Metadata,
    chunk: &mut ReadChunk<'_>,
) -> Option<()> {
    let owner = take_owner(r)?;
    let octets = chunk(r.array()?)?;
    let entries = column(&octets, |r| {
        Some((r.text()?.to_owned(), r.octets()?.into()))
    })?;
    for (entry, value) in entries {
        metadata.set(owner, &entry, Some(&value));
    }
    Some(())
}

fn take_tombstone(r: &mut Reader<'_>) -> Option<Tombstone> {
    Some(Tombstone {
        modseq: r.number()?,
        uids: r.uids()?,
    })
}

fn take_chunk(r: &mut Reader<'_>, chunk: &mut ReadChunk<'_>) -> Option<Chunk> {
    let stored = read_stored(&chunk(r.array()?)?)?;
    let marks = read_marks(&chunk(r.array()?)?)?;
    (stored.len() == marks.len()).then(|| Chunk::new(stored, marks))
}

/// A column that was not asked for reads as empty: see [`chunk_ids`].
fn read_stored(octets: &[u8]) -> Option<Vec<Stored>> {
    column(octets, |r| {
        Some(Stored {
            uid: r.small()?,
            body: take_body(r)?,
            date: take_date(r)?,
            saved: r.signed()?,
        })
    })
}

fn read_marks(octets: &[u8]) -> Option<Vec<Marks>> {
    column(octets, |r| {
        Some(Marks {
            flags: Flags(u128::from_le_bytes(r.array()?)),
            modseq: r.number()?,
        })
    })
}

fn column<T>(octets: &[u8], item: impl FnMut(&mut Reader<'_>) -> Option<T>) -> Option<Vec<T>> {
    if octets.is_empty() {
        return Some(Vec::new());
    }
    let mut r = Reader(octets);
    if r.byte()? != VERSION {
        return None;
    }
    let items = many(&mut r, item)?;
    r.is_empty().then_some(items)
}
