//! GENURLAUTH and URLFETCH: RFC 4467 section 8, RFC 5524 section 5.

use super::text::{astring, literal8, nstring};

/// `genurlauth-data`.
pub fn genurlauth<U: AsRef<[u8]>>(out: &mut Vec<u8>, urls: impl IntoIterator<Item = U>) {
    out.extend_from_slice(b"* GENURLAUTH");
    for url in urls {
        out.push(b' ');
        astring(out, url.as_ref());
    }
    out.extend_from_slice(b"\r\n");
}

/// Writes `urlfetch-data` piece by piece.
#[derive(Debug)]
pub struct UrlFetchResponse<'a> {
    out: &'a mut Vec<u8>,
}

impl<'a> UrlFetchResponse<'a> {
    /// Begins a response about one URL, which is repeated as the client sent it.
    pub fn begin(out: &'a mut Vec<u8>, url: &[u8]) -> Self {
        out.extend_from_slice(b"* URLFETCH ");
        astring(out, url);
        Self { out }
    }

    /// `NIL`: the URL is not valid, for whatever reason.
    pub fn nil(self) {
        self.out.extend_from_slice(b" NIL\r\n");
    }

    /// `urldata-simple`, all that there is.
    pub fn data(self, octets: &[u8]) {
        self.out.push(b' ');
        nstring(self.out, Some(octets));
        self.out.extend_from_slice(b"\r\n");
    }

    /// `url-meta-bodystruct`: a structure as in BODYSTRUCTURE.
    pub fn structure(&mut self, structure: Option<&[u8]>) {
        let structure = structure.unwrap_or(b"NIL");
        self.out.extend_from_slice(b" (BODYPARTSTRUCTURE ");
        self.out.extend_from_slice(structure);
        self.out.push(b')');
    }

    /// `url-meta-body`.
    pub fn body(&mut self, octets: &[u8]) {
        self.out.extend_from_slice(b" (BODY ");
        nstring(self.out, Some(octets));
        self.out.push(b')');
    }

    /// `url-meta-binary`; `NIL` where the content cannot be decoded.
    pub fn binary(&mut self, octets: Option<&[u8]>) {
        self.out.extend_from_slice(b" (BINARY ");
        match octets {
            Some(octets) => string(self.out, octets),
            None => nstring(self.out, None),
        }
        self.out.push(b')');
    }

    /// Ends the response.
    pub fn finish(self) {
        self.out.extend_from_slice(b"\r\n");
    }
}

/// A literal8 where there is NUL, which no other string can hold.
fn string(out: &mut Vec<u8>, octets: &[u8]) {
    match memchr::memchr(0, octets) {
        Some(_) => literal8(out, octets),
        None => nstring(out, Some(octets)),
    }
}
