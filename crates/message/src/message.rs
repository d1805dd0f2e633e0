//! A message and what can be asked of it.

use crate::envelope::Budget;
use crate::fuzzy::{FuzzyPattern, Scan};
use crate::header::{fields, unfold};
use crate::search::{self, Headers, Pattern};
use crate::section::{Located, SectionPath};
use crate::sort_keys::SortKeys;
use crate::summary::Summary;
use crate::tree::{Part, Tree};
use crate::wire::Rendering;
use crate::{date, envelope, scan, structure, thread};

/// The parts of a message, found by one pass over its octets.
#[derive(Debug, Clone)]
pub struct Message<'a> {
    raw: &'a [u8],
    tree: Tree,
}

impl<'a> Message<'a> {
    /// Finds the parts. Whatever the octets are, they are a message: at worst one without a
    /// header, or one that is all header. Octets past the first 4 GiB are left out.
    #[must_use]
    pub fn parse(raw: &'a [u8]) -> Self {
        let raw = raw.get(..u32::MAX as usize).unwrap_or(raw);
        Self {
            raw,
            tree: scan::scan(raw),
        }
    }

    /// Appends the envelope, `(…)` of RFC 9051 section 7.5.2.
    ///
    /// Text comes from the first field of a name, unfolded and otherwise as it stands, encoded
    /// words and all; addresses come from all fields of a name. Where an address has no local
    /// part or no domain, `MISSING_MAILBOX` or `MISSING_DOMAIN` stands for it.
    pub fn envelope(&self, out: &mut Vec<u8>, rendering: Rendering) {
        envelope::write(out, self.header(), rendering, &mut Budget::new());
    }

    /// Appends the structure with extension data: `BODYSTRUCTURE`.
    ///
    /// Names and values of parameters are as the header has them, RFC 2231 pieces each for
    /// itself. `message/global` shows the enclosed message with [`Rendering::Utf8`] only.
    pub fn body_structure(&self, out: &mut Vec<u8>, rendering: Rendering) {
        structure::write(self.raw, &self.tree, out, rendering, true);
    }

    /// Appends the structure of the part with these numbers, as it stands in that of the message;
    /// false, and nothing, when there is no such part.
    ///
    /// With `decoded`, encoding, size and lines are those of the content that [`Summary::binary`]
    /// leads to, where that differs.
    pub fn part_structure(
        &self,
        part: &[u32],
        out: &mut Vec<u8>,
        rendering: Rendering,
        decoded: bool,
    ) -> bool {
        let found = self.tree.find(part);
        if let Some(found) = found {
            structure::write_part(self.raw, &self.tree, found, out, rendering, decoded);
        }
        found.is_some()
    }

    /// Appends the structure without extension data: `BODY`.
    pub fn body(&self, out: &mut Vec<u8>, rendering: Rendering) {
        structure::write(self.raw, &self.tree, out, rendering, false);
    }

    /// What is kept beside the message.
    #[must_use]
    pub fn summary(&self) -> Summary {
        Summary::of(self, &self.tree)
    }

    /// The `Date` field: seconds since 1970-01-01T00:00:00Z, and the minutes that its zone is
    /// ahead of UTC. `None` if there is none or it is no date.
    #[must_use]
    pub fn sent_date(&self) -> Option<(i64, i16)> {
        let mut all = fields(self.header());
        let field = all.find(|field| field.name.eq_ignore_ascii_case(b"date"))?;
        date::parse(&unfold(field.value))
    }

    /// What SORT and THREAD compare.
    #[must_use]
    pub fn sort_keys(&self) -> SortKeys {
        SortKeys::of(self.header())
    }

    /// The identifier of the message that began the thread, without angle brackets: the first of
    /// `References`, else of `In-Reply-To`, else the message's own. `None` if there is none.
    #[must_use]
    pub fn thread_root(&self) -> Option<Vec<u8>> {
        thread::root(self.header())
    }

    /// Where a section is; see [`Summary::section`].
    #[must_use]
    pub fn section(&self, path: &SectionPath) -> Located {
        self.tree.locate(path)
    }

    /// Whether a field of this name has the pattern in its decoded text. The empty pattern is in
    /// every field.
    #[must_use]
    pub fn header_contains(&self, name: &[u8], pattern: &Pattern) -> bool {
        let mut named = fields(self.header()).filter(|field| field.name.eq_ignore_ascii_case(name));
        named.any(|field| search::in_field_value(field.value, pattern))
    }

    /// Whether the body has the pattern: the decoded text of its text parts, and the headers of
    /// the messages it encloses. What stands around parts is not searched. The empty pattern is
    /// in every body.
    #[must_use]
    pub fn body_contains(&self, pattern: &Pattern) -> bool {
        search::in_parts(self.raw, &self.tree, Headers::Enclosed, pattern)
    }

    /// Whether the body has the pattern, or a field of the header or of a part's header, name
    /// and all.
    #[must_use]
    pub fn text_contains(&self, pattern: &Pattern) -> bool {
        search::in_parts(self.raw, &self.tree, Headers::All, pattern)
    }

    /// How like the pattern the fields of this name are, from 1 to 100; `None` when a word of it
    /// is in none.
    #[must_use]
    pub fn header_relevancy(&self, name: &[u8], pattern: &FuzzyPattern) -> Option<u8> {
        let mut scan = Scan::new(pattern);
        let named = fields(self.header()).filter(|field| field.name.eq_ignore_ascii_case(name));
        for field in named {
            scan.begin(100);
            search::field_value(field.value, &mut scan);
        }
        scan.finish()
    }

    /// The same of the body.
    #[must_use]
    pub fn body_relevancy(&self, pattern: &FuzzyPattern) -> Option<u8> {
        search::relevancy(self.raw, &self.tree, Headers::Enclosed, pattern)
    }

    /// The same of the body and the headers.
    #[must_use]
    pub fn text_relevancy(&self, pattern: &FuzzyPattern) -> Option<u8> {
        search::relevancy(self.raw, &self.tree, Headers::All, pattern)
    }

    fn header(&self) -> &'a [u8] {
        let end = self.tree.part(0).map_or(0, |part: &Part| part.body);
        self.raw.get(..end as usize).unwrap_or_default()
    }
}
