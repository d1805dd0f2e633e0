//! The account commands as an operator runs them, on a data folder of their own.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]

use postern_cli::control::{ControlSocket, Request};
use postern_identity::{Authenticator, LoginError, Settings};
use postern_store::sqlite::Sqlite;
use postern_store::{AccountId, Directory};
use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::sync::Arc;
use tempfile::TempDir;
use tokio::sync::mpsc;
use zeroize::Zeroizing;

struct Folder(TempDir);

struct Ran {
    code: i32,
    out: String,
    err: String,
}

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn data(&self) -> std::path::PathBuf {
        self.0.path().join("data")
    }

    fn run(&self, arguments: &[&str], input: &str) -> Ran {
        run(&self.data(), arguments, input)
    }

    #[track_caller]
    fn good(&self, arguments: &[&str], input: &str) -> Ran {
        let ran = self.run(arguments, input);
        assert_eq!(ran.code, 0, "{}", ran.err);
        ran
    }

    fn directory(&self) -> Arc<dyn Directory> {
        Arc::new(Sqlite::open_directory(&self.data()).unwrap())
    }

    async fn login(&self, name: &str, password: &str) -> Result<u64, LoginError> {
        let logins = Authenticator::new(self.directory(), Settings::default()).unwrap();
        let password = Zeroizing::new(password.to_owned());
        Ok(logins.password_login(name, password).await?.id.0)
    }
}

fn run(data: &Path, arguments: &[&str], input: &str) -> Ran {
    let mut child = Command::new(env!("CARGO_BIN_EXE_postern"))
        .arg("--data")
        .arg(data)
        .arg("account")
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // A command that refuses before it reads closes its end; that is its right.
    let _written = child.stdin.take().unwrap().write_all(input.as_bytes());
    let Output {
        status,
        stdout,
        stderr,
    } = child.wait_with_output().unwrap();
    Ran {
        code: status.code().unwrap(),
        out: String::from_utf8(stdout).unwrap(),
        err: String::from_utf8(stderr).unwrap(),
    }
}

#[tokio::test]
async fn an_added_account_logs_in_with_its_password() {
    let folder = Folder::new();
    let ran = folder.good(&["add", "Ann@Example.org"], "correct horse\nignored\n");
    assert_eq!(
        (ran.out.as_str(), ran.err.as_str()),
        ("", "added ann@example.org\n")
    );
    assert_eq!(
        folder.login("ANN@example.org", "correct horse").await,
        Ok(1)
    );
    assert_eq!(
        folder.login("ann@example.org", "correct hors").await,
        Err(LoginError::Failed)
    );
}

#[tokio::test]
async fn a_generated_password_is_all_that_is_printed() {
    let folder = Folder::new();
    let ran = folder.good(&["add", "ann", "--generate"], "");
    let password = ran.out.strip_suffix('\n').unwrap();
    assert_eq!(password.len(), 23);
    assert_eq!(folder.login("ann", password).await, Ok(1));
}

#[tokio::test]
async fn a_new_password_replaces_the_old() {
    let folder = Folder::new();
    folder.good(&["add", "ann"], "first password\n");
    let ran = folder.good(&["password", "ann"], "second password\n");
    assert_eq!(ran.err, "set a new password for ann\n");
    assert_eq!(
        folder.login("ann", "first password").await,
        Err(LoginError::Failed)
    );
    assert_eq!(folder.login("ann", "second password").await, Ok(1));
}

#[tokio::test]
async fn disabled_accounts_do_not_log_in_until_enabled() {
    let folder = Folder::new();
    folder.good(&["add", "ann"], "the password\n");
    assert_eq!(folder.good(&["disable", "ann"], "").err, "disabled ann\n");
    assert_eq!(
        folder.login("ann", "the password").await,
        Err(LoginError::Disabled)
    );
    assert_eq!(folder.good(&["enable", "ann"], "").err, "enabled ann\n");
    assert_eq!(folder.login("ann", "the password").await, Ok(1));
}

