//! One client: two mailboxes of its own, and what it was doing when the server went.

use super::mailbox::{Difference, Mailbox, Message, look, octets};
use super::talk::{Session, deliver};
use super::{Inbox, Shared, locked};
use crate::model::Violation;
use postern_tests::{Chance, ServerUnderTest, numbers};
use std::collections::BTreeSet;

const FLAGS: [&str; 4] = [r"\Seen", r"\Flagged", r"\Answered", "$one"];
/// More than this a mailbox does not hold, so that all of it can be looked at each time.
const MANY: usize = 24;

/// What was sent and not answered yet, in one of the two mailboxes.
#[derive(Debug, Clone)]
enum Doing {
    Append(Message),
    Store(Vec<u32>, &'static str, bool),
    Copy(Vec<u32>),
    Move(Vec<u32>),
    Expunge(Vec<u32>),
}

pub(super) struct Person {
    number: usize,
    account: String,
    chance: Chance,
    own: [Mailbox; 2],
    /// With the place of the mailbox that is selected.
    doing: Option<(usize, Doing)>,
    sent: usize,
}

fn set(uids: &[u32]) -> String {
    let uids: Vec<_> = uids.iter().map(u32::to_string).collect();
    uids.join(",")
}

impl Person {
    pub(super) fn new(number: usize, account: String, seed: u64) -> Person {
        let own = ["a", "b"].map(|which| Mailbox {
            name: format!("{which}{number}"),
            ..Mailbox::default()
        });
        Person {
            number,
            account,
            chance: Chance::new(seed ^ ((number as u64 + 1) << 40)),
            own,
            doing: None,
            sent: 0,
        }
    }

    /// Makes the mailboxes, before anybody is killed.
    pub(super) fn begin(&mut self, server: &ServerUnderTest) -> Result<(), Violation> {
        let mut session = Session::login(server, &self.account).ok_or("no login")?;
        for mailbox in &self.own {
            session.ok(&format!("CREATE {}", mailbox.name))?;
        }
        Ok(())
    }

    /// Looks at what is there, and works until the server goes.
    pub(super) fn live(&mut self, shared: &Shared<'_>) -> Result<(), Violation> {
        let Some(mut session) = Session::login(shared.server, &self.account) else {
            return Ok(());
        };
        if session.ok("ENABLE QRESYNC")?.is_none() || !self.verify(&mut session)? {
            return Ok(());
        }
        let here = self.chance.below(2);
        if session
            .ok(&format!("SELECT {}", self.own[here].name))?
            .is_none()
        {
            return Ok(());
        }
        while self.step(&mut session, shared, here)?.is_some() {
            shared.acknowledged();
        }
        Ok(())
    }

    /// False: the server has gone before all was seen.
    fn verify(&mut self, session: &mut Session) -> Result<bool, Violation> {
        let (Some(first), Some(second)) =
            (look(session, &self.own[0])?, look(session, &self.own[1])?)
        else {
            return Ok(false);
        };
        let differences = [self.own[0].compare(&first)?, self.own[1].compare(&second)?];
        self.explain(&differences)?;
        self.doing = None;
        let [a, b] = &mut self.own;
        a.adopt(first);
        b.adopt(second);
        Ok(true)
    }

