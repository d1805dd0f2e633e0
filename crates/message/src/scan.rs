//! Finds the parts of a message in one pass over its lines.

use crate::boundary::Boundaries;
use crate::header::{blank_line, line_len, tail};
use crate::limits::{MAX_BOUNDARY, MAX_DEPTH, MAX_PARTS};
use crate::mime::Outline;
use crate::transfer::Encoding;
use crate::tree::{Kind, Part, Tree};
use memchr::{memchr_iter, memmem};

/// The parts of the message `raw`.
pub(crate) fn scan(raw: &[u8]) -> Tree {
    Scanner {
        raw,
        parts: Vec::new(),
        open: Vec::new(),
        boundaries: Boundaries::default(),
        newlines: Newlines::default(),
        full: false,
    }
    .run()
}

struct Scanner<'a> {
    raw: &'a [u8],
    parts: Vec<Part>,
    /// The parts that have begun and not ended, from the outermost.
    open: Vec<Open>,
    boundaries: Boundaries,
    newlines: Newlines,
    /// [`MAX_PARTS`] is reached.
    full: bool,
}

struct Open {
    part: usize,
    /// Of a multipart until its last delimiter.
    boundary: Option<Vec<u8>>,
    digest: bool,
}

/// A delimiter line.
struct Delimiter {
    start: usize,
    /// Where the next line begins.
    next: usize,
    open: usize,
    last: bool,
}

