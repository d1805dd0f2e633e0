//! The IMAP protocol as data: bytes to typed commands, typed responses to bytes.
//!
//! IMAP4rev2 (RFC 9051) and IMAP4rev1 (RFC 3501) with the extensions named in each module.
//! This crate is pure: it knows no socket, no store and no clock.
//!
//! What a client sends goes through [`framer`], which cuts it into commands, and [`parse`],
//! which types them. What the server answers is written by [`response`].

pub mod acl;
pub mod base64;
pub mod command;
pub mod date;
pub mod fetch;
pub mod flag;
pub mod framer;
pub mod imapurl;
pub mod mailbox;
pub mod metadata;
pub mod multisearch;
pub mod notify;
pub mod parse;
pub mod response;
pub mod search;
pub mod sequence;
pub mod sort;
pub mod thread;
