//! Which thread a message belongs to, by its own header alone.

use crate::header::{Field, fields, unfold};

/// The identifier, without its angle brackets, of the message that began the thread: the first of
/// `References`, else of `In-Reply-To`, else the message's own (RFC 5322 section 3.6.4).
///
/// `References` begins with the first message of a thread and keeps it when it is shortened, so
/// all answers agree on it. Without `References`, the message that is answered is the best there
/// is.
pub(crate) fn root(header: &[u8]) -> Option<Vec<u8>> {
    let mut found = [const { None }; 3];
    for field in fields(header) {
        let Some((slot, identifier)) =
            slot(&field).and_then(|slot| Some((slot, read(slot, &field)?)))
        else {
            continue;
        };
        if let Some(place) = found.get_mut(slot) {
            place.get_or_insert(identifier);
        }
    }
    found.into_iter().flatten().next()
}

const REFERENCES: usize = 0;
const IN_REPLY_TO: usize = 1;
const MESSAGE_ID: usize = 2;

fn slot(field: &Field<'_>) -> Option<usize> {
    let names: [(&[u8], usize); 3] = [
        (b"references", REFERENCES),
        (b"in-reply-to", IN_REPLY_TO),
        (b"message-id", MESSAGE_ID),
    ];
    let named = names
        .iter()
        .find(|(name, _)| field.name.eq_ignore_ascii_case(name));
    named.map(|(_, slot)| *slot)
}

fn read(slot: usize, field: &Field<'_>) -> Option<Vec<u8>> {
    let value = unfold(field.value);
    let value = value.trim_ascii();
    // Old clients wrote phrases and addresses there: RFC 5256 section 3, step 1.
    if slot == IN_REPLY_TO && !value.starts_with(b"<") {
        return None;
    }
    let bare = (slot == MESSAGE_ID).then_some(value);
    bracketed(value)
        .or(bare)
        .filter(|id| !id.is_empty())
        .map(<[u8]>::to_vec)
}

/// What stands between the first `<` and the next `>`.
fn bracketed(value: &[u8]) -> Option<&[u8]> {
    let start = memchr::memchr(b'<', value)?.saturating_add(1);
    let inner = value.get(start..)?;
    let end = memchr::memchr(b'>', inner)?;
    inner
        .get(..end)
        .map(<[u8]>::trim_ascii)
        .filter(|id| !id.is_empty())
}

#[cfg(test)]
mod tests {
    use super::root;

    #[test]
    fn the_first_reference_else_what_is_answered_else_itself() {
        let table: [(&str, Option<&str>); 12] = [
            ("Message-ID: <a@x>\r\n\r\n", Some("a@x")),
            ("message-id:<a@x>\n\nReferences: <body@x>\n", Some("a@x")),
            (
                "Message-ID: <c@x>\r\nReferences: <a@x> <b@x>\r\n\r\n",
                Some("a@x"),
            ),
            (
                "References:\r\n <a@x>\r\n <b@x>\r\nMessage-ID: <c@x>\r\n\r\n",
                Some("a@x"),
            ),
            (
                "Message-ID: <c@x>\r\nIn-Reply-To: <b@x>\r\n\r\n",
                Some("b@x"),
            ),
            (
                "In-Reply-To: <b@x>\r\nReferences: <a@x>\r\n\r\n",
                Some("a@x"),
            ),
            (
                "In-Reply-To: Your message of Monday <joe@x>\r\nMessage-ID: <c@x>\r\n\r\n",
                Some("c@x"),
            ),
            ("References: none\r\nMessage-ID: <c@x>\r\n\r\n", Some("c@x")),
            ("Message-ID: c@x\r\n\r\n", Some("c@x")),
            ("Message-ID: <>\r\n\r\n", Some("<>")),
            ("Message-ID:\r\nSubject: x\r\n\r\n", None),
            ("Subject: <a@x>\r\n\r\n", None),
        ];
        for (header, expected) in table {
            let found = root(header.as_bytes());
            assert_eq!(found.as_deref(), expected.map(str::as_bytes), "{header:?}");
        }
    }
}
