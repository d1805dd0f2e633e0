//! What is computed once, at delivery, and kept beside a message.

use crate::limits::PREVIEW_PARTS;
use crate::message::Message;
use crate::preview::TextPart;
use crate::section::{BinaryPart, Located, SectionPath};
use crate::sort_keys::SortKeys;
use crate::transfer::Encoding;
use crate::tree::{Kind, Part, Tree};
use crate::wire::Rendering;
use std::ops::Range;

/// The form that [`Summary::encode`] writes.
const VERSION: u8 = 2;

/// The form without what SORT and THREAD compare.
const WITHOUT_SORT_KEYS: u8 = 1;

/// The rendered forms of a message, its date and where its parts are.
///
/// It never needs to be kept: [`Message::summary`] computes it again. Octets are told apart from
/// those of another version by a first octet, and from damaged ones by a checksum.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Summary {
    sent: Option<(i64, i16)>,
    /// Envelope, structure, body.
    ascii: [Vec<u8>; TEXTS],
    /// The same in UTF-8, where they differ.
    utf8: [Option<Vec<u8>>; TEXTS],
    /// `None` in what was stored before there were any.
    sort_keys: Option<SortKeys>,
    tree: Tree,
}

const TEXTS: usize = 3;
const ENVELOPE: usize = 0;
const STRUCTURE: usize = 1;
const BODY: usize = 2;

impl Summary {
    pub(crate) fn of(message: &Message<'_>, tree: &Tree) -> Self {
        let ascii = render(message, Rendering::Ascii);
        let mut utf8 = render(message, Rendering::Utf8).map(Some);
        for (utf8, ascii) in utf8.iter_mut().zip(&ascii) {
            *utf8 = utf8.take().filter(|utf8| utf8 != ascii);
        }
        Self {
            sent: message.sent_date(),
            ascii,
            utf8,
            sort_keys: Some(message.sort_keys()),
            tree: without_rendered(tree),
        }
    }

    /// The envelope as [`Message::envelope`] writes it.
    #[must_use]
    pub fn envelope(&self, rendering: Rendering) -> &[u8] {
        self.text(ENVELOPE, rendering)
    }

    /// The structure as [`Message::body_structure`] writes it.
    #[must_use]
    pub fn body_structure(&self, rendering: Rendering) -> &[u8] {
        self.text(STRUCTURE, rendering)
    }

    /// The structure as [`Message::body`] writes it.
    #[must_use]
    pub fn body(&self, rendering: Rendering) -> &[u8] {
        self.text(BODY, rendering)
    }

    /// See [`Message::sent_date`].
    #[must_use]
    pub fn sent_date(&self) -> Option<(i64, i16)> {
        self.sent
    }

    /// What SORT and THREAD compare, as [`Message::sort_keys`] gives it. `None`: the summary was
    /// stored in a form that did not have it.
    #[must_use]
    pub fn sort_keys(&self) -> Option<&SortKeys> {
        self.sort_keys.as_ref()
    }

    /// Where a section is. Part numbers count in multiparts and go on in the messages that
    /// `message/rfc822` parts enclose; the body of a message that is no multipart is its part 1.
    /// `HEADER` and `TEXT` of a part that encloses no message are [`Located::None`].
    #[must_use]
    pub fn section(&self, path: &SectionPath) -> Located {
        self.tree.locate(path)
    }

    /// Where the content of a part is and how it is encoded; `None` if there is no such part. No
    /// part numbers mean the whole message.
    #[must_use]
    pub fn binary(&self, part: &[u32]) -> Option<BinaryPart> {
        self.tree.binary(part)
    }

    /// The first parts that may have text for a preview, at most
    /// [`PREVIEW_PARTS`](crate::limits::PREVIEW_PARTS).
    #[must_use]
    pub fn text_parts(&self) -> Vec<TextPart> {
        let text = self
            .tree
            .parts
            .iter()
            .filter(|part| part.kind == Kind::Text);
        let part = |part: &Part| TextPart {
            header: part.header_range(),
            body: part.body_range(),
            encoding: part.encoding,
        };
        text.take(PREVIEW_PARTS).map(part).collect()
    }

