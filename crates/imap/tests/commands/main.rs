//! Commands on the wire and what they mean, worked out from the grammar of RFC 9051 section 9.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]

mod append;
mod connection;
mod mailbox;
mod message;
mod object;
mod search;
mod session;
mod sort;

use bytes::Bytes;
use postern_imap::command::{
    Append, AppendData, AppendMessage, CatenatePart, CommandBody, Create, List, ListReturn,
    ListSelect, Numbering, Qresync, Secret, Select, StatusItem, StoreAction,
};
use postern_imap::date::{Date, InternalDate};
use postern_imap::fetch::{FetchItem, FetchModifiers, Partial, Section, SectionText};
use postern_imap::flag::{Flag, Keyword};
use postern_imap::mailbox::MailboxArg;
use postern_imap::parse::{ErrorKind, ParseError, parse};
use postern_imap::search::{SearchCommand, SearchKey, SearchReturn};
use postern_imap::sequence::{Number, Set, UidSet};

fn body(wire: &str) -> CommandBody {
    let parsed = parse(&Bytes::copy_from_slice(format!("t1 {wire}").as_bytes()));
    let command = parsed.unwrap_or_else(|e| panic!("{wire:?}: {e}"));
    assert_eq!(command.tag.as_bytes(), b"t1");
    command.body
}

fn check(wire: &str, expected: CommandBody) {
    assert_eq!(body(wire), expected, "{wire:?}");
}

fn error(wire: &str) -> ParseError {
    let parsed = parse(&Bytes::copy_from_slice(format!("t1 {wire}").as_bytes()));
    parsed.expect_err(wire)
}

fn refuse(wires: &[&str]) {
    for wire in wires {
        let error = error(wire);
        assert_eq!(error.kind, ErrorKind::Syntax, "{wire:?}: {error}");
        assert_eq!(error.tag.unwrap().as_bytes(), b"t1");
    }
}

fn unsupported(wires: &[&str]) {
    for wire in wires {
        let error = error(wire);
        assert_eq!(error.kind, ErrorKind::Unsupported, "{wire:?}: {error}");
    }
}

fn arg(name: &str) -> MailboxArg {
    MailboxArg(Bytes::copy_from_slice(name.as_bytes()))
}

fn bytes(text: &'static str) -> Bytes {
    Bytes::from_static(text.as_bytes())
}

fn numbers(ranges: &[(u32, u32)]) -> Set {
    let number = |n: u32| {
        if n == 0 {
            Number::Star
        } else {
            Number::Value(n)
        }
    };
    Set::Ranges(
        ranges
            .iter()
            .map(|(a, b)| (number(*a), number(*b)))
            .collect(),
    )
}

fn uids(ranges: &[(u32, u32)]) -> UidSet {
    UidSet::from_ranges(ranges.iter().copied())
}

fn keyword(text: &str) -> Flag {
    Flag::Keyword(Keyword::new(text).unwrap())
}
