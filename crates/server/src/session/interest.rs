//! What a client wants to be told by NOTIFY, and of which mailboxes: RFC 5465 sections 5 and 6.

use postern_account::Account;
use postern_imap::fetch::FetchItem;
use postern_imap::mailbox::{Encoding, MailboxArg};
use postern_imap::notify::{EventGroup, Events, MailboxFilter};
use std::collections::HashSet;

/// The event groups of a NOTIFY SET. Without any it is NOTIFY NONE.
#[derive(Debug, Default)]
pub(crate) struct Interest {
    selected: Option<Selected>,
    others: Vec<Group>,
}

#[derive(Debug)]
struct Selected {
    delayed: bool,
    events: Events,
}

#[derive(Debug)]
struct Group {
    scope: Scope,
    /// `None`: no events of these mailboxes, whatever other groups say.
    events: Option<Events>,
}

#[derive(Debug)]
enum Scope {
    /// All mailboxes are in the one personal namespace, and mail can be delivered to any.
    Personal,
    Subscribed,
    /// Sets, because each mailbox is looked for among thousands of names.
    Subtree(HashSet<String>),
    Mailboxes(HashSet<String>),
}

/// Why groups are not taken.
pub(crate) enum Objection {
    /// Against the grammar's rules.
    Bad(&'static str),
    /// An event that is not supported.
    BadEvent,
}

/// What is wanted of the selected mailbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Wanted {
    /// EXISTS and EXPUNGE.
    pub(crate) messages: bool,
    pub(crate) flags: bool,
}

impl Wanted {
    /// As before the first NOTIFY.
    pub(crate) const ALL: Self = Self {
        messages: true,
        flags: true,
    };
}

impl Interest {
    /// Checks the groups (section 5 and 6.1). Names that no mailbox can have are passed over.
    pub(crate) fn new(groups: Vec<EventGroup>, encoding: Encoding) -> Result<Self, Objection> {
        let mut interest = Self::default();
        let mut selected_twice = false;
        for EventGroup { filter, events } in groups {
            if let Some(events) = &events {
                check(&filter, events)?;
            }
            if filter.is_selected() {
                let selected = Selected {
                    delayed: filter == MailboxFilter::SelectedDelayed,
                    events: events.unwrap_or_default(),
                };
                selected_twice |= interest.selected.replace(selected).is_some();
            } else {
                let scope = Scope::new(filter, encoding);
                interest.others.push(Group { scope, events });
            }
        }
        match selected_twice {
            true => Err(Objection::Bad(
                "Only one group may be for the selected mailbox",
            )),
            false => Ok(interest),
        }
    }

    /// Whether nothing is wanted at all.
    pub(crate) fn is_empty(&self) -> bool {
        self.selected.is_none() && self.others.is_empty()
    }

    /// Whether anything is wanted beyond the selected mailbox.
    pub(crate) fn has_others(&self) -> bool {
        !self.others.is_empty()
    }

    /// What is wanted of the selected mailbox.
    pub(crate) fn of_selected(&self) -> Wanted {
        let events = self.selected.as_ref().map(|selected| &selected.events);
        Wanted {
            messages: events.is_some_and(|events| events.message_new.is_some()),
            flags: events.is_some_and(|events| events.flag_change),
        }
    }

    /// What to tell of new messages in the selected mailbox.
    pub(crate) fn items(&self) -> &[FetchItem] {
        let selected = self.selected.as_ref();
        selected
            .and_then(|selected| selected.events.message_new.as_deref())
            .unwrap_or_default()
    }

    /// Whether expunges wait for a command that may tell them.
    pub(crate) fn is_delayed(&self) -> bool {
        self.selected
            .as_ref()
            .is_some_and(|selected| selected.delayed)
    }

    /// Whether any group wants an event of the mailbox of that name, which need not exist.
    pub(crate) fn wants(&self, account: &Account, name: &str, of: fn(&Events) -> bool) -> bool {
        let mut wanted = false;
        for group in self.others.iter().filter(|g| g.scope.covers(account, name)) {
            match &group.events {
                None => return false,
                Some(events) => wanted |= of(events),
            }
        }
        wanted
    }

    /// Whether changes of the server's annotations are wanted.
    pub(crate) fn wants_server_metadata(&self) -> bool {
        let events = self.others.iter().filter_map(|group| group.events.as_ref());
        events.into_iter().any(|events| events.server_metadata)
    }
}

fn check(filter: &MailboxFilter, events: &Events) -> Result<(), Objection> {
    if events.unsupported {
        return Err(Objection::BadEvent);
    }
    let new = events.message_new.is_some();
    if new != events.message_expunge {
        return Err(Objection::Bad("MessageNew and MessageExpunge go together"));
    }
    if events.flag_change && !new {
        return Err(Objection::Bad(
            "FlagChange needs MessageNew and MessageExpunge",
        ));
    }
    let of_mailboxes = events.mailbox_name
        || events.subscription_change
        || events.mailbox_metadata
        || events.server_metadata;
    if filter.is_selected() && of_mailboxes {
        return Err(Objection::Bad(
            "The selected mailbox has message events only",
        ));
    }
    let items = events
        .message_new
        .as_ref()
        .is_some_and(|items| !items.is_empty());
    if items && !filter.is_selected() {
        return Err(Objection::Bad(
            "Data items are told of the selected mailbox only",
        ));
    }
    Ok(())
}

impl Scope {
    fn new(filter: MailboxFilter, encoding: Encoding) -> Self {
        let names = |mailboxes: Vec<MailboxArg>| {
            let decoded = mailboxes.iter().filter_map(|m| m.decode(encoding).ok());
            decoded.map(|name| name.as_str().to_owned()).collect()
        };
        match filter {
            MailboxFilter::Subscribed => Self::Subscribed,
            MailboxFilter::Subtree(mailboxes) => Self::Subtree(names(mailboxes)),
            MailboxFilter::Mailboxes(mailboxes) => Self::Mailboxes(names(mailboxes)),
            _ => Self::Personal,
        }
    }

    fn covers(&self, account: &Account, name: &str) -> bool {
        match self {
            Self::Personal => true,
            Self::Subscribed => account.is_subscribed(name),
            Self::Mailboxes(names) => names.contains(name),
            Self::Subtree(names) => {
                let ends = name.match_indices('/').map(|(end, _)| end);
                let mut tops = ends.filter_map(|end| name.get(..end));
                names.contains(name) || tops.any(|top| names.contains(top))
            }
        }
    }
}
