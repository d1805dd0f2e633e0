//! A script as it is written: see `crates/tests/transcripts/README.md`.

use super::pattern::{self, Token};
use crate::server::Kind;

/// A script.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Script {
    /// What it shows, in one line.
    pub title: String,
    /// Where that is said.
    pub rfc: String,
    /// Capabilities without which it cannot be played.
    pub needs: Vec<String>,
    /// The text that decides, where Dovecot does otherwise.
    pub differs: Option<String>,
    /// The one server on which it makes sense, and why.
    pub only: Option<(Kind, String)>,
    /// Options of Postern's configuration that it is played with, as `section.key = value`.
    pub config: Vec<String>,
    /// Whether its connections are logged in.
    pub login: bool,
    /// Whether it wants an account that nobody has used.
    pub fresh: bool,
    /// What happens.
    pub steps: Vec<Step>,
}

impl Script {
    /// Its options as text of the configuration.
    pub fn configuration(&self) -> String {
        let mut text = String::new();
        let mut current = "";
        for line in &self.config {
            let key = line.split('=').next().unwrap_or_default();
            let at = key.rfind('.').unwrap_or_default();
            let (section, option) = (&line[..at], &line[at + 1..]);
            if section != current {
                text.push_str(&format!("[{section}]\n"));
                current = section;
            }
            text.push_str(&format!("{option}\n"));
        }
        text
    }
}

/// A step and where it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// The line's number, from 1.
    pub line: usize,
    /// The line.
    pub text: String,
    /// What is done.
    pub action: Action,
}

/// What a step does. Connections are named by a letter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// Sends.
    Send(char, Vec<Part>),
    /// Awaits.
    Expect(Option<char>, Awaited),
    /// Connects without login; the greeting is left to be expected.
    Open(char),
    /// Logs in as somebody else, whose name is kept as `other`.
    Other(char),
    /// Connects without TLS; the greeting is left to be expected.
    Clear(char),
    /// Begins TLS on a connection in the clear.
    Tls(char),
    /// Compresses what follows.
    Compress(char),
    /// Closes without a word.
    Hangup(char),
    /// Appends a message to a mailbox, which is made where it is not there.
    Append {
        /// Where to.
        mailbox: String,
        /// Flags in parentheses, a date in quotes, or nothing.
        arguments: String,
        /// The message.
        message: Vec<u8>,
    },
    /// Appends this many small messages.
    Fill(String, usize),
    /// Delivers to the account by LMTP.
    Deliver(Vec<u8>),
    /// A command on a connection of its own, which must be OK.
    Do(String),
    /// A comparison of two numbers or texts.
    Check(String, String, String),
}

/// What is awaited.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Awaited {
    /// This reply.
    Next(Vec<Token>),
    /// This reply or not.
    Maybe(Vec<Token>),
    /// Not this reply, up to the next [`Awaited::Next`] or [`Awaited::Group`].
    Never(Vec<Token>),
    /// Whatever comes, up to the next expected reply.
    Skip,
    /// These in any order; those that are marked may be missing.
    Group(Vec<(Vec<Token>, bool)>),
    /// The end of the connection.
    End,
}

/// A part of what is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    /// Text in which names stand for what was captured.
    Text(String),
    /// A literal: what goes before its size, after it, and its octets. With `+` it does not wait.
    Literal {
        /// `~` or nothing.
        before: &'static str,
        /// `+` or nothing.
        after: &'static str,
        /// Its octets.
        octets: Vec<u8>,
    },
}

/// What is wrong with a script.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistake {
    /// The line's number, from 1.
    pub line: usize,
    /// Why.
    pub why: String,
}

/// Reads a script.
///
/// # Errors
/// The first mistake.
pub fn parse(text: &str) -> Result<Script, Mistake> {
    let mut reader = Reader {
        lines: text.lines().collect(),
        at: 0,
    };
    let mut script = reader.headers()?;
    while let Some(line) = reader.next() {
        let number = reader.at;
        if line.trim().is_empty() || line.starts_with('#') {
            continue;
        }
        let action = reader
            .action(line)
            .map_err(|why| Mistake { line: number, why })?;
        let text = line.to_owned();
        script.steps.push(Step {
            line: number,
            text,
            action,
        });
    }
    if script.steps.is_empty() {
        let (line, why) = (reader.at, "nothing happens in it".to_owned());
        return Err(Mistake { line, why });
    }
    Ok(script)
}

struct Reader<'a> {
    lines: Vec<&'a str>,
    /// Lines read so far, so the number of the last one.
    at: usize,
}

