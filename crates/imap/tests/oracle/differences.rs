//! Where we and imap-codec differ, and which text decides.

/// A difference.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Difference {
    /// A frame that shows it.
    pub(crate) example: &'static str,
    /// The text that decides, or the client whose habit it is.
    #[allow(dead_code, reason = "for who reads, and in what a failed test prints")]
    pub(crate) decides: &'static str,
    /// Whether a frame that the two differ about is of this kind.
    pub(crate) is: fn(&[u8]) -> bool,
}

impl PartialEq for Difference {
    fn eq(&self, other: &Self) -> bool {
        self.example == other.example
    }
}

pub(crate) const KNOWN: &[Difference] = &[
    Difference {
        example: "a EXAMINE  box",
        decides: "RFC 9051 section 9: SP is one space. Clients send more, and at the end of a line; \
                  section 7.1.3 asks for BAD only where a command cannot be understood.",
        is: has_more_spaces,
    },
    Difference {
        example: "a ID (\"name\" sodr)",
        decides: "RFC 2971 section 4: a value is an nstring. Some clients leave out the quotes; what \
                  they say goes into a log and no further.",
        is: |frame| begins(frame, b"ID"),
    },
    Difference {
        example: "a SEARCH CHARSET US]ASCII ALL",
        decides: "RFC 3501 section 9: \"CHARSET\" SP astring, and an astring may have `]`. RFC 9051 \
                  narrows it to an atom or a quoted string.",
        is: |frame| begins(frame, b"SEARCH CHARSET") || begins(frame, b"UID SEARCH CHARSET"),
    },
    Difference {
        example: "a APPEND box \"1-Jan-1971 00:00:00 +0000\" {1}\r\nx",
        decides: "RFC 9051 section 9: date-day-fixed has two places. Clients write a day of one \
                  digit as in SEARCH, and what they mean is plain.",
        is: |frame| begins(frame, b"APPEND") && has_short_day(frame),
    },
    Difference {
        example: "a APPEND box \" 1-Jan-1971 00:00:00 -9000\" {1}\r\nx",
        decides: "RFC 9051 section 9: zone is any four digits; imap-codec keeps what chrono can.",
        is: |frame| begins(frame, b"APPEND") && has_wide_zone(frame),
    },
    Difference {
        example: "a FETCH $ UID",
        decides: "RFC 5182 section 5, RFC 9051 section 9: a sequence-set may be `$`.",
        is: has_saved_set,
    },
    Difference {
        example: "a SEARCH LARGER 11000000000",
        decides: "RFC 9051 section 9: LARGER, SMALLER and partial take a number64.",
        is: has_large_number,
    },
];

/// A quoted date whose day is one digit.
fn has_short_day(frame: &[u8]) -> bool {
    let short = |three: &[u8]| matches!(three, [b'"', b'0'..=b'9', b'-']);
    frame.windows(3).any(short)
}

/// A zone of a day or more, or of more than 59 minutes, before the closing quote.
fn has_wide_zone(frame: &[u8]) -> bool {
    frame.windows(6).any(|six| match six {
        [b'+' | b'-', h, _, m, _, b'"'] if six[1..5].iter().all(u8::is_ascii_digit) => {
            *h >= b'3' || *m >= b'6' || (*h == b'2' && six[2] >= b'4')
        }
        _ => false,
    })
}

/// `$` by itself, where a set can be.
fn has_saved_set(frame: &[u8]) -> bool {
    let word = |before: u8, after: u8| b" (".contains(&before) && b" )".contains(&after);
    let amid = frame
        .windows(3)
        .any(|three| three[1] == b'$' && word(three[0], three[2]));
    amid || frame.ends_with(b" $")
}

/// One that 32 bits do not hold.
fn has_large_number(frame: &[u8]) -> bool {
    let runs = frame.split(|octet| !octet.is_ascii_digit());
    let mut numbers = runs.filter_map(|digits| std::str::from_utf8(digits).ok()?.parse().ok());
    numbers.any(|number: u64| number > u64::from(u32::MAX))
}

/// Two spaces, or one at the end or beside a parenthesis.
fn has_more_spaces(frame: &[u8]) -> bool {
    let more = [b"  ", b"( ", b" )"];
    frame
        .windows(2)
        .any(|two| more.iter().any(|more| *more == two))
        || frame.ends_with(b" ")
}

/// Whether this follows the tag.
fn begins(frame: &[u8], name: &[u8]) -> bool {
    let tag = frame.iter().position(|octet| *octet == b' ');
    let after = tag.and_then(|tag| frame.get(tag + 1..)).unwrap_or_default();
    let start = after.get(..name.len()).unwrap_or_default();
    start.eq_ignore_ascii_case(name)
}

/// The first that fits.
pub(crate) fn known(frame: &[u8]) -> Option<&'static Difference> {
    KNOWN.iter().find(|known| (known.is)(frame))
}
