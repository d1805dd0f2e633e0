//! What real mail clients need, each as the exchange that the client has. Those that are about
//! the server's rules are in `protocol_quirks_rules.rs`.
//!
//! | row | client | test |
//! |---|---|---|
//! | 1 | iOS 18 | `clients_quirk_01_done_and_the_next_commands_in_one_packet` |
//! | 2 | iOS | `clients_quirk_02_an_empty_string_is_quoted` |
//! | 3 | iOS | `clients_quirk_03_slices_have_their_origin_and_end_with_the_message` |
//! | 4 | iOS 18.5 | `clients_quirk_04_the_indexer_is_put_off_while_others_work` |
//! | 5 | iOS | `clients_quirk_05_blank_lines_are_passed_over` |
//! | 6 | iOS | `clients_quirk_06_changedsince_zero_is_taken` |
//! | 7 | all | `clients_quirk_07_unknown_uids_are_ok` |
//! | 8 | Apple Mail | `clients_quirk_08_pipelined_changes_keep_their_order` |
//! | 9 | macOS Mail | `clients_quirk_09_special_uses_on_list_and_lsub` |
//! | 10 | Outlook 2010 | `clients_quirk_10_the_usual_mailboxes_exist_and_are_subscribed` |
//! | 11 | Outlook | `clients_quirk_11_uidonly_is_off` |
//! | 11 | Outlook | `clients_quirk_11_uidonly_can_be_masked_for_one_client` |
//! | 12 | Outlook | `clients_quirk_12_parents_are_real` |
//! | 13 | new Outlook | `clients_quirk_13_a_cloud_is_exempt_from_limits_by_network` |
//! | 13 | new Outlook | `clients_quirk_13_a_cloud_is_not_exempt_from_the_limit_of_an_account` |
//! | 14 | iOS | `clients_quirk_14_words_are_found_in_any_case_and_order` |
//! | 15 | Thunderbird | `clients_quirk_15_five_connections_and_a_bare_ampersand` |
//! | 16 | K-9 | `clients_quirk_16_an_idle_connection_for_each_folder` |
//! | 17 | many | `clients_quirk_17_plain_is_offered` |
//! | 18 | mbsync | `clients_quirk_18_uidnext_and_appenduid` |
//! | 19 | all | `clients_quirk_19_capabilities_unasked_and_asked` |
//! | 20 | all | `clients_quirk_20_long_uid_sets` |
//! | 21 | all | `clients_quirk_21_no_reply_has_an_odd_shape` |
//! | 22 | all | `clients_quirk_22_raw_utf8_only_where_it_was_asked_for` |
//! | 23 | all | `clients_quirk_23_fifty_connections_from_one_address` |
//! | 24 | all behind NAT | `clients_quirk_24_repeats_of_one_wrong_password_count_once` |

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]

use postern_tests::{
    Client, PASSWORD, ServerUnderTest, code, enabled, fetched, literals, message, selected,
    with_messages,
};

/// iOS 18 and later: `DONE` and the next commands arrive in one packet.
#[test]
fn clients_quirk_01_done_and_the_next_commands_in_one_packet() {
    let server = with_messages(1);
    let mut client = selected(&server, "");
    client.send("i IDLE");
    client.expect("+");
    client.send_raw(b"DONE\r\na NOOP\r\nb UID FETCH 1 (FLAGS)\r\nc IDLE\r\n");
    client.expect("i OK");
    client.expect("a OK");
    client.expect("b OK");
    client.expect("+");
    client.send("DONE");
    client.expect("c OK");
}

/// iOS: an empty string is `""`, never `{0}`; slices of 384 KiB reach past the end.
#[test]
fn clients_quirk_02_an_empty_string_is_quoted() {
    let server = ServerUnderTest::start();
    let mut client = selected(&server, "");
    client.append("INBOX", "", b"Subject: x\r\n\r\n");
    client.command("NOOP");
    let items = [
        "BODY[TEXT]",
        "BODY[]<393216.393216>",
        "RFC822.TEXT",
        "BODY[1]<5.5>",
    ];
    for item in items {
        let reply = client.ok(&format!("UID FETCH 1 ({item})"));
        let text = String::from_utf8_lossy(&reply.untagged[0]).into_owned();
        assert!(
            text.contains(" \"\"") && !text.contains("{0}"),
            "{item}: {text}"
        );
    }
}

