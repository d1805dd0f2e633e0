//! MULTISEARCH: RFC 7377. Dovecot has none.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

use postern_tests::{Client, Kind, ServerUnderTest, code, message};

/// `a`, `a/b`, `a/b/c`, `a/d`, `e` and INBOX, each with two messages: one named after it, and one
/// that is in all.
fn filled() -> Option<(ServerUnderTest, Client)> {
    let server = ServerUnderTest::start();
    if server.kind == Kind::Dovecot {
        return None;
    }
    let mut client = Client::login(&server);
    for name in ["a", "a/b", "a/b/c", "a/d", "e", "INBOX"] {
        if name != "INBOX" {
            client.command(&format!("CREATE {name}"));
        }
        let own = format!("in {}", name.replace('/', "."));
        client.append_all(name, &[message(&own), message("common")]);
    }
    client.command("SUBSCRIBE a/d");
    client.command("SUBSCRIBE gone");
    Some((server, client))
}

/// The mailboxes told, and what is told of each; every line has the tag, and UIDVALIDITY.
#[track_caller]
fn told(client: &mut Client, command: &str) -> Vec<(String, String)> {
    client.send(&format!("t ESEARCH {command}"));
    let mut lines = client.expect("t OK");
    lines.pop();
    let each = lines
        .iter()
        .filter(|line| line.starts_with("* ESEARCH"))
        .map(|line| {
            let rest = line.strip_prefix("* ESEARCH (TAG \"t\" MAILBOX ").unwrap();
            let (name, rest) = rest.split_once(" UIDVALIDITY ").unwrap();
            let (validity, result) = rest.split_once(") UID ").unwrap();
            assert!(validity.parse::<u32>().unwrap() > 0);
            (name.trim_matches('"').to_owned(), result.to_owned())
        });
    each.collect()
}

#[track_caller]
fn names(client: &mut Client, sources: &str, expected: &[&str]) {
    let told = told(client, &format!("IN ({sources}) SUBJECT common"));
    let mut names: Vec<&str> = told.iter().map(|(name, _)| name.as_str()).collect();
    names.sort_unstable();
    assert_eq!(names, expected, "{sources}");
    assert!(told.iter().all(|(_, result)| result == "ALL 2"), "{told:?}");
}

#[test]
fn sources() {
    let Some((_server, mut client)) = filled() else {
        return;
    };
    let all = ["INBOX", "a", "a/b", "a/b/c", "a/d", "e"];
    names(&mut client, "personal", &all);
    names(&mut client, "inboxes", &all);
    names(&mut client, "subscribed", &["INBOX", "a/d"]);
    names(&mut client, "mailboxes inbox", &["INBOX"]);
    names(&mut client, "mailboxes (\"a\" e nowhere a)", &["a", "e"]);
    names(&mut client, "subtree a", &["a", "a/b", "a/b/c", "a/d"]);
    names(&mut client, "subtree-one a", &["a", "a/b", "a/d"]);
    names(&mut client, "SUBTREE-ONE (a/b e)", &["a/b", "a/b/c", "e"]);
    let several = "mailboxes e subtree a/b personal";
    names(&mut client, several, &all);
    names(&mut client, "mailboxes \"%\"", &[]);
    // Of what has nothing, nothing is told.
    let told_all = told(
        &mut client,
        "IN (personal) RETURN (MIN COUNT) SUBJECT \"in a.d\"",
    );
    assert_eq!(told_all, [("a/d".to_owned(), "MIN 1 COUNT 1".to_owned())]);
    let none = told(&mut client, "IN (personal) RETURN (COUNT) SUBJECT nothing");
    assert_eq!(none, []);
    let line = client.command("CAPABILITY").remove(0);
    assert!(line.contains(" MULTISEARCH"), "{line}");
}

