//! A small IMAP client that hides nothing: it sends what it is told and keeps every octet.

mod starttls;
mod wire;

pub use starttls::Plain;

use crate::process::DEADLINE;
use crate::server::{ACCOUNT, PASSWORD, ServerUnderTest};
use rustls::{ClientConfig, ClientConnection, RootCertStore};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, ServerName};
use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::Duration;
use wire::Wire;

/// A connection. Every read ends at [`DEADLINE`] with a panic that names what was awaited.
pub struct Client {
    stream: BufReader<Wire>,
    greeting: String,
    tags: u32,
}

/// The replies to one command.
#[derive(Debug, Clone)]
pub struct Reply {
    /// Untagged replies and continuation requests, literals included, without the last CRLF.
    pub untagged: Vec<Vec<u8>>,
    /// The tagged reply after its tag: `OK …`, `NO …`, `BAD …`.
    pub tagged: String,
}

impl Reply {
    /// The untagged replies as text.
    pub fn lines(&self) -> Vec<String> {
        self.untagged.iter().map(|line| text(line)).collect()
    }
}

impl Client {
    /// Connects over TLS, verifies the certificate for `localhost`, and reads the greeting.
    ///
    /// # Panics
    /// When the server cannot be reached or is not trusted.
    pub fn connect(server: &ServerUnderTest) -> Self {
        Self::connect_with(server, trusting(server))
    }

    /// The same with another TLS configuration.
    ///
    /// # Panics
    /// As [`Client::connect`].
    pub fn connect_with(server: &ServerUnderTest, config: ClientConfig) -> Self {
        Self::greeted(Wire::tls(secured(config), connected(server.imaps)))
    }

    /// Connects without TLS, to a server of [`ServerUnderTest::start_in_clear_too`].
    ///
    /// # Panics
    /// When the server cannot be reached.
    pub fn connect_in_clear(server: &ServerUnderTest) -> Self {
        let address = server.imap.expect("it listens in the clear");
        Self::greeted(Wire::Clear(connected(address)))
    }

    fn greeted(wire: Wire) -> Self {
        let mut client = Self::over(wire);
        client.greeting = text(&client.reply().expect("a greeting"));
        client
    }

    fn over(wire: Wire) -> Self {
        Self {
            stream: BufReader::new(wire),
            greeting: String::new(),
            tags: 0,
        }
    }

    /// Begins TLS, after the OK to STARTTLS.
    ///
    /// # Panics
    /// When the connection has TLS, or octets came before it.
    pub fn begin_tls(&mut self, server: &ServerUnderTest) {
        assert!(self.stream.buffer().is_empty(), "octets before TLS");
        self.stream.get_mut().begin_tls(secured(trusting(server)));
    }

    /// Compresses what follows, after the OK to COMPRESS.
    ///
    /// # Panics
    /// When the connection has no TLS, or is compressed.
    pub fn compress(&mut self) {
        assert!(self.stream.buffer().is_empty(), "octets after the OK");
        self.stream.get_mut().compress();
    }

    /// Connects and logs in as [`ACCOUNT`].
    ///
    /// # Panics
    /// As [`Client::connect`], and when the login is refused.
    pub fn login(server: &ServerUnderTest) -> Self {
        Self::login_as(server, ACCOUNT)
    }

    /// Connects and logs in as an account whose password is [`PASSWORD`].
    ///
    /// # Panics
    /// As [`Client::connect`], and when the login is refused.
    pub fn login_as(server: &ServerUnderTest, account: &str) -> Self {
        let mut client = Self::connect(server);
        client.command(&format!("LOGIN {account} \"{PASSWORD}\""));
        client
    }

    /// As [`Client::login_as`], for a server that may go away meanwhile: None.
    ///
    /// # Panics
    /// When the login is refused.
    pub fn try_login_as(server: &ServerUnderTest, account: &str) -> Option<Self> {
        let tcp = try_connected(server.imaps)?;
        let mut client = Self::over(Wire::tls(secured(trusting(server)), tcp));
        client.greeting = text(&client.try_reply().ok()??);
        let reply = client.attempt(&format!("LOGIN {account} \"{PASSWORD}\""))?;
        assert!(reply.tagged.starts_with("OK"), "LOGIN: {reply:?}");
        Some(client)
    }

    /// As [`Client::try_command`], but None when the connection is lost.
    pub fn attempt(&mut self, command: &str) -> Option<Reply> {
        let tag = self.tag();
        let line = format!("{tag} {command}\r\n");
        self.try_send(line.as_bytes()).ok()?;
        let mut untagged = Vec::new();
        loop {
            let reply = self.try_reply().ok()??;
            match text(&reply).strip_prefix(&format!("{tag} ")) {
                None => untagged.push(reply),
                Some(tagged) => {
                    let tagged = tagged.to_owned();
                    return Some(Reply { untagged, tagged });
                }
            }
        }
    }

    /// The greeting line.
    pub fn greeting(&self) -> &str {
        &self.greeting
    }

