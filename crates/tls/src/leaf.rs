//! What clients will think of a chain: its dates, its names, its order.

use crate::error::{LoadError, Warning};
use rustls_pki_types::CertificateDer;
use std::net::IpAddr;
use std::path::Path;
use time::OffsetDateTime;
use x509_parser::prelude::{FromDer, GeneralName, X509Certificate};

/// Days before its end from which a certificate is complained about: a renewal that works
/// happens earlier (ACME clients renew with 30 days left).
const SOON: i64 = 14;

/// Everything worth a warning about the chain in `path`.
pub(crate) fn examine(
    path: &Path,
    chain: &[CertificateDer<'_>],
    hostname: &str,
    now: OffsetDateTime,
) -> Result<Vec<Warning>, LoadError> {
    let parsed = chain
        .iter()
        .map(|der| parse(path, der))
        .collect::<Result<Vec<_>, _>>()?;
    let mut warnings = Vec::new();
    if let Some(leaf) = parsed.first() {
        warnings.extend(date_warning(path, leaf, now));
        warnings.extend(name_warning(path, leaf, hostname));
    }
    warnings.extend(order_warning(path, &parsed));
    Ok(warnings)
}

/// The last moment of a certificate.
pub(crate) fn not_after(
    path: &Path,
    der: &CertificateDer<'_>,
) -> Result<OffsetDateTime, LoadError> {
    parse(path, der).map(|leaf| leaf.validity().not_after.to_datetime())
}

fn parse<'a>(path: &Path, der: &'a CertificateDer<'_>) -> Result<X509Certificate<'a>, LoadError> {
    match X509Certificate::from_der(der.as_ref()) {
        Ok((_, certificate)) => Ok(certificate),
        Err(error) => Err(LoadError::damaged(path, error)),
    }
}

fn date_warning(path: &Path, leaf: &X509Certificate<'_>, now: OffsetDateTime) -> Option<Warning> {
    let not_before = leaf.validity().not_before.to_datetime();
    let not_after = leaf.validity().not_after.to_datetime();
    let path = path.to_owned();
    if now < not_before {
        return Some(Warning::NotYetValid { path, not_before });
    }
    let days = (not_after - now).whole_days();
    if now > not_after {
        let days_ago = days.saturating_neg();
        return Some(Warning::Expired {
            path,
            not_after,
            days_ago,
        });
    }
    (days < SOON).then_some(Warning::ExpiresSoon {
        path,
        not_after,
        days_left: days,
    })
}

fn name_warning(path: &Path, leaf: &X509Certificate<'_>, hostname: &str) -> Option<Warning> {
    let covered = subject_names(leaf);
    let matches = covered.iter().any(|name| covers(name, hostname));
    (!matches).then(|| Warning::WrongName {
        path: path.to_owned(),
        hostname: hostname.to_owned(),
        covered,
    })
}

/// The names in the subject alternative name. The common name counts for no client any more
/// (RFC 9525, 2).
fn subject_names(leaf: &X509Certificate<'_>) -> Vec<String> {
    let Ok(Some(extension)) = leaf.subject_alternative_name() else {
        return Vec::new();
    };
    let names = extension.value.general_names.iter();
    names.filter_map(subject_name).collect()
}

fn subject_name(name: &GeneralName<'_>) -> Option<String> {
    match name {
        GeneralName::DNSName(name) => Some((*name).to_owned()),
        GeneralName::IPAddress(octets) => address(octets).map(|address| address.to_string()),
        _ => None,
    }
}

fn address(octets: &[u8]) -> Option<IpAddr> {
    let v4 = <[u8; 4]>::try_from(octets).map(IpAddr::from);
    v4.or_else(|_| <[u8; 16]>::try_from(octets).map(IpAddr::from))
        .ok()
}

/// Whether a presented name is for a host: equal, or a `*` for just the first label (RFC 9525, 6.3).
fn covers(presented: &str, hostname: &str) -> bool {
    if let Ok(address) = hostname.parse::<IpAddr>() {
        return presented.parse() == Ok(address);
    }
    if presented.eq_ignore_ascii_case(hostname) {
        return true;
    }
    match (presented.strip_prefix("*."), hostname.split_once('.')) {
        (Some(parent), Some((first, rest))) => {
            !first.is_empty() && parent.eq_ignore_ascii_case(rest)
        }
        _ => false,
    }
}

fn order_warning(path: &Path, chain: &[X509Certificate<'_>]) -> Option<Warning> {
    let broken = chain
        .iter()
        .zip(chain.iter().skip(1))
        .position(|(certificate, issuer)| certificate.issuer() != issuer.subject());
    broken.map(|before| Warning::ChainOrder {
        path: path.to_owned(),
        place: before.saturating_add(2),
    })
}

#[cfg(test)]
mod tests {
    use super::covers;

    #[test]
    fn names_cover_hosts() {
        assert!(covers("mail.example.org", "MAIL.example.org"));
        assert!(covers("*.example.org", "mail.example.org"));
        assert!(covers("192.0.2.1", "192.0.2.1"));
        assert!(covers("2001:db8::1", "2001:db8:0::1"));
        assert!(!covers("*.example.org", "example.org"));
        assert!(!covers("*.example.org", "a.mail.example.org"));
        assert!(!covers("*.example.org", ".example.org"));
        assert!(!covers("*", "localhost"));
        assert!(!covers("example.org", "mail.example.org"));
        assert!(!covers("192.0.2.1", "192.0.2.2"));
    }
}
