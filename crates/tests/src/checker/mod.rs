//! Many clients at one account, each of which keeps its own account of what it is told. When
//! they meet they must agree with each other and with one who looks afresh.
//!
//! What they do is planned from a seed, as a list of [`Step`]s for each client, whose choices are
//! made of what the client knows when it comes to them: so every list of steps can be played,
//! whatever is left out. A run plays each list in a thread of its own. When it fails, the steps
//! are played again one after the other, at a fresh account, and as many as possible left out:
//! the failure names the seed, the shortest list that still fails and what was said, or that it
//! fails only when clients act at the same time.

mod acts;
mod extensions;
mod ledger;
mod look;
mod play;
mod player;
mod shrink;
mod step;

pub use look::{Seen, look_at_all};
pub use play::{Run, play, report};
pub use shrink::shortest;
pub use step::{Act, CLIENTS, Pick, Step, Use, plan};

/// A message, its name in the subject and in the `Message-ID`.
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
