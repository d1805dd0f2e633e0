//! What can happen to an account. The log is a sequence of these; everything else is derived.
//!
//! Format, version 1: an octet 1, an octet for the kind, then the fields in the order of
//! [`Event`], in the vocabulary of `octets`: numbers as LEB128, strings as length and octets,
//! UID sets as ranges. A flag is its name. An annotation is its owner (0: the server), its name,
//! an octet that is 0 where it is removed, and its value. An identifier is an octet that is 1 where
//! it takes rights away, and the user's number (0: anyone); rights are their letters.
//!
//! Format, version 2: an octet 2, the [`Origin`] (an octet for the protocol, the session's number,
//! the client's description), then the event in version 1. Formats never change; a new one has a
//! new number.

use crate::access_key::AccessKey;
use crate::acl::{Identifier, Rights, Subject, UserId};
use crate::metadata::{Owner, Value};
use crate::octets::{Reader, Writer};
use crate::origin::Origin;
use postern_imap::command::StoreAction;
use postern_imap::date::InternalDate;
use postern_imap::flag::{Flag, Keyword};
use postern_imap::response::Attribute;
use postern_imap::sequence::UidSet;

/// A mailbox's number in its account: the number of the entry that created it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct MailboxId(pub u64);

/// Special uses of mailboxes: RFC 6154 section 2.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SpecialUse {
    /// `\All`
    All,
    /// `\Archive`
    Archive,
    /// `\Drafts`
    Drafts,
    /// `\Flagged`
    Flagged,
    /// `\Junk`
    Junk,
    /// `\Sent`
    Sent,
    /// `\Trash`
    Trash,
}

impl SpecialUse {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::All,
        Self::Archive,
        Self::Drafts,
        Self::Flagged,
        Self::Junk,
        Self::Sent,
        Self::Trash,
    ];

    /// The mailbox attribute.
    pub fn attribute(self) -> Attribute {
        match self {
            Self::All => Attribute::All,
            Self::Archive => Attribute::Archive,
            Self::Drafts => Attribute::Drafts,
            Self::Flagged => Attribute::Flagged,
            Self::Junk => Attribute::Junk,
            Self::Sent => Attribute::Sent,
            Self::Trash => Attribute::Trash,
        }
    }

    /// How events and snapshots name it.
    pub(crate) fn as_str(self) -> &'static str {
        self.attribute().as_str()
    }

    pub(crate) fn from_str(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|use_| use_.as_str() == text)
    }
}

/// Where a message's octets lie and what they are; the store's own reference, carried here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Body {
    /// The store's segment.
    pub segment: u64,
    /// The place in it.
    pub offset: u32,
    /// Octets of what was computed from the message.
    pub derived_len: u32,
    /// Octets of the message: its RFC822.SIZE.
    pub len: u32,
    /// The first half of the BLAKE3 digest of the message.
    pub digest: [u8; 16],
}

/// A message that comes into a mailbox. Its UID is given by the fold: the mailbox's UIDNEXT.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewMessage {
    /// Its octets.
    pub body: Body,
    /// INTERNALDATE.
    pub date: InternalDate,
    /// Its flags.
    pub flags: Vec<Flag>,
}

