//! MESSAGELIMIT and SAVELIMIT (RFC 9738): how many messages one command works on, and what it
//! says of the others.
//!
//! Where a client is not told of a limit, none holds for it: it would not know what to do.

use crate::capability;
use crate::reply::{Failure, Reply};
use crate::session::Session;
use postern_account::{Message, View};
use postern_imap::response::{Code, Condition};
use postern_imap::sequence::UidSet;

/// The messages that a command works on.
pub(crate) struct Cut {
    pub(crate) uids: UidSet,
    /// There were more.
    pub(crate) left: Option<Left>,
}

/// Why a command leaves messages alone.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Left {
    limit: u32,
    /// The lowest UID of those that it may work on at once.
    lowest: u32,
}

impl Cut {
    /// All of them, however many.
    pub(crate) fn none(uids: UidSet) -> Self {
        Self { uids, left: None }
    }

    /// The last `limit` messages of a set.
    pub(crate) fn new(view: &View, uids: UidSet, limit: Option<u32>) -> Self {
        let left = limit.and_then(|limit| {
            let lowest = view.lowest_of_last(&uids, limit)?;
            Some(Left { limit, lowest })
        });
        match left {
            Some(Left { lowest, .. }) => Self {
                uids: uids.intersection(&UidSet::range(lowest, u32::MAX)),
                left,
            },
            None => Self::none(uids),
        }
    }

    /// The messages with their sequence numbers; from the highest UID down where some are left,
    /// as section 3.1 wants them told.
    pub(crate) fn messages<'a>(
        &'a self,
        view: &'a View,
    ) -> Box<dyn Iterator<Item = (u32, Message)> + Send + 'a> {
        let messages = view.messages(&self.uids);
        if self.left.is_none() {
            return Box::new(messages);
        }
        let messages: Vec<_> = messages.collect();
        Box::new(messages.into_iter().rev())
    }
}

impl Left {
    /// Nothing was done, and it helps to know with which messages something could be.
    pub(crate) fn refusal(self, text: &'static str) -> Reply {
        Reply::no(self.code(Some(self.lowest)), text)
    }

    /// Nothing was done, and with part of the messages it would be nothing that was asked for.
    pub(crate) fn refusal_of_all(self, text: &'static str) -> Reply {
        Reply::no(self.code(None), text)
    }

    fn code(self, lowest: Option<u32>) -> Code {
        let limit = self.limit;
        Code::MessageLimit { limit, lowest }
    }
}

/// NO to more messages than a command may have, where it is not known which.
pub(crate) fn refuse_over(limit: Option<u32>, count: usize) -> Result<(), Failure> {
    match limit {
        Some(limit) if count > limit as usize => {
            let code = Code::MessageLimit {
                limit,
                lowest: None,
            };
            Err(Reply::no(code, "Too many messages for one command").into())
        }
        _ => Ok(()),
    }
}

impl Session {
    /// How many messages a command may work on.
    pub(crate) fn message_limit(&self) -> Option<u32> {
        let limit = self.shared.settings.extensions.message_limit;
        limit.filter(|_| capability::offers(self, "MESSAGELIMIT"))
    }

    /// How many COPY or APPEND may.
    pub(crate) fn save_limit(&self) -> Option<u32> {
        let limit = self.shared.settings.extensions.save_limit;
        let own = limit.filter(|_| capability::offers(self, "SAVELIMIT"));
        own.or_else(|| self.message_limit())
    }

    /// What of the messages one command works on.
    pub(crate) fn cut(&self, view: &View, uids: UidSet) -> Cut {
        Cut::new(view, uids, self.message_limit())
    }

    /// Says in a command's reply that messages are left. Where that has another code, it is said
    /// before it, and EXPUNGEISSUED goes with OK (section 3.1).
    pub(crate) fn tell_left(&mut self, left: Option<Left>, mut reply: Reply) -> Reply {
        let Some(left) = left else { return reply };
        let code = left.code(Some(left.lowest));
        if reply.code.is_some() {
            let text = "Done for the last messages only";
            self.untagged(Condition::No, Some(&code), text);
            if reply.code == Some(Code::ExpungeIssued) {
                reply.condition = Condition::Ok;
            }
            return reply;
        }
        Reply::ok_with(code, format!("{}, for the last messages only", reply.text))
    }
}
