//! One client: its connection, its model, and how the two are kept together.

use super::ledger::Ledger;
use super::set;
use super::step::PASSING;
use crate::{Client, Model, Reply, ServerUnderTest, number_in_code, numbers};
use std::collections::BTreeSet;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Where clients play, and what they share.
pub(super) struct World<'a> {
    pub(super) server: &'a ServerUnderTest,
    pub(super) account: &'a str,
    /// Who else every delivery is for.
    pub(super) witness: Option<&'a str>,
    /// How long an answer may take.
    pub(super) patience: Duration,
    pub(super) ledger: Mutex<Ledger>,
    /// What was said since the last meeting, with the client's number.
    pub(super) said: Mutex<Vec<(usize, String)>>,
}

impl World<'_> {
    pub(super) fn ledger(&self) -> MutexGuard<'_, Ledger> {
        self.ledger.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn say(&self, client: usize, line: impl Into<String>) {
        self.transcript().push((client, line.into()));
    }

    pub(super) fn transcript(&self) -> MutexGuard<'_, Vec<(usize, String)>> {
        self.said.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What NOTIFY was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Notified {
    No,
    /// `selected-delayed`.
    Delayed,
    /// `selected`: numbers can shift at any time.
    AtOnce,
}

pub(super) struct Player<'a> {
    pub(super) number: usize,
    pub(super) world: &'a World<'a>,
    pub(super) client: Client,
    /// The name at which it selected.
    pub(super) mailbox: &'static str,
    pub(super) model: Model,
    /// The MODSEQ up to which it was told all.
    pub(super) synchronised: u64,
    pub(super) notified: Notified,
    tags: u32,
}

/// Why there is no reply: the selected mailbox was deleted and the client is elsewhere now.
pub(super) struct Elsewhere;

/// What ends in one of the two.
pub(super) type Outcome<T = ()> = Result<T, Elsewhere>;

impl<'a> Player<'a> {
    pub(super) fn new(number: usize, world: &'a World<'a>, mailbox: &'static str) -> Self {
        let mut player = Self {
            number,
            world,
            client: connect(world),
            mailbox,
            model: Model::default(),
            synchronised: 0,
            notified: Notified::No,
            tags: 0,
        };
        player.enable();
        player.select(mailbox);
        player
    }

    /// A third of them each speak IMAP4rev1, IMAP4rev2 and QRESYNC.
    fn enable(&mut self) {
        match self.number % 3 {
            0 => {}
            1 => drop(self.client.command("ENABLE IMAP4rev2")),
            _ => drop(self.client.command("ENABLE QRESYNC")),
        }
    }

    pub(super) fn has_qresync(&self) -> bool {
        self.number % 3 == 2
    }

    pub(super) fn tag(&mut self) -> String {
        self.tags += 1;
        format!("c{}", self.tags)
    }

    /// A command whose replies the model takes in.
    pub(super) fn run(&mut self, command: &str) -> Outcome<Reply> {
        let tag = self.tag();
        self.run_octets(command, &tag, format!("{tag} {command}\r\n").as_bytes())
    }

    /// The same with the octets to send.
    pub(super) fn run_octets(&mut self, command: &str, tag: &str, octets: &[u8]) -> Outcome<Reply> {
        let reply = self.converse(command, tag, octets)?;
        assert!(!reply.tagged.starts_with("BAD"), "{command}: {reply:?}");
        self.take(command, &reply);
        Ok(reply)
    }

    /// Sends and reads up to the tagged reply, or to a `+` where the tag is that.
    fn converse(&mut self, command: &str, tag: &str, octets: &[u8]) -> Outcome<Reply> {
        self.world.say(self.number, format!("> {command}"));
        // When it cannot be sent there is a BYE to read.
        let _ = self.client.try_send(octets);
        self.replies(command, tag)
    }

    pub(super) fn replies(&mut self, command: &str, tag: &str) -> Outcome<Reply> {
        let mut untagged = Vec::new();
        loop {
            let read = self.client.try_reply();
            let Ok(Some(octets)) = read else {
                self.lost(command, &untagged, read.err());
                return Err(Elsewhere);
            };
            let line = String::from_utf8_lossy(&octets).into_owned();
            self.world.say(self.number, line.clone());
            if let Some(tagged) = line.strip_prefix(&format!("{tag} ")) {
                return Ok(Reply {
                    untagged,
                    tagged: tagged.to_owned(),
                });
            }
            untagged.push(octets);
        }
    }

    /// The connection ended: only the deletion of the selected mailbox may do that. The BYE can
    /// be lost, where a command was under way.
    fn lost(&mut self, command: &str, lines: &[Vec<u8>], error: Option<String>) {
        let passing = PASSING.contains(&self.mailbox) && self.world.ledger().deleted > 0;
        let silent = error.as_ref().is_some_and(|why| why.contains("TimedOut"));
        assert!(
            passing && !silent,
            "{command}: the connection ended: {:?}, {error:?}",
            Reply {
                untagged: lines.to_vec(),
                tagged: String::new()
            }
            .lines()
        );
        self.reconnect();
        self.select("INBOX");
    }

    pub(super) fn reconnect(&mut self) {
        self.world.say(self.number, "(a new connection)");
        self.client = connect(self.world);
        self.notified = Notified::No;
        self.enable();
    }

