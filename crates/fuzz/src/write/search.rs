//! SEARCH, SORT and THREAD.

use super::{Out, chosen, set, uid};
use postern_imap::date::Date;
use postern_imap::flag::Flag;
use postern_imap::multisearch::{MultiSearch, Source};
use postern_imap::search::{SearchCommand, SearchKey, SearchReturn, UidBound};
use postern_imap::sort::{SortCommand, SortCriterion, SortKey};
use postern_imap::thread::{ThreadAlgorithm, ThreadCommand};

pub(super) fn search(out: &mut Out, command: &SearchCommand) {
    uid(out, command.numbering);
    out.text("SEARCH ");
    asked(out, command);
}

pub(super) fn multi_search(out: &mut Out, command: &MultiSearch) {
    out.text("ESEARCH ");
    if let Some(sources) = &command.sources {
        out.text("IN ");
        out.list(sources, source);
        out.text(" ");
    }
    asked(out, &command.search);
}

fn source(out: &mut Out, source: &Source) {
    let (name, mailboxes) = match source {
        Source::Selected => ("selected", None),
        Source::Inboxes => ("inboxes", None),
        Source::Personal => ("personal", None),
        Source::Subscribed => ("subscribed", None),
        Source::Subtree(mailboxes) => ("subtree ", Some(mailboxes)),
        Source::SubtreeOne(mailboxes) => ("subtree-one ", Some(mailboxes)),
        Source::Mailboxes(mailboxes) => ("mailboxes ", Some(mailboxes)),
    };
    out.text(name);
    if let Some(mailboxes) = mailboxes {
        out.list(mailboxes, Out::mailbox);
    }
}

fn asked(out: &mut Out, command: &SearchCommand) {
    returned(out, command.ret.as_ref());
    if let Some(charset) = &command.charset {
        out.text("CHARSET ");
        out.string(charset.as_bytes());
        out.text(" ");
    }
    program(out, &command.key);
}

pub(super) fn sort(out: &mut Out, command: &SortCommand) {
    uid(out, command.numbering);
    out.text("SORT ");
    returned(out, command.ret.as_ref());
    out.list(&command.criteria, criterion);
    out.text(" ");
    out.string(command.charset.as_bytes());
    out.text(" ");
    program(out, &command.key);
}

pub(super) fn thread(out: &mut Out, command: &ThreadCommand) {
    uid(out, command.numbering);
    out.text(match command.algorithm {
        ThreadAlgorithm::OrderedSubject => "THREAD ORDEREDSUBJECT ",
        ThreadAlgorithm::References => "THREAD REFERENCES ",
        ThreadAlgorithm::Refs => "THREAD REFS ",
    });
    out.string(command.charset.as_bytes());
    out.text(" ");
    program(out, &command.key);
}

fn returned(out: &mut Out, ret: Option<&SearchReturn>) {
    let Some(ret) = ret else {
        return;
    };
    let partial = ret.partial.map(|range| format!("PARTIAL {range}"));
    let mut words = chosen(&[
        ("MIN", ret.min),
        ("MAX", ret.max),
        ("ALL", ret.all),
        ("COUNT", ret.count),
        ("SAVE", ret.save),
        ("CONTEXT", ret.context),
        ("UPDATE", ret.update),
        ("RELEVANCY", ret.relevancy),
    ]);
    words.extend(partial.as_deref());
    out.text("RETURN ");
    out.words(words);
    out.text(" ");
}

fn criterion(out: &mut Out, criterion: &SortCriterion) {
    if criterion.reverse {
        out.text("REVERSE ");
    }
    out.text(match criterion.key {
        SortKey::Arrival => "ARRIVAL",
        SortKey::Cc => "CC",
        SortKey::Date => "DATE",
        SortKey::DisplayFrom => "DISPLAYFROM",
        SortKey::DisplayTo => "DISPLAYTO",
        SortKey::From => "FROM",
        SortKey::Relevancy => "RELEVANCY",
        SortKey::Size => "SIZE",
        SortKey::Subject => "SUBJECT",
        SortKey::To => "TO",
    });
}

/// Keys that must all hold stand side by side.
fn program(out: &mut Out, key: &SearchKey) {
    let SearchKey::And(keys) = key else {
        return one(out, key);
    };
    for (i, key) in keys.iter().enumerate() {
        out.text(if i > 0 { " " } else { "" });
        one(out, key);
    }
}

