//! SORT: RFC 5256, RFC 5957, RFC 5267 sections 3 and 4.3, RFC 7162 section 3.1.9.

use super::search::{self, Asked, Criteria, Found, TURN};
use crate::live::LiveAccount;
use crate::reply::{Failure, Outcome, Reply};
use crate::session::{Session, Sorting, Updating};
use postern_account::context::Sorted;
use postern_account::sort::{Criteria as SortCriteria, Details, Row, Sorter};
use postern_account::{Message, View};
use postern_imap::command::{Numbering, Tag};
use postern_imap::response::{self, Code, SearchResult};
use postern_imap::search::SearchReturn;
use postern_imap::sequence::UidSet;
use postern_imap::sort::SortCommand;
use postern_message::{Collation, SortKeys};
use postern_store::StoreError;

/// Sorted results that are kept up to date, four octets each: more are sorted and told, but not
/// kept.
const MOST_SORTED: usize = 500_000;

pub(super) async fn run(session: &mut Session, tag: &Tag, command: &SortCommand) -> Outcome {
    let save = command.ret.is_some_and(|ret| ret.save);
    let update = search::asks_update(session, tag, command.ret)?;
    check_charset(&command.charset)?;
    let by = SortCriteria::new(&command.criteria);
    let told = command.ret.is_some_and(|ret| ret.relevancy);
    let key = search::expand(session, &command.key, Some(&command.charset))?;
    let criteria = Criteria {
        numbering: Numbering::Uid,
        charset: key.charset(Some(&command.charset)),
        collation: session.enabled.collation,
        key: &key.key,
        relevancy: told || by.need_relevancy(),
        all: true,
    };
    criteria.check()?;
    let frozen = match update {
        true => search::freeze_now(session, criteria.key)?,
        false => None,
    };
    let (view, mut found) = search::find(session, criteria, save).await?;
    let uids = sorted(session, (&by, criteria.collation), &view, &mut found).await?;
    answer(session, tag, command, (&view, &found), &uids)?;
    if let Some(key) = frozen.filter(|_| !found.unreadable) {
        // A relevancy is not kept, and takes a whole message to find.
        let kept = uids.len() <= MOST_SORTED && !by.need_relevancy();
        let charset = criteria.charset.map(str::to_owned);
        let sorting = kept.then(|| Sorting {
            by,
            collation: criteria.collation,
            results: Sorted::new(uids),
        });
        let search = Updating {
            tag: tag.clone(),
            numbering: command.numbering,
            charset,
            collation: criteria.collation,
            key,
            results: found.uids.clone(),
            judged: view.point().flags,
            sorting,
        };
        if search.sorting.is_none() || !session.selected()?.update(search) {
            search::refuse_updates(session, tag);
        }
    }
    Ok(found.reply("Sort done"))
}

/// A charset that is not known is refused even where no string is in it: SORT and THREAD must
/// name one.
pub(super) fn check_charset(charset: &str) -> Result<(), Failure> {
    match postern_message::decode_charset(charset, b"") {
        Some(_) => Ok(()),
        None => Err(postern_account::search::SearchError::BadCharset.into()),
    }
}

/// The UIDs of what was found, in order.
async fn sorted(
    session: &mut Session,
    by: (&SortCriteria, Collation),
    view: &View,
    found: &mut Found,
) -> Result<Vec<u32>, Failure> {
    let live = session.selected()?.live.clone();
    let mut sorter = Sorter::new(by.0.clone());
    for (count, (_, message)) in view.messages(&found.uids).enumerate() {
        if count % TURN == TURN - 1 {
            tokio::task::yield_now().await;
        }
        let relevancy = found.relevancy_of(message.stored.uid);
        sorter.add(row_of(&live, by, &message, relevancy, &mut found.unreadable).await?);
    }
    off_the_session(move || sorter.finish()).await
}

