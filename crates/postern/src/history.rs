//! `postern history`: what happened to a mailbox or a message, when, and from where.

use crate::account_log;
use crate::config::Config;
use crate::data::{self, body_ref};
use crate::failure::Failure;
use crate::output::print;
use crate::when;
use postern_account::acl::{Subject, UserId};
use postern_account::event::Body;
use postern_account::history::{Change, What, changes};
use postern_account::{Account, Event, MailboxId, Origin};
use postern_imap::command::StoreAction;
use postern_imap::sequence::UidSet;
use postern_message::Summary;
use postern_store::AccountId;
use postern_store::sqlite::inspect::Inspection;
use serde::Serialize;
use std::collections::{HashMap, HashSet};
use std::io::Write;

/// What is asked of a history.
#[derive(Debug, Clone, clap::Args)]
#[command(after_help = "Examples:\n  postern history --account ann\n  \
    postern history --account ann --mailbox INBOX --since 3d\n  \
    postern history --account ann --mailbox INBOX --message 4711\n  \
    postern history --account ann --message '<id@example.org>'\n\n\
    Times are in UTC.")]
pub struct HistoryArgs {
    /// Whose
    #[arg(long, value_name = "NAME")]
    account: String,
    /// Only what happened to the mailbox that has, or had, this name
    #[arg(long, value_name = "MAILBOX")]
    mailbox: Option<String>,
    /// Only what happened to this message and its copies: a UID of the mailbox, or a Message-ID
    #[arg(long, value_name = "UID|MESSAGE-ID")]
    message: Option<String>,
    /// Only from this time on
    #[arg(long, value_name = "TIME", value_parser = when::parse)]
    since: Option<i64>,
    /// Print JSON: one object a line
    #[arg(long)]
    json: bool,
}

/// One line of a history.
#[derive(Debug, Serialize)]
struct Line {
    /// RFC 3339.
    at: String,
    /// The number of the entry, which is the MODSEQ of what it changed.
    entry: u64,
    mailbox: String,
    what: String,
    /// The UIDs, as IMAP writes a set.
    #[serde(skip_serializing_if = "String::is_empty")]
    uids: String,
    messages: usize,
    /// `imap`, `lmtp` or `operator`.
    #[serde(skip_serializing_if = "Option::is_none")]
    protocol: Option<&'static str>,
    /// As the server's log calls it.
    #[serde(skip_serializing_if = "Option::is_none")]
    session: Option<u64>,
    /// What the client called itself, and its address.
    #[serde(skip_serializing_if = "Option::is_none")]
    client: Option<String>,
}

/// Prints what happened.
///
/// # Errors
/// There is no such account, mailbox or message, or the log cannot be read.
pub fn run(config: &Config, args: &HistoryArgs, out: &mut dyn Write) -> Result<(), Failure> {
    data::become_owner(config)?;
    let inspection = data::inspect(config)?;
    let account = account_log::find(&inspection, &args.account)?;
    let wanted = Wanted::find(&inspection, account, args)?;
    let mut state = Account::default();
    let mut clients: HashMap<u64, String> = HashMap::new();
    let mut failed = None;
    account_log::each(&inspection, account, |entry, event, origin| {
        let told = origin.as_ref().filter(|it| !it.client.is_empty());
        if let Some(origin) = told {
            clients.insert(origin.session, origin.client.clone());
        }
        if args.since.is_none_or(|since| entry.at >= since) {
            for change in changes(&state, entry.seq, event) {
                let Some(change) = wanted.cut(change) else {
                    continue;
                };
                let line = line(entry.seq, entry.at, &change, origin.as_ref(), &clients);
                let text = if args.json { line.json() } else { line.text() };
                if let Err(failure) = text.and_then(|text| print(out, &text)) {
                    failed = Some(failure);
                    return false;
                }
            }
        }
        state.apply(entry.seq, entry.at, event);
        true
    })?;
    failed.map_or(Ok(()), Err)
}

/// What of a history is asked for.
struct Wanted {
    mailboxes: Option<HashSet<MailboxId>>,
    bodies: Option<HashSet<Body>>,
}

