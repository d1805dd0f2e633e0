//! STORE: RFC 9051 section 6.4.6, RFC 3501 section 6.4.6.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]

use postern_tests::{code, fetched, selected, with_messages};

/// The flags in the FETCH reply for a message, sorted, or None without such a reply.
fn flags(lines: &[String], number: u32) -> Option<Vec<String>> {
    let (_, items) = fetched(lines).into_iter().find(|(n, _)| *n == number)?;
    let (_, rest) = items.split_once("FLAGS (")?;
    let mut flags: Vec<_> = rest.split(')').next()?.split_whitespace().collect();
    flags.retain(|flag| *flag != "\\Recent");
    flags.sort_unstable();
    Some(flags.into_iter().map(str::to_owned).collect())
}

fn is(lines: &[String], number: u32, wanted: &[&str]) -> bool {
    flags(lines, number).is_some_and(|flags| flags == wanted)
}

#[test]
fn store_replaces_adds_and_removes_and_tells_the_new_flags() {
    let server = with_messages(1);
    let mut client = selected(&server, "");
    let lines = client.command(r"STORE 1 FLAGS (\Seen \Flagged)");
    assert!(is(&lines, 1, &[r"\Flagged", r"\Seen"]), "{lines:?}");
    let lines = client.command(r"STORE 1 +FLAGS (\Draft)");
    assert!(
        is(&lines, 1, &[r"\Draft", r"\Flagged", r"\Seen"]),
        "{lines:?}"
    );
    let lines = client.command(r"STORE 1 -FLAGS (\Seen \Answered)");
    assert!(is(&lines, 1, &[r"\Draft", r"\Flagged"]), "{lines:?}");
    let lines = client.command("STORE 1 FLAGS ()");
    assert!(is(&lines, 1, &[]), "{lines:?}");
}

#[test]
fn flags_without_parentheses_are_taken() {
    let server = with_messages(1);
    let mut client = selected(&server, "");
    let lines = client.command(r"STORE 1 +FLAGS \Seen \Flagged");
    assert!(is(&lines, 1, &[r"\Flagged", r"\Seen"]), "{lines:?}");
}

#[test]
fn flag_names_are_case_insensitive() {
    let server = with_messages(1);
    let mut client = selected(&server, "");
    client.command(r"STORE 1 +FLAGS.SILENT (\sEEN $junk)");
    client.command(r"STORE 1 +FLAGS.SILENT ($JUNK)");
    let lines = client.command("FETCH 1 FLAGS");
    assert!(is(&lines, 1, &["$junk", r"\Seen"]), "{lines:?}");
}

#[test]
fn silent_tells_nothing_of_its_own_changes() {
    let server = with_messages(2);
    let mut client = selected(&server, "");
    let lines = client.command(r"STORE 1:2 +FLAGS.SILENT (\Seen)");
    assert_eq!(fetched(&lines), [], "{lines:?}");
    assert_eq!(fetched(&client.command("NOOP")), []);
}

/// RFC 3501 section 6.4.6: "Regardless of whether or not the ".SILENT" suffix was used, the
/// server SHOULD send an untagged FETCH response if a change to a message's flags from an
/// external source is observed."
#[test]
fn silent_still_tells_what_another_session_changed_before() {
    let server = with_messages(1);
    let (mut one, mut two) = (selected(&server, ""), selected(&server, ""));
    two.command(r"STORE 1 +FLAGS (\Flagged)");
    let lines = one.command(r"STORE 1 +FLAGS.SILENT (\Seen)");
    assert!(is(&lines, 1, &[r"\Flagged", r"\Seen"]), "{lines:?}");
}

/// RFC 3501 section 6.4.8: the UID is part of any FETCH response caused by a UID command.
#[test]
fn uid_store_tells_the_uid() {
    let server = with_messages(2);
    let mut client = selected(&server, "");
    let lines = client.command(r"UID STORE 2 +FLAGS (\Seen)");
    let all = fetched(&lines);
    assert_eq!(all.len(), 1, "{lines:?}");
    assert!(all[0].1.contains("UID 2"), "{lines:?}");
    assert!(all[0].1.contains(r"\Seen"), "{lines:?}");
}

#[test]
fn store_by_number_without_extensions_tells_the_flags_alone() {
    let server = with_messages(1);
    let mut client = selected(&server, "");
    client.command("FETCH 1 FLAGS");
    let lines = client.command(r"STORE 1 FLAGS (\Seen)");
    assert!(
        !lines.iter().any(|line| line.contains("MODSEQ")),
        "{lines:?}"
    );
}