    fn text(&self, which: usize, rendering: Rendering) -> &[u8] {
        let utf8 = self.utf8.get(which).and_then(Option::as_deref);
        let ascii = self.ascii.get(which).map_or(&[][..], Vec::as_slice);
        match rendering {
            Rendering::Ascii => ascii,
            Rendering::Utf8 => utf8.unwrap_or(ascii),
        }
    }

    /// The summary as octets, for [`Summary::decode`].
    ///
    /// Version (1 octet), checksum (8), sent date (1 and 10), the texts, each with its length
    /// (4), the UTF-8 ones after an octet that says whether there is one, the sort keys after
    /// such an octet, and the parts to the end (18 octets each). Numbers are little-endian.
    /// Version 1 had no sort keys and no octet for them.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut body = Vec::new();
        body.push(u8::from(self.sent.is_some()));
        let (seconds, offset) = self.sent.unwrap_or_default();
        body.extend_from_slice(&seconds.to_le_bytes());
        body.extend_from_slice(&offset.to_le_bytes());
        for text in &self.ascii {
            put_text(&mut body, text);
        }
        for text in &self.utf8 {
            body.push(u8::from(text.is_some()));
            put_text(&mut body, text.as_deref().unwrap_or_default());
        }
        body.push(u8::from(self.sort_keys.is_some()));
        if let Some(keys) = &self.sort_keys {
            keys.put(&mut body);
        }
        for part in &self.tree.parts {
            put_part(&mut body, part);
        }
        let mut out = Vec::with_capacity(body.len().saturating_add(9));
        out.push(VERSION);
        out.extend_from_slice(&checksum(&body).to_le_bytes());
        out.append(&mut body);
        out
    }

    /// Reads what [`Summary::encode`] wrote, in this version or an older one. `None`: a version
    /// that is not known, or damaged.
    #[must_use]
    pub fn decode(octets: &[u8]) -> Option<Self> {
        let mut reader = Reader { rest: octets };
        let version = reader.octet()?;
        if !matches!(version, VERSION | WITHOUT_SORT_KEYS) {
            return None;
        }
        let sum = u64::from_le_bytes(reader.array()?);
        if sum != checksum(reader.rest) {
            return None;
        }
        let dated = reader.flag()?;
        let seconds = i64::from_le_bytes(reader.array()?);
        let offset = i16::from_le_bytes(reader.array()?);
        Some(Self {
            sent: dated.then_some((seconds, offset)),
            ascii: [reader.text()?, reader.text()?, reader.text()?],
            utf8: [reader.optional()?, reader.optional()?, reader.optional()?],
            sort_keys: match version != WITHOUT_SORT_KEYS && reader.flag()? {
                true => Some(SortKeys::take(&mut reader)?),
                false => None,
            },
            tree: reader.tree()?,
        })
    }
}

/// The tree without what only rendering needs.
fn without_rendered(tree: &Tree) -> Tree {
    let parts = tree.parts.iter().map(|part| Part {
        lines: 0,
        in_digest: false,
        ..*part
    });
    Tree {
        parts: parts.collect(),
    }
}

fn render(message: &Message<'_>, rendering: Rendering) -> [Vec<u8>; TEXTS] {
    let mut texts = [const { Vec::new() }; TEXTS];
    let [envelope, structure, body] = &mut texts;
    message.envelope(envelope, rendering);
    message.body_structure(structure, rendering);
    message.body(body, rendering);
    texts
}

/// Octets of an encoded part.
const PART: usize = 18;

/// A text is far shorter than 4 GiB: see the bounds in [`crate::limits`]. Were it not, the length
/// would not fit the text and decoding would tell.
pub(crate) fn put_text(out: &mut Vec<u8>, text: &[u8]) {
    let len = u32::try_from(text.len()).unwrap_or(u32::MAX);
    out.extend_from_slice(&len.to_le_bytes());
    out.extend_from_slice(text);
}

