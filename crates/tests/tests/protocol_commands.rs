//! Every command in every state (RFC 9051 section 3): what the page of commands says, what the
//! RFCs say, and what the running server does are the same.
//!
//! A new command wants a row in [`SAMPLES`].

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]

use postern_tests::{Client, Reply, ServerUnderTest, message};
use std::collections::BTreeSet;
use std::path::Path;

/// Where a command is allowed, as its RFC has it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Allowed {
    Always,
    BeforeLogin,
    /// Before login and before TLS.
    InClear,
    AfterLogin,
    Selected,
}
use Allowed::{AfterLogin, Always, BeforeLogin, InClear, Selected};

/// A command, where it is allowed, and lines that do it. Every line is taken somewhere, so that
/// none is refused for how it is written.
const SAMPLES: &[(&str, Allowed, &[&str])] = &[
    ("CAPABILITY", Always, &["CAPABILITY"]),
    ("NOOP", Always, &["NOOP"]),
    ("LOGOUT", Always, &["LOGOUT"]),
    ("ID", Always, &["ID NIL", "ID (\"name\" \"test\")"]),
    ("LANGUAGE", Always, &["LANGUAGE", "LANGUAGE DEFAULT"]),
    ("STARTTLS", InClear, &["STARTTLS"]),
    (
        "AUTHENTICATE",
        BeforeLogin,
        &["AUTHENTICATE PLAIN AGFkYUBleGFtcGxlLnRlc3QAY29ycmVjdCBob3JzZSBiYXR0ZXJ5"],
    ),
    (
        "LOGIN",
        BeforeLogin,
        &["LOGIN ada@example.test \"correct horse battery\""],
    ),
    ("UNAUTHENTICATE", AfterLogin, &["UNAUTHENTICATE"]),
    ("COMPRESS", AfterLogin, &["COMPRESS DEFLATE"]),
    ("ENABLE", AfterLogin, &["ENABLE X-NONE", "ENABLE CONDSTORE"]),
    ("SELECT", AfterLogin, &["SELECT INBOX", "SELECT Nothing"]),
    ("EXAMINE", AfterLogin, &["EXAMINE INBOX"]),
    ("CREATE", AfterLogin, &["CREATE State"]),
    ("RENAME", AfterLogin, &["RENAME State Other"]),
    ("SUBSCRIBE", AfterLogin, &["SUBSCRIBE Other"]),
    ("UNSUBSCRIBE", AfterLogin, &["UNSUBSCRIBE Other"]),
    ("DELETE", AfterLogin, &["DELETE Other"]),
    (
        "LIST",
        AfterLogin,
        &[
            "LIST \"\" *",
            "LIST (SUBSCRIBED) \"\" (*) RETURN (CHILDREN)",
        ],
    ),
    ("LSUB", AfterLogin, &["LSUB \"\" *"]),
    ("NAMESPACE", AfterLogin, &["NAMESPACE"]),
    ("SETACL", AfterLogin, &["SETACL INBOX anyone p"]),
    ("DELETEACL", AfterLogin, &["DELETEACL INBOX anyone"]),
    ("GETACL", AfterLogin, &["GETACL INBOX"]),
    ("LISTRIGHTS", AfterLogin, &["LISTRIGHTS INBOX anyone"]),
    ("MYRIGHTS", AfterLogin, &["MYRIGHTS INBOX"]),
    ("STATUS", AfterLogin, &["STATUS INBOX (MESSAGES)"]),
    ("APPEND", AfterLogin, &["APPEND Drafts {3+}\r\na\r\n"]),
    ("IDLE", AfterLogin, &["IDLE\r\nDONE"]),
    (
        "GETMETADATA",
        AfterLogin,
        &["GETMETADATA INBOX /private/comment"],
    ),
    (
        "SETMETADATA",
        AfterLogin,
        &["SETMETADATA INBOX (/private/comment \"x\")"],
    ),
    (
        "NOTIFY",
        AfterLogin,
        &[
            "NOTIFY SET (PERSONAL (MailboxName))",
            "NOTIFY SET (SELECTED (MessageNew MessageExpunge))",
        ],
    ),
    ("COMPARATOR", AfterLogin, &["COMPARATOR"]),
    (
        "ESEARCH",
        AfterLogin,
        &["ESEARCH IN (mailboxes \"INBOX\") RETURN (COUNT) ALL"],
    ),
    (
        "GENURLAUTH",
        AfterLogin,
        &[
            "GENURLAUTH \"imap://ada%40example.test@localhost/INBOX/;uid=1;urlauth=anonymous\" INTERNAL",
        ],
    ),
    (
        "RESETKEY",
        AfterLogin,
        &["RESETKEY INBOX", "RESETKEY INBOX INTERNAL", "RESETKEY"],
    ),
    (
        "URLFETCH",
        AfterLogin,
        &[
            "URLFETCH \"imap://joe@example.com/INBOX/;uid=20/;section=1.2;urlauth=anonymous:internal:0\"",
        ],
    ),
    ("GETQUOTA", AfterLogin, &["GETQUOTA ada@example.test"]),
    ("GETQUOTAROOT", AfterLogin, &["GETQUOTAROOT INBOX"]),
    (
        "SETQUOTA",
        AfterLogin,
        &["SETQUOTA ada@example.test (STORAGE 1000)"],
    ),
    (
        "REPLACE",
        Selected,
        &[
            "REPLACE 1 INBOX {3+}\r\na\r\n",
            "UID REPLACE 1 INBOX {3+}\r\na\r\n",
        ],
    ),
    ("CHECK", Selected, &["CHECK"]),
    ("CLOSE", Selected, &["CLOSE"]),
    ("UNSELECT", Selected, &["UNSELECT"]),
    ("EXPUNGE", Selected, &["EXPUNGE", "UID EXPUNGE 1"]),
    (
        "SEARCH",
        Selected,
        &[
            "SEARCH ALL",
            "UID SEARCH ALL",
            "SEARCH RETURN (SAVE) ALL",
            "UID SEARCH RETURN (COUNT) UID 1",
        ],
    ),
    ("CANCELUPDATE", Selected, &["CANCELUPDATE \"a\""]),
    (
        "SORT",
        Selected,
        &[
            "SORT (DATE) UTF-8 ALL",
            "UID SORT RETURN (ALL) (DATE) UTF-8 ALL",
        ],
    ),
    (
        "THREAD",
        Selected,
        &[
            "THREAD REFERENCES UTF-8 ALL",
            "UID THREAD REFERENCES UTF-8 ALL",
        ],
    ),
    ("FETCH", Selected, &["FETCH 1 FLAGS", "UID FETCH 1 FLAGS"]),
    (
        "STORE",
        Selected,
        &["STORE 1 FLAGS ()", "UID STORE 1 FLAGS ()"],
    ),
    ("COPY", Selected, &["COPY 1 Sent", "UID COPY 1 Sent"]),
    ("MOVE", Selected, &["UID MOVE 1 Trash", "MOVE 1 Trash"]),
];

