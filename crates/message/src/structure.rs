//! BODYSTRUCTURE and BODY (RFC 9051 section 7.5.2).

use crate::envelope::{self, Budget};
use crate::mime::{self, Content, Media, Parameters};
use crate::transfer::{Encoding, decode_transfer};
use crate::tree::{Kind, Part, Tree};
use crate::wire::{Place, Rendering, nstring, number, string};

/// Writes the structure of a message, with or without extension data.
pub(crate) fn write(
    raw: &[u8],
    tree: &Tree,
    out: &mut Vec<u8>,
    rendering: Rendering,
    extended: bool,
) {
    let writer = Writer {
        raw,
        tree,
        out,
        rendering,
        extended,
        budget: Budget::new(),
        decoded: None,
    };
    writer.write(0);
}

/// The same of one part, with extension data. `decoded`: as it is without its transfer encoding.
pub(crate) fn write_part(
    raw: &[u8],
    tree: &Tree,
    part: usize,
    out: &mut Vec<u8>,
    rendering: Rendering,
    decoded: bool,
) {
    let decoded = tree.part(part).filter(|_| decoded);
    let writer = Writer {
        raw,
        tree,
        out,
        rendering,
        extended: true,
        budget: Budget::new(),
        decoded: decoded.and_then(|part| Decoded::of(raw, part)),
    };
    writer.write(part);
}

/// What is told of a part's content when its transfer encoding is removed.
struct Decoded {
    encoding: &'static [u8],
    octets: u32,
    lines: u32,
}

/// RFC 5322 section 2.1.1: octets of a line of text.
const LINE: usize = 998;

impl Decoded {
    /// `None` where there is nothing to decode, or no way to.
    fn of(raw: &[u8], part: &Part) -> Option<Self> {
        let leaf = part.kind != Kind::Multipart && !part.kind.encloses_message();
        if !leaf || part.encoding == Encoding::Identity {
            return None;
        }
        let range = part.body_range();
        let encoded = raw.get(range.start as usize..range.end as usize)?;
        let content = decode_transfer(encoded, part.encoding).ok()?;
        Some(Self {
            encoding: domain(&content),
            octets: u32::try_from(content.len()).unwrap_or(u32::MAX),
            lines: memchr::memchr_iter(b'\n', &content).count() as u32,
        })
    }
}

/// RFC 2045 sections 2.7 to 2.9: the encoding that changes nothing, for what the content is.
fn domain(content: &[u8]) -> &'static [u8] {
    let is_line = |line: &[u8]| {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        line.len() <= LINE && !line.contains(&b'\r') && !line.contains(&0)
    };
    let ends_are_crlf = memchr::memchr_iter(b'\n', content)
        .all(|at| at.checked_sub(1).and_then(|before| content.get(before)) == Some(&b'\r'));
    match ends_are_crlf && content.split(|octet| *octet == b'\n').all(is_line) {
        false => b"BINARY",
        true if content.is_ascii() => b"7BIT",
        true => b"8BIT",
    }
}

impl Writer<'_, '_> {
    fn write(mut self, part: usize) {
        // What is still to be written, the next last: parts nest too deep to recurse.
        let mut steps = vec![Step::Part(part)];
        while let Some(step) = steps.pop() {
            self.step(step, &mut steps);
        }
    }
}

#[derive(Debug, Clone, Copy)]
enum Step {
    Part(usize),
    /// What follows the parts of a multipart.
    EndMultipart(usize),
    /// What follows the structure of an enclosed message.
    EndMessage(usize),
}

struct Writer<'a, 'o> {
    raw: &'a [u8],
    tree: &'a Tree,
    out: &'o mut Vec<u8>,
    rendering: Rendering,
    extended: bool,
    budget: Budget,
    /// Of the part that is written, which then has no parts.
    decoded: Option<Decoded>,
}

