//! What is kept of an account: events and snapshots.

use postern_account::snapshot::{ChunkId, Snapshot, chunk_ids};
use postern_account::{Account, Event};
use std::collections::HashMap;

/// An event that is read is written and read again, the same.
pub(crate) fn events(data: &[u8]) {
    if let Some(event) = Event::decode(data) {
        let octets = event.encode();
        assert!(octets.len() <= data.len() + 32, "an event that grew");
        assert_eq!(Event::decode(&octets), Some(event));
    }
}

/// Events, each after an octet with its length: any log has one state, and a snapshot holds it.
pub(crate) fn folds(data: &[u8]) {
    let mut account = Account::default();
    let mut rest = data;
    let mut seq = 0;
    while let Some((len, after)) = rest.split_first() {
        let (octets, after) = after.split_at(usize::from(*len).min(after.len()));
        rest = after;
        let Some(event) = Event::decode(octets) else {
            continue;
        };
        // Numbers of entries have no gaps that matter; names of mailboxes are such numbers.
        seq += 1;
        account.apply(seq, i64::from(*len), &event);
        consistent(&account);
    }
    let snapshot = account.snapshot();
    assert!(read(&snapshot).as_ref() == Some(&account), "another state");
    assert!(account.snapshot() == snapshot, "another snapshot");
}

/// What can be asked of a state agrees with what it is made of.
fn consistent(account: &Account) {
    assert_eq!(account.mailboxes().count(), account.mailbox_count());
    for mailbox in account.mailboxes() {
        assert_eq!(account.mailbox(mailbox.name()), Some(mailbox));
        assert_eq!(account.by_id(mailbox.id()), Some(mailbox));
        counted(mailbox);
    }
}

fn counted(mailbox: &postern_account::Mailbox) {
    assert_eq!(mailbox.messages().count(), mailbox.len() as usize);
    assert_eq!(mailbox.is_empty(), mailbox.last_uid() == 0);
    let mut last = 0;
    for (place, message) in (0..).zip(mailbox.messages()) {
        assert!(message.stored.uid > last, "UIDs grow");
        last = message.stored.uid;
        assert_eq!(mailbox.rank(message.stored.uid), place);
        assert!(message.marks.modseq <= mailbox.highest_modseq());
    }
    assert!(last < mailbox.uid_next());
    assert_eq!(mailbox.last_uid(), last);
    assert!(!mailbox.expunged_since(0).contains(mailbox.uid_next()));
}

fn read(snapshot: &Snapshot) -> Option<Account> {
    let mut ids = chunk_ids(&snapshot.root)?;
    ids.sort_unstable();
    let mut known: Vec<_> = snapshot.chunks.iter().map(|(id, _)| *id).collect();
    known.sort_unstable();
    assert!(ids == known, "the root names its chunks");
    let chunks = snapshot.chunks.iter().cloned().collect();
    Account::from_snapshot(&snapshot.root, &chunks)
}

/// A root, after two octets with its length, and chunks, each after two octets with its length:
/// what is read of whatever octets can be asked, and kept again.
pub(crate) fn snapshots(data: &[u8]) {
    let mut rest = data;
    let root = piece(&mut rest);
    let Some(ids) = chunk_ids(root) else {
        assert!(Account::from_snapshot(root, &HashMap::new()).is_none());
        return;
    };
    let mut chunks: HashMap<ChunkId, Vec<u8>> = HashMap::new();
    for id in ids {
        chunks.insert(id, piece(&mut rest).to_vec());
    }
    let Some(account) = Account::from_snapshot(root, &chunks) else {
        return;
    };
    for mailbox in account.mailboxes() {
        let _ = mailbox.messages().count();
        let _ = (mailbox.totals(), mailbox.expunged_since(1));
        let _ = (mailbox.rank(mailbox.last_uid()), mailbox.first_unseen());
        let _ = mailbox.changed_since(1).count();
    }
    let again = account.snapshot();
    assert!(again.root.len() <= root.len() + 64, "a root that grew");
    assert!(read(&again).is_some(), "what is kept can be read");
}

fn piece<'a>(rest: &mut &'a [u8]) -> &'a [u8] {
    let Some((len, after)) = rest.split_first_chunk() else {
        return std::mem::take(rest);
    };
    let len = usize::from(u16::from_le_bytes(*len)).min(after.len());
    let (taken, after) = after.split_at(len);
    *rest = after;
    taken
}
