//! The data folder, as commands beside the server use it.

use crate::config::Config;
use crate::failure::Failure;
use crate::privileges;
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
