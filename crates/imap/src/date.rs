//! Dates: `date` and `date-time` of RFC 9051 section 9. Arithmetic only, no clock.

const MONTHS: [&[u8; 3]; 12] = [
    b"Jan", b"Feb", b"Mar", b"Apr", b"May", b"Jun", b"Jul", b"Aug", b"Sep", b"Oct", b"Nov", b"Dec",
];

const DAY_SECONDS: i64 = 86_400;

/// Days from 0000-01-01 to 1970-01-01.
const EPOCH: i64 = 719_528;

/// Days from 1970-01-01 to 9999-12-31.
const LAST_DAY: i64 = 2_932_896;

/// A calendar day of the proleptic Gregorian calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date {
    /// 0 to 9999.
    pub year: u16,
    /// 1 to 12.
    pub month: u8,
    /// 1 to the month's length.
    pub day: u8,
}

impl Date {
    /// `None` when there is no such day or the year is over 9999.
    pub fn new(year: u16, month: u8, day: u8) -> Option<Self> {
        let fits = year <= 9999 && day >= 1 && day <= month_length(year, month)?;
        fits.then_some(Self { year, month, day })
    }

    /// `date-text`: `1-Feb-1994`, `01-feb-1994`. A leading space for the first digit of the day
    /// is accepted too, as `date-day-fixed` has it.
    pub fn parse(text: &[u8]) -> Option<Self> {
        let mut parts = text.splitn(3, |b| *b == b'-');
        let day = match parts.next()? {
            [b' ', day] => digits(&[*day])?,
            day if day.len() <= 2 => digits(day)?,
            _ => return None,
        };
        let month = month_number(parts.next()?)?;
        let year = parts.next().filter(|y| y.len() == 4)?;
        Self::new(digits(year)?, month, u8::try_from(day).ok()?)
    }

    /// The three letters of the month: `Jan`.
    pub fn month_name(&self) -> &'static str {
        let index = usize::from(self.month.saturating_sub(1));
        let name = MONTHS.get(index).copied().unwrap_or(b"Jan");
        std::str::from_utf8(name).unwrap_or("Jan")
    }

    /// Days since 1970-01-01, negative before it.
    pub fn days(&self) -> i64 {
        let (year, month) = (i64::from(self.year), i64::from(self.month));
        // Years counted from March, so that a leap day is the last day of its year.
        let shifted = if month <= 2 { year - 1 } else { year };
        let era = shifted.div_euclid(400);
        let of_era = shifted.rem_euclid(400);
        let month_from_march = (month + 9) % 12;
        let of_year = (153 * month_from_march + 2) / 5 + i64::from(self.day) - 1;
        era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year + 60 - EPOCH
    }

    /// The day that is `days` after 1970-01-01, cut at 0000-01-01 and 9999-12-31.
    pub fn from_days(days: i64) -> Self {
        let from_march = days.clamp(-EPOCH, LAST_DAY) + EPOCH - 60;
        let era = from_march.div_euclid(146_097);
        let of_era = from_march.rem_euclid(146_097);
        let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
        let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let month_from_march = (5 * of_year + 2) / 153;
        let day = of_year - (153 * month_from_march + 2) / 5 + 1;
        let month = (month_from_march + 2) % 12 + 1;
        let year = era * 400 + year_of_era + i64::from(month <= 2);
        Self {
            year: u16::try_from(year).unwrap_or(0),
            month: u8::try_from(month).unwrap_or(1),
            day: u8::try_from(day).unwrap_or(1),
        }
    }
}

/// `None` for a month that is not 1 to 12.
fn month_length(year: u16, month: u8) -> Option<u8> {
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => Some(31),
        4 | 6 | 9 | 11 => Some(30),
        2 if leap => Some(29),
        2 => Some(28),
        _ => None,
    }
}

/// 1 to 12 for the three letters of a month, in any case.
fn month_number(name: &[u8]) -> Option<u8> {
    let index = MONTHS.iter().position(|m| m.eq_ignore_ascii_case(name))?;
    u8::try_from(index + 1).ok()
}

/// A number of one to four digits and nothing else.
fn digits(text: &[u8]) -> Option<u16> {
    if text.is_empty() || text.len() > 4 {
        return None;
    }
    text.iter().try_fold(0u16, |n, b| {
        b.is_ascii_digit()
            .then(|| n * 10 + u16::from(b.wrapping_sub(b'0')))
    })
}

