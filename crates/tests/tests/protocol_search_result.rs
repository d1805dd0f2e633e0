//! SEARCHRES (RFC 5182) and ESEARCH (RFC 4731).

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]

use postern_tests::{Client, fetched, selected, with_messages};

/// What ESEARCH says after the tag.
#[track_caller]
fn esearch(client: &mut Client, command: &str) -> String {
    client.send(&format!("s {command}"));
    let lines = client.expect("s OK");
    let found: Vec<_> = lines
        .iter()
        .filter(|line| line.starts_with("* ESEARCH"))
        .collect();
    assert_eq!(found.len(), 1, "{lines:?}");
    let rest = found[0]
        .strip_prefix("* ESEARCH (TAG \"s\")")
        .expect("the tag");
    rest.trim_start().to_owned()
}

/// The numbers that `$` names.
#[track_caller]
fn saved(client: &mut Client) -> Vec<u32> {
    let lines = client.command("FETCH $ UID");
    fetched(&lines).iter().map(|(number, _)| *number).collect()
}

#[test]
fn esearch_returns_what_was_asked_for() {
    let server = with_messages(5);
    let mut client = selected(&server, "");
    client.command(r"STORE 2,4,5 +FLAGS.SILENT (\Flagged)");
    let cases = [
        ("RETURN (MIN)", "MIN 2"),
        ("RETURN (MAX)", "MAX 5"),
        ("RETURN (COUNT)", "COUNT 3"),
        ("RETURN (ALL)", "ALL 2,4:5"),
        // RFC 4731 section 3.1: no option is ALL.
        ("RETURN ()", "ALL 2,4:5"),
        (
            "RETURN (MIN MAX COUNT ALL)",
            "MIN 2 MAX 5 ALL 2,4:5 COUNT 3",
        ),
    ];
    for (options, wanted) in cases {
        assert_eq!(
            esearch(&mut client, &format!("SEARCH {options} FLAGGED")),
            wanted
        );
    }
}

#[test]
fn esearch_by_uid_says_so() {
    let server = with_messages(3);
    let mut client = selected(&server, "");
    client.command(r"STORE 1 +FLAGS.SILENT (\Deleted)");
    client.command("EXPUNGE");
    assert_eq!(
        esearch(&mut client, "UID SEARCH RETURN (MIN ALL) ALL"),
        "UID MIN 2 ALL 2:3"
    );
    assert_eq!(
        esearch(&mut client, "SEARCH RETURN (MIN ALL) ALL"),
        "MIN 1 ALL 1:2"
    );
}

/// RFC 4731 section 3.1: without a match there is no MIN, MAX or ALL; COUNT is 0.
#[test]
fn esearch_that_finds_nothing_has_no_numbers() {
    let server = with_messages(1);
    let mut client = selected(&server, "");
    assert_eq!(
        esearch(&mut client, "SEARCH RETURN (MIN MAX ALL) FLAGGED"),
        ""
    );
    assert_eq!(
        esearch(&mut client, "SEARCH RETURN (MIN COUNT) FLAGGED"),
        "COUNT 0"
    );
    assert_eq!(esearch(&mut client, "UID SEARCH RETURN () FLAGGED"), "UID");
}

#[test]
fn unknown_return_options_are_bad() {
    let server = with_messages(1);
    let mut client = selected(&server, "");
    let reply = client.try_command("SEARCH RETURN (WHATEVER) ALL");
    assert!(reply.tagged.starts_with("BAD"), "{reply:?}");
}

#[test]
fn search_answers_with_esearch_in_imap4rev2() {
    let server = with_messages(2);
    let mut client = selected(&server, "IMAP4rev2");
    assert_eq!(esearch(&mut client, "SEARCH ALL"), "ALL 1:2");
    assert_eq!(esearch(&mut client, "UID SEARCH ALL"), "UID ALL 1:2");
    assert_eq!(esearch(&mut client, "SEARCH FLAGGED"), "");
}

/// RFC 5182 section 2.1: with SAVE alone there is no ESEARCH response.
#[test]
fn save_alone_answers_nothing_and_keeps_the_result() {
    let server = with_messages(4);
    let mut client = selected(&server, "");
    client.command(r"STORE 2,4 +FLAGS.SILENT (\Flagged)");
    assert!(client.command("SEARCH RETURN (SAVE) FLAGGED").is_empty());
    assert_eq!(saved(&mut client), [2, 4]);
    assert_eq!(client.command("SEARCH $"), ["* SEARCH 2 4"]);
    assert_eq!(
        client.command("SEARCH UID $ SMALLER 999999"),
        ["* SEARCH 2 4"]
    );
    assert_eq!(client.command("SEARCH NOT $"), ["* SEARCH 1 3"]);
    assert_eq!(client.command("UID SEARCH $ UID 4"), ["* SEARCH 4"]);
}

