//! Plays a script against a server.

use super::matching::matches;
use super::pattern::{Names, Token, value};
use super::script::{Action, Awaited, Part, Script, Step};
use crate::imap::Client;
use crate::lmtp::Lmtp;
use crate::mailbox::message;
use crate::server::{Kind, PASSWORD, ServerUnderTest};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

/// A reply that takes longer is none. Nothing here is slow, but the machine may be.
const PATIENCE: Duration = Duration::from_secs(20);
/// The same where it is known that the server differs, and may not answer at all.
const LITTLE_PATIENCE: Duration = Duration::from_secs(2);

/// Where a script failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// The line's number.
    pub line: usize,
    /// What stands there.
    pub expected: String,
    /// What came instead, or what went wrong.
    pub seen: Vec<String>,
    /// What was said before on that connection.
    pub talk: Vec<String>,
}

/// How many lines of the talk before a failure are told.
const TALK: usize = 12;

struct Connection {
    client: Client,
    name: char,
    /// What was said, both ways.
    talk: Vec<String>,
    /// A reply that was read and not yet used.
    kept: Option<Vec<u8>>,
    forbidden: Vec<Vec<Token>>,
    skip: bool,
}

struct Player<'a> {
    server: &'a ServerUnderTest,
    account: &'a str,
    login: bool,
    patience: Duration,
    helper: &'a mut Client,
    connections: BTreeMap<char, Connection>,
    /// The one that spoke last.
    current: char,
    names: Names,
}

/// Plays a script with an account that is as new; `helper` is logged in there.
///
/// # Errors
/// The first step that failed.
pub fn play(
    server: &ServerUnderTest,
    account: &str,
    helper: &mut Client,
    script: &Script,
) -> Result<(), Failure> {
    let mut player = Player {
        server,
        account,
        login: script.login,
        patience: match (server.kind, &script.differs) {
            (Kind::Dovecot, Some(_)) => LITTLE_PATIENCE,
            _ => PATIENCE,
        },
        helper,
        connections: BTreeMap::new(),
        current: 'C',
        names: names(account),
    };
    for step in &script.steps {
        player.step(step).map_err(|seen| Failure {
            line: step.line,
            expected: step.text.clone(),
            seen,
            talk: player.talk(),
        })?;
    }
    Ok(())
}

/// The names that every script knows.
fn names(account: &str) -> Names {
    let plain = format!("\0{account}\0{PASSWORD}");
    let known = [
        ("account", account.to_owned()),
        ("password", PASSWORD.to_owned()),
        ("plain", base64(plain.as_bytes())),
        ("account_size", account.len().to_string()),
        ("password_size", PASSWORD.len().to_string()),
        ("account_url", account.replace('@', "%40")),
        ("account64", base64(account.as_bytes())),
        ("password64", base64(PASSWORD.as_bytes())),
    ];
    known
        .map(|(name, value)| (name.to_owned(), value))
        .into_iter()
        .collect()
}

type Done = Result<(), Vec<String>>;

