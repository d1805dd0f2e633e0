//! LIST and LSUB: which names match, and what is said of each. RFC 9051 section 6.3.9,
//! RFC 5258, RFC 6154, RFC 3501 section 6.3.9.

use crate::mailbox::Mailbox;
use crate::state::{Account, INBOX};
use postern_imap::command::{ListReturn, ListSelect};
use postern_imap::mailbox::Pattern;
use postern_imap::response::Attribute;
use std::collections::BTreeMap;
use std::sync::Arc;

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
    /// RFC 9590) is told of such only.
    pub selected: bool,
    /// The mailbox, for STATUS; `None` for a name that is only subscribed to.
    pub mailbox: Option<Arc<Mailbox>>,
}

/// The answers to LIST, in the order of names with INBOX first.
pub fn list(
    account: &Account,
    patterns: &[Pattern],
    select: ListSelect,
    ret: &ListReturn,
) -> Vec<Listed> {
    let matches = |name: &str| patterns.iter().any(|pattern| pattern.matches(name));
    let mut names = candidates(account, select);
    names.retain(|name, _| matches(name));
    let mut listed: Vec<_> = names
        .into_iter()
        .filter_map(|(name, mailbox)| entry(account, name, mailbox, select, ret))
        .collect();
    listed.sort_by_key(|entry| entry.name != INBOX);
    listed
}

/// What is said of a name by itself, whether or not it is subscribed to or a mailbox: what
/// NOTIFY tells (RFC 5465 section 5.4).
pub fn describe(account: &Account, name: &str) -> Option<Listed> {
    let ret = ListReturn {
        subscribed: true,
        ..ListReturn::default()
    };
    let mailbox = account.mailbox(name);
    entry(account, name, mailbox, ListSelect::default(), &ret)
}

/// The answers to LSUB. For a pattern with `%`, a name that has subscribed names below it is
/// told with `\Noselect` when it is not subscribed to itself (RFC 3501 section 6.3.9).
pub fn lsub(account: &Account, pattern: &Pattern) -> Vec<Listed> {
    let mut names: BTreeMap<&str, bool> = BTreeMap::new();
    for name in account.subscriptions() {
        if pattern.matches(name) {
            names.insert(name, true);
            continue;
        }
        let parents = name
            .match_indices('/')
            .filter_map(|(end, _)| name.get(..end));
        for parent in parents.filter(|parent| pattern.matches(parent)) {
            names.entry(parent).or_insert(false);
        }
    }
    let entry = |(name, subscribed): (&str, bool)| {
        let mailbox = account.mailbox(name).cloned();
        let mut attributes = Vec::new();
        if !subscribed || mailbox.is_none() {
            attributes.push(Attribute::NoSelect);
        }
        attributes.extend(
            mailbox
                .iter()
                .filter_map(|m| m.special_use())
                .map(|u| u.attribute()),
        );
        Listed {
            name: name.to_owned(),
            attributes,
            subscribed_below: false,
            selected: subscribed,
            mailbox,
        }
    };
    names.into_iter().map(entry).collect()
}

type Names<'a> = BTreeMap<&'a str, Option<&'a Arc<Mailbox>>>;

/// The names that the selection options leave to be matched.
fn candidates(account: &Account, select: ListSelect) -> Names<'_> {
    let mut names: Names<'_> = account.mailboxes().map(|m| (m.name(), Some(m))).collect();
    if !select.subscribed {
        return names;
    }
    for name in account.subscriptions() {
        names.entry(name).or_insert(None);
        if select.recursive_match {
            let parents = name
                .match_indices('/')
                .filter_map(|(end, _)| name.get(..end));
            parents.for_each(|parent| {
                names.entry(parent).or_insert(None);
            });
        }
    }
    names
}

fn entry(
    account: &Account,
    name: &str,
    mailbox: Option<&Arc<Mailbox>>,
    select: ListSelect,
    ret: &ListReturn,
) -> Option<Listed> {
    let subscribed = account.is_subscribed(name);
    let special = mailbox.and_then(|m| m.special_use());
    let selected = (!select.subscribed || subscribed) && (!select.special_use || special.is_some());
    let subscribed_below = select.subscribed && select.recursive_match && below(account, name);
    if !selected && !subscribed_below {
        return None;
    }
    let mut attributes = Vec::new();
    match mailbox {
        None => attributes.push(Attribute::NonExistent),
        Some(_) if account.below(name).next().is_some() => attributes.push(Attribute::HasChildren),
        Some(_) => attributes.push(Attribute::HasNoChildren),
    }
    if subscribed && (select.subscribed || ret.subscribed) {
        attributes.push(Attribute::Subscribed);
    }
    attributes.extend(special.map(|use_| use_.attribute()));
    Some(Listed {
        name: name.to_owned(),
        attributes,
        subscribed_below,
        selected,
        mailbox: mailbox.cloned(),
    })
}

fn below(account: &Account, name: &str) -> bool {
    let prefix = format!("{name}/");
    let mut after = account.subscriptions.range(prefix.clone()..);
    after.next().is_some_and(|next| next.starts_with(&prefix))
}
