//! The protocol without I/O: octets in, replies and questions out.
//!
//! The driver calls [`Session::step`] until it wants input, does what the [`Event`] asks for, and
//! gives the answer back. Replies gather in [`Session::output`] in the order of the commands.

use super::address::{Address, Path};
use super::content::{Content, Oversize};
use super::delivery::{Incoming, Recipient, Rejection};
use super::limits::{Limits, REPLIES};
use super::parse::{Command, MailParameters, ParseError};
use super::reply::Reply;
use bytes::{Buf, BufMut, BytesMut};
use std::mem;

/// One connection's state.
#[derive(Debug)]
pub struct Session {
    host: String,
    peer: String,
    limits: Limits,
    client: Option<String>,
    state: State,
    input: BytesMut,
    output: BytesMut,
    progress: u64,
    transactions: u32,
    errors: u32,
}

#[derive(Debug)]
enum State {
    /// Between messages.
    Idle,
    /// After MAIL.
    Transaction(Transaction),
    /// The driver is asked about a recipient.
    Checking(Transaction),
    /// After DATA, until the content ends.
    Receiving(Transaction, Content),
    /// The driver delivers; so many recipients have no reply yet.
    Delivering(usize),
    /// Inside a command line that is too long.
    Skipping(Box<State>),
    /// Nothing more is read.
    Closed,
}

#[derive(Debug)]
struct Transaction {
    reverse_path: Path,
    smtputf8: bool,
    recipients: Vec<Recipient>,
}

/// What the driver is to do next.
#[derive(Debug)]
pub enum Event {
    /// Write the output, then give more input to [`Session::receive`].
    Read,
    /// Write the output before going on: there is much of it.
    Write,
    /// Find out who this is, then call [`Session::recipient_checked`].
    Recipient(Address),
    /// Write the output, then deliver the message to the recipients and call
    /// [`Session::delivered`] once for each, in this order.
    Deliver(Incoming, Vec<Recipient>),
    /// Write the output and close the connection.
    Close,
}

/// What the session waits for, to choose a deadline.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// A command line.
    Command,
    /// Content.
    Data,
}

impl Session {
    /// A session that has greeted. `host` is the server's name, `peer` the client's place as the
    /// log and [`Incoming`] will show it.
    pub fn new(host: &str, peer: &str, limits: Limits) -> Self {
        let mut session = Self {
            host: host.to_owned(),
            peer: peer.to_owned(),
            limits,
            client: None,
            state: State::Idle,
            input: BytesMut::new(),
            output: BytesMut::new(),
            progress: 0,
            transactions: 0,
            errors: 0,
        };
        session.reply(&Reply::plain(220, format!("{host} LMTP ready")));
        session
    }

    /// Takes octets from the client. The session keeps them, so give it no more before
    /// [`Event::Read`] asks for it.
    pub fn receive(&mut self, octets: &[u8]) {
        self.input.put_slice(octets);
    }

    /// Octets for the client. The driver takes away what it has written.
    pub fn output(&mut self) -> &mut BytesMut {
        &mut self.output
    }

    /// What is waited for at [`Event::Read`].
    pub fn phase(&self) -> Phase {
        match self.state {
            State::Receiving(..) => Phase::Data,
            _ => Phase::Command,
        }
    }

    /// Grows with every command and every end of content: a deadline starts anew when it does.
    pub fn progress(&self) -> u64 {
        self.progress
    }

    /// Whether a message is under way: since MAIL, until the last reply.
    pub fn in_transaction(&self) -> bool {
        !matches!(self.state, State::Idle | State::Closed)
    }

    /// Goes on as far as the input allows.
    pub fn step(&mut self) -> Event {
        loop {
            if self.output.len() >= REPLIES {
                return Event::Write;
            }
            let event = match mem::replace(&mut self.state, State::Closed) {
                State::Closed => Some(Event::Close),
                State::Receiving(transaction, content) => self.content(transaction, content),
                State::Skipping(state) => self.skip(state),
                state @ (State::Checking(_) | State::Delivering(_)) => {
                    // The driver owes an answer; there is nothing to do before it.
                    self.state = state;
                    Some(Event::Write)
                }
                state => self.line(state),
            };
            if let Some(event) = event {
                return event;
            }
        }
    }