/// One event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// A mailbox with a new name. Its [`MailboxId`] is this event's number.
    MailboxCreated {
        /// The name, in normal form.
        name: String,
        /// UIDVALIDITY, larger than any other that the account has ever had.
        uid_validity: u32,
        /// What it is for.
        special_use: Option<SpecialUse>,
    },
    /// A mailbox and its messages go.
    MailboxDeleted {
        /// Which.
        mailbox: MailboxId,
    },
    /// Mailboxes get new names, together: RENAME takes a mailbox's children along.
    MailboxesRenamed {
        /// Each mailbox and its new name.
        renames: Vec<(MailboxId, String)>,
    },
    /// A name is subscribed to or not; it need not be a mailbox's.
    Subscribed {
        /// The name.
        name: String,
        /// Whether it is subscribed to.
        subscribed: bool,
    },
    /// Messages appended or delivered.
    MessagesAdded {
        /// Where. If it is gone when the event is applied, they go to INBOX: mail is not lost.
        mailbox: MailboxId,
        /// In this order.
        messages: Vec<NewMessage>,
    },
    /// Flags added, removed or replaced.
    FlagsChanged {
        /// Where.
        mailbox: MailboxId,
        /// Which messages; those that do not exist are passed over.
        uids: UidSet,
        /// How.
        action: StoreAction,
        /// Which flags.
        flags: Vec<Flag>,
    },
    /// Messages copied with flags and dates, in the order of their UIDs.
    Copied {
        /// From where.
        from: MailboxId,
        /// Which; those that do not exist are passed over.
        uids: UidSet,
        /// Where to; may be the same mailbox.
        to: MailboxId,
    },
    /// Messages removed.
    Expunged {
        /// Where.
        mailbox: MailboxId,
        /// Which; those that do not exist are passed over.
        uids: UidSet,
    },
    /// An annotation is set or removed (RFC 5464).
    MetadataSet {
        /// Of which mailbox; `None`: of the server.
        mailbox: Option<MailboxId>,
        /// The entry's name, in lower case.
        entry: String,
        /// Its value; `None` removes it.
        value: Option<Value>,
    },
    /// What an identifier may do with a mailbox (RFC 4314).
    AclChanged {
        /// Which mailbox.
        mailbox: MailboxId,
        /// Whose rights.
        identifier: Identifier,
        /// All its rights from now on; without any it leaves the list.
        rights: Rights,
    },
    /// A user other than the owner has seen messages, or not.
    SeenChanged {
        /// Where.
        mailbox: MailboxId,
        /// Who.
        user: UserId,
        /// Which messages.
        uids: UidSet,
        /// Whether they have `\Seen` for that user.
        seen: bool,
    },
    /// A mailbox has a new access key (RFC 4467).
    AccessKeySet {
        /// Which.
        mailbox: MailboxId,
        /// The key.
        key: AccessKey,
    },
    /// No mailbox has an access key any more.
    AccessKeysRemoved,
    /// Stands where an entry was damaged and put aside. What it did is known only to a snapshot
    /// of a later entry, without which the log gives no state.
    Lost,
}

const VERSION: u8 = 1;
/// Before it, the version of an event with its origin.
const WITH_ORIGIN: u8 = 2;

impl Event {
    /// The event as octets.
    pub fn encode(&self) -> Vec<u8> {
        self.encode_from(None)
    }

    /// The event and from where it came, as octets.
    pub fn encode_from(&self, origin: Option<&Origin>) -> Vec<u8> {
        let mut w = Writer::default();
        if let Some(origin) = origin {
            w.byte(WITH_ORIGIN);
            origin.put(&mut w);
        }
        self.put(&mut w);
        w.0
    }

    fn put(&self, w: &mut Writer) {
        w.byte(VERSION);
        match self {
            Self::MailboxCreated {
                name,
                uid_validity,
                special_use,
            } => {
                w.byte(1);
                w.octets(name.as_bytes());
                w.number(u64::from(*uid_validity));
                w.octets(special_use.map_or("", SpecialUse::as_str).as_bytes());
            }
            Self::MailboxDeleted { mailbox } => {
                w.byte(2);
                w.number(mailbox.0);
            }
            Self::MailboxesRenamed { renames } => {
                w.byte(3);
                w.number(renames.len() as u64);
                for (mailbox, name) in renames {
                    w.number(mailbox.0);
                    w.octets(name.as_bytes());
                }
            }
            Self::Subscribed { name, subscribed } => {
                w.byte(4);
                w.octets(name.as_bytes());
                w.byte(u8::from(*subscribed));
            }
            Self::MessagesAdded { mailbox, messages } => {
                w.byte(5);
                w.number(mailbox.0);
                w.number(messages.len() as u64);
                messages.iter().for_each(|m| put_message(w, m));
            }
            Self::FlagsChanged {
                mailbox,
                uids,
                action,
                flags,
            } => {
                w.byte(6);
                w.number(mailbox.0);
                w.uids(uids);
                w.byte(match action {
                    StoreAction::Add => 1,
                    StoreAction::Remove => 2,
                    StoreAction::Replace => 3,
                });
                put_flags(w, flags);
            }
            Self::Copied { from, uids, to } => {
                w.byte(7);
                w.number(from.0);
                w.uids(uids);
                w.number(to.0);
            }
            Self::Expunged { mailbox, uids } => {
                w.byte(8);
                w.number(mailbox.0);
                w.uids(uids);
            }
            Self::MetadataSet {
                mailbox,
                entry,
                value,
            } => put_annotation(w, *mailbox, entry, value.as_deref()),
            Self::Lost => w.byte(30),
            Self::AccessKeySet { mailbox, key } => {
                w.byte(40);
                w.number(mailbox.0);
                w.array(key.as_bytes());
            }
            Self::AccessKeysRemoved => w.byte(41),
            Self::AclChanged {
                mailbox,
                identifier,
                rights,
            } => {
                w.byte(32);
                w.number(mailbox.0);
                put_identifier(w, *identifier);
                w.octets(rights.letters().as_bytes());
            }
            Self::SeenChanged {
                mailbox,
                user,
                uids,
                seen,
            } => {
                w.byte(33);
                w.number(mailbox.0);
                w.number(user.0);
                w.uids(uids);
                w.byte(u8::from(*seen));
            }
        }
    }

