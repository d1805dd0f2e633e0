//! Plays lists of steps: all at once, or one step after the other.

use super::look::compare;
use super::player::{Player, World};
use super::shrink::shortest;
use super::step::{Act, Step};
use crate::process::DEADLINE;
use crate::{ACCOUNT, Chance, Gate, Pass, SECOND_ACCOUNT, ServerUnderTest};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// So often a list is played again, at the most, to leave steps out of it.
const REPLAYS: usize = 150;
/// So many of the steps that are left are tried in a simpler form.
const SIMPLER: usize = 30;
/// So many other orders of the same steps are tried when that in which they came does not fail,
/// and so many of all that was planned.
const ORDERS: u64 = 3;
/// How long an answer may take while nothing else is under way.
const PATIENCE: Duration = Duration::from_secs(30);
/// Lines of what was said that a report shows: of each client, and of a shortest list.
const SHOWN: usize = 40;
const SHOWN_OF_FAILED: usize = 200;
const SHOWN_OF_SHORTEST: usize = 400;

/// How playing ended.
#[derive(Debug, Default)]
pub struct Run {
    /// Which client found something wrong, and what.
    pub failure: Option<(usize, String)>,
    /// The steps in the order in which they began.
    pub steps: Vec<Step>,
    /// What was said since the last meeting, with the client's number.
    pub said: Vec<(usize, String)>,
    /// What was delivered, in order.
    pub delivered: Vec<String>,
}

/// Plays each list in a thread of its own, at [`ACCOUNT`]; every delivery goes to
/// [`SECOND_ACCOUNT`] too.
pub fn play(server: &ServerUnderTest, lists: &[Vec<Step>]) -> Run {
    let world = World {
        server,
        account: ACCOUNT,
        witness: Some(SECOND_ACCOUNT),
        patience: DEADLINE,
        ledger: Mutex::default(),
        said: Mutex::default(),
    };
    let begun = Mutex::new(Vec::new());
    let gate = Gate::new(lists.len());
    let failure = std::thread::scope(|scope| {
        let threads: Vec<_> = lists
            .iter()
            .map(|list| scope.spawn(|| play_one(&world, list, &gate, &begun)))
            .collect();
        let ends = threads.into_iter().map(std::thread::ScopedJoinHandle::join);
        let whys = ends.map(|end| end.err().map(|why| text(&*why)));
        let mut failures = (0..)
            .zip(whys)
            .filter_map(|(client, why)| Some((client, why?)))
            // The others fail only because one did.
            .filter(|(_, why)| !Gate::is_broken(why));
        let first = failures.next();
        // Every thread is waited for.
        failures.for_each(drop);
        first
    });
    let World { ledger, said, .. } = world;
    Run {
        failure,
        steps: begun.into_inner().unwrap_or_else(PoisonError::into_inner),
        said: said.into_inner().unwrap_or_else(PoisonError::into_inner),
        delivered: ledger
            .into_inner()
            .unwrap_or_else(PoisonError::into_inner)
            .delivered,
    }
}

fn play_one(world: &World<'_>, list: &[Step], gate: &Gate, begun: &Mutex<Vec<Step>>) {
    let pass = gate.pass();
    let mut player = None;
    for step in list {
        if step.act != Act::Meet {
            let mut begun = begun.lock().unwrap_or_else(PoisonError::into_inner);
            begun.push(step.clone());
        }
        match (&step.act, &mut player) {
            (Act::Arrive { mailbox }, _) => {
                player = Some(Player::new(step.client, world, mailbox));
            }
            (Act::Meet, Some(player)) => meet(player, &pass, begun),
            (act, Some(player)) => player.act(act),
            (_, None) => {}
        }
    }
}

fn meet(player: &mut Player<'_>, pass: &Pass<'_>, begun: &Mutex<Vec<Step>>) {
    pass.wait();
    player.settle();
    pass.wait();
    if player.number == 0 {
        let world = player.world;
        compare(world.server, world.account, &mut world.ledger());
        world.transcript().clear();
        let mut begun = begun.lock().unwrap_or_else(PoisonError::into_inner);
        begun.push(Step {
            client: player.number,
            act: Act::Meet,
        });
    }
    pass.wait();
}

