//! CATENATE: RFC 4469. Puts a message together from octets of the client's and from messages of
//! the account, and parts of them, without setting `\Seen`.

use super::fetch_content::Content;
use crate::place::Place;
use crate::reply::{Failure, Reply};
use crate::session::Session;
use bytes::{Bytes, BytesMut};
use postern_account::Message;
use postern_account::acl::Rights;
use postern_imap::command::CatenatePart;
use postern_imap::fetch::Partial;
use postern_imap::imapurl::{MessageUrl, Range};
use postern_imap::response::Code;
use postern_message::Rendering;

/// How much one command may still put together, in octets.
pub(super) struct Budget {
    /// A message.
    message: usize,
    /// All messages of the command: what it could also have sent.
    command: usize,
}

impl Budget {
    pub(super) fn new(message: usize, command: usize) -> Self {
        Self { message, command }
    }

    /// Takes `size` octets for a message that has `so_far` already.
    fn take(&mut self, so_far: usize, size: usize) -> Result<(), Reply> {
        if so_far.saturating_add(size) > self.message {
            return Err(Reply::no(Code::TooBig, "The message is too large"));
        }
        let left = self.command.checked_sub(size);
        self.command = left.ok_or_else(|| {
            Reply::no(
                Code::Limit,
                "The messages of the command are too large together",
            )
        })?;
        Ok(())
    }
}

/// The octets of the parts, one after the other.
pub(super) async fn assemble(
    session: &Session,
    parts: Vec<CatenatePart>,
    budget: &mut Budget,
) -> Result<Bytes, Failure> {
    let mut message = BytesMut::new();
    for part in parts {
        match part {
            CatenatePart::Text(octets) => {
                budget.take(message.len(), octets.len())?;
                message.extend_from_slice(&octets);
            }
            CatenatePart::Url(url) => {
                let octets = read(session, &url, message.len(), budget).await?;
                message.extend_from_slice(&octets);
            }
        }
    }
    Ok(message.freeze())
}

/// What the URL names. What cannot be read because of the URL is BADURL, with the URL.
async fn read(
    session: &Session,
    url: &Bytes,
    so_far: usize,
    budget: &mut Budget,
) -> Result<Bytes, Failure> {
    let bad = || {
        Reply::no(
            Code::BadUrl(url.to_vec()),
            "The URL names nothing that is here",
        )
    };
    let parsed = MessageUrl::parse(url).ok_or_else(bad)?;
    let place = session.place_named(parsed.mailbox.clone()).await?;
    let message = find(&place, &parsed).ok_or_else(bad)?;
    let mut content = Content::new(&place.live, message.stored.body, Rendering::Ascii);
    let partial = parsed.partial.map(partial);
    let size = content.section_size(&parsed.section, partial).await?;
    budget.take(so_far, size.ok_or_else(bad)?)?;
    let octets = content.section(&parsed.section, partial).await?;
    Ok(octets.ok_or_else(bad)?)
}

fn find(place: &Place, url: &MessageUrl) -> Option<Message> {
    let mailbox = place.permitted_any(Rights::READ).ok()?;
    let validity = mailbox.uid_validity();
    let same = url.uid_validity.is_none_or(|asked| asked == validity);
    mailbox.by_uid(url.uid).filter(|_| same)
}

pub(super) fn partial(range: Range) -> Partial {
    Partial {
        origin: range.origin,
        count: range.count.unwrap_or(u64::MAX),
    }
}