    /// The bodies that it is the first to name.
    pub fn bodies(&self) -> impl Iterator<Item = &Body> {
        let messages = match self {
            Self::MessagesAdded { messages, .. } => messages.as_slice(),
            _ => &[],
        };
        messages.iter().map(|message| &message.body)
    }

    /// The event that `octets` are; `None` when they are damaged or of a later version.
    pub fn decode(octets: &[u8]) -> Option<Self> {
        Self::decode_from(octets).map(|(event, _)| event)
    }

    /// The event that `octets` are, and from where it came, if that was told.
    pub fn decode_from(octets: &[u8]) -> Option<(Self, Option<Origin>)> {
        let mut r = Reader(octets);
        let mut version = r.byte()?;
        let mut origin = None;
        if version == WITH_ORIGIN {
            origin = Some(Origin::take(&mut r)?);
            version = r.byte()?;
        }
        if version != VERSION {
            return None;
        }
        Some((Self::take(r)?, origin))
    }

    fn take(mut r: Reader<'_>) -> Option<Self> {
        let event = match r.byte()? {
            1 => Self::MailboxCreated {
                name: r.text()?.to_owned(),
                uid_validity: r.small()?,
                special_use: SpecialUse::from_str(r.text()?),
            },
            2 => Self::MailboxDeleted {
                mailbox: mailbox(&mut r)?,
            },
            3 => Self::MailboxesRenamed {
                renames: many(&mut r, |r| Some((mailbox(r)?, r.text()?.to_owned())))?,
            },
            4 => Self::Subscribed {
                name: r.text()?.to_owned(),
                subscribed: r.byte()? != 0,
            },
            5 => Self::MessagesAdded {
                mailbox: mailbox(&mut r)?,
                messages: many(&mut r, take_message)?,
            },
            6 => Self::FlagsChanged {
                mailbox: mailbox(&mut r)?,
                uids: r.uids()?,
                action: match r.byte()? {
                    1 => StoreAction::Add,
                    2 => StoreAction::Remove,
                    3 => StoreAction::Replace,
                    _ => return None,
                },
                flags: many(&mut r, take_flag)?,
            },
            7 => Self::Copied {
                from: mailbox(&mut r)?,
                uids: r.uids()?,
                to: mailbox(&mut r)?,
            },
            8 => Self::Expunged {
                mailbox: mailbox(&mut r)?,
                uids: r.uids()?,
            },
            20 => Self::MetadataSet {
                mailbox: take_owner(&mut r)?,
                entry: r.text()?.to_owned(),
                value: take_value(&mut r)?,
            },
            30 => Self::Lost,
            40 => Self::AccessKeySet {
                mailbox: mailbox(&mut r)?,
                key: AccessKey::new(r.array()?),
            },
            41 => Self::AccessKeysRemoved,
            32 => Self::AclChanged {
                mailbox: mailbox(&mut r)?,
                identifier: take_identifier(&mut r)?,
                rights: take_rights(&mut r)?,
            },
            33 => Self::SeenChanged {
                mailbox: mailbox(&mut r)?,
                user: UserId(r.number()?),
                uids: r.uids()?,
                seen: r.byte()? != 0,
            },
            _ => return None,
        };
        r.is_empty().then_some(event)
    }
}