    /// The answer to [`Event::Recipient`]; ignored when none was asked for.
    pub fn recipient_checked(&mut self, answer: Result<Recipient, Rejection>) {
        match mem::replace(&mut self.state, State::Closed) {
            State::Checking(mut transaction) => {
                self.reply(&match &answer {
                    Ok(_) => Reply::new(250, "2.1.5", "OK"),
                    Err(rejection) => Reply::from(rejection),
                });
                transaction.recipients.extend(answer);
                self.state = State::Transaction(transaction);
            }
            state => self.state = state,
        }
    }

    /// The answer for the next recipient of [`Event::Deliver`]; ignored when none is left.
    pub fn delivered(&mut self, recipient: &Recipient, answer: &Result<(), Rejection>) {
        let State::Delivering(left) = self.state else {
            return;
        };
        let reply = match answer {
            Ok(()) => Reply::new(250, "2.1.5", "delivered"),
            Err(rejection) => Reply::from(rejection),
        };
        self.reply(&reply.about(&recipient.original));
        self.state = match left.checked_sub(1) {
            None | Some(0) => State::Idle,
            Some(left) => State::Delivering(left),
        };
    }

    /// Says why, and closes: for deadlines and the server's end.
    pub fn close(&mut self, reason: Closing) {
        let (status, text) = match reason {
            Closing::Timeout => ("4.4.2", "Timeout, closing connection"),
            Closing::Shutdown => ("4.3.2", "Server is going down"),
            Closing::Errors => ("4.7.0", "Too many errors"),
            Closing::Transactions => ("4.7.0", "Too many messages, connect again"),
        };
        self.reply(&Reply::new(421, status, format!("{} {text}", self.host)));
        self.state = State::Closed;
    }

    fn reply(&mut self, reply: &Reply) {
        reply.write(&mut self.output);
    }

    /// Takes one command line off the input, if it is there.
    fn line(&mut self, state: State) -> Option<Event> {
        self.state = state;
        let Some(end) = memchr::memchr(b'\n', &self.input) else {
            return self.unfinished_line();
        };
        let line = self.input.split_to(end.saturating_add(1));
        self.progress = self.progress.saturating_add(1);
        if line.len() > self.limits.command_line {
            return self.refuse(&ParseError::TooLong);
        }
        let Some(line) = line.strip_suffix(b"\r\n") else {
            return self.refuse(&ParseError::LineEnd);
        };
        match Command::parse(line) {
            Ok(command) => self.command(command),
            Err(error) => self.refuse(&error),
        }
    }

    fn unfinished_line(&mut self) -> Option<Event> {
        if self.input.len() < self.limits.command_line {
            return Some(Event::Read);
        }
        let state = mem::replace(&mut self.state, State::Closed);
        self.state = State::Skipping(Box::new(state));
        None
    }

    /// Drops the input up to the end of the line, then answers.
    fn skip(&mut self, state: Box<State>) -> Option<Event> {
        let Some(end) = memchr::memchr(b'\n', &self.input) else {
            self.input.clear();
            self.state = State::Skipping(state);
            return Some(Event::Read);
        };
        self.input.advance(end.saturating_add(1));
        self.progress = self.progress.saturating_add(1);
        self.state = *state;
        self.refuse(&ParseError::TooLong)
    }

    fn refuse(&mut self, error: &ParseError) -> Option<Event> {
        self.mistake(&Reply::from(error))
    }

    /// Answers what a right client would not have sent; after too many of these, closes.
    fn mistake(&mut self, reply: &Reply) -> Option<Event> {
        self.reply(reply);
        self.errors = self.errors.saturating_add(1);
        if self.errors >= self.limits.errors {
            self.close(Closing::Errors);
        }
        None
    }

    fn out_of_order(&mut self, text: &str) -> Option<Event> {
        self.mistake(&Reply::new(503, "5.5.1", text))
    }

    fn ok(&mut self, code: u16, status: &'static str, text: &str) -> Option<Event> {
        self.reply(&Reply::new(code, status, text));
        None
    }

    fn command(&mut self, command: Command) -> Option<Event> {
        match command {
            Command::Lhlo(name) => self.lhlo(name),
            Command::Mail(path, parameters) => self.mail(path, parameters),
            Command::Rcpt(address) => self.rcpt(address),
            Command::Data => self.data(),
            Command::Rset => {
                self.state = State::Idle;
                self.ok(250, "2.0.0", "OK")
            }
            Command::Noop => self.ok(250, "2.0.0", "OK"),
            Command::Vrfy => self.ok(252, "2.0.0", "Not verified here, try RCPT"),
            Command::Help => self.ok(214, "2.0.0", "See RFC 2033"),
            Command::Quit => {
                let text = format!("{} closing connection", self.host);
                self.state = State::Closed;
                self.ok(221, "2.0.0", &text)
            }
        }
    }