/// iOS: the whole message in slices, with the right origin and length in each.
#[test]
fn clients_quirk_03_slices_have_their_origin_and_end_with_the_message() {
    const SLICE: usize = 393_216;
    let server = ServerUnderTest::start();
    let mut client = selected(&server, "");
    let body: Vec<u8> = (0..SLICE + 1000).map(|n| b'a' + (n % 26) as u8).collect();
    let text = [b"Subject: big\r\n\r\n".as_slice(), &body].concat();
    client.append("INBOX", "", &text);
    client.command("NOOP");
    let mut whole = Vec::new();
    for origin in [0, SLICE, 2 * SLICE] {
        let reply = client.ok(&format!("UID FETCH 1 (BODY.PEEK[]<{origin}.{SLICE}>)"));
        let name = format!("BODY[]<{origin}>");
        let line = &reply.untagged[0];
        assert!(String::from_utf8_lossy(line).contains(&name), "{name}");
        whole.extend(literals(line).pop().unwrap_or_default());
    }
    assert_eq!(whole, text);
}

/// iOS: a blank line before a command.
#[test]
fn clients_quirk_05_blank_lines_are_passed_over() {
    let server = with_messages(0);
    let mut client = Client::connect(&server);
    client.send_raw(b"\r\n\r\na CAPABILITY\r\n\r\nb NOOP\r\n");
    client.expect("a OK");
    client.expect("b OK");
    let mut client = enabled(&server, "");
    client.send_raw(b"\r\nc SELECT INBOX\r\n\n");
    client.expect("c OK");
    client.command("NOOP");
}

/// iOS: `CHANGEDSINCE 0`.
#[test]
fn clients_quirk_06_changedsince_zero_is_taken() {
    let server = with_messages(2);
    let mut client = selected(&server, "CONDSTORE");
    let lines = client.command("UID FETCH 1:* (FLAGS) (CHANGEDSINCE 0)");
    assert_eq!(fetched(&lines).len(), 2, "{lines:?}");
}

/// RFC 3501 section 6.4.8: a UID that does not exist is ignored without any error.
#[test]
fn clients_quirk_07_unknown_uids_are_ok() {
    let server = with_messages(1);
    let mut client = selected(&server, "");
    let commands = [
        "UID FETCH 77 FLAGS",
        r"UID STORE 77 +FLAGS (\Seen)",
        "UID COPY 77 Sent",
        "UID MOVE 77 Trash",
        "UID EXPUNGE 77",
        "UID SEARCH UID 77",
    ];
    for command in commands {
        client.command(command);
    }
}

/// Apple Mail: pipelined STORE and EXPUNGE are done, and answered, in order.
#[test]
fn clients_quirk_08_pipelined_changes_keep_their_order() {
    let server = with_messages(3);
    let mut client = selected(&server, "");
    client.send_raw(
        b"a UID STORE 1 +FLAGS.SILENT (\\Deleted)\r\nb EXPUNGE\r\n\
          c UID STORE 2 +FLAGS.SILENT (\\Deleted)\r\nd UID STORE 2 -FLAGS.SILENT (\\Deleted)\r\n\
          e EXPUNGE\r\nf SEARCH ALL\r\n",
    );
    let mut tags = Vec::new();
    let mut lines = Vec::new();
    while tags.len() < 6 {
        let line = String::from_utf8(client.reply().unwrap()).unwrap();
        if !line.starts_with('*') {
            assert!(line[1..].starts_with(" OK"), "{line}");
            tags.push(line[..1].to_owned());
        }
        lines.push(line);
    }
    assert_eq!(tags, ["a", "b", "c", "d", "e", "f"]);
    let expunges = lines
        .iter()
        .filter(|line| line.ends_with(" EXPUNGE"))
        .count();
    assert_eq!(expunges, 1, "{lines:?}");
    assert!(lines.contains(&"* SEARCH 1 2".to_owned()), "{lines:?}");
}

