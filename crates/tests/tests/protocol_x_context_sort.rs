//! CONTEXT=SORT: RFC 5267 section 4. Dovecot does not announce it, and gives no positions.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

use postern_tests::{Chance, Client, Kind, ServerUnderTest, message, selected, with_messages};

/// The numbers of a set, in the order in which it has them.
fn numbers(set: &str) -> Vec<u32> {
    let ranges = set.split(',').map(|range| {
        let (first, last) = range.split_once(':').unwrap_or((range, range));
        first.parse().unwrap()..=last.parse::<u32>().unwrap()
    });
    ranges.flatten().collect()
}

/// What a client does with `* ESEARCH (TAG "…") … ADDTO (…) REMOVEFROM (…)`.
fn hear(list: &mut Vec<u32>, tag: &str, line: &str) {
    let start = format!("* ESEARCH (TAG \"{tag}\") ");
    let Some(mut rest) = line.strip_prefix(&start) else {
        return;
    };
    rest = rest.strip_prefix("UID ").unwrap_or(rest);
    while let Some((what, after)) = rest.split_once(" (") {
        let (pairs, after) = after.split_once(')').unwrap();
        let words: Vec<&str> = pairs.split(' ').collect();
        for pair in words.chunks(2) {
            let at = pair[0].parse::<usize>().unwrap() - 1;
            let run = numbers(pair[1]);
            match what.trim() {
                "ADDTO" => drop(list.splice(at..at, run)),
                "REMOVEFROM" => {
                    let gone: Vec<u32> = list.drain(at..at + run.len()).collect();
                    assert_eq!(gone, run, "{line}");
                }
                other => panic!("{other}"),
            }
        }
        rest = after;
    }
}

fn sorted(client: &mut Client, command: &str) -> Vec<u32> {
    let line = client.command(command).remove(0);
    match line.strip_prefix("* SORT ") {
        Some(all) => all.split(' ').map(|n| n.parse().unwrap()).collect(),
        None => Vec::new(),
    }
}

fn told(lines: &[String]) -> Vec<&str> {
    let some = |line: &&String| {
        ["ESEARCH", "EXISTS", "EXPUNGE"]
            .iter()
            .any(|name| line.contains(name))
    };
    lines.iter().filter(some).map(String::as_str).collect()
}

#[test]
fn positions() {
    let server = with_messages(0);
    if server.kind == Kind::Dovecot {
        return;
    }
    let mut client = Client::login(&server);
    for subject in ["d", "b", "f"] {
        client.append("INBOX", "", &message(subject));
    }
    client.command("SELECT INBOX");
    client.send("s UID SORT RETURN (UPDATE ALL COUNT) (SUBJECT) UTF-8 UNDELETED");
    let lines = client.expect("s OK");
    assert_eq!(lines[0], "* ESEARCH (TAG \"s\") UID ALL 2,1,3 COUNT 3");
    assert!(!lines.concat().contains("NOUPDATE"), "{lines:?}");
    let mut other = Client::login(&server);
    other.append_all("INBOX", &["a", "e", "e2", "g"].map(message));
    let lines = client.command("NOOP");
    let added = "* ESEARCH (TAG \"s\") UID ADDTO ";
    let mut list = vec![2, 1, 3];
    lines.iter().for_each(|line| hear(&mut list, "s", line));
    assert_eq!(list, [4, 2, 1, 5, 6, 3, 7]);
    let runs = format!("{added}(1 4 4 5:6 7 7)");
    assert_eq!(told(&lines), ["* 7 EXISTS", &runs]);
    let lines = client.command("UID STORE 1,4,5 +FLAGS (\\Deleted)");
    lines.iter().for_each(|line| hear(&mut list, "s", line));
    assert_eq!(list, [2, 6, 3, 7]);
    let runs = "* ESEARCH (TAG \"s\") UID REMOVEFROM (3 1,5 1 4)";
    assert_eq!(told(&lines), [runs]);
}

