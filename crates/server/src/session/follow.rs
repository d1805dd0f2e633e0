//! Telling a session what others did to the account beyond its selected mailbox: annotations,
//! once the client has enabled that (RFC 5464 section 4.4.2), and what it asks for by NOTIFY
//! (RFC 5465).

use super::interest::{Interest, Wanted};
use super::{Session, State, Told};
use crate::command::{get_metadata, list, status};
use crate::live::{Made, SessionAccount};
use crate::reply::Failure;
use postern_account::changes::{self, Changes, MessagesChanged, NameChanged};
use postern_account::list::Source;
use postern_account::metadata::{self, Metadata};
use postern_account::{Account, MailboxId};
use postern_imap::command::StatusItem;
use postern_imap::notify::Events;
use postern_imap::response::{Code, Condition};
use postern_imap::sequence::UidSet;
use std::sync::Arc;
use tokio::sync::watch;

/// Responses that one change may bring. A client that asks for more than this is better off with
/// LIST and STATUS: it gets NOTIFICATIONOVERFLOW.
const RESPONSES: usize = 1000;

/// What the session follows of its account.
#[derive(Default)]
pub(crate) struct Follow {
    /// ENABLE METADATA: the annotations that the client has been told to have changed, and those
    /// that it changed itself.
    metadata: Option<Metadata>,
    /// What the client asked for by NOTIFY; `None` before its first one.
    notify: Option<Notified>,
    /// New messages of the selected mailbox, of which NOTIFY wants data told: from this UID on.
    fresh: Option<u32>,
}

struct Notified {
    interest: Interest,
    /// What the client knows of; `None` where nothing is wanted but of the selected mailbox. It is
    /// the newest version but for moments, because a new one wakes the session.
    told: Option<Arc<Account>>,
    watch: watch::Receiver<Arc<Account>>,
}

impl Follow {
    /// What the client wants to know of its selected mailbox.
    pub(super) fn wanted(&self) -> Wanted {
        match &self.notify {
            Some(notified) => notified.interest.of_selected(),
            None => Wanted::ALL,
        }
    }

    /// There are new messages in the selected mailbox, from this UID on.
    pub(super) fn note_fresh(&mut self, first: u32) {
        let items = self.notify.as_ref().map(|n| n.interest.items());
        if items.is_some_and(|items| !items.is_empty()) {
            self.fresh.get_or_insert(first);
        }
    }

    /// RFC 5465 section 5.1: flags are told with UID.
    pub(super) fn wants_uid(&self) -> bool {
        self.notify.is_some()
    }

    /// Whether NOTIFY asks for anything.
    pub(super) fn listens(&self) -> bool {
        let interest = self.notify.as_ref().map(|notified| &notified.interest);
        interest.is_some_and(|interest| !interest.is_empty())
    }

    /// Waits until there may be something to tell between commands.
    pub(super) async fn news(&mut self) {
        if let Some(notified) = &mut self.notify
            && notified.watch.changed().await.is_ok()
        {
            return;
        }
        std::future::pending().await
    }

    fn mark_seen(&mut self) {
        if let Some(notified) = &mut self.notify {
            notified.watch.mark_unchanged();
        }
    }
}

impl Session {
    /// ENABLE METADATA; whether that is new.
    pub(crate) fn follow_metadata(&mut self) -> Result<bool, Failure> {
        if self.follow.metadata.is_some() {
            return Ok(false);
        }
        let live = &self.login()?.live;
        live.keep_made();
        self.follow.metadata = Some(live.account().metadata().clone());
        Ok(true)
    }

    /// NOTIFY: what is told from now on; gives the version that it begins with.
    pub(crate) fn notify(&mut self, interest: Interest) -> Result<Arc<Account>, Failure> {
        let live = &self.login()?.live;
        live.keep_made();
        let mut watch = live.watch();
        let account = Arc::clone(&watch.borrow_and_update());
        self.follow.fresh = None;
        self.follow.notify = Some(Notified {
            told: interest.has_others().then(|| Arc::clone(&account)),
            interest,
            watch,
        });
        Ok(account)
    }

