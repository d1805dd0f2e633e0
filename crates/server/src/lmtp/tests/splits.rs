//! The session alone, its input cut in every way.

use super::*;
use crate::lmtp::session::{Event, Session};
use proptest::prelude::*;

const INPUT: &str = "LHLO mta.example.net\r\nMAIL FROM:<jürgen@example.net> SMTPUTF8\r\n\
    RCPT TO:<mara@example.org>\r\nRCPT TO:<\"a > b\"@example.org>\r\nDATA\r\n\
    Subject: a\r\n\r\n..\r\n.\n.\r.b\r\n\n.\r\n\r\n.\r\n\
    MAIL FROM:<>\r\nNOOP\nRSET\r\nMAIL FROM:<>\r\nRCPT TO:<mara@example.org>\r\nDATA\r\n.\r\n\
    QUIT\r\n";

/// Runs the pieces through a session that accepts everybody; gives replies and contents.
fn run<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> (String, Vec<Bytes>) {
    let mut session = Session::new("mx.example.org", "unix", limits());
    let mut contents = Vec::new();
    let mut output = Vec::new();
    let mut pieces = pieces.into_iter();
    loop {
        match session.step() {
            Event::Read => match pieces.next() {
                Some(piece) => session.receive(piece),
                None => break,
            },
            Event::Write => output.extend_from_slice(&session.output().split()),
            Event::Recipient(address) => session.recipient_checked(Ok(accepted(&address))),
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
    (String::from_utf8(output).unwrap(), contents)
}

#[test]
fn the_whole() {
    let (replies, contents) = run([INPUT.as_bytes()]);
    let expected = "250 2.1.0 OK\r\n250 2.1.5 OK\r\n250 2.1.5 OK\r\n354 End with <CRLF>.<CRLF>\r\n\
        250 2.1.5 <mara@example.org> delivered\r\n250 2.1.5 <\"a > b\"@example.org> delivered\r\n\
        250 2.1.0 OK\r\n500 5.5.2 Lines end with CRLF\r\n250 2.0.0 OK\r\n250 2.1.0 OK\r\n\
        250 2.1.5 OK\r\n354 End with <CRLF>.<CRLF>\r\n250 2.1.5 <mara@example.org> delivered\r\n\
        221 2.0.0 mx.example.org closing connection\r\n";
    assert_eq!(replies, format!("{HELLO}{expected}"));
    assert_eq!(
        contents,
        ["Subject: a\r\n\r\n.\r\n\n.\r.b\r\n\n.\r\n\r\n", ""]
    );
}

#[test]
fn cut_in_two_anywhere_or_into_single_octets() {
    let whole = run([INPUT.as_bytes()]);
    assert_eq!(run(INPUT.as_bytes().chunks(1)), whole);
    for at in 0..=INPUT.len() {
        let (first, second) = INPUT.as_bytes().split_at(at);
        assert_eq!(run([first, second]), whole, "cut at {at}");
    }
}

#[test]
fn replies_are_written_before_they_pile_up() {
    let mut session = Session::new("mx.example.org", "unix", limits());
    session.receive("NOOP\r\n".repeat(10_000).as_bytes());
    assert!(matches!(session.step(), Event::Write));
    assert!(session.output().len() < 16 * 1024 + 512);
    let (replies, _) = run(["NOOP\r\n".repeat(10_000).as_bytes()]);
    assert_eq!(replies.matches("250 2.0.0 OK\r\n").count(), 10_000);
}

proptest! {
    #[test]
    fn any_octets_cut_anyhow(
        words in proptest::collection::vec(
            prop_oneof![
                Just("LHLO a\r\n"), Just("MAIL FROM:<>\r\n"), Just("RCPT TO:<a@b>\r\n"),
                Just("DATA\r\n"), Just("\r\n.\r\n"), Just("\r"), Just("\n"), Just("."),
                Just("RSET\r\n"), Just("QUIT"), Just("\u{fc}"), Just("\0"), Just("<\"")
            ], 0..60),
        size in 1usize..20,
    ) {
        let input = words.concat();
        prop_assert_eq!(run(input.as_bytes().chunks(size)), run([input.as_bytes()]));
    }
}
