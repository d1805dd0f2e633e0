//! What the framer makes of a stream, however it is cut into packets.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]

use postern_imap::command::Tag;
use postern_imap::framer::{Frame, Framer, Limits, Refusal};
use proptest::prelude::*;

const LIMITS: Limits = Limits {
    line: 60,
    literal: 20,
    literals_total: 30,
    append_literal: 100,
    non_sync_max: 50,
    discard_max: 200,
    literals: 3,
};

fn drain(framer: &mut Framer, limits: &Limits, frames: &mut Vec<Frame>) {
    while let Some(frame) = framer.next(limits) {
        frames.push(frame);
    }
}

fn frames(stream: &[u8]) -> Vec<Frame> {
    let (mut framer, mut frames) = (Framer::new(), Vec::new());
    framer.feed(stream);
    drain(&mut framer, &LIMITS, &mut frames);
    frames
}

fn frames_in_pieces(stream: &[u8], piece: impl Fn(usize) -> usize) -> Vec<Frame> {
    let (mut framer, mut frames) = (Framer::new(), Vec::new());
    let (mut rest, mut i) = (stream, 0);
    while !rest.is_empty() {
        let (now, later) = rest.split_at(piece(i).clamp(1, rest.len()));
        framer.feed(now);
        drain(&mut framer, &LIMITS, &mut frames);
        (rest, i) = (later, i + 1);
    }
    frames
}

fn check(stream: impl AsRef<[u8]>, expected: &[Frame]) {
    let stream = stream.as_ref();
    let shown = String::from_utf8_lossy(stream);
    assert_eq!(frames(stream), expected, "in one piece: {shown:?}");
    let pieces = frames_in_pieces(stream, |_| 1);
    assert_eq!(pieces, expected, "octet by octet: {shown:?}");
}

fn command(text: &'static str) -> Frame {
    Frame::Command(text.as_bytes().into())
}

fn tag(text: &'static str) -> Option<Tag> {
    Some(Tag::new(text.as_bytes().into()).unwrap())
}

fn refused(text: &'static str, why: Refusal) -> Frame {
    let tag = tag(text);
    Frame::Refused { tag, why }
}

#[test]
fn lines() {
    check("a NOOP\r\n", &[command("a NOOP")]);
    check("a NOOP\n", &[command("a NOOP")]);
    check(
        "a NOOP\r\nb IDLE\r\n",
        &[command("a NOOP"), command("b IDLE")],
    );
    check("\r\n\n\r\na NOOP\r\n", &[command("a NOOP")]);
    check("a NOOP", &[]);
    check("a NO\rOP\r\n", &[command("a NO\rOP")]);
    check(" \r\n", &[command(" ")]);
}

#[test]
fn literals() {
    check(
        "a LOGIN {5}\r\nfr\r\nd {3}\r\nabc\r\nb NOOP\r\n",
        &[
            Frame::Continue,
            Frame::Continue,
            command("a LOGIN {5}\r\nfr\r\nd {3}\r\nabc"),
            command("b NOOP"),
        ],
    );
    check(
        "a LOGIN {1+}\r\nf {0+}\r\n\r\n",
        &[command("a LOGIN {1+}\r\nf {0+}\r\n")],
    );
    check("a LOGIN {1+}\nf x\n", &[command("a LOGIN {1+}\nf x")]);
    check(
        "a APPEND x ~{2}\r\n\0\n\r\n",
        &[Frame::Continue, command("a APPEND x ~{2}\r\n\0\n")],
    );
    check(
        "a APPEND x ~{2+}\r\n\r\n\r\n",
        &[command("a APPEND x ~{2+}\r\n\r\n")],
    );
    // The continuation is asked for before the literal is there.
    check("a LOGIN {5}\r\n", &[Frame::Continue]);
    check(
        "a LOGIN {00005}\r\nabcde x\r\n",
        &[Frame::Continue, command("a LOGIN {00005}\r\nabcde x")],
    );
}

#[test]
fn what_only_looks_like_a_literal() {
    for line in [
        "a X {}\r\n",
        "a X {+}\r\n",
        "a X {5\r\n",
        "a X 5}\r\n",
        "a X {5x}\r\n",
        "a X {5} \r\n",
        "a X {-5}\r\n",
    ] {
        let text: &'static str = line.trim_end_matches(['\r', '\n']);
        check(line, &[command(text)]);
    }
}

