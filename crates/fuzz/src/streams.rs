//! Streams, however they are cut into packets.

use crate::deflate::Deflate;
use flate2::{Decompress, FlushDecompress, Status};
use postern_imap::framer::{Frame, Framer, Limits};
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

const LIMITS: Limits = Limits {
    // A tag and the space after it fit in, so that a refusal can always name it.
    line: 70,
    literal: 20,
    literals_total: 30,
    append_literal: 100,
    non_sync_max: 50,
    discard_max: 200,
    literals: 3,
};

/// What the framer may keep: a command at its limits with the ends of its lines, and what one
/// packet may add to it.
const KEPT: usize = 70 + 30 + 100 + 4 * 2 + 64;

/// The first octet says how the rest is cut into packets: that changes nothing. What a frame
/// holds was sent in one piece, and no more is kept than the limits allow.
pub(crate) fn framing(data: &[u8]) {
    let (size, stream) = data.split_first().unwrap_or((&0, &[]));
    let whole = frames(stream, stream.len().max(1));
    assert_eq!(whole, frames(stream, usize::from(*size % 32).max(1)));
    assert_eq!(whole, frames(stream, 1));
    let mut from = 0;
    for frame in &whole {
        if let Frame::Command(command) = frame {
            assert!(command.len() < KEPT);
            let rest = &stream[from..];
            let mut windows = rest.windows(command.len().max(1));
            let at = windows.position(|piece| piece == command);
            from += at.expect("what was sent") + command.len();
        }
    }
    let fatal = whole
        .iter()
        .position(|it| matches!(it, Frame::Fatal { .. }));
    assert!(fatal.is_none_or(|at| at + 1 == whole.len()), "{whole:?}");
}

fn frames(stream: &[u8], size: usize) -> Vec<Frame> {
    let (mut framer, mut frames) = (Framer::new(), Vec::new());
    for packet in stream.chunks(size) {
        framer.feed(packet);
        while let Some(frame) = framer.next(&LIMITS) {
            frames.push(frame);
        }
        let kept = framer.buffer().len();
        assert!(kept <= KEPT + packet.len(), "{kept} octets are kept");
    }
    frames
}

/// A connection whose client has sent all that it will, in packets.
struct Wire<'a> {
    input: &'a [u8],
    packet: usize,
    sent: Vec<u8>,
}

impl AsyncRead for Wire<'_> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let len = self.packet.min(buf.remaining()).min(self.input.len());
        let (now, later) = self.input.split_at(len);
        buf.put_slice(now);
        self.input = later;
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Wire<'_> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        let len = self.packet.min(buf.len());
        self.sent.extend_from_slice(&buf[..len]);
        Poll::Ready(Ok(len))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

fn wire(input: &[u8], packet: usize) -> Deflate<Wire<'_>> {
    Deflate::new(Wire {
        input,
        packet,
        sent: Vec::new(),
    })
}

/// What is inflated at a time, and at most of one input: a kilobyte of it is a megabyte.
const AT_ONCE: usize = 4096;
const AT_MOST: usize = 1 << 20;

/// The first octet says how the rest, a DEFLATE stream or none, is cut into packets. What comes
/// out is what the library makes of it in one piece; no more comes at once than was asked for.
pub(crate) fn deflate_in(data: &[u8]) {
    let (size, stream) = data.split_first().unwrap_or((&0, &[]));
    let (plain, sound) = inflated(stream);
    for packet in [usize::from(*size).max(1), stream.len().max(1)] {
        let (read, ended) = read_all(&mut wire(stream, packet));
        if read.len() < AT_MOST {
            assert!(ended == sound, "damage is told");
            assert!(read == plain, "other octets");
        } else {
            assert!(plain.starts_with(&read[..AT_MOST.min(read.len())]));
        }
    }
}

/// What was read until the end, and whether there was no error.
fn read_all(stream: &mut Deflate<Wire<'_>>) -> (Vec<u8>, bool) {
    let mut context = Context::from_waker(Waker::noop());
    let (mut read, mut room) = (Vec::new(), [0; AT_ONCE]);
    while read.len() < AT_MOST {
        let mut buf = ReadBuf::new(&mut room);
        match Pin::new(&mut *stream).poll_read(&mut context, &mut buf) {
            Poll::Ready(Ok(())) if buf.filled().is_empty() => return (read, true),
            Poll::Ready(Ok(())) => read.extend_from_slice(buf.filled()),
            Poll::Ready(Err(_)) => return (read, false),
            Poll::Pending => panic!("the wire never waits"),
        }
    }
    (read, true)
}

fn inflated(stream: &[u8]) -> (Vec<u8>, bool) {
    let mut inflate = Decompress::new(false);
    let mut plain = Vec::with_capacity(AT_MOST + AT_ONCE);
    loop {
        let before = (inflate.total_in(), plain.len());
        let rest = &stream[before.0 as usize..];
        match inflate.decompress_vec(rest, &mut plain, FlushDecompress::Sync) {
            Err(_) => return (plain, false),
            Ok(Status::StreamEnd) => return (plain, true),
            Ok(_) if plain.len() == plain.capacity() => return (plain, true),
            Ok(_) if (inflate.total_in(), plain.len()) == before => {
                return (plain, inflate.total_in() as usize == stream.len());
            }
            Ok(_) => {}
        }
    }
}

/// What is written, cut and flushed as the first octet says, is what the client inflates; it is
/// not much longer.
pub(crate) fn deflate_out(data: &[u8]) {
    let (size, plain) = data.split_first().unwrap_or((&0, &[]));
    let size = usize::from(*size) * 16 + 1;
    let mut stream = wire(&[], 100);
    let mut context = Context::from_waker(Waker::noop());
    for piece in plain.chunks(size) {
        let mut rest = piece;
        while !rest.is_empty() {
            match Pin::new(&mut stream).poll_write(&mut context, rest) {
                Poll::Ready(Ok(taken)) if taken > 0 => rest = &rest[taken..],
                other => panic!("not written: {other:?}"),
            }
        }
        let flushed = Pin::new(&mut stream).poll_flush(&mut context);
        assert!(matches!(flushed, Poll::Ready(Ok(()))));
        // A session that waits for its client lets go of the compressor.
        let _ = read_all(&mut stream);
    }
    let (wire, _) = stream.into_inner();
    let flushes = plain.len().div_ceil(size);
    assert!(wire.sent.len() <= plain.len() + 20 * flushes);
    assert!(inflated(&wire.sent) == (plain.to_vec(), true));
}
