//! Many clients at one account agree with each other and with one who looks afresh; and so does
//! one who comes after the server was killed. `postern_tests::checker` says how.
//!
//! Every [`ROUNDS_OF_A_RUN`] rounds begin at a new server with the next seed. A failure names its
//! seed; `MANY_CLIENTS_SEED` begins with that, and repeats its choices (not its timing).
//! `MANY_CLIENTS_ROUNDS`, which `cargo xtask checker --rounds N` sets, makes the whole longer.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]

use postern_tests::checker::{look_at_all, plan, play, report};
use postern_tests::{ACCOUNT, Chance, SECOND_ACCOUNT, ServerUnderTest};

/// How often the clients of one run meet.
const ROUNDS_OF_A_RUN: usize = 8;

/// Rounds in all, where nobody wants more: a minute or two.
const ROUNDS: usize = 96;

#[test]
fn many_clients_agree_and_a_killed_server_keeps_its_word() {
    let first = Chance::seed("MANY_CLIENTS_SEED");
    let rounds = std::env::var("MANY_CLIENTS_ROUNDS").ok();
    let rounds = rounds.map_or(ROUNDS, |number| {
        number.parse().expect("MANY_CLIENTS_ROUNDS")
    });
    for number in 0..rounds.div_ceil(ROUNDS_OF_A_RUN) {
        let seed = first.wrapping_add(number as u64);
        println!("MANY_CLIENTS_SEED={seed}");
        run(seed);
    }
}

fn run(seed: u64) {
    let mut server = ServerUnderTest::start();
    let lists = plan(seed, ROUNDS_OF_A_RUN);
    let run = play(&server, &lists);
    if let Some((client, why)) = &run.failure {
        let report = report(&mut server, &lists, &run, seed);
        // All of its log would hide the report.
        drop(server);
        panic!("MANY_CLIENTS_SEED={seed}: client {client}: {why}\n{report}");
    }
    let before = look_at_all(&server, ACCOUNT);
    server.kill();
    server.restart();
    assert_eq!(before, look_at_all(&server, ACCOUNT));
    let mut witness = look_at_all(&server, SECOND_ACCOUNT);
    let witness = witness.remove("INBOX").unwrap();
    let names: Vec<String> = witness.names.into_values().collect();
    assert_eq!(names, run.delivered, "every delivery once, in order");
    assert!(!server.log().contains("panicked"), "{}", server.log());
}
