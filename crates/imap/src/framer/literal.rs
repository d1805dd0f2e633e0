//! What the end of a line announces: RFC 9051 section 4.3, RFC 7888.

use crate::command::Tag;

/// The longest end of a line that can announce a literal: `{`, 20 digits, `+`, `}`, CR, and
/// some room to see that there are more digits.
pub(super) const TAIL: usize = 32;

/// What the end of a line announces.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Announced {
    /// `None`: more than 64 bits.
    pub(super) size: Option<usize>,
    pub(super) sync: bool,
    /// Where in the line the `{` is.
    pub(super) at: usize,
}

/// Where the mailbox name begins, if the command is APPEND, REPLACE or UID REPLACE.
pub(super) fn append_arguments(buf: &[u8]) -> Option<usize> {
    // Not further than a tag can be long, or each literal would cost a look at all before it.
    let start = buf.get(..buf.len().min(Tag::MAX_LEN + 1))?;
    let name = memchr::memchr(b' ', start)?;
    let name = skip_spaces(buf, name)?;
    if let Some(arguments) = after_word(buf, name, b"APPEND") {
        return Some(arguments);
    }
    let name = after_word(buf, name, b"UID").unwrap_or(name);
    let number = after_word(buf, name, b"REPLACE")?;
    let few = buf.get(number..buf.len().min(number.checked_add(NUMBER)?))?;
    skip_spaces(buf, number.checked_add(memchr::memchr(b' ', few)?)?)
}

/// Octets of a message's number and the space after it.
const NUMBER: usize = 12;

/// What follows the word and the spaces after it.
fn after_word(buf: &[u8], at: usize, word: &[u8]) -> Option<usize> {
    let end = at.checked_add(word.len())?;
    let is_word = buf.get(at..end)?.eq_ignore_ascii_case(word) && buf.get(end) == Some(&b' ');
    if is_word { skip_spaces(buf, end) } else { None }
}

fn skip_spaces(buf: &[u8], at: usize) -> Option<usize> {
    let spaces = buf.get(at..)?.iter().take_while(|b| **b == b' ').count();
    at.checked_add(spaces)
}

/// Where the arguments begin, if the command is SETMETADATA.
pub(super) fn set_metadata_arguments(buf: &[u8]) -> Option<usize> {
    let start = buf.get(..buf.len().min(Tag::MAX_LEN + 1))?;
    let name = memchr::memchr(b' ', start)?;
    after_word(buf, skip_spaces(buf, name)?, b"SETMETADATA")
}

/// Whether the literal is what stands first at `from`.
pub(super) fn is_first_argument(buf: &[u8], from: usize, literal: Announced) -> bool {
    let before = buf.get(from..literal.at).unwrap_or_default();
    before.iter().all(|b| matches!(b, b' ' | b'~'))
}

pub(super) fn strip_cr(line: &[u8]) -> &[u8] {
    line.strip_suffix(b"\r").unwrap_or(line)
}

/// The literal that a line announces at its end.
pub(super) fn announced(line: &[u8]) -> Option<Announced> {
    let inner = line.strip_suffix(b"}")?;
    let (digits_end, sync) = match inner.strip_suffix(b"+") {
        Some(rest) => (rest, false),
        None => (inner, true),
    };
    let count = trailing_digits(digits_end);
    let at = digits_end.len().checked_sub(count)?.checked_sub(1)?;
    if count == 0 || digits_end.get(at) != Some(&b'{') {
        return None;
    }
    let size = digits_end.get(at.saturating_add(1)..).and_then(size_of);
    Some(Announced { size, sync, at })
}

/// As [`announced`], for the tail of a line whose beginning is gone: digits up to the cut count
/// as a literal of unknown size.
pub(super) fn announced_or_cut(tail: &[u8]) -> Option<Announced> {
    let cut = tail
        .strip_suffix(b"+}")
        .is_some_and(|d| d.len() == TAIL - 3 && trailing_digits(d) == d.len());
    let unknown = Announced {
        size: None,
        sync: false,
        at: 0,
    };
    if cut { Some(unknown) } else { announced(tail) }
}

fn trailing_digits(text: &[u8]) -> usize {
    text.iter().rev().take_while(|b| b.is_ascii_digit()).count()
}

/// At most 20 digits, as many as 64 bits can need.
fn size_of(digits: &[u8]) -> Option<usize> {
    if digits.len() > 20 {
        return None;
    }
    digits.iter().try_fold(0usize, |n, b| {
        n.checked_mul(10)?
            .checked_add(usize::from(b.wrapping_sub(b'0')))
    })
}
