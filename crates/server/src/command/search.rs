//! SEARCH: RFC 9051 section 6.4.4, RFC 4731, RFC 5182, RFC 7162 section 3.1.5,
//! RFC 5032, RFC 6855 section 3, RFC 9394, RFC 5466, RFC 6203, RFC 9738.

use crate::live::{LiveAccount, heavy, now_millis};
use crate::message_limit::{Cut, Left};
use crate::reply::{Failure, Outcome, Reply};
use crate::session::{Io, Progress, Session, State, Updating};
use crate::uidonly;
use bytes::Bytes;
use postern_account::filters;
use postern_account::frozen::freeze;
use postern_account::search::{Context, Known, Program};
use postern_account::{Body, Message, View};
use postern_imap::command::{Numbering, Tag};
use postern_imap::response::{self, Code, Condition, SearchResult};
use postern_imap::search::{PartialRange, SearchCommand, SearchKey, SearchReturn};
use postern_imap::sequence::UidSet;
use postern_message::{Collation, Located, SectionPath, SectionText};
use postern_store::StoreError;
use std::borrow::Cow;
use std::collections::HashMap;
use std::ops::Range;

/// Messages judged before other sessions get their turn on this thread.
pub(super) const TURN: usize = 64;

/// The messages found.
#[derive(Default)]
pub(super) struct Found {
    pub(super) uids: UidSet,
    numbers: UidSet,
    /// The key asks for MODSEQ.
    pub(super) asks_modseq: bool,
    /// Messages whose octets could not be read.
    pub(super) unreadable: bool,
    /// Messages that were not looked at.
    pub(super) left: Option<Left>,
    /// By UID, where they are wanted.
    relevancies: HashMap<u32, u8>,
}

/// What to look for, of SEARCH, SORT and THREAD.
#[derive(Clone, Copy)]
pub(super) struct Criteria<'a> {
    pub(super) numbering: Numbering,
    pub(super) charset: Option<&'a str>,
    pub(super) collation: Collation,
    pub(super) key: &'a SearchKey,
    /// Relevancies are wanted.
    pub(super) relevancy: bool,
    /// A part of the messages is of no use.
    pub(super) all: bool,
}

impl Criteria<'_> {
    /// RFC 6203 sections 4 and 6: without FUZZY nothing is more relevant.
    pub(super) fn check(&self) -> Result<(), Failure> {
        let fuzzy = |key: &SearchKey| matches!(key, SearchKey::Fuzzy(_));
        match self.relevancy && !self.key.any(fuzzy) {
            true => Err(Reply::bad("RELEVANCY goes with FUZZY only").into()),
            false => Ok(()),
        }
    }
}

/// A key with stored filters in place of their names.
pub(super) struct Expanded<'a> {
    pub(super) key: Cow<'a, SearchKey>,
}

impl Expanded<'_> {
    /// The charset of its strings. With filters all is UTF-8, of which US-ASCII is a part: RFC
    /// 5466 section 3.1.
    pub(super) fn charset<'c>(&self, charset: Option<&'c str>) -> Option<&'c str> {
        charset.filter(|_| matches!(self.key, Cow::Borrowed(_)))
    }
}

/// Puts in the filters that a key names, if it names any.
pub(super) fn expand<'a>(
    session: &Session,
    key: &'a SearchKey,
    charset: Option<&str>,
) -> Result<Expanded<'a>, Failure> {
    if !key.any(|key| matches!(key, SearchKey::Filter(_))) {
        let key = Cow::Borrowed(key);
        return Ok(Expanded { key });
    }
    if charset.is_some_and(|charset| !matches!(charset, "UTF-8" | "US-ASCII")) {
        let code = Code::BadCharset(vec!["UTF-8", "US-ASCII"]);
        let reply = Reply::bad("Filters are in UTF-8, so all must be");
        let code = Some(code);
        return Err(Reply { code, ..reply }.into());
    }
    let account = session.login()?.live.account();
    let key = filters::expand(key, account.metadata())?;
    if session.enabled.uidonly && uidonly::has_sequence_set(&key) {
        let reply = Reply::bad("With UIDONLY messages have UIDs only");
        let code = Some(Code::UidRequired);
        return Err(Reply { code, ..reply }.into());
    }
    let key = Cow::Owned(key);
    Ok(Expanded { key })
}

