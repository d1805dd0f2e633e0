//! The persistence contract: what an account's log, snapshots and bodies need of a disk, a
//! database or a cloud, and nothing more. A backend is done when it passes [`contract`].
//!
//! This crate knows no IMAP: events, snapshots and bodies are octets here.

use async_trait::async_trait;
use bytes::Bytes;
use std::ops::Range;
use std::pin::Pin;
use tokio::sync::broadcast;

mod check;
pub mod collect;
pub mod contract;
pub mod memory;
pub mod point;
pub mod sqlite;

/// An account's number: never 0, never used again. The name is data beside it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct AccountId(pub u64);

/// The number of an entry in one account's log: 1, 2, 3 … without gaps. 0: before the first.
pub type Seq = u64;

/// Milliseconds since 1970-01-01T00:00:00Z.
pub type UnixMillis = i64;

/// One entry of a log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its place in the account's order.
    pub seq: Seq,
    /// The appender's clock when it was appended.
    pub at: UnixMillis,
    /// The event, encoded by its owner; at most [`MAX_EVENT`] octets.
    pub event: Bytes,
}

/// Octets an event may have. A larger change is several events.
pub const MAX_EVENT: usize = 1 << 20;

/// What the appender supposes of the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expect {
    /// The last entry has just this number; otherwise nothing is appended.
    Exactly(Seq),
    /// Append after whatever is last; entries after this number come back as missed. When the
    /// last has a lower number it is a conflict: an append that was relied on has failed.
    AtLeast(Seq),
}

/// Events to append together: all of them become durable, or none.
#[derive(Debug, Clone)]
pub struct Append {
    /// Whose log.
    pub account: AccountId,
    /// What the appender supposes.
    pub expect: Expect,
    /// The appender's clock.
    pub at: UnixMillis,
    /// One or more events, in order.
    pub events: Vec<Bytes>,
}

/// An append that is durable, with every body that was put before it was submitted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Appended {
    /// The number of the first event.
    pub first: Seq,
    /// The number of the last event.
    pub last: Seq,
    /// With [`Expect::AtLeast`]: the entries between the number named and `first`.
    pub missed: Vec<Entry>,
}

/// Where a body lies and what it is. It is part of events, so its form never changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct BodyRef {
    /// The segment it was written to.
    pub segment: u64,
    /// The record's place in the segment.
    pub offset: u32,
    /// Octets of the derived part.
    pub derived_len: u32,
    /// Octets of the content.
    pub len: u32,
    /// The first half of the content's BLAKE3 digest.
    pub digest: [u8; 16],
}

/// A message to keep.
#[derive(Debug, Clone)]
pub struct NewBody {
    /// What was computed from the content, to be read without it. Never needed: it can be
    /// computed again.
    pub derived: Bytes,
    /// The content, kept octet for octet.
    pub content: Bytes,
}

/// The name of a chunk: the first half of the BLAKE3 digest of its octets.
pub type ChunkId = [u8; 16];

/// A snapshot: the state of an account after entry `seq`, as a root and the chunks that it
/// names. Never needed: the log gives the same state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snapshot {
    /// The last entry that it holds.
    pub seq: Seq,
    /// The root, encoded by its owner.
    pub root: Bytes,
    /// The chunks that it names. A chunk in no snapshot of its account is forgotten.
    pub chunks: Vec<ChunkId>,
}