impl<'a> Reader<'a> {
    fn next(&mut self) -> Option<&'a str> {
        let line = self.lines.get(self.at).copied();
        self.at += usize::from(line.is_some());
        line
    }

    fn headers(&mut self) -> Result<Script, Mistake> {
        let mut script = Script {
            login: true,
            ..Script::default()
        };
        while let Some(rest) = self.lines.get(self.at).and_then(|l| l.strip_prefix("# ")) {
            self.at += 1;
            let line = self.at;
            header(&mut script, rest.trim()).map_err(|why| Mistake { line, why })?;
        }
        let why = match (script.title.is_empty(), script.rfc.is_empty()) {
            (true, _) => "the first line is the title: `# …`",
            (_, true) => "no `# rfc: …`",
            _ => return Ok(script),
        };
        Err(Mistake {
            line: self.at + 1,
            why: why.to_owned(),
        })
    }

    fn action(&mut self, line: &'a str) -> Result<Action, String> {
        if let Some((connection, mark, rest)) = expectation(line)? {
            let awaited = self.awaited(mark, rest)?;
            return Ok(Action::Expect(connection, awaited));
        }
        let (word, rest) = line
            .split_once(':')
            .ok_or_else(|| format!("what is `{line}`?"))?;
        let rest = rest.strip_prefix(' ').unwrap_or(rest);
        if let Some(connection) = connection(word) {
            return Ok(Action::Send(connection, self.parts(rest)?));
        }
        self.statement(word, rest.trim())
    }

    fn statement(&mut self, word: &str, rest: &str) -> Result<Action, String> {
        let letter = || connection(rest).ok_or_else(|| format!("`{rest}` names no connection"));
        Ok(match word {
            "open" => Action::Open(letter()?),
            "other" => Action::Other(letter()?),
            "clear" => Action::Clear(letter()?),
            "tls" => Action::Tls(letter()?),
            "compress" => Action::Compress(letter()?),
            "hangup" => Action::Hangup(letter()?),
            "do" => Action::Do(rest.to_owned()),
            "fill" => {
                let (mailbox, count) = rest.rsplit_once(' ').unwrap_or((rest, ""));
                let count = count.parse().map_err(|_| "fill: MAILBOX NUMBER")?;
                Action::Fill(mailbox.to_owned(), count)
            }
            "deliver" => Action::Deliver(self.message(rest)?.1),
            "append" => {
                let (rest, message) = self.message(rest)?;
                let (mailbox, arguments) = rest.split_once(' ').unwrap_or((rest, ""));
                Action::Append {
                    mailbox: mailbox.to_owned(),
                    arguments: arguments.trim().to_owned(),
                    message,
                }
            }
            "check" => match rest.split(' ').collect::<Vec<_>>()[..] {
                [left, sign, right] if ["=", "!=", "<", ">", "<=", ">="].contains(&sign) => {
                    Action::Check(left.to_owned(), sign.to_owned(), right.to_owned())
                }
                _ => return Err("check: VALUE = VALUE, or with != < > <= >=".to_owned()),
            },
            _ => return Err(format!("no statement `{word}:`")),
        })
    }

    /// What stands before `<<END`, and the lines up to END.
    fn message<'t>(&mut self, rest: &'t str) -> Result<(&'t str, Vec<u8>), String> {
        let (before, mark) = heredoc(rest).ok_or("no `<<END`")?;
        let (octets, after) = self.until(&mark)?;
        match after.is_empty() {
            true => Ok((before.trim_end(), octets)),
            false => Err(format!("`{after}` after {}", mark.end)),
        }
    }

    fn awaited(&mut self, mark: char, rest: &str) -> Result<Awaited, String> {
        match (mark, rest.trim()) {
            ('{', "") => return self.group(),
            (':', "...") => return Ok(Awaited::Skip),
            (':', "<end>") => return Ok(Awaited::End),
            _ => {}
        }
        let tokens = self.pattern(rest)?;
        match mark {
            ':' => Ok(Awaited::Next(tokens)),
            '?' => Ok(Awaited::Maybe(tokens)),
            '!' => Ok(Awaited::Never(tokens)),
            _ => Err(format!("`{rest}` after `S{mark}`")),
        }
    }

    fn group(&mut self) -> Result<Awaited, String> {
        let mut members = Vec::new();
        while let Some(line) = self.next() {
            if line.trim() == "S}" {
                return Ok(Awaited::Group(members));
            }
            let (optional, rest) = match (line.strip_prefix("S: "), line.strip_prefix("S? ")) {
                (Some(rest), _) => (false, rest),
                (_, Some(rest)) => (true, rest),
                _ => return Err(format!("`{line}` in a group")),
            };
            members.push((self.pattern(rest)?, optional));
        }
        Err("a group without `S}`".to_owned())
    }

    /// A pattern, with the literals below its line.
    fn pattern(&mut self, line: &str) -> Result<Vec<Token>, String> {
        let mut line = line.to_owned();
        let mut tokens = Vec::new();
        while let Some((before, mark)) = heredoc(&line) {
            tokens.extend(pattern::tokens(before)?);
            let (octets, after) = self.until(&mark)?;
            tokens.push(Token::Content(octets));
            line = after;
        }
        match tokens.is_empty() {
            true => pattern::parse(&line),
            false => {
                tokens.extend(pattern::tokens(&line)?);
                Ok(tokens)
            }
        }
    }

    /// What is sent, with the literals below its line.
    fn parts(&mut self, line: &str) -> Result<Vec<Part>, String> {
        let mut line = line.to_owned();
        let mut parts = Vec::new();
        while let Some((before, mark)) = heredoc(&line) {
            parts.push(Part::Text(before.to_owned()));
            let (octets, after) = self.until(&mark)?;
            parts.push(Part::Literal {
                before: if mark.binary { "~" } else { "" },
                after: if mark.at_once { "+" } else { "" },
                octets,
            });
            line = after;
        }
        parts.push(Part::Text(line));
        Ok(parts)
    }

    /// The lines up to the one that begins with the mark's end, each with CRLF, and what stands
    /// after that.
    fn until(&mut self, mark: &Mark) -> Result<(Vec<u8>, String), String> {
        let mut octets = Vec::new();
        while let Some(line) = self.next() {
            if let Some(after) = line.strip_prefix(&mark.end) {
                if mark.open {
                    octets.truncate(octets.len().saturating_sub(2));
                }
                return Ok((octets, after.to_owned()));
            }
            octets.extend_from_slice(line.as_bytes());
            octets.extend_from_slice(b"\r\n");
        }
        Err(format!("no line `{}`", mark.end))
    }
}

