//! The lexical tokens of structured header fields (RFC 5322 section 3.2, RFC 2045 section 5.1),
//! read leniently: what is not closed ends with the field.

/// A place in a field's value.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cursor<'a> {
    octets: &'a [u8],
    at: usize,
}

impl<'a> Cursor<'a> {
    pub(crate) fn new(octets: &'a [u8]) -> Self {
        Self { octets, at: 0 }
    }

    pub(crate) fn peek(&self) -> Option<u8> {
        self.octets.get(self.at).copied()
    }

    pub(crate) fn next(&mut self) -> Option<u8> {
        let octet = self.peek()?;
        self.at = self.at.saturating_add(1);
        Some(octet)
    }

    pub(crate) fn rest(&self) -> &'a [u8] {
        crate::header::tail(self.octets, self.at)
    }

    /// Takes octets as long as `wanted` says.
    pub(crate) fn take_while(&mut self, wanted: impl Fn(u8) -> bool) -> &'a [u8] {
        let rest = self.rest();
        let len = rest
            .iter()
            .position(|&octet| !wanted(octet))
            .unwrap_or(rest.len());
        self.at = self.at.saturating_add(len);
        rest.get(..len).unwrap_or_default()
    }

    pub(crate) fn skip_blanks(&mut self) {
        self.take_while(is_blank);
    }

    /// Skips white space and comments.
    pub(crate) fn skip_cfws(&mut self) {
        self.skip_blanks();
        while self.peek() == Some(b'(') {
            self.comment();
            self.skip_blanks();
        }
    }

    /// Takes a comment that begins here, without its parentheses and quoting. Nested comments
    /// keep theirs.
    pub(crate) fn comment(&mut self) -> Vec<u8> {
        self.next();
        let mut text = Vec::new();
        let mut depth = 0_usize;
        while let Some(octet) = self.next() {
            match octet {
                b'\\' => {
                    text.extend(self.next());
                    continue;
                }
                b'(' => depth = depth.saturating_add(1),
                b')' if depth == 0 => break,
                b')' => depth = depth.saturating_sub(1),
                _ => {}
            }
            text.push(octet);
        }
        text
    }

    /// Takes a quoted string that begins here, without its quoting.
    pub(crate) fn quoted(&mut self) -> Vec<u8> {
        self.delimited(b'"')
    }

    /// Takes a domain literal that begins here, with its brackets.
    pub(crate) fn domain_literal(&mut self) -> Vec<u8> {
        let mut literal = vec![b'['];
        literal.append(&mut self.delimited(b']'));
        literal.push(b']');
        literal
    }

    fn delimited(&mut self, close: u8) -> Vec<u8> {
        self.next();
        let mut text = Vec::new();
        while let Some(octet) = self.next() {
            match octet {
                b'\\' => text.extend(self.next()),
                octet if octet == close => break,
                octet => text.push(octet),
            }
        }
        text
    }
}

pub(crate) fn is_blank(octet: u8) -> bool {
    matches!(octet, b' ' | b'\t' | b'\r' | b'\n')
}
