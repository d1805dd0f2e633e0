//! FETCH responses: RFC 9051 section 7.5.2, RFC 3516, RFC 7162.

use super::data::flag_list;
use super::text::{astring, atom, date_time, literal, literal_header, literal8, number, quoted};
use crate::date::InternalDate;
use crate::fetch::{Section, SectionText};
use bytes::Bytes;

/// The `<n>` after a section of which a part was asked for: its first octet.
pub type Origin = Option<u64>;

/// Writes one FETCH response, item after item, with no allocation of its own:
/// `begin`, the items, `finish`.
#[derive(Debug)]
#[must_use = "the response ends with `finish`"]
pub struct FetchResponse<'a> {
    out: &'a mut Vec<u8>,
    first: bool,
}

impl<'a> FetchResponse<'a> {
    /// Begins `* n FETCH (`.
    pub fn begin(out: &'a mut Vec<u8>, sequence_number: u32) -> Self {
        atom(out, "* ");
        number(out, u64::from(sequence_number));
        atom(out, " FETCH (");
        Self { out, first: true }
    }

    /// Begins `* uid UIDFETCH (`: RFC 9586 section 3.3.
    pub fn begin_uid(out: &'a mut Vec<u8>, uid: u32) -> Self {
        atom(out, "* ");
        number(out, u64::from(uid));
        atom(out, " UIDFETCH (");
        Self { out, first: true }
    }

    /// Goes on with a response of which items were written to another buffer, or to this one
    /// before it was flushed.
    pub fn resume(out: &'a mut Vec<u8>) -> Self {
        Self { out, first: false }
    }

    /// Ends the response.
    pub fn finish(self) {
        atom(self.out, ")\r\n");
    }

    /// Whether no item was written.
    pub fn is_empty(&self) -> bool {
        self.first
    }

    fn item(&mut self, name: &str) {
        if !self.first {
            self.out.push(b' ');
        }
        self.first = false;
        atom(self.out, name);
    }

    /// `FLAGS (…)`; see [`crate::flag::Flag::as_str`].
    pub fn flags<'f>(&mut self, flags: impl IntoIterator<Item = &'f str>) {
        self.item("FLAGS ");
        flag_list(self.out, flags);
    }

    /// `UID n`.
    pub fn uid(&mut self, uid: u32) {
        self.item("UID ");
        number(self.out, u64::from(uid));
    }

    /// `INTERNALDATE "…"`.
    pub fn internal_date(&mut self, date: InternalDate) {
        self.item("INTERNALDATE ");
        date_time(self.out, date);
    }

    /// `RFC822.SIZE n`.
    pub fn rfc822_size(&mut self, octets: u64) {
        self.item("RFC822.SIZE ");
        number(self.out, octets);
    }

    /// `MODSEQ (n)`.
    pub fn modseq(&mut self, modseq: u64) {
        self.item("MODSEQ (");
        number(self.out, modseq);
        self.out.push(b')');
    }

    /// `name` and a value that is written already: `ENVELOPE`, `BODY`, `BODYSTRUCTURE`.
    pub fn raw(&mut self, name: &str, value: &[u8]) {
        self.item(name);
        self.out.push(b' ');
        self.out.extend_from_slice(value);
    }

    /// `name` and content: `RFC822`, `RFC822.HEADER`, `RFC822.TEXT`.
    pub fn content(&mut self, name: &str, content: Option<&[u8]>) {
        self.item(name);
        self.out.push(b' ');
        nstring_content(self.out, content);
    }

    /// `BODY[section]<origin>` and its content; `NIL` for a part that is not there.
    pub fn body(&mut self, section: &Section, origin: Origin, content: Option<&[u8]>) {
        self.body_name(section, origin);
        nstring_content(self.out, content);
    }

    /// As [`FetchResponse::body`], for content that the caller appends to the stream itself:
    /// exactly `len` octets, at least one.
    pub fn body_header(&mut self, section: &Section, origin: Origin, len: usize) {
        self.body_name(section, origin);
        literal_header(self.out, len);
    }

    /// As [`FetchResponse::content`], for content that the caller appends to the stream itself:
    /// exactly `len` octets, at least one.
    pub fn content_header(&mut self, name: &str, len: usize) {
        self.item(name);
        self.out.push(b' ');
        literal_header(self.out, len);
    }

    fn body_name(&mut self, section: &Section, origin: Origin) {
        self.item("BODY[");
        write_section(self.out, section);
        self.out.push(b']');
        write_origin(self.out, origin);
        self.out.push(b' ');
    }

    /// `BINARY[part]<origin>` and the decoded content: a `literal8` where it has a NUL.
    pub fn binary(&mut self, part: &[u32], origin: Origin, content: Option<&[u8]>) {
        self.item("BINARY[");
        write_part(self.out, part);
        self.out.push(b']');
        write_origin(self.out, origin);
        self.out.push(b' ');
        match content {
            Some(data) if memchr::memchr(0, data).is_some() => literal8(self.out, data),
            content => nstring_content(self.out, content),
        }
    }

    /// `BINARY.SIZE[part] n`.
    pub fn binary_size(&mut self, part: &[u32], octets: u64) {
        self.item("BINARY.SIZE[");
        write_part(self.out, part);
        atom(self.out, "] ");
        number(self.out, octets);
    }
}

/// A literal, which is what clients expect of content, but `""` where it is empty.
fn nstring_content(out: &mut Vec<u8>, content: Option<&[u8]>) {
    match content {
        None => atom(out, "NIL"),
        Some([]) => quoted(out, b""),
        Some(data) => literal(out, data),
    }
}

fn write_origin(out: &mut Vec<u8>, origin: Origin) {
    if let Some(origin) = origin {
        out.push(b'<');
        number(out, origin);
        out.push(b'>');
    }
}

fn write_part(out: &mut Vec<u8>, part: &[u32]) {
    for (i, n) in part.iter().enumerate() {
        if i > 0 {
            out.push(b'.');
        }
        number(out, u64::from(*n));
    }
}

fn write_section(out: &mut Vec<u8>, section: &Section) {
    write_part(out, &section.part);
    let dot = if section.part.is_empty() { "" } else { "." };
    let (name, fields) = match &section.text {
        SectionText::Whole => return,
        SectionText::Header => ("HEADER", None),
        SectionText::HeaderFields(names) => ("HEADER.FIELDS", Some(names)),
        SectionText::HeaderFieldsNot(names) => ("HEADER.FIELDS.NOT", Some(names)),
        SectionText::Text => ("TEXT", None),
        SectionText::Mime => ("MIME", None),
    };
    atom(out, dot);
    atom(out, name);
    if let Some(names) = fields {
        write_field_names(out, names);
    }
}

fn write_field_names(out: &mut Vec<u8>, names: &[Bytes]) {
    for (i, name) in names.iter().enumerate() {
        out.extend_from_slice(if i == 0 { b" (" } else { b" " });
        astring(out, name);
    }
    out.push(b')');
}
