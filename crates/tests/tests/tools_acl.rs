//! `postern account add --shared` and `postern acl`, beside a running server and without one.

#![allow(clippy::unwrap_used, clippy::panic)]

use postern_tests::{ACCOUNT, Client, SECOND_ACCOUNT, ServerUnderTest};

const TEAM: &str = "team@example.test";

#[test]
fn an_operator_shares_an_account_that_is_nobodys() {
    let server = ServerUnderTest::start();
    let run = |arguments: &[&str]| server.command(arguments).output().unwrap();
    assert!(run(&["account", "add", "--shared", TEAM]).status.success());
    let inbox = format!("\"Shared/{TEAM}/INBOX\"");
    let mut ada = Client::login(&server);
    let closed = ada.try_command(&format!("SELECT {inbox}"));
    assert!(closed.tagged.starts_with("NO [NONEXISTENT]"), "{closed:?}");
    let output = run(&["acl", "set", TEAM, "INBOX", ACCOUNT, "lrswite"]);
    assert!(output.status.success(), "{output:?}");
    let said = String::from_utf8(output.stdout).unwrap();
    assert_eq!(said, format!("{ACCOUNT}  lrswited\n"));
    ada.append(&inbox, r"(\Seen)", b"Subject: one\r\n\r\nhello\r\n");
    let lines = ada.command(&format!("SELECT {inbox}"));
    assert!(lines.iter().any(|line| line == "* 1 EXISTS"), "{lines:?}");
    let listed = ada.command("LIST \"\" Shared/*");
    assert_eq!(listed.len(), 1, "{listed:?}");
    let mut grace = Client::login_as(&server, SECOND_ACCOUNT);
    assert!(grace.command("LIST \"\" Shared/*").is_empty());
    // The index is made anew from the accounts.
    assert!(run(&["acl", "index"]).status.success());
    assert_eq!(ada.command("LIST \"\" Shared/*").len(), 1);
    // What cannot be is said.
    for (arguments, complaint) in [
        (["acl", "set", TEAM, "INBOX", "nobody", "l"], "no account"),
        (["acl", "set", TEAM, "INBOX", ACCOUNT, "lQ"], "not a right"),
        (["acl", "set", TEAM, "Nowhere", ACCOUNT, "l"], "no mailbox"),
        (["acl", "set", ACCOUNT, "INBOX", ACCOUNT, "l"], "all rights"),
    ] {
        let output = run(&arguments);
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(
            !output.status.success() && said.contains(complaint),
            "{said}"
        );
    }
    let password = run(&["account", "password", TEAM, "--generate"]);
    assert!(!password.status.success(), "{password:?}");
    // Whoever has it open is sent away when the right ends.
    assert!(
        run(&["acl", "remove", TEAM, "INBOX", ACCOUNT])
            .status
            .success()
    );
    ada.send("n NOOP");
    ada.expect("* BYE");
}