/// Plays the steps one after the other, and has all meet at the end.
///
/// Gives the place of the step that failed, and why.
fn replay(world: &World<'_>, steps: &[Step]) -> Option<(usize, String)> {
    let mut at = 0;
    let played = catch_unwind(AssertUnwindSafe(|| {
        let mut players = BTreeMap::new();
        for step in steps {
            match (&step.act, players.get_mut(&step.client)) {
                (Act::Arrive { mailbox }, _) => {
                    let player = Player::new(step.client, world, mailbox);
                    players.insert(step.client, player);
                }
                (Act::Meet, _) => meet_in_turn(world, &mut players),
                (act, Some(player)) => player.act(act),
                (_, None) => {}
            }
            at += 1;
        }
        meet_in_turn(world, &mut players);
    }));
    let why = played.err()?;
    // The last meeting is of the last step.
    Some((at.min(steps.len().saturating_sub(1)), text(&*why)))
}

fn meet_in_turn(world: &World<'_>, players: &mut BTreeMap<usize, Player<'_>>) {
    players.values_mut().for_each(Player::settle);
    compare(world.server, world.account, &mut world.ledger());
}

/// The shortest list of steps that fails when it is played one step after the other, or what is
/// known when there is none: to be shown with the failure.
pub fn report(server: &mut ServerUnderTest, lists: &[Vec<Step>], run: &Run, seed: u64) -> String {
    let log = server.log();
    let hook = std::panic::take_hook();
    // Each replay that fails would tell of it.
    std::panic::set_hook(Box::new(|_| {}));
    let found = shorten(server, &orders(lists, run, seed));
    std::panic::set_hook(hook);
    let mut report = found.unwrap_or_else(|| at_the_same_time(run));
    let complaints = log.lines().filter(|line| {
        ["panicked", " WARN ", " ERROR "]
            .iter()
            .any(|word| line.contains(word))
    });
    for line in complaints.take(SHOWN) {
        writeln!(report, "log: {line}").unwrap();
    }
    report
}

fn shorten(server: &mut ServerUnderTest, orders: &[Vec<Step>]) -> Option<String> {
    // Whatever state the failure left the other in.
    *server = ServerUnderTest::start();
    let mut replayer = Replayer {
        server,
        played: 0,
        last: None,
    };
    let steps = orders.iter().find_map(|steps| {
        let at = replayer.fails(steps)?;
        steps.get(..=at).map(<[Step]>::to_vec)
    })?;
    let steps = without_clients(steps, &mut replayer);
    let (steps, _) = shortest(&steps, REPLAYS, |steps| replayer.fails(steps));
    let steps = simpler(steps, &mut replayer);
    let (why, said) = replayer.last?;
    let mut text = format!(
        "the shortest list found in {} replays, one step after the other: {} steps\n",
        replayer.played,
        steps.len()
    );
    steps
        .iter()
        .for_each(|step| writeln!(text, "  {step}").unwrap());
    writeln!(text, "it fails with: {why}\nwhat was said:").unwrap();
    show(&mut text, &said, SHOWN_OF_SHORTEST);
    Some(text)
}

/// Leaves out whole clients.
fn without_clients(mut steps: Vec<Step>, replayer: &mut Replayer<'_>) -> Vec<Step> {
    let clients: BTreeSet<usize> = steps.iter().map(|step| step.client).collect();
    for client in clients {
        let others = steps.iter().filter(|step| step.client != client);
        let fewer: Vec<Step> = others.cloned().collect();
        if let Some(at) = replayer.fails(&fewer) {
            steps = fewer;
            steps.truncate(at + 1);
        }
    }
    steps
}

/// Makes what is left as simple as it can be.
fn simpler(mut steps: Vec<Step>, replayer: &mut Replayer<'_>) -> Vec<Step> {
    for at in 0..steps.len().min(SIMPLER) {
        let mut tried = steps.clone();
        let Some(step) = tried.get_mut(at) else {
            break;
        };
        let Some(simpler) = step.simpler() else {
            continue;
        };
        *step = simpler;
        if let Some(end) = replayer.fails(&tried) {
            tried.truncate(end + 1);
            steps = tried;
        }
    }
    steps
}

struct Replayer<'a> {
    server: &'a mut ServerUnderTest,
    played: usize,
    /// Why the last that failed did, and what was said.
    last: Option<(String, Vec<(usize, String)>)>,
}

