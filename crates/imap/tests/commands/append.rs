//! MULTIAPPEND (RFC 3502), CATENATE (RFC 4469) and REPLACE (RFC 8508).

use super::*;
use postern_imap::command::Replace;

fn message(flags: &[Flag], message: &'static str) -> AppendMessage {
    AppendMessage {
        flags: flags.to_vec(),
        date: None,
        data: AppendData::Message {
            octets: bytes(message),
            binary: false,
        },
    }
}

#[test]
fn many_messages_each_with_its_own_flags_and_date() {
    let date = InternalDate::parse(b" 7-Feb-1994 22:43:04 -0800");
    let second = AppendMessage {
        flags: Vec::new(),
        date,
        data: AppendData::Message {
            octets: bytes("ho"),
            binary: true,
        },
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

#[test]
fn catenate() {
    let text = |text| CatenatePart::Text(bytes(text));
    let url = |url| CatenatePart::Url(bytes(url));
    let catenated = |flags: &[Flag], parts| AppendMessage {
        data: AppendData::Catenate(parts),
        ..message(flags, "")
    };
    check(
        "APPEND a (\\Seen) CATENATE (URL \"/Drafts/;UID=20\" TEXT {3}\r\na\r\n url /b/;UID=1) \
         {2}\r\nhi catenate (TEXT {0+}\r\n UTF8 (~{2}\r\nho))",
        CommandBody::Append(Append {
            mailbox: arg("a"),
            messages: vec![
                catenated(
                    &[Flag::Seen],
                    vec![url("/Drafts/;UID=20"), text("a\r\n"), url("/b/;UID=1")],
                ),
                message(&[], "hi"),
                catenated(&[], vec![text(""), text("ho")]),
            ],
        }),
    );
    refuse(&[
        "APPEND a CATENATE ()",
        "APPEND a CATENATE",
        "APPEND a CATENATE (TEXT)",
        "APPEND a CATENATE (TEXT x)",
        "APPEND a CATENATE (URI x)",
        "APPEND a CATENATE (TEXT {1}\r\n\0)",
    ]);
    let many = format!("APPEND a CATENATE ({})", "URL x ".repeat(251));
    assert_eq!(error(&many).kind, ErrorKind::Limit);
}
