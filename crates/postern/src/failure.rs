//! Why a command of the command line did not do what was asked.

use std::process::ExitCode;

/// A failure whose text says whose fault it is and what to do. The kind is the exit code.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The request cannot be done as it was made: exit code 1.
    #[error("{0}")]
    Request(String),
    /// The configuration is wrong: exit code 3. (2 is a wrong command line.)
    #[error("{0}")]
    Config(String),
    /// The machine, its storage or a permission is in the way: exit code 4.
    #[error("{0}")]
    System(String),
}

impl Failure {
    /// 1, 3 or 4; the help text lists them.
    pub fn exit_code(&self) -> ExitCode {
        ExitCode::from(match self {
            Self::Request(_) => 1,
            Self::Config(_) => 3,
            Self::System(_) => 4,
        })
    }
}

impl From<crate::config::ConfigError> for Failure {
    fn from(error: crate::config::ConfigError) -> Self {
        Self::Config(error.to_string())
    }
}

impl From<postern_store::StoreError> for Failure {
    fn from(error: postern_store::StoreError) -> Self {
        Self::System(format!(
            "the accounts could not be read or written: {error}; check the data folder and its disk"
        ))
    }
}

impl From<crate::privileges::PrivilegeError> for Failure {
    fn from(error: crate::privileges::PrivilegeError) -> Self {
        Self::System(error.to_string())
    }
}
