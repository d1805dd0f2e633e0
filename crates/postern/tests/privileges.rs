//! Giving root up. Only root can; started as anybody else these tests have nothing to do.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use nix::unistd::{Uid, User};
use postern_cli::config::Config;
use postern_cli::privileges::{Dropped, drop_privileges};
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::process::Command;
use std::sync::mpsc;

const USER: &str = "nobody";
const CHILD: &str = "POSTERN_TEST_GIVE_ROOT_UP";

fn ordinary_user() -> Option<User> {
    let user = User::from_name(USER).ok().flatten();
    user.filter(|_| Uid::effective().is_root())
}

fn line<'a>(status: &'a str, name: &str) -> Vec<&'a str> {
    let line = status.lines().find_map(|line| line.strip_prefix(name));
    line.unwrap().split_whitespace().collect()
}

/// In a process of its own, with a second thread: every thread has to be the user afterwards.
#[test]
fn every_thread_gives_root_up_for_good() {
    let Some(user) = ordinary_user() else {
        return;
    };
    if std::env::var_os(CHILD).is_none() {
        let status = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "every_thread_gives_root_up_for_good"])
            .env(CHILD, "1")
            .status()
            .unwrap();
        assert!(status.success());
        return;
    }
    let (hold, held) = mpsc::channel::<()>();
    let thread = std::thread::spawn(move || held.recv());
    let config = Config {
        user: Some(USER.to_owned()),
        ..Config::default()
    };
    let (uid, gid) = (user.uid.as_raw(), user.gid.as_raw());
    let became = Dropped::Became {
        user: uid,
        group: gid,
    };
    assert_eq!(drop_privileges(&config).unwrap(), became);
    assert_eq!(drop_privileges(&config).unwrap(), Dropped::Unchanged);

    let (uid, gid) = (uid.to_string(), gid.to_string());
    let mut threads = 0;
    for task in fs::read_dir("/proc/self/task").unwrap() {
        let status = fs::read_to_string(task.unwrap().path().join("status")).unwrap();
        assert_eq!(line(&status, "Uid:"), [uid.as_str(); 4]);
        assert_eq!(line(&status, "Gid:"), [gid.as_str(); 4]);
        assert!(!line(&status, "Groups:").contains(&"0"));
        assert_eq!(line(&status, "CapEff:"), ["0000000000000000"]);
        assert_eq!(line(&status, "CapPrm:"), ["0000000000000000"]);
        threads += 1;
    }
    assert!(threads >= 2);
    drop(hold);
    thread.join().unwrap().unwrap_err();
}

#[test]
fn what_root_adds_belongs_to_the_servers_user() {
    let Some(user) = ordinary_user() else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
    let data = folder.path().join("data");
    let file = folder.path().join("postern.toml");
    fs::write(&file, format!("data = {data:?}\nuser = {USER:?}\n")).unwrap();
    for name in ["ann", "bob"] {
        let ran = Command::new(env!("CARGO_BIN_EXE_postern"))
            .arg("--config")
            .arg(&file)
            .args(["account", "add", name, "--generate"])
            .output()
            .unwrap();
        assert!(ran.status.success(), "{ran:?}");
    }
    let folder = fs::metadata(&data).unwrap();
    assert_eq!(
        (folder.uid(), folder.mode() & 0o777),
        (user.uid.as_raw(), 0o700)
    );
    for entry in fs::read_dir(&data).unwrap() {
        let entry = entry.unwrap();
        assert_eq!(
            entry.metadata().unwrap().uid(),
            user.uid.as_raw(),
            "{entry:?}"
        );
    }
}
