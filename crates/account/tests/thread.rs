//! THREAD against a plain model of RFC 5256's steps, and on mail made to hurt.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]

use postern_account::chunk::{Marks, Stored};
use postern_account::flags::Flags;
use postern_account::sort::Details;
use postern_account::thread::Threader;
use postern_account::{Body, Message};
use postern_imap::date::InternalDate;
use postern_imap::response;
use postern_imap::thread::{Forest, ThreadAlgorithm};
use postern_message::SortKeys;
use proptest::prelude::*;
use std::collections::HashMap;

/// A message as its header has it.
#[derive(Debug, Clone)]
struct Mail {
    sent: i64,
    subject: u8,
    is_reply: bool,
    id: Option<u8>,
    references: Vec<u8>,
}

fn message(number: u32) -> Message {
    Message {
        stored: Stored {
            uid: number,
            body: Body {
                segment: 1,
                offset: 0,
                derived_len: 0,
                len: 1,
                digest: [0; 16],
            },
            date: InternalDate {
                unix: 0,
                offset_minutes: 0,
            },
            saved: 0,
        },
        marks: Marks {
            flags: Flags::default(),
            modseq: 1,
        },
    }
}

fn thread(algorithm: ThreadAlgorithm, mails: impl Iterator<Item = (SortKeys, i64)>) -> Forest {
    let mut threader = Threader::new(algorithm);
    for (number, (keys, sent)) in (1..).zip(mails) {
        let details = Details {
            keys: &keys,
            sent: Some(sent),
        };
        threader.add(number, &message(number), details);
    }
    threader.finish()
}

fn keys(mail: &Mail) -> SortKeys {
    SortKeys {
        subject: match mail.subject {
            0 => Vec::new(),
            n => vec![b'A' + n],
        },
        is_reply: mail.is_reply,
        message_id: mail.id.map(|id| vec![id]),
        references: mail.references.iter().map(|id| vec![*id]).collect(),
        ..SortKeys::default()
    }
}

fn told(forest: &Forest) -> String {
    let mut out = Vec::new();
    response::thread(&mut out, forest);
    String::from_utf8(out).unwrap()
}

/// RFC 5256's steps as they are written, with trees that are copied and walked.
#[derive(Debug, Clone)]
struct Tree {
    mail: Option<usize>,
    children: Vec<Tree>,
}

#[derive(Default)]
struct Model {
    parents: Vec<Option<usize>>,
    mails: Vec<Option<usize>>,
    ids: HashMap<u8, usize>,
}

impl Model {
    fn new_node(&mut self) -> usize {
        self.parents.push(None);
        self.mails.push(None);
        self.parents.len() - 1
    }

    fn node(&mut self, id: u8) -> usize {
        match self.ids.get(&id) {
            Some(node) => *node,
            None => {
                let node = self.new_node();
                self.ids.insert(id, node);
                node
            }
        }
    }

    fn is_descendant(&self, node: usize, of: usize) -> bool {
        let mut at = Some(node);
        while let Some(n) = at {
            if n == of {
                return true;
            }
            at = self.parents[n];
        }
        false
    }

    /// Step 1.
    fn add(&mut self, index: usize, mail: &Mail) {
        let mut own = mail.id.map(|id| self.node(id));
        if own.is_some_and(|node| self.mails[node].is_some()) {
            own = None;
        }
        let own = own.unwrap_or_else(|| self.new_node());
        self.mails[own] = Some(index);
        let nodes: Vec<usize> = mail.references.iter().map(|id| self.node(*id)).collect();
        for pair in nodes.windows(2) {
            let (parent, child) = (pair[0], pair[1]);
            if self.parents[child].is_none() && !self.is_descendant(parent, child) {
                self.parents[child] = Some(parent);
            }
        }
        self.parents[own] = None;
        if let Some(parent) = nodes
            .last()
            .filter(|parent| !self.is_descendant(**parent, own))
        {
            self.parents[own] = Some(*parent);
        }
    }

    fn tree(&self, node: usize) -> Tree {
        let children = (0..self.parents.len()).filter(|n| self.parents[*n] == Some(node));
        Tree {
            mail: self.mails[node],
            children: children.map(|child| self.tree(child)).collect(),
        }
    }
}

