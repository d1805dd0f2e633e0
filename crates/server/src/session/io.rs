//! Reading frames and writing answers, with deadlines and without keeping memory while idle.

use super::uploads::{Room, Uploads};
use crate::stream::Stream;
use postern_imap::framer::{Frame, Framer, Limits as FrameLimits};
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWriteExt, ReadBuf};
use tokio::time::{Instant, timeout, timeout_at};

/// Octets taken from the stream at a time: a TLS record's worth.
const READ: usize = 16 * 1024;

/// Octets handed to the stream at a time; each such piece has the whole deadline.
const PIECE: usize = 64 * 1024;

/// For a client to take what is left when its connection ends.
const GOODBYE: Duration = Duration::from_secs(5);

/// Octets of an emptied buffer that are kept for the next command; more is given back at once,
/// and all of it when the session waits.
const KEEP: usize = 64 * 1024;

/// A connection's input and output.
pub(crate) struct Io {
    pub(crate) stream: Stream,
    pub(crate) framer: Framer,
    /// Answers that have not been sent.
    pub(crate) out: Vec<u8>,
    /// How much of `out` has been sent: a flush that is broken off goes on from there, for the
    /// client must not get the same octets twice.
    sent: usize,
    /// For the client to take each piece of what is sent, and to go on with a literal.
    pub(crate) write_deadline: Duration,
    /// What changes with the next flush: what is due goes out as it is.
    pub(crate) after_flush: Layer,
    uploads: Arc<Uploads>,
    /// Held while a large literal comes in and its command is done.
    room: Option<Room>,
    /// Octets of the present command's literals that `room` is for.
    counted: usize,
}

/// Whether compression begins or ends.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Layer {
    #[default]
    Same,
    Compressed,
    Plain,
}

impl Io {
    pub(crate) fn new(stream: Stream, write_deadline: Duration, uploads: Arc<Uploads>) -> Self {
        Self {
            stream,
            framer: Framer::new(),
            out: Vec::new(),
            sent: 0,
            after_flush: Layer::Same,
            write_deadline,
            uploads,
            room: None,
            counted: 0,
        }
    }

    /// The next frame of the command stream; sends what is due before it waits. `None`: the
    /// client has gone.
    pub(crate) async fn frame(
        &mut self,
        limits: &FrameLimits,
        deadline: Instant,
    ) -> io::Result<Option<Frame>> {
        if self.framer.literal_octets() == 0 {
            // The command that it was for is done.
            self.room = None;
            self.counted = 0;
        }
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
        let missing = self.framer.missing();
        if missing > 0 {
            // Before the client is told to go on; without room it is not read from.
            self.take_room(deadline).await?;
        }
        let uncompressed = self.after_flush == Layer::Plain;
        self.flush().await?;
        self.out = Vec::new();
        if uncompressed {
            // What the client has sent since may be here already.
            return Ok(true);
        }
        let deadline = match missing > 0 {
            // Others may wait for the room that this one has.
            true => deadline.min(Instant::now() + self.write_deadline),
            false => deadline,
        };
        let read = timeout_at(deadline, self.read()).await;
        read.map_err(|_| io::Error::from(io::ErrorKind::TimedOut))?
    }

    /// Takes room for what the command has announced beyond what it has room for. A command of
    /// many literals that waits while it has some of the room may wait for others that do the
    /// same, so it does not wait for long.
    async fn take_room(&mut self, deadline: Instant) -> io::Result<()> {
        let announced = self.framer.literal_octets();
        let more = announced.saturating_sub(self.counted);
        let deadline = match self.room.is_some() {
            true => deadline.min(Instant::now() + self.write_deadline),
            false => deadline,
        };
        let room = timeout_at(deadline, self.uploads.room_for(more)).await;
        let room = room.map_err(|_| io::Error::from(io::ErrorKind::TimedOut))?;
        let Some(room) = room else {
            return Ok(());
        };
        self.counted = announced;
        match &mut self.room {
            Some(whole) => whole.merge(room),
            none => *none = Some(room),
        }
        Ok(())
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
    /// not written for. The deadline is for each piece: a slow client may take long for a large
    /// message, a silent one not.
    pub(crate) async fn flush(&mut self) -> io::Result<()> {
        if self.out.is_empty() {
            return Ok(());
        }
        while let Some(rest) = self.out.get(self.sent..).filter(|rest| !rest.is_empty()) {
            let len = rest.len().min(PIECE);
            self.sent += self.write_piece(len).await?;
        }
        let flushed = timeout(self.write_deadline, self.stream.flush()).await;
        flushed.map_err(|_| io::Error::from(io::ErrorKind::TimedOut))??;
        self.sent = 0;
        self.out.clear();
        self.out.shrink_to(KEEP);
        match std::mem::take(&mut self.after_flush) {
            Layer::Same => {}
            Layer::Compressed => self.stream.compress(),
            Layer::Plain => self.framer.feed(&self.stream.end_compression()),
        }
        Ok(())
    }

    async fn write_piece(&mut self, len: usize) -> io::Result<usize> {
        let end = self.sent.saturating_add(len);
        let piece = self.out.get(self.sent..end).unwrap_or_default();
        let written = timeout(self.write_deadline, self.stream.write(piece)).await;
        match written.map_err(|_| io::Error::from(io::ErrorKind::TimedOut))?? {
            0 => Err(io::ErrorKind::WriteZero.into()),
            written => Ok(written),
        }
    }

    /// Says goodbye to the peer, who may not be listening.
    pub(crate) async fn close(&mut self) {
        self.out = Vec::new();
        self.framer.discard_all();
        let _ = timeout(GOODBYE, self.stream.shutdown()).await;
    }

    /// Sends the answers once there are more than `limit` octets of them.
    pub(crate) async fn flush_over(&mut self, limit: usize) -> io::Result<()> {
        match self.out.len() > limit {
            true => self.flush().await,
            false => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use tokio::io::AsyncReadExt;
    use tokio::net::{TcpListener, TcpStream};

    async fn pair() -> (Stream, TcpStream) {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let (client, accepted) = tokio::join!(TcpStream::connect(address), listener.accept());
        (Stream::Plain(accepted.unwrap().0), client.unwrap())
    }

    /// More than the sockets' buffers take.
    fn plenty() -> Vec<u8> {
        (0..16_000_000u32).map(|n| (n % 251) as u8).collect()
    }

    #[tokio::test]
    async fn a_flush_that_is_broken_off_goes_on_where_it_was() {
        let (stream, mut client) = pair().await;
        let mut io = Io::new(stream, Duration::from_secs(60), Arc::default());
        io.out = plenty();
        let broken = timeout(Duration::from_millis(50), io.flush()).await;
        assert!(broken.is_err(), "the sockets took it all");
        let sending = tokio::spawn(async move {
            io.flush().await.unwrap();
            io.close().await;
        });
        let mut got = Vec::new();
        client.read_to_end(&mut got).await.unwrap();
        sending.await.unwrap();
        assert!(got == plenty(), "{} octets came", got.len());
    }

    #[tokio::test]
    async fn who_does_not_read_is_not_written_for() {
        let (stream, _client) = pair().await;
        let mut io = Io::new(stream, Duration::from_millis(50), Arc::default());
        io.out = plenty();
        let error = io.flush().await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
    }
}
