//! Capabilities that are kept from some accounts and clients: `masks` of the configuration.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]

use postern_tests::{ACCOUNT, Client, PASSWORD, SECOND_ACCOUNT, ServerUnderTest, enabled, message};

fn capabilities(client: &mut Client) -> Vec<String> {
    let lines = client.command("CAPABILITY");
    lines[0].split(' ').skip(2).map(str::to_owned).collect()
}

#[track_caller]
fn offers(client: &mut Client, name: &str, expected: bool) {
    let all = capabilities(client);
    assert_eq!(all.iter().any(|it| it == name), expected, "{name}: {all:?}");
}

#[track_caller]
fn unknown(client: &mut Client, command: &str) {
    let reply = client.try_command(command);
    assert_eq!(reply.tagged, "BAD Unknown command", "{command}: {reply:?}");
    assert!(reply.untagged.is_empty(), "{command}: {reply:?}");
    // So that few in a row do not end the connection.
    client.command("NOOP");
}

#[test]
fn a_mask_for_everybody_holds_before_login_too() {
    let server = ServerUnderTest::start_with(
        "[[extensions.masks]]\ncapabilities = [\"IMAP4rev2\", \"ID\", \"MOVE\"]\n",
    );
    let mut client = Client::connect(&server);
    assert!(
        !client.greeting().contains("IMAP4rev2"),
        "{}",
        client.greeting()
    );
    offers(&mut client, "ID", false);
    unknown(&mut client, "ID NIL");
    let reply = client.ok(&format!("LOGIN {ACCOUNT} \"{PASSWORD}\""));
    assert!(!reply.tagged.contains(" MOVE "), "{reply:?}");
    assert_eq!(client.command("ENABLE IMAP4rev2"), ["* ENABLED"]);
    client.command("SELECT INBOX");
    unknown(&mut client, "MOVE 1 Trash");
    offers(&mut client, "IMAP4rev1", true);
}

#[test]
fn a_mask_for_an_account_holds_from_its_login_on() {
    let server = ServerUnderTest::start_with(&format!(
        "[[extensions.masks]]\ncapabilities = [\"IDLE\"]\naccounts = [\"{}\"]\n\
         [[extensions.masks]]\ncapabilities = [\"SORT\"]\naccounts = [\"*@example.test\"]\n\
         [[extensions.masks]]\ncapabilities = [\"THREAD=REFERENCES\"]\naccounts = [\"*@elsewhere.test\"]\n",
        ACCOUNT.to_uppercase()
    ));
    let mut ada = Client::login(&server);
    offers(&mut ada, "IDLE", false);
    offers(&mut ada, "SORT", false);
    offers(&mut ada, "THREAD=REFERENCES", true);
    unknown(&mut ada, "IDLE");
    let mut grace = Client::login_as(&server, SECOND_ACCOUNT);
    offers(&mut grace, "IDLE", true);
    offers(&mut grace, "SORT", false);
    grace.command("SELECT INBOX");
    unknown(&mut grace, "SORT (DATE) UTF-8 ALL");
    // Who signs out is not that account any more; another may be.
    ada.command("UNAUTHENTICATE");
    ada.command(&format!("LOGIN {SECOND_ACCOUNT} \"{PASSWORD}\""));
    offers(&mut ada, "IDLE", true);
}

