//! Commands as a client sends them: RFC 9051 section 6, RFC 3501 section 6 and the extensions.
//!
//! Strings are [`Bytes`] that share the received frame, so a command can be kept across an
//! `await` without copying. Mailbox arguments stay as received ([`MailboxArg`]), because how
//! they are decoded depends on what the session has enabled.

use crate::acl::{AclEntry, SetAcl};
use crate::date::InternalDate;
use crate::fetch::{FetchItem, FetchModifiers};
use crate::flag::Flag;
use crate::mailbox::MailboxArg;
use crate::metadata::{EntryName, GetMetadata, SetMetadata};
use crate::multisearch::MultiSearch;
use crate::notify::Notify;
use crate::parse::is_astring_char;
use crate::search::SearchCommand;
use crate::sequence::{Set, UidSet};
use crate::sort::SortCommand;
use crate::thread::ThreadCommand;
use bytes::Bytes;

/// A command with its tag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Command {
    /// The client's tag, echoed in the tagged response.
    pub tag: Tag,
    /// What is asked.
    pub body: CommandBody,
}

/// `tag = 1*<any ASTRING-CHAR except "+">` (RFC 9051 section 9), at most 64 octets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tag(pub(crate) Bytes);

impl Tag {
    /// Octets.
    pub const MAX_LEN: usize = 64;

    /// `None` unless `text` is 1 to [`Tag::MAX_LEN`] octets that a tag may have.
    pub fn new(text: Bytes) -> Option<Self> {
        let fits = !text.is_empty() && text.len() <= Self::MAX_LEN;
        (fits && text.iter().copied().all(is_tag_char)).then_some(Self(text))
    }

    /// The tag at the beginning of a line, when a space follows it. Copies it, so that the line
    /// can be forgotten.
    pub(crate) fn of_line(line: &[u8]) -> Option<Self> {
        let start = line.get(..line.len().min(Self::MAX_LEN + 1))?;
        let end = memchr::memchr(b' ', start)?;
        Self::new(Bytes::copy_from_slice(start.get(..end)?))
    }

    /// The octets of the tag.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

/// `ASTRING-CHAR` but `+`.
fn is_tag_char(b: u8) -> bool {
    b != b'+' && is_astring_char(b)
}

/// A string that must never be printed: its `Debug` form hides it.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(pub Bytes);

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("[secret]")
    }
}

/// Whether a command names messages by sequence number or by UID.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Numbering {
    /// Message sequence numbers.
    Sequence,
    /// The command carried the prefix `UID`.
    Uid,
}

