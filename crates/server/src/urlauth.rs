//! What authorizes a URL: RFC 4467 sections 2 and 6.
//!
//! A token names its algorithm with its first two digits, so that another can come beside it
//! (section 2.4.1): `01`, then HMAC-SHA-256 of the URL up to the mechanism, under the mailbox's
//! access key.

use crate::live::{LiveAccount, now_millis};
use crate::reply::{Failure, Reply};
use crate::session::Session;
use aws_lc_rs::hmac;
use postern_account::Message;
use postern_account::access_key::AccessKey;
use postern_identity::AccountName;
use postern_imap::imapurl::{Access, AuthorizedUrl, MessageUrl};
use postern_imap::response::Code;
use std::sync::Arc;

/// The one mechanism.
pub(crate) const INTERNAL: &str = "INTERNAL";

/// What tokens of HMAC-SHA-256 begin with.
const ALGORITHM: &str = "01";

/// A key that nobody can guess.
pub(crate) fn fresh_key() -> Result<AccessKey, Failure> {
    let mut octets = [0; AccessKey::LEN];
    match getrandom::fill(&mut octets) {
        Ok(()) => Ok(AccessKey::new(octets)),
        Err(_) => Err(Reply::no(Code::Unavailable, "The system gives no random numbers").into()),
    }
}

/// The token of a URL.
pub(crate) fn token(key: &AccessKey, rump: &str) -> String {
    let tag = hmac::sign(&mac(key), rump.as_bytes());
    let mut token = String::from(ALGORITHM);
    for octet in tag.as_ref() {
        token.push_str(&format!("{octet:02x}"));
    }
    token
}

/// Whether the token is the URL's; compared in constant time.
fn is_token(key: &AccessKey, rump: &str, token: &str) -> bool {
    let tag = token.strip_prefix(ALGORITHM).and_then(from_hex);
    let tag = tag.unwrap_or_default();
    hmac::verify(&mac(key), rump.as_bytes(), &tag).is_ok()
}

fn mac(key: &AccessKey) -> hmac::Key {
    hmac::Key::new(hmac::HMAC_SHA256, key.as_bytes())
}

fn from_hex(text: &str) -> Option<Vec<u8>> {
    let digit = |b: &u8| char::from(*b).to_digit(16);
    let pairs = text.as_bytes().chunks(2).map(|pair| match pair {
        [high, low] => u8::try_from(digit(high)? * 16 + digit(low)?).ok(),
        _ => None,
    });
    pairs.collect()
}

/// The message that a URL opens.
pub(crate) struct Opened {
    pub(crate) live: Arc<LiveAccount>,
    pub(crate) message: Message,
    pub(crate) url: MessageUrl,
}

impl Session {
    /// What the URL opens for this session; `None` for whatever reason it opens nothing.
    ///
    /// All of it is decided before anything that takes its time: who asks learns neither which
    /// accounts there are nor which mailboxes.
    pub(crate) async fn open_url(&self, url: &[u8]) -> Result<Option<Opened>, Failure> {
        let Ok(url) = AuthorizedUrl::parse(url) else {
            return Ok(None);
        };
        let Some((mechanism, given)) = url.token else {
            return Ok(None);
        };
        let live = self.owner(&url.user).await?;
        let account = live.as_ref().map(|live| live.account());
        let mailbox = account.as_ref().and_then(|account| {
            let found = account.mailbox(url.message.mailbox.as_str());
            let validity = url.message.uid_validity;
            found.filter(|found| validity.is_none_or(|asked| asked == found.uid_validity()))
        });
        let key = mailbox.and_then(|mailbox| account.as_ref()?.access_keys().get(mailbox.id()));
        // As much is computed where there is no key.
        let computed = is_token(
            key.unwrap_or(&AccessKey::new([0; AccessKey::LEN])),
            url.rump,
            given,
        );
        let now = now_millis().div_euclid(1000);
        let opens = key.is_some()
            && computed
            && mechanism.eq_ignore_ascii_case(INTERNAL)
            && self.is_this_server(url.host)
            && url.expire.is_none_or(|last| now <= last)
            && self.may_use(&url.access)?;
        let message = mailbox.and_then(|mailbox| mailbox.by_uid(url.message.uid));
        Ok(match (opens, live, message) {
            (true, Some(live), Some(message)) => Some(Opened {
                live,
                message,
                url: url.message,
            }),
            _ => None,
        })
    }

    /// The account whose mailbox a URL names.
    async fn owner(&self, user: &str) -> Result<Option<Arc<LiveAccount>>, Failure> {
        let Ok(name) = AccountName::parse(user) else {
            return Ok(None);
        };
        let found = self.shared.directory.account_by_name(name.as_str()).await?;
        match found.filter(|record| record.enabled) {
            Some(record) => Ok(Some(self.shared.accounts.get(record.id).await?)),
            None => Ok(None),
        }
    }

    /// Whether the URL's server is this one.
    pub(crate) fn is_this_server(&self, host: &str) -> bool {
        host.eq_ignore_ascii_case(&self.shared.settings.hostname)
    }

    /// Whether the name is that of the account that is signed in.
    pub(crate) fn is_user(&self, name: &str) -> Result<bool, Failure> {
        let own = &self.login()?.name;
        Ok(AccountName::parse(name).is_ok_and(|name| name.as_str() == own))
    }

    /// Whether the access identifier lets this session use the URL (section 3). There are no
    /// anonymous sessions.
    fn may_use(&self, access: &Access) -> Result<bool, Failure> {
        match access {
            Access::Anonymous | Access::AuthUser => Ok(true),
            Access::User(name) => self.is_user(name),
            Access::Submit(_) => {
                let own = &self.login()?.name;
                let submitters = &self.shared.settings.extensions.submission_accounts;
                Ok(submitters.iter().any(|name| name == own))
            }
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    /// RFC 4231 section 4.3.
    #[test]
    fn the_token_is_hmac_sha_256_of_the_rump() {
        let mut octets = [0; AccessKey::LEN];
        octets
            .iter_mut()
            .zip(b"Jefe")
            .for_each(|(to, from)| *to = *from);
        let key = AccessKey::new(octets);
        let expected = "015bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
        let found = token(&key, "what do ya want for nothing?");
        assert_eq!(found, expected);
        assert!(is_token(&key, "what do ya want for nothing?", &found));
        assert!(is_token(
            &key,
            "what do ya want for nothing?",
            &found.to_uppercase()
        ));
    }

    #[test]
    fn any_other_token_is_none() {
        let key = AccessKey::new([1; AccessKey::LEN]);
        let right = token(&key, "a");
        let other = AccessKey::new([2; AccessKey::LEN]);
        assert!(!is_token(&other, "a", &right));
        assert!(!is_token(&key, "b", &right));
        let wrong = [
            String::new(),
            "01".to_owned(),
            right.replacen("01", "02", 1),
            right.get(..64).unwrap().to_owned(),
            format!("{right}00"),
            format!("{right}0"),
            right.replace(|c: char| c.is_ascii_digit(), "x"),
        ];
        for token in wrong {
            assert!(!is_token(&key, "a", &token), "{token}");
        }
    }
}