impl Wanted {
    fn find(
        inspection: &Inspection,
        account: AccountId,
        args: &HistoryArgs,
    ) -> Result<Self, Failure> {
        let mut wanted = Self {
            mailboxes: None,
            bodies: None,
        };
        if let Some(name) = &args.mailbox {
            let ids = mailboxes(inspection, account, name)?;
            if ids.is_empty() {
                return Err(Failure::Request(format!(
                    "the account never had a mailbox {name:?}"
                )));
            }
            wanted.mailboxes = Some(ids);
        }
        let Some(message) = &args.message else {
            return Ok(wanted);
        };
        let bodies = match (message.parse::<u32>(), &wanted.mailboxes) {
            (Ok(uid), Some(ids)) => bodies_of_uid(inspection, account, ids, uid)?,
            (Ok(_), None) => {
                let what = "a UID needs its mailbox: add --mailbox";
                return Err(Failure::Request(what.to_owned()));
            }
            (Err(_), _) => bodies_with_id(inspection, account, message)?,
        };
        if bodies.is_empty() {
            return Err(Failure::Request(format!(
                "the account never had a message {message}"
            )));
        }
        // Copies went elsewhere: they are the same message.
        wanted.mailboxes = None;
        wanted.bodies = Some(bodies);
        Ok(wanted)
    }

    /// The change as far as it is asked for.
    fn cut(&self, mut change: Change) -> Option<Change> {
        if let Some(ids) = &self.mailboxes {
            change.mailbox.filter(|id| ids.contains(id))?;
        }
        if let Some(bodies) = &self.bodies {
            change.messages.retain(|(_, body)| bodies.contains(body));
            (!change.messages.is_empty()).then_some(())?;
        }
        Some(change)
    }
}

/// The mailboxes that ever had this name.
fn mailboxes(
    inspection: &Inspection,
    account: AccountId,
    wanted: &str,
) -> Result<HashSet<MailboxId>, Failure> {
    let wanted = match wanted.eq_ignore_ascii_case(postern_account::INBOX) {
        true => postern_account::INBOX,
        false => wanted,
    };
    let mut ids = HashSet::new();
    account_log::each(inspection, account, |entry, event, _| {
        match event {
            Event::MailboxCreated { name, .. } if name == wanted => {
                ids.insert(MailboxId(entry.seq));
            }
            Event::MailboxesRenamed { renames } => {
                let renamed = renames.iter().filter(|(_, name)| name == wanted);
                ids.extend(renamed.map(|(id, _)| *id));
            }
            _ => {}
        }
        true
    })?;
    Ok(ids)
}

fn bodies_of_uid(
    inspection: &Inspection,
    account: AccountId,
    ids: &HashSet<MailboxId>,
    wanted: u32,
) -> Result<HashSet<Body>, Failure> {
    let mut bodies = HashSet::new();
    let mut state = Account::default();
    account_log::each(inspection, account, |entry, event, _| {
        let arrivals = changes(&state, entry.seq, event).into_iter();
        let arrivals = arrivals.filter(|it| matches!(it.what, What::Added | What::CopiedFrom(_)));
        for change in arrivals.filter(|it| it.mailbox.is_some_and(|id| ids.contains(&id))) {
            let known = change.messages.iter().filter(|(uid, _)| *uid == wanted);
            bodies.extend(known.map(|(_, body)| *body));
        }
        state.apply(entry.seq, entry.at, event);
        true
    })?;
    Ok(bodies)
}

/// Messages whose summaries have this Message-ID. One that was collected has none any more.
fn bodies_with_id(
    inspection: &Inspection,
    account: AccountId,
    wanted: &str,
) -> Result<HashSet<Body>, Failure> {
    let wanted = wanted.trim_start_matches('<').trim_end_matches('>');
    let mut bodies = HashSet::new();
    account_log::each(inspection, account, |_, event, _| {
        let with = event.bodies().filter(|body| {
            let derived = inspection.read_derived(account, &body_ref(body)).ok();
            let summary = derived.and_then(|octets| Summary::decode(&octets));
            let keys = summary.as_ref().and_then(Summary::sort_keys);
            keys.and_then(|keys| keys.message_id.as_deref()) == Some(wanted.as_bytes())
        });
        bodies.extend(with.copied());
        true
    })?;
    Ok(bodies)
}