/// Commands after which the connection is in another state, or is of no more use.
const MOVING: [&str; 10] = [
    "LOGOUT",
    "STARTTLS",
    "AUTHENTICATE",
    "LOGIN",
    "UNAUTHENTICATE",
    "COMPRESS",
    "SELECT",
    "EXAMINE",
    "CLOSE",
    "UNSELECT",
];

/// A state that a connection can be in.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum State {
    InClear,
    BeforeLogin,
    /// Again, after UNAUTHENTICATE.
    Unauthenticated,
    Authenticated,
    Unselected,
    Selected,
    Examined,
}

impl State {
    fn allows(self, allowed: Allowed) -> bool {
        let before = matches!(
            self,
            Self::InClear | Self::BeforeLogin | Self::Unauthenticated
        );
        match allowed {
            Allowed::Always => true,
            Allowed::BeforeLogin => before,
            Allowed::InClear => self == Self::InClear,
            Allowed::AfterLogin => !before,
            Allowed::Selected => matches!(self, Self::Selected | Self::Examined),
        }
    }

    /// A connection in this state.
    fn enter(self, server: &ServerUnderTest) -> Client {
        match self {
            Self::InClear => return Client::connect_in_clear(server),
            Self::BeforeLogin => return Client::connect(server),
            _ => {}
        }
        let mut client = Client::login(server);
        let commands: &[&str] = match self {
            Self::Unauthenticated => &["UNAUTHENTICATE"],
            Self::Unselected => &["SELECT INBOX", "UNSELECT"],
            Self::Selected => &["SELECT INBOX"],
            Self::Examined => &["EXAMINE INBOX"],
            _ => &[],
        };
        for command in commands {
            client.command(command);
        }
        client
    }
}

