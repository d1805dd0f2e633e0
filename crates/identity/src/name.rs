//! Account names in normal form: `local` or `local@domain`.

use crate::punycode;
use precis_profiles::UsernameCaseMapped;
use precis_profiles::precis_core::profile::PrecisFastInvocation;

/// Octets that a name in normal form may have.
const MAX_NAME: usize = 255;

/// Octets that one label of a domain may have (RFC 1035, 2.3.4).
const MAX_LABEL: usize = 63;

/// Begins a label that is encoded for the DNS (RFC 5890, 2.3.1).
const ACE_PREFIX: &str = "xn--";

/// Times that a profile is applied again before a string counts as unstable (RFC 8264, 7).
const MAX_PASSES: usize = 4;

/// Separates the user from the detail of a subaddress (RFC 5233).
const DETAIL_SEPARATOR: char = '+';

/// The name of an account in normal form, with or without a domain.
///
/// The local part follows the UsernameCaseMapped profile (RFC 8265, 3.3): width and case mapped,
/// NFC, the Bidi rule. The domain is treated alike, label by label; a label in the form `xn--…`
/// is decoded, so that both forms of an internationalised domain are one (RFC 5890, 2.3.2.1).
///
/// ```
/// # use postern_identity::AccountName;
/// let name = AccountName::parse("Ann@Example.ORG").unwrap();
/// assert_eq!(name.as_str(), "ann@example.org");
/// assert_eq!(name.local(), "ann");
/// assert_eq!(name.domain(), Some("example.org"));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct AccountName {
    text: String,
    local_len: usize,
}

/// Why a string is no account name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// Nothing, or nothing before or after the `@`.
    #[error("the name, or a part of it, is empty")]
    Empty,
    /// Over 255 octets, or a label of the domain over 63.
    #[error("the name is too long: 255 octets at most, 63 for each label of the domain")]
    TooLong,
    /// More than one `@`.
    #[error("the name has more than one \"@\"")]
    TwoAts,
    /// A character that no name has.
    #[error("the character {0:?} is not allowed in a name")]
    Character(char),
    /// Letters written from right to left mixed with others (RFC 5893).
    #[error("the name mixes letters written from right to left with others")]
    Direction,
    /// The part after the `@` is no domain name.
    #[error("the part after \"@\" is not a domain name")]
    Domain,
}

impl AccountName {
    /// Brings a name to normal form.
    ///
    /// # Errors
    /// Says what is wrong with it. The text names no account, only the rule.
    pub fn parse(text: &str) -> Result<Self, NameError> {
        if text.len() > MAX_NAME {
            return Err(NameError::TooLong);
        }
        let (local, domain) = split_at_sign(text)?;
        let local = normal_local(local)?;
        let domain = domain.map(normal_domain).transpose()?;
        Self::join(local, domain)
    }

    /// Splits the address `user+detail@domain` into the name of the account and the detail, as
    /// written (RFC 5233). The first `+` separates; an empty detail is none.
    ///
    /// # Errors
    /// As [`AccountName::parse`], for what is left without the detail.
    pub fn parse_address(text: &str) -> Result<(Self, Option<String>), NameError> {
        let (local, domain) = split_at_sign(text)?;
        let Some((user, detail)) = local.split_once(DETAIL_SEPARATOR) else {
            return Ok((Self::parse(text)?, None));
        };
        let name = match domain {
            Some(domain) => Self::parse(&format!("{user}@{domain}"))?,
            None => Self::parse(user)?,
        };
        let detail = (!detail.is_empty()).then(|| detail.to_owned());
        Ok((name, detail))
    }

    fn join(local: String, domain: Option<String>) -> Result<Self, NameError> {
        let local_len = local.len();
        let mut text = local;
        if let Some(domain) = domain {
            text.push('@');
            text.push_str(&domain);
        }
        if text.len() > MAX_NAME {
            return Err(NameError::TooLong);
        }
        Ok(Self { text, local_len })
    }

    /// The whole name.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// What stands before the `@`.
    pub fn local(&self) -> &str {
        self.text.get(..self.local_len).unwrap_or_default()
    }

    /// What stands after the `@`.
    pub fn domain(&self) -> Option<&str> {
        self.text.split_once('@').map(|(_, domain)| domain)
    }
}

impl std::fmt::Display for AccountName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.text)
    }
}

