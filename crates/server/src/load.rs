//! How busy the server is, and what is refused while it is too busy.
//!
//! Some clients fill their search index in the background, and say so with ID (`event`); they
//! take `NO [UNAVAILABLE]` (RFC 5530) and come again later. Nobody who waits for an answer is
//! ever refused by this.

use bytes::Bytes;
use postern_imap::command::CommandBody;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// What a field `event` of ID holds for work that can wait.
const BACKGROUND: [&str; 2] = ["indexer", "back-fill"];

/// Commands that run now and may read many messages.
#[derive(Debug, Default)]
pub(crate) struct Load(AtomicUsize);

/// Counts one such command for as long as it runs.
#[derive(Debug)]
pub(crate) struct Running(Arc<Load>);

impl Load {
    /// Counts a command, unless it is work that can wait and there are `most` already.
    pub(crate) fn begin(self: &Arc<Self>, background: bool, most: usize) -> Option<Running> {
        let before = self.0.fetch_add(1, Ordering::Relaxed);
        let running = Running(Arc::clone(self));
        (!background || before < most).then_some(running)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.0.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Whether a command may read many messages.
pub(crate) fn is_heavy(command: &CommandBody) -> bool {
    use CommandBody as C;
    matches!(
        command,
        C::Fetch { .. } | C::UrlFetch(_) | C::Search(_) | C::Sort(_) | C::Thread(_)
    )
}

/// Whether the client says that nobody waits for what it does.
pub(crate) fn is_background(fields: &[(Bytes, Option<Bytes>)]) -> bool {
    let mut events = fields
        .iter()
        .filter(|(name, _)| name.eq_ignore_ascii_case(b"event"))
        .filter_map(|(_, value)| value.as_deref());
    events.any(|value| {
        let value = String::from_utf8_lossy(value).to_ascii_lowercase();
        BACKGROUND.iter().any(|word| value.contains(word))
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn only_what_can_wait_is_refused_and_only_while_it_is_busy() {
        let load = Arc::new(Load::default());
        let one = load.begin(true, 1).unwrap();
        assert!(load.begin(true, 1).is_none());
        let two = load.begin(false, 1).unwrap();
        drop(one);
        assert!(load.begin(true, 1).is_none());
        drop(two);
        assert!(load.begin(true, 1).is_some());
    }

    #[test]
    fn the_event_tells() {
        let said = |name: &'static str, value: Option<&'static str>| {
            is_background(&[(
                Bytes::from_static(name.as_bytes()),
                value.map(|value| Bytes::from_static(value.as_bytes())),
            )])
        };
        assert!(said("event", Some("com.example.Indexer.run")));
        assert!(said("EVENT", Some("mailbox back-fill")));
        assert!(!said("event", Some("foreground")));
        assert!(!said("event", None));
        assert!(!said("name", Some("indexer")));
    }
}
