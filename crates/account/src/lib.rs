//! An account is a log: events, their fold, the plan of each command, versions of mailboxes,
//! what a session sees of them, SEARCH, SORT and THREAD.
//!
//! Everything here is pure: no clock, no files, no sockets, no randomness. The same events
//! give the same state, and the same state and command give the same events.

pub mod access_key;
pub mod acl;
mod audit;
pub mod changes;
pub mod chunk;
pub mod context;
pub mod event;
pub mod filters;
pub mod flags;
pub mod frozen;
pub mod history;
pub mod list;
pub mod mailbox;
pub mod metadata;
pub mod object_id;
mod octets;
pub mod origin;
pub mod plan;
pub mod quota;
pub mod search;
mod seen;
pub mod snapshot;
pub mod sort;
pub mod state;
pub mod thread;
pub mod view;

pub use chunk::{Message, Totals};
pub use event::{Body, Event, MailboxId, NewMessage, SpecialUse};
pub use mailbox::Mailbox;
pub use origin::Origin;
pub use state::{Account, INBOX};
pub use view::{Point, View};