/// The parser bounds how deep keys are.
fn one(out: &mut Out, key: &SearchKey) {
    match key {
        SearchKey::And(_) => {
            out.text("(");
            program(out, key);
            out.text(")");
        }
        SearchKey::Not(key) => {
            out.text("NOT ");
            one(out, key);
        }
        SearchKey::Fuzzy(key) => {
            out.text("FUZZY ");
            one(out, key);
        }
        SearchKey::Or(first, second) => {
            out.text("OR ");
            one(out, first);
            out.text(" ");
            one(out, second);
        }
        SearchKey::Flagged(flag) => flagged(out, flag, ""),
        SearchKey::Unflagged(flag) => flagged(out, flag, "UN"),
        SearchKey::Sequence(it) => set(out, it),
        SearchKey::Uid(it) => {
            out.text("UID ");
            set(out, it);
        }
        SearchKey::Header(field, text) => {
            out.text("HEADER ");
            out.string(field);
            out.text(" ");
            out.string(text);
        }
        SearchKey::Body(text) => named(out, "BODY ", text),
        SearchKey::Text(text) => named(out, "TEXT ", text),
        leaf => out.text(&simple(leaf)),
    }
}

fn named(out: &mut Out, name: &str, text: &[u8]) {
    out.text(name);
    out.string(text);
}

fn flagged(out: &mut Out, flag: &Flag, un: &str) {
    out.text(un);
    match flag {
        Flag::Answered => out.text("ANSWERED"),
        Flag::Flagged => out.text("FLAGGED"),
        Flag::Deleted => out.text("DELETED"),
        Flag::Seen => out.text("SEEN"),
        Flag::Draft => out.text("DRAFT"),
        Flag::Keyword(keyword) => out.text(&format!("KEYWORD {}", keyword.as_str())),
    }
}

fn uid_bound(bound: UidBound) -> String {
    match bound {
        UidBound::Uid(uid) => uid.to_string(),
        UidBound::Saved => "$".to_owned(),
    }
}

/// Keys of a word and a number, a date or an identifier.
fn simple(key: &SearchKey) -> String {
    let dated = |name: &str, date: &Date| {
        let Date { day, year, .. } = date;
        format!("{name} {day}-{}-{year:04}", date.month_name())
    };
    match key {
        SearchKey::Recent => "RECENT".to_owned(),
        SearchKey::New => "NEW".to_owned(),
        SearchKey::Old => "OLD".to_owned(),
        SearchKey::SaveDateSupported => "SAVEDATESUPPORTED".to_owned(),
        SearchKey::Before(date) => dated("BEFORE", date),
        SearchKey::On(date) => dated("ON", date),
        SearchKey::Since(date) => dated("SINCE", date),
        SearchKey::SentBefore(date) => dated("SENTBEFORE", date),
        SearchKey::SentOn(date) => dated("SENTON", date),
        SearchKey::SentSince(date) => dated("SENTSINCE", date),
        SearchKey::SavedBefore(date) => dated("SAVEDBEFORE", date),
        SearchKey::SavedOn(date) => dated("SAVEDON", date),
        SearchKey::SavedSince(date) => dated("SAVEDSINCE", date),
        SearchKey::Larger(octets) => format!("LARGER {octets}"),
        SearchKey::Smaller(octets) => format!("SMALLER {octets}"),
        SearchKey::Older(seconds) => format!("OLDER {seconds}"),
        SearchKey::Younger(seconds) => format!("YOUNGER {seconds}"),
        SearchKey::UidAfter(bound) => format!("UIDAFTER {}", uid_bound(*bound)),
        SearchKey::UidBefore(bound) => format!("UIDBEFORE {}", uid_bound(*bound)),
        SearchKey::Modseq(modseq) => format!("MODSEQ {modseq}"),
        SearchKey::EmailId(id) => format!("EMAILID {}", String::from_utf8_lossy(id)),
        SearchKey::ThreadId(id) => format!("THREADID {}", String::from_utf8_lossy(id)),
        SearchKey::Filter(name) => format!("FILTER {}", String::from_utf8_lossy(name)),
        SearchKey::All => "ALL".to_owned(),
        other => panic!("a search key that is not written here: {other:?}"),
    }
}
