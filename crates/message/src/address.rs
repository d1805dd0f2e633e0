//! Address lists (RFC 5322 sections 3.4 and 4.4), read leniently and in one pass.

use crate::token::{Cursor, is_blank};

/// What ENVELOPE shows of one address; RFC 9051 section 7.5.2 describes the two forms of groups.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Address {
    pub(crate) name: Option<Vec<u8>>,
    /// A source route, `@a,@b`.
    pub(crate) route: Option<Vec<u8>>,
    pub(crate) mailbox: Option<Vec<u8>>,
    pub(crate) host: Option<Vec<u8>>,
}

/// Stands for a local part that is missing: NIL would mean the end of a group.
pub(crate) const MISSING_MAILBOX: &[u8] = b"MISSING_MAILBOX";
/// Stands for a domain that is missing: NIL would mean the start of a group.
pub(crate) const MISSING_DOMAIN: &[u8] = b"MISSING_DOMAIN";

/// Adds the addresses of an unfolded field to `out`, as long as it has fewer than `most`.
pub(crate) fn parse(value: &[u8], most: usize, out: &mut Vec<Address>) {
    let mut parser = Parser {
        cursor: Cursor::new(value),
        outside: Spec::default(),
        inside: None,
        comment: None,
        in_group: false,
        out,
        most,
    };
    parser.run();
}

struct Parser<'a, 'o> {
    cursor: Cursor<'a>,
    /// What stands outside angle brackets: a display name, or an address.
    outside: Spec,
    /// What stands inside them.
    inside: Option<Angle>,
    comment: Option<Vec<u8>>,
    in_group: bool,
    out: &'o mut Vec<Address>,
    most: usize,
}

impl Parser<'_, '_> {
    fn run(&mut self) {
        while self.out.len() < self.most {
            let before = self.cursor.rest().len();
            self.cursor.skip_blanks();
            let spaced = self.cursor.rest().len() < before;
            let Some(octet) = self.cursor.peek() else {
                break;
            };
            self.token(octet, spaced);
        }
        self.end_address();
        self.end_group();
    }

    fn token(&mut self, octet: u8, spaced: bool) {
        match octet {
            b'(' => {
                let comment = self.cursor.comment();
                self.comment = Some(comment.trim_ascii().to_vec());
            }
            b'"' => {
                let text = self.cursor.quoted();
                self.outside.word(&text, spaced, true);
            }
            b'[' => {
                let text = self.cursor.domain_literal();
                self.outside.word(&text, spaced, false);
            }
            b'<' => self.angle(),
            b',' => {
                self.cursor.next();
                self.end_address();
            }
            b';' => {
                self.cursor.next();
                self.end_address();
                self.end_group();
            }
            b':' if self.may_begin_group() => {
                self.cursor.next();
                self.begin_group();
            }
            b'@' => {
                self.cursor.next();
                self.outside.at();
            }
            b'.' | b':' | b'>' | b')' | b']' | b'\\' => self.mark(octet, spaced),
            _ => {
                let atom = self.cursor.take_while(is_atom);
                self.outside.word(atom, spaced, false);
            }
        }
    }

    /// A mark that stands for itself: in a display name it is text.
    fn mark(&mut self, mark: u8, spaced: bool) {
        self.cursor.next();
        if mark == b'.' {
            self.outside.dot(spaced);
        } else if mark != b'>' {
            self.outside.word(&[mark], spaced, false);
        }
    }

    fn angle(&mut self) {
        let angle = Angle::parse(&mut self.cursor);
        if self.inside.is_none() {
            self.inside = Some(angle);
        }
    }

    fn may_begin_group(&self) -> bool {
        !self.in_group && self.inside.is_none() && self.outside.at.is_none()
    }

    fn begin_group(&mut self) {
        let name = std::mem::take(&mut self.outside).text;
        self.comment = None;
        self.in_group = true;
        self.push(Address {
            mailbox: Some(name),
            ..Address::default()
        });
    }

    fn end_group(&mut self) {
        if self.in_group {
            self.in_group = false;
            // The end of a group whose start is shown is shown too, past the bound or not.
            self.out.push(Address::default());
        }
    }

    fn end_address(&mut self) {
        let outside = std::mem::take(&mut self.outside);
        let comment = self.comment.take();
        match self.inside.take() {
            Some(angle) => self.push(angle.address(non_empty(outside.text).or(comment))),
            None if outside.is_empty() => {}
            None => self.push(outside.address(comment)),
        }
    }

    fn push(&mut self, address: Address) {
        if self.out.len() < self.most {
            self.out.push(address);
        }
    }
}

/// Words, of which some may be an address.
#[derive(Debug, Default)]
struct Spec {
    /// Words without quoting, one space where there was any.
    text: Vec<u8>,
    /// Where the `@` stands in it.
    at: Option<usize>,
    /// The last words that dots join, without white space: the local part if `@` follows.
    local: Vec<u8>,
    /// Where these words begin in the text.
    word: usize,
    /// The last thing was a dot.
    dotted: bool,
    /// Where the words end that belong to the domain.
    domain_end: Option<usize>,
    /// A quoted string was seen: an empty one is something too.
    quoted: bool,
    /// What comes next belongs to the word before.
    joined: bool,
}

