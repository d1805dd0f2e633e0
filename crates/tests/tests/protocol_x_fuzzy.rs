//! SEARCH=FUZZY: RFC 6203.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

use postern_tests::{Client, Kind, ServerUnderTest, code};

fn mail(subject: &str, body: &str) -> Vec<u8> {
    format!(
        "Date: 3 Mar 2026 10:20:30 +0000\r\nFrom: Dave <dave@example.org>\r\n\
         Subject: {subject}\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{body}\r\n"
    )
    .into_bytes()
}

/// `None` where the server has no FUZZY: Debian's Dovecot announces it only with an index.
fn filled() -> Option<(ServerUnderTest, Client)> {
    let server = ServerUnderTest::start();
    if server.kind == Kind::Dovecot {
        return None;
    }
    let mut client = Client::login(&server);
    let mails = [
        mail("IMAP is broken", "x"),
        mail("broken", "something with imap in it"),
        mail("Hello", "x"),
        mail("other", "say hello to all"),
        mail("Help", "unhelpful"),
        mail("Caf\u{e9}", "caf\u{e9}s"),
        mail("hallo", "hellos"),
    ];
    client.append_all("INBOX", &mails);
    client.command("SELECT INBOX");
    Some((server, client))
}

#[track_caller]
fn search(client: &mut Client, key: &str, expected: &str) {
    let space = if expected.is_empty() { "" } else { " " };
    let lines = client.command(&format!("SEARCH {key}"));
    assert_eq!(lines, [format!("* SEARCH{space}{expected}")], "{key}");
}

#[test]
fn what_is_like() {
    let Some((_server, mut client)) = filled() else {
        return;
    };
    // The standard's first example: other words, another order, the beginning of a word.
    search(&mut client, "FUZZY (SUBJECT \"IMAP break\")", "");
    search(&mut client, "FUZZY (SUBJECT \"IMAP brok\")", "1");
    search(&mut client, "FUZZY SUBJECT \"broken IMAP\"", "1");
    search(&mut client, "FUZZY TEXT \"broken imap\"", "1 2");
    search(&mut client, "SUBJECT \"broken IMAP\"", "");
    // One letter less or else, in words of four.
    search(&mut client, "FUZZY SUBJECT helo", "3 5");
    search(&mut client, "FUZZY SUBJECT hel", "3 5");
    search(&mut client, "FUZZY SUBJECT hep", "");
    search(&mut client, "FUZZY SUBJECT hello", "3 7");
    search(&mut client, "FUZZY TEXT hello", "3 4 7");
    search(&mut client, "FUZZY BODY hallo", "4");
    search(&mut client, "FUZZY TEXT cafe", "6");
    search(&mut client, "FUZZY BODY cafes", "6");
    // What the key alone finds is found too.
    search(&mut client, "FUZZY BODY helpf", "5");
    search(&mut client, "FUZZY SUBJECT \"...\"", "");
    search(&mut client, "FUZZY SUBJECT \"\"", "1 2 3 4 5 6 7");
    // Other keys are exact, and FUZZY takes one key.
    search(&mut client, "FUZZY (SUBJECT hello SEEN)", "");
    search(&mut client, "FUZZY UNSEEN 1:2", "1 2");
    search(&mut client, "FUZZY SUBJECT hello SUBJECT hallo", "7");
    search(&mut client, "NOT FUZZY TEXT hello", "1 2 5 6");
    search(
        &mut client,
        "OR FUZZY SUBJECT hello FUZZY NOT TEXT dave",
        "3 7",
    );
}

#[test]
fn relevancies() {
    let Some((_server, mut client)) = filled() else {
        return;
    };
    client.send("B1 SEARCH RETURN (RELEVANCY ALL) FUZZY TEXT hello");
    let line = client.expect("B1 OK").remove(0);
    assert_eq!(
        line,
        "* ESEARCH (TAG \"B1\") ALL 3:4,7 RELEVANCY (100 80 74)"
    );
    let sort = "SORT (RELEVANCY) UTF-8 FUZZY SUBJECT hello";
    assert_eq!(client.command(sort), ["* SORT 3 7"]);
    let sort = "SORT (REVERSE RELEVANCY) UTF-8 FUZZY SUBJECT hello";
    assert_eq!(client.command(sort), ["* SORT 7 3"]);
    client.send("C2 UID SORT RETURN (RELEVANCY ALL) (REVERSE RELEVANCY) UTF-8 FUZZY TEXT hello");
    let line = client.expect("C2 OK").remove(0);
    assert_eq!(
        line,
        "* ESEARCH (TAG \"C2\") UID ALL 7,4,3 RELEVANCY (74 80 100)"
    );
    client.send("C3 SORT RETURN (PARTIAL 1:2 RELEVANCY) (RELEVANCY) UTF-8 FUZZY TEXT hello");
    let line = client.expect("C3 OK").remove(0);
    assert_eq!(
        line,
        "* ESEARCH (TAG \"C3\") PARTIAL (1:2 3:4) RELEVANCY (100 80)"
    );
    client.send("C4 SEARCH RETURN (RELEVANCY COUNT) FUZZY TEXT nowhere");
    let line = client.expect("C4 OK").remove(0);
    assert_eq!(line, "* ESEARCH (TAG \"C4\") COUNT 0 RELEVANCY ()");
    for wrong in [
        "SEARCH RETURN (RELEVANCY) TEXT hello",
        "SORT (RELEVANCY) UTF-8 ALL",
        "SORT RETURN (RELEVANCY) (DATE) UTF-8 ALL",
        "SEARCH FUZZY",
        "SEARCH FUZZY ()",
    ] {
        let refused = client.try_command(wrong);
        assert!(refused.tagged.starts_with("BAD"), "{wrong}: {refused:?}");
    }
    // Sorted by what is not kept, so not kept up to date.
    client.send("C5 SORT RETURN (UPDATE COUNT) (RELEVANCY) UTF-8 FUZZY TEXT hello");
    let lines = client.expect("C5 OK");
    assert_eq!(code(&lines, "NOUPDATE").as_deref(), Some("\"C5\""));
    let line = client.command("CAPABILITY").remove(0);
    assert!(line.contains(" SEARCH=FUZZY"), "{line}");
}

/// Long words, many of them, and many keys that look at each.
#[test]
fn hostile_words() {
    let Some((_server, mut client)) = filled() else {
        return;
    };
    let words = "abcdefghij ".repeat(200_000);
    client.append("INBOX", "", &mail("x", &words));
    client.append("INBOX", "", &mail("y", &"\u{e9}".repeat(1_000_000)));
    let key = (0..10)
        .map(|n| format!("abcdefghj{n}"))
        .collect::<Vec<_>>()
        .join(" ");
    let lines = client.command(&format!("SEARCH FUZZY (TEXT \"{key}\" TEXT \"{key}x\")"));
    assert_eq!(lines.last().unwrap(), "* SEARCH");
    let deep = format!("SEARCH {}TEXT nobody", "FUZZY ".repeat(99));
    assert_eq!(client.command(&deep), ["* SEARCH"]);
    let deeper = format!("SEARCH {}TEXT x", "FUZZY ".repeat(101));
    assert!(client.try_command(&deeper).tagged.starts_with("BAD"));
}