    /// Reads end with a panic after this long.
    ///
    /// # Panics
    /// When the socket refuses.
    pub fn set_deadline(&mut self, limit: Duration) {
        let socket = self.stream.get_ref().socket();
        socket.set_read_timeout(Some(limit)).unwrap();
    }

    /// Sends a line, with CRLF after it.
    ///
    /// # Panics
    /// When the connection is lost.
    pub fn send(&mut self, line: &str) {
        self.send_raw(format!("{line}\r\n").as_bytes());
    }

    /// Sends octets as they are.
    ///
    /// # Panics
    /// When the connection is lost.
    pub fn send_raw(&mut self, octets: &[u8]) {
        self.try_send(octets).unwrap();
    }

    /// Sends octets as they are, unless the connection is lost.
    ///
    /// # Errors
    /// Those of the stream.
    pub fn try_send(&mut self, octets: &[u8]) -> std::io::Result<()> {
        let stream = self.stream.get_mut();
        stream.write_all(octets)?;
        stream.flush()
    }

    /// Ends the connection without a word. The server has done all that it will do for it when
    /// this returns.
    pub fn cut(&mut self) {
        let socket = self.stream.get_ref().socket();
        // Refused where the server has closed it.
        let _ = socket.shutdown(std::net::Shutdown::Write);
        while let Ok(Some(_)) = self.try_reply() {}
    }

    /// The next reply with its literals, without the last CRLF; None when the server closed.
    ///
    /// # Panics
    /// At the deadline, or when the connection breaks.
    pub fn reply(&mut self) -> Option<Vec<u8>> {
        self.try_reply().unwrap_or_else(|why| panic!("{why}"))
    }

    /// The same, but says what went wrong.
    ///
    /// # Errors
    /// When nothing comes up to the deadline, or the connection breaks, or the reply is cut off.
    pub fn try_reply(&mut self) -> Result<Option<Vec<u8>>, String> {
        let mut all = Vec::new();
        loop {
            if self.line(&mut all)? == 0 {
                return match all.is_empty() {
                    true => Ok(None),
                    false => Err(format!("the server closed within a reply: {}", text(&all))),
                };
            }
            let Some(size) = literal_size(&all) else {
                break;
            };
            let start = all.len();
            all.resize(start + size, 0);
            let read = self.stream.read_exact(&mut all[start..]);
            read.map_err(|error| format!("a literal cut off ({error}): {}", text(&all)))?;
        }
        if !all.ends_with(b"\r\n") {
            return Err(format!("a reply that does not end in CRLF: {}", text(&all)));
        }
        all.truncate(all.len() - 2);
        Ok(Some(all))
    }

    fn line(&mut self, into: &mut Vec<u8>) -> Result<usize, String> {
        match self.stream.read_until(b'\n', into) {
            Ok(size) => Ok(size),
            // Some servers close without a TLS close_notify.
            Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => Ok(0),
            Err(error) => Err(format!("no reply ({error}); so far: {}", text(into))),
        }
    }

    /// Reads up to the reply that starts with `prefix`, and gives all the lines, it included.
    ///
    /// # Panics
    /// When a reply with the prefix's tag starts otherwise (so `a OK` meets `a NO`), or the
    /// server closes.
    #[track_caller]
    pub fn expect(&mut self, prefix: &str) -> Vec<String> {
        let tag = prefix
            .split(' ')
            .next()
            .filter(|tag| !matches!(*tag, "*" | "+"));
        let mut lines = Vec::new();
        loop {
            let Some(reply) = self.reply() else {
                panic!("closed before `{prefix}`: {lines:#?}");
            };
            let line = text(&reply);
            lines.push(line.clone());
            if line.starts_with(prefix) {
                return lines;
            }
            let tagged = tag.is_some_and(|tag| line.starts_with(&format!("{tag} ")));
            assert!(!tagged, "expected `{prefix}`: {lines:#?}");
        }
    }

    /// Sends a command under a tag of its own and gives the untagged replies.
    ///
    /// # Panics
    /// When the tagged reply is not OK.
    #[track_caller]
    pub fn command(&mut self, command: &str) -> Vec<String> {
        self.ok(command).lines()
    }

    /// The same, with every octet.
    ///
    /// # Panics
    /// When the tagged reply is not OK.
    #[track_caller]
    pub fn ok(&mut self, command: &str) -> Reply {
        let reply = self.try_command(command);
        assert!(reply.tagged.starts_with("OK"), "{command}: {reply:?}");
        reply
    }

    /// Sends a command under a tag of its own and gives the replies, whatever they say.
    ///
    /// # Panics
    /// When the server closes first.
    #[track_caller]
    pub fn try_command(&mut self, command: &str) -> Reply {
        let tag = self.tag();
        self.send(&format!("{tag} {command}"));
        self.replies(&tag)
    }

