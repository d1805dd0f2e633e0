//! Messages. That ENVELOPE, BODYSTRUCTURE and BODY are valid grammar is checked by what the
//! message crate's own tests use.

use crate::grammar::{Value, check_message, value};
use postern_message::limits::{
    MAX_ADDRESS_KEY, MAX_MESSAGE_ID, MAX_REFERENCES, MAX_SUBJECT_KEY, PREVIEW_CHARACTERS,
};
use postern_message::{
    BinaryPart, Encoding, Located, Message, Pattern, Rendering, SectionPath, SectionText, Summary,
    decode_charset, decode_transfer, filter_fields, header_block_len, preview,
};
use std::ops::Range;

/// Everything that is told of a message is valid grammar and is bounded by the message.
pub(crate) fn messages(data: &[u8]) {
    check_message(data);
    let message = Message::parse(data);
    for rendering in [Rendering::Ascii, Rendering::Utf8] {
        let mut out = Vec::new();
        message.envelope(&mut out, rendering);
        message.body_structure(&mut out, rendering);
        assert!(out.len() <= 100 * data.len() + 1000, "{} octets", out.len());
    }
    let pattern = Pattern::new("e");
    let in_body = message.body_contains(&pattern);
    assert!(!in_body || message.text_contains(&pattern));
    let nothing = Pattern::new("");
    assert!(message.body_contains(&nothing) && message.text_contains(&nothing));
    let _ = (message.sent_date(), message.thread_root());
    for part in message.summary().text_parts() {
        let (header, body) = (slice(data, &part.header), slice(data, &part.body));
        one_line(&preview(header, part.encoding, body));
    }
}

fn slice<'a>(data: &'a [u8], range: &Range<u32>) -> &'a [u8] {
    &data[range.start as usize..range.end as usize]
}

/// One octet for the count of part numbers, one for each, one for the text, then a message: the
/// message and its summary find the same.
pub(crate) fn sections(data: &[u8]) {
    let (count, rest) = data.split_first().unwrap_or((&0, &[]));
    let (part, rest) = rest.split_at(usize::from(*count % 8).min(rest.len()));
    let (what, raw) = rest.split_first().unwrap_or((&0, &[]));
    let path = SectionPath {
        part: part.iter().copied().map(u32::from).collect(),
        text: match what % 6 {
            0 => SectionText::Whole,
            1 => SectionText::Header,
            2 => SectionText::HeaderFields(vec![b"To".to_vec(), b"subject".to_vec()]),
            3 => SectionText::HeaderFieldsNot(vec![b"To".to_vec()]),
            4 => SectionText::Text,
            _ => SectionText::Mime,
        },
    };
    let message = Message::parse(raw);
    let summary = message.summary();
    let located = message.section(&path);
    assert_eq!(summary.section(&path), located);
    match located {
        Located::None => {}
        Located::Range(range) => drop(slice(raw, &range).to_vec()),
        Located::Fields { header } => fields(slice(raw, &header)),
    }
    if let Some(BinaryPart { range, encoding }) = summary.binary(&path.part) {
        let content = slice(raw, &range);
        let decoded = decode_transfer(content, encoding);
        assert!(decoded.is_ok_and(|it| it.len() <= content.len()) || encoding == Encoding::Unknown);
    }
}

/// Fields of a name and the others are together the header.
pub(crate) fn headers(data: &[u8]) {
    let len = header_block_len(data);
    let header = data.get(..len).expect("the header is in the message");
    assert_eq!(header_block_len(header), len);
    fields(header);
}

fn fields(header: &[u8]) {
    let names = [b"to".to_vec(), b"Subject".to_vec(), b"X".to_vec()];
    let (some, others) = (
        filter_fields(header, &names, false),
        filter_fields(header, &names, true),
    );
    for part in [&some, &others] {
        assert!(part.len() <= header.len() + 4, "more than there was");
        assert!(part.ends_with(b"\n"), "{part:?}");
    }
    assert_eq!(filter_fields(&some, &names, false), some);
    assert_eq!(filter_fields(&others, &names, true), others);
    let neither = filter_fields(&some, &names, true);
    assert!(matches!(&neither[..], b"\r\n" | b"\n"), "{neither:?}");
}

/// A header text of one line. What is written in ASCII says the same as what it was.
pub(crate) fn encoded_words(data: &[u8]) {
    let line: Vec<u8> = data.iter().copied().filter(|b| *b >= b' ').collect();
    let subject = |text: &[u8]| [b"Subject: ", text, b"\r\n\r\n"].concat();
    let raw = subject(&line);
    let message = Message::parse(&raw);
    let ascii = shown_subject(&message, Rendering::Ascii);
    let utf8 = shown_subject(&message, Rendering::Utf8);
    assert!(ascii.is_ascii() && std::str::from_utf8(&utf8).is_ok());
    assert!(ascii.len() <= 60 * line.len() + 60);
    let keys = |text: &[u8]| {
        let raw = subject(text);
        Message::parse(&raw).sort_keys().subject
    };
    // A key is cut at its bound, and the text before it may be cut elsewhere.
    let (from_ascii, from_utf8) = (keys(&ascii), keys(&utf8));
    if ascii.len().max(utf8.len()) < MAX_SUBJECT_KEY && !odd_word(&utf8) {
        assert_eq!(text(&from_ascii), text(&from_utf8));
    }
}

