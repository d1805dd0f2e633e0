//! CONDSTORE: RFC 7162 section 3.1.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]

use postern_tests::{Client, code, enabled, fetched, message, selected, with_messages};

/// The MODSEQ in a FETCH reply's items.
fn modseq(items: &str) -> Option<u64> {
    let (_, rest) = items.split_once("MODSEQ (")?;
    rest.split(')').next()?.parse().ok()
}

fn highest<S: AsRef<str>>(lines: &[S]) -> Option<u64> {
    code(lines, "HIGHESTMODSEQ").map(|number| number.parse().unwrap())
}

/// The MODSEQ of each message.
fn modseqs(client: &mut Client) -> Vec<u64> {
    let lines = client.command("FETCH 1:* (MODSEQ)");
    let all = fetched(&lines);
    all.iter()
        .map(|(_, items)| modseq(items).unwrap())
        .collect()
}

#[test]
fn highestmodseq_is_told_at_select_and_grows_with_each_change() {
    let server = with_messages(1);
    let mut client = enabled(&server, "CONDSTORE");
    let first = highest(&client.command("SELECT INBOX")).unwrap();
    client.command(r"STORE 1 +FLAGS (\Seen)");
    let second = highest(&client.command("SELECT INBOX")).unwrap();
    assert!(second > first, "{first} {second}");
    client.append("INBOX", "", &message("more"));
    let third = highest(&client.command("EXAMINE INBOX")).unwrap();
    assert!(third > second, "{second} {third}");
    let lines = client.command("STATUS INBOX (HIGHESTMODSEQ)");
    assert_eq!(lines, [format!("* STATUS INBOX (HIGHESTMODSEQ {third})")]);
}

#[test]
fn fetch_tells_modseq_which_only_changed_messages_change() {
    let server = with_messages(3);
    let mut client = selected(&server, "CONDSTORE");
    let before = modseqs(&mut client);
    let lines = client.command(r"STORE 2 +FLAGS (\Seen)");
    let told = modseq(&fetched(&lines)[0].1).unwrap();
    let after = modseqs(&mut client);
    assert_eq!((after[0], after[2]), (before[0], before[2]));
    assert!(after[1] > *before.iter().max().unwrap());
    assert_eq!(after[1], told);
}

/// RFC 7162 section 3.1: MODSEQ comes unasked after a CONDSTORE enabling command, not before.
#[test]
fn modseq_is_told_of_changes_only_once_the_client_knows_it() {
    let enabling = [
        "ENABLE CONDSTORE",
        "SELECT INBOX (CONDSTORE)",
        "EXAMINE INBOX (CONDSTORE)",
        "STATUS INBOX (HIGHESTMODSEQ)",
        "FETCH 1 (MODSEQ)",
        "FETCH 1 (FLAGS) (CHANGEDSINCE 1)",
        "SEARCH MODSEQ 1",
        r"STORE 1 (UNCHANGEDSINCE 99999999) +FLAGS.SILENT (\Draft)",
    ];
    let server = with_messages(1);
    let mut other = selected(&server, "");
    for command in enabling {
        let mut client = selected(&server, "");
        other.command(r"STORE 1 FLAGS (\Seen)");
        let lines = client.command("NOOP");
        assert_eq!(modseq(&fetched(&lines)[0].1), None, "{lines:?}");
        client.command(command);
        other.command(r"STORE 1 FLAGS (\Answered)");
        let lines = client.command("NOOP");
        let told = &fetched(&lines)[0].1;
        assert!(modseq(told).is_some(), "{command}: {lines:?}");
        // RFC 7162 section 3.2.4: servers with QRESYNC include the UID too.
        assert!(told.contains("UID 1"), "{command}: {lines:?}");
    }
}

/// RFC 7162 section 3.1: "A first CONDSTORE enabling command executed in the session with a
/// mailbox selected MUST cause the server to return HIGHESTMODSEQ".
#[test]
fn the_first_enabling_command_in_a_mailbox_tells_highestmodseq() {
    let enabling = [
        "ENABLE CONDSTORE",
        "ENABLE QRESYNC",
        "STATUS Sent (HIGHESTMODSEQ)",
        "FETCH 1 (MODSEQ)",
        "UID FETCH 1 (FLAGS) (CHANGEDSINCE 1)",
        "SEARCH MODSEQ 1",
    ];
    let server = with_messages(1);
    let wanted = highest(&enabled(&server, "").command("SELECT INBOX"));
    for command in enabling {
        let mut client = selected(&server, "");
        let lines = client.command(command);
        assert_eq!(highest(&lines), wanted, "{command}: {lines:?}");
        let lines = client.command("FETCH 1 (MODSEQ)");
        assert_eq!(highest(&lines), None, "once only: {lines:?}");
    }
}

