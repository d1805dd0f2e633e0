//! What SORT and THREAD compare: RFC 5256, RFC 5957.

use crate::address::{self, Address};
use crate::collation::Collation;
use crate::header::{fields, unfold};
use crate::limits::{MAX_ADDRESS_KEY, MAX_REFERENCES, MAX_SUBJECT_KEY};
use crate::subject::BaseSubject;
use crate::summary::{Reader, put_text};
use crate::{encoded_word, message_id, wire};
use std::collections::VecDeque;

/// What of a header SORT and THREAD compare. Text is in the form in which octets compare as
/// `i;unicode-casemap` says (RFC 5051), cut at the bounds of [`crate::limits`]; what the header
/// does not have is empty.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SortKeys {
    /// The base subject: RFC 5256 section 2.1.
    pub subject: Vec<u8>,
    /// Whether the subject is that of a reply or forward.
    pub is_reply: bool,
    /// The local part of the first From address, or the name of a group.
    pub from: Vec<u8>,
    /// The same of To.
    pub to: Vec<u8>,
    /// The same of Cc.
    pub cc: Vec<u8>,
    /// What is shown of the first From address: RFC 5957 section 3.
    pub display_from: Vec<u8>,
    /// The same of To.
    pub display_to: Vec<u8>,
    /// The message ID without brackets and quoting.
    pub message_id: Option<Vec<u8>>,
    /// The message IDs of the ancestors, the parent last: those of References, or else the
    /// first of In-Reply-To.
    pub references: Vec<Vec<u8>>,
}

#[derive(Default)]
struct Compared<'a> {
    subject: Option<&'a [u8]>,
    message_id: Option<&'a [u8]>,
    references: Option<&'a [u8]>,
    in_reply_to: Option<&'a [u8]>,
    from: Option<Address>,
    to: Option<Address>,
    cc: Option<Address>,
}

impl<'a> Compared<'a> {
    /// As in an envelope, the first field of a name counts; of addresses, the first field that
    /// has one.
    fn take(&mut self, name: &[u8], value: &'a [u8]) {
        // The longest name of interest has eleven octets.
        if name.len() > 11 {
            return;
        }
        match name.to_ascii_lowercase().as_slice() {
            b"subject" => drop(self.subject.get_or_insert(value)),
            b"message-id" => drop(self.message_id.get_or_insert(value)),
            b"references" => drop(self.references.get_or_insert(value)),
            b"in-reply-to" => drop(self.in_reply_to.get_or_insert(value)),
            b"from" => first_address(&mut self.from, value),
            b"to" => first_address(&mut self.to, value),
            b"cc" => first_address(&mut self.cc, value),
            _ => {}
        }
    }
}

impl SortKeys {
    /// The keys of a message with this header.
    #[must_use]
    pub fn of(header: &[u8]) -> Self {
        Self::collated(header, Collation::default())
    }

    /// The same in the form in which octets compare as this collation says.
    #[must_use]
    pub fn collated(header: &[u8], collation: Collation) -> Self {
        let mut compared = Compared::default();
        for field in fields(header) {
            compared.take(field.name, field.value);
        }
        let subject = compared
            .subject
            .map(|value| encoded_word::decode(&unfold(value)));
        let subject = BaseSubject::of(&subject.unwrap_or_default());
        Self {
            subject: key(&subject.text, MAX_SUBJECT_KEY, collation),
            is_reply: subject.is_reply,
            from: mailbox(compared.from.as_ref(), collation),
            to: mailbox(compared.to.as_ref(), collation),
            cc: mailbox(compared.cc.as_ref(), collation),
            display_from: display(compared.from.as_ref(), collation),
            display_to: display(compared.to.as_ref(), collation),
            message_id: compared.message_id.and_then(first_id),
            references: references(compared.references, compared.in_reply_to),
        }
    }

    /// Writes them for [`SortKeys::take`]: the reply flag (1 octet), the six texts and the
    /// message ID after an octet that says whether there is one, each with its length (4), the
    /// count of references (4) and each with its length (4).
    pub(crate) fn put(&self, out: &mut Vec<u8>) {
        out.push(u8::from(self.is_reply));
        for text in [
            &self.subject,
            &self.from,
            &self.to,
            &self.cc,
            &self.display_from,
            &self.display_to,
        ] {
            put_text(out, text);
        }
        out.push(u8::from(self.message_id.is_some()));
        put_text(out, self.message_id.as_deref().unwrap_or_default());
        let count = u32::try_from(self.references.len()).unwrap_or(u32::MAX);
        out.extend_from_slice(&count.to_le_bytes());
        for id in &self.references {
            put_text(out, id);
        }
    }

    pub(crate) fn take(reader: &mut Reader<'_>) -> Option<Self> {
        Some(Self {
            is_reply: reader.flag()?,
            subject: reader.text()?,
            from: reader.text()?,
            to: reader.text()?,
            cc: reader.text()?,
            display_from: reader.text()?,
            display_to: reader.text()?,
            message_id: reader.optional()?,
            references: {
                let count = reader.number()?;
                let mut ids = Vec::new();
                for _ in 0..count {
                    ids.push(reader.text()?);
                }
                ids
            },
        })
    }
}

fn first_address(slot: &mut Option<Address>, value: &[u8]) {
    if slot.is_none() {
        let mut found = Vec::new();
        address::parse(&unfold(value), 1, &mut found);
        *slot = found.into_iter().next();
    }
}

/// `addr-mailbox`, as the envelope shows it.
fn mailbox(address: Option<&Address>, collation: Collation) -> Vec<u8> {
    let mailbox = address.and_then(|address| address.mailbox.as_deref());
    key(
        &wire::lenient(mailbox.unwrap_or_default()),
        MAX_ADDRESS_KEY,
        collation,
    )
}

/// RFC 5957 section 3: the name, or else the address, or else the local part.
fn display(address: Option<&Address>, collation: Collation) -> Vec<u8> {
    let Some(address) = address else {
        return Vec::new();
    };
    let name = address.name.as_deref().map(encoded_word::decode);
    if let Some(name) = name.filter(|name| !name.is_empty()) {
        return key(&name, MAX_ADDRESS_KEY, collation);
    }
    let local = wire::lenient(address.mailbox.as_deref().unwrap_or_default());
    match &address.host {
        Some(host) if address.mailbox.is_some() => key(
            &format!("{local}@{}", wire::lenient(host)),
            MAX_ADDRESS_KEY,
            collation,
        ),
        _ => key(&local, MAX_ADDRESS_KEY, collation),
    }
}

fn key(text: &str, most: usize, collation: Collation) -> Vec<u8> {
    // Cut before and after: characters may grow by it.
    let near = text.get(..text.floor_char_boundary(most)).unwrap_or(text);
    let mut key = collation.key(near);
    key.truncate(most);
    key.shrink_to_fit();
    key
}

fn first_id(value: &[u8]) -> Option<Vec<u8>> {
    message_id::ids(&unfold(value)).next()
}

/// The last ones, if there are too many: they are the nearest.
fn references(references: Option<&[u8]>, in_reply_to: Option<&[u8]>) -> Vec<Vec<u8>> {
    let mut last = VecDeque::new();
    for id in message_id::ids(&unfold(references.unwrap_or_default())) {
        if last.len() >= MAX_REFERENCES {
            last.pop_front();
        }
        last.push_back(id);
    }
    if last.is_empty() {
        return in_reply_to.and_then(first_id).into_iter().collect();
    }
    last.into()
}
