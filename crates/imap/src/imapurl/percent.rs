//! Percent-encoding: RFC 3986 section 2.1.

/// The octets that the text stands for; `None` where a `%` is without its two digits.
pub(super) fn decode(text: &str) -> Option<Vec<u8>> {
    let mut octets = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        rest = after;
        if *first != b'%' {
            octets.push(*first);
            continue;
        }
        let (digits, after) = rest.split_first_chunk::<2>()?;
        let [high, low] = digits.map(|digit| char::from(digit).to_digit(16));
        octets.push(u8::try_from(high? * 16 + low?).ok()?);
        rest = after;
    }
    Some(octets)
}