#[test]
fn recent_cannot_be_stored() {
    let server = with_messages(1);
    let mut client = selected(&server, "");
    let reply = client.try_command(r"STORE 1 +FLAGS (\Recent)");
    assert!(reply.tagged.starts_with("BAD"), "{reply:?}");
}

#[test]
fn unknown_system_flags_cannot_be_stored() {
    let server = with_messages(1);
    let mut client = selected(&server, "");
    let reply = client.try_command(r"STORE 1 +FLAGS (\Whatever)");
    assert!(!reply.tagged.starts_with("OK"), "{reply:?}");
}

#[test]
fn a_number_beyond_the_last_is_bad() {
    let server = with_messages(2);
    let mut client = selected(&server, "");
    for set in ["3", "1:3", "2,4"] {
        let reply = client.try_command(&format!(r"STORE {set} +FLAGS (\Seen)"));
        assert!(reply.tagged.starts_with("BAD"), "{set}: {reply:?}");
    }
    let lines = client.command("FETCH 1:2 FLAGS");
    assert!(is(&lines, 1, &[]), "nothing was stored: {lines:?}");
}

#[test]
fn uids_that_do_not_exist_are_passed_over() {
    let server = with_messages(2);
    let mut client = selected(&server, "");
    let lines = client.command(r"UID STORE 7 +FLAGS (\Seen)");
    assert_eq!(fetched(&lines), [], "{lines:?}");
    let lines = client.command(r"UID STORE 2,9 +FLAGS (\Seen)");
    assert_eq!(fetched(&lines).len(), 1, "{lines:?}");
}

#[test]
fn star_is_the_last_message_and_ranges_may_be_reversed() {
    let server = with_messages(3);
    let mut client = selected(&server, "");
    let lines = client.command(r"STORE * +FLAGS (\Seen)");
    assert_eq!(fetched(&lines)[0].0, 3, "{lines:?}");
    let lines = client.command(r"STORE *:2 +FLAGS (\Flagged)");
    let numbers: Vec<_> = fetched(&lines).iter().map(|(n, _)| *n).collect();
    assert_eq!(numbers, [2, 3]);
    // RFC 9051 section 9: a UID range with `*` always has the last message.
    let lines = client.command(r"UID STORE 900:* +FLAGS (\Draft)");
    assert_eq!(fetched(&lines)[0].0, 3, "{lines:?}");
}

#[test]
fn an_empty_mailbox_has_no_star() {
    let server = with_messages(0);
    let mut client = selected(&server, "");
    // RFC 9051 section 9, seq-number: "This includes "*" if the selected mailbox is empty."
    let reply = client.try_command(r"STORE * +FLAGS (\Seen)");
    assert!(reply.tagged.starts_with("BAD"), "{reply:?}");
    assert_eq!(
        fetched(&client.command(r"UID STORE 1:* +FLAGS (\Seen)")),
        []
    );
}

#[test]
fn another_session_learns_of_new_flags_at_noop() {
    let server = with_messages(3);
    let (mut one, mut two) = (selected(&server, ""), selected(&server, ""));
    one.command(r"STORE 2 +FLAGS (\Answered)");
    let lines = two.command("NOOP");
    assert_eq!(fetched(&lines).len(), 1, "{lines:?}");
    assert!(is(&lines, 2, &[r"\Answered"]), "{lines:?}");
    assert_eq!(fetched(&two.command("NOOP")), [], "told once");
}

/// RFC 9051 section 7.3.5: the FLAGS response lists the flags that are applicable.
#[test]
fn another_session_learns_of_a_new_keyword_before_it_is_used() {
    let server = with_messages(1);
    let (mut one, mut two) = (selected(&server, ""), selected(&server, ""));
    let lines = one.command("STORE 1 +FLAGS ($Forwarded)");
    assert!(is(&lines, 1, &["$Forwarded"]), "{lines:?}");
    let lines = two.command("NOOP");
    let list = lines.iter().position(|line| line.starts_with("* FLAGS ("));
    let fetch = lines.iter().position(|line| line.contains(" FETCH ("));
    assert!(
        lines[list.expect("FLAGS")].contains("$Forwarded"),
        "{lines:?}"
    );
    assert!(list < fetch, "{lines:?}");
}

