//! The `Date` field (RFC 5322 sections 3.3 and 4.3), read leniently.

use crate::token::{Cursor, is_blank};

/// Seconds since 1970-01-01T00:00:00Z, and the minutes that the writer's clock was ahead of UTC.
/// A missing or invalid time is midnight, a missing or unknown zone is UTC (RFC 5256 section
/// 2.2).
pub(crate) fn parse(value: &[u8]) -> Option<(i64, i16)> {
    let mut date = Date::default();
    let mut cursor = Cursor::new(value);
    loop {
        cursor.skip_cfws();
        cursor.take_while(|octet| octet == b',');
        cursor.skip_cfws();
        let word = cursor.take_while(|octet| !is_blank(octet) && !matches!(octet, b',' | b'('));
        if word.is_empty() && cursor.peek().is_none() {
            return date.finish();
        }
        for word in date.split(word) {
            date.word(word);
        }
    }
}

#[derive(Default)]
struct Date {
    day: Option<u32>,
    month: Option<u32>,
    year: Option<i64>,
    time: Option<[u32; 3]>,
    zone: Option<i16>,
}

impl Date {
    /// `21-Nov-1997` is three words; after the date a sign begins a zone.
    fn split<'a>(&self, word: &'a [u8]) -> Vec<&'a [u8]> {
        if self.year.is_none() && self.time.is_none() && word.first() != Some(&b'-') {
            return word.splitn(3, |&octet| octet == b'-').collect();
        }
        vec![word]
    }

    fn word(&mut self, word: &[u8]) {
        if word.contains(&b':') {
            self.clock(word);
            return;
        }
        match word.first() {
            Some(b'0'..=b'9') => self.number(word),
            Some(b'+' | b'-') => self.zone = self.zone.or(numeric_zone(word)),
            Some(_) => self.name(word),
            None => {}
        }
    }

    fn number(&mut self, word: &[u8]) {
        let Some(value) = decimal(word) else {
            return;
        };
        if self.day.is_none() && word.len() <= 2 {
            self.day = Some(value);
        } else if self.year.is_none() {
            self.year = Some(full_year(value, word.len()));
        }
    }

    fn name(&mut self, word: &[u8]) {
        if self.month.is_none() {
            self.month = month(word);
            // Before the month only the day of the week has letters.
            return;
        }
        self.zone = self.zone.or(named_zone(word));
    }

    /// `hh:mm`, `hh:mm:ss`, `hh:mm:ss.fff`, with a numeric zone after it or not.
    fn clock(&mut self, word: &[u8]) {
        let sign = word.iter().position(|octet| matches!(octet, b'+' | b'-'));
        let (clock, zone) = word
            .split_at_checked(sign.unwrap_or(word.len()))
            .unwrap_or((word, &[]));
        if !zone.is_empty() {
            self.zone = self.zone.or(numeric_zone(zone));
        }
        let mut parts = clock.split(|&octet| octet == b':');
        let mut part = || {
            let part = parts.next().unwrap_or(b"0");
            decimal(
                part.split(|&octet| octet == b'.')
                    .next()
                    .unwrap_or_default(),
            )
        };
        if let (Some(hour), Some(minute), Some(second)) = (part(), part(), part()) {
            // A leap second is the second after.
            let valid = hour <= 23 && minute <= 59 && second <= 60;
            self.time = self.time.or(valid.then_some([hour, minute, second]));
        }
    }

    fn finish(self) -> Option<(i64, i16)> {
        let (day, month, year) = (self.day?, self.month?, self.year?);
        let [hour, minute, second] = self.time.unwrap_or_default();
        if !(1..=days_in(month, year)).contains(&day) {
            return None;
        }
        let zone = self.zone.unwrap_or(0);
        let time = i64::from(hour) * 3600 + i64::from(minute) * 60 + i64::from(second);
        let utc = days_from_epoch(year, month, day) * 86_400 + time - i64::from(zone) * 60;
        Some((utc, zone))
    }
}

/// At most nine digits, so that no arithmetic here overflows.
fn decimal(text: &[u8]) -> Option<u32> {
    if text.is_empty() || text.len() > 9 || !text.iter().all(u8::is_ascii_digit) {
        return None;
    }
    std::str::from_utf8(text).ok()?.parse().ok()
}

/// Two and three digits are read as RFC 5322 section 4.3 says.
fn full_year(value: u32, digits: usize) -> i64 {
    let value = i64::from(value);
    match digits {
        0..=2 if value < 50 => value + 2000,
        0..=3 => value + 1900,
        _ => value,
    }
}

fn month(word: &[u8]) -> Option<u32> {
    const MONTHS: [&[u8]; 12] = [
        b"jan", b"feb", b"mar", b"apr", b"may", b"jun", b"jul", b"aug", b"sep", b"oct", b"nov",
        b"dec",
    ];
    let short = word.get(..3)?.to_ascii_lowercase();
    let index = MONTHS.iter().position(|month| *month == short.as_slice())?;
    u32::try_from(index + 1).ok()
}

/// `+hhmm`, and `+hh:mm` and `+hh` besides.
fn numeric_zone(word: &[u8]) -> Option<i16> {
    let (sign, digits) = word.split_first()?;
    let digits: Vec<u8> = digits
        .iter()
        .copied()
        .filter(|&octet| octet != b':')
        .collect();
    let value = i16::try_from(decimal(&digits)?).ok()?;
    let minutes = match digits.len() {
        1 | 2 => value * 60,
        3 | 4 => value / 100 * 60 + value % 100,
        _ => return None,
    };
    (minutes < 24 * 60).then_some(if *sign == b'-' { -minutes } else { minutes })
}

/// The zones of RFC 5322 section 4.3. Military letters say nothing, as told there.
fn named_zone(word: &[u8]) -> Option<i16> {
    let hours = match word.to_ascii_uppercase().as_slice() {
        b"UT" | b"UTC" | b"GMT" | b"Z" => 0,
        b"EDT" => -4,
        b"EST" | b"CDT" => -5,
        b"CST" | b"MDT" => -6,
        b"MST" | b"PDT" => -7,
        b"PST" => -8,
        [letter] if letter.is_ascii_alphabetic() => 0,
        _ => return None,
    };
    Some(hours * 60)
}

fn is_leap(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

fn days_in(month: u32, year: i64) -> u32 {
    match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days of the Gregorian calendar since 1970-01-01; the year is never negative here.
fn days_from_epoch(year: i64, month: u32, day: u32) -> i64 {
    let before = year - 1;
    let years = year * 365 + before.div_euclid(4) - before.div_euclid(100) + before.div_euclid(400);
    let months: i64 = (1..month)
        .map(|month| i64::from(days_in(month, year)))
        .sum();
    // The days before 1970-01-01 by the same count.
    years + months + i64::from(day) - 719_528
}
