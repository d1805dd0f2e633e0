//! A server that is killed while it works: what it acknowledged is there, once, where it said.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]

use postern_tests::{ACCOUNT, Attacker, Chance, Client, PASSWORD, ServerUnderTest, literals};
use std::collections::BTreeMap;
use std::sync::Mutex;

const CYCLES: usize = 24;
const WRITERS: usize = 4;

/// What was acknowledged: UID and name. Over all cycles.
type Acknowledged = Mutex<BTreeMap<u32, String>>;

/// Appends until the server goes.
fn write(server: &ServerUnderTest, name: &str, acknowledged: &Acknowledged) {
    let mut attacker = Attacker::connect(server);
    attacker.send(format!("l LOGIN {ACCOUNT} \"{PASSWORD}\"\r\n").as_bytes());
    if attacker.hear("l OK").is_none() {
        return;
    }
    for number in 0.. {
        let name = format!("{name}-{number}");
        // Some larger than what is written on the spot.
        let filler = if number % 5 == 4 {
            100_000
        } else {
            number % 900
        };
        let text = format!("Subject: {name}\r\n\r\n{}\r\n", "x".repeat(filler));
        let command = format!("a APPEND INBOX {{{}}}\r\n", text.len());
        attacker.send(command.as_bytes());
        if attacker.hear("\r\n+ ").is_none() {
            return;
        }
        attacker.send(format!("{text}\r\n").as_bytes());
        let Some(reply) = attacker.hear("] Message appended") else {
            return;
        };
        let reply = String::from_utf8(reply).unwrap();
        let uid = reply.split_once("[APPENDUID ").unwrap().1;
        let uid = uid.split([' ', ']']).nth(1).unwrap().parse().unwrap();
        let before = acknowledged.lock().unwrap().insert(uid, name);
        assert_eq!(before, None, "UID {uid} twice");
    }
}

/// All there is: UID and name.
fn read(server: &ServerUnderTest) -> BTreeMap<u32, String> {
    let mut client = Client::login(server);
    client.command("EXAMINE INBOX");
    let replies = client.ok("UID FETCH 1:* (RFC822.SIZE BODY.PEEK[])");
    let mut all = BTreeMap::new();
    for reply in replies
        .untagged
        .iter()
        .filter(|r| r.windows(7).any(|w| w == b" FETCH "))
    {
        let line = String::from_utf8_lossy(reply);
        let uid = line
            .split_once("UID ")
            .unwrap()
            .1
            .split(' ')
            .next()
            .unwrap();
        let size = line
            .split_once("RFC822.SIZE ")
            .unwrap()
            .1
            .split(' ')
            .next()
            .unwrap();
        let message = literals(reply).remove(0);
        assert_eq!(message.len().to_string(), size);
        let text = String::from_utf8(message).unwrap();
        assert!(text.ends_with("\r\n"), "cut short");
        let name = text
            .lines()
            .next()
            .unwrap()
            .strip_prefix("Subject: ")
            .unwrap();
        all.insert(uid.parse().unwrap(), name.to_owned());
    }
    all
}

fn check(acknowledged: &BTreeMap<u32, String>, there: &BTreeMap<u32, String>) {
    for (uid, name) in acknowledged {
        assert_eq!(there.get(uid), Some(name), "UID {uid} was acknowledged");
    }
    let mut names: Vec<_> = there.values().collect();
    names.sort();
    names.dedup();
    assert_eq!(names.len(), there.len(), "a message is there twice");
}

#[test]
fn what_was_acknowledged_survives_kills_at_any_moment() {
    let seed = Chance::seed("KILL_SEED");
    println!("KILL_SEED={seed}");
    let mut chance = Chance::new(seed);
    let mut server = ServerUnderTest::start();
    let acknowledged = Acknowledged::default();
    let mut there = BTreeMap::new();
    for cycle in 0..CYCLES {
        // After so many more acknowledgements, amid the next ones.
        let enough = acknowledged.lock().unwrap().len() + chance.below(40);
        let server_id = server.id();
        std::thread::scope(|scope| {
            for writer in 0..WRITERS {
                let (server, acknowledged) = (&server, &acknowledged);
                let name = format!("{cycle}-{writer}");
                scope.spawn(move || write(server, &name, acknowledged));
            }
            while acknowledged.lock().unwrap().len() < enough {
                std::thread::yield_now();
            }
            postern_tests::kill(server_id);
        });
        server.kill();
        server.restart();
        if cycle % 6 == 5 {
            let before = std::mem::replace(&mut there, read(&server));
            check(&acknowledged.lock().unwrap(), &there);
            for (uid, name) in before {
                assert_eq!(there.get(&uid), Some(&name), "UID {uid} was there before");
            }
        }
    }
    assert!(!server.log().contains("panicked"), "{}", server.log());
    println!("{} messages", there.len());
}
