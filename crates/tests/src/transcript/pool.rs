//! Accounts for scripts: one is used for many, each of which finds it as if it were new.

use super::play::{Failure, play};
use super::script::Script;
use crate::imap::Client;
use crate::server::ServerUnderTest;

/// An account and a connection to it that sets the stage.
pub struct Desk<'a> {
    server: &'a ServerUnderTest,
    name: String,
    account: String,
    helper: Client,
    /// The mailboxes that the server gives a new account.
    first: Vec<String>,
    fresh: usize,
}

impl<'a> Desk<'a> {
    /// Makes the account.
    ///
    /// # Panics
    /// When the server refuses.
    pub fn new(server: &'a ServerUnderTest, name: &str) -> Self {
        let account = format!("{name}@example.test");
        server.add_account(&account);
        let mut helper = Client::login_as(server, &account);
        let first = mailboxes(&mut helper);
        Self {
            server,
            name: name.to_owned(),
            account,
            helper,
            first,
            fresh: 0,
        }
    }

    /// The capabilities: after login, before it, and before TLS.
    pub fn capabilities(&mut self) -> Vec<String> {
        let mut lines = self.helper.command("CAPABILITY");
        lines.extend(Client::connect(self.server).command("CAPABILITY"));
        lines.extend(Client::connect_in_clear(self.server).command("CAPABILITY"));
        let words = lines.iter().flat_map(|line| line.split(' '));
        words.map(str::to_ascii_uppercase).collect()
    }

    /// Plays a script, and clears up.
    ///
    /// # Errors
    /// The first step that failed.
    ///
    /// # Panics
    /// When the account cannot be brought back to its first state.
    pub fn play(&mut self, script: &Script) -> Result<(), Failure> {
        if script.fresh {
            self.fresh += 1;
            let account = format!("{}-{}@example.test", self.name, self.fresh);
            self.server.add_account(&account);
            let mut helper = Client::login_as(self.server, &account);
            return play(self.server, &account, &mut helper, script);
        }
        let played = play(self.server, &self.account, &mut self.helper, script);
        self.clear();
        played
    }

    fn clear(&mut self) {
        let helper = &mut self.helper;
        // Unless a script selected one there, none is selected.
        helper.try_command("UNSELECT");
        let mut present = mailboxes(helper);
        // What is below goes first.
        present.sort_by_key(|name| std::cmp::Reverse(name.matches('/').count()));
        for name in &present {
            if self.first.contains(name) {
                empty(helper, name);
            } else {
                // One without messages of its own goes with the last below it.
                helper.try_command(&format!("DELETE {}", quoted(name)));
            }
        }
        for name in self.first.iter().filter(|name| !present.contains(name)) {
            helper.command(&format!("CREATE {}", quoted(name)));
        }
        for line in helper.command(r#"LSUB "" "*""#) {
            if let Some(name) = listed(&line) {
                helper.try_command(&format!("UNSUBSCRIBE {}", quoted(&name)));
            }
        }
    }
}

fn mailboxes(helper: &mut Client) -> Vec<String> {
    let lines = helper.command(r#"LIST "" "*""#);
    lines.iter().filter_map(|line| listed(line)).collect()
}

/// The name in `* LIST (…) "/" name`.
fn listed(line: &str) -> Option<String> {
    let rest = line
        .strip_prefix("* LIST (")
        .or_else(|| line.strip_prefix("* LSUB ("))?;
    let (_, rest) = rest.split_once(") ")?;
    let (_, name) = rest.split_once(' ')?;
    if let Some((_, literal)) = name.split_once("}\r\n") {
        return Some(literal.to_owned());
    }
    let inside = name.strip_prefix('"').and_then(|n| n.strip_suffix('"'));
    Some(inside.map_or_else(
        || name.to_owned(),
        |inside| inside.replace("\\\"", "\"").replace("\\\\", "\\"),
    ))
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('\\', "\\\\").replace('"', "\\\""))
}

fn empty(helper: &mut Client, name: &str) {
    let status = helper.try_command(&format!("STATUS {} (MESSAGES)", quoted(name)));
    if status
        .lines()
        .iter()
        .all(|line| line.ends_with("(MESSAGES 0)"))
    {
        return;
    }
    helper.command(&format!("SELECT {}", quoted(name)));
    helper.command(r"STORE 1:* +FLAGS.SILENT (\Deleted)");
    helper.command("EXPUNGE");
    helper.command("UNSELECT");
}
