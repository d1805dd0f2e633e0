//! Where sections are, against octets worked out by hand (RFC 9051 section 6.4.5.1, RFC 3516).
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]

mod common;

use common::{path, section, section_text};
use postern_message::{
    BinaryPart, Encoding, Located, Message, SectionText, UnknownCte, decode_transfer,
    filter_fields, header_block_len,
};

/// The example of RFC 3501 section 6.4.5, with part numbers for texts.
const NUMBERED: &str = concat!(
    "Subject: outer\r\nContent-Type: multipart/mixed; boundary=A\r\n\r\n",
    "preamble\r\n",
    "--A\r\nContent-Type: text/plain\r\n\r\nis 1\r\n",
    "--A\r\nContent-Type: application/octet-stream\r\n\r\nis 2\r\n",
    "--A\r\nContent-Type: message/rfc822\r\n\r\n",
    "Subject: third\r\nContent-Type: multipart/mixed; boundary=B\r\n\r\n",
    "--B\r\n\r\nis 3.1\r\n",
    "--B\r\nContent-Type: application/octet-stream\r\n\r\nis 3.2\r\n--B--\r\n",
    "--A\r\nContent-Type: multipart/mixed; boundary=C\r\n\r\n",
    "--C\r\nContent-Type: image/gif\r\n\r\nis 4.1\r\n",
    "--C\r\nContent-Type: message/rfc822\r\n\r\n",
    "Subject: fourth\r\nContent-Type: multipart/mixed; boundary=D\r\n\r\n",
    "--D\r\n\r\nis 4.2.1\r\n",
    "--D\r\nContent-Type: multipart/alternative; boundary=E\r\n\r\n",
    "--E\r\n\r\nis 4.2.2.1\r\n",
    "--E\r\nContent-Type: text/richtext\r\n\r\nis 4.2.2.2\r\n--E--\r\n--D--\r\n--C--\r\n",
    "--A--\r\nepilogue\r\n",
);

fn numbered(wanted: &str) -> Option<String> {
    section_text(NUMBERED.as_bytes(), wanted)
}

#[test]
fn part_numbers_of_the_rfc() {
    for number in ["1", "2", "3.1", "3.2", "4.1", "4.2.1", "4.2.2.1", "4.2.2.2"] {
        assert_eq!(numbered(number), Some(format!("is {number}")));
    }
    for none in [
        "0",
        "5",
        "1.1",
        "2.1",
        "3.3",
        "4.3",
        "4.1.1",
        "4.2.3",
        "4.2.2.3",
        "4.2.2.2.1",
    ] {
        assert_eq!(numbered(none), None, "{none}");
    }
}

#[test]
fn headers_and_texts_of_the_rfc() {
    let outer = "Subject: outer\r\nContent-Type: multipart/mixed; boundary=A\r\n\r\n";
    assert_eq!(numbered("HEADER").as_deref(), Some(outer));
    assert_eq!(numbered("TEXT").as_deref(), NUMBERED.strip_prefix(outer));
    assert_eq!(numbered("").as_deref(), Some(NUMBERED));
    let header = "Subject: third\r\nContent-Type: multipart/mixed; boundary=B\r\n\r\n";
    let text =
        "--B\r\n\r\nis 3.1\r\n--B\r\nContent-Type: application/octet-stream\r\n\r\nis 3.2\r\n--B--";
    assert_eq!(numbered("3.HEADER").as_deref(), Some(header));
    assert_eq!(numbered("3.TEXT").as_deref(), Some(text));
    assert_eq!(numbered("3"), Some(format!("{header}{text}")));
    assert_eq!(
        numbered("3.MIME").as_deref(),
        Some("Content-Type: message/rfc822\r\n\r\n")
    );
    assert_eq!(
        numbered("4.1.MIME").as_deref(),
        Some("Content-Type: image/gif\r\n\r\n")
    );
    assert_eq!(
        numbered("4.2.HEADER").as_deref(),
        Some("Subject: fourth\r\nContent-Type: multipart/mixed; boundary=D\r\n\r\n")
    );
    assert!(
        numbered("4.2.TEXT")
            .unwrap()
            .starts_with("--D\r\n\r\nis 4.2.1\r\n")
    );
    assert_eq!(
        numbered("4.2.2").as_deref(),
        Some(
            "--E\r\n\r\nis 4.2.2.1\r\n--E\r\nContent-Type: text/richtext\r\n\r\nis 4.2.2.2\r\n--E--"
        )
    );
}

