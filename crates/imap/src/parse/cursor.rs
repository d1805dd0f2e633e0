//! The place in a frame, and the terminals of RFC 9051 section 9.

use super::error::{ErrorKind, Fault, Parsed, syntax};
use crate::mailbox::MailboxArg;
use bytes::{Bytes, BytesMut};

/// A place in a frame.
#[derive(Debug)]
pub(super) struct Cursor<'a> {
    frame: &'a Bytes,
    position: usize,
}

/// `ATOM-CHAR`.
pub(crate) fn is_atom_char(b: u8) -> bool {
    b > 0x20 && b < 0x7f && !br#"(){%*"\]"#.contains(&b)
}

/// `ASTRING-CHAR`.
pub(crate) fn is_astring_char(b: u8) -> bool {
    b == b']' || is_atom_char(b)
}

/// `list-char`.
fn is_list_char(b: u8) -> bool {
    matches!(b, b'%' | b'*') || is_astring_char(b)
}

/// A string as it came in.
pub(super) struct Literal {
    pub(super) data: Bytes,
    /// `literal8`.
    pub(super) binary: bool,
}

impl<'a> Cursor<'a> {
    pub(super) fn new(frame: &'a Bytes) -> Self {
        Self { frame, position: 0 }
    }

    fn rest(&self) -> &'a [u8] {
        self.frame.get(self.position..).unwrap_or_default()
    }

    fn advance(&mut self, count: usize) {
        self.position = self.position.saturating_add(count).min(self.frame.len());
    }

    /// Takes `count` octets, sharing the frame.
    fn take_bytes(&mut self, count: usize) -> Bytes {
        let start = self.position;
        self.advance(count);
        self.frame.slice(start..self.position)
    }

    pub(super) fn fault_of(&self, kind: ErrorKind, expected: &'static str) -> Fault {
        Fault {
            kind,
            expected,
            position: self.position,
        }
    }

    pub(super) fn peek(&self) -> Option<u8> {
        self.rest().first().copied()
    }

    /// The octet after the next one.
    pub(super) fn next_but_one(&self) -> Option<u8> {
        self.rest().get(1).copied()
    }

    /// Takes `b` if it is next.
    pub(super) fn eat(&mut self, b: u8) -> bool {
        let next = self.peek() == Some(b);
        if next {
            self.advance(1);
        }
        next
    }

    /// Whether `text` is next, in any case.
    pub(super) fn comes_next(&self, text: &[u8]) -> bool {
        let next = self.rest().get(..text.len());
        next.is_some_and(|next| next.eq_ignore_ascii_case(text))
    }

    pub(super) fn expect(&mut self, b: u8, expected: &'static str) -> Parsed<()> {
        if self.eat(b) {
            Ok(())
        } else {
            Err(syntax(self, expected))
        }
    }

    /// Skips spaces; true if there was one.
    pub(super) fn skip_spaces(&mut self) -> bool {
        let count = self.rest().iter().take_while(|b| **b == b' ').count();
        self.advance(count);
        count > 0
    }

    /// Whether `b` is next, after spaces, none of which is taken.
    pub(super) fn spaces_before(&self, b: u8) -> bool {
        let rest = self.rest();
        rest.first() == Some(&b' ') && rest.iter().find(|next| **next != b' ') == Some(&b)
    }

    /// A space. Several are taken for one, as other servers do.
    pub(super) fn sp(&mut self) -> Parsed<()> {
        if self.skip_spaces() {
            Ok(())
        } else {
            Err(syntax(self, "a space"))
        }
    }

    /// A space with something after it. Spaces at the end of the command count as none.
    pub(super) fn more(&mut self) -> bool {
        self.skip_spaces() && self.peek().is_some()
    }

    /// The end of the command.
    pub(super) fn end(&mut self) -> Parsed<()> {
        self.skip_spaces();
        match self.peek() {
            None => Ok(()),
            Some(_) => Err(syntax(self, "the end of the command")),
        }
    }

    pub(super) fn take_while(&mut self, keep: fn(u8) -> bool) -> &'a [u8] {
        let rest = self.rest();
        let count = rest.iter().take_while(|b| keep(**b)).count();
        self.advance(count);
        rest.get(..count).unwrap_or_default()
    }

    pub(super) fn take_bytes_while(&mut self, keep: fn(u8) -> bool) -> Bytes {
        let count = self.rest().iter().take_while(|b| keep(**b)).count();
        self.take_bytes(count)
    }

    /// An atom, sharing the frame.
    pub(super) fn atom(&mut self, expected: &'static str) -> Parsed<&'a [u8]> {
        match self.take_while(is_atom_char) {
            [] => Err(syntax(self, expected)),
            atom => Ok(atom),
        }
    }

    /// A keyword of the grammar; may be empty.
    pub(super) fn word(&mut self) -> Upper {
        let keep = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-');
        Upper::new(self.take_while(keep))
    }

    /// The items of a parenthesised list that may be empty, with the `(` next.
    pub(super) fn list(
        &mut self,
        expected: &'static str,
        mut item: impl FnMut(&mut Self) -> Parsed<()>,
    ) -> Parsed<()> {
        self.expect(b'(', expected)?;
        self.skip_spaces();
        while !self.eat(b')') {
            item(self)?;
            if !self.skip_spaces() && self.peek() != Some(b')') {
                return Err(syntax(self, "a space or a closing parenthesis"));
            }
        }
        Ok(())
    }

    /// `number64`: at most 20 digits.
    pub(super) fn number64(&mut self, expected: &'static str) -> Parsed<u64> {
        let fault = syntax(self, expected);
        let digits = self.take_while(|b| b.is_ascii_digit());
        if digits.is_empty() || digits.len() > 20 {
            return Err(fault);
        }
        let number = digits.iter().try_fold(0u64, |n, b| {
            n.checked_mul(10)?
                .checked_add(u64::from(b.wrapping_sub(b'0')))
        });
        number.ok_or(fault)
    }

    /// `nz-number`.
    pub(super) fn nz_number(&mut self, expected: &'static str) -> Parsed<u32> {
        let fault = syntax(self, expected);
        let number = u32::try_from(self.number64(expected)?);
        number.ok().filter(|n| *n > 0).ok_or(fault)
    }

    /// `string`, without NUL.
    pub(super) fn string(&mut self, expected: &'static str) -> Parsed<Bytes> {
        match self.peek() {
            Some(b'"') => self.quoted(),
            Some(b'{') => {
                let fault = syntax(self, "a string without NUL");
                let literal = self.literal()?;
                let nul = memchr::memchr(0, &literal.data);
                nul.map_or(Ok(literal.data), |_| Err(fault))
            }
            _ => Err(syntax(self, expected)),
        }
    }

    /// `astring`, without NUL.
    pub(super) fn astring(&mut self, expected: &'static str) -> Parsed<Bytes> {
        self.string_or(is_astring_char, expected)
    }

    fn string_or(&mut self, plain: fn(u8) -> bool, expected: &'static str) -> Parsed<Bytes> {
        if matches!(self.peek(), Some(b'"' | b'{')) {
            return self.string(expected);
        }
        let atom = self.take_bytes_while(plain);
        if atom.is_empty() {
            return Err(syntax(self, expected));
        }
        Ok(atom)
    }

    /// `nstring`; an atom other than `NIL` is taken for a string.
    pub(super) fn nstring(&mut self, expected: &'static str) -> Parsed<Option<Bytes>> {
        let bare = !matches!(self.peek(), Some(b'"' | b'{'));
        let text = self.astring(expected)?;
        let nil = bare && text.eq_ignore_ascii_case(b"NIL");
        Ok((!nil).then_some(text))
    }

    /// `astring` that is looked for; octets over 0x7f are let through outside quotes too.
    pub(super) fn text(&mut self) -> Parsed<Bytes> {
        self.string_or(|b| b >= 0x80 || is_astring_char(b), "a string")
    }

    /// `mailbox`. Octets over 0x7f are let through outside quotes too.
    pub(super) fn mailbox(&mut self) -> Parsed<MailboxArg> {
        let name = self.string_or(|b| b >= 0x80 || is_astring_char(b), "a mailbox name")?;
        Ok(MailboxArg(name))
    }

    /// `list-mailbox`.
    pub(super) fn list_mailbox(&mut self) -> Parsed<MailboxArg> {
        let name = self.string_or(|b| b >= 0x80 || is_list_char(b), "a mailbox pattern")?;
        Ok(MailboxArg(name))
    }

    /// `quoted`, with the `"` next. What is not ASCII in it is UTF-8 (RFC 9051 section 9,
    /// RFC 6855 section 3).
    fn quoted(&mut self) -> Parsed<Bytes> {
        let fault = syntax(self, "UTF-8 in a quoted string");
        let text = self.quoted_octets()?;
        std::str::from_utf8(&text).map_err(|_| fault)?;
        Ok(text)
    }

    fn quoted_octets(&mut self) -> Parsed<Bytes> {
        self.expect(b'"', "a quoted string")?;
        let rest = self.rest();
        let Some(plain) = rest.iter().position(|b| is_quoted_special(*b)) else {
            return Err(syntax(self, "a quotation mark at the end of the string"));
        };
        if rest.get(plain) == Some(&b'"') {
            let text = self.take_bytes(plain);
            self.advance(1);
            return Ok(text);
        }
        self.quoted_with_escapes()
    }

    fn quoted_with_escapes(&mut self) -> Parsed<Bytes> {
        let mut text = BytesMut::new();
        loop {
            text.extend_from_slice(self.take_while(|b| !is_quoted_special(b)));
            match self.peek() {
                Some(b'"') => {
                    self.advance(1);
                    return Ok(text.freeze());
                }
                Some(b'\\') => {
                    self.advance(1);
                    let escaped = self.peek().filter(|b| matches!(b, b'"' | b'\\'));
                    let b = escaped.ok_or_else(|| syntax(self, "a quotation mark or backslash"))?;
                    text.extend_from_slice(&[b]);
                    self.advance(1);
                }
                Some(_) => return Err(syntax(self, "no NUL, CR or LF in a quoted string")),
                None => return Err(syntax(self, "a quotation mark at the end of the string")),
            }
        }
    }

    /// `literal` or `literal8`, of which the framer made sure that it is whole.
    pub(super) fn literal(&mut self) -> Parsed<Literal> {
        let binary = self.eat(b'~');
        self.expect(b'{', "a literal")?;
        let size = self.number64("the size of a literal")?;
        self.eat(b'+');
        self.expect(b'}', "the end of the literal's size")?;
        self.eat(b'\r');
        self.expect(b'\n', "a line end after the literal's size")?;
        let size = usize::try_from(size).ok();
        match size.filter(|n| *n <= self.rest().len()) {
            Some(size) => Ok(Literal {
                data: self.take_bytes(size),
                binary,
            }),
            None => Err(syntax(self, "all of the literal")),
        }
    }
}

