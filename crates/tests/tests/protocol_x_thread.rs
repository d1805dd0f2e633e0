//! THREAD: RFC 5256.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

use postern_tests::{Client, Kind, ServerUnderTest};

/// A message by day of January 2026, subject, Message-ID and other fields.
fn mail(day: u32, subject: &str, id: &str, other: &str) -> Vec<u8> {
    let message_id = match id {
        "" => String::new(),
        id => format!("Message-ID: <{id}@x>\r\n"),
    };
    format!(
        "Date: {day} Jan 2026 12:00:00 +0000\r\nFrom: a@b\r\nSubject: {subject}\r\n\
         {message_id}{other}\r\nbody\r\n"
    )
    .into_bytes()
}

fn filled(server: &ServerUnderTest, mails: &[Vec<u8>]) -> Client {
    let mut client = Client::login(server);
    client.append_all("INBOX", mails);
    client.command("SELECT INBOX");
    client
}

#[track_caller]
fn thread(client: &mut Client, command: &str, expected: &str) {
    let space = if expected.is_empty() { "" } else { " " };
    let lines = client.command(command);
    assert_eq!(lines, [format!("* THREAD{space}{expected}")], "{command}");
}

#[test]
fn ordered_subject() {
    let server = ServerUnderTest::start();
    let mails = [
        mail(9, "b", "1", ""),
        mail(2, "a", "2", ""),
        mail(5, "Re: a", "3", ""),
        mail(3, "[list] A (fwd)", "4", ""),
        mail(4, "Re: b", "5", ""),
        mail(1, "c", "6", ""),
    ];
    let mut client = filled(&server, &mails);
    let all = "(6)(2 (4)(3))(5 1)";
    thread(&mut client, "THREAD ORDEREDSUBJECT UTF-8 ALL", all);
    thread(&mut client, "UID THREAD ORDEREDSUBJECT UTF-8 ALL", all);
    thread(&mut client, "THREAD ORDEREDSUBJECT UTF-8 1:3", "(2 3)(1)");
    if server.kind == Kind::Dovecot {
        // It sends a space after THREAD then, which the grammar does not have (RFC 5256
        // section 5).
        return;
    }
    thread(
        &mut client,
        "THREAD ORDEREDSUBJECT US-ASCII TEXT \"gewp\"",
        "",
    );
}

#[test]
fn references() {
    let server = ServerUnderTest::start();
    let mails = [
        // A thread of replies, in which 4 answers someone whose mail is not here.
        mail(1, "plan", "p1", ""),
        mail(2, "Re: plan", "p2", "References: <p1@x>\r\n"),
        mail(3, "Re: plan", "p3", "References: <p1@x> <p2@x>\r\n"),
        mail(4, "Re: plan", "p5", "References: <p1@x> <gone@x>\r\n"),
        // Two answers to something that is not here.
        mail(5, "Re: lost", "l2", "In-Reply-To: <\"lost\"@x>\r\n"),
        mail(6, "Re: lost", "l3", "References: <lost@x>\r\n"),
        // Joined by subject alone.
        mail(8, "Re: lunch", "m2", ""),
        mail(7, "lunch", "m1", ""),
        // One that stands alone.
        mail(9, "alone", "", ""),
    ];
    let mut client = filled(&server, &mails);
    let all = "(1 (2 3)(4))((5)(6))(8 7)(9)";
    thread(&mut client, "THREAD REFERENCES UTF-8 ALL", all);
    // Without its first message, the thread has a parent that is not among the messages.
    thread(&mut client, "THREAD REFERENCES UTF-8 2:4", "((2 3)(4))");
    thread(&mut client, "THREAD REFERENCES UTF-8 3", "(3)");
    client.command("UID STORE 1 +FLAGS.SILENT (\\Deleted)");
    client.command("UID EXPUNGE 1");
    thread(
        &mut client,
        "UID THREAD REFERENCES UTF-8 UID 2:4",
        "((2 3)(4))",
    );
    thread(&mut client, "THREAD REFERENCES UTF-8 1:3", "((1 2)(3))");
}

/// A thread stands where its newest message does, by sent date, and subjects join nothing.
#[test]
fn refs() {
    let server = ServerUnderTest::start();
    let mut client = Client::login(&server);
    let mails = [
        (20, mail(1, "plan", "p1", "")),
        (2, mail(2, "lunch", "m1", "")),
        (3, mail(3, "Re: lunch", "m2", "")),
        (4, mail(9, "Re: plan", "p3", "References: <p1@x>\r\n")),
        (25, mail(8, "Re: plan", "p2", "References: <p1@x>\r\n")),
        // Answers to something that is not here, the later first.
        (21, mail(6, "Re: lost", "l3", "References: <lost@x>\r\n")),
        (7, mail(5, "Re: lost", "l2", "References: <lost@x>\r\n")),
        (22, mail(4, "Re: lost", "l4", "References: <l3@x>\r\n")),
        // An only answer.
        (5, mail(7, "Re: gone", "g2", "References: <gone@x>\r\n")),
        // Arrived together, the one that was sent later first.
        (12, mail(20, "x", "x1", "")),
        (12, mail(10, "y", "y1", "")),
    ];
    for (day, mail) in &mails {
        client.append(
            "INBOX",
            &format!("\"{day:2}-Feb-2026 12:00:00 +0000\""),
            mail,
        );
    }
    client.command("SELECT INBOX");
    let all = "(2)(3)((7)(6 8))(9)(1 (5)(4))(11)(10)";
    thread(&mut client, "THREAD REFS UTF-8 ALL", all);
    thread(&mut client, "UID THREAD REFS UTF-8 2:4", "(2)(3)(4)");
    thread(
        &mut client,
        "THREAD REFS UTF-8 1,4,9:11",
        "(9)(1 4)(11)(10)",
    );
    let line = client.command("CAPABILITY").remove(0);
    assert!(line.contains(" THREAD=REFS"), "{line}");
}

/// References that would make messages their own ancestors do not.
#[test]
fn loops() {
    let server = ServerUnderTest::start();
    let mails = [
        mail(1, "x", "a", "References: <b@x>\r\n"),
        mail(2, "y", "b", "References: <a@x>\r\n"),
        mail(3, "z", "c", "References: <c@x>\r\n"),
        // The same Message-ID again: the first message has it.
        mail(4, "w", "a", ""),
        mail(5, "v", "d", "References: <a@x>\r\n"),
    ];
    let mut client = filled(&server, &mails);
    thread(&mut client, "THREAD REFERENCES UTF-8 ALL", "(2 1 5)(3)(4)");
}

#[test]
fn errors() {
    let server = ServerUnderTest::start();
    let mut client = filled(&server, &[mail(1, "x", "a", "")]);
    for wrong in [
        "THREAD REFERENCES UTF-8",
        "THREAD NONE UTF-8 ALL",
        "THREAD (REFERENCES) UTF-8 ALL",
    ] {
        let refused = client.try_command(wrong);
        assert!(refused.tagged.starts_with("BAD"), "{wrong}: {refused:?}");
    }
    let refused = client.try_command("THREAD REFERENCES X-UNKNOWN ALL");
    assert!(refused.tagged.starts_with("NO [BADCHARSET"), "{refused:?}");
    let line = client.command("CAPABILITY").remove(0);
    for name in ["THREAD=ORDEREDSUBJECT", "THREAD=REFERENCES"] {
        assert!(line.split(' ').any(|word| word == name), "{name}: {line}");
    }
}
