//! Attacks on memory, time and places: the attacker may lose its connection, nobody else anything.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]

use postern_tests::{ACCOUNT, Attacker, Client, Lmtp, PASSWORD, SECOND_ACCOUNT, ServerUnderTest};
use std::net::TcpStream;
use std::time::{Duration, Instant};

/// What a person who waits would bear, with room for a busy machine.
const PATIENCE: Duration = Duration::from_secs(10);

fn attacker(server: &ServerUnderTest) -> Attacker {
    let mut attacker = Attacker::connect(server);
    attacker.send(format!("l LOGIN {ACCOUNT} \"{PASSWORD}\"\r\n").as_bytes());
    attacker.hear("l OK").expect("a login");
    attacker
}

/// Somebody else is served while the attack goes on.
#[track_caller]
fn assert_served(witness: &mut Client) {
    witness.set_deadline(PATIENCE);
    witness.command("NOOP");
    witness.command("STATUS INBOX (MESSAGES)");
}

fn append(client: &mut Client, message: &[u8]) {
    client.append("INBOX", "", message);
}

#[test]
fn readers_that_stall_cost_a_bounded_amount() {
    let mut server = ServerUnderTest::start();
    let mut witness = Client::login_as(&server, SECOND_ACCOUNT);
    let mut client = Client::login(&server);
    let message = [b"Subject: large\r\n\r\n".to_vec(), vec![b'x'; 4_000_000]].concat();
    append(&mut client, &message);
    server.forget_peak();
    let before = server.memory_kib();
    // 250 times 4 MB each, were it all kept.
    let items = "BODY.PEEK[] ".repeat(240);
    let fetch = format!("s SELECT INBOX\r\nf FETCH 1 ({}UID)\r\n", items);
    let mut stalled = Vec::new();
    for _ in 0..4 {
        let mut attacker = attacker(&server);
        attacker.send(fetch.as_bytes());
        attacker.hear("s OK").unwrap();
        attacker.hear("FETCH (BODY[]").unwrap();
        stalled.push(attacker);
    }
    // One that asks for much without reading: many commands at once.
    let mut pipelined = attacker(&server);
    pipelined.send("n NOOP\r\n".repeat(20_000).as_bytes());
    assert_served(&mut witness);
    let grown = server.peak_memory_kib().saturating_sub(before);
    assert!(grown < 128 * 1024, "{grown} KiB for five who stall");
    // They do not keep the server from stopping, either.
    let begun = Instant::now();
    server.stop();
    assert!(
        begun.elapsed() < Duration::from_secs(18),
        "{:?}",
        begun.elapsed()
    );
    assert!(!server.log().contains("panicked"), "{}", server.log());
}

/// Messages made to cost more than they should.
fn bombs() -> Vec<(&'static str, Vec<u8>)> {
    let nested: String = (0..10_000)
        .map(|n| format!("Content-Type: multipart/mixed; boundary=b{n}\r\n\r\n--b{n}\r\n"))
        .collect();
    let parts = format!(
        "Content-Type: multipart/mixed; boundary=b\r\n\r\n{}",
        "--b\r\n\r\n".repeat(1_000_000)
    );
    let messages = "Content-Type: message/rfc822\r\n\r\n".repeat(100_000);
    let to = format!("{}\r\n", "To: a@example.org\r\n".repeat(500_000));
    let addresses = format!(
        "To: {}b@example.org\r\n\r\n",
        "a@example.org,\r\n ".repeat(500_000)
    );
    let continued: String = (0..200_000).map(|n| format!(" a*{n}*=%41;\r\n")).collect();
    let continued = format!("Content-Type: text/plain;\r\n{continued} x=y\r\n\r\n");
    let comments = format!(
        "From: {}\r\nDate: {}\r\n\r\n",
        "(".repeat(1_000_000),
        "(\\".repeat(500_000)
    );
    let header = format!("Subject: {}\r\n\r\n", "=?utf-8?b?AAAA?= ".repeat(500_000));
    let references = format!("References: {}\r\n\r\n", "<a@b>\r\n ".repeat(500_000));
    [
        ("nested", nested),
        ("parts", parts),
        ("messages", messages),
        ("to", to),
        ("addresses", addresses),
        ("continued", continued),
        ("comments", comments),
        ("header", header),
        ("references", references),
        ("no line end", "x".repeat(10_000_000)),
        ("line ends", "\r\n".repeat(5_000_000)),
    ]
    .map(|(name, text)| (name, text.into_bytes()))
    .to_vec()
}

