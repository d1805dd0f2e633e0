//! The data folder, as commands beside the server use it.

use crate::config::Config;
use crate::failure::Failure;
use crate::privileges;
use postern_account::Body;
use postern_identity::AccountName;
use postern_store::BodyRef;
use postern_store::sqlite::inspect::Inspection;
use postern_store::sqlite::{Sqlite, SqliteDirectory};
use std::fs::DirBuilder;
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::Path;

/// Makes the data folder, for its owner only, unless it is there. As root it is given to the
/// configuration's user.
///
/// # Errors
/// The folder cannot be made, or the user does not exist.
pub fn make_folder(config: &Config) -> Result<(), Failure> {
    let owner = privileges::configured_owner(config)?;
    let made = DirBuilder::new().mode(0o700).create(&config.data);
    match made {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => return Ok(()),
        made => made.map_err(|error| cannot_make(&config.data, &error))?,
    }
    match owner {
        Some((user, group)) if nix::unistd::Uid::effective().is_root() => {
            std::os::unix::fs::chown(&config.data, Some(user), Some(group))
                .map_err(|error| cannot_make(&config.data, &error))
        }
        _ => Ok(()),
    }
}

/// Opens the accounts of the data folder, which a server may be using. As root, becomes the
/// folder's owner first.
///
/// # Errors
/// The folder cannot be made or opened.
pub fn open_directory(config: &Config) -> Result<SqliteDirectory, Failure> {
    make_folder(config)?;
    privileges::become_owner_of(&config.data)?;
    Sqlite::open_directory(&config.data).map_err(|error| {
        let folder = config.data.display();
        Failure::System(format!(
            "the data folder {folder} cannot be opened: {error}; run this as its owner or as root"
        ))
    })
}

/// As root, becomes the owner of the data folder, which must be there.
///
/// # Errors
/// It is not there, or the system refuses.
pub fn become_owner(config: &Config) -> Result<(), Failure> {
    privileges::become_owner_of(&config.data)?;
    Ok(())
}

/// Opens the data folder for reading only, also while a server uses it.
///
/// # Errors
/// It is not there, or cannot be read.
pub fn inspect(config: &Config) -> Result<Inspection, Failure> {
    Inspection::open(&config.data).map_err(|error| {
        let folder = config.data.display();
        Failure::System(format!(
            "the data folder {folder} cannot be read: {error}; run this as its owner or as root"
        ))
    })
}

/// Reads an account's name as an operator writes it.
///
/// # Errors
/// It cannot be one.
pub fn account_name(name: &str) -> Result<AccountName, Failure> {
    AccountName::parse(name)
        .map_err(|error| Failure::Request(format!("{name:?} cannot be an account: {error}")))
}

/// What to say when there is no such account.
pub fn no_account(name: &str) -> Failure {
    Failure::Request(format!(
        "there is no account {name}; see all of them with: postern account list"
    ))
}

/// The store's reference to a body that an event carries.
pub(crate) fn body_ref(body: &Body) -> BodyRef {
    BodyRef {
        segment: body.segment,
        offset: body.offset,
        derived_len: body.derived_len,
        len: body.len,
        digest: body.digest,
    }
}

fn cannot_make(folder: &Path, error: &io::Error) -> Failure {
    let advice = match error.kind() {
        io::ErrorKind::NotFound => "make the folder above it first, or name another with --data",
        _ => "run this as root, or name another with --data",
    };
    let folder = folder.display();
    Failure::System(format!(
        "cannot make the data folder {folder}: {error}; {advice}"
    ))
}
