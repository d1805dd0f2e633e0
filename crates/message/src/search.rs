//! SEARCH in decoded text: substrings without regard to case or composition.

use crate::charset::Charset;
use crate::collation::Collation;
use crate::encoded_word;
use crate::fuzzy::{FuzzyPattern, Scan};
use crate::header::{Field, fields, unfold};
use crate::mime::Content;
use crate::transfer::{Base64, Encoding, quoted_printable};
use crate::tree::{Kind, Part, Tree};
use crate::{utf7, wire};
use memchr::memmem;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::canonical_combining_class;

/// What is searched for, folded once.
///
/// Text and pattern are compared as in `i;unicode-casemap` (RFC 5051), with full case folding:
/// each character's compatibility decomposition (NFKD), without case. So `ß` finds `SS`, `é` finds `e` with U+0301, and `ﬁ` finds `fi`; and `e` finds `é`.
#[derive(Debug, Clone)]
pub struct Pattern {
    collation: Collation,
    finder: memmem::Finder<'static>,
}

impl Pattern {
    /// A pattern for this text, already decoded from the command's charset.
    #[must_use]
    pub fn new(text: &str) -> Self {
        Self::collated(text, Collation::default())
    }

    /// The same, compared as this collation says.
    #[must_use]
    pub fn collated(text: &str, collation: Collation) -> Self {
        let mut folded = Vec::with_capacity(text.len());
        fold(text, collation, &mut folded);
        Self {
            collation,
            finder: memmem::Finder::new(&folded).into_owned(),
        }
    }

    /// Whether it is found everywhere.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.finder.needle().is_empty()
    }
}

/// Appends the form of `text` that is compared. ASCII characters never combine with what is
/// before them, so runs of them are folded for themselves, which is fast.
fn fold(text: &str, collation: Collation, out: &mut Vec<u8>) {
    if collation != Collation::UnicodeCasemap {
        return out.extend_from_slice(&collation.key(text));
    }
    let mut rest = text;
    while !rest.is_empty() {
        let ascii = rest.bytes().position(|octet| !octet.is_ascii());
        let (plain, later) = split(rest, ascii);
        let from = out.len();
        out.extend_from_slice(plain.as_bytes());
        out.get_mut(from..)
            .unwrap_or_default()
            .make_ascii_lowercase();
        let (other, later) = split(later, later.bytes().position(|octet| octet.is_ascii()));
        fold_other(other, out);
        rest = later;
    }
}

fn split(text: &str, at: Option<usize>) -> (&str, &str) {
    text.split_at_checked(at.unwrap_or(text.len()))
        .unwrap_or((text, ""))
}

fn fold_other(text: &str, out: &mut Vec<u8>) {
    let lower = text.nfkd().flat_map(char::to_lowercase);
    // Upper and then lower case is the full case folding of what is in lower case.
    let folded = lower
        .flat_map(char::to_uppercase)
        .flat_map(char::to_lowercase);
    let mut buffer = [0; 4];
    for c in folded {
        out.extend_from_slice(c.encode_utf8(&mut buffer).as_bytes());
    }
}

/// How much is decoded at a time, in octets: memory stays flat however large a part is.
const PIECE: usize = 64 * 1024;

/// How much text waits at most for the characters that may combine with its end, in octets.
const CARRY: usize = 1024;

/// Looks for something in text that comes in pieces.
trait Sink {
    fn push(&mut self, text: &str);

    /// Whether more text changes nothing.
    fn is_done(&self) -> bool;
}

impl Sink for &mut Scan<'_> {
    fn push(&mut self, text: &str) {
        Scan::push(self, text);
    }

    fn is_done(&self) -> bool {
        Scan::is_done(self)
    }
}

/// Looks for a pattern in text that comes in pieces.
struct Matcher<'p> {
    pattern: &'p Pattern,
    /// Text whose last character may still combine with the next piece.
    carry: String,
    /// Folded text; its end stays for a match that goes on in the next piece.
    folded: Vec<u8>,
    found: bool,
}

impl<'p> Matcher<'p> {
    fn new(pattern: &'p Pattern) -> Self {
        Self {
            pattern,
            carry: String::new(),
            folded: Vec::new(),
            found: pattern.is_empty(),
        }
    }

