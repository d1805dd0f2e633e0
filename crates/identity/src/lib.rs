//! Who may come in: account names, credentials, SASL mechanisms.
//!
//! This crate knows no IMAP command and no store's insides. It asks a
//! [`Directory`](postern_store::Directory) for accounts and answers whether a password opens one.

mod authenticator;
mod cache;
mod delay;
mod name;
mod password;
mod pool;
mod punycode;
mod sasl;

pub use authenticator::{Authenticator, LoginError, Settings};
pub use delay::{DelaySettings, FailureDelays};
pub use name::{AccountName, NameError};
pub use password::{Cost, PasswordError, check_new, generate, hash, verify};
pub use sasl::{Credentials, Exchange, Mechanism, SaslError, Step};