/// What went wrong, for the layer above to turn into a reply.
#[derive(Debug, Clone, thiserror::Error)]
pub enum StoreError {
    /// The log is not where the appender supposed; nothing was appended.
    #[error("the log is at {head}, not where the writer supposed")]
    Conflict {
        /// The last entry's number.
        head: Seq,
    },
    /// No space, or a quota of the file system. Reading still works.
    #[error("no space left on the storage: {0}")]
    Full(String),
    /// A sync failed once, so nothing more is written until a restart: a second try could
    /// falsely succeed. Reading still works.
    #[error("writing has stopped after a failed sync: {0}")]
    Stopped(String),
    /// What was read is not what was written.
    #[error("damaged: {0}")]
    Corrupt(String),
    /// The caller asked for what cannot be: an empty append, an event over [`MAX_EVENT`].
    #[error("not possible: {0}")]
    Invalid(&'static str),
    /// No such thing.
    #[error("not found: {0}")]
    Missing(String),
    /// Anything else that the system said.
    #[error("storage: {0}")]
    Io(String),
}

/// The outcome of an append, once it is known.
pub type PendingAppend = Pin<Box<dyn Future<Output = Result<Appended, StoreError>> + Send>>;

/// What a store promises. All numbers and octets are per account; accounts never mix.
#[async_trait]
pub trait Store: Send + Sync + 'static {
    /// Writes a body. It becomes durable with the next append that is submitted after this
    /// returned; a body that no event names is garbage, collected later.
    async fn put_body(&self, account: AccountId, body: NewBody) -> Result<BodyRef, StoreError>;

    /// Reads a range of a body's content; the range is cut at the content's end.
    async fn read_body(
        &self,
        account: AccountId,
        body: BodyRef,
        range: Range<u32>,
    ) -> Result<Bytes, StoreError>;

    /// Reads a body's derived part.
    async fn read_derived(&self, account: AccountId, body: BodyRef) -> Result<Bytes, StoreError>;

    /// Submits an append. Appends to one account take effect in the order of these calls, so a
    /// caller may submit the next, expecting this one, before this one is durable; if this one
    /// fails, so do those.
    fn append(&self, append: Append) -> PendingAppend;

    /// The last entry's number, 0 for an empty log.
    async fn head(&self, account: AccountId) -> Result<Seq, StoreError>;

    /// Entries after `after`, in order, at most `limit` of them.
    async fn read_log(
        &self,
        account: AccountId,
        after: Seq,
        limit: usize,
    ) -> Result<Vec<Entry>, StoreError>;

    /// Keeps a snapshot in place of an older one. `new_chunks` are those that the snapshot
    /// before it did not name. Need not be durable when this returns, but is never seen in part.
    /// An older one than there is changes nothing. One that is ahead of the log, or a chunk under
    /// a name not its own, is [`StoreError::Invalid`]; a chunk that is neither new nor in the
    /// snapshot before, [`StoreError::Missing`].
    async fn put_snapshot(
        &self,
        account: AccountId,
        snapshot: Snapshot,
        new_chunks: Vec<(ChunkId, Bytes)>,
    ) -> Result<(), StoreError>;

    /// The newest snapshot.
    async fn snapshot(&self, account: AccountId) -> Result<Option<Snapshot>, StoreError>;

    /// Chunks by name, in the order asked. [`StoreError::Missing`] when the snapshot that named
    /// one was replaced in the meantime: read the newest again.
    async fn read_chunks(
        &self,
        account: AccountId,
        chunks: &[ChunkId],
    ) -> Result<Vec<Bytes>, StoreError>;

    /// Forgets all snapshots of the account.
    async fn drop_snapshots(&self, account: AccountId) -> Result<(), StoreError>;

    /// Tells of appends that became durable: account and last number. A hint: a slow receiver
    /// loses some.
    fn watch(&self) -> broadcast::Receiver<(AccountId, Seq)>;

    /// What the store has done since it was opened.
    fn counters(&self) -> Counters;
}

/// Counts since the store was opened.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counters {
    /// Appends that became durable.
    pub appends: u64,
    /// Bodies written.
    pub bodies: u64,
    /// Calls that force data to the medium (`fsync`, `fdatasync`), the database's included.
    pub syncs: u64,
}

/// Logs and bodies of another time or place, only read.
pub trait Past: Send + Sync + 'static {
    /// Entries after `after`, in order, at most `limit` of them; fewer need not mean the end,
    /// none does.
    ///
    /// # Errors
    /// They cannot be read, or are damaged.
    fn log(&self, account: AccountId, after: Seq, limit: usize) -> Result<Vec<Entry>, StoreError>;

    /// A body's content.
    ///
    /// # Errors
    /// It cannot be read, or is damaged.
    fn body(&self, account: AccountId, body: &BodyRef) -> Result<Bytes, StoreError>;
}