impl Spec {
    fn is_empty(&self) -> bool {
        self.text.is_empty() && !self.quoted
    }

    fn word(&mut self, word: &[u8], spaced: bool, quoted: bool) {
        if spaced && !self.joined && !self.text.is_empty() {
            self.gap();
        }
        self.text.extend_from_slice(word);
        self.extend_local(word);
        self.quoted |= quoted;
        self.joined = false;
        self.dotted = false;
    }

    /// White space between two words.
    fn gap(&mut self) {
        if self.at.is_some() {
            self.domain_end.get_or_insert(self.text.len());
        }
        self.text.push(b' ');
        if self.at.is_none() && !self.dotted {
            self.word = self.text.len();
            self.local.clear();
        }
    }

    fn extend_local(&mut self, word: &[u8]) {
        if self.at.is_none() {
            self.local.extend_from_slice(word);
        }
    }

    /// White space around a dot of an address means nothing (RFC 5322 section 4.4); around one in
    /// a display name it does.
    fn dot(&mut self, spaced: bool) {
        if spaced && self.at.is_none() && !self.text.is_empty() {
            self.text.push(b' ');
        }
        self.text.push(b'.');
        self.extend_local(b".");
        self.joined = self.at.is_some();
        self.dotted = true;
    }

    fn at(&mut self) {
        if self.at.is_none() {
            self.at = Some(self.text.len());
        }
        self.text.push(b'@');
        self.joined = true;
        self.dotted = false;
    }

    /// An address without angle brackets; words before it are its name.
    fn address(self, comment: Option<Vec<u8>>) -> Address {
        let Some(at) = self.at else {
            return self.without_at(comment);
        };
        let end = self.domain_end.unwrap_or(self.text.len());
        let part = |from: usize, to: usize| self.text.get(from..to).unwrap_or_default();
        let name = part(0, self.word).trim_ascii().to_vec();
        let host = part(at.saturating_add(1), end).to_vec();
        Address {
            name: non_empty(name).or(comment),
            route: None,
            mailbox: Some(or_missing(self.local, MISSING_MAILBOX)),
            host: Some(or_missing(host, MISSING_DOMAIN)),
        }
    }

    /// One word is taken for a local part, several for a name.
    fn without_at(self, comment: Option<Vec<u8>>) -> Address {
        let one = self.word == 0 && !self.text.is_empty();
        let (name, mailbox) = if one {
            (comment, self.text)
        } else {
            (non_empty(self.text).or(comment), MISSING_MAILBOX.to_vec())
        };
        Address {
            name,
            route: None,
            mailbox: Some(mailbox),
            host: Some(MISSING_DOMAIN.to_vec()),
        }
    }
}

/// What stands in angle brackets (RFC 5322 section 3.4.1, `obs-route` of section 4.4).
#[derive(Debug, Default)]
struct Angle {
    route: Option<Vec<u8>>,
    mailbox: Vec<u8>,
    host: Vec<u8>,
}

impl Angle {
    fn parse(cursor: &mut Cursor<'_>) -> Self {
        cursor.next();
        let mut angle = Self::default();
        let mut text = Vec::new();
        let mut at = None;
        loop {
            cursor.skip_cfws();
            match cursor.peek() {
                None => break,
                Some(b'>') => {
                    cursor.next();
                    break;
                }
                Some(b'"') => text.append(&mut cursor.quoted()),
                Some(b'[') => text.append(&mut cursor.domain_literal()),
                // A bracket that is not closed ends with its address.
                Some(b',' | b';') if at != Some(0) => break,
                Some(b':') if at == Some(0) => {
                    cursor.next();
                    angle.route = Some(std::mem::take(&mut text));
                    at = None;
                }
                Some(b'@') => {
                    cursor.next();
                    at.get_or_insert(text.len());
                    text.push(b'@');
                }
                Some(_) => text.extend(cursor.next()),
            }
        }
        angle.split(&text, at);
        angle
    }

    fn split(&mut self, text: &[u8], at: Option<usize>) {
        let at = at.unwrap_or(text.len());
        self.mailbox = text.get(..at).unwrap_or_default().to_vec();
        self.host = crate::header::tail(text, at.saturating_add(1)).to_vec();
    }

    fn address(self, name: Option<Vec<u8>>) -> Address {
        Address {
            name,
            route: self.route,
            mailbox: Some(or_missing(self.mailbox, MISSING_MAILBOX)),
            host: Some(or_missing(self.host, MISSING_DOMAIN)),
        }
    }
}

fn non_empty(text: Vec<u8>) -> Option<Vec<u8>> {
    (!text.is_empty()).then_some(text)
}

fn or_missing(text: Vec<u8>, missing: &[u8]) -> Vec<u8> {
    non_empty(text).unwrap_or_else(|| missing.to_vec())
}

fn is_atom(octet: u8) -> bool {
    !is_blank(octet) && !b"()<>@,;:\\\".[]".contains(&octet)
}