impl<'a> Writer<'a, '_> {
    fn step(&mut self, step: Step, steps: &mut Vec<Step>) {
        match step {
            Step::Part(index) => self.begin(index, steps),
            Step::EndMultipart(index) => self.end_multipart(index),
            Step::EndMessage(index) => self.end_message(index),
        }
    }

    fn begin(&mut self, index: usize, steps: &mut Vec<Step>) {
        let Some(part) = self.tree.part(index) else {
            return;
        };
        self.out.push(b'(');
        if part.kind == Kind::Multipart {
            steps.push(Step::EndMultipart(index));
            let first = steps.len();
            steps.extend(self.tree.children(index).map(Step::Part));
            steps.get_mut(first..).unwrap_or_default().reverse();
            return;
        }
        let content = Content::of(self.header(part));
        self.fields(part, &content);
        if self.shows_message(part)
            && let Some(child) = self.tree.children(index).next()
        {
            self.enclosed_envelope(child);
            steps.push(Step::EndMessage(index));
            steps.push(Step::Part(child));
            return;
        }
        if part.kind == Kind::Text {
            self.lines(part);
        }
        self.end_single(&content);
    }

    /// RFC 3501 knows no `message/global`: to its clients that is a type like any other.
    fn shows_message(&self, part: &Part) -> bool {
        part.kind == Kind::Message
            || (part.kind == Kind::Global && self.rendering == Rendering::Utf8)
    }

    fn header(&self, part: &Part) -> &'a [u8] {
        let range = part.header_range();
        self.raw
            .get(range.start as usize..range.end as usize)
            .unwrap_or_default()
    }

    /// `body-type` and `body-fields`.
    fn fields(&mut self, part: &Part, content: &Content<'_>) {
        let media = media(part, content);
        self.string(&media.kind);
        self.space();
        self.string(&media.subtype);
        self.space();
        self.media_parameters(&media);
        self.text(content.id);
        self.text(content.description);
        self.space();
        let stored = || (content.encoding_token(), part.octets());
        let decoded = self.decoded.as_ref();
        let (encoding, octets) = decoded.map_or_else(stored, |d| (d.encoding.to_vec(), d.octets));
        self.string(&encoding);
        self.space();
        number(self.out, octets);
    }

    /// Text has a charset even if its header names none: some clients want a list here.
    fn media_parameters(&mut self, media: &Media) {
        let named = |(name, _): &(Vec<u8>, Vec<u8>)| {
            name.eq_ignore_ascii_case(b"charset")
                || name.to_ascii_lowercase().starts_with(b"charset*")
        };
        if !media.is(b"text") || media.parameters.iter().any(named) {
            return self.parameters(&media.parameters);
        }
        let mut parameters = media.parameters.clone();
        parameters.push((b"charset".to_vec(), b"us-ascii".to_vec()));
        self.parameters(&parameters);
    }

    fn parameters(&mut self, parameters: &Parameters) {
        if parameters.is_empty() {
            self.out.extend_from_slice(b"NIL");
            return;
        }
        self.out.push(b'(');
        for (index, (name, value)) in parameters.iter().enumerate() {
            if index > 0 {
                self.space();
            }
            self.string(name);
            self.space();
            self.string(value);
        }
        self.out.push(b')');
    }

    fn enclosed_envelope(&mut self, child: usize) {
        let Some(part) = self.tree.part(child) else {
            return;
        };
        let header = self.header(part);
        self.space();
        envelope::write(self.out, header, self.rendering, &mut self.budget);
        self.space();
    }

    fn end_message(&mut self, index: usize) {
        let Some(part) = self.tree.part(index) else {
            return;
        };
        self.lines(part);
        self.end_single(&Content::of(self.header(part)));
    }

    fn lines(&mut self, part: &Part) {
        self.space();
        let decoded = self.decoded.as_ref();
        number(
            self.out,
            decoded.map_or(part.lines, |decoded| decoded.lines),
        );
    }

    /// `body-ext-1part`.
    fn end_single(&mut self, content: &Content<'_>) {
        if self.extended {
            self.text(content.md5);
            self.extension(content);
        }
        self.out.push(b')');
    }

    fn end_multipart(&mut self, index: usize) {
        let Some(part) = self.tree.part(index) else {
            return;
        };
        let content = Content::of(self.header(part));
        let media = media(part, &content);
        self.space();
        self.string(&media.subtype);
        if self.extended {
            self.space();
            self.parameters(&media.parameters);
            self.extension(&content);
        }
        self.out.push(b')');
    }

    /// Disposition, languages and location.
    fn extension(&mut self, content: &Content<'_>) {
        self.space();
        match content.disposition.and_then(mime::disposition) {
            Some((kind, parameters)) => {
                self.out.push(b'(');
                self.string(&kind);
                self.space();
                self.parameters(&parameters);
                self.out.push(b')');
            }
            None => self.out.extend_from_slice(b"NIL"),
        }
        self.space();
        self.languages(&content.language.map(mime::languages).unwrap_or_default());
        self.text(content.location);
    }

    fn languages(&mut self, tags: &[Vec<u8>]) {
        if tags.is_empty() {
            self.out.extend_from_slice(b"NIL");
            return;
        }
        self.out.push(b'(');
        for (index, tag) in tags.iter().enumerate() {
            if index > 0 {
                self.space();
            }
            self.string(tag);
        }
        self.out.push(b')');
    }

    fn space(&mut self) {
        self.out.push(b' ');
    }

    fn string(&mut self, text: &[u8]) {
        string(self.out, text, Place::Value, self.rendering);
    }

    /// A space and a field's text or NIL.
    fn text(&mut self, value: Option<&[u8]>) {
        self.space();
        nstring(self.out, mime::text(value).as_deref(), self.rendering);
    }
}

/// The type that a part is shown with: what its header says, unless it is not what it says.
fn media(part: &Part, content: &Content<'_>) -> Media {
    let said = || {
        content
            .media_type()
            .unwrap_or_else(|| mime::default_media(part.in_digest))
    };
    match part.kind {
        Kind::Opaque => Media::plain(b"application", b"octet-stream"),
        Kind::Text => Some(said())
            .filter(|media| media.is(b"text"))
            .unwrap_or_else(Media::plain_text),
        Kind::Multipart | Kind::Message | Kind::Global | Kind::Other => said(),
    }
}
