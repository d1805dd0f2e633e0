//! Thunderbird, with a window on a display of its own.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]

use postern_tests::{ACCOUNT, Client, PASSWORD, ServerUnderTest, Steps, eventually, folders, message};

#[test]
fn thunderbird_explores() {
    let server = ServerUnderTest::start();
    let mut client = Client::login(&server);
    for subject in ["first", "second", "third"] {
        client.append("INBOX", "", &message(subject));
    }
    let mut thunderbird = Steps::start(&server, "steps_thunderbird");
    thunderbird.step("start", &[]);
    let port = server.imaps.port().to_string();
    for (step, args) in [
        ("account", vec![ACCOUNT, PASSWORD, &port]),
        ("discover", vec![]),
        ("update", vec!["INBOX"]),
        ("show", vec!["INBOX", "first"]),
        ("picture", vec!["thunderbird"]),
        ("mark_flagged", vec!["INBOX", "first"]),
        ("create", vec!["Work"]),
        ("transfer", vec!["INBOX", "Work", "move", "first"]),
        ("remove", vec!["INBOX", "second"]),
        ("search", vec!["INBOX", "Body", "text of third"]),
        ("subscriptions", vec![]),
        ("rename", vec!["Work", "Werk"]),
        ("folders", vec![]),
        ("expunge", vec!["INBOX"]),
    ] {
        let t = std::time::Instant::now();
        println!("{step} {args:?} -> {:?} {:?}", thunderbird.step(step, &args), t.elapsed());
    }
    println!("{:?}", folders(&mut client));
}
