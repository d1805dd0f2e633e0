//! The boundaries of the multiparts that are open, looked up by the start of a line.
//!
//! A line is a delimiter if it begins with a boundary (RFC 2046 section 5.1.1). Of several that
//! it begins with the longest counts, of equal ones the innermost.

/// Boundaries in the order of their octets.
#[derive(Debug, Default)]
pub(crate) struct Boundaries {
    sorted: Vec<Entry>,
}

#[derive(Debug)]
struct Entry {
    text: Vec<u8>,
    /// Which of the open multiparts has it.
    open: usize,
    /// The other boundaries that this one begins with, from the shortest.
    prefixes: Vec<usize>,
}

/// A line that separates or ends parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Matched {
    /// Which of the open multiparts it belongs to.
    pub(crate) open: usize,
    /// It ends the multipart.
    pub(crate) last: bool,
}

impl Boundaries {
    /// `open`: boundaries of the open multiparts from the outermost, with their numbers.
    pub(crate) fn new<'a>(open: impl Iterator<Item = (usize, &'a [u8])>) -> Self {
        let mut all: Vec<(&[u8], usize)> = open.map(|(number, text)| (text, number)).collect();
        // The innermost first among equals, so that it is the one kept.
        all.sort_by(|a, b| a.0.cmp(b.0).then(b.1.cmp(&a.1)));
        all.dedup_by(|later, kept| later.0 == kept.0);
        let mut boundaries = Self::default();
        for (text, open) in all {
            let last = boundaries.sorted.len().checked_sub(1);
            let prefixes = boundaries.prefixes_of(text, last);
            boundaries.sorted.push(Entry {
                text: text.to_vec(),
                open,
                prefixes,
            });
        }
        boundaries
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.sorted.is_empty()
    }

    /// `line`: what follows `--` at the start of a line; more than the line does no harm.
    pub(crate) fn find(&self, line: &[u8]) -> Option<Matched> {
        let not_after = self
            .sorted
            .partition_point(|entry| entry.text.as_slice() <= line);
        let entry = self.entry(self.prefix_of(line, not_after.checked_sub(1)))?;
        let after = line.strip_prefix(entry.text.as_slice())?;
        if let Some(open) = self.ends_exactly(line, entry) {
            return Some(Matched { open, last: true });
        }
        Some(Matched {
            open: entry.open,
            last: after.starts_with(b"--"),
        })
    }

    /// The longest boundary that `text` begins with, looked for from the last one that is not
    /// after `text`: any that `text` begins with is also a prefix of that one.
    fn prefix_of(&self, text: &[u8], last: Option<usize>) -> Option<usize> {
        let entry = self.entry(last)?;
        if text.starts_with(&entry.text) {
            return last;
        }
        let same = entry.text.iter().zip(text).take_while(|(a, b)| a == b);
        let common = same.count();
        // A search by halves: a flood of lines may meet boundaries that begin with one another.
        let fits = |&prefix: &usize| self.len_of(prefix) <= common;
        let count = entry.prefixes.partition_point(fits);
        entry.prefixes.get(count.checked_sub(1)?).copied()
    }

    fn prefixes_of(&self, text: &[u8], last: Option<usize>) -> Vec<usize> {
        let Some(longest) = self.prefix_of(text, last) else {
            return Vec::new();
        };
        let shorter = self.sorted.get(longest).map(|entry| entry.prefixes.clone());
        let mut prefixes = shorter.unwrap_or_default();
        prefixes.push(longest);
        prefixes
    }

    fn len_of(&self, index: usize) -> usize {
        self.sorted.get(index).map_or(0, |entry| entry.text.len())
    }

    /// `--a--` ends the boundary `a` even if it begins with `a-`. If it is all of the boundary
    /// `a--`, the inner of the two counts.
    fn ends_exactly(&self, line: &[u8], longest: &Entry) -> Option<usize> {
        let line = line.split(|&octet| octet == b'\n').next()?.trim_ascii_end();
        let ended = line.strip_suffix(b"--")?;
        let found = self
            .sorted
            .binary_search_by(|entry| entry.text.as_slice().cmp(ended));
        let shorter = self.entry(found.ok())?;
        (longest.text != line || shorter.open > longest.open).then_some(shorter.open)
    }

    fn entry(&self, index: Option<usize>) -> Option<&Entry> {
        self.sorted.get(index?)
    }
}