#[test]
fn only_messages_have_headers_and_texts() {
    for none in [
        "1.HEADER",
        "1.TEXT",
        "4.HEADER",
        "4.TEXT",
        "4.2.2.HEADER",
        "MIME",
    ] {
        assert_eq!(numbered(none), None, "{none}");
    }
}

#[test]
fn a_message_that_is_no_multipart_has_one_part() {
    let raw = b"Subject: x\r\n\r\nbody\r\n";
    assert_eq!(section_text(raw, "1").as_deref(), Some("body\r\n"));
    assert_eq!(
        section_text(raw, "1.MIME").as_deref(),
        Some("Subject: x\r\n\r\n")
    );
    for none in ["2", "1.1", "1.HEADER", "1.TEXT"] {
        assert_eq!(section_text(raw, none), None, "{none}");
    }
}

#[test]
fn a_message_that_is_a_message() {
    let raw = b"Content-Type: message/rfc822\r\n\r\nSubject: in\r\n\r\nbody\r\n";
    assert_eq!(
        section_text(raw, "1").as_deref(),
        Some("Subject: in\r\n\r\nbody\r\n")
    );
    assert_eq!(
        section_text(raw, "1.HEADER").as_deref(),
        Some("Subject: in\r\n\r\n")
    );
    assert_eq!(section_text(raw, "1.TEXT").as_deref(), Some("body\r\n"));
    assert_eq!(section_text(raw, "1.1").as_deref(), Some("body\r\n"));
    assert_eq!(
        section_text(raw, "1.1.MIME").as_deref(),
        Some("Subject: in\r\n\r\n")
    );
    assert_eq!(section_text(raw, "1.1.1"), None);
}

#[test]
fn line_ends_are_those_of_the_message() {
    let raw =
        b"Content-Type: multipart/mixed; boundary=A\n\n--A\n\none\n\n--A\r\n\r\ntwo\r\n\r\n--A--\n";
    assert_eq!(section_text(raw, "1").as_deref(), Some("one\n"));
    assert_eq!(section_text(raw, "2").as_deref(), Some("two\r\n"));
    assert_eq!(section_text(raw, "HEADER").unwrap().len(), 43);
}

#[test]
fn messages_without_a_header_or_a_body() {
    assert_eq!(section_text(b"\r\nbody", "HEADER").as_deref(), Some("\r\n"));
    assert_eq!(section_text(b"\r\nbody", "TEXT").as_deref(), Some("body"));
    assert_eq!(
        section_text(b"A: b\r\n", "HEADER").as_deref(),
        Some("A: b\r\n")
    );
    assert_eq!(section_text(b"A: b\r\n", "TEXT").as_deref(), Some(""));
    assert_eq!(section_text(b"", "").as_deref(), Some(""));
    assert_eq!(section_text(b"", "1").as_deref(), Some(""));
}

fn fields(header: &str, names: &[&str], not: bool) -> String {
    let names: Vec<Vec<u8>> = names.iter().map(|name| name.as_bytes().to_vec()).collect();
    String::from_utf8(filter_fields(header.as_bytes(), &names, not)).unwrap()
}

#[test]
fn header_fields() {
    let header = "To: a@b\r\nSubject: one\r\n two\r\nX-To: x\r\nTO : c@d\r\nno field\r\n\r\n";
    assert_eq!(
        fields(header, &["to"], false),
        "To: a@b\r\nTO : c@d\r\n\r\n"
    );
    assert_eq!(
        fields(header, &["SUBJECT", "to"], false),
        "To: a@b\r\nSubject: one\r\n two\r\nTO : c@d\r\n\r\n"
    );
    assert_eq!(
        fields(header, &["to", "subject"], true),
        "X-To: x\r\nno field\r\n\r\n"
    );
    assert_eq!(fields(header, &["Bcc"], false), "\r\n");
    assert_eq!(fields("A: b\n\n", &["a"], false), "A: b\n\n");
    assert_eq!(fields("A: b", &["a"], false), "A: b\r\n\r\n");
    assert_eq!(fields("", &["a"], true), "\r\n");
}

