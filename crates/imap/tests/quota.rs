//! QUOTA: RFC 9208 sections 4 and 7.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]

use bytes::Bytes;
use postern_imap::command::{CommandBody, SetQuota};
use postern_imap::mailbox::{Encoding, MailboxArg};
use postern_imap::parse::parse;
use postern_imap::response::{Resource, quota, quota_root};

fn body(wire: &str) -> Option<CommandBody> {
    let frame = Bytes::copy_from_slice(format!("t {wire}").as_bytes());
    parse(&frame).ok().map(|command| command.body)
}

fn set(root: &'static str, limits: &[(&str, u64)]) -> Option<CommandBody> {
    let limits = limits
        .iter()
        .map(|(name, limit)| ((*name).to_owned(), *limit));
    Some(CommandBody::SetQuota(SetQuota {
        root: Bytes::from_static(root.as_bytes()),
        limits: limits.collect(),
    }))
}

#[test]
fn commands() {
    let root =
        |root: &'static str| Some(CommandBody::GetQuota(Bytes::from_static(root.as_bytes())));
    let partition = "!partition/sda4";
    assert_eq!(body("GETQUOTA \"!partition/sda4\""), root(partition));
    assert_eq!(body("getquota \"\""), root(""));
    let inbox = MailboxArg(Bytes::from_static(b"INBOX"));
    let expected = Some(CommandBody::GetQuotaRoot(inbox));
    assert_eq!(body("GETQUOTAROOT INBOX"), expected);
    let wire = "SETQUOTA \"#user/alice\" (STORAGE 510)";
    assert_eq!(body(wire), set("#user/alice", &[("STORAGE", 510)]));
    let wire = "SETQUOTA \"\" (storage 0 X-Thing 9223372036854775807)";
    let limits = [("STORAGE", 0), ("X-THING", i64::MAX as u64)];
    assert_eq!(body(wire), set("", &limits));
    assert_eq!(body("SETQUOTA a ()"), set("a", &[]));
}

#[test]
fn what_is_no_limit_is_refused() {
    for wire in [
        "GETQUOTA",
        "GETQUOTA a b",
        "GETQUOTAROOT",
        "SETQUOTA a",
        "SETQUOTA a STORAGE 1",
        "SETQUOTA a (STORAGE)",
        "SETQUOTA a (STORAGE -1)",
        "SETQUOTA a (STORAGE 1.5)",
        "SETQUOTA a (STORAGE 9223372036854775808)",
        "SETQUOTA a (STORAGE 18446744073709551616)",
        "SETQUOTA a (STORAGE 99999999999999999999999999999999)",
        "SETQUOTA a (STORAGE 1 storage 2)",
        "SETQUOTA a (STORAGE 1",
        "SETQUOTA a ((STORAGE 1))",
    ] {
        assert_eq!(body(wire), None, "{wire}");
    }
    let many: Vec<_> = (0..17).map(|n| format!("X{n} 1")).collect();
    assert_eq!(body(&format!("SETQUOTA a ({})", many.join(" "))), None);
}

#[test]
fn responses() {
    let resource = |name, usage, limit| Resource { name, usage, limit };
    let mut out = Vec::new();
    quota(&mut out, "", &[resource("STORAGE", 10, 512)]);
    let both = [resource("STORAGE", 54, 111), resource("MESSAGE", 42, 1000)];
    quota(&mut out, "#user/alice", &both);
    quota(&mut out, "a b", &[]);
    quota_root(&mut out, Encoding::Utf8, "INBOX", "");
    let expected = "* QUOTA \"\" (STORAGE 10 512)\r\n\
                    * QUOTA #user/alice (STORAGE 54 111 MESSAGE 42 1000)\r\n\
                    * QUOTA \"a b\" ()\r\n\
                    * QUOTAROOT INBOX \"\"\r\n";
    assert_eq!(String::from_utf8(out).unwrap(), expected);
}
