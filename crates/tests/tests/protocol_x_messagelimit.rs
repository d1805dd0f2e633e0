//! MESSAGELIMIT and SAVELIMIT, RFC 9738. The transcripts of `messagelimit/` are its examples; here
//! is what they need room or other options for.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]

use postern_tests::{Client, Reply, ServerUnderTest, message};
use std::collections::BTreeMap;

/// Twelve messages of which the third is gone.
fn filled(options: &str) -> (ServerUnderTest, Client) {
    let server = ServerUnderTest::start_with(&format!("[extensions]\n{options}\n"));
    let mut client = Client::login(&server);
    let mails: Vec<_> = (1..=12).map(|n| message(&format!("number {n}"))).collect();
    client.append_all("INBOX", &mails);
    client.command("SELECT INBOX");
    client.command("UID STORE 3 +FLAGS.SILENT (\\Deleted)");
    client.command("EXPUNGE");
    (server, client)
}

/// The second number of `[MESSAGELIMIT 4 …]`.
fn lowest(reply: &Reply) -> Option<u32> {
    let (_, rest) = reply.tagged.split_once("[MESSAGELIMIT 4 ")?;
    rest.split_once(']').unwrap().0.parse().ok()
}

fn uid_of(line: &str) -> u32 {
    let (_, rest) = line.split_once("UID ").unwrap();
    rest.trim_end_matches(')').parse().unwrap()
}

/// Section 3.1: the client goes on below the UID that it is told.
#[test]
fn a_client_that_pages_sees_each_message_once() {
    let (_server, mut client) = filled("message_limit = 4");
    let mut seen = BTreeMap::new();
    let (mut to, mut pages) = ("*".to_owned(), 0);
    loop {
        let reply = client.ok(&format!("UID FETCH 1:{to} (UID)"));
        let uids: Vec<u32> = reply.lines().iter().map(|line| uid_of(line)).collect();
        for uid in &uids {
            *seen.entry(*uid).or_insert(0) += 1;
        }
        pages += 1;
        let Some(lowest) = lowest(&reply) else { break };
        assert_eq!(uids.len(), 4);
        assert!(uids.is_sorted_by(|a, b| a > b), "{uids:?}");
        assert_eq!(uids.last(), Some(&lowest));
        to = (lowest - 1).to_string();
    }
    assert_eq!(pages, 3);
    let all = (1..=12).filter(|uid| *uid != 3).map(|uid| (uid, 1));
    assert_eq!(seen, all.collect());
}

/// The same command again and again, as section 3.1 says of UID MOVE and UID EXPUNGE.
#[test]
fn uid_move_and_uid_expunge_are_repeated_until_nothing_is_left() {
    let (_server, mut client) = filled("message_limit = 4");
    client.command("CREATE other");
    for expected in [Some(9), Some(5), None] {
        assert_eq!(lowest(&client.ok("UID MOVE 1:* other")), expected);
    }
    assert_eq!(client.command("SEARCH ALL"), ["* SEARCH"]);
    client.command("SELECT other");
    let mut to = 11;
    while to > 0 {
        let reply = client.ok(&format!("UID STORE 1:{to} +FLAGS.SILENT (\\Deleted)"));
        to = lowest(&reply).map_or(0, |lowest| lowest - 1);
    }
    client.command("UID STORE 10 -FLAGS.SILENT (\\Deleted)");
    // Moved in three runs, the newest first: what counts are those with \Deleted.
    for expected in [Some(7), Some(3), None] {
        assert_eq!(lowest(&client.ok("UID EXPUNGE 1:*")), expected);
    }
    assert_eq!(client.command("UID SEARCH ALL"), ["* SEARCH 10"]);
}

