//! An event says from where it came, in few octets, and one that does not is read as ever.

#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use postern_account::origin::{Origin, Protocol};
use postern_account::{Event, MailboxId};

fn event() -> Event {
    Event::MailboxDeleted {
        mailbox: MailboxId(7),
    }
}

fn origin(client: &str) -> Origin {
    Origin {
        protocol: Protocol::Imap,
        session: 114_781_440_000,
        client: client.to_owned(),
    }
}

#[test]
fn an_origin_is_read_as_it_was_written() {
    for client in ["", "Pocket/3 192.0.2.7"] {
        let octets = event().encode_from(Some(&origin(client)));
        assert_eq!(Event::decode(&octets), Some(event()));
        let read = Event::decode_from(&octets);
        assert_eq!(read, Some((event(), Some(origin(client)))));
        for end in 0..octets.len() {
            assert_eq!(Event::decode_from(&octets[..end]), None, "{end}");
        }
    }
    let later = Origin {
        protocol: Protocol::Other(77),
        ..origin("")
    };
    let read = Event::decode_from(&event().encode_from(Some(&later))).unwrap();
    assert_eq!(read.1, Some(later));
}

#[test]
fn it_costs_little_and_a_long_description_is_cut() {
    let plain = event().encode();
    assert_eq!(plain, [1, 2, 7]);
    assert_eq!(Event::decode_from(&plain), Some((event(), None)));
    let brief = event().encode_from(Some(&origin("")));
    assert_eq!(brief.len() - plain.len(), 9);
    // Cut between characters.
    let octets = event().encode_from(Some(&origin(&"ä".repeat(100))));
    let read = Event::decode_from(&octets).unwrap().1.unwrap();
    assert_eq!(read.client, "ä".repeat(60));
}