    fn add(&mut self, text: &str) {
        // Marks that follow an ASCII character have no marks before them to be ordered with.
        if self.carry.is_empty()
            && text
                .bytes()
                .next_back()
                .is_none_or(|octet| octet.is_ascii())
        {
            return self.look(text);
        }
        self.carry.push_str(text);
        let last = self
            .carry
            .char_indices()
            .rev()
            .find(|&(_, c)| canonical_combining_class(c) == 0);
        let keep = last.map_or(0, |(at, _)| at);
        let keep = if self.carry.len().saturating_sub(keep) > CARRY {
            self.carry.len()
        } else {
            keep
        };
        let rest = self.carry.split_off(keep);
        let now = std::mem::replace(&mut self.carry, rest);
        self.look(&now);
    }

    fn look(&mut self, text: &str) {
        if self.found {
            return;
        }
        fold(text, self.pattern.collation, &mut self.folded);
        self.found = self.pattern.finder.find(&self.folded).is_some();
        let keep = self.pattern.finder.needle().len().saturating_sub(1);
        let gone = self.folded.len().saturating_sub(keep);
        self.folded.drain(..gone);
    }

    fn finish(mut self) -> bool {
        let rest = std::mem::take(&mut self.carry);
        self.look(&rest);
        self.found
    }
}

impl Sink for Matcher<'_> {
    fn push(&mut self, text: &str) {
        self.add(text);
    }

    fn is_done(&self) -> bool {
        self.found
    }
}

/// Whether a field's decoded value has the pattern.
pub(crate) fn in_field_value(value: &[u8], pattern: &Pattern) -> bool {
    let mut matcher = Matcher::new(pattern);
    matcher.push(&encoded_word::decode(&unfold(value)));
    matcher.finish()
}

/// Whether a header has the pattern in one of its fields, name and all.
fn in_header(header: &[u8], pattern: &Pattern) -> bool {
    fields(header).any(|field| in_field(&field, pattern))
}

fn in_field(field: &Field<'_>, pattern: &Pattern) -> bool {
    let mut matcher = Matcher::new(pattern);
    if !field.name.is_empty() {
        matcher.push(&wire::lenient(field.name));
        matcher.push(": ");
    }
    matcher.push(&encoded_word::decode(&unfold(field.value)));
    matcher.finish()
}

/// Which headers are searched beside the text of parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Headers {
    /// Those of enclosed messages: to the message around them they are content.
    Enclosed,
    /// Those of all parts, and the message's own.
    All,
}

/// Whether the decoded text of a message has the pattern.
pub(crate) fn in_parts(raw: &[u8], tree: &Tree, headers: Headers, pattern: &Pattern) -> bool {
    if pattern.is_empty() {
        return true;
    }
    // An enclosed message follows the part that it is in.
    let mut enclosed = false;
    tree.parts.iter().any(|part| {
        let with_header = enclosed || headers == Headers::All;
        enclosed = part.kind.encloses_message();
        (with_header && in_header(octets(raw, part.header_range()), pattern))
            || (part.kind == Kind::Text && in_text(raw, part, pattern))
    })
}

fn octets(raw: &[u8], range: std::ops::Range<u32>) -> &[u8] {
    raw.get(range.start as usize..range.end as usize)
        .unwrap_or_default()
}

fn in_text(raw: &[u8], part: &Part, pattern: &Pattern) -> bool {
    let header = octets(raw, part.header_range());
    let label = charset_label(header);
    decode(raw, part, label.as_deref(), Matcher::new(pattern)).finish()
}

fn decode<S: Sink>(raw: &[u8], part: &Part, label: Option<&[u8]>, sink: S) -> S {
    let mut text = Text::new(part.encoding, label, sink);
    for piece in pieces(octets(raw, part.body_range())) {
        text.push(piece);
        if text.sink.is_done() {
            return text.sink;
        }
    }
    text.finish()
}

/// A field's decoded value.
pub(crate) fn field_value(value: &[u8], scan: &mut Scan<'_>) {
    scan.push(&encoded_word::decode(&unfold(value)));
}

/// What is found elsewhere than in the subject is worth this much of a hundred.
const ELSEWHERE: u32 = 80;

/// How like the pattern the decoded text of a message is.
pub(crate) fn relevancy(
    raw: &[u8],
    tree: &Tree,
    headers: Headers,
    pattern: &FuzzyPattern,
) -> Option<u8> {
    let mut scan = Scan::new(pattern);
    let mut enclosed = false;
    for part in &tree.parts {
        let with_header = enclosed || headers == Headers::All;
        enclosed = part.kind.encloses_message();
        let header = octets(raw, part.header_range());
        for field in fields(header).filter(|_| with_header) {
            scan.begin(match field.name.eq_ignore_ascii_case(b"Subject") {
                true => 100,
                false => ELSEWHERE,
            });
            field_value(field.value, &mut scan);
        }
        if part.kind == Kind::Text {
            scan.begin(ELSEWHERE);
            let label = charset_label(header);
            decode(raw, part, label.as_deref(), &mut scan);
        }
        if scan.is_done() {
            break;
        }
    }
    scan.finish()
}