impl Player<'_> {
    fn step(&mut self, step: &Step) -> Done {
        match &step.action {
            Action::Send(name, parts) => self.send(*name, parts),
            Action::Expect(name, awaited) => self.expect(name.unwrap_or(self.current), awaited),
            Action::Open(name) => self.greeted(*name, Client::connect(self.server)),
            Action::Other(name) => {
                let other = self.other();
                let client = Client::login_as(self.server, &other);
                self.keep(*name, client);
                Ok(())
            }
            Action::Clear(name) => self.greeted(*name, Client::connect_in_clear(self.server)),
            Action::Tls(name) => {
                let server = self.server;
                self.connection(*name).client.begin_tls(server);
                Ok(())
            }
            Action::Compress(name) => {
                self.connection(*name).client.compress();
                Ok(())
            }
            Action::Hangup(name) => {
                self.connections.remove(name);
                Ok(())
            }
            Action::Append {
                mailbox,
                arguments,
                message,
            } => self.append(mailbox, arguments, message),
            Action::Fill(mailbox, count) => {
                self.make(mailbox);
                let messages: Vec<_> = (1..=*count)
                    .map(|n| message(&format!("message {n}")))
                    .collect();
                self.helper.append_all(mailbox, &messages);
                Ok(())
            }
            Action::Deliver(message) => {
                let replies = Lmtp::connect(self.server).deliver(&[self.account], message);
                match replies.iter().all(|reply| reply.starts_with("250")) {
                    true => Ok(()),
                    false => Err(replies),
                }
            }
            Action::Do(command) => {
                let command = self.substitute(command)?;
                let command = String::from_utf8_lossy(&command);
                let reply = self.helper.try_command(&command);
                match reply.tagged.starts_with("OK") {
                    true => Ok(()),
                    false => Err(vec![reply.tagged]),
                }
            }
            Action::Check(left, sign, right) => self.check(left, sign, right),
        }
    }

    /// The last that was said on the connection that spoke last.
    fn talk(&self) -> Vec<String> {
        let talk = self.connections.get(&self.current).map(|c| &c.talk);
        let talk = talk.map(|talk| &talk[talk.len().saturating_sub(TALK)..]);
        talk.unwrap_or_default().to_vec()
    }

    fn make(&mut self, mailbox: &str) {
        if !mailbox.eq_ignore_ascii_case("INBOX") {
            // It may be there already.
            self.helper.try_command(&format!("CREATE {mailbox}"));
        }
    }

    fn append(&mut self, mailbox: &str, arguments: &str, message: &[u8]) -> Done {
        self.make(mailbox);
        self.helper.append(mailbox, arguments, message);
        Ok(())
    }

    fn check(&self, left: &str, sign: &str, right: &str) -> Done {
        let get = |text: &str| {
            let (name, addend) = text.split_once('+').unwrap_or((text, "0"));
            let addend = addend.parse().unwrap_or(0);
            value(&self.names, name, addend).unwrap_or_else(|_| text.to_owned())
        };
        let (left, right) = (get(left), get(right));
        let order = match (left.parse::<u64>(), right.parse::<u64>()) {
            (Ok(left), Ok(right)) => left.cmp(&right),
            _ => left.cmp(&right),
        };
        let holds = match sign {
            "=" => order.is_eq(),
            "!=" => order.is_ne(),
            "<" => order.is_lt(),
            ">" => order.is_gt(),
            "<=" => order.is_le(),
            _ => order.is_ge(),
        };
        match holds {
            true => Ok(()),
            false => Err(vec![format!("{left} {sign} {right} does not hold")]),
        }
    }

    /// The other account of the script, made when it is first asked for.
    fn other(&mut self) -> String {
        static MADE: AtomicUsize = AtomicUsize::new(0);
        let server = self.server;
        let other = self.names.entry("other".to_owned()).or_insert_with(|| {
            let number = MADE.fetch_add(1, Ordering::Relaxed);
            let account = format!("other{number}@example.test");
            server.add_account(&account);
            account
        });
        other.clone()
    }

    /// A connection whose greeting is left to be expected.
    fn greeted(&mut self, name: char, client: Client) -> Done {
        let greeting = client.greeting().as_bytes().to_vec();
        self.keep(name, client).kept = Some(greeting);
        self.current = name;
        Ok(())
    }

    fn keep(&mut self, name: char, mut client: Client) -> &mut Connection {
        client.set_deadline(self.patience);
        let connection = Connection {
            client,
            name,
            talk: Vec::new(),
            kept: None,
            forbidden: Vec::new(),
            skip: false,
        };
        self.connections.insert(name, connection);
        self.connections.get_mut(&name).unwrap()
    }

    fn connection(&mut self, name: char) -> &mut Connection {
        if !self.connections.contains_key(&name) {
            if self.login {
                let client = Client::login_as(self.server, self.account);
                return self.keep(name, client);
            }
            self.greeted(name, Client::connect(self.server)).unwrap();
        }
        self.connections.get_mut(&name).unwrap()
    }

    fn send(&mut self, name: char, parts: &[Part]) -> Done {
        self.current = name;
        self.connection(name);
        let mut octets = Vec::new();
        for part in parts {
            match part {
                Part::Text(text) => octets.extend(self.substitute(text)?),
                Part::Literal {
                    before,
                    after,
                    octets: literal,
                } => {
                    let head = format!("{before}{{{}{after}}}\r\n", literal.len());
                    octets.extend_from_slice(head.as_bytes());
                    if after.is_empty() {
                        let connection = self.connection(name);
                        connection.send(&std::mem::take(&mut octets))?;
                        connection.next_is(&[Token::Text(b"+".to_vec()), Token::Anything])?;
                    }
                    octets.extend_from_slice(literal);
                }
            }
        }
        octets.extend_from_slice(b"\r\n");
        self.connection(name).send(&octets)
    }

    fn expect(&mut self, name: char, awaited: &Awaited) -> Done {
        let mut names = std::mem::take(&mut self.names);
        let done = self.connection(name).expect(awaited, &mut names);
        self.names = names;
        done
    }

    /// Text with its `<…>` replaced.
    fn substitute(&self, text: &str) -> Result<Vec<u8>, Vec<String>> {
        let mut octets = Vec::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('<') {
            octets.extend_from_slice(before.as_bytes());
            match after.split_once('>') {
                Some((inside, behind)) if is_token(inside) => {
                    octets.extend(self.meaning(inside).map_err(|why| vec![why])?);
                    rest = behind;
                }
                _ => {
                    octets.push(b'<');
                    rest = after;
                }
            }
        }
        octets.extend_from_slice(rest.as_bytes());
        Ok(octets)
    }

    fn meaning(&self, inside: &str) -> Result<Vec<u8>, String> {
        if let Some(digits) = inside.strip_prefix("hex:") {
            return unhex(digits).ok_or_else(|| format!("`{digits}` is not hexadecimal"));
        }
        if let Some(text) = inside.strip_prefix("base64:") {
            return Ok(base64(text.replace("\\0", "\0").as_bytes()).into_bytes());
        }
        if let Some((count, text)) = inside
            .strip_prefix("repeat:")
            .and_then(|rest| rest.split_once(':'))
        {
            let count = count
                .parse()
                .map_err(|_| format!("how often is {count}?"))?;
            return Ok(text.repeat(count).into_bytes());
        }
        let (name, addend) = inside.split_once('+').unwrap_or((inside, "0"));
        let addend = addend.parse().map_err(|_| format!("<{inside}>"))?;
        value(&self.names, name, addend).map(String::into_bytes)
    }
}

