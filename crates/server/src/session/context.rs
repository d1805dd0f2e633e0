//! Searches whose results are kept up to date: RFC 5267 section 4.3.

use super::{Selected, Session, State};
use crate::command::{judge, row_of};
use crate::live::{LiveAccount, now_millis};
use crate::reply::Failure;
use postern_account::context::{Run, Sorted};
use postern_account::frozen::ages;
use postern_account::search::{Context as Against, Program};
use postern_account::sort::{Criteria, Row, Sorter};
use postern_account::{Message, View};
use postern_imap::command::{Numbering, Tag};
use postern_imap::response::{self, Update};
use postern_imap::search::SearchKey;
use postern_imap::sequence::UidSet;
use postern_message::Collation;
use postern_store::StoreError;
use std::collections::HashMap;

/// Updating searches of one session: the RFC asks for one, a client that shows several lists
/// has some.
const MOST: usize = 16;

/// A search with UPDATE.
pub(crate) struct Updating {
    /// The tag of the command, by which its updates are known.
    pub(crate) tag: Tag,
    pub(crate) numbering: Numbering,
    pub(crate) charset: Option<String>,
    pub(crate) collation: Collation,
    /// What is searched for, frozen.
    pub(crate) key: SearchKey,
    /// What the client knows to match, by UID.
    pub(crate) results: UidSet,
    /// The event up to which messages have been judged.
    pub(crate) judged: u64,
    /// Of SORT.
    pub(crate) sorting: Option<Sorting>,
}

/// The order of an updating search's results.
pub(crate) struct Sorting {
    pub(crate) by: Criteria,
    pub(crate) collation: Collation,
    pub(crate) results: Sorted,
}

impl Selected {
    /// Whether the tag is that of an updating search.
    pub(crate) fn updates_under(&self, tag: &Tag) -> bool {
        self.updating.iter().any(|search| search.tag == *tag)
    }

    /// Keeps a search up to date; false when there are too many.
    pub(crate) fn update(&mut self, search: Updating) -> bool {
        let room = self.updating.len() < MOST;
        if room {
            self.updating.push(search);
        }
        room
    }
}

impl Session {
    /// Tells which results are gone, before EXPUNGE shifts their numbers.
    pub(super) fn tell_removed(&mut self, view: &View) -> Result<(), Failure> {
        let State::Selected(_, selected) = &mut self.state else {
            return Ok(());
        };
        for search in &mut selected.updating {
            search.remove_ghosts(&mut self.io.out, view);
        }
        Ok(())
    }

    /// Judges what changed, and tells what of it comes to match or no longer matches. Called
    /// when the client has been told of the changes themselves.
    pub(crate) async fn tell_results(&mut self) -> Result<(), Failure> {
        let count = match &self.state {
            State::Selected(_, selected) => selected.updating.len(),
            _ => 0,
        };
        if count == 0 {
            return Ok(());
        }
        let view = self.view()?;
        for place in 0..count {
            self.judge_again(&view, place).await?;
        }
        Ok(())
    }

    async fn judge_again(&mut self, view: &View, place: usize) -> Result<(), Failure> {
        let selected = self.selected()?;
        let Some(search) = selected.updating.get(place) else {
            return Ok(());
        };
        let against = Against {
            view,
            saved: &UidSet::default(),
            charset: search.charset.as_deref(),
            collation: search.collation,
            lenient: false,
            now: now_millis().div_euclid(1000),
        };
        let Ok(program) = Program::compile(&search.key, against) else {
            return Ok(());
        };
        // Time alone changes what matches: then all messages are judged.
        let since = if ages(&search.key) { 0 } else { search.judged };
        let told = view.point();
        let changed = view.mailbox().changed_since(since);
        let mut added = Vec::new();
        let mut removed = Vec::new();
        for message in changed.filter(|m| m.stored.uid < told.uid_next) {
            let uid = message.stored.uid;
            let recent = selected.recent.contains(uid);
            let known = search.results.contains(uid);
            match judge(&selected.live, &program, &message, recent).await {
                Ok(true) if !known => added.push((uid, uid)),
                Ok(false) if known => removed.push((uid, uid)),
                // What cannot be read now stays as it is.
                Ok(_) | Err(StoreError::Corrupt(_) | StoreError::Missing(_)) => {}
                Err(error) => return Err(error.into()),
            }
        }
        let (added, removed) = (UidSet::from_ranges(added), UidSet::from_ranges(removed));
        let State::Selected(_, selected) = &mut self.state else {
            return Ok(());
        };
        if let Some(search) = selected.updating.get_mut(place) {
            let out = &mut self.io.out;
            // Only what is still there can be compared.
            search.remove_ghosts(out, view);
            search.remove(out, view, &removed);
            search.add(out, &selected.live, view, &added).await?;
            search.judged = told.flags;
        }
        Ok(())
    }
}

