//! Annotations of the server and of mailboxes: RFC 5464.
//!
//! What is `/private` is the owner's; the server keeps none of other users'. `/shared` annotations
//! of the server would be seen by other accounts; no plan sets any.

use crate::event::{Event, MailboxId};
use crate::mailbox::Mailbox;
use postern_imap::metadata::{Depth, EntryName};
use rpds::RedBlackTreeMapSync;
use std::collections::HashSet;
use std::ops::Bound;
use std::sync::Arc;

/// What a value is: octets, shared between versions.
pub type Value = Arc<[u8]>;

/// What an annotation is of: a mailbox, or with `None` the server.
pub type Owner = Option<MailboxId>;

/// The entry that tells a mailbox's special use, computed: RFC 6154 section 4.
pub const SPECIAL_USE: &str = "/private/specialuse";

/// All annotations of an account. Cloning shares them.
#[derive(Debug, Clone, Default)]
pub struct Metadata {
    entries: RedBlackTreeMapSync<(Owner, String), Value>,
    /// Octets of all names and values.
    octets: usize,
    /// Changes since the account was read: of two versions of which one came from the other,
    /// the same if they have the same number.
    changes: u64,
}

impl PartialEq for Metadata {
    fn eq(&self, other: &Self) -> bool {
        self.entries == other.entries
    }
}

impl Eq for Metadata {}

/// The answer to GETMETADATA.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Found {
    /// The entries to tell; `None` where one that was named has no value.
    pub entries: Vec<(String, Option<Value>)>,
    /// The octets of the longest value that is over the limit and is not told.
    pub longest: Option<u64>,
}

/// Entries that differ between two versions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changes {
    /// Of what.
    pub owner: Owner,
    /// Their names, in order.
    pub entries: Vec<String>,
}

impl Metadata {
    /// The value of an entry.
    pub fn value(&self, owner: Owner, entry: &str) -> Option<&Value> {
        self.entries.get(&(owner, entry.to_owned()))
    }

    /// The annotations of one owner, in the order of their names.
    pub fn of(&self, owner: Owner) -> impl Iterator<Item = (&str, &Value)> {
        self.from(owner, "")
    }

    /// How many annotations an owner has.
    pub fn count(&self, owner: Owner) -> usize {
        self.of(owner).count()
    }

    /// Octets of all names and values.
    pub fn octets(&self) -> usize {
        self.octets
    }

    /// Applies an event, if it is about annotations.
    pub fn apply(&mut self, event: &Event) {
        match event {
            Event::MetadataSet {
                mailbox,
                entry,
                value,
            } => self.set(*mailbox, entry, value.as_ref()),
            Event::MailboxDeleted { mailbox } => self.remove_all(*mailbox),
            _ => {}
        }
    }

    pub(crate) fn set(&mut self, owner: Owner, entry: &str, value: Option<&Value>) {
        self.changes = self.changes.wrapping_add(1);
        let size = |value: &Value| entry.len().saturating_add(value.len());
        let key = (owner, entry.to_owned());
        let before = self.entries.get(&key).map_or(0, size);
        self.octets = self.octets.saturating_sub(before);
        match value {
            Some(value) => {
                self.octets = self.octets.saturating_add(size(value));
                self.entries.insert_mut(key, Arc::clone(value));
            }
            None => {
                self.entries.remove_mut(&key);
            }
        }
    }

    fn remove_all(&mut self, mailbox: MailboxId) {
        let names: Vec<String> = self.of(Some(mailbox)).map(|(n, _)| n.to_owned()).collect();
        for name in names {
            self.set(Some(mailbox), &name, None);
        }
    }

    /// The owners that have annotations, in order.
    pub(crate) fn owners(&self) -> Vec<Owner> {
        let mut owners: Vec<Owner> = self.entries.keys().map(|key| key.0).collect();
        owners.dedup();
        owners
    }

