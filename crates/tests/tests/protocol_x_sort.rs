//! SORT (RFC 5256), SORT=DISPLAY (RFC 5957), ESORT (RFC 5267 section 3).
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

use postern_tests::{Client, Kind, ServerUnderTest};

/// Messages 1 to 6, appended in this order with these internal dates.
const MAIL: [(&str, &str); 6] = [
    (
        "05-Mar-2026 10:00:00 +0000",
        "Date: Sun, 31 Dec 2000 16:01:33 -0800\r\nFrom: Zoe <bob@a.example>\r\n\
         To: x@a.example\r\nSubject: Re: [list] Apples\r\n\r\nshort\r\n",
    ),
    (
        "04-Mar-2026 10:00:00 +0000",
        "Date: Mon, 1 Jan 2001 00:00:00 +0000\r\nFrom: ann@a.example\r\n\
         To: Team <y@a.example>\r\nCc: carl@b\r\nSubject: apples\r\n\r\na longer body than that\r\n",
    ),
    (
        "03-Mar-2026 10:00:00 +0000",
        "From: =?utf-8?q?=C3=84nne?= <carl@a.example>\r\nTo: a@a.example\r\n\
         Subject: =?utf-8?q?=C3=A9clair?=\r\n\r\nno date\r\n",
    ),
    (
        "06-Mar-2026 10:00:00 +0000",
        "Date: Mon, 1 Jan 2001 00:00:00 +0000\r\nFrom: ANN@b.example\r\nSubject: zebra (fwd)\r\n\
         \r\nx\r\n",
    ),
    (
        "02-Mar-2026 10:00:00 +0000",
        "Date: Mon, 1 Jan 2001 00:00:01 +0000\r\nSubject: \r\n\r\nnobody\r\n",
    ),
    (
        "01-Mar-2026 10:00:00 +0000",
        "Date: Mon, 1 Jan 2001 02:00:00 +0300\r\nFrom: _x@a.example\r\nCc: Bea <bea@b>\r\n\
         Subject: [fwd: _under]\r\n\r\n1234567\r\n",
    ),
];

fn filled(server: &ServerUnderTest) -> Client {
    let mut client = Client::login(server);
    for (date, mail) in MAIL {
        client.append("INBOX", &format!("\"{date}\""), mail.as_bytes());
    }
    client.command("SELECT INBOX");
    client
}

#[track_caller]
fn sort(client: &mut Client, criteria: &str, expected: &str) {
    let lines = client.command(&format!("SORT ({criteria}) UTF-8 ALL"));
    assert_eq!(lines, [format!("* SORT {expected}")], "{criteria}");
}

/// The orders are worked out by hand. Sent dates: 1 is 00:01:33 UTC, 2 and 4 are 00:00:00,
/// 5 is 00:00:01, 6 is the day before at 23:00, all of 2001-01-01; 3 has its internal date.
#[test]
fn every_key() {
    let server = ServerUnderTest::start();
    let mut client = filled(&server);
    sort(&mut client, "ARRIVAL", "6 5 3 2 1 4");
    sort(&mut client, "REVERSE ARRIVAL", "4 1 2 3 5 6");
    sort(&mut client, "DATE", "6 2 4 5 1 3");
    // REVERSE does not reverse the order of what is equal.
    sort(&mut client, "REVERSE DATE", "3 1 5 2 4 6");
    // Sizes: see the bodies and headers above.
    let mut sizes: Vec<_> = MAIL.iter().map(|(_, mail)| mail.len()).zip(1..).collect();
    sizes.sort_unstable();
    let by_size: Vec<_> = sizes.iter().map(|(_, n)| n.to_string()).collect();
    sort(&mut client, "SIZE", &by_size.join(" "));
    // "" APPLES APPLES E-acute-CLAIR ZEBRA _UNDER: in upper case `_` is after letters.
    sort(&mut client, "SUBJECT", "5 1 2 3 4 6");
    sort(&mut client, "SUBJECT DATE", "5 2 1 3 4 6");
    // "" ANN ANN BOB CARL _X
    sort(&mut client, "FROM", "5 2 4 1 3 6");
    sort(&mut client, "FROM REVERSE ARRIVAL", "5 4 2 1 3 6");
    // "" "" "" A X Y
    sort(&mut client, "TO", "4 5 6 3 1 2");
    // "" "" "" "" BEA CARL
    sort(&mut client, "CC", "1 3 4 5 6 2");
    client.command("LOGOUT");
}

#[test]
fn display_names() {
    let server = ServerUnderTest::start();
    let mut client = filled(&server);
    // "" A+diaeresis NNE: `A`, then U+0308, is after ANN@.
    sort(&mut client, "DISPLAYFROM", "5 2 4 3 1 6");
    // "" "" "" A@A.EXAMPLE TEAM X@A.EXAMPLE
    sort(&mut client, "DISPLAYTO", "4 5 6 3 2 1");
    sort(&mut client, "REVERSE DISPLAYTO", "1 2 3 4 5 6");
}