fn split_at_sign(text: &str) -> Result<(&str, Option<&str>), NameError> {
    match text.split_once('@') {
        None => Ok((text, None)),
        Some((_, domain)) if domain.contains('@') => Err(NameError::TwoAts),
        Some((local, domain)) => Ok((local, Some(domain))),
    }
}

fn normal_local(local: &str) -> Result<String, NameError> {
    let local = enforce(local)?;
    // Width mapping may have brought these in, so they are looked for afterwards.
    match local.chars().find(|c| is_refused(*c)) {
        Some(refused) => Err(NameError::Character(refused)),
        None => Ok(local),
    }
}

/// Characters that the profile allows but that separate or quote elsewhere: in addresses, in
/// logs, in paths that people write from names.
fn is_refused(c: char) -> bool {
    matches!(c, '/' | '"' | '\\' | '@' | '<' | '>' | ',' | ';' | ':')
}

fn normal_domain(domain: &str) -> Result<String, NameError> {
    if domain.is_empty() {
        return Err(NameError::Empty);
    }
    let labels: Vec<String> = domain
        .split('.')
        .map(normal_label)
        .collect::<Result<_, _>>()?;
    Ok(labels.join("."))
}

fn normal_label(label: &str) -> Result<String, NameError> {
    let label = plain_label(label)?;
    match label.strip_prefix(ACE_PREFIX) {
        Some(encoded) => decoded_label(encoded),
        None => Ok(label),
    }
}

/// A label in normal form, not decoded.
fn plain_label(label: &str) -> Result<String, NameError> {
    if label.is_empty() {
        return Err(NameError::Domain);
    }
    let label = enforce(label)?;
    let refused = |c: char| c.is_ascii() && !c.is_ascii_alphanumeric() && c != '-';
    if let Some(refused) = label.chars().find(|c| refused(*c)) {
        return Err(NameError::Character(refused));
    }
    if label.starts_with('-') || label.ends_with('-') {
        return Err(NameError::Domain);
    }
    match shortest_dns_form(&label) > MAX_LABEL {
        true => Err(NameError::TooLong),
        false => Ok(label),
    }
}

/// Octets that a label has at least in the form of the DNS, which is what is bounded.
fn shortest_dns_form(label: &str) -> usize {
    match label.is_ascii() {
        true => label.len(),
        false => label.chars().count().saturating_add(ACE_PREFIX.len()),
    }
}

/// A label that decodes to what could be written plainly, or to what is not in normal form, is
/// nobody's name.
fn decoded_label(encoded: &str) -> Result<String, NameError> {
    let label = punycode::decode(encoded).ok_or(NameError::Domain)?;
    let is_normal = plain_label(&label).is_ok_and(|normal| normal == label);
    match is_normal && !label.is_ascii() && !label.starts_with(ACE_PREFIX) {
        true => Ok(label),
        false => Err(NameError::Domain),
    }
}

/// Applies the profile until the string stays as it is.
fn enforce(text: &str) -> Result<String, NameError> {
    if text.is_empty() {
        return Err(NameError::Empty);
    }
    let mut before = text.to_owned();
    for _ in 0..MAX_PASSES {
        let after = enforce_once(&before)?;
        if after == before {
            return Ok(after);
        }
        before = after;
    }
    Err(NameError::Character(
        text.chars().next().unwrap_or_default(),
    ))
}