impl Scanner<'_> {
    fn run(mut self) -> Tree {
        let mut at = self.begin(0, false);
        while let Some(delimiter) = self.next_delimiter(at) {
            at = self.cross(&delimiter);
        }
        let end = self.raw.len();
        let lines = self.newlines.before(self.raw, end);
        self.close_from(0, end, lines);
        Tree { parts: self.parts }
    }

    /// Begins a part at `at`, and the message in it, and the message in that. Returns where the
    /// content of the innermost begins.
    fn begin(&mut self, mut at: usize, mut in_digest: bool) -> usize {
        loop {
            let body = self.header_end(at);
            let kind = self.open_part(at, body, in_digest);
            at = body;
            in_digest = false;
            if !kind.encloses_message() {
                return at;
            }
        }
    }

    /// A header ends with a blank line, or where the part does.
    fn header_end(&self, start: usize) -> usize {
        let mut at = start;
        loop {
            let rest = tail(self.raw, at);
            if rest.is_empty() || self.delimiter_at(at).is_some() {
                return at;
            }
            let blank = blank_line(rest);
            if blank > 0 {
                return at.saturating_add(blank);
            }
            at = at.saturating_add(line_len(rest));
        }
    }

    fn open_part(&mut self, start: usize, body: usize, in_digest: bool) -> Kind {
        let header = self.raw.get(start..body).unwrap_or_default();
        let outline = Outline::of(header, in_digest);
        let kind = self.within_bounds(outline.kind);
        let boundary = outline.boundary.filter(|_| kind == Kind::Multipart);
        let index = self.parts.len();
        self.parts.push(Part {
            start: offset(start),
            body: offset(body),
            end: offset(body),
            lines: self.newlines.before(self.raw, body),
            subtree: 0,
            kind,
            encoding: outline.encoding,
            in_digest,
        });
        let changed = boundary.is_some();
        self.open.push(Open {
            part: index,
            boundary,
            digest: outline.digest,
        });
        if changed {
            self.index_boundaries();
        }
        self.full = self.parts.len() >= MAX_PARTS;
        kind
    }

    fn within_bounds(&self, kind: Kind) -> Kind {
        let nests = kind == Kind::Multipart || kind.encloses_message();
        let depth = self.open.len().saturating_add(1);
        let last = self.parts.len().saturating_add(1) >= MAX_PARTS;
        if nests && (depth >= MAX_DEPTH || last) {
            return Kind::Opaque;
        }
        kind
    }

    fn index_boundaries(&mut self) {
        let open = self.open.iter().enumerate();
        self.boundaries = Boundaries::new(
            open.filter_map(|(number, open)| Some((number, open.boundary.as_deref()?))),
        );
    }

    /// The next delimiter line from `at`, which is the start of a line.
    fn next_delimiter(&self, at: usize) -> Option<Delimiter> {
        if self.full || self.boundaries.is_empty() {
            return None;
        }
        if let Some(delimiter) = self.delimiter_at(at) {
            return Some(delimiter);
        }
        memmem::find_iter(tail(self.raw, at), b"\n--")
            .find_map(|newline| self.delimiter_at(at.saturating_add(newline).saturating_add(1)))
    }

    fn delimiter_at(&self, start: usize) -> Option<Delimiter> {
        if self.boundaries.is_empty() {
            return None;
        }
        let line = tail(self.raw, start).strip_prefix(b"--")?;
        // Two more octets than a boundary has, for the dashes that end a multipart.
        let window = line.get(..MAX_BOUNDARY.saturating_add(2)).unwrap_or(line);
        let matched = self.boundaries.find(window)?;
        Some(Delimiter {
            start,
            next: start.saturating_add(line_len(tail(self.raw, start))),
            open: matched.open,
            last: matched.last,
        })
    }

    /// Ends the parts before a delimiter and begins the one after it.
    fn cross(&mut self, delimiter: &Delimiter) -> usize {
        let end = before_line_end(self.raw, delimiter.start);
        let all = self.newlines.before(self.raw, delimiter.start);
        let lines = all.saturating_sub(u32::from(end < delimiter.start));
        self.close_from(delimiter.open.saturating_add(1), end, lines);
        let Some(open) = self.open.get_mut(delimiter.open) else {
            return delimiter.next;
        };
        if !delimiter.last {
            let in_digest = open.digest;
            self.index_boundaries();
            return self.begin(delimiter.next, in_digest);
        }
        open.boundary = None;
        self.index_boundaries();
        delimiter.next
    }

    /// Ends the open parts from number `from` on, the innermost first.
    fn close_from(&mut self, from: usize, end: usize, lines: u32) {
        while self.open.len() > from {
            let Some(open) = self.open.pop() else {
                return;
            };
            self.close(open.part, end, lines);
        }
    }

    fn close(&mut self, index: usize, end: usize, lines: u32) {
        let childless = self.parts.len() == index.saturating_add(1);
        let subtree = self.parts.len();
        let Some(part) = self.parts.get_mut(index) else {
            return;
        };
        part.end = offset(end).max(part.start);
        // The line end before a delimiter belongs to it even if it is also that of the header.
        part.body = part.body.min(part.end);
        part.lines = lines.saturating_sub(part.lines);
        part.subtree = offset(subtree);
        if part.kind == Kind::Multipart && childless {
            let end = part.end;
            part.subtree = offset(subtree.saturating_add(1));
            self.parts.push(empty_part(end, subtree.saturating_add(1)));
        }
    }
}

/// The grammar wants at least one part in a multipart: an empty text.
fn empty_part(at: u32, subtree: usize) -> Part {
    Part {
        start: at,
        body: at,
        end: at,
        lines: 0,
        subtree: offset(subtree),
        kind: Kind::Text,
        encoding: Encoding::Identity,
        in_digest: false,
    }
}

/// Where the line before the one that starts at `start` ends, without its line end: that one
/// belongs to the delimiter.
fn before_line_end(raw: &[u8], start: usize) -> usize {
    let before = raw.get(..start).unwrap_or_default();
    crate::header::without_line_end(before).len()
}

fn offset(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

/// Counts newlines up to places that only grow, so that every octet is looked at once.
#[derive(Default)]
struct Newlines {
    at: usize,
    count: u32,
}

impl Newlines {
    fn before(&mut self, raw: &[u8], to: usize) -> u32 {
        let more = memchr_iter(b'\n', raw.get(self.at..to).unwrap_or_default()).count();
        self.at = self.at.max(to);
        self.count = self.count.saturating_add(offset(more));
        self.count
    }
}
