//! Collations: how texts are compared (RFC 4790).

use unicode_normalization::char::decompose_compatible;

/// How SEARCH, SORT and THREAD compare text: RFC 5255 section 4.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Collation {
    /// `i;unicode-casemap` (RFC 5051): without regard to case and composition.
    #[default]
    UnicodeCasemap,
    /// `i;ascii-casemap` (RFC 4790 section 9.2): without regard to the case of ASCII letters.
    AsciiCasemap,
    /// `i;octet` (RFC 4790 section 9.3): octet by octet, of UTF-8.
    Octet,
}

impl Collation {
    /// All that there are, the default first.
    pub const ALL: [Self; 3] = [Self::UnicodeCasemap, Self::AsciiCasemap, Self::Octet];

    /// Its registered name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::UnicodeCasemap => "i;unicode-casemap",
            Self::AsciiCasemap => "i;ascii-casemap",
            Self::Octet => "i;octet",
        }
    }

    /// The form of `text` whose octets compare as the collation orders it.
    pub(crate) fn key(self, text: &str) -> Vec<u8> {
        match self {
            Self::UnicodeCasemap => key(text),
            Self::AsciiCasemap => text.to_ascii_uppercase().into_bytes(),
            Self::Octet => text.as_bytes().to_vec(),
        }
    }
}

/// Of `i;unicode-casemap`: the form of `text` whose octets compare as the collation orders it: each character in title
/// case, decomposed.
fn key(text: &str) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut buffer = [0; 4];
    for c in text.chars() {
        if c.is_ascii() {
            out.extend_from_slice(c.to_ascii_uppercase().encode_utf8(&mut buffer).as_bytes());
            continue;
        }
        decompose_compatible(titlecase(c), |part| {
            out.extend_from_slice(part.encode_utf8(&mut buffer).as_bytes());
        });
    }
    out
}

/// The title case of the character alone, as UnicodeData.txt has it: upper case, but for
/// digraphs, for Georgian, and for what is one character only in title case.
fn titlecase(c: char) -> char {
    match c {
        '\u{1c4}'..='\u{1c6}' => '\u{1c5}',
        '\u{1c7}'..='\u{1c9}' => '\u{1c8}',
        '\u{1ca}'..='\u{1cc}' => '\u{1cb}',
        '\u{1f1}'..='\u{1f3}' => '\u{1f2}',
        '\u{10d0}'..='\u{10ff}' => c,
        // Greek with iota below: eight small letters, then the eight of title case.
        '\u{1f80}'..='\u{1faf}' => char::from_u32(u32::from(c) | 8).unwrap_or(c),
        '\u{1fb3}' => '\u{1fbc}',
        '\u{1fc3}' => '\u{1fcc}',
        '\u{1ff3}' => '\u{1ffc}',
        _ => {
            let mut upper = c.to_uppercase();
            match (upper.next(), upper.next()) {
                (Some(upper), None) => upper,
                _ => c,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::key;

    #[test]
    fn title_case_decomposed() {
        for (text, expected) in [
            ("aZ_09", "AZ_09"),
            // RFC 5051's own example.
            ("\u{1c4}", "Dz\u{30c}"),
            ("\u{1c6}", "Dz\u{30c}"),
            ("\u{e9}", "E\u{301}"),
            ("\u{df}", "\u{df}"),
            ("\u{fb01}", "fi"),
            ("\u{10d0}", "\u{10d0}"),
            ("\u{1fb3}", "\u{391}\u{345}"),
            ("\u{1f80}", "\u{391}\u{313}\u{345}"),
            ("\u{1f88}", "\u{391}\u{313}\u{345}"),
            ("\u{3c2}", "\u{3a3}"),
            ("\u{ff41}", "A"),
        ] {
            assert_eq!(key(text), expected.as_bytes(), "{text:?}");
        }
    }
}
