//! Object identifiers: RFC 8474.
//!
//! None of them is kept: each follows from what is. A MAILBOXID is the mailbox's number, which no
//! other mailbox of the account ever has and which a rename does not change. An EMAILID is made
//! of what never changes for a message, and a THREADID of the message that began the thread, so
//! both are the same in every mailbox and on every server.

use crate::chunk::Stored;
use crate::event::{Body, MailboxId};
use std::fmt::Write;

/// Half a BLAKE3 digest, as an identifier has it in lower-case hexadecimal.
pub type Digest = [u8; 16];

/// The letters that keep the kinds apart, and no identifier a number: RFC 8474 sections 5.2, 8.1.
const MAILBOX: char = 'F';
const EMAIL: char = 'M';
const THREAD: char = 'T';

/// MAILBOXID: unique in the account.
pub fn mailbox_id(mailbox: MailboxId) -> String {
    format!("{MAILBOX}{}", mailbox.0)
}

/// EMAILID of a message.
pub fn email_id(message: &Stored) -> String {
    written(EMAIL, email_digest(message))
}

/// THREADID of a message, from its header.
pub fn thread_id(body: &Body, header: &postern_message::Message<'_>) -> String {
    written(THREAD, thread_digest(body, header))
}

/// What EMAILID names: the octets and INTERNALDATE, the other thing that never changes for a UID
/// (RFC 8474 section 5.1, RFC 3501 section 2.3.1.1).
pub(crate) fn email_digest(message: &Stored) -> Digest {
    digest(&[
        b"email",
        &message.body.digest,
        &message.date.unix.to_le_bytes(),
        &message.date.offset_minutes.to_le_bytes(),
    ])
}

/// What THREADID names: the message that began the thread. A message that names none and has no
/// name of its own is its own thread.
pub(crate) fn thread_digest(body: &Body, header: &postern_message::Message<'_>) -> Digest {
    match header.thread_root() {
        Some(root) => digest(&[b"thread", &root]),
        None => digest(&[b"alone", &body.digest]),
    }
}

/// The digest in an EMAILID; `None` for what cannot be one.
pub(crate) fn parse_email_id(id: &[u8]) -> Option<Digest> {
    parse(EMAIL, id)
}

/// The digest in a THREADID; `None` for what cannot be one.
pub(crate) fn parse_thread_id(id: &[u8]) -> Option<Digest> {
    parse(THREAD, id)
}

/// Of fields that are each as long as those of their kind are, so that they cannot run together.
fn digest(fields: &[&[u8]]) -> Digest {
    let mut hasher = blake3::Hasher::new();
    for field in fields {
        hasher.update(field);
    }
    let mut half = Digest::default();
    let whole = hasher.finalize();
    for (to, from) in half.iter_mut().zip(whole.as_bytes()) {
        *to = *from;
    }
    half
}

fn written(kind: char, digest: Digest) -> String {
    let mut id = String::with_capacity(1 + 2 * digest.len());
    id.push(kind);
    for octet in digest {
        let _ = write!(id, "{octet:02x}");
    }
    id
}

/// Case matters, so upper-case digits are none.
fn parse(kind: char, id: &[u8]) -> Option<Digest> {
    let text = std::str::from_utf8(id).ok()?;
    let digits = text.strip_prefix(kind)?;
    let hexadecimal = |b: u8| matches!(b, b'0'..=b'9' | b'a'..=b'f');
    if digits.len() != 32 || !digits.bytes().all(hexadecimal) {
        return None;
    }
    u128::from_str_radix(digits, 16).ok().map(u128::to_be_bytes)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use postern_imap::date::InternalDate;
    use postern_message::Message;

    fn stored(octet: u8, date: InternalDate) -> Stored {
        Stored {
            uid: 1,
            body: Body {
                segment: 1,
                offset: 2,
                derived_len: 3,
                len: 4,
                digest: [octet; 16],
            },
            date,
            saved: 0,
        }
    }

    #[test]
    fn what_is_written_is_read_again() {
        let message = stored(0xfe, InternalDate::from_unix(5));
        let id = email_id(&message);
        assert_eq!(id.len(), 33);
        assert_eq!(parse_email_id(id.as_bytes()), Some(email_digest(&message)));
        for other in [
            "",
            "M",
            &id[1..],
            &id[..32],
            &id.to_uppercase(),
            &id.replace('M', "T"),
        ] {
            assert_eq!(parse_email_id(other.as_bytes()), None, "{other}");
        }
        assert_eq!(
            written('M', *b"0123456789abcdef"),
            "M30313233343536373839616263646566"
        );
    }

    #[test]
    fn an_email_id_is_of_the_octets_and_the_internal_date_only() {
        let date = InternalDate::from_unix(5);
        let message = stored(1, date);
        let copy = Stored {
            uid: 9,
            saved: 7,
            ..message
        };
        let zone = InternalDate {
            offset_minutes: 60,
            ..date
        };
        assert_eq!(email_id(&message), email_id(&copy));
        assert_ne!(email_id(&message), email_id(&stored(2, date)));
        assert_ne!(
            email_id(&message),
            email_id(&stored(1, InternalDate::from_unix(6)))
        );
        assert_ne!(email_id(&message), email_id(&stored(1, zone)));
    }

    #[test]
    fn a_thread_is_named_by_the_message_that_began_it() {
        let id = |octet, header: &str| {
            let body = stored(octet, InternalDate::from_unix(0)).body;
            thread_id(&body, &Message::parse(header.as_bytes()))
        };
        let first = id(1, "Message-ID: <a@x>\r\n\r\n");
        assert_eq!(
            id(2, "References: <a@x>\r\nMessage-ID: <b@x>\r\n\r\n"),
            first
        );
        assert_ne!(id(3, "Message-ID: <c@x>\r\n\r\n"), first);
        assert_ne!(id(1, "Subject: x\r\n\r\n"), id(2, "Subject: x\r\n\r\n"));
        assert!(first.starts_with('T'));
    }
}
