//! One IMAP connection from greeting to end.

mod context;
mod follow;
mod interest;
mod io;
mod keys;
mod news;
mod progress;
mod state;
mod uploads;

pub(crate) use context::{Sorting, Updating};
use follow::Follow;
pub(crate) use interest::{Interest, Objection};
pub(crate) use io::{Io, Layer};
pub(crate) use news::Told;
pub(crate) use progress::Progress;
pub(crate) use state::{Enabled, Login, Selected, State, next_version};
pub(crate) use uploads::Uploads;

use crate::capability;
use crate::command;
use crate::connections::Network;
use crate::load;
use crate::mask::Held;
use crate::needs;
use crate::reply::{Failure, NO_RIGHT, Outcome, Reply};
use crate::server::Shared;
use crate::stream::Stream;
use crate::table::{Needs, News, news, rights, row};
use crate::uidonly;
use bytes::Bytes;
use postern_account::View;
use postern_account::acl::Rights;
use postern_imap::command::{Command, Tag};
use postern_imap::framer::{self, Frame};
use postern_imap::mailbox::Encoding;
use postern_imap::response::{self, Code, Condition, MetadataCode};
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

/// For a client to take its BYE: it may be one that does not read.
const FAREWELL: Duration = Duration::from_secs(10);

/// A session.
pub(crate) struct Session {
    /// By which the log and the accounts' histories know it.
    pub(crate) number: u64,
    pub(crate) shared: Arc<Shared>,
    pub(crate) peer: IpAddr,
    pub(crate) io: Io,
    pub(crate) state: State,
    pub(crate) enabled: Enabled,
    pub(crate) follow: Follow,
    /// The rights that the command that runs needs.
    pub(crate) needs: Needs,
    /// What the client calls itself (RFC 2971), escaped, for the log.
    pub(crate) client: Option<String>,
    /// It says that nobody waits for what it does.
    pub(crate) background: bool,
    /// Which capabilities are kept from it.
    pub(crate) held: Held,
    /// When login must have happened.
    login_by: Instant,
    /// In a row: who errs now and then in a long session speaks IMAP all the same.
    bad_commands: u32,
    /// Commands that were handled, for the log.
    commands: u64,
    /// How the client hears of the command that runs.
    pub(crate) progress: Option<Progress>,
}

/// What ends the wait for a command.
enum Next {
    Frame(Frame),
    Gone,
    Bye(&'static str),
}

impl Session {
    pub(crate) fn new(shared: Arc<Shared>, peer: IpAddr, stream: Stream) -> Self {
        let limits = &shared.settings.limits;
        let login_by = Instant::now() + limits.login;
        // A stranger has no longer for its first replies than for its login.
        let uploads = Arc::clone(&shared.uploads);
        let io = Io::new(stream, limits.write.min(limits.login), uploads);
        let mut session = Self {
            number: shared.next_session(),
            shared,
            peer,
            io,
            state: State::NotAuthenticated,
            enabled: Enabled::default(),
            follow: Follow::default(),
            needs: Needs::default(),
            client: None,
            background: false,
            held: Held::default(),
            login_by,
            bad_commands: 0,
            commands: 0,
            progress: None,
        };
        session.mask_client(&[]);
        session
    }

    /// Greets, and serves commands until either side ends.
    pub(crate) async fn run(mut self) {
        let code = Code::Capability(capability::names(&self));
        let text = format!("{} Postern ready", self.shared.settings.hostname);
        self.untagged(Condition::Ok, Some(&code), &text);
        let result = self.serve().await;
        let bye = match &result {
            Err(Failure::Bye(text)) => Some((None, *text)),
            Err(Failure::ByeWith(code, text)) => Some((Some(code), *text)),
            _ => None,
        };
        if let Some((code, text)) = bye {
            self.untagged(Condition::Bye, code, text);
            let _ = tokio::time::timeout(FAREWELL, self.io.flush()).await;
        }
        self.log_end(&result);
        self.io.close().await;
    }

