//! What a client does, as data.

use crate::Chance;

/// So many clients that read, and after them one that only delivers.
pub const CLIENTS: usize = 8;
/// The steps of each between two meetings.
const STEPS: usize = 40;
/// Those that stay.
pub(super) const MAILBOXES: [&str; 3] = ["INBOX", "Archive", "Trash"];
/// Those that are made, renamed and deleted while others have them selected.
pub(super) const PASSING: [&str; 2] = ["Work", "Moved"];
pub(super) const FLAGS: [&str; 6] = [
    r"\Seen",
    r"\Answered",
    r"\Flagged",
    r"\Draft",
    "$one",
    "two",
];

/// One step of one client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// Whose.
    pub client: usize,
    /// What.
    pub act: Act,
}

impl std::fmt::Display for Step {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "client {}: {:?}", self.client, self.act)
    }
}

impl Step {
    /// The same with one small message, with one message named, with nothing sent; None when it
    /// is as simple as that.
    pub(super) fn simpler(&self) -> Option<Self> {
        let mut step = self.clone();
        match &mut step.act {
            Act::Append { sizes, .. } => *sizes = vec![0],
            Act::Store { pick, .. } | Act::Copy { pick, .. } | Act::Remove { pick, .. } => {
                pick.at = vec![0];
            }
            Act::Replace { pick, .. } => pick.at = vec![0],
            Act::Cut { sent, .. } => *sent = None,
            _ => {}
        }
        (step != *self).then_some(step)
    }
}

/// Messages of the selected mailbox: places in it, counted anew from its beginning where they
/// are beyond its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pick {
    /// Whether they are named by UID.
    pub by_uid: bool,
    /// The places.
    pub at: Vec<usize>,
}

/// What becomes of the messages that `$` names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Use {
    /// FETCH.
    Fetch,
    /// STORE.
    Store,
    /// COPY.
    Copy,
    /// MOVE.
    Move,
}

/// What a client does in a step.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are those of the commands")]
pub enum Act {
    /// Connects and selects; what a client does before is left out.
    Arrive {
        mailbox: &'static str,
    },
    /// One message, or several (RFC 3502), of these sizes.
    Append {
        name: String,
        target: &'static str,
        flag: &'static str,
        sizes: Vec<usize>,
    },
    Deliver {
        name: String,
    },
    Store {
        pick: Pick,
        action: &'static str,
        flag: &'static str,
        silent: bool,
        unchanged_since: bool,
    },
    Copy {
        verb: &'static str,
        pick: Pick,
        target: &'static str,
    },
    Replace {
        name: String,
        pick: Pick,
        target: &'static str,
        flag: &'static str,
    },
    /// STORE of `\Deleted`, then EXPUNGE or UID EXPUNGE.
    Remove {
        pick: Pick,
        by_uid: bool,
    },
    Expunge,
    Search,
    SearchSave {
        flag: &'static str,
        then: Use,
        target: &'static str,
    },
    ChangedSince,
    Idle,
    Notify {
        delayed: bool,
    },
    NotifyPause,
    Select {
        mailbox: &'static str,
    },
    Create {
        mailbox: &'static str,
    },
    Rename {
        from: &'static str,
        to: &'static str,
    },
    DeleteMailbox {
        mailbox: &'static str,
    },
    /// Comes back on a new connection, with QRESYNC where the client has it.
    Resynchronise {
        tells_uids: bool,
    },
    /// The same after the connection was cut, perhaps with a command sent.
    Cut {
        sent: Option<String>,
        tells_uids: bool,
    },
    Fetch,
    Noop,
    /// All compare what they know.
    Meet,
}

/// The steps of every client, one list each; every list meets the others as often.
pub fn plan(seed: u64, rounds: usize) -> Vec<Vec<Step>> {
    (0..=CLIENTS)
        .map(|client| {
            let mut planner = Planner {
                client,
                chance: Chance::new(seed ^ ((client as u64 + 1) << 32)),
                named: 0,
            };
            let acts = planner.acts(rounds);
            acts.map(|act| Step { client, act }).collect()
        })
        .collect()
}

struct Planner {
    client: usize,
    chance: Chance,
    named: usize,
}

impl Planner {
    fn acts(&mut self, rounds: usize) -> impl Iterator<Item = Act> + use<> {
        let mut acts = vec![Act::Arrive {
            mailbox: self.mailbox(),
        }];
        for _ in 0..rounds {
            match self.client {
                CLIENTS => (0..STEPS / 4).for_each(|_| acts.push(self.deliver())),
                _ => (0..STEPS).for_each(|_| self.act(&mut acts)),
            }
            acts.push(Act::Meet);
        }
        acts.into_iter()
    }

