//! REFERENCES: RFC 5256, section on THREAD, steps 1 to 3, which REFS has too. The others are in
//! `subjects`.

use super::Member;
use super::links::Links;
use super::subjects::{Root, Roots};
use crate::chunk::Message;
use crate::sort::Details;
use postern_imap::thread::Forest;
use std::collections::HashMap;

/// References that one command looks at: a mailbox of two hundred thousand long threads. Of the
/// messages after that, only the parents count.
const REFERENCES: usize = 4_000_000;

/// What stands for a message ID: half a BLAKE3 digest, so that all take the same space, and
/// nobody can make two that are equal.
type Key = [u8; 16];

/// Collects messages, and threads them by what they refer to.
#[derive(Debug, Default)]
pub struct References {
    members: Vec<Member>,
    /// By member: whether its subject is that of a reply or forward.
    replies: Vec<bool>,
    /// Parents, by node.
    links: Links,
    /// By node: the member that it is, if it is one and no dummy.
    messages: Vec<Option<u32>>,
    nodes: HashMap<Key, u32>,
    references: usize,
}

impl References {
    /// Step 1. Messages are added by sequence number: the first of those with one message ID
    /// has it.
    pub(super) fn add(&mut self, number: u32, message: &Message, details: Details<'_>) {
        let keys = details.keys;
        let member = u32::try_from(self.members.len()).unwrap_or(u32::MAX);
        self.members.push(Member::new(number, message, details));
        self.replies.push(keys.is_reply);
        let own = self.own_node(keys.message_id.as_deref());
        if let Some(slot) = self.messages.get_mut(own as usize) {
            *slot = Some(member);
        }
        let parent = self.link_references(&keys.references);
        if parent.is_some() && self.links.parent(own) == parent {
            return;
        }
        self.links.cut(own);
        if let Some(parent) = parent {
            self.links.link(own, parent);
        }
    }

    /// Links what a message refers to, and gives the last of it.
    fn link_references(&mut self, ids: &[Vec<u8>]) -> Option<u32> {
        let few = self.references > REFERENCES;
        let skipped = if few { ids.len().saturating_sub(1) } else { 0 };
        let mut last = None;
        for id in ids.iter().skip(skipped) {
            self.references = self.references.saturating_add(1);
            let node = self.node(id);
            if let Some(parent) = last {
                self.links.link(node, parent);
            }
            last = Some(node);
        }
        last
    }

    /// A node for a message: that of its ID, unless another message has it.
    fn own_node(&mut self, id: Option<&[u8]>) -> u32 {
        let named = id.map(|id| self.node(id));
        let free = |node: &u32| self.messages.get(*node as usize) == Some(&None);
        match named.filter(free) {
            Some(node) => node,
            None => self.new_node(),
        }
    }

    fn node(&mut self, id: &[u8]) -> u32 {
        let mut key = Key::default();
        for (to, from) in key.iter_mut().zip(blake3::hash(id).as_bytes()) {
            *to = *from;
        }
        if let Some(node) = self.nodes.get(&key) {
            return *node;
        }
        let node = self.new_node();
        self.nodes.insert(key, node);
        node
    }

    fn new_node(&mut self) -> u32 {
        self.messages.push(None);
        self.links.add()
    }

    pub(super) fn finish(self) -> Forest {
        let (roots, children) = self.without_dummies();
        Roots::new(&self.members, &self.replies, children, roots).finish()
    }

    pub(super) fn finish_refs(self) -> Forest {
        let (roots, children) = self.without_dummies();
        Roots::new(&self.members, &self.replies, children, roots).finish_refs()
    }

    /// Steps 2 and 3. Below another node, the children of a dummy are its parent's. So the
    /// parent of a message is the next message above it; if there is none, it belongs to the
    /// topmost dummy above it, which is needed only for several.
    fn without_dummies(&self) -> (Vec<Root>, Vec<Vec<u32>>) {
        let mut anchors = vec![None; self.links.len()];
        let mut children = vec![Vec::new(); self.members.len()];
        let mut roots = Vec::new();
        let mut below_dummies: HashMap<u32, Vec<u32>> = HashMap::new();
        let nodes = (0u32..).zip(&self.messages);
        let members = nodes.filter_map(|(node, member)| member.map(|member| (node, member)));
        let mut dummies = Vec::new();
        for (node, member) in members {
            match self.anchor(node, &mut anchors) {
                Anchor::None => roots.push(Root::Message(member)),
                Anchor::Message(parent) => {
                    if let Some(children) = children.get_mut(parent as usize) {
                        children.push(member);
                    }
                }
                Anchor::Dummy(dummy) => {
                    let below = below_dummies.entry(dummy).or_default();
                    if below.is_empty() {
                        dummies.push(dummy);
                    }
                    below.push(member);
                }
            }
        }
        for dummy in dummies {
            let below = below_dummies.remove(&dummy).unwrap_or_default();
            roots.push(match below.as_slice() {
                [only] => Root::Message(*only),
                _ => Root::Dummy(below),
            });
        }
        (roots, children)
    }

    /// What a node hangs on when dummies are gone. `known` keeps it for the dummies passed, so
    /// that each is passed once.
    fn anchor(&self, node: u32, known: &mut [Option<Anchor>]) -> Anchor {
        let mut passed = Vec::new();
        let mut at = node;
        let anchor = loop {
            let Some(parent) = self.links.parent(at) else {
                break match passed.is_empty() {
                    true => Anchor::None,
                    false => Anchor::Dummy(at),
                };
            };
            if let Some(member) = self.messages.get(parent as usize).copied().flatten() {
                break Anchor::Message(member);
            }
            if let Some(anchor) = known.get(parent as usize).copied().flatten() {
                break anchor;
            }
            passed.push(parent);
            at = parent;
        };
        for dummy in passed {
            if let Some(known) = known.get_mut(dummy as usize) {
                *known = Some(anchor);
            }
        }
        anchor
    }
}

#[derive(Debug, Clone, Copy)]
enum Anchor {
    None,
    /// A member.
    Message(u32),
    /// A node.
    Dummy(u32),
}
