//! Many clients at one account, each of which keeps its own account of what it is told. When
//! they meet they must agree with each other and with one who looks afresh; and so must one who
//! comes after the server was killed.
//!
//! `MANY_CLIENTS_SEED` repeats a run's choices (not its timing); `MANY_CLIENTS_ROUNDS` makes it
//! longer.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]

use postern_tests::{
    ACCOUNT, Chance, Client, Gate, Lmtp, Model, Pass, Reply, SECOND_ACCOUNT, ServerUnderTest,
    number_in_code, numbers,
};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;

const CLIENTS: usize = 8;
const STEPS: usize = 40;
const MAILBOXES: [&str; 3] = ["INBOX", "Archive", "Trash"];
const FLAGS: [&str; 6] = [
    r"\Seen",
    r"\Answered",
    r"\Flagged",
    r"\Draft",
    "$one",
    "two",
];

/// A message's place: mailbox and UID.
type Place = (&'static str, u32);

/// What the server has acknowledged to anyone.
#[derive(Default)]
struct Ledger {
    /// Which message it said to have put where.
    put: BTreeMap<Place, String>,
    /// What it said to have removed.
    removed: BTreeSet<Place>,
    /// Models at the present meeting.
    models: Vec<(usize, &'static str, Model, Vec<String>)>,
    delivered: Vec<String>,
}

impl Ledger {
    fn note(&mut self, mailbox: &'static str, uid: u32, message: String) {
        let before = self.put.insert((mailbox, uid), message.clone());
        assert!(
            before.is_none(),
            "UID {uid} of {mailbox} is {before:?} and {message}"
        );
    }
}

struct Person<'a> {
    number: usize,
    server: &'a ServerUnderTest,
    ledger: &'a Mutex<Ledger>,
    chance: Chance,
    client: Client,
    mailbox: &'static str,
    model: Model,
    messages: usize,
    /// What was said, for a run that fails.
    said: Vec<String>,
}

impl Drop for Person<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let from = self.said.len().saturating_sub(60);
            println!("client {} knew {:?}", self.number, self.model.uids);
            println!("client {}: {:#?}", self.number, &self.said[from..]);
        }
    }
}

impl<'a> Person<'a> {
    fn new(
        number: usize,
        server: &'a ServerUnderTest,
        ledger: &'a Mutex<Ledger>,
        seed: u64,
    ) -> Self {
        let mut chance = Chance::new(seed ^ ((number as u64 + 1) << 32));
        let mailbox = *chance.one(&MAILBOXES);
        let mut person = Self {
            number,
            server,
            ledger,
            chance,
            client: Client::login(server),
            mailbox,
            model: Model::default(),
            messages: 0,
            said: Vec::new(),
        };
        person.enable();
        person.select(mailbox);
        person
    }

    /// A third of them each speak IMAP4rev1, IMAP4rev2 and QRESYNC.
    fn enable(&mut self) {
        match self.number % 3 {
            0 => {}
            1 => drop(self.client.command("ENABLE IMAP4rev2")),
            _ => drop(self.client.command("ENABLE QRESYNC")),
        }
    }

    fn has_qresync(&self) -> bool {
        self.number % 3 == 2
    }

    /// A command whose replies the model takes in.
    fn run(&mut self, command: &str) -> Reply {
        let reply = self.client.try_command(command);
        self.take(command, &reply);
        assert!(!reply.tagged.starts_with("BAD"), "{command}: {reply:?}");
        reply
    }

    fn take(&mut self, command: &str, reply: &Reply) {
        self.said.push(command.to_owned());
        let by_number = ["FETCH", "STORE", "SEARCH"]
            .iter()
            .any(|c| command.starts_with(c));
        for line in reply.lines() {
            let removes = line.ends_with(" EXPUNGE") || line.starts_with("* VANISHED 1");
            assert!(
                !(by_number && removes),
                "{command} shifts numbers: {reply:?}"
            );
            self.said.push(line.clone());
            self.model.hear(&line);
        }
        self.said.push(reply.tagged.clone());
        self.model.hear_end(&reply.tagged);
        self.publish_gone();
    }

