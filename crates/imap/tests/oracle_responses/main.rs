//! The responses against another's reading: imap-codec reads what we write, and says of it what
//! we meant. What it does not cover (ESEARCH, METADATA, OBJECTID and later extensions) the
//! tables of `responses` and the transcripts have.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]

mod heard;
mod meant;

use proptest::prelude::*;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(20_000))]

    #[test]
    fn another_reads_in_our_responses_what_we_mean((octets, meant) in meant::any_response()) {
        prop_assert_eq!(heard::heard(&octets), meant, "{}", String::from_utf8_lossy(&octets));
    }
}