/// Step 3 for siblings.
fn prune(siblings: Vec<Tree>, at_root: bool) -> Vec<Tree> {
    let mut kept = Vec::new();
    for mut tree in siblings {
        tree.children = prune(tree.children, false);
        match (tree.mail, tree.children.len()) {
            (None, 0) => {}
            (None, 2..) if at_root => kept.push(tree),
            (None, _) => kept.append(&mut tree.children),
            (Some(_), _) => kept.push(tree),
        }
    }
    kept
}

fn sort(siblings: &mut [Tree], mails: &[Mail], deep: bool) {
    for tree in siblings.iter_mut() {
        if deep || tree.mail.is_none() {
            sort(&mut tree.children, mails, deep);
        }
    }
    siblings.sort_by_key(|tree| {
        let first = tree.mail.unwrap_or_else(|| tree.children[0].mail.unwrap());
        (mails[first].sent, first)
    });
}

/// Step 5.
fn merge(mut roots: Vec<Tree>, mails: &[Mail]) -> Vec<Tree> {
    let subject = |tree: &Tree| {
        let first = tree.mail.unwrap_or_else(|| tree.children[0].mail.unwrap());
        mails[first].subject
    };
    let is_reply = |tree: &Tree| tree.mail.is_some_and(|mail| mails[mail].is_reply);
    let mut table: HashMap<u8, usize> = HashMap::new();
    for (place, tree) in roots
        .iter()
        .enumerate()
        .filter(|(_, tree)| subject(tree) != 0)
    {
        let Some(known) = table.get(&subject(tree)).map(|known| &roots[*known]) else {
            table.insert(subject(tree), place);
            continue;
        };
        let better = tree.mail.is_none() || (is_reply(known) && !is_reply(tree));
        if known.mail.is_some() && better {
            table.insert(subject(tree), place);
        }
    }
    let mut gone = vec![false; roots.len()];
    for place in 0..roots.len() {
        let current = roots[place].clone();
        let known = match table.get(&subject(&current)) {
            Some(known) if *known != place && subject(&current) != 0 => *known,
            _ => continue,
        };
        gone[place] = true;
        let in_table = &mut roots[known];
        match (in_table.mail, current.mail) {
            (None, None) => in_table.children.extend(current.children),
            (None, Some(_)) => in_table.children.push(current),
            (Some(_), _) if is_reply(&current) && !is_reply(in_table) => {
                in_table.children.push(current);
            }
            _ => {
                let both = vec![in_table.clone(), current];
                *in_table = Tree {
                    mail: None,
                    children: both,
                };
            }
        }
    }
    let pairs = roots.into_iter().zip(gone);
    pairs
        .filter(|(_, gone)| !gone)
        .map(|(tree, _)| tree)
        .collect()
}

fn show(tree: &Tree) -> String {
    let own = tree.mail.map(|mail| (mail + 1).to_string());
    let below: Vec<String> = tree.children.iter().map(show).collect();
    let below = match below.as_slice() {
        [] => None,
        [only] => Some(only.clone()),
        several => Some(format!("({})", several.join(")("))),
    };
    let parts: Vec<String> = own.into_iter().chain(below).collect();
    parts.join(" ")
}

/// Steps 1 to 3.
fn linked(mails: &[Mail]) -> Vec<Tree> {
    let mut model = Model::default();
    for (index, mail) in mails.iter().enumerate() {
        model.add(index, mail);
    }
    let tops = (0..model.parents.len()).filter(|n| model.parents[*n].is_none());
    let roots = tops.map(|top| model.tree(top)).collect();
    prune(roots, true)
}

fn model(mails: &[Mail]) -> String {
    let mut roots = linked(mails);
    sort(&mut roots, mails, false);
    let mut roots = merge(roots, mails);
    sort(&mut roots, mails, true);
    show_all(&roots)
}

/// draft-ietf-morg-inthread, with sent dates.
fn model_of_refs(mails: &[Mail]) -> String {
    fn newest(tree: &Tree, mails: &[Mail]) -> i64 {
        let own = tree.mail.map(|mail| mails[mail].sent);
        let below = tree.children.iter().map(|child| newest(child, mails));
        own.into_iter().chain(below).max().unwrap()
    }
    let mut roots = linked(mails);
    sort(&mut roots, mails, true);
    roots.sort_by_key(|tree| {
        let first = tree.mail.unwrap_or_else(|| tree.children[0].mail.unwrap());
        (newest(tree, mails), first)
    });
    show_all(&roots)
}

