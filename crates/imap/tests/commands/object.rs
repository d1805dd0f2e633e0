//! RFC 8474, RFC 8514 and RFC 8970: what they add to FETCH and SEARCH.

use super::*;

fn fetch(wire: &str) -> (Vec<FetchItem>, FetchModifiers) {
    match body(wire) {
        CommandBody::Fetch {
            items, modifiers, ..
        } => (items, modifiers),
        other => panic!("{other:?}"),
    }
}

#[test]
fn fetch_items() {
    use FetchItem::{EmailId, Envelope, Preview, SaveDate, ThreadId, Uid};
    let table = [
        ("(EMAILID threadid)", vec![EmailId, ThreadId]),
        ("SAVEDATE", vec![SaveDate]),
        ("PREVIEW", vec![Preview { lazy: false }]),
        ("PREVIEW (LAZY)", vec![Preview { lazy: true }]),
        (
            "(ENVELOPE PREVIEW (lazy))",
            vec![Envelope, Preview { lazy: true }],
        ),
        (
            "(PREVIEW (LAZY LAZY) UID)",
            vec![Preview { lazy: true }, Uid],
        ),
        ("(PREVIEW UID)", vec![Preview { lazy: false }, Uid]),
    ];
    for (wire, items) in table {
        assert_eq!(fetch(&format!("FETCH 1 {wire}")).0, items, "{wire}");
    }
}

#[test]
fn a_modifier_after_preview_is_the_commands() {
    let (items, modifiers) = fetch("FETCH 1 PREVIEW (CHANGEDSINCE 5)");
    assert_eq!(items, [FetchItem::Preview { lazy: false }]);
    assert_eq!(modifiers.changed_since, Some(5));
    let (items, modifiers) = fetch("FETCH 1 PREVIEW (LAZY) (CHANGEDSINCE 5)");
    assert_eq!(items, [FetchItem::Preview { lazy: true }]);
    assert_eq!(modifiers.changed_since, Some(5));
}

#[test]
fn search_keys() {
    let day = Date::new(2014, 12, 28).unwrap();
    let table = [
        (
            "EMAILID M6d99ac3275bb4e",
            SearchKey::EmailId(bytes("M6d99ac3275bb4e")),
        ),
        ("threadid T64_-", SearchKey::ThreadId(bytes("T64_-"))),
        ("SAVEDBEFORE 28-Dec-2014", SearchKey::SavedBefore(day)),
        ("SAVEDON \"28-Dec-2014\"", SearchKey::SavedOn(day)),
        ("SAVEDSINCE 28-Dec-2014", SearchKey::SavedSince(day)),
        ("SAVEDATESUPPORTED", SearchKey::SaveDateSupported),
    ];
    for (wire, key) in table {
        let CommandBody::Search(search) = body(&format!("SEARCH {wire}")) else {
            panic!("{wire}");
        };
        assert_eq!(search.key, key, "{wire}");
    }
    refuse(&[
        "SEARCH EMAILID",
        "SEARCH EMAILID \"M1\"",
        "SEARCH EMAILID M.1",
        "SEARCH SAVEDON x",
    ]);
    let long = format!("SEARCH THREADID {}", "T".repeat(256));
    refuse(&[&long]);
}