    async fn serve(&mut self) -> Result<(), Failure> {
        loop {
            match self.next().await? {
                Next::Frame(Frame::Command(octets)) => self.command(octets).await?,
                Next::Frame(Frame::Continue) => {
                    response::continuation(&mut self.io.out, "Ready for the literal");
                }
                Next::Frame(Frame::Refused { tag, why }) => self.refuse(tag.as_ref(), why)?,
                Next::Frame(Frame::Fatal { tag, why }) => {
                    self.refuse(tag.as_ref(), why)?;
                    return Err(Failure::Bye("Too much to read past; reconnect"));
                }
                Next::Frame(Frame::Line(_)) => {}
                Next::Gone => return Ok(()),
                Next::Bye(text) => return Err(Failure::Bye(text)),
            }
            if matches!(self.state, State::Logout) {
                return Ok(self.io.flush().await?);
            }
        }
    }

    async fn next(&mut self) -> Result<Next, Failure> {
        let deadline = self.deadline();
        // Also of a client that always has something more to say.
        if deadline <= Instant::now() {
            return Ok(Next::Bye("Nothing was heard for too long"));
        }
        loop {
            // Not amid a command: its literal may have to wait for room.
            let listens = self.follow.listens() && self.io.framer.missing() == 0;
            if listens {
                // A client that does not read is not told more.
                self.io.flush().await?;
            }
            match self.wait(deadline, listens).await? {
                Some(next) => return Ok(next),
                // Boxed, so that a session that waits is small.
                None => Box::pin(self.tell_between()).await?,
            }
        }
    }

    /// `None`: there is something to tell between commands (RFC 5465), if it `listens` for that.
    async fn wait(&mut self, deadline: Instant, listens: bool) -> Result<Option<Next>, Failure> {
        let limits = self.frame_limits();
        let stopping = Arc::clone(&self.shared);
        let follow = &mut self.follow;
        let frame = self.io.frame(&limits, deadline);
        let (login, selected) = match &mut self.state {
            State::Authenticated(login) => (Some(login), None),
            State::Selected(login, selected) => (Some(login), selected.watch.as_mut()),
            State::NotAuthenticated | State::Logout => (None, None),
        };
        let read = match login {
            Some(login) => tokio::select! {
                read = frame => read,
                () = follow.news(), if listens => return Ok(None),
                () = next_version(selected), if listens => return Ok(None),
                () = login.slot.ended() => return Ok(Some(Next::Bye("The account was changed; sign in again"))),
                () = stopping.stopping() => return Err(Failure::stopping()),
            },
            None => tokio::select! {
                read = frame => read,
                () = stopping.stopping() => return Err(Failure::stopping()),
            },
        };
        match read {
            Ok(Some(frame)) => Ok(Some(Next::Frame(frame))),
            Ok(None) => Ok(Some(Next::Gone)),
            Err(error) if error.kind() == std::io::ErrorKind::TimedOut => {
                Ok(Some(Next::Bye("Nothing was heard for too long")))
            }
            Err(error) => Err(error.into()),
        }
    }

    /// When the client must have said something.
    pub(crate) fn deadline(&self) -> Instant {
        match &self.state {
            State::NotAuthenticated | State::Logout => self.login_by,
            _ => Instant::now() + self.shared.settings.limits.idle,
        }
    }

    /// What a client may send: little before login, more after it.
    pub(crate) fn frame_limits(&self) -> framer::Limits {
        let limits = &self.shared.settings.limits;
        let before_login = matches!(self.state, State::NotAuthenticated | State::Logout);
        let message = limits.message as usize;
        match before_login {
            true => framer::Limits {
                line: limits.line_before_login,
                literal: limits.literal_before_login,
                literals_total: limits.literal_before_login,
                append_literal: 0,
                non_sync_max: limits.literal_before_login,
                discard_max: limits.literal_before_login,
                literals: 4,
            },
            false => framer::Limits {
                line: limits.line,
                literal: limits.literal,
                literals_total: limits.literal,
                append_literal: message,
                non_sync_max: message,
                discard_max: message.saturating_mul(2),
                literals: 1000,
            },
        }
    }

