//! SEARCH and ESEARCH responses: RFC 3501 section 7.2.5, RFC 9051 section 7.3.4, RFC 7162,
//! RFC 5267 section 3, RFC 9394, RFC 7377.

use super::data::uid_set;
use super::text::{atom, mailbox, number, quoted};
use crate::command::Tag;
use crate::mailbox::Encoding;
use crate::search::PartialRange;
use crate::sequence::UidSet;

/// Appends `* SEARCH n … [(MODSEQ n)]` (RFC 3501).
pub fn search(out: &mut Vec<u8>, numbers: impl IntoIterator<Item = u32>, modseq: Option<u64>) {
    numbers_response(out, "* SEARCH", numbers, modseq);
}

pub(super) fn numbers_response(
    out: &mut Vec<u8>,
    name: &str,
    numbers: impl IntoIterator<Item = u32>,
    modseq: Option<u64>,
) {
    atom(out, name);
    for n in numbers {
        out.push(b' ');
        number(out, u64::from(n));
    }
    if let Some(modseq) = modseq {
        atom(out, " (MODSEQ ");
        number(out, modseq);
        out.push(b')');
    }
    atom(out, "\r\n");
}

/// What ESEARCH tells; what was not asked for is `None`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SearchResult<'a> {
    /// The smallest number; `None` also when there is none.
    pub min: Option<u32>,
    /// The largest number; `None` also when there is none.
    pub max: Option<u32>,
    /// All numbers; an empty set is not written (RFC 9051 section 7.3.4).
    pub all: Option<&'a UidSet>,
    /// All numbers in the order of an extended SORT (RFC 5267 section 3.1); as `all`.
    pub sorted: Option<&'a [u32]>,
    /// The results at the places of the range, in their order (RFC 9394 section 3.1); without
    /// any, `NIL` is written.
    pub partial: Option<(PartialRange, &'a [u32])>,
    /// How many there are.
    pub count: Option<u32>,
    /// The highest MODSEQ among what is told (RFC 7162 section 3.1.6).
    pub modseq: Option<u64>,
    /// A score from 1 to 100 for each number told, in their order (RFC 6203 section 4).
    pub relevancy: Option<&'a [u8]>,
}

/// Appends `* ESEARCH (TAG "…") [UID] …`; `tag` is that of the SEARCH answered, `uid` whether
/// the numbers are UIDs.
pub fn esearch(out: &mut Vec<u8>, tag: Option<&Tag>, uid: bool, result: &SearchResult<'_>) {
    atom(out, "* ESEARCH");
    if let Some(tag) = tag {
        atom(out, " (TAG ");
        quoted(out, tag.as_bytes());
        out.push(b')');
    }
    if uid {
        atom(out, " UID");
    }
    write_result(out, result);
}

/// Appends `* ESEARCH (TAG "…" MAILBOX … UIDVALIDITY …) UID …`: RFC 7377 section 2.1.
pub fn esearch_in(
    out: &mut Vec<u8>,
    tag: &Tag,
    (name, encoding): (&str, Encoding),
    uid_validity: u32,
    result: &SearchResult<'_>,
) {
    atom(out, "* ESEARCH (TAG ");
    quoted(out, tag.as_bytes());
    atom(out, " MAILBOX ");
    mailbox(out, name, encoding);
    atom(out, " UIDVALIDITY ");
    number(out, u64::from(uid_validity));
    atom(out, ") UID");
    write_result(out, result);
}

fn write_result(out: &mut Vec<u8>, result: &SearchResult<'_>) {
    item(out, " MIN ", result.min);
    item(out, " MAX ", result.max);
    if let Some(all) = result.all.filter(|all| !all.is_empty()) {
        atom(out, " ALL ");
        uid_set(out, all);
    }
    if let Some(sorted) = result.sorted.filter(|sorted| !sorted.is_empty()) {
        atom(out, " ALL ");
        in_order(out, sorted);
    }
    if let Some((range, numbers)) = result.partial {
        atom(out, " PARTIAL (");
        atom(out, &range.to_string());
        out.push(b' ');
        if numbers.is_empty() {
            atom(out, "NIL");
        }
        in_order(out, numbers);
        out.push(b')');
    }
    item(out, " COUNT ", result.count);
    item(out, " MODSEQ ", result.modseq);
    if let Some(scores) = result.relevancy {
        atom(out, " RELEVANCY (");
        for (i, score) in scores.iter().enumerate() {
            if i > 0 {
                out.push(b' ');
            }
            number(out, u64::from(*score));
        }
        out.push(b')');
    }
    atom(out, "\r\n");
}

/// What an update of a search's results is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Update {
    /// `ADDTO` (RFC 5267 section 4.3.3).
    AddTo,
    /// `REMOVEFROM` (RFC 5267 section 4.3.4).
    RemoveFrom,
}

/// Appends `* ESEARCH (TAG "…") [UID] ADDTO (0 …)`: results that come or go, in mailbox order.
pub fn esearch_update(out: &mut Vec<u8>, tag: &Tag, uid: bool, update: Update, numbers: &UidSet) {
    begin_update(out, tag, uid, update);
    atom(out, "0 ");
    uid_set(out, numbers);
    atom(out, ")\r\n");
}

/// The same of sorted results: runs, each with its `context-position`, in the order in which the
/// client is to take them in.
pub fn esearch_sorted_update<'a>(
    out: &mut Vec<u8>,
    tag: &Tag,
    uid: bool,
    update: Update,
    runs: impl IntoIterator<Item = (u32, &'a [u32])>,
) {
    begin_update(out, tag, uid, update);
    for (i, (position, numbers)) in runs.into_iter().enumerate() {
        if i > 0 {
            out.push(b' ');
        }
        number(out, u64::from(position));
        out.push(b' ');
        in_order(out, numbers);
    }
    atom(out, ")\r\n");
}

fn begin_update(out: &mut Vec<u8>, tag: &Tag, uid: bool, update: Update) {
    atom(out, "* ESEARCH (TAG ");
    quoted(out, tag.as_bytes());
    atom(out, if uid { ") UID " } else { ") " });
    atom(
        out,
        match update {
            Update::AddTo => "ADDTO (",
            Update::RemoveFrom => "REMOVEFROM (",
        },
    );
}

/// Numbers as a `sequence-set` that keeps their order: a range is a run of numbers, each one more
/// than the one before (RFC 5267 section 3.2).
fn in_order(out: &mut Vec<u8>, numbers: &[u32]) {
    let follows = |a: &u32, b: &u32| a.checked_add(1) == Some(*b);
    for (i, run) in numbers.chunk_by(follows).enumerate() {
        if i > 0 {
            out.push(b',');
        }
        if let [first, rest @ ..] = run {
            number(out, u64::from(*first));
            if let Some(last) = rest.last() {
                out.push(b':');
                number(out, u64::from(*last));
            }
        }
    }
}

fn item(out: &mut Vec<u8>, name: &str, value: Option<impl Into<u64>>) {
    if let Some(value) = value {
        atom(out, name);
        number(out, value.into());
    }
}
