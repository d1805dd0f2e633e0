//! Telling a client that its command is still running: INPROGRESS (RFC 9585).

use super::Io;
use postern_imap::command::Tag;
use postern_imap::response::{self, Code, Condition};
use std::io;
use std::time::Duration;
use tokio::time::Instant;

/// The command that runs, and when its client is to hear of it.
pub(crate) struct Progress {
    tag: Tag,
    next: Instant,
    every: Duration,
}

impl Progress {
    pub(super) fn begin(tag: Tag, every: Duration) -> Self {
        Self {
            tag,
            next: Instant::now() + every,
            every,
        }
    }

    /// To be called between responses, with the items that are done; they are fewer than `goal`.
    /// When it is time, tells the client and sends all that is due.
    pub(crate) async fn tell(&mut self, io: &mut Io, done: usize, goal: usize) -> io::Result<()> {
        let Some(code) = self.code(Instant::now(), done, goal) else {
            return Ok(());
        };
        let text = "Still at it";
        response::status(&mut io.out, None, Condition::Ok, Some(&code), text);
        io.flush().await
    }

    fn code(&mut self, now: Instant, done: usize, goal: usize) -> Option<Code> {
        if now < self.next || done >= goal {
            return None;
        }
        self.next = now + self.every;
        Some(Code::InProgress {
            tag: self.tag.clone(),
            done: u32::try_from(done).ok()?,
            goal: u32::try_from(goal).ok()?,
        })
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use bytes::Bytes;

    #[test]
    fn it_is_told_once_in_each_interval_and_never_at_the_end() {
        let second = Duration::from_secs(1);
        let tag = Tag::new(Bytes::from_static(b"a")).unwrap();
        let mut progress = Progress::begin(tag.clone(), 10 * second);
        let start = progress.next - 10 * second;
        let mut told = |at: u32, done, goal| progress.code(start + at * second, done, goal);
        let code = |done, goal| {
            let tag = tag.clone();
            Some(Code::InProgress { tag, done, goal })
        };
        assert_eq!(told(9, 1, 100), None);
        assert_eq!(told(10, 2, 100), code(2, 100));
        assert_eq!(told(19, 3, 100), None);
        // The interval begins when the last was told.
        assert_eq!(told(25, 4, 100), code(4, 100));
        assert_eq!(told(34, 5, 100), None);
        assert_eq!(told(35, 100, 100), None);
        assert_eq!(told(36, 0, 0), None);
        assert_eq!(told(37, 99, 100), code(99, 100));
    }
}
