//! What the tests share: rendered forms as text, sections as octets, a checker for the grammar.
#![allow(
    dead_code,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]

use imap_codec::decode::Decoder;
use imap_codec::imap_types::body::BodyStructure;
use imap_codec::imap_types::fetch::MessageDataItem;
use imap_codec::imap_types::response::{Data, Response};
use postern_message::{Located, Message, Rendering, SectionPath, SectionText, filter_fields};

pub(crate) fn envelope(raw: &[u8], rendering: Rendering) -> String {
    let mut out = Vec::new();
    Message::parse(raw).envelope(&mut out, rendering);
    String::from_utf8(out).unwrap()
}

pub(crate) fn structure(raw: &[u8]) -> String {
    let mut out = Vec::new();
    Message::parse(raw).body_structure(&mut out, Rendering::Ascii);
    String::from_utf8(out).unwrap()
}

pub(crate) fn body(raw: &[u8]) -> String {
    let mut out = Vec::new();
    Message::parse(raw).body(&mut out, Rendering::Ascii);
    String::from_utf8(out).unwrap()
}

pub(crate) fn path(part: &[u32], text: SectionText) -> SectionPath {
    SectionPath {
        part: part.to_vec(),
        text,
    }
}

/// `"4.2.HEADER"` as a path; empty: the whole message.
pub(crate) fn spec(text: &str) -> SectionPath {
    let mut part = Vec::new();
    let mut what = SectionText::Whole;
    for word in text.split('.').filter(|word| !word.is_empty()) {
        match word {
            "HEADER" => what = SectionText::Header,
            "TEXT" => what = SectionText::Text,
            "MIME" => what = SectionText::Mime,
            number => part.push(number.parse().unwrap()),
        }
    }
    SectionPath { part, text: what }
}

/// The section's octets, the way a server reads them; `None` for NIL.
pub(crate) fn section(raw: &[u8], wanted: &SectionPath) -> Option<Vec<u8>> {
    let slice =
        |range: std::ops::Range<u32>| raw[range.start as usize..range.end as usize].to_vec();
    match (Message::parse(raw).section(wanted), &wanted.text) {
        (Located::None, _) => None,
        (Located::Range(range), _) => Some(slice(range)),
        (Located::Fields { header }, SectionText::HeaderFields(names)) => {
            Some(filter_fields(&slice(header), names, false))
        }
        (Located::Fields { header }, SectionText::HeaderFieldsNot(names)) => {
            Some(filter_fields(&slice(header), names, true))
        }
        (Located::Fields { .. }, _) => panic!("fields of what has none"),
    }
}

pub(crate) fn section_text(raw: &[u8], wanted: &str) -> Option<String> {
    section(raw, &spec(wanted)).map(|octets| String::from_utf8(octets).unwrap())
}

/// A value of the grammar.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Value {
    Nil,
    Number(u64),
    Text(Vec<u8>),
    List(Vec<Value>),
}

/// Reads one value and nothing else: one space between values, none between two lists.
pub(crate) fn value(octets: &[u8]) -> Value {
    let mut stack: Vec<(Vec<Value>, bool)> = vec![(Vec::new(), true)];
    let mut at = 0;
    let mut spaced = true;
    while at < octets.len() {
        let mut spaced_before = spaced;
        let (value, next) = match octets[at] {
            b'(' => {
                stack.push((Vec::new(), spaced));
                at += 1;
                spaced = true;
                continue;
            }
            b' ' => {
                assert!(!spaced, "a space too many at {at}");
                spaced = true;
                at += 1;
                continue;
            }
            b')' => {
                let (list, spaced_list) = stack.pop().unwrap();
                spaced_before = spaced_list;
                assert!(!list.is_empty(), "an empty list at {at}");
                assert!(
                    octets[at - 1] != b' ',
                    "a space before a parenthesis at {at}"
                );
                (Value::List(list), at + 1)
            }
            b'"' => quoted(octets, at),
            b'{' => literal(octets, at),
            b'0'..=b'9' => number(octets, at),
            _ => {
                assert!(octets[at..].starts_with(b"NIL"), "no value at {at}");
                (Value::Nil, at + 3)
            }
        };
        let (siblings, _) = stack.last_mut().expect("a parenthesis too many");
        let two_lists = matches!(
            (siblings.last(), &value),
            (Some(Value::List(_)), Value::List(_))
        );
        assert!(
            siblings.is_empty() || spaced_before || two_lists,
            "a space is missing at {at}"
        );
        siblings.push(value);
        spaced = false;
        at = next;
    }
    assert_eq!(stack.len(), 1, "a parenthesis is open");
    let (mut top, _) = stack.pop().unwrap();
    assert_eq!(top.len(), 1, "more than one value");
    top.pop().unwrap()
}