    fn publish_gone(&mut self) {
        let gone = std::mem::take(&mut self.model.gone);
        let mailbox = self.mailbox;
        let mut ledger = self.ledger.lock().unwrap();
        ledger
            .removed
            .extend(gone.iter().map(|uid| (mailbox, *uid)));
    }

    fn select(&mut self, mailbox: &'static str) {
        self.mailbox = mailbox;
        self.model = Model::default();
        let reply = self.run(&format!("SELECT {mailbox}"));
        let validity = reply
            .lines()
            .iter()
            .find_map(|line| number_in_code(line, "UIDVALIDITY"));
        self.model.validity = u32::try_from(validity.unwrap()).unwrap();
        self.learn();
    }

    /// Comes back on a new connection with what it knows, and is told the rest.
    fn resynchronise(&mut self) {
        self.run("NOOP");
        // NOOP last: only then does the highest MODSEQ stand for all that was before it, for
        // FETCH does not tell what was expunged.
        while !self.model.unknown().is_empty() {
            self.learn();
            self.run("NOOP");
        }
        let (uids, modseq) = (self.known(), self.model.modseq);
        let validity = self.model.validity;
        self.client = Client::login(self.server);
        self.enable();
        let known = match uids.is_empty() || self.chance.once_in(2) {
            true => String::new(),
            false => format!(" {}", set(&uids)),
        };
        // EXISTS is said before what vanished: the model begins with what is left.
        let command = format!(
            "SELECT {} (QRESYNC ({validity} {modseq}{known}))",
            self.mailbox
        );
        let reply = self.client.try_command(&command);
        assert!(reply.tagged.starts_with("OK"), "{command}: {reply:?}");
        self.said.push(command);
        self.said.extend(reply.lines());
        self.reconcile(&reply, &uids);
        self.publish_gone();
        self.learn();
    }

    fn reconcile(&mut self, reply: &Reply, known: &[u32]) {
        let lines = reply.lines();
        let vanished: BTreeSet<u32> = lines
            .iter()
            .filter_map(|line| line.strip_prefix("* VANISHED (EARLIER) "))
            .flat_map(numbers)
            .collect();
        let left = known.iter().filter(|uid| !vanished.contains(uid));
        self.model.uids = left.map(|uid| Some(*uid)).collect();
        self.model.flags.retain(|uid, _| !vanished.contains(uid));
        self.model
            .gone
            .extend(known.iter().filter(|uid| vanished.contains(uid)));
        for line in lines.iter().filter(|line| !line.starts_with("* VANISHED")) {
            self.model.hear(line);
        }
        self.model.hear_end(&reply.tagged);
    }

    fn known(&self) -> Vec<u32> {
        self.model.uids.iter().copied().flatten().collect()
    }

    /// Asks for what the model lacks.
    fn learn(&mut self) {
        let unknown = self.model.unknown();
        if let (Some(first), Some(last)) = (unknown.first(), unknown.last()) {
            self.run(&format!("FETCH {first}:{last} (UID FLAGS)"));
        }
    }

    fn step(&mut self) {
        match self.chance.below(16) {
            0..=2 => self.append(),
            3..=5 => self.store(),
            6 => self.copy("COPY"),
            7 => self.copy("MOVE"),
            8 => self.delete(),
            9 => drop(self.run("EXPUNGE")),
            10 => self.search(),
            11 => self.idle(),
            12 => self.reselect(),
            13 if self.has_qresync() => self.resynchronise(),
            _ => drop(self.run("NOOP")),
        }
        if self.chance.once_in(3) {
            self.learn();
        }
    }

    fn append(&mut self) {
        self.messages += 1;
        let name = format!("c{}-{}", self.number, self.messages);
        let target = *self.chance.one(&MAILBOXES);
        let flag = *self.chance.one(&FLAGS);
        let text = letter(&name, self.chance.below(3000));
        self.client
            .send(&format!("a APPEND {target} ({flag}) {{{}}}", text.len()));
        for line in self.client.expect("+") {
            self.said.push(line.clone());
            self.model.hear(&line);
        }
        self.client.send_raw(&[text.as_slice(), b"\r\n"].concat());
        let reply = self.client.replies("a");
        self.take("APPEND", &reply);
        let (_, uid) = reply.tagged.split_once("[APPENDUID ").unwrap();
        let uid = uid.split([' ', ']']).nth(1).unwrap().parse().unwrap();
        self.ledger.lock().unwrap().note(target, uid, name);
    }

