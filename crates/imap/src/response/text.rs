//! The terminals of RFC 9051 section 9.

use crate::date::InternalDate;
use crate::mailbox::{self, Encoding};

/// The longest string that is quoted; a longer one is a literal.
const QUOTED_MAX: usize = 1024;

/// Appends what is an atom already: a keyword of the protocol.
pub fn atom(out: &mut Vec<u8>, text: &str) {
    out.extend_from_slice(text.as_bytes());
}

/// Appends a number in decimal.
pub fn number(out: &mut Vec<u8>, n: u64) {
    let mut digits = [b'0'; 20];
    let mut rest = n;
    let mut used = 0;
    for slot in digits.iter_mut().rev() {
        *slot = b'0' + u8::try_from(rest % 10).unwrap_or(0);
        rest /= 10;
        used += 1;
        if rest == 0 {
            break;
        }
    }
    let (_, digits) = digits.split_at(digits.len().saturating_sub(used));
    out.extend_from_slice(digits);
}

/// Appends `text` in quotes, with `"` and `\` escaped. `text` must be free of CR, LF and NUL
/// (RFC 9051 section 4.3); use [`string`] where that is not known.
pub fn quoted(out: &mut Vec<u8>, text: &[u8]) {
    out.push(b'"');
    let mut rest = text;
    while let Some(at) = memchr::memchr2(b'"', b'\\', rest) {
        let (plain, after) = rest.split_at_checked(at).unwrap_or_default();
        let (escaped, after) = after.split_at_checked(1).unwrap_or_default();
        out.extend_from_slice(plain);
        out.push(b'\\');
        out.extend_from_slice(escaped);
        rest = after;
    }
    out.extend_from_slice(rest);
    out.push(b'"');
}

/// Appends a string: quoted where it can be, else as a literal. The empty string is always
/// `""`, for some clients cannot read `{0}`.
///
/// Octets over 0x7f are written as literal, for IMAP4rev1 has no place for them in quotes.
/// NUL, which no string can hold, is left out.
pub fn string(out: &mut Vec<u8>, text: &[u8]) {
    let fits = |b: &u8| (1..0x80).contains(b) && !matches!(b, b'\r' | b'\n');
    if text.len() <= QUOTED_MAX && text.iter().all(fits) {
        quoted(out, text);
    } else if memchr::memchr(0, text).is_none() {
        literal(out, text);
    } else {
        let clean: Vec<u8> = text.iter().copied().filter(|b| *b != 0).collect();
        string_without_nul(out, &clean);
    }
}

fn string_without_nul(out: &mut Vec<u8>, text: &[u8]) {
    if text.is_empty() {
        quoted(out, text);
    } else {
        literal(out, text);
    }
}

/// Appends a string, or `NIL` for none.
pub fn nstring(out: &mut Vec<u8>, text: Option<&[u8]>) {
    match text {
        Some(text) => string(out, text),
        None => out.extend_from_slice(b"NIL"),
    }
}

/// Appends an atom where `text` can be one, else a string. `NIL` is quoted, so that it cannot
/// be read as no string.
pub fn astring(out: &mut Vec<u8>, text: &[u8]) {
    let plain = !text.is_empty()
        && text.iter().copied().all(crate::parse::is_astring_char)
        && !text.eq_ignore_ascii_case(b"NIL");
    if plain {
        out.extend_from_slice(text);
    } else {
        string(out, text);
    }
}

/// Appends a literal. `data` must be free of NUL (RFC 9051 section 4.3): see [`literal8`].
pub fn literal(out: &mut Vec<u8>, data: &[u8]) {
    literal_header(out, data.len());
    out.extend_from_slice(data);
}

/// Appends a `literal8` (RFC 3516), which may hold any octet.
pub fn literal8(out: &mut Vec<u8>, data: &[u8]) {
    out.push(b'~');
    literal(out, data);
}

/// Appends the announcement of a literal whose `len` octets the caller writes next.
pub fn literal_header(out: &mut Vec<u8>, len: usize) {
    out.push(b'{');
    number(out, u64::try_from(len).unwrap_or(u64::MAX));
    out.extend_from_slice(b"}\r\n");
}

/// Appends a mailbox name. With [`Encoding::Utf8`] it is quoted UTF-8, else an atom or quoted
/// modified UTF-7; never a literal where the name is a valid one.
pub fn mailbox(out: &mut Vec<u8>, name: &str, encoding: Encoding) {
    if !name.is_empty()
        && name.bytes().all(crate::parse::is_atom_char)
        && !name.eq_ignore_ascii_case("NIL")
    {
        let plain = encoding == Encoding::Utf8 || !name.contains('&');
        if plain {
            return out.extend_from_slice(name.as_bytes());
        }
    }
    let encoded = mailbox::encode(name, encoding);
    if encoded.iter().any(|b| matches!(b, 0 | b'\r' | b'\n')) {
        return string(out, &encoded);
    }
    quoted(out, &encoded);
}

/// Appends a quoted `date-time`: `"17-Jul-1996 02:44:25 -0700"`, the day with a leading space
/// when it has one digit.
pub fn date_time(out: &mut Vec<u8>, moment: InternalDate) {
    let (date, time) = (moment.date(), moment.time());
    out.push(b'"');
    if date.day < 10 {
        out.push(b' ');
    }
    number(out, u64::from(date.day));
    out.push(b'-');
    atom(out, date.month_name());
    out.push(b'-');
    two_digits(out, date.year / 100);
    two_digits(out, date.year % 100);
    for (before, part) in [(b' ', time.hour), (b':', time.minute), (b':', time.second)] {
        out.push(before);
        two_digits(out, u16::from(part));
    }
    let offset = moment.offset_minutes.clamp(-5999, 5999);
    out.extend_from_slice(if offset < 0 { b" -" } else { b" +" });
    two_digits(out, offset.unsigned_abs() / 60);
    two_digits(out, offset.unsigned_abs() % 60);
    out.push(b'"');
}

/// Appends a number under 100.
fn two_digits(out: &mut Vec<u8>, n: u16) {
    let digit = |n: u16| b'0' + u8::try_from(n % 10).unwrap_or(0);
    out.extend_from_slice(&[digit(n / 10), digit(n)]);
}