/// Whether `<…>` in a line that is sent is to be replaced.
fn is_token(inside: &str) -> bool {
    let call = ["hex:", "base64:", "repeat:"];
    let name = inside.split('+').next().unwrap_or_default();
    call.iter().any(|call| inside.starts_with(call))
        || name.starts_with(|c: char| c.is_ascii_lowercase())
            && name
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
}

impl Connection {
    fn send(&mut self, octets: &[u8]) -> Done {
        let text = shown(octets);
        self.talk
            .push(format!("{}: {}", self.name, text.trim_end()));
        let sent = self.client.try_send(octets);
        sent.map_err(|error| vec![format!("cannot send: {error}")])
    }

    fn read(&mut self) -> Result<Option<Vec<u8>>, Vec<String>> {
        match self.kept.take() {
            Some(reply) => Ok(Some(reply)),
            None => {
                let reply = self.client.try_reply().map_err(|why| vec![why])?;
                let text = reply.as_deref().map_or("<end>".to_owned(), shown);
                self.talk.push(format!("S: {text}"));
                Ok(reply)
            }
        }
    }

    /// The next reply, which must not be forbidden.
    fn reply(&mut self, names: &Names) -> Result<Vec<u8>, Vec<String>> {
        let Some(reply) = self.read()? else {
            return Err(vec!["the server closed the connection".to_owned()]);
        };
        for pattern in &self.forbidden {
            let mut names = names.clone();
            if matches(pattern, &reply, &mut names).map_err(|why| vec![why])? {
                return Err(vec![format!("forbidden: {}", shown(&reply))]);
            }
        }
        Ok(reply)
    }