#[tokio::test]
async fn removing_wants_a_yes_and_frees_the_name() {
    let folder = Folder::new();
    folder.good(&["add", "ann"], "the password\n");
    let ran = folder.run(&["remove", "ann"], "ann\n");
    assert_eq!(ran.code, 1);
    assert_eq!(
        ran.err,
        "postern: ann was not removed: nobody can be asked; add --yes to remove it\n"
    );
    assert_eq!(folder.login("ann", "the password").await, Ok(1));
    folder.good(&["remove", "ann", "--yes"], "");
    assert_eq!(
        folder.login("ann", "the password").await,
        Err(LoginError::Failed)
    );
    folder.good(&["add", "ann"], "another password\n");
    assert_eq!(folder.login("ann", "another password").await, Ok(2));
}

#[test]
fn lists_and_shows() {
    let folder = Folder::new();
    assert_eq!(folder.good(&["list", "--json"], "").out, "[]\n");
    folder.good(&["add", "bob"], "the password\n");
    folder.good(&["add", "ann@example.org"], "the password\n");
    folder.good(&["disable", "bob"], "");
    let table = folder.good(&["list"], "").out;
    let lines: Vec<&str> = table.lines().collect();
    assert!(
        lines[0].starts_with("ann@example.org  enabled   added 20"),
        "{table}"
    );
    assert!(
        lines[1].starts_with("bob              disabled  added 20"),
        "{table}"
    );

    let listed = folder.good(&["list", "--json"], "").out;
    let listed: serde_json::Value = serde_json::from_str(&listed).unwrap();
    assert_eq!(listed[0]["name"], "ann@example.org");
    assert_eq!(listed[0]["id"], 2);
    assert_eq!(listed[1]["enabled"], false);
    let shown = folder.good(&["show", "bob", "--json"], "").out;
    let shown: serde_json::Value = serde_json::from_str(&shown).unwrap();
    let mut expected = listed[1].clone();
    let none = "default";
    expected["quota"] = serde_json::json!({"storage": none, "messages": none, "mailboxes": none});
    assert_eq!(shown, expected);
    let fields: Vec<&String> = listed[1].as_object().unwrap().keys().collect();
    assert_eq!(
        fields,
        ["created", "enabled", "id", "name", "password", "shared"]
    );
    assert!(
        folder
            .good(&["show", "bob"], "")
            .out
            .contains("state:    disabled\n")
    );
}

#[test]
fn a_quota_is_set_piece_by_piece() {
    let folder = Folder::new();
    folder.good(&["add", "ann"], "the password\n");
    let shown = |expected: &str| {
        assert_eq!(folder.good(&["quota", "ann"], "").out, expected);
    };
    shown("storage default, messages default, mailboxes default\n");
    let set = folder.good(&["quota", "ann", "--storage", "2GiB"], "");
    assert_eq!(set.out, "");
    let said = "ann may hold from now on: storage 2147483648 octets, messages default";
    assert!(set.err.starts_with(said), "{}", set.err);
    folder.good(
        &["quota", "ann", "--messages", "0", "--mailboxes", "none"],
        "",
    );
    shown("storage 2147483648 octets, messages 0, mailboxes none\n");
    folder.good(&["quota", "ann", "--storage", "default"], "");
    shown("storage default, messages 0, mailboxes none\n");
    folder.good(&["quota", "ann", "--messages", "18446744073709551615"], "");
    shown("storage default, messages none, mailboxes none\n");
    for wrong in ["2GB", "-1KiB", "1.5GiB", "", "99999999999999GiB"] {
        let ran = folder.run(&["quota", "ann", "--storage", wrong], "");
        assert_ne!(ran.code, 0, "{wrong}");
    }
    let both = ["quota", "ann", "--default", "--messages", "1"];
    assert_ne!(folder.run(&both, "").code, 0);
    shown("storage default, messages none, mailboxes none\n");
    folder.good(&["quota", "ann", "--default"], "");
    shown("storage default, messages default, mailboxes default\n");
}

