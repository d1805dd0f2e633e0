//! What is told of sorted results, against a client that does what it is told.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use postern_account::context::{Run, Sorted};
use postern_imap::sequence::UidSet;
use proptest::prelude::*;
use std::collections::BTreeMap;

fn set(uids: &[u32]) -> UidSet {
    UidSet::from_ranges(uids.iter().map(|uid| (*uid, *uid)))
}

fn run(position: u32, uids: &[u32]) -> Run {
    let uids = uids.to_vec();
    Run { position, uids }
}

/// RFC 5267 section 4.3.4: what is removed must be where it is said to be.
fn take_out(list: &mut Vec<u32>, runs: &[Run]) {
    for run in runs {
        let from = run.position as usize - 1;
        let taken: Vec<u32> = list.drain(from..from + run.uids.len()).collect();
        assert_eq!(taken, run.uids);
    }
}

/// Section 4.3.3.
fn put_in(list: &mut Vec<u32>, runs: &[Run]) {
    for run in runs {
        let at = run.position as usize - 1;
        list.splice(at..at, run.uids.iter().copied());
    }
}

/// The example of RFC 5267 section 4.3.3, in the form that it prefers.
#[test]
fn one_run_for_neighbours() {
    let mut sorted = Sorted::new(vec![2734, 2735]);
    let runs = sorted.insert(&[(0, 2731), (0, 2732), (0, 2733)]);
    assert_eq!(runs, [run(1, &[2731, 2732, 2733])]);
    let runs = sorted.insert(&[(1, 7), (4, 5), (4, 4), (5, 9)]);
    assert_eq!(runs, [run(2, &[7]), run(6, &[5, 4]), run(9, &[9])]);
    let runs = sorted.remove(&set(&[2731, 7, 4, 9, 1000]));
    assert_eq!(runs, [run(9, &[9]), run(7, &[4]), run(1, &[2731, 7])]);
    assert_eq!(sorted, Sorted::new(vec![2732, 2733, 2734, 5, 2735]));
    assert_eq!(sorted.remove(&UidSet::default()), []);
    assert_eq!(sorted.insert(&[]), []);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    /// Whatever comes and goes, the client's list is what sorting all anew gives.
    #[test]
    fn the_client_has_what_a_new_sort_gives(
        steps in prop::collection::vec(
            (prop::collection::btree_map(1..80_u32, 0..6_u8, 0..12), prop::collection::vec(1..80_u32, 0..9)),
            1..12,
        )
    ) {
        let mut keys: BTreeMap<u32, u8> = BTreeMap::new();
        let (mut client, mut sorted) = (Vec::new(), Sorted::default());
        for (added, gone) in steps {
            keys.retain(|uid, _| !gone.contains(uid));
            take_out(&mut client, &sorted.remove(&set(&gone)));
            let mut new: Vec<_> = added.into_iter().filter(|(uid, _)| !keys.contains_key(uid)).collect();
            new.sort_by_key(|(uid, key)| (*key, *uid));
            let place = |uid: u32, key: u8| {
                (0..sorted.len()).filter(|at| {
                    let other = sorted.at(*at).unwrap();
                    (keys[&other], other) < (key, uid)
                }).count()
            };
            let places: Vec<_> = new.iter().map(|(uid, key)| (place(*uid, *key), *uid)).collect();
            keys.extend(new);
            put_in(&mut client, &sorted.insert(&places));
            let mut fresh: Vec<u32> = keys.keys().copied().collect();
            fresh.sort_by_key(|uid| (keys[uid], *uid));
            prop_assert_eq!(&client, &fresh);
            prop_assert_eq!(&sorted, &Sorted::new(fresh));
        }
    }
}
