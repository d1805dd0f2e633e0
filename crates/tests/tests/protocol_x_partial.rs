//! PARTIAL (RFC 9394), also with SAVE and CHANGEDSINCE. Dovecot 2.3 has what RFC 5267 has of it.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

use postern_tests::{Client, Kind, ServerUnderTest, message};

/// Ten messages with the UIDs 1 to 12 without 3 and 8.
fn filled(server: &ServerUnderTest) -> Client {
    let mut client = Client::login(server);
    let mails: Vec<_> = (1..=12).map(|n| message(&format!("number {n}"))).collect();
    client.append_all("INBOX", &mails);
    client.command("SELECT INBOX");
    client.command("UID STORE 3,8 +FLAGS.SILENT (\\Deleted)");
    client.command("UID EXPUNGE 3,8");
    client
}

#[track_caller]
fn told(client: &mut Client, command: &str, expected: &str) {
    client.send(&format!("p {command}"));
    let lines = client.expect("p OK");
    let expected = match expected {
        "" => Vec::new(),
        expected => vec![format!("* ESEARCH (TAG \"p\") {expected}")],
    };
    assert_eq!(lines[..lines.len() - 1], expected, "{command}");
}

/// RFC 9394 section 3.1.
#[test]
fn places_among_results() {
    let server = ServerUnderTest::start();
    let mut client = filled(&server);
    for (range, expected) in [
        ("1:3", "1:2,4"),
        ("-1:-3", "10:12"),
        ("-3:-1", "10:12"),
        ("4:4", "5"),
        ("9:500", "11:12"),
        ("-9:-500", "1:2"),
        ("11:20", "NIL"),
        ("-11:-20", "NIL"),
    ] {
        told(
            &mut client,
            &format!("UID SEARCH RETURN (PARTIAL {range}) ALL"),
            &format!("UID PARTIAL ({range} {expected})"),
        );
    }
    told(
        &mut client,
        "SEARCH RETURN (PARTIAL 2:3) UID 5:12",
        "PARTIAL (2:3 5:6)",
    );
    told(
        &mut client,
        "SEARCH RETURN (PARTIAL 1:3) NOT ALL",
        "PARTIAL (1:3 NIL)",
    );
    client.send("p SEARCH RETURN (PARTIAL 1:2 MIN MAX COUNT) ALL");
    let line = client.expect("p OK").remove(0);
    for item in [" MIN 1", " MAX 10", " COUNT 10", " PARTIAL (1:2 1:2)"] {
        assert!(line.contains(item), "{item}: {line}");
    }
    if server.kind == Kind::Postern {
        // The payload has the range as it was asked for; Dovecot puts its ends in order.
        told(
            &mut client,
            "UID SEARCH RETURN (PARTIAL 3:1) ALL",
            "UID PARTIAL (3:1 1:2,4)",
        );
    }
    for wrong in [
        "SEARCH RETURN (PARTIAL 1:2 ALL) ALL",
        "SEARCH RETURN (PARTIAL 1:2 PARTIAL 3:4) ALL",
        "SEARCH RETURN (PARTIAL 0:2) ALL",
        "SEARCH RETURN (PARTIAL 1:-2) ALL",
        "SEARCH RETURN (PARTIAL 1:*) ALL",
    ] {
        let refused = client.try_command(wrong);
        assert!(refused.tagged.starts_with("BAD"), "{wrong}: {refused:?}");
    }
}

/// RFC 9394 section 3.2, the rows of its table.
#[test]
fn what_save_keeps() {
    let server = ServerUnderTest::start();
    let mut client = filled(&server);
    for (options, saved) in [
        ("SAVE PARTIAL 2:3", "2,4"),
        ("SAVE PARTIAL 2:3 MIN", "1:2,4"),
        ("SAVE PARTIAL 2:3 MAX", "2,4,12"),
        ("SAVE PARTIAL 2:3 MIN MAX", "1:2,4,12"),
        ("SAVE PARTIAL 2:3 COUNT", "1:2,4:7,9:12"),
        ("SAVE PARTIAL 2:3 COUNT MIN", "1:2,4:7,9:12"),
    ] {
        let lines = client.command(&format!("UID SEARCH RETURN ({options}) ALL"));
        assert!(lines[0].contains("PARTIAL (2:3 2,4)"), "{lines:?}");
        told(
            &mut client,
            "UID SEARCH RETURN (ALL) $",
            &format!("UID ALL {saved}"),
        );
    }
}

/// RFC 9394 sections 3.3 and 3.4.
#[test]
fn uid_fetch() {
    let server = ServerUnderTest::start();
    if server.kind == Kind::Dovecot {
        return;
    }
    let mut client = filled(&server);
    let uids = |lines: Vec<String>| -> Vec<String> {
        let fetches = lines.iter().filter(|line| line.contains("FETCH ("));
        let uid = |line: &String| {
            let (_, rest) = line.split_once("UID ").unwrap();
            rest.split([' ', ')']).next().unwrap().to_owned()
        };
        fetches.map(uid).collect()
    };
    let mut fetch = |command: &str| uids(client.command(command));
    assert_eq!(
        fetch("UID FETCH 2:100 (UID FLAGS) (PARTIAL -1:-3)"),
        ["10", "11", "12"]
    );
    assert_eq!(
        fetch("UID FETCH 2:100 (UID FLAGS) (PARTIAL 1:3)"),
        ["2", "4", "5"]
    );
    assert_eq!(
        fetch("UID FETCH 2:4 FLAGS (PARTIAL 3:9)"),
        Vec::<String>::new()
    );
    let refused = client.try_command("FETCH 1:* FLAGS (PARTIAL 1:2)");
    assert!(refused.tagged.starts_with("BAD"), "{refused:?}");
    // First the range, then what changed of it.
    let lines = client.command("FETCH 1 MODSEQ");
    client.command("UID STORE 2,11 +FLAGS.SILENT (\\Flagged)");
    let modseq = client.command("UID FETCH 12 MODSEQ");
    let (_, rest) = modseq[0].split_once("MODSEQ (").unwrap();
    let since = rest.split(')').next().unwrap();
    assert!(!lines.is_empty());
    for modifiers in [
        format!("PARTIAL -1:-3 CHANGEDSINCE {since}"),
        format!("CHANGEDSINCE {since} PARTIAL -1:-3"),
    ] {
        let command = format!("UID FETCH 1:100 (UID FLAGS) ({modifiers})");
        assert_eq!(uids(client.command(&command)), ["11"], "{command}");
    }
}

#[test]
fn announced() {
    let server = ServerUnderTest::start();
    let mut client = Client::login(&server);
    if server.kind == Kind::Postern {
        let line = client.command("CAPABILITY").remove(0);
        assert!(line.split(' ').any(|word| word == "PARTIAL"), "{line}");
    }
}
