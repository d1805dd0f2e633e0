//! Addresses and paths (RFC 5321 4.1.2, with UTF-8 as in RFC 6531 3.3).

use super::limits;
use std::fmt;

/// A mailbox address as it stands in a path. Holds no control characters, so it may be written
/// into a header line or a log.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Address {
    local: String,
    domain: Option<String>,
}

impl Address {
    /// Reads `local@domain`, `"quoted local"@domain`, `local@[literal]` or `local` alone.
    ///
    /// The local part may have at most [`limits::LOCAL_PART`] octets, the domain
    /// [`limits::DOMAIN`]. Dots may stand anywhere in an unquoted local part: addresses such as
    /// `mara..@example.org` exist.
    pub fn parse(input: &str) -> Option<Self> {
        let (local, rest) = local_part(input)?;
        let domain = match rest.strip_prefix('@') {
            Some(domain) => Some(valid_domain(domain)?.to_owned()),
            None if rest.is_empty() => None,
            None => return None,
        };
        (1..=limits::LOCAL_PART)
            .contains(&local.len())
            .then_some(Self { local, domain })
    }

    /// The local part without quotes.
    pub fn local(&self) -> &str {
        &self.local
    }

    /// The domain as it was written, an address literal with its brackets. `None` for an
    /// address such as `<postmaster>` (RFC 5321 4.5.1).
    pub fn domain(&self) -> Option<&str> {
        self.domain.as_deref()
    }

    /// Whether it can be used without SMTPUTF8.
    pub fn is_ascii(&self) -> bool {
        self.local.is_ascii() && self.domain.as_ref().is_none_or(|domain| domain.is_ascii())
    }
}

/// Writes it as in a path, with quotes only where they are needed.
impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if is_dot_string(&self.local) {
            f.write_str(&self.local)?;
        } else {
            write_quoted(f, &self.local)?;
        }
        match &self.domain {
            Some(domain) => write!(f, "@{domain}"),
            None => Ok(()),
        }
    }
}

fn write_quoted(f: &mut fmt::Formatter<'_>, local: &str) -> fmt::Result {
    f.write_str("\"")?;
    for c in local.chars() {
        if matches!(c, '"' | '\\') {
            f.write_str("\\")?;
        }
        write!(f, "{c}")?;
    }
    f.write_str("\"")
}

/// What a path holds: `None` for the null reverse path `<>`.
pub type Path = Option<Address>;

/// Cuts a path off the front of the input and ignores its source route (RFC 5321 appendix C).
pub fn path(input: &str) -> Option<(Path, &str)> {
    let inner = input.strip_prefix('<')?;
    let end = closing_bracket(inner)?;
    let (inner, rest) = (inner.get(..end)?, inner.get(end..)?.strip_prefix('>')?);
    if inner.is_empty() {
        return Some((None, rest));
    }
    let mailbox = without_route(inner)?;
    Some((Some(Address::parse(mailbox)?), rest))
}

/// Where the `>` is that no quotes hold.
fn closing_bracket(inner: &str) -> Option<usize> {
    let (mut quoted, mut escaped) = (false, false);
    for (at, octet) in inner.bytes().enumerate() {
        match octet {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            b'>' if !quoted => return Some(at),
            _ => {}
        }
    }
    None
}

fn without_route(inner: &str) -> Option<&str> {
    if !inner.starts_with('@') {
        return Some(inner);
    }
    let (route, mailbox) = inner.split_once(':')?;
    let is_hop = |hop: &str| hop.strip_prefix('@').and_then(valid_domain).is_some();
    route.split(',').all(is_hop).then_some(mailbox)
}

/// The local part without quotes, and what follows it.
fn local_part(input: &str) -> Option<(String, &str)> {
    if let Some(quoted) = input.strip_prefix('"') {
        return quoted_string(quoted);
    }
    let end = input.find('@').unwrap_or(input.len());
    let (local, rest) = input.split_at_checked(end)?;
    local
        .chars()
        .all(|c| is_atext(c) || c == '.')
        .then(|| (local.to_owned(), rest))
}

