//! Passwords and their Argon2id hashes in the PHC string form.

use argon2::password_hash::phc::{Output, PasswordHash, Salt};
use argon2::{Algorithm, Argon2, Params, PasswordVerifier, Version};
use unicode_normalization::UnicodeNormalization;
use zeroize::Zeroizing;

/// Characters that a new password has at least.
const MIN_CHARS: usize = 8;

/// Octets that any password may have; longer ones are refused before they are hashed.
const MAX_OCTETS: usize = 1_024;

/// Octets of salt (RFC 9106, 3.1).
const SALT_LEN: usize = 16;

/// Octets of tag (RFC 9106, 3.1).
const TAG_LEN: usize = 32;

/// The most memory in KiB, passes and lanes that a stored hash may ask for: a damaged or foreign
/// one must not stop the server.
const MAX_COST: Cost = Cost {
    memory_kib: 1 << 20,
    passes: 64,
    lanes: 64,
};

/// Lower-case letters and digits that are not mistaken for one another: no `0`, `1`, `l`, `o`.
const ALPHABET: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";

/// Groups in a generated password, and letters in each: 20 letters of 5 bits are 100 bits.
const GROUPS: usize = 4;
const GROUP_LEN: usize = 5;

/// What one hash costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cost {
    /// Memory in KiB.
    pub memory_kib: u32,
    /// Passes over the memory.
    pub passes: u32,
    /// Lanes, which could be filled in parallel.
    pub lanes: u32,
}

impl Default for Cost {
    /// 19 MiB, two passes, one lane: the least that OWASP names for Argon2id.
    fn default() -> Self {
        Self {
            memory_kib: 19_456,
            passes: 2,
            lanes: 1,
        }
    }
}

/// Why a password or a hash is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PasswordError {
    /// Nothing was given.
    #[error("the password is empty")]
    Empty,
    /// Fewer than 8 characters.
    #[error("the password is too short: it needs at least {MIN_CHARS} characters")]
    TooShort,
    /// Over 1,024 octets.
    #[error("the password is too long: it may have {MAX_OCTETS} octets at most")]
    TooLong,
    /// Control characters cannot be typed in every client.
    #[error("the password holds a control character, which not every client can send")]
    Control,
    /// The cost is outside what Argon2 allows.
    #[error("the cost of the password hash is not possible: {0}")]
    Cost(String),
    /// The stored string is no hash that can be read.
    #[error("the stored password hash cannot be read: {0}")]
    Unreadable(String),
    /// The system gave no random numbers, or no memory.
    #[error("the system refused what hashing needs: {0}")]
    System(String),
}

/// Whether a password may be set: 8 characters at least, 1,024 octets at most, no control
/// characters.
///
/// # Errors
/// Says which of these it is.
pub fn check_new(password: &str) -> Result<(), PasswordError> {
    if password.is_empty() {
        return Err(PasswordError::Empty);
    }
    check_length(password)?;
    if password.chars().any(char::is_control) {
        return Err(PasswordError::Control);
    }
    if prepare(password).chars().count() < MIN_CHARS {
        return Err(PasswordError::TooShort);
    }
    Ok(())
}

fn check_length(password: &str) -> Result<(), PasswordError> {
    match password.len() {
        0..=MAX_OCTETS => Ok(()),
        _ => Err(PasswordError::TooLong),
    }
}

/// Hashes a password to a PHC string with a fresh salt. Blocks for tens of milliseconds.
///
/// # Errors
/// [`PasswordError::TooLong`], an impossible cost, or a system without random numbers.
pub fn hash(password: &Zeroizing<String>, cost: Cost) -> Result<String, PasswordError> {
    check_length(password)?;
    let salt: [u8; SALT_LEN] = random()?;
    let mut tag = Zeroizing::new([0; TAG_LEN]);
    argon2id(cost)?
        .hash_password_into(prepare(password).as_bytes(), &salt, tag.as_mut_slice())
        .map_err(|error| PasswordError::System(error.to_string()))?;
    phc(cost, &salt, tag.as_slice())
}