#[test]
fn what_counts_of_a_search_is_what_is_looked_at() {
    let (_server, mut client) = filled("message_limit = 4");
    for (key, found, expected) in [
        ("ALL", " 9 10 11 12", Some(9)),
        ("NOT ALL", "", Some(9)),
        ("SUBJECT \"number 1\"", " 10 11 12", Some(9)),
        ("UID 1:5", " 1 2 4 5", None),
        ("UID 1:6", " 2 4 5 6", Some(2)),
        ("UID 1:6 UID 5:12", " 5 6", None),
        ("(UID 1:4 SUBJECT number)", " 1 2 4", None),
        ("OR UID 1:2 UID 12", " 1 2 12", None),
        ("OR UID 1:2 SUBJECT \"number 12\"", " 12", Some(9)),
        ("1:3", " 1 2 4", None),
        ("UIDBEFORE 5", " 1 2 4", None),
        ("UIDBEFORE 1", "", None),
        ("UIDAFTER 8", " 9 10 11 12", None),
        ("UIDAFTER 12", "", None),
    ] {
        let reply = client.ok(&format!("UID SEARCH {key}"));
        assert_eq!(reply.lines(), [format!("* SEARCH{found}")], "{key}");
        assert_eq!(lowest(&reply), expected, "{key}");
    }
    // Section 3.4.
    let reply = client.ok("UID SEARCH RETURN (SAVE) ALL");
    assert_eq!(lowest(&reply), Some(9));
    assert_eq!(client.command("UID FETCH $ (UID)").len(), 4);
    assert_eq!(
        client.command("UID SEARCH UIDBEFORE $ UIDAFTER 5"),
        ["* SEARCH 6 7 8"]
    );
}

/// Section 3.3, and what has no lowest UID to go on from.
#[test]
fn what_is_of_no_use_in_parts_is_refused_as_a_whole() {
    let (_server, mut client) = filled("message_limit = 4");
    client.command("CREATE other");
    for command in [
        "SORT (ARRIVAL) UTF-8 ALL",
        "UID THREAD REFERENCES UTF-8 ALL",
        "ESEARCH IN (personal) ALL",
        "UID FETCH 1:* (UID) (PARTIAL 1:5)",
    ] {
        let reply = client.try_command(command);
        assert!(
            reply.tagged.starts_with("NO [MESSAGELIMIT 4] "),
            "{command}: {reply:?}"
        );
        assert!(reply.untagged.is_empty(), "{command}: {reply:?}");
    }
    assert_eq!(
        client.command("UID SORT (REVERSE ARRIVAL) UTF-8 UID 1:4"),
        ["* SORT 1 2 4"]
    );
    assert_eq!(client.command("UID FETCH 1:* (UID) (PARTIAL 1:4)").len(), 4);
    assert_eq!(
        client.command("UID FETCH 1:3 (UID) (PARTIAL 1:500)").len(),
        2
    );
    client.send("u SEARCH RETURN (UPDATE COUNT) ALL");
    let reply = client.replies("u");
    let lines = reply.lines();
    assert!(lines[0].ends_with(" COUNT 4"), "{lines:?}");
    assert!(lines[1].starts_with("* NO [NOUPDATE \"u\"]"), "{lines:?}");
}

/// Section 3.1: the one goes into the tagged OK, the limit before it.
#[test]
fn with_another_code_the_limit_is_told_before() {
    let (server, mut client) = filled("message_limit = 4");
    let mut other = Client::login(&server);
    other.command("SELECT INBOX");
    other.command("UID STORE 11 +FLAGS.SILENT (\\Deleted)");
    other.command("EXPUNGE");
    let reply = client.try_command("FETCH 1:11 (UID)");
    assert!(reply.tagged.starts_with("OK [EXPUNGEISSUED]"), "{reply:?}");
    let lines = reply.lines();
    assert_eq!(
        lines[..4]
            .iter()
            .map(|line| uid_of(line))
            .collect::<Vec<_>>(),
        [12, 10, 9, 8]
    );
    assert!(
        lines[4].starts_with("* NO [MESSAGELIMIT 4 8] "),
        "{lines:?}"
    );
    client.command("NOOP");
    let reply = client.ok("UID STORE 1:* (UNCHANGEDSINCE 1) +FLAGS.SILENT (\\Seen)");
    assert!(
        reply.tagged.starts_with("OK [MODIFIED 8:10,12]"),
        "{reply:?}"
    );
    let first = reply.lines().remove(0);
    assert!(first.starts_with("* NO [MESSAGELIMIT 4 8] "), "{reply:?}");
    // Of what changed since, which counts: nothing is left out.
    client.command("ENABLE QRESYNC");
    let reply = client.ok("UID FETCH 1:* (UID) (CHANGEDSINCE 1 VANISHED)");
    assert_eq!(reply.lines()[0], "* VANISHED (EARLIER) 3,11");
    assert_eq!(lowest(&reply), Some(8));
    client.command("CREATE other");
    let reply = client.ok("UID MOVE 1:* other");
    assert!(reply.tagged.starts_with("OK [HIGHESTMODSEQ "), "{reply:?}");
    let last = reply.lines().pop().unwrap();
    assert!(last.starts_with("* NO [MESSAGELIMIT 4 8] "), "{reply:?}");
}

