//! `postern backup`: a copy of the data folder, also while it is served from, brought up to date
//! by what is new since the last time.

use crate::check::size;
use crate::config::Config;
use crate::data;
use crate::failure::Failure;
use crate::output::print;
use postern_store::sqlite::backup;
use std::io::Write;
use std::path::PathBuf;

/// What is asked of a backup.
#[derive(Debug, Clone, clap::Args)]
#[command(after_help = "Examples:\n  postern backup /backup/postern\n  \
    postern backup --verify /backup/postern\n  \
    postern restore --from /backup/postern --account ann\n\n\
    The folder belongs to the server's user, who writes it.")]
pub struct BackupArgs {
    /// The backup's folder; made if it is not there
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    /// Only verify that the backup is as it was written
    #[arg(long)]
    verify: bool,
}

/// Makes or verifies a backup, and says what it came to.
///
/// # Errors
/// Either folder cannot be used, or the backup is damaged.
pub fn run(config: &Config, args: &BackupArgs, out: &mut dyn Write) -> Result<(), Failure> {
    let failed = |error: backup::BackupError| match error {
        backup::BackupError::Damaged { .. } => Failure::Request(error.to_string()),
        error => Failure::System(error.to_string()),
    };
    if args.verify {
        let octets = size(backup::verify(&args.folder).map_err(failed)?);
        return print(out, &format!("{octets} are as they were written\n"));
    }
    data::become_owner(config)?;
    let done = backup::make(&config.data, &args.folder).map_err(failed)?;
    let (entries, octets) = (done.entries, size(done.octets));
    print(
        out,
        &format!("{entries} entries and {octets} of messages were new\n"),
    )
}