/// When a message arrived, with the zone in which it was said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct InternalDate {
    /// Seconds since 1970-01-01T00:00:00Z.
    pub unix: i64,
    /// Minutes east of UTC, -5999 to 5999 as four digits can say.
    pub offset_minutes: i16,
}

/// A time of day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Time {
    /// 0 to 23.
    pub hour: u8,
    /// 0 to 59.
    pub minute: u8,
    /// 0 to 60: a leap second is the first second of the next minute.
    pub second: u8,
}

impl InternalDate {
    /// The moment in UTC.
    pub fn from_unix(seconds: i64) -> Self {
        Self {
            unix: seconds,
            offset_minutes: 0,
        }
    }

    /// The moment at which a clock `offset_minutes` east of UTC shows `date` and `time`.
    /// `None` when the time or the offset is out of its range, and for the leap second that would
    /// be the first of the year 10000, which no date can say.
    pub fn from_civil(date: Date, time: Time, offset_minutes: i16) -> Option<Self> {
        let fits = time.hour <= 23 && time.minute <= 59 && time.second <= 60;
        if !fits || !(-5999..=5999).contains(&offset_minutes) {
            return None;
        }
        let clock = (i64::from(time.hour) * 60 + i64::from(time.minute)) * 60;
        let local = date.days() * DAY_SECONDS + clock + i64::from(time.second);
        (local < (LAST_DAY + 1) * DAY_SECONDS).then_some(Self {
            unix: local - i64::from(offset_minutes) * 60,
            offset_minutes,
        })
    }

    /// `date-time` without its quotes: `17-Jul-1996 02:44:25 -0700`; the day may have a leading
    /// space or be a single digit.
    pub fn parse(text: &[u8]) -> Option<Self> {
        let day_end = text
            .iter()
            .skip(1)
            .position(|b| *b == b' ')?
            .checked_add(1)?;
        let (date, rest) = text.split_at_checked(day_end)?;
        let [b' ', h0, h1, b':', m0, m1, b':', s0, s1, b' ', sign, z @ ..] = rest else {
            return None;
        };
        let [z0, z1, z2, z3] = z else {
            return None;
        };
        let two = |a: &u8, b: &u8| digits(&[*a, *b]).and_then(|n| u8::try_from(n).ok());
        let time = Time {
            hour: two(h0, h1)?,
            minute: two(m0, m1)?,
            second: two(s0, s1)?,
        };
        let zone_minutes = two(z2, z3).filter(|m| *m <= 59)?;
        let zone = i16::from(two(z0, z1)?) * 60 + i16::from(zone_minutes);
        let zone = match sign {
            b'+' => zone,
            b'-' => -zone,
            _ => return None,
        };
        Self::from_civil(Date::parse(date)?, time, zone)
    }

    /// The day in its own zone: what SEARCH compares, which disregards time and zone.
    pub fn date(&self) -> Date {
        Date::from_days(self.local().div_euclid(DAY_SECONDS))
    }

    /// The time of day in its own zone.
    pub fn time(&self) -> Time {
        let seconds = self.local().rem_euclid(DAY_SECONDS);
        let part = |n: i64| u8::try_from(n).unwrap_or(0);
        Time {
            hour: part(seconds / 3600),
            minute: part(seconds / 60 % 60),
            second: part(seconds % 60),
        }
    }

