//! Charsets: names as mail and SEARCH use them, octets to text.

use crate::{utf7, wire};
use encoding_rs::{Encoding, UTF_16BE, UTF_16LE};

/// The text that `octets` are in the charset `label`, damage as U+FFFD; `None` if the charset is
/// not known. Labels are those of the WHATWG Encoding Standard, `UTF-7` (RFC 2152) and some that
/// mail uses besides; their case does not matter.
#[must_use]
pub fn decode_charset(label: &str, octets: &[u8]) -> Option<String> {
    match Charset::of(label)? {
        Charset::Utf7 => Some(utf7::decode(octets)),
        Charset::Known(encoding) => Some(encoding.decode(octets).0.into_owned()),
    }
}

/// The same for what a message says of itself: if the charset is not known, the octets that are
/// UTF-8 are read as that and the others as windows-1252.
pub(crate) fn decode_leniently(label: &[u8], octets: &[u8]) -> String {
    std::str::from_utf8(label)
        .ok()
        .and_then(|label| decode_charset(label, octets))
        .unwrap_or_else(|| wire::lenient(octets).into_owned())
}

/// A charset that is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Charset {
    Utf7,
    Known(&'static Encoding),
}

impl Charset {
    pub(crate) fn of(label: &str) -> Option<Self> {
        let label = label.trim().to_ascii_lowercase();
        if matches!(label.as_str(), "utf-7" | "unicode-1-1-utf-7") {
            return Some(Self::Utf7);
        }
        let encoding = match label.as_str() {
            // Without a byte order mark it is big-endian (RFC 2781 section 4.3); with one, the
            // mark decides.
            "utf-16" => UTF_16BE,
            "utf-16le" => UTF_16LE,
            name => Encoding::for_label_no_replacement(alias(name).as_bytes())?,
        };
        Some(Self::Known(encoding))
    }
}

/// Names that mail uses and the Encoding Standard does not list.
fn alias(name: &str) -> &str {
    match name {
        "ascii" | "us-ascii" | "646" | "iso646-us" | "cp367" => "windows-1252",
        "latin-1" | "iso-latin-1" => "latin1",
        "cp932" | "ms932" => "shift_jis",
        "cp936" | "ms936" => "gbk",
        "cp949" | "ms949" | "uhc" => "euc-kr",
        "cp950" => "big5",
        "cp874" => "windows-874",
        "win-1251" => "windows-1251",
        name => name,
    }
}