fn put_part(out: &mut Vec<u8>, part: &Part) {
    for number in [part.start, part.body, part.end, part.subtree] {
        out.extend_from_slice(&number.to_le_bytes());
    }
    out.push(match part.kind {
        Kind::Multipart => 0,
        Kind::Message => 1,
        Kind::Global => 2,
        Kind::Text => 3,
        Kind::Other => 4,
        Kind::Opaque => 5,
    });
    out.push(match part.encoding {
        Encoding::Identity => 0,
        Encoding::QuotedPrintable => 1,
        Encoding::Base64 => 2,
        Encoding::Unknown => 3,
    });
}

/// Tells damage, not malice: eight octets at a time.
fn checksum(octets: &[u8]) -> u64 {
    let mut sum = octets.len() as u64;
    for chunk in octets.chunks(8) {
        let mut word = [0; 8];
        for (to, from) in word.iter_mut().zip(chunk) {
            *to = *from;
        }
        sum = (sum ^ u64::from_le_bytes(word)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        sum ^= sum >> 29;
    }
    sum
}

pub(crate) struct Reader<'a> {
    rest: &'a [u8],
}

impl Reader<'_> {
    fn take(&mut self, len: usize) -> Option<&[u8]> {
        let (taken, rest) = self.rest.split_at_checked(len)?;
        self.rest = rest;
        Some(taken)
    }

    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        self.take(N)?.try_into().ok()
    }

    fn octet(&mut self) -> Option<u8> {
        self.array().map(|[octet]| octet)
    }

    pub(crate) fn number(&mut self) -> Option<u32> {
        self.array().map(u32::from_le_bytes)
    }

    pub(crate) fn flag(&mut self) -> Option<bool> {
        match self.octet()? {
            0 => Some(false),
            1 => Some(true),
            _ => None,
        }
    }

    pub(crate) fn text(&mut self) -> Option<Vec<u8>> {
        let len = self.number()? as usize;
        self.take(len).map(<[u8]>::to_vec)
    }

    pub(crate) fn optional(&mut self) -> Option<Option<Vec<u8>>> {
        let there = self.flag()?;
        let text = self.text()?;
        Some(there.then_some(text))
    }

    /// The parts, which go to the end of the octets.
    fn tree(&mut self) -> Option<Tree> {
        let count = self.rest.len() / PART;
        let mut parts = Vec::with_capacity(count);
        while !self.rest.is_empty() {
            parts.push(self.part()?);
        }
        let whole = parts.first().map(|part: &Part| part.start..part.end)?;
        let fits = |(index, part): (usize, &Part)| is_within(part, &whole, index, count);
        parts.iter().enumerate().all(fits).then_some(Tree { parts })
    }

    fn part(&mut self) -> Option<Part> {
        Some(Part {
            start: self.number()?,
            body: self.number()?,
            end: self.number()?,
            subtree: self.number()?,
            kind: self.kind()?,
            encoding: self.encoding()?,
            lines: 0,
            in_digest: false,
        })
    }

    fn kind(&mut self) -> Option<Kind> {
        Some(match self.octet()? {
            0 => Kind::Multipart,
            1 => Kind::Message,
            2 => Kind::Global,
            3 => Kind::Text,
            4 => Kind::Other,
            5 => Kind::Opaque,
            _ => return None,
        })
    }

    fn encoding(&mut self) -> Option<Encoding> {
        Some(match self.octet()? {
            0 => Encoding::Identity,
            1 => Encoding::QuotedPrintable,
            2 => Encoding::Base64,
            3 => Encoding::Unknown,
            _ => return None,
        })
    }
}

fn is_within(part: &Part, whole: &Range<u32>, index: usize, count: usize) -> bool {
    let subtree = part.subtree as usize;
    whole.start <= part.start
        && part.start <= part.body
        && part.body <= part.end
        && part.end <= whole.end
        && index < subtree
        && subtree <= count
}
