//! What UTF8=ACCEPT (RFC 6855) asks of APPEND.

use crate::capability;
use crate::session::Session;

/// Section 4: where the extension is offered, a client that has not turned it on may not append
/// a message whose header fields are not all ASCII.
pub(super) fn allows(session: &Session, message: &[u8]) -> bool {
    session.enabled.reads_utf8()
        || !capability::offers(session, "UTF8=ACCEPT")
        || header(message).is_ascii()
}

/// The octets before the first empty line.
fn header(message: &[u8]) -> &[u8] {
    let mut start = 0;
    for end in memchr::memchr_iter(b'\n', message) {
        let line = message.get(start..end).unwrap_or_default();
        if line.is_empty() || line == b"\r" {
            return message.get(..start).unwrap_or_default();
        }
        start = end.saturating_add(1);
    }
    message
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_ends_at_the_first_empty_line() {
        let table: [(&[u8], &[u8]); 6] = [
            (b"A: b\r\n\r\n\xff", b"A: b\r\n"),
            (b"A: b\n\n\xff\n\n", b"A: b\n"),
            (b"A: b\r\n \r\nC: \xff\r\n", b"A: b\r\n \r\nC: \xff\r\n"),
            (b"\r\n\xff", b""),
            (b"no line", b"no line"),
            (b"", b""),
        ];
        for (message, expected) in table {
            assert_eq!(header(message), expected, "{message:?}");
        }
    }
}
