//! SORT and THREAD, and what came with them: WITHIN, ESORT and PARTIAL.

use super::*;
use postern_imap::search::{PartialRange, UidBound};
use postern_imap::sort::{SortCommand, SortCriterion, SortKey};
use postern_imap::thread::{ThreadAlgorithm, ThreadCommand};

fn sort(criteria: &[(bool, SortKey)]) -> SortCommand {
    let criterion = |&(reverse, key)| SortCriterion { key, reverse };
    SortCommand {
        numbering: Numbering::Sequence,
        ret: None,
        criteria: criteria.iter().map(criterion).collect(),
        charset: "UTF-8".to_owned(),
        key: SearchKey::All,
    }
}

fn range(first: u32, last: u32, from_end: bool) -> PartialRange {
    PartialRange {
        first,
        last,
        from_end,
    }
}

#[test]
fn sort_criteria() {
    use SortKey::{Arrival, Cc, Date, DisplayFrom, DisplayTo, From, Size, Subject, To};
    let all = [
        (false, Arrival),
        (false, Cc),
        (true, Date),
        (false, From),
        (false, Size),
        (true, Subject),
        (false, To),
        (false, DisplayFrom),
        (true, DisplayTo),
    ];
    check(
        "SORT (ARRIVAL cc REVERSE DATE FROM SIZE reverse Subject TO DISPLAYFROM REVERSE \
         DISPLAYTO) UTF-8 ALL",
        CommandBody::Sort(sort(&all)),
    );
    let quoted = SortCommand {
        numbering: Numbering::Uid,
        charset: "US-ASCII".to_owned(),
        key: SearchKey::And(vec![
            SearchKey::Text(bytes("not in mailbox")),
            SearchKey::Flagged(Flag::Seen),
        ]),
        ..sort(&[(false, Subject)])
    };
    check(
        "UID SORT (SUBJECT) \"us-ascii\" TEXT \"not in mailbox\" SEEN",
        CommandBody::Sort(quoted),
    );
}

#[test]
fn sort_return_options() {
    let with = |ret| {
        CommandBody::Sort(SortCommand {
            ret: Some(ret),
            ..sort(&[(false, SortKey::Date)])
        })
    };
    let none = SearchReturn::default();
    check("SORT RETURN () (DATE) UTF-8 ALL", with(none));
    let some = SearchReturn {
        count: true,
        partial: Some(range(1, 500, false)),
        ..none
    };
    check(
        "SORT RETURN (PARTIAL 1:500 COUNT) (DATE) UTF-8 ALL",
        with(some),
    );
}

#[test]
fn sort_refuses() {
    refuse(&[
        "SORT",
        "SORT ()",
        "SORT () UTF-8 ALL",
        "SORT (DATE)",
        "SORT (DATE) UTF-8",
        "SORT (REVERSE) UTF-8 ALL",
        "SORT DATE UTF-8 ALL",
        "SORT (DATE",
        "SORT RETURN () UTF-8 ALL",
    ]);
    unsupported(&["SORT RETURN (DATE) UTF-8 ALL"]);
    let many = format!("SORT ({}DATE) UTF-8 ALL", "DATE ".repeat(50));
    assert_eq!(error(&many).kind, ErrorKind::Limit);
}

#[test]
fn thread_algorithms() {
    for (name, algorithm) in [
        ("ORDEREDSUBJECT", ThreadAlgorithm::OrderedSubject),
        ("references", ThreadAlgorithm::References),
        ("Refs", ThreadAlgorithm::Refs),
    ] {
        let command = ThreadCommand {
            numbering: Numbering::Uid,
            algorithm,
            charset: "UTF-8".to_owned(),
            key: SearchKey::Sequence(numbers(&[(1, 0)])),
        };
        check(
            &format!("UID THREAD {name} UTF-8 1:*"),
            CommandBody::Thread(command),
        );
    }
    unsupported(&["THREAD JWZ UTF-8 ALL"]);
    refuse(&[
        "THREAD",
        "THREAD (REFERENCES) UTF-8 ALL",
        "THREAD REFERENCES UTF-8",
    ]);
}

#[test]
fn seconds_ago() {
    let search = |key| {
        CommandBody::Search(SearchCommand {
            numbering: Numbering::Sequence,
            ret: None,
            charset: None,
            key,
        })
    };
    check("SEARCH OLDER 259200", search(SearchKey::Older(259_200)));
    check(
        "SEARCH YOUNGER 4294967295",
        search(SearchKey::Younger(u32::MAX)),
    );
    refuse(&[
        "SEARCH OLDER 0",
        "SEARCH YOUNGER -1",
        "SEARCH OLDER",
        "SEARCH YOUNGER 4294967296",
    ]);
}

