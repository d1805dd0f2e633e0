//! FETCH PREVIEW: RFC 8970. No more of a message is read than the beginning of a few parts, so
//! that there is never an undue delay, and LAZY gets what everyone gets.

use crate::live::LiveAccount;
use crate::reply::Failure;
use postern_account::Body;
use postern_imap::response;
use postern_message::limits::PREVIEW_OCTETS;
use postern_message::{Summary, preview};
use std::ops::Range;

/// Octets of a part's header that are looked at: more than the fields that matter need.
const HEADER_OCTETS: u32 = 64 * 1024;

/// The value of the item: an empty string where there is no text.
pub(super) async fn value(
    live: &LiveAccount,
    body: &Body,
    summary: &Summary,
) -> Result<Vec<u8>, Failure> {
    let mut text = String::new();
    for part in summary.text_parts() {
        let header = live.read(body, start(part.header, HEADER_OCTETS)).await?;
        let content = live.read(body, start(part.body, PREVIEW_OCTETS)).await?;
        text = preview(&header, part.encoding, &content);
        if !text.is_empty() {
            break;
        }
    }
    let mut value = Vec::new();
    response::string(&mut value, text.as_bytes());
    Ok(value)
}

fn start(range: Range<u32>, octets: u32) -> Range<u32> {
    range.start..range.end.min(range.start.saturating_add(octets))
}
