//! A small LMTP client (RFC 2033): replies line by line.

use crate::process::DEADLINE;
use crate::server::ServerUnderTest;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;

/// A connection that has said LHLO.
#[derive(Debug)]
pub struct Lmtp {
    stream: BufReader<TcpStream>,
}

impl Lmtp {
    /// Connects, reads the greeting and says LHLO.
    ///
    /// # Panics
    /// When the server is not there or not ready.
    pub fn connect(server: &ServerUnderTest) -> Self {
        let tcp = TcpStream::connect_timeout(&server.lmtp, DEADLINE).unwrap();
        tcp.set_read_timeout(Some(DEADLINE)).unwrap();
        let mut lmtp = Self {
            stream: BufReader::new(tcp),
        };
        lmtp.expect("220");
        lmtp.command("LHLO client.example", "250");
        lmtp
    }

    /// Delivers a message to recipients, one at least of whom is known; gives the reply for each
    /// that RCPT took, in order.
    ///
    /// # Panics
    /// When the server refuses the message as a whole.
    pub fn deliver(&mut self, recipients: &[&str], message: &[u8]) -> Vec<String> {
        self.command("MAIL FROM:<sender@example.org>", "250");
        let mut taken = 0;
        for recipient in recipients {
            self.send(&format!("RCPT TO:<{recipient}>"));
            taken += usize::from(self.reply().starts_with("250"));
        }
        self.command("DATA", "354");
        self.stream.get_mut().write_all(&dotted(message)).unwrap();
        (0..taken).map(|_| self.reply()).collect()
    }

    /// Sends a line and gives the reply.
    ///
    /// # Panics
    /// When the reply has not this code.
    #[track_caller]
    pub fn command(&mut self, line: &str, code: &str) -> String {
        self.send(line);
        self.expect(code)
    }

    /// Sends a line.
    ///
    /// # Panics
    /// When the connection is lost.
    pub fn send(&mut self, line: &str) {
        self.stream
            .get_mut()
            .write_all(format!("{line}\r\n").as_bytes())
            .unwrap();
    }

    /// Reads a reply, and gives all its lines.
    ///
    /// # Panics
    /// When it has not this code.
    #[track_caller]
    pub fn expect(&mut self, code: &str) -> String {
        let reply = self.reply();
        assert!(reply.starts_with(code), "expected {code}: {reply}");
        reply
    }

    /// Reads a reply: lines `250-…` up to one `250 …`.
    ///
    /// # Panics
    /// At the deadline, or when the server closes.
    pub fn reply(&mut self) -> String {
        let mut all = String::new();
        loop {
            let start = all.len();
            assert!(
                self.stream.read_line(&mut all).unwrap() > 0,
                "closed: {all}"
            );
            if all[start..].chars().nth(3) != Some('-') {
                return all;
            }
        }
    }
}

/// The message with leading dots doubled and the end marked (RFC 5321 section 4.5.2).
fn dotted(message: &[u8]) -> Vec<u8> {
    let mut octets = Vec::with_capacity(message.len() + 5);
    for line in message.split_inclusive(|octet| *octet == b'\n') {
        if line.starts_with(b".") {
            octets.push(b'.');
        }
        octets.extend_from_slice(line);
    }
    if !octets.ends_with(b"\r\n") {
        octets.extend_from_slice(b"\r\n");
    }
    octets.extend_from_slice(b".\r\n");
    octets
}

#[cfg(test)]
mod tests {
    use super::dotted;

    #[test]
    fn leading_dots_are_doubled() {
        assert_eq!(dotted(b"a\r\n.b\r\n..\r\n"), b"a\r\n..b\r\n...\r\n.\r\n");
        assert_eq!(dotted(b"a"), b"a\r\n.\r\n");
    }
}
