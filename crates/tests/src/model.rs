//! What a client knows of its mailbox, made only of what the server told it.

use std::collections::{BTreeMap, BTreeSet};

/// The selected mailbox as its client has it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Model {
    /// The UID at each sequence number; None where it was not told yet.
    pub uids: Vec<Option<u32>>,
    /// The flags of each message whose flags were told, without `\Recent`.
    pub flags: BTreeMap<u32, BTreeSet<String>>,
    /// UIDVALIDITY.
    pub validity: u32,
    /// The highest MODSEQ that was told.
    pub modseq: u64,
    /// UIDs that were told to be gone, since the model began.
    pub gone: BTreeSet<u32>,
}

impl Model {
    /// Takes in an untagged reply.
    ///
    /// # Panics
    /// When it contradicts what was told before.
    pub fn hear(&mut self, line: &str) {
        let Some(rest) = line.strip_prefix("* ") else {
            return;
        };
        if let Some(set) = rest.strip_prefix("VANISHED ") {
            return self.vanished(set);
        }
        if let Some(modseq) = number_in_code(rest, "HIGHESTMODSEQ") {
            self.modseq = self.modseq.max(modseq);
        }
        let mut words = rest.splitn(3, ' ');
        let (Some(number), Some(what)) = (words.next(), words.next()) else {
            return;
        };
        let Ok(number) = number.parse::<usize>() else {
            return;
        };
        match what {
            "EXISTS" => self.exists(number),
            "EXPUNGE" => self.expunge(number),
            "FETCH" => self.fetch(number, words.next().unwrap_or_default()),
            _ => {}
        }
    }

    /// Takes in a tagged reply.
    pub fn hear_end(&mut self, tagged: &str) {
        if let Some(modseq) = number_in_code(tagged, "HIGHESTMODSEQ") {
            self.modseq = self.modseq.max(modseq);
        }
    }

    fn exists(&mut self, number: usize) {
        assert!(number >= self.uids.len(), "EXISTS {number} takes away");
        self.uids.resize(number, None);
    }

    fn expunge(&mut self, number: usize) {
        assert!(
            (1..=self.uids.len()).contains(&number),
            "EXPUNGE {number} of {}",
            self.uids.len()
        );
        if let Some(uid) = self.uids.remove(number - 1) {
            self.forget(uid);
        }
    }

    fn vanished(&mut self, set: &str) {
        let (earlier, set) = match set.strip_prefix("(EARLIER) ") {
            Some(set) => (true, set),
            None => (false, set),
        };
        for uid in numbers(set) {
            let known = self.uids.iter().position(|known| *known == Some(uid));
            match known {
                Some(at) => drop(self.uids.remove(at)),
                None if !earlier => {
                    let at = self.place_of_unknown(uid);
                    let at = at.unwrap_or_else(|| panic!("VANISHED {uid} was never there"));
                    self.uids.remove(at);
                }
                None => {}
            }
            self.forget(uid);
        }
    }

    /// One of the messages whose UIDs were not told, where this one fits in: those in the same
    /// gap are alike to the client.
    fn place_of_unknown(&self, uid: u32) -> Option<usize> {
        let after = self
            .uids
            .iter()
            .rposition(|known| known.is_some_and(|known| known < uid));
        let gap = after.map_or(0, |at| at + 1);
        let unknown = self.uids.get(gap).is_some_and(Option::is_none);
        unknown.then_some(gap)
    }

    fn forget(&mut self, uid: u32) {
        self.flags.remove(&uid);
        self.gone.insert(uid);
    }

    fn fetch(&mut self, number: usize, items: &str) {
        assert!(
            (1..=self.uids.len()).contains(&number),
            "FETCH {number} of {}: {items}",
            self.uids.len()
        );
        if let Some(uid) = after(items, "UID ").and_then(leading) {
            let uid = u32::try_from(uid).unwrap();
            let known = &mut self.uids[number - 1];
            assert!(
                known.is_none_or(|known| known == uid),
                "message {number} was UID {known:?} and is {items}"
            );
            *known = Some(uid);
        }
        if let Some(modseq) = after(items, "MODSEQ (").and_then(leading) {
            self.modseq = self.modseq.max(modseq);
        }
        let flags = after(items, "FLAGS (").and_then(|flags| flags.split(')').next());
        if let (Some(flags), Some(uid)) = (flags, self.uids[number - 1]) {
            let flags = flags.split_whitespace().filter(|flag| *flag != r"\Recent");
            self.flags.insert(uid, flags.map(str::to_owned).collect());
        }
    }

    /// The sequence numbers whose UIDs or flags the client must still ask for.
    pub fn unknown(&self) -> Vec<usize> {
        let known = |uid: &Option<u32>| uid.is_some_and(|uid| self.flags.contains_key(&uid));
        (1..)
            .zip(&self.uids)
            .filter(|(_, uid)| !known(uid))
            .map(|(number, _)| number)
            .collect()
    }

    /// The mailbox: UIDs in order with their flags.
    ///
    /// # Panics
    /// When the client does not know all of it, or UIDs do not ascend.
    pub fn whole(&self) -> Vec<(u32, BTreeSet<String>)> {
        let all: Vec<_> = self
            .uids
            .iter()
            .map(|uid| {
                let uid = uid.expect("a UID that was not told");
                (uid, self.flags[&uid].clone())
            })
            .collect();
        assert!(
            all.is_sorted_by(|a, b| a.0 < b.0),
            "UIDs descend: {:?}",
            self.uids
        );
        all
    }
}

/// The numbers of a set such as `1:3,7`.
///
/// # Panics
/// When it is none.
pub fn numbers(set: &str) -> Vec<u32> {
    let number = |text: &str| text.parse::<u32>().unwrap_or_else(|_| panic!("set {set}"));
    set.split(',')
        .flat_map(|range| match range.split_once(':') {
            Some((first, last)) => {
                let (first, last) = (number(first), number(last));
                first.min(last)..=first.max(last)
            }
            None => number(range)..=number(range),
        })
        .collect()
}

/// The first number of a response code's arguments.
pub fn number_in_code(text: &str, name: &str) -> Option<u64> {
    after(text, &format!("[{name} ")).and_then(leading)
}

fn after<'a>(text: &'a str, what: &str) -> Option<&'a str> {
    text.split_once(what).map(|(_, rest)| rest)
}

fn leading(text: &str) -> Option<u64> {
    let end = text.find(|c: char| !c.is_ascii_digit());
    text[..end.unwrap_or(text.len())].parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_model_follows_what_it_is_told() {
        let mut model = Model::default();
        for line in [
            "* 3 EXISTS",
            r"* 1 FETCH (UID 4 FLAGS (\Seen) MODSEQ (7))",
            r"* 2 FETCH (FLAGS (a \Recent) UID 6 MODSEQ (9))",
            r"* 2 FETCH (UID 6 FLAGS (a))",
            "* 1 EXPUNGE",
            "* OK [HIGHESTMODSEQ 8] x",
        ] {
            model.hear(line);
        }
        assert_eq!(model.unknown(), [2]);
        model.hear("* VANISHED 9");
        assert_eq!(model.whole(), [(6, BTreeSet::from(["a".to_owned()]))]);
        assert_eq!((model.modseq, model.gone), (9, BTreeSet::from([4, 9])));
        assert_eq!(numbers("1:3,9,7:6"), [1, 2, 3, 9, 6, 7]);
    }
}