    /// Some of the messages, by number or by UID; None when there are none.
    fn some(&mut self) -> Option<(&'static str, String, Vec<u32>)> {
        if self.model.uids.is_empty() {
            return None;
        }
        let count = self.chance.below(4) + 1;
        let last = self.model.uids.len();
        let chosen: BTreeSet<usize> = (0..count).map(|_| self.chance.below(last)).collect();
        let uids: Vec<u32> = chosen
            .iter()
            .filter_map(|at| self.model.uids[*at])
            .collect();
        if uids.len() < chosen.len() {
            return None;
        }
        if self.chance.once_in(2) {
            return Some(("UID ", set(&uids), uids));
        }
        let numbers: Vec<u32> = chosen
            .iter()
            .map(|at| u32::try_from(*at).unwrap() + 1)
            .collect();
        Some(("", set(&numbers), uids))
    }

    fn store(&mut self) {
        let Some((uid, set, uids)) = self.some() else {
            return;
        };
        let (action, flag) = (*self.chance.one(&["+", "-", ""]), *self.chance.one(&FLAGS));
        let silent = self.chance.once_in(2);
        let suffix = if silent { ".SILENT" } else { "" };
        if silent {
            // The client supposes it done; what the server then says comes after.
            self.suppose(action, flag, &uids);
        }
        let reply = self.run(&format!("{uid}STORE {set} {action}FLAGS{suffix} ({flag})"));
        assert!(
            reply.tagged.starts_with("OK") || reply.tagged.starts_with("NO [EXPUNGEISSUED]"),
            "{reply:?}"
        );
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

    fn copy(&mut self, verb: &str) {
        let Some((uid, set, _)) = self.some() else {
            return;
        };
        let target = *self.chance.one(&MAILBOXES);
        let source = self.mailbox;
        let reply = self.run(&format!("{uid}{verb} {set} {target}"));
        let lines = [reply.lines(), vec![reply.tagged.clone()]].concat();
        let Some((_, codes)) = lines.iter().find_map(|line| line.split_once("[COPYUID ")) else {
            return;
        };
        let codes: Vec<&str> = codes.split([' ', ']']).collect();
        let (from, to) = (numbers(codes[1]), numbers(codes[2]));
        assert_eq!(from.len(), to.len(), "{reply:?}");
        let mut ledger = self.ledger.lock().unwrap();
        for (from, to) in from.into_iter().zip(to) {
            // Unknown: a delivery, or one whose APPEND is being answered just now.
            let name = ledger.put.get(&(source, from)).cloned();
            ledger.note(target, to, name.unwrap_or_else(|| "?".to_owned()));
        }
    }

    fn delete(&mut self) {
        let Some((_, _, uids)) = self.some() else {
            return;
        };
        let set = set(&uids);
        self.run(&format!(r"UID STORE {set} +FLAGS (\Deleted)"));
        match self.chance.once_in(2) {
            true => drop(self.run("EXPUNGE")),
            false => drop(self.run(&format!("UID EXPUNGE {set}"))),
        }
    }

    fn search(&mut self) {
        let reply = self.run("SEARCH NOT DELETED");
        let found = reply.lines();
        let found = found.iter().find_map(|line| line.strip_prefix("* SEARCH"));
        let Some(found) = found else {
            return;
        };
        let highest = found
            .split_whitespace()
            .filter_map(|n| n.parse::<usize>().ok())
            .max();
        assert!(
            highest.is_none_or(|n| n <= self.model.uids.len()),
            "SEARCH finds what is not there: {reply:?}"
        );
    }

    fn idle(&mut self) {
        self.client.send("i IDLE");
        for line in self.client.expect("+") {
            self.said.push(line.clone());
            self.model.hear(&line);
        }
        self.client.send("DONE");
        let reply = self.client.replies("i");
        self.take("IDLE", &reply);
    }

    fn reselect(&mut self) {
        let mailbox = *self.chance.one(&MAILBOXES);
        self.run("NOOP");
        self.run("UNSELECT");
        self.select(mailbox);
    }

    fn meet(&mut self, pass: &Pass<'_>) {
        pass.wait();
        self.run("NOOP");
        self.learn();
        self.model.whole();
        let said = std::mem::take(&mut self.said);
        let model = (self.number, self.mailbox, self.model.clone(), said);
        self.ledger.lock().unwrap().models.push(model);
        pass.wait();
        // Somebody compares.
        pass.wait();
    }
}

fn letter(name: &str, filler: usize) -> Vec<u8> {
    let line = "All work and no play makes a dull message.\r\n";
    let body = line.repeat(filler / line.len() + 1);
    format!("From: a@example.org\r\nSubject: {name}\r\nMessage-ID: <{name}>\r\n\r\n{body}")
        .into_bytes()
}

fn set(numbers: &[u32]) -> String {
    let numbers: Vec<String> = numbers.iter().map(u32::to_string).collect();
    numbers.join(",")
}

/// A mailbox as one sees it who has never been there.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Seen {
    validity: u64,
    uid_next: u64,
    modseq: u64,
    /// UID, flags, MODSEQ.
    messages: Vec<(u32, BTreeSet<String>, u64)>,
    names: BTreeMap<u32, String>,
    /// Every UID that was ever removed.
    vanished: BTreeSet<u32>,
}

