//! A connection in the clear, up to STARTTLS.

use super::wire::Wire;
use super::{Client, secured, text, trusting};
use crate::process::DEADLINE;
use crate::server::ServerUnderTest;
use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpStream};

/// A connection without TLS.
#[derive(Debug)]
pub struct Plain {
    stream: BufReader<TcpStream>,
}

impl Plain {
    /// Connects; the greeting is the first line.
    ///
    /// # Panics
    /// When nobody listens.
    pub fn connect(address: SocketAddr) -> Self {
        let tcp = TcpStream::connect_timeout(&address, DEADLINE).unwrap();
        tcp.set_read_timeout(Some(DEADLINE)).unwrap();
        Self {
            stream: BufReader::new(tcp),
        }
    }

    /// Sends octets as they are, in one write.
    ///
    /// # Panics
    /// When the connection is lost.
    pub fn send_raw(&mut self, octets: &[u8]) {
        self.stream.get_mut().write_all(octets).unwrap();
    }

    /// The next line without CRLF; None when the server has closed, in whatever way.
    pub fn line(&mut self) -> Option<String> {
        let mut line = Vec::new();
        match self.stream.read_until(b'\n', &mut line) {
            Ok(0) => None,
            Ok(_) => Some(text(&line).trim_end().to_owned()),
            Err(error) if error.kind() == std::io::ErrorKind::ConnectionReset => None,
            Err(error) => panic!("no line: {error}"),
        }
    }

    /// Sends a command under a tag, and gives all lines up to its tagged one.
    ///
    /// # Panics
    /// When the server closes first.
    pub fn command(&mut self, tag: &str, command: &str) -> Vec<String> {
        self.send_raw(format!("{tag} {command}\r\n").as_bytes());
        let mut lines = Vec::new();
        loop {
            let line = self.line().expect("a tagged reply");
            lines.push(line.clone());
            if line.starts_with(&format!("{tag} ")) {
                return lines;
            }
        }
    }

    /// Begins TLS, after the OK to STARTTLS. There is no greeting any more.
    pub fn into_tls(self, server: &ServerUnderTest) -> Client {
        let tls = secured(trusting(server));
        Client::over(Wire::tls(tls, self.stream.into_inner()))
    }
}
