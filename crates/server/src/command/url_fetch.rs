//! URLFETCH: RFC 4467 section 7; with what of a part is wanted, RFC 5524.
//!
//! Each URL has a response of its own, so that no more than one message is held at a time. A URL
//! that opens nothing is `NIL`, whatever the reason.

use super::catenate::partial;
use super::fetch_content::{Content, cut};
use crate::live::{LiveAccount, heavy};
use crate::reply::{Failure, Outcome, Reply};
use crate::session::Session;
use crate::urlauth::Opened;
use bytes::Bytes;
use postern_imap::command::{UrlFetch, UrlParameters};
use postern_imap::fetch::{Partial, SectionText};
use postern_imap::response::{Code, UrlFetchResponse};
use postern_message::Rendering;

pub(super) async fn run(session: &mut Session, urls: &[UrlFetch]) -> Outcome {
    let limit = session.shared.settings.limits.output;
    for fetch in urls {
        let found = match session.open_url(&fetch.url).await? {
            Some(opened) => read(session, opened, fetch.parameters).await?,
            None => None,
        };
        write(&mut session.io.out, fetch, found);
        session.io.flush_over(limit).await?;
    }
    Ok(Reply::ok("URLs fetched"))
}

/// What is told of a URL; a field is `None` where it was not asked for.
#[derive(Default)]
struct Found {
    /// `None` within: there is none.
    structure: Option<Vec<u8>>,
    body: Option<Bytes>,
    /// `None` within: it cannot be decoded.
    binary: Option<Option<Bytes>>,
}

/// `None`: the message has no such part.
async fn read(
    session: &Session,
    opened: Opened,
    parameters: Option<UrlParameters>,
) -> Result<Option<Found>, Failure> {
    let rendering = match session.enabled.reads_utf8() {
        true => Rendering::Utf8,
        false => Rendering::Ascii,
    };
    let Opened { live, message, url } = opened;
    let partial = url.partial.map(partial);
    let mut content = Content::new(&live, message.stored.body, rendering);
    if content.section_size(&url.section, partial).await?.is_none() {
        return Ok(None);
    }
    let asked = parameters.filter(|asked| asked.body || asked.binary || asked.structure);
    let mut found = Found::default();
    if let Some(asked) = asked.filter(|asked| asked.structure) {
        let (body, part) = (&message.stored.body, &url.section.part);
        // It describes what is sent with it, so not an encoding that was removed.
        let decoded = asked.binary && !asked.body && url.section.text == SectionText::Whole;
        found.structure = structure(&live, body, part, (rendering, decoded)).await?;
    }
    if asked.is_none_or(|asked| asked.body) {
        found.body = content.section(&url.section, partial).await?;
    }
    if asked.is_some_and(|asked| asked.binary) {
        let whole = url.section.text == SectionText::Whole && !url.section.part.is_empty();
        found.binary = Some(match whole {
            true => decoded(&mut content, &url.section.part, partial).await?,
            // A header, or a message with all its parts, has no encoding of its own.
            false => content.section(&url.section, partial).await?,
        });
    }
    Ok(Some(found))
}

async fn structure(
    live: &LiveAccount,
    body: &postern_account::Body,
    part: &[u32],
    (rendering, decoded): (Rendering, bool),
) -> Result<Option<Vec<u8>>, Failure> {
    let octets = live.read_all(body).await?;
    Ok(heavy(octets.len(), || {
        let mut out = Vec::new();
        let message = postern_message::Message::parse(&octets);
        message
            .part_structure(part, &mut out, rendering, decoded)
            .then_some(out)
    }))
}

async fn decoded(
    content: &mut Content<'_>,
    part: &[u32],
    partial: Option<Partial>,
) -> Result<Option<Bytes>, Failure> {
    match content.decoded(part).await {
        Ok(octets) => Ok(octets.map(|octets| Bytes::copy_from_slice(cut(&octets, partial)))),
        Err(Failure::Reply(reply)) if reply.code == Some(Code::UnknownCte) => Ok(None),
        Err(failure) => Err(failure),
    }
}

fn write(out: &mut Vec<u8>, fetch: &UrlFetch, found: Option<Found>) {
    let mut response = UrlFetchResponse::begin(out, &fetch.url);
    let Some(found) = found else {
        return response.nil();
    };
    let Some(asked) = fetch
        .parameters
        .filter(|asked| asked.body || asked.binary || asked.structure)
    else {
        return response.data(&found.body.unwrap_or_default());
    };
    if asked.structure {
        response.structure(found.structure.as_deref());
    }
    if asked.body {
        response.body(&found.body.unwrap_or_default());
    }
    if let Some(binary) = found.binary {
        response.binary(binary.as_deref());
    }
    response.finish();
}
