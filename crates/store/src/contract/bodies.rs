//! Promises about bodies.

use super::{A, B, append, body, noise};
use crate::{AccountId, BodyRef, Expect, NewBody, Store, StoreError};
use bytes::Bytes;

const ALL: std::ops::Range<u32> = 0..u32::MAX;

fn refused<T>(outcome: Result<T, StoreError>) -> bool {
    matches!(
        outcome,
        Err(StoreError::Corrupt(_) | StoreError::Missing(_))
    )
}

/// Every octet value, at lengths around the sizes that storages cut at.
pub async fn bodies_come_back_octet_for_octet(store: &dyn Store) {
    let lengths = [
        1, 2, 63, 64, 255, 4095, 4096, 65_535, 65_536, 65_537, 200_001,
    ];
    let mut kept = Vec::new();
    for (seed, len) in (1..).zip(lengths) {
        let content = noise(len, seed);
        let reference = store.put_body(A, body(content.clone())).await.unwrap();
        assert_eq!(reference.len as usize, len);
        kept.push((reference, content));
    }
    let every: Bytes = (0..=255).collect();
    let reference = store.put_body(A, body(every.clone())).await.unwrap();
    kept.push((reference, every));
    for (reference, content) in &kept {
        let read = store.read_body(A, *reference, ALL).await.unwrap();
        assert!(read == content, "{reference:?} differs");
    }
    assert_eq!(store.counters().bodies, kept.len() as u64);
}

/// A range gives just its octets; past the end there are none.
pub async fn ranges_are_cut_at_the_end(store: &dyn Store) {
    let content = noise(150_000, 7);
    let reference = store.put_body(A, body(content.clone())).await.unwrap();
    let ranges = [
        (0, 1),
        (0, 65_536),
        (65_535, 65_537),
        (65_536, 131_072),
        (100_000, 150_000),
        (149_999, 150_001),
        (149_999, u32::MAX),
        (150_000, 150_001),
        (u32::MAX, u32::MAX),
        (70_000, 70_000),
    ];
    for (start, end) in ranges {
        let read = store.read_body(A, reference, start..end).await.unwrap();
        let end = (end as usize).min(content.len());
        let start = (start as usize).min(end);
        assert!(read == content[start..end], "{start}..{end} differs");
    }
    #[allow(clippy::reversed_empty_ranges)]
    let backwards = store.read_body(A, reference, 9..3).await.unwrap();
    assert!(backwards.is_empty());
}

/// No content is content.
pub async fn an_empty_body_is_a_body(store: &dyn Store) {
    let reference = store.put_body(A, body(Bytes::new())).await.unwrap();
    assert_eq!(reference.len, 0);
    let read = store.read_body(A, reference, ALL).await.unwrap();
    assert!(read.is_empty());
    let derived = store.read_derived(A, reference).await.unwrap();
    assert!(derived.is_empty());
}

/// 20 MiB at once, and small ones around it.
pub async fn large_bodies_come_back(store: &dyn Store) {
    let before = store.put_body(A, body("before")).await.unwrap();
    let content = noise(20 << 20, 3);
    let large = store.put_body(A, body(content.clone())).await.unwrap();
    let after = store.put_body(A, body("after")).await.unwrap();
    let read = store.read_body(A, large, ALL).await.unwrap();
    assert!(read == content, "the large body differs");
    let part = store.read_body(A, large, 10_000_000..10_000_100).await;
    assert_eq!(part.unwrap(), content[10_000_000..10_000_100]);
    let small = store.read_body(A, before, ALL).await.unwrap();
    assert_eq!(small, "before");
    assert_eq!(store.read_body(A, after, ALL).await.unwrap(), "after");
}

/// The derived part is read without the content, the content without the derived part.
pub async fn the_derived_part_comes_back_alone(store: &dyn Store) {
    for (derived, content) in [(10, 70_000), (100_000, 10), (65_536, 0)] {
        let new = NewBody {
            derived: noise(derived, 1),
            content: noise(content, 2),
        };
        let reference = store.put_body(A, new.clone()).await.unwrap();
        assert_eq!(reference.derived_len as usize, derived);
        let read = store.read_derived(A, reference).await.unwrap();
        assert!(read == new.derived, "the derived part differs");
        let read = store.read_body(A, reference, ALL).await.unwrap();
        assert!(read == new.content, "the content differs");
    }
}

/// The digest is the first half of the BLAKE3 digest; the value is the one published for "abc".
pub async fn the_digest_is_the_content_s(store: &dyn Store) {
    let reference = store.put_body(A, body("abc")).await.unwrap();
    let published = 0x6437_b3ac_3846_5133_ffb6_3b75_273a_8db5_u128;
    assert_eq!(reference.digest, published.to_be_bytes());
}

/// A reference opens nothing for another account, whichever shard that is in.
pub async fn a_body_of_another_account_is_refused(store: &dyn Store) {
    let new = NewBody {
        derived: "derived".into(),
        content: "mine".into(),
    };
    let reference = store.put_body(A, new).await.unwrap();
    for other in [2, 3, 4, 5].map(AccountId) {
        assert!(refused(store.read_body(other, reference, ALL).await));
        assert!(refused(store.read_derived(other, reference).await));
    }
    store.put_body(B, body("yours")).await.unwrap();
    assert!(refused(store.read_body(B, reference, ALL).await));
}

/// A reference that differs from the one given reads nothing.
pub async fn a_reference_that_was_altered_is_refused(store: &dyn Store) {
    let good = store.put_body(A, body(noise(1000, 1))).await.unwrap();
    store.put_body(A, body(noise(1000, 2))).await.unwrap();
    let mut digest = good.digest;
    digest[15] ^= 1;
    let altered = [
        BodyRef { digest, ..good },
        BodyRef { len: 999, ..good },
        BodyRef {
            len: u32::MAX,
            ..good
        },
        BodyRef {
            derived_len: 1,
            ..good
        },
        BodyRef {
            offset: good.offset + 8,
            ..good
        },
        BodyRef {
            offset: u32::MAX,
            ..good
        },
        BodyRef {
            segment: 1 << 50,
            ..good
        },
        BodyRef {
            segment: u64::MAX,
            ..good
        },
        BodyRef { segment: 0, ..good },
    ];
    for reference in altered {
        let outcome = store.read_body(A, reference, ALL).await;
        assert!(refused(outcome), "{reference:?} was read");
        let outcome = store.read_derived(A, reference).await;
        assert!(refused(outcome), "{reference:?} was read");
    }
}

/// A caller may append again, with the same body, after a conflict.
pub async fn a_body_outlives_the_append_that_names_it_failing(store: &dyn Store) {
    let reference = store.put_body(A, body("kept")).await.unwrap();
    let conflict = store.append(append(A, Expect::Exactly(1), &["names it"]));
    conflict.await.unwrap_err();
    let again = store.append(append(A, Expect::Exactly(0), &["names it"]));
    again.await.unwrap();
    let read = store.read_body(A, reference, ALL).await.unwrap();
    assert_eq!(read, "kept");
}
