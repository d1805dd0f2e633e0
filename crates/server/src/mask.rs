//! Capabilities that are kept from some accounts or some clients: a client that announces an
//! extension's use and gets it wrong works when it is not told of the extension.
//!
//! What ID says (RFC 2971) decides nothing else: anybody can claim to be any client.

use crate::session::Session;
use bytes::Bytes;
use regex::{Regex, RegexBuilder};

/// Masks at most: which of them hold is a bit each in every session.
pub const MAX_MASKS: usize = 64;

/// Octets of a compiled pattern: patterns are a few words.
const PATTERN_SIZE: usize = 1 << 20;

/// Octets of a value of ID that are looked at; no more are allowed (RFC 2971 section 3.3).
const VALUE: usize = 1024;

/// What is not offered, to whom. All its conditions must hold.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Mask {
    /// Names as [`maskable`](crate::maskable) gives them.
    pub capabilities: Vec<&'static str>,
    /// Accounts, one of which it must be; empty: any, and before login too.
    pub accounts: Vec<Pattern>,
    /// Fields of ID, each of which must match; empty: any client, and without ID too.
    pub client: Vec<(String, Pattern)>,
}

/// A pattern that a whole text has to match, in any case. Matching takes linear time.
#[derive(Debug, Clone)]
pub struct Pattern(Regex);

impl Pattern {
    /// A regular expression.
    ///
    /// # Errors
    /// It is none, in words.
    pub fn expression(text: &str) -> Result<Self, String> {
        // Alone first: what is wrong in it must not be mended by what is put around it.
        compile(text)?;
        compile(&format!("^(?:{text})$")).map(Self)
    }

    /// A name in which `*` stands for any characters.
    ///
    /// # Errors
    /// It is too long.
    pub fn wildcard(text: &str) -> Result<Self, String> {
        let parts: Vec<String> = text.split('*').map(regex::escape).collect();
        compile(&format!("^{}$", parts.join(".*"))).map(Self)
    }

    fn matches(&self, text: &str) -> bool {
        self.0.is_match(text)
    }
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.0.as_str() == other.0.as_str()
    }
}

impl Eq for Pattern {}

fn compile(text: &str) -> Result<Regex, String> {
    let mut builder = RegexBuilder::new(text);
    builder.case_insensitive(true).dot_matches_new_line(true);
    builder
        .size_limit(PATTERN_SIZE)
        .build()
        .map_err(|error| match error {
            // Many lines, of which the last says what is wrong.
            regex::Error::Syntax(text) => {
                let last = text.lines().last().unwrap_or_default();
                last.trim_start_matches("error: ").to_owned()
            }
            _ => "it is too large".to_owned(),
        })
}

/// Which masks hold in a session: a bit each, in their order.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Held {
    /// Those whose client this is.
    clients: u64,
    /// Those all of whose conditions hold.
    all: u64,
}

type Fields = [(Bytes, Option<Bytes>)];

impl Mask {
    fn is_client(&self, fields: &Fields) -> bool {
        self.client.iter().all(|(wanted, pattern)| {
            let field = fields
                .iter()
                .find(|(name, _)| name.eq_ignore_ascii_case(wanted.as_bytes()));
            let value = field.and_then(|(_, value)| value.as_deref());
            value.is_some_and(|value| {
                let value = value.get(..VALUE).unwrap_or(value);
                pattern.matches(&String::from_utf8_lossy(value))
            })
        })
    }

    fn is_account(&self, name: Option<&str>) -> bool {
        let named = |name| self.accounts.iter().any(|pattern| pattern.matches(name));
        self.accounts.is_empty() || name.is_some_and(named)
    }

    fn hides(&self, capability: &str) -> bool {
        let mut names = self.capabilities.iter();
        names.any(|name| name.eq_ignore_ascii_case(capability))
    }
}

impl Session {
    /// The client has said who it is, or, with no fields, is not known any more.
    pub(crate) fn mask_client(&mut self, fields: &Fields) {
        self.held.clients = bits(self.masks(), |mask| mask.is_client(fields));
        self.mask_account();
    }

    /// Another account, or none, is signed in.
    pub(crate) fn mask_account(&mut self) {
        let name = self.login().map(|login| login.name.as_str()).ok();
        let accounts = bits(self.masks(), |mask| mask.is_account(name));
        self.held.all = self.held.clients & accounts;
    }

    /// Whether the capability is kept from this session.
    pub(crate) fn is_masked(&self, capability: &str) -> bool {
        let masks = self.masks().iter().enumerate();
        let mut held = masks.filter(|(place, _)| self.held.all & (1 << place) != 0);
        held.any(|(_, mask)| mask.hides(capability))
    }

    /// Whether anything is.
    pub(crate) fn has_masks(&self) -> bool {
        self.held.all != 0
    }

    fn masks(&self) -> &[Mask] {
        let masks = &self.shared.settings.extensions.masks;
        masks.get(..MAX_MASKS).unwrap_or(masks)
    }
}

fn bits(masks: &[Mask], holds: impl Fn(&Mask) -> bool) -> u64 {
    let places = masks.iter().enumerate();
    places.fold(0, |bits, (place, mask)| {
        bits | u64::from(holds(mask)) << place
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn mask(client: &[(&str, &str)], accounts: &[&str]) -> Mask {
        let fields = client.iter().map(|(name, pattern)| {
            let pattern = Pattern::expression(pattern).unwrap();
            ((*name).to_owned(), pattern)
        });
        let accounts = accounts.iter().map(|text| Pattern::wildcard(text).unwrap());
        Mask {
            capabilities: vec!["IDLE"],
            accounts: accounts.collect(),
            client: fields.collect(),
        }
    }

    fn said(name: &str, value: &str) -> Vec<(Bytes, Option<Bytes>)> {
        let bytes = |text: &str| Bytes::copy_from_slice(text.as_bytes());
        vec![(bytes("os"), None), (bytes(name), Some(bytes(value)))]
    }

    #[test]
    fn a_client_is_known_by_every_field_as_a_whole() {
        let outlook = mask(&[("name", "Outlook.*")], &[]);
        assert!(outlook.is_client(&said("NAME", "outlook for iOS")));
        assert!(!outlook.is_client(&said("name", "Not Outlook")));
        assert!(!outlook.is_client(&said("vendor", "Outlook")));
        assert!(!outlook.is_client(&[]));
        let alternatives = mask(&[("name", "a|b")], &[]);
        assert!(!alternatives.is_client(&said("name", "ac")));
        let two = mask(&[("name", "a"), ("os", ".*")], &[]);
        assert!(!two.is_client(&said("name", "a")), "os is NIL");
        assert!(mask(&[], &[]).is_client(&[]));
    }

    #[test]
    fn an_account_is_known_by_a_name_or_a_domain() {
        let mask = mask(&[], &["ada@example.test", "*@ex.ample"]);
        assert!(mask.is_account(Some("ada@example.test")));
        assert!(mask.is_account(Some("bob@ex.ample")));
        assert!(!mask.is_account(Some("bob@exxample")), "a dot is a dot");
        assert!(!mask.is_account(Some("bob@ex.ample.org")));
        assert!(!mask.is_account(None));
    }

    #[test]
    fn what_is_no_expression_is_said() {
        for text in ["(", "*", "a)(b", "[", "(?:a{1000}){1000}"] {
            let why = Pattern::expression(text).unwrap_err();
            assert!(!why.is_empty() && !why.contains('\n'), "{why}");
        }
    }
}
