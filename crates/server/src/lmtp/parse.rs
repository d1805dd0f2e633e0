//! Command lines to typed commands (RFC 5321 4.1.1, RFC 2033 4).

use super::address::{self, Address, Path};

/// A command of the client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// `LHLO name`: the client's name as it gave it; printable and without spaces.
    Lhlo(String),
    /// `MAIL FROM:<path> parameters`.
    Mail(Path, MailParameters),
    /// `RCPT TO:<path>`.
    Rcpt(Address),
    /// `DATA`.
    Data,
    /// `RSET`.
    Rset,
    /// `NOOP`, its argument ignored.
    Noop,
    /// `QUIT`.
    Quit,
    /// `VRFY`, its argument ignored.
    Vrfy,
    /// `HELP`, its argument ignored.
    Help,
}

/// Parameters of MAIL.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct MailParameters {
    /// The size of the content in octets as the client supposes it (RFC 1870).
    pub size: Option<u64>,
    /// What the client says of the content (RFC 6152).
    pub body: Option<Body>,
    /// Addresses and header fields may be UTF-8 (RFC 6531).
    pub smtputf8: bool,
}

/// The values of BODY.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Body {
    /// `7BIT`.
    SevenBit,
    /// `8BITMIME`.
    EightBitMime,
}

/// Why a line is no command. All of it is the client's fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ParseError {
    /// No such command, or not text at all.
    Unknown,
    /// A command of SMTP or of an extension that is not announced.
    NotImplemented,
    /// HELO or EHLO: the client speaks SMTP (RFC 2033 4.1).
    NotSmtp,
    /// The line ends with a bare LF or holds a bare CR.
    LineEnd,
    /// The line is over the limit.
    TooLong,
    /// Arguments are missing, wrong, or too many.
    Arguments,
    /// Not a reverse path.
    Sender,
    /// Not a forward path.
    Recipient,
    /// A parameter that is not announced.
    UnknownParameter,
    /// A known parameter with a wrong value, or twice.
    Parameter,
}

impl Command {
    /// Parses a line without its CRLF. White space at its end is ignored (RFC 5321 4.1.1).
    ///
    /// # Errors
    /// See [`ParseError`]; a bare CR or LF in the line is [`ParseError::LineEnd`].
    pub fn parse(line: &[u8]) -> Result<Self, ParseError> {
        if line.iter().any(|octet| matches!(octet, b'\r' | b'\n')) {
            return Err(ParseError::LineEnd);
        }
        let line = std::str::from_utf8(line).map_err(|_| ParseError::Unknown)?;
        let line = line.trim_end_matches([' ', '\t']);
        let (verb, arguments) = line.split_once(' ').unwrap_or((line, ""));
        match verb.to_ascii_uppercase().as_str() {
            "LHLO" => lhlo(arguments),
            "MAIL" => mail(arguments),
            "RCPT" => rcpt(arguments),
            "DATA" => without_arguments(arguments, Self::Data),
            "RSET" => without_arguments(arguments, Self::Rset),
            "QUIT" => without_arguments(arguments, Self::Quit),
            "NOOP" => Ok(Self::Noop),
            "VRFY" => Ok(Self::Vrfy),
            "HELP" => Ok(Self::Help),
            "HELO" | "EHLO" => Err(ParseError::NotSmtp),
            "EXPN" | "BDAT" | "STARTTLS" | "AUTH" | "ETRN" | "TURN" => {
                Err(ParseError::NotImplemented)
            }
            _ => Err(ParseError::Unknown),
        }
    }
}

fn without_arguments(arguments: &str, command: Command) -> Result<Command, ParseError> {
    if arguments.is_empty() {
        Ok(command)
    } else {
        Err(ParseError::Arguments)
    }
}

/// The name is only kept for the log and the trace, so any printable word will do.
fn lhlo(arguments: &str) -> Result<Command, ParseError> {
    let is_printable = |c: char| !c.is_control() && !c.is_whitespace();
    let valid = (1..=super::limits::DOMAIN).contains(&arguments.len())
        && arguments.chars().all(is_printable);
    if !valid {
        return Err(ParseError::Arguments);
    }
    Ok(Command::Lhlo(arguments.to_owned()))
}

fn mail(arguments: &str) -> Result<Command, ParseError> {
    let input = after_keyword(arguments, "FROM:").ok_or(ParseError::Arguments)?;
    let (path, rest) = address::path(input).ok_or(ParseError::Sender)?;
    Ok(Command::Mail(path, mail_parameters(rest)?))
}

fn rcpt(arguments: &str) -> Result<Command, ParseError> {
    let input = after_keyword(arguments, "TO:").ok_or(ParseError::Arguments)?;
    let (path, rest) = address::path(input).ok_or(ParseError::Recipient)?;
    let address = path.ok_or(ParseError::Recipient)?;
    match parameters(rest)?.next() {
        None => Ok(Command::Rcpt(address)),
        Some(_) => Err(ParseError::UnknownParameter),
    }
}

/// What follows the keyword. Spaces after it are against the RFC but common.
fn after_keyword<'a>(arguments: &'a str, keyword: &str) -> Option<&'a str> {
    let (head, rest) = arguments.split_at_checked(keyword.len())?;
    head.eq_ignore_ascii_case(keyword)
        .then(|| rest.trim_start_matches(' '))
}