/// Sequence numbers are those of the moment: removed before EXPUNGE, added after EXISTS.
#[test]
fn sequence_numbers() {
    let server = with_messages(4);
    if server.kind == Kind::Dovecot {
        return;
    }
    let mut client = selected(&server, "");
    client.send("s SORT RETURN (UPDATE) (REVERSE SUBJECT) UTF-8 ALL");
    client.expect("s OK");
    client.command("STORE 1,4 +FLAGS.SILENT (\\Deleted)");
    let lines = client.command("EXPUNGE");
    let removed = "* ESEARCH (TAG \"s\") REMOVEFROM (4 1 1 4)";
    assert_eq!(told(&lines), [removed, "* 4 EXPUNGE", "* 1 EXPUNGE"]);
    Client::login(&server).append("INBOX", "", &message("m2a"));
    let added = "* ESEARCH (TAG \"s\") ADDTO (2 3)";
    assert_eq!(told(&client.command("NOOP")), ["* 3 EXISTS", added]);
    // What another session expunges is told at once, by the number that it still has.
    let mut other = selected(&server, "");
    other.command("STORE 1 +FLAGS.SILENT (\\Deleted)");
    other.command("EXPUNGE");
    let removed = "* ESEARCH (TAG \"s\") REMOVEFROM (3 1)";
    assert_eq!(told(&client.command("FETCH 2 UID")), [removed]);
    assert_eq!(told(&client.command("NOOP")), ["* 1 EXPUNGE"]);
    // And then no more.
    client.command("CANCELUPDATE \"s\"");
    other.command("STORE 1 +FLAGS.SILENT (\\Deleted)");
    other.command("EXPUNGE");
    assert_eq!(told(&client.command("NOOP")), ["* 1 EXPUNGE"]);
}

#[test]
fn while_idle() {
    let server = with_messages(2);
    if server.kind == Kind::Dovecot {
        return;
    }
    let mut client = selected(&server, "");
    client.send("s UID SORT RETURN (UPDATE) (SUBJECT) UTF-8 ALL");
    client.expect("s OK");
    client.send("i IDLE");
    client.expect("+");
    Client::login(&server).append("INBOX", "", &message("m1a"));
    client.expect("* ESEARCH (TAG \"s\") UID ADDTO (2 3)");
    client.send("DONE");
    client.expect("i OK");
}

fn mail(chance: &mut Chance) -> Vec<u8> {
    let pick = |chance: &mut Chance| *chance.one(&["x", "Re: a", "B", "\u{e4}", "c d", ""]);
    let (subject, from) = (pick(chance), chance.below(4));
    let day = 1 + chance.below(6);
    let body = "l\r\n".repeat(chance.below(5));
    format!(
        "Date: {day} Mar 2026 10:20:30 +0000\r\nFrom: f{from}@example.org\r\n\
         Subject: {subject}\r\n\r\n{body}"
    )
    .into_bytes()
}

/// Whatever two sessions do, the lists that the client keeps by what it is told are those that a
/// new SORT gives.
#[test]
fn lists_stay_what_a_new_sort_gives() {
    const CRITERIA: [&str; 4] = ["SUBJECT", "REVERSE DATE SIZE", "FROM SUBJECT", "ARRIVAL"];
    let seed = Chance::seed("CONTEXT_SEED");
    println!("CONTEXT_SEED={seed}");
    let mut chance = Chance::new(seed);
    let server = ServerUnderTest::start();
    if server.kind == Kind::Dovecot {
        return;
    }
    let mut other = Client::login(&server);
    other.append_all("INBOX", &[(); 5].map(|()| mail(&mut chance)));
    other.command("SELECT INBOX");
    let mut client = selected(&server, "");
    let mut lists = Vec::new();
    for (n, criteria) in CRITERIA.iter().enumerate() {
        let tag = format!("s{n}");
        client.send(&format!(
            "{tag} UID SORT RETURN (UPDATE ALL) ({criteria}) UTF-8 UNFLAGGED"
        ));
        let line = client.expect(&format!("{tag} OK")).remove(0);
        let (_, all) = line.split_once(" ALL ").unwrap();
        lists.push((tag, *criteria, numbers(all)));
    }
    for _ in 0..60 {
        let uid = 1 + chance.below(40);
        let session = if chance.once_in(2) {
            &mut client
        } else {
            &mut other
        };
        let mut lines = match chance.below(8) {
            0..3 => {
                let mails: Vec<_> = (0..chance.below(4)).map(|_| mail(&mut chance)).collect();
                other.append_all("INBOX", &mails);
                Vec::new()
            }
            3 | 4 => session.command(&format!("UID STORE {uid}:{} +FLAGS (\\Flagged)", uid + 3)),
            5 => session.command(&format!("UID STORE {uid}:{} -FLAGS (\\Flagged)", uid + 9)),
            6 => session.command(&format!("UID STORE {uid} +FLAGS (\\Deleted)")),
            _ => session.command("EXPUNGE"),
        };
        lines.extend(client.command("NOOP"));
        for (tag, criteria, list) in &mut lists {
            lines.iter().for_each(|line| hear(list, tag, line));
            let new = sorted(
                &mut client,
                &format!("UID SORT ({criteria}) UTF-8 UNFLAGGED"),
            );
            assert_eq!(*list, new, "{criteria}");
        }
    }
}