#[test]
fn the_selected_mailbox() {
    let Some((server, mut client)) = filled() else {
        return;
    };
    for before in [
        "ESEARCH ALL",
        "ESEARCH IN (selected) ALL",
        "ESEARCH IN (personal) RETURN (UPDATE) ALL",
    ] {
        let refused = client.try_command(before);
        assert!(refused.tagged.starts_with("BAD"), "{before}: {refused:?}");
    }
    client.command("SELECT a/b");
    let own = [("a/b".to_owned(), "ALL 1:2".to_owned())];
    assert_eq!(told(&mut client, "ALL"), own);
    assert_eq!(told(&mut client, "IN (selected) RETURN () ALL"), own);
    names(&mut client, "selected mailboxes (a/b e)", &["a/b", "e"]);
    // It stays selected, and its result can be saved; no other's can.
    told(&mut client, "RETURN (SAVE) SUBJECT common");
    assert_eq!(client.command("UID SEARCH $"), ["* SEARCH 2"]);
    let saved = told(&mut client, "IN (mailboxes (e a/b)) $");
    assert_eq!(saved, [("a/b".to_owned(), "ALL 2".to_owned())]);
    for wrong in [
        "ESEARCH IN (selected mailboxes e) RETURN (SAVE) ALL",
        "ESEARCH IN (selected-delayed) ALL",
        "ESEARCH IN () ALL",
        "ESEARCH IN (mailboxes) ALL",
        "ESEARCH IN (personal (option)) ALL",
        "ESEARCH IN (personal)",
        "ESEARCH",
        "UID ESEARCH ALL",
    ] {
        let refused = client.try_command(wrong);
        assert!(refused.tagged.starts_with("BAD"), "{wrong}: {refused:?}");
    }
    // Numbers beyond the end are no error here (section 2), and each mailbox has its own.
    let second = told(&mut client, "IN (mailboxes (e a)) 2:100");
    assert_eq!(second.len(), 2);
    assert_eq!(told(&mut client, "IN (mailboxes (e a)) 100:200"), []);
    client.send("u ESEARCH RETURN (UPDATE COUNT) ALL");
    let lines = client.expect("u OK");
    assert!(lines[0].ends_with(" UID COUNT 2"), "{lines:?}");
    assert_eq!(code(&lines, "NOUPDATE").as_deref(), Some("\"u\""));
    // What is expunged elsewhere is gone at once.
    let mut other = Client::login(&server);
    other.command("SELECT a/b");
    other.command("STORE 1 +FLAGS.SILENT (\\Deleted)");
    other.command("EXPUNGE");
    let left = told(
        &mut client,
        "IN (selected mailboxes e) RETURN (PARTIAL 1:1) ALL",
    );
    assert!(
        left.contains(&("a/b".to_owned(), "PARTIAL (1:1 2)".to_owned())),
        "{left:?}"
    );
    assert_eq!(client.command("FETCH 1 UID"), ["* 1 FETCH (UID 2)"]);
}

/// Filters, FUZZY and MODSEQ go with it; flags are found as each mailbox has them.
#[test]
fn with_other_extensions() {
    let Some((_server, mut client)) = filled() else {
        return;
    };
    client.command("SELECT e");
    client.command("STORE 1 +FLAGS.SILENT (\\Flagged here)");
    client.command("UNSELECT");
    client.command("SETMETADATA \"\" (/private/filters/values/mine \"SUBJECT commen\")");
    let fuzzy = told(
        &mut client,
        "IN (mailboxes e) RETURN (RELEVANCY) FUZZY FILTER mine",
    );
    assert_eq!(fuzzy, [("e".to_owned(), "RELEVANCY (50)".to_owned())]);
    let flagged = told(&mut client, "IN (personal) KEYWORD here FLAGGED");
    assert_eq!(flagged, [("e".to_owned(), "ALL 1".to_owned())]);
    let modseq = told(&mut client, "IN (personal) MODSEQ 1 FLAGGED");
    assert!(modseq[0].1.starts_with("ALL 1 MODSEQ "), "{modseq:?}");
    client.command("ENABLE IMAP4rev2");
    client.command("CREATE \"B\u{fc}cher\"");
    client.append("\"B\u{fc}cher\"", "", &message("common"));
    let names = told(&mut client, "IN (mailboxes \"B\u{fc}cher\") ALL");
    assert_eq!(names[0].0, "B\u{fc}cher");
}

/// Thousands of mailboxes: others go on meanwhile.
#[test]
fn thousands_of_mailboxes() {
    let Some((server, mut client)) = filled() else {
        return;
    };
    let mut creates = String::new();
    for n in 0..3000 {
        creates.push_str(&format!("c{n} CREATE many/{n}\r\n"));
    }
    client.send_raw(creates.as_bytes());
    client.expect("c2999 OK");
    for n in [5, 2500] {
        client.append(&format!("many/{n}"), "", &message("wanted"));
    }
    client.send("t1 ESEARCH IN (personal) SUBJECT wanted");
    client.send("t2 ESEARCH IN (subtree many) RETURN (COUNT) SUBJECT wanted");
    Client::login(&server).command("NOOP");
    let one = client.expect("t1 OK").len();
    let two = client.expect("t2 OK").len();
    assert_eq!((one, two), (3, 3));
    let all = (0..1000)
        .map(|n| format!("many/{n}"))
        .collect::<Vec<_>>()
        .join(" ");
    let found = told(&mut client, &format!("IN (mailboxes ({all})) ALL"));
    assert_eq!(found, [("many/5".to_owned(), "ALL 1".to_owned())]);
    let more = format!("ESEARCH IN (mailboxes ({all} one)) ALL");
    assert!(client.try_command(&more).tagged.starts_with("BAD"));
    let more = format!("ESEARCH IN ({}personal) ALL", "personal ".repeat(100));
    assert!(client.try_command(&more).tagged.starts_with("BAD"));
}
