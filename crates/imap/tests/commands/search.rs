//! SEARCH.

use super::*;

fn search(key: SearchKey) -> CommandBody {
    CommandBody::Search(SearchCommand {
        numbering: Numbering::Sequence,
        ret: None,
        charset: None,
        key,
    })
}

#[test]
fn search_keys() {
    use SearchKey::{
        All, Before, Body, Flagged, Header, Larger, Modseq, New, Old, On, Recent, SentBefore,
        SentOn, SentSince, Sequence, Since, Smaller, Text, Uid, Unflagged,
    };
    let day = Date::new(1994, 2, 1).unwrap();
    let header = |name, value| Header(bytes(name), bytes(value));
    let table = [
        ("ALL", All),
        ("answered", Flagged(Flag::Answered)),
        ("DELETED", Flagged(Flag::Deleted)),
        ("DRAFT", Flagged(Flag::Draft)),
        ("FLAGGED", Flagged(Flag::Flagged)),
        ("SEEN", Flagged(Flag::Seen)),
        ("UNANSWERED", Unflagged(Flag::Answered)),
        ("UNDELETED", Unflagged(Flag::Deleted)),
        ("UNDRAFT", Unflagged(Flag::Draft)),
        ("UNFLAGGED", Unflagged(Flag::Flagged)),
        ("UNSEEN", Unflagged(Flag::Seen)),
        ("KEYWORD $x", Flagged(keyword("$x"))),
        ("UNKEYWORD $x", Unflagged(keyword("$x"))),
        ("NEW", New),
        ("OLD", Old),
        ("RECENT", Recent),
        ("BEFORE 1-Feb-1994", Before(day)),
        ("ON \"1-Feb-1994\"", On(day)),
        ("SINCE 01-Feb-1994", Since(day)),
        ("SENTBEFORE \" 1-Feb-1994\"", SentBefore(day)),
        ("SENTON 1-feb-1994", SentOn(day)),
        ("SENTSINCE 1-Feb-1994", SentSince(day)),
        ("BCC a", header("Bcc", "a")),
        ("CC a", header("Cc", "a")),
        ("FROM \"a b\"", header("From", "a b")),
        ("SUBJECT {1}\r\na", header("Subject", "a")),
        ("TO \u{e4}", header("To", "\u{e4}")),
        ("HEADER X-y \"\"", header("X-y", "")),
        ("BODY a", Body(bytes("a"))),
        ("TEXT \"\\\"\"", Text(bytes("\""))),
        ("LARGER 0", Larger(0)),
        ("SMALLER 18446744073709551615", Smaller(u64::MAX)),
        ("1,*:2", Sequence(numbers(&[(1, 1), (0, 2)]))),
        ("*", Sequence(numbers(&[(0, 0)]))),
        ("$", Sequence(Set::Saved)),
        ("UID 5:7", Uid(numbers(&[(5, 7)]))),
        ("UID $", Uid(Set::Saved)),
        ("MODSEQ 0", Modseq(0)),
        ("MODSEQ \"/flags/\\\\seen\" shared 5", Modseq(5)),
    ];
    for (wire, key) in table {
        check(&format!("SEARCH {wire}"), search(key.clone()));
        check(&format!("SEARCH ({wire} )"), search(key.clone()));
        let not = SearchKey::Not(Box::new(key.clone()));
        check(&format!("SEARCH NOT {wire}"), search(not));
        let or = SearchKey::Or(Box::new(key.clone()), Box::new(key.clone()));
        check(&format!("SEARCH OR {wire} {wire}"), search(or));
        let both = SearchKey::And(vec![key.clone(), All]);
        check(&format!("SEARCH {wire} ALL "), search(both));
    }
}

#[test]
fn search_trees() {
    use SearchKey::{All, And, New, Not, Old, Or, Recent};
    let not = |key| Not(Box::new(key));
    let or = |a, b| Or(Box::new(a), Box::new(b));
    let table = [
        ("OR NEW OR OLD ALL", or(New, or(Old, All))),
        ("OR OR NEW OLD ALL", or(or(New, Old), All)),
        ("NOT NOT NEW", not(not(New))),
        ("OR NOT NEW (OLD ALL)", or(not(New), And(vec![Old, All]))),
        (
            "((NEW) (OLD ALL)) RECENT",
            And(vec![And(vec![New, And(vec![Old, All])]), Recent]),
        ),
        (
            "NOT (NEW OLD) ALL",
            And(vec![not(And(vec![New, Old])), All]),
        ),
        ("(OR (NEW) NOT OLD)", or(New, not(Old))),
    ];
    for (wire, key) in table {
        check(&format!("SEARCH {wire}"), search(key));
    }
}

#[test]
fn search_options() {
    let check_options = |wire: &str, ret, charset: Option<&str>| {
        check(
            &format!("UID SEARCH {wire} ALL"),
            CommandBody::Search(SearchCommand {
                numbering: Numbering::Uid,
                ret,
                charset: charset.map(str::to_owned),
                key: SearchKey::All,
            }),
        );
    };
    let none = SearchReturn::default();
    check_options("RETURN ()", Some(none), None);
    let some = SearchReturn {
        min: true,
        save: true,
        ..none
    };
    check_options("RETURN (min SAVE)", Some(some), None);
    let all = SearchReturn {
        min: true,
        max: true,
        all: true,
        count: true,
        save: true,
        ..none
    };
    check_options(
        "RETURN (COUNT ALL MAX MIN SAVE) CHARSET \"utf-8\"",
        Some(all),
        Some("UTF-8"),
    );
    check_options("CHARSET us-ascii", None, Some("US-ASCII"));
    let relevancy = SearchReturn {
        relevancy: true,
        ..none
    };
    check_options("RETURN (relevancy)", Some(relevancy), None);
    unsupported(&["SEARCH RETURN (SCORE) ALL"]);
    let updating = SearchReturn {
        context: true,
        update: true,
        ..none
    };
    check_options("RETURN (UPDATE CONTEXT)", Some(updating), None);
    check(
        "CANCELUPDATE \"B01\" \"B02\"",
        CommandBody::CancelUpdate(vec![bytes("B01"), bytes("B02")]),
    );
    refuse(&["CANCELUPDATE", "CANCELUPDATE B01", "CANCELUPDATE \"B01\"x"]);
}

#[test]
fn search_refuses() {
    refuse(&[
        "SEARCH",
        "SEARCH ()",
        "SEARCH (ALL",
        "SEARCH ALL)",
        "SEARCH NOT",
        "SEARCH OR ALL",
        "SEARCH (OR ALL)",
        "SEARCH (NOT)",
        "SEARCH ALLNEW",
        "SEARCH (ALL)(ALL)",
        "SEARCH X",
        "SEARCH BEFORE 1994",
        "SEARCH BEFORE 30-Feb-1994",
        "SEARCH LARGER -1",
        "SEARCH LARGER 18446744073709551616",
        "SEARCH HEADER x",
        "SEARCH KEYWORD \\Seen",
        "SEARCH UID x",
        "SEARCH 0",
        "SEARCH MODSEQ \"/flags/x\" 5",
        "SEARCH RETURN ()",
        "SEARCH RETURN MIN ALL",
        "SEARCH CHARSET UTF-8",
        "SEARCH FROM \"a\0b\"",
    ]);
}
