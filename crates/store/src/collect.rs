//! Giving back the space of what nobody will ask for again. Which bodies that is, only the owner
//! of the events can say; how space is given back, only the store.

use crate::{AccountId, BodyRef, StoreError, UnixMillis};
use async_trait::async_trait;
use std::ops::Range;
use std::time::Duration;

/// A segment from which space may be given back: nothing has been written to it for long, and
/// nothing will be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Candidate {
    /// Its shard.
    pub shard: u16,
    /// Its number.
    pub segment: u64,
    /// Its end, in octets.
    pub end: u64,
}

/// An account as the directory has it, removed ones too.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// Its number.
    pub id: AccountId,
    /// Its name, or the one that it had.
    pub name: String,
    /// When it was removed.
    pub removed: Option<UnixMillis>,
}

/// What was given back.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Freed {
    /// Octets.
    pub octets: u64,
    /// Segments that went whole.
    pub segments: u64,
}

/// A store that can give space back.
#[async_trait]
pub trait Collect: Send + Sync + 'static {
    /// How many shards there are; accounts of one shard share segments.
    fn shards(&self) -> u16;

    /// The accounts of a shard that have a log, removed ones too.
    async fn logged(&self, shard: u16) -> Result<Vec<AccountId>, StoreError>;

    /// Every account that ever was.
    async fn removals(&self) -> Result<Vec<Listed>, StoreError>;

    /// The segments of a shard to which nothing was written for `rest`. To be asked before the
    /// logs are read: a body that an append in flight is about to name is younger.
    async fn candidates(&self, shard: u16, rest: Duration) -> Result<Vec<Candidate>, StoreError>;

    /// Gives back what no live body takes of a segment. That it will be is durable before it is
    /// done, so that a check knows it; a crash at any point leaves every live body whole, and the
    /// next call finishes.
    async fn free(&self, candidate: Candidate, live: Vec<Range<u64>>) -> Result<Freed, StoreError>;

    /// The place of a body in its segment.
    fn extent(&self, body: &BodyRef) -> Range<u64>;
}