/// RFC 7162 section 3.2.4, of a FETCH that sets \Seen.
#[test]
fn setting_seen_by_fetch_tells_modseq_and_uid() {
    let server = with_messages(1);
    let mut client = selected(&server, "CONDSTORE");
    let lines = client.command("FETCH 1 BODY[TEXT]");
    let flags = lines.iter().find(|line| line.contains("FLAGS (")).unwrap();
    assert!(modseq(flags).is_some(), "{flags}");
    assert!(flags.contains("UID 1"), "{flags}");
    let lines = client.command("FETCH 1 BODY[TEXT]");
    assert_eq!(modseq(&lines[0]), None, "nothing changed: {lines:?}");
}

#[test]
fn fetch_by_number_without_a_change_tells_what_was_asked() {
    let server = with_messages(1);
    let mut client = selected(&server, "CONDSTORE");
    let lines = client.command("FETCH 1 (RFC822.SIZE)");
    assert!(
        !lines[0].contains("MODSEQ") && !lines[0].contains("UID"),
        "{lines:?}"
    );
}

#[test]
fn a_silent_store_tells_the_new_modseq() {
    let server = with_messages(1);
    let mut client = selected(&server, "CONDSTORE");
    let lines = client.command(r"STORE 1 +FLAGS.SILENT (\Seen)");
    let all = fetched(&lines);
    assert_eq!(all.len(), 1, "{lines:?}");
    assert!(
        modseq(&all[0].1).is_some() && !all[0].1.contains("FLAGS"),
        "{lines:?}"
    );
}

#[test]
fn unchangedsince_stores_what_is_not_newer() {
    let server = with_messages(2);
    let mut client = selected(&server, "CONDSTORE");
    let known = *modseqs(&mut client).iter().max().unwrap();
    let command = format!(r"STORE 1:2 (UNCHANGEDSINCE {known}) +FLAGS.SILENT (\Seen)");
    let reply = client.ok(&command);
    assert!(!reply.tagged.contains("MODIFIED"), "{reply:?}");
    assert_eq!(fetched(&reply.lines()).len(), 2, "{reply:?}");
}

/// RFC 7162 section 3.1.3, example 5, with the change that makes it so.
#[test]
fn unchangedsince_leaves_what_is_newer_alone_and_names_it_by_number() {
    let server = with_messages(4);
    let mut client = selected(&server, "CONDSTORE");
    client.command(r"STORE 1 +FLAGS.SILENT (\Deleted)");
    client.command("EXPUNGE");
    // Numbers 1, 2, 3 are UIDs 2, 3, 4 now.
    let known = *modseqs(&mut client).iter().max().unwrap();
    let mut other = selected(&server, "");
    other.command(r"STORE 1,3 +FLAGS (\Flagged)");
    client.command("NOOP");
    let command = format!(r"STORE 1:3 (UNCHANGEDSINCE {known}) +FLAGS (\Seen)");
    let reply = client.ok(&command);
    assert_eq!(
        code(&[&reply.tagged], "MODIFIED").as_deref(),
        Some("1,3"),
        "{reply:?}"
    );
    let all = fetched(&reply.lines());
    assert!(
        all.iter()
            .any(|(n, items)| *n == 2 && items.contains(r"\Seen")),
        "{reply:?}"
    );
    let command = format!(r"UID STORE 2:4 (UNCHANGEDSINCE {known}) +FLAGS (\Draft)");
    let reply = client.ok(&command);
    assert_eq!(
        code(&[&reply.tagged], "MODIFIED").as_deref(),
        Some("2:4"),
        "{reply:?}"
    );
    let lines = client.command("SEARCH SEEN");
    assert_eq!(lines, ["* SEARCH 2"]);
    assert_eq!(client.command("SEARCH DRAFT"), ["* SEARCH"]);
}

/// RFC 7162 section 3.1.3: with 0 it always fails.
#[test]
fn unchangedsince_zero_always_fails() {
    let server = with_messages(1);
    let mut client = selected(&server, "CONDSTORE");
    let reply = client.ok("STORE 1 (UNCHANGEDSINCE 0) +FLAGS.SILENT ($MDNSent)");
    assert_eq!(
        code(&[&reply.tagged], "MODIFIED").as_deref(),
        Some("1"),
        "{reply:?}"
    );
}

/// RFC 7162 section 3.1.3, example 6: what failed is told where the client cannot know it.
#[test]
fn what_failed_is_told_with_its_new_flags() {
    let server = with_messages(1);
    let mut client = selected(&server, "CONDSTORE");
    let known = modseqs(&mut client)[0];
    selected(&server, "").command(r"STORE 1 +FLAGS (\Flagged)");
    let reply = client.ok(&format!(
        r"STORE 1 (UNCHANGEDSINCE {known}) +FLAGS.SILENT (\Deleted)"
    ));
    let all = fetched(&reply.lines());
    assert_eq!(all.len(), 1, "{reply:?}");
    assert!(
        all[0].1.contains(r"\Flagged") && !all[0].1.contains(r"\Deleted"),
        "{reply:?}"
    );
}