/// What the criteria compare of a message, under its UID.
pub(crate) async fn row_of(
    live: &LiveAccount,
    (by, collation): (&SortCriteria, Collation),
    message: &Message,
    relevancy: u8,
    unreadable: &mut bool,
) -> Result<Row, Failure> {
    let uid = message.stored.uid;
    if !by.need_details() {
        return Ok(by.row(uid, message, None, relevancy));
    }
    let header = header_of(live, message, collation, unreadable).await?;
    Ok(by.row(uid, message, Some(header.details()), relevancy))
}

/// What SORT and THREAD know of a message's header.
#[derive(Default)]
pub(super) struct Header {
    keys: SortKeys,
    sent: Option<i64>,
}

impl Header {
    pub(super) fn details(&self) -> Details<'_> {
        Details {
            keys: &self.keys,
            sent: self.sent,
        }
    }
}

/// What is kept of a message's header; nothing, if that cannot be read.
pub(super) async fn header_of(
    live: &LiveAccount,
    message: &Message,
    collation: Collation,
    unreadable: &mut bool,
) -> Result<Header, Failure> {
    match live.sort_keys(&message.stored.body, collation).await {
        Ok((keys, sent)) => Ok(Header { keys, sent }),
        Err(StoreError::Corrupt(_) | StoreError::Missing(_)) => {
            *unreadable = true;
            Ok(Header::default())
        }
        Err(error) => Err(error.into()),
    }
}

/// Does what takes a while for many messages, and lets other sessions go on.
pub(super) async fn off_the_session<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Failure> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|_| Reply::no(Code::ServerBug, "The server made a mistake").into())
}

fn answer(
    session: &mut Session,
    tag: &Tag,
    command: &SortCommand,
    (view, found): (&View, &Found),
    uids: &[u32],
) -> Result<(), Failure> {
    let number = |uid: &u32| match command.numbering {
        Numbering::Sequence => view.seq_of(*uid),
        Numbering::Uid => *uid,
    };
    let numbers: Vec<u32> = uids.iter().map(number).collect();
    let Some(ret) = command.ret else {
        let modseq = found.modseq(view, &found.uids);
        response::sort(&mut session.io.out, numbers, modseq);
        return Ok(());
    };
    let returned = returned(&ret, uids);
    let modseq = found.modseq(view, &returned);
    if ret.save {
        found.save(session, returned)?;
    }
    let asked = Asked::of(&ret);
    if asked.nothing {
        return Ok(());
    }
    let scores = ret.relevancy.then(|| match ret.partial {
        Some(range) => found.relevancies(uids.get(range.of(uids.len())).unwrap_or_default()),
        None => found.relevancies(uids),
    });
    let partial = ret.partial.map(|range| {
        let some = numbers.get(range.of(numbers.len()));
        (range, some.unwrap_or_default())
    });
    let result = SearchResult {
        min: numbers.first().copied().filter(|_| ret.min),
        max: numbers.last().copied().filter(|_| ret.max),
        sorted: asked.all.then_some(&numbers),
        partial,
        count: ret
            .count
            .then(|| u32::try_from(numbers.len()).unwrap_or(u32::MAX)),
        modseq,
        relevancy: scores.as_deref(),
        ..SearchResult::default()
    };
    let uid = command.numbering == Numbering::Uid;
    response::esearch(&mut session.io.out, Some(tag), uid, &result);
    Ok(())
}

/// What is returned, and what SAVE keeps, as of SEARCH; the first and last are those of the
/// order.
fn returned(ret: &SearchReturn, uids: &[u32]) -> UidSet {
    let some = ret.min || ret.max || ret.partial.is_some();
    let mut kept = Vec::new();
    if ret.all || ret.count || !some {
        kept.extend_from_slice(uids);
    } else {
        kept.extend(uids.first().filter(|_| ret.min));
        kept.extend(uids.last().filter(|_| ret.max));
        let partial = ret.partial.and_then(|range| uids.get(range.of(uids.len())));
        kept.extend_from_slice(partial.unwrap_or_default());
    }
    UidSet::from_ranges(kept.into_iter().map(|uid| (uid, uid)))
}
