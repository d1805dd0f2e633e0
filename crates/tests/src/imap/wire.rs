//! The octets of a connection: in the clear, within TLS, compressed within TLS.

use flate2::{Compress, Compression, Decompress, FlushCompress, FlushDecompress};
use rustls::{ClientConnection, StreamOwned};
use std::io::{self, Read, Write};
use std::net::TcpStream;

type Tls = StreamOwned<ClientConnection, TcpStream>;

/// What a client reads from and writes to.
pub(super) enum Wire {
    Clear(TcpStream),
    Tls(Box<Tls>),
    Compressed(Box<Compressed>),
    /// While one becomes another.
    Gone,
}

/// Within COMPRESS=DEFLATE (RFC 4978).
pub(super) struct Compressed {
    tls: Tls,
    inflate: Decompress,
    deflate: Compress,
    /// Received and not yet inflated.
    input: Vec<u8>,
}

impl Wire {
    /// What a newly made connection is.
    pub(super) fn tls(tls: ClientConnection, tcp: TcpStream) -> Self {
        Self::Tls(Box::new(StreamOwned::new(tls, tcp)))
    }

    pub(super) fn socket(&self) -> &TcpStream {
        match self {
            Self::Clear(tcp) => tcp,
            Self::Tls(tls) => &tls.sock,
            Self::Compressed(compressed) => &compressed.tls.sock,
            Self::Gone => panic!("no connection"),
        }
    }

    /// Begins TLS on a connection in the clear.
    pub(super) fn begin_tls(&mut self, tls: ClientConnection) {
        *self = match std::mem::replace(self, Self::Gone) {
            Self::Clear(tcp) => Self::tls(tls, tcp),
            _ => panic!("TLS begins on a connection in the clear"),
        };
    }

    /// Compresses from now on, both ways.
    pub(super) fn compress(&mut self) {
        *self = match std::mem::replace(self, Self::Gone) {
            Self::Tls(tls) => Self::Compressed(Box::new(Compressed {
                tls: *tls,
                inflate: Decompress::new(false),
                deflate: Compress::new(Compression::default(), false),
                input: Vec::new(),
            })),
            _ => panic!("compression begins within TLS"),
        };
    }
}

impl Read for Wire {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Clear(tcp) => tcp.read(out),
            Self::Tls(tls) => tls.read(out),
            Self::Compressed(compressed) => compressed.read(out),
            Self::Gone => Ok(0),
        }
    }
}

impl Write for Wire {
    fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
        match self {
            Self::Clear(tcp) => tcp.write(octets),
            Self::Tls(tls) => tls.write(octets),
            Self::Compressed(compressed) => compressed.write(octets),
            Self::Gone => Ok(0),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Clear(tcp) => tcp.flush(),
            Self::Tls(tls) => tls.flush(),
            Self::Compressed(compressed) => compressed.tls.flush(),
            Self::Gone => Ok(()),
        }
    }
}

impl Compressed {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        loop {
            let (used, made) = (self.inflate.total_in(), self.inflate.total_out());
            let sync = FlushDecompress::Sync;
            self.inflate.decompress(&self.input, out, sync)?;
            let used = usize::try_from(self.inflate.total_in() - used).unwrap();
            let made = usize::try_from(self.inflate.total_out() - made).unwrap();
            self.input.drain(..used);
            if made > 0 || out.is_empty() {
                return Ok(made);
            }
            let mut more = [0; 4096];
            let size = self.tls.read(&mut more)?;
            if size == 0 {
                return Ok(0);
            }
            self.input.extend_from_slice(&more[..size]);
        }
    }

    /// Every write can be inflated as it stands.
    fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
        // Room for what does not get smaller, and for the end of a block.
        let mut out = Vec::with_capacity(octets.len() + octets.len() / 8 + 64);
        let sync = FlushCompress::Sync;
        let used = self.deflate.total_in();
        self.deflate.compress_vec(octets, &mut out, sync)?;
        let used = usize::try_from(self.deflate.total_in() - used).unwrap();
        assert_eq!(used, octets.len(), "deflate leaves nothing behind");
        self.tls.write_all(&out)?;
        Ok(octets.len())
    }
}
