//! What FETCH gives of a message's octets: ENVELOPE, structures, sections, BINARY (RFC 3516), THREADID (RFC 8474),
//! PREVIEW (RFC 8970).
//! The summary that was made at delivery and the octets are read at most once each, and only
//! when an item needs them.

use super::fetch_preview;
use crate::live::{LiveAccount, heavy};
use crate::reply::{Failure, Reply};
use bytes::Bytes;
use postern_account::Body;
use postern_account::object_id::thread_id;
use postern_imap::fetch::{self, FetchItem, Partial, Section};
use postern_imap::response::{Code, FetchResponse};
use postern_message::{Located, Rendering, SectionPath, SectionText, Summary};
use std::borrow::Cow;
use std::ops::Range;

/// One message's content.
pub(super) struct Content<'a> {
    live: &'a LiveAccount,
    body: Body,
    rendering: Rendering,
    summary: Option<Summary>,
}

impl<'a> Content<'a> {
    pub(super) fn new(live: &'a LiveAccount, body: Body, rendering: Rendering) -> Self {
        Self {
            live,
            body,
            rendering,
            summary: None,
        }
    }

    /// Writes an item that needs the message's octets or what was made of them.
    pub(super) async fn write(
        &mut self,
        fetch: &mut FetchResponse<'_>,
        item: &FetchItem,
    ) -> Result<(), Failure> {
        let rendering = self.rendering;
        match item {
            FetchItem::Envelope => {
                fetch.raw("ENVELOPE", self.summary().await?.envelope(rendering));
            }
            FetchItem::BodyStructure => {
                let summary = self.summary().await?;
                fetch.raw("BODYSTRUCTURE", summary.body_structure(rendering));
            }
            FetchItem::Body => fetch.raw("BODY", &self.structure().await?),
            FetchItem::Rfc822 => {
                let octets = self.section(&whole(), None).await?;
                fetch.content("RFC822", octets.as_deref());
            }
            FetchItem::Rfc822Header => {
                let octets = self
                    .section(&of_message(fetch::SectionText::Header), None)
                    .await?;
                fetch.content("RFC822.HEADER", octets.as_deref());
            }
            FetchItem::Rfc822Text => {
                let octets = self
                    .section(&of_message(fetch::SectionText::Text), None)
                    .await?;
                fetch.content("RFC822.TEXT", octets.as_deref());
            }
            FetchItem::BodySection {
                section, partial, ..
            } => {
                let octets = self.section(section, *partial).await?;
                fetch.body(section, partial.map(|p| p.origin), octets.as_deref());
            }
            FetchItem::Binary { part, partial, .. } => {
                let octets = self.decoded(part).await?;
                let octets = octets.as_deref().map(|octets| cut(octets, *partial));
                fetch.binary(part, partial.map(|p| p.origin), octets);
            }
            FetchItem::BinarySize { part } => {
                let size = self.decoded(part).await?.map_or(0, |octets| octets.len());
                fetch.binary_size(part, size as u64);
            }
            FetchItem::ThreadId => fetch.raw("THREADID", &self.thread_id().await?),
            FetchItem::Preview { .. } => {
                let (live, body) = (self.live, self.body);
                let value = fetch_preview::value(live, &body, self.summary().await?).await?;
                fetch.raw("PREVIEW", &value);
            }
            // The mailbox knows these; the caller writes them.
            FetchItem::Flags
            | FetchItem::InternalDate
            | FetchItem::EmailId
            | FetchItem::SaveDate
            | FetchItem::Modseq
            | FetchItem::Rfc822Size
            | FetchItem::Uid => {}
        }
        Ok(())
    }

    async fn summary(&mut self) -> Result<&Summary, Failure> {
        if self.summary.is_none() {
            self.summary = Some(self.live.summary(&self.body).await?);
        }
        let missing = || Failure::from(Reply::no(Code::ServerBug, "The summary is missing"));
        self.summary.as_ref().ok_or_else(missing)
    }

    /// RFC 8474 section 5.2: what the header says of the thread.
    async fn thread_id(&mut self) -> Result<Vec<u8>, Failure> {
        let header = of_message(fetch::SectionText::Header);
        let header = self.section(&header, None).await?.unwrap_or_default();
        let id = thread_id(&self.body, &postern_message::Message::parse(&header));
        Ok(format!("({id})").into_bytes())
    }

