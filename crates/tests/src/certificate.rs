//! A certification authority of its own for each server.

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, KeyUsagePurpose};
use std::fs;
use std::path::{Path, PathBuf};

/// PEM files of a server that is called `localhost` and 127.0.0.1.
pub(crate) struct Certificate {
    /// The authority's certificate, which clients trust.
    pub(crate) ca: PathBuf,
    /// The server's certificate.
    pub(crate) chain: PathBuf,
    /// The server's private key.
    pub(crate) key: PathBuf,
}

impl Certificate {
    pub(crate) fn make(folder: &Path) -> Self {
        let mut authority = named("Test authority");
        authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        authority.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let authority_key = KeyPair::generate().unwrap();
        let authority_certificate = authority.self_signed(&authority_key).unwrap();
        let issuer = Issuer::new(authority, authority_key);

        let mut server = named("localhost");
        server.subject_alt_names = ["localhost", "127.0.0.1"]
            .map(|name| name.to_owned())
            .map(alternative)
            .to_vec();
        server.use_authority_key_identifier_extension = true;
        let key = KeyPair::generate().unwrap();
        let certificate = server.signed_by(&key, &issuer).unwrap();

        let made = Self {
            ca: folder.join("ca.pem"),
            chain: folder.join("server.pem"),
            key: folder.join("server.key"),
        };
        fs::write(&made.ca, authority_certificate.pem()).unwrap();
        fs::write(&made.chain, certificate.pem()).unwrap();
        fs::write(&made.key, key.serialize_pem()).unwrap();
        crate::process::only_owner(&made.key);
        made
    }
}

fn named(name: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, name);
    params
}

fn alternative(name: String) -> rcgen::SanType {
    match name.parse() {
        Ok(address) => rcgen::SanType::IpAddress(address),
        Err(_) => rcgen::SanType::DnsName(name.try_into().unwrap()),
    }
}