#[test]
fn bombs_are_kept_fetched_and_searched() {
    let server = ServerUnderTest::start();
    let mut witness = Client::login_as(&server, SECOND_ACCOUNT);
    let mut client = Client::login(&server);
    client.command("SELECT INBOX");
    for (name, bomb) in bombs() {
        let begun = Instant::now();
        append(&mut client, &bomb);
        client.command("NOOP");
        client.command(
            "FETCH * (ENVELOPE BODYSTRUCTURE BODY BODY.PEEK[1.1.1] BODY.PEEK[HEADER.FIELDS (TO)])",
        );
        client.command("UID SEARCH OR SUBJECT zebra TEXT zebra");
        assert_served(&mut witness);
        println!("{name}: {:?}", begun.elapsed());
        client.command(r"STORE * +FLAGS (\Deleted)");
        client.command("EXPUNGE");
    }
    let mut lmtp = Lmtp::connect(&server);
    for (name, bomb) in bombs().into_iter().take(3) {
        let replies = lmtp.deliver(&[ACCOUNT], &bomb);
        assert!(replies[0].starts_with("250"), "{name}: {replies:?}");
    }
    server.assert_well(&mut witness);
}

#[test]
fn patterns_and_keys_that_multiply() {
    let server = ServerUnderTest::start();
    let mut witness = Client::login_as(&server, SECOND_ACCOUNT);
    let mut client = Client::login(&server);
    for number in 0..300 {
        let name = format!("{}{number}", "a/".repeat(20));
        client.command(&format!("CREATE {name}"));
    }
    append(
        &mut client,
        &b"Subject: a\r\n\r\naaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n".repeat(20_000),
    );
    client.command("SELECT INBOX");
    let patterns = format!("{} ", "*a%".repeat(150)).repeat(99);
    for command in [
        format!("LIST \"\" ({patterns})"),
        format!("LIST \"\" {}", "*%".repeat(400)),
        format!("UID SEARCH {}ALL", "NOT TEXT aaaaaaaaaaaaab ".repeat(1500)),
        format!("SEARCH {}", "OR BODY ab BODY aab ".repeat(400) + "ALL"),
        format!(
            "FETCH 1 ({}UID)",
            "BODY.PEEK[HEADER.FIELDS (A B C D)] ".repeat(240)
        ),
    ] {
        let mut attacker = attacker(&server);
        attacker.send(b"s SELECT INBOX\r\n");
        attacker.hear("s OK").unwrap();
        attacker.send(format!("a {command}\r\n").as_bytes());
        assert_served(&mut witness);
        attacker.hear("a ").unwrap();
    }
    server.assert_well(&mut witness);
}

/// ESEARCH (RFC 7377): a tree that is named again and again is looked through once.
#[test]
fn trees_that_are_named_again_and_again() {
    let server = ServerUnderTest::start();
    let mut witness = Client::login_as(&server, SECOND_ACCOUNT);
    let mut client = Client::login(&server);
    let mut octets = String::new();
    for number in 0..2000 {
        octets.push_str(&format!("r CREATE a/{number}\r\n"));
    }
    client.send_raw(octets.as_bytes());
    for _ in 0..2000 {
        client.replies("r");
    }
    let tree = format!("subtree ({})", "a ".repeat(999) + "a");
    let trees = vec![tree; 25].join(" ");
    let all = vec!["personal"; 50].join(" ");
    client.set_deadline(PATIENCE);
    client.command(&format!("ESEARCH IN ({trees} {all}) RETURN (COUNT) ALL"));
    assert_served(&mut witness);
    server.assert_well(&mut witness);
}

#[test]
fn searches_that_take_long_leave_threads_to_others() {
    let server = ServerUnderTest::start();
    let mut witness = Client::login_as(&server, SECOND_ACCOUNT);
    let mut client = Client::login(&server);
    let body = b"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n".repeat(100_000);
    append(
        &mut client,
        &[b"Subject: a\r\n\r\n", body.as_slice()].concat(),
    );
    let command = format!("SEARCH {}ALL", "NOT TEXT aaaaaaaaaaaaab ".repeat(10));
    let mut attackers: Vec<Attacker> = (0..12).map(|_| attacker(&server)).collect();
    for attacker in &mut attackers {
        attacker.send(b"s SELECT INBOX\r\n");
        attacker.hear("s OK").unwrap();
    }
    for attacker in &mut attackers {
        attacker.send(format!("a {command}\r\n").as_bytes());
    }
    // Less than all of them take together, however few threads there are.
    witness.set_deadline(Duration::from_secs(3));
    for _ in 0..20 {
        witness.command("NOOP");
        Client::login_as(&server, SECOND_ACCOUNT).command("LOGOUT");
    }
    for attacker in &mut attackers {
        attacker.hear("a OK").unwrap();
    }
    server.assert_well(&mut witness);
}