    /// As before the first NOTIFY.
    pub(crate) fn forget_notify(&mut self) {
        self.follow.notify = None;
    }

    /// Whether NOTIFY wants an event of the mailbox of that name.
    pub(crate) fn wants(&self, account: &Account, name: &str, of: fn(&Events) -> bool) -> bool {
        let notified = self.follow.notify.as_ref();
        notified.is_some_and(|notified| notified.interest.wants(account, name, of))
    }

    /// Whether that mailbox of that account is selected.
    pub(crate) fn is_selected(&self, live: &SessionAccount, mailbox: MailboxId) -> bool {
        let State::Selected(_, selected) = &self.state else {
            return false;
        };
        selected.live.is(live) && selected.mailbox() == mailbox
    }

    /// Appends all that the client wants to know: of its mailbox, and beyond.
    pub(crate) async fn tell_all(&mut self, expunges: bool) -> Result<(), Failure> {
        // First, so that what comes while this is told wakes the session again.
        self.follow.mark_seen();
        if let State::Selected(_, selected) = &mut self.state
            && let Some(watch) = &mut selected.watch
        {
            watch.mark_unchanged();
        }
        self.tell_wanted(expunges, &Told::default())?;
        self.tell_key();
        self.tell_followed().await
    }

    /// The same between commands, where NOTIFY alone allows it.
    pub(super) async fn tell_between(&mut self) -> Result<(), Failure> {
        let delayed = |notified: &Notified| notified.interest.is_delayed();
        let delayed = self.follow.notify.as_ref().is_some_and(delayed);
        self.tell_all(!delayed).await
    }

    async fn tell_followed(&mut self) -> Result<(), Failure> {
        let Some(live) = self.state.live().cloned() else {
            return Ok(());
        };
        let (account, made) = (live.account(), live.take_made());
        if let Some(told) = &mut self.follow.metadata {
            made.iter().for_each(|made| told.apply(&made.event));
            let changes = account.metadata().differences(told);
            *told = account.metadata().clone();
            self.write_metadata(&account, &changes);
        }
        let told = self.follow.notify.as_mut().and_then(|n| n.told.as_mut());
        if let Some(told) = told {
            let before = std::mem::replace(told, Arc::clone(&account));
            let own: Vec<_> = made.iter().map(|made| (made.seq, &made.event)).collect();
            let changes = changes::between(&before, &account, &own);
            self.write_changes(&live, &before, &account, changes)?;
        }
        self.write_fresh(&made).await
    }

    /// RFC 5465 section 5.2: what NOTIFY wants to know of new messages, but not of the session's
    /// own.
    async fn write_fresh(&mut self, made: &[Made]) -> Result<(), Failure> {
        let (Some(first), Some(notified)) = (self.follow.fresh.take(), &self.follow.notify) else {
            return Ok(());
        };
        if !matches!(self.state, State::Selected(..)) {
            return Ok(());
        }
        let items = notified.interest.items().to_vec();
        let view = self.view()?;
        let made = match self.selected()?.live.is_own() {
            true => made,
            false => &[],
        };
        let own = |modseq| made.binary_search_by_key(&modseq, |made| made.seq).is_ok();
        let new = UidSet::range(first, u32::MAX);
        let new = view.mailbox().select(&new);
        let fresh = new.filter(|message| !own(message.marks.modseq));
        let uids = fresh.map(|message| message.stored.uid).collect();
        crate::command::fetch::write_new(self, &items, &uids).await
    }

