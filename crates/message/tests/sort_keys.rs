//! What SORT and THREAD compare, by RFC 5256 and RFC 5957.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use postern_message::{Message, SortKeys};

fn keys(header: &str) -> SortKeys {
    Message::parse(format!("{header}\r\n\r\nbody\r\n").as_bytes()).sort_keys()
}

fn subject(value: &str) -> String {
    String::from_utf8(keys(&format!("Subject: {value}")).subject).unwrap()
}

#[test]
fn subjects_are_decoded_and_folded_before_they_are_cut() {
    // The form is that of i;unicode-casemap (RFC 5051): upper case, decomposed.
    assert_eq!(
        subject("Re: [list] Hello,\r\n\tWorld (fwd)"),
        "HELLO, WORLD"
    );
    assert_eq!(
        subject("=?utf-8?q?Re:_=C3=A9t=C3=A9?="),
        "E\u{301}TE\u{301}"
    );
    assert_eq!(subject("=?utf-8?q?=5Bfwd:?= \u{e9}]"), "E\u{301}");
    assert!(keys("Subject: =?utf-8?q?Re:_a?=").is_reply);
    assert!(!keys("Subject: a").is_reply);
}

/// RFC 5051 compares in upper case: what stands between `Z` and `a` in ASCII comes after letters.
#[test]
fn letters_come_before_what_follows_upper_case() {
    assert!(subject("zebra") < subject("_zebra"));
    assert!(subject("zebra") < subject("^"));
    assert!(subject("zebra") < subject("{"));
    assert!(subject("a") < subject("B"));
    assert!(subject("z") < subject("\u{3b1}"));
    assert_eq!(subject("\u{3b1}"), subject("\u{391}"));
}

#[test]
fn the_first_address_counts() {
    let keys =
        keys("From: Zoe Last <ann@b.example>, bob@c\r\nTo: \"q r\"@d\r\nCc: team: x@y;\r\nCc: e@f");
    assert_eq!(keys.from, b"ANN");
    assert_eq!(keys.display_from, b"ZOE LAST");
    assert_eq!(keys.to, b"Q R");
    assert_eq!(keys.display_to, b"Q R@D");
    // A group's name is the addr-mailbox of the address that begins it.
    assert_eq!(keys.cc, b"TEAM");
}

/// RFC 5957 section 3, its four cases.
#[test]
fn what_is_shown_of_an_address() {
    let shown = |from: &str| String::from_utf8(keys(from).display_from).unwrap();
    assert_eq!(shown("From: =?utf-8?q?Zo=C3=AB?= <a@b>"), "ZOE\u{308}");
    assert_eq!(shown("From: a@b.example"), "A@B.EXAMPLE");
    assert_eq!(shown("From: \"\" <a@b.example>"), "A@B.EXAMPLE");
    assert_eq!(shown("From: list:;"), "LIST");
    assert_eq!(shown("X: y"), "");
    assert_eq!(shown("From:"), "");
    assert_eq!(shown("From: a@b (Ada)"), "ADA");
}

#[test]
fn what_is_missing_is_empty() {
    assert_eq!(keys("X: y"), SortKeys::default());
}

#[test]
fn references_or_the_first_of_in_reply_to() {
    let list = |header: &str| {
        let ids = keys(header).references.into_iter();
        ids.map(|id| String::from_utf8(id).unwrap())
            .collect::<Vec<_>>()
    };
    assert_eq!(
        list("References: <a@b> <\"c\"@d>\r\nIn-Reply-To: <x@y>"),
        ["a@b", "c@d"]
    );
    assert_eq!(
        list("References: none\r\nIn-Reply-To: Ada's of <x@y> <z@y>"),
        ["x@y"]
    );
    assert_eq!(list("In-Reply-To: <x@y>"), ["x@y"]);
    assert_eq!(list("In-Reply-To: your message"), Vec::<String>::new());
    assert_eq!(keys("Message-ID: <\"A\"@b>").message_id.unwrap(), b"A@b");
    assert_eq!(keys("Message-ID: none").message_id, None);
}
