//! IMAP URLs that name a message or a part of one in the account signed in to: RFC 5092, as
//! CATENATE (RFC 4469) uses them.
//!
//! ```text
//! /mailbox[;UIDVALIDITY=n]/;UID=n[/;SECTION=section][/;PARTIAL=from[.count]]
//! ```
//!
//! In CATENATE only that absolute-path form is understood. RFC 4469 section 3 leaves URLs with a scheme or a
//! server out, and RFC 5092 section 7.2 forbids to accept relative paths.

use crate::fetch::Section;
use crate::mailbox::MailboxName;
use crate::parse::section_spec;
use bytes::Bytes;
use percent::decode;

mod authorized;
mod percent;

pub use authorized::{Access, AuthorizedUrl, Objection};

/// A message or a part of one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MessageUrl {
    /// The mailbox.
    pub mailbox: MailboxName,
    /// The UIDVALIDITY that it must have.
    pub uid_validity: Option<u32>,
    /// The message.
    pub uid: u32,
    /// The part of it; as in FETCH `BODY[…]`.
    pub section: Section,
    /// The octets of that.
    pub partial: Option<Range>,
}

/// `;PARTIAL=`: octets of what the rest of the URL names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Range {
    /// The first octet, from 0.
    pub origin: u64,
    /// How many at most; never 0. `None`: up to the end.
    pub count: Option<u64>,
}

impl MessageUrl {
    /// `None` for what is no such URL.
    pub fn parse(url: &[u8]) -> Option<Self> {
        let path = std::str::from_utf8(url).ok()?.strip_prefix('/')?;
        if !path.bytes().all(is_url_char) {
            return None;
        }
        // `;` is never part of a name or section: there it is percent-encoded.
        let (mailbox, parameters) = path.split_once(';')?;
        let (mailbox, uid_validity, parameters) = mailbox_ref(mailbox, parameters)?;
        let mut parameters = parameters.split("/;").peekable();
        let uid = number(value(parameters.next()?, "UID")?)?;
        let section = take(&mut parameters, "SECTION").map_or_else(|| Some(whole()), section)?;
        let partial = match take(&mut parameters, "PARTIAL") {
            Some(text) => Some(range(text)?),
            None => None,
        };
        let end = parameters.next().is_none();
        end.then_some(Self {
            mailbox,
            uid_validity,
            uid: u32::try_from(uid).ok()?,
            section,
            partial,
        })
    }
}

/// `enc-mailbox [uidvalidity]`; the third is what follows `/;`.
fn mailbox_ref<'t>(
    mailbox: &'t str,
    parameters: &'t str,
) -> Option<(MailboxName, Option<u32>, &'t str)> {
    if let Some(mailbox) = mailbox.strip_suffix('/') {
        return Some((name(mailbox)?, None, parameters));
    }
    let (validity, rest) = parameters.split_once("/;")?;
    let validity = u32::try_from(number(value(validity, "UIDVALIDITY")?)?).ok()?;
    Some((name(mailbox)?, Some(validity), rest))
}

/// Percent-encoded UTF-8 (RFC 5092 section 8). A name that begins with `/` would be a server's.
fn name(text: &str) -> Option<MailboxName> {
    let octets = decode(text)?;
    MailboxName::new(std::str::from_utf8(&octets).ok()?).ok()
}

fn section(text: &str) -> Option<Section> {
    section_spec(&Bytes::from(decode(text)?))
}

fn whole() -> Section {
    Section {
        part: Vec::new(),
        text: crate::fetch::SectionText::Whole,
    }
}

/// `number ["." nz-number]`.
fn range(text: &str) -> Option<Range> {
    let (origin, count) = match text.split_once('.') {
        Some((origin, count)) => (origin, Some(number(count)?)),
        None => (text, None),
    };
    Some(Range {
        origin: digits(origin)?,
        count,
    })
}

/// The value of the next parameter, if that is its name.
fn take<'t>(
    parameters: &mut std::iter::Peekable<impl Iterator<Item = &'t str>>,
    name: &str,
) -> Option<&'t str> {
    let found = value(parameters.peek()?, name)?;
    parameters.next();
    Some(found)
}

fn value<'t>(parameter: &'t str, name: &str) -> Option<&'t str> {
    let (found, value) = parameter.split_once('=')?;
    found.eq_ignore_ascii_case(name).then_some(value)
}

/// `nz-number`.
fn number(text: &str) -> Option<u64> {
    digits(text).filter(|n| *n > 0)
}

fn digits(text: &str) -> Option<u64> {
    let plain = text.bytes().all(|b| b.is_ascii_digit());
    if plain { text.parse().ok() } else { None }
}

