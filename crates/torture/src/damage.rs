//! Files of a data folder that come back other than they were written: a bit flipped, a block
//! zeroed, the end cut off, two blocks swapped, a file gone.
//!
//! Whatever is damaged: nobody gets other octets than were stored, what cannot be read is
//! answered so and the rest is served, and `postern check` has said so.

use crate::kill::mailbox::octets;
use crate::model::Violation;
use postern_tests::{ACCOUNT, Chance, Client, PASSWORD, SECOND_ACCOUNT, ServerUnderTest, literals};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// Damages to one folder.
pub const CYCLES: u64 = 12;
const BLOCK: usize = 4096;
const MAILBOXES: [&str; 2] = ["INBOX", "Work"];

/// Names of messages by account, mailbox and UID.
type Held = BTreeMap<(&'static str, &'static str, u32), String>;

/// One folder, damaged in several ways, each time from its whole state.
///
/// # Errors
/// What does not hold.
pub fn run(seed: u64, cycles: u64) -> Result<u64, Violation> {
    let mut chance = Chance::new(seed);
    let mut server = ServerUnderTest::start();
    let held = fill(&server, &mut chance);
    server.stop();
    let whole = server.scratch("whole");
    copy(&server.data(), &whole).map_err(harness)?;
    for cycle in 1..=cycles {
        fs::remove_dir_all(server.data()).map_err(harness)?;
        copy(&whole, &server.data()).map_err(harness)?;
        let what = damage(&server.data(), &mut chance).map_err(harness)?;
        one(&mut server, &held).map_err(|error| format!("cycle {cycle}, {what}: {error}"))?;
    }
    Ok(cycles)
}

fn harness(error: std::io::Error) -> Violation {
    format!("the harness: {error}")
}

fn fill(server: &ServerUnderTest, chance: &mut Chance) -> Held {
    let mut held = Held::new();
    for account in [ACCOUNT, SECOND_ACCOUNT] {
        let mut client = Client::login_as(server, account);
        client.command("CREATE Work");
        let mut number = 0;
        for mailbox in MAILBOXES {
            for uid in 1..=10 {
                number += 1;
                let len = if uid == 3 { 90_000 } else { chance.below(3000) };
                let name = format!("{account}-{number}-{len}");
                let text = octets(&name);
                client.command(&format!("APPEND {mailbox} {{{}+}}\r\n{text}", text.len()));
                held.insert((account, mailbox, uid), name);
            }
            client.command(&format!("SELECT {mailbox}"));
            client.command(r"UID STORE 2,5 +FLAGS (\Deleted)");
            client.command("EXPUNGE");
            client.command(r"UID STORE 4:7 +FLAGS (\Seen $one)");
            for uid in [2, 5] {
                held.remove(&(account, mailbox, uid));
            }
        }
    }
    held
}

fn copy(from: &Path, to: &Path) -> std::io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &target)?;
        } else if entry.file_type()?.is_file() {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}

fn files(folder: &Path, into: &mut Vec<PathBuf>) -> std::io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            files(&path, into)?;
        } else if !path.ends_with("lock") {
            into.push(path);
        }
    }
    into.sort();
    Ok(())
}

fn damage(data: &Path, chance: &mut Chance) -> std::io::Result<String> {
    let mut all = Vec::new();
    files(data, &mut all)?;
    let path = chance.one(&all).clone();
    let name = path
        .strip_prefix(data)
        .unwrap_or(&path)
        .display()
        .to_string();
    let mut octets = fs::read(&path)?;
    let blocks = octets.len() / BLOCK;
    let manner = match chance.below(8) {
        0..=2 => {
            let at = chance.below(octets.len());
            octets[at] ^= 1 << chance.below(8);
            format!("bit of {at} flipped")
        }
        3 if blocks > 0 => {
            let at = chance.below(blocks) * BLOCK;
            octets[at..at + BLOCK].fill(0);
            format!("block at {at} zeroed")
        }
        4 if blocks > 1 => {
            let (a, b) = (chance.below(blocks) * BLOCK, chance.below(blocks) * BLOCK);
            for i in 0..BLOCK {
                octets.swap(a + i, b + i);
            }
            format!("blocks at {a} and {b} swapped")
        }
        5 => {
            fs::remove_file(&path)?;
            return Ok(format!("{name} removed"));
        }
        _ => {
            octets.truncate(chance.below(octets.len()));
            format!("cut to {}", octets.len())
        }
    };
    fs::write(&path, octets)?;
    Ok(format!("{name}: {manner}"))
}

