//! Power cuts: after each, all that was acknowledged is there, and the folder opens by itself.

use crate::disk::Plan;
use crate::model::Violation;
use crate::world::{End, Life, World};

/// Lives of one folder; then it has grown, and a new one shows other beginnings.
pub const LIVES: u64 = 40;
/// Every so many lives all is read, and the databases are checked whole.
const WHOLE_EVERY: u64 = 10;

/// What a run of one seed came to.
#[derive(Debug, Default, Clone, Copy)]
pub struct Outcome {
    /// Power cuts and killed processes.
    pub cycles: u64,
    /// Calls to the disk, and a number made of all of them.
    pub trace: (u64, u64),
}

/// Runs a folder through its lives.
///
/// # Errors
/// What does not hold, and in which life.
pub fn run(seed: u64, lives: u64) -> Result<Outcome, Violation> {
    let mut world = World::new(seed);
    for life in 1..=lives {
        one(&mut world, life).map_err(|what| format!("life {life}: {what}"))?;
    }
    Ok(Outcome {
        cycles: lives,
        trace: world.disk.trace(),
    })
}

fn one(world: &mut World, life: u64) -> Result<(), Violation> {
    let calls = 1 + world.chance.below(160) as u64;
    let is_whole = life.is_multiple_of(WHOLE_EVERY);
    let plan = match is_whole {
        true => Plan::Peace,
        false => Plan::CutAt(calls),
    };
    world.disk.plan(plan);
    let bodies = if is_whole { usize::MAX } else { 20 };
    let mut opened = world.open(bodies).map(Some);
    if is_whole {
        world.inspect()?;
    }
    let steps = world.chance.below(40);
    let ended = match &mut opened {
        Ok(Some(life)) => world.live(life, steps),
        _ => Ok(()),
    };
    let opened = match (opened, ended) {
        (Err(End::Violated(what)), _) | (_, Err(End::Violated(what))) => return Err(what),
        (opened, _) => opened.ok().flatten(),
    };
    end(world, opened).map_err(|error| format!("the harness: {error}"))
}

/// In order or not, the process goes; and with it the power, or not.
fn end(world: &mut World, life: Option<Life>) -> std::io::Result<()> {
    if !world.chance.once_in(6) {
        world.disk.switch_off();
    }
    drop(life);
    world.disk.switch_off();
    if world.chance.once_in(4) {
        return world.disk.restart();
    }
    world.disk.cut(&mut world.chance)
}