pub(super) async fn run(session: &mut Session, tag: &Tag, command: &SearchCommand) -> Outcome {
    if session.enabled.utf8 && command.charset.is_some() {
        return Ok(Reply::bad(
            "With UTF8=ACCEPT all is UTF-8: leave out CHARSET",
        ));
    }
    let save = command.ret.is_some_and(|ret| ret.save);
    let update = asks_update(session, tag, command.ret)?;
    let key = expand(session, &command.key, command.charset.as_deref())?;
    let criteria = Criteria {
        numbering: command.numbering,
        charset: key.charset(command.charset.as_deref()),
        collation: session.enabled.collation,
        key: &key.key,
        relevancy: command.ret.is_some_and(|ret| ret.relevancy),
        all: false,
    };
    criteria.check()?;
    let frozen = match update {
        true => freeze_now(session, criteria.key)?,
        false => None,
    };
    let (view, found) = find(session, criteria, save).await?;
    answer(session, tag, command, (&view, &found))?;
    if let Some(key) = frozen.filter(|_| !found.unreadable) {
        let search = Updating {
            tag: tag.clone(),
            numbering: command.numbering,
            charset: criteria.charset.map(str::to_owned),
            collation: criteria.collation,
            key,
            results: found.uids.clone(),
            judged: view.point().flags,
            sorting: None,
        };
        // Of a part of the messages nobody could say what an update means.
        if found.left.is_some() || !session.selected()?.update(search) {
            refuse_updates(session, tag);
        }
    }
    Ok(session.tell_left(found.left, found.reply("Search done")))
}

/// The key as it is to be asked again: RFC 5267 section 4.3.
pub(super) fn freeze_now(
    session: &mut Session,
    key: &SearchKey,
) -> Result<Option<SearchKey>, Failure> {
    let view = session.view()?;
    Ok(freeze(key, &view, &session.selected()?.saved))
}

/// Whether the results are to be kept up to date; BAD, if others are under this tag (RFC 5267
/// section 4.3).
pub(super) fn asks_update(
    session: &mut Session,
    tag: &Tag,
    ret: Option<SearchReturn>,
) -> Result<bool, Failure> {
    let update = ret.is_some_and(|ret| ret.update);
    if update && session.selected()?.updates_under(tag) {
        return Err(Reply::bad("Another search is kept up to date under this tag").into());
    }
    Ok(update)
}

/// RFC 5267 section 4.3.1.
pub(super) fn refuse_updates(session: &mut Session, tag: &Tag) {
    let code = Code::NoUpdate(tag.clone());
    session.untagged(
        Condition::No,
        Some(&code),
        "The results are not kept up to date",
    );
}

/// Finds the messages, in a view that goes with them. `save`: the result is to be saved, so a NO
/// empties what was saved (RFC 5182 section 2.1).
pub(super) async fn find(
    session: &mut Session,
    criteria: Criteria<'_>,
    save: bool,
) -> Result<(View, Found), Failure> {
    let found = judge_all(session, criteria).await;
    if let Err(Failure::Reply(reply)) = &found
        && save
        && reply.condition == Condition::No
    {
        session.selected()?.saved = UidSet::default();
    }
    found
}

async fn judge_all(
    session: &mut Session,
    criteria: Criteria<'_>,
) -> Result<(View, Found), Failure> {
    let view = session.view()?;
    let limit = session.message_limit();
    let Session {
        state: State::Selected(_, selected),
        io,
        progress,
        ..
    } = session
    else {
        return Err(Reply::bad("Select a mailbox first").into());
    };
    let place = Searched {
        live: &selected.live,
        view: &view,
        saved: &selected.saved,
        recent: &selected.recent,
        lenient: false,
        limit,
    };
    let goal = view.exists() as usize;
    let found = judge_place(io, progress, place, criteria, 0..goal).await?;
    session.enabled.condstore |= found.asks_modseq;
    Ok((view, found))
}

/// A mailbox that is searched.
#[derive(Clone, Copy)]
pub(super) struct Searched<'a> {
    pub(super) live: &'a LiveAccount,
    pub(super) view: &'a View,
    /// What `$` means there.
    pub(super) saved: &'a UidSet,
    pub(super) recent: &'a UidSet,
    /// Sequence numbers beyond the last message are no error.
    pub(super) lenient: bool,
    /// How many messages are looked at.
    pub(super) limit: Option<u32>,
}

