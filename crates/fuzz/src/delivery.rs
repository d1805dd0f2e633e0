//! What a mail transfer agent says.

use bytes::Bytes;
use postern_server::lmtp::parse::{Body, Command};
use postern_server::lmtp::session::{Event, Session};
use postern_server::lmtp::{Address, Limits, Recipient};

/// A command that is taken is written and read again, the same; so is an address.
pub(crate) fn commands(data: &[u8]) {
    if let Ok(command) = Command::parse(data) {
        let written = written(&command);
        assert_eq!(Command::parse(written.as_bytes()), Ok(command), "{written}");
    }
    let address = std::str::from_utf8(data).ok().and_then(Address::parse);
    if let Some(address) = address {
        let text = address.to_string();
        assert!(!text.chars().any(char::is_control));
        assert_eq!(Address::parse(&text), Some(address), "{text}");
    }
}

fn written(command: &Command) -> String {
    match command {
        Command::Lhlo(name) => format!("LHLO {name}"),
        Command::Mail(path, parameters) => {
            let path = path.as_ref().map(Address::to_string).unwrap_or_default();
            let size = parameters.size.map(|size| format!(" SIZE={size}"));
            let body = match parameters.body {
                None => "",
                Some(Body::SevenBit) => " BODY=7BIT",
                Some(Body::EightBitMime) => " BODY=8BITMIME",
            };
            let utf8 = if parameters.smtputf8 { " SMTPUTF8" } else { "" };
            let size = size.unwrap_or_default();
            format!("MAIL FROM:<{path}>{size}{body}{utf8}")
        }
        Command::Rcpt(address) => format!("RCPT TO:<{address}>"),
        Command::Data => "DATA".to_owned(),
        Command::Rset => "RSET".to_owned(),
        Command::Noop => "NOOP".to_owned(),
        Command::Quit => "QUIT".to_owned(),
        Command::Vrfy => "VRFY".to_owned(),
        Command::Help => "HELP".to_owned(),
    }
}

/// The first octet says how the rest is cut into packets: that changes nothing. Replies are
/// lines that a client can read.
pub(crate) fn sessions(data: &[u8]) {
    let (size, input) = data.split_first().unwrap_or((&0, &[]));
    let whole = run([input].into_iter());
    let pieces = run(input.chunks(usize::from(*size).max(1)));
    assert_eq!(whole, pieces);
    let (replies, contents) = whole;
    for line in replies.split_inclusive(|b| *b == b'\n') {
        let line = line.strip_suffix(b"\r\n").expect("a line ends with CRLF");
        assert!(line.len() <= 510, "a long reply");
        let code = line.first_chunk::<3>().expect("a reply code");
        assert!(code.iter().all(u8::is_ascii_digit), "{line:?}");
        let text = std::str::from_utf8(line).expect("text");
        assert!(!text.chars().any(char::is_control), "{text:?}");
    }
    let kept: usize = contents.iter().map(Bytes::len).sum();
    assert!(kept <= input.len());
}

fn limits() -> Limits {
    Limits {
        command_line: 200,
        message: 300,
        recipients: 3,
        transactions: 5,
        errors: 6,
        ..Limits::default()
    }
}

/// Replies and contents of a session that accepts everybody.
fn run<'a>(mut pieces: impl Iterator<Item = &'a [u8]>) -> (Vec<u8>, Vec<Bytes>) {
    let mut session = Session::new("mx.example.org", "unix", limits());
    let (mut contents, mut output) = (Vec::new(), Vec::new());
    loop {
        match session.step() {
            Event::Read => match pieces.next() {
                Some(piece) => session.receive(piece),
                None => break,
            },
            Event::Write => output.extend_from_slice(&session.output().split()),
            Event::Recipient(address) => session.recipient_checked(Ok(accepted(address))),
            Event::Deliver(message, recipients) => {
                contents.push(message.content);
                for recipient in &recipients {
                    session.delivered(recipient, &Ok(()));
                }
            }
            Event::Close => break,
        }
    }
    output.extend_from_slice(session.output());
    (output, contents)
}

fn accepted(address: Address) -> Recipient {
    Recipient {
        account: postern_store::AccountId(1),
        name: address.local().to_owned(),
        original: address,
        detail: None,
    }
}