    pub(super) fn take(&mut self, command: &str, reply: &Reply) {
        let by_number = self.notified != Notified::AtOnce
            && ["FETCH", "STORE", "SEARCH"]
                .iter()
                .any(|name| command.starts_with(name));
        for line in reply.lines() {
            let earlier = line.starts_with("* VANISHED (EARLIER)");
            let removes = line.ends_with(" EXPUNGE") || line.starts_with("* VANISHED ");
            assert!(
                !(by_number && removes && !earlier),
                "{command} shifts numbers: {reply:?}"
            );
            // It takes no message from the mailbox as this session has it (RFC 7162 3.2.10.1).
            if !earlier {
                self.model.hear(&line);
            }
        }
        self.model.hear_end(&reply.tagged);
        self.publish_gone();
    }

    fn publish_gone(&mut self) {
        let gone = std::mem::take(&mut self.model.gone);
        let mut ledger = self.world.ledger();
        for uid in gone {
            ledger.remove((self.model.validity, uid));
        }
    }

    /// Only after this does the highest MODSEQ stand for all that was before it: FETCH does not
    /// tell what was expunged.
    pub(super) fn noop(&mut self) -> Outcome {
        self.run("NOOP")?;
        self.synchronised = self.model.modseq;
        Ok(())
    }

    /// Selects the mailbox, or INBOX when it is not there. Nothing is selected before.
    pub(super) fn select(&mut self, mailbox: &'static str) {
        self.mailbox = mailbox;
        self.model = Model::default();
        let selected = self.run(&format!("SELECT {mailbox}"));
        match selected {
            Ok(reply) if reply.tagged.starts_with("OK") => {
                self.model.validity = validity(&reply);
                self.synchronised = self.model.modseq;
                // Elsewhere it is selected anew.
                let _ = self.learn();
            }
            Ok(reply) => {
                assert!(PASSING.contains(&mailbox), "{mailbox}: {reply:?}");
                self.select("INBOX");
            }
            Err(Elsewhere) => {}
        }
    }

    /// Asks for what the model lacks.
    pub(super) fn learn(&mut self) -> Outcome {
        let unknown = self.model.unknown();
        if let (Some(first), Some(last)) = (unknown.first(), unknown.last()) {
            match self.notified {
                Notified::AtOnce => self.run("UID FETCH 1:* (UID FLAGS)")?,
                _ => self.run(&format!("FETCH {first}:{last} (UID FLAGS)"))?,
            };
        }
        Ok(())
    }

    /// Selects on a new connection with what it knows, and is told the rest.
    pub(super) fn resume(&mut self, tells_uids: bool) -> Outcome {
        // One that it does not know may stand before one that it does.
        let uids: Vec<u32> = self.model.uids.iter().map_while(|uid| *uid).collect();
        let known: BTreeSet<u32> = uids.iter().copied().collect();
        self.model.flags.retain(|uid, _| known.contains(uid));
        let told = match uids.is_empty() || !tells_uids {
            true => String::new(),
            false => format!(" {}", set(&uids)),
        };
        let command = format!(
            "SELECT {} (QRESYNC ({} {}{told}))",
            self.mailbox, self.model.validity, self.synchronised
        );
        let tag = self.tag();
        let octets = format!("{tag} {command}\r\n");
        let reply = self.converse(&command, &tag, octets.as_bytes())?;
        if !reply.tagged.starts_with("OK") {
            assert!(PASSING.contains(&self.mailbox), "{command}: {reply:?}");
            self.select("INBOX");
            return Err(Elsewhere);
        }
        self.reconcile(&reply, &uids);
        self.publish_gone();
        self.learn()
    }

    fn reconcile(&mut self, reply: &Reply, known: &[u32]) {
        let lines = reply.lines();
        if validity(reply) != self.model.validity {
            let earlier = lines.iter().find(|line| line.starts_with("* VANISHED"));
            assert_eq!(earlier, None, "of another mailbox");
            self.model = Model {
                validity: validity(reply),
                ..Model::default()
            };
        } else {
            let vanished: BTreeSet<u32> = lines
                .iter()
                .filter_map(|line| line.strip_prefix("* VANISHED (EARLIER) "))
                .flat_map(numbers)
                .collect();
            // EXISTS is said before what vanished: the model begins with what is left.
            let left = known.iter().filter(|uid| !vanished.contains(uid));
            self.model.uids = left.map(|uid| Some(*uid)).collect();
            self.model.flags.retain(|uid, _| !vanished.contains(uid));
            let gone = known.iter().filter(|uid| vanished.contains(uid));
            self.model.gone.extend(gone);
        }
        for line in lines.iter().filter(|line| !line.starts_with("* VANISHED")) {
            self.model.hear(line);
        }
        self.model.hear_end(&reply.tagged);
        self.synchronised = self.model.modseq;
    }

    /// Learns all there is, while nobody changes anything.
    pub(super) fn settle(&mut self) {
        while self.noop().is_err() || !self.model.unknown().is_empty() {
            let _ = self.learn();
        }
        let model = self.model.clone();
        model.whole();
        self.world.ledger().models.push((self.number, model));
        self.searches_agree();
    }
}

fn connect(world: &World<'_>) -> Client {
    let mut client = Client::login_as(world.server, world.account);
    client.set_deadline(world.patience);
    client
}

fn validity(reply: &Reply) -> u32 {
    let lines = reply.lines();
    let mut numbers = lines
        .iter()
        .filter_map(|line| number_in_code(line, "UIDVALIDITY"));
    let number = numbers.next().expect("UIDVALIDITY");
    u32::try_from(number).unwrap()
}
