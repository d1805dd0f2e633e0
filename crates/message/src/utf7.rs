//! UTF-7 (RFC 2152), which old mail still has.

/// The text of UTF-7 octets. What is not UTF-7 stands for itself, or is U+FFFD.
pub(crate) fn decode(octets: &[u8]) -> String {
    let mut out = String::with_capacity(octets.len());
    let mut rest = octets;
    while let Some((&octet, after)) = rest.split_first() {
        if octet != b'+' {
            out.push(if octet.is_ascii() {
                char::from(octet)
            } else {
                char::REPLACEMENT_CHARACTER
            });
            rest = after;
            continue;
        }
        let len = after
            .iter()
            .position(|&o| !is_digit(o))
            .unwrap_or(after.len());
        let (shifted, after) = after.split_at_checked(len).unwrap_or((after, &[]));
        let closed = after.strip_prefix(b"-");
        if shifted.is_empty() {
            // "+-" stands for "+".
            out.push('+');
        } else {
            out.extend(utf16(shifted));
        }
        rest = closed.unwrap_or(after);
    }
    out
}

fn is_digit(octet: u8) -> bool {
    octet.is_ascii_alphanumeric() || matches!(octet, b'+' | b'/')
}

fn utf16(shifted: &[u8]) -> Vec<char> {
    let octets = crate::transfer::base64(shifted);
    let units = octets.chunks_exact(2).map(|pair| match pair {
        [high, low] => u16::from_be_bytes([*high, *low]),
        _ => 0,
    });
    char::decode_utf16(units)
        .map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER))
        .collect()
}
