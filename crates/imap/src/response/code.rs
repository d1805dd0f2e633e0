//! Response codes: RFC 9051 section 7.1, RFC 3501 section 7.1 and the extensions.

use super::metadata::MetadataCode;
use super::text::{astring, atom, number, quoted};
use crate::command::Tag;
use crate::flag::Flag;
use crate::notify::EVENT_NAMES;
use crate::sequence::UidSet;
use std::borrow::Cow;

/// `resp-text-code`, what tells a program why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Code {
    /// To be shown to the user.
    Alert,
    /// The charsets that SEARCH knows.
    BadCharset(Vec<&'static str>),
    /// No comparator matches (RFC 5255 section 4.9).
    BadComparator,
    /// The capabilities, `IMAP4rev2` among them.
    Capability(Vec<Cow<'static, str>>),
    /// A stored message cannot be parsed.
    Parse,
    /// The flags that STORE can keep.
    PermanentFlags {
        /// The flags that are known.
        flags: Vec<Flag>,
        /// `\*`: a client can make new keywords.
        any_keyword: bool,
    },
    /// The mailbox is selected for reading only.
    ReadOnly,
    /// The mailbox is selected for reading and writing.
    ReadWrite,
    /// The target does not exist and can be created.
    TryCreate,
    /// The UID that the next message will have at least.
    UidNext(u32),
    /// The UIDVALIDITY.
    UidValidity(u32),
    /// The sequence number of the first message that is not seen (RFC 3501).
    Unseen(u32),
    /// Where APPEND put it (RFC 4315).
    AppendUid {
        /// UIDVALIDITY of the target.
        uid_validity: u32,
        /// The new UIDs.
        uids: UidSet,
    },
    /// What COPY or MOVE put where (RFC 4315).
    CopyUid {
        /// UIDVALIDITY of the target.
        uid_validity: u32,
        /// UIDs in the source.
        source: UidSet,
        /// UIDs in the target, as many.
        target: UidSet,
    },
    /// The target does not keep UIDs (RFC 4315).
    UidNotSticky,
    /// The result of SEARCH could not be saved (RFC 5182).
    NotSaved,
    /// The results of the search of this tag are not kept up to date (RFC 5267 section 4.3.1).
    NoUpdate(Tag),
    /// There is no filter of this name (RFC 5466 section 3.1).
    UndefinedFilter(String),
    /// RFC 7162 section 3.1.2.1.
    HighestModseq(u64),
    /// RFC 7162 section 3.1.2.2.
    NoModseq,
    /// What a conditional STORE left alone (RFC 7162 section 3.1.3): UIDs or sequence numbers,
    /// as in the command.
    Modified(UidSet),
    /// What follows is of the new mailbox (RFC 7162 section 3.2.11).
    Closed,
    /// Something that is needed is out of order for the time being (RFC 5530, as all that
    /// follow).
    Unavailable,
    /// Wrong name or password.
    AuthenticationFailed,
    /// Signed in, but may not act as whom it asked to.
    AuthorizationFailed,
    /// The credential is too old.
    Expired,
    /// Only under TLS.
    PrivacyRequired,
    /// The administrator has to be asked.
    ContactAdmin,
    /// No right to do that.
    NoPerm,
    /// In use by another.
    InUse,
    /// Another session expunged what was asked for.
    ExpungeIssued,
    /// What was stored is damaged.
    Corruption,
    /// The server is at fault.
    ServerBug,
    /// The client is at fault.
    ClientBug,
    /// Can never be done.
    Cannot,
    /// A limit that is not a quota.
    Limit,
    /// A quota.
    OverQuota,
    /// The name is taken.
    AlreadyExists,
    /// There is no such mailbox.
    Nonexistent,
    /// The mailbox has children and cannot be deleted (RFC 9051).
    HasChildren,
    /// The message or the literal is too large (RFC 7889).
    TooBig,
    /// The mailbox's object identifier (RFC 8474).
    MailboxId(String),
    /// The URL that could not be read, as sent (RFC 4469).
    BadUrl(Vec<u8>),
    /// The mechanisms by which URLs of the mailbox can be authorized: INTERNAL alone (RFC 4467).
    UrlMech,
    /// The special use cannot be assigned (RFC 6154).
    UseAttr,
    /// The content's transfer encoding is not known (RFC 3516).
    UnknownCte,
    /// The connection is compressed already (RFC 4978).
    CompressionActive,
    /// The command names messages by sequence numbers (RFC 9586).
    UidRequired,
    /// How far a command is (RFC 9585).
    InProgress {
        /// The command's tag.
        tag: Tag,
        /// Items done so far, fewer than `goal`.
        done: u32,
        /// Items in all.
        goal: u32,
    },
    /// A command would work on more messages than it may (RFC 9738 section 3.1).
    MessageLimit {
        /// How many it may.
        limit: u32,
        /// The lowest UID that it worked on, or that it could have; where that helps.
        lowest: Option<u32>,
    },
    /// Annotations (RFC 5464 section 5).
    Metadata(MetadataCode),
    /// NOTIFY asks for events that are not supported (RFC 5465 section 8).
    BadEvent,
    /// There was too much for NOTIFY to tell (RFC 5465 section 5.8).
    NotificationOverflow,
}

impl Code {
    /// Appends the code in its brackets.
    pub(super) fn write(&self, out: &mut Vec<u8>) {
        out.push(b'[');
        atom(out, self.name());
        self.write_arguments(out);
        out.push(b']');
    }

    fn write_arguments(&self, out: &mut Vec<u8>) {
        match self {
            Self::BadCharset(charsets) if charsets.is_empty() => {}
            Self::BadCharset(charsets) => {
                for (i, charset) in charsets.iter().enumerate() {
                    out.extend_from_slice(if i == 0 { b" (" } else { b" " });
                    astring(out, charset.as_bytes());
                }
                out.push(b')');
            }
            Self::Capability(names) => {
                for name in names {
                    out.push(b' ');
                    atom(out, name);
                }
            }
            Self::PermanentFlags { flags, any_keyword } => {
                let any = any_keyword.then_some(r"\*");
                out.push(b' ');
                super::data::flag_list(out, flags.iter().map(Flag::as_str).chain(any));
            }
            Self::UidNext(n) | Self::UidValidity(n) | Self::Unseen(n) => argument(out, *n),
            Self::AppendUid { uid_validity, uids } => {
                argument(out, *uid_validity);
                set_argument(out, uids);
            }
            Self::CopyUid {
                uid_validity,
                source,
                target,
            } => {
                argument(out, *uid_validity);
                set_argument(out, source);
                set_argument(out, target);
            }
            Self::NoUpdate(tag) => {
                out.push(b' ');
                quoted(out, tag.as_bytes());
            }
            Self::UndefinedFilter(name) => {
                out.push(b' ');
                atom(out, name);
            }
            Self::HighestModseq(n) => argument(out, *n),
            Self::Modified(set) => set_argument(out, set),
            Self::InProgress { tag, done, goal } => {
                out.extend_from_slice(b" (");
                // RFC 9585 section 4: `]` would end the response code.
                match tag.as_bytes() {
                    tag if tag.contains(&b']') => out.extend_from_slice(b"NIL"),
                    tag => quoted(out, tag),
                }
                argument(out, *done);
                argument(out, *goal);
                out.push(b')');
            }
            Self::MessageLimit { limit, lowest } => {
                argument(out, *limit);
                if let Some(uid) = lowest {
                    argument(out, *uid);
                }
            }
            Self::BadUrl(url) => bad_url(out, url),
            Self::MailboxId(id) => {
                out.extend_from_slice(b" (");
                atom(out, id);
                out.push(b')');
            }
            Self::UrlMech => out.extend_from_slice(b" INTERNAL"),
            Self::Metadata(code) => code.write(out),
            Self::BadEvent => {
                out.extend_from_slice(b" (");
                atom(out, &EVENT_NAMES.join(" "));
                out.push(b')');
            }
            _ => {}
        }
    }

    /// The code's name.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Alert => "ALERT",
            Self::BadCharset(_) => "BADCHARSET",
            Self::BadComparator => "BADCOMPARATOR",
            Self::Capability(_) => "CAPABILITY",
            Self::Parse => "PARSE",
            Self::PermanentFlags { .. } => "PERMANENTFLAGS",
            Self::ReadOnly => "READ-ONLY",
            Self::ReadWrite => "READ-WRITE",
            Self::TryCreate => "TRYCREATE",
            Self::UidNext(_) => "UIDNEXT",
            Self::UidValidity(_) => "UIDVALIDITY",
            Self::Unseen(_) => "UNSEEN",
            Self::AppendUid { .. } => "APPENDUID",
            Self::CopyUid { .. } => "COPYUID",
            Self::UidNotSticky => "UIDNOTSTICKY",
            Self::NotSaved => "NOTSAVED",
            Self::NoUpdate(_) => "NOUPDATE",
            Self::UndefinedFilter(_) => "UNDEFINED-FILTER",
            Self::HighestModseq(_) => "HIGHESTMODSEQ",
            Self::NoModseq => "NOMODSEQ",
            Self::Modified(_) => "MODIFIED",
            Self::Closed => "CLOSED",
            Self::Unavailable => "UNAVAILABLE",
            Self::AuthenticationFailed => "AUTHENTICATIONFAILED",
            Self::AuthorizationFailed => "AUTHORIZATIONFAILED",
            Self::Expired => "EXPIRED",
            Self::PrivacyRequired => "PRIVACYREQUIRED",
            Self::ContactAdmin => "CONTACTADMIN",
            Self::NoPerm => "NOPERM",
            Self::InUse => "INUSE",
            Self::ExpungeIssued => "EXPUNGEISSUED",
            Self::Corruption => "CORRUPTION",
            Self::ServerBug => "SERVERBUG",
            Self::ClientBug => "CLIENTBUG",
            Self::Cannot => "CANNOT",
            Self::Limit => "LIMIT",
            Self::OverQuota => "OVERQUOTA",
            Self::AlreadyExists => "ALREADYEXISTS",
            Self::Nonexistent => "NONEXISTENT",
            Self::HasChildren => "HASCHILDREN",
            Self::TooBig => "TOOBIG",
            Self::MailboxId(_) => "MAILBOXID",
            Self::BadUrl(_) => "BADURL",
            Self::UrlMech => "URLMECH",
            Self::UseAttr => "USEATTR",
            Self::UnknownCte => "UNKNOWN-CTE",
            Self::CompressionActive => "COMPRESSIONACTIVE",
            Self::UidRequired => "UIDREQUIRED",
            Self::InProgress { .. } => "INPROGRESS",
            Self::MessageLimit { .. } => "MESSAGELIMIT",
            Self::Metadata(_) => "METADATA",
            Self::BadEvent => "BADEVENT",
            Self::NotificationOverflow => "NOTIFICATIONOVERFLOW",
        }
    }
}

fn argument(out: &mut Vec<u8>, n: impl Into<u64>) {
    out.push(b' ');
    number(out, n.into());
}

/// `SP url-resp-text`, the URL as a string. What a response code cannot hold is percent-encoded,
/// which in a URL it should have been.
fn bad_url(out: &mut Vec<u8>, url: &[u8]) {
    out.extend_from_slice(b" \"");
    for octet in url {
        match octet {
            b'!' | b'#'..=b'[' | b'^'..=b'~' => out.push(*octet),
            _ => out.extend_from_slice(format!("%{octet:02X}").as_bytes()),
        }
    }
    out.push(b'"');
}

fn set_argument(out: &mut Vec<u8>, set: &UidSet) {
    out.push(b' ');
    super::data::uid_set(out, set);
}
