//! From root to an ordinary user, for good.

use crate::config::Config;
use nix::unistd::{self, Gid, Group, Uid, User};
use std::ffi::CString;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// What came of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dropped {
    /// The process is that user now and cannot go back.
    Became {
        /// Its number.
        user: u32,
        /// Its group's number.
        group: u32,
    },
    /// The process was that user, or none was asked for.
    Unchanged,
    /// The process stays root: no user was asked for.
    StillRoot,
}

/// Why privileges could not be given up; the server does not start then.
#[derive(Debug, thiserror::Error)]
pub enum PrivilegeError {
    /// No such user.
    #[error(
        "there is no user {0:?} on this machine; add it, or change `user` in the configuration"
    )]
    NoUser(String),
    /// No such group.
    #[error(
        "there is no group {0:?} on this machine; add it, or change `group` in the configuration"
    )]
    NoGroup(String),
    /// The user is root, which is no less.
    #[error("`user` is root, which gives nothing up; name an ordinary user, or leave it empty")]
    Root,
    /// Started as somebody else.
    #[error("only root can become {0:?}; start the server as root or as that user")]
    NotRoot(String),
    /// The system refused.
    #[error(
        "the system refused to {step}: {source}; check the limits that the server is started with"
    )]
    Refused {
        /// At which step.
        step: &'static str,
        /// What it said.
        source: nix::Error,
    },
    /// The folder whose owner was meant.
    #[error("cannot look at {}: {source}; check that the folder is there", path.display())]
    Folder {
        /// Which one.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The process could become root again.
    #[error("root could be regained after giving it up; start the server as an ordinary user")]
    Regained,
}

/// Becomes the configuration's user and group with their supplementary groups. Call it when every
/// port is bound and before anything from outside is read.
///
/// # Errors
/// Anything short of having given root up for good, when a user is named.
pub fn drop_privileges(config: &Config) -> Result<Dropped, PrivilegeError> {
    let Some(target) = Target::find(config)? else {
        return Ok(match Uid::effective().is_root() {
            true => Dropped::StillRoot,
            false => Dropped::Unchanged,
        });
    };
    if Uid::effective() == target.user && Uid::current() == target.user {
        return Ok(Dropped::Unchanged);
    }
    if !Uid::effective().is_root() {
        return Err(PrivilegeError::NotRoot(target.name));
    }
    target.become_it()
}

/// As root, becomes the owner of a folder, so that what is written there belongs to the server's
/// user. Does nothing when started as somebody else, or when root owns the folder.
///
/// # Errors
/// The folder cannot be looked at, or the system refuses.
pub fn become_owner_of(folder: &Path) -> Result<Dropped, PrivilegeError> {
    if !Uid::effective().is_root() {
        return Ok(Dropped::Unchanged);
    }
    let metadata = std::fs::metadata(folder).map_err(|source| PrivilegeError::Folder {
        path: folder.to_owned(),
        source,
    })?;
    let (user, group) = (Uid::from_raw(metadata.uid()), Gid::from_raw(metadata.gid()));
    if user.is_root() {
        return Ok(Dropped::StillRoot);
    }
    unistd::setgroups(&[group]).map_err(refused("set the supplementary groups"))?;
    become_ids(user, group)
}

/// The user and group numbers of the configuration's user, if one is named.
///
/// # Errors
/// No such user or group, or root.
pub fn configured_owner(config: &Config) -> Result<Option<(u32, u32)>, PrivilegeError> {
    let target = Target::find(config)?;
    Ok(target.map(|target| (target.user.as_raw(), target.group.as_raw())))
}

/// The number of the group for LMTP's sockets, if one is named.
///
/// # Errors
/// No such group.
pub fn socket_group(config: &Config) -> Result<Option<u32>, PrivilegeError> {
    let name = config.lmtp.socket_group.as_deref();
    name.map(|name| find_group(name).map(Gid::as_raw))
        .transpose()
}

struct Target {
    name: String,
    user: Uid,
    group: Gid,
}

impl Target {
    fn find(config: &Config) -> Result<Option<Self>, PrivilegeError> {
        let Some(name) = &config.user else {
            return Ok(None);
        };
        let user = User::from_name(name)
            .map_err(refused("look the user up"))?
            .ok_or_else(|| PrivilegeError::NoUser(name.clone()))?;
        if user.uid.is_root() {
            return Err(PrivilegeError::Root);
        }
        let group = match &config.group {
            None => user.gid,
            Some(group) => find_group(group)?,
        };
        Ok(Some(Self {
            name: name.clone(),
            user: user.uid,
            group,
        }))
    }

    /// Groups first: without root they could not be changed any more.
    fn become_it(&self) -> Result<Dropped, PrivilegeError> {
        let name = CString::new(self.name.as_str())
            .map_err(|_| PrivilegeError::NoUser(self.name.clone()))?;
        unistd::initgroups(&name, self.group).map_err(refused("set the supplementary groups"))?;
        become_ids(self.user, self.group)
    }
}

fn become_ids(user: Uid, group: Gid) -> Result<Dropped, PrivilegeError> {
    unistd::setresgid(group, group, group).map_err(refused("change the group"))?;
    unistd::setresuid(user, user, user).map_err(refused("change the user"))?;
    if unistd::setuid(Uid::from_raw(0)).is_ok() || Uid::effective() != user {
        return Err(PrivilegeError::Regained);
    }
    Ok(Dropped::Became {
        user: user.as_raw(),
        group: group.as_raw(),
    })
}

fn find_group(name: &str) -> Result<Gid, PrivilegeError> {
    Group::from_name(name)
        .map_err(refused("look the group up"))?
        .map(|group| group.gid)
        .ok_or_else(|| PrivilegeError::NoGroup(name.to_owned()))
}

fn refused(step: &'static str) -> impl Fn(nix::Error) -> PrivilegeError {
    move |source| PrivilegeError::Refused { step, source }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with_user(user: &str, group: Option<&str>) -> Config {
        Config {
            user: Some(user.to_owned()),
            group: group.map(str::to_owned),
            ..Config::default()
        }
    }

    #[test]
    fn users_that_cannot_be_become() {
        let none = drop_privileges(&with_user("no-such-user-here", None));
        assert!(matches!(none, Err(PrivilegeError::NoUser(_))));
        let root = drop_privileges(&with_user("root", None));
        assert!(matches!(root, Err(PrivilegeError::Root)));
        let group = configured_owner(&with_user("nobody", Some("no-such-group-here")));
        assert!(matches!(group, Err(PrivilegeError::NoGroup(_))));
    }

    #[test]
    fn no_user_changes_nothing() {
        let before = Uid::effective();
        assert!(drop_privileges(&Config::default()).is_ok());
        assert_eq!(Uid::effective(), before);
    }
}
