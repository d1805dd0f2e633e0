//! Where mailbox names lead. Every command that names a mailbox asks here, so that whose mailbox
//! a name means, and what the user may do with it, is decided in one place.

use crate::live::SessionAccount;
use crate::reply::Failure;
use crate::session::Session;
use crate::sharing;
use postern_account::acl::Rights;
use postern_account::list::Source;
use postern_account::plan::{self, Refusal};
use postern_account::{Account, Mailbox};
use postern_imap::mailbox::{MailboxArg, MailboxName, Pattern, SEPARATOR};
use postern_store::AccountRecord;
use std::sync::Arc;

/// What a name leads to: an account, and the name in it, which need not be a mailbox's.
pub(crate) struct Place {
    pub(crate) live: Arc<SessionAccount>,
    pub(crate) name: MailboxName,
    /// The command needs any of these there.
    needs: Rights,
}

impl Place {
    /// A mailbox that the user has open already.
    pub(crate) fn of(live: Arc<SessionAccount>, name: MailboxName) -> Self {
        let needs = Rights::READ;
        Self { live, name, needs }
    }

    /// The mailbox there, as this user has it now, if the command may use it.
    pub(crate) fn permitted(&self) -> Result<Arc<Mailbox>, Refusal> {
        self.permitted_in(&self.live.account())
    }

    /// The same in a version of the account that a change is planned against.
    pub(crate) fn permitted_in(&self, account: &Account) -> Result<Arc<Mailbox>, Refusal> {
        self.find(account, self.needs)
    }

    /// The same, if the user has any of these rights on it.
    pub(crate) fn permitted_any(&self, any_of: Rights) -> Result<Arc<Mailbox>, Refusal> {
        self.find(&self.live.account(), any_of)
    }

    fn find(&self, account: &Account, any_of: Rights) -> Result<Arc<Mailbox>, Refusal> {
        let who = self.live.who();
        let mailbox = plan::permitted(account, who, self.name.as_str(), any_of)?;
        Ok(mailbox.as_seen_by(who))
    }

    /// The name as this user knows it.
    pub(crate) fn shown(&self) -> String {
        self.live.shown(self.name.as_str())
    }
}

impl Session {
    /// Where the name leads that a client sent.
    pub(crate) async fn place(&self, name: &MailboxArg) -> Result<Place, Failure> {
        self.place_named(name.decode(self.encoding())?).await
    }

    /// The same for CREATE and what takes names as CREATE does.
    pub(crate) async fn place_to_create(&self, name: &MailboxArg) -> Result<Place, Failure> {
        self.place_named(name.decode_for_create(self.encoding())?)
            .await
    }

    /// Where a name in normal form leads. What is in nobody's place is answered for like a
    /// mailbox that is hidden.
    pub(crate) async fn place_named(&self, name: MailboxName) -> Result<Place, Failure> {
        let own = &self.login()?.live;
        let needs = self.needs.named;
        // A mailbox from before there was sharing stays its owner's.
        let is_own = || own.account().mailbox(name.as_str()).is_some();
        if !sharing::is_reserved(name.as_str()) || is_own() {
            let live = Arc::clone(own);
            return Ok(Place { live, name, needs });
        }
        let directory = self.shared.directory.as_ref();
        let found = sharing::find(directory, own.id(), name.as_str()).await?;
        let (live, name) = match found {
            Some((record, inner)) => (self.account_of(&record).await?, inner),
            None => (Arc::new(own.nobodys()), sharing::normal(name)),
        };
        Ok(Place { live, name, needs })
    }

    /// Another's account as this user has it.
    pub(crate) async fn account_of(
        &self,
        record: &AccountRecord,
    ) -> Result<Arc<SessionAccount>, Failure> {
        let login = self.login()?;
        let live = self.shared.accounts.get(record.id).await?;
        let prefix = sharing::prefix(record);
        Ok(Arc::new(login.live.other(live, &login.name, prefix)))
    }
}

/// The accounts of which a user sees mailboxes, each in the version that is looked at.
pub(crate) struct Seen(Vec<(Arc<SessionAccount>, Arc<Account>)>);

impl Seen {
    /// One account alone.
    pub(crate) fn only(live: &Arc<SessionAccount>) -> Self {
        Self(vec![(Arc::clone(live), live.account())])
    }

    /// The accounts for LIST, the user's own first.
    pub(crate) fn sources(&self) -> Vec<Source<'_>> {
        let all = self.0.iter();
        let sources = all.map(|(live, account)| Source {
            account,
            who: live.who(),
            prefix: live.prefix(),
        });
        sources.collect()
    }

    /// The account at a place among the sources.
    pub(crate) fn get(&self, place: usize) -> Option<(&Arc<SessionAccount>, &Arc<Account>)> {
        self.0.get(place).map(|(live, account)| (live, account))
    }
}

impl Session {
    /// The accounts of which mailboxes may match any of the patterns. Nobody else's are read for
    /// a pattern that keeps to the user's own.
    pub(crate) async fn accounts_for(&self, patterns: &[Pattern]) -> Result<Seen, Failure> {
        let own = &self.login()?.live;
        let mut seen = Seen::only(own);
        let is_level = |prefix: &str| {
            let level = prefix.trim_end_matches(SEPARATOR);
            let mut patterns = patterns.iter().filter(|p| p.ends_with_level());
            patterns.any(|p| p.matches(level))
        };
        let reached = |prefix: &str| is_level(prefix) || patterns.iter().any(|p| p.reaches(prefix));
        if !reached(sharing::OTHERS) && !reached(sharing::SHARED) {
            return Ok(seen);
        }
        for record in self.shared.directory.grantors(own.id()).await? {
            if reached(&sharing::prefix(&record)) || is_level(sharing::namespace(&record)) {
                let live = self.account_of(&record).await?;
                let account = live.account();
                seen.0.push((live, account));
            }
        }
        Ok(seen)
    }
}