#[test]
fn a_synchronising_literal_that_is_refused_ends_the_command() {
    let after = |head: &str| format!("{head}\r\nb NOOP\r\n");
    let why = Refusal::LiteralTooLarge;
    for head in [
        "a LOGIN {21}",
        "a LOGIN {4294967296}",
        "a LOGIN {18446744073709551615}",
        "a LOGIN {18446744073709551616}",
        "a LOGIN {99999999999999999999}",
        "a LOGIN {100000000000000000000005}",
        // More digits than 64 bits can need, though the number is small.
        "a LOGIN {000000000000000000005}",
        "a APPEND {21}",
        "a REPLACE 1 {21}",
        "a REPLACE 1 x {101}",
        "a UID REPLACE 1 x {101}",
        "a REPLACE {21}",
        "a UID XREPLACE 1 x {21}",
        "a UID  APPEND x {21}",
        "a APPEND x {101}",
        "a XAPPEND x {21}",
    ] {
        check(after(head), &[refused("a", why), command("b NOOP")]);
    }
}

#[test]
fn append_may_have_a_larger_literal() {
    let message = "m".repeat(100);
    for head in [
        "a REPLACE 1 x (\\Seen)",
        "a uid  replace 4294967295 x",
        "a UID REPLACE * \"a b\"",
        "a APPEND x {2+}\r\nhi",
    ] {
        let stream: &'static str =
            Box::leak(format!("{head} {{100}}\r\n{message}").into_boxed_str());
        check(format!("{stream}\r\n"), &[Frame::Continue, command(stream)]);
    }
    let stream: &'static str =
        Box::leak(format!("a append x {{100}}\r\n{message}").into_boxed_str());
    check(format!("{stream}\r\n"), &[Frame::Continue, command(stream)]);
    let stream: &'static str =
        Box::leak(format!("a APPEND {{1}}\r\nx ~{{100}}\r\n{message}").into_boxed_str());
    check(
        format!("{stream}\r\n"),
        &[Frame::Continue, Frame::Continue, command(stream)],
    );
}

/// Found by fuzzing: the command that follows in the same packet was taken for this one.
#[test]
fn what_follows_says_nothing_of_a_command() {
    let why = Refusal::LiteralTooLarge;
    let refused = Frame::Refused { tag: None, why };
    check(
        "{21}\r\na SETMETADATA x (/a {1}\r\n",
        &[refused.clone(), Frame::Continue],
    );
    check("{21}\r\na APPEND x {1}\r\n", &[refused, Frame::Continue]);
}

#[test]
fn the_octets_of_a_refused_literal_never_run() {
    let smuggled = "\r\nz DELETE INBOX\r\n";
    let size = smuggled.len() + 20;
    let stream = format!(
        "a LOGIN {{{size}+}}\r\n{smuggled}{}rest\r\nb NOOP\r\n",
        "x".repeat(20)
    );
    check(
        stream,
        &[refused("a", Refusal::LiteralTooLarge), command("b NOOP")],
    );
    // Nor those of a literal that follows it.
    let stream = "a LOGIN {22+}\r\n0123456789012345678901 {11+}\r\nz DELETE x\n y\r\nb NOOP\r\n";
    check(
        stream,
        &[refused("a", Refusal::LiteralTooLarge), command("b NOOP")],
    );
    // A synchronising one that follows it is never sent: the client waits and learns that the
    // command is over.
    let stream = "a LOGIN {22+}\r\n0123456789012345678901 {11}\r\nb NOOP\r\n";
    check(
        stream,
        &[refused("a", Refusal::LiteralTooLarge), command("b NOOP")],
    );
}

#[test]
fn what_cannot_be_discarded_is_fatal() {
    for size in ["201", "18446744073709551616", "100000000000000000000005"] {
        let stream = format!("a LOGIN {{{size}+}}\r\nz DELETE INBOX\r\n");
        let why = Refusal::LiteralTooLarge;
        check(stream, &[Frame::Fatal { tag: tag("a"), why }]);
    }
    // Added up: 150 in the first, 60 in the second.
    let stream = format!(
        "a L {{150+}}\r\n{} {{60+}}\r\nz DELETE INBOX\r\n",
        "x".repeat(150)
    );
    let why = Refusal::LiteralTooLarge;
    check(
        stream,
        &[refused("a", why), Frame::Fatal { tag: None, why }],
    );
}

