//! URLs that carry their own authorization: RFC 4467 sections 3 and 9, RFC 5092 section 6.1.
//!
//! ```text
//! imap://user@server[:port]/mailbox[;UIDVALIDITY=n]/;UID=n[/;SECTION=section][/;PARTIAL=range]
//!     [;EXPIRE=date-time];URLAUTH=access[:mechanism:token]
//! ```

use super::MessageUrl;
use super::percent::decode;
use crate::date::{Date, InternalDate, Time};

/// A URL with `;URLAUTH=`, with or without the token that authorizes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuthorizedUrl<'u> {
    /// Whose mailbox it is, and whose key it is authorized with.
    pub user: String,
    /// The server's name or address, as written.
    pub host: &'u str,
    /// What of the user's it names.
    pub message: MessageUrl,
    /// The last second in which it is valid, since 1970-01-01T00:00:00Z.
    pub expire: Option<i64>,
    /// Who may use it.
    pub access: Access,
    /// All before the mechanism: what is authorized, octet for octet (section 6).
    pub rump: &'u str,
    /// The mechanism, as written, and the token.
    pub token: Option<(&'u str, &'u str)>,
}

/// `access`: who may use a URL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Access {
    /// Any session that has signed in.
    Anonymous,
    /// Any session of a user of the server.
    AuthUser,
    /// Sessions of this user.
    User(String),
    /// Sessions of a message submission entity, which acts for this user.
    Submit(String),
}

/// Why a URL cannot be authorized.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Objection {
    /// It does not end in `;URLAUTH=` and an access identifier.
    NoAccess,
    /// It is not of the scheme `imap`.
    NotImap,
    /// It does not begin with a user and a server.
    NoUser,
    /// It does not name a message, or a part of one.
    NoMessage,
    /// Its `;EXPIRE=` is not a date and time of RFC 3339.
    BadExpire,
}

impl std::fmt::Display for Objection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::NoAccess => "The URL has no valid access identifier at its end",
            Self::NotImap => "The URL does not begin with imap:",
            Self::NoUser => "The URL names no user",
            Self::NoMessage => "The URL does not name a message or a part of one",
            Self::BadExpire => "The URL expires at no date and time that there is",
        })
    }
}

impl std::error::Error for Objection {}

const URLAUTH: &str = ";URLAUTH=";
const EXPIRE: &str = ";EXPIRE=";

impl<'u> AuthorizedUrl<'u> {
    /// Reads a URL.
    ///
    /// # Errors
    /// It is none of this form.
    pub fn parse(url: &'u [u8]) -> Result<Self, Objection> {
        let url = std::str::from_utf8(url).map_err(|_| Objection::NoMessage)?;
        let (plain, authorization) = split_last(url, URLAUTH).ok_or(Objection::NoAccess)?;
        let (access, token) = match authorization.split_once(':') {
            Some((access, rest)) => (access, Some(rest)),
            None => (authorization, None),
        };
        let token = match token {
            Some(text) => Some(text.split_once(':').ok_or(Objection::NoAccess)?),
            None => None,
        };
        let written = plain.len() + URLAUTH.len() + access.len();
        let rump = url.get(..written).ok_or(Objection::NoAccess)?;
        let access = Access::parse(access).ok_or(Objection::NoAccess)?;
        let (plain, expire) = match split_last(plain, EXPIRE) {
            Some((plain, text)) => (plain, Some(moment(text).ok_or(Objection::BadExpire)?)),
            None => (plain, None),
        };
        let (scheme, rest) = plain.split_at_checked(7).ok_or(Objection::NotImap)?;
        if !scheme.eq_ignore_ascii_case("imap://") {
            return Err(Objection::NotImap);
        }
        let slash = rest.find('/').ok_or(Objection::NoMessage)?;
        let (server, path) = rest.split_at_checked(slash).ok_or(Objection::NoMessage)?;
        let (user, host) = user_and_host(server).ok_or(Objection::NoUser)?;
        let message = MessageUrl::parse(path.as_bytes()).ok_or(Objection::NoMessage)?;
        Ok(Self {
            user,
            host,
            message,
            expire,
            access,
            rump,
            token,
        })
    }
}

impl Access {
    fn parse(text: &str) -> Option<Self> {
        if text.eq_ignore_ascii_case("anonymous") {
            return Some(Self::Anonymous);
        }
        if text.eq_ignore_ascii_case("authuser") {
            return Some(Self::AuthUser);
        }
        let (kind, user) = text.split_once('+')?;
        let user = user_name(user)?;
        match kind {
            kind if kind.eq_ignore_ascii_case("user") => Some(Self::User(user)),
            kind if kind.eq_ignore_ascii_case("submit") => Some(Self::Submit(user)),
            _ => None,
        }
    }
}

