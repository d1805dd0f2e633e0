//! Certificates made for the tests, and a handshake without a network.

#![allow(
    dead_code,
    unreachable_pub,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic
)]

use postern_tls::CertificateFiles;
use rcgen::{CertificateParams, KeyPair};
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ClientConnection, ServerConfig, ServerConnection};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::Arc;
use tempfile::TempDir;
use time::OffsetDateTime;
use time::macros::datetime;

pub const HOST: &str = "mail.example.org";
pub const FROM: OffsetDateTime = datetime!(2026-03-03 12:00 UTC);
pub const UNTIL: OffsetDateTime = datetime!(2026-06-01 12:00 UTC);
pub const WITHIN: OffsetDateTime = datetime!(2026-04-01 12:00 UTC);

pub struct Files {
    pub folder: TempDir,
    pub files: CertificateFiles,
}

impl Files {
    /// A self-signed certificate for [`HOST`], valid from [`FROM`] to [`UNTIL`].
    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let files = CertificateFiles {
            certificate: folder.path().join("chain.pem"),
            key: folder.path().join("key.pem"),
        };
        let made = Self { folder, files };
        made.issue(FROM, UNTIL);
        made
    }

    pub fn issue(&self, from: OffsetDateTime, until: OffsetDateTime) {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(vec![HOST.to_owned()]).unwrap();
        params.not_before = from;
        params.not_after = until;
        let certificate = params.self_signed(&key).unwrap();
        write(&self.files.certificate, &certificate.pem(), 0o644);
        write(&self.files.key, &key.serialize_pem(), 0o600);
    }
}

pub fn write(path: &Path, text: &str, mode: u32) {
    fs::write(path, text).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

pub struct Met {
    pub client: ClientConnection,
    pub server: ServerConnection,
    /// What the server said last.
    pub last_words: Vec<u8>,
    /// What went wrong at either side.
    pub outcome: Result<(), rustls::Error>,
}

/// Shakes hands in memory until neither side has anything to say.
pub fn meet(client: Arc<ClientConfig>, server: Arc<ServerConfig>, name: &str) -> Met {
    let name = ServerName::try_from(name.to_owned()).unwrap();
    let mut client = ClientConnection::new(client, name).unwrap();
    let mut server = ServerConnection::new(server).unwrap();
    let mut outcome = Ok(());
    let mut last_words = Vec::new();
    while outcome.is_ok() && (client.wants_write() || server.wants_write()) {
        let mut wire = Vec::new();
        while client.wants_write() {
            client.write_tls(&mut wire).unwrap();
        }
        let mut wire = wire.as_slice();
        while outcome.is_ok() && !wire.is_empty() {
            server.read_tls(&mut wire).unwrap();
            outcome = server.process_new_packets().map(|_| ());
        }
        let mut wire = Vec::new();
        while server.wants_write() {
            server.write_tls(&mut wire).unwrap();
        }
        last_words.clone_from(&wire);
        let mut wire = wire.as_slice();
        while outcome.is_ok() && !wire.is_empty() {
            client.read_tls(&mut wire).unwrap();
            outcome = client.process_new_packets().map(|_| ());
        }
    }
    Met {
        client,
        server,
        last_words,
        outcome,
    }
}
