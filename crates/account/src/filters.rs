//! Stored filters: RFC 5466.

use crate::metadata::{Metadata, Value};
use bytes::Bytes;
use postern_imap::parse;
use postern_imap::search::SearchKey;

/// Where filters of the account are kept, among the annotations of the server.
pub const PRIVATE: &str = "/private/filters/values/";

/// Where filters for all are kept. An account's own come first.
const SHARED: &str = "/shared/filters/values/";

/// Filters within each other: the standard wants three. Those that name each other end here
/// too.
const PASSES: usize = 10;

/// Octets of all filters that are put in: what a command may also hold in literals. One that is
/// named again counts again, for its strings are there again.
const OCTETS: usize = 256 * 1024;

/// Why a key with filters cannot be evaluated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FilterError {
    /// There is no filter of this name; or what it holds is no key, or leads back to it.
    Undefined(String),
    /// With all filters put in, it is more than a command may ask.
    TooMuch,
}

/// The key with filters in place of their names. Their strings are UTF-8.
pub fn expand(key: &SearchKey, metadata: &Metadata) -> Result<SearchKey, FilterError> {
    let mut work = Work {
        metadata,
        names: Vec::new(),
        keys: 0,
        texts: 0,
        octets: 0,
    };
    work.expand(key, 0)
}

/// Whether an annotation of the server may have this value: a filter is a whole key.
pub fn is_valid(entry: &str, value: &Value) -> bool {
    match entry.strip_prefix(PRIVATE) {
        Some(name) => {
            let value = Bytes::copy_from_slice(value);
            !name.contains('/') && parse::search_criteria(&value).is_ok()
        }
        None => true,
    }
}

struct Work<'a> {
    metadata: &'a Metadata,
    /// The filters that are being put in.
    names: Vec<String>,
    keys: usize,
    texts: usize,
    octets: usize,
}

impl Work<'_> {
    /// Recurses no deeper than a command may.
    fn expand(&mut self, key: &SearchKey, depth: usize) -> Result<SearchKey, FilterError> {
        self.keys = self.keys.saturating_add(1);
        if matches!(key, SearchKey::Body(_) | SearchKey::Text(_)) {
            self.texts = self.texts.saturating_add(1);
        }
        // A key of the parser is at most this deep, with room for the whole of it.
        let deepest = parse::MAX_SEARCH_DEPTH.saturating_mul(2);
        if self.keys > parse::MAX_SEARCH_KEYS.saturating_mul(2)
            || self.texts > parse::MAX_TEXT_KEYS
            || depth > deepest
        {
            return Err(FilterError::TooMuch);
        }
        let below = depth.saturating_add(1);
        Ok(match key {
            SearchKey::Filter(name) => self.filter(name, below)?,
            SearchKey::Not(key) => SearchKey::Not(Box::new(self.expand(key, below)?)),
            SearchKey::Fuzzy(key) => SearchKey::Fuzzy(Box::new(self.expand(key, below)?)),
            SearchKey::Or(a, b) => SearchKey::Or(
                Box::new(self.expand(a, below)?),
                Box::new(self.expand(b, below)?),
            ),
            SearchKey::And(keys) => {
                let keys = keys.iter().map(|key| self.expand(key, below));
                SearchKey::And(keys.collect::<Result<_, _>>()?)
            }
            other => other.clone(),
        })
    }

    fn filter(&mut self, name: &[u8], depth: usize) -> Result<SearchKey, FilterError> {
        let sent = String::from_utf8_lossy(name).into_owned();
        let undefined = || FilterError::Undefined(sent.clone());
        // As names of annotations are.
        let name = sent.to_ascii_lowercase();
        if self.names.contains(&name) || self.names.len() >= PASSES {
            return Err(undefined());
        }
        let stored = |place: &str| self.metadata.value(None, &format!("{place}{name}"));
        let value = stored(PRIVATE).or_else(|| stored(SHARED));
        let value = value.ok_or_else(undefined)?;
        self.octets = self.octets.saturating_add(value.len());
        if self.octets > OCTETS {
            return Err(FilterError::TooMuch);
        }
        let value = Bytes::copy_from_slice(value);
        let key = parse::search_criteria(&value).map_err(|_| undefined())?;
        self.names.push(name);
        let expanded = self.expand(&key, depth);
        self.names.pop();
        // Whoever sent the command knows the filter that it names, and perhaps no other.
        expanded.map_err(|error| match error {
            FilterError::Undefined(_) => undefined(),
            FilterError::TooMuch => FilterError::TooMuch,
        })
    }
}
