//! [`UidSet`] against a set of single numbers.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]

use postern_imap::sequence::{Number, Set, UidSet};
use proptest::prelude::*;
use std::collections::BTreeSet;

const MAX: u32 = u32::MAX;

/// Close to both ends of the numbers and close to each other.
fn ranges() -> impl Strategy<Value = Vec<(u32, u32)>> {
    let low = (0u32..40, 0u32..6).prop_map(|(a, n)| (a, a + n));
    let high = (0u32..40, 0u32..6).prop_map(|(a, n)| (MAX - a, (MAX - a).saturating_add(n)));
    let empty = Just((9u32, 3u32));
    proptest::collection::vec(prop_oneof![8 => low, 3 => high, 1 => empty], 0..12)
}

fn model(ranges: &[(u32, u32)]) -> BTreeSet<u32> {
    let ranges = ranges.iter().filter(|r| r.0 > 0);
    ranges.flat_map(|&(a, b)| a..=b).collect()
}

fn check_form(set: &UidSet) {
    for pair in set.ranges().windows(2) {
        assert!(u64::from(pair[0].1) + 1 < u64::from(pair[1].0), "{set}");
    }
    assert!(set.ranges().iter().all(|r| 0 < r.0 && r.0 <= r.1), "{set}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, ..ProptestConfig::default() })]

    #[test]
    fn inserting(ranges in ranges()) {
        let model = model(&ranges);
        let mut set = UidSet::default();
        for (a, b) in &ranges {
            set.insert_range(*a, *b);
        }
        check_form(&set);
        prop_assert_eq!(&UidSet::from_ranges(ranges), &set);
        prop_assert_eq!(&model.iter().copied().collect::<UidSet>(), &set);
        prop_assert_eq!(&model.iter().rev().copied().collect::<UidSet>(), &set);
        prop_assert_eq!(set.iter().collect::<Vec<_>>(), model.iter().copied().collect::<Vec<_>>());
        prop_assert_eq!(set.len(), model.len() as u64);
        prop_assert_eq!(set.is_empty(), model.is_empty());
        prop_assert_eq!((set.first(), set.last()), (model.first().copied(), model.last().copied()));
    }

    #[test]
    fn asking(ranges in ranges(), n in prop_oneof![0..50u32, MAX - 50..=MAX]) {
        let (set, model) = (UidSet::from_ranges(ranges.clone()), model(&ranges));
        prop_assert_eq!(set.contains(n), model.contains(&n));
        prop_assert_eq!(set.count_below(n), u32::try_from(model.range(..n).count()).unwrap());
    }

    #[test]
    fn combining(a in ranges(), b in ranges()) {
        let (left, right) = (UidSet::from_ranges(a.clone()), UidSet::from_ranges(b.clone()));
        let (a, b) = (model(&a), model(&b));
        for (set, numbers) in [
            (left.intersection(&right), &a & &b),
            (left.union(&right), &a | &b),
            (left.difference(&right), &a - &b),
        ] {
            check_form(&set);
            prop_assert_eq!(set, numbers.into_iter().collect::<UidSet>());
        }
    }
}

#[test]
fn display() {
    let set = UidSet::from_ranges([(7, 9), (1, 1), (3, 4), (5, 5)]);
    assert_eq!(set.to_string(), "1,3:5,7:9");
    assert_eq!(UidSet::default().to_string(), "");
    assert_eq!(UidSet::range(0, 2).to_string(), "1:2");
    assert_eq!(UidSet::range(1, 0).to_string(), "");
}

#[test]
fn resolving() {
    use Number::{Star, Value};
    let resolve = |ranges: &[_], largest| Set::Ranges(ranges.to_vec()).resolve(largest).unwrap();
    assert_eq!(resolve(&[(Value(4), Value(2))], 9), UidSet::range(2, 4));
    assert_eq!(resolve(&[(Value(7), Star)], 9), UidSet::range(7, 9));
    // RFC 9051 section 9: `*` may be less than the other end.
    assert_eq!(resolve(&[(Value(12), Star)], 9), UidSet::range(9, 12));
    assert_eq!(resolve(&[(Star, Star)], 9), UidSet::range(9, 9));
    assert_eq!(resolve(&[(Star, Value(3))], 9), UidSet::range(3, 9));
    // Not cut at the largest: that is for the one who looks numbers up.
    assert_eq!(resolve(&[(Value(20), Value(30))], 9), UidSet::range(20, 30));
    for range in [(Star, Star), (Value(1), Star), (Star, Value(5))] {
        assert!(resolve(&[range], 0).is_empty());
    }
    assert_eq!(Set::Saved.resolve(9), None);
}