/// Whether a password is the one that was hashed. Blocks for tens of milliseconds.
///
/// # Errors
/// [`PasswordError::TooLong`], or a hash that is not an Argon2 PHC string with a bearable cost.
pub fn verify(password: &Zeroizing<String>, credential: &str) -> Result<bool, PasswordError> {
    check_length(password)?;
    let stored = PasswordHash::new(credential)
        .map_err(|error| PasswordError::Unreadable(error.to_string()))?;
    check_cost(&stored)?;
    match Argon2::default().verify_password(prepare(password).as_bytes(), &stored) {
        Ok(()) => Ok(true),
        Err(argon2::password_hash::Error::PasswordInvalid) => Ok(false),
        Err(error) => Err(PasswordError::Unreadable(error.to_string())),
    }
}

/// A hash that no password is known for, at the given cost: verifying against it takes as long as
/// against a real one.
pub(crate) fn unknowable(cost: Cost) -> Result<String, PasswordError> {
    argon2id(cost)?;
    let salt: [u8; SALT_LEN] = random()?;
    let tag: [u8; TAG_LEN] = random()?;
    phc(cost, &salt, &tag)
}

/// A random password of four groups of five, 100 bits, such as `k7m2p-…`.
///
/// # Errors
/// The system gave no random numbers.
pub fn generate() -> Result<Zeroizing<String>, PasswordError> {
    let octets = Zeroizing::new(random::<{ GROUPS * GROUP_LEN }>()?);
    let mut password = Zeroizing::new(String::with_capacity(GROUPS * (GROUP_LEN + 1)));
    for (place, octet) in octets.iter().enumerate() {
        if place > 0 && place % GROUP_LEN == 0 {
            password.push('-');
        }
        let letter = ALPHABET.get(usize::from(octet % 32)).copied();
        password.push(char::from(letter.unwrap_or_default()));
    }
    Ok(password)
}

/// The mapping of the OpaqueString profile (RFC 8265, 4.2): other spaces become U+0020, then NFC.
/// Its table of allowed characters is left out: it ends at Unicode 6.3, and a person's newer
/// emoji is no harm in a password.
fn prepare(password: &str) -> Zeroizing<String> {
    let space = |c: char| {
        if c.is_whitespace() && !c.is_control() {
            ' '
        } else {
            c
        }
    };
    // NFC can triple the octets; with that room nothing is left behind by a reallocation.
    let mut prepared = Zeroizing::new(String::with_capacity(password.len().saturating_mul(3)));
    prepared.extend(password.chars().map(space).nfc());
    prepared
}

fn argon2id(cost: Cost) -> Result<Argon2<'static>, PasswordError> {
    let params = Params::new(cost.memory_kib, cost.passes, cost.lanes, Some(TAG_LEN))
        .map_err(|error| PasswordError::Cost(error.to_string()))?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

fn phc(cost: Cost, salt: &[u8], tag: &[u8]) -> Result<String, PasswordError> {
    let unreadable =
        |error: argon2::password_hash::phc::Error| PasswordError::Unreadable(error.to_string());
    let salt = Salt::new(salt).map_err(unreadable)?;
    let tag = Output::new(tag).map_err(unreadable)?;
    Ok(format!(
        "$argon2id$v=19$m={},t={},p={}${salt}${tag}",
        cost.memory_kib, cost.passes, cost.lanes
    ))
}

fn check_cost(stored: &PasswordHash) -> Result<(), PasswordError> {
    let within = |name: &str, most: u32| {
        let value = stored.params.get_decimal(name).unwrap_or(0);
        value <= most
    };
    let bearable = within("m", MAX_COST.memory_kib)
        && within("t", MAX_COST.passes)
        && within("p", MAX_COST.lanes);
    match bearable {
        true => Ok(()),
        false => Err(PasswordError::Unreadable(
            "it asks for too much work".into(),
        )),
    }
}

