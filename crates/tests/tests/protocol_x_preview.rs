//! PREVIEW: RFC 8970.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]

use postern_tests::{Client, ServerUnderTest};

fn start(messages: &[&str]) -> (ServerUnderTest, Client) {
    let server = ServerUnderTest::start();
    let mut client = Client::login(&server);
    for message in messages {
        client.append("INBOX", "", message.as_bytes());
    }
    client.command("SELECT INBOX");
    (server, client)
}

#[test]
fn the_examples() {
    let (_server, mut client) = start(&[
        "Subject: x\r\n\r\nPreview text!\r\n",
        "Content-Type: image/png\r\n\r\nPNG",
    ]);
    let capabilities = client.command("CAPABILITY");
    assert!(capabilities[0].contains(" PREVIEW"), "{capabilities:?}");
    assert_eq!(
        client.command("FETCH 1 (PREVIEW)"),
        ["* 1 FETCH (PREVIEW \"Preview text!\")"]
    );
    assert_eq!(
        client.command("FETCH 1 (RFC822.SIZE PREVIEW)"),
        ["* 1 FETCH (RFC822.SIZE 29 PREVIEW \"Preview text!\")"]
    );
    // Without text it is the empty string, which NIL is not.
    assert_eq!(
        client.command("FETCH 2 PREVIEW"),
        ["* 2 FETCH (PREVIEW \"\")"]
    );
}

#[test]
fn lazy_or_not_the_message_stays_unseen() {
    let (_server, mut client) = start(&["Subject: x\r\n\r\nText\r\n"]);
    for item in ["PREVIEW (LAZY)", "(UID PREVIEW (LAZY))", "(PREVIEW)"] {
        let lines = client.command(&format!("FETCH 1 {item}"));
        assert!(lines[0].contains("PREVIEW \"Text\"") || lines[0].contains("PREVIEW NIL"));
    }
    let lines = client.command("FETCH 1 FLAGS");
    assert!(!lines[0].contains("\\Seen"), "{lines:?}");
    let refused = client.try_command("FETCH 1 (PREVIEW (EAGER))");
    assert!(refused.tagged.starts_with("BAD"), "{refused:?}");
}

#[test]
fn html_and_other_charsets_come_as_utf_8_text() {
    let (_server, mut client) = start(&["Content-Type: text/html; charset=iso-8859-1\r\n\
         Content-Transfer-Encoding: quoted-printable\r\n\r\n\
         <style>p { color: red }</style><p>Gr=FC=DFe &amp; mehr</p>\r\n"]);
    let reply = client.ok("FETCH 1 (PREVIEW)");
    assert_eq!(
        reply.untagged[0],
        "* 1 FETCH (PREVIEW {14}\r\nGrüße & mehr)".as_bytes()
    );
}

#[test]
fn a_long_text_is_cut() {
    let (_server, mut client) = start(&[&format!("Subject: x\r\n\r\n{}\r\n", "a".repeat(1000))]);
    let lines = client.command("FETCH 1 (PREVIEW)");
    assert_eq!(
        lines,
        [format!("* 1 FETCH (PREVIEW \"{}\")", "a".repeat(200))]
    );
}