/// Judges all messages of a mailbox. `done`: how many of the command's messages were judged
/// before, and how many there are.
pub(super) async fn judge_place(
    io: &mut Io,
    progress: &mut Option<Progress>,
    place: Searched<'_>,
    criteria: Criteria<'_>,
    done: Range<usize>,
) -> Result<Found, Failure> {
    let Searched { live, view, .. } = place;
    let context = Context {
        view,
        saved: place.saved,
        charset: criteria.charset,
        collation: criteria.collation,
        lenient: place.lenient,
        now: now_millis().div_euclid(1000),
    };
    let program = Program::compile(criteria.key, context)?;
    let scope = program.scope();
    let scope = scope.unwrap_or_else(|| UidSet::range(1, u32::MAX));
    let cut = Cut::new(view, scope, place.limit);
    if let Some(left) = cut.left.filter(|_| criteria.all) {
        return Err(left.refusal_of_all("Too many messages to order").into());
    }
    let mut found = Found {
        asks_modseq: program.asks_modseq(),
        left: cut.left,
        ..Found::default()
    };
    for (count, (seq, message)) in view.messages(&cut.uids).enumerate() {
        if count % TURN == TURN - 1 {
            tokio::task::yield_now().await;
        }
        if let Some(progress) = progress {
            progress.tell(io, done.start + count, done.end).await?;
        }
        let recent = place.recent.contains(message.stored.uid);
        match judge(live, &program, &message, recent).await {
            Ok(true) => {
                found.add(seq, &message, criteria.numbering);
                if criteria.relevancy {
                    let relevancy = relevancy(live, &program, &message, recent).await?;
                    found.relevancies.insert(message.stored.uid, relevancy);
                }
            }
            Ok(false) => {}
            Err(StoreError::Corrupt(_) | StoreError::Missing(_)) => found.unreadable = true,
            Err(error) => return Err(error.into()),
        }
    }
    Ok(found)
}

impl Found {
    fn add(&mut self, seq: u32, message: &Message, numbering: Numbering) {
        let uid = message.stored.uid;
        self.uids.insert(uid);
        self.numbers.insert(match numbering {
            Numbering::Sequence => seq,
            Numbering::Uid => uid,
        });
    }

    /// The highest MODSEQ among what is returned, if the key asks for it: RFC 4731 section 3.2,
    /// RFC 7162 sections 3.1.5 and 3.1.9.
    pub(super) fn modseq(&self, view: &View, returned: &UidSet) -> Option<u64> {
        let messages = view.messages(returned).filter(|_| self.asks_modseq);
        messages.map(|(_, message)| message.marks.modseq).max()
    }

    /// Saves for `$`. What comes to NO keeps nothing: RFC 5182 section 2.1.
    pub(super) fn save(&self, session: &mut Session, returned: UidSet) -> Result<(), Failure> {
        session.selected()?.saved = match self.unreadable {
            true => UidSet::default(),
            false => returned,
        };
        Ok(())
    }

    pub(super) fn relevancy_of(&self, uid: u32) -> u8 {
        self.relevancies.get(&uid).copied().unwrap_or(1)
    }

    /// In the order of these UIDs.
    pub(super) fn relevancies<'a>(&self, uids: impl IntoIterator<Item = &'a u32>) -> Vec<u8> {
        let uids = uids.into_iter();
        uids.map(|uid| self.relevancy_of(*uid)).collect()
    }

    pub(super) fn reply(&self, done: &'static str) -> Reply {
        Self::reply_to(self.unreadable, done)
    }

    pub(super) fn reply_to(unreadable: bool, done: &'static str) -> Reply {
        match unreadable {
            true => Reply::no(Code::Corruption, "Some messages could not be read"),
            false => Reply::ok(done),
        }
    }
}

