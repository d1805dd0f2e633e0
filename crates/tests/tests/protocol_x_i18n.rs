//! I18NLEVEL=2 and LANGUAGE: RFC 5255. Dovecot has I18NLEVEL=1.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

use postern_tests::{Client, Kind, ServerUnderTest, message};

fn filled() -> Option<(ServerUnderTest, Client)> {
    let server = ServerUnderTest::start();
    if server.kind == Kind::Dovecot {
        return None;
    }
    let mut client = Client::login(&server);
    let subjects = ["b", "A", "\u{c4}", "a2", "Z", "\u{e4}1", "Re: B"];
    client.append_all("INBOX", &subjects.map(message));
    client.command("SELECT INBOX");
    Some((server, client))
}

#[track_caller]
fn sort(client: &mut Client, expected: &str) {
    let lines = client.command("SORT (SUBJECT) UTF-8 ALL");
    assert_eq!(lines, [format!("* SORT {expected}")]);
}

#[track_caller]
fn search(client: &mut Client, key: &str, expected: &str) {
    client.send(&format!("s SEARCH CHARSET UTF-8 {key}"));
    let line = client.expect("s OK").remove(0);
    assert_eq!(line, format!("* SEARCH{expected}"), "{key}");
}

#[test]
fn comparators() {
    let Some((server, mut client)) = filled() else {
        return;
    };
    let line = client.command("CAPABILITY").remove(0);
    assert!(line.contains(" I18NLEVEL=2"), "{line}");
    assert!(!line.contains(" I18NLEVEL=1"), "{line}");
    assert_eq!(
        client.command("COMPARATOR"),
        ["* COMPARATOR i;unicode-casemap"]
    );
    sort(&mut client, "2 4 3 6 1 7 5");
    search(&mut client, "SUBJECT \u{e4}", " 3 6");
    search(&mut client, "SUBJECT a", " 2 3 4 6");
    let threads = "THREAD ORDEREDSUBJECT UTF-8 SUBJECT b";
    assert_eq!(client.command(threads), ["* THREAD (1 7)"]);
    // A search that is kept up to date keeps its comparator.
    client.send("u UID SORT RETURN (UPDATE ALL) (SUBJECT) UTF-8 SUBJECT a");
    client.expect("u OK");

    let octet = client.command("COMPARATOR \"cz;*\" i;octet");
    assert_eq!(octet, ["* COMPARATOR i;octet"]);
    assert_eq!(client.command("COMPARATOR"), ["* COMPARATOR i;octet"]);
    sort(&mut client, "2 7 5 4 1 3 6");
    search(&mut client, "SUBJECT \u{e4}", " 6");
    search(&mut client, "SUBJECT a", " 4");
    search(&mut client, "FUZZY SUBJECT A2", " 4");
    let threads = "THREAD ORDEREDSUBJECT UTF-8 OR SUBJECT b SUBJECT B";
    assert_eq!(client.command(threads), ["* THREAD (1)(7)"]);
    Client::login(&server).append("INBOX", "", &message("\u{c4}0"));
    let lines = client.command("NOOP");
    let added = "* ESEARCH (TAG \"u\") UID ADDTO (4 8)";
    assert!(lines.iter().any(|line| line == added), "{lines:?}");

    let several = client.command("COMPARATOR \"i;*casemap\"");
    let both = "* COMPARATOR i;unicode-casemap (i;unicode-casemap i;ascii-casemap)";
    assert_eq!(several, [both]);
    client.command("COMPARATOR i;ascii-casemap");
    sort(&mut client, "2 4 1 7 5 3 8 6");
    search(&mut client, "SUBJECT \u{e4}", " 6");
    search(&mut client, "SUBJECT A", " 2 4");
    let refused = client.try_command("COMPARATOR i;basic");
    assert!(
        refused.tagged.starts_with("NO [BADCOMPARATOR]"),
        "{refused:?}"
    );
    assert_eq!(
        client.command("COMPARATOR"),
        ["* COMPARATOR i;ascii-casemap"]
    );
    assert_eq!(
        client.command("COMPARATOR default"),
        ["* COMPARATOR i;unicode-casemap"]
    );
    // Of this session alone, and not for good.
    assert_eq!(
        Client::login(&server).command("COMPARATOR"),
        ["* COMPARATOR i;unicode-casemap"]
    );
    client.command("COMPARATOR i;octet");
    client.command("UNAUTHENTICATE");
    let refused = client.try_command("COMPARATOR");
    assert!(refused.tagged.starts_with("BAD"), "{refused:?}");
}

#[test]
fn languages() {
    let server = ServerUnderTest::start();
    if server.kind == Kind::Dovecot {
        return;
    }
    let mut client = Client::connect(&server);
    assert!(
        client.greeting().contains(" LANGUAGE"),
        "{}",
        client.greeting()
    );
    assert_eq!(client.command("LANGUAGE"), ["* LANGUAGE (i-default en)"]);
    assert_eq!(client.command("LANGUAGE FR-CA EN-CA"), ["* LANGUAGE (en)"]);
    assert_eq!(
        client.command("LANGUAGE \"default\""),
        ["* LANGUAGE (i-default)"]
    );
    assert_eq!(
        client.command("LANGUAGE I-DEFAULT"),
        ["* LANGUAGE (i-default)"]
    );
    for none in [
        "LANGUAGE MUL",
        "LANGUAGE e",
        "LANGUAGE english",
        "LANGUAGE \"\"",
    ] {
        let refused = client.try_command(none);
        assert!(refused.tagged.starts_with("NO"), "{none}: {refused:?}");
    }
    let many = format!("LANGUAGE{}", " en".repeat(101));
    assert!(client.try_command(&many).tagged.starts_with("BAD"));
}
