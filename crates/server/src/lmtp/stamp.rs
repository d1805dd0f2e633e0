//! What final delivery puts in front of a message, and what the log says of it.

use super::Address;
use bytes::{BufMut, Bytes, BytesMut};

/// The content with `Return-Path` and `Delivered-To` in front (RFC 5321 4.4, RFC 9228).
///
/// `Return-Path` lines that already stand at the very top are replaced: there is to be one only.
/// The rest is kept octet for octet.
pub fn stamped(content: &Bytes, reverse_path: Option<&Address>, delivered_to: &Address) -> Bytes {
    let sender = reverse_path.map(Address::to_string).unwrap_or_default();
    let stamp = format!("Return-Path: <{sender}>\r\nDelivered-To: <{delivered_to}>\r\n");
    let kept = without_return_path(content);
    let mut stored = BytesMut::with_capacity(stamp.len().saturating_add(kept.len()));
    stored.put_slice(stamp.as_bytes());
    stored.put_slice(kept);
    stored.freeze()
}

fn without_return_path(mut content: &[u8]) -> &[u8] {
    while let Some(field) = field_at(content, b"return-path") {
        content = content.get(field.len()..).unwrap_or_default();
    }
    content
}

/// The field with its continuation lines, if the octets begin with a field of that name.
fn field_at<'a>(octets: &'a [u8], name: &[u8]) -> Option<&'a [u8]> {
    let (head, rest) = octets.split_at_checked(name.len())?;
    let after_name = rest.iter().find(|octet| !matches!(octet, b' ' | b'\t'));
    if !head.eq_ignore_ascii_case(name) || after_name != Some(&b':') {
        return None;
    }
    octets.get(..field_len(octets))
}

fn field_len(octets: &[u8]) -> usize {
    memchr::memchr_iter(b'\n', octets)
        .map(|at| at.saturating_add(1))
        .find(|&end| !matches!(octets.get(end), Some(b' ' | b'\t')))
        .unwrap_or(octets.len())
}

/// Octets of the header that are searched for the Message-ID.
const HEADER_SEARCHED: usize = 64 * 1024;

/// Characters of the Message-ID that are logged.
const MESSAGE_ID_LOGGED: usize = 200;

/// The Message-ID for the log, cut; what is not UTF-8 is replaced.
pub(super) fn message_id(content: &[u8]) -> String {
    let mut rest = content.get(..HEADER_SEARCHED).unwrap_or(content);
    while !rest.is_empty() && !rest.starts_with(b"\r\n") && !rest.starts_with(b"\n") {
        if let Some(field) = field_at(rest, b"message-id") {
            return shortened(field);
        }
        rest = rest.get(field_len(rest)..).unwrap_or_default();
    }
    String::new()
}

fn shortened(field: &[u8]) -> String {
    let colon = memchr::memchr(b':', field).map_or(0, |at| at.saturating_add(1));
    let value = field.get(colon..).unwrap_or_default().trim_ascii();
    String::from_utf8_lossy(value)
        .chars()
        .take(MESSAGE_ID_LOGGED)
        .collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[track_caller]
    fn check(content: &'static str, sender: Option<&str>, stored: &str) {
        let sender = sender.map(|text| Address::parse(text).unwrap());
        let recipient = Address::parse("mara@example.org").unwrap();
        let content = Bytes::from_static(content.as_bytes());
        assert_eq!(stamped(&content, sender.as_ref(), &recipient), stored);
    }

    #[test]
    fn stamps() {
        check(
            "Subject: a\r\n\r\nb\n",
            Some("jonas@example.net"),
            "Return-Path: <jonas@example.net>\r\nDelivered-To: <mara@example.org>\r\n\
             Subject: a\r\n\r\nb\n",
        );
        check(
            "",
            None,
            "Return-Path: <>\r\nDelivered-To: <mara@example.org>\r\n",
        );
    }

    #[test]
    fn one_return_path() {
        check(
            "RETURN-PATH : <old@example.net>\r\n\t(folded)\r\nReturn-Path:<x>\nReturn-Pathos: y\r\n\
             Return-Path: <inner>\r\n\r\n",
            None,
            "Return-Path: <>\r\nDelivered-To: <mara@example.org>\r\nReturn-Pathos: y\r\n\
             Return-Path: <inner>\r\n\r\n",
        );
        check(
            "Return-Path: <a>",
            None,
            "Return-Path: <>\r\nDelivered-To: <mara@example.org>\r\n",
        );
    }

    #[test]
    fn message_ids() {
        assert_eq!(
            message_id(b"A: b\r\nMessage-Id:\r\n <1@x>\r\nC: d\r\n"),
            "<1@x>"
        );
        assert_eq!(
            message_id(b"A: b\r\n Message-ID: <no@x>\r\n\r\nMessage-ID: <no@x>\r\n"),
            ""
        );
        assert_eq!(
            message_id(b"Message-ID: <a\x1b\"\xff>\n"),
            "<a\x1b\"\u{fffd}>"
        );
        let long = format!("Message-ID: <{}>\r\n", "a".repeat(500));
        assert_eq!(message_id(long.as_bytes()).len(), 200);
    }
}