    /// BODY without extension data is asked for by few, so it is not kept.
    async fn structure(&mut self) -> Result<Vec<u8>, Failure> {
        let octets = self.live.read_all(&self.body).await?;
        Ok(heavy(octets.len(), || {
            let mut out = Vec::new();
            postern_message::Message::parse(&octets).body(&mut out, self.rendering);
            out
        }))
    }

    /// How many octets [`Content::section`] reads; `None`: there is no such part.
    pub(super) async fn section_size(
        &mut self,
        section: &Section,
        partial: Option<Partial>,
    ) -> Result<Option<usize>, Failure> {
        let range = match self.summary().await?.section(&path(section)) {
            Located::None => return Ok(None),
            Located::Range(range) => within(range, partial),
            Located::Fields { header } => header,
        };
        Ok(Some(range.len()))
    }

    /// `None`: there is no such part.
    pub(super) async fn section(
        &mut self,
        section: &Section,
        partial: Option<Partial>,
    ) -> Result<Option<Bytes>, Failure> {
        let body = self.body;
        if section.part.is_empty() && section.text == fetch::SectionText::Whole {
            return Ok(Some(
                self.live.read(&body, within(0..body.len, partial)).await?,
            ));
        }
        let path = path(section);
        Ok(match self.summary().await?.section(&path) {
            Located::None => None,
            Located::Range(range) => Some(self.live.read(&body, within(range, partial)).await?),
            Located::Fields { header } => {
                let header = self.live.read(&body, header).await?;
                Some(fields(&header, &path.text, partial))
            }
        })
    }

    /// The part's content without its transfer encoding; `None`: there is no such part.
    pub(super) async fn decoded(&mut self, part: &[u32]) -> Result<Option<Vec<u8>>, Failure> {
        let Some(part) = self.summary().await?.binary(part) else {
            return Ok(None);
        };
        let octets = self.live.read(&self.body, part.range).await?;
        let decoded = heavy(octets.len(), || {
            postern_message::decode_transfer(&octets, part.encoding).map(Cow::into_owned)
        });
        let decoded = decoded.map_err(|_| {
            Reply::no(
                Code::UnknownCte,
                "The content's transfer encoding is not known",
            )
        })?;
        Ok(Some(decoded))
    }
}

fn whole() -> Section {
    of_message(fetch::SectionText::Whole)
}

fn of_message(text: fetch::SectionText) -> Section {
    Section {
        part: Vec::new(),
        text,
    }
}

fn path(section: &Section) -> SectionPath {
    let names = |names: &[Bytes]| names.iter().map(|name| name.to_vec()).collect();
    SectionPath {
        part: section.part.clone(),
        text: match &section.text {
            fetch::SectionText::Whole => SectionText::Whole,
            fetch::SectionText::Header => SectionText::Header,
            fetch::SectionText::HeaderFields(list) => SectionText::HeaderFields(names(list)),
            fetch::SectionText::HeaderFieldsNot(list) => SectionText::HeaderFieldsNot(names(list)),
            fetch::SectionText::Text => SectionText::Text,
            fetch::SectionText::Mime => SectionText::Mime,
        },
    }
}

fn fields(header: &[u8], text: &SectionText, partial: Option<Partial>) -> Bytes {
    let octets = match text {
        SectionText::HeaderFields(names) => postern_message::filter_fields(header, names, false),
        SectionText::HeaderFieldsNot(names) => postern_message::filter_fields(header, names, true),
        _ => header.to_vec(),
    };
    Bytes::copy_from_slice(cut(&octets, partial))
}

/// The part of a range that a partial asks for; empty beyond its end.
fn within(range: Range<u32>, partial: Option<Partial>) -> Range<u32> {
    let Some(partial) = partial else {
        return range;
    };
    let start = u64::from(range.start).saturating_add(partial.origin);
    let end = start.saturating_add(partial.count);
    let clamp = |n: u64| u32::try_from(n).unwrap_or(u32::MAX).min(range.end);
    clamp(start)..clamp(end)
}

pub(super) fn cut(octets: &[u8], partial: Option<Partial>) -> &[u8] {
    let Some(partial) = partial else {
        return octets;
    };
    let clamp = |n: u64| usize::try_from(n).unwrap_or(usize::MAX).min(octets.len());
    let (start, end) = (
        clamp(partial.origin),
        clamp(partial.origin.saturating_add(partial.count)),
    );
    octets.get(start..end).unwrap_or_default()
}
