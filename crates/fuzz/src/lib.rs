//! What must hold of every parser, whatever the octets: one function for each, that panics where
//! it does not hold. `tests/corpus.rs` runs them over the corpus and over seeded changes of it;
//! `cargo xtask fuzz` gives them to libFuzzer.
//!
//! A property says more than "no panic" wherever it can: what was read is written and read again,
//! what is written is valid grammar, output and what is kept are bounded by the input.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::missing_panics_doc
)]

mod account;
mod config;
#[path = "../../server/src/stream/deflate.rs"]
#[allow(dead_code, missing_docs)]
mod deflate;
mod delivery;
#[path = "../../message/tests/common/mod.rs"]
mod grammar;
mod identity;
mod imap;
mod message;
pub mod mutate;
mod responses;
mod store;
mod streams;
mod write;

/// A parser's properties.
#[derive(Debug, Clone, Copy)]
pub struct Target {
    /// Its name, which is that of its folder in `corpus/`.
    pub name: &'static str,
    /// Panics where a property does not hold.
    pub run: fn(&[u8]),
    /// How many changed inputs a test run tries: fewer where one takes longer.
    pub rounds: usize,
}

/// All of them.
pub const TARGETS: &[Target] = &[
    target("account_names", identity::account_names, 20_000),
    target("charsets", message::charsets, 10_000),
    target("commands", imap::commands, 40_000),
    target("config", config::files, 3_000),
    target("dates", imap::dates, 40_000),
    target("deflate_in", streams::deflate_in, 4_000),
    target("deflate_out", streams::deflate_out, 500),
    target("encoded_words", message::encoded_words, 5_000),
    target("events", account::events, 40_000),
    target("folds", account::folds, 8_000),
    target("framing", streams::framing, 20_000),
    target("headers", message::headers, 20_000),
    target("lmtp_commands", delivery::commands, 40_000),
    target("lmtp_sessions", delivery::sessions, 4_000),
    target("mailbox_names", imap::mailbox_names, 30_000),
    target("messages", message::messages, 1_500),
    target("patterns", imap::patterns, 20_000),
    target("previews", message::previews, 10_000),
    target("responses", responses::responses, 10_000),
    target("sasl", identity::sasl, 40_000),
    target("sections", message::sections, 5_000),
    target("segments", store::segments, 2_000),
    target("sequence_sets", imap::sequence_sets, 20_000),
    target("snapshots", account::snapshots, 20_000),
    target("sort_keys", message::sort_keys, 5_000),
    target("summaries", message::summaries, 20_000),
    target("urls", imap::urls, 30_000),
];

const fn target(name: &'static str, run: fn(&[u8]), rounds: usize) -> Target {
    Target { name, run, rounds }
}

/// The target of that name.
#[must_use]
pub fn by_name(name: &str) -> Option<&'static Target> {
    TARGETS.iter().find(|target| target.name == name)
}
