//! What is said of files that are wrong, and that a reload keeps what works.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]

mod common;

use common::{FROM, Files, HOST, UNTIL, WITHIN, write};
use postern_tls::{Certificates, LoadError, Warning};
use rcgen::KeyPair;
use std::fs;
use time::{Duration, OffsetDateTime};

fn load(made: &Files, host: &str, now: OffsetDateTime) -> Result<Vec<String>, String> {
    let (_, warnings) =
        Certificates::load(made.files.clone(), host, now).map_err(|error| error.to_string())?;
    Ok(warnings.iter().map(Warning::to_string).collect())
}

fn only(warnings: Result<Vec<String>, String>, made: &Files) -> String {
    let warnings = warnings.unwrap();
    assert_eq!(warnings.len(), 1, "{warnings:?}");
    warnings[0].replace(made.folder.path().to_str().unwrap(), "DIR")
}

fn error(outcome: Result<Vec<String>, String>, made: &Files) -> String {
    outcome
        .unwrap_err()
        .replace(made.folder.path().to_str().unwrap(), "DIR")
}

#[test]
fn good_files_load_without_a_word() {
    assert_eq!(load(&Files::new(), HOST, WITHIN), Ok(vec![]));
}

#[test]
fn expired() {
    let made = Files::new();
    let now = UNTIL + Duration::days(11);
    assert_eq!(
        only(load(&made, HOST, now), &made),
        "the certificate in DIR/chain.pem expired on 1 June 2026 (11 days ago); renew it"
    );
}

#[test]
fn not_yet_valid() {
    let made = Files::new();
    assert_eq!(
        only(load(&made, HOST, FROM - Duration::days(1)), &made),
        "the certificate in DIR/chain.pem is not valid before 3 March 2026; \
         check this machine's clock, or use the certificate from then on"
    );
}

#[test]
fn soon_to_expire() {
    let made = Files::new();
    assert_eq!(load(&made, HOST, UNTIL - Duration::days(15)), Ok(vec![]));
    assert_eq!(
        only(load(&made, HOST, UNTIL - Duration::hours(30)), &made),
        "the certificate in DIR/chain.pem expires on 1 June 2026 (1 day left); renew it"
    );
}

#[test]
fn wrong_name() {
    let made = Files::new();
    assert_eq!(
        only(load(&made, "imap.example.org", WITHIN), &made),
        "the certificate in DIR/chain.pem is not for imap.example.org but for mail.example.org; \
         clients that connect to imap.example.org will refuse it"
    );
}

#[test]
fn key_of_another_certificate() {
    let made = Files::new();
    let other = KeyPair::generate().unwrap().serialize_pem();
    write(&made.files.key, &other, 0o600);
    assert_eq!(
        error(load(&made, HOST, WITHIN), &made),
        "the private key in DIR/key.pem does not belong to the first certificate in \
         DIR/chain.pem; name the key that the certificate was made with, and put the server's \
         own certificate first"
    );
}

#[test]
fn key_that_everybody_may_read() {
    let made = Files::new();
    let key = fs::read_to_string(&made.files.key).unwrap();
    write(&made.files.key, &key, 0o644);
    assert_eq!(
        only(load(&made, HOST, WITHIN), &made),
        "the private key in DIR/key.pem can be read by every user of this machine; \
         run: chmod o-rwx DIR/key.pem"
    );
    write(&made.files.key, &key, 0o640);
    assert_eq!(load(&made, HOST, WITHIN), Ok(vec![]));
}

#[test]
fn chain_in_the_wrong_order() {
    let made = Files::new();
    let leaf = fs::read_to_string(&made.files.certificate).unwrap();
    let key = KeyPair::generate().unwrap();
    let mut stranger = rcgen::CertificateParams::default();
    stranger.distinguished_name = rcgen::DistinguishedName::new();
    stranger
        .distinguished_name
        .push(rcgen::DnType::CommonName, "somebody else");
    let stranger = stranger.self_signed(&key).unwrap().pem();
    write(&made.files.certificate, &format!("{leaf}{stranger}"), 0o644);
    assert_eq!(
        only(load(&made, HOST, WITHIN), &made),
        "in DIR/chain.pem certificate 2 did not issue the one before it; put the server's \
         certificate first and then each one's issuer"
    );
}

#[test]
fn missing_empty_and_damaged_files() {
    let made = Files::new();
    let good = fs::read_to_string(&made.files.certificate).unwrap();
    fs::remove_file(&made.files.certificate).unwrap();
    assert_eq!(
        error(load(&made, HOST, WITHIN), &made),
        "cannot read DIR/chain.pem: No such file or directory (os error 2); check the path"
    );
    write(&made.files.certificate, "", 0o644);
    assert_eq!(
        error(load(&made, HOST, WITHIN), &made),
        "DIR/chain.pem holds no certificate in PEM form; it needs a section that begins with \
         \"-----BEGIN CERTIFICATE-----\""
    );
    write(&made.files.certificate, &good[..200], 0o644);
    assert_eq!(
        error(load(&made, HOST, WITHIN), &made),
        "DIR/chain.pem is damaged: a PEM section has no end line; write it anew"
    );
    write(&made.files.certificate, &"x".repeat(2 << 20), 0o644);
    assert!(error(load(&made, HOST, WITHIN), &made).contains("too large"));
}

#[test]
fn a_damaged_key_file_is_not_quoted() {
    let made = Files::new();
    let key = fs::read_to_string(&made.files.key).unwrap();
    let secret = key.lines().nth(1).unwrap();
    write(&made.files.key, &key.replace("-----END", "=-END"), 0o600);
    let text = error(load(&made, HOST, WITHIN), &made);
    assert!(text.starts_with("DIR/key.pem is damaged"), "{text}");
    assert!(!text.contains(&secret[..8]));
}

#[test]
fn reload_takes_the_new_and_keeps_the_old_when_the_new_is_broken() {
    let made = Files::new();
    let (certificates, _) = Certificates::load(made.files.clone(), HOST, WITHIN).unwrap();
    assert_eq!(certificates.not_after().unwrap(), UNTIL);

    let later = UNTIL + Duration::days(60);
    made.issue(FROM, later);
    assert_eq!(certificates.reload(WITHIN).unwrap(), vec![]);
    assert_eq!(certificates.not_after().unwrap(), later);

    write(&made.files.certificate, "broken", 0o644);
    assert!(certificates.reload(WITHIN).is_err());
    assert_eq!(certificates.not_after().unwrap(), later);

    made.issue(FROM, WITHIN - Duration::days(1));
    let outcome = certificates.reload(WITHIN);
    assert!(
        matches!(outcome, Err(LoadError::NotValidNow(_))),
        "{outcome:?}"
    );
    assert_eq!(certificates.not_after().unwrap(), later);
}