/// macOS Mail and Outlook 2013: special uses on plain LIST and on LSUB.
#[test]
fn clients_quirk_09_special_uses_on_list_and_lsub() {
    let server = with_messages(0);
    let mut client = enabled(&server, "");
    for command in ["LIST \"\" *", "LSUB \"\" *"] {
        let lines = client.command(command);
        for name in ["Archive", "Drafts", "Junk", "Sent", "Trash"] {
            let line = lines
                .iter()
                .find(|line| line.ends_with(&format!(" {name}")))
                .unwrap();
            assert!(line.contains(&format!("\\{name}")), "{command}: {line}");
        }
    }
}

/// Outlook 2010: the usual mailboxes are there and subscribed to at the first login.
#[test]
fn clients_quirk_10_the_usual_mailboxes_exist_and_are_subscribed() {
    let server = with_messages(0);
    let mut client = enabled(&server, "");
    for name in ["INBOX", "Sent", "Drafts", "Trash", "Junk", "Archive"] {
        assert_eq!(
            client.command(&format!("LSUB \"\" {name}")).len(),
            1,
            "{name}"
        );
        client.command(&format!("SELECT {name}"));
    }
}

/// Outlook: UIDONLY is not announced, so it cannot be enabled.
#[test]
fn clients_quirk_11_uidonly_is_off() {
    let server = with_messages(1);
    let mut client = enabled(&server, "");
    assert!(!client.command("CAPABILITY")[0].contains("UIDONLY"));
    assert_eq!(client.command("ENABLE UIDONLY"), ["* ENABLED"]);
    client.command("SELECT INBOX");
    client.command("FETCH 1 FLAGS");
}

/// Outlook: no `\Noselect` parents.
#[test]
fn clients_quirk_12_parents_are_real() {
    let server = with_messages(0);
    let mut client = enabled(&server, "");
    client.command("CREATE a/b/c");
    for name in ["a", "a/b", "a/b/c"] {
        let lines = client.command(&format!("LIST \"\" {name}"));
        assert_eq!(lines.len(), 1);
        assert!(!lines[0].to_lowercase().contains("\\noselect"), "{lines:?}");
        client.append(name, "", b"x");
    }
}

/// iOS: what is typed is searched for as words, in any case, and each may stand anywhere.
#[test]
fn clients_quirk_14_words_are_found_in_any_case_and_order() {
    let server = ServerUnderTest::start();
    let mut client = selected(&server, "");
    let text = "From: Zoe <zoe@example.test>\r\nSubject: =?utf-8?q?Caf=C3=A9_bill?=\r\n\r\n\
                The INVOICE for November.\r\n";
    client.append("INBOX", "", text.as_bytes());
    client.append("INBOX", "", &message("something else"));
    for word in ["invoice", "NOVEMBER", "zoe", "bill", "invo"] {
        let search = format!("UID SEARCH CHARSET UTF-8 TEXT {word}");
        assert_eq!(client.command(&search), ["* SEARCH 1"], "{word}");
        let by_field = format!("UID SEARCH OR OR SUBJECT {word} FROM {word} BODY {word}");
        assert_eq!(client.command(&by_field), ["* SEARCH 1"], "{word}");
    }
    let both = "UID SEARCH TEXT november TEXT invoice";
    assert_eq!(client.command(both), ["* SEARCH 1"]);
    client.send_raw("u UID SEARCH CHARSET UTF-8 SUBJECT {6+}\r\nCAF\u{c9}S\r\n".as_bytes());
    let lines = client.expect("u OK");
    assert_eq!(lines[0], "* SEARCH", "{lines:?}");
    client.send_raw("v UID SEARCH CHARSET UTF-8 SUBJECT {5+}\r\nCAF\u{c9}\r\n".as_bytes());
    assert_eq!(client.expect("v OK")[0], "* SEARCH 1");
}

