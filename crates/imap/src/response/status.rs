//! Status responses: RFC 9051 section 7.1.

use super::code::Code;
use super::text::atom;
use crate::command::Tag;

/// `OK`, `NO`, `BAD`, `PREAUTH` and `BYE`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Condition {
    /// Done.
    Ok,
    /// Could not be done.
    No,
    /// Not understood.
    Bad,
    /// A greeting: signed in already.
    Preauth,
    /// The connection ends.
    Bye,
}

impl Condition {
    fn name(self) -> &'static str {
        match self {
            Self::Ok => "OK",
            Self::No => "NO",
            Self::Bad => "BAD",
            Self::Preauth => "PREAUTH",
            Self::Bye => "BYE",
        }
    }

    /// What stands where the caller has no text: clients choke on none.
    fn default_text(self) -> &'static str {
        match self {
            Self::Ok => "Completed",
            Self::No => "Not possible",
            Self::Bad => "Not understood",
            Self::Preauth => "Ready",
            Self::Bye => "Closing the connection",
        }
    }
}

/// Appends a status response, untagged without `tag`. In `text`, control characters become
/// spaces and what is not ASCII a question mark; an empty text is replaced.
pub fn status(
    out: &mut Vec<u8>,
    tag: Option<&Tag>,
    condition: Condition,
    code: Option<&Code>,
    text: &str,
) {
    out.extend_from_slice(tag.map_or(b"*", Tag::as_bytes));
    out.push(b' ');
    atom(out, condition.name());
    out.push(b' ');
    if let Some(code) = code {
        code.write(out);
        out.push(b' ');
    }
    let text = match text.trim() {
        "" => condition.default_text(),
        text => text,
    };
    human_text(out, text, code.is_none());
    out.extend_from_slice(b"\r\n");
}

/// Appends text for people. Where no code stands before it, a `[` at its beginning would be
/// read as one.
pub(super) fn human_text(out: &mut Vec<u8>, text: &str, may_be_code: bool) {
    for (i, c) in text.chars().enumerate() {
        out.push(match c {
            '[' if i == 0 && may_be_code => b'(',
            ' '..='~' => u8::try_from(c).unwrap_or(b'?'),
            c if c.is_control() => b' ',
            _ => b'?',
        });
    }
}