/// One variant a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CommandBody {
    /// RFC 9051 section 6.1.1.
    Capability,
    /// RFC 9051 section 6.1.2.
    Noop,
    /// RFC 9051 section 6.1.3.
    Logout,
    /// RFC 2971: the client's own description; empty for `NIL` and for `()`.
    Id(Vec<(Bytes, Option<Bytes>)>),
    /// RFC 9051 section 6.2.1.
    StartTls,
    /// RFC 9051 section 6.2.2.
    Authenticate {
        /// The mechanism's name in upper case.
        mechanism: String,
        /// SASL-IR (RFC 4959): the decoded initial response; `Some("")` for a lone `=`.
        initial: Option<Secret>,
    },
    /// RFC 9051 section 6.2.3.
    Login {
        /// The user name as sent.
        user: Bytes,
        /// The password as sent.
        password: Secret,
    },
    /// `COMPRESS DEFLATE`, the only algorithm there is: RFC 4978.
    Compress,
    /// RFC 8437.
    Unauthenticate,
    /// RFC 9051 section 6.3.1: capability names in upper case.
    Enable(Vec<String>),
    /// SELECT, RFC 9051 section 6.3.2.
    Select(Select),
    /// EXAMINE, RFC 9051 section 6.3.3.
    Examine(Select),
    /// RFC 9051 section 6.3.4.
    Create(Create),
    /// RFC 9051 section 6.3.5.
    Delete(MailboxArg),
    /// RFC 9051 section 6.3.6.
    Rename {
        /// The present name.
        from: MailboxArg,
        /// The new name.
        to: MailboxArg,
    },
    /// RFC 9051 section 6.3.7.
    Subscribe(MailboxArg),
    /// RFC 9051 section 6.3.8.
    Unsubscribe(MailboxArg),
    /// RFC 9051 section 6.3.9 with RFC 5258, 5819, 6154.
    List(List),
    /// RFC 3501 section 6.3.9.
    Lsub {
        /// The reference name.
        reference: MailboxArg,
        /// The mailbox name with wildcards.
        pattern: MailboxArg,
    },
    /// RFC 9051 section 6.3.10.
    Namespace,
    /// RFC 9051 section 6.3.11.
    Status {
        /// The mailbox asked about.
        mailbox: MailboxArg,
        /// What is asked, in the client's order.
        items: Vec<StatusItem>,
    },
    /// RFC 9051 section 6.3.12.
    Append(Append),
    /// RFC 8508.
    Replace(Replace),
    /// RFC 9051 section 6.3.13.
    Idle,
    /// RFC 3501 section 6.4.1.
    Check,
    /// RFC 9051 section 6.4.1.
    Close,
    /// RFC 9051 section 6.4.2.
    Unselect,
    /// RFC 9051 section 6.4.3; with UIDs it is `UID EXPUNGE` (section 6.4.9).
    Expunge(Option<Set>),
    /// RFC 9051 section 6.4.4.
    Search(SearchCommand),
    /// ESEARCH, RFC 7377.
    MultiSearch(MultiSearch),
    /// RFC 5255 section 4.7: comparators, the most wanted first.
    Comparator(Vec<Bytes>),
    /// RFC 5255 section 3.2: language ranges, the most wanted first.
    Language(Vec<Bytes>),
    /// RFC 5267 section 4.3.5: the tags of searches.
    CancelUpdate(Vec<Bytes>),
    /// RFC 5256.
    Sort(SortCommand),
    /// RFC 5256.
    Thread(ThreadCommand),
    /// RFC 9051 section 6.4.5.
    Fetch {
        /// How `set` is to be read.
        numbering: Numbering,
        /// Which messages.
        set: Set,
        /// What of them; macros are already expanded.
        items: Vec<FetchItem>,
        /// RFC 7162 sections 3.1.4.1 and 3.2.6.
        modifiers: FetchModifiers,
    },
    /// RFC 9051 section 6.4.6.
    Store {
        /// How `set` is to be read.
        numbering: Numbering,
        /// Which messages.
        set: Set,
        /// RFC 7162 section 3.1.3: change only what has no later MODSEQ.
        unchanged_since: Option<u64>,
        /// Add, remove or replace.
        action: StoreAction,
        /// The suffix `.SILENT`.
        silent: bool,
        /// The flags.
        flags: Vec<Flag>,
    },
    /// RFC 9051 section 6.4.7.
    Copy {
        /// How `set` is to be read.
        numbering: Numbering,
        /// Which messages.
        set: Set,
        /// Where to.
        mailbox: MailboxArg,
    },
    /// RFC 9051 section 6.4.8.
    Move {
        /// How `set` is to be read.
        numbering: Numbering,
        /// Which messages.
        set: Set,
        /// Where to.
        mailbox: MailboxArg,
    },
    /// RFC 5464 section 4.2.
    GetMetadata(GetMetadata),
    /// RFC 5464 section 4.3.
    SetMetadata(SetMetadata),
    /// RFC 5465 section 3.1.
    Notify(Notify),
    /// RFC 4467: URLs to be authorized, each with a mechanism in upper case.
    GenUrlAuth(Vec<(Bytes, String)>),
    /// RFC 4467.
    ResetKey {
        /// Whose key is made anew; `None`: all keys go.
        mailbox: Option<MailboxArg>,
        /// The mechanisms, in upper case; none: INTERNAL.
        mechanisms: Vec<String>,
    },
    /// RFC 4467, RFC 5524.
    UrlFetch(Vec<UrlFetch>),
    /// RFC 4314 section 3.1.
    SetAcl(SetAcl),
    /// RFC 4314 section 3.2.
    DeleteAcl(AclEntry),
    /// RFC 4314 section 3.3.
    GetAcl(MailboxArg),
    /// RFC 4314 section 3.4.
    ListRights(AclEntry),
    /// RFC 4314 section 3.5.
    MyRights(MailboxArg),
    /// RFC 9208 section 4.1.1: the quota root as sent.
    GetQuota(Bytes),
    /// RFC 9208 section 4.1.2.
    GetQuotaRoot(MailboxArg),
    /// RFC 9208 section 4.1.3.
    SetQuota(SetQuota),
}

/// A URL of URLFETCH.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UrlFetch {
    /// As sent; see [`crate::imapurl::AuthorizedUrl`].
    pub url: Bytes,
    /// What of it, in the extended form; `None` in the plain one.
    pub parameters: Option<UrlParameters>,
}

/// `url-fetch-param` (RFC 5524 section 5).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct UrlParameters {
    /// `BODY`: the octets as they are.
    pub body: bool,
    /// `BINARY`: the octets without their transfer encoding.
    pub binary: bool,
    /// `BODYPARTSTRUCTURE`.
    pub structure: bool,
}

/// The arguments of SETQUOTA.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SetQuota {
    /// The quota root as sent.
    pub root: Bytes,
    /// Names of resources in upper case, each once, with their limits below 2^63.
    pub limits: Vec<(String, u64)>,
}