/// What is before and after the last `mark`, in any case.
fn split_last<'t>(text: &'t str, mark: &str) -> Option<(&'t str, &'t str)> {
    let at = text.to_ascii_uppercase().rfind(mark)?;
    Some((text.get(..at)?, text.get(at + mark.len()..)?))
}

/// `enc-user [iauth] "@" hostport`; the port, and how the user would sign in, are not looked at.
fn user_and_host(server: &str) -> Option<(String, &str)> {
    let (user, host) = server.split_once('@')?;
    let user = match split_last(user, ";AUTH=") {
        Some((user, _)) => user,
        None => user,
    };
    let host = match host.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|b| b.is_ascii_digit()) => host,
        _ => host,
    };
    (!host.is_empty()).then_some((user_name(user)?, host))
}

/// `1*achar`, percent-encoded UTF-8.
fn user_name(text: &str) -> Option<String> {
    let allowed = |b: u8| b.is_ascii_alphanumeric() || b"-._~!$'()*+,&=%".contains(&b);
    if text.is_empty() || !text.bytes().all(allowed) {
        return None;
    }
    let name = String::from_utf8(decode(text)?).ok()?;
    (!name.contains(char::is_control)).then_some(name)
}

/// `date-time` of RFC 3339: `2026-11-24T17:45:00Z`, `2026-11-24t18:45:00.25+01:00`.
fn moment(text: &str) -> Option<i64> {
    let (day, rest) = text.split_at_checked(10)?;
    let [b'T' | b't', clock @ ..] = rest.as_bytes() else {
        return None;
    };
    let [y0, y1, y2, y3, b'-', m0, m1, b'-', d0, d1] = day.as_bytes() else {
        return None;
    };
    let date = Date::new(
        number(&[*y0, *y1])? * 100 + number(&[*y2, *y3])?,
        small(m0, m1)?,
        small(d0, d1)?,
    )?;
    let [h0, h1, b':', n0, n1, b':', s0, s1, zone @ ..] = clock else {
        return None;
    };
    let time = Time {
        hour: small(h0, h1)?,
        minute: small(n0, n1)?,
        second: small(s0, s1)?,
    };
    let zone = minutes(without_fraction(zone)?)?;
    Some(InternalDate::from_civil(date, time, zone)?.unix)
}

fn without_fraction(text: &[u8]) -> Option<&[u8]> {
    let Some(digits) = text.strip_prefix(b".") else {
        return Some(text);
    };
    let end = digits.iter().position(|b| !b.is_ascii_digit())?;
    (end > 0).then(|| digits.get(end..)).flatten()
}

fn minutes(zone: &[u8]) -> Option<i16> {
    let (sign, h0, h1, m0, m1) = match zone {
        [b'Z' | b'z'] => return Some(0),
        [sign, h0, h1, b':', m0, m1] => (sign, h0, h1, m0, m1),
        _ => return None,
    };
    let (hours, minutes) = (small(h0, h1)?, small(m0, m1)?);
    let total = i16::from(hours) * 60 + i16::from(minutes);
    let fits = hours <= 23 && minutes <= 59;
    match sign {
        b'+' if fits => Some(total),
        b'-' if fits => Some(-total),
        _ => None,
    }
}

fn small(tens: &u8, ones: &u8) -> Option<u8> {
    u8::try_from(number(&[*tens, *ones])?).ok()
}

