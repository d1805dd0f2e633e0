//! The check of one account: its log, the state that it gives, its snapshot, its messages.

use super::Chosen;
use super::progress::Progress;
use super::report::{Finding, Kind, Place, Remedy, Report};
use crate::data::body_ref;
use crate::failure::Failure;
use postern_account::{Account, Event};
use postern_message::Summary;
use postern_store::sqlite::inspect::{BodyDamage, Inspection, LogPiece, Part};
use postern_store::{AccountId, BodyRef, Entry, Seq, StoreError};
use std::collections::HashSet;

/// Entries read at a time.
const BATCH: usize = 1000;

pub(super) struct AccountCheck<'a> {
    inspection: &'a Inspection,
    id: AccountId,
    name: String,
    /// Then history has an end for all that it had.
    removed: bool,
    report: &'a mut Report,
    progress: &'a mut Progress,
    /// What the log gives; `None` once it gives nothing any more.
    state: Option<Account>,
    snapshot: Option<Account>,
    bodies: HashSet<BodyRef>,
}

impl<'a> AccountCheck<'a> {
    pub(super) fn new(
        inspection: &'a Inspection,
        account: Chosen,
        report: &'a mut Report,
        progress: &'a mut Progress,
    ) -> Self {
        Self {
            inspection,
            id: account.id,
            name: account.name,
            removed: account.removed,
            report,
            progress,
            state: Some(Account::default()),
            snapshot: None,
            bodies: HashSet::new(),
        }
    }

    pub(super) fn run(mut self) -> Result<(), Failure> {
        // The snapshot first: what it holds is in the log that is read after it.
        self.read_snapshot()?;
        self.read_log()?;
        for what in self
            .state
            .iter()
            .flat_map(Account::audit)
            .collect::<Vec<_>>()
        {
            self.find(Kind::State, "the state".to_owned(), what, Remedy::Backup);
        }
        self.read_bodies()?;
        self.report.accounts += 1;
        Ok(())
    }

    fn find(&mut self, kind: Kind, place: String, what: String, remedy: Remedy) {
        let mut finding = Finding::new(kind, place, what, remedy);
        finding.account = Some(self.name.clone());
        self.report.find(finding);
    }

    fn read_snapshot(&mut self) -> Result<(), Failure> {
        let (seq, decoded) = match self.inspection.snapshot(self.id) {
            Ok(None) => return Ok(()),
            Ok(Some((snapshot, chunks))) => {
                let octets = chunks.into_iter().map(|(id, octets)| (id, octets.to_vec()));
                let account = Account::from_snapshot(&snapshot.root, &octets.collect());
                (snapshot.seq, account)
            }
            Err(StoreError::Corrupt(what) | StoreError::Missing(what)) => {
                self.damaged_snapshot(what);
                return Ok(());
            }
            Err(error) => return Err(error.into()),
        };
        self.report.snapshots += 1;
        match decoded.filter(|account| account.seq() == seq) {
            Some(account) => self.snapshot = Some(account),
            None => self.damaged_snapshot("it cannot be read".to_owned()),
        }
        Ok(())
    }

    fn damaged_snapshot(&mut self, what: String) {
        let remedy = Remedy::DropSnapshot(self.id);
        self.find(Kind::Snapshot, "the snapshot".to_owned(), what, remedy);
    }

    fn read_log(&mut self) -> Result<(), Failure> {
        let mut after = 0;
        loop {
            let pieces = self.inspection.log(self.id, after, BATCH)?;
            if pieces.is_empty() {
                break;
            }
            for piece in pieces {
                after = match piece {
                    LogPiece::Entry(entry) => self.entry(&entry),
                    LogPiece::Damaged { first, last, what } => {
                        self.damaged_entries(first, last, what);
                        last
                    }
                };
            }
            self.progress.tick(self.report);
        }
        if self.snapshot.as_ref().is_some_and(|it| it.seq() > after) {
            self.damaged_snapshot("it is ahead of the log".to_owned());
        }
        Ok(())
    }

