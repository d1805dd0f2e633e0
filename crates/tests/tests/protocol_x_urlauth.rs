//! URLAUTH, RFC 4467, and URLAUTH=BINARY, RFC 5524.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]

use postern_tests::{
    ACCOUNT, Client, SECOND_ACCOUNT, ServerUnderTest, enabled, literals, message, selected,
};

const MESSAGE: &str = "From: a@example.test\r\nSubject: parts\r\nMIME-Version: 1.0\r\n\
    Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\n\
    Si vis pacem, para bellum.\r\n--b\r\nContent-Type: application/octet-stream\r\n\
    Content-Transfer-Encoding: base64\r\n\r\nAAEC\r\n--b\r\nContent-Type: text/plain\r\n\
    Content-Transfer-Encoding: x-unknown\r\n\r\n?\r\n--b--\r\n";

/// A server whose first account has the message above in INBOX.
fn with_parts() -> ServerUnderTest {
    let server = ServerUnderTest::start();
    Client::login(&server).append("INBOX", "", MESSAGE.as_bytes());
    server
}

/// A URL of the first account up to its access identifier.
fn rump(path: &str, access: &str) -> String {
    let user = ACCOUNT.replace('@', "%40");
    let access = access.replace('@', "%40");
    format!("imap://{user}@localhost/{path};URLAUTH={access}")
}

/// The URL with its token.
#[track_caller]
fn authorized(client: &mut Client, rump: &str) -> String {
    let lines = client.command(&format!("GENURLAUTH \"{rump}\" INTERNAL"));
    let url = lines[0].strip_prefix("* GENURLAUTH ").unwrap();
    let url = url.trim_matches('"').to_owned();
    let token = url.strip_prefix(&format!("{rump}:internal:")).unwrap();
    let hex = token.bytes().all(|b| b.is_ascii_hexdigit());
    assert!(hex && token.len() >= 32, "{token}");
    url
}

/// What URLFETCH gives of it; `None` for NIL.
#[track_caller]
fn fetched(client: &mut Client, url: &str) -> Option<Vec<u8>> {
    let reply = client.ok(&format!("URLFETCH \"{url}\""));
    let line = reply.untagged[0].clone();
    let text = String::from_utf8_lossy(&line).into_owned();
    assert!(
        text.starts_with("* URLFETCH ") && text.contains(url),
        "{text}"
    );
    if text.ends_with(" NIL") {
        return None;
    }
    let quoted = || text.rsplit('"').nth(1).unwrap().as_bytes().to_vec();
    Some(literals(&line).pop().unwrap_or_else(quoted))
}

#[test]
fn a_url_is_fetched_by_whom_its_access_identifier_allows() {
    let server = ServerUnderTest::start_with(
        "[extensions]\nsubmission_accounts = [\"submit@example.test\"]\n",
    );
    server.add_account("submit@example.test");
    let mut ada = Client::login(&server);
    ada.append("INBOX", "", MESSAGE.as_bytes());
    let mut grace = Client::login_as(&server, SECOND_ACCOUNT);
    let mut submit = Client::login_as(&server, "submit@example.test");
    let cases = [
        ("anonymous", [true, true, true]),
        ("authuser", [true, true, true]),
        ("user+grace@example.test", [false, true, false]),
        ("user+GRACE@example.test", [false, true, false]),
        ("user+ada@example.test", [true, false, false]),
        ("submit+grace@example.test", [false, false, true]),
        ("submit+nobody", [false, false, true]),
    ];
    for (access, expected) in cases {
        let url = authorized(&mut ada, &rump("INBOX/;UID=1/;SECTION=1", access));
        let clients = [&mut ada, &mut grace, &mut submit];
        for (client, expected) in clients.into_iter().zip(expected) {
            let found = fetched(client, &url);
            let text = expected.then(|| b"Si vis pacem, para bellum.".to_vec());
            assert_eq!(found, text, "{access}");
        }
    }
    // Nobody sees anything of it: no flag is set, nothing is selected.
    let lines = ada.command("STATUS INBOX (UNSEEN)");
    assert_eq!(lines, ["* STATUS INBOX (UNSEEN 1)"]);
}

