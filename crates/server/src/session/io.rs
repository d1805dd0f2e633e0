//! Reading frames and writing answers, with deadlines and without keeping memory while idle.

use crate::stream::Stream;
use postern_imap::framer::{Frame, Framer, Limits as FrameLimits};
use std::io;
use std::pin::Pin;
use std::task::Poll;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWriteExt, ReadBuf};
use tokio::time::{Instant, timeout, timeout_at};

/// Octets taken from the stream at a time: a TLS record's worth.
const READ: usize = 16 * 1024;

/// Octets of an emptied buffer that are kept for the next command; more is given back at once,
/// and all of it when the session waits.
const KEEP: usize = 64 * 1024;

/// A connection's input and output.
pub(crate) struct Io {
    pub(crate) stream: Stream,
    pub(crate) framer: Framer,
    /// Answers that have not been sent.
    pub(crate) out: Vec<u8>,
    write_deadline: Duration,
}

impl Io {
    pub(crate) fn new(stream: Stream, write_deadline: Duration) -> Self {
        Self {
            stream,
            framer: Framer::new(),
            out: Vec::new(),
            write_deadline,
        }
    }

    /// The next frame of the command stream; sends what is due before it waits. `None`: the
    /// client has gone.
    pub(crate) async fn frame(
        &mut self,
        limits: &FrameLimits,
        deadline: Instant,
    ) -> io::Result<Option<Frame>> {
        loop {
            if let Some(frame) = self.framer.next(limits) {
                return Ok(Some(frame));
            }
            if !self.more(deadline).await? {
                return Ok(None);
            }
        }
    }

    /// The next line, whatever it holds; as [`Io::frame`].
    pub(crate) async fn line(
        &mut self,
        limits: &FrameLimits,
        deadline: Instant,
    ) -> io::Result<Option<Frame>> {
        loop {
            if let Some(frame) = self.framer.next_line(limits) {
                return Ok(Some(frame));
            }
            if !self.more(deadline).await? {
                return Ok(None);
            }
        }
    }

    /// Sends what is due, then reads; false at the end of the stream.
    async fn more(&mut self, deadline: Instant) -> io::Result<bool> {
        self.flush().await?;
        self.out = Vec::new();
        let read = timeout_at(deadline, self.read()).await;
        read.map_err(|_| io::Error::from(io::ErrorKind::TimedOut))?
    }

    /// Reads through a buffer on the stack, so that a connection that waits has none.
    async fn read(&mut self) -> io::Result<bool> {
        let (stream, framer) = (&mut self.stream, &mut self.framer);
        std::future::poll_fn(|cx| {
            let mut chunk = [0u8; READ];
            let mut buffer = ReadBuf::new(&mut chunk);
            match Pin::new(&mut *stream).poll_read(cx, &mut buffer) {
                Poll::Pending => Poll::Pending,
                Poll::Ready(Err(error)) => Poll::Ready(Err(error)),
                Poll::Ready(Ok(())) => {
                    framer.feed(buffer.filled());
                    Poll::Ready(Ok(!buffer.filled().is_empty()))
                }
            }
        })
        .await
    }

    /// Sends all answers. Waits for the client to take them: a client that does not read is
    /// not written for.
    pub(crate) async fn flush(&mut self) -> io::Result<()> {
        if self.out.is_empty() {
            return Ok(());
        }
        let send = async {
            self.stream.write_all(&self.out).await?;
            self.stream.flush().await
        };
        let sent = timeout(self.write_deadline, send).await;
        sent.map_err(|_| io::Error::from(io::ErrorKind::TimedOut))??;
        self.out.clear();
        self.out.shrink_to(KEEP);
        Ok(())
    }

    /// Sends the answers once there are more than `limit` octets of them.
    pub(crate) async fn flush_over(&mut self, limit: usize) -> io::Result<()> {
        match self.out.len() > limit {
            true => self.flush().await,
            false => Ok(()),
        }
    }
}
