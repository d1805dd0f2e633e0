//! Replies, and the one place where failures become codes (RFC 5321 4.2, RFC 3463).

use super::delivery::Rejection;
use super::limits::REPLY_LINE;
use super::parse::ParseError;
use bytes::{BufMut, BytesMut};
use std::fmt::Write;

/// A reply of one line. The text is for people; it may come from outside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    code: u16,
    /// The enhanced status code; empty where RFC 2034 wants none.
    status: &'static str,
    text: String,
}

impl Reply {
    /// A reply with an enhanced status code.
    pub fn new(code: u16, status: &'static str, text: impl Into<String>) -> Self {
        let text = text.into();
        Self { code, status, text }
    }

    /// A reply without one: the greeting, and 354.
    pub fn plain(code: u16, text: impl Into<String>) -> Self {
        Self::new(code, "", text)
    }

    /// The same with the address in front of the text.
    #[must_use]
    pub fn about(mut self, address: &super::Address) -> Self {
        self.text = format!("<{address}> {}", self.text);
        self
    }

    /// Writes the line: at most [`REPLY_LINE`] octets, no control characters in it.
    pub fn write(&self, output: &mut BytesMut) {
        let mut line = String::new();
        // Writing to a String does not fail.
        let _ = write!(line, "{} {}", self.code, self.status);
        if !self.status.is_empty() {
            line.push(' ');
        }
        for c in self.text.chars() {
            if line.len().saturating_add(c.len_utf8()) > REPLY_LINE.saturating_sub(2) {
                break;
            }
            line.push(if c.is_control() { '?' } else { c });
        }
        output.put_slice(line.as_bytes());
        output.put_slice(b"\r\n");
    }
}

impl From<&ParseError> for Reply {
    fn from(error: &ParseError) -> Self {
        let (code, status, text) = match error {
            ParseError::Unknown => (500, "5.5.2", "Command not recognised"),
            ParseError::NotImplemented => (502, "5.5.1", "Command not implemented"),
            ParseError::NotSmtp => (500, "5.5.1", "This is LMTP: say LHLO"),
            ParseError::LineEnd => (500, "5.5.2", "Lines end with CRLF"),
            ParseError::TooLong => (500, "5.5.2", "Line too long"),
            ParseError::Arguments => (501, "5.5.4", "Wrong arguments"),
            ParseError::Sender => (501, "5.1.7", "Not a sender's address"),
            ParseError::Recipient => (501, "5.1.3", "Not a recipient's address"),
            ParseError::UnknownParameter => (555, "5.5.4", "Parameter not recognised"),
            ParseError::Parameter => (501, "5.5.4", "Wrong parameter"),
        };
        Self::new(code, status, text)
    }
}

impl From<&Rejection> for Reply {
    fn from(rejection: &Rejection) -> Self {
        let (code, status, text) = match rejection {
            Rejection::UnknownUser => (550, "5.1.1", "No such user here"),
            Rejection::Disabled => (550, "5.2.1", "Mailbox takes no mail"),
            Rejection::OverQuota => (452, "4.2.2", "Mailbox is full"),
            Rejection::OverQuotaForGood => (552, "5.2.2", "Mailbox is full"),
            Rejection::TooBig => (552, "5.2.3", "Message too big for this mailbox"),
            Rejection::StorageFull => (452, "4.3.1", "No space left"),
            Rejection::Policy => (550, "5.7.1", "Not allowed"),
            Rejection::Content => (554, "5.6.0", "Content not acceptable"),
            Rejection::TemporaryFailure(_) => (451, "4.3.0", "Try again later"),
        };
        Self::new(code, status, text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(reply: &Reply) -> BytesMut {
        let mut output = BytesMut::new();
        reply.write(&mut output);
        output
    }

    #[test]
    fn lines() {
        assert_eq!(written(&Reply::plain(354, "Go on")), "354 Go on\r\n");
        assert_eq!(written(&Reply::new(250, "2.0.0", "OK")), "250 2.0.0 OK\r\n");
        let forged = Reply::new(250, "2.0.0", "a\r\n250 b\u{1b}");
        assert_eq!(written(&forged), "250 2.0.0 a??250 b?\r\n");
    }

    #[test]
    fn long_text_is_cut_between_characters() {
        let line = written(&Reply::new(250, "2.0.0", "ü".repeat(400)));
        // "250 2.0.0 " is 10 octets; 250 characters of 2 octets and CRLF make 512.
        assert_eq!(line.len(), 512);
        assert!(std::str::from_utf8(&line).is_ok());
    }

    #[test]
    fn internal_text_stays_inside() {
        let line = written(&Reply::from(&Rejection::TemporaryFailure(
            "disk 7 died".into(),
        )));
        assert_eq!(line, "451 4.3.0 Try again later\r\n");
    }
}
