//! SORT and THREAD responses, and ESEARCH with an order, as octets.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use postern_imap::response::{self, SearchResult};
use postern_imap::search::PartialRange;
use postern_imap::thread::{Forest, ThreadNode};

fn written(write: impl FnOnce(&mut Vec<u8>)) -> String {
    let mut out = Vec::new();
    write(&mut out);
    String::from_utf8(out).unwrap()
}

/// A forest from children by number; 0 and 1000 and more stand for parents that are no message.
fn forest(roots: &[u32], children: &[(u32, &[u32])]) -> Forest {
    let mut numbers: Vec<u32> = roots.to_vec();
    numbers.extend(children.iter().flat_map(|(_, below)| below.iter()));
    let place = |n: u32| numbers.iter().position(|m| *m == n).unwrap();
    let below = |n: u32| {
        let found = children.iter().find(|(parent, _)| *parent == n);
        found.map_or(Vec::new(), |(_, below)| {
            below.iter().map(|n| place(*n)).collect()
        })
    };
    let node = |&n: &u32| ThreadNode {
        number: Some(n).filter(|n| (1..1000).contains(n)),
        children: below(n),
    };
    Forest {
        nodes: numbers.iter().map(node).collect(),
        roots: roots.iter().map(|n| place(*n)).collect(),
    }
}

#[test]
fn sort_responses() {
    let sort = |numbers: &[u32], modseq| {
        written(|out| response::sort(out, numbers.iter().copied(), modseq))
    };
    assert_eq!(sort(&[2, 84, 882], None), "* SORT 2 84 882\r\n");
    assert_eq!(sort(&[], None), "* SORT\r\n");
    assert_eq!(sort(&[5, 3], Some(9)), "* SORT 5 3 (MODSEQ 9)\r\n");
}

/// The examples of RFC 5256 section 4 and, of its section 3, threads of all shapes.
#[test]
fn thread_responses() {
    let thread = |forest: Forest| written(|out| response::thread(out, &forest));
    assert_eq!(thread(Forest::default()), "* THREAD\r\n");
    assert_eq!(
        thread(forest(
            &[2, 3],
            &[(3, &[6]), (6, &[4, 44]), (4, &[23]), (44, &[7]), (7, &[96])]
        )),
        "* THREAD (2)(3 6 (4 23)(44 7 96))\r\n"
    );
    assert_eq!(
        thread(forest(&[0], &[(0, &[3, 5])])),
        "* THREAD ((3)(5))\r\n"
    );
    assert_eq!(
        thread(forest(
            &[166, 0, 1000, 197],
            &[
                (0, &[170, 179]),
                (1000, &[177, 188, 185]),
                (188, &[184, 189]),
                (185, &[186]),
                (197, &[198])
            ]
        )),
        "* THREAD (166)((170)(179))((177)(188 (184)(189))(185 186))(197 198)\r\n"
    );
}

#[test]
fn a_deep_thread_does_not_recurse() {
    let count = 300_000;
    let node = |n: usize| ThreadNode {
        number: Some(7),
        children: (n + 1 < count).then_some(n + 1).into_iter().collect(),
    };
    let deep = Forest {
        nodes: (0..count).map(node).collect(),
        roots: vec![0],
    };
    let out = written(|out| response::thread(out, &deep));
    assert_eq!(out.len(), "* THREAD ()\r\n".len() + 2 * count - 1);
}

#[test]
fn esearch_keeps_an_order() {
    let esearch =
        |result: &SearchResult<'_>| written(|out| response::esearch(out, None, true, result));
    // RFC 5267 section 3.3: three numbers that fall are no range.
    let sorted = SearchResult {
        sorted: Some(&[23_765, 23_764, 23_763, 1, 2, 3, 9]),
        ..Default::default()
    };
    assert_eq!(
        esearch(&sorted),
        "* ESEARCH UID ALL 23765,23764,23763,1:3,9\r\n"
    );
    let range = PartialRange {
        first: 24_500,
        last: 24_000,
        from_end: true,
    };
    let partial = |numbers| SearchResult {
        partial: Some((range, numbers)),
        count: Some(3),
        ..Default::default()
    };
    assert_eq!(
        esearch(&partial(&[])),
        "* ESEARCH UID PARTIAL (-24500:-24000 NIL) COUNT 3\r\n"
    );
    assert_eq!(
        esearch(&partial(&[7, 8, 4])),
        "* ESEARCH UID PARTIAL (-24500:-24000 7:8,4) COUNT 3\r\n"
    );
    let max = SearchResult {
        sorted: Some(&[u32::MAX, 1]),
        ..Default::default()
    };
    assert_eq!(esearch(&max), "* ESEARCH UID ALL 4294967295,1\r\n");
}
