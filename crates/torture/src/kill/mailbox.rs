//! A mailbox as one client knows it, and as it is found after the server was killed.

use crate::kill::talk::Session;
use crate::model::Violation;
use postern_tests::{literals, number_in_code, numbers};
use std::collections::{BTreeMap, BTreeSet};

/// A message: its name, which says what its octets are, and its flags.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Message {
    pub(super) name: String,
    pub(super) flags: BTreeSet<String>,
}

/// Messages by UID.
pub(super) type Messages = BTreeMap<u32, Message>;

/// What a client knows.
#[derive(Debug, Default, Clone)]
pub(super) struct Mailbox {
    pub(super) name: String,
    pub(super) messages: Messages,
    pub(super) validity: u64,
    /// From here on UIDs were given to nobody.
    pub(super) uid_next: u32,
    /// As it was when it was last looked at, for QRESYNC.
    pub(super) seen: Messages,
    pub(super) modseq: u64,
}

/// What a client finds.
#[derive(Debug)]
pub(super) struct Found {
    messages: Messages,
    validity: u64,
    uid_next: u32,
    modseq: u64,
    /// What QRESYNC told: what is gone, and what is new or changed.
    vanished: BTreeSet<u32>,
    told: BTreeMap<u32, BTreeSet<String>>,
}

/// How what is found differs from what is known.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Difference {
    pub(super) gone: BTreeSet<u32>,
    pub(super) added: Messages,
    pub(super) changed: Messages,
}

impl Difference {
    pub(super) fn is_none(&self) -> bool {
        *self == Self::default()
    }

    /// Names of what was added, in the order of UIDs.
    pub(super) fn names(&self) -> Vec<&str> {
        self.added.values().map(|m| m.name.as_str()).collect()
    }
}

/// The octets of a message, as its name says: `who-number-length`.
pub(crate) fn octets(name: &str) -> String {
    let len = name.rsplit('-').next().and_then(|len| len.parse().ok());
    let filler = format!("{name} ").repeat(len.unwrap_or(0) / (name.len() + 1) + 1);
    format!("Subject: {name}\r\n\r\n{filler}\r\n")
}

/// Looks at a mailbox, from what was seen of it before. None: the server has gone.
pub(super) fn look(session: &mut Session, known: &Mailbox) -> Result<Option<Found>, Violation> {
    let name = &known.name;
    let select = match known.modseq {
        0 => format!("SELECT {name}"),
        modseq => format!("SELECT {name} (QRESYNC ({} {modseq}))", known.validity),
    };
    let Some(selected) = session.ok(&select)? else {
        return Ok(None);
    };
    let fetch = "UID FETCH 1:* (UID FLAGS RFC822.SIZE BODY.PEEK[])";
    let Some(fetched) = session.ok(fetch)? else {
        return Ok(None);
    };
    let status = format!("STATUS {name} (MESSAGES UNSEEN SIZE)");
    let Some(counted) = session.ok(&status)? else {
        return Ok(None);
    };
    let mut found = Found {
        messages: Messages::new(),
        validity: 0,
        uid_next: 0,
        modseq: 0,
        vanished: BTreeSet::new(),
        told: BTreeMap::new(),
    };
    for line in &selected {
        found.hear(&String::from_utf8_lossy(line));
    }
    let mut size = 0;
    for reply in &fetched {
        let Some((uid, message, octets)) = message(name, reply)? else {
            continue;
        };
        size += octets;
        if found.messages.insert(uid, message).is_some() {
            return Err(format!("{name} has UID {uid} twice"));
        }
    }
    found.count(name, size, &counted)?;
    Ok(Some(found))
}

/// One FETCH reply: UID, message, size. Its octets must be those that its name says.
fn message(name: &str, reply: &[u8]) -> Result<Option<(u32, Message, usize)>, Violation> {
    let text = String::from_utf8_lossy(reply);
    if !text.contains(" FETCH (") {
        return Ok(None);
    }
    let (Some(uid), Some(flags)) = (field(&text, "UID "), flags(&text)) else {
        return Err(format!("{name}: not understood: {text}"));
    };
    let body = literals(reply).into_iter().next().unwrap_or_default();
    let subject = String::from_utf8_lossy(&body);
    let subject = subject.lines().find_map(|l| l.strip_prefix("Subject: "));
    let subject = subject.unwrap_or_default().to_owned();
    // LMTP puts lines before it.
    if subject.is_empty() || !body.ends_with(octets(&subject).as_bytes()) {
        return Err(format!(
            "{name}: UID {uid} is not what was sent: {text:.80}"
        ));
    }
    if field(&text, "RFC822.SIZE ") != u32::try_from(body.len()).ok() {
        return Err(format!("{name}: UID {uid} has another size"));
    }
    let message = Message {
        name: subject,
        flags,
    };
    Ok(Some((uid, message, body.len())))
}

