//! FETCH: RFC 9051 section 6.4.5, RFC 7162 sections 3.1.4 and 3.2.6,
//! RFC 9394 section 3.3, RFC 9738 section 3.1.

use super::fetch_content::Content;
use super::search::at_places;
use crate::message_limit::Cut;
use crate::reply::{Failure, Outcome, Reply};
use crate::session::{Session, Told};
use postern_account::object_id::email_id;
use postern_account::{Mailbox, Message, View, plan};
use postern_imap::command::Numbering;
use postern_imap::fetch::{FetchItem, FetchModifiers};
use postern_imap::response::{self, Code, FetchResponse};
use postern_imap::search::PartialRange;
use postern_imap::sequence::{Set, UidSet};
use postern_message::Rendering;
use std::sync::Arc;

/// What one FETCH command does for each message.
struct Fetch<'a> {
    items: &'a [FetchItem],
    /// Tell the UID though it is not among the items.
    uid: bool,
    /// Tell MODSEQ though it is not among the items.
    modseq: bool,
    /// Messages whose `\Seen` this command has set: their flags are told too.
    seen: UidSet,
    recent: UidSet,
    rendering: Rendering,
    show_recent: bool,
    condstore: bool,
}

pub(super) async fn run(
    session: &mut Session,
    numbering: Numbering,
    set: &Set,
    items: &[FetchItem],
    modifiers: FetchModifiers,
) -> Outcome {
    if modifiers.vanished
        && !(session.enabled.qresync
            && numbering == Numbering::Uid
            && modifiers.changed_since.is_some())
    {
        return Ok(Reply::bad(
            "VANISHED needs UID FETCH, CHANGEDSINCE and ENABLE QRESYNC",
        ));
    }
    if modifiers.partial.is_some() && numbering == Numbering::Sequence {
        return Ok(Reply::bad("PARTIAL needs UID FETCH"));
    }
    let asks_modseq = items.contains(&FetchItem::Modseq) || modifiers.changed_since.is_some();
    session.enabled.condstore |= asks_modseq;
    let view = session.view()?;
    let saved = &session.selected()?.saved;
    let Some(mut uids) = view.resolve(set, numbering, saved) else {
        return Ok(Reply::bad("There is no message of that number"));
    };
    if let Some(range) = modifiers.partial {
        uids = some_of(session, &view, &uids, range)?;
    }
    let ghosts = numbering == Numbering::Sequence && view.any_ghost(&uids);
    if let Some(modseq) = modifiers.changed_since {
        if modifiers.vanished {
            let saved = session.selected()?.saved.clone();
            tell_vanished(session, view.mailbox(), modseq, set, saved);
        }
        let changed = view
            .mailbox()
            .select(&uids)
            .filter(|m| m.marks.modseq > modseq);
        uids = changed.map(|m| m.stored.uid).collect();
    }
    let cut = session.cut(&view, uids);
    let seen = set_seen(session, &view, items, &cut.uids).await?;
    let all_well = write_all(session, numbering, items, &modifiers, &cut, seen).await?;
    let reply = match (all_well, ghosts) {
        (false, _) => Reply::no(Code::Corruption, "Some messages could not be read"),
        (true, true) => Reply::no(Code::ExpungeIssued, "Some of the messages are gone"),
        (true, false) => Reply::ok("Messages fetched"),
    };
    Ok(session.tell_left(cut.left, reply))
}

/// RFC 9394 section 3.3: the messages at the places of the range. RFC 9738 section 3.1: too many
/// are refused.
fn some_of(
    session: &Session,
    view: &View,
    uids: &UidSet,
    range: PartialRange,
) -> Result<UidSet, Failure> {
    let there: UidSet = view.messages(uids).map(|(_, m)| m.stored.uid).collect();
    let some: UidSet = at_places(&there, range).into_iter().collect();
    let cut = session.cut(view, some);
    match cut.left {
        Some(left) => Err(left
            .refusal_of_all("PARTIAL asks for too many messages")
            .into()),
        None => Ok(cut.uids),
    }
}