fn look(server: &ServerUnderTest, account: &str, mailbox: &str) -> Seen {
    let mut client = Client::login_as(server, account);
    let opened = client.command(&format!("EXAMINE {mailbox}"));
    let said = |name: &str| {
        opened
            .iter()
            .find_map(|line| number_in_code(line, name))
            .unwrap()
    };
    let mut model = Model::default();
    opened.iter().for_each(|line| model.hear(line));
    let (mut messages, mut names) = (Vec::new(), BTreeMap::new());
    if !model.uids.is_empty() {
        let lines = client.command("FETCH 1:* (UID FLAGS MODSEQ)");
        for line in lines.iter().filter(|line| line.contains(" FETCH (")) {
            let mut one = Model {
                uids: vec![None; model.uids.len()],
                ..Model::default()
            };
            one.hear(line);
            let uid = *one.uids.iter().flatten().next().unwrap();
            messages.push((uid, one.flags[&uid].clone(), one.modseq));
        }
        for line in client.command("FETCH 1:* (UID BODY.PEEK[HEADER.FIELDS (MESSAGE-ID)])") {
            let uid = line.split_once("UID ").unwrap().1;
            let uid = uid.split([' ', ')']).next().unwrap().parse().unwrap();
            let name = line.split_once('<').unwrap().1.split('>').next().unwrap();
            names.insert(uid, name.to_owned());
        }
    }
    let mut vanished = Model::default();
    client.command("ENABLE QRESYNC");
    for line in client.command("UID FETCH 1:* (UID) (CHANGEDSINCE 1 VANISHED)") {
        if line.starts_with("* VANISHED") {
            vanished.hear(&line);
        }
    }
    Seen {
        vanished: vanished.gone,
        validity: said("UIDVALIDITY"),
        uid_next: said("UIDNEXT"),
        modseq: said("HIGHESTMODSEQ"),
        messages,
        names,
    }
}

