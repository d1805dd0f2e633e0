//! What CATENATE cannot make the server put together.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]

use postern_tests::{Client, ServerUnderTest};

/// RFC 4469 section 4.2; the limit is 64 MiB.
#[test]
fn a_message_over_the_limit_is_too_big_and_many_are_too_many() {
    let server = ServerUnderTest::start();
    let mut client = Client::login(&server);
    client.append("INBOX", "", &vec![b'x'; 20 << 20]);
    let url = "URL /INBOX/;UID=1";
    let four = [url; 4].join(" ");
    let refused = client.try_command(&format!("APPEND INBOX CATENATE ({four})"));
    assert!(refused.tagged.starts_with("NO [TOOBIG]"), "{refused:?}");
    let messages = vec![format!("CATENATE ({url})"); 4].join(" ");
    let refused = client.try_command(&format!("APPEND INBOX {messages}"));
    assert!(refused.tagged.starts_with("NO [LIMIT]"), "{refused:?}");
    let lines = client.command("STATUS INBOX (MESSAGES)");
    assert_eq!(lines, ["* STATUS INBOX (MESSAGES 1)"]);
}