/// An account as the directory keeps it.
#[derive(Clone, PartialEq, Eq)]
pub struct AccountRecord {
    /// Its number.
    pub id: AccountId,
    /// Its name in normal form; unique among accounts that are not removed.
    pub name: String,
    /// The password's hash as a PHC or `{SCHEME}` string; empty: no password opens it.
    pub credential: String,
    /// Whether it may come in and receive mail.
    pub enabled: bool,
    /// Whether it is nobody's: several people share its mailboxes, and none signs in as it.
    pub shared: bool,
    /// When it was added.
    pub created: UnixMillis,
}

impl std::fmt::Debug for AccountRecord {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AccountRecord")
            .field("id", &self.id)
            .field("name", &self.name)
            .field("enabled", &self.enabled)
            .field("shared", &self.shared)
            .field("created", &self.created)
            .finish_non_exhaustive()
    }
}

/// What an account may hold, where that is set for it alone; `None` is what holds for all.
/// [`NO_QUOTA`] is as good as none.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct AccountQuota {
    /// Octets of messages.
    pub storage: Option<u64>,
    /// Messages.
    pub messages: Option<u64>,
    /// Mailboxes.
    pub mailboxes: Option<u64>,
}

/// The largest limit there is: nothing comes to it. Larger ones are kept as this.
pub const NO_QUOTA: u64 = i64::MAX as u64;

/// A change to an account.
#[derive(Clone)]
pub enum AccountChange {
    /// A new hash.
    Credential(String),
    /// May come in, or not.
    Enabled(bool),
    /// What it may hold.
    Quota(AccountQuota),
    /// Gone from the directory; the name is free again, the number and the log stay.
    Removed,
}

/// Which accounts there are. Changes are seen at once by every process that has it open.
#[async_trait]
pub trait Directory: Send + Sync + 'static {
    /// Adds an account; `None` when the name is taken.
    async fn add_account(
        &self,
        name: &str,
        credential: &str,
        created: UnixMillis,
    ) -> Result<Option<AccountId>, StoreError>;

    /// Adds an account that is nobody's, without a credential; `None` when the name is taken.
    async fn add_shared_account(
        &self,
        name: &str,
        created: UnixMillis,
    ) -> Result<Option<AccountId>, StoreError>;

    /// The account of that name.
    async fn account_by_name(&self, name: &str) -> Result<Option<AccountRecord>, StoreError>;

    /// The account of that number, unless removed.
    async fn account(&self, id: AccountId) -> Result<Option<AccountRecord>, StoreError>;

    /// All accounts by name.
    async fn accounts(&self) -> Result<Vec<AccountRecord>, StoreError>;

    /// What an account may hold, where that is set for it alone; nothing is for one that was
    /// removed or never was.
    async fn quota(&self, id: AccountId) -> Result<AccountQuota, StoreError>;

    /// Changes an account; false when there is none of that number.
    async fn change_account(
        &self,
        id: AccountId,
        change: AccountChange,
    ) -> Result<bool, StoreError>;

    /// Notes that an account may have granted something to another, or with `None` to anyone. A
    /// hint where to look, from which nothing follows: the accounts themselves say what they grant.
    async fn note_grant(
        &self,
        owner: AccountId,
        grantee: Option<AccountId>,
    ) -> Result<(), StoreError>;

    /// Takes back the note.
    async fn forget_grant(
        &self,
        owner: AccountId,
        grantee: Option<AccountId>,
    ) -> Result<(), StoreError>;

    /// To whom an account is noted to have granted something, in order.
    async fn grantees(&self, owner: AccountId) -> Result<Vec<Option<AccountId>>, StoreError>;

    /// The other accounts that are noted to have granted something to this one or to anyone, by
    /// name.
    async fn grantors(&self, grantee: AccountId) -> Result<Vec<AccountRecord>, StoreError>;
}