impl Replayer<'_> {
    /// The place of the step that fails.
    fn fails(&mut self, steps: &[Step]) -> Option<usize> {
        self.played += 1;
        let account = format!("replay{}@example.test", self.played);
        self.server.add_account(&account);
        let world = World {
            server: self.server,
            account: &account,
            witness: None,
            patience: PATIENCE,
            ledger: Mutex::default(),
            said: Mutex::default(),
        };
        let (at, why) = replay(&world, steps)?;
        let said = world
            .said
            .into_inner()
            .unwrap_or_else(PoisonError::into_inner);
        self.last = Some((why, said));
        // It may be broken by what failed.
        *self.server = ServerUnderTest::start();
        Some(at)
    }
}

/// The lists to try, which are complete one after the other.
fn orders(lists: &[Vec<Step>], run: &Run, seed: u64) -> Vec<Vec<Step>> {
    let other = |steps: &[Step], from: u64| -> Vec<_> {
        let seeds = from..from + ORDERS;
        seeds.map(|order| shuffled(steps, seed ^ order)).collect()
    };
    // Up to the meeting that failed.
    let rounds = run.steps.iter().filter(|step| step.act == Act::Meet);
    let planned = by_rounds(lists, rounds.count() + 1);
    let recorded = vec![run.steps.clone()];
    [recorded, other(&run.steps, 1), other(&planned, 1 + ORDERS)].concat()
}

/// All lists as one, round by round.
fn by_rounds(lists: &[Vec<Step>], rounds: usize) -> Vec<Step> {
    let mut all = Vec::new();
    for round in 0..rounds {
        for list in lists {
            let part = list.split(|step| step.act == Act::Meet).nth(round);
            all.extend(part.into_iter().flatten().cloned());
        }
        all.push(Step {
            client: 0,
            act: Act::Meet,
        });
    }
    all
}

/// The same steps of each client, in another order of all.
fn shuffled(steps: &[Step], seed: u64) -> Vec<Step> {
    let mut chance = Chance::new(seed);
    let mut shuffled = Vec::with_capacity(steps.len());
    // Nobody's steps pass a meeting.
    for part in steps.split_inclusive(|step| step.act == Act::Meet) {
        let (last, rest) = match part.split_last() {
            Some((last, rest)) if last.act == Act::Meet => (Some(last), rest),
            _ => (None, part),
        };
        let mut lists: BTreeMap<usize, Vec<&Step>> = BTreeMap::new();
        rest.iter()
            .rev()
            .for_each(|step| lists.entry(step.client).or_default().push(step));
        while !lists.is_empty() {
            let clients: Vec<usize> = lists.keys().copied().collect();
            let client = *chance.one(&clients);
            shuffled.extend(lists.get_mut(&client).and_then(Vec::pop).cloned());
            lists.retain(|_, list| !list.is_empty());
        }
        shuffled.extend(last.cloned());
    }
    shuffled
}

fn at_the_same_time(run: &Run) -> String {
    let mut text =
        "it fails only when clients act at the same time; the last of each:\n".to_owned();
    let failed = run.failure.as_ref().map(|(client, _)| *client);
    let clients: BTreeSet<usize> = run.said.iter().map(|(client, _)| *client).collect();
    for client in clients {
        let lines = run.said.iter().filter(|line| line.0 == client);
        let lines: Vec<_> = lines.cloned().collect();
        let shown = if failed == Some(client) {
            SHOWN_OF_FAILED
        } else {
            SHOWN
        };
        show(&mut text, &lines, shown);
    }
    text
}

fn show(text: &mut String, said: &[(usize, String)], lines: usize) {
    let from = said.len().saturating_sub(lines);
    for (client, line) in &said[from..] {
        writeln!(text, "  {client} {line}").unwrap();
    }
}

fn text(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().cloned();
    let text = text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()));
    text.unwrap_or_else(|| "a panic without words".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checker::plan;

    #[test]
    fn another_order_keeps_each_clients_steps_and_the_meetings() {
        let step = |client, act| Step { client, act };
        let mut steps: Vec<Step> = plan(3, 1).concat();
        steps.retain(|step| step.act != Act::Meet);
        steps.push(step(0, Act::Meet));
        steps.push(step(1, Act::Expunge));
        let other = shuffled(&steps, 5);
        assert_ne!(other, steps);
        assert_eq!(other[other.len() - 2..], steps[steps.len() - 2..]);
        for client in 0..9 {
            let of = |steps: &[Step]| -> Vec<Step> {
                let own = steps.iter().filter(|step| step.client == client);
                own.cloned().collect()
            };
            assert_eq!(of(&other), of(&steps));
        }
    }
}