#[test]
fn expunge_close_and_status_have_no_limit() {
    let (_server, mut client) = filled("message_limit = 4");
    let status = client.command("STATUS INBOX (MESSAGES UNSEEN)");
    assert_eq!(status, ["* STATUS INBOX (MESSAGES 11 UNSEEN 11)"]);
    for set in ["1:5", "6:9", "10:12"] {
        client.command(&format!("UID STORE {set} +FLAGS.SILENT (\\Deleted)"));
    }
    assert_eq!(
        client
            .command("EXPUNGE")
            .iter()
            .filter(|l| l.ends_with("EXPUNGE"))
            .count(),
        11
    );
}

/// A message of `\Seen` that FETCH sets is one that it tells.
#[test]
fn seen_is_set_of_those_only_that_are_fetched() {
    let (_server, mut client) = filled("message_limit = 4");
    assert_eq!(lowest(&client.ok("UID FETCH 1:* (BODY[HEADER])")), Some(9));
    let unseen = client.command("STATUS INBOX (UNSEEN)");
    assert_eq!(unseen, ["* STATUS INBOX (UNSEEN 7)"]);
}

fn append(client: &mut Client, messages: usize) -> Reply {
    let literals = vec!["{4+}\r\na\r\n\r"; messages];
    client.send(&format!("m APPEND INBOX {}", literals.join(" ")));
    client.replies("m")
}

#[test]
fn savelimit_is_of_copy_and_append_alone() {
    for option in ["message_limit = 4", "save_limit = 4"] {
        let (_server, mut client) = filled(option);
        client.command("CREATE other");
        let capabilities = client.command("CAPABILITY").remove(0);
        let words: Vec<_> = capabilities.split(' ').collect();
        let all = option.starts_with('m');
        assert_eq!(words.contains(&"MESSAGELIMIT=4"), all, "{capabilities}");
        assert_eq!(words.contains(&"SAVELIMIT=4"), !all, "{capabilities}");
        let refused = client.try_command("UID COPY 1:* other");
        assert!(
            refused.tagged.starts_with("NO [MESSAGELIMIT 4 9] "),
            "{refused:?}"
        );
        client.command("UID COPY 1:5 other");
        let status = client.command("STATUS other (MESSAGES)");
        assert_eq!(status, ["* STATUS other (MESSAGES 4)"]);
        let refused = append(&mut client, 5);
        assert!(
            refused.tagged.starts_with("NO [MESSAGELIMIT 4] "),
            "{refused:?}"
        );
        assert!(append(&mut client, 4).tagged.starts_with("OK "));
        let fetched = client.command("UID FETCH 1:* (UID)").len();
        assert_eq!(fetched, if all { 4 } else { 15 });
        let moved = client.ok("UID MOVE 1:* other");
        assert_eq!(lowest(&moved), all.then_some(13));
    }
}

/// Section 4.1: whoever is not told would not know why.
#[test]
fn a_mask_lifts_the_limit() {
    let masks = "masks = [{ capabilities = [\"MESSAGELIMIT\"], client = { name = \"Old\" } }]";
    let (_server, mut client) = filled(&format!("message_limit = 4\n{masks}"));
    assert_eq!(client.command("FETCH 1:* UID").len(), 4);
    client.command("ID (\"name\" \"Old\")");
    assert!(!client.command("CAPABILITY")[0].contains("MESSAGELIMIT"));
    assert_eq!(client.command("FETCH 1:* UID").len(), 11);
    let refused = client.try_command("UID SEARCH UIDAFTER 3");
    assert!(refused.tagged.starts_with("BAD"), "{refused:?}");
}
