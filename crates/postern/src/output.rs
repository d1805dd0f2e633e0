//! Writing to the standard output.

use crate::failure::Failure;
use std::io::{self, Write};

/// Writes text. A reader that has seen enough and left is no failure.
///
/// # Errors
/// The output cannot be written for another reason.
pub fn print(out: &mut dyn Write, text: &str) -> Result<(), Failure> {
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(Failure::System(format!(
            "the output cannot be written: {error}; check where it goes"
        ))),
        _ => Ok(()),
    }
}