fn server() -> ServerUnderTest {
    let server = ServerUnderTest::start_in_clear_too("");
    let mut client = Client::login(&server);
    let messages: Vec<_> = (1..=3).map(|n| message(&format!("m{n}"))).collect();
    client.append_all("INBOX", &messages);
    server
}

/// Sends every line in the state, and looks at what comes.
fn every_command_in(state: State) {
    let server = server();
    let mut client = state.enter(&server);
    for (name, allowed, lines) in SAMPLES {
        for line in *lines {
            let allowed = state.allows(*allowed);
            let reply = tried(&mut client, line, allowed);
            let refused = reply.tagged.starts_with("BAD");
            assert_eq!(refused, !allowed, "{line} in {state:?}: {reply:?}");
            if allowed && MOVING.contains(name) {
                client = state.enter(&server);
            } else {
                assert!(allowed || reply.untagged.is_empty(), "{line}: {reply:?}");
                client.command("NOOP");
            }
        }
    }
}

/// What lies behind the line end of a refused IDLE would be a command of its own.
fn tried(client: &mut Client, line: &str, allowed: bool) -> Reply {
    let line = match line.strip_suffix("\r\nDONE") {
        Some(line) if !allowed => line,
        _ => line,
    };
    client.try_command(line)
}

#[test]
fn before_tls() {
    every_command_in(State::InClear);
}

#[test]
fn before_login() {
    every_command_in(State::BeforeLogin);
}

#[test]
fn after_unauthenticate() {
    every_command_in(State::Unauthenticated);
}

#[test]
fn authenticated() {
    every_command_in(State::Authenticated);
}

#[test]
fn after_unselect() {
    every_command_in(State::Unselected);
}

#[test]
fn selected() {
    every_command_in(State::Selected);
}

#[test]
fn examined() {
    every_command_in(State::Examined);
}

#[test]
fn after_logout_nothing_is_done() {
    let server = server();
    for (_, _, lines) in SAMPLES {
        let mut client = State::Selected.enter(&server);
        client.send_raw(format!("a LOGOUT\r\nb {}\r\n", lines[0]).as_bytes());
        let told = client.expect("a OK");
        assert_eq!(told.len(), 2, "{told:?}");
        assert!(told[0].starts_with("* BYE "), "{told:?}");
        assert_eq!(client.reply(), None, "{lines:?} after LOGOUT");
    }
    // Nor was it done unseen.
    let mut client = Client::login(&server);
    let inbox = client.command("STATUS INBOX (MESSAGES)");
    assert_eq!(inbox, ["* STATUS INBOX (MESSAGES 3)"]);
    assert!(client.command("LIST \"\" State").is_empty());
}

/// The rows under `## Commands` in `docs/imap.md`, which a test makes from the server's table.
fn rows() -> Vec<(String, [bool; 3])> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/imap.md");
    let page = std::fs::read_to_string(path).unwrap();
    let (_, commands) = page.split_once("\n## Commands\n").unwrap();
    let row = |line: &str| {
        let cells: Vec<_> = line.split('|').map(str::trim).collect();
        let [_, name, _, before, after, selected, _] = cells[..] else {
            return None;
        };
        let states = [before, after, selected].map(|state| state == "yes");
        (!name.starts_with("---") && name != "command").then(|| (name.to_owned(), states))
    };
    commands.lines().filter_map(row).collect()
}

#[test]
fn the_page_is_what_the_rfcs_say() {
    let rows = rows();
    let names: BTreeSet<_> = rows.iter().map(|(name, _)| name.as_str()).collect();
    let known: BTreeSet<_> = SAMPLES.iter().map(|(name, ..)| *name).collect();
    assert_eq!(
        names, known,
        "each command has a sample here, and only those"
    );
    for (name, states) in &rows {
        let (_, allowed, _) = SAMPLES.iter().find(|(known, ..)| known == name).unwrap();
        let wanted = match allowed {
            Always => [true; 3],
            BeforeLogin | InClear => [true, false, false],
            AfterLogin => [false, true, true],
            Selected => [false, false, true],
        };
        assert_eq!(*states, wanted, "{name} is {allowed:?}");
    }
}
