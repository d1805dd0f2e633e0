//! The configuration and the local authority as clients meet them.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]

mod common;

use common::{Met, meet};
use postern_tls::{Certificates, LocalCa, LocalFiles, server_config};
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{
    AlertDescription, CipherSuite, ClientConfig, Error, ProtocolVersion, RootCertStore,
    ServerConfig, SupportedCipherSuite, SupportedProtocolVersion, version,
};
use std::os::unix::fs::PermissionsExt;
use std::sync::Arc;
use time::{Duration, OffsetDateTime};

const BOTH: &[&SupportedProtocolVersion] = &[&version::TLS12, &version::TLS13];

struct Place {
    _folder: tempfile::TempDir,
    files: LocalFiles,
    server: Arc<ServerConfig>,
}

fn place() -> Place {
    let folder = tempfile::tempdir().unwrap();
    let now = OffsetDateTime::now_utc();
    let files = LocalCa::new(folder.path().join("ca")).ensure(now).unwrap();
    let (certificates, warnings) =
        Certificates::load(files.server.clone(), "localhost", now).unwrap();
    assert_eq!(warnings, vec![]);
    Place {
        _folder: folder,
        files,
        server: server_config(certificates).unwrap(),
    }
}

fn client(
    place: &Place,
    versions: &[&'static SupportedProtocolVersion],
    suites: &[SupportedCipherSuite],
    alpn: &[&[u8]],
) -> Arc<ClientConfig> {
    let mut roots = RootCertStore::empty();
    let ca = CertificateDer::from_pem_file(&place.files.ca).unwrap();
    roots.add(ca).unwrap();
    let provider = rustls::crypto::CryptoProvider {
        cipher_suites: suites.to_vec(),
        ..aws_lc_rs::default_provider()
    };
    let mut config = ClientConfig::builder_with_provider(Arc::new(provider))
        .with_protocol_versions(versions)
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = alpn.iter().map(|name| name.to_vec()).collect();
    Arc::new(config)
}

fn usual(place: &Place, versions: &[&'static SupportedProtocolVersion], name: &str) -> Met {
    let client = client(place, versions, aws_lc_rs::ALL_CIPHER_SUITES, &[]);
    meet(client, Arc::clone(&place.server), name)
}

#[test]
fn both_versions_by_every_local_name() {
    let place = place();
    for name in ["localhost", "127.0.0.1", "::1"] {
        let met = usual(&place, BOTH, name);
        assert_eq!(met.outcome, Ok(()), "{name}");
        assert_eq!(
            met.server.protocol_version(),
            Some(ProtocolVersion::TLSv1_3)
        );
    }
    let met = usual(&place, &[&version::TLS12], "localhost");
    assert_eq!(met.outcome, Ok(()));
    assert_eq!(
        met.server.protocol_version(),
        Some(ProtocolVersion::TLSv1_2)
    );
}

#[test]
fn a_client_refuses_another_name() {
    let met = usual(&place(), BOTH, "example.org");
    assert!(matches!(met.outcome, Err(Error::InvalidCertificate(_))));
}

#[test]
fn the_server_chooses_the_suite() {
    let place = place();
    let mut suites = aws_lc_rs::ALL_CIPHER_SUITES.to_vec();
    for expected in [
        CipherSuite::TLS13_AES_128_GCM_SHA256,
        CipherSuite::TLS13_AES_256_GCM_SHA384,
        CipherSuite::TLS13_CHACHA20_POLY1305_SHA256,
    ] {
        let met = meet(
            client(&place, &[&version::TLS13], &suites, &[]),
            Arc::clone(&place.server),
            "localhost",
        );
        let chosen = met.server.negotiated_cipher_suite().unwrap().suite();
        assert_eq!(chosen, expected);
        suites.retain(|suite| suite.suite() != expected);
    }
}

#[test]
fn alpn_imap_or_none_is_served_and_anything_else_is_not() {
    let place = place();
    let with = |alpn: &[&[u8]]| {
        let client = client(&place, BOTH, aws_lc_rs::ALL_CIPHER_SUITES, alpn);
        meet(client, Arc::clone(&place.server), "localhost")
    };
    let met = with(&[b"h2", b"imap"]);
    assert_eq!(met.outcome, Ok(()));
    assert_eq!(met.client.alpn_protocol(), Some(b"imap".as_slice()));
    let met = with(&[]);
    assert_eq!((met.outcome, met.client.alpn_protocol()), (Ok(()), None));

    let mut met = with(&[b"h2", b"http/1.1"]);
    assert_eq!(met.outcome, Err(Error::NoApplicationProtocol));
    met.client.read_tls(&mut met.last_words.as_slice()).unwrap();
    assert_eq!(
        met.client.process_new_packets().unwrap_err(),
        Error::AlertReceived(AlertDescription::NoApplicationProtocol)
    );
}

#[test]
fn sessions_resume_by_ticket_without_early_data() {
    let place = place();
    let client = client(&place, BOTH, aws_lc_rs::ALL_CIPHER_SUITES, &[]);
    let first = meet(Arc::clone(&client), Arc::clone(&place.server), "localhost");
    assert_eq!(
        first.server.handshake_kind(),
        Some(rustls::HandshakeKind::Full)
    );
    let second = meet(client, Arc::clone(&place.server), "localhost");
    assert_eq!(
        second.server.handshake_kind(),
        Some(rustls::HandshakeKind::Resumed)
    );
    assert!(!second.client.is_early_data_accepted());
}

#[test]
fn a_reload_shows_in_the_next_handshake() {
    let folder = tempfile::tempdir().unwrap();
    let ca = LocalCa::new(folder.path());
    let now = OffsetDateTime::now_utc();
    let files = ca.ensure(now).unwrap();
    let (certificates, _) = Certificates::load(files.server.clone(), "localhost", now).unwrap();
    let place = Place {
        server: server_config(Arc::clone(&certificates)).unwrap(),
        files,
        _folder: folder,
    };
    let before = usual(&place, BOTH, "localhost").client;
    let later = now + Duration::days(70);
    ca.ensure(later).unwrap();
    let seen =
        |connection: &rustls::ClientConnection| connection.peer_certificates().unwrap()[0].clone();
    assert_eq!(
        seen(&usual(&place, BOTH, "localhost").client),
        seen(&before)
    );
    certificates.reload(later).unwrap();
    let refused = usual(&place, BOTH, "localhost").outcome;
    // Issued 70 days from now, so a client of today calls it not yet valid: it is the new one.
    assert!(matches!(
        refused,
        Err(Error::InvalidCertificate(
            rustls::CertificateError::NotValidYet
                | rustls::CertificateError::NotValidYetContext { .. }
        ))
    ));
}

#[test]
fn the_local_authority_renews_late_and_keeps_its_own_key() {
    let folder = tempfile::tempdir().unwrap();
    let ca = LocalCa::new(folder.path());
    let now = OffsetDateTime::now_utc();
    let files = ca.ensure(now).unwrap();
    let read = |path: &std::path::Path| std::fs::read_to_string(path).unwrap();
    let (authority, leaf) = (read(&files.ca), read(&files.server.certificate));

    ca.ensure(now + Duration::days(59)).unwrap();
    assert_eq!(read(&files.server.certificate), leaf);
    ca.ensure(now + Duration::days(61)).unwrap();
    assert_ne!(read(&files.server.certificate), leaf);
    assert_eq!(read(&files.ca), authority);
}

#[test]
fn keys_are_readable_by_their_owner_only() {
    let folder = tempfile::tempdir().unwrap();
    let files = LocalCa::new(folder.path().join("new"))
        .ensure(OffsetDateTime::now_utc())
        .unwrap();
    let mode =
        |path: &std::path::Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&files.server.key), 0o600);
    assert_eq!(mode(&folder.path().join("new/ca-key.pem")), 0o600);
    assert_eq!(mode(&folder.path().join("new")), 0o700);
}
