//! SEARCH: RFC 9051 section 6.4.4, RFC 4731, RFC 5182, RFC 7162 section 3.1.5,
//! RFC 6855 section 3.

use crate::live::{LiveAccount, heavy};
use crate::reply::{Failure, Outcome, Reply};
use crate::session::Session;
use postern_account::Message;
use postern_account::search::{Context, Known, Program};
use postern_imap::command::{Numbering, Tag};
use postern_imap::response::{self, Code, Condition, SearchResult};
use postern_imap::search::{SearchCommand, SearchReturn};
use postern_imap::sequence::UidSet;
use postern_message::{Located, SectionPath, SectionText};
use postern_store::StoreError;

/// Messages judged before other sessions get their turn on this thread.
const TURN: usize = 64;

/// The messages found.
#[derive(Default)]
struct Found {
    uids: UidSet,
    numbers: UidSet,
    first_modseq: u64,
    last_modseq: u64,
    highest_modseq: u64,
    /// Messages whose octets could not be read.
    unreadable: bool,
}

pub(super) async fn run(session: &mut Session, tag: &Tag, command: &SearchCommand) -> Outcome {
    if session.enabled.utf8 && command.charset.is_some() {
        return Ok(Reply::bad(
            "With UTF8=ACCEPT all is UTF-8: leave out CHARSET",
        ));
    }
    let save = command.ret.is_some_and(|ret| ret.save);
    let found = match find(session, command).await {
        Ok(found) => found,
        Err(failure) => {
            // RFC 5182 section 2.1: after a NO, the saved result is empty.
            let refused = matches!(&failure, Failure::Reply(r) if r.condition == Condition::No);
            if save && refused {
                session.selected()?.1.saved = UidSet::default();
            }
            return Err(failure);
        }
    };
    answer(session, tag, command, &found)?;
    Ok(match found.0.unreadable {
        true => Reply::no(Code::Corruption, "Some messages could not be read"),
        false => Reply::ok("Search done"),
    })
}

async fn find(session: &mut Session, command: &SearchCommand) -> Result<(Found, bool), Failure> {
    let view = session.view()?;
    let (login, selected) = session.selected()?;
    let context = Context {
        view: &view,
        saved: &selected.saved,
        charset: command.charset.as_deref(),
    };
    let program = Program::compile(&command.key, context)?;
    let all = UidSet::range(1, u32::MAX);
    let mut found = Found::default();
    for (count, (seq, message)) in view.messages(&all).enumerate() {
        if count % TURN == TURN - 1 {
            tokio::task::yield_now().await;
        }
        let recent = selected.recent.contains(message.stored.uid);
        match judge(&login.live, &program, &message, recent).await {
            Ok(true) => found.add(seq, &message, command.numbering),
            Ok(false) => {}
            Err(StoreError::Corrupt(_) | StoreError::Missing(_)) => found.unreadable = true,
            Err(error) => return Err(error.into()),
        }
    }
    session.enabled.condstore |= program.asks_modseq();
    Ok((found, program.asks_modseq()))
}

impl Found {
    fn add(&mut self, seq: u32, message: &Message, numbering: Numbering) {
        let (uid, modseq) = (message.stored.uid, message.marks.modseq);
        if self.uids.is_empty() {
            self.first_modseq = modseq;
        }
        self.last_modseq = modseq;
        self.highest_modseq = self.highest_modseq.max(modseq);
        self.uids.insert(uid);
        self.numbers.insert(match numbering {
            Numbering::Sequence => seq,
            Numbering::Uid => uid,
        });
    }

    /// The highest MODSEQ among what is returned: RFC 4731 section 3.2.
    fn modseq(&self, ret: &SearchReturn) -> u64 {
        if ret.all || ret.count || !(ret.min || ret.max) {
            return self.highest_modseq;
        }
        let min = if ret.min { self.first_modseq } else { 0 };
        let max = if ret.max { self.last_modseq } else { 0 };
        min.max(max)
    }
}

/// Judges a message, reading no more of it than is needed.
async fn judge(
    live: &LiveAccount,
    program: &Program,
    message: &Message,
    recent: bool,
) -> Result<bool, StoreError> {
    if let Some(holds) = program.holds(message, recent, Known::Nothing) {
        return Ok(holds);
    }
    let body = &message.stored.body;
    let path = SectionPath {
        part: Vec::new(),
        text: SectionText::Header,
    };
    let header = match live.summary(body).await?.section(&path) {
        Located::Range(range) => range,
        _ => 0..body.len,
    };
    let octets = live.read(body, header).await?;
    let holds = heavy(octets.len(), || {
        let parsed = postern_message::Message::parse(&octets);
        program.holds(message, recent, Known::Header(&parsed))
    });
    tokio::task::yield_now().await;
    if let Some(holds) = holds {
        return Ok(holds);
    }
    let octets = live.read_all(body).await?;
    Ok(heavy(octets.len(), || {
        let parsed = postern_message::Message::parse(&octets);
        let holds = program.holds(message, recent, Known::Whole(&parsed));
        holds.unwrap_or(false)
    }))
}

fn answer(
    session: &mut Session,
    tag: &Tag,
    command: &SearchCommand,
    (found, asks_modseq): &(Found, bool),
) -> Result<(), Failure> {
    let tells_modseq = *asks_modseq && !found.uids.is_empty();
    let out = &mut session.io.out;
    let ret = match command.ret {
        None if !session.enabled.rev2 => {
            let modseq = tells_modseq.then_some(found.highest_modseq);
            response::search(out, found.numbers.iter(), modseq);
            return Ok(());
        }
        None => SearchReturn {
            all: true,
            ..SearchReturn::default()
        },
        Some(ret) => ret,
    };
    if ret.save {
        // What comes to NO keeps nothing: RFC 5182 section 2.1.
        session.selected()?.1.saved = match found.unreadable {
            true => UidSet::default(),
            false => saved(&ret, &found.uids),
        };
    }
    let only_save = ret.save && !(ret.min || ret.max || ret.all || ret.count);
    if only_save {
        return Ok(());
    }
    let numbers = &found.numbers;
    let all = ret.all || !(ret.min || ret.max || ret.count);
    let result = SearchResult {
        min: numbers.first().filter(|_| ret.min),
        max: numbers.last().filter(|_| ret.max),
        all: all.then_some(numbers),
        count: ret
            .count
            .then(|| u32::try_from(numbers.len()).unwrap_or(u32::MAX)),
        modseq: tells_modseq.then(|| found.modseq(&ret)),
    };
    let uid = command.numbering == Numbering::Uid;
    response::esearch(&mut session.io.out, Some(tag), uid, &result);
    Ok(())
}

/// What SAVE keeps: RFC 5182 section 2.4. With MIN or MAX alone, just those.
fn saved(ret: &SearchReturn, uids: &UidSet) -> UidSet {
    if ret.all || ret.count || !(ret.min || ret.max) {
        return uids.clone();
    }
    let min = uids.first().filter(|_| ret.min);
    let max = uids.last().filter(|_| ret.max);
    min.into_iter().chain(max).collect()
}