fn show_all(roots: &[Tree]) -> String {
    let threads: String = roots
        .iter()
        .map(|tree| format!("({})", show(tree)))
        .collect();
    let space = if threads.is_empty() { "" } else { " " };
    format!("* THREAD{space}{threads}\r\n")
}

fn mail() -> impl Strategy<Value = Mail> {
    let ids = || prop::collection::vec(0..12_u8, 0..5);
    let subject = prop_oneof![Just(0), 0..4_u8];
    let id = prop::option::weighted(0.9, 0..12_u8);
    (0..6_i64, subject, any::<bool>(), id, ids()).prop_map(
        |(sent, subject, is_reply, id, references)| Mail {
            sent,
            subject,
            is_reply,
            id,
            references,
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]
    #[test]
    fn references_as_the_steps_say(mails in prop::collection::vec(mail(), 0..14)) {
        let pairs = mails.iter().map(|mail| (keys(mail), mail.sent));
        let forest = thread(ThreadAlgorithm::References, pairs);
        prop_assert_eq!(told(&forest), model(&mails));
    }

    #[test]
    fn refs_as_the_draft_says(mails in prop::collection::vec(mail(), 0..14)) {
        let mails_of = mails.iter().map(|mail| (keys(mail), mail.sent));
        let forest = thread(ThreadAlgorithm::Refs, mails_of);
        prop_assert_eq!(told(&forest), model_of_refs(&mails));
    }
}

fn hostile(algorithm: ThreadAlgorithm, count: u32, references: impl Fn(u32) -> Vec<u32>) -> Forest {
    let name = |n: u32| n.to_be_bytes().to_vec();
    let mails = (0..count).map(|n| {
        let keys = SortKeys {
            subject: b"SAME".to_vec(),
            is_reply: n % 3 == 0,
            message_id: Some(name(n)),
            references: references(n).into_iter().map(name).collect(),
            ..SortKeys::default()
        };
        (keys, i64::from(n % 7))
    });
    thread(algorithm, mails)
}

/// Each of these would take hours if a step walked a chain for each message.
#[test]
fn chains_loops_and_crowds_take_near_linear_time() {
    const MANY: u32 = 60_000;
    type References = fn(u32) -> Vec<u32>;
    let shapes: [(&str, References); 6] = [
        ("a chain", |n| n.checked_sub(1).into_iter().collect()),
        ("a chain from its end", |n| vec![n + 1]),
        ("a loop", |n| vec![(n + 1) % MANY]),
        ("all of one", |_| vec![MANY + 5]),
        ("twenty each, of nobody", |n| {
            (0..20).map(|i| MANY + n * 20 + i).collect()
        }),
        // First a chain; then each message has a child already and hangs on the chain's end.
        (
            "the end of a chain, from those that have children",
            |n| match n {
                0 => Vec::new(),
                1..30_000 => vec![n - 1],
                _ if n % 2 == 0 => vec![n + 1],
                _ => vec![29_999],
            },
        ),
    ];
    let algorithms = [ThreadAlgorithm::References, ThreadAlgorithm::Refs];
    let both = shapes
        .iter()
        .flat_map(|shape| algorithms.map(|algorithm| (algorithm, shape)));
    for (algorithm, (name, shape)) in both {
        let forest = hostile(algorithm, MANY, shape);
        let numbers = forest.nodes.iter().filter(|node| node.number.is_some());
        assert_eq!(numbers.count(), MANY as usize, "{name}");
        // Every message is told once.
        let text = told(&forest);
        let digits = text.split(|c: char| !c.is_ascii_digit());
        let count = digits.filter(|word| !word.is_empty()).count();
        assert_eq!(count, MANY as usize, "{name}");
    }
}

#[test]
fn a_crowd_by_subject() {
    let mails = (0..100_000_u32).map(|n| {
        let keys = SortKeys {
            subject: vec![b'A'; 200],
            ..SortKeys::default()
        };
        (keys, i64::from(n))
    });
    let forest = thread(ThreadAlgorithm::OrderedSubject, mails);
    assert_eq!(forest.roots, [0]);
    assert_eq!(forest.nodes[0].children.len(), 99_999);
}