    fn local(&self) -> i64 {
        let offset = i64::from(self.offset_minutes.clamp(-5999, 5999));
        self.unix.saturating_add(offset * 60)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
    use super::*;
    use proptest::prelude::*;

    fn date(year: u16, month: u8, day: u8) -> Date {
        Date::new(year, month, day).unwrap()
    }

    #[test]
    fn validity() {
        assert!(Date::new(2000, 2, 29).is_some());
        assert!(Date::new(2024, 2, 29).is_some());
        for (y, m, d) in [
            (1900, 2, 29),
            (2023, 2, 29),
            (2023, 4, 31),
            (2023, 0, 1),
            (2023, 13, 1),
            (2023, 1, 0),
            (2023, 1, 32),
            (10_000, 1, 1),
        ] {
            assert_eq!(Date::new(y, m, d), None, "{y}-{m}-{d}");
        }
    }

    #[test]
    fn known_days() {
        let table = [
            (date(1970, 1, 1), 0),
            (date(1969, 12, 31), -1),
            (date(1970, 3, 1), 59),
            (date(2000, 2, 29), 11_016),
            (date(2000, 3, 1), 11_017),
            (date(2038, 1, 19), 24_855),
            (date(0, 1, 1), -719_528),
            (date(9999, 12, 31), 2_932_896),
        ];
        for (day, days) in table {
            assert_eq!(day.days(), days, "{day:?}");
            assert_eq!(Date::from_days(days), day);
        }
        assert_eq!(Date::from_days(i64::MIN), date(0, 1, 1));
        assert_eq!(Date::from_days(i64::MAX), date(9999, 12, 31));
    }

    #[test]
    fn every_day_follows_the_one_before() {
        let mut before = Date::from_days(-EPOCH);
        for days in (1 - EPOCH)..=LAST_DAY {
            let day = Date::from_days(days);
            assert!(day > before);
            assert_eq!(day.days(), days);
            assert_eq!(Date::new(day.year, day.month, day.day), Some(day));
            before = day;
        }
    }

    #[test]
    fn parses_dates() {
        assert_eq!(Date::parse(b"1-Feb-1994"), Some(date(1994, 2, 1)));
        assert_eq!(Date::parse(b"01-fEB-1994"), Some(date(1994, 2, 1)));
        for bad in [
            "",
            "1-Feb",
            "1-Feb-94",
            "1-Feb-19945",
            "001-Feb-1994",
            "1-Fe-1994",
            "30-Feb-1994",
            "-1-Feb-1994",
            "1-Feb-+994",
            "1 Feb 1994",
            "1-Feb-1994-",
        ] {
            assert_eq!(Date::parse(bad.as_bytes()), None, "{bad:?}");
        }
    }

    #[test]
    fn parses_date_times() {
        // 1996-07-17T09:44:25Z is day 9694 of the epoch.
        let unix = 9694 * 86_400 + 9 * 3600 + 44 * 60 + 25;
        let parsed = InternalDate::parse(b"17-Jul-1996 02:44:25 -0700").unwrap();
        assert_eq!(
            parsed,
            InternalDate {
                unix,
                offset_minutes: -420
            }
        );
        assert_eq!(parsed.date(), date(1996, 7, 17));
        let leading = InternalDate::parse(b" 1-Jan-1970 00:30:00 +0130").unwrap();
        assert_eq!(
            leading,
            InternalDate {
                unix: -3600,
                offset_minutes: 90
            }
        );
        assert_eq!(leading.date(), date(1970, 1, 1));
        assert_eq!(InternalDate::from_unix(-3600).date(), date(1969, 12, 31));
        for bad in [
            "",
            " ",
            "17-Jul-1996",
            "17-Jul-1996 02:44:25",
            "17-Jul-1996 24:00:00 +0000",
            "17-Jul-1996 02:60:25 +0000",
            "17-Jul-1996 02:44:61 +0000",
            "17-Jul-1996 02:44:25 0000",
            "17-Jul-1996 02:44:25 +0060",
            "17-Jul-1996 02:44:25 +00000",
            "17-Jul-1996  2:44:25 +0000",
        ] {
            assert_eq!(InternalDate::parse(bad.as_bytes()), None, "{bad:?}");
        }
    }

    /// It was told as the same day's first second.
    #[test]
    fn a_leap_second_does_not_reach_the_year_10000() {
        for zone in ["+0000", "-0100", "+9959"] {
            let told = |time| format!("31-Dec-9999 {time} {zone}");
            assert_eq!(InternalDate::parse(told("23:59:60").as_bytes()), None);
            let last = InternalDate::parse(told("23:59:59").as_bytes()).unwrap();
            assert_eq!(last.date(), date(9999, 12, 31));
            assert_eq!(last.time().second, 59);
        }
        let earlier = InternalDate::parse(b"31-Dec-9998 23:59:60 +0000").unwrap();
        assert_eq!(earlier.date(), date(9999, 1, 1));
    }

    proptest! {
        #[test]
        fn nothing_overflows(unix: i64, offset_minutes: i16) {
            let moment = InternalDate { unix, offset_minutes };
            prop_assert!(Date::new(moment.date().year, moment.date().month, moment.date().day).is_some());
            prop_assert!(moment.time().hour < 24);
        }

        #[test]
        fn civil_round_trip(unix in -62_000_000_000i64..253_000_000_000, offset in -5999i16..=5999) {
            let moment = InternalDate { unix, offset_minutes: offset };
            prop_assert_eq!(InternalDate::from_civil(moment.date(), moment.time(), offset), Some(moment));
        }

        #[test]
        fn never_panics(text: Vec<u8>) {
            let _ = Date::parse(&text);
            let _ = InternalDate::parse(&text);
        }
    }
}