/// Judges a message, reading no more of it than is needed.
pub(crate) async fn judge(
    live: &LiveAccount,
    program: &Program,
    message: &Message,
    recent: bool,
) -> Result<bool, StoreError> {
    if let Some(holds) = program.holds(message, recent, Known::Nothing) {
        return Ok(holds);
    }
    let body = &message.stored.body;
    let octets = read_header(live, body).await?;
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

async fn read_header(live: &LiveAccount, body: &Body) -> Result<Bytes, StoreError> {
    let path = SectionPath {
        part: Vec::new(),
        text: SectionText::Header,
    };
    let header = match live.summary(body).await?.section(&path) {
        Located::Range(range) => range,
        _ => 0..body.len,
    };
    live.read(body, header).await
}

/// How well a message that was found matches.
async fn relevancy(
    live: &LiveAccount,
    program: &Program,
    message: &Message,
    recent: bool,
) -> Result<u8, StoreError> {
    let body = &message.stored.body;
    let octets = match program.needs_body() {
        true => live.read_all(body).await?,
        false => read_header(live, body).await?,
    };
    Ok(heavy(octets.len(), || {
        let parsed = postern_message::Message::parse(&octets);
        let known = match program.needs_body() {
            true => Known::Whole(&parsed),
            false => Known::Header(&parsed),
        };
        program.relevancy(message, recent, known)
    }))
}

fn answer(
    session: &mut Session,
    tag: &Tag,
    command: &SearchCommand,
    (view, found): (&View, &Found),
) -> Result<(), Failure> {
    let ret = match command.ret {
        None if !session.enabled.rev2 => {
            let modseq = found.modseq(view, &found.uids);
            response::search(&mut session.io.out, found.numbers.iter(), modseq);
            return Ok(());
        }
        None => SearchReturn {
            all: true,
            ..SearchReturn::default()
        },
        Some(ret) => ret,
    };
    if ret.save {
        found.save(session, returned(&ret, &found.uids))?;
    }
    let uid = command.numbering == Numbering::Uid;
    let out = &mut session.io.out;
    found.tell(&ret, view, |result| {
        response::esearch(out, Some(tag), uid, result)
    });
    Ok(())
}

impl Found {
    /// Writes what return options ask for, if that is anything.
    pub(super) fn tell(
        &self,
        ret: &SearchReturn,
        view: &View,
        write: impl FnOnce(&SearchResult<'_>),
    ) {
        let numbers = &self.numbers;
        let asked = Asked::of(ret);
        if asked.nothing {
            return;
        }
        let modseq = self.modseq(view, &returned(ret, &self.uids));
        let partial = ret.partial.map(|range| (range, at_places(numbers, range)));
        let scores = ret.relevancy.then(|| match ret.partial {
            Some(range) => self.relevancies(&at_places(&self.uids, range)),
            None => self.relevancies(&self.uids.iter().collect::<Vec<_>>()),
        });
        let result = SearchResult {
            min: numbers.first().filter(|_| ret.min),
            max: numbers.last().filter(|_| ret.max),
            all: asked.all.then_some(numbers),
            sorted: None,
            partial: partial
                .as_ref()
                .map(|(range, some)| (*range, some.as_slice())),
            count: ret
                .count
                .then(|| u32::try_from(numbers.len()).unwrap_or(u32::MAX)),
            modseq,
            relevancy: scores.as_deref(),
        };
        write(&result);
    }
}

/// What return options come to.
pub(super) struct Asked {
    /// All numbers are told.
    pub(super) all: bool,
    /// SAVE alone: there is no ESEARCH response.
    pub(super) nothing: bool,
}

impl Asked {
    pub(super) fn of(ret: &SearchReturn) -> Self {
        let some = ret.min || ret.max || ret.count || ret.partial.is_some() || ret.relevancy;
        let context = ret.update || ret.context;
        Self {
            all: ret.all || !(some || context || ret.save),
            nothing: ret.save && !(ret.all || some || context),
        }
    }
}

/// The numbers at the places of a range.
pub(super) fn at_places(numbers: &UidSet, range: PartialRange) -> Vec<u32> {
    let count = usize::try_from(numbers.len()).unwrap_or(usize::MAX);
    let places = range.of(count);
    let skipped = numbers.iter().skip(places.start);
    skipped.take(places.len()).collect()
}

/// What is returned, and what SAVE keeps: RFC 5182 section 2.4, RFC 9394 section 3.2. With MIN,
/// MAX or PARTIAL alone, just those.
pub(super) fn returned(ret: &SearchReturn, uids: &UidSet) -> UidSet {
    let some = ret.min || ret.max || ret.partial.is_some();
    if ret.all || ret.count || !some {
        return uids.clone();
    }
    let min = uids.first().filter(|_| ret.min);
    let max = uids.last().filter(|_| ret.max);
    let partial = ret.partial.map(|range| at_places(uids, range));
    let single = min.into_iter().chain(max);
    let kept = single.chain(partial.into_iter().flatten());
    UidSet::from_ranges(kept.map(|uid| (uid, uid)))
}
