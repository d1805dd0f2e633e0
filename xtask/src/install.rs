//! What the tests need beside cargo: real mail clients and servers, from Debian, PyPI and npm.
//! What is there already is left alone, and no service is started.

use crate::run;
use anyhow::{Context, Result, bail};
use std::path::{Path, PathBuf};
use std::process::Command;

/// A Debian package and the file that shows that it (or something as good) is there; a bare
/// name is looked for on `PATH`.
const DEBIAN: &[(&str, &str)] = &[
    ("ca-certificates", "/etc/ssl/certs/ca-certificates.crt"),
    ("chromium", "chromium"),
    ("chromium-driver", "chromedriver"),
    ("curl", "curl"),
    ("dovecot-imapd", "/usr/lib/dovecot/imap"),
    ("dovecot-lmtpd", "/usr/lib/dovecot/lmtp"),
    // Its library, for the torture of clocks.
    ("faketime", "faketime"),
    // For libFuzzer.
    ("g++", "g++"),
    ("git", "git"),
    ("isync", "mbsync"),
    ("libnss3-tools", "certutil"),
    ("neomutt", "neomutt"),
    ("nodejs", "node"),
    ("npm", "npm"),
    // Named because Roundcube wants a PHP for some web server, and would take Apache's.
    ("php-cgi", "php-cgi"),
    ("php-cli", "php"),
    ("postfix", "/usr/lib/postfix/sbin/master"),
    ("python3", "/usr/bin/python3"),
    ("python3-venv", "/var/lib/dpkg/info/python3-venv.list"),
    ("roundcube-core", "/usr/share/roundcube/index.php"),
    (
        "roundcube-sqlite3",
        "/var/lib/dpkg/info/roundcube-sqlite3.list",
    ),
    ("swaks", "swaks"),
    ("thunderbird", "thunderbird"),
    ("util-linux", "setpriv"),
    ("xvfb", "Xvfb"),
];

/// What packages are told before they ask. The tests bring their own configurations: the system
/// shall not become a mail server, nor serve web mail or get a database for it.
const ANSWERS: &[(&str, &[&str])] = &[
    (
        "postfix",
        &["postfix postfix/main_mailer_type select No configuration"],
    ),
    (
        "roundcube-core",
        &[
            "roundcube-core roundcube/dbconfig-install boolean false",
            "roundcube-core roundcube/reconfigure-webserver multiselect",
            "roundcube-core roundcube/restart-webserver boolean false",
        ],
    ),
];

/// Tells Debian's maintainer scripts to start nothing.
const POLICY: &str = "/usr/sbin/policy-rc.d";

pub(crate) fn all() -> Result<String> {
    let notes = [components()?, debian()?, python()?, node()?];
    Ok(notes.join("; "))
}

/// An error that names what the client tests lack.
pub(crate) fn ready() -> Result<()> {
    let missing = missing();
    if !missing.is_empty()
        || !venv().join("bin/python3").exists()
        || !npm().join("node_modules").exists()
    {
        bail!("the client tests need more than is here: run `cargo xtask test install` first");
    }
    Ok(())
}

/// rustfmt and clippy, which a minimal toolchain lacks.
fn components() -> Result<String> {
    let lacks = |tool: &str| !run::succeeds(run::cargo().args([tool, "--version"]));
    if !lacks("fmt") && !lacks("clippy") {
        return Ok("rustfmt and clippy are there".to_owned());
    }
    if !run::on_path("rustup") {
        bail!("rustfmt or clippy is missing, and there is no rustup to add them with");
    }
    run::check(Command::new("rustup").args(["component", "add", "rustfmt", "clippy"]))?;
    Ok("rustfmt and clippy added".to_owned())
}

fn missing() -> Vec<&'static str> {
    let there = |proof: &str| match proof.starts_with('/') {
        true => Path::new(proof).exists(),
        false => run::on_path(proof),
    };
    DEBIAN
        .iter()
        .filter(|(_, proof)| !there(proof))
        .map(|(package, _)| *package)
        .collect()
}

