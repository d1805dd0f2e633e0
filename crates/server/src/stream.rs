//! The client's end of a connection: plain until STARTTLS, or TLS from connect, and compressed
//! inside TLS after COMPRESS.

mod deflate;

use deflate::Deflate;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::server::TlsStream;

/// A connection's octets.
pub(crate) enum Stream {
    Plain(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
    Compressed(Box<Deflate<TlsStream<TcpStream>>>),
    /// While and after a handshake that did not succeed.
    Closed,
}

impl Stream {
    pub(crate) fn is_tls(&self) -> bool {
        matches!(self, Self::Tls(_) | Self::Compressed(_))
    }

    pub(crate) fn is_compressed(&self) -> bool {
        matches!(self, Self::Compressed(_))
    }

    /// Compresses what follows, both ways. Only within TLS: before it nobody has signed in.
    pub(crate) fn compress(&mut self) {
        *self = match std::mem::replace(self, Self::Closed) {
            Self::Tls(stream) => Self::Compressed(Box::new(Deflate::new(*stream))),
            other => other,
        };
    }

    /// Whether it is known where the client's compression ended: see [`Deflate::is_plain_next`].
    pub(crate) fn is_plain_next(&self) -> bool {
        match self {
            Self::Compressed(stream) => stream.is_plain_next(),
            _ => true,
        }
    }

    /// Ends compression with the next flush; then comes [`Stream::end_compression`].
    pub(crate) fn end_with_flush(&mut self) {
        if let Self::Compressed(stream) = self {
            stream.end_with_flush();
        }
    }

    /// Compresses no more. Gives what came in after the client's last compressed octet.
    pub(crate) fn end_compression(&mut self) -> Vec<u8> {
        match std::mem::replace(self, Self::Closed) {
            Self::Compressed(stream) => {
                let (stream, rest) = stream.into_inner();
                *self = Self::Tls(Box::new(stream));
                rest
            }
            other => {
                *self = other;
                Vec::new()
            }
        }
    }

    /// Version and suite, for the log.
    pub(crate) fn describe_tls(&self) -> String {
        let stream = match self {
            Self::Tls(stream) => stream,
            Self::Compressed(stream) => stream.get_ref(),
            Self::Plain(_) | Self::Closed => return "none".to_owned(),
        };
        let (_, session) = stream.get_ref();
        let version = session.protocol_version().and_then(|v| v.as_str());
        let suite = session.negotiated_cipher_suite();
        let suite = suite.and_then(|s| s.suite().as_str());
        format!("{} {}", version.unwrap_or("?"), suite.unwrap_or("?"))
    }
}

impl AsyncRead for Stream {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_read(cx, buf),
            Self::Tls(stream) => Pin::new(stream).poll_read(cx, buf),
            Self::Compressed(stream) => Pin::new(stream).poll_read(cx, buf),
            Self::Closed => Poll::Ready(Ok(())),
        }
    }
}

impl AsyncWrite for Stream {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_write(cx, buf),
            Self::Tls(stream) => Pin::new(stream).poll_write(cx, buf),
            Self::Compressed(stream) => Pin::new(stream).poll_write(cx, buf),
            Self::Closed => Poll::Ready(Err(io::ErrorKind::NotConnected.into())),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_flush(cx),
            Self::Tls(stream) => Pin::new(stream).poll_flush(cx),
            Self::Compressed(stream) => Pin::new(stream).poll_flush(cx),
            Self::Closed => Poll::Ready(Ok(())),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_shutdown(cx),
            Self::Tls(stream) => Pin::new(stream).poll_shutdown(cx),
            Self::Compressed(stream) => Pin::new(stream).poll_shutdown(cx),
            Self::Closed => Poll::Ready(Ok(())),
        }
    }
}
