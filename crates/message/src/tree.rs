//! The tree of a message's parts as offsets, and the way from part numbers to octets.

use crate::section::{BinaryPart, Located, SectionPath, SectionText};
use crate::transfer::Encoding;
use std::ops::Range;

/// What a part is, as far as its structure goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Has parts: at least one.
    Multipart,
    /// `message/rfc822`: has one child, the enclosed message.
    Message,
    /// `message/global` (RFC 6532): the same.
    Global,
    /// `text/*`, or something whose type cannot be understood.
    Text,
    /// Anything else.
    Other,
    /// A multipart or message that is not looked into, because of a bound.
    Opaque,
}

impl Kind {
    pub(crate) fn encloses_message(self) -> bool {
        matches!(self, Self::Message | Self::Global)
    }
}

/// A part; the message itself is the first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Part {
    /// Where its header begins.
    pub(crate) start: u32,
    /// Where its header has ended, blank line and all, and its body begins.
    pub(crate) body: u32,
    /// Where its body ends.
    pub(crate) end: u32,
    /// Line ends in its body.
    pub(crate) lines: u32,
    /// The index after its last descendant.
    pub(crate) subtree: u32,
    pub(crate) kind: Kind,
    pub(crate) encoding: Encoding,
    /// It lies in a `multipart/digest`, where `message/rfc822` is the default type.
    pub(crate) in_digest: bool,
}

impl Part {
    pub(crate) fn header_range(&self) -> Range<u32> {
        self.start..self.body
    }

    pub(crate) fn body_range(&self) -> Range<u32> {
        self.body..self.end
    }

    pub(crate) fn octets(&self) -> u32 {
        self.end.saturating_sub(self.body)
    }
}

/// The parts in the order of their headers: each is followed by its descendants.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Tree {
    pub(crate) parts: Vec<Part>,
}

impl Tree {
    pub(crate) fn part(&self, index: usize) -> Option<&Part> {
        self.parts.get(index)
    }

    /// The indices of a part's children.
    pub(crate) fn children(&self, index: usize) -> impl Iterator<Item = usize> + '_ {
        let end = self.subtree_end(index);
        let mut next = index.saturating_add(1);
        std::iter::from_fn(move || {
            let child = (next < end).then_some(next)?;
            next = self.subtree_end(child);
            Some(child)
        })
    }

    /// Always past `index`, so that a walk ends even on a damaged tree.
    fn subtree_end(&self, index: usize) -> usize {
        let told = self.part(index).map_or(0, |part| part.subtree as usize);
        let next = index.saturating_add(1);
        told.clamp(next, self.parts.len().max(next))
    }

    pub(crate) fn locate(&self, path: &SectionPath) -> Located {
        let Some(found) = self.find(&path.part) else {
            return Located::None;
        };
        match &path.text {
            SectionText::Whole => self.whole(found, path.part.is_empty()),
            SectionText::Mime if path.part.is_empty() => Located::None,
            SectionText::Mime => self.range(Some(found), Part::header_range),
            SectionText::Header => self.range(self.message(found, path), Part::header_range),
            SectionText::Text => self.range(self.message(found, path), Part::body_range),
            SectionText::HeaderFields(_) | SectionText::HeaderFieldsNot(_) => {
                match self.range(self.message(found, path), Part::header_range) {
                    Located::Range(header) => Located::Fields { header },
                    other => other,
                }
            }
        }
    }

    /// RFC 3516: no part numbers mean the whole message, which is never decoded.
    pub(crate) fn binary(&self, numbers: &[u32]) -> Option<BinaryPart> {
        let part = self.part(self.find(numbers)?)?;
        if numbers.is_empty() {
            return Some(BinaryPart {
                range: part.start..part.end,
                encoding: Encoding::Identity,
            });
        }
        let whole = part.kind == Kind::Multipart || part.kind.encloses_message();
        Some(BinaryPart {
            range: part.body_range(),
            encoding: if whole {
                Encoding::Identity
            } else {
                part.encoding
            },
        })
    }

    fn whole(&self, found: usize, message: bool) -> Located {
        self.range(Some(found), |part| {
            if message {
                part.start..part.end
            } else {
                part.body_range()
            }
        })
    }

    fn range(&self, index: Option<usize>, of: impl Fn(&Part) -> Range<u32>) -> Located {
        match index.and_then(|index| self.part(index)) {
            Some(part) => Located::Range(of(part)),
            None => Located::None,
        }
    }

    /// The message whose header and text are meant: the whole one, or the one that the part
    /// encloses.
    fn message(&self, found: usize, path: &SectionPath) -> Option<usize> {
        if path.part.is_empty() {
            return Some(found);
        }
        self.enclosed(found)
    }

    fn enclosed(&self, index: usize) -> Option<usize> {
        let part = self.part(index)?;
        if !part.kind.encloses_message() {
            return None;
        }
        self.children(index).next()
    }

    /// The part with these numbers. In a multipart they count its parts; a message that is no
    /// multipart has the one part 1, its body.
    pub(crate) fn find(&self, numbers: &[u32]) -> Option<usize> {
        let mut container = Some(0);
        let mut found = 0;
        for &number in numbers {
            let within = container?;
            found = self.numbered(within, number)?;
            container = match self.part(found)?.kind {
                Kind::Multipart => Some(found),
                _ => self.enclosed(found),
            };
        }
        self.part(found).map(|_| found)
    }

    fn numbered(&self, container: usize, number: u32) -> Option<usize> {
        if self.part(container)?.kind == Kind::Multipart {
            return self
                .children(container)
                .nth(number.checked_sub(1)? as usize);
        }
        (number == 1).then_some(container)
    }
}