#[test]
fn header_fields_of_messages_and_enclosed_ones() {
    let wanted = |part: &[u32]| path(part, SectionText::HeaderFields(vec![b"subject".to_vec()]));
    let found = |part: &[u32]| section(NUMBERED.as_bytes(), &wanted(part));
    assert_eq!(found(&[]).unwrap(), b"Subject: outer\r\n\r\n");
    assert_eq!(found(&[4, 2]).unwrap(), b"Subject: fourth\r\n\r\n");
    assert_eq!(found(&[1]), None);
    let not = path(
        &[3],
        SectionText::HeaderFieldsNot(vec![b"subject".to_vec()]),
    );
    assert_eq!(
        section(NUMBERED.as_bytes(), &not).unwrap(),
        b"Content-Type: multipart/mixed; boundary=B\r\n\r\n"
    );
}

#[test]
fn header_lengths() {
    for (raw, len) in [
        ("", 0),
        ("\r\n", 2),
        ("\n", 1),
        ("A: b", 4),
        ("A: b\r\n\r\nc", 8),
        ("A: b\n\nc", 6),
        ("A: b\r\n\nc", 7),
        ("A: b\r\n \r\n\r\nc", 11),
    ] {
        assert_eq!(header_block_len(raw.as_bytes()), len, "{raw:?}");
    }
}

#[test]
fn binary_parts() {
    let raw = b"Content-Type: multipart/mixed; boundary=A\r\n\r\n--A\r\n\
        Content-Transfer-Encoding: BASE64\r\n\r\nb25l\r\n--A\r\n\
        Content-Transfer-Encoding: Quoted-Printable (c)\r\n\r\nt=77o\r\n--A\r\n\
        Content-Transfer-Encoding: x-odd\r\n\r\nthree\r\n--A\r\n\r\nfour\r\n--A--\r\n";
    let summary = Message::parse(raw).summary();
    let decoded = |part: &[u32]| {
        let BinaryPart { range, encoding } = summary.binary(part).unwrap();
        decode_transfer(&raw[range.start as usize..range.end as usize], encoding)
            .map(|text| text.into_owned())
    };
    assert_eq!(decoded(&[1]).unwrap(), b"one");
    assert_eq!(decoded(&[2]).unwrap(), b"two");
    assert_eq!(decoded(&[3]), Err(UnknownCte));
    assert_eq!(decoded(&[4]).unwrap(), b"four");
    assert_eq!(decoded(&[]).unwrap(), raw);
    assert_eq!(summary.binary(&[5]), None);
}

#[test]
fn misspelt_bits_are_bits() {
    for name in [
        "7bit", "8BIT", "binary", "", "7bits", "8-bit", "7 bit", "(c) 8bit",
    ] {
        let raw = format!("Content-Transfer-Encoding: {name}\r\n\r\nx");
        let part = Message::parse(raw.as_bytes())
            .summary()
            .binary(&[1])
            .unwrap();
        assert_eq!(part.encoding, Encoding::Identity, "{name}");
    }
}

#[test]
fn containers_are_never_decoded() {
    let raw =
        b"Content-Type: message/rfc822\r\nContent-Transfer-Encoding: base64\r\n\r\nA: b\r\n\r\nc";
    let part = Message::parse(raw).summary().binary(&[1]).unwrap();
    assert_eq!(part.encoding, Encoding::Identity);
}

