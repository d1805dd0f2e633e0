//! Who somebody says to be.

use postern_identity::{AccountName, Mechanism, SaslError, Step};

/// A normal form is its own, and holds nothing that separates or quotes elsewhere.
pub(crate) fn account_names(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    if let Ok(name) = AccountName::parse(text) {
        normal(&name);
    }
    if let Ok((name, detail)) = AccountName::parse_address(text) {
        normal(&name);
        match detail {
            Some(detail) => assert!(text.contains(&format!("+{detail}"))),
            None => assert_eq!(AccountName::parse(&text.replacen('+', "", 1)), Ok(name)),
        }
    }
}

fn normal(name: &AccountName) {
    let text = name.as_str();
    assert_eq!(AccountName::parse(text).as_ref(), Ok(name));
    assert!(text.len() <= 255 && !name.local().is_empty());
    let refused = |c: char| c.is_control() || c.is_whitespace() || "/\"\\<>,;:".contains(c);
    assert!(!text.contains(refused), "{text:?}");
    let whole = match name.domain() {
        Some(domain) => format!("{}@{domain}", name.local()),
        None => name.local().to_owned(),
    };
    assert_eq!(text, whole);
}

/// What is taken is what was said; nothing is longer than it may be.
pub(crate) fn sasl(data: &[u8]) {
    match Mechanism::Plain.start(Some(data)) {
        Ok(Step::Done(it)) => {
            let authzid = it.authzid.unwrap_or_default();
            let again = format!("{authzid}\0{}\0{}", it.authcid, *it.password);
            assert_eq!(again.as_bytes(), data);
            assert!(it.authcid.len() <= 1024 && it.password.len() <= 1024);
        }
        Ok(Step::Challenge(..)) => panic!("PLAIN has one message"),
        Err(SaslError::TooLong) => assert!(data.len() > 1024),
        Err(SaslError::Malformed(_)) => {}
    }
    let at = data.iter().position(|b| *b == 0).unwrap_or(data.len());
    let (name, password) = (&data[..at], data.get(at + 1..).unwrap_or_default());
    if let Ok(Step::Challenge(_, next)) = Mechanism::Login.start(Some(name))
        && let Ok(Step::Done(it)) = next.respond(password)
    {
        assert_eq!(it.authcid.as_bytes(), name);
        assert_eq!(it.password.as_bytes(), password);
    }
}