#[test]
fn long_lines() {
    let limit = LIMITS.line;
    let fits: &'static str = Box::leak(format!("a {}", "x".repeat(limit - 2)).into_boxed_str());
    check(format!("{fits}\r\n"), &[command(fits)]);
    check(format!("{fits}\n"), &[command(fits)]);
    let why = Refusal::LineTooLong;
    check(
        format!("{fits}x\r\nb NOOP\r\n"),
        &[refused("a", why), command("b NOOP")],
    );
    // A tag that is no tag is not echoed.
    let no_tag = Frame::Refused { tag: None, why };
    check(
        format!("{}\r\nb NOOP\r\n", "x".repeat(61)),
        &[no_tag, command("b NOOP")],
    );
    // The newline is withheld for longer than is discarded.
    let stream = "a ".to_owned() + &"(".repeat(300);
    check(
        stream,
        &[refused("a", why), Frame::Fatal { tag: None, why }],
    );
    // The parts of a line around its literals count together.
    let part = "x".repeat(28);
    check(
        format!("a {part} {{1+}}\r\nx{part}\r\nb NOOP\r\n"),
        &[refused("a", why), command("b NOOP")],
    );
}

#[test]
fn a_long_line_that_ends_in_a_literal() {
    let why = Refusal::LineTooLong;
    let long = "x".repeat(70);
    check(
        format!("a {long} {{14+}}\r\nz DELETE INBOX\r\nb NOOP\r\n"),
        &[refused("a", why), command("b NOOP")],
    );
    let digits = "1".repeat(80);
    check(
        format!("a {{{digits}+}}\r\nz DELETE INBOX\r\n"),
        &[
            refused("a", why),
            Frame::Fatal {
                tag: None,
                why: Refusal::LiteralTooLarge,
            },
        ],
    );
}

#[test]
fn many_literals() {
    check(
        "a X {1+}\r\nx{1+}\r\nx{1+}\r\nx{1+}\r\n\n y\r\nb NOOP\r\n",
        &[refused("a", Refusal::TooManyLiterals), command("b NOOP")],
    );
    check(
        "a X {20+}\r\n01234567890123456789{11+}\r\n\r\nb QUIT!!\n x\r\nb NOOP\r\n",
        &[refused("a", Refusal::LiteralsTooLarge), command("b NOOP")],
    );
}

#[test]
fn non_synchronising_literals_have_their_own_limit() {
    let body = "m".repeat(51);
    check(
        format!("a APPEND x {{51+}}\r\n{body}\r\nb NOOP\r\n"),
        &[refused("a", Refusal::LiteralTooLarge), command("b NOOP")],
    );
}

#[test]
fn line_mode() {
    let mut framer = Framer::new();
    framer.feed(b"a IDLE\r\nDONE\r\nb NOOP\r\n");
    assert_eq!(framer.next(&LIMITS), Some(command("a IDLE")));
    assert_eq!(framer.next_line(&LIMITS), Some(Frame::Line("DONE".into())));
    assert_eq!(framer.next(&LIMITS), Some(command("b NOOP")));
    assert_eq!(framer.next(&LIMITS), None);
    // Nothing is special in a line, not even that it is empty.
    framer.feed(b"\r\n{5+}\r\nc NOOP\r\n");
    assert_eq!(framer.next_line(&LIMITS), Some(Frame::Line("".into())));
    assert_eq!(framer.next_line(&LIMITS), Some(Frame::Line("{5+}".into())));
    assert_eq!(framer.next(&LIMITS), Some(command("c NOOP")));
}

#[test]
fn long_lines_in_line_mode() {
    for piece in [1, 7, 1000] {
        let stream = format!("{} {{9+}}\r\nab\r\nc NOOP\r\n", "x".repeat(100));
        let (mut framer, mut lines) = (Framer::new(), Vec::new());
        for piece in stream.as_bytes().chunks(piece) {
            framer.feed(piece);
            while lines.len() < 2 {
                let Some(frame) = framer.next_line(&LIMITS) else {
                    break;
                };
                lines.push(frame);
            }
        }
        let why = Refusal::LineTooLong;
        let refused = Frame::Refused { tag: None, why };
        assert_eq!(lines, [refused, Frame::Line("ab".into())]);
        assert_eq!(framer.next(&LIMITS), Some(command("c NOOP")));
    }
}

#[test]
fn an_empty_framer_keeps_no_memory() {
    let mut framer = Framer::new();
    framer.buffer().reserve(65536);
    framer.feed(b"a NOOP\r\n");
    assert!(framer.has_buffered());
    assert_eq!(framer.next(&LIMITS), Some(command("a NOOP")));
    assert!(!framer.has_buffered());
    assert!(framer.is_between_commands());
    assert_eq!(framer.buffer().capacity(), 0);
    framer.buffer().reserve(65536);
    assert_eq!(framer.next(&LIMITS), None);
    assert_eq!(framer.buffer().capacity(), 0);
}

