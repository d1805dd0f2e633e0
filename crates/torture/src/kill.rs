//! A server that is killed while many clients work with it, at any moment and at those points of
//! the program where something has just become durable or not yet.
//!
//! Each client keeps its own account of what was acknowledged, and of the one thing that it was
//! doing. When the server is back it looks at its mailboxes afresh, by QRESYNC from where it was
//! and by reading everything.
//!
//! A seed repeats what the clients choose, and when the server is killed by a count of answers;
//! how the clients' commands fall between each other it does not.

mod clock;
pub(crate) mod mailbox;
mod person;
mod talk;

use crate::model::Violation;
pub use clock::NO_FAKETIME;
use clock::{Clock, times_only_grow};
use mailbox::{Mailbox, look};
use person::Person;
use postern_store::point::POINTS;
use postern_tests::{ACCOUNT, Chance, SECOND_ACCOUNT, ServerUnderTest};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use talk::Session;

/// Clients in a long run.
pub const PEOPLE: usize = 32;
/// Kills in the life of one data folder.
pub const CYCLES: u64 = 20;
/// Answers after which a server that has not passed its point so often is killed anyway.
const ENOUGH: u64 = 1500;
const CHECK_EVERY: u64 = 5;
const INBOX: usize = 40;

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The mailbox that all clients of an account share.
#[derive(Default)]
struct Shelf {
    mailbox: Mailbox,
    /// Sent, and perhaps there.
    maybe: BTreeSet<String>,
    /// Said to be there, at a UID that was not told.
    sure: BTreeSet<String>,
    /// Being expunged.
    leaving: Vec<u32>,
    gone: BTreeSet<String>,
}

type Inbox = Mutex<Shelf>;

#[derive(Default)]
struct Progress {
    answers: u64,
    ended: usize,
}

/// What the clients of one cycle share.
struct Shared<'a> {
    server: &'a ServerUnderTest,
    inboxes: &'a BTreeMap<String, Inbox>,
    progress: Mutex<Progress>,
    moved: Condvar,
}

impl Shared<'_> {
    fn acknowledged(&self) {
        locked(&self.progress).answers += 1;
        self.moved.notify_all();
    }

    fn ended(&self) {
        locked(&self.progress).ended += 1;
        self.moved.notify_all();
    }

    /// Until there were so many answers, or all clients have seen the server go.
    fn wait(&self, answers: u64, people: usize) {
        let mut progress = locked(&self.progress);
        while progress.answers < answers && progress.ended < people {
            let waited = self.moved.wait(progress);
            progress = waited.unwrap_or_else(PoisonError::into_inner);
        }
    }
}

/// One data folder and its kills; gives how many there were.
///
/// # Errors
/// What does not hold.
pub fn run(seed: u64, people: usize, cycles: u64) -> Result<u64, Violation> {
    caught(|| lives(seed, people, cycles, None))
}

/// The same while the clock jumps by years, between the lives of a server and within them.
///
/// # Errors
/// What does not hold.
pub fn run_with_clocks(seed: u64, people: usize, cycles: u64) -> Result<u64, Violation> {
    let clock = Clock::new(seed)?;
    caught(|| lives(seed, people, cycles, Some(&clock)))
}

/// A panic of the harness is a violation too.
///
/// # Errors
/// What does not hold.
pub fn caught(run: impl FnOnce() -> Result<u64, Violation>) -> Result<u64, Violation> {
    let ran = std::panic::catch_unwind(std::panic::AssertUnwindSafe(run));
    ran.unwrap_or_else(|panic| Err(said(&*panic)))
}

fn said(panic: &(dyn std::any::Any + Send)) -> Violation {
    let text = panic.downcast_ref::<String>().cloned();
    let text = text.or_else(|| panic.downcast_ref::<&str>().map(|t| (*t).to_owned()));
    text.unwrap_or_else(|| "a panic".to_owned())
}

fn lives(seed: u64, people: usize, cycles: u64, clock: Option<&Clock>) -> Result<u64, Violation> {
    let mut chance = Chance::new(seed);
    let mut server = ServerUnderTest::start();
    let mut accounts = vec![ACCOUNT.to_owned(), SECOND_ACCOUNT.to_owned()];
    for number in 3..=4 {
        let name = format!("person{number}@example.test");
        server.add_account(&name);
        accounts.push(name);
    }
    let mut inboxes = BTreeMap::new();
    for account in &accounts {
        let mut shelf = Shelf::default();
        shelf.mailbox.name = "INBOX".to_owned();
        inboxes.insert(account.clone(), Mutex::new(shelf));
    }
    let account = |number: usize| accounts[number % accounts.len()].clone();
    let mut persons: Vec<_> = (0..people)
        .map(|number| Person::new(number, account(number), seed))
        .collect();
    for person in &mut persons {
        person.begin(&server)?;
    }
    for cycle in 1..=cycles {
        let about = |what| format!("cycle {cycle}: {what}");
        let answers = answers_until_killed(&mut chance, &mut server);
        server.kill();
        if let Some(clock) = clock {
            clock.jump();
            clock.wear(&mut server);
        }
        server.restart();
        one(&server, &inboxes, &mut persons, answers, clock).map_err(about)?;
        server.kill();
        if clock.is_some() {
            times_only_grow(&server).map_err(about)?;
        }
        if cycle % CHECK_EVERY == 0 || cycle == cycles {
            check(&server).map_err(about)?;
        }
    }
    server.forget_env("POSTERN_FAULT_POINT");
    server.restart();
    one(&server, &inboxes, &mut persons, 0, None)?;
    match server.log().contains("panicked") {
        true => Err("the server panicked".to_owned()),
        false => Ok(cycles),
    }
}