    /// What was acknowledged is there; what was being done is done whole or not at all.
    fn explain(&self, differences: &[Difference; 2]) -> Result<(), Violation> {
        if differences.iter().all(Difference::is_none) {
            return Ok(());
        }
        let lost = || {
            let who = self.number;
            Err(format!(
                "client {who}, doing {:?}: {differences:?}",
                self.doing
            ))
        };
        let Some((here, doing)) = &self.doing else {
            return lost();
        };
        let (from, to) = (&differences[*here], &differences[1 - *here]);
        let known = &self.own[*here].messages;
        let messages = |uids: &[u32]| -> Vec<Message> {
            uids.iter()
                .filter_map(|uid| known.get(uid))
                .cloned()
                .collect()
        };
        let added = |difference: &Difference| -> Vec<Message> {
            difference.added.values().cloned().collect()
        };
        let all = |uids: &[u32]| uids.iter().copied().collect::<BTreeSet<_>>();
        let whole = match doing {
            Doing::Append(message) => {
                *from
                    == Difference {
                        added: from.added.clone(),
                        ..Difference::default()
                    }
                    && added(from) == [message.clone()]
                    && to.is_none()
            }
            Doing::Store(uids, flag, on) => {
                let mut expected = Difference::default();
                for uid in uids {
                    let mut message = known[uid].clone();
                    change(&mut message, flag, *on);
                    if message != known[uid] {
                        expected.changed.insert(*uid, message);
                    }
                }
                *from == expected && to.is_none()
            }
            Doing::Copy(uids) => {
                from.is_none() && added(to) == messages(uids) && to.names().len() == uids.len()
            }
            Doing::Move(uids) => {
                from.gone == all(uids)
                    && from.added.is_empty()
                    && from.changed.is_empty()
                    && added(to) == messages(uids)
                    && to.gone.is_empty()
            }
            Doing::Expunge(uids) => from.gone == all(uids) && from.added.is_empty() && to.is_none(),
        };
        if whole { Ok(()) } else { lost() }
    }

    /// One command. None: the server has gone.
    fn step(
        &mut self,
        session: &mut Session,
        shared: &Shared<'_>,
        here: usize,
    ) -> Result<Option<()>, Violation> {
        if self.number.is_multiple_of(4) && self.chance.once_in(4) {
            return self.send_to_inbox(session, shared);
        }
        let Some(doing) = self.next(here) else {
            return Ok(session.run("NOOP").map(drop));
        };
        let other = self.own[1 - here].name.clone();
        let command = match &doing {
            Doing::Append(message) => {
                let text = octets(&message.name);
                let flags = message.flags.iter().cloned().collect::<Vec<_>>().join(" ");
                let name = &self.own[here].name;
                format!("APPEND {name} ({flags}) {{{}+}}\r\n{text}", text.len())
            }
            Doing::Store(uids, flag, on) => {
                let sign = if *on { '+' } else { '-' };
                format!("UID STORE {} {sign}FLAGS.SILENT ({flag})", set(uids))
            }
            Doing::Copy(uids) => format!("UID COPY {} {other}", set(uids)),
            Doing::Move(uids) => format!("UID MOVE {} {other}", set(uids)),
            Doing::Expunge(uids) => format!("UID EXPUNGE {}", set(uids)),
        };
        self.doing = Some((here, doing.clone()));
        let Some(said) = session.run(&command) else {
            return Ok(None);
        };
        let mut told = said.tagged.clone();
        for line in &said.untagged {
            told.push_str(&String::from_utf8_lossy(line));
        }
        if !said.tagged.starts_with("OK") {
            return Err(format!("{command:.60}: {}", said.tagged));
        }
        self.done(here, doing, &told)?;
        self.doing = None;
        Ok(Some(()))
    }

    fn next(&mut self, here: usize) -> Option<Doing> {
        let mailbox = &self.own[here];
        let room = self.own[1 - here].messages.len() < MANY;
        let uids: Vec<u32> = mailbox.messages.keys().copied().collect();
        let deleted: Vec<u32> = mailbox
            .messages
            .iter()
            .filter(|(_, message)| message.flags.contains(r"\Deleted"))
            .map(|(uid, _)| *uid)
            .collect();
        let mut some: BTreeSet<u32> = BTreeSet::new();
        for _ in 0..=self.chance.below(3) {
            if !uids.is_empty() {
                some.insert(*self.chance.one(&uids));
            }
        }
        let some: Vec<u32> = some.into_iter().collect();
        if some.is_empty() || uids.len() < MANY && self.chance.once_in(3) {
            return Some(Doing::Append(self.message()));
        }
        match self.chance.below(8) {
            0..=2 => {
                let flag = *self.chance.one(&FLAGS);
                Some(Doing::Store(some, flag, self.chance.once_in(2)))
            }
            3 if room => Some(Doing::Copy(some)),
            4 | 5 if room => Some(Doing::Move(some)),
            6 if !deleted.is_empty() => Some(Doing::Expunge(deleted)),
            7 => None,
            _ => Some(Doing::Store(some, r"\Deleted", true)),
        }
    }