#[test]
fn whatever_is_wrong_with_a_url_it_is_nil() {
    let server = with_parts();
    let mut ada = Client::login(&server);
    let mut grace = Client::login_as(&server, SECOND_ACCOUNT);
    let good = authorized(&mut ada, &rump("INBOX/;UID=1", "anonymous"));
    assert!(fetched(&mut grace, &good).is_some());
    let rump_of = |url: &str| url.rsplit_once(":internal:").unwrap().0.to_owned();
    let token = good.rsplit_once(':').unwrap().1.to_owned();
    let other = authorized(&mut ada, &rump("Sent/;UID=1", "anonymous"));
    let other_token = other.rsplit_once(':').unwrap().1.to_owned();
    let last = if token.ends_with('0') { "1" } else { "0" };
    let wrong = [
        // Another's token, a changed one, none, or of another mechanism.
        format!("{}:internal:{other_token}", rump_of(&good)),
        format!("{}{last}", &good[..good.len() - 1]),
        good[..good.len() - 2].to_owned(),
        rump_of(&good),
        good.replace(":internal:", ":xsample:"),
        // Any change of what is authorized, even one that means the same.
        good.replace("UID=1;", "UID=2;"),
        good.replace("UID=1;", "uid=1;"),
        good.replace("/INBOX/", "/inbox/"),
        good.replace("/INBOX/", "/INBO%58/"),
        good.replace("@localhost", "@LOCALHOST"),
        good.replace("@localhost", "@elsewhere.test"),
        good.replace("=anonymous", "=authuser"),
        good.replace("ada%40", "grace%40"),
        good.replace("ada%40", "nobody%40"),
        good.replace("/INBOX/", "/Nowhere/"),
        // What there is not, authorized all the same.
        other,
        authorized(&mut ada, &rump("INBOX/;UID=9", "anonymous")),
        authorized(&mut ada, &rump("INBOX/;UID=1/;SECTION=7", "anonymous")),
        authorized(&mut ada, &rump("INBOX;UIDVALIDITY=1/;UID=1", "anonymous")),
        // No message at all.
        format!("imap://ada%40example.test@localhost/;URLAUTH=anonymous:internal:{token}"),
        "imap://localhost/INBOX".to_owned(),
        "http://localhost/".to_owned(),
        "x".to_owned(),
    ];
    for url in &wrong {
        for client in [&mut ada, &mut grace] {
            assert_eq!(fetched(client, url), None, "{url}");
        }
    }
    // One that is wrong does not keep the others back.
    let reply = grace.ok(&format!("URLFETCH \"{}\" \"{good}\" x", wrong[0]));
    assert_eq!(reply.untagged.len(), 3);
    assert_eq!(literals(&reply.untagged[1])[0], MESSAGE.as_bytes());
}

#[test]
fn a_url_expires() {
    let server = with_parts();
    let mut ada = Client::login(&server);
    let path = |when: &str| format!("INBOX/;UID=1/;SECTION=1;EXPIRE={when}");
    for (when, valid) in [
        ("2999-01-01T00:00:00Z", true),
        ("2999-01-01T00:00:00.5+01:00", true),
        ("2001-01-01T00:00:00Z", false),
    ] {
        let url = authorized(&mut ada, &rump(&path(when), "anonymous"));
        assert_eq!(fetched(&mut ada, &url).is_some(), valid, "{when}");
        // To take it away or to put it off makes another URL of it.
        let forged = url.replace(&format!(";EXPIRE={when}"), "");
        assert_eq!(fetched(&mut ada, &forged), None);
        let forged = url.replace(when, "2998-01-01T00:00:00Z");
        assert_eq!(fetched(&mut ada, &forged), None);
    }
}

#[test]
fn what_is_refused_to_be_authorized() {
    let server = with_parts();
    let mut ada = Client::login(&server);
    let good = rump("INBOX/;UID=1", "anonymous");
    let full = authorized(&mut ada, &good);
    let wrong = [
        // The RFC's own examples.
        "imap://ada%40example.test@localhost/INBOX/;uid=20/;section=1.2".to_owned(),
        "imap://localhost/Shared/;uid=20/;section=1.2;urlauth=submit+fred".to_owned(),
        full,
        good.replace("ada%40", "grace%40"),
        good.replace("ada%40", "nobody%40"),
        good.replace("@localhost", "@elsewhere.test"),
        good.replace("/INBOX/", "/Nowhere/"),
        good.replace("=anonymous", "=stream"),
        good.replace("=anonymous", "=user+"),
        good.replace("/;UID=1", ""),
        good.replace(";URLAUTH", ";EXPIRE=soon;URLAUTH"),
    ];
    for url in wrong {
        let reply = ada.try_command(&format!("GENURLAUTH \"{url}\" INTERNAL"));
        assert!(reply.tagged.starts_with("BAD "), "{url}: {reply:?}");
        assert!(reply.untagged.is_empty(), "{url}: {reply:?}");
        ada.command("NOOP");
    }
    for command in [
        format!("GENURLAUTH \"{good}\" XSAMPLE"),
        format!("GENURLAUTH \"{good}\""),
        format!("GENURLAUTH \"{good}\" INTERNAL \"x\" INTERNAL"),
        "GENURLAUTH".to_owned(),
        "RESETKEY INBOX XSAMPLE".to_owned(),
        "RESETKEY ".to_owned(),
        "URLFETCH".to_owned(),
        format!("URLFETCH (\"{good}\" HEADER)"),
        format!("URLFETCH (\"{good}\" BODY"),
    ] {
        let reply = ada.try_command(&command);
        assert!(reply.tagged.starts_with("BAD "), "{command}: {reply:?}");
        assert!(reply.untagged.is_empty(), "{command}: {reply:?}");
        ada.command("NOOP");
    }
    let two = format!("GENURLAUTH \"{good}\" internal \"{good}\" INTERNAL");
    let lines = ada.command(&two);
    assert_eq!(lines[0].matches(":internal:").count(), 2, "{lines:?}");
}

