//! What snapshots hold of who may use a mailbox, and of what those users have seen.

use super::{Chunks, ReadChunk, VERSION, column};
use crate::acl::{Acl, UserId};
use crate::event::{MailboxId, many, put_identifier, take_identifier, take_rights};
use crate::mailbox::Mailbox;
use crate::octets::{Reader, Writer};
use crate::seen::{Run, Seen};
use crate::state::Account;
use std::sync::Arc;

pub(super) fn put(w: &mut Writer, account: &Account, chunks: &mut Chunks) {
    let shared = |m: &&Arc<Mailbox>| !(m.acl.is_empty() && m.seen.is_empty());
    let shared: Vec<_> = account.mailboxes.values().filter(shared).collect();
    w.number(shared.len() as u64);
    for mailbox in shared {
        w.number(mailbox.id.0);
        w.number(mailbox.acl.len() as u64);
        for (identifier, rights) in mailbox.acl.entries() {
            put_identifier(w, identifier);
            w.octets(rights.letters().as_bytes());
        }
        w.number(mailbox.seen.size() as u64);
        for (user, seen) in &mailbox.seen {
            w.number(user.0);
            w.number(seen.highest_modseq());
            w.array(&chunks.name(runs_of(seen)));
        }
    }
}

fn runs_of(seen: &Seen) -> Vec<u8> {
    let mut w = Writer::default();
    w.byte(VERSION);
    w.number(seen.len() as u64);
    for (first, run) in seen.runs() {
        w.number(u64::from(first));
        w.number(u64::from(run.last));
        w.number(run.modseq);
        w.byte(u8::from(run.seen));
    }
    w.0
}

/// Reads what is kept of one mailbox.
pub(super) fn take(
    r: &mut Reader<'_>,
    account: &mut Account,
    chunk: &mut ReadChunk<'_>,
) -> Option<()> {
    let mailbox = account.mailboxes.get_mut(&MailboxId(r.number()?))?;
    let mailbox = Arc::make_mut(mailbox);
    let mut acl = Acl::default();
    for (identifier, rights) in many(r, |r| Some((take_identifier(r)?, take_rights(r)?)))? {
        acl.set(identifier, rights);
    }
    mailbox.acl = Arc::new(acl);
    for (user, seen) in many(r, |r| take_seen(r, chunk))? {
        mailbox.seen.insert_mut(user, seen);
    }
    Some(())
}

fn take_seen(r: &mut Reader<'_>, chunk: &mut ReadChunk<'_>) -> Option<(UserId, Seen)> {
    let user = UserId(r.number()?);
    let mut seen = Seen::default();
    seen.restore_modseq(r.number()?);
    let octets = chunk(r.array()?)?;
    let mut after = 0;
    for (first, run) in column(&octets, take_run)? {
        if first <= after || run.last < first {
            return None;
        }
        after = run.last;
        seen.restore(first, run);
    }
    Some((user, seen))
}

fn take_run(r: &mut Reader<'_>) -> Option<(u32, Run)> {
    let first = r.small()?;
    let run = Run {
        last: r.small()?,
        modseq: r.number()?,
        seen: r.byte()? != 0,
    };
    Some((first, run))
}
