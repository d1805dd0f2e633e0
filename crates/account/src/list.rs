//! LIST and LSUB: which names match, and what is said of each. RFC 9051 section 6.3.9,
//! RFC 5258, RFC 6154, RFC 3501 section 6.3.9.

use crate::acl::{Rights, Who};
use crate::mailbox::Mailbox;
use crate::state::{Account, INBOX};
use postern_imap::command::{ListReturn, ListSelect};
use postern_imap::mailbox::Pattern;
use postern_imap::response::Attribute;
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// An account whose mailboxes a user sees, and what their names begin with for that user.
#[derive(Debug, Clone, Copy)]
pub struct Source<'a> {
    /// The account.
    pub account: &'a Account,
    /// As whom it is seen: of another's account, what may be looked up.
    pub who: Who,
    /// Empty for the user's own.
    pub prefix: &'a str,
}

impl<'a> Source<'a> {
    /// A user's own account.
    pub fn own(account: &'a Account) -> Self {
        Self {
            account,
            who: Who::Owner,
            prefix: "",
        }
    }
}

/// One LIST response.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// The name, UTF-8.
    pub name: String,
    /// The attributes, in the order to send them.
    pub attributes: Vec<Attribute>,
    /// `CHILDINFO ("SUBSCRIBED")`: something below is subscribed to.
    pub subscribed_below: bool,
    /// Whether it matches the selection options itself: what else is told of a mailbox (RFC 5819,
    /// RFC 9590, RFC 8440) is told of such only.
    pub selected: bool,
    /// The mailbox as the user has it, and the place of its source; `None` for a name that is no
    /// mailbox's.
    pub mailbox: Option<(usize, Arc<Mailbox>)>,
}

/// All names that a user can see, with those of others'. The first source is the user's own
/// account, whose subscriptions count.
#[derive(Debug)]
pub struct Catalogue<'a> {
    sources: &'a [Source<'a>],
    names: BTreeMap<Cow<'a, str>, Visible<'a>>,
    /// Names above those of others' that are no mailboxes, or none that may be seen.
    levels: BTreeSet<String>,
}

/// The place of its source, and a mailbox.
type Visible<'a> = (usize, &'a Arc<Mailbox>);

