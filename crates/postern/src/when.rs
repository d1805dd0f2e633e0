//! Times as an operator writes and reads them.

use postern_store::UnixMillis;
use std::time::{SystemTime, UNIX_EPOCH};
use time::format_description::BorrowedFormatItem;
use time::format_description::well_known::Rfc3339;
use time::macros::format_description;
use time::{Date, OffsetDateTime, PrimitiveDateTime, Time};

/// What a time may look like.
pub const FORMS: &str =
    "2026-11-01T12:00:00Z, 2026-11-01T12:00 or 2026-11-01 (UTC), or an age such as 90m, 36h or 3d";

/// Milliseconds in each unit of an age.
const AGES: [(char, i64); 4] = [
    ('s', 1_000),
    ('m', 60_000),
    ('h', 3_600_000),
    ('d', 86_400_000),
];

/// Reads a time in one of [`FORMS`].
///
/// # Errors
/// It is none of them.
pub fn parse(text: &str) -> Result<UnixMillis, String> {
    let found = age(text)
        .map(|age| now().saturating_sub(age))
        .or_else(|| moment(text))
        .or_else(|| local(text));
    found.ok_or_else(|| format!("{text:?} is no time: write {FORMS}"))
}

fn age(text: &str) -> Option<i64> {
    let unit = text.chars().last()?;
    let (_, factor) = AGES.iter().find(|(name, _)| *name == unit)?;
    let number: u32 = text.strip_suffix(unit)?.parse().ok()?;
    i64::from(number).checked_mul(*factor)
}

fn moment(text: &str) -> Option<UnixMillis> {
    OffsetDateTime::parse(text, &Rfc3339).ok().map(millis)
}

/// Without an offset: UTC.
fn local(text: &str) -> Option<UnixMillis> {
    const SECONDS: &[BorrowedFormatItem<'_>] =
        format_description!("[year]-[month]-[day]T[hour]:[minute]:[second]");
    const MINUTES: &[BorrowedFormatItem<'_>] =
        format_description!("[year]-[month]-[day]T[hour]:[minute]");
    const DAY: &[BorrowedFormatItem<'_>] = format_description!("[year]-[month]-[day]");
    let text = text.replace(' ', "T");
    let parsed = PrimitiveDateTime::parse(&text, SECONDS)
        .or_else(|_| PrimitiveDateTime::parse(&text, MINUTES))
        .or_else(|_| {
            Date::parse(&text, DAY).map(|day| PrimitiveDateTime::new(day, Time::MIDNIGHT))
        });
    parsed.ok().map(|at| millis(at.assume_utc()))
}

fn millis(at: OffsetDateTime) -> UnixMillis {
    i64::try_from(at.unix_timestamp_nanos() / 1_000_000).unwrap_or(i64::MAX)
}

/// The time in RFC 3339, in UTC, to the second.
pub fn show(at: UnixMillis) -> String {
    OffsetDateTime::from_unix_timestamp(at.div_euclid(1_000))
        .ok()
        .and_then(|moment| moment.format(&Rfc3339).ok())
        .unwrap_or_else(|| format!("{at} ms"))
}

/// The clock, as logs have it.
pub fn now() -> UnixMillis {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| {
        UnixMillis::try_from(since.as_millis()).unwrap_or(0)
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn times_are_read_in_every_form_and_nothing_else_is() {
        for text in [
            "2026-11-01T12:00:00Z",
            "2026-11-01T12:00",
            "2026-11-01 12:00:00",
            "2026-11-01T13:00:00+01:00",
        ] {
            assert_eq!(parse(text), Ok(1_793_534_400_000), "{text}");
        }
        assert_eq!(show(1_793_534_400_999), "2026-11-01T12:00:00Z");
        assert_eq!(parse("2026-11-01"), Ok(1_793_491_200_000));
        let day_ago = now() - parse("1d").unwrap();
        assert!((86_400_000..86_401_000).contains(&day_ago), "{day_ago}");
        for text in ["", "yesterday", "-3d", "3", "3w", "2026-13-01", "12:00"] {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