    fn write_changes(
        &mut self,
        live: &Arc<SessionAccount>,
        before: &Account,
        account: &Account,
        changes: Changes,
    ) -> Result<(), Failure> {
        let messages = self.wanted_messages(live, account, &changes.messages);
        let names = self.wanted_names(before, account, &changes);
        let metadata = self.wanted_metadata(account, changes.metadata);
        if messages.len() + names.len() + metadata.len() > RESPONSES {
            return self.overflow();
        }
        let sources = [Source::own(account)];
        for (name, old) in names {
            list::write_change(self, &sources, &name, old.as_deref());
        }
        for (changed, items) in messages {
            status::tell(self, live, &changed.mailbox, &items)?;
        }
        self.write_metadata(account, &metadata);
        Ok(())
    }

    /// RFC 5465 section 5.8: as after NOTIFY NONE.
    fn overflow(&mut self) -> Result<(), Failure> {
        let code = Code::NotificationOverflow;
        self.untagged(Condition::Ok, Some(&code), "Too much to tell");
        self.notify(Interest::default()).map(|_| ())
    }

    /// What STATUS tells of which mailbox: sections 5.1 to 5.3.
    fn wanted_messages(
        &self,
        live: &SessionAccount,
        account: &Account,
        changed: &[MessagesChanged],
    ) -> Vec<(MessagesChanged, Vec<StatusItem>)> {
        let mut wanted = Vec::new();
        let beyond = |changed: &&MessagesChanged| !self.is_selected(live, changed.mailbox.id());
        for changed in changed.iter().filter(beyond) {
            let name = changed.mailbox.name();
            let count = (changed.new || changed.expunged)
                && self.wants(account, name, |events| events.message_new.is_some());
            let flags = changed.flags && self.wants(account, name, |events| events.flag_change);
            let mut items = Vec::new();
            if count {
                items.extend([StatusItem::Messages, StatusItem::UidNext]);
            }
            if count || flags {
                items.extend([StatusItem::UidValidity, StatusItem::Unseen]);
                let condstore = self.enabled.condstore;
                items.extend(condstore.then_some(StatusItem::HighestModseq));
                wanted.push((changed.clone(), items));
            }
        }
        wanted
    }

    /// Names to tell by LIST, each once, with what they were: sections 5.4 and 5.5.
    fn wanted_names(
        &self,
        before: &Account,
        account: &Account,
        changes: &Changes,
    ) -> Vec<(String, Option<String>)> {
        let of_name: fn(&Events) -> bool = |events| events.mailbox_name;
        let mut names: Vec<(String, Option<String>)> = Vec::new();
        for changed in &changes.names {
            let (name, old) = match changed {
                NameChanged::Affected(name) => (name, None),
                NameChanged::Renamed { name, old } => (name, Some(old)),
            };
            let old_wanted = old.is_some_and(|old| self.wants(account, old, of_name));
            if old_wanted || self.wants(account, name, of_name) {
                names.push((name.clone(), old.cloned()));
            }
        }
        for name in &changes.subscriptions {
            // One that is unsubscribed from was among SUBSCRIBED until now.
            let of: fn(&Events) -> bool = |events| events.subscription_change;
            let wanted = self.wants(account, name, of) || self.wants(before, name, of);
            if wanted && names.iter().all(|(told, _)| told != name) {
                names.push((name.clone(), None));
            }
        }
        names
    }

    /// Sections 5.6 and 5.7. Nothing where ENABLE METADATA has it all told.
    fn wanted_metadata(
        &self,
        account: &Account,
        changes: Vec<metadata::Changes>,
    ) -> Vec<metadata::Changes> {
        let Some(notified) = self.follow.notify.as_ref() else {
            return Vec::new();
        };
        if self.follow.metadata.is_some() {
            return Vec::new();
        }
        let wanted = |changes: &metadata::Changes| match changes.owner {
            None => notified.interest.wants_server_metadata(),
            Some(id) => account.by_id(id).is_some_and(|mailbox| {
                self.wants(account, mailbox.name(), |events| events.mailbox_metadata)
            }),
        };
        changes.into_iter().filter(wanted).collect()
    }

    fn write_metadata(&mut self, account: &Account, changes: &[metadata::Changes]) {
        for change in changes {
            get_metadata::write_change(self, account, change);
        }
    }
}
