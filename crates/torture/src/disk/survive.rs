//! What of a file is left after the power failed.

use super::{Change, Fate, Inode, put};
use postern_tests::Chance;

const SECTOR: usize = 512;
const PAGE: usize = 4096;

/// How the disk treats what was not durable. One manner holds for all files of a cut, so that
/// the extremes come often.
#[derive(Debug, Clone, Copy)]
pub(super) enum Manner {
    /// All is lost.
    Lost,
    /// All is there.
    Kept,
    /// All is there but the end of the last write, which is torn at an octet.
    Torn,
    /// Each write is there or not, whichever came first.
    Writes,
    /// Each piece of this size of each write is there or not.
    Pieces(usize),
    /// The same, and some that are not there hold anything.
    Scrambled,
}

impl Manner {
    pub(super) fn any(chance: &mut Chance) -> Manner {
        match chance.below(8) {
            0 => Manner::Lost,
            1 => Manner::Kept,
            2 | 3 => Manner::Torn,
            4 => Manner::Writes,
            5 => Manner::Pieces(PAGE),
            6 => Manner::Pieces(SECTOR),
            _ => Manner::Scrambled,
        }
    }

    /// The file's content as it is found.
    pub(super) fn apply(self, inode: &Inode, chance: &mut Chance) -> Vec<u8> {
        let mut content = inode.durable.clone();
        let pending = inode.pending.iter().map(|change| (Fate::Open, change));
        let doomed = inode.doomed.iter().map(|(fate, change)| (*fate, change));
        let last = (inode.doomed.len() + inode.pending.len()).saturating_sub(1);
        for (number, (fate, change)) in doomed.chain(pending).enumerate() {
            match fate {
                Fate::Durable => change.apply(&mut content),
                Fate::Open => self.one(&mut content, change, number == last, chance),
            }
        }
        content
    }

    fn one(self, content: &mut Vec<u8>, change: &Change, is_last: bool, chance: &mut Chance) {
        let piece = match self {
            Manner::Lost => return,
            Manner::Kept => return change.apply(content),
            Manner::Torn if is_last => return torn(content, change, chance),
            Manner::Torn => return change.apply(content),
            Manner::Writes => usize::MAX,
            Manner::Pieces(size) => size,
            Manner::Scrambled => SECTOR,
        };
        let Change::Write(at, octets) = change else {
            if chance.once_in(2) {
                change.apply(content);
            }
            return;
        };
        for (at, piece) in pieces(*at, octets, piece) {
            if chance.once_in(2) {
                put(content, at, piece);
            } else if matches!(self, Manner::Scrambled) && chance.once_in(4) {
                put(content, at, &chance.octets(piece.len()));
            }
        }
    }
}

fn torn(content: &mut Vec<u8>, change: &Change, chance: &mut Chance) {
    match change {
        Change::Write(at, octets) => {
            let some = chance.below(octets.len() + 1);
            put(content, *at, &octets[..some]);
        }
        other if chance.once_in(2) => other.apply(content),
        _ => {}
    }
}

/// The parts of a write that lie in one piece of the medium each.
fn pieces(at: u64, octets: &[u8], size: usize) -> Vec<(u64, &[u8])> {
    let mut found = Vec::new();
    let mut start = 0;
    while start < octets.len() {
        let place = usize::try_from(at).unwrap_or_default() + start;
        let room = size - place % size;
        let end = start.saturating_add(room).min(octets.len());
        found.push((at + start as u64, &octets[start..end]));
        start = end;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_end_where_those_of_the_medium_do() {
        let octets = [7; 1000];
        let found = pieces(100, &octets, 512);
        let lens: Vec<_> = found.iter().map(|(at, piece)| (*at, piece.len())).collect();
        assert_eq!(lens, [(100, 412), (512, 512), (1024, 76)]);
    }
}
