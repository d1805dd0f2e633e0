//! Mailbox names: RFC 9051 section 5.1, modified UTF-7 of RFC 3501 section 5.1.3.

mod pattern;
mod utf7;

pub use pattern::Pattern;

use bytes::Bytes;

/// The hierarchy separator.
pub const SEPARATOR: char = '/';

const INBOX: &str = "INBOX";

/// A mailbox name, pattern or reference as received. How it is decoded depends on the session:
/// see [`Encoding`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailboxArg(pub Bytes);

/// How mailbox names are written on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// IMAP4rev1: modified UTF-7.
    ModifiedUtf7,
    /// IMAP4rev2 or `UTF8=ACCEPT`: UTF-8.
    Utf8,
}

impl MailboxArg {
    /// The mailbox named.
    pub fn decode(&self, encoding: Encoding) -> Result<MailboxName, NameError> {
        MailboxName::new(&self.text(encoding)?)
    }

    /// As [`MailboxArg::decode`] for CREATE, where one separator at the end only declares that
    /// names will be made below this one (RFC 9051 section 6.3.4).
    pub fn decode_for_create(&self, encoding: Encoding) -> Result<MailboxName, NameError> {
        let text = self.text(encoding)?;
        MailboxName::new(text.strip_suffix(SEPARATOR).unwrap_or(&text))
    }

    /// The text, which need not be a name that a mailbox may have: a LIST reference or pattern.
    /// With [`Encoding::ModifiedUtf7`], octets over 0x7f are taken as UTF-8, as clients send
    /// them.
    pub fn text(&self, encoding: Encoding) -> Result<String, NameError> {
        let text = std::str::from_utf8(&self.0).map_err(|_| NameError::Utf8)?;
        match encoding {
            Encoding::Utf8 => Ok(text.to_owned()),
            Encoding::ModifiedUtf7 => utf7::decode(text).ok_or(NameError::Utf7),
        }
    }
}

/// Appends `name` as it is written on the wire, before quoting.
pub fn encode_into(out: &mut Vec<u8>, name: &str, encoding: Encoding) {
    match encoding {
        Encoding::Utf8 => out.extend_from_slice(name.as_bytes()),
        Encoding::ModifiedUtf7 => utf7::encode_into(out, name),
    }
}

/// `name` as it is written on the wire, before quoting.
pub fn encode(name: &str, encoding: Encoding) -> Vec<u8> {
    let mut out = Vec::with_capacity(name.len());
    encode_into(&mut out, name, encoding);
    out
}

/// A name that a mailbox may have: components that are not empty, with [`SEPARATOR`] between
/// them and no control characters. INBOX, which is case-insensitive, is in upper case, also as
/// the first component.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct MailboxName(String);

impl MailboxName {
    /// Octets of UTF-8.
    pub const MAX_LEN: usize = 1000;

    /// Components.
    pub const MAX_LEVELS: usize = 100;

    /// Checks the name and puts INBOX in upper case.
    pub fn new(name: &str) -> Result<Self, NameError> {
        if name.is_empty() {
            return Err(NameError::Empty);
        }
        if name.len() > Self::MAX_LEN {
            return Err(NameError::TooLong);
        }
        if name.split(SEPARATOR).any(str::is_empty) {
            return Err(NameError::EmptyComponent);
        }
        if name.split(SEPARATOR).count() > Self::MAX_LEVELS {
            return Err(NameError::TooDeep);
        }
        if name.chars().any(is_forbidden) {
            return Err(NameError::Control);
        }
        Ok(Self(match below_inbox(name) {
            Some(rest) => format!("{INBOX}{rest}"),
            None => name.to_owned(),
        }))
    }

    /// `INBOX`.
    pub fn inbox() -> Self {
        Self(INBOX.to_owned())
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it is INBOX itself.
    pub fn is_inbox(&self) -> bool {
        self.0 == INBOX
    }

    /// The names of which this one is below, the nearest first.
    pub fn ancestors(&self) -> impl Iterator<Item = &str> {
        self.0
            .rmatch_indices(SEPARATOR)
            .map(|(at, _)| self.0.get(..at).unwrap_or_default())
    }

    /// Whether this name is below `other`, at whatever depth.
    pub fn is_below(&self, other: &str) -> bool {
        let rest = self.0.strip_prefix(other);
        rest.is_some_and(|rest| rest.starts_with(SEPARATOR))
    }
}

impl std::fmt::Display for MailboxName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl AsRef<str> for MailboxName {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

/// What follows INBOX, if the first component is that in any case.
fn below_inbox(name: &str) -> Option<&str> {
    let (first, rest) = name.split_at_checked(INBOX.len())?;
    let alone = rest.is_empty() || rest.starts_with(SEPARATOR);
    (alone && first.eq_ignore_ascii_case(INBOX)).then_some(rest)
}

/// C0, DEL, C1 and the line and paragraph separators (RFC 9051 section 5.1 and RFC 5198).
fn is_forbidden(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}' | '\u{2029}')
}

/// Why a name is no name for a mailbox. The response code that fits is `CANNOT`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NameError {
    /// No character at all.
    Empty,
    /// Two separators in a row, or one at the beginning or the end.
    EmptyComponent,
    /// Over [`MailboxName::MAX_LEN`].
    TooLong,
    /// Over [`MailboxName::MAX_LEVELS`].
    TooDeep,
    /// A control character.
    Control,
    /// Not UTF-8.
    Utf8,
    /// Not modified UTF-7.
    Utf7,
}

impl std::fmt::Display for NameError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Empty => "A mailbox name cannot be empty",
            Self::EmptyComponent => "A part of the mailbox name is empty",
            Self::TooLong => "The mailbox name is too long",
            Self::TooDeep => "The mailbox name has too many levels",
            Self::Control => "The mailbox name has a control character",
            Self::Utf8 => "The mailbox name is not valid UTF-8",
            Self::Utf7 => "The mailbox name is not valid modified UTF-7",
        })
    }
}

impl std::error::Error for NameError {}
