//! Strings of header text as a client gets them.

use crate::encoded_word;
use crate::limits::MAX_QUOTED;
use std::borrow::Cow;

/// How text that is not ASCII may be written to a client.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Rendering {
    /// For IMAP4rev1: 7-bit only. What is not ASCII becomes encoded words (RFC 2047).
    Ascii,
    /// After IMAP4rev2 or `UTF8=ACCEPT` (RFC 6855): UTF-8 in quoted strings and literals.
    Utf8,
}

/// Where an encoded word may stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// In running text: words that are ASCII stay as they are.
    Text,
    /// In a value that is one thing: all of it is encoded.
    Value,
}

/// Writes `NIL` or a string.
pub(crate) fn nstring(out: &mut Vec<u8>, text: Option<&[u8]>, rendering: Rendering) {
    match text {
        Some(text) => string(out, text, Place::Text, rendering),
        None => out.extend_from_slice(b"NIL"),
    }
}

/// Writes header text as a quoted string, or a literal if it is long. Octets that are not UTF-8
/// are read as windows-1252; NUL is left out, line ends become spaces.
pub(crate) fn string(out: &mut Vec<u8>, text: &[u8], place: Place, rendering: Rendering) {
    let text = encoded_word::escape_raw(text);
    let text = clean(&text);
    if rendering == Rendering::Utf8 || text.is_ascii() {
        return quoted_or_literal(out, text.as_bytes());
    }
    let encoded = match place {
        Place::Text => encoded_word::encode_text(&text),
        Place::Value => encoded_word::encode_value(&text),
    };
    quoted_or_literal(out, encoded.as_bytes());
}

fn clean(text: &[u8]) -> Cow<'_, str> {
    let text = lenient(text);
    if !text.bytes().any(|octet| matches!(octet, 0 | b'\r' | b'\n')) {
        return text;
    }
    let kept = text.chars().filter(|&c| c != '\0');
    Cow::Owned(
        kept.map(|c| if matches!(c, '\r' | '\n') { ' ' } else { c })
            .collect(),
    )
}

/// UTF-8 as it is, and every octet that is not part of it as windows-1252.
pub(crate) fn lenient(text: &[u8]) -> Cow<'_, str> {
    if let Ok(text) = std::str::from_utf8(text) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len().saturating_mul(2));
    for chunk in text.utf8_chunks() {
        out.push_str(chunk.valid());
        let (invalid, _) = encoding_rs::WINDOWS_1252.decode_without_bom_handling(chunk.invalid());
        out.push_str(&invalid);
    }
    Cow::Owned(out)
}

fn quoted_or_literal(out: &mut Vec<u8>, text: &[u8]) {
    if text.len() > MAX_QUOTED {
        out.extend_from_slice(format!("{{{}}}\r\n", text.len()).as_bytes());
        out.extend_from_slice(text);
        return;
    }
    out.push(b'"');
    for &octet in text {
        if matches!(octet, b'"' | b'\\') {
            out.push(b'\\');
        }
        out.push(octet);
    }
    out.push(b'"');
}

pub(crate) fn number(out: &mut Vec<u8>, value: u32) {
    out.extend_from_slice(value.to_string().as_bytes());
}
