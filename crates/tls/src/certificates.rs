//! The certificate in use, which can be exchanged while connections run.

use crate::error::{LoadError, Warning};
use crate::{files, leaf};
use arc_swap::ArcSwap;
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use std::path::PathBuf;
use std::sync::Arc;
use time::OffsetDateTime;

/// Where chain and key are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CertificateFiles {
    /// PEM: the server's certificate first, then those that issued it.
    pub certificate: PathBuf,
    /// PEM: the private key, without a passphrase. May be the same file.
    pub key: PathBuf,
}

/// A chain and its key. Every handshake that begins after a reload has the new ones.
pub struct Certificates {
    files: CertificateFiles,
    hostname: String,
    current: ArcSwap<CertifiedKey>,
}

impl Certificates {
    /// Reads chain and key. `hostname` is the name that clients connect to. An expired
    /// certificate is a warning here, so that a late renewal does not also stop the server.
    ///
    /// # Errors
    /// A file that cannot be read or used, or a key that is not the certificate's.
    pub fn load(
        files: CertificateFiles,
        hostname: &str,
        now: OffsetDateTime,
    ) -> Result<(Arc<Self>, Vec<Warning>), LoadError> {
        let (key, warnings) = read(&files, hostname, now)?;
        let certificates = Self {
            files,
            hostname: hostname.to_owned(),
            current: ArcSwap::from_pointee(key),
        };
        Ok((Arc::new(certificates), warnings))
    }

    /// Reads the files again. When anything is wrong with them the old certificate stays.
    ///
    /// # Errors
    /// As [`Certificates::load`]; an expired or not yet valid certificate too.
    pub fn reload(&self, now: OffsetDateTime) -> Result<Vec<Warning>, LoadError> {
        let (key, warnings) = read(&self.files, &self.hostname, now)?;
        if let Some(warning) = warnings.iter().find(|warning| warning.not_valid_now()) {
            return Err(LoadError::NotValidNow(warning.clone()));
        }
        self.current.store(Arc::new(key));
        Ok(warnings)
    }

    /// The last moment of the certificate in use.
    ///
    /// # Errors
    /// None with a certificate that was loaded before.
    pub fn not_after(&self) -> Result<OffsetDateTime, LoadError> {
        let current = self.current.load();
        let path = &self.files.certificate;
        match current.cert.first() {
            Some(der) => leaf::not_after(path, der),
            None => Err(LoadError::damaged(path, "it is empty")),
        }
    }
}

fn read(
    files: &CertificateFiles,
    hostname: &str,
    now: OffsetDateTime,
) -> Result<(CertifiedKey, Vec<Warning>), LoadError> {
    let chain = files::read_chain(&files.certificate)?;
    let (key, permissions) = files::read_key(&files.key)?;
    let mut warnings = leaf::examine(&files.certificate, &chain, hostname, now)?;
    warnings.extend(permissions);
    let key = rustls::crypto::aws_lc_rs::sign::any_supported_type(&key).map_err(|error| {
        LoadError::UnusableKey {
            path: files.key.clone(),
            reason: error.to_string(),
        }
    })?;
    let certified = CertifiedKey::new(chain, key);
    certified.keys_match().map_err(|error| match error {
        rustls::Error::InconsistentKeys(_) => LoadError::KeyMismatch {
            certificate: files.certificate.clone(),
            key: files.key.clone(),
        },
        error => LoadError::damaged(&files.certificate, error),
    })?;
    Ok((certified, warnings))
}

impl ResolvesServerCert for Certificates {
    fn resolve(&self, _hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.current.load_full())
    }
}

impl std::fmt::Debug for Certificates {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Certificates")
            .field("files", &self.files)
            .finish_non_exhaustive()
    }
}
