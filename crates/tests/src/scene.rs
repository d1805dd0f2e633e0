//! How most protocol tests begin, and how they read answers.

use crate::imap::Client;
use crate::mailbox::message;
use crate::server::ServerUnderTest;
use std::process::Command;
use std::time::{SystemTime, UNIX_EPOCH};

/// A client that has signed in and enabled what is named, if anything.
///
/// # Panics
/// When it is refused.
#[track_caller]
pub fn enabled(server: &ServerUnderTest, extensions: &str) -> Client {
    let mut client = Client::login(server);
    if !extensions.is_empty() {
        client.command(&format!("ENABLE {extensions}"));
    }
    client
}

/// The same with INBOX selected.
///
/// # Panics
/// When it is refused.
#[track_caller]
pub fn selected(server: &ServerUnderTest, extensions: &str) -> Client {
    let mut client = enabled(server, extensions);
    client.command("SELECT INBOX");
    client
}

/// A server whose INBOX has this many small messages, with subjects `m1` and so on.
///
/// # Panics
/// When a message is refused.
#[track_caller]
pub fn with_messages(count: usize) -> ServerUnderTest {
    let server = ServerUnderTest::start();
    let mut client = Client::login(&server);
    let messages: Vec<_> = (1..=count).map(|n| message(&format!("m{n}"))).collect();
    client.append_all("INBOX", &messages);
    server
}

/// The FETCH replies among lines, without `* n FETCH (` and `)`, by their numbers.
pub fn fetched(lines: &[String]) -> Vec<(u32, String)> {
    let fetch = |line: &String| {
        let (number, items) = line.strip_prefix("* ")?.split_once(" FETCH (")?;
        Some((number.parse().ok()?, items.strip_suffix(')')?.to_owned()))
    };
    lines.iter().filter_map(fetch).collect()
}

/// What follows a response code's name in the first of these lines that has it:
/// `code(lines, "UIDNEXT")` is `4` for `* OK [UIDNEXT 4] …`.
pub fn code<S: AsRef<str>>(lines: &[S], name: &str) -> Option<String> {
    let start = format!("[{name}");
    let found = |line: &S| {
        let (_, rest) = line.as_ref().split_once(&start)?;
        let (code, _) = rest.split_once(']')?;
        Some(code.trim_start().to_owned())
    };
    lines.iter().find_map(found)
}

/// The clock of the log now, in the form that `--at` takes, and not a moment that anything later
/// shares.
///
/// # Panics
/// When the system has no `date`.
pub fn moment() -> String {
    let millis = || {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        since.as_millis()
    };
    let at = millis();
    while millis() == at {}
    let (seconds, millis) = (at / 1000, at % 1000);
    let output = Command::new("date")
        .args(["-u", "-d", &format!("@{seconds}"), "+%Y-%m-%dT%H:%M:%S"])
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    format!("{}.{millis:03}Z", text.trim())
}