/// RFC 5182 section 2.4, the table.
#[test]
fn save_with_min_or_max_keeps_just_those() {
    let server = with_messages(5);
    let mut client = selected(&server, "");
    let cases: [(&str, &[u32]); 7] = [
        ("SAVE MIN", &[2]),
        ("SAVE MAX", &[5]),
        ("SAVE MIN MAX", &[2, 5]),
        ("SAVE ALL", &[2, 3, 4, 5]),
        ("SAVE COUNT", &[2, 3, 4, 5]),
        ("SAVE MIN COUNT", &[2, 3, 4, 5]),
        ("SAVE MIN MAX ALL", &[2, 3, 4, 5]),
    ];
    for (options, wanted) in cases {
        client.command(&format!("SEARCH RETURN ({options}) 2:5"));
        assert_eq!(saved(&mut client), wanted, "{options}");
    }
}

#[test]
fn the_saved_result_works_in_store_copy_and_move() {
    let server = with_messages(3);
    let mut client = selected(&server, "");
    client.command("UID SEARCH RETURN (SAVE) 2:3");
    let lines = client.command(r"STORE $ +FLAGS (\Flagged)");
    assert_eq!(fetched(&lines).len(), 2, "{lines:?}");
    let reply = client.ok("UID COPY $ Sent");
    assert!(
        reply.tagged.contains("COPYUID") && reply.tagged.contains(" 2:3 1:2]"),
        "{reply:?}"
    );
    let lines = client.command("MOVE $ Trash");
    assert_eq!(
        lines
            .iter()
            .filter(|line| line.ends_with("EXPUNGE"))
            .count(),
        2,
        "{lines:?}"
    );
    // RFC 5182 section 2.1: what is expunged leaves the result.
    assert_eq!(saved(&mut client), []);
}

#[test]
fn what_was_expunged_leaves_the_saved_result() {
    let server = with_messages(4);
    let mut client = selected(&server, "");
    client.command("SEARCH RETURN (SAVE) 2:4");
    client.command(r"STORE 3 +FLAGS.SILENT (\Deleted)");
    client.command("EXPUNGE");
    // UIDs 2 and 4 are the numbers 2 and 3 now.
    assert_eq!(saved(&mut client), [2, 3]);
    assert_eq!(client.command("UID SEARCH $"), ["* SEARCH 2 4"]);
}

#[test]
fn a_search_without_save_keeps_the_saved_result() {
    let server = with_messages(3);
    let mut client = selected(&server, "");
    client.command("SEARCH RETURN (SAVE) 1");
    client.command("SEARCH RETURN (ALL) 2");
    client.command("SEARCH 3");
    assert_eq!(saved(&mut client), [1]);
}

/// RFC 5182 section 2.1: a NO empties it, a BAD leaves it.
#[test]
fn no_empties_the_saved_result_and_bad_leaves_it() {
    let server = with_messages(2);
    let mut client = selected(&server, "");
    client.command("SEARCH RETURN (SAVE) 1");
    let reply = client.try_command("SEARCH RETURN (SAVE) WHATEVER");
    assert!(reply.tagged.starts_with("BAD"), "{reply:?}");
    assert_eq!(saved(&mut client), [1]);
    let reply = client.try_command("SEARCH RETURN (SAVE) CHARSET X-NONE TEXT a");
    assert!(reply.tagged.starts_with("NO [BADCHARSET"), "{reply:?}");
    assert_eq!(saved(&mut client), []);
}

#[test]
fn select_empties_the_saved_result() {
    let server = with_messages(2);
    let mut client = selected(&server, "");
    for command in ["SELECT INBOX", "EXAMINE INBOX"] {
        client.command("SEARCH RETURN (SAVE) ALL");
        client.command(command);
        assert_eq!(saved(&mut client), [], "{command}");
    }
}

#[test]
fn before_any_search_the_saved_result_is_empty() {
    let server = with_messages(2);
    let mut client = selected(&server, "");
    assert_eq!(saved(&mut client), []);
    assert_eq!(client.command("SEARCH $"), ["* SEARCH"]);
    client.command(r"UID STORE $ +FLAGS (\Seen)");
    client.command("COPY $ Sent");
}

/// RFC 5182 section 2.2: a command that comes in the same packet sees the result.
#[test]
fn pipelined_commands_see_the_saved_result() {
    let server = with_messages(3);
    let mut client = selected(&server, "");
    client.send_raw(b"a SEARCH RETURN (SAVE) 3\r\nb UID FETCH $ FLAGS\r\n");
    client.expect("a OK");
    let lines = client.expect("b OK");
    assert_eq!(fetched(&lines)[0].0, 3, "{lines:?}");
}

/// RFC 5182 section 2.1: what is expunged leaves the result, also when another session did it
/// and it has not been told yet.
#[test]
fn what_another_session_expunged_leaves_the_saved_result() {
    let server = with_messages(4);
    let (mut one, mut two) = (selected(&server, ""), selected(&server, ""));
    one.command("SEARCH RETURN (SAVE) 2:4");
    two.command(r"STORE 3 +FLAGS.SILENT (\Deleted)");
    two.command("EXPUNGE");
    assert_eq!(saved(&mut one), [2, 4]);
    assert_eq!(fetched(&one.command(r"STORE $ +FLAGS (\Flagged)")).len(), 2);
    let reply = one.ok("COPY $ INBOX");
    assert!(reply.tagged.contains(" 2,4 5:6]"), "{reply:?}");
}
