//! What real mail clients need of the server's rules; `protocol_quirks.rs` has the table.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]

use postern_tests::{
    ACCOUNT, Client, PASSWORD, SECOND_ACCOUNT, ServerUnderTest, enabled, message, selected,
};

/// iOS 18.5 and later: ID says that it fills its index, so it takes NO [UNAVAILABLE] while the
/// server is busy.
#[test]
fn clients_quirk_04_the_indexer_is_put_off_while_others_work() {
    let server = ServerUnderTest::start_with("[limits]\nshed_background_at = 1\n");
    let mut busy = selected(&server, "");
    // More than the sockets hold: whoever does not read it keeps the command running.
    busy.append("INBOX", "", &vec![b'x'; 4 << 20]);
    for set in ["1", "1:2", "1:4"] {
        busy.command(&format!("UID COPY {set} INBOX"));
    }
    let mut indexer = selected(&server, "");
    indexer.command(
        r#"ID ("name" "iPhone Mail" "version" "22F76" "event" "com.example.mail.indexer")"#,
    );
    let index = "UID SEARCH 1:* UNSEEN";
    indexer.command(index);
    busy.send("f UID FETCH 1:8 (UID BODY.PEEK[])");
    assert!(busy.reply().unwrap().starts_with(b"* 1 FETCH"));
    for command in [index, "UID FETCH 1:* (UID BODY.PEEK[]<0.1>)"] {
        let reply = indexer.try_command(command);
        assert!(reply.tagged.starts_with("NO [UNAVAILABLE] "), "{reply:?}");
    }
    // What is cheap goes on, and so does whoever waits for an answer.
    indexer.command("NOOP");
    selected(&server, "").command(index);
    indexer.command(r#"ID ("name" "iPhone Mail" "event" "foreground")"#);
    indexer.command(index);
    indexer.command(r#"ID ("name" "iPhone Mail" "event" "mail.back-fill")"#);
    assert!(
        indexer
            .try_command(index)
            .tagged
            .starts_with("NO [UNAVAILABLE] ")
    );
    busy.expect("f OK");
    indexer.command(index);
}

/// Outlook enables UIDONLY and sends sequence numbers all the same: it can be kept from it.
#[test]
fn clients_quirk_11_uidonly_can_be_masked_for_one_client() {
    let server = ServerUnderTest::start_with(
        "[extensions]\nuidonly = true\n\
         [[extensions.masks]]\ncapabilities = [\"UIDONLY\"]\nclient = { name = \"Outlook.*\" }\n",
    );
    let mut outlook = Client::connect(&server);
    outlook.command(r#"ID ("name" "Outlook" "vendor" "Microsoft")"#);
    outlook.command(&format!("LOGIN {ACCOUNT} \"{PASSWORD}\""));
    assert!(!outlook.command("CAPABILITY")[0].contains("UIDONLY"));
    assert_eq!(outlook.command("ENABLE UIDONLY"), ["* ENABLED"]);
    outlook.append("INBOX", "", &message("one"));
    outlook.command("SELECT INBOX");
    assert_eq!(outlook.command("FETCH 1 (UID)"), ["* 1 FETCH (UID 1)"]);
    let mut other = enabled(&server, "UIDONLY");
    assert!(other.command("CAPABILITY")[0].contains("UIDONLY"));
}

fn crowded(exempt: &str) -> ServerUnderTest {
    ServerUnderTest::start_with(&format!(
        "[limits]\nconnections_per_network = 4\nconnections_per_account_and_address = 2\n{exempt}"
    ))
}

/// The new Outlook comes from Microsoft's cloud: many users, one network. Such a network can be
/// exempt from what is counted by network.
#[test]
fn clients_quirk_13_a_cloud_is_exempt_from_limits_by_network() {
    let limited = crowded("");
    let _two = [enabled(&limited, ""), enabled(&limited, "")];
    let mut third = Client::connect(&limited);
    let login = format!("LOGIN {ACCOUNT} \"{PASSWORD}\"");
    assert!(third.try_command(&login).tagged.starts_with("NO [LIMIT] "));

    let open = crowded("exempt_networks = [\"192.0.2.0/24\", \"127.0.0.0/8\"]\n");
    let mut many: Vec<_> = (0..6).map(|_| enabled(&open, "")).collect();
    for client in &mut many {
        client.command("NOOP");
    }
    let elsewhere = crowded("exempt_networks = [\"192.0.2.0/24\"]\n");
    let _two = [enabled(&elsewhere, ""), enabled(&elsewhere, "")];
    let mut third = Client::connect(&elsewhere);
    assert!(third.try_command(&login).tagged.starts_with("NO [LIMIT] "));
}

/// What a network is not exempt from: the limit of an account in all.
#[test]
fn clients_quirk_13_a_cloud_is_not_exempt_from_the_limit_of_an_account() {
    let server = ServerUnderTest::start_with(
        "[limits]\nconnections_per_account = 2\nconnections_per_account_and_address = 2\n\
         exempt_networks = [\"127.0.0.1\"]\n",
    );
    let _two = [enabled(&server, ""), enabled(&server, "")];
    let mut third = Client::connect(&server);
    let login = format!("LOGIN {ACCOUNT} \"{PASSWORD}\"");
    assert!(third.try_command(&login).tagged.starts_with("NO [LIMIT] "));
}

/// Waits after failed logins, in the order of the log.
fn waits(server: &ServerUnderTest) -> Vec<u64> {
    let log = server.log();
    let failed = log.lines().filter(|line| line.contains("login failed"));
    let wait = |line: &str| {
        let (_, rest) = line.split_once("wait_ms=")?;
        rest.split(|c: char| !c.is_ascii_digit())
            .next()?
            .parse()
            .ok()
    };
    failed.filter_map(wait).collect()
}

/// A device repeats an old password for ever: that is one failure. And who shares its address
/// is not kept waiting.
#[test]
fn clients_quirk_24_repeats_of_one_wrong_password_count_once() {
    let server = ServerUnderTest::start();
    for password in ["old", "old", "old", "other", "old"] {
        let mut client = Client::connect(&server);
        let reply = client.try_command(&format!("LOGIN {ACCOUNT} {password}"));
        assert!(
            reply.tagged.starts_with("NO [AUTHENTICATIONFAILED] "),
            "{reply:?}"
        );
    }
    let waits = waits(&server);
    let first = waits[0];
    assert_eq!(waits, [first, first, first, 2 * first, 2 * first]);
    // The same address, another account; and the right password of the same.
    Client::login_as(&server, SECOND_ACCOUNT).command("NOOP");
    Client::login(&server).command("NOOP");
    let mut client = Client::connect(&server);
    client.try_command(&format!("LOGIN {ACCOUNT} old"));
    assert_eq!(
        self::waits(&server).last(),
        Some(&first),
        "forgotten by success"
    );
}
