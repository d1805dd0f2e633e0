//! Certificates and rustls configurations.
//!
//! [`Certificates`] reads a chain and a key, says what is wrong with them in words, and swaps them
//! while connections run. [`server_config`] is the one configuration that listeners use.
//! [`LocalCa`] makes certificates for trying the server on one machine.

mod certificates;
mod config;
mod error;
mod files;
mod leaf;
mod local_ca;

pub use certificates::{CertificateFiles, Certificates};
pub use config::{ALPN, server_config};
pub use error::{LoadError, Warning};
pub use local_ca::{LocalCa, LocalCaError, LocalFiles};
