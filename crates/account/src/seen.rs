//! What a user other than the owner has seen of a mailbox: their own `\Seen`, as runs of UIDs, so
//! that "all of it" is one run however many messages there are.

use postern_imap::sequence::UidSet;
use rpds::RedBlackTreeMapSync;

/// The `\Seen` of one user. Cloning shares it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Seen {
    /// By the first UID of each. They do not overlap; where there is none, nothing was seen.
    runs: RedBlackTreeMapSync<u32, Run>,
    highest_modseq: u64,
}

/// UIDs with the same state, which came with one event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Run {
    pub(crate) last: u32,
    pub(crate) modseq: u64,
    pub(crate) seen: bool,
}

impl Seen {
    /// Whether a message has been seen, and the number of the event that last changed that; 0
    /// where none has.
    pub(crate) fn of(&self, uid: u32) -> (bool, u64) {
        let run = self.runs.range(..=uid).next_back();
        match run.filter(|(_, run)| run.last >= uid) {
            Some((_, run)) => (run.seen, run.modseq),
            None => (false, 0),
        }
    }

    /// The number of the last event that changed anything.
    pub(crate) fn highest_modseq(&self) -> u64 {
        self.highest_modseq
    }

    /// Whether anything from `first` to `last` was changed after event `modseq`.
    pub(crate) fn changed_since(&self, modseq: u64, first: u32, last: u32) -> bool {
        if self.highest_modseq <= modseq {
            return false;
        }
        let before = self.runs.range(..first).next_back();
        let before = before.filter(|(_, run)| run.last >= first);
        let mut runs = before.into_iter().chain(self.runs.range(first..=last));
        runs.any(|(_, run)| run.modseq > modseq)
    }

    /// The runs in order, with the first UID of each.
    pub(crate) fn runs(&self) -> impl Iterator<Item = (u32, Run)> {
        self.runs.iter().map(|(first, run)| (*first, *run))
    }

    /// How many runs there are.
    pub(crate) fn len(&self) -> usize {
        self.runs.size()
    }

    /// Changes what of `uids` is not so already, by event `modseq`.
    pub(crate) fn set(&mut self, modseq: u64, uids: &UidSet, seen: bool) {
        for &(first, last) in uids.ranges() {
            self.set_range(modseq, first, last, seen);
        }
    }

    /// Forgets messages that are gone.
    pub(crate) fn forget(&mut self, uids: &UidSet) {
        for &(first, last) in uids.ranges() {
            self.take(first, last);
        }
    }

    /// Puts in a run that lies after all others, as a snapshot has it.
    pub(crate) fn restore(&mut self, first: u32, run: Run) {
        self.highest_modseq = self.highest_modseq.max(run.modseq);
        self.runs.insert_mut(first, run);
    }

    /// Events count though the messages that they were about are gone.
    pub(crate) fn restore_modseq(&mut self, modseq: u64) {
        self.highest_modseq = self.highest_modseq.max(modseq);
    }

    fn set_range(&mut self, modseq: u64, first: u32, last: u32, seen: bool) {
        let mut next = first;
        for (start, run) in self.take(first, last) {
            if let Some(before) = start.checked_sub(1).filter(|before| *before >= next) {
                self.put(next, before, Run::unseen(before), seen, modseq);
            }
            self.put(start, run.last, run, seen, modseq);
            next = run.last.saturating_add(1);
        }
        if next <= last {
            self.put(next, last, Run::unseen(last), seen, modseq);
        }
    }

    /// Puts in what becomes of a run that is not among the others now.
    fn put(&mut self, first: u32, last: u32, old: Run, seen: bool, modseq: u64) {
        let run = match old.seen == seen {
            true if old.modseq == 0 => return,
            true => old,
            false => Run { last, modseq, seen },
        };
        self.highest_modseq = self.highest_modseq.max(run.modseq);
        // With its neighbour, if they are alike.
        let before = self.runs.range(..first).next_back();
        let before = before.map(|(start, before)| (*start, *before));
        match before.filter(|(_, b)| b.last.checked_add(1) == Some(first) && b.like(&run)) {
            Some((start, _)) => self.runs.insert_mut(start, run),
            None => self.runs.insert_mut(first, run),
        }
    }

    /// Takes out what lies from `first` to `last`; what reaches beyond stays there.
    fn take(&mut self, first: u32, last: u32) -> Vec<(u32, Run)> {
        let before = self.runs.range(..first).next_back();
        let before = before.filter(|(_, run)| run.last >= first);
        let touched = before.into_iter().chain(self.runs.range(first..=last));
        let touched: Vec<(u32, Run)> = touched.map(|(start, run)| (*start, *run)).collect();
        let mut taken = Vec::with_capacity(touched.len());
        for (start, run) in touched {
            self.runs.remove_mut(&start);
            if start < first {
                let last = first.saturating_sub(1);
                self.runs.insert_mut(start, Run { last, ..run });
            }
            if run.last > last {
                self.runs.insert_mut(last.saturating_add(1), run);
            }
            let last = run.last.min(last);
            taken.push((start.max(first), Run { last, ..run }));
        }
        taken
    }
}

impl Run {
    fn unseen(last: u32) -> Self {
        Self {
            last,
            modseq: 0,
            seen: false,
        }
    }

    fn like(&self, other: &Self) -> bool {
        self.modseq == other.modseq && self.seen == other.seen
    }
}

#[cfg(test)]
#[allow(clippy::indexing_slicing)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const LAST: u32 = 12;

    /// The same, message by message.
    #[derive(Default)]
    struct Plain([(bool, u64); LAST as usize + 1]);

    proptest! {
        #[test]
        fn runs_are_as_good_as_a_state_for_each_message(
            steps in proptest::collection::vec(
                (1..=LAST, 1..=LAST, 0..3u8), 1..20,
            )
        ) {
            let (mut seen, mut plain) = (Seen::default(), Plain::default());
            for (modseq, (first, last, what)) in (1u64..).zip(steps) {
                let uids = UidSet::range(first.min(last), first.max(last));
                match what {
                    2 => seen.forget(&uids),
                    what => seen.set(modseq, &uids, what == 1),
                }
                for uid in uids.iter() {
                    let state = &mut plain.0[uid as usize];
                    match what {
                        2 => *state = (false, 0),
                        what if state.0 != (what == 1) => *state = (what == 1, modseq),
                        _ => {}
                    }
                }
                for uid in 1..=LAST {
                    prop_assert_eq!(seen.of(uid), plain.0[uid as usize]);
                    for since in 0..=modseq {
                        let changed = (uid..=LAST).any(|uid| plain.0[uid as usize].1 > since);
                        prop_assert_eq!(seen.changed_since(since, uid, LAST), changed);
                    }
                }
            }
        }
    }

    #[test]
    fn all_of_it_is_one_run() {
        let mut seen = Seen::default();
        seen.set(1, &UidSet::range(5, 5), true);
        seen.set(2, &UidSet::range(1, 1_000_000), true);
        assert_eq!(seen.len(), 3);
        seen.set(3, &UidSet::range(1, 1_000_000), false);
        assert_eq!(seen.len(), 1);
        assert_eq!(seen.of(77), (false, 3));
    }
}