#[test]
fn after_and_before_a_uid() {
    let search = |key| {
        CommandBody::Search(SearchCommand {
            numbering: Numbering::Uid,
            ret: None,
            charset: None,
            key,
        })
    };
    check(
        "UID SEARCH UIDAFTER 25000",
        search(SearchKey::UidAfter(UidBound::Uid(25_000))),
    );
    check(
        "UID SEARCH uidbefore 1",
        search(SearchKey::UidBefore(UidBound::Uid(1))),
    );
    check(
        "UID SEARCH UIDAFTER $",
        search(SearchKey::UidAfter(UidBound::Saved)),
    );
    refuse(&[
        "SEARCH UIDAFTER",
        "SEARCH UIDAFTER 0",
        "SEARCH UIDAFTER *",
        "SEARCH UIDBEFORE 1:2",
        "SEARCH UIDBEFORE $,1",
        "SEARCH UIDBEFORE 4294967296",
    ]);
    let saved = UidSet::from_ranges([(3, 4), (7, 7)]);
    for (bound, after, before) in [
        (UidBound::Uid(1), "2:4294967295", ""),
        (UidBound::Uid(u32::MAX), "", "1:4294967294"),
        (UidBound::Saved, "8:4294967295", "1:2"),
    ] {
        assert_eq!(bound.after(&saved).to_string(), after, "{bound:?}");
        assert_eq!(bound.before(&saved).to_string(), before, "{bound:?}");
    }
    let none = UidSet::default();
    assert!(UidBound::Saved.after(&none).is_empty());
    assert!(UidBound::Saved.before(&none).is_empty());
}

#[test]
fn partial_ranges() {
    let search = |partial| {
        CommandBody::Search(SearchCommand {
            numbering: Numbering::Sequence,
            ret: Some(SearchReturn {
                partial: Some(partial),
                ..SearchReturn::default()
            }),
            charset: None,
            key: SearchKey::All,
        })
    };
    check(
        "SEARCH RETURN (PARTIAL -1:-100) ALL",
        search(range(1, 100, true)),
    );
    check(
        "SEARCH RETURN (PARTIAL 500:400) ALL",
        search(range(500, 400, false)),
    );
    let fetch = CommandBody::Fetch {
        numbering: Numbering::Uid,
        set: numbers(&[(1, 0)]),
        items: vec![FetchItem::Flags],
        modifiers: FetchModifiers {
            changed_since: Some(5),
            partial: Some(range(1, 30, true)),
            ..FetchModifiers::default()
        },
    };
    check(
        "UID FETCH 1:* FLAGS (PARTIAL -1:-30 CHANGEDSINCE 5)",
        fetch.clone(),
    );
    check("UID FETCH 1:* FLAGS (CHANGEDSINCE 5 PARTIAL -1:-30)", fetch);
    refuse(&[
        "SEARCH RETURN (PARTIAL) ALL",
        "SEARCH RETURN (PARTIAL 1) ALL",
        "SEARCH RETURN (PARTIAL 0:5) ALL",
        "SEARCH RETURN (PARTIAL 1:-5) ALL",
        "SEARCH RETURN (PARTIAL -1:5) ALL",
        "SEARCH RETURN (PARTIAL 1:*) ALL",
        "SEARCH RETURN (PARTIAL 1:5 ALL) ALL",
        "SEARCH RETURN (ALL PARTIAL 1:5) ALL",
        "SEARCH RETURN (PARTIAL 1:5 PARTIAL 6:9) ALL",
    ]);
}

/// Worked out from RFC 9394 section 3.1: the first result is 1, the last is -1.
#[test]
fn places_of_partial_ranges() {
    for (range, count, expected) in [
        (range(1, 2, false), 5, 0..2),
        (range(2, 1, false), 5, 0..2),
        (range(3, 9, false), 5, 2..5),
        (range(1, 2, true), 5, 3..5),
        (range(2, 1, true), 5, 3..5),
        (range(3, 9, true), 5, 0..3),
        (range(5, 5, true), 5, 0..1),
    ] {
        assert_eq!(range.of(count), expected, "{range}");
    }
    assert!(range(6, 9, false).of(5).is_empty());
    assert!(range(6, 9, true).of(5).is_empty());
    assert!(range(1, u32::MAX, true).of(0).is_empty());
}