impl Updating {
    fn remove_ghosts(&mut self, out: &mut Vec<u8>, view: &View) {
        let gone = self.results.intersection(view.ghosts());
        self.remove(out, view, &gone);
    }

    fn remove(&mut self, out: &mut Vec<u8>, view: &View, gone: &UidSet) {
        if gone.is_empty() {
            return;
        }
        self.results = self.results.difference(gone);
        match self.sorting.as_mut() {
            Some(sorting) => {
                let runs = sorting.results.remove(gone);
                self.write_runs(out, view, Update::RemoveFrom, runs);
            }
            None => write(out, self, view, Update::RemoveFrom, gone),
        }
    }

    async fn add(
        &mut self,
        out: &mut Vec<u8>,
        live: &LiveAccount,
        view: &View,
        added: &UidSet,
    ) -> Result<(), Failure> {
        if added.is_empty() {
            return Ok(());
        }
        match self.sorting.as_mut() {
            Some(sorting) => {
                let places = sorting.places(live, view, added).await?;
                let runs = sorting.results.insert(&places);
                self.write_runs(out, view, Update::AddTo, runs);
            }
            None => write(out, self, view, Update::AddTo, added),
        }
        self.results = self.results.union(added);
        Ok(())
    }

    fn write_runs(&self, out: &mut Vec<u8>, view: &View, update: Update, mut runs: Vec<Run>) {
        let uid = self.numbering == Numbering::Uid;
        for number in runs.iter_mut().flat_map(|run| &mut run.uids) {
            if !uid {
                *number = view.seq_of(*number);
            }
        }
        let runs = runs.iter().map(|run| (run.position, run.uids.as_slice()));
        response::esearch_sorted_update(out, &self.tag, uid, update, runs);
    }
}

impl Sorting {
    /// Where messages belong among the results, in their order. Sort keys are not kept, for they
    /// take far more room than numbers: those that decide are read, each once.
    async fn places(
        &self,
        live: &LiveAccount,
        view: &View,
        added: &UidSet,
    ) -> Result<Vec<(usize, u32)>, Failure> {
        let mut known = HashMap::new();
        let mut sorter = Sorter::new(self.by.clone());
        for (_, message) in view.messages(added) {
            sorter.add(self.row(live, &message).await?);
        }
        let mut places = Vec::new();
        let mut from = 0;
        for row in sorter.finish_rows() {
            let mut to = self.results.len();
            while from < to {
                let middle = from.midpoint(to);
                let uid = self.results.at(middle).unwrap_or(0);
                if !known.contains_key(&uid)
                    && let Some(message) = view.mailbox().by_uid(uid)
                {
                    known.insert(uid, self.row(live, &message).await?);
                }
                let before = |other| self.by.compare(other, &row).is_lt();
                match known.get(&uid).is_some_and(before) {
                    true => from = middle + 1,
                    false => to = middle,
                }
            }
            places.push((from, row.number));
        }
        Ok(places)
    }

    async fn row(&self, live: &LiveAccount, message: &Message) -> Result<Row, Failure> {
        let mut unreadable = false;
        // As it was compared when it was sorted: as one whose header is empty.
        let row = row_of(
            live,
            (&self.by, self.collation),
            message,
            0,
            &mut unreadable,
        )
        .await?;
        tokio::task::yield_now().await;
        Ok(row)
    }
}

fn write(out: &mut Vec<u8>, search: &Updating, view: &View, update: Update, uids: &UidSet) {
    if uids.is_empty() {
        return;
    }
    let (uid, numbers) = match search.numbering {
        Numbering::Uid => (true, uids.clone()),
        Numbering::Sequence => (false, uids.iter().map(|uid| view.seq_of(uid)).collect()),
    };
    response::esearch_update(out, &search.tag, uid, update, &numbers);
}