fn line(
    entry: u64,
    at: i64,
    change: &Change,
    origin: Option<&Origin>,
    clients: &HashMap<u64, String>,
) -> Line {
    let uids: UidSet = change.messages.iter().map(|(uid, _)| *uid).collect();
    let session = origin.map(|it| it.session).filter(|session| *session > 0);
    let own = origin
        .map(|it| it.client.clone())
        .filter(|it| !it.is_empty());
    let client = own.or_else(|| session.and_then(|session| clients.get(&session).cloned()));
    Line {
        at: when::show(at),
        entry,
        mailbox: change.name.clone(),
        what: words(&change.what),
        uids: uids.to_string(),
        messages: change.messages.len(),
        protocol: origin.map(|it| it.protocol.as_str()),
        session,
        client,
    }
}

fn words(what: &What) -> String {
    match what {
        What::Created => "created".to_owned(),
        What::Deleted => "deleted".to_owned(),
        What::Renamed(to) => format!("renamed to {to:?}"),
        What::Subscribed(true) => "subscribed".to_owned(),
        What::Subscribed(false) => "unsubscribed".to_owned(),
        What::Added => "added".to_owned(),
        What::CopiedFrom(from) => format!("copied from {from:?}"),
        What::CopiedTo(to) => format!("copied to {to:?}"),
        What::Flags(action, flags) => {
            let names: Vec<String> = flags.iter().map(ToString::to_string).collect();
            let verb = match action {
                StoreAction::Add => "flags added",
                StoreAction::Remove => "flags removed",
                StoreAction::Replace => "flags set",
            };
            format!("{verb} ({})", names.join(" "))
        }
        What::Expunged => "expunged".to_owned(),
        What::Annotated(entry, true) => format!("annotation {entry} set"),
        What::Annotated(entry, false) => format!("annotation {entry} removed"),
        What::Rights(identifier, rights) => {
            let whose = match identifier.subject {
                Subject::Anyone => "anyone".to_owned(),
                Subject::User(UserId(number)) => format!("account number {number}"),
            };
            match (rights.is_empty(), identifier.negative) {
                (true, false) => format!("no rights of its own for {whose}"),
                (true, true) => format!("no right taken from {whose}"),
                (false, false) => format!("rights {} for {whose}", rights.told()),
                (false, true) => format!("rights {} taken from {whose}", rights.told()),
            }
        }
        What::SeenBy(UserId(number), true) => format!("seen by account number {number}"),
        What::SeenBy(UserId(number), false) => format!("unseen by account number {number}"),
        What::AccessKeySet => "access key for URLs made".to_owned(),
        What::AccessKeysRemoved => "access keys for URLs removed".to_owned(),
        What::Lost => "this entry was damaged and put aside".to_owned(),
    }
}

impl Line {
    fn text(&self) -> Result<String, Failure> {
        let uids = match self.messages {
            0 => String::new(),
            1 => format!(" UID {}", self.uids),
            many => format!(" {many} messages, UID {}", self.uids),
        };
        let by = match (self.protocol, self.session, &self.client) {
            (None, ..) => String::new(),
            (Some(protocol), session, client) => {
                let session = session.map_or(String::new(), |it| format!(" session {it}"));
                let client = client
                    .as_ref()
                    .map_or(String::new(), |it| format!(", {it}"));
                format!("  [{protocol}{session}{client}]")
            }
        };
        let (at, mailbox, what) = (&self.at, &self.mailbox, &self.what);
        Ok(format!("{at}  {mailbox:?}  {what}{uids}{by}\n"))
    }

    fn json(&self) -> Result<String, Failure> {
        serde_json::to_string(self)
            .map(|json| json + "\n")
            .map_err(|error| Failure::System(format!("cannot write JSON: {error}")))
    }
}
