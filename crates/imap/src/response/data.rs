//! Untagged data that has no file of its own: RFC 9051 section 7.2 to 7.5, RFC 2971, RFC 5161,
//! RFC 7162.

use super::status::human_text;
use super::text::{atom, nstring, number, quoted, string};
use crate::base64;
use crate::sequence::UidSet;

/// Appends `* CAPABILITY …`.
pub fn capability<S: AsRef<str>>(out: &mut Vec<u8>, names: impl IntoIterator<Item = S>) {
    words(out, "* CAPABILITY", names);
}

/// Appends `* ENABLED …`, the names as in the capability list.
pub fn enabled<S: AsRef<str>>(out: &mut Vec<u8>, names: impl IntoIterator<Item = S>) {
    words(out, "* ENABLED", names);
}

fn words<S: AsRef<str>>(out: &mut Vec<u8>, name: &str, words: impl IntoIterator<Item = S>) {
    atom(out, name);
    for word in words {
        out.push(b' ');
        atom(out, word.as_ref());
    }
    end(out);
}

/// Appends `* FLAGS (…)`; see [`crate::flag::Flag::as_str`].
pub fn flags<'a>(out: &mut Vec<u8>, flags: impl IntoIterator<Item = &'a str>) {
    atom(out, "* FLAGS ");
    flag_list(out, flags);
    end(out);
}

pub(super) fn flag_list<'a>(out: &mut Vec<u8>, flags: impl IntoIterator<Item = &'a str>) {
    out.push(b'(');
    for (i, flag) in flags.into_iter().enumerate() {
        if i > 0 {
            out.push(b' ');
        }
        atom(out, flag);
    }
    out.push(b')');
}

/// Appends `* n EXISTS`.
pub fn exists(out: &mut Vec<u8>, count: u32) {
    numbered(out, count, " EXISTS\r\n");
}

/// Appends `* n RECENT` (RFC 3501).
pub fn recent(out: &mut Vec<u8>, count: u32) {
    numbered(out, count, " RECENT\r\n");
}

/// Appends `* n EXPUNGE`.
pub fn expunge(out: &mut Vec<u8>, sequence_number: u32) {
    numbered(out, sequence_number, " EXPUNGE\r\n");
}

fn numbered(out: &mut Vec<u8>, n: u32, rest: &str) {
    atom(out, "* ");
    number(out, u64::from(n));
    atom(out, rest);
}

/// Appends `* VANISHED [(EARLIER)] uids` (RFC 7162 section 3.2.10); nothing when there are
/// none.
pub fn vanished(out: &mut Vec<u8>, earlier: bool, uids: &UidSet) {
    if uids.is_empty() {
        return;
    }
    atom(
        out,
        if earlier {
            "* VANISHED (EARLIER) "
        } else {
            "* VANISHED "
        },
    );
    uid_set(out, uids);
    end(out);
}

/// Appends `1,3:5`.
pub(super) fn uid_set(out: &mut Vec<u8>, set: &UidSet) {
    for (i, (first, last)) in set.ranges().iter().enumerate() {
        if i > 0 {
            out.push(b',');
        }
        number(out, u64::from(*first));
        if first != last {
            out.push(b':');
            number(out, u64::from(*last));
        }
    }
}

/// A namespace, RFC 9051 section 6.3.10. The separator is [`crate::mailbox::SEPARATOR`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NamespaceEntry<'a> {
    /// What its mailboxes' names begin with, in ASCII: `""`, `"Other Users/"`.
    pub prefix: &'a str,
}

/// Appends `* NAMESPACE personal others shared`; `NIL` where there is none.
pub fn namespace(
    out: &mut Vec<u8>,
    personal: &[NamespaceEntry<'_>],
    others: &[NamespaceEntry<'_>],
    shared: &[NamespaceEntry<'_>],
) {
    atom(out, "* NAMESPACE");
    for class in [personal, others, shared] {
        if class.is_empty() {
            atom(out, " NIL");
            continue;
        }
        atom(out, " (");
        for entry in class {
            out.push(b'(');
            string(out, entry.prefix.as_bytes());
            atom(out, r#" "/")"#);
        }
        out.push(b')');
    }
    end(out);
}

/// Appends `* ID (…)` (RFC 2971), `* ID NIL` without fields.
pub fn id(out: &mut Vec<u8>, fields: &[(&str, Option<&str>)]) {
    if fields.is_empty() {
        return atom(out, "* ID NIL\r\n");
    }
    atom(out, "* ID ");
    for (i, (field, value)) in fields.iter().enumerate() {
        out.push(if i == 0 { b'(' } else { b' ' });
        quoted(out, field.as_bytes());
        out.push(b' ');
        nstring(out, value.map(str::as_bytes));
    }
    atom(out, ")\r\n");
}

/// Appends `+ text`, the continuation request.
pub fn continuation(out: &mut Vec<u8>, text: &str) {
    atom(out, "+ ");
    human_text(out, text, true);
    end(out);
}

/// Appends a SASL challenge: `+ ` and base64, which may be empty.
pub fn continuation_base64(out: &mut Vec<u8>, challenge: &[u8]) {
    atom(out, "+ ");
    base64::encode_into(out, challenge);
    end(out);
}

fn end(out: &mut Vec<u8>) {
    out.extend_from_slice(b"\r\n");
}
