//! What a store and a directory promise, as tests that every backend runs.
//!
//! A backend implements [`Subject`] (and [`Durable`], if it outlives its process) for a small
//! type of its tests and calls [`run_all`] and [`run_durable`]. Every promise is a function named
//! for it; one that is not kept panics there.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]

pub mod accounts;
pub mod bodies;
pub mod crowd;
pub mod log;
pub mod reopen;
pub mod snapshots;

use crate::{AccountId, Append, Directory, Entry, Expect, NewBody, Seq, Store};
use bytes::Bytes;
use std::sync::Arc;

/// A fresh store and directory under test.
pub trait Subject: Send {
    /// The store, with nothing in it.
    fn store(&self) -> Arc<dyn Store>;
    /// The directory, with nobody in it.
    fn directory(&self) -> Arc<dyn Directory>;
    /// The same directory opened once more, as another process would.
    fn other_directory(&self) -> Arc<dyn Directory>;
}

/// A subject that outlives its process.
pub trait Durable: Subject + Sized {
    /// Closes it and opens it again. Every handle taken from it was dropped before.
    fn reopen(self) -> impl Future<Output = Self> + Send;
}

/// Runs one promise after the other, each on a subject of its own.
macro_rules! promises {
    ($make:expr, $part:ident, $($promise:expr),+ $(,)?) => {$(
        let subject = $make().await;
        $promise(subject.$part().as_ref()).await;
    )+};
}

/// Every promise of a store and a directory. Needs a tokio runtime; multi-threaded is better.
pub async fn run_all<S: Subject>(make: impl AsyncFn() -> S) {
    promises!(
        make,
        store,
        log::appends_are_numbered_from_one_without_gaps,
        log::a_conflict_leaves_nothing,
        log::at_least_returns_what_was_missed,
        log::at_least_over_the_head_is_a_conflict,
        log::pipelined_appends_take_effect_in_the_order_submitted,
        log::a_failed_append_fails_those_that_expected_it,
        log::an_append_counts_though_nobody_awaits_it,
        log::the_log_is_read_in_order_up_to_the_limit,
        log::events_may_have_the_limit_and_not_one_octet_more,
        log::an_append_without_events_is_refused,
        log::an_account_of_number_zero_is_refused,
        log::logs_of_accounts_never_mix,
        log::watchers_hear_of_durable_appends,
        bodies::bodies_come_back_octet_for_octet,
        bodies::ranges_are_cut_at_the_end,
        bodies::an_empty_body_is_a_body,
        bodies::large_bodies_come_back,
        bodies::the_derived_part_comes_back_alone,
        bodies::the_digest_is_the_content_s,
        bodies::a_body_of_another_account_is_refused,
        bodies::a_reference_that_was_altered_is_refused,
        bodies::a_body_outlives_the_append_that_names_it_failing,
        snapshots::without_a_snapshot_there_is_none,
        snapshots::the_newest_snapshot_wins,
        snapshots::chunks_are_shared_between_snapshots,
        snapshots::a_chunk_in_no_snapshot_is_forgotten,
        snapshots::a_snapshot_with_a_chunk_nobody_has_is_refused,
        snapshots::a_chunk_under_another_name_is_refused,
        snapshots::a_snapshot_ahead_of_the_log_is_refused,
        snapshots::dropped_snapshots_are_gone,
        snapshots::snapshots_of_accounts_never_mix,
        snapshots::snapshots_leave_the_log_alone,
    );
    promises!(
        make,
        directory,
        accounts::an_added_account_is_found,
        accounts::a_name_is_given_once,
        accounts::a_removed_name_is_free_for_a_new_number,
        accounts::changes_are_kept,
        accounts::a_quota_is_kept_for_its_account_alone,
        accounts::a_change_to_nobody_is_false,
        accounts::accounts_are_listed_by_name,
        accounts::any_text_may_be_a_name,
        accounts::a_shared_account_is_nobodys,
        accounts::grants_are_found_from_either_side,
        accounts::grants_are_by_number,
    );
    let subject = make().await;
    accounts::changes_are_seen_at_once_elsewhere(
        subject.directory().as_ref(),
        subject.other_directory().as_ref(),
    )
    .await;
    crowd::appenders_to_one_account_lose_nothing(make().await.store()).await;
    crowd::appenders_to_several_accounts_lose_nothing(make().await.store()).await;
    crowd::racing_for_one_number_has_one_winner(make().await.store()).await;
}

/// What a durable store and directory promise beyond [`run_all`].
pub async fn run_durable<S: Durable>(make: impl AsyncFn() -> S) {
    reopen::what_was_acknowledged_is_there(make().await).await;
    reopen::numbering_goes_on(make().await).await;
    reopen::references_are_never_used_again(make().await).await;
    reopen::account_numbers_are_never_used_again(make().await).await;
    reopen::a_snapshot_is_whole_or_older(make().await).await;
}

const A: AccountId = AccountId(1);
const B: AccountId = AccountId(2);

fn events(texts: &[&str]) -> Vec<Bytes> {
    let own = |text: &&str| Bytes::copy_from_slice(text.as_bytes());
    texts.iter().map(own).collect()
}

fn append(account: AccountId, expect: Expect, texts: &[&str]) -> Append {
    Append {
        account,
        expect,
        at: 1_700_000_000_000,
        events: events(texts),
    }
}

fn entry(seq: Seq, text: &str) -> Entry {
    Entry {
        seq,
        at: 1_700_000_000_000,
        event: Bytes::copy_from_slice(text.as_bytes()),
    }
}

fn body(content: impl Into<Bytes>) -> NewBody {
    NewBody {
        derived: Bytes::new(),
        content: content.into(),
    }
}

/// Octets without a short period, so that blocks swapped or shifted show.
fn noise(len: usize, seed: u64) -> Bytes {
    let mut state = seed;
    let mut next = || {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        (mixed ^ (mixed >> 27)).to_le_bytes()[0]
    };
    (0..len).map(|_| next()).collect()
}
