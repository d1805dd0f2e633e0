//! SELECT: RFC 9051 section 6.3.2, RFC 3501 section 6.3.1, RFC 7162 sections 3.1.8 and 3.2.5,
//! RFC 8474 section 4.2;
//! and what it shares with EXAMINE.

use crate::capability;
use crate::reply::{Outcome, Reply};
use crate::session::{Selected, Session, State};
use postern_account::acl::Rights;
use postern_account::view::Changed;
use postern_account::{Account, Mailbox, Point, View};
use postern_imap::command::{Qresync, Select};
use postern_imap::flag::Flag;
use postern_imap::response::{self, Attribute, Code, Condition, ListEntry};
use postern_imap::sequence::UidSet;
use std::sync::Arc;

pub(super) async fn run(session: &mut Session, select: &Select) -> Outcome {
    open(session, select, false).await
}

/// Selects the mailbox; a mailbox that was selected is left even when this fails.
pub(super) async fn open(session: &mut Session, select: &Select, read_only: bool) -> Outcome {
    if select.qresync.is_some() && !session.enabled.qresync {
        return Ok(Reply::bad("ENABLE QRESYNC first"));
    }
    if session.deselect() {
        session.untagged(
            Condition::Ok,
            Some(&Code::Closed),
            "The mailbox before is closed",
        );
    }
    let place = session.place(&select.mailbox).await?;
    let mailbox = place.permitted()?;
    let rights = mailbox.rights(place.live.who());
    session.enabled.condstore |= select.condstore;
    let point = Point::of(&mailbox);
    let first_recent = place
        .live
        .take_recent(mailbox.id(), point.uid_next, read_only);
    let key = place
        .live
        .account()
        .access_keys()
        .get(mailbox.id())
        .copied();
    let selected = Selected {
        watch: (!place.live.is_own()).then(|| place.live.watch()),
        live: place.live,
        key,
        point,
        read_only,
        rights,
        recent: UidSet::range(first_recent, point.uid_next.saturating_sub(1)),
        saved: UidSet::default(),
        updating: Vec::new(),
    };
    describe(session, &mailbox, &selected);
    if let State::Authenticated(login) = std::mem::replace(&mut session.state, State::Logout) {
        session.state = State::Selected(login, selected);
    }
    if let Some(qresync) = &select.qresync {
        resynchronise(session, mailbox, qresync)?;
    }
    // RFC 4314 section 5.2: each has a `\Seen` of their own, so that is no change of the mailbox.
    let changes = Rights::INSERT.union(Rights::EXPUNGE).union(Rights::WRITE);
    let changes = changes.union(Rights::TRASH);
    Ok(match read_only || !rights.intersects(changes) {
        true => Reply::ok_with(Code::ReadOnly, "Mailbox opened for reading"),
        false => Reply::ok_with(Code::ReadWrite, "Mailbox opened"),
    })
}

fn describe(session: &mut Session, mailbox: &Mailbox, selected: &Selected) {
    let (rev2, uidonly) = (session.enabled.rev2, session.enabled.uidonly);
    let encoding = session.encoding();
    let offers_urlauth = capability::offers(session, "URLAUTH");
    let flags = Account::known_flags(mailbox);
    let permanent = session.permanent_flags(mailbox, selected.rights, selected.read_only);
    let name = selected.live.shown(mailbox.name());
    let out = &mut session.io.out;
    response::flags(out, flags.iter().map(Flag::as_str));
    response::exists(out, mailbox.len());
    if rev2 {
        response::list(out, encoding, &list_entry(&name));
    } else {
        response::recent(out, selected.recent_count(mailbox));
        let unseen = mailbox.first_unseen();
        // It is a sequence number.
        if let Some(place) = unseen.filter(|_| !uidonly) {
            let code = Code::Unseen(place + 1);
            response::status(out, None, Condition::Ok, Some(&code), "First not seen");
        }
    }
    let codes = [
        (permanent, "Flags that can be kept"),
        (Code::UidValidity(mailbox.uid_validity()), "UIDs are valid"),
        (Code::UidNext(mailbox.uid_next()), "The next UID"),
        (
            Code::HighestModseq(mailbox.highest_modseq()),
            "The last change",
        ),
        (
            Code::MailboxId(selected.live.mailbox_id(mailbox.id())),
            "The mailbox's identifier",
        ),
    ];
    let urls = (Code::UrlMech, "URLs can be authorized");
    let urls = offers_urlauth.then_some(urls);
    for (code, text) in codes.into_iter().chain(urls) {
        response::status(out, None, Condition::Ok, Some(&code), text);
    }
}

/// RFC 9051 section 6.3.2 wants a LIST response for the mailbox. Whether it has children is
/// not said here, because SELECT is about this mailbox alone.
fn list_entry(name: &str) -> ListEntry<'_> {
    const NONE: &[Attribute] = &[];
    ListEntry {
        attributes: NONE,
        name,
        subscribed_below: false,
        old_name: None,
    }
}

/// What happened since the client was last here: RFC 7162 section 3.2.5. The tombstones are
/// complete, so what the client knows of sequence numbers is not needed.
fn resynchronise(
    session: &mut Session,
    mailbox: Arc<Mailbox>,
    qresync: &Qresync,
) -> Result<(), crate::reply::Failure> {
    if qresync.uid_validity != mailbox.uid_validity() {
        return Ok(());
    }
    let known = |uid: u32| {
        qresync
            .known_uids
            .as_ref()
            .is_none_or(|known| known.contains(uid))
    };
    let mut vanished = mailbox.expunged_since(qresync.modseq);
    if let Some(known) = &qresync.known_uids {
        vanished = vanished.intersection(known);
    }
    response::vanished(&mut session.io.out, true, &vanished);
    let selected = session.selected()?;
    let recent = selected.recent.clone();
    let view = View::new(Arc::clone(&mailbox), selected.point);
    for message in mailbox.changed_since(qresync.modseq) {
        let uid = message.stored.uid;
        if known(uid) {
            let changed = Changed {
                seq: view.seq_of(uid),
                uid,
                marks: message.marks,
            };
            session.write_flags(&mailbox, &recent, changed, true);
        }
    }
    Ok(())
}
