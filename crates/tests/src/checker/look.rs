//! An account as one sees it who has never been there.

use super::ledger::Ledger;
use crate::{Client, Model, ServerUnderTest, number_in_code};
use std::collections::{BTreeMap, BTreeSet};

/// A mailbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// UIDVALIDITY.
    pub validity: u32,
    /// UIDNEXT.
    pub uid_next: u64,
    /// HIGHESTMODSEQ.
    pub modseq: u64,
    /// UID, flags, MODSEQ.
    pub messages: Vec<(u32, BTreeSet<String>, u64)>,
    /// The `Message-ID` by UID.
    pub names: BTreeMap<u32, String>,
    /// Every UID that was ever removed.
    pub vanished: BTreeSet<u32>,
}

/// Every mailbox by its name.
///
/// # Panics
/// When a command is refused.
pub fn look_at_all(server: &ServerUnderTest, account: &str) -> BTreeMap<String, Seen> {
    let mut client = Client::login_as(server, account);
    let listed = client.command(r#"LIST "" "*""#);
    let names = listed.iter().filter_map(|line| line.rsplit(' ').next());
    names
        .map(|name| (name.to_owned(), look(&mut client, name)))
        .collect()
}

fn look(client: &mut Client, mailbox: &str) -> Seen {
    let opened = client.command(&format!("EXAMINE {mailbox}"));
    let said = |name: &str| {
        let mut numbers = opened.iter().filter_map(|line| number_in_code(line, name));
        numbers.next().unwrap()
    };
    let mut model = Model::default();
    opened.iter().for_each(|line| model.hear(line));
    let (mut messages, mut names) = (Vec::new(), BTreeMap::new());
    if !model.uids.is_empty() {
        messages = flags(client, model.uids.len());
        names = message_ids(client);
    }
    let mut vanished = Model::default();
    client.command("ENABLE QRESYNC");
    for line in client.command("UID FETCH 1:* (UID) (CHANGEDSINCE 1 VANISHED)") {
        if line.starts_with("* VANISHED") {
            vanished.hear(&line);
        }
    }
    let both = names.keys().find(|uid| vanished.gone.contains(uid));
    assert_eq!(both, None, "{mailbox}: vanished and there");
    Seen {
        vanished: vanished.gone,
        validity: u32::try_from(said("UIDVALIDITY")).unwrap(),
        uid_next: said("UIDNEXT"),
        modseq: said("HIGHESTMODSEQ"),
        messages,
        names,
    }
}

fn flags(client: &mut Client, count: usize) -> Vec<(u32, BTreeSet<String>, u64)> {
    let lines = client.command("FETCH 1:* (UID FLAGS MODSEQ)");
    let fetched = lines.iter().filter(|line| line.contains(" FETCH ("));
    fetched
        .map(|line| {
            let mut one = Model {
                uids: vec![None; count],
                ..Model::default()
            };
            one.hear(line);
            let uid = *one.uids.iter().flatten().next().unwrap();
            (uid, one.flags[&uid].clone(), one.modseq)
        })
        .collect()
}

fn message_ids(client: &mut Client) -> BTreeMap<u32, String> {
    let lines = client.command("FETCH 1:* (UID BODY.PEEK[HEADER.FIELDS (MESSAGE-ID)])");
    lines
        .iter()
        .map(|line| {
            let uid = line.split_once("UID ").unwrap().1;
            let uid = uid.split([' ', ')']).next().unwrap().parse().unwrap();
            let name = line.split_once('<').unwrap().1.split('>').next().unwrap();
            (uid, name.to_owned())
        })
        .collect()
}

/// All models must be what a stranger sees.
///
/// # Panics
/// When they are not.
pub(super) fn compare(server: &ServerUnderTest, account: &str, ledger: &mut Ledger) {
    let all = look_at_all(server, account);
    for (number, model) in std::mem::take(&mut ledger.models) {
        let mailbox = all
            .iter()
            .find(|(_, seen)| seen.validity == model.validity)
            .unwrap_or_else(|| panic!("client {number} is in {}: {all:?}", model.validity));
        agree(number, &model, mailbox);
    }
    ledger.account_for(&all);
}

fn agree(number: usize, model: &Model, (name, seen): (&String, &Seen)) {
    let messages = seen.messages.iter();
    let truth: Vec<_> = messages
        .map(|(uid, flags, _)| (*uid, flags.clone()))
        .collect();
    let knows = model.whole();
    let wrong: Vec<_> = knows.iter().filter(|one| !truth.contains(one)).collect();
    let lacks: Vec<_> = truth.iter().filter(|one| !knows.contains(one)).collect();
    assert!(
        wrong.is_empty() && lacks.is_empty(),
        "client {number} in {name}: wrong {wrong:?}, lacks {lacks:?}"
    );
    assert!(
        model.modseq <= seen.modseq,
        "client {number} in {name} was told MODSEQ {} of {}",
        model.modseq,
        seen.modseq
    );
}
