//! Telling a session what happened to its mailbox: EXPUNGE or VANISHED, FLAGS, EXISTS, RECENT
//! and FETCH (RFC 9051 section 7.4, RFC 7162 section 3.2.10).

use super::interest::Wanted;
use super::{Selected, Session, State};
use crate::reply::Failure;
use postern_account::acl::Rights;
use postern_account::flags::MAX_KEYWORDS;
use postern_account::view::{Changed, Updates};
use postern_account::{Account, Mailbox, plan};
use postern_imap::response::{self, Code, Condition};
use postern_imap::sequence::UidSet;
use std::ops::Range;

/// What a command has told already, or was asked not to tell.
#[derive(Debug, Clone, Default)]
pub(crate) struct Told {
    /// Events of the session's own whose flag changes are not told: `.SILENT`.
    pub(crate) silent: Range<u64>,
    /// Messages that others had changed before those events, unknown to the client: it cannot
    /// work out their flags, so they are told all the same (RFC 9051 section 6.4.6).
    pub(crate) surprising: UidSet,
    /// Messages whose flags were told.
    pub(crate) uids: UidSet,
    /// The version whose flags were told: what others changed after it is news.
    pub(crate) version: u64,
}

impl Told {
    fn covers(&self, changed: &Changed) -> bool {
        let modseq = changed.marks.modseq;
        let silent = self.silent.contains(&modseq) && !self.surprising.contains(changed.uid);
        silent || (modseq <= self.version && self.uids.contains(changed.uid))
    }
}

impl Session {
    /// Appends all that the client has yet to know of its mailbox, if one is selected.
    pub(crate) fn tell(&mut self, expunges: bool, told: &Told) -> Result<(), Failure> {
        self.tell_of(Wanted::ALL, expunges, told)
    }

    /// The same, of what the client has not excluded by NOTIFY (RFC 5465 section 3.1).
    pub(crate) fn tell_wanted(&mut self, expunges: bool, told: &Told) -> Result<(), Failure> {
        let wanted = self.follow.wanted();
        match wanted.messages {
            true => self.tell_of(wanted, expunges, told),
            false => Ok(()),
        }
    }

    fn tell_of(&mut self, wanted: Wanted, expunges: bool, told: &Told) -> Result<(), Failure> {
        if !matches!(self.state, State::Selected(..)) {
            return Ok(());
        }
        let view = self.view()?;
        self.tell_rights(view.mailbox())?;
        if view.point().knows_all_of(view.mailbox()) {
            return Ok(());
        }
        self.tell_removed(&view)?;
        let (updates, point) = view.updates(expunges);
        let enabled = self.enabled;
        let selected = self.selected()?;
        let mailbox = view.mailbox();
        if updates.exists.is_some() && !enabled.rev2 {
            let peek = selected.read_only;
            let first = selected
                .live
                .take_recent(mailbox.id(), point.uid_next, peek);
            let first = first.max(selected.point.uid_next);
            selected.recent.insert_range(first, point.uid_next - 1);
        }
        let first_new = selected.point.uid_next;
        selected.point = point;
        let recent = selected.recent.clone();
        self.write_removals(&updates);
        self.write_counts(&updates, mailbox, &recent);
        if updates.exists.is_some() {
            self.follow.note_fresh(first_new);
        }
        let changed = updates.changed.iter();
        for changed in changed.filter(|c| wanted.flags && !told.covers(c)) {
            self.write_flags(mailbox, &recent, *changed, false);
        }
        Ok(())
    }

    /// RFC 4314 section 5.1.1: flags that may be changed now, or not any more.
    fn tell_rights(&mut self, mailbox: &Mailbox) -> Result<(), Failure> {
        let selected = self.selected()?;
        let rights = mailbox.rights(selected.live.who());
        if selected.rights == rights {
            return Ok(());
        }
        selected.rights = rights;
        let read_only = selected.read_only;
        let code = self.permanent_flags(mailbox, rights, read_only);
        self.untagged(Condition::Ok, Some(&code), "Your rights have changed");
        Ok(())
    }

