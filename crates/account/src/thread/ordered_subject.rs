//! ORDEREDSUBJECT: RFC 5256, section on THREAD.

use super::Member;
use crate::chunk::Message;
use crate::sort::Details;
use postern_imap::thread::{Forest, ThreadNode};

/// Collects messages, and threads those of one base subject.
#[derive(Debug, Default)]
pub struct OrderedSubject {
    members: Vec<Member>,
}

impl OrderedSubject {
    pub(super) fn add(&mut self, number: u32, message: &Message, details: Details<'_>) {
        self.members.push(Member::new(number, message, details));
    }

    pub(super) fn finish(self) -> Forest {
        let node = |member: &Member| ThreadNode {
            number: Some(member.number),
            children: Vec::new(),
        };
        let mut nodes: Vec<_> = self.members.iter().map(node).collect();
        let mut members: Vec<_> = self.members.iter().enumerate().collect();
        // Sorting keeps the order by sequence number where subject and date are equal.
        members.sort_by_key(|(_, member)| (&member.subject, member.sent));
        let mut roots = Vec::new();
        for thread in members.chunk_by(|(_, a), (_, b)| a.subject == b.subject) {
            let [(first, member), rest @ ..] = thread else {
                continue;
            };
            roots.push((member.sent, *first));
            if let Some(node) = nodes.get_mut(*first) {
                node.children = rest.iter().map(|(place, _)| *place).collect();
            }
        }
        roots.sort_unstable();
        Forest {
            nodes,
            roots: roots.into_iter().map(|(_, first)| first).collect(),
        }
    }
}
