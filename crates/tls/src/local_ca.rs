//! A certification authority for one machine, so that the server can be tried over real TLS.

use crate::certificates::CertificateFiles;
use crate::{files, leaf};
use rcgen::{
    BasicConstraints, CertificateParams, CidrSubnet, DistinguishedName, DnType,
    ExtendedKeyUsagePurpose, GeneralSubtree, IsCa, Issuer, KeyPair, KeyUsagePurpose,
    NameConstraints, PKCS_ECDSA_P256_SHA256,
};
use std::fs;
use std::io::Write;
use std::net::IpAddr;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use time::{Duration, OffsetDateTime};

/// How long the authority lasts; the trust that a person put in it should not end soon.
const CA_LIFE: Duration = Duration::days(3_650);

/// How long a certificate lasts.
const LEAF_LIFE: Duration = Duration::days(90);

/// A certificate with less than this left is replaced.
const RENEW_BELOW: Duration = Duration::days(30);

/// Clients' clocks may be behind by this.
const BACKDATE: Duration = Duration::hours(1);

/// What the authority may certify, and all that it does.
const DNS_NAME: &str = "localhost";
const ADDRESSES: [IpAddr; 2] = [
    IpAddr::V4(std::net::Ipv4Addr::LOCALHOST),
    IpAddr::V6(std::net::Ipv6Addr::LOCALHOST),
];

/// A local authority in a folder of its own. It is constrained to this machine's own names
/// (RFC 5280, 4.2.1.10), so a stolen key cannot impersonate anything else.
#[derive(Debug, Clone)]
pub struct LocalCa {
    folder: PathBuf,
}

/// Files that exist and are valid now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LocalFiles {
    /// The authority's certificate: what a client has to trust.
    pub ca: PathBuf,
    /// For [`crate::Certificates::load`], for `localhost`, `127.0.0.1` and `::1`.
    pub server: CertificateFiles,
}

/// Why the authority cannot work.
#[derive(Debug, thiserror::Error)]
pub enum LocalCaError {
    /// A file or folder cannot be written or read.
    #[error("cannot use {}: {source}; check that the folder is yours and has space", path.display())]
    File {
        /// Which one.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// Making or reading keys failed.
    #[error("cannot make a certificate with {}: {source}; remove the folder to begin afresh", path.display())]
    Make {
        /// The folder.
        path: PathBuf,
        /// What the library said.
        source: rcgen::Error,
    },
}

impl LocalCa {
    /// An authority that keeps its files in `folder`, which is made when it is needed.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self {
            folder: folder.into(),
        }
    }

    /// Makes what is missing, and a new certificate for the server when less than 30 days of the
    /// old one are left. Does nothing otherwise.
    ///
    /// # Errors
    /// The folder cannot be written, or holds a key that cannot be read.
    pub fn ensure(&self, now: OffsetDateTime) -> Result<LocalFiles, LocalCaError> {
        let files = self.files();
        if self.is_fresh(&files, now) {
            return Ok(files);
        }
        self.make_folder()?;
        if !self.has_authority(&files, now) {
            self.make_authority(&files, now)?;
        }
        self.make_leaf(&files, now)?;
        Ok(files)
    }

    fn files(&self) -> LocalFiles {
        LocalFiles {
            ca: self.folder.join("ca.pem"),
            server: CertificateFiles {
                certificate: self.folder.join("certificate.pem"),
                key: self.folder.join("key.pem"),
            },
        }
    }

    fn ca_key(&self) -> PathBuf {
        self.folder.join("ca-key.pem")
    }

    fn is_fresh(&self, files: &LocalFiles, now: OffsetDateTime) -> bool {
        let leaf = &files.server;
        self.has_authority(files, now)
            && leaf.key.exists()
            && is_newer(&files.ca, &leaf.certificate)
            && lasts_until(&leaf.certificate, now + RENEW_BELOW)
    }

    fn has_authority(&self, files: &LocalFiles, now: OffsetDateTime) -> bool {
        self.ca_key().exists() && lasts_until(&files.ca, now + LEAF_LIFE)
    }

    fn make_folder(&self) -> Result<(), LocalCaError> {
        let made = fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&self.folder);
        made.map_err(file_error(&self.folder))
    }

    fn make_authority(&self, files: &LocalFiles, now: OffsetDateTime) -> Result<(), LocalCaError> {
        let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).map_err(self.make_error())?;
        let certificate = authority(now)
            .self_signed(&key)
            .map_err(self.make_error())?;
        write(&self.ca_key(), &key.serialize_pem(), 0o600)?;
        write(&files.ca, &certificate.pem(), 0o644)
    }

    fn make_leaf(&self, files: &LocalFiles, now: OffsetDateTime) -> Result<(), LocalCaError> {
        let path = self.ca_key();
        let text = fs::read_to_string(&path).map_err(file_error(&path))?;
        let ca_key = KeyPair::from_pem(&text).map_err(self.make_error())?;
        let issuer = Issuer::new(authority(now), ca_key);
        let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).map_err(self.make_error())?;
        let certificate = server(now)
            .and_then(|params| params.signed_by(&key, &issuer))
            .map_err(self.make_error())?;
        write(&files.server.key, &key.serialize_pem(), 0o600)?;
        write(&files.server.certificate, &certificate.pem(), 0o644)
    }

    fn make_error(&self) -> impl Fn(rcgen::Error) -> LocalCaError + '_ {
        |source| LocalCaError::Make {
            path: self.folder.clone(),
            source,
        }
    }
}

