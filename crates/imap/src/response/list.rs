//! LIST, LSUB and STATUS responses: RFC 9051 section 7.3, RFC 5258, RFC 6154.

use super::text::{atom, mailbox, number};
use crate::command::StatusItem;
use crate::mailbox::Encoding;

/// What LIST says of a mailbox, RFC 9051 section 7.3.1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Attribute {
    /// `\NonExistent`
    NonExistent,
    /// `\Noinferiors`
    NoInferiors,
    /// `\Noselect`
    NoSelect,
    /// `\HasChildren`
    HasChildren,
    /// `\HasNoChildren`
    HasNoChildren,
    /// `\Marked`
    Marked,
    /// `\Unmarked`
    Unmarked,
    /// `\Subscribed`
    Subscribed,
    /// `\Remote`
    Remote,
    /// `\All`
    All,
    /// `\Archive`
    Archive,
    /// `\Drafts`
    Drafts,
    /// `\Flagged`
    Flagged,
    /// `\Junk`
    Junk,
    /// `\Sent`
    Sent,
    /// `\Trash`
    Trash,
}

impl Attribute {
    /// The attribute as it is written.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NonExistent => r"\NonExistent",
            Self::NoInferiors => r"\Noinferiors",
            Self::NoSelect => r"\Noselect",
            Self::HasChildren => r"\HasChildren",
            Self::HasNoChildren => r"\HasNoChildren",
            Self::Marked => r"\Marked",
            Self::Unmarked => r"\Unmarked",
            Self::Subscribed => r"\Subscribed",
            Self::Remote => r"\Remote",
            Self::All => r"\All",
            Self::Archive => r"\Archive",
            Self::Drafts => r"\Drafts",
            Self::Flagged => r"\Flagged",
            Self::Junk => r"\Junk",
            Self::Sent => r"\Sent",
            Self::Trash => r"\Trash",
        }
    }
}

/// One mailbox of a LIST response.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ListEntry<'a> {
    /// What is said of it.
    pub attributes: &'a [Attribute],
    /// Its name; empty (with [`Attribute::NoSelect`]) where only the separator is asked for.
    pub name: &'a str,
    /// `CHILDINFO ("SUBSCRIBED")` (RFC 5258 section 4): it does not match itself, but something
    /// below it is subscribed.
    pub subscribed_below: bool,
    /// `OLDNAME` (RFC 9051 section 7.3.1): what it was called in the command.
    pub old_name: Option<&'a str>,
}

/// Appends `* LIST (…) "/" name …`.
pub fn list(out: &mut Vec<u8>, encoding: Encoding, entry: &ListEntry<'_>) {
    mailbox_line(out, "* LIST (", encoding, entry.attributes, entry.name);
    let extended = entry.subscribed_below || entry.old_name.is_some();
    if extended {
        atom(out, " (");
        if entry.subscribed_below {
            atom(out, r#""CHILDINFO" ("SUBSCRIBED")"#);
        }
        if let Some(old) = entry.old_name {
            let space = if entry.subscribed_below { " " } else { "" };
            atom(out, space);
            atom(out, r#""OLDNAME" ("#);
            mailbox(out, old, encoding);
            out.push(b')');
        }
        out.push(b')');
    }
    atom(out, "\r\n");
}

/// Appends `* LSUB (…) "/" name` (RFC 3501).
pub fn lsub(out: &mut Vec<u8>, encoding: Encoding, attributes: &[Attribute], name: &str) {
    mailbox_line(out, "* LSUB (", encoding, attributes, name);
    atom(out, "\r\n");
}

fn mailbox_line(
    out: &mut Vec<u8>,
    start: &str,
    encoding: Encoding,
    attributes: &[Attribute],
    name: &str,
) {
    atom(out, start);
    for (i, attribute) in attributes.iter().enumerate() {
        if i > 0 {
            out.push(b' ');
        }
        atom(out, attribute.as_str());
    }
    atom(out, r#") "/" "#);
    mailbox(out, name, encoding);
}

impl StatusItem {
    /// The item as it is written.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Messages => "MESSAGES",
            Self::Recent => "RECENT",
            Self::UidNext => "UIDNEXT",
            Self::UidValidity => "UIDVALIDITY",
            Self::Unseen => "UNSEEN",
            Self::Deleted => "DELETED",
            Self::Size => "SIZE",
            Self::HighestModseq => "HIGHESTMODSEQ",
            Self::MailboxId => "MAILBOXID",
            Self::AppendLimit => "APPENDLIMIT",
            Self::DeletedStorage => "DELETED-STORAGE",
        }
    }
}

/// What STATUS tells of an item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StatusValue {
    /// A number.
    Number(u64),
    /// An object identifier (RFC 8474), in parentheses on the wire.
    ObjectId(String),
}

impl From<u64> for StatusValue {
    fn from(number: u64) -> Self {
        Self::Number(number)
    }
}

/// Appends `* STATUS name (ITEM n …)`.
pub fn status_data<V: Into<StatusValue>>(
    out: &mut Vec<u8>,
    encoding: Encoding,
    name: &str,
    items: impl IntoIterator<Item = (StatusItem, V)>,
) {
    atom(out, "* STATUS ");
    mailbox(out, name, encoding);
    atom(out, " (");
    for (i, (item, value)) in items.into_iter().enumerate() {
        if i > 0 {
            out.push(b' ');
        }
        atom(out, item.as_str());
        out.push(b' ');
        match value.into() {
            StatusValue::Number(n) => number(out, n),
            StatusValue::ObjectId(id) => {
                out.push(b'(');
                atom(out, &id);
                out.push(b')');
            }
        }
    }
    atom(out, ")\r\n");
}
