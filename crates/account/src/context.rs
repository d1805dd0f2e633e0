//! Sorted results that are kept up to date: RFC 5267 sections 4.3.3 and 4.3.4.

use postern_imap::sequence::UidSet;

/// The results of a SORT as its client has them, by UID.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sorted {
    uids: Vec<u32>,
}

/// What comes or goes at a place, in the results' order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    /// `context-position`: the place of the first, from 1.
    pub position: u32,
    /// UIDs.
    pub uids: Vec<u32>,
}

impl Sorted {
    /// The results in their order.
    pub fn new(uids: Vec<u32>) -> Self {
        Self { uids }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.uids.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.uids.is_empty()
    }

    /// The result at a place, from 0.
    pub fn at(&self, place: usize) -> Option<u32> {
        self.uids.get(place).copied()
    }

    /// Takes results out. The runs are told in the order given: the last places first, so that
    /// no run shifts those that follow it.
    pub fn remove(&mut self, gone: &UidSet) -> Vec<Run> {
        let mut runs: Vec<Run> = Vec::new();
        if gone.is_empty() {
            return runs;
        }
        let mut goes_on = false;
        for (position, uid) in (1..).zip(&self.uids) {
            let goes = gone.contains(*uid);
            match runs.last_mut().filter(|_| goes_on) {
                Some(run) if goes => run.uids.push(*uid),
                _ if goes => runs.push(Run {
                    position,
                    uids: vec![*uid],
                }),
                _ => {}
            }
            goes_on = goes;
        }
        self.uids.retain(|uid| !gone.contains(*uid));
        runs.reverse();
        runs
    }

    /// Puts results in: each with the place, from 0, of the present result before which it goes,
    /// and in their own order, so that places never fall. The runs are told in the order given.
    pub fn insert(&mut self, added: &[(usize, u32)]) -> Vec<Run> {
        let mut runs = Vec::new();
        let mut merged = Vec::with_capacity(self.uids.len().saturating_add(added.len()));
        let mut kept = 0;
        for group in added.chunk_by(|(a, _), (b, _)| a == b) {
            let place = group.first().map_or(0, |(place, _)| *place);
            merged.extend_from_slice(self.uids.get(kept..place).unwrap_or_default());
            kept = place.max(kept);
            let position = merged.len().saturating_add(1);
            let uids: Vec<u32> = group.iter().map(|(_, uid)| *uid).collect();
            merged.extend_from_slice(&uids);
            runs.push(Run {
                position: u32::try_from(position).unwrap_or(u32::MAX),
                uids,
            });
        }
        merged.extend_from_slice(self.uids.get(kept..).unwrap_or_default());
        self.uids = merged;
        runs
    }
}