/// An event of the log is at most 1 MiB, and the names of these are more.
#[test]
fn a_tree_with_long_names_is_renamed_whole() {
    let server = ServerUnderTest::start();
    let mut client = Client::login(&server);
    let long = "n".repeat(900);
    let mut octets = String::from("r CREATE tree\r\n");
    for number in 0..1300 {
        octets.push_str(&format!("r CREATE tree/{long}{number}\r\n"));
    }
    client.send_raw(octets.as_bytes());
    for _ in 0..1301 {
        let reply = client.replies("r");
        assert!(reply.tagged.starts_with("OK"), "{reply:?}");
    }
    client.command("RENAME tree forest");
    assert_eq!(client.command("LIST \"\" forest/*").len(), 1300);
    assert_eq!(client.command("LIST \"\" tree*").len(), 0);
    assert!(!server.log().contains("ERROR"), "{}", server.log());
}

#[test]
fn copies_of_copies_come_to_an_end() {
    let server = ServerUnderTest::start();
    let mut witness = Client::login_as(&server, SECOND_ACCOUNT);
    let mut client = Client::login(&server);
    append(&mut client, b"Subject: a\r\n\r\n");
    client.command("SELECT INBOX");
    // Each doubles the mailbox: without a limit, 32 of them need terabytes.
    let refused = (0..40)
        .map(|_| client.try_command("COPY 1:* INBOX").tagged)
        .find(|tagged| !tagged.starts_with("OK"));
    let refused = refused.expect("a refusal");
    assert!(refused.starts_with("NO [OVERQUOTA]"), "{refused}");
    assert_served(&mut witness);
    server.assert_well(&mut witness);
}

#[test]
fn those_who_dawdle_are_cut_off_and_keep_nobody_out() {
    let limits = "[limits]\nlogin_deadline = \"5s\"\nconnections_per_network = 400\n";
    let server = ServerUnderTest::start_with(limits);
    let mut witness = Client::login_as(&server, SECOND_ACCOUNT);
    let descriptors = server.descriptors();
    // Handshakes that do not begin.
    let silent: Vec<TcpStream> = (0..300)
        .map(|_| TcpStream::connect(server.imaps).unwrap())
        .collect();
    // Logins that never come to their end: a little at a time, and a lot at a time.
    let mut slow: Vec<Attacker> = (0..10).map(|_| Attacker::connect(&server)).collect();
    let begun = Instant::now();
    for attacker in &mut slow {
        attacker.send(b"a LOGIN ");
    }
    server.assert_well(&mut witness);
    let mut open = slow.len();
    let mut talker = Attacker::connect(&server);
    while open > 0 || talker.send(b"n NOOP\r\n") {
        assert!(
            begun.elapsed() < Duration::from_secs(60),
            "{open} are still there"
        );
        slow.retain_mut(|attacker| attacker.send(b"x"));
        open = slow.len();
        std::thread::sleep(Duration::from_millis(20));
    }
    server.assert_well(&mut witness);
    drop(silent);
    // Places are given back.
    while server.descriptors() > descriptors + 5 {
        assert!(
            begun.elapsed() < Duration::from_secs(60),
            "{}",
            server.descriptors()
        );
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn beyond_the_limit_of_connections_only_new_ones_are_refused() {
    let limits =
        "[limits]\nconnections_per_network = 30\nconnections_per_account_and_address = 5\n";
    let server = ServerUnderTest::start_with(limits);
    let mut witness = Client::login_as(&server, SECOND_ACCOUNT);
    let mut mine: Vec<Client> = (0..5).map(|_| Client::login(&server)).collect();
    let mut sixth = Client::connect(&server);
    let reply = sixth.try_command(&format!("LOGIN {ACCOUNT} \"{PASSWORD}\""));
    assert!(reply.tagged.starts_with("NO [LIMIT]"), "{reply:?}");
    let crowd: Vec<TcpStream> = (0..60)
        .map(|_| TcpStream::connect(server.imaps).unwrap())
        .collect();
    witness.command("NOOP");
    for client in &mut mine {
        client.command("NOOP");
    }
    drop(crowd);
    mine.truncate(3);
    // Places are free once the server has seen that those who had them are gone.
    eventually(|| {
        let mut attacker = Attacker::connect(&server);
        let login = format!("l LOGIN {ACCOUNT} \"{PASSWORD}\"\r\n");
        attacker.send(login.as_bytes()) && attacker.hear("l OK").is_some()
    });
    drop(mine);
    eventually(|| server.descriptors() < 40);
    server.assert_well(&mut witness);
}

/// Waits for what comes about by itself.
fn eventually(mut holds: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !holds() {
        assert!(
            begun.elapsed() < Duration::from_secs(60),
            "it does not come about"
        );
        std::thread::sleep(Duration::from_millis(20));
    }
}
