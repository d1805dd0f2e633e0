//! Searches whose results are kept up to date: RFC 5267 section 4.3.

use super::{Selected, Session, State};
use crate::command::judge;
use crate::live::now_millis;
use crate::reply::Failure;
use postern_account::View;
use postern_account::frozen::ages;
use postern_account::search::{Context as Against, Program};
use postern_imap::command::{Numbering, Tag};
use postern_imap::response::{self, Update};
use postern_imap::search::SearchKey;
use postern_imap::sequence::UidSet;
use postern_store::StoreError;

/// Updating searches of one session: the RFC asks for one, a client that shows several lists
/// has some.
const MOST: usize = 16;

/// A search with UPDATE.
pub(crate) struct Updating {
    /// The tag of the command, by which its updates are known.
    pub(crate) tag: Tag,
    pub(crate) numbering: Numbering,
    pub(crate) charset: Option<String>,
    /// What is searched for, frozen.
    pub(crate) key: SearchKey,
    /// What the client knows to match, by UID.
    pub(crate) results: UidSet,
    /// The event up to which messages have been judged.
    pub(crate) judged: u64,
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
            let gone = search.results.intersection(view.ghosts());
            search.results = search.results.difference(&gone);
            write(&mut self.io.out, search, view, Update::RemoveFrom, &gone);
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
            search.results = search.results.union(&added).difference(&removed);
            search.judged = told.flags;
            write(&mut self.io.out, search, view, Update::RemoveFrom, &removed);
            write(&mut self.io.out, search, view, Update::AddTo, &added);
        }
        Ok(())
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