    fn entry(&mut self, entry: &Entry) -> Seq {
        self.report.entries += 1;
        match Event::decode(&entry.event) {
            None => {
                let what = "it is no event that this version knows".to_owned();
                self.damaged_entries(entry.seq, entry.seq, what);
                return entry.seq;
            }
            // Put aside before: the snapshot has what it did.
            Some(Event::Lost) => {
                self.report.quarantined += 1;
                self.state = None;
                if self.covering(entry.seq).is_none() {
                    let what = "it was put aside, and no snapshot has what it did".to_owned();
                    let place = format!("entry {}", entry.seq);
                    self.find(Kind::Entry, place, what, Remedy::Backup);
                }
            }
            Some(event) => {
                self.bodies.extend(event.bodies().map(body_ref));
                if let Some(state) = &mut self.state {
                    state.apply(entry.seq, entry.at, &event);
                }
            }
        }
        self.compare(entry.seq);
        entry.seq
    }

    /// The snapshot, if it holds this entry.
    fn covering(&self, seq: Seq) -> Option<&Account> {
        self.snapshot.as_ref().filter(|it| it.seq() >= seq)
    }

    /// At the snapshot's entry: it must be what the log gives. Where the log gives nothing, the
    /// snapshot stands in for it.
    fn compare(&mut self, seq: Seq) {
        let Some(snapshot) = self.snapshot.as_ref().filter(|it| it.seq() == seq) else {
            return;
        };
        match &self.state {
            None => self.state = Some(snapshot.clone()),
            Some(state) if state == snapshot => {}
            Some(_) => self.damaged_snapshot("it is not what the log gives".to_owned()),
        }
    }

    fn damaged_entries(&mut self, first: Seq, last: Seq, what: String) {
        self.state = None;
        let remedy = match self.covering(last) {
            Some(_) => Remedy::Replace(self.id, first, last),
            None => Remedy::Backup,
        };
        let place = match first == last {
            true => format!("entry {first}"),
            false => format!("entries {first} to {last}"),
        };
        self.find(Kind::Entry, place, what, remedy);
        self.compare(last);
    }

    fn read_bodies(&mut self) -> Result<(), Failure> {
        let current: HashSet<BodyRef> = self.current_bodies().collect();
        let mut bodies: Vec<BodyRef> = self.bodies.drain().collect();
        bodies.sort_unstable_by_key(|body| (body.segment, body.offset));
        for body in bodies {
            // What only history names may be collected; what a mailbox has may not.
            if !current.contains(&body) && self.inspection.is_collected(self.id, &body)? {
                self.report.collected += 1;
                continue;
            }
            self.report.bodies += 1;
            self.report.octets += u64::from(body.len);
            let verified = self.inspection.verify_body(self.id, &body);
            let verified = verified.and_then(|derived| match Summary::decode(&derived) {
                Some(_) => Ok(()),
                None => Err(BodyDamage {
                    part: Part::Derived,
                    what: "the derived part is no summary that this version knows".to_owned(),
                }),
            });
            if let Err(damage) = verified {
                self.damaged_body(&body, damage);
            }
            self.progress.tick(self.report);
        }
        Ok(())
    }

    /// The bodies of what the mailboxes have now.
    fn current_bodies(&self) -> impl Iterator<Item = BodyRef> {
        let mailboxes = self
            .state
            .iter()
            .filter(|_| !self.removed)
            .flat_map(Account::mailboxes);
        let messages = mailboxes.flat_map(|mailbox| mailbox.messages());
        messages.map(|message| body_ref(&message.stored.body))
    }

    fn damaged_body(&mut self, body: &BodyRef, damage: BodyDamage) {
        let (kind, remedy) = match damage.part {
            Part::Content => (Kind::Body, Remedy::PutAside(self.id, *body)),
            Part::Derived => (Kind::Summary, Remedy::Summarise(self.id, *body)),
        };
        if kind == Kind::Body && self.inspection.is_quarantined(body) {
            self.report.quarantined += 1;
            return;
        }
        let place = format!("segment {} at {}", body.segment, body.offset);
        let mut finding = Finding::new(kind, place, damage.what, remedy);
        finding.account = Some(self.name.clone());
        finding.messages = self.messages_with(body);
        self.report.find(finding);
    }

    fn messages_with(&self, body: &BodyRef) -> Vec<Place> {
        let mut places = Vec::new();
        for mailbox in self.state.iter().flat_map(Account::mailboxes) {
            let with = mailbox
                .messages()
                .filter(|message| body_ref(&message.stored.body) == *body);
            places.extend(with.map(|message| Place {
                mailbox: mailbox.name().to_owned(),
                uid: message.stored.uid,
            }));
        }
        places
    }
}
