//! The state of an account: the fold of its log.

use crate::access_key::AccessKeys;
use crate::event::{Event, MailboxId, SpecialUse};
use crate::mailbox::Mailbox;
use crate::metadata::Metadata;
use crate::quota::Usage;
use postern_imap::flag::Flag;
use postern_imap::sequence::UidSet;
use rpds::{RedBlackTreeMapSync, RedBlackTreeSetSync};
use std::collections::BTreeSet;
use std::sync::Arc;

/// One version of an account. Cloning shares everything.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Account {
    pub(crate) seq: u64,
    pub(crate) at: i64,
    pub(crate) last_uid_validity: u32,
    pub(crate) mailboxes: RedBlackTreeMapSync<MailboxId, Arc<Mailbox>>,
    pub(crate) names: RedBlackTreeMapSync<String, MailboxId>,
    pub(crate) subscriptions: RedBlackTreeSetSync<String>,
    pub(crate) metadata: Metadata,
    pub(crate) access_keys: AccessKeys,
    /// All messages of all mailboxes.
    pub(crate) usage: Usage,
}

/// The one name that every account has.
pub const INBOX: &str = "INBOX";

impl Account {
    /// The number of the last event applied.
    pub fn seq(&self) -> u64 {
        self.seq
    }

    /// The time of the last event, milliseconds since 1970; never goes back.
    pub fn at(&self) -> i64 {
        self.at
    }

    /// The mailbox of that name.
    pub fn mailbox(&self, name: &str) -> Option<&Arc<Mailbox>> {
        self.by_id(*self.names.get(name)?)
    }

    /// The mailbox of that number.
    pub fn by_id(&self, id: MailboxId) -> Option<&Arc<Mailbox>> {
        self.mailboxes.get(&id)
    }

    /// The mailboxes in the order of their names.
    pub fn mailboxes(&self) -> impl Iterator<Item = &Arc<Mailbox>> {
        self.names.values().filter_map(|id| self.mailboxes.get(id))
    }