/// Thunderbird: five connections, SUBSCRIBE after CREATE, a raw `&` in a name in UTF-8.
#[test]
fn clients_quirk_15_five_connections_and_a_bare_ampersand() {
    let server = with_messages(1);
    let mut clients: Vec<_> = (0..5).map(|_| selected(&server, "IMAP4rev2")).collect();
    let client = &mut clients[0];
    client.command("CREATE \"R&D & more\"");
    client.command("SUBSCRIBE \"R&D & more\"");
    let lines = client.command("LIST (SUBSCRIBED) \"\" R*");
    assert!(lines[0].ends_with("\"R&D & more\""), "{lines:?}");
    for client in &mut clients {
        client.command("NOOP");
    }
}

/// K-9: a connection in IDLE for each folder, with no error whatever folder it is.
#[test]
fn clients_quirk_16_an_idle_connection_for_each_folder() {
    let server = with_messages(1);
    let names = ["INBOX", "Sent", "Drafts", "Trash", "Junk", "Archive"];
    let mut idle: Vec<_> = names.iter().map(|_| enabled(&server, "")).collect();
    for (client, name) in idle.iter_mut().zip(names) {
        client.command(&format!("SELECT {name} (CONDSTORE)"));
        client.send("i IDLE");
        client.expect("+");
    }
    let mut other = enabled(&server, "");
    for (client, name) in idle.iter_mut().zip(names) {
        other.append(name, "", &message("pushed"));
        let lines = client.expect("* ");
        assert!(lines[0].ends_with(" EXISTS"), "{name}: {lines:?}");
        client.send("DONE");
        client.expect("i OK");
    }
}

/// Many: PLAIN over TLS is offered, whatever else is.
#[test]
fn clients_quirk_17_plain_is_offered() {
    let server = with_messages(0);
    let client = Client::connect(&server);
    assert!(
        client.greeting().contains(" AUTH=PLAIN"),
        "{}",
        client.greeting()
    );
}

/// mbsync: UIDNEXT in SELECT, small UIDs, APPENDUID.
#[test]
fn clients_quirk_18_uidnext_and_appenduid() {
    let server = with_messages(2);
    let mut client = enabled(&server, "");
    assert_eq!(
        code(&client.command("SELECT INBOX"), "UIDNEXT").as_deref(),
        Some("3")
    );
    let tagged = client.append("INBOX", "", &message("three"));
    assert!(code(&[tagged], "APPENDUID").unwrap().ends_with(" 3"));
}

/// All: CAPABILITY in the greeting, with the login, and when it is asked for.
#[test]
fn clients_quirk_19_capabilities_unasked_and_asked() {
    let server = with_messages(0);
    let mut client = Client::connect(&server);
    assert!(
        client.greeting().starts_with("* OK [CAPABILITY "),
        "{}",
        client.greeting()
    );
    assert!(client.command("CAPABILITY")[0].starts_with("* CAPABILITY "));
    let login = format!("LOGIN {} \"{PASSWORD}\"", postern_tests::ACCOUNT);
    let reply = client.ok(&login);
    assert!(reply.tagged.starts_with("OK [CAPABILITY "), "{reply:?}");
    assert!(client.command("CAPABILITY")[0].contains("IDLE"));
}

/// All: command lines of up to 64 KiB after login.
#[test]
fn clients_quirk_20_long_uid_sets() {
    let server = with_messages(3);
    let mut client = selected(&server, "");
    let mut set = String::from("1,3");
    for uid in (100_001..).step_by(2) {
        if set.len() > 65_000 {
            break;
        }
        set.push_str(&format!(",{uid}"));
    }
    let lines = client.command(&format!("UID FETCH {set} (UID)"));
    assert_eq!(lines, ["* 1 FETCH (UID 1)", "* 3 FETCH (UID 3)"]);
}