impl<'a> Catalogue<'a> {
    /// What can be seen in the sources.
    pub fn new(sources: &'a [Source<'a>]) -> Self {
        let mut names: BTreeMap<Cow<'a, str>, Visible<'a>> = BTreeMap::new();
        for (place, source) in sources.iter().enumerate().rev() {
            let visible = source.account.mailboxes();
            let visible = visible.filter(|m| m.rights(source.who).contains(Rights::LOOKUP));
            names.extend(visible.map(|mailbox| {
                let name = match source.prefix.is_empty() {
                    true => Cow::Borrowed(mailbox.name()),
                    false => Cow::Owned(format!("{}{}", source.prefix, mailbox.name())),
                };
                (name, (place, mailbox))
            }));
        }
        let mut levels = BTreeSet::new();
        for (name, (place, _)) in &names {
            if *place > 0 {
                let missing = parents(name).filter(|level| !names.contains_key(*level));
                levels.extend(missing.map(str::to_owned));
            }
        }
        Self {
            sources,
            names,
            levels,
        }
    }

    /// The answers to LIST, in the order of names with INBOX first.
    pub fn list(&self, patterns: &[Pattern], select: ListSelect, ret: &ListReturn) -> Vec<Listed> {
        let mut listed: Vec<_> = self
            .candidates(patterns, select)
            .into_iter()
            .filter_map(|name| self.entry(name, select, ret))
            .collect();
        listed.sort_by_key(|entry| entry.name != INBOX);
        listed
    }

    /// What is said of a name by itself, whether or not it is subscribed to or a mailbox: what
    /// NOTIFY tells (RFC 5465 section 5.4).
    pub fn describe(&self, name: &str) -> Option<Listed> {
        let ret = ListReturn {
            subscribed: true,
            ..ListReturn::default()
        };
        self.entry(name, ListSelect::default(), &ret)
    }

    /// The answers to LSUB. For a pattern with `%`, a name that has subscribed names below it is
    /// told with `\Noselect` when it is not subscribed to itself (RFC 3501 section 6.3.9).
    pub fn lsub(&self, pattern: &Pattern) -> Vec<Listed> {
        let mut names: BTreeMap<&str, bool> = BTreeMap::new();
        for name in self.subscriptions() {
            if pattern.matches(name) {
                names.insert(name, true);
                continue;
            }
            for parent in parents(name).filter(|parent| pattern.matches(parent)) {
                names.entry(parent).or_insert(false);
            }
        }
        let entry = |(name, subscribed): (&str, bool)| {
            let mut attributes = Vec::new();
            if !subscribed || !self.names.contains_key(name) {
                attributes.push(Attribute::NoSelect);
            }
            attributes.extend(self.special_use(name));
            Listed {
                name: name.to_owned(),
                attributes,
                subscribed_below: false,
                selected: subscribed,
                mailbox: self.mailbox(name),
            }
        };
        names.into_iter().map(entry).collect()
    }

    fn subscriptions(&self) -> impl Iterator<Item = &'a str> {
        let own = self.sources.first().map(|own| own.account);
        own.into_iter().flat_map(Account::subscriptions)
    }

    /// The names that match, as far as the selection options leave them to be matched.
    fn candidates(&self, patterns: &[Pattern], select: ListSelect) -> BTreeSet<&str> {
        let mut names: BTreeSet<&str> = self.names.keys().map(AsRef::as_ref).collect();
        if select.subscribed {
            for name in self.subscriptions() {
                names.insert(name);
                if select.recursive_match {
                    names.extend(parents(name));
                }
            }
        }
        names.retain(|name| patterns.iter().any(|pattern| pattern.matches(name)));
        if !select.subscribed && !select.special_use {
            // RFC 9051 section 6.3.9: levels of hierarchy are told where `%` ends the pattern.
            let by_level = |level: &&str| {
                let mut patterns = patterns.iter().filter(|pattern| pattern.ends_with_level());
                patterns.any(|pattern| pattern.matches(level))
            };
            names.extend(self.levels.iter().map(String::as_str).filter(by_level));
        }
        names
    }

    fn mailbox(&self, name: &str) -> Option<(usize, Arc<Mailbox>)> {
        let (place, mailbox) = self.names.get(name)?;
        let source = self.sources.get(*place)?;
        Some((*place, mailbox.as_seen_by(source.who)))
    }

    /// What others use a mailbox for is nothing to this user's clients.
    fn special_use(&self, name: &str) -> Option<Attribute> {
        let (_, mailbox) = self.names.get(name).filter(|(place, _)| *place == 0)?;
        mailbox.special_use().map(|use_| use_.attribute())
    }

    fn entry(&self, name: &str, select: ListSelect, ret: &ListReturn) -> Option<Listed> {
        let own = self.sources.first()?.account;
        let subscribed = own.is_subscribed(name);
        let special = self.special_use(name);
        let selected =
            (!select.subscribed || subscribed) && (!select.special_use || special.is_some());
        let subscribed_below =
            select.subscribed && select.recursive_match && subscribed_below(own, name);
        if !selected && !subscribed_below {
            return None;
        }
        let has_children = self.has_children(name);
        let mailbox = self.mailbox(name);
        let mut attributes = Vec::new();
        if mailbox.is_none() {
            attributes.push(Attribute::NonExistent);
        }
        if self.levels.contains(name) {
            // For who does not know of the other.
            attributes.push(Attribute::NoSelect);
        }
        match (has_children, &mailbox) {
            (true, _) => attributes.push(Attribute::HasChildren),
            (false, Some(_)) => attributes.push(Attribute::HasNoChildren),
            (false, None) => {}
        }
        if subscribed && (select.subscribed || ret.subscribed) {
            attributes.push(Attribute::Subscribed);
        }
        attributes.extend(special);
        Some(Listed {
            name: name.to_owned(),
            attributes,
            subscribed_below,
            selected,
            mailbox,
        })
    }

    fn has_children(&self, name: &str) -> bool {
        let prefix = format!("{name}/");
        let mut after = self.names.range(Cow::Borrowed(prefix.as_str())..);
        after
            .next()
            .is_some_and(|(next, _)| next.starts_with(&prefix))
    }
}

/// The names above, the uppermost first.
fn parents(name: &str) -> impl Iterator<Item = &str> {
    name.match_indices('/')
        .filter_map(|(end, _)| name.get(..end))
}

fn subscribed_below(account: &Account, name: &str) -> bool {
    let prefix = format!("{name}/");
    let mut after = account.subscriptions.range(prefix.clone()..);
    after.next().is_some_and(|next| next.starts_with(&prefix))
}