/// The name is always the same, so that the issuer of later certificates can be named without
/// reading the authority's certificate again; keys are told apart by their identifiers.
fn authority(now: OffsetDateTime) -> CertificateParams {
    let mut params = dated(now, CA_LIFE);
    params.distinguished_name = common_name("Postern local authority");
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    let addresses = ADDRESSES.map(|address| match address {
        IpAddr::V4(_) => GeneralSubtree::IpAddress(CidrSubnet::from_addr_prefix(address, 32)),
        IpAddr::V6(_) => GeneralSubtree::IpAddress(CidrSubnet::from_addr_prefix(address, 128)),
    });
    let mut permitted_subtrees = vec![GeneralSubtree::DnsName(DNS_NAME.to_owned())];
    permitted_subtrees.extend(addresses);
    params.name_constraints = Some(NameConstraints {
        permitted_subtrees,
        excluded_subtrees: Vec::new(),
    });
    params
}

fn server(now: OffsetDateTime) -> Result<CertificateParams, rcgen::Error> {
    let mut names = vec![DNS_NAME.to_owned()];
    names.extend(ADDRESSES.map(|address| address.to_string()));
    let mut params = dated(now, LEAF_LIFE);
    params.distinguished_name = common_name(DNS_NAME);
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    params.use_authority_key_identifier_extension = true;
    params.subject_alt_names = CertificateParams::new(names)?.subject_alt_names;
    Ok(params)
}

fn dated(now: OffsetDateTime, life: Duration) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.not_before = now - BACKDATE;
    params.not_after = now + life;
    params
}

fn common_name(name: &str) -> DistinguishedName {
    let mut names = DistinguishedName::new();
    names.push(DnType::CommonName, name);
    names
}

fn lasts_until(certificate: &Path, moment: OffsetDateTime) -> bool {
    let chain = files::read_chain(certificate).ok();
    let end = chain
        .as_ref()
        .and_then(|chain| chain.first())
        .and_then(|der| leaf::not_after(certificate, der).ok());
    end.is_some_and(|end| end >= moment)
}

/// Whether the certificate was issued by the authority that is there: not when the authority was
/// made anew after it.
fn is_newer(ca: &Path, certificate: &Path) -> bool {
    let modified = |path: &Path| fs::metadata(path).and_then(|it| it.modified());
    match (modified(ca), modified(certificate)) {
        (Ok(ca), Ok(certificate)) => certificate >= ca,
        _ => false,
    }
}

/// Writes beside and renames, so that a reader never sees half a file.
fn write(path: &Path, text: &str, mode: u32) -> Result<(), LocalCaError> {
    let beside = path.with_extension("new");
    let write = || {
        // A file left by a crash would keep its own mode.
        if let Err(error) = fs::remove_file(&beside)
            && error.kind() != std::io::ErrorKind::NotFound
        {
            return Err(error);
        }
        let mut file = fs::OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(mode)
            .open(&beside)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        fs::rename(&beside, path)
    };
    write().map_err(file_error(path))
}

fn file_error(path: &Path) -> impl Fn(std::io::Error) -> LocalCaError + '_ {
    |source| LocalCaError::File {
        path: path.to_owned(),
        source,
    }
}
