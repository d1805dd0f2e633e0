//! STORE: RFC 9051 section 6.4.6, RFC 7162 section 3.1.3, RFC 9738 section 3.1.

use crate::message_limit::Cut;
use crate::reply::{Failure, Outcome, Reply};
use crate::session::{Session, Told};
use postern_account::acl::Who;
use postern_account::view::Changed;
use postern_account::{Account, MailboxId, View, plan};
use postern_imap::command::{Numbering, StoreAction};
use postern_imap::flag::Flag;
use postern_imap::response::Code;
use postern_imap::sequence::{Set, UidSet};
use std::ops::Range;

/// The command's arguments.
pub(super) struct Store<'a> {
    pub(super) numbering: Numbering,
    pub(super) set: &'a Set,
    pub(super) unchanged_since: Option<u64>,
    pub(super) action: StoreAction,
    pub(super) silent: bool,
    pub(super) flags: &'a [Flag],
}

pub(super) async fn run(session: &mut Session, store: Store<'_>) -> Outcome {
    session.enabled.condstore |= store.unchanged_since.is_some();
    let view = session.view()?;
    let limits = session.shared.settings.limits.plan();
    let selected = session.selected()?;
    if selected.read_only {
        return Ok(Reply::no(
            Code::ReadOnly,
            "The mailbox is open for reading only",
        ));
    }
    let uids = view.resolve(store.set, store.numbering, &selected.saved);
    let Some(uids) = uids else {
        return Ok(Reply::bad("There is no message of that number"));
    };
    let cut = session.cut(&view, uids);
    let uids = &cut.uids;
    let selected = session.selected()?;
    let (mailbox, known) = (selected.mailbox(), selected.point.flags);
    let who = selected.live.who();
    let changed = selected
        .live
        .change(|account, _| {
            let (flags, since) = (store.flags, store.unchanged_since);
            let stored = plan::store_as(
                account,
                who,
                mailbox,
                uids,
                (store.action, flags),
                since,
                &limits,
            )?;
            let surprising = changed_since(account, who, mailbox, uids, known);
            Ok((stored.events, (stored.modified, surprising)))
        })
        .await?;
    let (modified, surprising) = changed.value;
    let told = Told {
        surprising,
        ..Told::default()
    };
    tell_result(session, &store, &cut, &modified, changed.events, told).await?;
    let reply = reply(&store, &view, &cut.uids, &modified);
    Ok(session.tell_left(cut.left, reply))
}

/// The messages that the client does not know the flags of, because others changed them.
fn changed_since(
    account: &Account,
    who: Who,
    mailbox: MailboxId,
    uids: &UidSet,
    modseq: u64,
) -> UidSet {
    let Some(mailbox) = account.by_id(mailbox) else {
        return UidSet::default();
    };
    let mailbox = mailbox.as_seen_by(who);
    let changed = mailbox.select(uids).filter(|m| m.marks.modseq > modseq);
    changed.map(|m| m.stored.uid).collect()
}

/// The new flags of each message, or, with `.SILENT`, at most the new MODSEQ.
async fn tell_result(
    session: &mut Session,
    store: &Store<'_>,
    cut: &Cut,
    modified: &UidSet,
    events: Range<u64>,
    mut told: Told,
) -> Result<(), Failure> {
    let view = session.view()?;
    let recent = session.selected()?.recent.clone();
    told.version = view.mailbox().highest_modseq();
    let limit = session.shared.settings.limits.output;
    if store.silent {
        told.silent = events.clone();
    }
    let modseq_only = store.silent && session.enabled.condstore;
    for (seq, message) in cut.messages(&view) {
        let uid = message.stored.uid;
        if modified.contains(uid) {
            continue;
        }
        if !store.silent {
            let marks = message.marks;
            let by_uid = store.numbering == Numbering::Uid;
            session.write_flags(view.mailbox(), &recent, Changed { seq, uid, marks }, by_uid);
            told.uids.insert(uid);
        } else if modseq_only && events.contains(&message.marks.modseq) {
            let enabled = session.enabled;
            let mut fetch = enabled.fetch(&mut session.io.out, seq, uid);
            if !enabled.uidonly {
                fetch.uid(uid);
            }
            fetch.modseq(message.marks.modseq);
            fetch.finish();
        }
        session.io.flush_over(limit).await?;
    }
    session.tell_wanted(store.numbering == Numbering::Uid, &told)
}

fn reply(store: &Store<'_>, view: &View, uids: &UidSet, modified: &UidSet) -> Reply {
    if !modified.is_empty() {
        let numbers = match store.numbering {
            Numbering::Uid => modified.clone(),
            Numbering::Sequence => modified.iter().map(|uid| view.seq_of(uid)).collect(),
        };
        let text = "Some messages had changed and were left alone";
        return Reply::ok_with(Code::Modified(numbers), text);
    }
    if store.numbering == Numbering::Sequence && view.any_ghost(uids) {
        return Reply::no(Code::ExpungeIssued, "Some of the messages are gone");
    }
    Reply::ok("Flags stored")
}
