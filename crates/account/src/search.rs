//! SEARCH: which messages a key holds for. RFC 9051 section 6.4.4.
//!
//! A key is compiled once against a view. A message is then judged with as little of it as
//! decides: first what the mailbox knows, then its header, then all of it.

mod like;

use crate::chunk::Message;
use crate::flags::Flags;
use crate::object_id::{self, Digest};
use crate::view::View;
use like::Like;
use postern_imap::command::Numbering;
use postern_imap::date::{Date, InternalDate};
use postern_imap::flag::Flag;
use postern_imap::search::SearchKey;
use postern_imap::sequence::UidSet;
use postern_message::{Collation, FuzzyPattern, Pattern};
use std::borrow::Cow;

/// Why a key cannot be evaluated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SearchError {
    /// The command's charset is not known: NO with BADCHARSET.
    BadCharset,
    /// A string is not in the charset that the command names.
    BadString,
    /// A sequence number beyond the last message.
    BadSequence,
}

/// A compiled key.
#[derive(Debug)]
pub struct Program(Node);

#[derive(Debug)]
enum Node {
    Constant(bool),
    Has(Flags),
    HasNot(Flags),
    Recent(bool),
    New,
    Internal(DateTest),
    /// The internal date in seconds is this at most.
    Until(i64),
    /// The internal date in seconds is this at least.
    From(i64),
    Sent(DateTest),
    Saved(DateTest),
    EmailId(Digest),
    ThreadId(Digest),
    Header(Vec<u8>, Pattern),
    Body(Pattern),
    Text(Pattern),
    Larger(u64),
    Smaller(u64),
    Uid(UidSet),
    Modseq(u64),
    /// The string, or words like its own.
    Fuzzy(Box<Node>, Like),
    Not(Box<Node>),
    Or(Box<Node>, Box<Node>),
    And(Vec<Node>),
}

#[derive(Debug, Clone, Copy)]
enum DateTest {
    Before(Date),
    On(Date),
    Since(Date),
}

impl DateTest {
    fn holds(self, date: Date) -> bool {
        match self {
            Self::Before(day) => date < day,
            Self::On(day) => date == day,
            Self::Since(day) => date >= day,
        }
    }
}

/// What of a message's octets is at hand.
#[derive(Clone, Copy)]
pub enum Known<'a> {
    /// Nothing.
    Nothing,
    /// Its header.
    Header(&'a postern_message::Message<'a>),
    /// All of it.
    Whole(&'a postern_message::Message<'a>),
}

impl<'a> Known<'a> {
    fn header(self) -> Option<&'a postern_message::Message<'a>> {
        match self {
            Self::Nothing => None,
            Self::Header(message) | Self::Whole(message) => Some(message),
        }
    }

    fn whole(self) -> Option<&'a postern_message::Message<'a>> {
        match self {
            Self::Nothing | Self::Header(_) => None,
            Self::Whole(message) => Some(message),
        }
    }
}

/// What a command's strings and sets are read against.
#[derive(Clone, Copy)]
pub struct Context<'a> {
    /// The session's view.
    pub view: &'a View,
    /// The saved result of SEARCH, `$`.
    pub saved: &'a UidSet,
    /// The command's charset; `None`: UTF-8, of which US-ASCII is a part.
    pub charset: Option<&'a str>,
    /// How strings are compared; FUZZY has its own way.
    pub collation: Collation,
    /// Sequence numbers beyond the last message are passed over, and are no error.
    pub lenient: bool,
    /// What time it is, in seconds since 1970-01-01T00:00:00Z (RFC 5032).
    pub now: i64,
}

impl Program {
    /// Compiles a key. Its depth is bounded by the parser.
    pub fn compile(key: &SearchKey, context: Context<'_>) -> Result<Self, SearchError> {
        // Also without a string to decode: RFC 9051 section 6.4.4.
        let known = |charset| postern_message::decode_charset(charset, b"").is_some();
        if !context.charset.is_none_or(known) {
            return Err(SearchError::BadCharset);
        }
        compile(key, context, false).map(Self)
    }

