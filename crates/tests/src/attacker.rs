//! A client that sends whatever it likes, reads while it sends, and bears whatever comes back.

use crate::process::DEADLINE;
use crate::server::ServerUnderTest;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustls::{ClientConfig, ClientConnection, RootCertStore};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, ServerName};
use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::time::Instant;

/// Octets handed to TLS at a time.
const PIECE: usize = 16 * 1024;

/// A connection over TLS.
#[derive(Debug)]
pub struct Attacker {
    tls: ClientConnection,
    tcp: TcpStream,
    /// What the server sent and nobody has looked at.
    heard: Vec<u8>,
    closed: bool,
}

/// How an attack ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ending {
    /// All that the server sent since.
    pub heard: Vec<u8>,
    /// Whether the server closed the connection before all was sent.
    pub cut: bool,
}

impl Attacker {
    /// Connects; the handshake comes with the first octets.
    ///
    /// # Panics
    /// When the server is not there.
    pub fn connect(server: &ServerUnderTest) -> Self {
        let mut roots = RootCertStore::empty();
        let authority = CertificateDer::from_pem_file(&server.ca).unwrap();
        roots.add(authority).unwrap();
        let config = ClientConfig::builder()
            .with_root_certificates(roots)
            .with_no_client_auth();
        let name = ServerName::try_from("localhost").unwrap();
        let tcp = TcpStream::connect_timeout(&server.imaps, DEADLINE).unwrap();
        tcp.set_nonblocking(true).unwrap();
        Self {
            tls: ClientConnection::new(Arc::new(config), name).unwrap(),
            tcp,
            heard: Vec::new(),
            closed: false,
        }
    }

    /// Sends what can be sent, as long as the server takes it, and hears what comes meanwhile.
    /// False: the server has closed.
    ///
    /// # Panics
    /// When nothing moves up to the deadline.
    pub fn send(&mut self, octets: &[u8]) -> bool {
        for piece in octets.chunks(PIECE) {
            if self.closed {
                return false;
            }
            self.tls.writer().write_all(piece).unwrap();
            while !self.closed && (self.tls.wants_write() || self.tls.is_handshaking()) {
                self.turn();
            }
        }
        !self.closed
    }

    /// Hears until the server has sent this text, and gives all up to its end; None when the
    /// server closes first.
    ///
    /// # Panics
    /// When nothing comes up to the deadline.
    pub fn hear(&mut self, text: &str) -> Option<Vec<u8>> {
        loop {
            let found = self
                .heard
                .windows(text.len())
                .position(|part| part == text.as_bytes());
            if let Some(at) = found {
                let rest = self.heard.split_off(at + text.len());
                return Some(std::mem::replace(&mut self.heard, rest));
            }
            if self.closed {
                return None;
            }
            self.turn();
        }
    }

    /// Sends the octets, says that nothing more will come, and hears the server out.
    ///
    /// # Panics
    /// When the server neither answers nor closes up to the deadline.
    pub fn storm(mut self, octets: &[u8]) -> Ending {
        let cut = !self.send(octets);
        self.tls.send_close_notify();
        while !self.closed {
            self.turn();
        }
        Ending {
            heard: self.heard,
            cut,
        }
    }

    /// Waits until the socket can do something, and does it.
    fn turn(&mut self) {
        let mut interest = PollFlags::IN;
        if self.tls.wants_write() {
            interest |= PollFlags::OUT;
        }
        let limit = Timespec {
            tv_sec: DEADLINE.as_secs().cast_signed(),
            tv_nsec: 0,
        };
        let began = Instant::now();
        poll(&mut [PollFd::new(&self.tcp, interest)], Some(&limit)).unwrap();
        assert!(
            began.elapsed() < DEADLINE,
            "neither answered nor closed; so far: {}",
            String::from_utf8_lossy(&self.heard)
        );
        self.write();
        self.read();
    }

    fn write(&mut self) {
        while self.tls.wants_write() && !self.closed {
            match self.tls.write_tls(&mut self.tcp) {
                Ok(_) => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock => return,
                // The server may have said something before it closed.
                Err(_) => return self.drain(),
            }
        }
    }

    fn drain(&mut self) {
        while !self.closed {
            self.read();
        }
    }

    fn read(&mut self) {
        match self.tls.read_tls(&mut self.tcp) {
            Ok(0) => self.closed = true,
            Ok(_) => {}
            Err(error) if error.kind() == ErrorKind::WouldBlock => return,
            Err(_) => self.closed = true,
        }
        self.closed |= self.tls.process_new_packets().is_err();
        let mut buffer = [0; PIECE];
        loop {
            match self.tls.reader().read(&mut buffer) {
                Ok(0) => {
                    self.closed = true;
                    return;
                }
                Ok(size) => self.heard.extend_from_slice(&buffer[..size]),
                Err(_) => return,
            }
        }
    }
}
