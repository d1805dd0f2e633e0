//! NOTIFY on the wire, worked out from RFC 5465 section 8.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]

use bytes::Bytes;
use postern_imap::command::CommandBody;
use postern_imap::fetch::FetchItem;
use postern_imap::mailbox::MailboxArg;
use postern_imap::notify::{EventGroup, Events, MailboxFilter, Notify};
use postern_imap::parse::{ErrorKind, parse};
use postern_imap::response::{self, Code, Condition};

fn parsed(wire: &str) -> Notify {
    let frame = Bytes::copy_from_slice(format!("a {wire}").as_bytes());
    match parse(&frame)
        .unwrap_or_else(|e| panic!("{wire:?}: {e}"))
        .body
    {
        CommandBody::Notify(notify) => notify,
        other => panic!("{other:?}"),
    }
}

fn arg(name: &'static str) -> MailboxArg {
    MailboxArg(Bytes::from_static(name.as_bytes()))
}

fn messages(items: &[FetchItem]) -> Events {
    Events {
        message_new: Some(items.to_vec()),
        message_expunge: true,
        ..Events::default()
    }
}

fn set(status: bool, groups: Vec<(MailboxFilter, Option<Events>)>) -> Notify {
    let group = |(filter, events)| EventGroup { filter, events };
    Notify::Set {
        status,
        groups: groups.into_iter().map(group).collect(),
    }
}

#[test]
fn commands() {
    use MailboxFilter as F;
    let subscription = || Events {
        subscription_change: true,
        ..Events::default()
    };
    let all = || Events {
        flag_change: true,
        mailbox_name: true,
        subscription_change: true,
        mailbox_metadata: true,
        server_metadata: true,
        ..messages(&[])
    };
    let table = [
        ("notify none", Notify::None),
        (
            "NOTIFY SET (mailboxes INBOX (Messagenew messageExpunge)) (personal (SubscriptionChange))",
            set(
                false,
                vec![
                    (F::Mailboxes(vec![arg("INBOX")]), Some(messages(&[]))),
                    (F::Personal, Some(subscription())),
                ],
            ),
        ),
        (
            "NOTIFY SET STATUS (selected (Messagenew (uid flags) messageExpunge))",
            set(
                true,
                vec![(
                    F::Selected,
                    Some(messages(&[FetchItem::Uid, FetchItem::Flags])),
                )],
            ),
        ),
        (
            "NOTIFY SET (selected-delayed NONE) (subtree (a \"b c\") NONE) (inboxes (MessageNew \
             MessageExpunge FlagChange MailboxName SubscriptionChange MailboxMetadataChange \
             ServerMetadataChange)) (subscribed (SubscriptionChange))",
            set(
                false,
                vec![
                    (F::SelectedDelayed, None),
                    (F::Subtree(vec![arg("a"), arg("b c")]), None),
                    (F::Inboxes, Some(all())),
                    (F::Subscribed, Some(subscription())),
                ],
            ),
        ),
        // Without the parentheses that the grammar has, as in section 3.1.
        (
            "notify set status (selected MessageNew (uid) MessageExpunge) (subtree Lists MessageNew MessageExpunge)",
            set(
                true,
                vec![
                    (F::Selected, Some(messages(&[FetchItem::Uid]))),
                    (F::Subtree(vec![arg("Lists")]), Some(messages(&[]))),
                ],
            ),
        ),
        (
            "NOTIFY SET (personal (AnnotationChange))",
            set(
                false,
                vec![(
                    F::Personal,
                    Some(Events {
                        unsupported: true,
                        ..Events::default()
                    }),
                )],
            ),
        ),
    ];
    for (wire, expected) in table {
        assert_eq!(parsed(wire), expected, "{wire}");
    }
}

#[test]
fn what_is_none_of_the_grammar_is_refused() {
    for wire in [
        "NOTIFY",
        "NOTIFY ALL",
        "NOTIFY NONE x",
        "NOTIFY SET",
        "NOTIFY SET STATUS",
        "NOTIFY SET (selected)",
        "NOTIFY SET (selected ())",
        "NOTIFY SET (selected (MessageNew ()))",
        "NOTIFY SET (selected (MessageNew (nothing)))",
        "NOTIFY SET (mailboxes () NONE)",
        "NOTIFY SET (mailboxes (a) NONE",
        "NOTIFY SET (selected NONE)(personal NONE)",
        "NOTIFY SET (all NONE)",
    ] {
        let frame = Bytes::copy_from_slice(format!("a {wire}").as_bytes());
        let error = parse(&frame).expect_err(wire);
        assert_eq!(error.kind, ErrorKind::Syntax, "{wire:?}: {error}");
    }
    let many = vec!["(personal NONE)"; 101].join(" ");
    let frame = Bytes::from(format!("a NOTIFY SET {many}"));
    assert_eq!(parse(&frame).unwrap_err().kind, ErrorKind::Limit);
}

#[test]
fn response_codes() {
    for (code, expected) in [
        (
            Code::BadEvent,
            "* NO [BADEVENT (MessageNew MessageExpunge FlagChange MailboxName \
             SubscriptionChange MailboxMetadataChange ServerMetadataChange)] x\r\n",
        ),
        (
            Code::NotificationOverflow,
            "* NO [NOTIFICATIONOVERFLOW] x\r\n",
        ),
    ] {
        let mut out = Vec::new();
        response::status(&mut out, None, Condition::No, Some(&code), "x");
        assert_eq!(String::from_utf8(out).unwrap(), expected);
    }
}