/// Whether there may be an encoded word that is not ASCII: no such is written, but one from outside
/// is understood.
fn odd_word(text: &[u8]) -> bool {
    !text.is_ascii() && text.windows(2).any(|pair| pair == b"=?")
}

fn text(octets: &[u8]) -> String {
    String::from_utf8_lossy(octets).into_owned()
}

fn shown_subject(message: &Message<'_>, rendering: Rendering) -> Vec<u8> {
    let mut out = Vec::new();
    message.envelope(&mut out, rendering);
    let Value::List(fields) = value(&out) else {
        panic!("an envelope is a list");
    };
    match fields.into_iter().nth(1) {
        Some(Value::Text(text)) => text,
        _ => Vec::new(),
    }
}

/// One line of bounded length, whatever the part.
pub(crate) fn previews(data: &[u8]) {
    let (header, body) = data.split_at(header_block_len(data));
    for encoding in [
        Encoding::Identity,
        Encoding::QuotedPrintable,
        Encoding::Base64,
    ] {
        one_line(&preview(header, encoding, body));
    }
    let html = b"Content-Type: text/html; charset=utf-8\r\n\r\n";
    one_line(&preview(html, Encoding::Identity, data));
    one_line(&preview(b"", Encoding::Identity, data));
}

fn one_line(text: &str) {
    assert!(text.chars().count() <= PREVIEW_CHARACTERS, "{text:?}");
    assert!(!text.chars().any(char::is_control), "{text:?}");
    assert_eq!(text.trim(), text);
}

/// A charset's name, LF, and text in it. What is decoded is bounded.
pub(crate) fn charsets(data: &[u8]) {
    let at = data.iter().position(|b| *b == b'\n').unwrap_or(0);
    let (label, octets) = data.split_at(at);
    let label = String::from_utf8_lossy(label);
    if let Some(text) = decode_charset(&label, octets) {
        assert!(text.len() <= 4 * octets.len() + 4, "{label}");
    }
    for encoding in [
        Encoding::Identity,
        Encoding::QuotedPrintable,
        Encoding::Base64,
    ] {
        let decoded = decode_transfer(octets, encoding).map(|it| it.len());
        assert!(decoded.is_ok_and(|len| len <= octets.len()));
    }
}

/// What SORT and THREAD keep is bounded and is kept.
pub(crate) fn sort_keys(data: &[u8]) {
    let message = Message::parse(data);
    let keys = message.sort_keys();
    assert!(keys.subject.len() <= MAX_SUBJECT_KEY);
    for key in [
        &keys.from,
        &keys.to,
        &keys.cc,
        &keys.display_from,
        &keys.display_to,
    ] {
        assert!(key.len() <= MAX_ADDRESS_KEY);
    }
    assert!(keys.references.len() <= MAX_REFERENCES);
    let mut ids = keys.references.iter().chain(&keys.message_id);
    assert!(ids.all(|id| id.len() <= MAX_MESSAGE_ID && !id.is_empty()));
    let kept = Summary::decode(&message.summary().encode());
    assert_eq!(kept.as_ref().and_then(Summary::sort_keys), Some(&keys));
}

/// A summary whose checksum is right, whatever else it holds: what is read is kept again, the
/// same, and finds sections inside the message only.
pub(crate) fn summaries(data: &[u8]) {
    let (version, body) = data.split_first().unwrap_or((&0, &[]));
    let version = if *version > 2 { 2 } else { *version };
    let sealed = [&[version][..], &checksum(body).to_le_bytes(), body].concat();
    let Some(summary) = Summary::decode(&sealed) else {
        return;
    };
    let octets = summary.encode();
    assert!(octets.len() <= sealed.len() + 1, "a summary that grew");
    assert_eq!(Summary::decode(&octets).as_ref(), Some(&summary));
    let whole = SectionPath {
        part: Vec::new(),
        text: SectionText::Whole,
    };
    let Located::Range(whole) = summary.section(&whole) else {
        panic!("a message has a whole");
    };
    for n in 1..4 {
        if let Some(part) = summary.binary(&[n]) {
            within(&part.range, &whole);
        }
    }
    for part in summary.text_parts() {
        within(&part.header, &whole);
        within(&part.body, &whole);
    }
}

fn within(range: &Range<u32>, whole: &Range<u32>) {
    let inside = whole.start <= range.start && range.end <= whole.end;
    assert!(inside && range.start <= range.end, "{range:?} of {whole:?}");
}

/// The checksum of a summary, so that what lies behind it is reached.
fn checksum(octets: &[u8]) -> u64 {
    let mut sum = octets.len() as u64;
    for chunk in octets.chunks(8) {
        let mut word = [0; 8];
        word[..chunk.len()].copy_from_slice(chunk);
        sum = (sum ^ u64::from_le_bytes(word)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        sum ^= sum >> 29;
    }
    sum
}
