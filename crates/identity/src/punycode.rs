//! Punycode (RFC 3492), to read: what stands after `xn--` in a label of a domain.

/// The parameters of RFC 3492, 5.
const BASE: u32 = 36;
const T_MIN: u32 = 1;
const T_MAX: u32 = 26;
const SKEW: u32 = 38;
const DAMP: u32 = 700;
const INITIAL_BIAS: u32 = 72;
const INITIAL_N: u32 = 0x80;

/// Letters of a label; longer input is refused, so that the insertions stay few.
const MAX_LETTERS: usize = 63;

/// Decodes; `None` for what is no Punycode (RFC 3492, 6.2).
pub(crate) fn decode(text: &str) -> Option<String> {
    if text.len() > MAX_LETTERS || !text.is_ascii() {
        return None;
    }
    let (basic, extended) = text.rsplit_once('-').unwrap_or(("", text));
    let mut output: Vec<char> = basic.chars().collect();
    let mut digits = extended.bytes().map(digit);
    let (mut n, mut i, mut bias) = (INITIAL_N, 0u32, INITIAL_BIAS);
    while digits.len() > 0 {
        let before = i;
        i = before.checked_add(delta(&mut digits, bias)?)?;
        let letters = u32::try_from(output.len()).ok()?.checked_add(1)?;
        bias = adapt(i.checked_sub(before)?, letters, before == 0)?;
        n = n.checked_add(i.checked_div(letters)?)?;
        i = i.checked_rem(letters)?;
        output.insert(usize::try_from(i).ok()?, char::from_u32(n)?);
        i = i.checked_add(1)?;
    }
    Some(output.into_iter().collect())
}

/// A number in generalised variable-length form (RFC 3492, 3.3).
fn delta(digits: &mut impl Iterator<Item = Option<u32>>, bias: u32) -> Option<u32> {
    let (mut value, mut weight, mut k) = (0u32, 1u32, BASE);
    loop {
        let digit = digits.next()??;
        value = value.checked_add(digit.checked_mul(weight)?)?;
        let threshold = k.saturating_sub(bias).clamp(T_MIN, T_MAX);
        if digit < threshold {
            return Some(value);
        }
        weight = weight.checked_mul(BASE.checked_sub(threshold)?)?;
        k = k.checked_add(BASE)?;
    }
}

/// RFC 3492, 6.1.
fn adapt(delta: u32, letters: u32, first: bool) -> Option<u32> {
    let mut delta = delta / if first { DAMP } else { 2 };
    delta = delta.checked_add(delta.checked_div(letters)?)?;
    let mut k = 0;
    while delta > ((BASE - T_MIN) * T_MAX) / 2 {
        delta /= BASE - T_MIN;
        k += BASE;
    }
    Some(k + (BASE - T_MIN + 1) * delta / (delta + SKEW))
}

fn digit(octet: u8) -> Option<u32> {
    char::from(octet).to_digit(36).map(|value| match octet {
        // RFC 3492, 5: the letters stand for 0 to 25, the digits for 26 to 35.
        b'0'..=b'9' => value + 26,
        _ => value - 10,
    })
}

#[cfg(test)]
mod tests {
    use super::decode;

    /// RFC 3492, 7.1: (B) Chinese, (L) Japanese; and names of domains that exist.
    #[test]
    fn known_answers() {
        for (text, expected) in [
            ("ihqwcrb4cv8a8dqg056pqjye", "他们为什么不说中文"),
            ("3B-ww4c5e180e575a65lsy2b", "3年B組金八先生"),
            ("bcher-kva", "bücher"),
            ("mnchen-3ya", "münchen"),
            ("fiqs8s", "中国"),
            ("p1ai", "рф"),
            ("wgv71a119e", "日本語"),
        ] {
            assert_eq!(decode(text).as_deref(), Some(expected), "{text}");
        }
    }

    #[test]
    fn what_is_no_punycode() {
        let long = "a".repeat(64);
        for text in [
            "bcher-kv",
            "99999999",
            "b\u{fc}cher",
            "a-!",
            "bcher-kva!",
            long.as_str(),
        ] {
            assert_eq!(decode(text), None, "{text}");
        }
    }
}
