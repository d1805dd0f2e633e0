//! Where new passwords come from: a terminal, the standard input, or chance. Never from arguments,
//! which every user of the machine can see.

use crate::failure::Failure;
use postern_identity as identity;
use std::io::{self, BufRead, BufReader, IsTerminal, Read};
use zeroize::Zeroizing;

/// Octets read of the standard input: more than any password may have, with its line end.
const MAX_LINE: u64 = 2_048;

/// Asks for a new password: twice on a terminal, otherwise the first line of the standard input.
///
/// # Errors
/// The password may not be set, the two differ, or there is none.
pub fn ask(name: &str) -> Result<Zeroizing<String>, Failure> {
    let password = match io::stdin().is_terminal() {
        true => ask_twice(name)?,
        false => first_line(io::stdin())?,
    };
    identity::check_new(&password)
        .map_err(|error| Failure::Request(format!("the new password was not taken: {error}")))?;
    Ok(password)
}

/// A random password that may be set.
///
/// # Errors
/// The system gave no random numbers.
pub fn generate() -> Result<Zeroizing<String>, Failure> {
    identity::generate().map_err(|error| Failure::System(error.to_string()))
}

fn ask_twice(name: &str) -> Result<Zeroizing<String>, Failure> {
    let password = prompt(&format!("New password for {name}: "))?;
    let again = prompt("The same again: ")?;
    match *password == *again {
        true => Ok(password),
        false => Err(Failure::Request(
            "the two passwords differ; nothing was changed, try again".to_owned(),
        )),
    }
}

fn prompt(text: &str) -> Result<Zeroizing<String>, Failure> {
    rpassword::prompt_password(text)
        .map(Zeroizing::new)
        .map_err(|error| Failure::System(format!("the terminal cannot be read: {error}")))
}

fn first_line(input: impl Read) -> Result<Zeroizing<String>, Failure> {
    let mut line = Zeroizing::new(String::with_capacity(MAX_LINE as usize));
    BufReader::new(input.take(MAX_LINE))
        .read_line(&mut line)
        .map_err(|error| Failure::Request(format!("the standard input cannot be read: {error}")))?;
    if line.is_empty() {
        return Err(Failure::Request(
            "the standard input holds no password; write it there, or use --generate".to_owned(),
        ));
    }
    let password = line.strip_suffix('\n').unwrap_or(&line);
    let password = password.strip_suffix('\r').unwrap_or(password);
    Ok(Zeroizing::new(password.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(input: &[u8]) -> Option<String> {
        first_line(input).ok().map(|line| line.to_string())
    }

    #[test]
    fn the_first_line_is_the_password() {
        assert_eq!(read(b"one two\nthree\n").as_deref(), Some("one two"));
        assert_eq!(read(b" spaces \r\n").as_deref(), Some(" spaces "));
        assert_eq!(read(b"no line end").as_deref(), Some("no line end"));
        assert_eq!(read(b"\nx").as_deref(), Some(""));
        assert_eq!(read(b""), None);
        assert_eq!(read(b"\xff\xfe\n"), None);
    }

    #[test]
    fn an_endless_input_is_cut() {
        let line = read(&[b'x'; 10_000]);
        assert_eq!(line.map(|line| line.len()), Some(2_048));
    }
}