fn is_quoted_special(b: u8) -> bool {
    matches!(b, b'"' | b'\\' | b'\r' | b'\n' | 0)
}

/// A word in upper case, kept on the stack; one that is longer than any keyword is like none.
#[derive(Debug, Clone, Copy)]
pub(super) struct Upper {
    text: [u8; Self::MAX_LEN],
    len: usize,
}

impl Upper {
    const MAX_LEN: usize = 32;

    pub(super) fn new(word: &[u8]) -> Self {
        let mut text = [b'?'; Self::MAX_LEN];
        for (to, from) in text.iter_mut().zip(word) {
            *to = from.to_ascii_uppercase();
        }
        if word.len() > Self::MAX_LEN {
            text = [b'?'; Self::MAX_LEN];
        }
        Self {
            text,
            len: word.len().min(Self::MAX_LEN),
        }
    }

    pub(super) fn as_bytes(&self) -> &[u8] {
        self.text.get(..self.len).unwrap_or_default()
    }

    /// As text, if there is nothing odd in it.
    pub(super) fn to_word(self) -> Option<String> {
        let plain = |b: &u8| b.is_ascii_alphanumeric();
        let text = self.as_bytes();
        let plain = !text.is_empty() && text.iter().all(plain);
        plain.then(|| String::from_utf8_lossy(text).into_owned())
    }
}