#[test]
fn a_mask_for_a_client_holds_from_its_id_on() {
    let server = ServerUnderTest::start_with(
        "[[extensions.masks]]\ncapabilities = [\"CONDSTORE\"]\n\
         client = { name = \"Out(look|back).*\", vendor = \"Micro.*\" }\n",
    );
    let mut client = Client::login(&server);
    offers(&mut client, "CONDSTORE", true);
    client.command(r#"ID ("name" "Outlook for iOS")"#);
    offers(&mut client, "CONDSTORE", true);
    client.command(r#"ID ("NAME" "Outlook for iOS" "vendor" "microsoft")"#);
    offers(&mut client, "CONDSTORE", false);
    offers(&mut client, "QRESYNC", false);
    assert_eq!(client.command("ENABLE CONDSTORE QRESYNC"), ["* ENABLED"]);
    client.append("INBOX", "", &message("one"));
    unknown(&mut client, "SELECT INBOX (CONDSTORE)");
    unknown(&mut client, "STATUS INBOX (HIGHESTMODSEQ)");
    client.command("SELECT INBOX");
    unknown(&mut client, "FETCH 1 (FLAGS MODSEQ)");
    unknown(&mut client, "FETCH 1 (FLAGS) (CHANGEDSINCE 1)");
    unknown(&mut client, r"STORE 1 (UNCHANGEDSINCE 1) +FLAGS (\Seen)");
    unknown(&mut client, "SEARCH NOT MODSEQ 1");
    // Another client of the same account is not concerned.
    let mut other = Client::login(&server);
    other.command(r#"ID ("name" "Thunderbird" "vendor" "Mozilla")"#);
    other.command("SELECT INBOX (CONDSTORE)");
    // What it says last holds.
    client.command("ID NIL");
    offers(&mut client, "CONDSTORE", true);
}

#[test]
fn what_is_part_of_imap4rev2_stays_for_who_enabled_that() {
    let server = ServerUnderTest::start_with(
        "[[extensions.masks]]\ncapabilities = [\"MOVE\", \"UIDPLUS\", \"PREVIEW\"]\n",
    );
    let mut client = enabled(&server, "IMAP4rev2");
    client.append("INBOX", "", &message("one"));
    client.command("SELECT INBOX");
    offers(&mut client, "MOVE", false);
    unknown(&mut client, "FETCH 1 PREVIEW");
    client.command("UID EXPUNGE 1");
    client.command("MOVE 1 Trash");
}

#[test]
fn a_masked_extension_is_not_told_of_elsewhere_either() {
    let server =
        ServerUnderTest::start_with("[[extensions.masks]]\ncapabilities = [\"URLAUTH\"]\n");
    let mut client = Client::login(&server);
    offers(&mut client, "URLAUTH", false);
    offers(&mut client, "URLAUTH=BINARY", false);
    let lines = client.command("SELECT INBOX");
    assert!(!lines.iter().any(|it| it.contains("URLMECH")), "{lines:?}");
    unknown(&mut client, "RESETKEY");
    unknown(&mut client, "URLFETCH x");
    unknown(&mut client, "GENURLAUTH x INTERNAL");
}

/// A command that uses what is masked is unknown, whichever extension that is.
#[test]
fn whatever_is_masked_is_refused() {
    let table = [
        ("QUOTA", "GETQUOTAROOT INBOX"),
        ("QUOTA", "GETQUOTA ada@example.test"),
        ("QUOTA", "SETQUOTA ada@example.test (STORAGE 1)"),
        ("QUOTASET", "SETQUOTA ada@example.test (STORAGE 1)"),
        ("QUOTA=RES-STORAGE", "STATUS INBOX (DELETED-STORAGE)"),
        ("LANGUAGE", "LANGUAGE"),
        ("I18NLEVEL=2", "COMPARATOR"),
        ("MULTISEARCH", "ESEARCH IN (personal) ALL"),
        ("SEARCH=FUZZY", "SEARCH FUZZY SUBJECT x"),
        ("SEARCH=FUZZY", "ESEARCH IN (personal) NOT FUZZY SUBJECT x"),
        ("SEARCH=FUZZY", "SEARCH RETURN (RELEVANCY) FUZZY SUBJECT x"),
        ("FILTERS", "SEARCH FILTER f"),
        ("SORT=DISPLAY", "SORT (DISPLAYFROM) UTF-8 ALL"),
        ("CONTEXT=SORT", "SORT RETURN (UPDATE) (DATE) UTF-8 ALL"),
        ("WITHIN", "ESEARCH IN (personal) OLDER 5"),
    ];
    let masks = table.iter().enumerate().map(|(number, (name, _))| {
        format!(
            "[[extensions.masks]]\ncapabilities = [\"{name}\"]\nclient = {{ name = \"c{number}\" }}\n"
        )
    });
    let server = ServerUnderTest::start_with(&masks.collect::<String>());
    let mut client = Client::login(&server);
    client.command("SELECT INBOX");
    for (number, (name, command)) in table.iter().enumerate() {
        client.command(r#"ID ("name" "nobody")"#);
        let reply = client.try_command(command);
        assert!(
            reply.tagged != "BAD Unknown command",
            "{command}: {reply:?}"
        );
        client.command(&format!(r#"ID ("name" "c{number}")"#));
        println!("{name}: {command}");
        unknown(&mut client, command);
    }
}