#[test]
fn changedsince_fetches_what_is_newer_with_modseq() {
    let server = with_messages(3);
    let mut client = selected(&server, "CONDSTORE");
    let known = *modseqs(&mut client).iter().max().unwrap();
    assert_eq!(
        fetched(&client.command(&format!("FETCH 1:* FLAGS (CHANGEDSINCE {known})"))),
        []
    );
    client.command(r"STORE 2 +FLAGS (\Seen)");
    let lines = client.command(&format!("UID FETCH 1:* (FLAGS) (CHANGEDSINCE {known})"));
    let all = fetched(&lines);
    assert_eq!(all.len(), 1, "{lines:?}");
    assert!(all[0].0 == 2 && modseq(&all[0].1).is_some() && all[0].1.contains("UID 2"));
}

/// RFC 7162 section 3.1.5: the response ends with the highest MODSEQ of what was found.
#[test]
fn search_by_modseq_tells_the_highest_found() {
    let server = with_messages(3);
    let mut client = selected(&server, "CONDSTORE");
    let all = modseqs(&mut client);
    let lines = client.command(&format!("SEARCH MODSEQ {}", all[1]));
    assert_eq!(lines, [format!("* SEARCH 2 3 (MODSEQ {})", all[2])]);
    let lines = client.command(&format!(r#"SEARCH MODSEQ "/flags/\\draft" all {}"#, all[2]));
    assert_eq!(lines, [format!("* SEARCH 3 (MODSEQ {})", all[2])]);
    assert_eq!(client.command("SEARCH MODSEQ 99999999"), ["* SEARCH"]);
}

/// RFC 4731 section 3.2: of MIN and MAX the MODSEQ of those messages, else of all.
#[test]
fn esearch_by_modseq_tells_the_highest_of_what_is_returned() {
    let server = with_messages(3);
    let mut client = selected(&server, "CONDSTORE");
    client.command(r"STORE 2 +FLAGS (\Seen)");
    let of = modseqs(&mut client);
    let cases = [
        ("MIN", format!("MIN 1 MODSEQ {}", of[0])),
        ("MAX", format!("MAX 3 MODSEQ {}", of[2])),
        (
            "MIN MAX",
            format!("MIN 1 MAX 3 MODSEQ {}", of[2].max(of[0])),
        ),
        ("MIN COUNT", format!("MIN 1 COUNT 3 MODSEQ {}", of[1])),
        ("ALL", format!("ALL 1:3 MODSEQ {}", of[1])),
    ];
    for (options, wanted) in cases {
        client.send(&format!("s SEARCH RETURN ({options}) MODSEQ 1"));
        let lines = client.expect("s OK");
        assert_eq!(lines[0], format!("* ESEARCH (TAG \"s\") {wanted}"));
    }
}

/// Enabled by itself, it is told; and so is what it takes with it.
#[test]
fn enable_tells_what_is_on() {
    let server = with_messages(0);
    let mut client = enabled(&server, "");
    assert_eq!(
        client.command("ENABLE CONDSTORE X-UNKNOWN"),
        ["* ENABLED CONDSTORE"]
    );
    assert_eq!(client.command("ENABLE X-UNKNOWN"), ["* ENABLED"]);
}

#[test]
fn unknown_fetch_and_store_modifiers_are_bad() {
    let server = with_messages(1);
    let mut client = selected(&server, "");
    let commands = [
        "FETCH 1 FLAGS (CHANGEDSINCE)",
        "FETCH 1 FLAGS (CHANGEDSINCE x)",
        "FETCH 1 FLAGS (WHATEVER 3)",
        r"STORE 1 (UNCHANGEDSINCE) FLAGS (\Seen)",
        r"STORE 1 (WHATEVER 3) FLAGS (\Seen)",
        "SELECT INBOX (WHATEVER)",
    ];
    for command in commands {
        let reply = client.try_command(command);
        assert!(reply.tagged.starts_with("BAD"), "{command}: {reply:?}");
    }
}

/// A change to one message does not hide one that came before it.
#[test]
fn copies_and_moves_get_a_modseq_of_their_own() {
    let server = with_messages(2);
    let mut client = selected(&server, "CONDSTORE");
    let before = *modseqs(&mut client).iter().max().unwrap();
    client.command("COPY 1 Sent");
    client.command("MOVE 2 Sent");
    client.command("SELECT Sent");
    for of in modseqs(&mut client) {
        assert!(of > before);
    }
}