    /// Whether the key holds; `None` when more of the message must be known to say.
    pub fn holds(&self, message: &Message, recent: bool, known: Known<'_>) -> Option<bool> {
        self.0.holds(message, recent, known)
    }

    /// How well a message for which the key holds matches it, from 1 to 100 (RFC 6203 section
    /// 4). As much of it must be known as [`Program::needs_body`] says.
    pub fn relevancy(&self, message: &Message, recent: bool, known: Known<'_>) -> u8 {
        let scored = self.0.relevancy(message, recent, known);
        scored.unwrap_or(100).clamp(1, 100)
    }

    /// Whether the key looks at more than the header.
    pub fn needs_body(&self) -> bool {
        self.0.cost() > 1
    }

    /// Where the key looks: it holds for no message whose UID is not among these. `None` where
    /// it names no messages.
    pub fn scope(&self) -> Option<UidSet> {
        self.0.scope()
    }

    /// Whether the key asks for MODSEQ: then the answer tells the highest (RFC 7162 3.1.5).
    pub fn asks_modseq(&self) -> bool {
        self.0.asks_modseq()
    }
}

fn compile(key: &SearchKey, context: Context<'_>, fuzzy: bool) -> Result<Node, SearchError> {
    let bits = |flag: &Flag| {
        context
            .view
            .mailbox()
            .keywords()
            .bits(std::slice::from_ref(flag))
    };
    let decoded = |text| decoded(text, context.charset);
    let pattern = |text| decoded(text).map(|text| Pattern::collated(&text, context.collation));
    let words = |text| {
        let text = decoded(text).ok().filter(|_| fuzzy);
        text.and_then(|text| FuzzyPattern::new(&text))
    };
    let like = |exact: Node, like: Option<Like>| match like {
        Some(like) => Node::Fuzzy(Box::new(exact), like),
        None => exact,
    };
    let set = |set, numbering| {
        let uids = context.view.resolve(set, numbering, context.saved);
        uids.map(Node::Uid).ok_or(SearchError::BadSequence)
    };
    let ago = |seconds: u32| context.now.saturating_sub(i64::from(seconds));
    Ok(match key {
        SearchKey::All => Node::Constant(true),
        SearchKey::Flagged(flag) => match bits(flag) {
            // A keyword that the mailbox has never had.
            none if none == Flags::default() => Node::Constant(false),
            bits => Node::Has(bits),
        },
        SearchKey::Unflagged(flag) => match bits(flag) {
            none if none == Flags::default() => Node::Constant(true),
            bits => Node::HasNot(bits),
        },
        SearchKey::Recent => Node::Recent(true),
        SearchKey::New => Node::New,
        SearchKey::Old => Node::Recent(false),
        SearchKey::Before(day) => Node::Internal(DateTest::Before(*day)),
        SearchKey::On(day) => Node::Internal(DateTest::On(*day)),
        SearchKey::Since(day) => Node::Internal(DateTest::Since(*day)),
        SearchKey::SentBefore(day) => Node::Sent(DateTest::Before(*day)),
        SearchKey::SentOn(day) => Node::Sent(DateTest::On(*day)),
        SearchKey::SentSince(day) => Node::Sent(DateTest::Since(*day)),
        SearchKey::SavedBefore(day) => Node::Saved(DateTest::Before(*day)),
        SearchKey::SavedOn(day) => Node::Saved(DateTest::On(*day)),
        SearchKey::SavedSince(day) => Node::Saved(DateTest::Since(*day)),
        SearchKey::SaveDateSupported => Node::Constant(true),
        SearchKey::EmailId(id) => {
            object_id::parse_email_id(id).map_or(Node::Constant(false), Node::EmailId)
        }
        SearchKey::ThreadId(id) => {
            object_id::parse_thread_id(id).map_or(Node::Constant(false), Node::ThreadId)
        }
        SearchKey::Header(name, text) => {
            let exact = Node::Header(name.to_vec(), pattern(text)?);
            like(
                exact,
                words(text).map(|words| Like::Header(name.to_vec(), words)),
            )
        }
        SearchKey::Body(text) => like(Node::Body(pattern(text)?), words(text).map(Like::Body)),
        SearchKey::Text(text) => like(Node::Text(pattern(text)?), words(text).map(Like::Text)),
        SearchKey::Larger(size) => Node::Larger(*size),
        SearchKey::Smaller(size) => Node::Smaller(*size),
        SearchKey::Older(seconds) => Node::Until(ago(*seconds)),
        SearchKey::Younger(seconds) => Node::From(ago(*seconds)),
        // Clients search `1:*` without asking whether there is anything.
        SearchKey::Sequence(_) if context.view.exists() == 0 => Node::Constant(false),
        SearchKey::Sequence(numbers) if context.lenient => {
            Node::Uid(context.view.resolve_within(numbers, context.saved))
        }
        SearchKey::Sequence(numbers) => set(numbers, Numbering::Sequence)?,
        SearchKey::Uid(numbers) => set(numbers, Numbering::Uid)?,
        SearchKey::UidAfter(bound) => Node::Uid(bound.after(context.saved)),
        SearchKey::UidBefore(bound) => Node::Uid(bound.before(context.saved)),
        SearchKey::Modseq(modseq) => Node::Modseq(*modseq),
        // The server puts in what they name: what is left names nothing.
        SearchKey::Filter(_) => Node::Constant(false),
        SearchKey::Fuzzy(key) => compile(key, context, true)?,
        SearchKey::Not(key) => Node::Not(Box::new(compile(key, context, fuzzy)?)),
        SearchKey::Or(a, b) => Node::Or(
            Box::new(compile(a, context, fuzzy)?),
            Box::new(compile(b, context, fuzzy)?),
        ),
        SearchKey::And(keys) => {
            let nodes = keys.iter().map(|key| compile(key, context, fuzzy));
            let mut nodes = nodes.collect::<Result<Vec<_>, _>>()?;
            nodes.sort_by_key(Node::cost);
            Node::And(nodes)
        }
    })
}