/// RFC 7162 section 3.2.6: which of the UIDs asked for were expunged since.
fn tell_vanished(session: &mut Session, mailbox: &Mailbox, modseq: u64, set: &Set, saved: UidSet) {
    let asked = set.resolve(mailbox.uid_next().saturating_sub(1));
    let gone = mailbox
        .expunged_since(modseq)
        .intersection(&asked.unwrap_or(saved));
    response::vanished(&mut session.io.out, true, &gone);
}

/// Fetching the text of a message without PEEK sets `\Seen`.
async fn set_seen(
    session: &mut Session,
    view: &View,
    items: &[FetchItem],
    uids: &UidSet,
) -> Result<UidSet, Failure> {
    let selected = session.selected()?;
    if selected.read_only || !items.iter().any(sets_seen) {
        return Ok(UidSet::default());
    }
    let mailbox = view.mailbox().id();
    let who = selected.live.who();
    let changed = selected
        .live
        .change(|account, _| Ok((plan::set_seen_as(account, who, mailbox, uids), ())))
        .await?;
    let Some(mailbox) = changed.account.by_id(mailbox) else {
        return Ok(UidSet::default());
    };
    let mailbox = mailbox.as_seen_by(who);
    let now_seen = mailbox
        .select(uids)
        .filter(|m| changed.events.contains(&m.marks.modseq));
    Ok(now_seen.map(|m| m.stored.uid).collect())
}

fn sets_seen(item: &FetchItem) -> bool {
    match item {
        FetchItem::BodySection { peek, .. } | FetchItem::Binary { peek, .. } => !peek,
        FetchItem::Rfc822 | FetchItem::Rfc822Text => true,
        _ => false,
    }
}

/// Writes a response for each message; false when the octets of some could not be read.
async fn write_all(
    session: &mut Session,
    numbering: Numbering,
    items: &[FetchItem],
    modifiers: &FetchModifiers,
    cut: &Cut,
    seen: UidSet,
) -> Result<bool, Failure> {
    let told_seen = seen.clone();
    let written = write_messages(session, numbering, items, modifiers, cut, seen).await?;
    let (all_well, version) = written;
    let told = Told {
        uids: told_seen,
        version,
        ..Told::default()
    };
    session.tell_wanted(numbering == Numbering::Uid, &told)?;
    Ok(all_well)
}

/// What NOTIFY tells of new messages: just the items.
pub(crate) async fn write_new(
    session: &mut Session,
    items: &[FetchItem],
    uids: &UidSet,
) -> Result<(), Failure> {
    let modifiers = FetchModifiers::default();
    let none = UidSet::default();
    let numbering = Numbering::Sequence;
    // A message that cannot be read is left out: there is no tagged response to say so.
    let cut = Cut::none(uids.clone());
    write_messages(session, numbering, items, &modifiers, &cut, none)
        .await
        .map(|_| ())
}

/// Whether all octets could be read, and the version that was told.
async fn write_messages(
    session: &mut Session,
    numbering: Numbering,
    items: &[FetchItem],
    modifiers: &FetchModifiers,
    cut: &Cut,
    seen: UidSet,
) -> Result<(bool, u64), Failure> {
    let view = session.view()?;
    let enabled = session.enabled;
    let limit = session.shared.settings.limits.output;
    let selected = session.selected()?;
    let live = Arc::clone(&selected.live);
    let fetch = Fetch {
        items,
        uid: numbering == Numbering::Uid && !items.contains(&FetchItem::Uid) && !enabled.uidonly,
        modseq: modifiers.changed_since.is_some() && !items.contains(&FetchItem::Modseq),
        seen,
        recent: selected.recent.clone(),
        rendering: match enabled.reads_utf8() {
            true => Rendering::Utf8,
            false => Rendering::Ascii,
        },
        show_recent: !enabled.rev2,
        condstore: enabled.condstore,
    };
    let mut all_well = true;
    let goal = usize::try_from(cut.uids.len()).unwrap_or(usize::MAX);
    for (done, (seq, message)) in cut.messages(&view).enumerate() {
        if let Some(progress) = &mut session.progress {
            progress.tell(&mut session.io, done, goal).await?;
        }
        let content = Content::new(&live, message.stored.body, fetch.rendering);
        let mut one = One {
            seq,
            message,
            content,
            flushed: false,
        };
        all_well &= fetch.one(session, view.mailbox(), &mut one).await?;
        session.io.flush_over(limit).await?;
    }
    Ok((all_well, view.mailbox().highest_modseq()))
}

