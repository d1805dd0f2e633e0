//! Modified UTF-7: RFC 3501 section 5.1.3.

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+,";

/// Appends `name` in modified UTF-7.
pub(super) fn encode_into(out: &mut Vec<u8>, name: &str) {
    let mut rest = name;
    while let Some(c) = rest.chars().next() {
        let direct = is_direct(c);
        let end = rest.find(|c| is_direct(c) != direct).unwrap_or(rest.len());
        let (run, after) = rest.split_at_checked(end).unwrap_or((rest, ""));
        if direct {
            encode_direct(out, run);
        } else {
            encode_shifted(out, run);
        }
        rest = after;
    }
}

/// Printable ASCII stands for itself.
fn is_direct(c: char) -> bool {
    matches!(c, ' '..='~')
}

fn encode_direct(out: &mut Vec<u8>, run: &str) {
    for b in run.bytes() {
        out.push(b);
        if b == b'&' {
            out.push(b'-');
        }
    }
}

fn encode_shifted(out: &mut Vec<u8>, run: &str) {
    out.push(b'&');
    let (mut bits, mut count) = (0u32, 0u32);
    for unit in run.encode_utf16() {
        bits = bits << 16 | u32::from(unit);
        count += 16;
        while count >= 6 {
            count -= 6;
            out.push(symbol(bits >> count));
        }
        bits &= (1 << count) - 1;
    }
    if count > 0 {
        out.push(symbol(bits << (6 - count)));
    }
    out.push(b'-');
}

fn symbol(bits: u32) -> u8 {
    let index = usize::try_from(bits & 63).unwrap_or(0);
    ALPHABET.get(index).copied().unwrap_or(b'A')
}

fn value(symbol: u8) -> Option<u32> {
    let value = match symbol {
        b'A'..=b'Z' => symbol - b'A',
        b'a'..=b'z' => symbol - b'a' + 26,
        b'0'..=b'9' => symbol - b'0' + 52,
        b'+' => 62,
        b',' => 63,
        _ => return None,
    };
    Some(u32::from(value))
}

/// The text of a name in modified UTF-7. Characters over 0x7f stand for themselves. `None` for
/// a shift that does not end, encodes what needs no encoding, follows another without need or
/// is not UTF-16.
pub(super) fn decode(name: &str) -> Option<String> {
    let mut out = String::with_capacity(name.len());
    let mut rest = name;
    while let Some((direct, after)) = rest.split_once('&') {
        out.push_str(direct);
        let (shifted, after) = after.split_once('-')?;
        if shifted.is_empty() {
            out.push('&');
        } else {
            decode_shifted(&mut out, shifted.as_bytes())?;
            // Two shifts in a row must be one, unless the second is an ampersand.
            if after.starts_with('&') && !after.starts_with("&-") {
                return None;
            }
        }
        rest = after;
    }
    out.push_str(rest);
    Some(out)
}

fn decode_shifted(out: &mut String, shifted: &[u8]) -> Option<()> {
    let units = utf16(shifted)?;
    for c in char::decode_utf16(units) {
        let c = c.ok().filter(|c| !is_direct(*c))?;
        out.push(c);
    }
    Some(())
}

/// The 16-bit units, of which there is at least one. The bits after the last must be fewer than
/// a symbol has, and zero.
fn utf16(shifted: &[u8]) -> Option<Vec<u16>> {
    let mut units = Vec::with_capacity(shifted.len() / 2);
    let (mut bits, mut count) = (0u32, 0u32);
    for symbol in shifted {
        bits = bits << 6 | value(*symbol)?;
        count += 6;
        if count >= 16 {
            count -= 16;
            units.push(u16::try_from(bits >> count).ok()?);
            bits &= (1 << count) - 1;
        }
    }
    (count < 6 && bits == 0 && !units.is_empty()).then_some(units)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
    use super::*;
    use proptest::prelude::*;

    fn encode(name: &str) -> String {
        let mut out = Vec::new();
        encode_into(&mut out, name);
        String::from_utf8(out).unwrap()
    }

    /// RFC 3501 section 5.1.3, and by hand: U+00E4 is 0000 0000 1110 0100, thus AOQ; U+1F4E7
    /// is D83D DCE7, thus 2D3c5w.
    #[test]
    fn known_answers() {
        let table = [
            ("INBOX", "INBOX"),
            ("Tom & Jerry", "Tom &- Jerry"),
            (
                "~peter/mail/\u{53f0}\u{5317}/\u{65e5}\u{672c}\u{8a9e}",
                "~peter/mail/&U,BTFw-/&ZeVnLIqe-",
            ),
            ("Entw\u{fc}rfe", "Entw&APw-rfe"),
            ("\u{e4}", "&AOQ-"),
            ("\u{e4}&", "&AOQ-&-"),
            ("&\u{e4}", "&-&AOQ-"),
            ("\u{1f4e7}", "&2D3c5w-"),
        ];
        for (plain, encoded) in table {
            assert_eq!(encode(plain), encoded);
            assert_eq!(decode(encoded).as_deref(), Some(plain));
        }
    }

    #[test]
    fn raw_utf8_is_taken_as_it_is() {
        assert_eq!(decode("\u{e4}/&AOQ-").as_deref(), Some("\u{e4}/\u{e4}"));
    }

    #[test]
    fn refuses() {
        let table = [
            ("&", "no end"),
            ("&AOQ", "no end"),
            ("a&b", "no end"),
            ("&A-", "less than a unit"),
            ("&AO-", "less than a unit"),
            ("&AOR-", "trailing bits that are not zero"),
            ("&AOQA-", "a symbol too many"),
            ("&AGE-", "an encoded a"),
            ("&ACY-", "an encoded ampersand"),
            ("&AOQ=-", "padding"),
            ("&AOQ/-", "a symbol of the other alphabet"),
            ("&2D0-", "a high surrogate alone"),
            ("&3Oc-", "a low surrogate alone"),
            (
                "&U,BTFw-&ZeVnLIqe-",
                "a superfluous shift, RFC 3501 section 5.1.3",
            ),
            ("&\u{e4}-", "UTF-8 in a shift"),
        ];
        for (name, why) in table {
            assert_eq!(decode(name), None, "{name}: {why}");
        }
    }

    proptest! {
        #[test]
        fn round_trip(name: String) {
            let encoded = encode(&name);
            prop_assert!(encoded.bytes().all(|b| (0x20..0x7f).contains(&b)));
            prop_assert_eq!(decode(&encoded), Some(name));
        }

        #[test]
        fn one_spelling_each(encoded in "[ -~&A,-]{0,12}") {
            if let Some(name) = decode(&encoded) {
                prop_assert_eq!(encode(&name), encoded);
            }
        }
    }
}