    /// Reads the replies to a command that was sent under this tag.
    ///
    /// # Panics
    /// When the server closes first.
    #[track_caller]
    pub fn replies(&mut self, tag: &str) -> Reply {
        let mut untagged = Vec::new();
        loop {
            let Some(reply) = self.reply() else {
                let so_far: Vec<_> = untagged.iter().map(|line: &Vec<u8>| text(line)).collect();
                panic!("closed before the reply to {tag}: {so_far:#?}");
            };
            match text(&reply).strip_prefix(&format!("{tag} ")) {
                Some(tagged) => {
                    return Reply {
                        untagged,
                        tagged: tagged.to_owned(),
                    };
                }
                None => untagged.push(reply),
            }
        }
    }

    fn tag(&mut self) -> String {
        self.tags += 1;
        format!("t{}", self.tags)
    }

    /// Appends one message with flags as in `(\Seen)`, or none as in an empty text, by a
    /// synchronizing literal.
    ///
    /// # Panics
    /// When it is refused.
    #[track_caller]
    pub fn append(&mut self, mailbox: &str, flags: &str, message: &[u8]) -> String {
        let tag = self.tag();
        let space = if flags.is_empty() { "" } else { " " };
        self.send(&format!(
            "{tag} APPEND {mailbox} {flags}{space}{{{}}}",
            message.len()
        ));
        self.expect("+");
        self.send_raw(&[message, b"\r\n"].concat());
        let reply = self.replies(&tag);
        assert!(reply.tagged.starts_with("OK"), "APPEND: {reply:?}");
        reply.tagged
    }

    /// Appends many small messages, some in flight at once (LITERAL+ or LITERAL-, RFC 7888).
    ///
    /// # Panics
    /// When one is refused, or is larger than LITERAL- allows.
    pub fn append_all(&mut self, mailbox: &str, messages: &[Vec<u8>]) {
        for some in messages.chunks(50) {
            let mut octets = Vec::new();
            let mut tags = Vec::new();
            for message in some {
                assert!(message.len() <= 4096, "too large for LITERAL-");
                let tag = self.tag();
                let mut line = String::new();
                write!(line, "{tag} APPEND {mailbox} {{{}+}}\r\n", message.len()).unwrap();
                octets.extend_from_slice(line.as_bytes());
                octets.extend_from_slice(message);
                octets.extend_from_slice(b"\r\n");
                tags.push(tag);
            }
            self.send_raw(&octets);
            for tag in tags {
                let reply = self.replies(&tag);
                assert!(reply.tagged.starts_with("OK"), "APPEND: {reply:?}");
            }
        }
    }
}

fn try_connected(address: SocketAddr) -> Option<TcpStream> {
    let tcp = TcpStream::connect_timeout(&address, DEADLINE).ok()?;
    tcp.set_read_timeout(Some(DEADLINE)).ok()?;
    tcp.set_write_timeout(Some(DEADLINE)).ok()?;
    tcp.set_nodelay(true).ok()?;
    Some(tcp)
}

fn connected(address: SocketAddr) -> TcpStream {
    try_connected(address).unwrap()
}

/// TLS that trusts the server's certificate alone.
fn trusting(server: &ServerUnderTest) -> ClientConfig {
    let mut roots = RootCertStore::empty();
    let ca = CertificateDer::from_pem_file(&server.ca).unwrap();
    roots.add(ca).unwrap();
    ClientConfig::builder()
        .with_root_certificates(roots)
        .with_no_client_auth()
}

fn secured(config: ClientConfig) -> ClientConnection {
    let name = ServerName::try_from("localhost").unwrap();
    ClientConnection::new(Arc::new(config), name).unwrap()
}

fn text(octets: &[u8]) -> String {
    String::from_utf8_lossy(octets).into_owned()
}

/// The size in `… {123}CRLF` or `… ~{123}CRLF` at the end of a line.
fn literal_size(line: &[u8]) -> Option<usize> {
    let inside = line.strip_suffix(b"}\r\n")?;
    let start = inside.iter().rposition(|octet| *octet == b'{')?;
    let digits = std::str::from_utf8(&inside[start + 1..]).ok()?;
    digits.parse().ok()
}

/// The contents of the literals in a reply, in order.
pub fn literals(reply: &[u8]) -> Vec<Vec<u8>> {
    let mut found = Vec::new();
    let mut rest = reply;
    while let Some(end) = rest.windows(2).position(|two| two == b"\r\n") {
        let (line, after) = rest.split_at(end + 2);
        match literal_size(line) {
            Some(size) => {
                let (content, next) = after.split_at(size);
                found.push(content.to_vec());
                rest = next;
            }
            None => rest = after,
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn literals_are_cut_by_their_sizes() {
        let reply = b"* 1 FETCH (BODY[1] {5}\r\na}\r\n{ BODY[2] {0}\r\n BODY[3] {3}\r\nxyz)";
        assert_eq!(
            literals(reply),
            [b"a}\r\n{".to_vec(), Vec::new(), b"xyz".to_vec()]
        );
        assert_eq!(literal_size(b"a {12}\r\n"), Some(12));
        assert_eq!(literal_size(b"a {12+}\r\n"), None);
        assert_eq!(literal_size(b"a {x}\r\n"), None);
    }
}
