//! The beginning of a message's text, for lists of messages: PREVIEW, RFC 8970.

mod entity;
mod html;

use crate::charset::decode_leniently;
use crate::limits::PREVIEW_CHARACTERS;
use crate::mime::{Content, Media};
use crate::transfer::{Encoding, decode_transfer};
use crate::wire;
use std::ops::Range;

/// A part that may have text, as ranges of the message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TextPart {
    /// Its header, which for a message without parts is the message's own.
    pub header: Range<u32>,
    /// Its content as stored.
    pub body: Range<u32>,
    /// How the content is encoded.
    pub encoding: Encoding,
}

/// What a part gives for a preview, on one line and without markup: at most
/// [`PREVIEW_CHARACTERS`] characters. `body` may be just the beginning of the content. Empty: the
/// part has no text, is an attachment, or is of a type that is not for reading.
#[must_use]
pub fn preview(header: &[u8], encoding: Encoding, body: &[u8]) -> String {
    let content = Content::of(header);
    let media = content.media_type().unwrap_or_else(Media::plain_text);
    let Some(format) = format(&media).filter(|_| !is_attachment(&content)) else {
        return String::new();
    };
    let Ok(octets) = decode_transfer(body, encoding) else {
        return String::new();
    };
    let text = text(&media, &octets);
    match format {
        Format::Html => html::preview(&text),
        Format::Plain => plain(&text),
    }
}

enum Format {
    Plain,
    Html,
}

fn format(media: &Media) -> Option<Format> {
    if !media.is(b"text") {
        return None;
    }
    match media.subtype.to_ascii_lowercase().as_slice() {
        b"html" | b"x-html" => Some(Format::Html),
        b"plain" | b"markdown" => Some(Format::Plain),
        _ => None,
    }
}

fn is_attachment(content: &Content<'_>) -> bool {
    let disposition = content.disposition.unwrap_or_default().trim_ascii_start();
    let word = disposition.get(..b"attachment".len());
    word.is_some_and(|word| word.eq_ignore_ascii_case(b"attachment"))
}

/// Text that says it is ASCII, or says nothing, is often UTF-8.
fn text(media: &Media, octets: &[u8]) -> String {
    let label = media.parameter(b"charset");
    match label.as_deref() {
        Some(label) if !label.eq_ignore_ascii_case(b"us-ascii") => decode_leniently(label, octets),
        _ => wire::lenient(octets).into_owned(),
    }
}

/// The lines that are no quotation; the quotation where there is nothing else.
fn plain(text: &str) -> String {
    if text.trim_start().starts_with("-----BEGIN PGP MESSAGE-----") {
        return String::new();
    }
    let own = text.lines().filter(|line| !line.starts_with('>'));
    let own = joined(own);
    match own.is_empty() {
        true => joined(text.lines().map(|line| line.trim_start_matches(['>', ' ']))),
        false => own,
    }
}

fn joined<'t>(lines: impl Iterator<Item = &'t str>) -> String {
    let mut line = Line::default();
    for text in lines {
        line.push(text);
        line.space();
        if line.is_full() {
            break;
        }
    }
    line.text
}

/// One line that fills up: white space and controls become single spaces, what has no width and
/// what turns the direction of writing is left out.
#[derive(Default)]
struct Line {
    text: String,
    characters: usize,
    /// A space is due before the next character.
    space: bool,
}

impl Line {
    fn is_full(&self) -> bool {
        self.characters >= PREVIEW_CHARACTERS
    }

    fn space(&mut self) {
        self.space = true;
    }

    fn push(&mut self, text: &str) {
        for c in text.chars() {
            if self.is_full() {
                return;
            }
            self.push_one(c);
        }
    }

    fn push_one(&mut self, c: char) {
        if c.is_whitespace() || c.is_control() {
            return self.space();
        }
        let between = self.space || self.text.is_empty();
        if is_left_out(c) || (between && is_joiner(c)) {
            return;
        }
        let space = self.space && !self.text.is_empty();
        self.space = false;
        self.characters += 1 + usize::from(space);
        // A space with no room after it would end the line.
        if self.characters > PREVIEW_CHARACTERS {
            return;
        }
        if space {
            self.text.push(' ');
        }
        self.text.push(c);
    }
}

fn is_left_out(c: char) -> bool {
    matches!(
        c,
        '\u{ad}'
            | '\u{34f}'
            | '\u{200b}'
            | '\u{2060}'
            | '\u{feff}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2066}'..='\u{2069}'
    )
}

/// Writers of newsletters pad with these; within a word they have a meaning.
fn is_joiner(c: char) -> bool {
    matches!(c, '\u{200c}' | '\u{200d}' | '\u{2007}')
}
