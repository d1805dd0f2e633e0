//! Content-Transfer-Encoding (RFC 2045 section 6): quoted-printable and base64, read leniently.

use std::borrow::Cow;
use std::fmt;

/// How a part's content is encoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// `7bit`, `8bit`, `binary`, or nothing said: the octets are the content.
    Identity,
    /// `quoted-printable`.
    QuotedPrintable,
    /// `base64`.
    Base64,
    /// Some other name.
    Unknown,
}

impl Encoding {
    /// The encoding of a `Content-Transfer-Encoding` token.
    pub(crate) fn of(token: &[u8]) -> Self {
        let is = |name: &[u8]| token.eq_ignore_ascii_case(name);
        // No encoding begins with a digit but these two, however they are misspelt.
        let bits = matches!(token.first(), None | Some(b'7' | b'8'));
        if bits || is(b"binary") {
            Self::Identity
        } else if is(b"quoted-printable") {
            Self::QuotedPrintable
        } else if is(b"base64") {
            Self::Base64
        } else {
            Self::Unknown
        }
    }
}

/// The content's encoding is not known, so it cannot be decoded: `[UNKNOWN-CTE]` (RFC 3516).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnknownCte;

impl fmt::Display for UnknownCte {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("unknown content transfer encoding")
    }
}

impl std::error::Error for UnknownCte {}

/// The content that `octets` encode. Damage never fails: octets that have no place in base64 are
/// left out, `=` that begins no quoted-printable escape stands for itself.
///
/// # Errors
/// [`UnknownCte`] for [`Encoding::Unknown`].
pub fn decode_transfer(octets: &[u8], encoding: Encoding) -> Result<Cow<'_, [u8]>, UnknownCte> {
    match encoding {
        Encoding::Identity => Ok(Cow::Borrowed(octets)),
        Encoding::QuotedPrintable => Ok(Cow::Owned(quoted_printable(octets))),
        Encoding::Base64 => Ok(Cow::Owned(base64(octets))),
        Encoding::Unknown => Err(UnknownCte),
    }
}

/// Decodes quoted-printable (RFC 2045 section 6.7).
pub(crate) fn quoted_printable(octets: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(octets.len());
    for line in octets.split_inclusive(|&octet| octet == b'\n') {
        quoted_printable_line(line, &mut out);
    }
    out
}

/// White space before a line's end is not content (rule 3); `=` before it joins the next line.
fn quoted_printable_line(line: &[u8], out: &mut Vec<u8>) {
    let text = crate::header::without_line_end(line);
    let ended = text.len() < line.len();
    let text = if ended { trim_blanks_end(text) } else { text };
    match text.strip_suffix(b"=") {
        Some(joined) => unescape(joined, b'=', out),
        None => {
            unescape(text, b'=', out);
            if ended {
                out.extend_from_slice(line_end(line));
            }
        }
    }
}

fn trim_blanks_end(text: &[u8]) -> &[u8] {
    let kept = text
        .iter()
        .rposition(|octet| !matches!(octet, b' ' | b'\t'));
    text.get(..kept.map_or(0, |at| at.saturating_add(1)))
        .unwrap_or(text)
}

fn line_end(line: &[u8]) -> &[u8] {
    if line.ends_with(b"\r\n") {
        b"\r\n"
    } else {
        b"\n"
    }
}

/// Replaces `mark` and two hexadecimal digits with the octet that they name.
pub(crate) fn unescape(text: &[u8], mark: u8, out: &mut Vec<u8>) {
    let mut rest = text;
    while let Some(at) = memchr::memchr(mark, rest) {
        out.extend_from_slice(rest.get(..at).unwrap_or_default());
        let after = crate::header::tail(rest, at.saturating_add(1));
        match after {
            [high, low, ..] if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() => {
                out.push(hex(*high) << 4 | hex(*low));
                rest = crate::header::tail(after, 2);
            }
            _ => {
                out.push(mark);
                rest = after;
            }
        }
    }
    out.extend_from_slice(rest);
}

fn hex(digit: u8) -> u8 {
    char::from(digit)
        .to_digit(16)
        .and_then(|value| u8::try_from(value).ok())
        .unwrap_or(0)
}

/// Decodes base64 (RFC 2045 section 6.8).
pub(crate) fn base64(octets: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(octets.len() / 4 * 3);
    let mut decoder = Base64::default();
    decoder.push(octets, &mut out);
    out
}

/// A base64 decoder that may be fed in pieces.
#[derive(Debug, Default)]
pub(crate) struct Base64 {
    group: u32,
    digits: u8,
}

impl Base64 {
    pub(crate) fn push(&mut self, octets: &[u8], out: &mut Vec<u8>) {
        for &octet in octets {
            match digit(octet) {
                Some(value) => self.digit(value, out),
                // Padding ends a group; another encoded text may follow it.
                None if octet == b'=' => *self = Self::default(),
                None => {}
            }
        }
    }

    /// An octet is put out as soon as its eight bits are there.
    fn digit(&mut self, value: u8, out: &mut Vec<u8>) {
        self.group = self.group << 6 | u32::from(value);
        self.digits = (self.digits + 1) % 4;
        match self.digits {
            2 => out.push((self.group >> 4) as u8),
            3 => out.push((self.group >> 2) as u8),
            0 => {
                out.push(self.group as u8);
                self.group = 0;
            }
            _ => {}
        }
    }
}

fn digit(octet: u8) -> Option<u8> {
    match octet {
        b'A'..=b'Z' => Some(octet - b'A'),
        b'a'..=b'z' => Some(octet - b'a' + 26),
        b'0'..=b'9' => Some(octet - b'0' + 52),
        b'+' => Some(62),
        b'/' => Some(63),
        _ => None,
    }
}

/// Encodes base64 with padding, without line ends.
pub(crate) fn encode_base64(octets: &[u8], out: &mut Vec<u8>) {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for chunk in octets.chunks(3) {
        let at = |index: usize| u32::from(chunk.get(index).copied().unwrap_or(0));
        let group = at(0) << 16 | at(1) << 8 | at(2);
        for index in 0..4_usize {
            let value = (group >> (18 - 6 * index)) & 63;
            out.push(match ALPHABET.get(value as usize) {
                Some(&letter) if index <= chunk.len() => letter,
                _ => b'=',
            });
        }
    }
}