#[test]
fn a_new_key_revokes_at_once() {
    let server = with_parts();
    let mut ada = selected(&server, "");
    let mut grace = Client::login_as(&server, SECOND_ACCOUNT);
    ada.append("Sent", "", &message("sent"));
    let inbox = rump("INBOX/;UID=1", "anonymous");
    let of_inbox = authorized(&mut ada, &inbox);
    assert_eq!(authorized(&mut ada, &inbox), of_inbox, "deterministic");
    let of_sent = authorized(&mut ada, &rump("Sent/;UID=1", "anonymous"));
    let reply = ada.ok("RESETKEY INBOX");
    assert!(
        reply.tagged.starts_with("OK [URLMECH INTERNAL] "),
        "{reply:?}"
    );
    assert_eq!(fetched(&mut grace, &of_inbox), None);
    assert!(fetched(&mut grace, &of_sent).is_some());
    let anew = authorized(&mut ada, &inbox);
    assert_ne!(anew, of_inbox);
    assert!(fetched(&mut grace, &anew).is_some());
    ada.command("RESETKEY");
    assert_eq!(fetched(&mut grace, &anew), None);
    assert_eq!(fetched(&mut grace, &of_sent), None);
    let reply = ada.try_command("RESETKEY Nowhere");
    assert!(reply.tagged.starts_with("NO [NONEXISTENT] "), "{reply:?}");
}

#[test]
fn other_sessions_of_the_user_learn_of_a_new_key() {
    let server = with_parts();
    let mut ada = selected(&server, "");
    authorized(&mut ada, &rump("INBOX/;UID=1", "anonymous"));
    let mut idle = selected(&server, "");
    idle.send("i IDLE");
    idle.expect("+");
    let mut elsewhere = Client::login(&server);
    elsewhere.command("SELECT Sent");
    // Its own is told with the tagged response.
    assert!(ada.command("RESETKEY INBOX").is_empty());
    idle.expect("* OK [URLMECH INTERNAL] ");
    assert!(ada.command("NOOP").is_empty());
    assert!(elsewhere.command("NOOP").is_empty());
    let lines = ada.command("RESETKEY");
    assert!(
        lines[0].starts_with("* OK [URLMECH INTERNAL] "),
        "{lines:?}"
    );
    idle.expect("* OK [URLMECH INTERNAL] ");
    idle.send("DONE");
    idle.expect("i OK");
}

#[test]
fn a_url_goes_with_its_mailbox() {
    let server = with_parts();
    let mut ada = enabled(&server, "");
    ada.command("CREATE old");
    ada.append("old", "", &message("one"));
    let url = authorized(&mut ada, &rump("old/;UID=1", "anonymous"));
    assert!(fetched(&mut ada, &url).is_some());
    ada.command("RENAME old new");
    assert_eq!(fetched(&mut ada, &url), None);
    // Another mailbox of that name is not what was authorized.
    ada.command("CREATE old");
    ada.append("old", "", &message("two"));
    assert_eq!(fetched(&mut ada, &url), None);
    ada.command("DELETE old");
    ada.command("RENAME new old");
    assert!(fetched(&mut ada, &url).is_some());
    ada.command("DELETE old");
    assert_eq!(fetched(&mut ada, &url), None);
}