fn debian() -> Result<String> {
    let missing = missing();
    if missing.is_empty() {
        return Ok("Debian packages are there".to_owned());
    }
    let list = missing.join(" ");
    if !run::on_path("apt-get") {
        bail!("these Debian packages are missing, and this system has no apt-get: {list}");
    }
    // A list that cannot be refreshed (a third party's, say) need not stop the installation.
    if run::check(as_root("apt-get")?.args(["update"])).is_err() {
        println!("apt-get update did not succeed; going on with the package lists that are here");
    }
    for (package, answers) in ANSWERS {
        if missing.contains(package) {
            run::check(as_root("sh")?.args(["-c", &preseed(answers)]))?;
        }
    }
    let _policy = Policy::set()?;
    run::check(
        as_root("apt-get")?
            .args(["install", "--yes", "--no-install-recommends"])
            .args(["-o", "Dpkg::Options::=--force-confold"])
            .args(&missing),
    )?;
    Ok(format!("installed {list}"))
}

fn preseed(answers: &[&str]) -> String {
    format!("echo '{}' | debconf-set-selections", answers.join("\n"))
}

/// The program as root, without questions. `env` sets what `sudo` would not pass on.
fn as_root(program: &str) -> Result<Command> {
    let environment = [
        "DEBIAN_FRONTEND=noninteractive",
        "DEBCONF_NONINTERACTIVE_SEEN=true",
    ];
    if is_root() {
        let mut command = Command::new("env");
        command.args(environment).arg(program);
        return Ok(command);
    }
    if !run::succeeds(Command::new("sudo").args(["--non-interactive", "true"])) {
        bail!(
            "these Debian packages are missing, and installing them needs root or a sudo that asks \
             for no password: {}",
            missing().join(" ")
        );
    }
    let mut command = Command::new("sudo");
    command
        .args(["--non-interactive", "env"])
        .args(environment)
        .arg(program);
    Ok(command)
}

fn is_root() -> bool {
    let id = Command::new("id").arg("-u").output();
    id.is_ok_and(|output| output.stdout == b"0\n")
}

/// While it lives, package installation starts no service. A policy that is there stays.
struct Policy {
    ours: bool,
}

impl Policy {
    fn set() -> Result<Self> {
        if Path::new(POLICY).exists() {
            return Ok(Self { ours: false });
        }
        let script = format!("printf '#!/bin/sh\\nexit 101\\n' > {POLICY} && chmod 755 {POLICY}");
        run::check(as_root("sh")?.args(["-c", &script]))?;
        Ok(Self { ours: true })
    }
}

impl Drop for Policy {
    fn drop(&mut self) {
        if !self.ours {
            return;
        }
        if let Err(error) = as_root("rm").and_then(|mut rm| run::check(rm.arg(POLICY))) {
            eprintln!("{POLICY} is still there: {error:#}");
        }
    }
}

fn venv() -> PathBuf {
    run::target().join("clients/venv")
}

fn npm() -> PathBuf {
    run::target().join("clients/npm")
}

/// The folder with the client tests' scripts and lists of packages.
fn sources() -> PathBuf {
    run::root().join("crates/tests/clients")
}

fn python() -> Result<String> {
    let wanted = sources().join("requirements.txt");
    let stamp = venv().join("requirements.txt");
    if same(&wanted, &stamp) {
        return Ok("PyPI packages are there".to_owned());
    }
    run::check(
        Command::new("/usr/bin/python3")
            .args(["-m", "venv", "--clear"])
            .arg(venv()),
    )?;
    run::check(
        Command::new(venv().join("bin/pip"))
            .args([
                "install",
                "--disable-pip-version-check",
                "--no-input",
                "--requirement",
            ])
            .arg(&wanted),
    )?;
    stamped(&wanted, &stamp, "PyPI packages installed")
}

fn node() -> Result<String> {
    let wanted = sources().join("npm/package-lock.json");
    let stamp = npm().join("installed.json");
    if same(&wanted, &stamp) {
        return Ok("npm packages are there".to_owned());
    }
    std::fs::create_dir_all(npm())?;
    for file in ["package.json", "package-lock.json"] {
        std::fs::copy(sources().join("npm").join(file), npm().join(file))?;
    }
    run::check(Command::new("npm").current_dir(npm()).args([
        "ci",
        "--ignore-scripts",
        "--no-audit",
        "--no-fund",
    ]))?;
    stamped(&wanted, &stamp, "npm packages installed")
}

fn same(a: &Path, b: &Path) -> bool {
    matches!((std::fs::read(a), std::fs::read(b)), (Ok(a), Ok(b)) if a == b)
}

/// The stamp is written last: an installation that was cut short is done again.
fn stamped(wanted: &Path, stamp: &Path, note: &str) -> Result<String> {
    std::fs::copy(wanted, stamp).with_context(|| stamp.display().to_string())?;
    Ok(note.to_owned())
}