#[test]
fn a_keyword_is_listed_when_the_mailbox_is_selected_again() {
    let server = with_messages(1);
    let mut client = selected(&server, "");
    client.command("STORE 1 +FLAGS ($Forwarded)");
    let lines = client.command("SELECT INBOX");
    let list = lines.iter().find(|line| line.starts_with("* FLAGS ("));
    assert!(list.unwrap().contains("$Forwarded"), "{lines:?}");
    let permanent = code(&lines, "PERMANENTFLAGS").unwrap();
    assert!(
        permanent.contains("$Forwarded") && permanent.contains(r"\*"),
        "{permanent}"
    );
}

#[test]
fn an_examined_mailbox_refuses_store_expunge_and_move() {
    let server = with_messages(1);
    let mut client = selected(&server, "");
    client.command(r"STORE 1 +FLAGS (\Deleted)");
    client.command("EXAMINE INBOX");
    let commands = [
        r"STORE 1 +FLAGS (\Seen)",
        r"UID STORE 1 -FLAGS (\Deleted)",
        "EXPUNGE",
        "UID EXPUNGE 1",
        "MOVE 1 Trash",
        "UID MOVE 1 Trash",
    ];
    for command in commands {
        let reply = client.try_command(command);
        assert!(reply.tagged.starts_with("NO"), "{command}: {reply:?}");
    }
    client.command("CLOSE");
    let lines = client.command("SELECT INBOX");
    assert!(lines.contains(&"* 1 EXISTS".to_owned()), "{lines:?}");
}

/// RFC 9051 section 7.5.1: EXPUNGE is not sent while STORE by number is in progress.
#[test]
fn expunges_are_not_told_during_store_by_number() {
    let server = with_messages(3);
    let (mut one, mut two) = (selected(&server, ""), selected(&server, ""));
    two.command(r"STORE 1 +FLAGS.SILENT (\Deleted)");
    two.command("EXPUNGE");
    let lines = one.command(r"STORE 3 +FLAGS (\Seen)");
    assert!(
        !lines.iter().any(|line| line.ends_with(" EXPUNGE")),
        "{lines:?}"
    );
    assert_eq!(fetched(&lines)[0].0, 3, "the numbers stay: {lines:?}");
    let lines = one.command("NOOP");
    assert!(lines.contains(&"* 1 EXPUNGE".to_owned()), "{lines:?}");
    let lines = one.command("FETCH 2 UID");
    assert_eq!(fetched(&lines), [(2, "UID 3".to_owned())]);
}

#[test]
fn storing_on_what_another_session_expunged_says_so() {
    let server = with_messages(2);
    let (mut one, mut two) = (selected(&server, ""), selected(&server, ""));
    two.command(r"STORE 1 +FLAGS.SILENT (\Deleted)");
    two.command("EXPUNGE");
    let reply = one.try_command(r"STORE 1:2 +FLAGS (\Seen)");
    // RFC 2180 section 4.2.
    assert!(reply.tagged.starts_with("NO [EXPUNGEISSUED]"), "{reply:?}");
    assert!(is(&reply.lines(), 2, &[r"\Seen"]), "{reply:?}");
}

#[test]
fn a_full_set_of_keywords_is_told() {
    let server = with_messages(1);
    let mut client = selected(&server, "");
    let mut set = 0;
    for n in 0..1000 {
        let reply = client.try_command(&format!("STORE 1 +FLAGS.SILENT (k{n})"));
        if !reply.tagged.starts_with("OK") {
            assert!(reply.tagged.starts_with("NO [LIMIT]"), "{reply:?}");
            break;
        }
        set += 1;
    }
    assert!((50..1000).contains(&set), "{set}");
    // RFC 9051 section 7.1: `\*` says that new keywords can be made.
    let permanent = code(&client.command("SELECT INBOX"), "PERMANENTFLAGS").unwrap();
    assert!(!permanent.contains(r"\*"), "{permanent}");
    client.command("STORE 1 FLAGS (k1 k2)");
}

/// More answers than are kept before they are sent.
#[test]
fn a_store_on_many_messages_is_answered_whole_and_in_order() {
    let server = with_messages(1);
    let mut client = selected(&server, "");
    for _ in 0..13 {
        client.command("COPY 1:* INBOX");
    }
    let lines = client.command(r"STORE 1:* +FLAGS (\Flagged)");
    let all = fetched(&lines);
    assert_eq!(all.len(), 8192);
    assert!((1..).zip(&all).all(|(n, (number, _))| n == *number));
    assert!(all.iter().all(|(_, items)| items.contains(r"\Flagged")));
    let lines = client.command("SEARCH UNFLAGGED");
    assert_eq!(lines, ["* SEARCH"]);
}