    async fn command(&mut self, octets: Bytes) -> Result<(), Failure> {
        let command = match postern_imap::parse::parse(&octets) {
            Ok(command) => command,
            Err(error) => {
                let reply = Reply::bad(error.to_string());
                self.tagged(error.tag.as_ref(), &reply);
                return self.count_bad();
            }
        };
        drop(octets);
        self.commands += 1;
        if self.is_hidden(&command) {
            self.tagged(Some(&command.tag), &Reply::bad("Unknown command"));
            return self.count_bad();
        }
        if let Some(objection) = row(&command.body).objection(&self.state) {
            self.tagged(Some(&command.tag), &Reply::client_bug(objection));
            return self.count_bad();
        }
        if self.enabled.uidonly && uidonly::uses_sequence_numbers(&command.body) {
            let text = "With UIDONLY messages have UIDs only";
            let reply = Reply {
                code: Some(Code::UidRequired),
                ..Reply::bad(text)
            };
            self.tagged(Some(&command.tag), &reply);
            return self.count_bad();
        }
        self.needs = rights(&command.body);
        if let Some(reply) = self.lacks_rights() {
            self.tagged(Some(&command.tag), &reply);
            return Ok(());
        }
        let tag = command.tag.clone();
        let every = self.shared.settings.limits.progress;
        self.progress = Some(Progress::begin(tag.clone(), every));
        let news = news(&command.body);
        // Boxed, so that a session that waits is small.
        let outcome = Box::pin(self.execute(command, news)).await;
        let reply = match outcome {
            Ok(reply) | Err(Failure::Reply(reply)) => reply,
            Err(Failure::Restarted) => return self.restart(),
            Err(failure) => return Err(failure),
        };
        self.tagged(Some(&tag), &reply);
        if reply.condition == Condition::Ok {
            self.bad_commands = 0;
        }
        let limits = &self.shared.settings.limits;
        let limit = limits.output(self.login().is_ok());
        Ok(self.io.flush_over(limit).await?)
    }

    /// Whether the command is of an extension that this client is not told of.
    fn is_hidden(&self, command: &Command) -> bool {
        let is_masked = |name: &str| self.is_masked(name);
        self.has_masks() && needs::hidden(&command.body, self.enabled.rev2, is_masked)
    }

    /// Whether the command needs what the user may not do with the selected mailbox.
    fn lacks_rights(&self) -> Option<Reply> {
        let State::Selected(_, selected) = &self.state else {
            return None;
        };
        // That of a mailbox that is gone is told by its BYE.
        let mailbox = selected.live.mailbox_by_id(selected.mailbox())?;
        let rights = mailbox.rights(selected.live.who());
        let lacks = !rights.contains(self.needs.selected) && rights.contains(Rights::READ);
        lacks.then(|| Reply::no(Code::NoPerm, NO_RIGHT))
    }

    /// After STARTTLS the client knows nothing and has said nothing: RFC 9051 section 6.2.1.
    fn restart(&mut self) -> Result<(), Failure> {
        self.enabled = Enabled::default();
        self.client = None;
        self.background = false;
        self.mask_client(&[]);
        Ok(())
    }

    /// As if nobody had signed in: RFC 8437 section 3.
    pub(crate) fn sign_out(&mut self) {
        self.state = State::NotAuthenticated;
        self.enabled = Enabled::default();
        self.follow = Follow::default();
        self.mask_account();
        self.login_by = Instant::now() + self.shared.settings.limits.login;
    }

    async fn execute(&mut self, command: Command, news: News) -> Outcome {
        let knew_modseq = self.enabled.condstore;
        let _running = match load::is_heavy(&command.body) {
            true => Some(self.begin_heavy()?),
            false => None,
        };
        let outcome = command::run(self, command).await;
        if !matches!(outcome, Ok(_) | Err(Failure::Reply(_))) {
            return outcome;
        }
        match news {
            News::None => return outcome,
            News::NoExpunges => Box::pin(self.tell_all(false)).await?,
            News::All => Box::pin(self.tell_all(true)).await?,
        }
        Box::pin(self.tell_results()).await?;
        if !knew_modseq && self.enabled.condstore {
            self.tell_highest_modseq();
        }
        outcome
    }

    /// Counts a command that may read many messages, or refuses it.
    fn begin_heavy(&self) -> Result<load::Running, Failure> {
        let most = self.shared.settings.limits.shed_background_at;
        let running = self.shared.load.begin(self.background, most);
        running.ok_or_else(|| {
            let text = "The server is busy; what nobody waits for can come later";
            Reply::no(Code::Unavailable, text).into()
        })
    }

