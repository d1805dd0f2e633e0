//! ESEARCH: RFC 7377.

use super::search::{self, Criteria, Found, Searched};
use crate::message_limit::refuse_over;
use crate::place::Place;
use crate::reply::{Failure, Outcome, Reply};
use crate::session::{Session, State};
use postern_account::acl::Rights;
use postern_account::{Account, Mailbox, MailboxId, Point, View};
use postern_imap::command::{Numbering, Tag};
use postern_imap::mailbox::MailboxName;
use postern_imap::multisearch::{MultiSearch, Source};
use postern_imap::response;
use postern_imap::search::SearchReturn;
use postern_imap::sequence::UidSet;
use postern_store::AccountId;
use std::collections::HashSet;
use std::sync::Arc;

/// A mailbox to search, under the name by which the client knows it.
struct Target {
    place: Place,
    name: String,
    mailbox: Arc<Mailbox>,
}

pub(super) async fn run(session: &mut Session, tag: &Tag, command: &MultiSearch) -> Outcome {
    let search = &command.search;
    if session.enabled.utf8 && search.charset.is_some() {
        return Ok(Reply::bad(
            "With UTF8=ACCEPT all is UTF-8: leave out CHARSET",
        ));
    }
    let sources = command.sources.as_deref().unwrap_or(&[Source::Selected]);
    let ret = search.ret.unwrap_or_default();
    check(session, sources, &ret)?;
    let key = search::expand(session, &search.key, search.charset.as_deref())?;
    let criteria = Criteria {
        numbering: Numbering::Uid,
        charset: key.charset(search.charset.as_deref()),
        collation: session.enabled.collation,
        key: &key.key,
        relevancy: ret.relevancy,
        all: false,
    };
    criteria.check()?;
    let targets = targets(session, sources).await?;
    let unreadable = search_all(session, tag, criteria, &ret, targets).await?;
    if ret.update {
        search::refuse_updates(session, tag);
    }
    Ok(Found::reply_to(unreadable, "Search done"))
}

/// Section 2.2: what needs a selected mailbox, and that alone.
fn check(session: &Session, sources: &[Source], ret: &SearchReturn) -> Result<(), Failure> {
    let selected = matches!(session.state, State::Selected(..));
    if !selected && (sources.contains(&Source::Selected) || ret.update) {
        return Err(Reply::bad("Select a mailbox first").into());
    }
    if ret.save && sources.iter().any(|source| *source != Source::Selected) {
        return Err(Reply::bad("SAVE goes with the selected mailbox only").into());
    }
    Ok(())
}

/// Searches mailbox after mailbox, and tells of each that has something. True: there was
/// something that could not be read.
async fn search_all(
    session: &mut Session,
    tag: &Tag,
    criteria: Criteria<'_>,
    ret: &SearchReturn,
    targets: Vec<Target>,
) -> Result<bool, Failure> {
    let limit = session.shared.settings.limits.output;
    let encoding = session.encoding();
    let goal = targets.iter().map(|target| target.mailbox.len() as usize);
    let goal: usize = goal.sum();
    // Of several mailboxes there is no lowest UID to go on from.
    refuse_over(session.message_limit(), goal)?;
    let (mut done, mut unreadable) = (0, false);
    for target in targets {
        let (view, found) = search_one(session, &target, criteria, done..goal).await?;
        done += target.mailbox.len() as usize;
        unreadable |= found.unreadable;
        session.enabled.condstore |= found.asks_modseq;
        if ret.save {
            found.save(session, search::returned(ret, &found.uids))?;
        }
        if !found.uids.is_empty() {
            let (out, mailbox) = (&mut session.io.out, (target.name.as_str(), encoding));
            let validity = target.mailbox.uid_validity();
            found.tell(ret, &view, |result| {
                response::esearch_in(out, tag, mailbox, validity, result);
            });
            session.io.flush_over(limit).await?;
        }
        // Thousands of mailboxes may have few messages each.
        tokio::task::yield_now().await;
    }
    Ok(unreadable)
}

/// The selected mailbox is searched as the session knows it, others as they are.
async fn search_one(
    session: &mut Session,
    target: &Target,
    criteria: Criteria<'_>,
    done: std::ops::Range<usize>,
) -> Result<(View, Found), Failure> {
    let own = session.is_selected(&target.place.live, target.mailbox.id());
    let view = match own {
        true => session.view()?,
        false => View::new(Arc::clone(&target.mailbox), Point::of(&target.mailbox)),
    };
    let none = UidSet::default();
    let Session {
        state,
        io,
        progress,
        ..
    } = session;
    let (saved, recent) = match state {
        State::Selected(_, selected) if own => (&selected.saved, &selected.recent),
        _ => (&none, &none),
    };
    let place = Searched {
        live: &target.place.live,
        view: &view,
        saved,
        recent,
        lenient: true,
        limit: None,
    };
    let found = search::judge_place(io, progress, place, criteria, done).await?;
    Ok((view, found))
}

