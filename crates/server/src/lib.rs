//! The mailbox server: listeners, IMAP sessions, LMTP, live accounts.
//!
//! This crate knows no SQL and no files of the store: it is given a
//! [`Store`](postern_store::Store) and a [`Directory`](postern_store::Directory).

mod acls;
mod capability;
mod collect;
mod command;
mod connections;
mod delivery;
mod import;
mod listen;
mod live;
pub mod lmtp;
mod load;
mod mask;
mod message_limit;
mod needs;
mod network_range;
mod operator;
mod place;
mod quotas;
mod reply;
mod server;
mod session;
mod settings;
mod sharing;
mod stream;
mod table;
mod uidonly;
mod urlauth;

pub use acls::{AclError, Acls};
pub use capability::maskable;
pub use collect::{Collector, Keep};
pub use import::{Import, ImportError};
pub use mask::{MAX_MASKS, Mask, Pattern};
pub use network_range::NetworkRange;
pub use operator::{Operator, Restore, RestoreError, RestoreInto};
pub use postern_account::plan::Restored;
pub use server::{BindError, Listeners, Parts, Server};
pub use settings::{Extensions, History, Limits, LmtpAddress, Quota, Settings};
