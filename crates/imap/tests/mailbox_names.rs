//! Mailbox names as they come in.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]

use bytes::Bytes;
use postern_imap::mailbox::{Encoding, MailboxArg, MailboxName, NameError, encode};

fn arg(octets: impl AsRef<[u8]>) -> MailboxArg {
    MailboxArg(Bytes::copy_from_slice(octets.as_ref()))
}

#[test]
fn names() {
    let long = "x".repeat(1000);
    let deep = vec!["x"; 100].join("/");
    let table = [
        ("a", "a"),
        ("INBOX", "INBOX"),
        ("inBox", "INBOX"),
        ("inbox/Sub", "INBOX/Sub"),
        ("inboxes", "inboxes"),
        ("a/inbox", "a/inbox"),
        (".", "."),
        ("../x", "../x"),
        (" a ", " a "),
        ("*%", "*%"),
        (&long, &long),
        (&deep, &deep),
    ];
    for (given, expected) in table {
        assert_eq!(MailboxName::new(given).unwrap().as_str(), expected);
        let decoded = arg(encode(given, Encoding::ModifiedUtf7)).decode(Encoding::ModifiedUtf7);
        assert_eq!(decoded.unwrap().as_str(), expected);
    }
}

#[test]
fn no_names() {
    let long = "x".repeat(1001);
    let deep = vec!["x"; 101].join("/");
    let table = [
        ("", NameError::Empty),
        ("/", NameError::EmptyComponent),
        ("/a", NameError::EmptyComponent),
        ("a/", NameError::EmptyComponent),
        ("a//b", NameError::EmptyComponent),
        ("a\0b", NameError::Control),
        ("a\rb", NameError::Control),
        ("a\u{7f}", NameError::Control),
        ("a\u{85}", NameError::Control),
        ("a\u{2028}b", NameError::Control),
        ("a\u{2029}", NameError::Control),
        (&long, NameError::TooLong),
        (&deep, NameError::TooDeep),
    ];
    for (given, error) in table {
        assert_eq!(MailboxName::new(given), Err(error), "{given:?}");
        assert_eq!(arg(given).decode(Encoding::Utf8), Err(error), "{given:?}");
    }
}

#[test]
fn encodings() {
    use Encoding::{ModifiedUtf7, Utf8};
    let decode = |octets: &[u8], encoding| arg(octets).decode(encoding).map(|n| n.to_string());
    assert_eq!(decode(b"&AOQ-", ModifiedUtf7).unwrap(), "\u{e4}");
    assert_eq!(decode(b"&AOQ-", Utf8).unwrap(), "&AOQ-");
    assert_eq!(decode("\u{e4}".as_bytes(), ModifiedUtf7).unwrap(), "\u{e4}");
    assert_eq!(decode(b"a & b", Utf8).unwrap(), "a & b");
    assert_eq!(decode(b"a & b", ModifiedUtf7), Err(NameError::Utf7));
    assert_eq!(decode(b"\xe4", ModifiedUtf7), Err(NameError::Utf8));
    assert_eq!(decode(b"\xe4", Utf8), Err(NameError::Utf8));
    // An encoded separator or control character is none the less one.
    assert_eq!(decode(b"&AAA-", ModifiedUtf7), Err(NameError::Control));
    assert_eq!(decode(b"a&AC8-b", ModifiedUtf7), Err(NameError::Utf7));
}

#[test]
fn create_may_end_in_a_separator() {
    let create = |name: &str| {
        arg(name)
            .decode_for_create(Encoding::Utf8)
            .map(|n| n.to_string())
    };
    assert_eq!(create("a/b/").unwrap(), "a/b");
    assert_eq!(create("a").unwrap(), "a");
    assert_eq!(create("a//"), Err(NameError::EmptyComponent));
    assert_eq!(create("/"), Err(NameError::Empty));
    assert_eq!(create("///////"), Err(NameError::EmptyComponent));
}

#[test]
fn hierarchy() {
    let name = MailboxName::new("inbox/a/b").unwrap();
    assert_eq!(name.ancestors().collect::<Vec<_>>(), ["INBOX/a", "INBOX"]);
    assert!(name.is_below("INBOX") && name.is_below("INBOX/a"));
    assert!(!name.is_below("INBOX/a/b") && !name.is_below("INB"));
    assert!(MailboxName::inbox().is_inbox() && !name.is_inbox());
}
