//! Why a command could not be parsed.

use super::cursor::{Cursor, Upper};
use crate::command::Tag;

/// What kind of error it is. All are the client's doing; the answer is BAD.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorKind {
    /// There is no such command.
    UnknownCommand,
    /// Not what the grammar has at this place.
    Syntax,
    /// Right by a standard, but not understood here.
    Unsupported,
    /// More of something than is accepted: nesting, search keys, data items.
    Limit,
}

/// A command that could not be parsed. Its `Display` form is fit for the text of a BAD response:
/// it holds nothing that the client sent but the command's name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParseError {
    /// The command's tag, if it could be read.
    pub tag: Option<Tag>,
    /// The command's name in upper case, if it is made of letters and digits and one could be
    /// read.
    pub command: Option<String>,
    /// What kind of error it is.
    pub kind: ErrorKind,
    /// What was expected instead.
    pub expected: &'static str,
    /// At which octet of the frame, from 0.
    pub position: usize,
}

impl ParseError {
    pub(super) fn new(tag: Option<Tag>, name: Option<Upper>, fault: Fault) -> Self {
        Self {
            tag,
            command: name.and_then(|name| name.to_word()),
            kind: fault.kind,
            expected: fault.expected,
            position: fault.position,
        }
    }
}

impl std::fmt::Display for ParseError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let name = self.command.as_deref().unwrap_or("command");
        let (expected, position) = (self.expected, self.position);
        match self.kind {
            ErrorKind::UnknownCommand => write!(f, "Unknown command"),
            ErrorKind::Syntax => write!(f, "{name}: expected {expected} at octet {position}"),
            ErrorKind::Unsupported => {
                write!(
                    f,
                    "{name}: not supported here, expected {expected} at octet {position}"
                )
            }
            ErrorKind::Limit => write!(f, "{name}: too much for one command, at most {expected}"),
        }
    }
}

impl std::error::Error for ParseError {}

/// [`ParseError`] before the tag is put to it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Fault {
    pub(super) kind: ErrorKind,
    pub(super) expected: &'static str,
    pub(super) position: usize,
}

pub(super) type Parsed<T> = Result<T, Fault>;

/// Something else was expected where the cursor is.
pub(super) fn syntax(cursor: &Cursor<'_>, expected: &'static str) -> Fault {
    cursor.fault_of(ErrorKind::Syntax, expected)
}

/// What is there is of an extension that is not supported.
pub(super) fn unsupported(cursor: &Cursor<'_>, expected: &'static str) -> Fault {
    cursor.fault_of(ErrorKind::Unsupported, expected)
}

/// An option that is none of `expected`: a word is taken for one of an extension.
pub(super) fn unknown_option(cursor: &Cursor<'_>, expected: &'static str) -> Fault {
    let word = cursor.peek().is_some_and(|b| b.is_ascii_alphabetic());
    let kind = if word {
        ErrorKind::Unsupported
    } else {
        ErrorKind::Syntax
    };
    cursor.fault_of(kind, expected)
}

/// More than `most`.
pub(super) fn limit(cursor: &Cursor<'_>, most: &'static str) -> Fault {
    cursor.fault_of(ErrorKind::Limit, most)
}
