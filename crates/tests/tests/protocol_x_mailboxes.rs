//! APPENDLIMIT (RFC 7889) and CREATE-SPECIAL-USE (RFC 6154).

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]

use postern_tests::{Client, ServerUnderTest};

/// The configured limit where nothing is configured: 64 MiB.
const LIMIT: &str = "67108864";

#[test]
fn the_append_limit_is_the_same_everywhere() {
    let server = ServerUnderTest::start();
    let mut client = Client::login(&server);
    let capabilities = client.command("CAPABILITY");
    let announced = capabilities[0]
        .split(' ')
        .find(|word| word.starts_with("APPENDLIMIT"));
    assert_eq!(announced, Some(format!("APPENDLIMIT={LIMIT}").as_str()));
    assert_eq!(
        client.command("STATUS INBOX (APPENDLIMIT)"),
        [format!("* STATUS INBOX (APPENDLIMIT {LIMIT})")]
    );
    let lines = client.command("LIST \"\" Sent RETURN (STATUS (APPENDLIMIT))");
    assert!(
        lines.contains(&format!("* STATUS Sent (APPENDLIMIT {LIMIT})")),
        "{lines:?}"
    );
}

#[test]
fn a_message_over_the_limit_is_too_big() {
    let server = ServerUnderTest::start();
    let mut client = Client::login(&server);
    let refused = client.try_command("APPEND INBOX {67108865}");
    assert!(refused.tagged.starts_with("NO [TOOBIG]"), "{refused:?}");
}

fn listed(client: &mut Client, mailbox: &str) -> Vec<String> {
    client.command(&format!("LIST \"\" {mailbox} RETURN (SPECIAL-USE)"))
}

#[test]
fn a_mailbox_is_created_for_its_use() {
    let server = ServerUnderTest::start();
    let mut client = Client::login(&server);
    let capabilities = client.command("CAPABILITY");
    assert!(
        capabilities[0].contains(" CREATE-SPECIAL-USE"),
        "{capabilities:?}"
    );

    let taken = client.try_command("CREATE Gesendet (USE (\\Sent))");
    assert!(taken.tagged.starts_with("NO [USEATTR]"), "{taken:?}");
    assert!(listed(&mut client, "Gesendet").is_empty());

    client.command("DELETE Sent");
    let created = client.ok("CREATE Mail/Gesendet (USE (\\sent \\Sent))");
    assert!(created.tagged.starts_with("OK [MAILBOXID ("), "{created:?}");
    let lines = listed(&mut client, "Mail/Gesendet");
    assert!(lines[0].contains("\\Sent"), "{lines:?}");
    let lines = listed(&mut client, "Mail");
    assert!(!lines[0].contains("\\Sent"), "{lines:?}");
    client.command("CREATE Plain (USE ())");
}

/// RFC 6154 section 5.3 and section 3: no mailbox is created without its use.
#[test]
fn what_cannot_be_assigned_creates_no_mailbox() {
    let server = ServerUnderTest::start();
    let mut client = Client::login(&server);
    client.command("DELETE Sent");
    client.command("DELETE Drafts");
    for uses in ["\\All", "\\Flagged", "\\Unheard-Of", "\\Drafts \\Sent"] {
        let refused = client.try_command(&format!("CREATE Everything (USE ({uses}))"));
        assert!(refused.tagged.starts_with("NO [USEATTR]"), "{refused:?}");
        assert!(listed(&mut client, "Everything").is_empty());
    }
    let wrong = client.try_command("CREATE Everything (USE Sent)");
    assert!(wrong.tagged.starts_with("BAD"), "{wrong:?}");
}
