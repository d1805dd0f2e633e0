//! Encoded words (RFC 2047): written for clients that know only ASCII, read for SEARCH.

use crate::charset;
use crate::transfer::{base64, encode_base64, unescape};
use crate::wire::lenient;
use std::borrow::Cow;

/// How many octets of UTF-8 one encoded word takes: 12 of its 75 characters are its frame, and
/// base64 makes four of three.
const WORD: usize = 45;

/// Encodes the words of `text` that are not ASCII, each run of them together; between words goes
/// one space. Words that are encoded already stay.
pub(crate) fn encode_text(text: &str) -> String {
    let words: Vec<&str> = text.split_ascii_whitespace().collect();
    let mut out = String::with_capacity(text.len().saturating_mul(2));
    let mut after_encoded = false;
    let mut runs = words
        .chunk_by(|a, b| a.is_ascii() == b.is_ascii())
        .peekable();
    while let Some(run) = runs.next() {
        if !out.is_empty() {
            out.push(' ');
        }
        let joined = run.join(" ");
        if joined.is_ascii() {
            out.push_str(&joined);
            after_encoded = run.last().is_some_and(|word| is_encoded(word));
            continue;
        }
        let next = runs.peek().and_then(|run| run.first());
        let before_encoded = next.is_some_and(|word| is_encoded(word));
        // A space between two encoded words is not shown, so it has to be inside one of them.
        let space = |wanted| if wanted { " " } else { "" };
        let run = format!("{}{joined}{}", space(after_encoded), space(before_encoded));
        encode_run(&run, &mut out);
        after_encoded = true;
    }
    out
}

/// Escapes raw octets inside encoded words in the Q encoding, where only their charset tells what
/// they mean.
pub(crate) fn escape_raw(text: &[u8]) -> Cow<'_, [u8]> {
    if text.is_ascii() || memchr::memmem::find(text, b"=?").is_none() {
        return Cow::Borrowed(text);
    }
    let mut out = Vec::with_capacity(text.len());
    for word in text.split_inclusive(|&octet| octet == b' ') {
        let parsed = EncodedWord::parse(word);
        let quoted = parsed.is_some_and(|word| !word.base64 && word.after.trim_ascii().is_empty());
        for &octet in word {
            if quoted && !octet.is_ascii() {
                out.extend_from_slice(format!("={octet:02X}").as_bytes());
            } else {
                out.push(octet);
            }
        }
    }
    Cow::Owned(out)
}

/// Encodes all of `text`.
pub(crate) fn encode_value(text: &str) -> String {
    let mut out = String::with_capacity(text.len().saturating_mul(2));
    encode_run(text, &mut out);
    out
}

fn is_encoded(word: &str) -> bool {
    word.len() > 6 && word.starts_with("=?") && word.ends_with("?=")
}

/// Writes encoded words of at most 75 characters, none of which splits a character.
fn encode_run(text: &str, out: &mut String) {
    let mut rest = text;
    let mut word = Vec::new();
    while !rest.is_empty() {
        let (now, later) = rest
            .split_at_checked(rest.floor_char_boundary(WORD))
            .unwrap_or((rest, ""));
        word.clear();
        encode_base64(now.as_bytes(), &mut word);
        out.push_str("=?UTF-8?B?");
        out.extend(word.iter().copied().map(char::from));
        out.push_str("?=");
        if !later.is_empty() {
            out.push(' ');
        }
        rest = later;
    }
}

/// Decodes the encoded words of one unfolded field. White space between two of them is left
/// out; neighbours in one charset are decoded together, because some writers split characters.
pub(crate) fn decode(text: &[u8]) -> String {
    let mut out = String::with_capacity(text.len());
    let mut pending = Pending::default();
    let mut rest = text;
    // Past the last end mark nothing is a word; looking for it again and again would be quadratic.
    let last_end = memchr::memmem::rfind(text, b"?=").unwrap_or(0);
    while let Some(at) = memchr::memmem::find(rest, b"=?") {
        if text.len().saturating_sub(rest.len()) > last_end {
            break;
        }
        let (before, word) = rest.split_at_checked(at).unwrap_or((rest, &[]));
        let Some(parsed) = EncodedWord::parse(word) else {
            let (mark, after) = word.split_at_checked(2).unwrap_or((word, &[]));
            pending.plain(before, &mut out);
            pending.plain(mark, &mut out);
            rest = after;
            continue;
        };
        if !pending.is_open() || !before.trim_ascii().is_empty() {
            pending.plain(before, &mut out);
        }
        pending.word(&parsed, &mut out);
        rest = parsed.after;
    }
    pending.plain(rest, &mut out);
    pending.flush(&mut out);
    out
}

/// The octets of encoded words that wait for a neighbour in the same charset, then plain text.
#[derive(Default)]
struct Pending {
    charset: Option<Vec<u8>>,
    octets: Vec<u8>,
}

impl Pending {
    fn is_open(&self) -> bool {
        self.charset.is_some()
    }

    fn word(&mut self, word: &EncodedWord<'_>, out: &mut String) {
        let same = |charset: &Vec<u8>| charset.eq_ignore_ascii_case(word.charset);
        if !self.charset.as_ref().is_some_and(same) {
            self.flush(out);
        }
        self.charset.get_or_insert_with(|| word.charset.to_vec());
        word.decode(&mut self.octets);
    }

    fn plain(&mut self, text: &[u8], out: &mut String) {
        if !text.is_empty() {
            self.flush(out);
            out.push_str(&lenient(text));
        }
    }

    fn flush(&mut self, out: &mut String) {
        if let Some(charset) = self.charset.take() {
            out.push_str(&charset::decode_leniently(&charset, &self.octets));
            self.octets.clear();
        }
    }
}

struct EncodedWord<'a> {
    charset: &'a [u8],
    base64: bool,
    text: &'a [u8],
    after: &'a [u8],
}

impl<'a> EncodedWord<'a> {
    /// The encoded word that `octets` begin with.
    fn parse(octets: &'a [u8]) -> Option<Self> {
        let (charset, rest) = cut(octets.strip_prefix(b"=?")?, MAX_CHARSET)?;
        let (method, rest) = cut(rest, 1)?;
        let base64 = match method {
            b"B" | b"b" => true,
            b"Q" | b"q" => false,
            _ => return None,
        };
        // Looked for last: what is found is taken, so nothing is looked through twice.
        let end = memchr::memmem::find(rest, b"?=")?;
        let (text, after) = rest.split_at_checked(end)?;
        Some(Self {
            // A language may follow the charset (RFC 2231 section 5).
            charset: charset.split(|&octet| octet == b'*').next()?,
            base64,
            text,
            after: after.get(2..)?,
        })
    }

    fn decode(&self, out: &mut Vec<u8>) {
        if self.base64 {
            out.append(&mut base64(self.text));
            return;
        }
        let spaced: Vec<u8> = self
            .text
            .iter()
            .map(|&o| if o == b'_' { b' ' } else { o })
            .collect();
        unescape(&spaced, b'=', out);
    }
}

/// Names of charsets are short; a bound keeps a flood of `=?` linear.
const MAX_CHARSET: usize = 80;

/// What is before a `?` among the first octets, and what is after it.
fn cut(octets: &[u8], most: usize) -> Option<(&[u8], &[u8])> {
    let near = octets.get(..most.saturating_add(1)).unwrap_or(octets);
    let at = memchr::memchr(b'?', near)?;
    Some((octets.get(..at)?, octets.get(at.saturating_add(1)..)?))
}
