//! LIST patterns: RFC 9051 section 6.3.9.

use super::{INBOX, SEPARATOR, below_inbox};

/// A reference and a pattern with the wildcards `*` (anything) and `%` (anything but the
/// separator), made ready to be matched against many names.
///
/// Matching follows all ways to read the wildcards at once, one bit for each place in the
/// pattern: a name costs its length times a 64th of the pattern's length, whatever the pattern.
#[derive(Debug, Clone)]
pub struct Pattern {
    /// Octets that stand for themselves.
    literals: usize,
    /// 64-bit words in a row.
    words: usize,
    /// For each octet the row of [`Pattern::rows`] that says at which places it stands.
    row_of: Box<[u16; 256]>,
    /// Row 0 is empty.
    rows: Vec<u64>,
    /// Places before which `*` stands.
    any: Vec<u64>,
    /// Places before which `%` stands.
    level: Vec<u64>,
    empty: bool,
    ends_with_level: bool,
}

impl Pattern {
    /// The pattern, put after the reference: the reference is a prefix, no more.
    pub fn new(reference: &str, pattern: &str) -> Self {
        let is_literal = |b: &u8| !matches!(b, b'*' | b'%');
        let text = || reference.bytes().chain(pattern.bytes());
        let literals = text().filter(is_literal).count();
        let words = literals / 64 + 1;
        let mut new = Self {
            literals,
            words,
            row_of: Box::new([0; 256]),
            rows: vec![0; words],
            any: vec![0; words],
            level: vec![0; words],
            empty: pattern.is_empty(),
            ends_with_level: pattern.ends_with('%'),
        };
        let mut place = 0usize;
        for b in text() {
            match b {
                b'*' => set(&mut new.any, place),
                b'%' => set(&mut new.level, place),
                _ => {
                    new.add_literal(b, place);
                    place = place.saturating_add(1);
                }
            }
        }
        new
    }

    /// Whether the pattern (not the reference) is empty: LIST then only tells the separator.
    pub fn is_empty(&self) -> bool {
        self.empty
    }

    /// Whether its last character is `%`: levels of hierarchy are told too.
    pub fn ends_with_level(&self) -> bool {
        self.ends_with_level
    }

    /// Whether anything that begins with `prefix` may match.
    pub fn reaches(&self, prefix: &str) -> bool {
        let folded = below_inbox(prefix).map_or(0, |_| INBOX.len());
        let mut state = vec![0u64; self.words];
        set(&mut state, 0);
        let mut octets = prefix.bytes().enumerate();
        octets.all(|(i, b)| self.step(&mut state, b, i < folded))
    }

    /// Whether `name` matches, INBOX in any case.
    pub fn matches(&self, name: &str) -> bool {
        if self.literals > name.len() {
            return false;
        }
        let folded = below_inbox(name).map_or(0, |_| INBOX.len());
        let mut state = vec![0u64; self.words];
        set(&mut state, 0);
        for (i, b) in name.bytes().enumerate() {
            if !self.step(&mut state, b, i < folded) {
                return false;
            }
        }
        let last = state.get(self.literals / 64).copied().unwrap_or(0);
        last >> (self.literals % 64) & 1 == 1
    }

    fn add_literal(&mut self, b: u8, place: usize) {
        let known = self.row(b);
        let row = if known == 0 {
            let new = self.rows.len() / self.words;
            self.rows
                .resize(self.rows.len().saturating_add(self.words), 0);
            if let Some(slot) = self.row_of.get_mut(usize::from(b)) {
                *slot = u16::try_from(new).unwrap_or(0);
            }
            new
        } else {
            known
        };
        let start = row.saturating_mul(self.words);
        set(self.rows.get_mut(start..).unwrap_or_default(), place);
    }

    fn row(&self, b: u8) -> usize {
        self.row_of
            .get(usize::from(b))
            .map_or(0, |r| usize::from(*r))
    }

    fn places(&self, b: u8) -> &[u64] {
        let start = self.row(b).saturating_mul(self.words);
        self.rows.get(start..).unwrap_or_default()
    }

    /// One octet further; false when no reading of the pattern is left.
    fn step(&self, state: &mut [u64], b: u8, fold: bool) -> bool {
        let (one, other) = if fold {
            (b.to_ascii_lowercase(), b.to_ascii_uppercase())
        } else {
            (b, b)
        };
        let stays = if char::from(b) == SEPARATOR {
            0
        } else {
            u64::MAX
        };
        let places = self.places(one).iter().zip(self.places(other));
        let loops = self.any.iter().zip(&self.level);
        let (mut carry, mut alive) = (0, 0);
        for ((word, (one, other)), (any, level)) in state.iter_mut().zip(places).zip(loops) {
            let moved = *word & (one | other);
            let stayed = *word & (any | (level & stays));
            *word = moved << 1 | carry | stayed;
            carry = moved >> 63;
            alive |= *word;
        }
        alive != 0
    }
}