fn header(script: &mut Script, line: &str) -> Result<(), String> {
    if script.title.is_empty() {
        line.clone_into(&mut script.title);
        return Ok(());
    }
    let (key, value) = line.split_once(": ").unwrap_or((line, ""));
    let value = value.to_owned();
    match key {
        "rfc" => script.rfc = value,
        "needs" => script.needs = value.split(' ').map(str::to_owned).collect(),
        "differs" => script.differs = Some(reason(&value, "dovecot")?),
        "only" => match reason(&value, "postern") {
            Ok(why) => script.only = Some((Kind::Postern, why)),
            Err(_) => script.only = Some((Kind::Dovecot, reason(&value, "dovecot")?)),
        },
        "config" if value.split('=').next().unwrap_or_default().contains('.') => {
            script.config.push(value);
        }
        "login" => script.login = value != "no",
        "account" if value == "fresh" => script.fresh = true,
        _ => return Err(format!("no header `{line}`")),
    }
    Ok(())
}

/// What stands after `dovecot — `.
fn reason(value: &str, server: &str) -> Result<String, String> {
    let why = value
        .strip_prefix(server)
        .and_then(|rest| rest.strip_prefix(" — "));
    match why {
        Some(why) if !why.is_empty() => Ok(why.to_owned()),
        _ => Err(format!("`{server} — ` and the reason, not `{value}`")),
    }
}

/// The connection, if it is named, the mark, and what stands after it.
type Expectation<'a> = (Option<char>, char, &'a str);

/// `S:`, `S?`, `S!`, `S{`, and the same with a connection: `S(A):`.
fn expectation(line: &str) -> Result<Option<Expectation<'_>>, String> {
    let Some(rest) = line.strip_prefix('S') else {
        return Ok(None);
    };
    let (connection, rest) = match rest.strip_prefix('(').and_then(|r| r.split_once(')')) {
        Some((name, rest)) => {
            let named = connection(name).ok_or_else(|| format!("`{name}` names no connection"))?;
            (Some(named), rest)
        }
        None => (None, rest),
    };
    let mark = rest.chars().next().filter(|mark| ":?!{".contains(*mark));
    let mark = mark.ok_or_else(|| format!("what is `{line}`?"))?;
    let rest = &rest[1..];
    let rest = rest.strip_prefix(' ').unwrap_or(rest);
    Ok(Some((connection, mark, rest)))
}

/// A capital letter, but for S.
fn connection(word: &str) -> Option<char> {
    let mut letters = word.chars();
    let letter = letters.next()?;
    let fits = letters.next().is_none() && letter.is_ascii_uppercase() && letter != 'S';
    fits.then_some(letter)
}

struct Mark {
    end: String,
    binary: bool,
    at_once: bool,
    /// Without the last CRLF.
    open: bool,
}

/// What stands before `<<END` at the end of a line: `<<~+-END` with each sign or not.
fn heredoc(line: &str) -> Option<(&str, Mark)> {
    let at = line.rfind("<<")?;
    let mark = &line[at + 2..];
    let end = mark.trim_start_matches(['~', '+', '-']);
    let signs = &mark[..mark.len() - end.len()];
    let fits = !end.is_empty() && end.bytes().all(|octet| octet.is_ascii_uppercase());
    fits.then(|| {
        let mark = Mark {
            end: end.to_owned(),
            binary: signs.contains('~'),
            at_once: signs.contains('+'),
            open: signs.contains('-'),
        };
        (&line[..at], mark)
    })
}
