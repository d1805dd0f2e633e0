//! What an account holds, read over IMAP, in a form that can be compared.

use crate::imap::{Client, literals};
use std::collections::{BTreeMap, BTreeSet};

/// System flags of a message, as `\Seen`, without `\Recent`, which belongs to a session.
pub type Flags = BTreeSet<String>;

/// Messages by folder name; each folder's sorted.
pub type Folders = BTreeMap<String, Vec<Message>>;

/// A message as both sides of a synchronization must have it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Message {
    /// Its octets, with CRLF.
    pub octets: Vec<u8>,
    /// Its flags.
    pub flags: Flags,
}

impl std::fmt::Debug for Message {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "{:?} {:?}",
            self.flags,
            String::from_utf8_lossy(&self.octets)
        )
    }
}

/// A short message with this subject and `Message-ID`.
pub fn message(subject: &str) -> Vec<u8> {
    let id = subject.replace(' ', ".");
    format!(
        "Date: Tue, 03 Mar 2026 10:20:30 +0000\r\n\
         From: Sender <sender@example.org>\r\n\
         To: Ada <ada@example.test>\r\n\
         Message-ID: <{id}@example.org>\r\n\
         Subject: {subject}\r\n\
         \r\n\
         This is the text of {subject}.\r\n\
         .A line with a dot before it\r\n"
    )
    .into_bytes()
}

/// Everything that the account has, folder by folder. It selects each, and sets no flag.
///
/// # Panics
/// When a command is refused.
pub fn folders(client: &mut Client) -> Folders {
    let listed = client.command(r#"LIST "" "*""#);
    let names = listed.iter().filter_map(|line| listed_name(line));
    let names: Vec<String> = names.collect();
    names
        .into_iter()
        .map(|name| (name.clone(), messages(client, &name)))
        .collect()
}

/// The name in `* LIST (…) "/" name`, unless it cannot be selected.
fn listed_name(line: &str) -> Option<String> {
    let (attributes, rest) = line.strip_prefix("* LIST (")?.split_once(") ")?;
    let lower = attributes.to_ascii_lowercase();
    if lower.contains("\\noselect") || lower.contains("\\nonexistent") {
        return None;
    }
    let (_, name) = rest.split_once(' ')?;
    Some(name.trim_matches('"').to_owned())
}

fn messages(client: &mut Client, folder: &str) -> Vec<Message> {
    let examined = client.command(&format!("EXAMINE \"{folder}\""));
    if examined.iter().any(|line| line == "* 0 EXISTS") {
        return Vec::new();
    }
    let reply = client.ok("FETCH 1:* (FLAGS BODY.PEEK[])");
    let fetches = reply
        .untagged
        .iter()
        .filter(|line| literals(line).len() == 1);
    let mut messages: Vec<Message> = fetches.map(|line| fetched(line)).collect();
    messages.sort();
    messages
}

fn fetched(reply: &[u8]) -> Message {
    let octets = literals(reply).remove(0);
    // FLAGS stand before the literal or after it, not within.
    let text = String::from_utf8_lossy(reply).replace(&*String::from_utf8_lossy(&octets), "");
    let (_, rest) = text.split_once("FLAGS (").expect("FLAGS in the reply");
    let flags = rest.split(')').next().unwrap_or_default().split(' ');
    let kept = flags.filter(|flag| flag.starts_with('\\') && *flag != "\\Recent");
    Message {
        octets,
        flags: kept.map(str::to_owned).collect(),
    }
}

/// The user's and the group's number in `/etc/passwd`.
pub(crate) fn user(name: &str) -> (u32, u32) {
    let text = std::fs::read_to_string("/etc/passwd").unwrap();
    let line = text
        .lines()
        .find(|line| line.split(':').next() == Some(name))
        .unwrap();
    let number = |at| {
        line.split(':')
            .nth(at)
            .and_then(|field| field.parse().ok())
            .unwrap()
    };
    (number(2), number(3))
}
