//! An account that holds all that it may: RFC 3463's 4.2.2 to the transfer agent, OVERQUOTA to the
//! client, and mail that goes makes room again.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]

use postern_tests::{ACCOUNT, Client, Lmtp, SECOND_ACCOUNT, ServerUnderTest};

const MESSAGE: &[u8] = b"Subject: one more\r\n\r\nText.\r\n";

#[test]
fn a_full_account_refuses_for_now_and_others_are_served() {
    let server = ServerUnderTest::start_with("[limits]\nmessages_per_account = 2\n");
    let mut agent = Lmtp::connect(&server);
    for _ in 0..2 {
        assert!(agent.deliver(&[ACCOUNT], MESSAGE)[0].starts_with("250"));
    }
    let replies = agent.deliver(&[ACCOUNT, SECOND_ACCOUNT], MESSAGE);
    assert!(replies[0].starts_with("452 4.2.2"), "{replies:?}");
    assert!(replies[1].starts_with("250"), "{replies:?}");

    let mut client = Client::login(&server);
    let size = MESSAGE.len();
    client.send(&format!("a APPEND INBOX {{{size}+}}"));
    client.send_raw(&[MESSAGE, b"\r\n"].concat());
    client.expect("a NO [OVERQUOTA]");

    client.command("SELECT INBOX");
    client.command("STORE 1 +FLAGS.SILENT (\\Deleted)");
    client.command("EXPUNGE");
    assert!(agent.deliver(&[ACCOUNT], MESSAGE)[0].starts_with("250"));
}
