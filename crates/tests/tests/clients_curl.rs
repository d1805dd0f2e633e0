//! curl: one command a run, with the server's certificate verified.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]

use postern_tests::{ACCOUNT, Client, Finished, PASSWORD, ServerUnderTest, finish, message};
use std::fs;

fn run(server: &ServerUnderTest, path: &str, arguments: &[&str]) -> Finished {
    let mut command = server.client("curl");
    command.args(["--silent", "--show-error", "--max-time", "60"]);
    command.arg("--cacert").arg(&server.ca);
    command.arg("--user").arg(format!("{ACCOUNT}:{PASSWORD}"));
    command.args(arguments);
    command.arg(format!("imaps://localhost:{}/{path}", server.imaps.port()));
    finish(&command)
}

#[test]
fn curl_lists_uploads_fetches_searches_and_runs_other_commands() {
    let server = ServerUnderTest::start();
    let mut client = Client::login(&server);
    client.command("CREATE Work");
    client.append("INBOX", "", &message("first"));

    let listed = run(&server, "", &[]).success().text();
    assert!(
        listed.contains("INBOX") && listed.contains("Work"),
        "{listed}"
    );

    let second = message("second");
    let file = server.scratch("curl").join("second.eml");
    fs::write(&file, &second).unwrap();
    run(&server, "INBOX", &["--upload-file", file.to_str().unwrap()]).success();

    assert_eq!(
        run(&server, "INBOX;MAILINDEX=2", &[]).success().stdout,
        second
    );
    let uid = run(
        &server,
        "INBOX;UID=2;SECTION=HEADER.FIELDS%20(SUBJECT)",
        &[],
    )
    .success();
    assert_eq!(uid.text(), "Subject: second\r\n\r\n");

    let found = run(&server, "INBOX", &["--request", "SEARCH SUBJECT second"])
        .success()
        .text();
    assert_eq!(found, "* SEARCH 2\r\n");
    let query = run(&server, "INBOX?SUBJECT%20first", &[]).success().text();
    assert_eq!(query, "* SEARCH 1\r\n");

    let quota = run(&server, "", &["--request", "GETQUOTAROOT INBOX"]);
    let quota = quota.success().text();
    let told = format!("* QUOTAROOT INBOX {ACCOUNT}\r\n* QUOTA {ACCOUNT} (MESSAGE 2 ");
    assert!(quota.starts_with(&told), "{quota}");

    run(
        &server,
        "INBOX",
        &["--request", r"STORE 1 +FLAGS (\Flagged)"],
    )
    .success();
    client.command("SELECT INBOX");
    assert_eq!(client.command("SEARCH FLAGGED"), ["* SEARCH 1"]);
}

#[test]
fn curl_refuses_a_certificate_that_it_has_no_reason_to_trust() {
    let server = ServerUnderTest::start();
    let other = ServerUnderTest::start();
    let finished = run(&server, "", &["--cacert", other.ca.to_str().unwrap()]);
    assert_eq!(finished.status.code(), Some(60), "{finished:?}");
}

#[test]
fn curl_is_told_that_its_password_is_wrong() {
    let server = ServerUnderTest::start();
    let finished = run(&server, "", &["--user", &format!("{ACCOUNT}:wrong")]);
    assert_eq!(finished.status.code(), Some(67), "{finished:?}");
}
