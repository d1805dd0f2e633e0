//! Postern as its clients see it: a server of its own for each test, over TLS with a certificate
//! that is verified, and small clients that show every octet.
//!
//! ```no_run
//! use postern_tests::{Client, ServerUnderTest};
//! let server = ServerUnderTest::start();
//! let mut client = Client::login(&server);
//! client.command("SELECT INBOX");
//! client.send("a NOOP");
//! client.expect("a OK");
//! ```
//!
//! `POSTERN_TEST_SERVER=dovecot` runs the same tests against Debian's Dovecot: a test that passes
//! there asks for what the RFCs say, and not for what Postern happens to do.
//!
//! A harness is for tests alone: it panics with what it saw, and waits for events up to a
//! deadline, never for a time.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]

mod attacker;
mod certificate;
mod chance;
pub mod checker;
mod gate;
mod held;
mod imap;
mod lmtp;
mod mailbox;
mod maildir;
mod model;
pub mod postfix;
mod process;
mod scene;
mod server;
mod steps;
pub mod transcript;

pub use attacker::{Attacker, Ending};
pub use chance::Chance;
pub use gate::{Gate, Pass};
pub use held::{expect_held, usual_folders, with_attachment};
pub use imap::{Client, Plain, Reply, literals};
pub use lmtp::Lmtp;
pub use mailbox::{Flags, Folders, Message, folders, message};
pub use maildir::{FLAG_LETTERS, Maildir};
pub use model::{Model, number_in_code, numbers};
pub use process::{
    DEADLINE, Finished, Running, clients_folder, finish, kill, node_modules, python, script,
};
pub use scene::{code, enabled, fetched, moment, selected, with_messages};
pub use server::{
    ACCOUNT, Kind, PASSWORD, SECOND_ACCOUNT, ServerUnderTest, dovecot_owners, free_port,
};
pub use steps::{Steps, eventually};
