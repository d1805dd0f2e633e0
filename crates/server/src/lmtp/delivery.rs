//! What the server provides: who has a mailbox, and how a message gets into it.

use super::address::{Address, Path};
use async_trait::async_trait;
use bytes::Bytes;
use postern_store::AccountId;

/// The mailboxes behind LMTP.
#[async_trait]
pub trait Delivery: Send + Sync + 'static {
    /// Who is this address? Asked at RCPT, once for each.
    ///
    /// # Errors
    /// Why the address gets no mail, now or ever.
    async fn recipient(&self, address: &Address) -> Result<Recipient, Rejection>;

    /// Keeps the message, as [`Incoming::content_for`] gives it, for the recipient; returns when
    /// it is durable. Runs at the same time for other recipients of the message, who may be the
    /// same account. May be dropped at any point where it waits, and then nobody is told
    /// whether the message was kept.
    ///
    /// # Errors
    /// Why it was not kept; then nothing may be left of it.
    async fn deliver(&self, message: &Incoming, recipient: &Recipient) -> Result<(), Rejection>;
}

/// A message as it came in.
#[derive(Debug, Clone)]
pub struct Incoming {
    /// Where failures would be reported; `None` for the null reverse path.
    pub reverse_path: Path,
    /// The octets between DATA and its end, dots unstuffed, otherwise as they were sent.
    pub content: Bytes,
    /// The client asked for SMTPUTF8: header fields may be UTF-8.
    pub smtputf8: bool,
    /// Who connected, as the listener named it.
    pub peer: String,
    /// The name that the client gave with LHLO.
    pub client: String,
}

impl Incoming {
    /// What to keep for the recipient: the content with its `Return-Path` and `Delivered-To`.
    pub fn content_for(&self, recipient: &Recipient) -> Bytes {
        super::stamped(
            &self.content,
            self.reverse_path.as_ref(),
            &recipient.original,
        )
    }
}

/// A recipient that was accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recipient {
    /// Whose mail it is.
    pub account: AccountId,
    /// The account's name.
    pub name: String,
    /// The address in RCPT.
    pub original: Address,
    /// What followed the separator in the local part (RFC 5233).
    pub detail: Option<String>,
}

/// Why a recipient does not get a message. [`reply`](super::reply) says how the client is told.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    /// No such account.
    #[error("unknown user")]
    UnknownUser,
    /// The account takes no mail.
    #[error("account disabled")]
    Disabled,
    /// The account's quota would be exceeded; the client tries again.
    #[error("over quota")]
    OverQuota,
    /// The account's quota would be exceeded, and the sender is to know.
    #[error("over quota")]
    OverQuotaForGood,
    /// The message is larger than this recipient may get.
    #[error("message too big for the recipient")]
    TooBig,
    /// No space is left on the server.
    #[error("storage full")]
    StorageFull,
    /// A rule forbids it.
    #[error("refused by policy")]
    Policy,
    /// The content cannot be kept at all.
    #[error("content not acceptable")]
    Content,
    /// Anything that may work later. The text is for the log, the client never sees it.
    #[error("temporary failure: {0}")]
    TemporaryFailure(String),
}
