//! How a client does a step: CONDSTORE, SEARCHRES, REPLACE, NOTIFY.

use super::acts::append_uids;
use super::letter;
use super::player::{Notified, Outcome, Player};
use super::step::{PASSING, Pick, Use};
use crate::{Reply, numbers};
use std::collections::BTreeSet;

/// What NOTIFY is asked for.
const EVENTS: &str = "(MessageNew (UID FLAGS) MessageExpunge FlagChange)";

impl Player<'_> {
    pub(super) fn store_unchanged(&mut self, pick: &Pick, action: &str, flag: &str) -> Outcome {
        let Some((uid, set, uids)) = self.some(pick) else {
            return Ok(());
        };
        let since = self.synchronised;
        let command = format!("{uid}STORE {set} (UNCHANGEDSINCE {since}) {action}FLAGS ({flag})");
        let named = match uid.is_empty() {
            true => numbers(&set),
            false => uids,
        };
        let reply = self.run(&command)?;
        let modified = reply.tagged.split_once("[MODIFIED ");
        let modified = modified.map_or_else(Vec::new, |(_, rest)| {
            numbers(rest.split(']').next().unwrap_or_default())
        });
        let other = modified.iter().find(|one| !named.contains(one));
        assert_eq!(other, None, "{command}: {reply:?}");
        Ok(())
    }

    /// `$` names what SEARCH found, whatever happens in between.
    pub(super) fn search_save(&mut self, flag: &str, then: Use, target: &str) -> Outcome {
        // A copy of all, again and again, would grow for ever.
        let saved = match then {
            Use::Copy => self.find(flag, "SAVE MIN")?,
            _ => self.find(flag, "SAVE ALL")?,
        };
        let source = self.model.validity;
        match then {
            Use::Fetch => {
                let reply = self.run("UID FETCH $ (UID FLAGS)")?;
                self.told_of(&saved, &reply)
            }
            Use::Store => {
                let reply = self.run("UID STORE $ +FLAGS ($one)")?;
                self.told_of(&saved, &reply)
            }
            Use::Copy => {
                let reply = self.run(&format!("UID COPY $ {target}"))?;
                let copied = self.note_copies(source, &reply);
                self.were_saved(&saved, &copied, target, &reply)
            }
            Use::Move => {
                let reply = self.run(&format!("UID MOVE $ {target}"))?;
                let moved = self.note_copies(source, &reply);
                self.were_saved(&saved, &moved, target, &reply)
            }
        }
    }

    /// Every message was told of, or is gone.
    fn told_of(&mut self, saved: &[u32], reply: &Reply) -> Outcome {
        if reply.tagged.contains("NONEXISTENT") && PASSING.contains(&self.mailbox) {
            return Ok(());
        }
        let lines = reply.lines();
        let told: BTreeSet<u32> = lines
            .iter()
            .filter_map(|line| line.split_once("UID ")?.1.split([' ', ')']).next())
            .filter_map(|uid| uid.parse().ok())
            .collect();
        self.are_gone(saved.iter().filter(|uid| !told.contains(uid)))
    }

    fn were_saved(&mut self, saved: &[u32], done: &[u32], target: &str, reply: &Reply) -> Outcome {
        let other = done.iter().find(|uid| !saved.contains(uid));
        assert_eq!(other, None, "not in $: {saved:?} {reply:?}");
        if !reply.tagged.starts_with("OK") {
            let passing = PASSING.contains(&target) || PASSING.contains(&self.mailbox);
            let expected = passing || reply.tagged.contains("EXPUNGEISSUED");
            assert!(expected, "{reply:?}");
            return Ok(());
        }
        self.are_gone(saved.iter().filter(|uid| !done.contains(uid)))
    }

    fn are_gone<'u>(&mut self, uids: impl Iterator<Item = &'u u32>) -> Outcome {
        let uids: Vec<u32> = uids.copied().collect();
        if !uids.is_empty() {
            self.noop()?;
            let there = uids
                .iter()
                .find(|uid| self.model.uids.contains(&Some(**uid)));
            assert_eq!(there, None, "left out, though it is there");
        }
        Ok(())
    }

    /// Asks for what it was told already: it must be the same.
    pub(super) fn changed_since(&mut self) -> Outcome {
        self.noop()?;
        let since = self.synchronised.saturating_sub(20).max(1);
        let vanished = if self.has_qresync() { " VANISHED" } else { "" };
        let reply = self.run(&format!(
            "UID FETCH 1:* (FLAGS) (CHANGEDSINCE {since}{vanished})"
        ))?;
        let lines = reply.lines();
        let earlier = lines
            .iter()
            .filter_map(|line| line.strip_prefix("* VANISHED (EARLIER) "));
        let gone: Vec<u32> = earlier.flat_map(numbers).collect();
        self.are_gone(gone.iter())
    }

    pub(super) fn replace(&mut self, name: &str, pick: &Pick, target: &str, flag: &str) -> Outcome {
        let one = Pick {
            by_uid: pick.by_uid,
            at: pick.at.iter().copied().take(1).collect(),
        };
        let Some((uid, set, _)) = self.some(&one) else {
            return Ok(());
        };
        let (tag, text) = (self.tag(), letter(name, 100));
        let command = format!("{uid}REPLACE {set} {target} ({flag})");
        let head = format!("{tag} {command} {{{}+}}\r\n", text.len());
        let octets = [head.as_bytes(), &text, b"\r\n"].concat();
        let reply = self.run_octets(&command, &tag, &octets)?;
        match append_uids(&reply) {
            Some((validity, uids)) => self.world.ledger().note((validity, uids[0]), name),
            None => assert!(reply.tagged.starts_with("NO"), "{reply:?}"),
        }
        Ok(())
    }

    pub(super) fn notify(&mut self, delayed: bool) -> Outcome {
        let (specifier, notified) = match delayed {
            true => ("selected-delayed", Notified::Delayed),
            false => ("selected", Notified::AtOnce),
        };
        // From the moment the server has read it.
        self.notified = notified;
        let reply = self.run(&format!(
            "NOTIFY SET ({specifier} {EVENTS}) (personal (MailboxName MessageNew MessageExpunge))"
        ))?;
        assert!(reply.tagged.starts_with("OK"), "{reply:?}");
        Ok(())
    }

    /// Wants to be told nothing, and then of all that came in the meantime.
    pub(super) fn notify_pause(&mut self) -> Outcome {
        self.run("NOTIFY NONE")?;
        self.run("NOOP")?;
        self.notify(true)
    }
}
