//! Reading a chain and a key from PEM files.

use crate::error::{LoadError, Warning};
use rustls_pki_types::pem::{self, PemObject};
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use std::fs::File;
use std::io::Read;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

/// Octets that a file may have: a chain of many RSA certificates with comments has some 20 KiB.
const MAX_FILE: u64 = 1 << 20;

/// Every certificate of a file, in its order; at least one.
pub(crate) fn read_chain(path: &Path) -> Result<Vec<CertificateDer<'static>>, LoadError> {
    let (text, _) = read(path)?;
    let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&text).collect();
    let chain = chain.map_err(|error| pem_error(path, &error))?;
    match chain.is_empty() {
        true => Err(LoadError::NothingFound {
            path: path.to_owned(),
            what: "certificate",
            label: "CERTIFICATE",
        }),
        false => Ok(chain),
    }
}

/// The first private key of a file, and whether everybody may read it.
pub(crate) fn read_key(
    path: &Path,
) -> Result<(PrivateKeyDer<'static>, Option<Warning>), LoadError> {
    let (text, mode) = read(path)?;
    let key = PrivateKeyDer::from_pem_slice(&text).map_err(|error| match error {
        pem::Error::NoItemsFound => LoadError::NothingFound {
            path: path.to_owned(),
            what: "private key without a passphrase",
            label: "PRIVATE KEY",
        },
        error => pem_error(path, &error),
    })?;
    let readable_by_all = mode & 0o004 != 0;
    let warning = readable_by_all.then(|| Warning::KeyReadableByAll(path.to_owned()));
    Ok((key, warning))
}

fn read(path: &Path) -> Result<(Vec<u8>, u32), LoadError> {
    let failed = |source| LoadError::Read {
        path: path.to_owned(),
        source,
    };
    let file = File::open(path).map_err(failed)?;
    let mode = file.metadata().map_err(failed)?.permissions().mode();
    let mut text = Vec::new();
    file.take(MAX_FILE + 1)
        .read_to_end(&mut text)
        .map_err(failed)?;
    match text.len() as u64 > MAX_FILE {
        true => Err(LoadError::TooLarge(path.to_owned())),
        false => Ok((text, mode)),
    }
}

/// In own words: the library prints the lines of a key's file as numbers.
fn pem_error(path: &Path, error: &pem::Error) -> LoadError {
    LoadError::damaged(
        path,
        match error {
            pem::Error::MissingSectionEnd { .. } => "a PEM section has no end line",
            pem::Error::IllegalSectionStart { .. } => "a PEM section has a wrong first line",
            pem::Error::Base64Decode(_) => "a PEM section is not base64",
            _ => "it is not PEM text",
        },
    )
}