fn charset_label(header: &[u8]) -> Option<Vec<u8>> {
    let media = Content::of(header).media_type();
    media.and_then(|media| media.parameter(b"charset"))
}

/// Cuts at line ends where there are some, so that no escape is cut.
fn pieces(octets: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = octets;
    std::iter::from_fn(move || {
        let near = rest.get(..PIECE).unwrap_or(rest);
        let cut = match memchr::memrchr(b'\n', near) {
            _ if near.len() == rest.len() => rest.len(),
            Some(newline) => newline.saturating_add(1),
            None => without_escape(near),
        };
        let (piece, later) = rest.split_at_checked(cut)?;
        rest = later;
        (!piece.is_empty()).then_some(piece)
    })
}

/// Leaves a quoted-printable escape at the end to the next piece.
fn without_escape(piece: &[u8]) -> usize {
    let from = piece.len().saturating_sub(2);
    let last = piece.get(from..).unwrap_or_default();
    memchr::memrchr(b'=', last).map_or(piece.len(), |at| from.saturating_add(at))
}

/// Decodes a part piece by piece: first its transfer encoding, then its charset.
struct Text<S> {
    encoding: Encoding,
    base64: Base64,
    charset: Decoder,
    sink: S,
}

enum Decoder {
    Known(Box<encoding_rs::Decoder>),
    /// Each piece for itself: they end with a line unless the text has none.
    Utf7,
    /// UTF-8 or windows-1252, with the start of a character that the last piece ended with.
    Lenient(Vec<u8>),
}

impl<S: Sink> Text<S> {
    fn new(encoding: Encoding, label: Option<&[u8]>, sink: S) -> Self {
        let label = label.and_then(|label| std::str::from_utf8(label).ok());
        Self {
            encoding,
            base64: Base64::default(),
            charset: Decoder::new(label.and_then(|label| label.split_whitespace().next())),
            sink,
        }
    }

    fn push(&mut self, piece: &[u8]) {
        match self.encoding {
            Encoding::Identity | Encoding::Unknown => self.decoded(piece),
            Encoding::QuotedPrintable => self.decoded(&quoted_printable(piece)),
            Encoding::Base64 => {
                let mut out = Vec::with_capacity(piece.len());
                self.base64.push(piece, &mut out);
                self.decoded(&out);
            }
        }
    }

    fn decoded(&mut self, octets: &[u8]) {
        let text = self.charset.decode(octets, false);
        self.sink.push(&text);
    }

    fn finish(mut self) -> S {
        let text = self.charset.decode(&[], true);
        self.sink.push(&text);
        self.sink
    }
}

impl Decoder {
    /// Text that says it is ASCII, or says nothing, is often UTF-8.
    fn new(label: Option<&str>) -> Self {
        let ascii = label.is_none_or(|label| label.eq_ignore_ascii_case("us-ascii"));
        match label.filter(|_| !ascii).and_then(Charset::of) {
            Some(Charset::Known(encoding)) => Self::Known(Box::new(encoding.new_decoder())),
            Some(Charset::Utf7) => Self::Utf7,
            None => Self::Lenient(Vec::new()),
        }
    }

    fn decode(&mut self, octets: &[u8], last: bool) -> String {
        match self {
            Self::Known(decoder) => {
                let most = decoder.max_utf8_buffer_length(octets.len()).unwrap_or(0);
                let mut out = String::with_capacity(most);
                let _ = decoder.decode_to_string(octets, &mut out, last);
                out
            }
            Self::Utf7 => utf7::decode(octets),
            Self::Lenient(carry) => {
                carry.extend_from_slice(octets);
                let keep = if last { 0 } else { unfinished(carry) };
                let later = carry.split_off(carry.len().saturating_sub(keep));
                let now = std::mem::replace(carry, later);
                wire::lenient(&now).into_owned()
            }
        }
    }
}

/// How many octets at the end begin a character of UTF-8 and do not end it.
fn unfinished(octets: &[u8]) -> usize {
    let lead = octets.iter().rev().take(3).position(|&octet| octet >= 0xc0);
    let Some(after) = lead else {
        return 0;
    };
    let have = after.saturating_add(1);
    let need = match octets.iter().nth_back(after) {
        Some(0xf0..) => 4,
        Some(0xe0..) => 3,
        _ => 2,
    };
    if have < need { have } else { 0 }
}
