//! CONTEXT=SEARCH: RFC 5267 section 4.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

use postern_tests::{Client, Kind, message, selected, with_messages};

fn update(tag: &str, what: &str) -> String {
    format!("* ESEARCH (TAG \"{tag}\") {what}")
}

/// The lines that are ESEARCH, EXISTS or EXPUNGE, in their order.
fn told(lines: &[String]) -> Vec<&str> {
    let some = |line: &&String| {
        ["ESEARCH", "EXISTS", "EXPUNGE"]
            .iter()
            .any(|name| line.contains(name))
    };
    lines.iter().filter(some).map(String::as_str).collect()
}

/// RFC 5267 section 4.3, its B01: results by UID, with flags that change.
#[test]
fn flags_and_new_messages() {
    let server = with_messages(5);
    let mut client = selected(&server, "");
    client.command("UID STORE 2,4 +FLAGS.SILENT (\\Deleted $Junk)");
    client.send("B01 UID SEARCH RETURN (UPDATE COUNT) DELETED KEYWORD $Junk");
    assert_eq!(client.expect("B01 OK")[0], update("B01", "UID COUNT 2"));
    // The tag is taken.
    client.send("B01 SEARCH RETURN (UPDATE) FLAGGED");
    client.expect("B01 BAD");
    client.send("B01 SORT RETURN (UPDATE) (DATE) UTF-8 FLAGGED");
    client.expect("B01 BAD");
    let lines = client.command("UID STORE 1,3 +FLAGS (\\Deleted $Junk)");
    assert_eq!(told(&lines), [update("B01", "UID ADDTO (0 1,3)")]);
    let lines = client.command("UID STORE 2:3 -FLAGS (\\Deleted)");
    assert_eq!(told(&lines), [update("B01", "UID REMOVEFROM (0 2:3)")]);
    // What did not match and does not is not told, nor is what matched and does.
    let lines = client.command("UID STORE 1,5 +FLAGS (\\Seen)");
    assert_eq!(told(&lines), Vec::<&str>::new());
    let mut other = Client::login(&server);
    other.append("INBOX", "(\\Deleted $Junk)", &message("new"));
    let lines = client.command("NOOP");
    assert_eq!(
        told(&lines),
        ["* 6 EXISTS".to_owned(), update("B01", "UID ADDTO (0 6)")]
    );
    if server.kind == Kind::Dovecot {
        // 2.3 closes the connection on CANCELUPDATE.
        return;
    }
    client.command("CANCELUPDATE \"B01\"");
    let lines = client.command("UID STORE 1 -FLAGS (\\Deleted)");
    assert_eq!(told(&lines), Vec::<&str>::new());
    // Then the tag is free again.
    client.send("B01 SEARCH RETURN (UPDATE) FLAGGED");
    client.expect("B01 OK");
}

/// RFC 5267 sections 4.3.3 and 4.3.4: sequence numbers are those of the moment, so they go before
/// EXPUNGE and come after EXISTS.
#[test]
fn sequence_numbers() {
    let server = with_messages(5);
    let mut client = selected(&server, "");
    client.send("C01 SEARCH RETURN (UPDATE ALL) ALL");
    assert_eq!(client.expect("C01 OK")[0], update("C01", "ALL 1:5"));
    client.command("UID STORE 2,4 +FLAGS.SILENT (\\Deleted)");
    let lines = client.command("EXPUNGE");
    let told_all = told(&lines);
    assert_eq!(told_all[0], update("C01", "REMOVEFROM (0 2,4)"));
    assert_eq!(told_all[1..], ["* 4 EXPUNGE", "* 2 EXPUNGE"]);
    Client::login(&server).append("INBOX", "", &message("new"));
    let lines = client.command("NOOP");
    assert_eq!(
        told(&lines),
        ["* 4 EXISTS".to_owned(), update("C01", "ADDTO (0 4)")]
    );
}

/// What another session expunges is told as removed also where EXPUNGE may not be told (RFC 5267
/// appendix A.3), by the numbers that messages still have.
#[test]
fn removed_before_it_is_expunged() {
    let server = with_messages(3);
    let mut client = selected(&server, "");
    client.send("C01 SEARCH RETURN (UPDATE) ALL");
    client.expect("C01 OK");
    let mut other = selected(&server, "");
    other.command("UID STORE 2 +FLAGS.SILENT (\\Deleted)");
    other.command("EXPUNGE");
    if server.kind == Kind::Dovecot {
        return;
    }
    let lines = client.command("FETCH 1 FLAGS");
    assert_eq!(told(&lines), [update("C01", "REMOVEFROM (0 2)")]);
    let lines = client.command("NOOP");
    assert_eq!(told(&lines), ["* 2 EXPUNGE"]);
}

