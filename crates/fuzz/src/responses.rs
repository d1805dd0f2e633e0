//! What the server writes with text that came from outside: whole lines, whose strings are what
//! they were.

use bytes::Bytes;
use postern_imap::command::{StatusItem, Tag};
use postern_imap::fetch::{Section, SectionText};
use postern_imap::flag::{Flag, Keyword};
use postern_imap::mailbox::{Encoding, MailboxName};
use postern_imap::response::{
    self, Attribute, Code, Condition, FetchResponse, ListEntry, StatusValue,
};

/// The text, cut at LF, in every response that can carry some.
pub(crate) fn responses(data: &[u8]) {
    let mut pieces = data.splitn(3, |b| *b == b'\n');
    let mut next = || pieces.next().unwrap_or_default();
    let (first, second, third) = (next(), next(), next());
    statuses(first, second);
    strings(first);
    mailboxes(first, second);
    fetched(first, second, third);
    metadata(first, &[second, b"\0", third].concat());
}

fn statuses(text: &[u8], other: &[u8]) {
    let tag = Tag::new(Bytes::copy_from_slice(other));
    let shown = String::from_utf8_lossy(text);
    let keyword = Keyword::new(&shown).map(Flag::Keyword);
    let mut codes = vec![
        None,
        Some(Code::Alert),
        Some(Code::BadUrl(other.to_vec())),
        Some(Code::BadEvent),
        Some(Code::PermanentFlags {
            flags: keyword.into_iter().collect(),
            any_keyword: true,
        }),
    ];
    if let Some(tag) = tag.clone() {
        codes.push(Some(Code::NoUpdate(tag.clone())));
        codes.push(Some(Code::InProgress {
            tag,
            done: 1,
            goal: 2,
        }));
    }
    for code in &codes {
        let mut out = Vec::new();
        response::status(&mut out, tag.as_ref(), Condition::No, code.as_ref(), &shown);
        let line = out.strip_suffix(b"\r\n").expect("a line");
        assert!(line.iter().all(|b| (b' '..=b'~').contains(b)), "{line:?}");
        assert!(line.len() <= 4 * (text.len() + other.len()) + 300);
        if let Some(Code::NoUpdate(_) | Code::InProgress { .. }) = code {
            continue;
        }
        // The code ends at the first closing bracket, and text follows.
        let end = line.windows(2).position(|pair| pair == b"] ");
        assert!(
            code.is_none() || end.is_some_and(|end| end + 2 < line.len()),
            "{line:?}"
        );
    }
}

fn strings(text: &[u8]) {
    let clean: Vec<u8> = text.iter().copied().filter(|b| *b != 0).collect();
    for write in [response::astring, response::string] {
        let mut out = Vec::new();
        write(&mut out, text);
        assert_eq!(read_all(&out), std::slice::from_ref(&clean));
    }
}

fn mailboxes(first: &[u8], second: &[u8]) {
    let name = |octets| MailboxName::new(&String::from_utf8_lossy(octets)).ok();
    let (Some(name), Some(old)) = (name(first), name(second)) else {
        return;
    };
    for encoding in [Encoding::ModifiedUtf7, Encoding::Utf8] {
        let mut out = Vec::new();
        let entry = ListEntry {
            attributes: &[Attribute::HasChildren, Attribute::Sent],
            name: name.as_str(),
            subscribed_below: true,
            old_name: Some(old.as_str()),
        };
        response::list(&mut out, encoding, &entry);
        one_line(&out);
        out.clear();
        let items = [(StatusItem::MailboxId, StatusValue::ObjectId("F1".into()))];
        response::status_data(&mut out, encoding, name.as_str(), items);
        one_line(&out);
        assert!(encoding == Encoding::Utf8 || out.is_ascii());
    }
}

fn fetched(first: &[u8], second: &[u8], third: &[u8]) {
    let fields = vec![
        Bytes::copy_from_slice(first),
        Bytes::copy_from_slice(second),
    ];
    let section = Section {
        part: vec![1, 2],
        text: SectionText::HeaderFields(fields),
    };
    let without_nul: Vec<u8> = third.iter().copied().filter(|b| *b != 0).collect();
    let mut out = Vec::new();
    let mut fetch = FetchResponse::begin(&mut out, 1);
    fetch.body(&section, Some(7), Some(&without_nul));
    fetch.binary(&[3], None, Some(third));
    fetch.finish();
    let found = read_all(&out);
    assert!(found.contains(&without_nul) && found.contains(&third.to_vec()));
}

fn metadata(entry: &[u8], value: &[u8]) {
    let entry = String::from_utf8_lossy(entry).replace('\0', "");
    let mut out = Vec::new();
    let values = [(entry.as_str(), Some(value)), ("/private/b", None)];
    response::metadata(&mut out, Encoding::Utf8, "a", values);
    let found = read_all(&out);
    let wanted = [entry.into_bytes(), value.to_vec()];
    assert!(wanted.iter().all(|text| found.contains(text)), "{out:?}");
}

/// No line end but the last, so no literal either.
fn one_line(out: &[u8]) {
    let line = out.strip_suffix(b"\r\n").expect("a line");
    let ends = line.iter().any(|b| matches!(b, b'\r' | b'\n' | 0));
    assert!(!ends, "{line:?}");
    read_all(out);
}

/// The atoms and strings of a response. Panics where quotes are open, parentheses do not match,
/// or there is a line end outside a literal and before the end.
fn read_all(octets: &[u8]) -> Vec<Vec<u8>> {
    let (mut found, mut depth, mut at) = (Vec::new(), 0i32, 0);
    while at < octets.len() {
        let rest = &octets[at..];
        at += match rest[0] {
            b'(' => {
                depth += 1;
                1
            }
            b')' if depth > 0 => {
                depth -= 1;
                1
            }
            b' ' => 1,
            b'\r' => {
                assert_eq!(rest, b"\r\n", "a line end amid a response: {octets:?}");
                2
            }
            b'"' => quoted(rest, &mut found),
            b'~' if rest.get(1) == Some(&b'{') => 1,
            b'{' => literal(rest, &mut found),
            _ => {
                let stop = |b: &u8| b" ()\r\"".contains(b);
                let len = rest.iter().position(stop).unwrap_or(rest.len()).max(1);
                found.push(rest[..len].to_vec());
                len
            }
        };
    }
    assert_eq!(depth, 0, "a parenthesis is open: {octets:?}");
    found
}

fn quoted(rest: &[u8], found: &mut Vec<Vec<u8>>) -> usize {
    let (mut text, mut at) = (Vec::new(), 1);
    loop {
        match rest.get(at).expect("a quotation mark at the end") {
            b'"' => break,
            b'\\' => {
                at += 1;
                text.push(rest[at]);
            }
            b => {
                assert!(!matches!(b, b'\r' | b'\n' | 0), "{rest:?}");
                text.push(*b);
            }
        }
        at += 1;
    }
    found.push(text);
    at + 1
}

fn literal(rest: &[u8], found: &mut Vec<Vec<u8>>) -> usize {
    let end = rest.iter().position(|b| *b == b'}').expect("a size");
    let size = std::str::from_utf8(&rest[1..end]).ok();
    let size: usize = size.and_then(|size| size.parse().ok()).expect("a number");
    let start = end + 3;
    assert_eq!(rest.get(end + 1..start), Some(&b"\r\n"[..]));
    found.push(rest.get(start..start + size).expect("all of it").to_vec());
    start + size
}
