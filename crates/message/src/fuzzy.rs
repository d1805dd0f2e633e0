//! FUZZY (RFC 6203): whether text has words like those that are looked for, and how well.
//!
//! All words of the pattern must be there, anywhere and in any order. Words are runs of letters
//! and digits, without regard to case, composition and diacritics. A word of the text is like one
//! that is looked for when it is the same, when it begins with it, or when few letters differ:
//! one in words of four letters (`helo` is like `hello`: section 4), two from nine on.

use crate::limits::{FUZZY_OCTETS, FUZZY_WORD, FUZZY_WORDS};
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::canonical_combining_class;

/// The words that are looked for.
#[derive(Debug, Clone)]
pub struct FuzzyPattern {
    words: Vec<Word>,
}

#[derive(Debug, Clone)]
struct Word {
    letters: Vec<char>,
    /// A bit for each letter, by its number: words with too many other bits need no comparison.
    set: u64,
    /// Letters that may differ.
    distance: usize,
}

impl FuzzyPattern {
    /// The words of this text, already decoded from the command's charset; `None` when it has
    /// none.
    #[must_use]
    pub fn new(text: &str) -> Option<Self> {
        let mut split = Splitter::default();
        let mut words: Vec<Word> = Vec::new();
        split.push(text, &mut |letters| {
            if words.len() < FUZZY_WORDS && words.iter().all(|word| word.letters != letters) {
                words.push(Word::new(letters));
            }
        });
        split.end(&mut |letters| {
            if words.len() < FUZZY_WORDS && words.iter().all(|word| word.letters != letters) {
                words.push(Word::new(letters));
            }
        });
        (!words.is_empty()).then_some(Self { words })
    }
}

impl Word {
    fn new(letters: &[char]) -> Self {
        Self {
            letters: letters.to_vec(),
            set: set_of(letters),
            distance: match letters.len() {
                0..4 => 0,
                4..9 => 1,
                _ => 2,
            },
        }
    }

    /// From 1 to 100; 0 for another word.
    fn score(&self, letters: &[char]) -> u32 {
        if letters.starts_with(&self.letters) {
            let (own, other) = (self.letters.len(), letters.len());
            let share = own.saturating_mul(40).checked_div(other).unwrap_or(0);
            return u32::try_from(share).unwrap_or(0).saturating_add(60);
        }
        let unlike = (self.set ^ set_of(letters)).count_ones() as usize;
        if unlike > self.distance.saturating_mul(2)
            || self.letters.len().abs_diff(letters.len()) > self.distance
        {
            return 0;
        }
        match distance(&self.letters, letters, self.distance) {
            None => 0,
            Some(1) => 50,
            Some(_) => 25,
        }
    }
}

fn set_of(letters: &[char]) -> u64 {
    let bits = letters.iter().map(|c| 1 << (u32::from(*c) % 64));
    bits.fold(0, |set, bit: u64| set | bit)
}

/// How many letters must be put in, left out or replaced, or neighbours exchanged, to make one
/// word the other; `None` when there are more than `most`.
fn distance(a: &[char], b: &[char], most: usize) -> Option<usize> {
    let (a, b) = without_common_ends(a, b);
    let mut before: Vec<usize> = Vec::new();
    let mut above: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut row = vec![i.saturating_add(1)];
        for (j, y) in b.iter().enumerate() {
            let at = |row: &[usize], j: usize| row.get(j).copied().unwrap_or(usize::MAX / 2);
            let next = j.saturating_add(1);
            let replaced = at(&above, j).saturating_add(usize::from(x != y));
            let left_out = at(&above, next).min(at(&row, j)).saturating_add(1);
            let exchanged = match (i.checked_sub(1), j.checked_sub(1)) {
                (Some(i), Some(k)) if a.get(i) == Some(y) && b.get(k) == Some(x) => {
                    at(&before, k).saturating_add(1)
                }
                _ => usize::MAX,
            };
            row.push(replaced.min(left_out).min(exchanged));
        }
        if row.iter().all(|cost| *cost > most) {
            return None;
        }
        before = std::mem::replace(&mut above, row);
    }
    above.last().copied().filter(|cost| *cost <= most)
}

/// What is left of words that begin and end alike: of those that are nearly the same, little.
fn without_common_ends<'a>(mut a: &'a [char], mut b: &'a [char]) -> (&'a [char], &'a [char]) {
    while let ([x, rest @ ..], [y, other @ ..]) = (a, b)
        && x == y
    {
        (a, b) = (rest, other);
    }
    while let ([rest @ .., x], [other @ .., y]) = (a, b)
        && x == y
    {
        (a, b) = (rest, other);
    }
    (a, b)
}

/// Cuts text that comes in pieces into words.
#[derive(Debug, Default)]
struct Splitter {
    word: Vec<char>,
}

impl Splitter {
    fn push(&mut self, text: &str, found: &mut impl FnMut(&[char])) {
        for c in text.nfkd().filter(|c| canonical_combining_class(*c) == 0) {
            if !c.is_alphanumeric() {
                self.end(found);
            } else if self.word.len() < FUZZY_WORD {
                self.word.extend(c.to_lowercase());
            }
        }
    }

    fn end(&mut self, found: &mut impl FnMut(&[char])) {
        if !self.word.is_empty() {
            found(&self.word);
            self.word.clear();
        }
    }
}

