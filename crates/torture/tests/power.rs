//! A short run of the power cuts.

use postern_torture::power;

#[test]
fn what_was_acknowledged_outlives_power_cuts() {
    for seed in 1..=6 {
        let outcome = power::run(seed, power::LIVES);
        assert!(outcome.is_ok(), "seed {seed}: {outcome:?}");
    }
}

/// Without that, a seed that fails would be worth little.
#[test]
fn a_seed_repeats_every_call() {
    let traces = [(); 2].map(|()| power::run(7, 20).map(|outcome| outcome.trace));
    assert_eq!(traces[0], traces[1]);
}