fn number(digits: &[u8; 2]) -> Option<u16> {
    let [tens, ones] = digits.map(|b| char::from(b).to_digit(10));
    u16::try_from(tens? * 10 + ones?).ok()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    const RUMP: &str = "imap://joe@example.com/INBOX/;uid=20/;section=1.2;urlauth=submit+fred";

    fn parse(url: &str) -> Result<AuthorizedUrl<'_>, Objection> {
        AuthorizedUrl::parse(url.as_bytes())
    }

    #[test]
    fn what_the_rfc_shows() {
        let rump = parse(RUMP).unwrap();
        assert_eq!(rump.user, "joe");
        assert_eq!(rump.host, "example.com");
        assert_eq!(rump.message.mailbox.as_str(), "INBOX");
        assert_eq!(rump.message.uid, 20);
        assert_eq!(rump.message.section.part, [1, 2]);
        assert_eq!(rump.access, Access::Submit("fred".to_owned()));
        assert_eq!((rump.rump, rump.token, rump.expire), (RUMP, None, None));
        let full = format!("{RUMP}:internal:91354a473744909de610943775f92038");
        let full = parse(&full).unwrap();
        assert_eq!(full.rump, RUMP);
        let token = "91354a473744909de610943775f92038";
        assert_eq!(full.token, Some(("internal", token)));
    }

    #[test]
    fn users_are_percent_encoded_and_ports_are_passed_over() {
        let url = "IMAP://a%40b.test;AUTH=PLAIN@Example.com:993/a;UIDVALIDITY=7/;UID=1\
                   ;EXPIRE=2026-11-24T17:45:00Z;UrlAuth=USER+c%40d.test";
        let url = parse(url).unwrap();
        assert_eq!((url.user.as_str(), url.host), ("a@b.test", "Example.com"));
        assert_eq!(url.message.uid_validity, Some(7));
        assert_eq!(url.access, Access::User("c@d.test".to_owned()));
        assert_eq!(url.expire, Some(1_795_542_300));
        let v6 = parse("imap://a@[::1]:143/a/;UID=1;URLAUTH=anonymous").unwrap();
        assert_eq!(v6.host, "[::1]");
        assert_eq!(v6.access, Access::Anonymous);
        let any = parse("imap://a@h/a/;UID=1;URLAUTH=authUser").unwrap();
        assert_eq!(any.access, Access::AuthUser);
    }

    #[test]
    fn moments() {
        assert_eq!(moment("1970-01-01T00:00:00Z"), Some(0));
        assert_eq!(moment("1970-01-01t01:00:00.123+01:00"), Some(0));
        assert_eq!(moment("1969-12-31T23:30:01-00:30"), Some(1));
        for text in [
            "",
            "1970-01-01",
            "1970-01-01 00:00:00Z",
            "1970-02-30T00:00:00Z",
            "1970-01-01T24:00:00Z",
            "1970-01-01T00:00:00",
            "1970-01-01T00:00:00.Z",
            "1970-01-01T00:00:00+1:00",
            "1970-01-01T00:00:00+24:00",
            "1970-01-01T00:00:00Zx",
        ] {
            assert_eq!(moment(text), None, "{text}");
        }
    }

    #[test]
    fn what_cannot_be_authorized() {
        use Objection::*;
        for (url, why) in [
            (
                "imap://joe@example.com/INBOX/;uid=20/;section=1.2",
                NoAccess,
            ),
            ("imap://joe@h/INBOX/;uid=20;urlauth=", NoAccess),
            ("imap://joe@h/INBOX/;uid=20;urlauth=stream", NoAccess),
            ("imap://joe@h/INBOX/;uid=20;urlauth=user+", NoAccess),
            (
                "imap://joe@h/INBOX/;uid=20;urlauth=anonymous:internal",
                NoAccess,
            ),
            ("imap://h/Shared/;uid=20;urlauth=anonymous", NoUser),
            ("imap://@h/Shared/;uid=20;urlauth=anonymous", NoUser),
            ("imap://a%0d@h/Shared/;uid=20;urlauth=anonymous", NoUser),
            ("http://joe@h/INBOX/;uid=20;urlauth=anonymous", NotImap),
            ("/INBOX/;uid=20;urlauth=anonymous", NotImap),
            ("imap://joe@h/;urlauth=anonymous", NoMessage),
            ("imap://joe@h;urlauth=anonymous", NoMessage),
            ("imap://joe@h/INBOX;urlauth=anonymous", NoMessage),
            ("imap://joe@h/INBOX?SUBJECT;urlauth=anonymous", NoMessage),
            (
                "imap://joe@h/INBOX/;uid=20;expire=soon;urlauth=anonymous",
                BadExpire,
            ),
        ] {
            assert_eq!(parse(url).unwrap_err(), why, "{url}");
        }
        assert!(AuthorizedUrl::parse(b"imap://\xff;urlauth=anonymous").is_err());
    }

    proptest::proptest! {
        #[test]
        fn whatever_the_octets_it_never_panics(url: Vec<u8>, text in "[ -~]{0,60}") {
            let _ = AuthorizedUrl::parse(&url);
            let _ = parse(&format!("imap://{text};URLAUTH=anonymous"));
            let _ = parse(&format!("imap://a@h/b/;UID=1;EXPIRE={text};URLAUTH={text}"));
        }
    }
}