fn quoted_string(input: &str) -> Option<(String, &str)> {
    let mut content = String::new();
    let mut chars = input.chars();
    while let Some(c) = chars.next() {
        match c {
            '"' => return Some((content, chars.as_str())),
            '\\' => content.push(chars.next().filter(|c| matches!(c, ' '..='~'))?),
            c if c.is_control() => return None,
            c => content.push(c),
        }
    }
    None
}

fn valid_domain(domain: &str) -> Option<&str> {
    let valid = match domain.strip_prefix('[') {
        Some(literal) => literal.strip_suffix(']').is_some_and(is_literal),
        None => domain.split('.').all(is_label),
    };
    (valid && domain.len() <= limits::DOMAIN).then_some(domain)
}

fn is_literal(content: &str) -> bool {
    let is_dcontent = |c: char| matches!(c, '!'..='Z' | '^'..='~');
    !content.is_empty() && content.chars().all(is_dcontent)
}

/// A label of a domain. The underscore is not in the RFC but in use.
fn is_label(label: &str) -> bool {
    let is_allowed =
        |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_') || is_printable_utf8(c);
    !label.is_empty() && label.chars().all(is_allowed)
}

fn is_dot_string(local: &str) -> bool {
    local
        .split('.')
        .all(|atom| !atom.is_empty() && atom.chars().all(is_atext))
}

fn is_atext(c: char) -> bool {
    c.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~".contains(c) || is_printable_utf8(c)
}

fn is_printable_utf8(c: char) -> bool {
    !c.is_ascii() && !c.is_control() && !c.is_whitespace()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use super::*;

    #[track_caller]
    fn check(input: &str, local: &str, domain: Option<&str>, written: &str) {
        let (path, rest) = path(input).expect(input);
        let address = path.expect(input);
        assert_eq!(address.local(), local);
        assert_eq!(address.domain(), domain);
        assert_eq!(address.to_string(), written);
        assert_eq!(rest, "");
    }

    #[test]
    fn paths() {
        let domain = Some("example.org");
        check("<mara@example.org>", "mara", domain, "mara@example.org");
        check("<Postmaster>", "Postmaster", None, "Postmaster");
        check(
            "<@a.example,@b.example:mara+x@example.org>",
            "mara+x",
            domain,
            "mara+x@example.org",
        );
        check(
            r#"<"a > b\"@\\"@example.org>"#,
            r#"a > b"@\"#,
            domain,
            r#""a > b\"@\\"@example.org"#,
        );
        check(
            r#"<"mara"@example.org>"#,
            "mara",
            domain,
            "mara@example.org",
        );
        check(
            "<a..b@example.org>",
            "a..b",
            domain,
            r#""a..b"@example.org"#,
        );
        check(
            "<mara@[IPv6:2001:db8::1]>",
            "mara",
            Some("[IPv6:2001:db8::1]"),
            "mara@[IPv6:2001:db8::1]",
        );
        check(
            "<jürgen@bücher.example>",
            "jürgen",
            Some("bücher.example"),
            "jürgen@bücher.example",
        );
    }

    #[test]
    fn null_path_and_rest() {
        assert_eq!(path("<> SIZE=1"), Some((None, " SIZE=1")));
    }

    #[test]
    fn not_paths() {
        for input in [
            "",
            "<",
            "mara@example.org",
            "<mara@example.org",
            "<mara@>",
            "<@example.org>",
            "<mara@example..org>",
            "<mara@example.org.>",
            "<ma ra@example.org>",
            "<mara@exa mple.org>",
            "<mara@@example.org>",
            "<\"mara@example.org>",
            "<\"mara\"x@example.org>",
            "<\"\"@example.org>",
            "<\"a\tb\"@example.org>",
            "<a\u{85}b@example.org>",
            "<mara@[]>",
            "<mara@[192.0.2.1>",
            "<mara@[a]b]>",
            "<<mara@example.org>>",
            "<@a.example mara@example.org>",
            "<@a.example,b:mara@example.org>",
        ] {
            assert_eq!(path(input), None, "{input}");
        }
    }

    #[test]
    fn lengths() {
        let domain = format!("{}.example", "a".repeat(247));
        assert!(Address::parse(&format!("{}@{domain}", "m".repeat(256))).is_some());
        assert!(Address::parse(&format!("{}@{domain}", "m".repeat(257))).is_none());
        assert!(Address::parse(&format!("m@a{domain}")).is_none());
    }
}
