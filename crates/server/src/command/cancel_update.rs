//! CANCELUPDATE: RFC 5267 section 4.3.5.

use crate::reply::{Outcome, Reply};
use crate::session::Session;
use bytes::Bytes;
use postern_imap::response::Code;

pub(super) fn run(session: &mut Session, tags: &[Bytes]) -> Outcome {
    let selected = session.selected()?;
    let named = |tag: &[u8]| tags.iter().any(|named| named == tag);
    let known = |tag: &Bytes| {
        let mut updating = selected.updating.iter();
        updating.any(|search| search.tag.as_bytes() == tag)
    };
    let all_known = tags.iter().all(known);
    selected
        .updating
        .retain(|search| !named(search.tag.as_bytes()));
    Ok(match all_known {
        true => Reply::ok("No further updates"),
        false => Reply::no(
            Code::Nonexistent,
            "Some of the tags are of no updating search",
        ),
    })
}
