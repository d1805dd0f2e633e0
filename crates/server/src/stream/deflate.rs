//! COMPRESS=DEFLATE (RFC 4978): a raw DEFLATE stream (RFC 1951) each way, above another stream.
//!
//! Nothing here has a limit on what is inflated: it is handed on at most a buffer at a time, and
//! who reads it counts it. While the session waits for its client, it keeps the 32 KiB window
//! that the client may refer to, and of its own output the last octets only.

use flate2::{Compress, Compression, Decompress, FlushCompress, FlushDecompress, Status};
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// Octets that are read, and octets that are compressed, at a time.
const CHUNK: usize = 16 * 1024;

/// Octets of output that the next compressor may refer to. IMAP repeats itself at short
/// distances, so a quarter of the window saves most of what all of it would.
const HISTORY: usize = 8 * 1024;

/// LEN and NLEN of the empty stored block that ends a flush.
const FLUSHED: [u8; 4] = [0, 0, 0xff, 0xff];

/// zlib's levels go from 1 to 9; up to here more effort pays for text.
const LEVEL: u32 = 4;

/// The stream of both directions.
pub(crate) struct Deflate<S> {
    inner: S,
    inflater: Inflater,
    deflater: Deflater,
}

impl<S> Deflate<S> {
    pub(crate) fn new(inner: S) -> Self {
        Self {
            inner,
            inflater: Inflater::new(),
            deflater: Deflater::default(),
        }
    }

    pub(crate) fn get_ref(&self) -> &S {
        &self.inner
    }

    /// Whether what the client sends next is not compressed, if it has ended its compression
    /// without a word: either its DEFLATE stream has ended, or it was flushed and nothing came in
    /// since. Anything else may be the beginning of another block.
    pub(crate) fn is_plain_next(&self) -> bool {
        let inflater = &self.inflater;
        match inflater.state {
            Input::Open => inflater.input.is_empty() && inflater.tail == FLUSHED,
            Input::Ended => true,
            Input::Broken => false,
        }
    }

    /// Ends the DEFLATE stream with the next flush, so that the client can tell what follows.
    pub(crate) fn end_with_flush(&mut self) {
        self.deflater.last = true;
    }

