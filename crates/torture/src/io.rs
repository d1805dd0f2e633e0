//! A call to the disk that fails: of a scripted piece of work every call in turn, in every way
//! that concerns it.
//!
//! After a sync that failed its shard acknowledges nothing and says why; after any other error
//! it may go on; and whatever was said, a folder that is opened again holds what was
//! acknowledged.

use crate::disk::{Call, Fault, Plan};
use crate::model::Violation;
use crate::world::{End, World};

/// Things done in the one life that is disturbed.
const STEPS: usize = 24;

/// Runs the work that a seed stands for with its n-th call that the fault concerns failing.
/// False when there are fewer.
///
/// # Errors
/// What does not hold.
pub fn one(seed: u64, fault: Fault, nth: u64) -> Result<bool, Violation> {
    let mut world = World::new(seed);
    // Something to lose.
    let mut first = world.open(0).map_err(said)?;
    world.live(&mut first, STEPS / 2).map_err(said)?;
    drop(first);

    world.at_peace = false;
    world.disk.plan(Plan::FailAt(fault, nth));
    let mut opened = world.open(usize::MAX);
    if let Ok(life) = &mut opened {
        world.live(life, STEPS).map_err(said)?;
        after(&mut world, life, fault)?;
    } else if world.disk.struck().is_none() {
        return Err(opened.map(drop).map_err(said).unwrap_err());
    }
    let was_struck = world.disk.struck().is_some();
    // Every other time as a process that ends in order, and then the power fails.
    if nth.is_multiple_of(2) {
        world.disk.switch_off();
    }
    drop(opened);
    world.disk.switch_off();
    let harness = |error: std::io::Error| error.to_string();
    world.disk.cut(&mut world.chance).map_err(harness)?;

    world.at_peace = true;
    world.disk.plan(Plan::Peace);
    let mut life = world.open(usize::MAX).map_err(said)?;
    world.inspect()?;
    world.append_must_succeed(&mut life).map_err(said)?;
    Ok(was_struck)
}

/// What an error other than that of a sync or of the database leaves at work: space that is
/// there again, and descriptors, need no restart.
fn after(world: &mut World, life: &mut crate::world::Life, fault: Fault) -> Result<(), Violation> {
    let heals = matches!(fault, Fault::Full | Fault::Short | Fault::TooManyFiles);
    let Some((call, _)) = world.disk.struck() else {
        return Ok(());
    };
    if heals && call != Call::Sync {
        world.append_must_succeed(life).map_err(said)?;
    }
    Ok(())
}

fn said(end: End) -> Violation {
    match end {
        End::Off => "the disk is off".to_owned(),
        End::Violated(what) => what,
    }
}

/// Every call of one seed's work in turn; the seed names the fault too, as `17-Sync`.
///
/// # Errors
/// What does not hold.
pub fn every_call(seed: &str) -> Result<u64, Violation> {
    let wrong = || format!("`{seed}` is no seed of this fault");
    let mut parts = seed.split('-');
    let number = parts.next().and_then(|number| number.parse().ok());
    let number = number.ok_or_else(wrong)?;
    let name = parts.next().ok_or_else(wrong)?;
    let fault = Fault::ALL
        .into_iter()
        .find(|fault| format!("{fault:?}") == name);
    let fault = fault.ok_or_else(wrong)?;
    if let Some(nth) = parts.next() {
        let nth = nth.parse().map_err(|_| wrong())?;
        return one(number, fault, nth).map(u64::from);
    }
    let mut nth = 1;
    while one(number, fault, nth).map_err(|what| format!("call {nth}: {what}"))? {
        nth += 1;
    }
    Ok(nth - 1)
}
