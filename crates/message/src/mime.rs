//! The fields of a part's header that say what it is (RFC 2045, RFC 2183, RFC 3282, RFC 2557).

use crate::header::{fields, unfold};
use crate::limits::{MAX_BOUNDARY, MAX_PARAMETERS};
use crate::token::{Cursor, is_blank};
use crate::transfer::{Encoding, unescape};
use crate::tree::Kind;
use std::borrow::Cow;

/// The values of the `Content-*` fields as they stand in the header, the first of each name.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct Content<'a> {
    pub(crate) media: Option<&'a [u8]>,
    pub(crate) encoding: Option<&'a [u8]>,
    pub(crate) id: Option<&'a [u8]>,
    pub(crate) description: Option<&'a [u8]>,
    pub(crate) md5: Option<&'a [u8]>,
    pub(crate) disposition: Option<&'a [u8]>,
    pub(crate) language: Option<&'a [u8]>,
    pub(crate) location: Option<&'a [u8]>,
}

impl<'a> Content<'a> {
    pub(crate) fn of(header: &'a [u8]) -> Self {
        let mut content = Self::default();
        for field in fields(header) {
            if let Some(slot) = content.slot(field.name) {
                slot.get_or_insert(field.value);
            }
        }
        content
    }

    fn slot(&mut self, name: &[u8]) -> Option<&mut Option<&'a [u8]>> {
        let (prefix, rest) = name.split_at_checked(b"content-".len())?;
        if !prefix.eq_ignore_ascii_case(b"content-") {
            return None;
        }
        match rest.to_ascii_lowercase().as_slice() {
            b"type" => Some(&mut self.media),
            b"transfer-encoding" => Some(&mut self.encoding),
            b"id" => Some(&mut self.id),
            b"description" => Some(&mut self.description),
            b"md5" => Some(&mut self.md5),
            b"disposition" => Some(&mut self.disposition),
            b"language" => Some(&mut self.language),
            b"location" => Some(&mut self.location),
            _ => None,
        }
    }

    /// The token of the transfer encoding, `7bit` if there is none.
    pub(crate) fn encoding_token(&self) -> Vec<u8> {
        let value = unfold(self.encoding.unwrap_or_default());
        let mut cursor = Cursor::new(&value);
        cursor.skip_cfws();
        let token = match cursor.peek() {
            Some(b'"') => cursor.quoted(),
            _ => cursor
                .take_while(|octet| !is_blank(octet) && !matches!(octet, b';' | b'('))
                .to_vec(),
        };
        if token.is_empty() {
            b"7bit".to_vec()
        } else {
            token
        }
    }

    pub(crate) fn media_type(&self) -> Option<Media> {
        Media::parse(&unfold(self.media?))
    }
}

/// Parameters of a field, in their order and with their names as they stand: `filename*0*` too.
pub(crate) type Parameters = Vec<(Vec<u8>, Vec<u8>)>;

/// The value of `Content-Type`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Media {
    pub(crate) kind: Vec<u8>,
    pub(crate) subtype: Vec<u8>,
    pub(crate) parameters: Parameters,
}

impl Media {
    /// `None` if it is no type and subtype: RFC 2045 section 5.2 then wants the default.
    pub(crate) fn parse(value: &[u8]) -> Option<Self> {
        let mut cursor = Cursor::new(value);
        let kind = token(&mut cursor).to_vec();
        cursor.skip_cfws();
        if kind.is_empty() || cursor.next() != Some(b'/') {
            return None;
        }
        let subtype = token(&mut cursor).to_vec();
        if subtype.is_empty() {
            return None;
        }
        Some(Self {
            kind,
            subtype,
            parameters: parameters(&mut cursor),
        })
    }

    /// The default type (RFC 2045 section 5.2).
    pub(crate) fn plain_text() -> Self {
        Self::plain(b"text", b"plain")
    }

    pub(crate) fn plain(kind: &[u8], subtype: &[u8]) -> Self {
        Self {
            kind: kind.to_vec(),
            subtype: subtype.to_vec(),
            parameters: Vec::new(),
        }
    }

    pub(crate) fn is(&self, kind: &[u8]) -> bool {
        self.kind.eq_ignore_ascii_case(kind)
    }

    fn subtype_is(&self, subtype: &[u8]) -> bool {
        self.subtype.eq_ignore_ascii_case(subtype)
    }

    fn structure(&self) -> Kind {
        if self.is(b"multipart") {
            Kind::Multipart
        } else if self.is(b"message") && self.subtype_is(b"rfc822") {
            Kind::Message
        } else if self.is(b"message") && self.subtype_is(b"global") {
            Kind::Global
        } else if self.is(b"text") {
            Kind::Text
        } else {
            Kind::Other
        }
    }

    /// The value of a parameter, its RFC 2231 pieces joined and decoded from their percent
    /// escapes; the charset that such a value names is left out.
    pub(crate) fn parameter(&self, name: &[u8]) -> Option<Vec<u8>> {
        if let Some((_, value)) = self
            .parameters
            .iter()
            .find(|(n, _)| n.eq_ignore_ascii_case(name))
        {
            return Some(value.clone());
        }
        let mut pieces: Vec<(u32, bool, &[u8])> = self
            .parameters
            .iter()
            .filter_map(|(full, value)| piece(full, name).map(|(n, e)| (n, e, value.as_slice())))
            .collect();
        pieces.sort_by_key(|piece| piece.0);
        let mut out = Vec::new();
        for &(number, encoded, value) in &pieces {
            let value = if encoded && number == 0 {
                without_charset(value)
            } else {
                value
            };
            if encoded {
                unescape(value, b'%', &mut out);
            } else {
                out.extend_from_slice(value);
            }
        }
        (!pieces.is_empty()).then_some(out)
    }
}

