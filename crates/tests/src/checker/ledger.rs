//! What the server has acknowledged to anyone.

use super::look::Seen;
use crate::Model;
use std::collections::{BTreeMap, BTreeSet};

/// A message's place: UIDVALIDITY, which no two mailboxes of an account ever share, and UID.
pub(super) type Place = (u32, u32);

/// The name of a message that came by a way that does not tell it.
const UNKNOWN: &str = "?";

#[derive(Debug, Default)]
pub(super) struct Ledger {
    /// Which message it said to have put where.
    put: BTreeMap<Place, String>,
    /// What it said to have removed.
    removed: BTreeSet<Place>,
    /// How many mailboxes it said to have deleted.
    pub(super) deleted: usize,
    /// The clients' models at the present meeting.
    pub(super) models: Vec<(usize, Model)>,
    pub(super) delivered: Vec<String>,
}

impl Ledger {
    /// # Panics
    /// When another message was put there.
    pub(super) fn note(&mut self, place: Place, name: &str) {
        let before = self.put.insert(place, name.to_owned());
        assert!(before.is_none(), "{place:?} is {before:?} and {name}");
    }

    pub(super) fn note_copy(&mut self, from: Place, to: Place) {
        // Not there: a delivery, or one whose APPEND is being answered just now.
        let name = self.put.get(&from).cloned();
        self.note(to, name.as_deref().unwrap_or(UNKNOWN));
    }

    pub(super) fn remove(&mut self, place: Place) {
        self.removed.insert(place);
    }

    /// All that was acknowledged must be there as it was, or removed.
    ///
    /// # Panics
    /// When it is not.
    pub(super) fn account_for(&self, all: &BTreeMap<String, Seen>) {
        let by_validity: BTreeMap<u32, &Seen> =
            all.values().map(|seen| (seen.validity, seen)).collect();
        let places = self.put.keys().chain(&self.removed);
        let mailboxes: BTreeSet<u32> = places.map(|place| place.0).collect();
        let gone = mailboxes.iter().filter(|of| !by_validity.contains_key(of));
        let gone = gone.count();
        assert!(
            gone <= self.deleted,
            "{gone} mailboxes are gone, {} were deleted",
            self.deleted
        );
        for ((of, uid), name) in &self.put {
            if let Some(seen) = by_validity.get(of) {
                is_there(seen, *uid, name);
            }
        }
        for (of, uid) in &self.removed {
            let back = by_validity
                .get(of)
                .is_some_and(|seen| !seen.vanished.contains(uid));
            assert!(!back, "{of} {uid} was gone and is back, or not told of");
        }
    }
}

fn is_there(seen: &Seen, uid: u32, name: &str) {
    assert!(u64::from(uid) < seen.uid_next, "{uid}: {seen:?}");
    match seen.names.get(&uid) {
        Some(found) => assert!(
            name == UNKNOWN || found == name,
            "UID {uid} is {found}, not {name}"
        ),
        None => assert!(
            seen.vanished.contains(&uid),
            "UID {uid} ({name}) is lost: {seen:?}"
        ),
    }
}