/// What may stand in such a URL: `bchar` and `;`.
fn is_url_char(b: u8) -> bool {
    b.is_ascii_alphanumeric() || b"-._~!$'()*+,&=:@/%;".contains(&b)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::fetch::SectionText;

    fn parse(url: &str) -> Option<MessageUrl> {
        MessageUrl::parse(url.as_bytes())
    }

    fn url(mailbox: &str, uid_validity: Option<u32>, uid: u32) -> MessageUrl {
        MessageUrl {
            mailbox: MailboxName::new(mailbox).unwrap(),
            uid_validity,
            uid,
            section: whole(),
            partial: None,
        }
    }

    fn part(part: &[u32], text: SectionText) -> Section {
        let part = part.to_vec();
        Section { part, text }
    }

    #[test]
    fn what_the_rfcs_show() {
        let draft = url("Drafts", Some(385_759_045), 20);
        let of = |section| MessageUrl {
            section,
            ..draft.clone()
        };
        let table = [
            ("/Drafts/;UID=3002", url("Drafts", None, 3002)),
            ("/Drafts;UIDVALIDITY=385759045/;UID=20", draft.clone()),
            (
                "/Drafts;UIDVALIDITY=385759045/;UID=20/;section=HEADER",
                of(part(&[], SectionText::Header)),
            ),
            (
                "/Drafts;uidvalidity=385759045/;uid=20/;Section=1.MIME",
                of(part(&[1], SectionText::Mime)),
            ),
            (
                "/Drafts;UIDVALIDITY=385759045/;UID=20/;section=1.5.9",
                of(part(&[1, 5, 9], SectionText::Whole)),
            ),
        ];
        for (text, expected) in table {
            assert_eq!(parse(text), Some(expected), "{text}");
        }
    }

    #[test]
    fn names_and_sections_are_percent_encoded_utf_8() {
        let table = [
            ("/gray%20council/;UID=1", url("gray council", None, 1)),
            ("/a/b%2Fc/;UID=1", url("a/b/c", None, 1)),
            ("/%C3%A4%3b/;UID=1", url("ä;", None, 1)),
            ("/inbox/;UID=4294967295", url("INBOX", None, u32::MAX)),
        ];
        for (text, expected) in table {
            assert_eq!(parse(text), Some(expected), "{text}");
        }
        let fields =
            SectionText::HeaderFields(vec![Bytes::from_static(b"To"), Bytes::from_static(b"Cc")]);
        let found = parse("/a/;UID=1/;SECTION=2.HEADER.FIELDS%20(To%20Cc)").unwrap();
        assert_eq!(found.section, part(&[2], fields));
    }

    #[test]
    fn ranges() {
        let range = |url: &str| parse(url).unwrap().partial;
        let some = |origin, count| Some(Range { origin, count });
        assert_eq!(range("/a/;UID=1/;PARTIAL=0.1024"), some(0, Some(1024)));
        assert_eq!(range("/a/;UID=1/;SECTION=1/;partial=7"), some(7, None));
    }

    #[test]
    fn what_is_no_such_url() {
        for text in [
            "",
            "/",
            "//server/a/;UID=1",
            "imap://user@server/a/;UID=1",
            "a/;UID=1",
            ";UID=1",
            "/;UID=1",
            "/a",
            "/a;UID=1",
            "/a/;UID=0",
            "/a/;UID=4294967296",
            "/a/;UID=+1",
            "/a/;UID=",
            "/a/;UID=1/",
            "/a;UIDVALIDITY=0/;UID=1",
            "/a;UIDVALIDITY=1",
            "/a/;UID=1/;SECTION=",
            "/a/;UID=1/;SECTION=MIME",
            "/a/;UID=1/;SECTION=1.TEXT]",
            "/a/;UID=1/;SECTION=%00",
            "/a/;UID=1/;PARTIAL=",
            "/a/;UID=1/;PARTIAL=1.0",
            "/a/;UID=1/;PARTIAL=1.2.3",
            "/a/;UID=1/;PARTIAL=1/;SECTION=1",
            "/a/;UID=1/;URLAUTH=anonymous",
            "/a b/;UID=1",
            "/a%2/;UID=1",
            "/%FF/;UID=1",
            "/a%0D/;UID=1",
            "/ä/;UID=1",
            "/a?UID=1",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn whatever_the_octets_it_never_panics(url: Vec<u8>, text in "[/;=.%a-zA-Z0-9 ()]{0,80}") {
            let _ = MessageUrl::parse(&url);
            let _ = MessageUrl::parse(format!("/a/;UID=1/;SECTION={text}").as_bytes());
            let _ = MessageUrl::parse(format!("/{text}/;UID=1").as_bytes());
        }
    }
}
