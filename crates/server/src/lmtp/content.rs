//! The content after DATA: where it ends, and which dots are only transparency (RFC 5321 4.5.2).
//!
//! Only CRLF ends a line here. A bare CR or LF is content, so `LF . LF`, `LF . CRLF`, `CR . CR` and
//! the like neither end the message nor hide what follows ("SMTP smuggling").

use bytes::{BufMut, Bytes, BytesMut};

/// Takes the content in pieces of any size.
#[derive(Debug)]
pub(super) struct Content {
    place: Place,
    kept: BytesMut,
    limit: u64,
    oversize: bool,
}

/// What the octets before the next one mean for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// At the start of the content or after CRLF.
    LineStart,
    /// After a dot at the start of a line; the dot is not kept yet and will not be.
    Dot,
    /// After that dot and a CR, which is not kept yet.
    DotCr,
    /// After a CR.
    Cr,
    /// Anywhere else.
    Line,
    /// After CRLF dot CRLF.
    End,
}

/// Content that exceeds the limit.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Oversize;

impl Content {
    /// Expects content of up to `limit` octets.
    pub(super) fn new(limit: u64) -> Self {
        Self {
            place: Place::LineStart,
            kept: BytesMut::new(),
            limit,
            oversize: false,
        }
    }

    /// Takes what belongs to the content off the front of the input; returns whether it ended.
    /// If it did not, all of the input was taken.
    pub(super) fn take(&mut self, input: &mut BytesMut) -> bool {
        while self.place != Place::End && !input.is_empty() {
            let count = self.step(input);
            bytes::Buf::advance(input, count.min(input.len()));
        }
        self.place == Place::End
    }

    /// The content, if it was not too big.
    pub(super) fn finish(self) -> Result<Bytes, Oversize> {
        if self.oversize {
            return Err(Oversize);
        }
        Ok(self.kept.freeze())
    }

    /// Looks at one octet, or at a run without CR; returns how many.
    fn step(&mut self, input: &[u8]) -> usize {
        let Some(&octet) = input.first() else {
            return 0;
        };
        match (self.place, octet) {
            (Place::LineStart, b'.') => self.go(Place::Dot),
            (Place::Dot, b'\r') => self.go(Place::DotCr),
            (Place::DotCr, b'\n') => self.go(Place::End),
            (Place::DotCr, _) => {
                self.keep(b"\r");
                self.place = Place::Cr;
                0
            }
            (Place::Cr, b'\n') => {
                self.keep(b"\n");
                self.go(Place::LineStart)
            }
            (_, b'\r') => {
                self.keep(b"\r");
                self.go(Place::Cr)
            }
            _ => self.run(input),
        }
    }

    fn go(&mut self, place: Place) -> usize {
        self.place = place;
        1
    }

    fn run(&mut self, input: &[u8]) -> usize {
        let end = memchr::memchr(b'\r', input).unwrap_or(input.len());
        self.keep(input.get(..end).unwrap_or(input));
        self.place = Place::Line;
        end
    }

    fn keep(&mut self, octets: &[u8]) {
        let len = (self.kept.len() as u64).saturating_add(octets.len() as u64);
        if self.oversize || len > self.limit {
            self.oversize = true;
            self.kept = BytesMut::new();
            return;
        }
        self.kept.put_slice(octets);
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;

    /// What is kept and what is left of the input, given in one piece; `None`: no end seen.
    fn decode(input: &[u8], limit: u64) -> Option<(Result<Bytes, Oversize>, BytesMut)> {
        let mut content = Content::new(limit);
        let mut input = BytesMut::from(input);
        content.take(&mut input).then(|| (content.finish(), input))
    }

    #[track_caller]
    fn check(input: &str, kept: &str, left: &str) {
        let (content, rest) = decode(input.as_bytes(), 1000).unwrap();
        assert_eq!(content.unwrap(), kept, "{input:?}");
        assert_eq!(rest, left, "{input:?}");
    }

    #[test]
    fn ends_and_dots() {
        check(".\r\n", "", "");
        check("a\r\n.\r\nRSET\r\n", "a\r\n", "RSET\r\n");
        check("..\r\n.\r\n", ".\r\n", "");
        check("...\r\n..a\r\n.b\r\n.\r\n", "..\r\n.a\r\nb\r\n", "");
        check("a.\r\n\r\n.\r\n", "a.\r\n\r\n", "");
        check(".\r\n.\r\n", "", ".\r\n");
    }

    #[test]
    fn bare_line_ends_neither_end_nor_hide() {
        for smuggled in [
            "\n.\n",
            "\n.\r\n",
            "\r.\r",
            "\r.\r\n",
            "\r\r.\r\n",
            "\n\r.\r\n",
        ] {
            let input = format!("a{smuggled}MAIL FROM:<>\r\n.\r\n");
            check(&input, &format!("a{smuggled}MAIL FROM:<>\r\n"), "");
        }
        // The dot begins a line here, so it goes; what follows it is no CRLF, so the line goes on.
        check("a\r\n.\nb\r\n.\r\n", "a\r\n\nb\r\n", "");
        check("a\r\n.\r\rb\r\n.\r\n", "a\r\n\r\rb\r\n", "");
        check("a\r\n.\r.\r\n.\r\n", "a\r\n\r.\r\n", "");
    }

    #[test]
    fn no_end() {
        for input in [
            "", ".", ".\r", "a\r\n.\n", "a\n.\n", "a.\r\n", "\n.\r\n", "\r.\r\n",
        ] {
            assert_eq!(decode(input.as_bytes(), 1000), None, "{input:?}");
        }
    }

    #[test]
    fn limit_counts_unstuffed_octets() {
        assert_eq!(decode(b"..23\r\n.\r\n", 5).unwrap().0.unwrap(), ".23\r\n");
        assert_eq!(decode(b"..234\r\n.\r\n", 5).unwrap().0, Err(Oversize));
    }

    /// The rule once more, over the whole input and in the RFC's own terms: lines that CRLF ends.
    fn by_lines(input: &[u8]) -> Option<Vec<u8>> {
        let mut kept = Vec::new();
        let mut rest = input;
        loop {
            let end = rest.windows(2).position(|pair| pair == b"\r\n")? + 2;
            let (line, after) = rest.split_at(end);
            if line == b".\r\n" {
                return Some(kept);
            }
            kept.extend_from_slice(line.strip_prefix(b".").unwrap_or(line));
            rest = after;
        }
    }

    proptest! {
        #[test]
        fn any_split_gives_the_same(
            input in proptest::collection::vec(
                prop_oneof![Just(b'\r'), Just(b'\n'), Just(b'.'), Just(b'a')], 0..40),
            split in 0usize..40,
        ) {
            let expected = by_lines(&input);
            let (first, second) = input.split_at(split.min(input.len()));
            let mut content = Content::new(1000);
            let ended = content.take(&mut BytesMut::from(first))
                || content.take(&mut BytesMut::from(second));
            prop_assert_eq!(ended.then(|| content.finish().unwrap().to_vec()), expected);
        }
    }
}
