//! Attacks on what users share: whoever may not, neither reads nor changes nor learns anything.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]

use postern_tests::{ACCOUNT, Client, SECOND_ACCOUNT, ServerUnderTest, literals};

const SECRET: &[u8] = b"Subject: zebra\r\n\r\nstripes\r\n";

fn others(mailbox: &str) -> String {
    format!("Other Users/{ACCOUNT}/{mailbox}")
}

fn grant(ada: &mut Client, mailbox: &str, rights: &str) {
    ada.command(&format!("SETACL {mailbox} {SECOND_ACCOUNT} \"{rights}\""));
}

/// All that the server says to a command, to the end of the connection if it ends.
fn all_said(client: &mut Client, tag: &str, command: &str) -> String {
    let mut said = String::new();
    if client
        .try_send(format!("{tag} {command}\r\n").as_bytes())
        .is_err()
    {
        return said;
    }
    while let Ok(Some(reply)) = client.try_reply() {
        let line = String::from_utf8_lossy(&reply).into_owned();
        said.push_str(&line);
        said.push('\n');
        if line.starts_with(&format!("{tag} ")) {
            break;
        }
    }
    said
}

/// What the owner finds: how many messages, how many of them flagged, and the mailboxes.
fn state(ada: &mut Client) -> Vec<String> {
    ada.command("EXAMINE box");
    let mut state = ada.command("FETCH 1:* (UID FLAGS)");
    state.extend(ada.command(r#"LIST "" *"#));
    state.extend(ada.command("GETACL box"));
    state.extend(ada.command("GETMETADATA box (DEPTH infinity) /shared"));
    ada.command("UNSELECT");
    state
}

/// RFC 4314 section 4, with the rights taken away after SELECT: what a session has open is worth
/// nothing then.
#[test]
fn rights_that_are_taken_away_are_gone_from_open_mailboxes_too() {
    let server = ServerUnderTest::start();
    let mut ada = Client::login(&server);
    ada.command("CREATE box");
    ada.append("box", r"(\Deleted)", SECRET);
    ada.append("box", "", SECRET);
    let box_ = others("box");
    let commands = [
        "FETCH 1:* (FLAGS BODY[])".to_owned(),
        "UID FETCH 1:* (ENVELOPE PREVIEW)".to_owned(),
        r"STORE 1 +FLAGS (\Flagged)".to_owned(),
        r"UID STORE 1:* FLAGS.SILENT (\Deleted Label)".to_owned(),
        "SEARCH SUBJECT zebra".to_owned(),
        "UID SEARCH RETURN (COUNT) ALL".to_owned(),
        "SORT (SUBJECT) UTF-8 ALL".to_owned(),
        "THREAD REFERENCES UTF-8 ALL".to_owned(),
        "ESEARCH IN (selected) RETURN (ALL COUNT) ALL".to_owned(),
        format!("ESEARCH IN (mailboxes \"{box_}\" subtree \"{box_}\") ALL"),
        "COPY 1:* INBOX".to_owned(),
        "MOVE 1:* INBOX".to_owned(),
        format!("COPY 1 \"{box_}\""),
        "REPLACE 1 INBOX {3+}\r\nhey".to_owned(),
        format!("APPEND \"{box_}\" {{3+}}\r\nhey"),
        format!(
            "APPEND INBOX CATENATE (URL \"/{}/;UID=1\")",
            box_.replace(' ', "%20")
        ),
        "EXPUNGE".to_owned(),
        "UID EXPUNGE 1:*".to_owned(),
        "NOOP".to_owned(),
        "CHECK".to_owned(),
        format!("STATUS \"{box_}\" (MESSAGES UNSEEN SIZE)"),
        format!("SELECT \"{box_}\""),
        format!("GETMETADATA \"{box_}\" /shared/comment"),
        format!("SETMETADATA \"{box_}\" (/shared/comment \"x\")"),
        format!("SETACL \"{box_}\" {SECOND_ACCOUNT} lrswipkxtea"),
        format!("DELETE \"{box_}\""),
        format!("RENAME \"{box_}\" mine"),
        format!("CREATE \"{box_}/mine\""),
        format!("GETQUOTAROOT \"{box_}\""),
        "CLOSE".to_owned(),
    ];
    let before = state(&mut ada);
    let mut witness = Client::login_as(&server, SECOND_ACCOUNT);
    for command in &commands {
        grant(&mut ada, "box", "lrswipkxtea");
        let mut grace = Client::login_as(&server, SECOND_ACCOUNT);
        grace.command(&format!("SELECT \"{box_}\""));
        // The owner may do again what the other can no longer.
        grant(&mut ada, "box", "");
        let said = all_said(&mut grace, "a", command);
        println!("{command}: {said}");
        let told = [
            "zebra",
            "stripes",
            "* FETCH",
            "COUNT",
            " ALL ",
            "* SEARCH 1",
            "COPYUID",
        ];
        for told in told {
            assert!(!said.contains(told), "{command}: {said}");
        }
        let done = said.contains("a OK") && !command.starts_with("ESEARCH") && command != "CLOSE";
        assert!(!done, "{command}: {said}");
        assert_eq!(state(&mut ada), before, "{command}: {said}");
        let inbox = witness.command("STATUS INBOX (MESSAGES)");
        assert_eq!(inbox, ["* STATUS INBOX (MESSAGES 0)"], "{command}");
    }
    server.assert_well(&mut witness);
}

/// Names that might lead around the check.
#[test]
fn no_way_of_writing_a_name_leads_past_the_rights() {
    let server = ServerUnderTest::start();
    let mut ada = Client::login(&server);
    ada.command("CREATE box");
    ada.append("box", "", SECRET);
    ada.append("INBOX", "", SECRET);
    let mut grace = Client::login_as(&server, SECOND_ACCOUNT);
    let upper = ACCOUNT.to_uppercase();
    let names = [
        format!("Other Users/../{ACCOUNT}/box"),
        format!("Other Users/{ACCOUNT}//box"),
        format!("Other Users//{ACCOUNT}/box"),
        format!("/Other Users/{ACCOUNT}/box"),
        format!("Other Users/{ACCOUNT}/./box"),
        format!("Other Users/{ACCOUNT}/x/../box"),
        format!("Other Users/{ACCOUNT}/BOX"),
        format!("Other Users/{upper}/box"),
        format!("Other Users/{upper}/inbox"),
        format!("Other Users/ {ACCOUNT}/box"),
        format!("Other Users/{ACCOUNT} /box"),
        format!("Other Users/{ACCOUNT}/"),
        format!("Other Users/{ACCOUNT}"),
        format!("Other Users/{SECOND_ACCOUNT}/INBOX"),
        format!("Other Users/{SECOND_ACCOUNT}/../{ACCOUNT}/box"),
        format!("Other Users/Other Users/{ACCOUNT}/box"),
        format!("Other Users/&AOQ-{ACCOUNT}/box"),
        format!("Shared/{ACCOUNT}/box"),
        format!("Shared/../Other Users/{ACCOUNT}/box"),
        "Other Users/".to_owned(),
        "Other Users".to_owned(),
        "Shared/".to_owned(),
    ];
    for name in &names {
        for command in [
            "SELECT @",
            "STATUS @ (MESSAGES)",
            "MYRIGHTS @",
            "CREATE @",
            "DELETE @",
        ] {
            let command = command.replace('@', &format!("\"{name}\""));
            let said = all_said(&mut grace, "a", &command);
            let refused = said.starts_with("a NO") || said.starts_with("a BAD");
            assert!(refused, "{command}: {said}");
            grace.command("NOOP");
        }
    }
    assert!(
        !grace
            .command(r#"LIST "" *"#)
            .iter()
            .any(|line| line.contains("Users"))
    );
    // A subscription is written the same, whether or not there is such an account.
    for owner in [
        upper.as_str(),
        "NOBODY@EXAMPLE.TEST",
        &SECOND_ACCOUNT.to_uppercase(),
    ] {
        grace.command(&format!("SUBSCRIBE \"Other Users/{owner}/inbox\""));
        let shown = grace.command(r#"LSUB "" "Other*""#);
        let expected = owner.to_lowercase();
        let expected = format!(r#"* LSUB (\Noselect) "/" "Other Users/{expected}/INBOX""#);
        assert_eq!(shown, [expected]);
        grace.command(&format!("UNSUBSCRIBE \"Other Users/{owner}/inbox\""));
        assert!(grace.command(r#"LSUB "" "Other*""#).is_empty());
    }
}

/// RFC 4467 section 8: no other URL than the one that was authorized, octet for octet, but for the
/// digits of the token and the mechanism's name, which have no case.
#[test]
fn a_url_with_any_octet_changed_opens_nothing() {
    let server = ServerUnderTest::start();
    let mut ada = Client::login(&server);
    ada.append("INBOX", "", SECRET);
    let user = ACCOUNT.replace('@', "%40");
    let rump = format!(
        "imap://{user}@localhost/INBOX;UIDVALIDITY=1/;UID=1/;SECTION=TEXT\
         ;EXPIRE=2999-01-01T00:00:00Z;URLAUTH=anonymous"
    );
    let validity = ada.command("STATUS INBOX (UIDVALIDITY)")[0].clone();
    let validity = validity.rsplit(' ').next().unwrap().trim_end_matches(')');
    let rump = rump.replace("UIDVALIDITY=1", &format!("UIDVALIDITY={validity}"));
    let lines = ada.command(&format!("GENURLAUTH \"{rump}\" INTERNAL"));
    let good = lines[0]
        .strip_prefix("* GENURLAUTH ")
        .unwrap()
        .trim_matches('"')
        .to_owned();
    let mut grace = Client::login_as(&server, SECOND_ACCOUNT);
    let opened = |reply: &[u8]| !reply.ends_with(b" NIL");
    let reply = grace.ok(&format!("URLFETCH \"{good}\""));
    assert!(opened(&reply.untagged[0]), "{reply:?}");
    let mut changed = Vec::new();
    for place in 0..good.len() {
        let octet = good.as_bytes()[place];
        let others = [octet ^ 1, octet ^ 0x20, b'%', b'0', b'/', b'.'];
        for other in others.into_iter().filter(|b| b.is_ascii_graphic()) {
            if other == octet || other == b'"' || other == b'\\' {
                continue;
            }
            let mut octets = good.clone().into_bytes();
            octets[place] = other;
            let harmless = place > rump.len() && other.eq_ignore_ascii_case(&octet);
            changed.push((String::from_utf8(octets).unwrap(), harmless));
        }
        let mut shorter = good.clone();
        shorter.remove(place);
        changed.push((shorter, false));
        let mut doubled = good.clone();
        doubled.insert(place, char::from(octet));
        changed.push((doubled, false));
        let mut encoded = good.clone();
        encoded.replace_range(place..=place, &format!("%{octet:02X}"));
        changed.push((encoded, false));
    }
    for some in changed.chunks(100) {
        let urls: Vec<String> = some.iter().map(|(url, _)| format!("\"{url}\"")).collect();
        let reply = grace.ok(&format!("URLFETCH {}", urls.join(" ")));
        assert_eq!(reply.untagged.len(), some.len());
        for ((url, harmless), line) in some.iter().zip(&reply.untagged) {
            assert_eq!(opened(line), *harmless, "{url}");
            let text = literals(line).concat();
            assert!(
                *harmless || !text.windows(7).any(|w| w == b"stripes"),
                "{url}"
            );
        }
    }
    // Another mailbox of the same name, or a new one, has another key.
    let make = |ada: &mut Client, name: &str| {
        ada.command(&format!("CREATE {name}"));
        ada.append(name, "", SECRET);
        let rump = format!("imap://{user}@localhost/{name}/;UID=1;URLAUTH=anonymous");
        let lines = ada.command(&format!("GENURLAUTH \"{rump}\" INTERNAL"));
        lines[0]
            .strip_prefix("* GENURLAUTH ")
            .unwrap()
            .trim_matches('"')
            .to_owned()
    };
    let (one, two) = (make(&mut ada, "one"), make(&mut ada, "two"));
    let mut opens = |url: &str| {
        let reply = grace.ok(&format!("URLFETCH \"{url}\""));
        opened(&reply.untagged[0])
    };
    assert!(opens(&one) && opens(&two));
    ada.command("DELETE one");
    ada.command("RENAME two one");
    assert!(!opens(&one) && !opens(&two));
    ada.command("RENAME one two");
    assert!(!opens(&one) && opens(&two));
    make(&mut ada, "one");
    assert!(!opens(&one) && opens(&two));
    ada.command("RESETKEY");
    assert!(!opens(&two));
}

/// What was granted is granted to an account and not to its name; and who has the mailbox of an
/// account open that was removed does not get into the next one of that name.
#[test]
fn a_name_that_is_used_again_inherits_nothing() {
    let server = ServerUnderTest::start();
    let third = "cy@example.test";
    server.add_account(third);
    let mut ada = Client::login(&server);
    ada.command("CREATE box");
    ada.append("box", "", SECRET);
    let mut cy = Client::login_as(&server, third);
    for name in [SECOND_ACCOUNT, third] {
        ada.command(&format!("SETACL box {name} lrswipkxtea"));
    }
    cy.command(&format!("SETACL INBOX {ACCOUNT} lrswipkxtea"));
    let cys = format!("\"Other Users/{third}/INBOX\"");
    ada.command(&format!("SELECT {cys}"));
    server.account(&["remove", third, "--yes"], "");
    server.add_account(third);
    let mut again = Client::login_as(&server, third);
    again.append("INBOX", "", SECRET);
    let box_ = others("box");
    for command in [
        format!("SELECT \"{box_}\""),
        format!("STATUS \"{box_}\" (MESSAGES)"),
        format!("MYRIGHTS \"{box_}\""),
    ] {
        let reply = again.try_command(&command);
        assert!(
            reply.tagged.starts_with("NO [NONEXISTENT]"),
            "{command}: {reply:?}"
        );
    }
    let listed = again.command(r#"LIST "" *"#);
    assert!(
        !listed.iter().any(|line| line.contains("Users")),
        "{listed:?}"
    );
    let said = all_said(&mut ada, "a", "FETCH 1:* BODY[]");
    assert!(!said.contains("zebra"), "{said}");
    let mut ada = Client::login(&server);
    let reply = ada.try_command(&format!("SELECT {cys}"));
    assert!(reply.tagged.starts_with("NO [NONEXISTENT]"), "{reply:?}");
    let acl = ada.command("GETACL box");
    assert!(
        !acl[0].contains(third) && acl[0].contains(SECOND_ACCOUNT),
        "{acl:?}"
    );
}
