//! Search keys that are asked again and again: RFC 5267 section 4.3.

use crate::view::View;
use postern_imap::command::Numbering;
use postern_imap::search::{SearchKey, UidBound};
use postern_imap::sequence::{Number, Set, UidSet};

/// The key with what is of the moment in it made lasting: sequence numbers and `$` become the
/// UIDs that they mean now. `None` when a sequence number is beyond the last message. A key's
/// depth is bounded by the parser.
pub fn freeze(key: &SearchKey, view: &View, saved: &UidSet) -> Option<SearchKey> {
    let freeze = |key: &SearchKey| freeze(key, view, saved);
    Some(match key {
        SearchKey::Sequence(set) => those(&view.resolve(set, Numbering::Sequence, saved)?),
        SearchKey::Uid(Set::Saved) => those(saved),
        SearchKey::UidAfter(UidBound::Saved) => those(&UidBound::Saved.after(saved)),
        SearchKey::UidBefore(UidBound::Saved) => those(&UidBound::Saved.before(saved)),
        SearchKey::Not(key) => SearchKey::Not(Box::new(freeze(key)?)),
        SearchKey::Fuzzy(key) => SearchKey::Fuzzy(Box::new(freeze(key)?)),
        SearchKey::Or(a, b) => SearchKey::Or(Box::new(freeze(a)?), Box::new(freeze(b)?)),
        SearchKey::And(keys) => SearchKey::And(keys.iter().map(freeze).collect::<Option<_>>()?),
        other => other.clone(),
    })
}

fn those(uids: &UidSet) -> SearchKey {
    if uids.is_empty() {
        return SearchKey::Not(Box::new(SearchKey::All));
    }
    let ranges = uids.ranges().iter();
    let ranges = ranges.map(|(a, b)| (Number::Value(*a), Number::Value(*b)));
    SearchKey::Uid(Set::Ranges(ranges.collect()))
}

/// Whether a message may come to match, or not to match any more, by time alone.
pub fn ages(key: &SearchKey) -> bool {
    key.any(|key| matches!(key, SearchKey::Older(_) | SearchKey::Younger(_)))
}
