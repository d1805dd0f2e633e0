//! Base64 as SASL exchanges use it: RFC 4648 section 4, with padding and without line breaks.

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// The encoded form of `data`, with padding.
pub fn encode(data: &[u8]) -> String {
    let mut out = Vec::with_capacity(data.len().div_ceil(3).saturating_mul(4));
    encode_into(&mut out, data);
    String::from_utf8(out).unwrap_or_default()
}

/// Appends the encoded form of `data`, with padding.
pub fn encode_into(out: &mut Vec<u8>, data: &[u8]) {
    for chunk in data.chunks(3) {
        let octet = |i: usize| u32::from(chunk.get(i).copied().unwrap_or(0));
        let group = octet(0) << 16 | octet(1) << 8 | octet(2);
        for i in 0..4u32 {
            out.push(match usize::try_from(i) {
                Ok(at) if at > chunk.len() => b'=',
                _ => symbol(group >> (18 - 6 * i)),
            });
        }
    }
}

/// The symbol of the low six bits.
fn symbol(bits: u32) -> u8 {
    let index = usize::try_from(bits & 63).unwrap_or(0);
    ALPHABET.get(index).copied().unwrap_or(b'A')
}

/// The value of a symbol of the standard alphabet.
fn value(symbol: u8) -> Option<u32> {
    let value = match symbol {
        b'A'..=b'Z' => symbol - b'A',
        b'a'..=b'z' => symbol - b'a' + 26,
        b'0'..=b'9' => symbol - b'0' + 52,
        b'+' => 62,
        b'/' => 63,
        _ => return None,
    };
    Some(u32::from(value))
}

/// The octets that `text` encodes. `None` when a symbol is not of the alphabet, the padding is
/// missing or misplaced, or a bit that should be zero is not (RFC 4648 section 3.5).
pub fn decode(text: &[u8]) -> Option<Vec<u8>> {
    if !text.len().is_multiple_of(4) {
        return None;
    }
    let mut out = Vec::with_capacity(text.len() / 4 * 3);
    let (body, last) = text.split_at(text.len().saturating_sub(4));
    for group in body.chunks(4) {
        out.extend_from_slice(octets(group)?.get(..3)?);
    }
    if !last.is_empty() {
        decode_last(&mut out, last)?;
    }
    Some(out)
}

/// The last group, which may be padded.
fn decode_last(out: &mut Vec<u8>, group: &[u8]) -> Option<()> {
    let padding = group.iter().rev().take_while(|&&b| b == b'=').count();
    let (kept, _) = group.split_at(group.len().checked_sub(padding)?);
    let octets = octets(kept)?;
    let (data, rest) = octets.split_at_checked(kept.len().checked_sub(1).filter(|n| *n > 0)?)?;
    if rest.iter().any(|b| *b != 0) {
        return None;
    }
    out.extend_from_slice(data);
    Some(())
}

/// Up to four symbols as three octets and, last, what is beyond them (always zero).
fn octets(symbols: &[u8]) -> Option<[u8; 3]> {
    let mut group = 0u32;
    for i in 0..4 {
        group = group << 6 | symbols.get(i).map_or(Some(0), |s| value(*s))?;
    }
    let [_, a, b, c] = group.to_be_bytes();
    Some([a, b, c])
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
    use super::*;
    use proptest::prelude::*;

    /// RFC 4648 section 10.
    #[test]
    fn known_answers() {
        let table = [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foob", "Zm9vYg=="),
            ("fooba", "Zm9vYmE="),
            ("foobar", "Zm9vYmFy"),
        ];
        for (plain, encoded) in table {
            assert_eq!(encode(plain.as_bytes()), encoded);
            assert_eq!(decode(encoded.as_bytes()).unwrap(), plain.as_bytes());
        }
    }

    #[test]
    fn refuses_what_is_not_canonical() {
        let table = [
            "Z", "Zg", "Zg=", "Zh==", "Zm9=", "====", "Z===", "Zg==Zg==", "Zm9v\r\n", "Zm 9",
            "Zm9_", "=m9v", "Z=9v",
        ];
        for text in table {
            assert_eq!(decode(text.as_bytes()), None, "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn round_trip(data: Vec<u8>) {
            prop_assert_eq!(decode(encode(&data).as_bytes()), Some(data));
        }

        #[test]
        fn what_decodes_encodes_the_same(text in "[A-Za-z0-9+/]{0,6}={0,3}") {
            if let Some(data) = decode(text.as_bytes()) {
                prop_assert_eq!(encode(&data), text);
            }
        }
    }
}