    /// The first command that shows that the client knows MODSEQ has this in its answer: RFC
    /// 7162 section 3.1. SELECT tells it by itself.
    fn tell_highest_modseq(&mut self) {
        if let State::Selected(_, selected) = &self.state {
            let told = selected.point.flags.min(selected.point.expunges);
            let code = Code::HighestModseq(told);
            self.untagged(Condition::Ok, Some(&code), "The last change");
        }
    }

    fn refuse(&mut self, tag: Option<&Tag>, why: framer::Refusal) -> Result<(), Failure> {
        let code = match why {
            framer::Refusal::LiteralTooLarge => Code::TooBig,
            framer::Refusal::AnnotationTooLarge => {
                let limit = self.shared.settings.limits.metadata_value;
                Code::Metadata(MetadataCode::MaxSize(limit as u64))
            }
            _ => Code::Limit,
        };
        self.tagged(tag, &Reply::no(code, why.to_string()));
        self.count_bad()
    }

    /// A client that keeps sending what is no command is none of ours.
    fn count_bad(&mut self) -> Result<(), Failure> {
        self.bad_commands += 1;
        if self.bad_commands >= self.shared.settings.limits.bad_commands {
            let text = "Too many commands that are none";
            return Err(Failure::ByeWith(Code::ClientBug, text));
        }
        Ok(())
    }

    /// Appends the tagged response; without a tag, an untagged one.
    pub(crate) fn tagged(&mut self, tag: Option<&Tag>, reply: &Reply) {
        let code = reply.code.as_ref();
        response::status(&mut self.io.out, tag, reply.condition, code, &reply.text);
    }

    pub(crate) fn untagged(&mut self, condition: Condition, code: Option<&Code>, text: &str) {
        response::status(&mut self.io.out, None, condition, code, text);
    }

    /// How mailbox names are written in this session.
    pub(crate) fn encoding(&self) -> Encoding {
        match self.enabled.reads_utf8() {
            true => Encoding::Utf8,
            false => Encoding::ModifiedUtf7,
        }
    }

    /// Who has signed in. The command table sees to it that someone has.
    pub(crate) fn login(&self) -> Result<&Login, Failure> {
        match &self.state {
            State::Authenticated(login) | State::Selected(login, _) => Ok(login),
            _ => Err(Reply::bad("Sign in first").into()),
        }
    }

    /// The selected mailbox. The command table sees to it that there is one.
    pub(crate) fn selected(&mut self) -> Result<&mut Selected, Failure> {
        match &mut self.state {
            State::Selected(_, selected) => Ok(selected),
            _ => Err(Reply::bad("Select a mailbox first").into()),
        }
    }

    /// The newest version of the selected mailbox, as this session numbers it.
    pub(crate) fn view(&mut self) -> Result<View, Failure> {
        let selected = self.selected()?;
        let mailbox = selected.live.mailbox_by_id(selected.mailbox());
        let mailbox = mailbox.ok_or(Failure::Bye("The selected mailbox was deleted"))?;
        if selected.live.is_closed() {
            return Err(Failure::Bye(
                "The account of the selected mailbox was removed",
            ));
        }
        if !mailbox.rights(selected.live.who()).contains(Rights::READ) {
            return Err(Failure::Bye(
                "You may not read the selected mailbox any more",
            ));
        }
        Ok(View::new(mailbox, selected.point))
    }

    /// Leaves the selected mailbox, if there is one.
    pub(crate) fn deselect(&mut self) -> bool {
        match std::mem::replace(&mut self.state, State::Logout) {
            State::Selected(login, _) => {
                self.state = State::Authenticated(login);
                true
            }
            other => {
                self.state = other;
                false
            }
        }
    }

    /// The network that this client's connections are counted by.
    pub(crate) fn network(&self) -> Network {
        Network::from(self.peer)
    }

    fn log_end(&self, result: &Result<(), Failure>) {
        let reason = match result {
            Ok(()) => "end of input or LOGOUT".to_owned(),
            Err(Failure::Bye(text) | Failure::ByeWith(_, text)) => (*text).to_owned(),
            Err(Failure::Connection(error)) => error.to_string(),
            Err(Failure::Reply(_) | Failure::Restarted) => "error".to_owned(),
        };
        let account = self.login().map(|login| login.name.as_str()).ok();
        tracing::debug!(peer = %self.peer, account, commands = self.commands, %reason, "session ended");
    }
}