fn decoded<'a>(text: &'a [u8], charset: Option<&str>) -> Result<Cow<'a, str>, SearchError> {
    match charset {
        Some(charset) => {
            let text = postern_message::decode_charset(charset, text);
            text.map(Cow::Owned).ok_or(SearchError::BadCharset)
        }
        None => {
            let text = std::str::from_utf8(text).map_err(|_| SearchError::BadString)?;
            Ok(Cow::Borrowed(text))
        }
    }
}

impl Node {
    fn holds(&self, message: &Message, recent: bool, known: Known<'_>) -> Option<bool> {
        let flags = message.marks.flags;
        let size = u64::from(message.stored.body.len);
        Some(match self {
            Self::Constant(holds) => *holds,
            Self::Has(wanted) => flags.contains(*wanted),
            Self::HasNot(unwanted) => !flags.contains(*unwanted),
            Self::Recent(wanted) => recent == *wanted,
            Self::New => recent && !flags.contains(Flags::SEEN),
            Self::Internal(test) => test.holds(message.stored.date.date()),
            Self::Until(time) => message.stored.date.unix <= *time,
            Self::From(time) => message.stored.date.unix >= *time,
            Self::Sent(test) => sent(*test, known.header()?),
            Self::Saved(test) => test.holds(message.stored.save_date().date()),
            Self::EmailId(id) => object_id::email_digest(&message.stored) == *id,
            Self::ThreadId(id) => {
                object_id::thread_digest(&message.stored.body, known.header()?) == *id
            }
            Self::Header(name, pattern) => known.header()?.header_contains(name, pattern),
            Self::Body(pattern) => known.whole()?.body_contains(pattern),
            Self::Text(pattern) => known.whole()?.text_contains(pattern),
            Self::Larger(limit) => size > *limit,
            Self::Smaller(limit) => size < *limit,
            Self::Uid(uids) => uids.contains(message.stored.uid),
            Self::Modseq(limit) => message.marks.modseq >= *limit,
            Self::Fuzzy(exact, like) => {
                return either(exact.holds(message, recent, known), like.holds(known));
            }
            Self::Not(node) => !node.holds(message, recent, known)?,
            Self::Or(a, b) => {
                let (a, b) = (
                    a.holds(message, recent, known),
                    b.holds(message, recent, known),
                );
                return either(a, b);
            }
            Self::And(nodes) => return all(nodes, message, recent, known),
        })
    }