fn quoted(octets: &[u8], start: usize) -> (Value, usize) {
    let mut text = Vec::new();
    let mut at = start + 1;
    loop {
        match octets[at] {
            b'"' => return (Value::Text(text), at + 1),
            b'\\' => {
                assert!(
                    matches!(octets[at + 1], b'"' | b'\\'),
                    "an escape of nothing"
                );
                text.push(octets[at + 1]);
                at += 2;
            }
            octet => {
                assert!(
                    !matches!(octet, 0 | b'\r' | b'\n'),
                    "not for a quoted string: {octet}"
                );
                text.push(octet);
                at += 1;
            }
        }
    }
}

fn literal(octets: &[u8], start: usize) -> (Value, usize) {
    let close = start
        + octets[start..]
            .iter()
            .position(|&octet| octet == b'}')
            .unwrap();
    let len: usize = std::str::from_utf8(&octets[start + 1..close])
        .unwrap()
        .parse()
        .unwrap();
    assert!(len > 0, "an empty literal");
    assert_eq!(&octets[close + 1..close + 3], b"\r\n");
    let text = &octets[close + 3..close + 3 + len];
    assert!(!text.contains(&0), "NUL in a literal");
    (Value::Text(text.to_vec()), close + 3 + len)
}

fn number(octets: &[u8], start: usize) -> (Value, usize) {
    let digits = octets[start..]
        .iter()
        .take_while(|octet| octet.is_ascii_digit())
        .count();
    let text = std::str::from_utf8(&octets[start..start + digits]).unwrap();
    (Value::Number(text.parse().unwrap()), start + digits)
}

/// `envelope` of RFC 9051 section 9.
pub(crate) fn check_envelope(value: &Value) {
    let fields = list(value);
    assert_eq!(fields.len(), 10, "ENVELOPE has ten fields: {fields:?}");
    for (index, field) in fields.iter().enumerate() {
        match index {
            2..=7 => check_addresses(field),
            _ => check_nstring(field),
        }
    }
}

fn check_addresses(value: &Value) {
    if *value == Value::Nil {
        return;
    }
    let mut in_group = false;
    for address in list(value) {
        let parts = list(address);
        assert_eq!(parts.len(), 4, "an address has four fields");
        parts.iter().for_each(check_nstring);
        if parts[3] == Value::Nil {
            assert_eq!(
                in_group,
                parts[2] == Value::Nil,
                "a group in a group, or the end of none"
            );
            in_group = !in_group;
        }
    }
    assert!(!in_group, "a group is open");
}

/// `body` of RFC 9051 section 9, with all extension data or none.
pub(crate) fn check_body(value: &Value, extended: bool) {
    let mut waiting = vec![value];
    while let Some(value) = waiting.pop() {
        let fields = list(value);
        let rest = match fields[0] {
            Value::List(_) => check_multipart(fields, extended, &mut waiting),
            _ => check_single(fields, extended, &mut waiting),
        };
        assert!(rest.is_empty(), "fields that have no place: {rest:?}");
    }
}

fn check_multipart<'v>(
    fields: &'v [Value],
    extended: bool,
    waiting: &mut Vec<&'v Value>,
) -> &'v [Value] {
    let parts = fields
        .iter()
        .take_while(|field| matches!(field, Value::List(_)))
        .count();
    waiting.extend(&fields[..parts]);
    check_string(&fields[parts]);
    let rest = &fields[parts + 1..];
    if !extended {
        return rest;
    }
    check_parameters(&rest[0]);
    check_extension(&rest[1..])
}

