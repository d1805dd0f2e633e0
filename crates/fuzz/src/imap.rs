//! What a client says.

use crate::write;
use bytes::Bytes;
use postern_imap::command::{Command, CommandBody};
use postern_imap::date::{Date, InternalDate};
use postern_imap::fetch::SectionText;
use postern_imap::framer::{Frame, Framer, Limits};
use postern_imap::imapurl::{AuthorizedUrl, MessageUrl};
use postern_imap::mailbox::{Encoding, MailboxArg, MailboxName, Pattern, encode};
use postern_imap::parse::parse;
use postern_imap::response;
use postern_imap::sequence::{Set, UidSet};

/// What is taken is written and read again, the same, and is one command for the framer too.
/// What is refused says why in text that can be sent.
pub(crate) fn commands(data: &[u8]) {
    match parse(&Bytes::copy_from_slice(data)) {
        Ok(command) => same_again(&command),
        Err(error) => {
            let text = error.to_string();
            assert!(text.len() < 300, "{text}");
            assert!(text.bytes().all(|b| (b' '..=b'~').contains(&b)), "{text:?}");
            assert!(error.position <= data.len(), "{}", error.position);
        }
    }
}

fn same_again(command: &Command) {
    let octets = Bytes::from(write::command(command));
    let again = parse(&octets);
    assert_eq!(again.as_ref(), Ok(command), "{octets:?}");
    let mut framer = Framer::new();
    framer.feed(&octets);
    framer.feed(b"\r\n");
    assert_eq!(framer.next(&NO_LIMITS), Some(Frame::Command(octets)));
    assert!(framer.is_between_commands());
}

const NO_LIMITS: Limits = Limits {
    line: usize::MAX,
    literal: usize::MAX,
    literals_total: usize::MAX,
    append_literal: usize::MAX,
    non_sync_max: usize::MAX,
    discard_max: usize::MAX,
    literals: usize::MAX,
};

fn body(text: &[u8]) -> Option<CommandBody> {
    let frame = Bytes::copy_from_slice(text);
    parse(&frame).ok().map(|command| command.body)
}

/// `sequence-set;sequence-set`: the algebra of sets.
pub(crate) fn sequence_sets(data: &[u8]) {
    let mut sets = data.splitn(2, |b| *b == b';').map(resolved);
    let a = sets.next().flatten().unwrap_or_default();
    let b = sets.next().flatten().unwrap_or_default();
    let (both, either, only) = (a.intersection(&b), a.union(&b), a.difference(&b));
    for set in [&a, &b, &both, &either, &only] {
        is_normal(set);
    }
    assert_eq!(a.len() + b.len(), both.len() + either.len());
    assert_eq!(only.len() + both.len(), a.len());
    let ends = a.ranges().iter().chain(b.ranges());
    for end in ends.flat_map(|(first, last)| [*first, *last]) {
        for n in [end.wrapping_sub(1), end, end.wrapping_add(1)] {
            let (in_a, in_b) = (a.contains(n), b.contains(n));
            assert_eq!(both.contains(n), in_a && in_b);
            assert_eq!(either.contains(n), in_a || in_b);
            assert_eq!(only.contains(n), in_a && !in_b);
            let below = a.intersection(&UidSet::range(1, n.saturating_sub(1)));
            assert_eq!(u64::from(a.count_below(n)), below.len());
        }
    }
}

/// The set and what is written of it are the same; so is the set built number by number.
fn resolved(text: &[u8]) -> Option<UidSet> {
    let Some(CommandBody::Expunge(Some(set))) = body(&[b"a UID EXPUNGE ", text].concat()) else {
        return None;
    };
    let resolved = set.resolve(1000)?;
    let Set::Ranges(ranges) = &set else {
        return None;
    };
    assert!(resolved.ranges().len() <= ranges.len());
    let mut slowly = UidSet::default();
    for range in ranges.iter().rev() {
        let one = Set::Ranges(vec![*range]).resolve(1000).unwrap_or_default();
        let ends = one.ranges().iter();
        ends.for_each(|(first, last)| slowly.insert_range(*first, *last));
    }
    assert_eq!(slowly, resolved);
    if !resolved.is_empty() {
        let written = format!("a UID EXPUNGE {resolved}");
        let again = match body(written.as_bytes()) {
            Some(CommandBody::Expunge(Some(set))) => set.resolve(1),
            _ => None,
        };
        assert_eq!(again.as_ref(), Some(&resolved), "{written}");
    }
    Some(resolved)
}

fn is_normal(set: &UidSet) {
    assert!(set.ranges().iter().all(|(first, last)| first <= last));
    let apart = |pair: &[(u32, u32)]| u64::from(pair[0].1) + 1 < u64::from(pair[1].0);
    assert!(set.ranges().windows(2).all(apart), "{set:?}");
    assert_eq!(set.is_empty(), set.first().is_none());
    assert!(!set.contains(0));
}

/// Names are read as they were written, in both encodings; modified UTF-7 has one spelling.
pub(crate) fn mailbox_names(data: &[u8]) {
    let arg = MailboxArg(Bytes::copy_from_slice(data));
    if let Ok(text) = arg.text(Encoding::ModifiedUtf7) {
        let encoded = encode(&text, Encoding::ModifiedUtf7);
        let printable = |octets: &[u8]| octets.iter().all(|b| (b' '..=b'~').contains(b));
        assert!(printable(&encoded));
        assert!(!printable(data) || encoded == data, "another spelling");
        let again = MailboxArg(encoded.into()).text(Encoding::ModifiedUtf7);
        assert_eq!(again, Ok(text));
    }
    for from in [Encoding::ModifiedUtf7, Encoding::Utf8] {
        if let Ok(name) = arg.decode(from) {
            a_name(&name);
            assert_eq!(arg.decode_for_create(from), Ok(name));
        }
    }
}