/// Looks through text that comes in pieces.
#[derive(Debug)]
pub(crate) struct Scan<'p> {
    pattern: &'p FuzzyPattern,
    splitter: Splitter,
    /// By word of the pattern: the best score.
    best: Vec<u32>,
    /// What is found now is worth this much of a hundred.
    weight: u32,
    /// Octets that are still looked at.
    left: usize,
}

impl<'p> Scan<'p> {
    pub(crate) fn new(pattern: &'p FuzzyPattern) -> Self {
        Self {
            pattern,
            splitter: Splitter::default(),
            best: vec![0; pattern.words.len()],
            weight: 100,
            left: FUZZY_OCTETS,
        }
    }

    /// Something else begins, of which what is found is worth this much of a hundred.
    pub(crate) fn begin(&mut self, weight: u32) {
        self.end();
        self.weight = weight;
    }

    fn end(&mut self) {
        let (pattern, best, weight) = (self.pattern, &mut self.best, self.weight);
        let mut found = |letters: &[char]| note(pattern, best, weight, letters);
        self.splitter.end(&mut found);
    }

    pub(crate) fn push(&mut self, text: &str) {
        let text = text
            .get(..text.floor_char_boundary(self.left))
            .unwrap_or(text);
        self.left = self.left.saturating_sub(text.len());
        let (pattern, best, weight) = (self.pattern, &mut self.best, self.weight);
        let mut found = |letters: &[char]| note(pattern, best, weight, letters);
        self.splitter.push(text, &mut found);
    }

    /// Whether nothing more can be found.
    pub(crate) fn is_done(&self) -> bool {
        self.left == 0 || self.best.iter().all(|score| *score >= 100)
    }

    /// The mean over all words, from 1 to 100; `None` when one was not found.
    pub(crate) fn finish(mut self) -> Option<u8> {
        self.end();
        if self.best.contains(&0) {
            return None;
        }
        let sum = self
            .best
            .iter()
            .fold(0_u32, |sum, score| sum.saturating_add(*score));
        let words = u32::try_from(self.best.len()).unwrap_or(u32::MAX);
        let mean = sum.checked_div(words).unwrap_or(0);
        u8::try_from(mean.clamp(1, 100)).ok()
    }
}

fn note(pattern: &FuzzyPattern, best: &mut [u32], weight: u32, letters: &[char]) {
    for (word, best) in pattern.words.iter().zip(best) {
        if *best < weight {
            let score = word.score(letters).saturating_mul(weight) / 100;
            *best = score.max(*best);
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn score(pattern: &str, text: &str) -> Option<u8> {
        let pattern = FuzzyPattern::new(pattern).unwrap();
        let mut scan = Scan::new(&pattern);
        scan.push(text);
        scan.finish()
    }

    #[test]
    fn like_words() {
        for (pattern, text, expected) in [
            ("imap", "IMAP", Some(100)),
            ("imap break", "broken? Break: IMAP", Some(100)),
            ("imap break", "IMAP", None),
            ("cafe", "Caf\u{e9}", Some(100)),
            ("Caf\u{e9}", "CAFE\u{301}", Some(100)),
            ("stra\u{df}e", "Stra\u{df}e", Some(100)),
            // The beginning of a word: the more of it, the better.
            ("imag", "imagination", Some(74)),
            ("imagin", "imagination", Some(81)),
            ("gination", "imagination", None),
            // One letter in four, two in nine, none in three.
            ("hello", "helo", Some(50)),
            ("hello", "hallo", Some(50)),
            ("hello", "hlelo", Some(50)),
            ("hello", "haloo", None),
            ("helo", "hello", Some(50)),
            ("help", "helo", Some(50)),
            ("hep", "heo", None),
            ("important", "inportent", Some(25)),
            ("important", "inportemt", None),
            ("a b", "b", None),
        ] {
            assert_eq!(score(pattern, text), expected, "{pattern:?} in {text:?}");
        }
        assert!(FuzzyPattern::new(" -- \u{301} ").is_none());
    }

    #[test]
    fn words_go_on_in_the_next_piece_and_end_where_something_else_begins() {
        let pattern = FuzzyPattern::new("hello").unwrap();
        let mut scan = Scan::new(&pattern);
        scan.begin(50);
        scan.push("hel");
        scan.push("lo");
        assert_eq!(scan.finish(), Some(50));
        let mut scan = Scan::new(&pattern);
        scan.push("hel");
        scan.begin(100);
        scan.push("lo");
        assert_eq!(scan.finish(), None);
    }

    #[test]
    fn hostile_text_takes_linear_time() {
        let pattern: Vec<String> = (0..50).map(|n| format!("{}{n}", "ab".repeat(40))).collect();
        let pattern = FuzzyPattern::new(&format!("{} abcdefghij", pattern.join(" "))).unwrap();
        assert!(pattern.words.len() <= FUZZY_WORDS);
        for piece in [
            "ab",
            "ba ",
            "abcdefghji ",
            "\u{1d160}",
            "a\u{301}",
            "\u{fdfa}",
        ] {
            let mut scan = Scan::new(&pattern);
            scan.push(&piece.repeat(4_000_000 / piece.len()));
            let _ = scan.finish();
        }
    }
}
