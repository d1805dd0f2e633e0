//! A log that cannot be written is no reason to serve no mail.

#![allow(clippy::unwrap_used, clippy::panic)]

use postern_tests::{Client, DEADLINE, ServerUnderTest};
use std::fs::OpenOptions;
use std::os::unix::net::UnixDatagram;

#[test]
fn a_log_on_a_full_disk_ends_no_session() {
    let mut server = ServerUnderTest::configured("");
    server.kill();
    let socket = server.data().with_file_name("ready");
    let ready = UnixDatagram::bind(&socket).unwrap();
    ready.set_read_timeout(Some(DEADLINE)).unwrap();
    let full = OpenOptions::new().write(true).open("/dev/full").unwrap();
    let mut again = server
        .command(&["serve"])
        .env("NOTIFY_SOCKET", &socket)
        .stderr(full)
        .spawn()
        .unwrap();
    let told = ready.recv(&mut [0; 256]);
    assert!(told.is_ok(), "not ready: {told:?}, {:?}", again.try_wait());
    let mut client = Client::login(&server);
    client.command("SELECT INBOX");
    drop(client);
    // And one whose login fails, which is logged too.
    let mut stranger = Client::connect(&server);
    let refused = stranger.try_command("LOGIN nobody \"not the password\"");
    assert!(refused.tagged.starts_with("NO "), "{refused:?}");
    postern_tests::kill(again.id());
    again.wait().unwrap();
}