/// Sequence numbers and `$` in the key mean what they meant when it was sent.
#[test]
fn keys_are_frozen() {
    let server = with_messages(4);
    let mut client = selected(&server, "");
    client.command("SEARCH RETURN (SAVE) UID 3");
    client.send("C01 UID SEARCH RETURN (UPDATE ALL) OR 4 $ UNSEEN");
    assert_eq!(client.expect("C01 OK")[0], update("C01", "UID ALL 3:4"));
    client.command("SEARCH RETURN (SAVE) UID 2");
    client.command("UID STORE 1 +FLAGS.SILENT (\\Deleted)");
    client.command("EXPUNGE");
    // 4 is now the message 3, and there is a new message 4 that does not match.
    Client::login(&server).append("INBOX", "", &message("new"));
    assert_eq!(told(&client.command("NOOP")), ["* 4 EXISTS"]);
    let lines = client.command("UID STORE 2:5 +FLAGS (\\Seen)");
    assert_eq!(told(&lines), [update("C01", "UID REMOVEFROM (0 3:4)")]);
    // Keywords that did not exist when the search was made.
    client.send("C02 UID SEARCH RETURN (UPDATE COUNT) KEYWORD later");
    assert_eq!(client.expect("C02 OK")[0], update("C02", "UID COUNT 0"));
    let lines = client.command("UID STORE 5 +FLAGS (later)");
    assert_eq!(told(&lines), [update("C02", "UID ADDTO (0 5)")]);
}

#[test]
fn while_idle() {
    let server = with_messages(2);
    let mut client = selected(&server, "");
    client.send("C01 UID SEARCH RETURN (UPDATE) SUBJECT wanted");
    client.expect("C01 OK");
    client.send("i IDLE");
    client.expect("+");
    let mut other = Client::login(&server);
    other.append("INBOX", "", &message("something"));
    other.append("INBOX", "", &message("wanted"));
    client.expect(&update("C01", "UID ADDTO (0 4)"));
    client.send("DONE");
    client.expect("i OK");
}

/// RFC 5267 section 4.3.1: too many, and of SORT just as of SEARCH.
#[test]
fn updates_are_refused_and_the_rest_is_done() {
    let server = with_messages(2);
    if server.kind == Kind::Dovecot {
        // It has another limit, and updates sorted results too.
        return;
    }
    let mut client = selected(&server, "");
    for n in 0..16 {
        client.send(&format!("M{n} SEARCH RETURN (UPDATE) ALL"));
        let lines = client.expect(&format!("M{n} OK"));
        assert!(!lines.concat().contains("NOUPDATE"), "{lines:?}");
    }
    client.send("B02 SEARCH RETURN (UPDATE COUNT) ALL");
    let lines = client.expect("B02 OK");
    assert_eq!(lines[0], update("B02", "COUNT 2"));
    assert!(lines[1].starts_with("* NO [NOUPDATE \"B02\"]"), "{lines:?}");
    client.send("B03 UID SORT RETURN (UPDATE COUNT) (DATE) UTF-8 ALL");
    let lines = client.expect("B03 OK");
    assert_eq!(lines[0], update("B03", "UID COUNT 2"));
    assert!(lines[1].starts_with("* NO [NOUPDATE \"B03\"]"), "{lines:?}");
    client.command("CANCELUPDATE \"M0\" \"M1\"");
    let refused = client.try_command("CANCELUPDATE \"none\"");
    assert!(refused.tagged.starts_with("NO"), "{refused:?}");
    // They end with the selection.
    client.command("UNSELECT");
    let refused = client.try_command("CANCELUPDATE \"M2\"");
    assert!(refused.tagged.starts_with("BAD"), "{refused:?}");
    client.command("SELECT INBOX");
    let lines = client.command("UID STORE 1 +FLAGS (\\Deleted)");
    assert_eq!(told(&lines), Vec::<&str>::new());
}

/// RFC 5267 section 4.2: a hint.
#[test]
fn context_hint() {
    let server = with_messages(3);
    let mut client = selected(&server, "");
    client.send("A01 SEARCH RETURN (CONTEXT COUNT) UNDELETED");
    assert_eq!(client.expect("A01 OK")[0], update("A01", "COUNT 3"));
    let line = client.command("CAPABILITY").remove(0);
    assert!(line.contains(" CONTEXT=SEARCH"), "{line}");
}
