//! Conversations that may end in the middle, for the server is killed while they go on.

use crate::model::Violation;
use postern_tests::{Client, DEADLINE, ServerUnderTest};
use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;

/// An IMAP session.
pub(super) struct Session {
    client: Client,
}

/// The tagged reply and what came before it.
pub(super) struct Said {
    pub(super) untagged: Vec<Vec<u8>>,
    pub(super) tagged: String,
}

impl Session {
    /// None: the server has gone.
    pub(super) fn login(server: &ServerUnderTest, account: &str) -> Option<Session> {
        let client = Client::try_login_as(server, account)?;
        Some(Session { client })
    }

    /// None: the server has gone before it answered.
    pub(super) fn run(&mut self, command: &str) -> Option<Said> {
        let reply = self.client.attempt(command)?;
        Some(Said {
            untagged: reply.untagged,
            tagged: reply.tagged,
        })
    }

    /// The untagged replies to a command that must succeed.
    pub(super) fn ok(&mut self, command: &str) -> Result<Option<Vec<Vec<u8>>>, Violation> {
        match self.run(command) {
            None => Ok(None),
            Some(said) if said.tagged.starts_with("OK") => Ok(Some(said.untagged)),
            Some(said) => Err(format!("{command:.60}: {}", said.tagged)),
        }
    }
}

/// Delivers by LMTP: whether the server said that it has the message. None: it has gone.
pub(super) fn deliver(server: &ServerUnderTest, account: &str, message: &str) -> Option<bool> {
    let tcp = TcpStream::connect_timeout(&server.lmtp, DEADLINE).ok()?;
    tcp.set_read_timeout(Some(DEADLINE)).ok()?;
    let mut stream = BufReader::new(tcp);
    let recipient = format!("RCPT TO:<{account}>\r\n");
    let message = format!("{message}.\r\n");
    let lines = [
        "LHLO client.example\r\n",
        "MAIL FROM:<>\r\n",
        &recipient,
        "DATA\r\n",
        &message,
    ];
    answer(&mut stream)?;
    let mut last = String::new();
    for line in lines {
        stream.get_mut().write_all(line.as_bytes()).ok()?;
        last = answer(&mut stream)?;
    }
    Some(last.starts_with("250"))
}

fn answer(stream: &mut BufReader<TcpStream>) -> Option<String> {
    loop {
        let mut line = String::new();
        let read = stream.read_line(&mut line).ok()?;
        if read == 0 || !line.ends_with('\n') {
            return None;
        }
        if line.chars().nth(3) != Some('-') {
            return Some(line);
        }
    }
}