    /// The stream beneath, and what came in after the end of the client's DEFLATE stream.
    pub(crate) fn into_inner(self) -> (S, Vec<u8>) {
        (self.inner, self.inflater.input)
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Deflate<S> {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        loop {
            // A few received octets can be a thousand times as many commands: other sessions
            // get their turn between them.
            let turn = ready!(tokio::task::coop::poll_proceed(cx));
            if this.inflater.inflate(buf)? {
                turn.made_progress();
                return Poll::Ready(Ok(()));
            }
            let mut chunk = [0; CHUNK];
            let mut read = ReadBuf::new(&mut chunk);
            match Pin::new(&mut this.inner).poll_read(cx, &mut read) {
                Poll::Ready(done) => done?,
                Poll::Pending => {
                    this.deflater.rest();
                    return Poll::Pending;
                }
            }
            turn.made_progress();
            if read.filled().is_empty() {
                return Poll::Ready(Ok(()));
            }
            this.inflater.feed(read.filled());
        }
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Deflate<S> {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        if this.deflater.out.len() >= CHUNK {
            ready!(this.deflater.poll_send(&mut this.inner, cx))?;
        }
        let chunk = buf.get(..buf.len().min(CHUNK)).unwrap_or_default();
        this.deflater.deflate(chunk)?;
        Poll::Ready(Ok(chunk.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        this.deflater.flush()?;
        ready!(this.deflater.poll_send(&mut this.inner, cx))?;
        Pin::new(&mut this.inner).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.as_mut().poll_flush(cx))?;
        Pin::new(&mut self.get_mut().inner).poll_shutdown(cx)
    }
}

/// What comes from the client.
struct Inflater {
    inflate: Decompress,
    /// Octets that came in and were not inflated yet.
    input: Vec<u8>,
    /// Whether the last inflated octets filled their buffer, so that more may be waiting.
    more: bool,
    /// The last octets that came in.
    tail: [u8; 4],
    state: Input,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Input {
    Open,
    /// The client has ended its DEFLATE stream: as if it had closed the connection.
    Ended,
    Broken,
}

impl Inflater {
    fn new() -> Self {
        Self {
            inflate: Decompress::new(false),
            input: Vec::new(),
            more: false,
            tail: [0; 4],
            state: Input::Open,
        }
    }

    fn feed(&mut self, octets: &[u8]) {
        self.input.extend_from_slice(octets);
        for b in octets.iter().rev().take(self.tail.len()).rev() {
            self.tail.rotate_left(1);
            let [.., last] = &mut self.tail;
            *last = *b;
        }
    }

    /// Inflates into the buffer. False: more must be read first.
    fn inflate(&mut self, buf: &mut ReadBuf<'_>) -> io::Result<bool> {
        match self.state {
            Input::Open => {}
            Input::Ended => return Ok(true),
            Input::Broken => return Err(broken()),
        }
        if self.input.is_empty() && !self.more {
            return Ok(false);
        }
        let (taken, given) = (self.inflate.total_in(), self.inflate.total_out());
        let room = buf.initialize_unfilled();
        let done = self
            .inflate
            .decompress(&self.input, room, FlushDecompress::Sync);
        let taken = difference(self.inflate.total_in(), taken);
        let given = difference(self.inflate.total_out(), given);
        buf.advance(given);
        self.more = buf.remaining() == 0;
        self.forget(taken);
        self.state = match done {
            Ok(Status::StreamEnd) => Input::Ended,
            Err(_) => Input::Broken,
            Ok(_) if taken == 0 && given == 0 && !self.input.is_empty() => Input::Broken,
            Ok(_) => Input::Open,
        };
        match self.state {
            Input::Broken if given == 0 => Err(broken()),
            state => Ok(given > 0 || state == Input::Ended),
        }
    }

    fn forget(&mut self, taken: usize) {
        self.input.drain(..taken.min(self.input.len()));
        if self.input.is_empty() {
            self.input = Vec::new();
        }
    }
}

fn broken() -> io::Error {
    io::Error::new(
        io::ErrorKind::InvalidData,
        "what came in is no DEFLATE stream",
    )
}

fn difference(now: u64, before: u64) -> usize {
    usize::try_from(now.saturating_sub(before)).unwrap_or(usize::MAX)
}

/// What goes to the client.
#[derive(Default)]
struct Deflater {
    /// 370 KiB, so there is none while the session waits. A new one goes on with the
    /// same DEFLATE stream: blocks follow each other, and each begins at a whole octet after a
    /// flush.
    compress: Option<Compress>,
    /// The last octets that were compressed.
    history: Vec<u8>,
    /// Compressed octets to send.
    out: Vec<u8>,
    /// Whether octets were taken since the last flush.
    open: bool,
    /// Whether the next flush ends the DEFLATE stream.
    last: bool,
}

impl Deflater {
    fn deflate(&mut self, mut plain: &[u8]) -> io::Result<()> {
        if plain.is_empty() {
            return Ok(());
        }
        let compress = self.compress.take();
        let mut compress = compress.map_or_else(|| self.begin(), Ok)?;
        self.open = true;
        self.remember(plain);
        while !plain.is_empty() {
            let taken = self.step(&mut compress, plain, FlushCompress::None)?;
            plain = plain.get(taken..).unwrap_or_default();
        }
        self.compress = Some(compress);
        Ok(())
    }

    fn begin(&self) -> io::Result<Compress> {
        let mut compress = Compress::new(Compression::new(LEVEL), false);
        if !self.history.is_empty() {
            compress
                .set_dictionary(&self.history)
                .map_err(io::Error::other)?;
        }
        Ok(compress)
    }

    /// Ends the block and fills up to a whole octet: the client can inflate all that was taken.
    fn flush(&mut self) -> io::Result<()> {
        let Some(mut compress) = self.compress.take() else {
            return Ok(());
        };
        while self.open {
            let flush = match self.last {
                true => FlushCompress::Finish,
                false => FlushCompress::Sync,
            };
            self.step(&mut compress, &[], flush)?;
            // As long as the room was filled there is more to come.
            self.open = self.out.len() == self.out.capacity();
        }
        self.compress = Some(compress);
        Ok(())
    }

    /// Compresses some of the octets and gives their count.
    fn step(
        &mut self,
        compress: &mut Compress,
        plain: &[u8],
        flush: FlushCompress,
    ) -> io::Result<usize> {
        let before = compress.total_in();
        self.out.reserve(1024);
        compress
            .compress_vec(plain, &mut self.out, flush)
            .map_err(io::Error::other)?;
        Ok(difference(compress.total_in(), before))
    }

    fn remember(&mut self, plain: &[u8]) {
        let kept = HISTORY.saturating_sub(plain.len());
        let old = self.history.len().saturating_sub(kept);
        self.history.drain(..old);
        let new = plain.len().saturating_sub(HISTORY);
        self.history
            .extend_from_slice(plain.get(new..).unwrap_or_default());
    }

    fn poll_send(
        &mut self,
        stream: &mut (impl AsyncWrite + Unpin),
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<()>> {
        while !self.out.is_empty() {
            let sent = ready!(Pin::new(&mut *stream).poll_write(cx, &self.out))?;
            if sent == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            self.out.drain(..sent.min(self.out.len()));
        }
        Poll::Ready(Ok(()))
    }

    /// Gives back what a session that waits does not need.
    fn rest(&mut self) {
        if self.out.is_empty() && !self.open {
            self.compress = None;
            self.out = Vec::new();
        }
    }
}

#[cfg(test)]
#[path = "deflate/tests.rs"]
mod tests;
