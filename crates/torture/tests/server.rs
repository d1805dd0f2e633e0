//! Short runs of what befalls a whole server.

use postern_torture::{damage, kill};

#[test]
fn a_killed_server_keeps_what_it_acknowledged() {
    assert_eq!(kill::run(1, 8, 3), Ok(3));
}

#[test]
fn clocks_that_jump_take_nothing_back() {
    let outcome = kill::run_with_clocks(1, 4, 2);
    match outcome {
        Err(what) if what == kill::NO_FAKETIME => eprintln!("not tested: {what}"),
        other => assert_eq!(other, Ok(2)),
    }
}

#[test]
fn damage_is_told_and_nobody_gets_other_octets() {
    let outcome = kill::caught(|| damage::run(1, 4));
    assert_eq!(outcome, Ok(4));
}