#[test]
fn what_came_before_a_handshake_is_forgotten() {
    let mut framer = Framer::new();
    framer.feed(b"a STARTTLS\r\nb LOGIN {3}\r\n");
    assert_eq!(framer.next(&LIMITS), Some(command("a STARTTLS")));
    assert!(framer.has_buffered());
    assert_eq!(framer.next(&LIMITS), Some(Frame::Continue));
    framer.discard_all();
    assert!(!framer.has_buffered());
    framer.feed(b"c NOOP\r\n");
    assert_eq!(framer.next(&LIMITS), Some(command("c NOOP")));
}

#[test]
fn tells_how_much_is_missing() {
    let mut framer = Framer::new();
    assert_eq!(framer.literal_octets(), 0);
    framer.feed(b"a APPEND x {100}\r\n");
    assert_eq!(framer.next(&LIMITS), Some(Frame::Continue));
    assert_eq!(framer.missing(), 100);
    framer.feed(b"123");
    assert_eq!(framer.next(&LIMITS), None);
    assert_eq!(framer.missing(), 97);
    assert_eq!(framer.literal_octets(), 100);
    framer.feed(format!("{} {{0+}}\r\n {{50}}\r\n", "x".repeat(97)).as_bytes());
    let too_large = refused("a", Refusal::LiteralsTooLarge);
    assert_eq!(framer.next(&LIMITS), Some(too_large));
    assert_eq!(framer.literal_octets(), 0);
    framer.feed(b"a APPEND x {60}\r\n");
    assert_eq!(framer.next(&LIMITS), Some(Frame::Continue));
    framer.feed(format!("{} {{20}}\r\n", "x".repeat(60)).as_bytes());
    assert_eq!(framer.next(&LIMITS), Some(Frame::Continue));
    assert_eq!(framer.literal_octets(), 80);
    framer.feed(b"12345678901234567890\r\n");
    assert!(matches!(framer.next(&LIMITS), Some(Frame::Command(_))));
    assert_eq!(framer.literal_octets(), 0);
    framer.feed(b"a");
    assert_eq!(framer.next(&LIMITS), None);
    assert!(!framer.is_between_commands());
}

/// Streams made of what matters to the framer.
fn streams() -> impl Strategy<Value = Vec<u8>> {
    let token = prop_oneof![
        3 => Just(b"\r\n".to_vec()),
        1 => Just(b"\n".to_vec()),
        1 => Just(b"\r".to_vec()),
        2 => Just(b"a NOOP".to_vec()),
        1 => Just(b"a APPEND x ".to_vec()),
        1 => Just(b"a append ".to_vec()),
        2 => Just(b" {3}\r\n".to_vec()),
        2 => Just(b" ~{3+}\r\n".to_vec()),
        1 => Just(b"{25+}\r\n".to_vec()),
        1 => Just(b"{120+}\r\n".to_vec()),
        1 => Just(b"{25}\r\n".to_vec()),
        1 => Just(b"{99999999999999999999999}\r\n".to_vec()),
        1 => Just(b"{1111111111111111111111111111111111+}".to_vec()),
        1 => Just(vec![b'x'; 40]),
        1 => Just(vec![b'7'; 33]),
        1 => proptest::collection::vec(any::<u8>(), 0..5),
    ];
    proptest::collection::vec(token, 0..40).prop_map(|tokens| tokens.concat())
}

proptest! {
    #[test]
    fn packets_do_not_matter(
        stream in streams(),
        pieces in proptest::collection::vec(1usize..50, 1..20),
    ) {
        let whole = frames(&stream);
        prop_assert_eq!(&frames_in_pieces(&stream, |_| 1), &whole);
        prop_assert_eq!(&frames_in_pieces(&stream, |i| pieces[i % pieces.len()]), &whole);
    }

    #[test]
    fn a_command_is_never_larger_than_allowed(stream in streams()) {
        // Lines, literals, and for each literal a line end.
        let most = LIMITS.line + LIMITS.literals_total + LIMITS.append_literal + 2 * LIMITS.literals;
        for frame in frames(&stream) {
            if let Frame::Command(command) = frame {
                prop_assert!(command.len() <= most);
            }
        }
    }

    #[test]
    fn nothing_comes_after_the_end(stream in streams()) {
        let frames = frames(&stream);
        let fatal = frames.iter().position(|f| matches!(f, Frame::Fatal { .. }));
        prop_assert!(fatal.is_none_or(|at| at + 1 == frames.len()));
    }
}