pub(crate) fn random<const N: usize>() -> Result<[u8; N], PasswordError> {
    let mut octets = [0; N];
    getrandom::fill(&mut octets).map_err(|error| PasswordError::System(error.to_string()))?;
    Ok(octets)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    /// Cheap, for tests only.
    const CHEAP: Cost = Cost {
        memory_kib: 8,
        passes: 1,
        lanes: 1,
    };

    fn secret(text: &str) -> Zeroizing<String> {
        Zeroizing::new(text.to_owned())
    }

    /// Known answers of the reference implementation's test suite.
    #[test]
    fn known_answers() {
        let known = "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ\
                     $nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4";
        assert_eq!(verify(&secret("password"), known), Ok(true));
        assert_eq!(verify(&secret("differentpassword"), known), Ok(false));
        let known = "$argon2id$v=19$m=256,t=2,p=2$c29tZXNhbHQ\
                     $bQk8UB/VmZZF4Oo79iDXuL5/0ttZwg2f/5U52iv1cDc";
        assert_eq!(verify(&secret("password"), known), Ok(true));
    }

    #[test]
    fn a_hash_opens_to_its_password_only() {
        let hashed = hash(&secret("correct horse"), CHEAP).unwrap();
        assert!(
            hashed.starts_with("$argon2id$v=19$m=8,t=1,p=1$"),
            "{hashed}"
        );
        assert_eq!(verify(&secret("correct horse"), &hashed), Ok(true));
        assert_eq!(verify(&secret("correct horsf"), &hashed), Ok(false));
        assert_ne!(hash(&secret("correct horse"), CHEAP).unwrap(), hashed);
    }

    #[test]
    fn spellings_of_one_password_are_one() {
        let hashed = hash(&secret("caf\u{e9} 123"), CHEAP).unwrap();
        assert_eq!(verify(&secret("cafe\u{301}\u{a0}123"), &hashed), Ok(true));
        assert_eq!(verify(&secret("CAF\u{c9} 123"), &hashed), Ok(false));
    }

    #[test]
    fn the_default_cost_is_in_the_hash() {
        let hashed = unknowable(Cost::default()).unwrap();
        assert!(hashed.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
        assert_eq!(verify(&secret("anything"), &hashed), Ok(false));
    }

    #[test]
    fn new_passwords_are_checked() {
        assert_eq!(check_new(""), Err(PasswordError::Empty));
        assert_eq!(check_new("1234567"), Err(PasswordError::TooShort));
        assert_eq!(check_new("12345678"), Ok(()));
        assert_eq!(
            check_new("\u{e9}\u{e9}\u{e9}\u{e9}"),
            Err(PasswordError::TooShort)
        );
        assert_eq!(check_new("1234567\n8"), Err(PasswordError::Control));
        assert_eq!(check_new(&"x".repeat(1_024)), Ok(()));
        assert_eq!(check_new(&"x".repeat(1_025)), Err(PasswordError::TooLong));
    }

    #[test]
    fn long_passwords_are_refused_before_hashing() {
        let long = secret(&"x".repeat(1_025));
        assert_eq!(hash(&long, CHEAP), Err(PasswordError::TooLong));
        assert_eq!(verify(&long, "not even read"), Err(PasswordError::TooLong));
    }

    #[test]
    fn unreadable_or_ruinous_hashes_are_errors() {
        for bad in [
            "",
            "plain",
            "{SSHA}x",
            "$argon2id$v=19$m=4294967295,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4",
            "$argon2id$v=19$m=256,t=4000000,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4",
        ] {
            let outcome = verify(&secret("password"), bad);
            assert!(
                matches!(outcome, Err(PasswordError::Unreadable(_))),
                "{bad}: {outcome:?}"
            );
        }
    }

    #[test]
    fn generated_passwords_are_readable_and_differ() {
        let one = generate().unwrap();
        assert_eq!(one.len(), 23);
        let groups: Vec<&str> = one.split('-').collect();
        assert_eq!(groups.len(), 4);
        assert!(groups.iter().all(|group| group.len() == 5));
        assert!(!one.contains(['0', 'o', '1', 'l']));
        assert_eq!(check_new(&one), Ok(()));
        assert_ne!(one, generate().unwrap());
    }
}
