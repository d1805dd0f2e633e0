//! MULTIAPPEND (RFC 3502) and REPLACE (RFC 8508).

use super::*;
use postern_imap::command::Replace;

fn message(flags: &[Flag], message: &'static str) -> AppendMessage {
    AppendMessage {
        flags: flags.to_vec(),
        date: None,
        message: bytes(message),
        binary: false,
    }
}

#[test]
fn many_messages_each_with_its_own_flags_and_date() {
    let date = InternalDate::parse(b" 7-Feb-1994 22:43:04 -0800");
    let second = AppendMessage {
        date,
        binary: true,
        ..message(&[], "ho")
    };
    check(
        "APPEND a (\\Seen) {2}\r\nhi \" 7-Feb-1994 22:43:04 -0800\" ~{2}\r\nho {0}\r\n",
        CommandBody::Append(Append {
            mailbox: arg("a"),
            messages: vec![message(&[Flag::Seen], "hi"), second, message(&[], "")],
        }),
    );
    refuse(&[
        "APPEND a {2}\r\nhi (\\Seen)",
        "APPEND a {2}\r\nhi{2}\r\nho",
        "APPEND a {2}\r\nhi (\\Seen) (\\Seen) {2}\r\nho",
    ]);
}

#[test]
fn replace() {
    let replace = |numbering, number, flags: &[Flag]| {
        CommandBody::Replace(Replace {
            numbering,
            set: numbers(&[(number, number)]),
            mailbox: arg("Drafts"),
            message: message(flags, "hi"),
        })
    };
    check(
        "REPLACE 4 Drafts (\\Seen \\Draft) {2}\r\nhi",
        replace(Numbering::Sequence, 4, &[Flag::Seen, Flag::Draft]),
    );
    check(
        "UID REPLACE 2000 Drafts {2+}\r\nhi",
        replace(Numbering::Uid, 2000, &[]),
    );
    check(
        "uid replace * {6}\r\nDrafts {2}\r\nhi",
        replace(Numbering::Uid, 0, &[]),
    );
    refuse(&[
        "REPLACE Drafts {2}\r\nhi",
        "REPLACE 1:2 Drafts {2}\r\nhi",
        "REPLACE 0 Drafts {2}\r\nhi",
        "REPLACE 1 Drafts",
        "UID REPLACE 1 Drafts {2}\r\nhi {2}\r\nho",
    ]);
}