/// A message to answer for.
struct One<'a> {
    seq: u32,
    message: Message,
    content: Content<'a>,
    /// A part of its response has been sent, so it cannot be taken back.
    flushed: bool,
}

impl Fetch<'_> {
    /// Writes a response; false when the message's octets could not be read.
    async fn one(
        &self,
        session: &mut Session,
        mailbox: &Mailbox,
        one: &mut One<'_>,
    ) -> Result<bool, Failure> {
        let start = session.io.out.len();
        let Err(failure) = self.write(session, mailbox, one).await else {
            return Ok(true);
        };
        let Failure::Reply(reply) = failure else {
            return Err(failure);
        };
        if one.flushed {
            return Err(Failure::Bye("A message could not be read to its end"));
        }
        session.io.out.truncate(start);
        match reply.code {
            Some(Code::Corruption) => Ok(false),
            _ => Err(reply.into()),
        }
    }

    async fn write(
        &self,
        session: &mut Session,
        mailbox: &Mailbox,
        one: &mut One<'_>,
    ) -> Result<(), Failure> {
        let limit = session.shared.settings.limits.output;
        let message = one.message;
        let just_seen = self.seen.contains(message.stored.uid);
        // A change is told with UID and MODSEQ: RFC 7162 section 3.2.4.
        let as_change = just_seen && self.condstore;
        let (enabled, uid) = (session.enabled, message.stored.uid);
        let mut fetch = enabled.fetch(&mut session.io.out, one.seq, uid);
        let asks_uid = self.items.contains(&FetchItem::Uid);
        if self.uid || (as_change && !asks_uid && !enabled.uidonly) {
            fetch.uid(uid);
        }
        for item in self.items {
            match item {
                FetchItem::Flags => self.flags(&mut fetch, &message, mailbox),
                FetchItem::Uid => fetch.uid(message.stored.uid),
                FetchItem::InternalDate => fetch.internal_date(message.stored.date),
                FetchItem::Rfc822Size => fetch.rfc822_size(u64::from(message.stored.body.len)),
                FetchItem::Modseq => fetch.modseq(message.marks.modseq),
                FetchItem::EmailId => {
                    let id = email_id(&message.stored);
                    fetch.raw("EMAILID", format!("({id})").as_bytes());
                }
                FetchItem::SaveDate => {
                    let mut date = Vec::new();
                    response::date_time(&mut date, message.stored.save_date());
                    fetch.raw("SAVEDATE", &date);
                }
                other => {
                    one.content.write(&mut fetch, other).await?;
                    // Not at the response's end only: 250 items of a large message are more
                    // than fits in memory.
                    if session.io.out.len() > limit {
                        one.flushed = true;
                        session.io.flush().await?;
                    }
                    fetch = FetchResponse::resume(&mut session.io.out);
                }
            }
        }
        if just_seen && !self.items.contains(&FetchItem::Flags) {
            self.flags(&mut fetch, &message, mailbox);
        }
        if self.modseq || (as_change && !self.items.contains(&FetchItem::Modseq)) {
            fetch.modseq(message.marks.modseq);
        }
        fetch.finish();
        Ok(())
    }

    fn flags(&self, fetch: &mut FetchResponse<'_>, message: &Message, mailbox: &Mailbox) {
        let recent = self.show_recent && self.recent.contains(message.stored.uid);
        let recent = recent.then_some(r"\Recent");
        fetch.flags(mailbox.keywords().names(message.marks.flags).chain(recent));
    }
}
