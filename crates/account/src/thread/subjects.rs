//! REFERENCES: RFC 5256, section on THREAD, steps 4 to 6; and what REFS has in their place.

use super::Member;
use postern_imap::thread::{Forest, ThreadNode};
use std::collections::HashMap;

/// A thread: what is a child of the root.
#[derive(Debug)]
pub(super) enum Root {
    /// A member.
    Message(u32),
    /// A parent that is no message, and the members below it, at least two.
    Dummy(Vec<u32>),
    /// It became a part of another thread.
    Gone,
}

/// The threads while those of one subject are put together.
pub(super) struct Roots<'a> {
    members: &'a [Member],
    replies: &'a [bool],
    /// By member.
    children: Vec<Vec<u32>>,
    roots: Vec<Root>,
}

impl<'a> Roots<'a> {
    pub(super) fn new(
        members: &'a [Member],
        replies: &'a [bool],
        children: Vec<Vec<u32>>,
        roots: Vec<Root>,
    ) -> Self {
        Self {
            members,
            replies,
            children,
            roots,
        }
    }

    pub(super) fn finish(mut self) -> Forest {
        self.sort_roots();
        let mut subjects = self.subjects();
        for place in 0..self.roots.len() {
            self.merge(place, &mut subjects);
        }
        self.roots.retain(|root| !matches!(root, Root::Gone));
        self.sort_children();
        self.sort_roots();
        self.forest()
    }

    /// REFS: subjects do not matter, siblings are in the order of step 6, and threads in that of
    /// the sent date of their newest message, as clients know it from Dovecot; the draft has the
    /// internal date there.
    pub(super) fn finish_refs(mut self) -> Forest {
        self.sort_children();
        self.sort_roots();
        let newest = self.roots.iter().map(|root| self.newest(root));
        let newest: Vec<_> = newest.collect();
        let mut roots: Vec<_> = newest.into_iter().zip(self.roots).collect();
        roots.sort_by_key(|(newest, root)| (*newest, first(root)));
        self.roots = roots.into_iter().map(|(_, root)| root).collect();
        self.forest()
    }

    fn sort_children(&mut self) {
        for children in &mut self.children {
            children.sort_by_key(|child| date(self.members, *child));
        }
    }

    /// When the newest message of a thread was sent. However deep it is, nothing recurses.
    fn newest(&self, root: &Root) -> Option<i64> {
        let mut left = match root {
            Root::Message(member) => vec![*member],
            Root::Dummy(children) => children.clone(),
            Root::Gone => Vec::new(),
        };
        let mut newest = None;
        while let Some(member) = left.pop() {
            let member = member as usize;
            newest = newest.max(self.members.get(member).map(|member| member.sent));
            left.extend(self.children.get(member).into_iter().flatten());
        }
        newest
    }

    /// Steps 4 and 6: by sent date, and then by sequence number.
    fn sort_roots(&mut self) {
        let members = self.members;
        for root in &mut self.roots {
            if let Root::Dummy(children) = root {
                children.sort_by_key(|child| date(members, *child));
            }
        }
        let key = |root: &Root| first(root).map(|member| date(members, member));
        self.roots.sort_by_key(key);
    }

    /// Step 5 (B): the thread that others of its subject are put to, by place among the roots.
    fn subjects(&self) -> HashMap<&'a [u8], usize> {
        let mut table = HashMap::new();
        for (place, root) in self.roots.iter().enumerate() {
            let Some(subject) = self.subject(root) else {
                continue;
            };
            let known = *table.entry(subject).or_insert(place);
            let in_table = self.roots.get(known);
            let replaces = matches!(in_table, Some(Root::Message(_)))
                && (matches!(root, Root::Dummy(_))
                    || (self.is_reply(in_table) && !self.is_reply(Some(root))));
            if replaces {
                table.insert(subject, place);
            }
        }
        table
    }

    /// Step 5 (C) for one thread.
    fn merge(&mut self, place: usize, subjects: &mut HashMap<&'a [u8], usize>) {
        let Some(subject) = self.roots.get(place).and_then(|root| self.subject(root)) else {
            return;
        };
        let Some(known) = subjects.get(subject).copied().filter(|at| *at != place) else {
            return;
        };
        let current = self.take(place);
        let is_reply = self.is_reply(Some(&current));
        let in_table = self.take(known);
        let merged = match (in_table, current) {
            (Root::Dummy(mut children), Root::Dummy(more)) => {
                children.extend(more);
                Root::Dummy(children)
            }
            (Root::Dummy(mut children), Root::Message(current)) => {
                children.push(current);
                Root::Dummy(children)
            }
            (Root::Message(parent), Root::Message(current))
                if is_reply && !self.is_reply(Some(&Root::Message(parent))) =>
            {
                if let Some(children) = self.children.get_mut(parent as usize) {
                    children.push(current);
                }
                Root::Message(parent)
            }
            (Root::Message(a), Root::Message(b)) => Root::Dummy(vec![a, b]),
            // A dummy is in the table before any message, and what is gone is not.
            (in_table, current) => {
                self.put(place, current);
                in_table
            }
        };
        self.put(known, merged);
    }

    fn take(&mut self, place: usize) -> Root {
        let slot = self.roots.get_mut(place);
        slot.map_or(Root::Gone, |slot| std::mem::replace(slot, Root::Gone))
    }

    fn put(&mut self, place: usize, root: Root) {
        if let Some(slot) = self.roots.get_mut(place) {
            *slot = root;
        }
    }

    /// The subject of a thread; `None` when it is empty.
    fn subject(&self, root: &Root) -> Option<&'a [u8]> {
        let member = self.members.get(first(root)? as usize)?;
        Some(&*member.subject).filter(|subject| !subject.is_empty())
    }

    fn is_reply(&self, root: Option<&Root>) -> bool {
        match root {
            Some(Root::Message(member)) => {
                self.replies.get(*member as usize).copied().unwrap_or(false)
            }
            _ => false,
        }
    }

    fn forest(self) -> Forest {
        let place = |member: &u32| *member as usize;
        let children = self.children.iter();
        let pairs = self.members.iter().zip(children);
        let nodes = pairs.map(|(member, children)| ThreadNode {
            number: Some(member.number),
            children: children.iter().map(place).collect(),
        });
        let mut nodes: Vec<_> = nodes.collect();
        let mut roots = Vec::with_capacity(self.roots.len());
        for root in &self.roots {
            match root {
                Root::Message(member) => roots.push(place(member)),
                Root::Dummy(children) => {
                    roots.push(nodes.len());
                    nodes.push(ThreadNode {
                        number: None,
                        children: children.iter().map(place).collect(),
                    });
                }
                Root::Gone => {}
            }
        }
        Forest { nodes, roots }
    }
}

/// The message that stands for a thread: itself, or a dummy's first child.
fn first(root: &Root) -> Option<u32> {
    match root {
        Root::Message(member) => Some(*member),
        Root::Dummy(children) => children.first().copied(),
        Root::Gone => None,
    }
}

/// What siblings are sorted by.
fn date(members: &[Member], member: u32) -> (i64, u32) {
    let sent = members.get(member as usize).map_or(0, |member| member.sent);
    (sent, member)
}