    /// Ends any transaction (RFC 5321 4.1.4).
    fn lhlo(&mut self, name: String) -> Option<Event> {
        self.client = Some(name);
        self.state = State::Idle;
        let lines = format!(
            "250-{}\r\n250-PIPELINING\r\n250-SIZE {}\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n\
             250 ENHANCEDSTATUSCODES\r\n",
            self.host, self.limits.message
        );
        self.output.put_slice(lines.as_bytes());
        None
    }

    fn mail(&mut self, reverse_path: Path, parameters: MailParameters) -> Option<Event> {
        if self.client.is_none() {
            return self.out_of_order("Say LHLO first");
        }
        if !matches!(self.state, State::Idle) {
            return self.out_of_order("A message is under way");
        }
        if self.transactions >= self.limits.transactions {
            self.close(Closing::Transactions);
            return None;
        }
        if parameters
            .size
            .is_some_and(|size| size > self.limits.message)
        {
            return self.ok(552, "5.3.4", "Message too big");
        }
        if !allowed(reverse_path.as_ref(), parameters.smtputf8) {
            return self.ok(553, "5.6.7", "This address needs SMTPUTF8");
        }
        self.transactions = self.transactions.saturating_add(1);
        self.state = State::Transaction(Transaction {
            reverse_path,
            smtputf8: parameters.smtputf8,
            recipients: Vec::new(),
        });
        self.ok(250, "2.1.0", "OK")
    }

    fn rcpt(&mut self, address: Address) -> Option<Event> {
        let State::Transaction(transaction) = &self.state else {
            return self.out_of_order("Say MAIL first");
        };
        if transaction.recipients.len() >= self.limits.recipients {
            return self.ok(452, "4.5.3", "Too many recipients");
        }
        if !allowed(Some(&address), transaction.smtputf8) {
            return self.ok(553, "5.6.7", "This address needs SMTPUTF8");
        }
        if let State::Transaction(transaction) = mem::replace(&mut self.state, State::Closed) {
            self.state = State::Checking(transaction);
        }
        Some(Event::Recipient(address))
    }

    fn data(&mut self) -> Option<Event> {
        match mem::replace(&mut self.state, State::Closed) {
            State::Transaction(transaction) if !transaction.recipients.is_empty() => {
                let content = Content::new(self.limits.message);
                self.state = State::Receiving(transaction, content);
                self.reply(&Reply::plain(354, "End with <CRLF>.<CRLF>"));
                None
            }
            state => {
                // RFC 2033 4.2: 503 without a successful RCPT.
                self.state = state;
                self.out_of_order("No recipients")
            }
        }
    }

    fn content(&mut self, transaction: Transaction, mut content: Content) -> Option<Event> {
        if !content.take(&mut self.input) {
            self.state = State::Receiving(transaction, content);
            return Some(Event::Read);
        }
        self.progress = self.progress.saturating_add(1);
        match content.finish() {
            Err(Oversize) => {
                self.refuse_content(&transaction);
                None
            }
            Ok(content) => {
                self.state = State::Delivering(transaction.recipients.len());
                let message = Incoming {
                    reverse_path: transaction.reverse_path,
                    content,
                    smtputf8: transaction.smtputf8,
                    peer: self.peer.clone(),
                    client: self.client.clone().unwrap_or_default(),
                };
                Some(Event::Deliver(message, transaction.recipients))
            }
        }
    }

    fn refuse_content(&mut self, transaction: &Transaction) {
        tracing::info!(
            peer = self.peer,
            recipients = transaction.recipients.len(),
            limit = self.limits.message,
            "message too big"
        );
        for recipient in &transaction.recipients {
            let reply = Reply::new(552, "5.3.4", "Message too big");
            self.reply(&reply.about(&recipient.original));
        }
        self.state = State::Idle;
    }
}

/// Why the server ends the connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Closing {
    /// A deadline passed.
    Timeout,
    /// The server ends.
    Shutdown,
    /// [`Limits::errors`].
    Errors,
    /// [`Limits::transactions`].
    Transactions,
}

fn allowed(address: Option<&Address>, smtputf8: bool) -> bool {
    smtputf8 || address.is_none_or(Address::is_ascii)
}