    fn next_is(&mut self, tokens: &[Token]) -> Done {
        let reply = self.reply(&Names::new())?;
        match matches(tokens, &reply, &mut Names::new()) {
            Ok(true) => Ok(()),
            _ => Err(vec![shown(&reply)]),
        }
    }

    fn expect(&mut self, awaited: &Awaited, names: &mut Names) -> Done {
        match awaited {
            Awaited::Skip => {
                self.skip = true;
                return Ok(());
            }
            Awaited::Never(tokens) => {
                self.forbidden.push(tokens.clone());
                return Ok(());
            }
            Awaited::Maybe(tokens) => return self.maybe(tokens, names),
            Awaited::Next(tokens) => self.group(&[(tokens.clone(), false)], names)?,
            Awaited::Group(members) => self.group(members, names)?,
            Awaited::End => self.end()?,
        }
        self.skip = false;
        self.forbidden.clear();
        Ok(())
    }

    fn maybe(&mut self, tokens: &[Token], names: &mut Names) -> Done {
        let reply = self.reply(names)?;
        if !matches(tokens, &reply, names).map_err(|why| vec![why])? {
            self.kept = Some(reply);
        }
        Ok(())
    }

    /// Replies that match these in any order, others between them only when skipping.
    fn group(&mut self, members: &[(Vec<Token>, bool)], names: &mut Names) -> Done {
        let mut left = members.to_vec();
        let mut seen = Vec::new();
        while left.iter().any(|(_, optional)| !optional) {
            let reply = self
                .reply(names)
                .map_err(|why| [seen.clone(), why].concat())?;
            seen.push(shown(&reply));
            match first_match(&left, &reply, names).map_err(|why| vec![why])? {
                Some(at) => {
                    left.remove(at);
                }
                None if self.skip && !is_end(&reply) => {}
                None => return Err(seen),
            }
        }
        // Optional ones may still follow.
        while !left.is_empty() {
            let reply = self.reply(names)?;
            match first_match(&left, &reply, names).map_err(|why| vec![why])? {
                Some(at) => {
                    left.remove(at);
                }
                None => {
                    self.kept = Some(reply);
                    break;
                }
            }
        }
        Ok(())
    }

    fn end(&mut self) -> Done {
        let mut seen = Vec::new();
        while let Some(reply) = self.read()? {
            seen.push(shown(&reply));
            if !self.skip {
                return Err(seen);
            }
        }
        Ok(())
    }
}

fn first_match(
    left: &[(Vec<Token>, bool)],
    reply: &[u8],
    names: &mut Names,
) -> Result<Option<usize>, String> {
    for (at, (tokens, _)) in left.iter().enumerate() {
        if matches(tokens, reply, names)? {
            return Ok(Some(at));
        }
    }
    Ok(None)
}

/// A tagged reply or a continuation request: nothing more comes by itself.
fn is_end(reply: &[u8]) -> bool {
    !reply.starts_with(b"* ")
}

fn shown(reply: &[u8]) -> String {
    String::from_utf8_lossy(reply).into_owned()
}

fn unhex(digits: &str) -> Option<Vec<u8>> {
    let pairs = digits.as_bytes().chunks(2);
    pairs
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok())
        .collect()
}

fn base64(octets: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for three in octets.chunks(3) {
        let at = |n: usize| u32::from(three.get(n).copied().unwrap_or(0));
        let bits = at(0) << 16 | at(1) << 8 | at(2);
        for n in 0..4 {
            let digit = DIGITS[(bits >> (18 - 6 * n)) as usize & 63];
            text.push(if n > three.len() {
                '='
            } else {
                char::from(digit)
            });
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_is_that_of_rfc_4648() {
        let known = [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foob", "Zm9vYg=="),
        ];
        for (text, encoded) in known {
            assert_eq!(base64(text.as_bytes()), encoded);
        }
    }
}
