//! Commands that change how the connection is used.

use super::*;

#[test]
fn append_utf8() {
    // RFC 6855 section 4: `utf8-literal = "UTF8" SP "(" literal8 ")"`.
    let append = |message: &'static [u8]| {
        CommandBody::Append(Append {
            mailbox: arg("x"),
            messages: vec![AppendMessage {
                flags: vec![Flag::Seen],
                date: None,
                data: AppendData::Message {
                    octets: Bytes::from_static(message),
                    binary: true,
                },
            }],
        })
    };
    check(
        "APPEND x (\\Seen) UTF8 (~{6}\r\nA: \u{fc}\n)",
        append("A: \u{fc}\n".as_bytes()),
    );
    check("APPEND x (\\Seen) utf8 (~{0+}\r\n)", append(b""));
    refuse(&[
        "APPEND x UTF8",
        "APPEND x UTF8 ~{1}\r\na",
        "APPEND x UTF8 ({1}\r\na)",
        "APPEND x UTF8 (~{1}\r\na",
        "APPEND x UTF8 (~{1}\r\na))",
        "APPEND x UTF9 (~{1}\r\na)",
        "APPEND x UTF8(~{1}\r\na)",
    ]);
}

#[test]
fn a_quoted_string_is_utf8() {
    // RFC 6855 section 3: what fails to comply with RFC 3629 gets BAD. An overlong form, a
    // surrogate, a lone octet, a sequence that is cut off.
    for bad in [b"\xc0\xaf".as_slice(), b"\xed\xa0\x80", b"\xfc", b"\xc3"] {
        for wire in ["t1 SELECT \"?\"", "t1 SEARCH SUBJECT \"a\\\"?\""] {
            let (start, end) = wire.split_once('?').unwrap();
            let line = [start.as_bytes(), bad, end.as_bytes()].concat();
            let error = parse(&Bytes::from(line)).unwrap_err();
            assert_eq!(error.kind, ErrorKind::Syntax, "{bad:?}");
        }
    }
    check(
        "CREATE \"\u{fc}\"",
        CommandBody::Create(Create {
            mailbox: arg("\u{fc}"),
            uses: Vec::new(),
        }),
    );
}

#[test]
fn unauthenticate() {
    check("unauthenticate", CommandBody::Unauthenticate);
    refuse(&["UNAUTHENTICATE x"]);
}

#[test]
fn compress() {
    // RFC 4978 section 5: the algorithm in any case.
    check("COMPRESS DEFLATE", CommandBody::Compress);
    check("compress deflate", CommandBody::Compress);
    refuse(&[
        "COMPRESS",
        "COMPRESS LZW",
        "COMPRESS \"DEFLATE\"",
        "COMPRESS DEFLATE 9",
    ]);
}