    fn act(&mut self, acts: &mut Vec<Act>) {
        let act = match self.chance.below(32) {
            0..=4 => self.append(),
            5..=8 => self.store(),
            9..=10 => self.copy("COPY"),
            11..=12 => self.copy("MOVE"),
            13 => self.replace(),
            14 => self.remove(),
            15 => Act::Expunge,
            16 => Act::Search,
            17..=18 => self.search_save(),
            19 => Act::ChangedSince,
            20 => Act::Idle,
            21 => self.notify(),
            22..=23 => self.select(),
            24..=25 => self.mailboxes(),
            26 => Act::Resynchronise {
                tells_uids: self.chance.once_in(2),
            },
            27 => self.cut(),
            _ => Act::Noop,
        };
        acts.push(act);
        if self.chance.once_in(3) {
            acts.push(Act::Fetch);
        }
    }

    fn name(&mut self, kind: &str) -> String {
        self.named += 1;
        format!("{kind}{}-{}", self.client, self.named)
    }

    fn one(&mut self, of: &[&'static str]) -> &'static str {
        of[self.chance.below(of.len())]
    }

    fn flag(&mut self) -> &'static str {
        self.one(&FLAGS)
    }

    /// Mostly one of those that stay.
    fn mailbox(&mut self) -> &'static str {
        match self.chance.once_in(4) {
            true => self.passing(),
            false => self.one(&MAILBOXES),
        }
    }

    fn passing(&mut self) -> &'static str {
        self.one(&PASSING)
    }

    fn pick(&mut self) -> Pick {
        let count = self.chance.below(4) + 1;
        Pick {
            by_uid: self.chance.once_in(2),
            at: (0..count).map(|_| self.chance.below(1000)).collect(),
        }
    }

    fn deliver(&mut self) -> Act {
        Act::Deliver {
            name: self.name("d"),
        }
    }

    fn append(&mut self) -> Act {
        let count = match self.chance.once_in(4) {
            true => self.chance.below(3) + 2,
            false => 1,
        };
        Act::Append {
            name: self.name("c"),
            target: self.mailbox(),
            flag: self.flag(),
            sizes: (0..count).map(|_| self.chance.below(3000)).collect(),
        }
    }

    fn store(&mut self) -> Act {
        Act::Store {
            pick: self.pick(),
            action: self.one(&["+", "-", ""]),
            flag: self.flag(),
            silent: self.chance.once_in(2),
            unchanged_since: self.chance.once_in(4),
        }
    }

    fn copy(&mut self, verb: &'static str) -> Act {
        Act::Copy {
            verb,
            pick: self.pick(),
            target: self.mailbox(),
        }
    }

    fn replace(&mut self) -> Act {
        Act::Replace {
            name: self.name("r"),
            pick: self.pick(),
            target: self.mailbox(),
            flag: self.flag(),
        }
    }

    fn remove(&mut self) -> Act {
        Act::Remove {
            pick: self.pick(),
            by_uid: self.chance.once_in(2),
        }
    }

    fn search_save(&mut self) -> Act {
        Act::SearchSave {
            flag: self.flag(),
            then: *self
                .chance
                .one(&[Use::Fetch, Use::Store, Use::Copy, Use::Move]),
            target: self.mailbox(),
        }
    }

    fn notify(&mut self) -> Act {
        match self.chance.below(3) {
            0 => Act::NotifyPause,
            one => Act::Notify { delayed: one == 1 },
        }
    }

    fn select(&mut self) -> Act {
        Act::Select {
            mailbox: self.mailbox(),
        }
    }

    fn mailboxes(&mut self) -> Act {
        let mailbox = self.passing();
        match self.chance.below(5) {
            0..=1 => Act::Create { mailbox },
            2..=3 => Act::Rename {
                from: mailbox,
                to: PASSING[usize::from(mailbox == PASSING[0])],
            },
            _ => Act::DeleteMailbox { mailbox },
        }
    }

    fn cut(&mut self) -> Act {
        let target = self.one(&MAILBOXES);
        let flag = self.flag();
        let sent = match self.chance.below(5) {
            0 => Some(format!("UID STORE 1:* +FLAGS ({flag})")),
            1 => Some(format!("UID STORE 1:* -FLAGS.SILENT ({flag})")),
            2 => Some(format!("UID MOVE 1:9 {target}")),
            3 => Some("EXPUNGE".to_owned()),
            _ => None,
        };
        Act::Cut {
            sent,
            tells_uids: self.chance.once_in(2),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_simple_is_not_made_simpler() {
        for step in plan(7, 1).concat() {
            let simpler = step.simpler();
            assert_eq!(simpler.and_then(|step| step.simpler()), None, "{step}");
        }
    }

    #[test]
    fn a_seed_repeats_the_plan_and_all_meet_as_often() {
        let steps = plan(7, 3);
        assert_eq!(steps, plan(7, 3));
        assert_ne!(steps, plan(8, 3));
        for list in &steps {
            assert!(matches!(list[0].act, Act::Arrive { .. }));
            let meetings = list.iter().filter(|step| step.act == Act::Meet).count();
            assert_eq!(meetings, 3);
        }
    }
}
