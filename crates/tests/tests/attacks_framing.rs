//! Octets that are no IMAP, or nearly: whatever a connection sends, only that connection suffers.
//!
//! `ATTACK_SEED` repeats a run.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]

use postern_tests::{ACCOUNT, Attacker, Chance, Client, Ending, PASSWORD, ServerUnderTest};

/// No attack here may make the server keep more than this, in KiB.
const GROWTH: u64 = 64 * 1024;

struct Arena {
    server: ServerUnderTest,
    witness: Client,
    before: u64,
}

impl Arena {
    fn new() -> Self {
        let server = ServerUnderTest::start();
        let mut witness = Client::login(&server);
        witness.append("INBOX", r"(\Seen)", b"Subject: one\r\n\r\ntext\r\n");
        witness.command("SELECT INBOX");
        let before = server.memory_kib();
        Self {
            server,
            witness,
            before,
        }
    }

    /// Attacks as a stranger.
    fn stranger(&self, octets: &[u8]) -> Ending {
        Attacker::connect(&self.server).storm(octets)
    }

    /// Attacks after a login.
    fn insider(&self, octets: &[u8]) -> Ending {
        let mut attacker = Attacker::connect(&self.server);
        attacker.send(format!("l LOGIN {ACCOUNT} \"{PASSWORD}\"\r\n").as_bytes());
        attacker.hear("l OK").expect("a login");
        attacker.storm(octets)
    }

    #[track_caller]
    fn assert_well(&mut self) {
        self.server.assert_well(&mut self.witness);
        let grown = self.server.memory_kib().saturating_sub(self.before);
        assert!(grown < GROWTH, "{grown} KiB more than before");
    }
}

fn text(ending: &Ending) -> String {
    String::from_utf8_lossy(&ending.heard).into_owned()
}

#[test]
fn literals_that_are_too_large_are_refused_before_they_come() {
    let mut arena = Arena::new();
    for size in [
        "4097",
        "999999999",
        "4294967295",
        "4294967296",
        "18446744073709551615",
        "99999999999999999999",
        "100000000000000000000000000000000000000000",
    ] {
        for command in ["LOGIN", "AUTHENTICATE", "ID (", "NONSENSE", "APPEND INBOX"] {
            let ending = arena.stranger(format!("a {command} {{{size}}}\r\n").as_bytes());
            let said = text(&ending);
            assert!(!said.contains("\r\n+ "), "{command} {{{size}}}: {said}");
            assert!(said.contains("a NO") || said.contains("a BAD"), "{said}");
        }
        if size.len() > 8 {
            let ending = arena.insider(format!("a APPEND INBOX {{{size}}}\r\n").as_bytes());
            assert!(!text(&ending).contains("\r\n+ "), "{size}");
        }
    }
    arena.assert_well();
}