#[test]
fn what_is_sorted_and_in_which_numbers() {
    let server = ServerUnderTest::start();
    let mut client = filled(&server);
    client.command("UID STORE 3 +FLAGS.SILENT (\\Deleted)");
    client.command("UID EXPUNGE 3");
    assert_eq!(
        client.command("SORT (ARRIVAL) UTF-8 ALL"),
        ["* SORT 5 4 2 1 3"]
    );
    assert_eq!(
        client.command("UID SORT (ARRIVAL) UTF-8 ALL"),
        ["* SORT 6 5 2 1 4"]
    );
    // Sequence numbers in the criteria stay sequence numbers: RFC 5256, as UID SEARCH.
    assert_eq!(
        client.command("UID SORT (ARRIVAL) UTF-8 3:*"),
        ["* SORT 6 5 4"]
    );
    assert_eq!(
        client.command("SORT (ARRIVAL) US-ASCII TEXT \"not in mailbox\""),
        ["* SORT"]
    );
    // Pattern and charset.
    client.send("s SORT (ARRIVAL) ISO-8859-1 SUBJECT {6+}");
    client.send_raw(b"apples\r\n");
    assert_eq!(client.expect("s OK")[0], "* SORT 2 1");
    let refused = client.try_command("SORT (DATE) X-UNKNOWN ALL");
    assert!(refused.tagged.starts_with("NO [BADCHARSET"), "{refused:?}");
    for wrong in [
        "SORT (DATE) UTF-8",
        "SORT () UTF-8 ALL",
        "SORT (SENT) UTF-8 ALL",
        "SORT DATE UTF-8 ALL",
    ] {
        let refused = client.try_command(wrong);
        assert!(refused.tagged.starts_with("BAD"), "{wrong}: {refused:?}");
    }
}

/// RFC 7162 section 3.1.9. Dovecot does not tell it with SORT, where the text says MUST.
#[test]
fn modseq_is_told_when_asked_for() {
    let server = ServerUnderTest::start();
    if server.kind == Kind::Dovecot {
        return;
    }
    let mut client = filled(&server);
    let line = client.command("SORT (ARRIVAL) UTF-8 MODSEQ 1").remove(0);
    let modseq = line.strip_prefix("* SORT 6 5 3 2 1 4 (MODSEQ ").unwrap();
    let highest: u64 = modseq.trim_end_matches(')').parse().unwrap();
    let none = format!("SORT (ARRIVAL) UTF-8 MODSEQ {}", highest + 1);
    assert_eq!(client.command(&none), ["* SORT"]);
    client.send("e SORT RETURN (ALL) (ARRIVAL) UTF-8 MODSEQ 1");
    let line = client.expect("e OK").remove(0);
    assert_eq!(
        line,
        format!("* ESEARCH (TAG \"e\") ALL 6,5,3,2,1,4 MODSEQ {highest}")
    );
}

/// RFC 5267 section 3.
#[test]
fn extended_sort() {
    let server = ServerUnderTest::start();
    let mut client = filled(&server);
    let mut told = |command: &str, expected: &str| {
        client.send(&format!("e {command}"));
        let lines = client.expect("e OK");
        let expected = match expected {
            "" => Vec::new(),
            expected => vec![format!("* ESEARCH (TAG \"e\") {expected}")],
        };
        assert_eq!(lines[..lines.len() - 1], expected, "{command}");
    };
    told("SORT RETURN () (ARRIVAL) UTF-8 ALL", "ALL 6,5,3,2,1,4");
    told(
        "UID SORT RETURN (ALL) (REVERSE ARRIVAL) UTF-8 1:3",
        "UID ALL 1:3",
    );
    // The first and the last of the order, not the smallest and the largest.
    told("SORT RETURN (MIN MAX) (DATE) UTF-8 ALL", "MIN 6 MAX 3");
    told("SORT RETURN (COUNT) (DATE) UTF-8 SUBJECT apples", "COUNT 2");
    told(
        "SORT RETURN (COUNT ALL) (DATE) UTF-8 SUBJECT none",
        "COUNT 0",
    );
    if server.kind == Kind::Dovecot {
        return;
    }
    told(
        "SORT RETURN (PARTIAL 2:3 COUNT) (DATE) UTF-8 ALL",
        "PARTIAL (2:3 2,4) COUNT 6",
    );
    told(
        "SORT RETURN (PARTIAL -1:-2) (DATE) UTF-8 ALL",
        "PARTIAL (-1:-2 1,3)",
    );
    told("SORT RETURN (SAVE) (DATE) UTF-8 2:3", "");
    told("SEARCH RETURN (ALL) $", "ALL 2:3");
    told("SORT RETURN (SAVE MIN) (DATE) UTF-8 1:3", "MIN 2");
    told("SEARCH RETURN (ALL) $", "ALL 2");
}

#[test]
fn announced() {
    let server = ServerUnderTest::start();
    let mut client = Client::login(&server);
    let line = client.command("CAPABILITY").remove(0);
    for name in ["SORT", "SORT=DISPLAY", "ESORT"] {
        assert!(line.split(' ').any(|word| word == name), "{name}: {line}");
    }
}