    /// How much of a message the node needs, so that the cheap tests come first.
    fn cost(&self) -> u8 {
        match self {
            Self::Sent(_) | Self::Header(..) | Self::ThreadId(_) => 1,
            Self::Body(_) | Self::Text(_) => 2,
            Self::Fuzzy(_, like) => 1 + u8::from(like.needs_body()),
            Self::Not(node) => node.cost(),
            Self::Or(a, b) => a.cost().max(b.cost()),
            Self::And(nodes) => nodes.iter().map(Self::cost).max().unwrap_or(0),
            _ => 0,
        }
    }

    /// Of what is fuzzy in a node that holds: of several that must hold the mean, of two of which
    /// one must hold the better.
    fn relevancy(&self, message: &Message, recent: bool, known: Known<'_>) -> Option<u8> {
        match self {
            Self::Fuzzy(_, like) => Some(like.relevancy(known)),
            Self::Or(a, b) => {
                let of = |node: &Self| {
                    let holds = node.holds(message, recent, known) == Some(true);
                    let scored = holds.then(|| node.relevancy(message, recent, known));
                    scored.flatten()
                };
                of(a).max(of(b))
            }
            Self::And(nodes) => {
                let nodes = nodes.iter();
                let scores = nodes.filter_map(|node| node.relevancy(message, recent, known));
                let scores: Vec<u8> = scores.collect();
                let sum: usize = scores.iter().map(|score| usize::from(*score)).sum();
                u8::try_from(sum.checked_div(scores.len())?).ok()
            }
            _ => None,
        }
    }

    fn scope(&self) -> Option<UidSet> {
        match self {
            Self::Uid(uids) => Some(uids.clone()),
            Self::Constant(false) => Some(UidSet::default()),
            Self::Or(a, b) => Some(a.scope()?.union(&b.scope()?)),
            Self::And(nodes) => {
                let scopes = nodes.iter().filter_map(Self::scope);
                scopes.reduce(|a, b| a.intersection(&b))
            }
            _ => None,
        }
    }

    fn asks_modseq(&self) -> bool {
        match self {
            Self::Modseq(_) => true,
            Self::Not(node) => node.asks_modseq(),
            Self::Or(a, b) => a.asks_modseq() || b.asks_modseq(),
            Self::And(nodes) => nodes.iter().any(Self::asks_modseq),
            _ => false,
        }
    }
}

fn either(a: Option<bool>, b: Option<bool>) -> Option<bool> {
    match (a, b) {
        (Some(true), _) | (_, Some(true)) => Some(true),
        (Some(false), Some(false)) => Some(false),
        _ => None,
    }
}

fn all(nodes: &[Node], message: &Message, recent: bool, known: Known<'_>) -> Option<bool> {
    let mut holds = Some(true);
    for node in nodes {
        match node.holds(message, recent, known) {
            Some(true) => {}
            Some(false) => return Some(false),
            None => holds = None,
        }
    }
    holds
}

/// RFC 9051 section 6.4.4 disregards time and zone. A message without a date is in no range.
fn sent(test: DateTest, header: &postern_message::Message<'_>) -> bool {
    header.sent_date().is_some_and(|(unix, offset_minutes)| {
        let date = InternalDate {
            unix,
            offset_minutes,
        };
        test.holds(date.date())
    })
}