/// All models must be what a stranger sees.
fn compare(server: &ServerUnderTest, ledger: &Mutex<Ledger>) {
    let models = std::mem::take(&mut ledger.lock().unwrap().models);
    assert_eq!(models.len(), CLIENTS);
    for mailbox in MAILBOXES {
        let seen = look(server, ACCOUNT, mailbox);
        let truth: Vec<_> = seen
            .messages
            .iter()
            .map(|(uid, flags, _)| (*uid, flags.clone()))
            .collect();
        for (number, _, model, said) in models.iter().filter(|model| model.1 == mailbox) {
            let knows = model.whole();
            let wrong: Vec<_> = knows.iter().filter(|one| !truth.contains(one)).collect();
            let lacks: Vec<_> = truth.iter().filter(|one| !knows.contains(one)).collect();
            assert!(
                wrong.is_empty() && lacks.is_empty(),
                "client {number} in {mailbox}: wrong {wrong:?}, lacks {lacks:?}: {said:#?}"
            );
            assert_eq!(u64::from(model.validity), seen.validity);
            assert!(model.modseq <= seen.modseq, "client {number}: {model:?}");
        }
        account_for(&ledger.lock().unwrap(), mailbox, &seen);
    }
}

/// What was put is there as it was, or was removed; what was removed stays so.
fn account_for(ledger: &Ledger, mailbox: &str, seen: &Seen) {
    for ((_, uid), name) in ledger.put.iter().filter(|((of, _), _)| *of == mailbox) {
        assert!(u64::from(*uid) < seen.uid_next, "{mailbox} {uid}: {seen:?}");
        match seen.names.get(uid) {
            Some(found) => assert!(
                name == "?" || found == name,
                "{mailbox} {uid}: {found}, not {name}"
            ),
            None => assert!(
                seen.vanished.contains(uid),
                "{mailbox} {uid} ({name}) is lost"
            ),
        }
    }
    for (_, uid) in ledger.removed.iter().filter(|(of, _)| *of == mailbox) {
        assert!(
            seen.vanished.contains(uid),
            "{mailbox} {uid} was gone and is back"
        );
    }
    let both = seen.names.keys().find(|uid| seen.vanished.contains(uid));
    assert_eq!(both, None, "{mailbox} {seen:?}");
}

fn deliver(server: &ServerUnderTest, ledger: &Mutex<Ledger>, round: usize) {
    let mut lmtp = Lmtp::connect(server);
    for number in 0..STEPS / 4 {
        let name = format!("d{round}-{number}");
        let replies = lmtp.deliver(&[ACCOUNT, SECOND_ACCOUNT], &letter(&name, 100));
        assert!(
            replies.iter().all(|reply| reply.starts_with("250")),
            "{replies:?}"
        );
        ledger.lock().unwrap().delivered.push(name);
    }
}

#[test]
fn many_clients_agree_and_a_killed_server_keeps_its_word() {
    let seed = Chance::seed("MANY_CLIENTS_SEED");
    println!("MANY_CLIENTS_SEED={seed}");
    let rounds = std::env::var("MANY_CLIENTS_ROUNDS")
        .ok()
        .and_then(|n| n.parse().ok())
        .unwrap_or(4);
    let mut server = ServerUnderTest::start();
    let ledger = Mutex::new(Ledger::default());
    let gate = Gate::new(CLIENTS + 1);
    std::thread::scope(|scope| {
        for number in 0..CLIENTS {
            let (server, ledger, gate) = (&server, &ledger, &gate);
            scope.spawn(move || {
                let pass = gate.pass();
                let mut person = Person::new(number, server, ledger, seed);
                for _ in 0..rounds {
                    (0..STEPS).for_each(|_| person.step());
                    person.meet(&pass);
                }
            });
        }
        let pass = gate.pass();
        for round in 0..rounds {
            deliver(&server, &ledger, round);
            pass.wait();
            pass.wait();
            compare(&server, &ledger);
            pass.wait();
        }
    });
    let before = MAILBOXES.map(|mailbox| look(&server, ACCOUNT, mailbox));
    server.kill();
    server.restart();
    let after = MAILBOXES.map(|mailbox| look(&server, ACCOUNT, mailbox));
    assert_eq!(before, after);
    let delivered = ledger.into_inner().unwrap().delivered;
    let grace: Vec<String> = look(&server, SECOND_ACCOUNT, "INBOX")
        .names
        .into_values()
        .collect();
    assert_eq!(grace, delivered, "every delivery once, in order");
    assert!(!server.log().contains("panicked"), "{}", server.log());
}