#[test]
fn what_cannot_be_done_says_why() {
    let folder = Folder::new();
    folder.good(&["add", "ann"], "the password\n");
    for (arguments, input, expected) in [
        (
            vec!["add", "ANN"],
            "x",
            "there is an account ann already; choose another name",
        ),
        (
            vec!["add", "a/b"],
            "x",
            "\"a/b\" cannot be an account: the character '/' is not allowed in a name",
        ),
        (
            vec!["add", "bob"],
            "",
            "the standard input holds no password; write it there, or use --generate",
        ),
        (
            vec!["add", "bob"],
            "short\n",
            "the new password was not taken: the password is too short: \
             it needs at least 8 characters",
        ),
        (
            vec!["disable", "bob"],
            "",
            "there is no account bob; see all of them with: postern account list",
        ),
    ] {
        let ran = folder.run(&arguments, input);
        assert_eq!((ran.code, ran.err), (1, format!("postern: {expected}\n")));
        assert_eq!(ran.out, "");
    }
    assert_eq!(folder.good(&["list"], "").out.lines().count(), 1);
}

#[test]
fn a_folder_that_cannot_be_made_is_the_machines_matter() {
    let folder = Folder::new();
    let data = folder.0.path().join("not/there");
    let ran = run(&data, &["list"], "");
    assert_eq!(ran.code, 4);
    let expected = format!(
        "postern: cannot make the data folder {}: No such file or directory (os error 2); \
         make the folder above it first, or name another with --data\n",
        data.display()
    );
    assert_eq!(ran.err, expected);
}

#[test]
fn passwords_are_never_arguments() {
    let folder = Folder::new();
    for arguments in [
        ["add", "ann", "the password"],
        ["password", "ann", "the password"],
    ] {
        assert_eq!(folder.run(&arguments, "").code, 2);
    }
    assert_eq!(folder.run(&["add", "ann", "--password=x"], "").code, 2);
}

#[tokio::test]
async fn a_running_server_is_told_of_every_change() {
    let folder = Folder::new();
    folder.good(&["add", "ann"], "the password\n");
    let (heard, mut hears) = mpsc::unbounded_channel();
    let socket = ControlSocket::bind(&folder.data()).unwrap();
    let server = tokio::spawn(socket.serve(move |request| {
        let heard = heard.clone();
        async move {
            let sent = heard.send(request).map(|()| String::new());
            sent.map_err(|error| error.to_string())
        }
    }));
    let data = folder.data();
    let changing = tokio::task::spawn_blocking(move || {
        let ran = [
            run(&data, &["disable", "ann"], ""),
            run(&data, &["add", "bob"], "the password\n"),
            run(&data, &["list"], ""),
        ];
        ran.map(|ran| ran.code)
    });
    assert_eq!(changing.await.unwrap(), [0, 0, 0]);
    server.abort();
    let changed = |id| Request::DirectoryChanged(AccountId(id));
    assert_eq!(hears.recv().await, Some(changed(1)));
    assert_eq!(hears.recv().await, Some(changed(2)));
    assert_eq!(hears.recv().await, None);
}

#[tokio::test]
async fn a_server_that_cannot_is_reported_though_the_change_is_saved() {
    let folder = Folder::new();
    folder.good(&["add", "ann"], "the password\n");
    let socket = ControlSocket::bind(&folder.data()).unwrap();
    let server = tokio::spawn(socket.serve(|_| async { Err("shutting down".to_owned()) }));
    let data = folder.data();
    let ran = tokio::task::spawn_blocking(move || run(&data, &["disable", "ann"], "")).await;
    let ran = ran.unwrap();
    server.abort();
    assert_eq!(ran.code, 4);
    assert_eq!(
        ran.err,
        "disabled ann\npostern: the change is saved, but the running server could not be told: \
         shutting down; restart it to end sessions that are open\n"
    );
    assert_eq!(
        folder.login("ann", "the password").await,
        Err(LoginError::Disabled)
    );
}