#[test]
fn keys_outlive_the_server_and_are_in_no_log() {
    let mut server = with_parts();
    let url = authorized(
        &mut Client::login(&server),
        &rump("INBOX/;UID=1", "anonymous"),
    );
    server.stop();
    server.restart();
    assert!(fetched(&mut Client::login(&server), &url).is_some());
    let token = url.rsplit_once(':').unwrap().1;
    assert!(!server.log().contains(token));
}

#[test]
fn an_account_that_is_disabled_gives_nothing() {
    let server = with_parts();
    let url = authorized(
        &mut Client::login(&server),
        &rump("INBOX/;UID=1", "anonymous"),
    );
    let mut grace = Client::login_as(&server, SECOND_ACCOUNT);
    assert!(fetched(&mut grace, &url).is_some());
    server.account(&["disable", ACCOUNT], "");
    assert_eq!(fetched(&mut grace, &url), None);
}

#[test]
fn parts_come_whole_decoded_and_with_their_structure() {
    let server = with_parts();
    let mut ada = Client::login(&server);
    let capabilities = ada.command("CAPABILITY");
    assert!(
        capabilities[0].contains(" URLAUTH URLAUTH=BINARY"),
        "{capabilities:?}"
    );
    let structure = |part: &str| format!("(BODYPARTSTRUCTURE {part})");
    let text = r#"("text" "plain" ("charset" "us-ascii") NIL NIL "7bit" 26 0"#;
    let octets = r#"("application" "octet-stream" NIL NIL NIL "base64" 4"#;
    let mut tell = |section: &str, asked: &str| {
        let url = authorized(
            &mut ada,
            &rump(&format!("INBOX/;UID=1{section}"), "anonymous"),
        );
        let reply = ada.ok(&format!("URLFETCH (\"{url}\" {asked})"));
        let line = reply.untagged[0].clone();
        let start = format!("* URLFETCH \"{url}\" ");
        let rest = line.strip_prefix(start.as_bytes()).unwrap().to_vec();
        String::from_utf8_lossy(&rest).to_lowercase()
    };
    let found = tell("/;SECTION=1", "BODYPARTSTRUCTURE");
    assert!(
        found.starts_with(&structure(text).to_lowercase()[..60]),
        "{found}"
    );
    let found = tell("/;SECTION=1", "BODY");
    assert_eq!(found, "(body \"si vis pacem, para bellum.\")");
    let found = tell("/;SECTION=2", "BODY");
    assert_eq!(found, "(body \"aaec\")");
    let found = tell("/;SECTION=2", "BINARY");
    assert_eq!(found, "(binary ~{3}\r\n\0\u{1}\u{2})");
    let found = tell("/;SECTION=2/;PARTIAL=1.1", "BINARY");
    assert_eq!(found, "(binary \"\u{1}\")");
    let found = tell("/;SECTION=2", "BINARY BODYPARTSTRUCTURE BODY");
    assert!(
        found.starts_with(&structure(octets)[..60].to_lowercase()),
        "{found}"
    );
    assert!(
        found.ends_with("(body \"aaec\") (binary ~{3}\r\n\0\u{1}\u{2})"),
        "{found}"
    );
    // An encoding that is not known.
    assert_eq!(tell("/;SECTION=3", "BINARY"), "(binary nil)");
    assert_eq!(tell("/;SECTION=3", "BODY"), "(body \"?\")");
    // The whole message, and a header, have none.
    let whole = tell("", "BINARY BODYPARTSTRUCTURE");
    assert!(
        whole.starts_with("(bodypartstructure ((\"text\""),
        "{whole}"
    );
    assert!(whole.contains("(binary {"), "{whole}");
    assert!(tell("/;SECTION=HEADER", "BINARY").contains("subject: parts"));
    assert_eq!(tell("/;SECTION=9", "BINARY BODY BODYPARTSTRUCTURE"), "nil");
}

#[test]
fn select_tells_the_mechanism() {
    let server = with_parts();
    let mut ada = enabled(&server, "");
    for command in ["SELECT INBOX", "EXAMINE INBOX"] {
        let lines = ada.command(command);
        let told = lines
            .iter()
            .any(|it| it.starts_with("* OK [URLMECH INTERNAL] "));
        assert!(told, "{lines:?}");
    }
    // They need a login, and no mailbox.
    let mut stranger = Client::connect(&server);
    for command in ["GENURLAUTH x INTERNAL", "RESETKEY", "URLFETCH x"] {
        let reply = stranger.try_command(command);
        assert!(reply.tagged.starts_with("BAD "), "{command}: {reply:?}");
    }
}