fn check_single<'v>(
    fields: &'v [Value],
    extended: bool,
    waiting: &mut Vec<&'v Value>,
) -> &'v [Value] {
    check_string(&fields[0]);
    check_string(&fields[1]);
    check_parameters(&fields[2]);
    check_nstring(&fields[3]);
    check_nstring(&fields[4]);
    check_string(&fields[5]);
    check_number(&fields[6]);
    let mut rest = &fields[7..];
    if is(&fields[0], "text") {
        check_number(&rest[0]);
        rest = &rest[1..];
    } else if is(&fields[0], "message") && matches!(rest.first(), Some(Value::List(_))) {
        check_envelope(&rest[0]);
        waiting.push(&rest[1]);
        check_number(&rest[2]);
        rest = &rest[3..];
    } else {
        assert!(
            !(is(&fields[0], "message") && is(&fields[1], "rfc822")),
            "message/rfc822 has an envelope"
        );
    }
    if !extended {
        return rest;
    }
    check_nstring(&rest[0]);
    check_extension(&rest[1..])
}

fn check_extension(fields: &[Value]) -> &[Value] {
    if let Value::List(disposition) = &fields[0] {
        assert_eq!(disposition.len(), 2);
        check_string(&disposition[0]);
        check_parameters(&disposition[1]);
    } else {
        assert_eq!(fields[0], Value::Nil);
    }
    match &fields[1] {
        Value::List(tags) => tags.iter().for_each(check_string),
        other => check_nstring(other),
    }
    check_nstring(&fields[2]);
    &fields[3..]
}

fn check_parameters(value: &Value) {
    if *value == Value::Nil {
        return;
    }
    let fields = list(value);
    assert_eq!(fields.len() % 2, 0, "a parameter without a value");
    fields.iter().for_each(check_string);
}

fn list(value: &Value) -> &[Value] {
    match value {
        Value::List(values) => values,
        other => panic!("not a list: {other:?}"),
    }
}

fn is(value: &Value, text: &str) -> bool {
    matches!(value, Value::Text(octets) if octets.eq_ignore_ascii_case(text.as_bytes()))
}

fn check_string(value: &Value) {
    assert!(matches!(value, Value::Text(_)), "not a string: {value:?}");
}

fn check_nstring(value: &Value) {
    assert!(
        matches!(value, Value::Text(_) | Value::Nil),
        "not an nstring: {value:?}"
    );
}

fn check_number(value: &Value) {
    assert!(matches!(value, Value::Number(_)), "not a number: {value:?}");
}

/// Everything that holds for any octets.
pub(crate) fn check_message(raw: &[u8]) {
    let message = Message::parse(raw);
    for rendering in [Rendering::Ascii, Rendering::Utf8] {
        let mut out = Vec::new();
        message.envelope(&mut out, rendering);
        check_octets(&out, rendering);
        check_envelope(&value(&out));
        for extended in [false, true] {
            let mut out = Vec::new();
            match extended {
                true => message.body_structure(&mut out, rendering),
                false => message.body(&mut out, rendering),
            }
            check_octets(&out, rendering);
            check_body(&value(&out), extended);
        }
    }
    check_summary(raw, &message);
    check_by_another(&message);
}

/// Parts within parts that imap-codec follows.
const ANOTHERS_DEPTH: usize = 7;

/// Octets that imap-codec reads without taking its time.
const ANOTHERS_LENGTH: usize = 64 * 1024;