    /// The mailboxes below `name` in the hierarchy, in the order of their names.
    pub fn below<'a>(&'a self, name: &str) -> impl Iterator<Item = &'a Arc<Mailbox>> + use<'a> {
        let prefix = format!("{name}/");
        self.names
            .range(prefix.clone()..)
            .take_while(move |(other, _)| other.starts_with(&prefix))
            .filter_map(|(_, id)| self.mailboxes.get(id))
    }

    /// What its messages come to, for its quota.
    pub fn usage(&self) -> Usage {
        self.usage
    }

    /// How many mailboxes there are.
    pub fn mailbox_count(&self) -> usize {
        self.mailboxes.size()
    }

    /// The mailbox for a special use.
    pub fn special(&self, special_use: SpecialUse) -> Option<&Arc<Mailbox>> {
        self.mailboxes()
            .find(|mailbox| mailbox.special_use() == Some(special_use))
    }

    /// The names subscribed to, in order; some may have no mailbox.
    pub fn subscriptions(&self) -> impl Iterator<Item = &str> {
        self.subscriptions.iter().map(String::as_str)
    }

    /// Whether `name` is subscribed to.
    pub fn is_subscribed(&self, name: &str) -> bool {
        self.subscriptions.contains(name)
    }

    /// The annotations.
    pub fn metadata(&self) -> &Metadata {
        &self.metadata
    }

    /// The keys that authorize URLs.
    pub fn access_keys(&self) -> &AccessKeys {
        &self.access_keys
    }

    /// Applies one event: total and pure. Whatever cannot apply is passed over, so that a fold
    /// always has the same result.
    pub fn apply(&mut self, seq: u64, at: i64, event: &Event) {
        self.seq = seq;
        self.at = self.at.max(at);
        match event {
            Event::MailboxCreated {
                name,
                uid_validity,
                special_use,
            } => self.create(seq, name, *uid_validity, *special_use),
            Event::MailboxDeleted { mailbox } => {
                self.delete(*mailbox);
                self.metadata.apply(event);
                self.access_keys.apply(event);
            }
            Event::MailboxesRenamed { renames } => self.rename(renames),
            Event::Subscribed { name, subscribed } => self.subscribe(name, *subscribed),
            Event::MessagesAdded { mailbox, messages } => {
                let at = self.at;
                let target = self.present_or_inbox(*mailbox);
                self.change(target, |mailbox| mailbox.add(seq, at, messages));
            }
            Event::FlagsChanged {
                mailbox,
                uids,
                action,
                flags,
            } => self.change(Some(*mailbox), |mailbox| {
                mailbox.change_flags(seq, uids, *action, flags);
            }),
            Event::Copied { from, uids, to } => self.copy(seq, *from, uids, *to),
            Event::Expunged { mailbox, uids } => {
                self.change(Some(*mailbox), |mailbox| mailbox.expunge(seq, uids));
            }
            Event::AccessKeySet { mailbox, .. } => {
                if self.mailboxes.contains_key(mailbox) {
                    self.access_keys.apply(event);
                }
            }
            Event::AccessKeysRemoved => self.access_keys.apply(event),
            Event::MetadataSet { mailbox, .. } => {
                if mailbox.is_none_or(|id| self.mailboxes.contains_key(&id)) {
                    self.metadata.apply(event);
                }
            }
            Event::Lost => {}
            Event::AclChanged {
                mailbox,
                identifier,
                rights,
            } => self.change(Some(*mailbox), |mailbox| {
                Arc::make_mut(&mut mailbox.acl).set(*identifier, *rights);
            }),
            Event::SeenChanged {
                mailbox,
                user,
                uids,
                seen,
            } => self.change(Some(*mailbox), |mailbox| {
                mailbox.change_seen(seq, *user, uids, *seen);
            }),
        }
    }

    fn create(&mut self, seq: u64, name: &str, uid_validity: u32, special: Option<SpecialUse>) {
        if self.names.contains_key(name) {
            return;
        }
        let id = MailboxId(seq);
        let mut mailbox = Mailbox::new(id, name.to_owned(), uid_validity, special);
        // RFC 4314 section 4: who may use the parent may use it.
        let parent = name.rsplit_once('/').and_then(|(up, _)| self.mailbox(up));
        if let Some(parent) = parent {
            mailbox.acl = Arc::clone(&parent.acl);
        }
        self.last_uid_validity = self.last_uid_validity.max(uid_validity);
        self.mailboxes.insert_mut(id, Arc::new(mailbox));
        self.names.insert_mut(name.to_owned(), id);
    }

    fn delete(&mut self, id: MailboxId) {
        let Some(mailbox) = self.mailboxes.get(&id).cloned() else {
            return;
        };
        self.names.remove_mut(mailbox.name());
        self.mailboxes.remove_mut(&id);
        self.usage = self.usage.minus(Usage::of(mailbox.totals()));
    }

    fn rename(&mut self, renames: &[(MailboxId, String)]) {
        if !self.can_rename(renames) {
            return;
        }
        for (id, _) in renames {
            if let Some(mailbox) = self.mailboxes.get(id) {
                self.names.remove_mut(mailbox.name());
            }
        }
        for (id, name) in renames {
            self.change(Some(*id), |mailbox| mailbox.name.clone_from(name));
            if self.mailboxes.contains_key(id) {
                self.names.insert_mut(name.clone(), *id);
            }
        }
    }

    /// Whether each mailbox has a name of its own afterwards: one without would be out of reach.
    fn can_rename(&self, renames: &[(MailboxId, String)]) -> bool {
        let present = renames
            .iter()
            .filter(|(id, _)| self.mailboxes.contains_key(id));
        let mut renamed = BTreeSet::new();
        let mut names = BTreeSet::new();
        for (id, name) in present {
            if !renamed.insert(*id) || !names.insert(name) {
                return false;
            }
        }
        let holder = |name: &String| self.names.get(name);
        names
            .into_iter()
            .all(|name| holder(name).is_none_or(|id| renamed.contains(id)))
    }

    fn subscribe(&mut self, name: &str, subscribed: bool) {
        if subscribed {
            self.subscriptions.insert_mut(name.to_owned());
        } else {
            self.subscriptions.remove_mut(name);
        }
    }

    fn copy(&mut self, seq: u64, from: MailboxId, uids: &UidSet, to: MailboxId) {
        let Some(source) = self.mailboxes.get(&from).cloned() else {
            return;
        };
        let at = self.at;
        let target = self.present_or_inbox(to);
        self.change(target, |target| target.add_copies(seq, at, &source, uids));
    }

    fn present_or_inbox(&self, id: MailboxId) -> Option<MailboxId> {
        if self.mailboxes.contains_key(&id) {
            return Some(id);
        }
        self.names.get(INBOX).copied()
    }

    fn change(&mut self, id: Option<MailboxId>, change: impl FnOnce(&mut Mailbox)) {
        if let Some(mailbox) = id.and_then(|id| self.mailboxes.get_mut(&id)) {
            let before = Usage::of(mailbox.totals());
            change(Arc::make_mut(mailbox));
            let after = Usage::of(mailbox.totals());
            self.usage = self.usage.plus(after).minus(before);
        }
    }

    /// A UIDVALIDITY for a new mailbox: the time in seconds, or one more than the last, so that
    /// it is never one that any mailbox of the account has had.
    pub(crate) fn next_uid_validity(&self, now: i64) -> u32 {
        let seconds = u32::try_from(now / 1000).unwrap_or(1);
        seconds.max(self.last_uid_validity.saturating_add(1)).max(1)
    }

    /// The flags that a client may set in this mailbox, for PERMANENTFLAGS and FLAGS.
    pub fn known_flags(mailbox: &Mailbox) -> Vec<Flag> {
        let mut flags = vec![
            Flag::Answered,
            Flag::Flagged,
            Flag::Deleted,
            Flag::Seen,
            Flag::Draft,
        ];
        flags.extend(mailbox.keywords().iter().cloned().map(Flag::Keyword));
        flags
    }
}
