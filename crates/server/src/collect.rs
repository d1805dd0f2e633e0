//! Collection: space of messages that were deleted longer ago than history goes back.
//!
//! What lives is what could still be asked for: the messages of the account as it was when
//! history begins, and all that came since. That is read from the logs, after the store has said
//! in which segments nothing is written any more, so that nothing new can lie in them; and a
//! message that is copied or restored meanwhile is one that lives.

use crate::live::{now_millis, reference_to};
use crate::settings::History;
use postern_account::{Account, Event};
use postern_store::collect::{Candidate, Collect, Freed};
use postern_store::{AccountId, Store, StoreError, UnixMillis};
use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Mutex;

/// Entries read at a time.
const BATCH: usize = 1000;
/// Between two accounts or two segments: others come first.
const PAUSE: Duration = Duration::from_millis(5);

/// How long things are kept.
#[derive(Debug, Clone)]
pub struct Keep {
    /// What was deleted, so that it can be restored.
    pub history: History,
    /// A segment after the last write to it: until then an event may be about to name a body.
    pub rest: Duration,
}

/// Gives space back, one run at a time.
pub struct Collector {
    store: Arc<dyn Store>,
    segments: Arc<dyn Collect>,
    keep: Keep,
    running: Mutex<()>,
}

/// Where live bodies are: the segments that may be freed, each with its live places.
struct Live {
    places: HashMap<u64, Vec<Range<u64>>>,
}

impl Collector {
    /// For one store, which is both.
    pub fn new(store: Arc<dyn Store>, segments: Arc<dyn Collect>, keep: Keep) -> Self {
        Self {
            store,
            segments,
            keep,
            running: Mutex::default(),
        }
    }

    /// Looks at every shard once.
    ///
    /// # Errors
    /// A log cannot be read, and then nothing of its shard is given back, or the store could not.
    pub async fn run(&self) -> Result<Freed, StoreError> {
        let _alone = self.running.lock().await;
        let mut all = Freed::default();
        let mut failed = None;
        for shard in 0..self.segments.shards() {
            match self.shard(shard).await {
                Ok(freed) => {
                    all.octets += freed.octets;
                    all.segments += freed.segments;
                }
                Err(error) => {
                    tracing::warn!(shard, %error, "nothing more of this shard is collected now");
                    failed = Some(error);
                }
            }
        }
        tracing::info!(octets = all.octets, segments = all.segments, "collected");
        failed.map_or(Ok(all), Err)
    }

    /// Runs some minutes from now and every day from then on; never returns.
    pub async fn run_daily(&self) {
        const FIRST: Duration = Duration::from_secs(10 * 60);
        const EVERY: Duration = Duration::from_secs(24 * 60 * 60);
        tokio::time::sleep(FIRST).await;
        loop {
            // It has logged what went wrong.
            let _ = self.run().await;
            tokio::time::sleep(EVERY).await;
        }
    }

    async fn shard(&self, shard: u16) -> Result<Freed, StoreError> {
        // Before anything else: see above.
        let candidates = self.segments.candidates(shard, self.keep.rest).await?;
        if candidates.is_empty() {
            return Ok(Freed::default());
        }
        let live = self.live(shard, &candidates).await?;
        let mut all = Freed::default();
        for candidate in candidates {
            let places = live.places.get(&candidate.segment);
            let places = places.cloned().unwrap_or_default();
            let freed = self.segments.free(candidate, places).await?;
            all.octets += freed.octets;
            all.segments += freed.segments;
            tokio::time::sleep(PAUSE).await;
        }
        Ok(all)
    }

    async fn live(&self, shard: u16, candidates: &[Candidate]) -> Result<Live, StoreError> {
        let now = now_millis();
        let listed = self.segments.removals().await?.into_iter();
        let listed: HashMap<AccountId, (UnixMillis, Option<UnixMillis>)> = listed
            .map(|it| (it.id, (self.keep.history.begins(&it.name, now), it.removed)))
            .collect();
        let places = candidates.iter().map(|it| (it.segment, Vec::new()));
        let mut live = Live {
            places: places.collect(),
        };
        for account in self.segments.logged(shard).await? {
            match listed.get(&account) {
                Some((begins, Some(removed))) if removed < begins => {}
                Some((begins, _)) => self.of_account(account, *begins, &mut live).await?,
                // It has no business here, but nobody said that its mail may go.
                None => self.of_account(account, UnixMillis::MIN, &mut live).await?,
            }
            tokio::time::sleep(PAUSE).await;
        }
        Ok(live)
    }

    async fn of_account(
        &self,
        id: AccountId,
        begins: UnixMillis,
        live: &mut Live,
    ) -> Result<(), StoreError> {
        let mut account = Account::default();
        let mut after = 0;
        loop {
            let entries = self.store.read_log(id, after, BATCH).await?;
            let full = entries.len() == BATCH;
            for entry in entries {
                let event = Event::decode(&entry.event).filter(|event| *event != Event::Lost);
                let event = event.ok_or_else(|| {
                    StoreError::Corrupt(format!("entry {} of account {}", entry.seq, id.0))
                })?;
                after = entry.seq;
                if entry.at < begins {
                    account.apply(entry.seq, entry.at, &event);
                    continue;
                }
                event.bodies().for_each(|body| self.note(body, live));
            }
            if !full {
                break;
            }
            tokio::task::yield_now().await;
        }
        for message in account.mailboxes().flat_map(|mailbox| mailbox.messages()) {
            self.note(&message.stored.body, live);
        }
        Ok(())
    }

    fn note(&self, body: &postern_account::Body, live: &mut Live) {
        if let Some(places) = live.places.get_mut(&body.segment) {
            places.push(self.segments.extent(&reference_to(body)));
        }
    }
}
