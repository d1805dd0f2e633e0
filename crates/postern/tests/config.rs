//! `postern config …` and the global options.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use postern_cli::config::{Config, parse};
use std::fs;
use std::path::Path;
use std::process::Command;
use tempfile::TempDir;

fn postern(arguments: &[&str]) -> (i32, String, String) {
    let ran = Command::new(env!("CARGO_BIN_EXE_postern"))
        .args(arguments)
        .output()
        .unwrap();
    (
        ran.status.code().unwrap(),
        String::from_utf8(ran.stdout).unwrap(),
        String::from_utf8(ran.stderr).unwrap(),
    )
}

fn file(folder: &TempDir, text: &str) -> String {
    let path = folder.path().join("postern.toml");
    fs::write(&path, text).unwrap();
    path.to_str().unwrap().to_owned()
}

#[test]
fn defaults_are_printed_and_pass_the_check() {
    let folder = tempfile::tempdir().unwrap();
    let (code, defaults, _) = postern(&["config", "defaults"]);
    assert_eq!(code, 0);
    assert_eq!(parse("defaults", &defaults), Ok(Config::default()));
    let path = file(&folder, &defaults);
    let (code, out, err) = postern(&["--config", &path, "config", "check"]);
    assert_eq!((code, out), (0, format!("{path}: ok\n")));
    assert_eq!(
        err,
        "warning: no certificate is set in [tls]; the server will not start without one\n"
    );
}

#[test]
fn a_wrong_file_is_shown_with_its_line() {
    let folder = tempfile::tempdir().unwrap();
    let path = file(&folder, "[log]\nlevel = \"loud\"\n");
    for command in [["config", "check"].as_slice(), &["account", "list"]] {
        let (code, out, err) = postern(&[&["--config", path.as_str()], command].concat());
        let expected = format!(
            "error: wrong value for `level` in [log]\n \
             --> {path}:2:9\n  \
             |\n\
             2 | level = \"loud\"\n  \
             |         ^^^^^^ it is \"error\", \"warn\", \"info\", \"debug\" or \"trace\"\n  \
             |\n  \
             = help: its default is \"info\"\n"
        );
        assert_eq!((code, out, err), (3, String::new(), expected));
    }
}

#[test]
fn a_named_file_has_to_be_there() {
    let (code, _, err) = postern(&["--config", "/nowhere/postern.toml", "account", "list"]);
    assert_eq!(code, 3);
    assert_eq!(
        err,
        "cannot read the configuration /nowhere/postern.toml: No such file or directory \
         (os error 2)\n"
    );
}

#[test]
fn a_certificate_that_cannot_be_used_fails_the_check() {
    let folder = tempfile::tempdir().unwrap();
    let text = "[tls]\ncertificate = \"/nowhere/c.pem\"\nkey = \"/nowhere/k.pem\"\n";
    let path = file(&folder, text);
    let (code, _, err) = postern(&["config", "check", "--config", &path]);
    assert_eq!(code, 3);
    assert!(
        err.starts_with("error: cannot read /nowhere/c.pem: "),
        "{err}"
    );
}

#[test]
fn the_data_folder_of_the_file_is_used_unless_another_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("mail");
    let path = file(&folder, &format!("data = {data:?}\n"));
    assert_eq!(postern(&["--config", &path, "account", "list"]).0, 0);
    assert!(data.is_dir());
    let other = folder.path().join("other");
    let named = other.to_str().unwrap();
    assert_eq!(
        postern(&["--config", &path, "--data", named, "account", "list"]).0,
        0
    );
    assert!(Path::new(named).is_dir());
}

#[test]
fn version() {
    let expected = format!("postern {}\n", env!("CARGO_PKG_VERSION"));
    assert_eq!(postern(&["version"]).1, expected);
    assert_eq!(postern(&["--version"]).1, expected);
}
