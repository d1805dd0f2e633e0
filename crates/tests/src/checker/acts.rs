//! How a client does a step: the commands of IMAP4rev2.

use super::player::{Elsewhere, Notified, Outcome, Player};
use super::step::{Act, FLAGS, MAILBOXES, PASSING, Pick};
use super::{letter, set};
use crate::{Lmtp, Reply, numbers};
use std::collections::BTreeSet;

impl Player<'_> {
    /// Does what a step says; an act that finds nothing to do does nothing.
    pub(super) fn act(&mut self, act: &Act) {
        self.world.say(self.number, format!("# {act:?}"));
        // Elsewhere it goes on with the next step.
        let _ = self.try_act(act);
    }

    fn try_act(&mut self, act: &Act) -> Outcome {
        match act {
            // Their place is in the playing.
            Act::Arrive { .. } | Act::Meet => Ok(()),
            Act::Append {
                name,
                target,
                flag,
                sizes,
            } => self.append(name, target, flag, sizes),
            Act::Deliver { name } => self.deliver(name),
            Act::Store {
                pick,
                action,
                flag,
                silent,
                unchanged_since,
            } => match unchanged_since {
                true => self.store_unchanged(pick, action, flag),
                false => self.store(pick, action, flag, *silent),
            },
            Act::Copy { verb, pick, target } => self.copy(verb, pick, target),
            Act::Replace {
                name,
                pick,
                target,
                flag,
            } => self.replace(name, pick, target, flag),
            Act::Remove { pick, by_uid } => self.remove(pick, *by_uid),
            Act::Expunge => self.run("EXPUNGE").map(drop),
            Act::Search => self.search(),
            Act::SearchSave { flag, then, target } => self.search_save(flag, *then, target),
            Act::ChangedSince => self.changed_since(),
            Act::Idle => self.idle(),
            Act::Notify { delayed } => self.notify(*delayed),
            Act::NotifyPause => self.notify_pause(),
            Act::Select { mailbox } => self.reselect(mailbox),
            Act::Create { mailbox } => self.run(&format!("CREATE {mailbox}")).map(drop),
            Act::Rename { from, to } => self.run(&format!("RENAME {from} {to}")).map(drop),
            Act::DeleteMailbox { mailbox } => self.delete_mailbox(mailbox),
            Act::Resynchronise { tells_uids } => self.resynchronise(*tells_uids),
            Act::Cut { sent, tells_uids } => self.cut(sent.as_deref(), *tells_uids),
            Act::Fetch => self.learn(),
            Act::Noop => self.noop(),
        }
    }

    fn append(&mut self, name: &str, target: &str, flag: &str, sizes: &[usize]) -> Outcome {
        let tag = self.tag();
        let mut octets = format!("{tag} APPEND {target}").into_bytes();
        for (number, size) in sizes.iter().enumerate() {
            let text = letter(&format!("{name}.{number}"), *size);
            octets.extend(format!(" ({flag}) {{{}+}}\r\n", text.len()).bytes());
            octets.extend(text);
        }
        octets.extend(b"\r\n");
        let command = format!("APPEND {target} ({flag}) {sizes:?}");
        let reply = self.run_octets(&command, &tag, &octets)?;
        let Some((validity, uids)) = append_uids(&reply) else {
            assert!(PASSING.contains(&target), "{reply:?}");
            return Ok(());
        };
        assert_eq!(uids.len(), sizes.len(), "{reply:?}");
        let mut ledger = self.world.ledger();
        for (number, uid) in uids.into_iter().enumerate() {
            ledger.note((validity, uid), &format!("{name}.{number}"));
        }
        Ok(())
    }

    fn deliver(&mut self, name: &str) -> Outcome {
        let mut lmtp = Lmtp::connect(self.world.server);
        let recipients: Vec<&str> = [Some(self.world.account), self.world.witness]
            .into_iter()
            .flatten()
            .collect();
        let replies = lmtp.deliver(&recipients, &letter(name, 100));
        let taken = replies.iter().filter(|reply| reply.starts_with("250"));
        assert_eq!(taken.count(), recipients.len(), "{replies:?}");
        self.world.ledger().delivered.push(name.to_owned());
        Ok(())
    }

    /// Some of the messages, as a command names them, and their UIDs; None when there are none
    /// or the client does not know them.
    pub(super) fn some(&self, pick: &Pick) -> Option<(&'static str, String, Vec<u32>)> {
        let count = self.model.uids.len();
        if count == 0 {
            return None;
        }
        let chosen: BTreeSet<usize> = pick.at.iter().map(|at| at % count).collect();
        let uids: Option<Vec<u32>> = chosen.iter().map(|at| self.model.uids[*at]).collect();
        let uids = uids?;
        if pick.by_uid || self.notified == Notified::AtOnce {
            return Some(("UID ", set(&uids), uids));
        }
        let numbers = chosen.iter().map(|at| u32::try_from(*at).unwrap() + 1);
        Some(("", set(&numbers.collect::<Vec<_>>()), uids))
    }

    fn store(&mut self, pick: &Pick, action: &str, flag: &str, silent: bool) -> Outcome {
        let Some((uid, set, uids)) = self.some(pick) else {
            return Ok(());
        };
        // What NOTIFY tells in the meantime could be of before or of after.
        let silent = silent && self.notified == Notified::No;
        let suffix = if silent { ".SILENT" } else { "" };
        if silent {
            // The client supposes it done; what the server then says comes after.
            self.suppose(action, flag, &uids);
        }
        let reply = self.run(&format!("{uid}STORE {set} {action}FLAGS{suffix} ({flag})"))?;
        let deleted = PASSING.contains(&self.mailbox) && reply.tagged.contains("NONEXISTENT");
        assert!(
            deleted
                || reply.tagged.starts_with("OK")
                || reply.tagged.starts_with("NO [EXPUNGEISSUED]"),
            "{reply:?}"
        );
        Ok(())
    }

    fn suppose(&mut self, action: &str, flag: &str, uids: &[u32]) {
        for uid in uids {
            let Some(flags) = self.model.flags.get_mut(uid) else {
                continue;
            };
            match action {
                "+" => drop(flags.insert(flag.to_owned())),
                "-" => drop(flags.remove(flag)),
                _ => *flags = BTreeSet::from([flag.to_owned()]),
            }
        }
    }

    fn copy(&mut self, verb: &str, pick: &Pick, target: &str) -> Outcome {
        let Some((uid, set, _)) = self.some(pick) else {
            return Ok(());
        };
        let source = self.model.validity;
        let reply = self.run(&format!("{uid}{verb} {set} {target}"))?;
        self.note_copies(source, &reply);
        Ok(())
    }

    /// Notes what COPYUID says; gives the UIDs that were copied.
    pub(super) fn note_copies(&mut self, source: u32, reply: &Reply) -> Vec<u32> {
        let lines = [reply.lines(), vec![reply.tagged.clone()]].concat();
        let Some((_, code)) = lines.iter().find_map(|line| line.split_once("[COPYUID ")) else {
            return Vec::new();
        };
        let words: Vec<&str> = code.split([' ', ']']).collect();
        let (validity, from, to) = (
            words[0].parse().unwrap(),
            numbers(words[1]),
            numbers(words[2]),
        );
        assert_eq!(from.len(), to.len(), "{reply:?}");
        let mut ledger = self.world.ledger();
        for (from, to) in from.iter().zip(to) {
            ledger.note_copy((source, *from), (validity, to));
        }
        from
    }

    fn remove(&mut self, pick: &Pick, by_uid: bool) -> Outcome {
        let Some((_, _, uids)) = self.some(pick) else {
            return Ok(());
        };
        let set = set(&uids);
        self.run(&format!(r"UID STORE {set} +FLAGS (\Deleted)"))?;
        match by_uid {
            true => self.run(&format!("UID EXPUNGE {set}"))?,
            false => self.run("EXPUNGE")?,
        };
        Ok(())
    }

    fn search(&mut self) -> Outcome {
        if self.notified == Notified::AtOnce {
            return Ok(());
        }
        let reply = self.run("SEARCH RETURN (MAX) NOT DELETED")?;
        let lines = reply.lines();
        let highest = lines.iter().find_map(|line| line.split_once(" MAX "));
        let highest = highest.and_then(|(_, rest)| rest.split(' ').next());
        let highest = highest.map_or(0, |number| number.parse::<usize>().unwrap());
        assert!(
            highest <= self.model.uids.len(),
            "SEARCH finds what is not there: {reply:?}"
        );
        Ok(())
    }

    /// What SEARCH finds by a flag is what the client knows.
    pub(super) fn searches_agree(&mut self) {
        let flag = FLAGS[self.number % FLAGS.len()];
        let Ok(found) = self.find(flag, "ALL") else {
            panic!("a mailbox was deleted while all meet");
        };
        let flags = self.model.flags.iter();
        let known: Vec<u32> = flags
            .filter(|(_, flags)| flags.contains(flag))
            .map(|(uid, _)| *uid)
            .collect();
        assert_eq!(found, known, "client {}: SEARCH {flag}", self.number);
    }

    /// The UIDs of the messages that have a flag.
    pub(super) fn find(&mut self, flag: &str, options: &str) -> Outcome<Vec<u32>> {
        let key = match flag.strip_prefix('\\') {
            Some(name) => name.to_ascii_uppercase(),
            None => format!("KEYWORD {flag}"),
        };
        let reply = self.run(&format!("UID SEARCH RETURN ({options}) {key}"))?;
        let lines = reply.lines();
        let mut found = lines.iter().filter(|line| line.starts_with("* ESEARCH"));
        let found = found.next().expect("ESEARCH");
        let mut words = found
            .split(' ')
            .skip_while(|word| !["ALL", "MIN"].contains(word));
        Ok(words.nth(1).map_or_else(Vec::new, numbers))
    }

    fn idle(&mut self) -> Outcome {
        self.world.say(self.number, "> IDLE");
        let _ = self.client.try_send(b"idle IDLE\r\n");
        let begun = self.replies("IDLE", "+")?;
        self.take("IDLE", &begun);
        self.run_octets("DONE", "idle", b"DONE\r\n").map(drop)
    }

    fn reselect(&mut self, mailbox: &'static str) -> Outcome {
        self.noop()?;
        self.run("UNSELECT")?;
        self.select(mailbox);
        Ok(())
    }

    /// Whether it deletes the one it has selected it cannot know, which another may have renamed.
    fn delete_mailbox(&mut self, mailbox: &str) -> Outcome {
        if !MAILBOXES.contains(&self.mailbox) {
            self.reselect(MAILBOXES[0])?;
        }
        // Told to others before the OK is read.
        self.world.ledger().deleted += 1;
        let reply = self.run(&format!("DELETE {mailbox}"))?;
        if !reply.tagged.starts_with("OK") {
            self.world.ledger().deleted -= 1;
        }
        Ok(())
    }

    /// Comes back after it has learned all.
    fn resynchronise(&mut self, tells_uids: bool) -> Outcome {
        self.noop()?;
        while !self.model.unknown().is_empty() {
            self.learn()?;
            self.noop()?;
        }
        self.come_back(tells_uids)
    }

    fn cut(&mut self, sent: Option<&str>, tells_uids: bool) -> Outcome {
        if let Some(command) = sent {
            self.world.say(self.number, format!("> {command} (cut)"));
            let _ = self.client.try_send(format!("x {command}\r\n").as_bytes());
            self.client.cut();
        }
        self.come_back(tells_uids)
    }

    fn come_back(&mut self, tells_uids: bool) -> Outcome {
        self.reconnect();
        match self.has_qresync() {
            true => self.resume(tells_uids),
            false => {
                self.select(self.mailbox);
                Err(Elsewhere)
            }
        }
    }
}

/// What APPENDUID says: UIDVALIDITY and UIDs.
pub(super) fn append_uids(reply: &Reply) -> Option<(u32, Vec<u32>)> {
    let lines = [reply.lines(), vec![reply.tagged.clone()]].concat();
    let (_, code) = lines
        .iter()
        .find_map(|line| line.split_once("[APPENDUID "))?;
    let words: Vec<&str> = code.split([' ', ']']).collect();
    Some((words[0].parse().unwrap(), numbers(words[1])))
}