fn set(words: &mut [u64], place: usize) {
    if let Some(word) = words.get_mut(place / 64) {
        *word |= 1 << (place % 64);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn matches(pattern: &str, name: &str) -> bool {
        Pattern::new("", pattern).matches(name)
    }

    #[test]
    fn table() {
        let yes = [
            ("", ""),
            ("a", "a"),
            ("*", "INBOX"),
            ("*", "a/b/c"),
            ("%", "a"),
            ("a/%", "a/b"),
            ("%/%", "a/b"),
            ("*%", "a/b"),
            ("%*", "a/b"),
            ("*b", "a/b"),
            ("a*c", "a/b/c"),
            ("a%c", "abc"),
            ("a*b*c", "a/xbx/bc"),
            ("inbox", "INBOX"),
            ("iN*", "INBOX/x"),
            ("inbox/x", "INBOX/x"),
            ("\u{e4}%", "\u{e4}\u{f6}"),
            ("%\u{f6}", "\u{e4}\u{f6}"),
        ];
        for (pattern, name) in yes {
            assert!(matches(pattern, name), "{pattern:?} {name:?}");
        }
        let no = [
            ("", "a"),
            ("a", ""),
            ("a", "A"),
            ("a", "ab"),
            ("%", "a/b"),
            ("a/%", "a/b/c"),
            ("a%c", "a/c"),
            ("%b", "a/b"),
            ("*a", "a/b"),
            ("inbox/X", "INBOX/x"),
            ("inboxes", "INBOXES"),
            ("a%b%", "a/b"),
        ];
        for (pattern, name) in no {
            assert!(!matches(pattern, name), "{pattern:?} {name:?}");
        }
    }

    #[test]
    fn what_lies_below_a_prefix_may_match() {
        for yes in ["*", "%/*", "O%/a/*", "Other Users/ann/INBOX", "O*", "%/%"] {
            assert!(Pattern::new("", yes).reaches("Other Users/"), "{yes}");
        }
        for no in ["%", "INBOX", "a/*", "Other Users", "Other Users%", ""] {
            assert!(!Pattern::new("", no).reaches("Other Users/"), "{no}");
        }
    }

    #[test]
    fn the_reference_is_a_prefix() {
        assert!(Pattern::new("a/", "%").matches("a/b"));
        assert!(!Pattern::new("a/", "%").matches("b"));
        assert!(Pattern::new("a/", "").is_empty());
    }

    /// Patterns at which a backtracking matcher does not end.
    #[test]
    fn hostile_patterns() {
        let name = "a".repeat(1000);
        assert!(!matches(
            &"*a%".repeat(900),
            &format!("{}b/", "a".repeat(998))
        ));
        assert!(matches(&"*a%".repeat(900), &name));
        assert!(matches(&"*%".repeat(1000), &name));
        assert!(!matches(&"a".repeat(100_000), &name));
    }

    /// The definition, for short inputs.
    fn model(pattern: &[u8], name: &[u8]) -> bool {
        match (pattern.split_first(), name.split_first()) {
            (None, rest) => rest.is_none(),
            (Some((b'*', p)), Some((_, n))) => model(p, name) || model(pattern, n),
            (Some((b'%', p)), Some((c, n))) => model(p, name) || (*c != b'/' && model(pattern, n)),
            (Some((b'*' | b'%', p)), None) => model(p, name),
            (Some((a, p)), Some((b, n))) => a == b && model(p, n),
            (Some(_), None) => false,
        }
    }

    proptest! {
        #[test]
        fn agrees_with_the_definition(pattern in "[ab/%*]{0,8}", name in "[ab/]{0,9}") {
            prop_assert_eq!(matches(&pattern, &name), model(pattern.as_bytes(), name.as_bytes()));
        }

        #[test]
        fn long_patterns(prefix in "[ab]{60,70}", pattern in "[ab/%*]{0,6}", name in "[ab/]{0,7}") {
            let pattern = format!("{prefix}{pattern}");
            let name = format!("{prefix}{name}");
            prop_assert_eq!(matches(&pattern, &name), model(pattern.as_bytes(), name.as_bytes()));
        }
    }
}
