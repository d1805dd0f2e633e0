//! The collation `i;unicode-casemap`: RFC 5051.

use unicode_normalization::char::decompose_compatible;

/// The form of `text` whose octets compare as the collation orders it: each character in title
/// case, decomposed.
pub(crate) fn key(text: &str) -> Vec<u8> {
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