fn field(text: &str, name: &str) -> Option<u32> {
    let (_, rest) = text.split_once(name)?;
    let end = rest
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(rest.len());
    rest[..end].parse().ok()
}

fn flags(text: &str) -> Option<BTreeSet<String>> {
    let (_, rest) = text.split_once("FLAGS (")?;
    let (flags, _) = rest.split_once(')')?;
    let flags = flags
        .split(' ')
        .filter(|f| !f.is_empty() && *f != "\\Recent");
    Some(flags.map(str::to_owned).collect())
}

impl Found {
    /// A line of the answer to SELECT.
    fn hear(&mut self, line: &str) {
        if let Some(validity) = number_in_code(line, "UIDVALIDITY") {
            self.validity = validity;
        }
        if let Some(next) = number_in_code(line, "UIDNEXT") {
            self.uid_next = u32::try_from(next).unwrap_or(u32::MAX);
        }
        if let Some(modseq) = number_in_code(line, "HIGHESTMODSEQ") {
            self.modseq = modseq;
        }
        if let Some(set) = line.strip_prefix("* VANISHED (EARLIER) ") {
            self.vanished.extend(numbers(set));
        }
        if let (true, Some(uid), Some(flags)) =
            (line.contains(" FETCH ("), field(line, "UID "), flags(line))
        {
            self.told.insert(uid, flags);
        }
    }

    /// Counters are those of a recount.
    fn count(&self, name: &str, size: usize, counted: &[Vec<u8>]) -> Result<(), Violation> {
        let text = counted.concat();
        let text = String::from_utf8_lossy(&text);
        let unseen = self
            .messages
            .values()
            .filter(|m| !m.flags.contains("\\Seen"));
        let recount = [
            ("MESSAGES ", self.messages.len()),
            ("UNSEEN ", unseen.count()),
            ("SIZE ", size),
        ];
        for (what, count) in recount {
            if field(&text, what) != u32::try_from(count).ok() {
                return Err(format!("{name}: {count} counted, and STATUS says {text}"));
            }
        }
        Ok(())
    }
}

impl Mailbox {
    /// What must hold whatever was going on, and how the rest differs.
    pub(super) fn compare(&self, found: &Found) -> Result<Difference, Violation> {
        let name = &self.name;
        if self.validity != 0 && self.validity != found.validity {
            return Err(format!("{name} has another UIDVALIDITY"));
        }
        if found.uid_next < self.uid_next {
            let (now, before) = (found.uid_next, self.uid_next);
            return Err(format!("{name}: UIDNEXT went from {before} to {now}"));
        }
        if found.modseq < self.modseq {
            let (now, before) = (found.modseq, self.modseq);
            return Err(format!("{name}: HIGHESTMODSEQ went from {before} to {now}"));
        }
        let mut difference = Difference::default();
        for (uid, message) in &self.messages {
            match found.messages.get(uid) {
                None => drop(difference.gone.insert(*uid)),
                Some(there) if there.name != message.name => {
                    return Err(format!("{name}: UID {uid} is another message"));
                }
                Some(there) if there != message => {
                    difference.changed.insert(*uid, there.clone());
                }
                Some(_) => {}
            }
        }
        for (uid, message) in &found.messages {
            if self.messages.contains_key(uid) {
                continue;
            }
            if *uid < self.uid_next || *uid >= found.uid_next {
                return Err(format!("{name}: UID {uid} was used again"));
            }
            difference.added.insert(*uid, message.clone());
        }
        self.resynchronised(found)?;
        Ok(difference)
    }

    /// What QRESYNC told leads from what was seen before to what there is.
    fn resynchronised(&self, found: &Found) -> Result<(), Violation> {
        if self.modseq == 0 {
            return Ok(());
        }
        let mut flags: BTreeMap<u32, &BTreeSet<String>> = BTreeMap::new();
        for (uid, message) in &self.seen {
            flags.insert(*uid, &message.flags);
        }
        for uid in &found.vanished {
            flags.remove(uid);
        }
        flags.extend(found.told.iter().map(|(uid, told)| (*uid, told)));
        let there = found.messages.iter().map(|(uid, m)| (*uid, &m.flags));
        if !flags.into_iter().eq(there) {
            let (name, modseq) = (&self.name, self.modseq);
            return Err(format!(
                "{name}: QRESYNC from {modseq} told less or more than was done"
            ));
        }
        Ok(())
    }

    /// Takes it as it is found.
    pub(super) fn adopt(&mut self, found: Found) {
        self.validity = found.validity;
        self.uid_next = found.uid_next;
        self.modseq = found.modseq;
        self.seen = found.messages.clone();
        self.messages = found.messages;
    }
}