fn mailbox(r: &mut Reader<'_>) -> Option<MailboxId> {
    r.number().map(MailboxId)
}

/// 0 is the server: mailboxes have the numbers of events, which begin at 1.
pub(crate) fn put_owner(w: &mut Writer, owner: Owner) {
    w.number(owner.map_or(0, |mailbox| mailbox.0));
}

pub(crate) fn take_owner(r: &mut Reader<'_>) -> Option<Owner> {
    let number = r.number()?;
    Some((number > 0).then_some(MailboxId(number)))
}

/// An octet for the sign, then the user's number, 0 for anyone: accounts have numbers from 1 on.
pub(crate) fn put_identifier(w: &mut Writer, identifier: Identifier) {
    w.byte(u8::from(identifier.negative));
    w.number(match identifier.subject {
        Subject::Anyone => 0,
        Subject::User(user) => user.0,
    });
}

pub(crate) fn take_identifier(r: &mut Reader<'_>) -> Option<Identifier> {
    Some(Identifier {
        negative: r.byte()? != 0,
        subject: match r.number()? {
            0 => Subject::Anyone,
            user => Subject::User(UserId(user)),
        },
    })
}

pub(crate) fn take_rights(r: &mut Reader<'_>) -> Option<Rights> {
    Rights::parse(r.text()?).ok()
}

fn take_value(r: &mut Reader<'_>) -> Option<Option<Value>> {
    let present = r.byte()? != 0;
    let value = r.octets()?;
    Some(present.then(|| value.into()))
}

/// A count and as many items.
pub(crate) fn many<T>(
    r: &mut Reader<'_>,
    mut item: impl FnMut(&mut Reader<'_>) -> Option<T>,
) -> Option<Vec<T>> {
    (0..r.count()?).map(|_| item(r)).collect()
}

fn put_annotation(w: &mut Writer, owner: Owner, entry: &str, value: Option<&[u8]>) {
    w.byte(20);
    put_owner(w, owner);
    w.octets(entry.as_bytes());
    w.byte(u8::from(value.is_some()));
    w.octets(value.unwrap_or_default());
}

fn put_flags(w: &mut Writer, flags: &[Flag]) {
    w.number(flags.len() as u64);
    for flag in flags {
        w.octets(flag.to_string().as_bytes());
    }
}

fn take_flag(r: &mut Reader<'_>) -> Option<Flag> {
    Some(match r.text()? {
        r"\Answered" => Flag::Answered,
        r"\Flagged" => Flag::Flagged,
        r"\Deleted" => Flag::Deleted,
        r"\Seen" => Flag::Seen,
        r"\Draft" => Flag::Draft,
        other => Flag::Keyword(Keyword::new(other)?),
    })
}

pub(crate) fn put_body(w: &mut Writer, body: &Body) {
    w.number(body.segment);
    w.number(u64::from(body.offset));
    w.number(u64::from(body.derived_len));
    w.number(u64::from(body.len));
    w.array(&body.digest);
}

pub(crate) fn take_body(r: &mut Reader<'_>) -> Option<Body> {
    Some(Body {
        segment: r.number()?,
        offset: r.small()?,
        derived_len: r.small()?,
        len: r.small()?,
        digest: r.array()?,
    })
}

pub(crate) fn put_date(w: &mut Writer, date: InternalDate) {
    w.signed(date.unix);
    w.signed(i64::from(date.offset_minutes));
}

pub(crate) fn take_date(r: &mut Reader<'_>) -> Option<InternalDate> {
    Some(InternalDate {
        unix: r.signed()?,
        offset_minutes: r.signed()?.try_into().ok()?,
    })
}

fn put_message(w: &mut Writer, message: &NewMessage) {
    put_body(w, &message.body);
    put_date(w, message.date);
    put_flags(w, &message.flags);
}

fn take_message(r: &mut Reader<'_>) -> Option<NewMessage> {
    Some(NewMessage {
        body: take_body(r)?,
        date: take_date(r)?,
        flags: many(r, take_flag)?,
    })
}