/// Collects mailboxes, each once. What is not there, or not for this user, is passed over.
struct Targets<'a> {
    session: &'a Session,
    found: Vec<Target>,
    known: HashSet<(AccountId, MailboxId)>,
    /// Names whose trees were looked through: each costs as much as it has mailboxes below it.
    trees: HashSet<(AccountId, MailboxName, bool)>,
}

async fn targets(session: &Session, sources: &[Source]) -> Result<Vec<Target>, Failure> {
    let mut targets = Targets {
        session,
        found: Vec::new(),
        known: HashSet::new(),
        trees: HashSet::new(),
    };
    for (place, source) in sources.iter().enumerate() {
        let lists = matches!(
            source,
            Source::Subtree(_) | Source::SubtreeOne(_) | Source::Mailboxes(_)
        );
        if lists || !sources.iter().take(place).any(|before| before == source) {
            targets.add_source(source).await?;
        }
    }
    Ok(targets.found)
}

impl Targets<'_> {
    async fn add_source(&mut self, source: &Source) -> Result<(), Failure> {
        match source {
            Source::Selected => self.add_selected(),
            // Mail can be delivered to any mailbox of one's own.
            Source::Inboxes | Source::Personal => {
                let account = self.session.login()?.live.account();
                self.add_all(account.mailboxes().map(|mailbox| mailbox.name().to_owned()))
                    .await
            }
            Source::Subscribed => {
                let account = self.session.login()?.live.account();
                self.add_all(account.subscriptions().map(str::to_owned))
                    .await
            }
            Source::Mailboxes(names) => {
                let encoding = self.session.encoding();
                let names = names.iter().filter_map(|name| name.decode(encoding).ok());
                self.add_all(names.map(|name| name.as_str().to_owned()))
                    .await
            }
            Source::Subtree(names) => self.add_trees(names, false).await,
            Source::SubtreeOne(names) => self.add_trees(names, true).await,
        }
    }

    fn add_selected(&mut self) -> Result<(), Failure> {
        let State::Selected(_, selected) = &self.session.state else {
            return Ok(());
        };
        let mailbox = selected.live.mailbox_by_id(selected.mailbox());
        let mailbox = mailbox.ok_or(Failure::Bye("The selected mailbox was deleted"))?;
        let name = MailboxName::new(mailbox.name())?;
        let place = Place::of(Arc::clone(&selected.live), name);
        self.push(place.shown(), place, mailbox);
        Ok(())
    }

    async fn add_trees(
        &mut self,
        names: &[postern_imap::mailbox::MailboxArg],
        one: bool,
    ) -> Result<(), Failure> {
        for name in names {
            let Ok(top) = name.decode(self.session.encoding()) else {
                continue;
            };
            let Ok(place) = self.session.place_named(top.clone()).await else {
                continue;
            };
            let tree = (place.live.id(), place.name.clone(), one);
            if !self.trees.insert(tree) {
                continue;
            }
            let account = place.live.account();
            let below = below(&account, place.name.as_str(), one);
            let below = below.into_iter().map(|rest| format!("{top}{rest}"));
            self.add_all(std::iter::once(top.to_string()).chain(below))
                .await?;
        }
        Ok(())
    }

    async fn add_all(&mut self, names: impl Iterator<Item = String>) -> Result<(), Failure> {
        for name in names {
            self.add(name).await?;
            // There may be many thousands.
            tokio::task::coop::consume_budget().await;
        }
        Ok(())
    }

    async fn add(&mut self, name: String) -> Result<(), Failure> {
        let Ok(decoded) = MailboxName::new(&name) else {
            return Ok(());
        };
        let place = match self.session.place_named(decoded).await {
            Ok(place) => place,
            Err(Failure::Reply(_)) => return Ok(()),
            Err(failure) => return Err(failure),
        };
        let Ok(mailbox) = place.permitted_any(Rights::READ) else {
            return Ok(());
        };
        self.push(name, place, mailbox);
        Ok(())
    }

    fn push(&mut self, name: String, place: Place, mailbox: Arc<Mailbox>) {
        let account = place.live.id();
        if self.known.insert((account, mailbox.id())) {
            self.found.push(Target {
                place,
                name,
                mailbox,
            });
        }
    }
}

/// What follows `top` in the names of the mailboxes below it.
fn below(account: &Account, top: &str, one: bool) -> Vec<String> {
    let rest = account
        .below(top)
        .filter_map(|mailbox| mailbox.name().strip_prefix(top));
    let near = |rest: &&str| !one || rest.matches('/').count() == 1;
    rest.filter(near).map(str::to_owned).collect()
}