/// `name*`, `name*0`, `name*0*`: the number of the piece, and whether it has percent escapes.
fn piece(full: &[u8], name: &[u8]) -> Option<(u32, bool)> {
    let (prefix, rest) = full.split_at_checked(name.len())?;
    if !prefix.eq_ignore_ascii_case(name) {
        return None;
    }
    let rest = rest.strip_prefix(b"*")?;
    if rest.is_empty() {
        return Some((0, true));
    }
    let (digits, encoded) = match rest.strip_suffix(b"*") {
        Some(digits) => (digits, true),
        None => (rest, false),
    };
    let number = std::str::from_utf8(digits).ok()?.parse().ok()?;
    Some((number, encoded))
}

/// `charset'language'text`: the text.
fn without_charset(value: &[u8]) -> &[u8] {
    value
        .splitn(3, |&octet| octet == b'\'')
        .nth(2)
        .unwrap_or(value)
}

/// What the scan needs of a part's header.
pub(crate) struct Outline {
    pub(crate) kind: Kind,
    pub(crate) boundary: Option<Vec<u8>>,
    pub(crate) encoding: Encoding,
    /// A `multipart/digest`.
    pub(crate) digest: bool,
}

impl Outline {
    pub(crate) fn of(header: &[u8], in_digest: bool) -> Self {
        let content = Content::of(header);
        let media = content
            .media_type()
            .unwrap_or_else(|| default_media(in_digest));
        let encoding = Encoding::of(&content.encoding_token());
        let kind = media.structure();
        let boundary = (kind == Kind::Multipart)
            .then(|| boundary(&media))
            .flatten();
        Self {
            // Without a boundary it is no valid multipart: its text is shown as it is.
            kind: if kind == Kind::Multipart && boundary.is_none() {
                Kind::Text
            } else {
                kind
            },
            boundary,
            encoding,
            digest: media.subtype_is(b"digest"),
        }
    }
}

/// The type of a part whose header names none (RFC 2046 section 5.1.5).
pub(crate) fn default_media(in_digest: bool) -> Media {
    if in_digest {
        Media::plain(b"message", b"rfc822")
    } else {
        Media::plain_text()
    }
}

/// A boundary never ends with white space (RFC 2046 section 5.1.1).
fn boundary(media: &Media) -> Option<Vec<u8>> {
    let mut boundary = media.parameter(b"boundary")?;
    boundary.truncate(boundary.trim_ascii_end().len());
    boundary.truncate(MAX_BOUNDARY);
    (!boundary.is_empty()).then_some(boundary)
}

/// The value of `Content-Disposition`.
pub(crate) fn disposition(value: &[u8]) -> Option<(Vec<u8>, Parameters)> {
    let value = unfold(value);
    let mut cursor = Cursor::new(&value);
    let kind = token(&mut cursor).to_vec();
    (!kind.is_empty()).then(|| (kind, parameters(&mut cursor)))
}

/// The tags of `Content-Language`.
pub(crate) fn languages(value: &[u8]) -> Vec<Vec<u8>> {
    let value = unfold(value);
    let mut cursor = Cursor::new(&value);
    let mut tags = Vec::new();
    loop {
        cursor.skip_cfws();
        let tag = cursor.take_while(|octet| !is_blank(octet) && !matches!(octet, b',' | b'('));
        if !tag.is_empty() && tags.len() < MAX_PARAMETERS {
            tags.push(tag.to_vec());
        }
        cursor.skip_cfws();
        cursor.take_while(|octet| octet == b',');
        if cursor.peek().is_none() {
            return tags;
        }
    }
}

fn token<'a>(cursor: &mut Cursor<'a>) -> &'a [u8] {
    cursor.skip_cfws();
    cursor.take_while(is_token)
}

/// Any octet but space, controls and tspecials (RFC 2045 section 5.1); 8-bit octets pass.
fn is_token(octet: u8) -> bool {
    octet > b' ' && octet != 0x7f && !b"()<>@,;:\\\"/[]?=".contains(&octet)
}

fn parameters(cursor: &mut Cursor<'_>) -> Parameters {
    let mut parameters = Vec::new();
    while parameters.len() < MAX_PARAMETERS {
        skip_to_semicolon(cursor);
        if cursor.next().is_none() {
            break;
        }
        let name = token(cursor).to_vec();
        cursor.skip_cfws();
        if name.is_empty() || cursor.peek() != Some(b'=') {
            continue;
        }
        cursor.next();
        parameters.push((name, value(cursor)));
    }
    parameters
}

/// Passes what has no place here: comments, and what follows a value.
fn skip_to_semicolon(cursor: &mut Cursor<'_>) {
    loop {
        cursor.skip_cfws();
        match cursor.peek() {
            None | Some(b';') => return,
            Some(b'"') => drop(cursor.quoted()),
            Some(_) => drop(cursor.next()),
        }
    }
}

/// A quoted string, or everything up to a semicolon or comment: some writers leave unquoted what
/// has spaces or tspecials in it. Others leave out the semicolon: then one word is the value.
fn value(cursor: &mut Cursor<'_>) -> Vec<u8> {
    cursor.skip_cfws();
    if cursor.peek() == Some(b'"') {
        return cursor.quoted();
    }
    let text = cursor
        .take_while(|octet| !matches!(octet, b';' | b'('))
        .trim_ascii_end();
    let mut words = text.splitn(2, |&octet| is_blank(octet));
    match (words.next(), words.next()) {
        (Some(word), Some(more)) if more.contains(&b'=') => word.to_vec(),
        _ => text.to_vec(),
    }
}

/// A field's value on one line, if the field is there.
pub(crate) fn text(value: Option<&[u8]>) -> Option<Cow<'_, [u8]>> {
    value.map(unfold)
}
