//! The one TLS configuration that listeners use.

use crate::certificates::Certificates;
use rustls::ServerConfig;
use rustls::crypto::aws_lc_rs::{self, Ticketer, cipher_suite};
use rustls::crypto::{CryptoProvider, SupportedKxGroup};
use rustls::server::NoServerSessionStorage;
use rustls::{SupportedCipherSuite, version};
use std::sync::Arc;

/// The protocol name that clients may offer (RFC 7301). A client that offers names without this
/// one is not a mail client: rustls ends it with `no_application_protocol` (RFC 9325, 3.8). One
/// that offers none is served.
pub const ALPN: &[u8] = b"imap";

/// AEAD with forward secrecy, as RFC 9325, 4.2 asks; the order is the server's.
const SUITES: [SupportedCipherSuite; 9] = [
    cipher_suite::TLS13_AES_128_GCM_SHA256,
    cipher_suite::TLS13_AES_256_GCM_SHA384,
    cipher_suite::TLS13_CHACHA20_POLY1305_SHA256,
    cipher_suite::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
    cipher_suite::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
    cipher_suite::TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
    cipher_suite::TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
    cipher_suite::TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256,
    cipher_suite::TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
];

/// Key exchange: the hybrid against later quantum computers first.
const GROUPS: [&dyn SupportedKxGroup; 4] = [
    aws_lc_rs::kx_group::X25519MLKEM768,
    aws_lc_rs::kx_group::X25519,
    aws_lc_rs::kx_group::SECP256R1,
    aws_lc_rs::kx_group::SECP384R1,
];

/// Session tickets sent after a TLS 1.3 handshake. Clients open several connections; one ticket
/// each is enough, and each costs a write.
const TICKETS: usize = 1;

/// A configuration for IMAP: TLS 1.2 and 1.3, no 0-RTT, tickets instead of a session store, so a
/// connection leaves nothing behind in memory.
///
/// # Errors
/// The system gave no random numbers for the ticket keys.
pub fn server_config(certificates: Arc<Certificates>) -> Result<Arc<ServerConfig>, rustls::Error> {
    let mut config = ServerConfig::builder_with_provider(Arc::new(provider()))
        .with_protocol_versions(&[&version::TLS13, &version::TLS12])?
        .with_no_client_auth()
        .with_cert_resolver(certificates);
    config.alpn_protocols = vec![ALPN.to_vec()];
    config.ignore_client_order = true;
    config.session_storage = Arc::new(NoServerSessionStorage {});
    config.ticketer = Ticketer::new()?;
    config.send_tls13_tickets = TICKETS;
    config.max_early_data_size = 0;
    Ok(Arc::new(config))
}

fn provider() -> CryptoProvider {
    CryptoProvider {
        cipher_suites: SUITES.to_vec(),
        kx_groups: GROUPS.to_vec(),
        ..aws_lc_rs::default_provider()
    }
}