/// When the next server ends: after so many answers, or by itself at a point of the program.
fn answers_until_killed(chance: &mut Chance, server: &mut ServerUnderTest) -> u64 {
    server.forget_env("POSTERN_FAULT_POINT");
    let has_points = std::env::var_os("TORTURE_POINTS").is_some();
    if !has_points || chance.once_in(4) {
        return chance.below(400) as u64;
    }
    let point = *chance.one(POINTS);
    let nth = 1 + chance.below(100);
    server.set_env("POSTERN_FAULT_POINT", &format!("{point}:{nth}"));
    ENOUGH
}

fn one(
    server: &ServerUnderTest,
    inboxes: &BTreeMap<String, Inbox>,
    persons: &mut [Person],
    answers: u64,
    clock: Option<&Clock>,
) -> Result<(), Violation> {
    let shared = Shared {
        server,
        inboxes,
        progress: Mutex::default(),
        moved: Condvar::new(),
    };
    // One login of each account first: the others then cost no password's hash.
    for (account, inbox) in inboxes {
        look_into(server, account, &mut locked(inbox))?;
    }
    let people = persons.len();
    std::thread::scope(|scope| {
        let mut threads = Vec::new();
        for person in persons {
            let shared = &shared;
            threads.push(scope.spawn(move || {
                let lived =
                    std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| person.live(shared)));
                shared.ended();
                lived.unwrap_or_else(|panic| Err(said(&*panic)))
            }));
        }
        if let Some(clock) = clock {
            shared.wait(answers / 2, people);
            clock.jump();
        }
        shared.wait(answers, people);
        postern_tests::kill(server.id());
        let mut ended = threads.into_iter().map(|thread| thread.join());
        ended.try_for_each(|outcome| outcome.unwrap_or(Ok(())))
    })
}

/// Verifies an INBOX, and empties it when it is large.
fn look_into(server: &ServerUnderTest, account: &str, shelf: &mut Shelf) -> Result<(), Violation> {
    let Some(mut session) = Session::login(server, account) else {
        return Ok(());
    };
    let Some(_) = session.ok("ENABLE QRESYNC")? else {
        return Ok(());
    };
    let Some(found) = look(&mut session, &shelf.mailbox)? else {
        return Ok(());
    };
    let difference = shelf.mailbox.compare(&found)?;
    let leaving: BTreeSet<u32> = shelf.leaving.drain(..).collect();
    if !difference.gone.is_empty() && difference.gone != leaving {
        return Err(format!("INBOX of {account} has lost {:?}", difference.gone));
    }
    if let Some((uid, _)) = difference
        .changed
        .iter()
        .find(|(u, _)| !leaving.contains(u))
    {
        return Err(format!("INBOX of {account}: UID {uid} has other flags"));
    }
    shelf.mailbox.adopt(found);
    let mut names = BTreeSet::new();
    for message in shelf.mailbox.messages.values() {
        let name = &message.name;
        if !names.insert(name.clone()) {
            return Err(format!("INBOX of {account} has {name} twice"));
        }
        if shelf.gone.contains(name) {
            return Err(format!("INBOX of {account} has {name} again"));
        }
    }
    for message in difference.added.values() {
        if !shelf.maybe.contains(&message.name) {
            return Err(format!("INBOX of {account}: nobody sent {}", message.name));
        }
    }
    if let Some(name) = shelf.sure.iter().find(|name| !names.contains(*name)) {
        return Err(format!(
            "INBOX of {account} lacks {name}, which was delivered"
        ));
    }
    shelf.sure.clear();
    shelf.maybe.clear();
    if names.len() > INBOX {
        expunge(&mut session, shelf)?;
    }
    Ok(())
}

fn expunge(session: &mut Session, shelf: &mut Shelf) -> Result<(), Violation> {
    let uids: Vec<u32> = shelf.mailbox.messages.keys().copied().collect();
    shelf.leaving = uids[..uids.len() / 2].to_vec();
    let set: Vec<_> = shelf.leaving.iter().map(u32::to_string).collect();
    let set = set.join(",");
    for command in [
        "SELECT INBOX".to_owned(),
        format!(r"UID STORE {set} +FLAGS.SILENT (\Deleted)"),
        format!("UID EXPUNGE {set}"),
    ] {
        if session.ok(&command)?.is_none() {
            return Ok(());
        }
    }
    for uid in shelf.leaving.drain(..) {
        if let Some(message) = shelf.mailbox.messages.remove(&uid) {
            shelf.gone.insert(message.name);
        }
    }
    Ok(())
}

/// Nothing is damaged, and nothing needs a hand.
fn check(server: &ServerUnderTest) -> Result<(), Violation> {
    let finished = server.run(&["check"]);
    match finished.status.success() {
        true => Ok(()),
        false => Err(format!(
            "postern check: {}{}",
            finished.text(),
            finished.stderr
        )),
    }
}
