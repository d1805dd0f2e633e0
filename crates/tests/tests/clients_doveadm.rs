//! Dovecot as an IMAP client: `doveadm backup` copies an account, message by message.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]

use postern_tests::{ACCOUNT, Client, Maildir, PASSWORD, ServerUnderTest};
use postern_tests::{dovecot_owners, finish, folders, message};
use std::fs;
use std::path::Path;

/// Copies everything from the server into Maildirs below `folder`, as the user who runs this.
fn backup(server: &ServerUnderTest, folder: &Path) {
    let config = folder.join("dovecot.conf");
    let text = format!(
        "base_dir = {folder}/run
state_dir = {folder}/state
log_path = /dev/stderr
ssl = yes
ssl_client_ca_file = {ca}
mail_home = {folder}/home
mail_location = maildir:{folder}/mail:LAYOUT=fs
{owners}namespace inbox {{
  inbox = yes
  separator = /
}}
imapc_host = 127.0.0.1
imapc_port = {port}
imapc_ssl = imaps
imapc_ssl_verify = yes
imapc_user = {ACCOUNT}
imapc_password = {PASSWORD}
imapc_features = rfc822.size fetch-headers
",
        folder = folder.display(),
        ca = server.ca.display(),
        owners = dovecot_owners(folder),
        port = server.imaps.port(),
    );
    fs::write(&config, text).unwrap();
    let mut doveadm = server.client("doveadm");
    doveadm
        .arg("-c")
        .arg(&config)
        .args(["backup", "-R", "imapc:"]);
    doveadm
        .env("HOME", folder.join("home"))
        .env("USER", ACCOUNT);
    let finished = finish(&doveadm).success();
    assert!(!finished.stderr.contains("Error:"), "{}", finished.stderr);
}

#[test]
fn doveadm_backs_up_every_octet_and_flag() {
    let server = ServerUnderTest::start();
    let mut client = Client::login(&server);
    for folder in ["Work", "Work/2026"] {
        client.command(&format!("CREATE {folder}"));
    }
    client.append("INBOX", "", &message("plain"));
    client.append("INBOX", r"(\Seen \Answered)", &message("read and answered"));
    let large = [message("large"), b"0123456789abcdef\r\n".repeat(20_000)].concat();
    client.append("Work", r"(\Flagged)", &large);
    for number in 1..=200 {
        client.append(
            "Work/2026",
            r"(\Seen)",
            &message(&format!("number {number}")),
        );
    }

    let folder = server.scratch("doveadm");
    backup(&server, &folder);
    assert_copied(&mut client, &folder, 200);

    client.command("SELECT Work/2026");
    client.command(r"STORE 1:50 +FLAGS (\Deleted)");
    client.command("EXPUNGE");
    client.command(r"STORE 1 FLAGS (\Draft)");
    client.append("Work/2026", "", &message("one more"));
    backup(&server, &folder);
    assert_copied(&mut client, &folder, 151);
}

#[track_caller]
fn assert_copied(client: &mut Client, folder: &Path, in_work_2026: usize) {
    let held = folders(client);
    assert_eq!(held["Work/2026"].len(), in_work_2026);
    assert_eq!((held["INBOX"].len(), held["Work"].len()), (2, 1));
    for (name, messages) in &held {
        // Dovecot's INBOX is the root of the layout.
        let path = match name.as_str() {
            "INBOX" => folder.join("mail"),
            other => folder.join("mail").join(other),
        };
        let copied = Maildir::open(&path).messages();
        assert_eq!(copied.len(), messages.len(), "{name}");
        for (copy, original) in copied.iter().zip(messages) {
            assert_eq!(copy, original, "{name}");
        }
    }
}
