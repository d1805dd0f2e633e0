//! FUZZY: RFC 6203. Strings are looked for as words, and as they are; other keys are exact.

use super::Known;
use postern_message::FuzzyPattern;

/// The relevancy of what has the string, but none of its words: `ell` in `hello`.
const WITHIN_WORDS: u8 = 40;

/// The words of a key's string, and where they are looked for.
#[derive(Debug)]
pub(super) enum Like {
    Header(Vec<u8>, FuzzyPattern),
    Body(FuzzyPattern),
    Text(FuzzyPattern),
}

impl Like {
    /// Whether the words are there; `None` when more of the message must be known.
    pub(super) fn holds(&self, known: Known<'_>) -> Option<bool> {
        Some(match self {
            Self::Header(name, words) => known.header()?.header_relevancy(name, words).is_some(),
            Self::Body(words) => known.whole()?.body_relevancy(words).is_some(),
            Self::Text(words) => known.whole()?.text_relevancy(words).is_some(),
        })
    }

    /// From 1 to 100, of a message that the key holds for.
    pub(super) fn relevancy(&self, known: Known<'_>) -> u8 {
        let found = match self {
            Self::Header(name, words) => known.header().map(|m| m.header_relevancy(name, words)),
            Self::Body(words) => known.whole().map(|m| m.body_relevancy(words)),
            Self::Text(words) => known.whole().map(|m| m.text_relevancy(words)),
        };
        found.flatten().unwrap_or(WITHIN_WORDS)
    }

    pub(super) fn needs_body(&self) -> bool {
        !matches!(self, Self::Header(..))
    }
}