/// Checks, serves, repairs and serves again.
fn one(server: &mut ServerUnderTest, held: &Held) -> Result<(), Violation> {
    let checked = server.run(&["check"]);
    let is_clean = checked.status.success();
    let said = format!("{}{}", checked.text(), checked.stderr);
    if said.contains("panicked") {
        return Err(format!("the check panicked: {said}"));
    }
    let before = serve(server, held, is_clean)?;
    if before.is_none() {
        return Ok(());
    }
    let repaired = server.run(&["check", "--repair"]);
    if repaired.stderr.contains("panicked") {
        return Err(format!("the repair panicked: {}", repaired.stderr));
    }
    let after = serve(server, held, false)?;
    match (before, after) {
        (Some(before), Some(after)) if after < before => Err(format!(
            "{before} messages were readable, after the repair {after}"
        )),
        (_, None) => Err("after the repair it does not start".to_owned()),
        _ => Ok(()),
    }
}

/// How many messages can be read; None when the server refuses to start. Both must have been
/// told by the check, unless all is there.
fn serve(
    server: &mut ServerUnderTest,
    held: &Held,
    is_clean: bool,
) -> Result<Option<usize>, Violation> {
    if let Err(why) = server.try_restart() {
        return match (is_clean, why.contains("panicked")) {
            (false, false) => Ok(None),
            _ => Err(format!(
                "it does not start, and the check was clean: {is_clean}: {why}"
            )),
        };
    }
    let read = read(server, held);
    server.stop();
    if server.log().contains("panicked") {
        return Err("the server panicked".to_owned());
    }
    let read = read?;
    if is_clean && read < held.len() {
        let lost = held.len() - read;
        return Err(format!(
            "{lost} messages cannot be read, and the check was clean"
        ));
    }
    Ok(Some(read))
}

fn read(server: &ServerUnderTest, held: &Held) -> Result<usize, Violation> {
    let mut read = 0;
    for account in [ACCOUNT, SECOND_ACCOUNT] {
        let mut client = Client::connect(server);
        let login = client.attempt(&format!("LOGIN {account} \"{PASSWORD}\""));
        let login = login.ok_or("LOGIN: the connection is lost")?;
        if !login.tagged.starts_with("OK") {
            continue;
        }
        for mailbox in MAILBOXES {
            let mut ask = |command: &str| {
                let reply = client.attempt(command);
                reply.ok_or_else(|| format!("{command}: the connection is lost"))
            };
            if !ask(&format!("EXAMINE {mailbox}"))?.tagged.starts_with("OK") {
                continue;
            }
            let here = held
                .iter()
                .filter(|((a, m, _), _)| *a == account && *m == mailbox);
            for ((_, _, uid), name) in here {
                let reply = ask(&format!("UID FETCH {uid} BODY.PEEK[]"))?;
                let bodies: Vec<_> = reply.untagged.iter().flat_map(|r| literals(r)).collect();
                match bodies.first() {
                    Some(body) if body == octets(name).as_bytes() => read += 1,
                    Some(_) => {
                        return Err(format!("{account}, {mailbox}, UID {uid}: other octets"));
                    }
                    None => {}
                }
            }
            let listed = ask("UID FETCH 1:* FLAGS")?.lines();
            if let Some(line) = listed.iter().find(|line| line.contains("UID 2 ")) {
                return Err(format!("expunged mail is back: {line}"));
            }
        }
    }
    Ok(read)
}