    fn message(&mut self) -> Message {
        self.sent += 1;
        let len = match self.chance.below(12) {
            // Larger than what is written on the spot.
            0 => 70_000,
            _ => self.chance.below(1500),
        };
        let flags = self
            .chance
            .once_in(2)
            .then(|| self.chance.one(&FLAGS).to_string());
        Message {
            name: format!("c{}-{}-{len}", self.number, self.sent),
            flags: flags.into_iter().collect(),
        }
    }

    /// What was acknowledged is so from now on.
    fn done(&mut self, here: usize, doing: Doing, told: &str) -> Result<(), Violation> {
        match doing {
            Doing::Append(message) => {
                let uid = uids(told, "APPENDUID", 1)?[0];
                put(&mut self.own[here], uid, message)
            }
            Doing::Store(uids, flag, on) => {
                for uid in uids {
                    if let Some(message) = self.own[here].messages.get_mut(&uid) {
                        change(message, flag, on);
                    }
                }
                Ok(())
            }
            Doing::Copy(_) | Doing::Move(_) => {
                let from = uids(told, "COPYUID", 1)?;
                let to = uids(told, "COPYUID", 2)?;
                for (from, to) in from.into_iter().zip(to) {
                    let message = match &doing {
                        Doing::Move(_) => self.own[here].messages.remove(&from),
                        _ => self.own[here].messages.get(&from).cloned(),
                    };
                    let message = message.ok_or(format!("COPYUID names {from}"))?;
                    put(&mut self.own[1 - here], to, message)?;
                }
                Ok(())
            }
            Doing::Expunge(uids) => {
                self.own[here].messages.retain(|uid, _| !uids.contains(uid));
                Ok(())
            }
        }
    }

    /// A message into the mailbox that all clients of the account share.
    fn send_to_inbox(
        &mut self,
        session: &mut Session,
        shared: &Shared<'_>,
    ) -> Result<Option<()>, Violation> {
        let name = self.message().name;
        let inbox: &Inbox = &shared.inboxes[&self.account];
        locked(inbox).maybe.insert(name.clone());
        let text = octets(&name);
        if self.chance.once_in(2) {
            return match deliver(shared.server, &self.account, &text) {
                None => Ok(None),
                Some(false) => Err("a delivery was refused".to_owned()),
                Some(true) => {
                    locked(inbox).sure.insert(name);
                    Ok(Some(()))
                }
            };
        }
        let command = format!("APPEND INBOX {{{}+}}\r\n{text}", text.len());
        let Some(said) = session.run(&command) else {
            return Ok(None);
        };
        let uid = uids(&said.tagged, "APPENDUID", 1)?[0];
        let message = Message {
            name,
            flags: BTreeSet::new(),
        };
        let before = locked(inbox).mailbox.messages.insert(uid, message);
        match before {
            None => Ok(Some(())),
            Some(message) => Err(format!("UID {uid} of INBOX was given twice: {message:?}")),
        }
    }
}

fn change(message: &mut Message, flag: &str, on: bool) {
    match on {
        true => drop(message.flags.insert(flag.to_owned())),
        false => drop(message.flags.remove(flag)),
    }
}

fn put(mailbox: &mut Mailbox, uid: u32, message: Message) -> Result<(), Violation> {
    let name = &mailbox.name;
    if uid < mailbox.uid_next {
        return Err(format!("{name}: UID {uid} was given again"));
    }
    mailbox.uid_next = uid + 1;
    mailbox.messages.insert(uid, message);
    Ok(())
}

/// The UIDs at a place in the arguments of a response code.
fn uids(told: &str, code: &str, place: usize) -> Result<Vec<u32>, Violation> {
    let found = told.split_once(&format!("[{code} "));
    let set = found.and_then(|(_, rest)| {
        let (arguments, _) = rest.split_once(']')?;
        arguments.split(' ').nth(place)
    });
    set.map(numbers).ok_or_else(|| format!("no {code}: {told}"))
}
