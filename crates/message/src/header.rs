//! A header as octets: where it ends, its fields, some of its fields.

use crate::limits::MAX_FIELD;
use memchr::{memchr, memchr_iter};
use std::borrow::Cow;
use std::collections::HashSet;

/// How many octets the header of `raw` has, with the blank line that ends it; all of `raw` if
/// there is no blank line. A line ends with LF or CRLF.
#[must_use]
pub fn header_block_len(raw: &[u8]) -> usize {
    let first = blank_line(raw);
    if first > 0 {
        return first;
    }
    for newline in memchr_iter(b'\n', raw) {
        let next = newline.saturating_add(1);
        let blank = blank_line(tail(raw, next));
        if blank > 0 {
            return next.saturating_add(blank);
        }
    }
    raw.len()
}

/// The fields of `header` whose names are among `names` (or, with `not`, are not), octet for
/// octet and in their order, and the blank line: what `HEADER.FIELDS` and `HEADER.FIELDS.NOT`
/// give (RFC 9051 section 6.4.5.1). Names are compared without regard to case. A line that is no
/// field has no name: only `not` keeps it.
#[must_use]
pub fn filter_fields(header: &[u8], names: &[Vec<u8>], not: bool) -> Vec<u8> {
    let wanted: HashSet<Vec<u8>> = names.iter().map(|name| name.to_ascii_lowercase()).collect();
    let longest = wanted.iter().map(Vec::len).max().unwrap_or(0);
    let mut lowered = Vec::with_capacity(longest);
    let mut out = Vec::new();
    for field in fields(header) {
        let listed = field.name.len() <= longest && {
            lowered.clear();
            lowered.extend(field.name.iter().map(u8::to_ascii_lowercase));
            wanted.contains(&lowered)
        };
        if listed != not {
            out.extend_from_slice(field.raw);
        }
    }
    end_header(&mut out, header);
    out
}

/// Ends what was filtered as the header itself ends, or with CRLF if it has no blank line.
fn end_header(out: &mut Vec<u8>, header: &[u8]) {
    if !out.is_empty() && !out.ends_with(b"\n") {
        out.extend_from_slice(b"\r\n");
    }
    let bare = header == b"\n" || header.ends_with(b"\n\n");
    out.extend_from_slice(if bare { b"\n" } else { b"\r\n" });
}

/// One field of a header.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Field<'a> {
    /// What is before the colon, without white space at its end; empty if there is no colon.
    pub(crate) name: &'a [u8],
    /// What follows the colon, folds and all, without the end of the last line.
    pub(crate) value: &'a [u8],
    /// The whole field with the end of its last line.
    pub(crate) raw: &'a [u8],
}

/// The fields of a header, up to its blank line.
pub(crate) fn fields(header: &[u8]) -> Fields<'_> {
    Fields { rest: header }
}

pub(crate) struct Fields<'a> {
    rest: &'a [u8],
}

impl<'a> Iterator for Fields<'a> {
    type Item = Field<'a>;

    fn next(&mut self) -> Option<Field<'a>> {
        if self.rest.is_empty() || blank_line(self.rest) > 0 {
            return None;
        }
        let (raw, rest) = self.rest.split_at_checked(field_len(self.rest))?;
        self.rest = rest;
        Some(field(raw))
    }
}

fn field(raw: &[u8]) -> Field<'_> {
    let first = raw.get(..line_len(raw)).unwrap_or(raw);
    let Some(colon) = memchr(b':', first) else {
        return Field {
            name: &[],
            value: without_line_end(raw),
            raw,
        };
    };
    Field {
        name: raw.get(..colon).unwrap_or_default().trim_ascii_end(),
        value: without_line_end(tail(raw, colon.saturating_add(1))),
        raw,
    }
}

/// A line and the lines that continue it.
fn field_len(octets: &[u8]) -> usize {
    let mut end = line_len(octets);
    while let Some(b' ' | b'\t') = octets.get(end) {
        end = end.saturating_add(line_len(tail(octets, end)));
    }
    end
}

/// The octets of the first line with its end.
pub(crate) fn line_len(octets: &[u8]) -> usize {
    memchr(b'\n', octets).map_or(octets.len(), |at| at.saturating_add(1))
}

/// The octets of the blank line that `octets` begin with, 0 if they begin otherwise.
pub(crate) fn blank_line(octets: &[u8]) -> usize {
    match octets {
        [b'\n', ..] => 1,
        [b'\r', b'\n', ..] => 2,
        _ => 0,
    }
}

pub(crate) fn without_line_end(octets: &[u8]) -> &[u8] {
    let octets = octets.strip_suffix(b"\n").unwrap_or(octets);
    octets.strip_suffix(b"\r").unwrap_or(octets)
}

/// A field's value on one line (RFC 5322 section 2.2.3), without white space around it, cut at
/// [`MAX_FIELD`] octets.
pub(crate) fn unfold(value: &[u8]) -> Cow<'_, [u8]> {
    let value = value.get(..MAX_FIELD).unwrap_or(value).trim_ascii();
    if memchr(b'\n', value).is_none() {
        return Cow::Borrowed(value);
    }
    let mut out = Vec::with_capacity(value.len());
    for line in value.split_inclusive(|&octet| octet == b'\n') {
        out.extend_from_slice(without_line_end(line));
    }
    Cow::Owned(out)
}

/// What follows `at`; nothing, if that is past the end.
pub(crate) fn tail(octets: &[u8], at: usize) -> &[u8] {
    octets.get(at..).unwrap_or_default()
}