/// The arguments of CREATE.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Create {
    /// The new mailbox.
    pub mailbox: MailboxArg,
    /// `USE (…)` (RFC 6154 section 3): attributes as sent, each with its backslash.
    pub uses: Vec<Bytes>,
}

/// The arguments of SELECT and EXAMINE.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Select {
    /// Which mailbox.
    pub mailbox: MailboxArg,
    /// RFC 7162 section 3.1.8.
    pub condstore: bool,
    /// RFC 7162 section 3.2.5.
    pub qresync: Option<Qresync>,
}

/// `QRESYNC (uidvalidity modseq [known-uids] [(seqs uids)])`, RFC 7162 section 3.2.5.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Qresync {
    /// The UIDVALIDITY that the client last saw.
    pub uid_validity: u32,
    /// The MODSEQ up to which the client knows everything.
    pub modseq: u64,
    /// The UIDs that the client knows; `None`: all.
    pub known_uids: Option<UidSet>,
    /// Sequence numbers and the UIDs they had, of equal count.
    pub seq_match: Option<(UidSet, UidSet)>,
}

/// LIST with the extensions of RFC 5258; the plain form has no options and one pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct List {
    /// Whether the extended syntax (selection options, return options or several patterns)
    /// was used.
    pub extended: bool,
    /// Selection options.
    pub select: ListSelect,
    /// The reference name.
    pub reference: MailboxArg,
    /// Mailbox names with wildcards.
    pub patterns: Vec<MailboxArg>,
    /// Return options.
    pub ret: ListReturn,
}

/// Selection options, RFC 5258 section 3.1 and RFC 6154 section 3.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ListSelect {
    /// `SUBSCRIBED`.
    pub subscribed: bool,
    /// `REMOTE`.
    pub remote: bool,
    /// `RECURSIVEMATCH`.
    pub recursive_match: bool,
    /// `SPECIAL-USE`.
    pub special_use: bool,
}

/// Return options, RFC 5258 section 3.2, RFC 5819, RFC 6154 and RFC 9590.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ListReturn {
    /// `SUBSCRIBED`.
    pub subscribed: bool,
    /// `CHILDREN`.
    pub children: bool,
    /// `SPECIAL-USE`.
    pub special_use: bool,
    /// `STATUS (…)`.
    pub status: Option<Vec<StatusItem>>,
    /// `METADATA (…)`, RFC 9590.
    pub metadata: Vec<EntryName>,
    /// `MYRIGHTS`, RFC 8440.
    pub my_rights: bool,
}

/// What STATUS can tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum StatusItem {
    /// RFC 9051 section 6.3.11.
    Messages,
    /// RFC 3501 section 6.3.10.
    Recent,
    /// RFC 9051 section 6.3.11.
    UidNext,
    /// RFC 9051 section 6.3.11.
    UidValidity,
    /// RFC 9051 section 6.3.11.
    Unseen,
    /// RFC 9051 section 6.3.11.
    Deleted,
    /// RFC 9051 section 6.3.11 and RFC 8438.
    Size,
    /// RFC 7162 section 3.1.7.
    HighestModseq,
    /// RFC 8474 section 4.3.
    MailboxId,
    /// RFC 7889 section 3.1.
    AppendLimit,
    /// RFC 9208 section 4.1.4.
    DeletedStorage,
}

/// APPEND, RFC 9051 section 6.3.12 and RFC 3502.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Append {
    /// Where to.
    pub mailbox: MailboxArg,
    /// One message or more, to be appended together.
    pub messages: Vec<AppendMessage>,
}

/// REPLACE and UID REPLACE, RFC 8508.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Replace {
    /// How `set` is to be read.
    pub numbering: Numbering,
    /// The message that goes: one number, or `*`.
    pub set: Set,
    /// Where the new message comes to.
    pub mailbox: MailboxArg,
    /// The new message.
    pub message: AppendMessage,
}

/// A message of APPEND or REPLACE.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AppendMessage {
    /// The flags to set.
    pub flags: Vec<Flag>,
    /// The internal date, if the client names one.
    pub date: Option<InternalDate>,
    /// The message.
    pub data: AppendData,
}

/// `append-data`: the octets of a message, or what they are put together from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AppendData {
    /// The octets.
    Message {
        /// The message.
        octets: Bytes,
        /// Sent as `literal8` (RFC 3516, RFC 9051): may hold NUL.
        binary: bool,
    },
    /// `CATENATE (…)`: at least one part.
    Catenate(Vec<CatenatePart>),
}

/// `cat-part` (RFC 4469 section 5).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CatenatePart {
    /// `TEXT`: octets as they are.
    Text(Bytes),
    /// `URL`: as sent; see [`crate::imapurl`].
    Url(Bytes),
}

/// What STORE does with the flags it names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StoreAction {
    /// `+FLAGS`.
    Add,
    /// `-FLAGS`.
    Remove,
    /// `FLAGS`.
    Replace,
}