    /// The flags that the user may change: PERMANENTFLAGS.
    pub(crate) fn permanent_flags(
        &self,
        mailbox: &Mailbox,
        rights: Rights,
        read_only: bool,
    ) -> Code {
        let rights = match read_only {
            true => Rights::NONE,
            false => rights,
        };
        let mut flags = Account::known_flags(mailbox);
        flags.retain(|flag| rights.contains(plan::needed(flag)));
        let most = self.shared.settings.limits.keywords.min(MAX_KEYWORDS);
        let any_keyword = rights.contains(Rights::WRITE) && mailbox.keywords().len() < most;
        Code::PermanentFlags { flags, any_keyword }
    }

    fn write_removals(&mut self, updates: &Updates) {
        let out = &mut self.io.out;
        if self.enabled.vanished() {
            return response::vanished(out, false, &updates.vanished);
        }
        for seq in &updates.expunged {
            response::expunge(out, *seq);
        }
    }

    fn write_counts(&mut self, updates: &Updates, mailbox: &Mailbox, recent: &UidSet) {
        let out = &mut self.io.out;
        if updates.new_keywords {
            let flags = Account::known_flags(mailbox);
            response::flags(out, flags.iter().map(|flag| flag.as_str()));
        }
        if let Some(exists) = updates.exists {
            response::exists(out, exists);
            if !self.enabled.rev2 {
                let count = mailbox.select(recent).count();
                response::recent(out, u32::try_from(count).unwrap_or(u32::MAX));
            }
        }
    }

    /// Appends a FETCH response with a message's flags, as the session wants them told. With
    /// CONDSTORE the UID is told too, because QRESYNC is offered (RFC 7162 section 3.2.4);
    /// `uid`: in any case, as in answer to a UID command.
    pub(crate) fn write_flags(
        &mut self,
        mailbox: &Mailbox,
        recent: &UidSet,
        changed: Changed,
        uid: bool,
    ) {
        let enabled = self.enabled;
        let uid = uid || enabled.condstore || enabled.rev2 || self.follow.wants_uid();
        let mut fetch = enabled.fetch(&mut self.io.out, changed.seq, changed.uid);
        if uid && !enabled.uidonly {
            fetch.uid(changed.uid);
        }
        if enabled.condstore {
            fetch.modseq(changed.marks.modseq);
        }
        let recent = (!enabled.rev2 && recent.contains(changed.uid)).then_some(r"\Recent");
        fetch.flags(mailbox.keywords().names(changed.marks.flags).chain(recent));
        fetch.finish();
    }
}

impl Selected {
    /// The messages of the mailbox that are `\Recent` in this session.
    pub(crate) fn recent_count(&self, mailbox: &Mailbox) -> u32 {
        u32::try_from(mailbox.select(&self.recent).count()).unwrap_or(u32::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use postern_account::chunk::Marks;
    use postern_account::flags::Flags;

    fn changed(uid: u32, modseq: u64) -> Changed {
        let flags = Flags::default();
        let marks = Marks { flags, modseq };
        Changed { seq: 1, uid, marks }
    }

    #[test]
    fn what_others_changed_meanwhile_is_told() {
        let told = Told {
            silent: 7..8,
            surprising: UidSet::range(3, 3),
            uids: UidSet::range(5, 5),
            version: 8,
        };
        let cases = [
            (changed(1, 7), true, "the session's own, silent"),
            (changed(1, 8), false, "another's after it"),
            (changed(3, 7), false, "another's before it"),
            (changed(5, 8), true, "told with FETCH"),
            (changed(5, 9), false, "another's after that FETCH"),
        ];
        for (changed, covered, what) in cases {
            assert_eq!(told.covers(&changed), covered, "{what}");
        }
    }
}
