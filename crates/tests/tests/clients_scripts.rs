//! Mail libraries of Python and Node, each with a script that says what it expected.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]

use postern_tests::{ServerUnderTest, finish, node_modules, python, script};

fn python_script(name: &str) {
    let server = ServerUnderTest::start();
    finish(server.client(python()).arg("-B").arg(script(name))).success();
}

#[test]
fn imaplib_walks_through_all_its_commands() {
    python_script("walk_imaplib.py");
}

#[test]
fn imaplib_shares_a_mailbox_with_another_user() {
    python_script("share_imaplib.py");
}

#[test]
fn imapclient_reads_structures_and_is_notified_in_idle() {
    python_script("walk_imapclient.py");
}

#[test]
fn imapflow_is_notified_fetches_searches_and_moves() {
    let server = ServerUnderTest::start();
    let mut node = server.client("node");
    node.arg(script("walk_imapflow.cjs"))
        .env("NODE_PATH", node_modules());
    node.env("NODE_EXTRA_CA_CERTS", &server.ca);
    finish(&node).success();
}
