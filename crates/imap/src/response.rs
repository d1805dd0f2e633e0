//! Responses, written straight to the end of a `Vec<u8>`: RFC 9051 section 7.
//!
//! All functions append. A function that writes a whole response ends it with CRLF.

mod acl;
mod code;
mod data;
mod fetch;
mod language;
mod list;
mod metadata;
mod quota;
mod search;
mod sort;
mod status;
mod text;
mod urlauth;

pub use acl::{acl, list_rights, my_rights};
pub use code::Code;
pub use data::{
    NamespaceEntry, capability, continuation, continuation_base64, enabled, exists, expunge, flags,
    id, namespace, recent, vanished,
};
pub use fetch::{FetchResponse, Origin};
pub use language::{comparator, language};
pub use list::{Attribute, ListEntry, StatusValue, list, lsub, status_data};
pub use metadata::{MetadataCode, metadata, metadata_changed};
pub use quota::{Resource, quota, quota_root};
pub use search::{
    SearchResult, Update, esearch, esearch_in, esearch_sorted_update, esearch_update, search,
};
pub use sort::{sort, thread};
pub use status::{Condition, status};
pub use text::{
    astring, atom, date_time, literal, literal_header, literal8, mailbox, nstring, number, quoted,
    string,
};
pub use urlauth::{UrlFetchResponse, genurlauth};