fn a_name(name: &MailboxName) {
    assert_eq!(MailboxName::new(name.as_str()).as_ref(), Ok(name));
    assert!(name.as_str().len() <= MailboxName::MAX_LEN);
    assert!(name.ancestors().count() < MailboxName::MAX_LEVELS);
    assert!(name.ancestors().all(|above| name.is_below(above)));
    for encoding in [Encoding::ModifiedUtf7, Encoding::Utf8] {
        let mut line = b"a DELETE ".to_vec();
        response::mailbox(&mut line, name.as_str(), encoding);
        let Some(CommandBody::Delete(again)) = body(&line) else {
            panic!("no name: {line:?}");
        };
        assert_eq!(again.decode(encoding).as_ref(), Ok(name), "{line:?}");
    }
}

/// `reference LF pattern LF name`: a match is what the definition says.
pub(crate) fn patterns(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(&data[..data.len().min(400)]) else {
        return;
    };
    let mut lines = text.splitn(3, '\n');
    let mut line = || lines.next().unwrap_or_default();
    let (reference, pattern, name) = (line(), line(), line());
    let whole = format!("{reference}{pattern}");
    let ready = Pattern::new(reference, pattern);
    assert_eq!(ready.is_empty(), pattern.is_empty());
    let expected = defined(whole.as_bytes(), name.as_bytes());
    assert_eq!(ready.matches(name), expected, "{whole:?} {name:?}");
}

/// RFC 9051 section 6.3.9, place by place.
fn defined(pattern: &[u8], name: &[u8]) -> bool {
    let inbox = name.get(..5).filter(|first| {
        let alone = name.len() == 5 || name[5] == b'/';
        alone && first.eq_ignore_ascii_case(b"INBOX")
    });
    let folded = inbox.map_or(0, <[u8]>::len);
    // Which beginnings of the name the pattern so far matches.
    let mut matched = vec![false; name.len() + 1];
    matched[0] = true;
    for p in pattern {
        let before = matched.clone();
        for end in 0..=name.len() {
            let last = end.checked_sub(1).map(|at| (at, name[at]));
            matched[end] = match (p, last) {
                (b'*' | b'%', None) => before[end],
                (b'*', Some((at, _))) => before[end] || matched[at],
                (b'%', Some((at, c))) => before[end] || (matched[at] && c != b'/'),
                (_, None) => false,
                (p, Some((at, c))) if at < folded => before[at] && p.eq_ignore_ascii_case(&c),
                (p, Some((at, c))) => before[at] && *p == c,
            };
        }
    }
    matched[name.len()]
}

/// A URL that is taken is written and read again, the same.
pub(crate) fn urls(data: &[u8]) {
    authorized_url(data);
    let Some(url) = MessageUrl::parse(data) else {
        return;
    };
    let written = written_url(&url);
    let again = MessageUrl::parse(written.as_bytes());
    assert_eq!(again, Some(url), "{written}");
}

/// What is authorized, and the token, are together all that was sent.
fn authorized_url(data: &[u8]) {
    let Ok(url) = AuthorizedUrl::parse(data) else {
        return;
    };
    let mut whole = url.rump.to_owned();
    if let Some((mechanism, token)) = url.token {
        whole.push_str(&format!(":{mechanism}:{token}"));
    }
    assert_eq!(whole.as_bytes(), data);
    assert!(!url.user.is_empty() && !url.host.is_empty(), "{url:?}");
    let message = written_url(&url.message);
    let again = MessageUrl::parse(message.as_bytes());
    assert_eq!(again, Some(url.message), "{message}");
}

fn written_url(url: &MessageUrl) -> String {
    let mut text = format!("/{}", percent(url.mailbox.as_str().as_bytes()));
    if let Some(validity) = url.uid_validity {
        text.push_str(&format!(";UIDVALIDITY={validity}"));
    }
    text.push_str(&format!("/;UID={}", url.uid));
    if !url.section.part.is_empty() || url.section.text != SectionText::Whole {
        let section = write::section_spec(&url.section);
        text.push_str(&format!("/;SECTION={}", percent(&section)));
    }
    if let Some(range) = url.partial {
        text.push_str(&format!("/;PARTIAL={}", range.origin));
        let count = range.count.map(|count| format!(".{count}"));
        text.push_str(&count.unwrap_or_default());
    }
    text
}

fn percent(octets: &[u8]) -> String {
    let each = octets.iter().map(|b| match b {
        b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' => char::from(*b).to_string(),
        b => format!("%{b:02x}"),
    });
    each.collect()
}

/// A date that is taken is written and read again, the same; any moment can be written.
pub(crate) fn dates(data: &[u8]) {
    if let Some(date) = Date::parse(data) {
        assert_eq!(Date::from_days(date.days()), date);
        assert_eq!(Date::new(date.year, date.month, date.day), Some(date));
    }
    if let Some(moment) = InternalDate::parse(data) {
        assert_eq!(InternalDate::parse(&written_date(moment)), Some(moment));
    }
    if let Some((octets, rest)) = data.split_first_chunk() {
        let zone = rest
            .first_chunk()
            .map_or(0, |zone| i16::from_le_bytes(*zone));
        let written = written_date(InternalDate {
            unix: i64::from_le_bytes(*octets),
            offset_minutes: zone,
        });
        assert!(InternalDate::parse(&written).is_some(), "{written:?}");
    }
}

fn written_date(moment: InternalDate) -> Vec<u8> {
    let mut written = Vec::new();
    response::date_time(&mut written, moment);
    let inside = written.strip_prefix(b"\"");
    let inside = inside.and_then(|text| text.strip_suffix(b"\""));
    inside.expect("a date in quotes").to_vec()
}