#[test]
fn the_text_inside_a_refused_literal_never_runs() {
    let mut arena = Arena::new();
    let canary = "x CAPABILITY\r\nx LOGIN a b\r\nx CREATE canary\r\n".repeat(200);
    for size in [canary.len(), 5000, 300_000, 70_000_000, usize::MAX] {
        let octets = format!("a LOGIN {{{size}+}}\r\n{canary}");
        let said = text(&arena.stranger(octets.as_bytes()));
        assert!(!said.contains("\r\nx "), "{size}: {said}");
    }
    for (command, size) in [
        ("SELECT", canary.len().max(300_000)),
        ("APPEND INBOX", 70_000_000),
        ("SEARCH SUBJECT", 300_000),
        ("APPEND INBOX", usize::MAX),
    ] {
        let octets = format!("a {command} {{{size}+}}\r\n{canary}");
        let said = text(&arena.insider(octets.as_bytes()));
        assert!(!said.contains("\r\nx "), "{command} {size}: {said}");
    }
    // Discarded whole, the stream is in step again.
    let refused = "y".repeat(300_000);
    let octets = format!("a SEARCH SUBJECT {{300000+}}\r\n{refused} {{3+}}\r\nabc\r\nb NOOP\r\n");
    let said = text(&arena.insider(octets.as_bytes()));
    assert!(said.contains("\r\nb OK") && !said.contains("yyy"), "{said}");
    let listed = Client::login(&arena.server).command(r#"LIST "" *"#);
    assert!(!listed.iter().any(|line| line.contains("canary")));
    arena.assert_well();
}

#[test]
fn ten_thousand_literals_and_deep_nesting() {
    let mut arena = Arena::new();
    let many = format!("a SEARCH{}\r\n", " SUBJECT {1+}\r\nx".repeat(10_000));
    let said = text(&arena.insider(many.as_bytes()));
    assert!(said.contains("a NO") || said.contains("a BAD"), "{said}");
    for octets in [
        format!("a SEARCH {}\r\n", "(".repeat(60_000)),
        format!("a SEARCH {}ALL\r\n", "NOT ".repeat(15_000)),
        format!("a SEARCH {}ALL ALL\r\n", "OR ALL ".repeat(9_000)),
        format!("a FETCH 1 {}\r\n", "(".repeat(60_000)),
        format!("a FETCH 1 BODY[{}]\r\n", "1.".repeat(30_000)),
        format!("a LIST \"\" ({})\r\n", "* ".repeat(30_000)),
        format!("a STORE 1 FLAGS ({})\r\n", "f ".repeat(30_000)),
        format!("a FETCH {}1 FLAGS\r\n", "1:*,".repeat(15_000)),
        format!("a ID ({})\r\n", "\"a\" NIL ".repeat(7_000)),
        "(".repeat(5_000_000),
    ] {
        let said = text(&arena.insider(&[b"s SELECT INBOX\r\n", octets.as_bytes()].concat()));
        assert!(said.contains("s OK"), "{said}");
    }
    arena.assert_well();
}

#[test]
fn random_octets_and_other_protocols() {
    let seed = Chance::seed("ATTACK_SEED");
    println!("ATTACK_SEED={seed}");
    let mut chance = Chance::new(seed);
    let mut arena = Arena::new();
    for round in 0..60 {
        let size = chance.below(4000);
        let mut octets = chance.octets(size);
        if round % 2 == 0 {
            // Lines, and those that nearly are commands.
            for octet in &mut octets {
                *octet = *chance.one(b"\r\n\n {}()+*%\"\\[]<>~a1 LOGIN\0\xff");
            }
        }
        match round % 3 {
            0 => drop(arena.insider(&octets)),
            _ => drop(arena.stranger(&octets)),
        }
    }
    let post = "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n\r\n";
    let body = "a LOGIN <script>alert(1)</script> x\r\n".repeat(1000);
    let said = text(&arena.stranger(format!("{post}{body}").as_bytes()));
    assert!(!said.contains("<script>"), "{said}");
    assert!(said.contains("* BYE"), "closed after a few: {said}");
    arena.assert_well();
}

/// Whole sessions that work, to be spoiled.
fn sessions() -> Vec<Vec<u8>> {
    [
        "a NOOP\r\nb CAPABILITY\r\nc ID (\"name\" \"x\")\r\nd LOGOUT\r\n",
        "a SELECT INBOX\r\nb FETCH 1:* (FLAGS UID BODY.PEEK[HEADER.FIELDS (FROM TO)]<0.100>)\r\n\
         c UID SEARCH RETURN (MIN MAX SAVE) OR SEEN (NOT FROM {3+}\r\nabc)\r\nd UID FETCH $ ALL\r\n",
        "a APPEND INBOX (\\Seen $x) \"01-Jan-2026 00:00:00 +0000\" {10+}\r\n0123456789\r\n\
         b STATUS INBOX (MESSAGES UIDNEXT SIZE)\r\nc LIST (SUBSCRIBED) \"\" (\"*\" \"%\") RETURN (STATUS (UNSEEN))\r\n",
        "a ENABLE QRESYNC IMAP4rev2\r\nb SELECT INBOX (QRESYNC (1 2 3:4,5 (1:2 3:4)))\r\n\
         c UID STORE 1:* (UNCHANGEDSINCE 5) +FLAGS.SILENT (\\Deleted)\r\nd MOVE 1 Trash\r\ne CLOSE\r\n",
        "a IDLE\r\nDONE\r\nb CREATE a/b/c\r\nc RENAME a/b x\r\nd DELETE x/c\r\ne SUBSCRIBE &Jjo-\r\n",
    ]
    .map(|session| session.as_bytes().to_vec())
    .to_vec()
}

fn spoiled(chance: &mut Chance, session: &[u8]) -> Vec<u8> {
    let mut octets = session.to_vec();
    for _ in 0..=chance.below(4) {
        let at = chance.below(octets.len());
        match chance.below(6) {
            0 => octets[at] = chance.octets(1)[0],
            1 => drop(octets.remove(at)),
            2 => octets.insert(at, *chance.one(b"{}()\"\\ *:,\r\n\0+1[]<>$")),
            3 => octets.truncate(at.max(1)),
            4 => {
                let end = (at + chance.below(40)).min(octets.len());
                let again = octets[at..end].repeat(chance.below(300));
                octets.splice(at..at, again);
            }
            _ => {
                let number = chance.number().to_string();
                octets.splice(at..at, number.into_bytes());
            }
        }
    }
    octets
}

#[test]
fn sessions_that_are_spoiled() {
    let seed = Chance::seed("ATTACK_SEED");
    println!("ATTACK_SEED={seed}");
    let mut chance = Chance::new(seed);
    let mut arena = Arena::new();
    let sessions = sessions();
    for round in 0..120 {
        let session = chance.one(&sessions).clone();
        let octets = spoiled(&mut chance, &session);
        match round % 4 {
            0 => drop(arena.stranger(&octets)),
            _ => drop(arena.insider(&octets)),
        }
    }
    arena.assert_well();
}

#[test]
fn sasl_that_comes_to_nothing() {
    let mut arena = Arena::new();
    for exchange in [
        "a AUTHENTICATE PLAIN\r\n*\r\n".to_owned(),
        "a AUTHENTICATE PLAIN\r\n====\r\n".to_owned(),
        "a AUTHENTICATE PLAIN\r\nAAAA\r\n".to_owned(),
        "a AUTHENTICATE PLAIN =\r\n".to_owned(),
        "a AUTHENTICATE PLAIN !!!\r\n".to_owned(),
        "a AUTHENTICATE LOGIN\r\n*\r\n".to_owned(),
        "a AUTHENTICATE XYZZY AAAA\r\n".to_owned(),
        format!("a AUTHENTICATE PLAIN {}\r\n", "A".repeat(15_000)),
        format!("a AUTHENTICATE PLAIN\r\n{}\r\n", "A".repeat(100_000)),
    ] {
        let ending = arena.stranger(exchange.repeat(200).as_bytes());
        let said = text(&ending);
        assert!(
            said.contains("a BAD") || said.contains("a NO"),
            "{exchange}: {said}"
        );
    }
    arena.assert_well();
}

#[test]
fn nothing_secret_and_nothing_forged_is_logged() {
    let server = ServerUnderTest::start_with("[log]\nlevel = \"trace\"\n");
    let mut client = Client::login(&server);
    for command in [
        "x LOGIN \"root\\\" INFO forged\" hunter2-secret".to_owned(),
        // \0ada@example.test\0hunter2-secret
        "x AUTHENTICATE PLAIN AGFkYUBleGFtcGxlLnRlc3QAaHVudGVyMi1zZWNyZXQ=".to_owned(),
        "x LOGIN {30+}\r\na\r\n2026-01-01 INFO forged: yes\x1b hunter2-secret".to_owned(),
        "x LOGIN hunter2-secret".to_owned(),
        "x LOGIN a hunter2-secret trailing".to_owned(),
        "x ID (\"name\" {9+}\r\na\r\nforged \"version\" \"\x1b[2J\")".to_owned(),
    ] {
        Attacker::connect(&server).storm(format!("{command}\r\n").as_bytes());
    }
    client.command("NOOP");
    let log = server.log();
    assert!(
        log.contains("login failed") && log.contains("DEBUG"),
        "{log}"
    );
    for secret in ["hunter2", PASSWORD, "aHVudGVyMi1zZWNyZXQ", "AGFkYUBl"] {
        assert!(!log.contains(secret), "{secret} is in the log: {log}");
    }
    let forged = |line: &str| line.starts_with("forged") || line.starts_with("2026-01-01");
    assert!(!log.lines().any(forged) && !log.contains('\x1b'), "{log}");
}
