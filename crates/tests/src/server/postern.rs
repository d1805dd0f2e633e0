//! Postern, as `cargo build` left it.

use super::{ACCOUNT, PASSWORD, SECOND_ACCOUNT, Setting};
use crate::process::build_folder;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The command that serves; `POSTERN_BIN` may name another build.
pub(super) fn prepare(setting: &Setting) -> Command {
    let data = setting.folder.join("data");
    let config = setting.folder.join("postern.toml");
    let clear = setting
        .imap
        .map(|address| format!("[imap]\naddress = [\"{address}\"]\n\n"));
    // What stands before the first section belongs before ours.
    let sections = match setting.extra.starts_with('[') {
        true => 0,
        false => setting
            .extra
            .find("\n[")
            .map_or(setting.extra.len(), |end| end + 1),
    };
    let (general, sections) = setting.extra.split_at(sections);
    let text = format!(
        "data = {data:?}\n{general}\n\
         [imaps]\naddress = [\"{}\"]\n\n\
         [lmtp]\nlisten = [\"{}\"]\n\n\
         [tls]\ncertificate = {:?}\nkey = {:?}\n\n{}{}",
        setting.imaps,
        setting.lmtp,
        setting.certificate.chain,
        setting.certificate.key,
        clear.unwrap_or_default(),
        sections,
    );
    fs::write(&config, text).unwrap();
    for account in [ACCOUNT, SECOND_ACCOUNT] {
        add(account, &data);
    }
    let mut command = Command::new(program());
    command.arg("serve").arg("--config").arg(&config);
    command
}

pub(super) fn program() -> PathBuf {
    match std::env::var_os("POSTERN_BIN") {
        Some(path) => path.into(),
        None => build_folder().join("postern"),
    }
}

pub(super) fn add(account: &str, data: &Path) {
    let mut child = Command::new(program())
        .args(["account", "add", account, "--data"])
        .arg(data)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("{}: {error}", program().display()));
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(format!("{PASSWORD}\n").as_bytes()).unwrap();
    drop(stdin);
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "postern account add: {output:?}");
}