    fn from(&self, owner: Owner, name: &str) -> impl Iterator<Item = (&str, &Value)> {
        let start = Bound::Included((owner, name.to_owned()));
        self.entries
            .range((start, Bound::Unbounded))
            .take_while(move |(key, _)| key.0 == owner)
            .map(|(key, value)| (key.1.as_str(), value))
    }

    /// The entries that are not the same in `other`, an earlier version, by owner; O(1) when
    /// nothing has changed.
    pub fn differences(&self, other: &Self) -> Vec<Changes> {
        if self.changes == other.changes {
            return Vec::new();
        }
        let mut keys: Vec<&(Owner, String)> = Vec::new();
        let differs = |key, value: &Value, other: &Self| {
            other
                .entries
                .get(key)
                .is_none_or(|there| !Arc::ptr_eq(there, value) && there != value)
        };
        keys.extend(
            self.entries
                .iter()
                .filter(|(key, value)| differs(*key, value, other))
                .map(|(key, _)| key),
        );
        let removed = other.entries.keys();
        keys.extend(removed.filter(|key| !self.entries.contains_key(*key)));
        keys.sort_unstable();
        let mut changes: Vec<Changes> = Vec::new();
        for (owner, entry) in keys {
            match changes.last_mut().filter(|last| last.owner == *owner) {
                Some(last) => last.entries.push(entry.clone()),
                None => changes.push(Changes {
                    owner: *owner,
                    entries: vec![entry.clone()],
                }),
            }
        }
        changes
    }
}

/// What GETMETADATA tells of the server, or of a mailbox: each entry once, in the order of
/// `names`. A name that has no value and nothing below it is told as without a value.
pub fn find(
    metadata: &Metadata,
    mailbox: Option<&Mailbox>,
    names: &[EntryName],
    depth: Depth,
    max_size: Option<u64>,
) -> Found {
    let mut found = Found::default();
    let mut seen = HashSet::new();
    for name in names {
        let matching = matching(metadata, mailbox, name.as_str(), depth);
        if matching.is_empty() && seen.insert(name.as_str().to_owned()) {
            found.entries.push((name.as_str().to_owned(), None));
        }
        for (entry, value) in matching {
            if seen.insert(entry.clone()) {
                found.add(entry, value, max_size);
            }
        }
    }
    found
}

impl Found {
    fn add(&mut self, entry: String, value: Value, max_size: Option<u64>) {
        let size = value.len() as u64;
        match max_size.is_some_and(|max| size > max) {
            true => self.longest = self.longest.max(Some(size)),
            false => self.entries.push((entry, Some(value))),
        }
    }
}

fn matching(
    metadata: &Metadata,
    mailbox: Option<&Mailbox>,
    name: &str,
    depth: Depth,
) -> Vec<(String, Value)> {
    let mut matching: Vec<(String, Value)> = metadata
        .from(mailbox.map(Mailbox::id), name)
        .take_while(|(entry, _)| entry.starts_with(name))
        .filter(|(entry, _)| reaches(name, entry, depth))
        .map(|(entry, value)| (entry.to_owned(), Arc::clone(value)))
        .collect();
    let special_use = mailbox.and_then(Mailbox::special_use);
    if let Some(special_use) = special_use.filter(|_| reaches(name, SPECIAL_USE, depth)) {
        let value = Value::from(special_use.as_str().as_bytes());
        matching.push((SPECIAL_USE.to_owned(), value));
    }
    matching
}

/// Whether `entry` is `name` or as far below it as `depth` allows.
fn reaches(name: &str, entry: &str, depth: Depth) -> bool {
    let Some(rest) = entry.strip_prefix(name) else {
        return false;
    };
    match rest.strip_prefix('/') {
        None => rest.is_empty(),
        Some(below) => match depth {
            Depth::Zero => false,
            Depth::One => !below.contains('/'),
            Depth::Infinity => true,
        },
    }
}
