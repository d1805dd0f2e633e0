//! Commands that concern the session, and what is common to all.

use super::*;

#[test]
fn without_arguments() {
    let table = [
        ("CAPABILITY", CommandBody::Capability),
        ("nOOp", CommandBody::Noop),
        ("LOGOUT", CommandBody::Logout),
        ("STARTTLS", CommandBody::StartTls),
        ("NAMESPACE", CommandBody::Namespace),
        ("IDLE", CommandBody::Idle),
        ("CHECK", CommandBody::Check),
        ("CLOSE", CommandBody::Close),
        ("UNSELECT", CommandBody::Unselect),
        ("EXPUNGE", CommandBody::Expunge(None)),
        ("NOOP  ", CommandBody::Noop),
    ];
    for (wire, expected) in table {
        check(wire, expected);
    }
    refuse(&[
        "NOOP x",
        "EXPUNGE 1",
        "",
        " ",
        "NOOP\t",
        "LOGOUT\r",
        "NOOP\0",
    ]);
}

#[test]
fn tags() {
    for bad in [
        "",
        " NOOP",
        "a+ NOOP",
        "NOOP",
        "a",
        "(a NOOP",
        "a\" NOOP",
        "\u{e4} NOOP",
        "\0 NOOP",
    ] {
        let error = parse(&Bytes::copy_from_slice(bad.as_bytes())).unwrap_err();
        assert_eq!(
            (error.tag, error.kind),
            (None, ErrorKind::Syntax),
            "{bad:?}"
        );
    }
    let long = "x".repeat(65) + " NOOP";
    assert!(parse(&Bytes::from(long)).unwrap_err().tag.is_none());
    let longest = "x".repeat(64) + " NOOP";
    assert!(parse(&Bytes::from(longest)).is_ok());
    assert!(parse(&Bytes::from_static(b"]!a1.# NOOP")).is_ok());
}

#[test]
fn id() {
    let field = |k: &'static str, v: &'static str| (bytes(k), Some(bytes(v)));
    check("ID NIL", CommandBody::Id(vec![]));
    check("ID nil", CommandBody::Id(vec![]));
    check("ID ()", CommandBody::Id(vec![]));
    check(
        "ID (\"name\" \"x\" \"os\" NIL \"v\" {3}\r\n1.0)",
        CommandBody::Id(vec![
            field("name", "x"),
            (bytes("os"), None),
            field("v", "1.0"),
        ]),
    );
    check(
        "ID ( \"name\"  \"NIL\" )",
        CommandBody::Id(vec![field("name", "NIL")]),
    );
    refuse(&[
        "ID",
        "ID x",
        "ID (\"a\")",
        "ID (\"a\" \"b\"",
        "ID (\"a\" \"b\"\"c\" \"d\")",
        "ID NIL NIL",
        "ID \"NIL\"x",
    ]);
    let many = format!("ID ({})", "a b ".repeat(101));
    assert_eq!(error(&many).kind, ErrorKind::Limit);
}

#[test]
fn authenticate() {
    let with = |initial: Option<&'static str>| CommandBody::Authenticate {
        mechanism: "PLAIN".to_owned(),
        initial: initial.map(|text| Secret(bytes(text))),
    };
    check("AUTHENTICATE plain", with(None));
    check("AUTHENTICATE PLAIN =", with(Some("")));
    check("AUTHENTICATE PLAIN AGEAYg==", with(Some("\0a\0b")));
    refuse(&[
        "AUTHENTICATE",
        "AUTHENTICATE \"PLAIN\"",
        "AUTHENTICATE PLAIN AGEAYg",
        "AUTHENTICATE PLAIN AGEAYh==",
        "AUTHENTICATE PLAIN AGEA Yg==",
        "AUTHENTICATE PLAIN ==",
    ]);
}

#[test]
fn login() {
    let login = |user: &'static str, password: &'static str| CommandBody::Login {
        user: bytes(user),
        password: Secret(bytes(password)),
    };
    check("LOGIN joe secret", login("joe", "secret"));
    check("login joe]x \"a b\"", login("joe]x", "a b"));
    check(r#"LOGIN joe "a\"\\b""#, login("joe", r#"a"\b"#));
    check("LOGIN \"\" \"\"", login("", ""));
    check("LOGIN {3}\r\na\rb {0+}\r\n", login("a\rb", ""));
    check("LOGIN {3}\na\nb x", login("a\nb", "x"));
    check("LOGIN joe \"p\u{e4}ss\"", login("joe", "p\u{e4}ss"));
    refuse(&[
        "LOGIN joe",
        "LOGIN joe ",
        "LOGIN (joe) x",
        "LOGIN \"joe x",
        "LOGIN \"j\r\noe\" x",
        "LOGIN \"j\\oe\" x",
        "LOGIN \"j\0e\" x",
        "LOGIN \"\\\"\0\" x",
        "LOGIN {3}\r\nj\0e x",
        "LOGIN ~{3}\r\njoe x",
        "LOGIN {9}\r\njoe x",
        "LOGIN {99999999999999999999}\r\njoe x",
        "LOGIN {000000000000000000003}\r\njoe x",
        "LOGIN p\u{e4} x",
        "LOGIN joe% x",
    ]);
    let shown = format!("{:?}", body("LOGIN joe secret"));
    assert!(!shown.contains("secret\"") && shown.contains("[secret]"));
}

#[test]
fn enable() {
    let names = vec!["QRESYNC".to_owned(), "UTF8=ACCEPT".to_owned()];
    check("ENABLE qresync UTF8=ACCEPT", CommandBody::Enable(names));
    refuse(&["ENABLE", "ENABLE (QRESYNC)"]);
}

#[test]
fn errors_say_where() {
    let error = error("FETCH 1 BODY[MIME]");
    assert_eq!(error.position, 16);
    assert_eq!(error.command.as_deref(), Some("FETCH"));
    assert_eq!(
        error.to_string(),
        "FETCH: expected HEADER, HEADER.FIELDS, HEADER.FIELDS.NOT, TEXT or, after part numbers, \
         MIME at octet 16"
    );
    let unknown = parse(&Bytes::from_static(b"a XYZZY \x1b[31m")).unwrap_err();
    assert_eq!(unknown.kind, ErrorKind::UnknownCommand);
    assert_eq!(unknown.to_string(), "Unknown command");
}
