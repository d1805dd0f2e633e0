//! UIDONLY (RFC 9586): no sequence number is taken or told.

use crate::session::Enabled;
use postern_imap::command::{CommandBody, Numbering};
use postern_imap::response::FetchResponse;
use postern_imap::search::SearchKey;

/// Whether the command names messages by their sequence numbers: sections 3.2, 3.5, 3.7
/// and 3.8.
pub(crate) fn uses_sequence_numbers(command: &CommandBody) -> bool {
    use CommandBody as C;
    match command {
        C::Search(search) => searches_by_number(search.numbering, &search.key),
        C::MultiSearch(multi) => has_sequence_set(&multi.search.key),
        C::Sort(sort) => searches_by_number(sort.numbering, &sort.key),
        C::Thread(thread) => searches_by_number(thread.numbering, &thread.key),
        C::Fetch { numbering, .. }
        | C::Store { numbering, .. }
        | C::Copy { numbering, .. }
        | C::Move { numbering, .. } => *numbering == Numbering::Sequence,
        C::Select(select) | C::Examine(select) => {
            let qresync = select.qresync.as_ref();
            qresync.is_some_and(|qresync| qresync.seq_match.is_some())
        }
        _ => false,
    }
}

fn searches_by_number(numbering: Numbering, key: &SearchKey) -> bool {
    numbering == Numbering::Sequence || has_sequence_set(key)
}

/// Whether a key names messages by their sequence numbers.
pub(crate) fn has_sequence_set(key: &SearchKey) -> bool {
    key.any(|key| matches!(key, SearchKey::Sequence(_)))
}

impl Enabled {
    /// Begins a FETCH response, or UIDFETCH.
    pub(crate) fn fetch(self, out: &mut Vec<u8>, seq: u32, uid: u32) -> FetchResponse<'_> {
        match self.uidonly {
            true => FetchResponse::begin_uid(out, uid),
            false => FetchResponse::begin(out, seq),
        }
    }

    /// Whether what is gone is told by VANISHED.
    pub(crate) fn vanished(self) -> bool {
        self.qresync || self.uidonly
    }
}