/// All: what is never emitted, and what is always taken.
#[test]
fn clients_quirk_21_no_reply_has_an_odd_shape() {
    let server = ServerUnderTest::start();
    let mut client = selected(&server, "");
    let texts: [&[u8]; 3] = [
        b"\r\n",
        b"Content-Type: multipart/mixed\r\n\r\n",
        b"Content-Type: message/rfc822\r\n\r\n",
    ];
    for text in texts {
        client.append("INBOX", "", text);
    }
    let commands = [
        "NOOP",
        "ID NIL",
        "ID ()",
        "STATUS INBOX (MESSAGES UNSEEN)",
        "LIST \"\" *",
        "FETCH 1:3 (BODY BODYSTRUCTURE ENVELOPE)",
        "SEARCH FLAGGED",
        "CHECK",
        "CLOSE",
    ];
    for command in commands {
        let reply = client.ok(command);
        let text = reply.tagged.strip_prefix("OK ").unwrap_or_default();
        let text = text.rsplit(']').next().unwrap_or_default().trim();
        assert!(!text.is_empty(), "resp-text has text: {reply:?}");
        for line in reply.lines() {
            assert!(!line.ends_with(' ') && !line.contains(" )"), "{line:?}");
            assert!(!line.contains(" -"), "no negative numbers: {line:?}");
        }
    }
}

/// All: raw UTF-8 in ENVELOPE and BODYSTRUCTURE only after IMAP4rev2.
#[test]
fn clients_quirk_22_raw_utf8_only_where_it_was_asked_for() {
    let server = ServerUnderTest::start();
    let mut old = selected(&server, "");
    let text = "From: J\u{fc}rgen <j@example.test>\r\nSubject: \u{fc}\r\n\
                Content-Type: text/plain; name=\"\u{fc}.txt\"\r\n\r\nx\r\n";
    old.append("INBOX", "", text.as_bytes());
    let reply = old.ok("FETCH 1 (ENVELOPE BODYSTRUCTURE BODY)");
    assert!(reply.untagged[0].is_ascii(), "{:?}", reply.lines());
    let mut new = selected(&server, "IMAP4rev2");
    let lines = new.command("FETCH 1 (ENVELOPE BODYSTRUCTURE)");
    assert!(lines[0].contains("J\u{fc}rgen"), "{lines:?}");
}

/// All: more than ten connections of a user from one address; by default fifty.
#[test]
fn clients_quirk_23_fifty_connections_from_one_address() {
    let server = with_messages(0);
    let mut clients: Vec<_> = (0..50).map(|_| enabled(&server, "")).collect();
    for client in &mut clients {
        client.command("NOOP");
    }
    let mut one_more = Client::connect(&server);
    let login = format!("LOGIN {} \"{PASSWORD}\"", postern_tests::ACCOUNT);
    let reply = one_more.try_command(&login);
    assert!(reply.tagged.starts_with("NO [LIMIT] "), "{reply:?}");
    // One that ends makes room.
    clients.pop().unwrap().command("LOGOUT");
    let admitted = || one_more.try_command(&login).tagged.starts_with("OK ");
    assert!(std::iter::repeat_with(admitted).take(100).any(|it| it));
}

/// The table above names a test for each row, and each test that it names is there.
#[test]
fn every_row_has_its_test() {
    let files = concat!(
        include_str!("protocol_quirks.rs"),
        include_str!("protocol_quirks_rules.rs")
    );
    for row in 1..=24 {
        let start = format!("//! | {row} | ");
        let lines: Vec<_> = files.lines().filter(|it| it.starts_with(&start)).collect();
        assert!(!lines.is_empty(), "row {row} is missing");
        for line in lines {
            let (_, test) = line.trim_end_matches("` |").rsplit_once('`').unwrap();
            assert!(
                test.starts_with(&format!("clients_quirk_{row:02}_")),
                "{line}"
            );
            assert!(
                files.contains(&format!("#[test]\nfn {test}() {{")),
                "{test}"
            );
        }
    }
    let tests = files
        .lines()
        .filter(|it| it.starts_with("fn clients_quirk_"));
    for test in tests {
        let name = test.trim_start_matches("fn ").trim_end_matches("() {");
        assert!(
            files.contains(&format!("| `{name}` |")),
            "{name} is in no row"
        );
    }
}
