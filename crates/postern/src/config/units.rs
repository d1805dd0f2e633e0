//! Sizes such as `64MiB` and times such as `30m`.

use std::time::Duration;

/// Suffixes of sizes, in octets.
const SIZES: [(&str, u64); 4] = [
    ("GiB", 1 << 30),
    ("MiB", 1 << 20),
    ("KiB", 1 << 10),
    ("B", 1),
];

/// Suffixes of times, in milliseconds. `ms` stands before `s`, which it ends with.
const TIMES: [(&str, u64); 5] = [
    ("ms", 1),
    ("s", 1_000),
    ("m", 60_000),
    ("h", 3_600_000),
    ("d", 86_400_000),
];

/// A size in octets.
pub(crate) fn size(text: &str) -> Result<u64, String> {
    scaled(text, &SIZES)
        .map_err(|why| format!("{why}; write a size such as \"64MiB\" (B, KiB, MiB, GiB)"))
}

/// A time.
pub(super) fn duration(text: &str) -> Result<Duration, String> {
    scaled(text, &TIMES)
        .map(Duration::from_millis)
        .map_err(|why| format!("{why}; write a time such as \"30m\" (ms, s, m, h, d)"))
}

/// A whole number and one of the suffixes, with or without spaces between.
fn scaled(text: &str, suffixes: &[(&str, u64)]) -> Result<u64, &'static str> {
    let text = text.trim();
    let split = text
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(text.len());
    let (number, suffix) = text.split_at_checked(split).unwrap_or((text, ""));
    if number.is_empty() {
        return Err("it does not begin with a whole number");
    }
    let suffix = suffix.trim();
    if suffix.is_empty() {
        return Err("its unit is missing");
    }
    let Some((_, factor)) = suffixes.iter().find(|(name, _)| *name == suffix) else {
        return Err("its unit is not known");
    };
    let value = number
        .parse::<u64>()
        .ok()
        .and_then(|number| number.checked_mul(*factor));
    value.ok_or("it is too large")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn sizes() {
        assert_eq!(size("64MiB"), Ok(67_108_864));
        assert_eq!(size(" 8 KiB "), Ok(8_192));
        assert_eq!(size("0B"), Ok(0));
        assert_eq!(size("16GiB"), Ok(17_179_869_184));
        let why = |text: &str| size(text).unwrap_err().split(';').next().map(str::to_owned);
        assert_eq!(why("64").as_deref(), Some("its unit is missing"));
        assert_eq!(why("64MB").as_deref(), Some("its unit is not known"));
        assert_eq!(
            why("-1B").as_deref(),
            Some("it does not begin with a whole number")
        );
        assert_eq!(why("1.5MiB").as_deref(), Some("its unit is not known"));
        assert_eq!(
            why("18446744073709551615KiB").as_deref(),
            Some("it is too large")
        );
        assert_eq!(
            why("18446744073709551616B").as_deref(),
            Some("it is too large")
        );
        assert_eq!(
            why("").as_deref(),
            Some("it does not begin with a whole number")
        );
        assert_eq!(why("1\u{b5}").as_deref(), Some("its unit is not known"));
    }

    #[test]
    fn times() {
        assert_eq!(duration("30m"), Ok(Duration::from_secs(1_800)));
        assert_eq!(duration("250ms"), Ok(Duration::from_millis(250)));
        assert_eq!(duration("60 s"), Ok(Duration::from_secs(60)));
        assert_eq!(duration("2h"), Ok(Duration::from_secs(7_200)));
        assert_eq!(duration("1d"), Ok(Duration::from_secs(86_400)));
        assert!(duration("30").is_err());
        assert!(duration("30min").is_err());
    }
}