fn enforce_once(text: &str) -> Result<String, NameError> {
    use precis_profiles::precis_core::Error;
    match UsernameCaseMapped::enforce(text) {
        Ok(normal) => Ok(normal.into_owned()),
        Err(Error::BadCodepoint(info)) => Err(NameError::Character(
            char::from_u32(info.cp).unwrap_or(char::REPLACEMENT_CHARACTER),
        )),
        Err(Error::Invalid | Error::Unexpected(_)) => Err(NameError::Direction),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic)]
    use super::*;

    #[track_caller]
    fn normal(input: &str, expected: &str) {
        match AccountName::parse(input) {
            Ok(name) => assert_eq!(name.as_str(), expected),
            Err(error) => panic!("{input:?}: {error}"),
        }
    }

    #[track_caller]
    fn refused(input: &str, expected: NameError) {
        assert_eq!(AccountName::parse(input), Err(expected), "{input:?}");
    }

    /// RFC 8265, 3.5, table 1: strings that are usernames.
    #[test]
    fn rfc_8265_legal_usernames() {
        normal("juliet@example.com", "juliet@example.com");
        normal("fussball", "fussball");
        normal("fu\u{df}ball", "fu\u{df}ball");
        normal("\u{3c0}", "\u{3c0}");
        normal("\u{3a3}", "\u{3c3}");
        normal("\u{3c3}", "\u{3c3}");
        normal("\u{3c2}", "\u{3c2}");
    }

    /// RFC 8265, 3.5, table 2: strings that are not.
    #[test]
    fn rfc_8265_illegal_usernames() {
        refused("foo bar", NameError::Character(' '));
        refused("", NameError::Empty);
        refused("henry\u{2163}", NameError::Character('\u{2163}'));
        refused("\u{265a}", NameError::Character('\u{265a}'));
    }

    #[test]
    fn case_width_and_composition_are_mapped() {
        normal("ANN", "ann");
        normal("Ann@EXAMPLE.Org", "ann@example.org");
        normal("\u{ff21}nn", "ann");
        normal("e\u{301}ve", "\u{e9}ve");
        normal(
            "\u{c4}nn@B\u{dc}CHER.example",
            "\u{e4}nn@b\u{fc}cher.example",
        );
        normal("a@XN--BCHER-KVA.example", "a@b\u{fc}cher.example");
        normal("o'brien@example.org", "o'brien@example.org");
    }

    #[test]
    fn what_separates_or_quotes_elsewhere_is_refused() {
        refused("a/b", NameError::Character('/'));
        refused("\u{ff0f}", NameError::Character('/'));
        refused("a\"b", NameError::Character('"'));
        refused("a\\b", NameError::Character('\\'));
        refused("a\r\nb", NameError::Character('\r'));
        refused("a\0b", NameError::Character('\0'));
        refused("a@b@c", NameError::TwoAts);
        refused("a\u{ff20}b", NameError::Character('@'));
    }

    #[test]
    fn a_domain_is_made_of_labels() {
        refused("@example.org", NameError::Empty);
        refused("ann@", NameError::Empty);
        refused("ann@example..org", NameError::Domain);
        refused("ann@example.org.", NameError::Domain);
        refused("ann@-x.org", NameError::Domain);
        refused("ann@[127.0.0.1]", NameError::Character('['));
        refused("ann@exa_mple.org", NameError::Character('_'));
        refused(&format!("a@{}.org", "x".repeat(64)), NameError::TooLong);
        normal("ann@localhost", "ann@localhost");
    }

    #[test]
    fn encoded_labels_decode_to_what_needs_it_only() {
        normal("a@xn--fiqs8s", "a@\u{4e2d}\u{56fd}");
        refused("a@xn--abc-.org", NameError::Domain);
        refused("a@xn--abc.org", NameError::Domain);
        refused("a@xn--", NameError::Domain);
        refused("a@xn--0a-aa00-a0aa---f1b.org", NameError::Domain);
        // An upper-case letter, which no registered name has: "bÜcher".
        refused("a@xn--bcher-2pa.org", NameError::Domain);
    }

    #[test]
    fn length_is_bounded_in_octets() {
        normal(&"x".repeat(255), &"x".repeat(255));
        refused(&"x".repeat(256), NameError::TooLong);
    }

    #[test]
    fn mixed_directions_are_refused() {
        normal("\u{5d0}\u{5d1}", "\u{5d0}\u{5d1}");
        refused("\u{5d0}a", NameError::Direction);
    }

    #[test]
    fn subaddresses_split_at_the_first_plus() {
        let split = |text: &str| {
            let (name, detail) = AccountName::parse_address(text).unwrap();
            (name.as_str().to_owned(), detail)
        };
        assert_eq!(
            split("Ann+Lists@x.org"),
            ("ann@x.org".into(), Some("Lists".into()))
        );
        assert_eq!(split("ann+a+b"), ("ann".into(), Some("a+b".into())));
        assert_eq!(split("ann+@x.org"), ("ann@x.org".into(), None));
        assert_eq!(split("ann@x.org"), ("ann@x.org".into(), None));
        assert_eq!(
            AccountName::parse_address("+x@x.org"),
            Err(NameError::Empty)
        );
    }

    #[test]
    fn parts_are_told_apart() {
        let name = AccountName::parse("ann@x.org").unwrap();
        assert_eq!((name.local(), name.domain()), ("ann", Some("x.org")));
        let name = AccountName::parse("ann").unwrap();
        assert_eq!((name.local(), name.domain()), ("ann", None));
    }
}
