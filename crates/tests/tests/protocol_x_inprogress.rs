//! INPROGRESS, RFC 9585.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]

use postern_tests::{ACCOUNT, Client, Reply, SECOND_ACCOUNT, ServerUnderTest};

const MESSAGES: usize = 1000;

/// A mailbox of many messages, on a server that tells all the time.
fn many(options: &str) -> (ServerUnderTest, Client) {
    let server = ServerUnderTest::start_with(options);
    let mut client = Client::login(&server);
    let body = "A line of some length, to be searched.\r\n".repeat(80);
    let messages = vec![format!("Subject: many\r\n\r\n{body}").into_bytes(); MESSAGES];
    client.append_all("INBOX", &messages);
    client.command("SELECT INBOX");
    (server, client)
}

const OFTEN: &str = "[limits]\nprogress_interval = \"1ms\"\n";

/// The counts of the notifications, whose syntax is checked against RFC 9585 section 5.
fn told(reply: &Reply, tag: &str) -> Vec<usize> {
    let mut counts = Vec::new();
    for line in reply.lines() {
        let Some(rest) = line.strip_prefix("* OK [INPROGRESS (") else {
            assert!(!line.contains("INPROGRESS"), "{line}");
            continue;
        };
        let (details, text) = rest.split_once(")] ").unwrap();
        assert!(!text.is_empty());
        let details: Vec<_> = details.split(' ').collect();
        let [seen, done, goal] = details[..] else {
            panic!("{line}");
        };
        assert_eq!(seen, tag, "{line}");
        assert_eq!(goal, "1000", "{line}");
        counts.push(done.parse().unwrap());
    }
    assert!(counts.iter().all(|done| *done < MESSAGES), "{counts:?}");
    assert!(counts.is_sorted(), "{counts:?}");
    assert!(!reply.tagged.contains("INPROGRESS"), "{reply:?}");
    counts
}

#[test]
fn a_search_and_a_fetch_that_take_long_tell_how_far_they_are() {
    let (_server, mut client) = many(OFTEN);
    assert!(client.command("CAPABILITY")[0].contains(" INPROGRESS"));
    for (tag, shown) in [("A001", "\"A001\""), ("a]b", "NIL")] {
        client.send(&format!("{tag} SEARCH BODY \"not in it\""));
        let reply = client.replies(tag);
        assert!(!told(&reply, shown).is_empty());
        assert_eq!(reply.lines().last().unwrap(), "* SEARCH");
        client.send(&format!("{tag} UID FETCH 1:* (BODY.PEEK[TEXT])"));
        let reply = client.replies(tag);
        assert!(!told(&reply, shown).is_empty());
        let fetched = reply
            .lines()
            .iter()
            .filter(|l| l.contains(" FETCH ("))
            .count();
        assert_eq!(fetched, MESSAGES);
    }
}

#[test]
fn a_command_that_is_done_soon_tells_nothing() {
    let (_server, mut client) = many("[limits]\nprogress_interval = \"1h\"\n");
    client.send("A001 SEARCH BODY \"not in it\"");
    assert!(told(&client.replies("A001"), "").is_empty());
    client.send("A002 FETCH 1:* (FLAGS)");
    assert!(told(&client.replies("A002"), "").is_empty());
}

/// The octets go with the messages: elsewhere COPY is one event.
#[test]
fn a_copy_into_another_account_tells_how_far_it_is() {
    let (server, mut client) = many(OFTEN);
    let mut other = Client::login_as(&server, SECOND_ACCOUNT);
    other.command("CREATE box");
    other.command(&format!("SETACL box {ACCOUNT} lrswi"));
    client.send(&format!("c COPY 1:* \"Other Users/{SECOND_ACCOUNT}/box\""));
    let reply = client.replies("c");
    assert!(reply.tagged.starts_with("OK [COPYUID "), "{reply:?}");
    assert!(!told(&reply, "\"c\"").is_empty());
}