fn mail_parameters(rest: &str) -> Result<MailParameters, ParseError> {
    let mut known = MailParameters::default();
    for parameter in parameters(rest)? {
        let (keyword, value) = match parameter.split_once('=') {
            Some((keyword, value)) => (keyword, Some(value)),
            None => (parameter, None),
        };
        let keyword = keyword.to_ascii_uppercase();
        match (keyword.as_str(), value) {
            ("SIZE", Some(value)) if known.size.is_none() => known.size = Some(size(value)?),
            ("BODY", Some(value)) if known.body.is_none() => known.body = Some(body(value)?),
            ("SMTPUTF8", None) if !known.smtputf8 => known.smtputf8 = true,
            ("SIZE" | "BODY" | "SMTPUTF8", _) => return Err(ParseError::Parameter),
            _ => return Err(ParseError::UnknownParameter),
        }
    }
    Ok(known)
}

/// The parameters after a path, which a space parts from it.
fn parameters(rest: &str) -> Result<impl Iterator<Item = &str>, ParseError> {
    if !rest.is_empty() && !rest.starts_with(' ') {
        return Err(ParseError::Arguments);
    }
    Ok(rest.split(' ').filter(|word| !word.is_empty()))
}

/// 1 to 20 digits (RFC 1870 3). A number over 64 bits is only larger than any limit.
fn size(value: &str) -> Result<u64, ParseError> {
    let is_number =
        (1..=20).contains(&value.len()) && value.bytes().all(|octet| octet.is_ascii_digit());
    if !is_number {
        return Err(ParseError::Parameter);
    }
    Ok(value.parse().unwrap_or(u64::MAX))
}

fn body(value: &str) -> Result<Body, ParseError> {
    match value.to_ascii_uppercase().as_str() {
        "7BIT" => Ok(Body::SevenBit),
        "8BITMIME" => Ok(Body::EightBitMime),
        _ => Err(ParseError::Parameter),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn address(text: &str) -> Address {
        Address::parse(text).unwrap()
    }

    #[track_caller]
    fn check(line: &str, expected: Result<Command, ParseError>) {
        assert_eq!(Command::parse(line.as_bytes()), expected, "{line}");
    }

    #[test]
    fn commands() {
        check(
            "LHLO mx.example.net",
            Ok(Command::Lhlo("mx.example.net".into())),
        );
        check("lhlo [192.0.2.1]", Ok(Command::Lhlo("[192.0.2.1]".into())));
        check("DATA", Ok(Command::Data));
        check("data \t", Ok(Command::Data));
        check("RSET", Ok(Command::Rset));
        check("QUIT", Ok(Command::Quit));
        check("NOOP anything at all", Ok(Command::Noop));
        check("VRFY mara", Ok(Command::Vrfy));
        check("HELP", Ok(Command::Help));
        check(
            "rcpt to:<mara@example.org>",
            Ok(Command::Rcpt(address("mara@example.org"))),
        );
    }

    #[test]
    fn mail_with_parameters() {
        let none = MailParameters::default();
        check("MAIL FROM:<>", Ok(Command::Mail(None, none)));
        let sender = Some(address("jonas@example.net"));
        check(
            "MAIL FROM: <jonas@example.net>",
            Ok(Command::Mail(sender.clone(), none)),
        );
        check(
            "MAIL FROM:<jonas@example.net> size=01234 BODY=8bitmime SMTPUTF8",
            Ok(Command::Mail(
                sender,
                MailParameters {
                    size: Some(1234),
                    body: Some(Body::EightBitMime),
                    smtputf8: true,
                },
            )),
        );
        let huge = MailParameters {
            size: Some(u64::MAX),
            ..none
        };
        check(
            "MAIL FROM:<> SIZE=99999999999999999999",
            Ok(Command::Mail(None, huge)),
        );
    }

    #[test]
    fn errors() {
        use ParseError::*;
        for (line, error) in [
            ("", Unknown),
            ("GET / HTTP/1.1", Unknown),
            (" LHLO a", Unknown),
            ("EHLO mx.example.net", NotSmtp),
            ("HELO mx.example.net", NotSmtp),
            ("STARTTLS", NotImplemented),
            ("BDAT 5 LAST", NotImplemented),
            ("NOOP\rQUIT", LineEnd),
            ("LHLO", Arguments),
            ("LHLO two words", Arguments),
            ("DATA now", Arguments),
            ("MAIL", Arguments),
            ("MAIL TO:<a@example.org>", Arguments),
            ("MAIL FROM:<a@example.org>SIZE=1", Arguments),
            ("MAIL FROM:a@example.org", Sender),
            ("RCPT TO:<>", Recipient),
            ("RCPT TO:<a@>", Recipient),
            ("RCPT TO:<a@example.org> NOTIFY=NEVER", UnknownParameter),
            ("MAIL FROM:<> RET=HDRS", UnknownParameter),
            ("MAIL FROM:<> SIZE", Parameter),
            ("MAIL FROM:<> SIZE=", Parameter),
            ("MAIL FROM:<> SIZE=-1", Parameter),
            ("MAIL FROM:<> SIZE=1 SIZE=1", Parameter),
            ("MAIL FROM:<> SIZE=000000000000000000001", Parameter),
            ("MAIL FROM:<> BODY=BINARYMIME", Parameter),
            ("MAIL FROM:<> SMTPUTF8=1", Parameter),
        ] {
            check(line, Err(error));
        }
        assert_eq!(Command::parse(b"NOOP \xff"), Err(Unknown));
    }
}