#[test]
fn transfer_encodings() {
    let quoted = |text: &str| {
        decode_transfer(text.as_bytes(), Encoding::QuotedPrintable)
            .unwrap()
            .into_owned()
    };
    for (text, expected) in [
        ("a=3Db=3d", "a=b="),
        ("a=\r\nb=\nc", "abc"),
        ("a \t\r\nb \n", "a\r\nb\n"),
        ("a= \r\nb", "ab"),
        ("a=b=", "a=b"),
        ("=4", "=4"),
        ("a  ", "a  "),
    ] {
        assert_eq!(quoted(text), expected.as_bytes(), "{text:?}");
    }
    let base64 = |text: &str| {
        decode_transfer(text.as_bytes(), Encoding::Base64)
            .unwrap()
            .into_owned()
    };
    for (text, expected) in [
        ("", ""),
        ("Zg==", "f"),
        ("Zm8=", "fo"),
        ("Zm9v\r\nYmFy", "foobar"),
        ("Z g=\r\n=", "f"),
        ("Zg==Zm8=", "ffo"),
        ("Zg", "f"),
        ("Z", ""),
        ("Z*m9v", "foo"),
    ] {
        assert_eq!(base64(text), expected.as_bytes(), "{text:?}");
    }
    assert_eq!(base64("//79"), [0xff, 0xfe, 0xfd]);
}

#[test]
fn a_summary_keeps_everything() {
    let raw = "Subject: é\r\nDate: Thu, 1 Jan 1970 00:00:01 +0100\r\n\r\nbody\r\n".as_bytes();
    let message = Message::parse(raw);
    let octets = message.summary().encode();
    let summary = postern_message::Summary::decode(&octets).unwrap();
    for rendering in [
        postern_message::Rendering::Ascii,
        postern_message::Rendering::Utf8,
    ] {
        let (mut envelope, mut structure, mut body) = (Vec::new(), Vec::new(), Vec::new());
        message.envelope(&mut envelope, rendering);
        message.body_structure(&mut structure, rendering);
        message.body(&mut body, rendering);
        assert_eq!(summary.envelope(rendering), envelope);
        assert_eq!(summary.body_structure(rendering), structure);
        assert_eq!(summary.body(rendering), body);
    }
    assert_ne!(
        summary.envelope(postern_message::Rendering::Ascii),
        summary.envelope(postern_message::Rendering::Utf8)
    );
    assert_eq!(summary.sent_date(), Some((1 - 3600, 60)));
    let text = path(&[], SectionText::Text);
    let start = u32::try_from(raw.len()).unwrap() - 6;
    assert_eq!(summary.section(&text), Located::Range(start..start + 6));
}

/// The stored form: whoever changes it has to raise the version.
#[test]
fn the_stored_form_stays() {
    let raw = include_bytes!("fixtures/summary.eml");
    let stored = include_bytes!("fixtures/summary-v2.bin");
    let summary = postern_message::Summary::decode(stored).unwrap();
    assert_eq!(summary, Message::parse(raw).summary());
    assert_eq!(summary.encode(), stored);
}

/// What was stored before there were sort keys is read, without them.
#[test]
fn the_first_stored_form_is_read() {
    let raw = include_bytes!("fixtures/summary.eml");
    let stored = include_bytes!("fixtures/summary-v1.bin");
    let old = postern_message::Summary::decode(stored).unwrap();
    let new = Message::parse(raw).summary();
    assert_eq!(old.sort_keys(), None);
    assert!(new.sort_keys().is_some());
    for rendering in [
        postern_message::Rendering::Ascii,
        postern_message::Rendering::Utf8,
    ] {
        assert_eq!(old.envelope(rendering), new.envelope(rendering));
        assert_eq!(old.body_structure(rendering), new.body_structure(rendering));
        assert_eq!(old.body(rendering), new.body(rendering));
    }
    assert_eq!(old.sent_date(), new.sent_date());
    let body = path(&[1], SectionText::Whole);
    assert_eq!(old.section(&body), new.section(&body));
    assert_eq!(postern_message::Summary::decode(&old.encode()), Some(old));
}

#[test]
fn another_version_of_a_summary_is_not_read() {
    let mut octets = Message::parse(b"A: b\r\n\r\nc").summary().encode();
    octets[0] += 1;
    assert_eq!(postern_message::Summary::decode(&octets), None);
}