/// imap-codec reads what we write, where it is not nested deeper than it follows or very long,
/// and finds as many addresses and parts in it.
fn check_by_another(message: &Message<'_>) {
    let written = |write: &dyn Fn(&mut Vec<u8>)| {
        let mut out = Vec::new();
        write(&mut out);
        out
    };
    let envelope = written(&|out| message.envelope(out, Rendering::Ascii));
    let structure = written(&|out| message.body_structure(out, Rendering::Ascii));
    let body = written(&|out| message.body(out, Rendering::Ascii));
    let length = envelope.len() + structure.len() + body.len();
    if length > ANOTHERS_LENGTH || nesting(&value(&structure)) > ANOTHERS_DEPTH {
        return;
    }
    let line = [
        &b"* 1 FETCH (ENVELOPE "[..],
        &envelope,
        b" BODYSTRUCTURE ",
        &structure,
        b" BODY ",
        &body,
        b")\r\n",
    ]
    .concat();
    let read = imap_codec::ResponseCodec::default().decode(&line);
    let Ok((b"", Response::Data(Data::Fetch { items, .. }))) = &read else {
        panic!("{}: {read:?}", String::from_utf8_lossy(&line));
    };
    let [
        MessageDataItem::Envelope(theirs),
        MessageDataItem::BodyStructure(extended),
        MessageDataItem::Body(basic),
    ] = items.as_ref()
    else {
        panic!("{items:?}");
    };
    let addresses = [
        &theirs.from,
        &theirs.sender,
        &theirs.reply_to,
        &theirs.to,
        &theirs.cc,
        &theirs.bcc,
    ];
    let Value::List(ours) = value(&envelope) else {
        panic!("no list");
    };
    for (ours, theirs) in ours[2..8].iter().zip(addresses) {
        let count = match ours {
            Value::List(list) => list.len(),
            _ => 0,
        };
        assert_eq!(count, theirs.len());
    }
    assert_eq!(leaves(extended), leaves(basic));
}

/// How many parts that are no multipart.
fn leaves(structure: &BodyStructure<'_>) -> usize {
    match structure {
        BodyStructure::Single { .. } => 1,
        BodyStructure::Multi { bodies, .. } => bodies.as_ref().iter().map(leaves).sum(),
    }
}

/// Lists within lists.
fn nesting(of: &Value) -> usize {
    match of {
        Value::List(list) => 1 + list.iter().map(nesting).max().unwrap_or_default(),
        _ => 0,
    }
}

fn check_octets(out: &[u8], rendering: Rendering) {
    assert!(std::str::from_utf8(out).is_ok(), "not UTF-8");
    assert!(rendering == Rendering::Utf8 || out.is_ascii(), "not 7-bit");
}

fn check_summary(raw: &[u8], message: &Message<'_>) {
    let summary = message.summary();
    let octets = summary.encode();
    let again = postern_message::Summary::decode(&octets).expect("what was encoded decodes");
    assert_eq!(again, summary);
    for wanted in some_paths() {
        let located = message.section(&wanted);
        assert_eq!(again.section(&wanted), located, "{wanted:?}");
        check_located(&located, raw.len());
    }
    for part in [&[][..], &[1], &[2], &[1, 1], &[2, 1]] {
        if let Some(part) = again.binary(part) {
            check_range(&part.range, raw.len());
        }
    }
}

/// Every section of the first parts, three levels deep.
pub(crate) fn some_paths() -> Vec<SectionPath> {
    let mut parts: Vec<Vec<u32>> = vec![vec![]];
    for depth in 0..3 {
        let longer: Vec<Vec<u32>> = parts
            .iter()
            .filter(|part| part.len() == depth)
            .flat_map(|part| (0..4).map(move |number| [part.as_slice(), &[number]].concat()))
            .collect();
        parts.extend(longer);
    }
    let texts = [
        SectionText::Whole,
        SectionText::Header,
        SectionText::HeaderFields(vec![b"Subject".to_vec()]),
        SectionText::HeaderFieldsNot(vec![b"Subject".to_vec()]),
        SectionText::Text,
        SectionText::Mime,
    ];
    let all = parts
        .iter()
        .flat_map(|part| texts.iter().map(|text| path(part, text.clone())));
    all.collect()
}

fn check_located(located: &Located, len: usize) {
    match located {
        Located::None => {}
        Located::Range(range) | Located::Fields { header: range } => check_range(range, len),
    }
}

fn check_range(range: &std::ops::Range<u32>, len: usize) {
    assert!(
        range.start <= range.end && range.end as usize <= len,
        "{range:?} of {len}"
    );
}
